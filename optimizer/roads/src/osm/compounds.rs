//! Compounds and buildings whose entrances the file knows: a place inside is reached through one of them.
//!
//! Only closed ways count; multipolygon relations are left out. Entrances are `entrance=*` nodes and gates on the outline,
//! and, for areas of land, gates on a road within [`GATE_REACH_M`] metres of it, because walls are seldom drawn through
//! the very node of the gate.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::Point;

const GATE_REACH_M: f64 = 20.0;

/// Closed ways that enclose a place where people live or work.
const BUILDINGS: &[&str] = &["building", "barrier"];
const LAND: &[&str] =
    &["amenity", "landuse", "leisure", "military", "office", "place", "residential", "shop", "tourism"];
/// Land that encloses nobody.
const OPEN_LAND: &[&str] =
    &["basin", "farmland", "forest", "grass", "greenfield", "island", "islet", "meadow", "railway", "reservoir"];
const GATES: &[&str] =
    &["bump_gate", "checkpoint", "entrance", "gate", "lift_gate", "sliding_gate", "swing_gate", "wicket_gate"];

/// An outline with the places where it is entered; at least one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Compound {
    /// Closed: the last point is the first.
    pub(crate) ring: Vec<Point>,
    pub(crate) entrances: Vec<Point>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outline {
    Building,
    Land,
}

/// What a closed way without a `highway` tag encloses, if anybody.
pub(super) fn outline<'a>(tags: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Outline> {
    let mut found = None;
    for (key, value) in tags {
        if OPEN_LAND.contains(&value) {
            return None;
        }
        if BUILDINGS.contains(&key) {
            found = Some(Outline::Building);
        } else if LAND.contains(&key) {
            found = found.or(Some(Outline::Land));
        }
    }
    found
}

/// Whether a node is where people go in.
pub(super) fn is_entrance(key: &str, value: &str) -> bool {
    match key {
        "entrance" => !matches!(value, "no" | "exit" | "emergency" | "fire_exit"),
        "barrier" => GATES.contains(&value),
        _ => false,
    }
}

/// `rings` are the node ids of outlines, `entrances` all entrances by id, `gates` those that lie on roads.
pub(super) fn compounds(
    rings: &[(Outline, Vec<i64>)],
    entrances: &HashMap<i64, Point>,
    mut gates: Vec<Point>,
    point: impl Fn(i64) -> Option<Point>,
) -> Vec<Compound> {
    gates.sort_by_key(|gate| gate.lat);
    let mut found = Vec::new();
    for (outline, ids) in rings {
        let Some(ring) = ids.iter().map(|&id| point(id)).collect::<Option<Vec<Point>>>() else { continue };
        let mut doors: Vec<Point> = ids[1..].iter().filter_map(|id| entrances.get(id).copied()).collect();
        if *outline == Outline::Land {
            doors.extend(near(&ring, &gates));
        }
        doors.sort_unstable_by_key(|door| (door.lat, door.lon));
        doors.dedup();
        if !doors.is_empty() {
            found.push(Compound { ring, entrances: doors });
        }
    }
    found
}

/// Those of `gates`, which are sorted by latitude, that lie near the outline.
fn near(ring: &[Point], gates: &[Point]) -> Vec<Point> {
    // A ten-millionth of a degree of latitude is 11 mm; of longitude less, but not by much where cities are.
    let margin = (GATE_REACH_M / 0.011) as i32;
    let span = |of: fn(&Point) -> i32| {
        let values = || ring.iter().map(of);
        (values().min().unwrap_or(0).saturating_sub(2 * margin), values().max().unwrap_or(0).saturating_add(2 * margin))
    };
    let ((south, north), (west, east)) = (span(|p| p.lat), span(|p| p.lon));
    let first = gates.partition_point(|gate| gate.lat < south);
    let close = |gate: &Point| ring.windows(2).any(|wall| gate.distance_to_line_m(wall[0], wall[1]) <= GATE_REACH_M);
    let inside = gates[first..].iter().take_while(|gate| gate.lat <= north);
    inside.filter(|gate| (west..=east).contains(&gate.lon) && close(gate)).copied().collect()
}

impl Compound {
    /// By the rule of even and odd crossings.
    pub(crate) fn contains(&self, at: huilu_model::Wgs84) -> bool {
        let (x, y) = (at.lon * 1e7, at.lat * 1e7);
        let mut inside = false;
        for wall in self.ring.windows(2) {
            let [(x1, y1), (x2, y2)] = [wall[0], wall[1]].map(|p| (f64::from(p.lon), f64::from(p.lat)));
            if (y1 > y) != (y2 > y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1 {
                inside = !inside;
            }
        }
        inside
    }

    /// Twice the enclosed area, in no particular unit: smaller outlines lie inside larger ones.
    pub(crate) fn size(&self) -> i64 {
        let origin = self.ring[0];
        let step = |p: &Point| (i64::from(p.lat) - i64::from(origin.lat), i64::from(p.lon) - i64::from(origin.lon));
        let cross = |wall: &[Point]| {
            let ((y1, x1), (y2, x2)) = (step(&wall[0]), step(&wall[1]));
            x1.saturating_mul(y2).saturating_sub(x2.saturating_mul(y1))
        };
        self.ring.windows(2).map(cross).fold(0_i64, i64::saturating_add).saturating_abs()
    }
}
