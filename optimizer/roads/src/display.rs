//! Roads as lines for a map: no graph, only what is seen, simplified, wide roads first.

use std::fmt;

use geo::{Coord, LineString, Simplify};
use huilu_model::Wgs84;
use serde::{Deserialize, Serialize};

use crate::class::RoadClass;
use crate::osm::{MISSING_NODE, Point, RawOsm};

/// About 4 m: less than the width of the line on any map.
const TOLERANCE_DEGREES: f64 = 4e-5;

/// How a road is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DisplayClass {
    /// Motorway to tertiary.
    Major,
    /// Streets.
    Minor,
    /// For walking and cycling.
    Path,
}

impl DisplayClass {
    pub fn of(class: RoadClass) -> Self {
        match class {
            _ if class <= RoadClass::TertiaryLink => DisplayClass::Major,
            _ if class <= RoadClass::Busway => DisplayClass::Minor,
            _ => DisplayClass::Path,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            DisplayClass::Major => "major",
            DisplayClass::Minor => "minor",
            DisplayClass::Path => "path",
        }
    }
}

impl fmt::Display for DisplayClass {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct DisplayLine {
    pub class: DisplayClass,
    pub road: RoadClass,
    pub points: Vec<Wgs84>,
}

/// A line as it is kept and stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) road: RoadClass,
    pub(crate) points: Vec<Point>,
}

impl Line {
    pub(crate) fn for_display(&self) -> DisplayLine {
        DisplayLine {
            class: DisplayClass::of(self.road),
            road: self.road,
            points: self.points.iter().map(|point| point.wgs84()).collect(),
        }
    }
}

/// All roads of the file, whoever may use them, from the widest class to the narrowest.
pub(crate) fn lines(raw: &RawOsm) -> Vec<Line> {
    let mut lines = Vec::new();
    for way in &raw.ways {
        let Some(road) = way.tags.get("highway").and_then(RoadClass::of_highway) else {
            continue;
        };
        for run in way.nodes.split(|&node| node == MISSING_NODE).filter(|run| run.len() >= 2) {
            let coords: Vec<Coord> = run
                .iter()
                .map(|&node| raw.points[node as usize])
                .map(|point| Coord { x: f64::from(point.lon) * 1e-7, y: f64::from(point.lat) * 1e-7 })
                .collect();
            let simple = LineString(coords).simplify(TOLERANCE_DEGREES);
            let e7 = |degrees: f64| (degrees * 1e7).round() as i32;
            let points = simple.0.iter().map(|coord| Point { lat: e7(coord.y), lon: e7(coord.x) }).collect();
            lines.push(Line { road, points });
        }
    }
    lines.sort_by_key(|line| line.road);
    lines
}
