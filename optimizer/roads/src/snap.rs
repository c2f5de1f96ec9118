//! Finds the road nearest to a place. A place too far from any road is nowhere: never silently moved.

use huilu_model::Wgs84;
use rstar::{AABB, PointDistance, RTree, RTreeObject};

use crate::graph::Graph;
use crate::osm::Point;

const METRES_PER_DEGREE: f64 = 111_195.08;

/// A place moved onto the nearest edge of one graph; means nothing to another graph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snap {
    pub(crate) edge: u32,
    /// Along the edge's line.
    pub(crate) along_cm: u32,
    pub(crate) point: Wgs84,
    pub(crate) distance_m: f64,
}

impl Snap {
    /// Where the place meets the road.
    pub fn point(&self) -> Wgs84 {
        self.point
    }

    /// Metres from the place to the road.
    pub fn distance_m(&self) -> f64 {
        self.distance_m
    }

    /// Edge of the graph, for [`Graph::edge_class`].
    pub fn edge(&self) -> u32 {
        self.edge
    }
}

/// A straight piece of an edge's line, in metres on a plane around the network's middle.
#[derive(Clone, Copy, Debug)]
struct Piece {
    from: [f64; 2],
    to: [f64; 2],
    edge: u32,
    /// Index of its first point among the edge's points.
    piece: u32,
}

impl Piece {
    /// How far along the piece its nearest point to `at` lies, 0 to 1.
    fn share(&self, at: &[f64; 2]) -> f64 {
        let (dx, dy) = (self.to[0] - self.from[0], self.to[1] - self.from[1]);
        let square = dx * dx + dy * dy;
        if square == 0.0 {
            return 0.0;
        }
        (((at[0] - self.from[0]) * dx + (at[1] - self.from[1]) * dy) / square).clamp(0.0, 1.0)
    }
}

impl RTreeObject for Piece {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners(self.from, self.to)
    }
}

impl PointDistance for Piece {
    fn distance_2(&self, at: &[f64; 2]) -> f64 {
        let share = self.share(at);
        let dx = self.from[0] + share * (self.to[0] - self.from[0]) - at[0];
        let dy = self.from[1] + share * (self.to[1] - self.from[1]) - at[1];
        dx * dx + dy * dy
    }
}

#[derive(Clone, Debug)]
pub(crate) struct SnapIndex {
    tree: RTree<Piece>,
    east_m_per_degree: f64,
}

impl SnapIndex {
    fn new(graph: &Graph) -> Self {
        let lat = |point: &Point| point.wgs84().lat;
        let (south, north) =
            graph.points.iter().fold((90.0_f64, -90.0_f64), |(s, n), p| (s.min(lat(p)), n.max(lat(p))));
        let middle = if south <= north { (south + north) / 2.0 } else { 0.0 };
        let mut index =
            Self { tree: RTree::new(), east_m_per_degree: METRES_PER_DEGREE * middle.to_radians().cos().max(1e-3) };
        let mut pieces = Vec::with_capacity(graph.points.len());
        for edge in 0..graph.n_edges() as u32 {
            for (piece, ends) in graph.edge_points(edge).windows(2).enumerate() {
                let (from, to) = (index.plane(ends[0].wgs84()), index.plane(ends[1].wgs84()));
                pieces.push(Piece { from, to, edge, piece: piece as u32 });
            }
        }
        index.tree = RTree::bulk_load(pieces);
        index
    }

    fn plane(&self, at: Wgs84) -> [f64; 2] {
        [at.lon * self.east_m_per_degree, at.lat * METRES_PER_DEGREE]
    }
}

impl Graph {
    /// The point of the nearest road within `limit_m` metres; `None` where none is so near.
    pub fn snap(&self, at: Wgs84, limit_m: f64) -> Option<Snap> {
        if !(at.lat.is_finite() && at.lon.is_finite()) {
            return None;
        }
        let index = self.index.get_or_init(|| SnapIndex::new(self));
        let target = index.plane(at);
        let nearest = index.tree.nearest_neighbor(target)?;
        let share = nearest.share(&target);
        let points = self.edge_points(nearest.edge);
        let first = nearest.piece as usize;
        let (a, b) = (points[first].wgs84(), points[first + 1].wgs84());
        let point = Wgs84 { lat: a.lat + share * (b.lat - a.lat), lon: a.lon + share * (b.lon - a.lon) };
        let distance_m = at.distance_m(point);
        if distance_m.is_nan() || distance_m > limit_m {
            return None;
        }
        let before: f64 = points[..=first].windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
        let along_cm = ((before + share * a.distance_m(b)) * 100.0).round() as u32;
        let along_cm = along_cm.min(self.edge_cm[nearest.edge as usize]);
        Some(Snap { edge: nearest.edge, along_cm, point, distance_m })
    }
}
