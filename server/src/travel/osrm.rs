//! An OSRM server (`table` and `route` of its HTTP API, version 1).
//!
//! Its limits are those of `osrm-routed`: `--max-table-size` bounds rows times columns. It knows the profile it was built
//! for, whatever a question says, so each of our profiles has a server of its own.

use futures_util::future::BoxFuture;
use futures_util::{StreamExt, TryStreamExt, stream};
use huilu_model::{UNREACHABLE, Wgs84};
use huilu_roads::{Path as RoadPath, Profile};
use reqwest::StatusCode;
use serde::Deserialize;

use super::polyline;
use super::provider::{RoadPoint, RouteAnswer, RouteAsk, ServiceError, Table, TableAsk, TravelError, TravelProvider};
use super::service::{Answer, Patience, Service, ServiceUrl};
use super::tiles::{Block, BlockAnswer, BlockSize, Blocks, tiled};
use crate::domain::travel::TravelKind;

/// 1,000 x 1,000, should the server take it; half of a second of its time.
const PAIRS: usize = 1_000_000;
/// In one address; a place takes some twenty bytes of it.
const PLACES: usize = 2_000;
const LEGS_AT_ONCE: usize = 4;

#[derive(Debug)]
pub struct Osrm {
    service: Service,
    size: BlockSize,
}

impl Osrm {
    /// # Errors
    /// [`ServiceError`] where no connection could ever be made.
    pub fn new(url: ServiceUrl, patience: Patience) -> Result<Self, ServiceError> {
        Ok(Self { service: Service::new("OSRM", url, patience)?, size: BlockSize::new(PAIRS, PLACES) })
    }

    async fn leg(&self, from: Wgs84, to: Wgs84) -> Result<Leg, ServiceError> {
        let path = format!("route/v1/driving/{}", places([from, to].into_iter()));
        let answer = self.service.get(&path, "overview=full&geometries=polyline6&generate_hints=false").await?;
        match code(&answer).as_deref() {
            Some("Ok") => {}
            // Where the places meet the road is known all the same, though not always told here.
            Some("NoRoute" | "NoSegment") => {
                return Ok(Leg { path: None, ends: [self.nearest(from).await?, self.nearest(to).await?] });
            }
            _ => return Err(self.service.refused(&answer)),
        }
        let read: RouteBody = serde_json::from_slice(&answer.body)
            .map_err(|cause| self.service.garbled(&answer, format!("it is no route ({cause})")))?;
        let [start, end] = read.waypoints.as_slice() else {
            return Err(self.service.garbled(&answer, "it does not know both places"));
        };
        let ends = [start.point(), end.point()].map(RoadPoint::near);
        let Some(route) = read.routes.first() else { return Ok(Leg { path: None, ends }) };
        let points = polyline::decode(&route.geometry)
            .ok_or_else(|| self.service.garbled(&answer, "its line cannot be read"))?;
        let (seconds, metres) = (whole(Some(route.duration)), whole(Some(route.distance)));
        let (Some(seconds), Some(metres)) = (seconds, metres) else {
            return Err(self.service.garbled(&answer, "its figures are none"));
        };
        let near = ends.iter().all(Option::is_some);
        Ok(Leg { path: near.then_some(RoadPath { points, seconds, metres }), ends })
    }

    /// Where a place meets the road; absent where that is too far.
    async fn nearest(&self, at: Wgs84) -> Result<Option<RoadPoint>, ServiceError> {
        let path = format!("nearest/v1/driving/{}", places(std::iter::once(at)));
        let answer = self.service.get(&path, "number=1&generate_hints=false").await?;
        match code(&answer).as_deref() {
            Some("Ok") => {}
            Some("NoSegment") => return Ok(None),
            _ => return Err(self.service.refused(&answer)),
        }
        let read: NearestBody = serde_json::from_slice(&answer.body)
            .map_err(|cause| self.service.garbled(&answer, format!("it is no nearest road ({cause})")))?;
        Ok(read.waypoints.first().and_then(|waypoint| waypoint.point().near()))
    }
}

struct Leg {
    path: Option<RoadPath>,
    ends: [Option<RoadPoint>; 2],
}

#[derive(Deserialize)]
struct Code {
    code: String,
}

#[derive(Deserialize)]
struct TableBody {
    durations: Vec<Vec<Option<f64>>>,
    distances: Vec<Vec<Option<f64>>>,
    sources: Vec<Waypoint>,
    destinations: Vec<Waypoint>,
}

#[derive(Deserialize)]
struct RouteBody {
    routes: Vec<Route>,
    waypoints: Vec<Waypoint>,
}

#[derive(Deserialize)]
struct NearestBody {
    waypoints: Vec<Waypoint>,
}

#[derive(Deserialize)]
struct Route {
    duration: f64,
    distance: f64,
    geometry: String,
}

#[derive(Deserialize)]
struct Waypoint {
    /// Longitude first.
    location: [f64; 2],
    /// Metres to the place asked for.
    distance: f64,
}

impl Waypoint {
    fn point(&self) -> RoadPoint {
        let at = Wgs84 { lat: self.location[1], lon: self.location[0] };
        RoadPoint::new(at, self.distance)
    }
}

fn code(answer: &Answer) -> Option<String> {
    serde_json::from_slice(&answer.body).ok().map(|Code { code }| code)
}

/// `lon,lat;lon,lat`; six digits are a decimetre.
fn places(points: impl Iterator<Item = Wgs84>) -> String {
    let texts: Vec<String> = points.map(|at| format!("{:.6},{:.6}", at.lon, at.lat)).collect();
    texts.join(";")
}

/// Null is no way; `None` is a figure that is none.
pub(super) fn whole(value: Option<f64>) -> Option<u32> {
    match value {
        None => Some(UNREACHABLE),
        Some(value) if (0.0..f64::from(UNREACHABLE)).contains(&value) => Some(value.round() as u32),
        Some(_) => None,
    }
}

/// A table's values row by row, where it has the shape asked for and nothing but figures.
pub(super) fn flat(rows: &[Vec<Option<f64>>], height: usize, width: usize, scale: f64) -> Option<Vec<u32>> {
    if rows.len() != height || rows.iter().any(|row| row.len() != width) {
        return None;
    }
    rows.iter().flatten().map(|value| whole(value.map(|value| value * scale))).collect()
}

impl Blocks for Osrm {
    fn size(&self) -> &BlockSize {
        &self.size
    }

    fn block<'a>(&'a self, ask: &'a TableAsk, block: &'a Block) -> BoxFuture<'a, Result<BlockAnswer, ServiceError>> {
        Box::pin(async move {
            let (rows, columns) = (&ask.sources[block.rows.clone()], &ask.targets[block.columns.clone()]);
            let (height, width) = (rows.len(), columns.len());
            let path = format!("table/v1/driving/{}", places(rows.iter().chain(columns).map(|&k| ask.points[k])));
            let list = |from: usize, to: usize| (from..to).map(|k| k.to_string()).collect::<Vec<_>>().join(";");
            let query = format!(
                "annotations=duration,distance&generate_hints=false&sources={}&destinations={}",
                list(0, height),
                list(height, height + width)
            );
            let answer = self.service.get(&path, &query).await?;
            let too_long = [StatusCode::URI_TOO_LONG, StatusCode::PAYLOAD_TOO_LARGE];
            let too_long =
                too_long.contains(&answer.status) || answer.status == StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            match code(&answer).as_deref() {
                Some("Ok") => {}
                Some("TooBig") => return Ok(BlockAnswer::TooBig),
                Some("NoSegment" | "NoTable") => return Ok(BlockAnswer::NoWay),
                _ if too_long => return Ok(BlockAnswer::TooBig),
                _ if answer.status.is_success() => return Err(self.service.garbled(&answer, "it is no table")),
                _ => return Err(self.service.refused(&answer)),
            }
            let read: TableBody = serde_json::from_slice(&answer.body)
                .map_err(|cause| self.service.garbled(&answer, format!("it is no table ({cause})")))?;
            let seconds = flat(&read.durations, height, width, 1.0);
            let metres = flat(&read.distances, height, width, 1.0);
            let told = read.sources.len() == height && read.destinations.len() == width;
            let (Some(seconds), Some(metres), true) = (seconds, metres, told) else {
                return Err(self.service.garbled(&answer, format!("it is no table of {height} x {width}")));
            };
            let met = read.sources.iter().chain(&read.destinations).map(Waypoint::point);
            let snapped = rows.iter().chain(columns).copied().zip(met).collect();
            Ok(BlockAnswer::Values { seconds, metres, snapped })
        })
    }

    fn takes_nothing(&self) -> ServiceError {
        self.service.unusable("takes no table at all, not even of two places")
    }
}

impl TravelProvider for Osrm {
    fn kind(&self) -> TravelKind {
        TravelKind::Osrm
    }

    fn note(&self, _: Profile) -> Option<String> {
        Some(format!("OSRM at {}; hours and closed zones are not considered", self.service.url))
    }

    fn table<'a>(&'a self, ask: &'a TableAsk) -> BoxFuture<'a, Result<Table, TravelError>> {
        Box::pin(tiled(self, ask))
    }

    fn route<'a>(&'a self, ask: &'a RouteAsk) -> BoxFuture<'a, Result<RouteAnswer, TravelError>> {
        Box::pin(async move {
            let asked: Vec<BoxFuture<'_, _>> =
                ask.points.windows(2).map(|ends| Box::pin(self.leg(ends[0], ends[1])) as BoxFuture<'_, _>).collect();
            let legs: Vec<Leg> = stream::iter(asked).buffered(LEGS_AT_ONCE).try_collect().await?;
            let first = legs.first().and_then(|leg| leg.ends[0].clone());
            let snapped = std::iter::once(first).chain(legs.iter().map(|leg| leg.ends[1].clone())).collect();
            Ok(RouteAnswer { legs: legs.into_iter().map(|leg| leg.path).collect(), snapped })
        })
    }
}
