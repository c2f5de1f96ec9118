//! Questions about travel on the city's roads, answered on the spot: nothing is stored.

use std::sync::LazyLock;

use geo::{LineString, Polygon};
use huilu_api_spec::common::Datum;
use huilu_api_spec::map::FeatureCollection;
use huilu_api_spec::travel::{
    LatLon, MATRIX_ENTRIES_MAX, MatrixRequest, ReachRequest, RouteRequest, Snapped, TravelLeg, TravelProfile,
    TravelRoute, TravelSource as WireSource,
};
use huilu_model::{UNREACHABLE, Wgs84};
use huilu_roads::{Departure, Path as RoadPath, Profile};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::error::{AppError, AppResult};
use super::fault::{FaultCode, Faults};
use super::services::{Actor, Services};
use super::{map, wire};
use crate::domain::travel::TravelSource;
use crate::travel::{OwnRoads, ReachedArea, RoadPoint, RouteAsk, SNAP_LIMIT_M, Table, TableAsk};

/// A large matrix takes some 100 MB while it is computed and written, so only so many are at once; more wait.
const MATRICES_AT_ONCE: usize = 2;
static MATRICES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(MATRICES_AT_ONCE));

/// A request for a matrix that makes sense.
#[derive(Clone, Debug)]
pub struct MatrixQuestion(TableAsk);

impl MatrixQuestion {
    /// # Errors
    /// Points that are no places, indices without a point, more pairs than are answered.
    pub fn read(wire: MatrixRequest) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let points = points(&mut faults, wire.datum, &wire.points);
        let count = wire.points.len();
        let sources = indices(&mut faults, "/sources", wire.sources, count);
        let targets = indices(&mut faults, "/targets", wire.targets, count);
        if sources.len() * targets.len() > MATRIX_ENTRIES_MAX {
            let message = format!("{} x {} pairs are more than {MATRIX_ENTRIES_MAX}", sources.len(), targets.len());
            let remedy = "Ask for parts of the matrix: fewer `sources` in each of several requests.";
            faults.body(FaultCode::OutOfRange, "/points", message, remedy);
        }
        let depart = departure(&mut faults, wire.depart.as_deref());
        let square = TableAsk::square(profile(wire.profile), points.into());
        faults.or(Self(TableAsk { sources, targets, depart, ..square }))
    }
}

/// A request for a route that makes sense.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteQuestion(RouteAsk);

impl RouteQuestion {
    /// # Errors
    /// Points that are no places, a departure that is no time.
    pub fn read(wire: RouteRequest) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let points = points(&mut faults, wire.datum, &wire.points).into();
        let depart = departure(&mut faults, wire.depart.as_deref());
        faults.or(Self(RouteAsk { profile: profile(wire.profile), points, depart }))
    }
}

/// A request for what is reached that makes sense.
#[derive(Clone, Debug, PartialEq)]
pub struct ReachQuestion {
    profile: Profile,
    from: Wgs84,
    /// Seconds, shortest first.
    limits: Vec<u32>,
    depart: Option<Departure>,
}

impl ReachQuestion {
    /// # Errors
    /// A place that is none, a departure that is no time.
    pub fn read(wire: ReachRequest) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let datum = wire::datum(wire.datum);
        let from = datum.to_wgs84(wire.from.lat, wire.from.lon);
        if let Err(cause) = &from {
            faults.body(FaultCode::NotOnEarth, "/from", cause.to_string(), IN_DEGREES);
        }
        let depart = departure(&mut faults, wire.depart.as_deref());
        let mut limits: Vec<u32> = wire.limits_s.iter().map(|limit| limit.0).collect();
        limits.sort_unstable();
        limits.dedup();
        let profile = profile(wire.profile);
        match from {
            Ok(from) => faults.or(Self { profile, from, limits, depart }),
            Err(_) => Err(faults),
        }
    }
}

const IN_DEGREES: &str = "Send degrees: latitude from -90 to 90, longitude from -180 to 180.";

fn departure(faults: &mut Faults, text: Option<&str>) -> Option<Departure> {
    let read = text?.parse::<Departure>();
    if let Err(cause) = &read {
        let remedy = "Send the local time as HH:MM, such as 08:30, or with its weekday, such as Mo 08:30.";
        faults.body(FaultCode::BadTimeOfDay, "/depart", cause.to_string(), remedy);
    }
    read.ok()
}

fn points(faults: &mut Faults, datum: Datum, sent: &[LatLon]) -> Vec<Wgs84> {
    let datum = wire::datum(datum);
    let mut points = Vec::with_capacity(sent.len());
    for (k, point) in sent.iter().enumerate() {
        match datum.to_wgs84(point.lat, point.lon) {
            Ok(at) => points.push(at),
            Err(cause) => {
                faults.body(FaultCode::NotOnEarth, format!("/points/{k}"), cause.to_string(), IN_DEGREES);
            }
        }
    }
    points
}

fn indices(faults: &mut Faults, pointer: &str, sent: Option<Vec<u32>>, points: usize) -> Vec<usize> {
    let Some(sent) = sent else { return (0..points).collect() };
    let indices: Vec<usize> = sent.iter().map(|&index| index as usize).collect();
    for (k, &index) in indices.iter().enumerate().filter(|&(_, &index)| index >= points) {
        let message = format!("{index} is no index of a point; there are {points}");
        faults.body(FaultCode::OutOfRange, format!("{pointer}/{k}"), message, "Points are counted from 0.");
    }
    indices
}

fn profile(profile: TravelProfile) -> Profile {
    match profile {
        TravelProfile::Etrike => Profile::Etrike,
        TravelProfile::Van => Profile::Van,
        TravelProfile::Truck => Profile::Truck,
        TravelProfile::Foot => Profile::Foot,
    }
}

/// The answer to a request for a matrix, as JSON: at a million entries the text is most of the work.
///
/// # Errors
/// A conflict `NO_ROADS`; [`AppError::Travel`] where the travel service failed.
pub async fn matrix(services: &Services, actor: &Actor, asked: MatrixQuestion) -> AppResult<Vec<u8>> {
    let _turn = MATRICES.acquire().await.map_err(AppError::internal)?;
    let (table, source) = services.table(&actor.operator, &asked.0).await?;
    let written = tokio::task::spawn_blocking(move || text(&table, &source)).await.map_err(AppError::internal)?;
    written.map_err(AppError::internal)
}

fn text(table: &Table, source: &TravelSource) -> serde_json::Result<Vec<u8>> {
    let answer = MatrixAnswer {
        seconds: Rows { values: &table.seconds, columns: table.columns },
        metres: Rows { values: &table.metres, columns: table.columns },
        snapped: snapped(&table.snapped),
        source: wire::travel_source(source),
    };
    // Two numbers of four to five digits with a comma for each pair.
    let mut text = Vec::with_capacity(table.seconds.len() * 11 + table.snapped.len() * 64);
    serde_json::to_writer(&mut text, &answer).map(|()| text)
}

/// The answer to a request for a route.
///
/// # Errors
/// As [`matrix`].
pub async fn route(services: &Services, actor: &Actor, asked: RouteQuestion) -> AppResult<TravelRoute> {
    let (found, source) = services.route(&actor.operator, &asked.0).await?;
    let leg = |path: &RoadPath| TravelLeg { seconds: path.seconds, metres: path.metres };
    let legs: Vec<Option<TravelLeg>> = found.legs.iter().map(|path| path.as_ref().map(leg)).collect();
    let sum = |of: fn(&TravelLeg) -> u32| legs.iter().map(|leg| leg.as_ref().map(|leg| u64::from(of(leg)))).sum();
    let mut line: Vec<LatLon> = Vec::new();
    for path in found.legs.iter().flatten() {
        let points = path.points.iter().map(|&at| lat_lon(at));
        // The end of a leg is the begin of the next.
        line.extend(points.skip(usize::from(!line.is_empty())));
    }
    Ok(TravelRoute {
        seconds: sum(|leg| leg.seconds),
        metres: sum(|leg| leg.metres),
        line: found.legs.iter().all(Option::is_some).then_some(line),
        legs,
        snapped: snapped(&found.snapped),
        source: wire::travel_source(&source),
    })
}

/// What is reached from a place along the roads: an area for each limit, the widest first, and the place's own road point.
///
/// # Errors
/// Conflicts `NO_ROADS`, and `TOO_FAR_FROM_ROAD` where no road of the profile is near the place.
pub async fn reach(services: &Services, actor: &Actor, asked: ReachQuestion) -> AppResult<FeatureCollection> {
    let roads = services.own_roads(&actor.operator).await?;
    let _turn = MATRICES.acquire().await.map_err(AppError::internal)?;
    let draw = move || draw_reach(&roads, &asked);
    tokio::task::spawn_blocking(draw).await.map_err(AppError::internal)?
}

fn draw_reach(roads: &OwnRoads, asked: &ReachQuestion) -> AppResult<FeatureCollection> {
    let areas = roads.reach(asked.profile, asked.depart, asked.from, &asked.limits).ok_or_else(|| {
        let detail = format!("No road of this profile lies within {SNAP_LIMIT_M} m of the place; choose another one.");
        AppError::conflict("TOO_FAR_FROM_ROAD", detail)
    })?;
    let ring = |line: &LineString| -> Value {
        line.coords().map(|at| map::coordinate(Wgs84 { lat: at.y, lon: at.x })).collect()
    };
    let polygon = |polygon: &Polygon| -> Value {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect()
    };
    let draw = |area: &ReachedArea| {
        let coordinates = area.area.iter().map(polygon).collect();
        let properties = json!({ "limit_s": area.seconds, "area_m2": area.area_m2.round() });
        map::feature("MultiPolygon", coordinates, properties)
    };
    Ok(FeatureCollection::new(areas.iter().rev().map(draw).collect()))
}

fn snapped(points: &[Option<RoadPoint>]) -> Vec<Option<Snapped>> {
    let shown = |point: &RoadPoint| {
        let LatLon { lat, lon } = lat_lon(point.at);
        let distance_m = (point.distance_m * 10.0).round() / 10.0;
        Snapped { distance_m, lat, lon, closed_by: point.closed_by.clone() }
    };
    points.iter().map(|point| point.as_ref().map(shown)).collect()
}

/// A millionth of a degree is about a decimetre.
fn lat_lon(at: Wgs84) -> LatLon {
    let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
    LatLon { lat: round(at.lat), lon: round(at.lon) }
}

/// [`huilu_api_spec::travel::TravelMatrix`] without a vector for each row.
#[derive(Serialize)]
struct MatrixAnswer<'a> {
    seconds: Rows<'a>,
    metres: Rows<'a>,
    snapped: Vec<Option<Snapped>>,
    source: WireSource,
}

struct Rows<'a> {
    values: &'a [u32],
    columns: usize,
}

struct Row<'a>(&'a [u32]);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.values.chunks_exact(self.columns.max(1)).map(Row))
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|&value| (value != UNREACHABLE).then_some(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::travel::TravelKind;
    use huilu_api_spec::travel::TravelMatrix;

    #[test]
    fn the_written_matrix_is_the_published_type() {
        let at = Wgs84 { lat: 22.123_456_789, lon: 113.5 };
        let table = Table {
            columns: 2,
            seconds: vec![0, 7, UNREACHABLE, 5],
            metres: vec![0, 70, UNREACHABLE, 50],
            snapped: vec![None, Some(RoadPoint { at, distance_m: 4.26, closed_by: None })],
        };
        let source = TravelSource { kind: TravelKind::Osrm, note: Some("note".to_owned()), stands_in: None };
        let read: TravelMatrix = serde_json::from_slice(&text(&table, &source).unwrap()).unwrap();
        assert_eq!(read.seconds, [[Some(0), Some(7)], [None, Some(5)]]);
        assert_eq!(read.metres, [[Some(0), Some(70)], [None, Some(50)]]);
        assert_eq!(
            read.snapped,
            [None, Some(Snapped { distance_m: 4.3, lat: 22.123_457, lon: 113.5, closed_by: None })]
        );
        assert_eq!(read.source, wire::travel_source(&source));
    }
}
