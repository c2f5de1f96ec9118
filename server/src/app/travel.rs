//! Questions about travel on the city's roads, answered on the spot: nothing is stored.

use std::sync::{Arc, LazyLock};

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
static MATRICES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(MATRICES_AT_ONCE)));
/// A route takes milliseconds for each leg.
const ROUTES_AT_ONCE: usize = 8;
static ROUTES: LazyLock<Arc<Semaphore>> = LazyLock::new(|| Arc::new(Semaphore::new(ROUTES_AT_ONCE)));

/// Does the work when its turn has come. Who hangs up gives nobody else the turn before the work is done, for threads at
/// work on it do not hear of that.
async fn in_turn<T: Send + 'static>(
    turns: &LazyLock<Arc<Semaphore>>,
    work: impl Future<Output = AppResult<T>> + Send + 'static,
) -> AppResult<T> {
    let turn = Arc::clone(turns).acquire_owned().await.map_err(AppError::internal)?;
    let working = tokio::spawn(async move {
        let done = work.await;
        drop(turn);
        done
    });
    working.await.map_err(AppError::internal)?
}

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
    let (services, operator) = (services.clone(), Arc::clone(&actor.operator));
    in_turn(&MATRICES, async move {
        let (table, source) = services.table(&operator, &asked.0).await?;
        let written = tokio::task::spawn_blocking(move || text(&table, &source)).await.map_err(AppError::internal)?;
        written.map_err(AppError::internal)
    })
    .await
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
    let (services, operator) = (services.clone(), Arc::clone(&actor.operator));
    let (found, source) = in_turn(&ROUTES, async move { services.route(&operator, &asked.0).await }).await?;
    let leg = |path: &RoadPath| TravelLeg { seconds: path.seconds, metres: path.metres };
    let legs: Vec<Option<TravelLeg>> = found.legs.iter().map(|path| path.as_ref().map(leg)).collect();
    let sum = |of: fn(&TravelLeg) -> u32| legs.iter().map(|leg| leg.as_ref().map(|leg| u64::from(of(leg)))).sum();
    let mut line: Vec<LatLon> = Vec::new();
    for path in found.legs.iter().flatten() {
        let points = path.points.iter().map(|&at| lat_lon(at));
        // The end of a leg is the begin of the next.
        line.extend(points.skip(usize::from(!line.is_empty())));
    }
    if let [only] = line[..] {
        // A line has two positions at least, also where the way is none.
        line.push(only);
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

/// What is reached from a place along the roads: an area for each limit, the widest first, and last the
/// place's own road point. Where that road is closed there are no areas, and the point says why.
///
/// # Errors
/// Conflicts `NO_ROADS`, and `TOO_FAR_FROM_ROAD` where no road of the profile is near the place.
pub async fn reach(services: &Services, actor: &Actor, asked: ReachQuestion) -> AppResult<FeatureCollection> {
    let roads = services.own_roads(&actor.operator).await?;
    in_turn(&MATRICES, async move {
        let drawn = tokio::task::spawn_blocking(move || draw_reach(&roads, &asked)).await;
        drawn.map_err(AppError::internal)?
    })
    .await
}

fn draw_reach(roads: &OwnRoads, asked: &ReachQuestion) -> AppResult<FeatureCollection> {
    let reached = roads.reach(asked.profile, asked.depart, asked.from, &asked.limits).ok_or_else(|| {
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
    let start = shown(&reached.from);
    let properties = json!({
        "distance_m": start.distance_m,
        "closed_by": start.closed_by,
        "kerb_only": start.kerb_only,
        "entrance": start.entrance,
    });
    let start = map::feature("Point", map::coordinate(reached.from.at), properties);
    Ok(FeatureCollection::new(reached.areas.iter().rev().map(draw).chain([start]).collect()))
}

fn snapped(points: &[Option<RoadPoint>]) -> Vec<Option<Snapped>> {
    points.iter().map(|point| point.as_ref().map(shown)).collect()
}

fn shown(point: &RoadPoint) -> Snapped {
    let LatLon { lat, lon } = lat_lon(point.at);
    Snapped {
        distance_m: (point.distance_m * 10.0).round() / 10.0,
        lat,
        lon,
        closed_by: point.closed_by.clone(),
        kerb_only: point.kerb_only,
        entrance: point.entrance.map(lat_lon),
    }
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
        let point = RoadPoint { at, distance_m: 4.26, closed_by: None, kerb_only: true, entrance: Some(at) };
        let table = Table {
            columns: 2,
            seconds: vec![0, 7, UNREACHABLE, 5],
            metres: vec![0, 70, UNREACHABLE, 50],
            snapped: vec![None, Some(point)],
        };
        let source = TravelSource { kind: TravelKind::Osrm, note: Some("note".to_owned()), stands_in: None };
        let read: TravelMatrix = serde_json::from_slice(&text(&table, &source).unwrap()).unwrap();
        assert_eq!(read.seconds, [[Some(0), Some(7)], [None, Some(5)]]);
        assert_eq!(read.metres, [[Some(0), Some(70)], [None, Some(50)]]);
        let (lat, lon) = (22.123_457, 113.5);
        let entrance = Some(LatLon { lat, lon });
        let told = Snapped { distance_m: 4.3, lat, lon, closed_by: None, kerb_only: true, entrance };
        assert_eq!(read.snapped, [None, Some(told)]);
        assert_eq!(read.source, wire::travel_source(&source));
    }
}
