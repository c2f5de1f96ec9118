//! Finds the road on which a vehicle stops for a place. A place too far from any road is nowhere: never silently moved.
//!
//! The nearest road serves, with three exceptions. Nobody stops on a bridge, in a tunnel or on a motorway where another
//! road is hardly farther. A place in a compound or building whose entrances are known, and into which no road leads, is
//! served at the best of them. And on wide roads some vehicles serve only the side on which they drive.

use geo::Rect;
use huilu_model::Wgs84;
use rstar::{AABB, PointDistance, RTree, RTreeObject};

use crate::graph::{Graph, NO_STOPPING, THROUGH};
use crate::osm::{Compound, Point};

const METRES_PER_DEGREE: f64 = 111_195.08;

/// Metres that a road where stopping is allowed may be farther than one where it is not.
const STOPPING_DETOUR_M: f64 = 100.0;
/// Metres between an entrance and the road in front of it, at most.
const ENTRANCE_REACH_M: f64 = 50.0;
/// Nearer places lie on the road itself.
const ON_ROAD_M: f64 = 1.0;

/// Where a place lies as seen along the line of its edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    Left,
    On,
    Right,
}

/// A place moved onto an edge of one graph; means nothing to another graph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snap {
    pub(crate) edge: u32,
    /// Along the edge's line.
    pub(crate) along_cm: u32,
    pub(crate) point: Wgs84,
    pub(crate) distance_m: f64,
    side: Side,
    /// Whether a vehicle may serve the place while it travels along the line, and against it.
    serves: [bool; 2],
    entrance: Option<Wgs84>,
}

impl Snap {
    /// A position on an edge, served from both directions.
    #[cfg(test)]
    pub(crate) fn on_edge(edge: u32, along_cm: u32, point: Wgs84) -> Self {
        Self { edge, along_cm, point, distance_m: 0.0, side: Side::On, serves: [true; 2], entrance: None }
    }

    /// Served by who travels along the edge's line, and against it.
    #[cfg(test)]
    pub(crate) fn served(self, serves: [bool; 2]) -> Self {
        Self { serves, ..self }
    }

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

    /// Side of the road on which the place lies for who travels along the edge's line, or against it.
    pub fn side(&self, backward: bool) -> Side {
        match self.side {
            Side::Left if backward => Side::Right,
            Side::Right if backward => Side::Left,
            side => side,
        }
    }

    /// Whether a vehicle that travels along the edge's line, or against it, may stop for the place.
    pub fn allows(&self, backward: bool) -> bool {
        self.serves[usize::from(backward)]
    }

    /// The entrance of the compound or building through which the place is reached, where that is known.
    pub fn entrance(&self) -> Option<Wgs84> {
        self.entrance
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

/// The bounds of a compound, in degrees, longitude first.
#[derive(Clone, Copy, Debug)]
struct Plot {
    compound: u32,
    bounds: AABB<[f64; 2]>,
}

impl RTreeObject for Plot {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        self.bounds
    }
}

#[derive(Clone, Debug)]
pub(crate) struct SnapIndex {
    tree: RTree<Piece>,
    plots: RTree<Plot>,
    east_m_per_degree: f64,
}

impl SnapIndex {
    fn new(graph: &Graph) -> Self {
        let lat = |point: &Point| point.wgs84().lat;
        let (south, north) =
            graph.points.iter().fold((90.0_f64, -90.0_f64), |(s, n), p| (s.min(lat(p)), n.max(lat(p))));
        let middle = if south <= north { (south + north) / 2.0 } else { 0.0 };
        let plot = |(compound, of): (usize, &Compound)| {
            let corners: Vec<[f64; 2]> = of.ring.iter().map(|p| [p.wgs84().lon, p.wgs84().lat]).collect();
            Plot { compound: compound as u32, bounds: AABB::from_points(&corners) }
        };
        let mut index = Self {
            tree: RTree::new(),
            plots: RTree::bulk_load(graph.compounds.iter().enumerate().map(plot).collect()),
            east_m_per_degree: METRES_PER_DEGREE * middle.to_radians().cos().max(1e-3),
        };
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

    /// Edges of which a piece may lie within bounds in degrees, longitude first; some of them twice.
    fn edges_near(&self, bounds: Rect) -> impl Iterator<Item = u32> + '_ {
        let plane = |at: geo::Coord| self.plane(Wgs84 { lat: at.y, lon: at.x });
        let envelope = AABB::from_corners(plane(bounds.min()), plane(bounds.max()));
        self.tree.locate_in_envelope_intersecting(envelope).map(|piece| piece.edge)
    }

    fn plane(&self, at: Wgs84) -> [f64; 2] {
        [at.lon * self.east_m_per_degree, at.lat * METRES_PER_DEGREE]
    }
}

/// A position on a road as seen from somewhere.
struct Found {
    edge: u32,
    /// Index of the piece among those of the edge's line, and how far along it, 0 to 1.
    piece: usize,
    share: f64,
    point: Wgs84,
}

impl Graph {
    /// Where a vehicle stops for a place, within `limit_m` metres of it; `None` where no road is so near.
    pub fn snap(&self, at: Wgs84, limit_m: f64) -> Option<Snap> {
        if !(at.lat.is_finite() && at.lon.is_finite()) {
            return None;
        }
        let index = self.index.get_or_init(|| SnapIndex::new(self));
        let entrance = self.entrance(index, at);
        let through = entrance.and_then(|door| Some((self.stop(index, door)?, entrance)));
        let within = |(found, _): &(Found, Option<Wgs84>)| at.distance_m(found.point) <= limit_m;
        let nearest = || Some((self.stop(index, at)?, None));
        let (found, entrance) = through.filter(within).or_else(|| nearest().filter(within))?;

        let points = self.edge_points(found.edge);
        let (a, b) = (points[found.piece].wgs84(), points[found.piece + 1].wgs84());
        let before: f64 = points[..=found.piece].windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
        let along_cm = ((before + found.share * a.distance_m(b)) * 100.0).round() as u32;
        let distance_m = at.distance_m(found.point);
        let [from, to, place] = [a, b, at].map(|point| index.plane(point));
        let turning = (to[0] - from[0]) * (place[1] - from[1]) - (to[1] - from[1]) * (place[0] - from[0]);
        let side = match turning {
            _ if distance_m < ON_ROAD_M => Side::On,
            _ if turning > 0.0 => Side::Left,
            _ if turning < 0.0 => Side::Right,
            _ => Side::On,
        };
        Some(Snap {
            edge: found.edge,
            along_cm: along_cm.min(self.edge_cm[found.edge as usize]),
            point: found.point,
            distance_m,
            side,
            serves: self.serves(found.edge, side),
            entrance,
        })
    }

    /// Directions in which a place on a side of an edge is served.
    fn serves(&self, edge: u32, side: Side) -> [bool; 2] {
        let both_ways = THROUGH.iter().all(|flag| self.edge_flags[edge as usize] & flag != 0);
        let matters = self.edge_class(edge).is_some_and(|class| self.spec.kerb_side.contains(&class));
        if side == Side::On || !both_ways || !matters {
            return [true; 2];
        }
        let along = (side == Side::Left) == self.keeps_left;
        [along, !along]
    }

    /// Edges of which a piece may lie within bounds in degrees, longitude first; some of them twice.
    pub(crate) fn edges_near(&self, bounds: Rect) -> impl Iterator<Item = u32> + '_ {
        self.index.get_or_init(|| SnapIndex::new(self)).edges_near(bounds)
    }

    /// The edge of the nearest road, whatever it is.
    #[cfg(test)]
    pub(crate) fn nearest_edge(&self, at: Wgs84) -> Option<u32> {
        let index = self.index.get_or_init(|| SnapIndex::new(self));
        self.nearest(index, at).map(|found| found.edge)
    }

    fn nearest(&self, index: &SnapIndex, at: Wgs84) -> Option<Found> {
        let target = index.plane(at);
        index.tree.nearest_neighbor(target).map(|piece| self.found(piece, &target))
    }

    /// The nearest position where a vehicle may stop, unless one where it may not is much nearer.
    fn stop(&self, index: &SnapIndex, at: Wgs84) -> Option<Found> {
        let target = index.plane(at);
        let mut by_distance = index.tree.nearest_neighbor_iter_with_distance_2(target);
        let (nearest, square) = by_distance.next()?;
        let may_stop = |piece: &Piece| self.edge_flags[piece.edge as usize] & NO_STOPPING == 0;
        let limit = (square.sqrt() + STOPPING_DETOUR_M).powi(2);
        let mut others = by_distance.take_while(|&(_, square)| square <= limit).map(|(piece, _)| piece);
        let chosen = if may_stop(nearest) { nearest } else { others.find(|piece| may_stop(piece)).unwrap_or(nearest) };
        Some(self.found(chosen, &target))
    }

    fn found(&self, piece: &Piece, target: &[f64; 2]) -> Found {
        let share = piece.share(target);
        let ends = &self.edge_points(piece.edge)[piece.piece as usize..];
        let (a, b) = (ends[0].wgs84(), ends[1].wgs84());
        let point = Wgs84 { lat: a.lat + share * (b.lat - a.lat), lon: a.lon + share * (b.lon - a.lon) };
        Found { edge: piece.edge, piece: piece.piece as usize, share, point }
    }

    /// The entrance through which a place is reached: of the innermost outline around it into which no road leads, then
    /// of the next one around that entrance, and so on outwards.
    fn entrance(&self, index: &SnapIndex, at: Wgs84) -> Option<Wgs84> {
        let here = AABB::from_point([at.lon, at.lat]);
        let around = index.plots.locate_in_envelope_intersecting(here);
        let mut around: Vec<&Compound> =
            around.map(|plot| &self.compounds[plot.compound as usize]).filter(|one| one.contains(at)).collect();
        around.sort_by_key(|one| one.size());
        let mut entrance = None;
        for compound in around {
            let from = entrance.unwrap_or(at);
            let road = self.nearest(index, from)?;
            if compound.contains(road.point) {
                break;
            }
            let doors = compound.entrances.iter().filter_map(|door| {
                let door = door.wgs84();
                let step_m = door.distance_m(self.stop(index, door)?.point);
                (step_m <= ENTRANCE_REACH_M).then_some((from.distance_m(door) + step_m, door))
            });
            entrance = doors.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, door)| door).or(entrance);
        }
        entrance
    }
}
