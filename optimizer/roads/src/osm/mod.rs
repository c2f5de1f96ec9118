//! The part of an OpenStreetMap file that roads need, as plain data: nodes, ways, turn restrictions, entrances.
//!
//! Knows no profile and decides nothing about access.

mod compounds;
mod driving_side;
mod pbf;
mod quiet;

pub(crate) use compounds::Compound;
pub(crate) use driving_side::driving_side;
pub(crate) use pbf::read_pbf;

/// Stands for a way's node that the file does not hold (extracts are cut).
pub(crate) const MISSING_NODE: u32 = u32::MAX;

use serde::{Deserialize, Serialize};

/// Keys worth keeping; everything else of a city is names, shops and lamps.
const KEYS: &[&str] = &[
    "access",
    "area",
    "barrier",
    "bicycle",
    "bridge",
    "except",
    "foot",
    "goods",
    "hgv",
    "highway",
    "impassable",
    "junction",
    "maxheight",
    "maxspeed",
    "maxweight",
    "maxwidth",
    "motor_vehicle",
    "motorcar",
    "motorroad",
    "oneway",
    "oneway:bicycle",
    "oneway:foot",
    "route",
    "service",
    "smoothness",
    "surface",
    "toll",
    "tracktype",
    "tunnel",
    "vehicle",
];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tags(pub(crate) Vec<(String, String)>);

impl Tags {
    fn of<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        Self(
            pairs
                .filter(|(key, _)| {
                    KEYS.contains(&key.strip_suffix(":conditional").unwrap_or(key))
                        || *key == "restriction"
                        || key.starts_with("restriction:")
                })
                .map(|(key, value)| (key.to_owned(), value.trim().to_owned()))
                .collect(),
        )
    }

    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    pub(crate) fn is(&self, key: &str, value: &str) -> bool {
        self.get(key) == Some(value)
    }
}

/// Degrees times ten million, the precision of the file itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "(i32, i32)", into = "(i32, i32)")]
pub(crate) struct Point {
    pub(crate) lat: i32,
    pub(crate) lon: i32,
}

impl From<(i32, i32)> for Point {
    fn from((lat, lon): (i32, i32)) -> Self {
        Self { lat, lon }
    }
}

impl From<Point> for (i32, i32) {
    fn from(point: Point) -> Self {
        (point.lat, point.lon)
    }
}

impl Point {
    pub(crate) fn wgs84(self) -> huilu_model::Wgs84 {
        huilu_model::Wgs84 { lat: f64::from(self.lat) * 1e-7, lon: f64::from(self.lon) * 1e-7 }
    }

    pub(crate) fn distance_m(self, other: Self) -> f64 {
        self.wgs84().distance_m(other.wgs84())
    }

    /// Metres to the straight line between two points that lie near.
    pub(crate) fn distance_to_line_m(self, from: Self, to: Self) -> f64 {
        let narrowing = (f64::from(self.lat) * 1e-7).to_radians().cos();
        let plane = |point: Self| {
            let (dy, dx) = (i64::from(point.lat) - i64::from(self.lat), i64::from(point.lon) - i64::from(self.lon));
            (dx as f64 * narrowing, dy as f64)
        };
        let ((x1, y1), (x2, y2)) = (plane(from), plane(to));
        let (dx, dy) = (x2 - x1, y2 - y1);
        let square = dx * dx + dy * dy;
        let share = if square > 0.0 { (-(x1 * dx + y1 * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
        (x1 + share * dx).hypot(y1 + share * dy) * 0.011_119_508
    }
}

#[derive(Clone, Debug)]
pub(crate) struct RawWay {
    pub(crate) id: i64,
    /// Indices into [`RawOsm::points`], or [`MISSING_NODE`].
    pub(crate) nodes: Vec<u32>,
    pub(crate) tags: Tags,
}

/// Way ids and the node id of a `type=restriction` relation.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawRestriction {
    pub(crate) from: Vec<i64>,
    pub(crate) via_nodes: Vec<i64>,
    pub(crate) via_ways: Vec<i64>,
    pub(crate) to: Vec<i64>,
    pub(crate) tags: Tags,
}

/// The roads of one file.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawOsm {
    /// Ids of the nodes that ways use, ascending.
    pub(crate) node_ids: Vec<i64>,
    /// Of the same nodes.
    pub(crate) points: Vec<Point>,
    /// Nodes with a `barrier` tag, by index.
    pub(crate) barriers: Vec<(u32, Tags)>,
    /// Ways with a `highway` tag, and ferries.
    pub(crate) ways: Vec<RawWay>,
    pub(crate) restrictions: Vec<RawRestriction>,
    /// Outlines with known entrances, roads or not.
    pub(crate) compounds: Vec<Compound>,
    pub(crate) counts: Counts,
}

/// What the file held, roads or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) nodes: usize,
    pub(crate) ways: usize,
    pub(crate) relations: usize,
    /// References of road ways to nodes that are not in the file.
    pub(crate) missing_nodes: usize,
    /// Nodes whose coordinates are nowhere on earth.
    pub(crate) misplaced_nodes: usize,
}

impl RawOsm {
    pub(crate) fn node_index(&self, id: i64) -> Option<u32> {
        self.node_ids.binary_search(&id).ok().map(|index| index as u32)
    }
}
