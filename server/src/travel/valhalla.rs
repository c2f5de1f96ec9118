//! A Valhalla server (`sources_to_targets`, `route` and `locate` of its HTTP API).
//!
//! Its limit is `service_limits.COSTING.max_matrix_location_pairs`, 2,500 by default. A table does not say how far places
//! lie from the road, so they are located first.

use futures_util::future::BoxFuture;
use futures_util::{StreamExt, TryStreamExt, stream};
use huilu_model::{UNREACHABLE, Wgs84};
use huilu_roads::{Path as RoadPath, Profile};
use serde::Deserialize;
use serde_json::{Value, json};

use super::osrm::{flat, whole};
use super::polyline;
use super::provider::{
    RoadPoint, RouteAnswer, RouteAsk, SNAP_LIMIT_M, ServiceError, Table, TableAsk, TravelError, TravelProvider,
};
use super::service::{Answer, Patience, Service, ServiceUrl};
use super::tiles::{Block, BlockAnswer, BlockSize, Blocks, tiled};
use crate::domain::travel::TravelKind;

/// What a server takes as it comes; larger blocks are hardly faster for each pair.
const PAIRS: usize = 2_500;
const PLACES: usize = 2_000;
/// Places that are located with one question.
const LOCATED_AT_ONCE: usize = 200;
const LEGS_AT_ONCE: usize = 4;

/// Codes of the server's refusals.
const EXCEEDED_LOCATIONS: u32 = 150;
const EXCEEDED_DISTANCE: u32 = 154;
const UNCONNECTED: u32 = 170;
const NO_EDGES: u32 = 171;
const NO_PATH: u32 = 442;

#[derive(Debug)]
pub struct Valhalla {
    service: Service,
    size: BlockSize,
}

/// How a profile travels there: the name of the costing and its options.
fn costing(profile: Profile) -> (&'static str, Value) {
    match profile {
        // The default of our own roads for e-trikes lies near the speed of a city bicycle.
        Profile::Etrike => {
            ("bicycle", json!({ "bicycle": { "bicycle_type": "City", "cycling_speed": 18, "use_ferry": 0 } }))
        }
        Profile::Van => ("auto", json!({ "auto": { "use_ferry": 0 } })),
        Profile::Truck => ("truck", json!({ "truck": { "use_ferry": 0 } })),
        Profile::Foot => ("pedestrian", json!({ "pedestrian": { "use_ferry": 0 } })),
    }
}

#[derive(Deserialize)]
struct Refusal {
    error_code: u32,
}

#[derive(Deserialize)]
struct Located {
    edges: Option<Vec<LocatedEdge>>,
}

#[derive(Deserialize)]
struct LocatedEdge {
    correlated_lat: f64,
    correlated_lon: f64,
}

#[derive(Deserialize)]
struct TableBody {
    sources_to_targets: Tables,
    units: String,
}

#[derive(Deserialize)]
struct Tables {
    durations: Vec<Vec<Option<f64>>>,
    distances: Vec<Vec<Option<f64>>>,
}

#[derive(Deserialize)]
struct RouteBody {
    trip: Trip,
}

#[derive(Deserialize)]
struct Trip {
    legs: Vec<TripLeg>,
}

#[derive(Deserialize)]
struct TripLeg {
    summary: LegSummary,
    shape: String,
}

#[derive(Deserialize)]
struct LegSummary {
    time: f64,
    /// Kilometres.
    length: f64,
}

fn place(at: Wgs84) -> Value {
    // A road farther away than the limit counts for nothing; the server takes whole metres.
    json!({ "lat": at.lat, "lon": at.lon, "search_cutoff": SNAP_LIMIT_M.ceil() })
}

fn refusal(answer: &Answer) -> Option<u32> {
    if answer.status.is_success() {
        return None;
    }
    serde_json::from_slice(&answer.body).ok().map(|Refusal { error_code }| error_code)
}

impl Valhalla {
    /// # Errors
    /// [`ServiceError`] where no connection could ever be made.
    pub fn new(url: ServiceUrl, patience: Patience) -> Result<Self, ServiceError> {
        Ok(Self { service: Service::new("Valhalla", url, patience)?, size: BlockSize::new(PAIRS, PLACES) })
    }

    /// Where places meet the roads of a profile; absent where those are too far.
    async fn locate(&self, profile: Profile, points: &[Wgs84]) -> Result<Vec<Option<RoadPoint>>, ServiceError> {
        let mut found = Vec::with_capacity(points.len());
        for points in points.chunks(LOCATED_AT_ONCE) {
            let (costing, options) = costing(profile);
            let places: Vec<Value> = points.iter().map(|&at| place(at)).collect();
            let body = json!({
                "locations": places, "costing": costing, "costing_options": options, "verbose": false,
            });
            let answer = self.service.post("locate", &body).await?;
            if !answer.status.is_success() {
                return Err(self.service.refused(&answer));
            }
            let read: Vec<Located> = serde_json::from_slice(&answer.body)
                .map_err(|cause| self.service.garbled(&answer, format!("it locates nothing ({cause})")))?;
            if read.len() != points.len() {
                return Err(self.service.garbled(&answer, format!("it does not locate {} places", points.len())));
            }
            found.extend(points.iter().zip(&read).map(|(&at, located)| nearest(at, located)));
        }
        Ok(found)
    }

    /// The server looks only so far.
    fn too_near(&self) -> ServiceError {
        self.service.unusable("refuses places that are this far apart; raise its `max_distance` of the costing")
    }

    async fn leg(&self, profile: Profile, from: Wgs84, to: Wgs84) -> Result<Option<RoadPath>, ServiceError> {
        let (costing, options) = costing(profile);
        let body = json!({
            "locations": [place(from), place(to)], "costing": costing, "costing_options": options,
            "units": "kilometers", "directions_type": "none", "shape_format": "polyline6",
        });
        let answer = self.service.post("route", &body).await?;
        match refusal(&answer) {
            Some(EXCEEDED_DISTANCE) => return Err(self.too_near()),
            Some(UNCONNECTED | NO_EDGES | NO_PATH) => return Ok(None),
            None if answer.status.is_success() => {}
            _ => return Err(self.service.refused(&answer)),
        }
        let read: RouteBody = serde_json::from_slice(&answer.body)
            .map_err(|cause| self.service.garbled(&answer, format!("it is no route ({cause})")))?;
        let Some(leg) = read.trip.legs.first() else { return Ok(None) };
        let (seconds, metres) = (whole(Some(leg.summary.time)), whole(Some(leg.summary.length * 1_000.0)));
        let (Some(points), Some(seconds), Some(metres)) = (polyline::decode(&leg.shape), seconds, metres) else {
            return Err(self.service.garbled(&answer, "its line or its figures are none"));
        };
        Ok(Some(RoadPath { points, seconds, metres }))
    }
}

/// The nearest of the road's points that a place may be served from.
fn nearest(at: Wgs84, located: &Located) -> Option<RoadPoint> {
    let points = located.edges.iter().flatten().map(|edge| {
        let road = Wgs84 { lat: edge.correlated_lat, lon: edge.correlated_lon };
        RoadPoint::new(road, at.distance_m(road))
    });
    points.min_by(|a, b| a.distance_m.total_cmp(&b.distance_m))?.near()
}

/// One table's blocks, after its places were located.
struct Locating<'a> {
    valhalla: &'a Valhalla,
    snapped: Vec<Option<RoadPoint>>,
}

impl Locating<'_> {
    async fn values(&self, ask: &TableAsk, block: &Block) -> Result<BlockAnswer, ServiceError> {
        let service = &self.valhalla.service;
        let (rows, columns) = (&ask.sources[block.rows.clone()], &ask.targets[block.columns.clone()]);
        let near = |of: &[usize]| -> Vec<usize> {
            of.iter().enumerate().filter(|&(_, &k)| self.snapped[k].is_some()).map(|(position, _)| position).collect()
        };
        let (near_rows, near_columns) = (near(rows), near(columns));
        let mut seconds = vec![UNREACHABLE; rows.len() * columns.len()];
        let mut metres = seconds.clone();
        let told = || rows.iter().chain(columns).filter_map(|&k| Some((k, self.snapped[k].clone()?))).collect();
        if near_rows.is_empty() || near_columns.is_empty() {
            return Ok(BlockAnswer::Values { seconds, metres, snapped: told() });
        }
        let (costing, options) = costing(ask.profile);
        let places = |of: &[usize], near: &[usize]| -> Vec<Value> {
            near.iter().map(|&position| place(ask.points[of[position]])).collect()
        };
        let body = json!({
            "sources": places(rows, &near_rows), "targets": places(columns, &near_columns),
            "costing": costing, "costing_options": options, "units": "kilometers", "verbose": false,
        });
        let answer = service.post("sources_to_targets", &body).await?;
        match refusal(&answer) {
            Some(EXCEEDED_LOCATIONS) => return Ok(BlockAnswer::TooBig),
            // A limit of the server says nothing about the roads.
            Some(EXCEEDED_DISTANCE) if block.pairs() <= 1 => return Err(self.valhalla.too_near()),
            Some(EXCEEDED_DISTANCE | UNCONNECTED | NO_EDGES | NO_PATH) => return Ok(BlockAnswer::NoWay),
            None if answer.status.is_success() => {}
            _ => return Err(service.refused(&answer)),
        }
        let read: TableBody = serde_json::from_slice(&answer.body)
            .map_err(|cause| service.garbled(&answer, format!("it is no table ({cause})")))?;
        let (height, width) = (near_rows.len(), near_columns.len());
        let found_seconds = flat(&read.sources_to_targets.durations, height, width, 1.0);
        let found_metres = flat(&read.sources_to_targets.distances, height, width, 1_000.0);
        let kilometres = read.units == "kilometers";
        let (Some(found_seconds), Some(found_metres), true) = (found_seconds, found_metres, kilometres) else {
            return Err(service.garbled(&answer, format!("it is no table of {height} x {width} in kilometers")));
        };
        for (k, &row) in near_rows.iter().enumerate() {
            for (m, &column) in near_columns.iter().enumerate() {
                seconds[row * columns.len() + column] = found_seconds[k * width + m];
                metres[row * columns.len() + column] = found_metres[k * width + m];
            }
        }
        Ok(BlockAnswer::Values { seconds, metres, snapped: told() })
    }
}

impl Blocks for Locating<'_> {
    fn size(&self) -> &BlockSize {
        &self.valhalla.size
    }

    fn block<'a>(&'a self, ask: &'a TableAsk, block: &'a Block) -> BoxFuture<'a, Result<BlockAnswer, ServiceError>> {
        Box::pin(self.values(ask, block))
    }

    fn takes_nothing(&self) -> ServiceError {
        self.valhalla.service.unusable("takes no table at all, not even of two places")
    }
}

impl TravelProvider for Valhalla {
    fn kind(&self) -> TravelKind {
        TravelKind::Valhalla
    }

    fn note(&self, profile: Profile) -> Option<String> {
        let costing = costing(profile).0;
        Some(format!("Valhalla at {}, costing {costing}; hours and closed zones are not considered", self.service.url))
    }

    fn table<'a>(&'a self, ask: &'a TableAsk) -> BoxFuture<'a, Result<Table, TravelError>> {
        Box::pin(async move {
            let snapped = self.locate(ask.profile, &ask.points).await?;
            let locating = Locating { valhalla: self, snapped };
            let mut table = tiled(&locating, ask).await?;
            // Also of points that no pair asked for.
            table.snapped = locating.snapped;
            Ok(table)
        })
    }

    fn route<'a>(&'a self, ask: &'a RouteAsk) -> BoxFuture<'a, Result<RouteAnswer, TravelError>> {
        Box::pin(async move {
            let points = &ask.points;
            let snapped = self.locate(ask.profile, points).await?;
            let asked = (1..points.len()).map(|k| {
                let near = snapped[k - 1].is_some() && snapped[k].is_some();
                async move { if near { self.leg(ask.profile, points[k - 1], points[k]).await } else { Ok(None) } }
            });
            let legs = stream::iter(asked).buffered(LEGS_AT_ONCE).try_collect().await?;
            Ok(RouteAnswer { legs, snapped })
        })
    }
}
