//! Tests of the whole crate: hand-made streets, broken files, and real cities against a textbook search.

mod broken;
mod cities;
mod conditions;
mod dijkstra;
mod encode;
mod hierarchy;
mod osmnx;
mod random;
mod small;
mod snapping;
mod streets;
mod textbook;

use huilu_model::Wgs84;

use crate::build::build;
use crate::graph::Graph;
use crate::osm::{Compound, Point, RawOsm, RawRestriction, RawWay, Tags};
use crate::profile::{Profile, ProfileSpec};
use crate::router::Router;
use crate::snap::Snap;
use crate::summary::ProfileSummary;

/// Near Shenzhen; streets are drawn on a grid of whole metres from here.
const ORIGIN: (f64, f64) = (22.5, 114.0);
const METRES_PER_DEGREE: f64 = 111_195.080_233_532_9;

pub(super) fn place(x_m: f64, y_m: f64) -> Wgs84 {
    let lat = ORIGIN.0 + y_m / METRES_PER_DEGREE;
    Wgs84 { lat, lon: ORIGIN.1 + x_m / (METRES_PER_DEGREE * ORIGIN.0.to_radians().cos()) }
}

pub(super) fn tags(list: &[(&str, &str)]) -> Tags {
    Tags(list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
}

/// Streets drawn by hand: nodes are named by their position in metres.
#[derive(Clone, Debug, Default)]
pub(super) struct Streets {
    raw: RawOsm,
}

impl Streets {
    /// Node index of a position.
    pub(super) fn node(&mut self, (x, y): (i32, i32)) -> u32 {
        let at = place(f64::from(x), f64::from(y));
        let point = Point { lat: (at.lat * 1e7).round() as i32, lon: (at.lon * 1e7).round() as i32 };
        if let Some(known) = self.raw.points.iter().position(|&other| other == point) {
            return known as u32;
        }
        self.raw.points.push(point);
        self.raw.node_ids.push(1_000 + self.raw.node_ids.len() as i64);
        self.raw.points.len() as u32 - 1
    }

    pub(super) fn way(mut self, id: i64, line: &[(i32, i32)], list: &[(&str, &str)]) -> Self {
        let nodes = line.iter().map(|&at| self.node(at)).collect();
        self.raw.ways.push(RawWay { id, nodes, tags: tags(list) });
        self
    }

    pub(super) fn without(mut self, id: i64) -> Self {
        self.raw.ways.retain(|way| way.id != id);
        self
    }

    pub(super) fn street(self, id: i64, line: &[(i32, i32)]) -> Self {
        self.way(id, line, &[("highway", "residential")])
    }

    pub(super) fn barrier(mut self, at: (i32, i32), list: &[(&str, &str)]) -> Self {
        let node = self.node(at);
        self.raw.barriers.push((node, tags(list)));
        self
    }

    /// A closed outline, without a road of its own, and the places where it is entered.
    pub(super) fn compound(mut self, ring: &[(i32, i32)], entrances: &[(i32, i32)]) -> Self {
        let point = |&(x, y): &(i32, i32)| {
            let at = place(f64::from(x), f64::from(y));
            Point { lat: (at.lat * 1e7).round() as i32, lon: (at.lon * 1e7).round() as i32 }
        };
        let compound =
            Compound { ring: ring.iter().map(point).collect(), entrances: entrances.iter().map(point).collect() };
        self.raw.compounds.push(compound);
        self
    }

    pub(super) fn restriction(mut self, from: i64, via: (i32, i32), to: i64, list: &[(&str, &str)]) -> Self {
        let via = self.node(via);
        let via_nodes = vec![self.raw.node_ids[via as usize]];
        self.raw.restrictions.push(RawRestriction {
            from: vec![from],
            via_nodes,
            via_ways: Vec::new(),
            to: vec![to],
            tags: tags(list),
        });
        self
    }

    pub(super) fn restriction_over(mut self, from: i64, via: &[i64], to: i64, list: &[(&str, &str)]) -> Self {
        self.raw.restrictions.push(RawRestriction {
            from: vec![from],
            via_nodes: Vec::new(),
            via_ways: via.to_vec(),
            to: vec![to],
            tags: tags(list),
        });
        self
    }

    pub(super) fn raw(&self) -> &RawOsm {
        &self.raw
    }

    pub(super) fn graph(&self, profile: Profile) -> (Graph, ProfileSummary) {
        build(&self.raw, &ProfileSpec::of(profile))
    }

    pub(super) fn build(&self, profile: Profile) -> (Router, ProfileSummary) {
        let (graph, summary) = self.graph(profile);
        (Router::from(graph), summary)
    }
}

impl AsRef<Graph> for Router {
    fn as_ref(&self) -> &Graph {
        self.graph()
    }
}

impl AsRef<Graph> for Graph {
    fn as_ref(&self) -> &Graph {
        self
    }
}

/// A place on the road, in metres on the grid.
pub(super) fn on_road(graph: &impl AsRef<Graph>, (x, y): (i32, i32)) -> Snap {
    graph.as_ref().snap(place(f64::from(x), f64::from(y)), 30.0).expect("a road is near")
}

/// Metres of the fastest path between two places of the grid.
pub(super) fn metres(router: &Router, from: (i32, i32), to: (i32, i32)) -> Option<u32> {
    let path = router.path(&on_road(router, from), &on_road(router, to));
    let matrix = router.matrix(&[Some(on_road(router, from)), Some(on_road(router, to))], 1, &|_| {});
    assert_eq!(path.as_ref().map_or(u32::MAX, |path| path.metres), matrix.metres(0, 1), "path and matrix agree");
    assert_eq!(path.as_ref().map_or(u32::MAX, |path| path.seconds), matrix.seconds(0, 1), "path and matrix agree");
    let path = path?;
    let drawn: f64 = path.points.windows(2).map(|pair| pair[0].distance_m(pair[1])).sum();
    assert!((drawn - f64::from(path.metres)).abs() <= 2.0, "line of {drawn} m for a path of {} m", path.metres);
    Some(path.metres)
}

/// Equal within what rounding of coordinates and centimetres does.
pub(super) fn assert_about(found: Option<u32>, expected: u32) {
    assert!(found.is_some_and(|found| found.abs_diff(expected) <= 2), "{found:?} m instead of {expected} m");
}
