//! What is reached from a place within a time, as areas: the hexagons that the reached roads run through.
//!
//! Only places along a road that is really reached belong to it, so an area has holes and coastlines, where the hull
//! around everything reached would claim them.

use std::collections::BTreeSet;

use geo::MultiPolygon;
use h3o::geom::SolventBuilder;
use h3o::{CellIndex, LatLng, Resolution};
use huilu_model::Wgs84;
use huilu_roads::{Departure, Profile, ReachLimit};

use super::own::{OwnRoads, road_point};
use super::provider::{RoadPoint, SNAP_LIMIT_M};

/// Hexagons of some 28 m edge: the width of a road with the fronts of its houses.
const RESOLUTION: Resolution = Resolution::Eleven;
/// Between points of a road whose hexagons are taken: less than half of one is across.
const STEP_M: f64 = 20.0;

/// What is reached within one limit.
#[derive(Clone, Debug, PartialEq)]
pub struct ReachedArea {
    pub seconds: u32,
    /// In degrees, longitude first.
    pub area: MultiPolygon,
    pub area_m2: f64,
}

/// What is reached from a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Reached {
    /// Where the place meets the road.
    pub from: RoadPoint,
    pub areas: Vec<ReachedArea>,
}

impl OwnRoads {
    /// An area for each limit, in their order, and none where the place's road is closed; `None` where no road of the
    /// profile is near the place.
    pub fn reach(&self, profile: Profile, depart: Option<Departure>, from: Wgs84, limits: &[u32]) -> Option<Reached> {
        let router = self.router(profile, depart);
        let start = router.snap(from, SNAP_LIMIT_M)?;
        let from = road_point(&router, &self.conditions(depart), &start);
        if from.closed_by.is_some() {
            return Some(Reached { from, areas: Vec::new() });
        }
        let areas = limits.iter().map(|&seconds| {
            let stretches = router.reach(&start, ReachLimit::Seconds(seconds));
            let mut cells: BTreeSet<CellIndex> = cell(start.point()).into_iter().collect();
            for stretch in &stretches {
                cells.extend(stretch.line.windows(2).flat_map(|pair| along(pair[0], pair[1])).filter_map(cell));
            }
            let area_m2 = cells.iter().map(|cell| cell.area_m2()).sum();
            ReachedArea { seconds, area: outline(cells), area_m2 }
        });
        Some(Reached { from, areas: areas.collect() })
    }
}

fn cell(at: Wgs84) -> Option<CellIndex> {
    LatLng::new(at.lat, at.lon).ok().map(|at| at.to_cell(RESOLUTION))
}

/// Points from one end to the other, both included.
fn along(from: Wgs84, to: Wgs84) -> impl Iterator<Item = Wgs84> {
    let steps = (from.distance_m(to) / STEP_M).ceil().max(1.0) as u32;
    (0..=steps).map(move |k| {
        let share = f64::from(k) / f64::from(steps);
        Wgs84 { lat: from.lat + share * (to.lat - from.lat), lon: from.lon + share * (to.lon - from.lon) }
    })
}

/// The cells' common outline. Distinct cells of one resolution always have one.
fn outline(cells: BTreeSet<CellIndex>) -> MultiPolygon {
    SolventBuilder::new().build().dissolve(cells).unwrap_or_else(|_| MultiPolygon(Vec::new()))
}
