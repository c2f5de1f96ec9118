//! Questions about travel on the city's roads, answered on the spot: nothing is stored.

use std::sync::LazyLock;

use huilu_api_spec::common::Datum;
use huilu_api_spec::travel::{
    LatLon, MATRIX_ENTRIES_MAX, MatrixRequest, RouteRequest, Snapped, TravelKind, TravelLeg, TravelProfile,
    TravelRoute, TravelSource,
};
use huilu_model::{UNREACHABLE, Wgs84};
use huilu_roads::Profile;
use serde::{Serialize, Serializer};
use tokio::sync::Semaphore;

use super::error::{AppError, AppResult};
use super::fault::{FaultCode, Faults};
use super::services::{Actor, Services};
use super::wire;
use crate::travel::{Located, Table};

/// A large matrix takes some 100 MB while it is computed and written, so only so many are at once; more wait.
const MATRICES_AT_ONCE: usize = 2;
static MATRICES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(MATRICES_AT_ONCE));

/// A request for a matrix that makes sense.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixQuestion {
    profile: Profile,
    points: Vec<Wgs84>,
    /// Indices of `points`.
    sources: Vec<usize>,
    targets: Vec<usize>,
}

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
        faults.or(Self { profile: profile(wire.profile), points, sources, targets })
    }
}

/// A request for a route that makes sense.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteQuestion {
    profile: Profile,
    points: Vec<Wgs84>,
}

impl RouteQuestion {
    /// # Errors
    /// Points that are no places.
    pub fn read(wire: RouteRequest) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let points = points(&mut faults, wire.datum, &wire.points);
        faults.or(Self { profile: profile(wire.profile), points })
    }
}

fn points(faults: &mut Faults, datum: Datum, sent: &[LatLon]) -> Vec<Wgs84> {
    let datum = wire::datum(datum);
    let mut points = Vec::with_capacity(sent.len());
    for (k, point) in sent.iter().enumerate() {
        match datum.to_wgs84(point.lat, point.lon) {
            Ok(at) => points.push(at),
            Err(cause) => {
                let remedy = "Send degrees: latitude from -90 to 90, longitude from -180 to 180.";
                faults.body(FaultCode::NotOnEarth, format!("/points/{k}"), cause.to_string(), remedy);
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
/// A conflict `NO_ROADS`.
pub async fn matrix(services: &Services, actor: &Actor, asked: MatrixQuestion) -> AppResult<Vec<u8>> {
    let roads = services.roads(&actor.operator).await?;
    let _turn = MATRICES.acquire().await.map_err(AppError::internal)?;
    let answer = move || {
        let located = roads.locate(asked.profile, &asked.points);
        let table = roads.table(asked.profile, &located, &asked.sources, &asked.targets);
        let answer = MatrixAnswer {
            seconds: Rows { values: &table.seconds, table: &table },
            metres: Rows { values: &table.metres, table: &table },
            snapped: snapped(&located),
            source: own_roads(),
        };
        // Two numbers of four to five digits with a comma for each pair.
        let mut text = Vec::with_capacity(table.seconds.len() * 11 + located.len() * 64);
        serde_json::to_writer(&mut text, &answer).map(|()| text)
    };
    let text = tokio::task::spawn_blocking(answer).await.map_err(AppError::internal)?;
    text.map_err(AppError::internal)
}

/// The answer to a request for a route.
///
/// # Errors
/// A conflict `NO_ROADS`.
pub async fn route(services: &Services, actor: &Actor, asked: RouteQuestion) -> AppResult<TravelRoute> {
    let roads = services.roads(&actor.operator).await?;
    let answer = move || {
        let located = roads.locate(asked.profile, &asked.points);
        let paths: Vec<_> = located.windows(2).map(|ends| roads.path(asked.profile, &ends[0], &ends[1])).collect();
        let leg = |path: &huilu_roads::Path| TravelLeg { seconds: path.seconds, metres: path.metres };
        let legs: Vec<Option<TravelLeg>> = paths.iter().map(|path| path.as_ref().map(leg)).collect();
        let sum = |of: fn(&TravelLeg) -> u32| legs.iter().map(|leg| leg.as_ref().map(|leg| u64::from(of(leg)))).sum();
        let mut line: Vec<LatLon> = Vec::new();
        for path in paths.iter().flatten() {
            let points = path.points.iter().map(|&at| lat_lon(at));
            // The end of a leg is the begin of the next.
            line.extend(points.skip(usize::from(!line.is_empty())));
        }
        TravelRoute {
            seconds: sum(|leg| leg.seconds),
            metres: sum(|leg| leg.metres),
            line: paths.iter().all(Option::is_some).then_some(line),
            legs,
            snapped: snapped(&located),
            source: own_roads(),
        }
    };
    tokio::task::spawn_blocking(answer).await.map_err(AppError::internal)
}

fn own_roads() -> TravelSource {
    TravelSource { kind: TravelKind::Roads, note: None }
}

fn snapped(located: &[Located]) -> Vec<Option<Snapped>> {
    let shown = |snap: &huilu_roads::Snap| {
        let LatLon { lat, lon } = lat_lon(snap.point());
        Snapped { distance_m: (snap.distance_m() * 10.0).round() / 10.0, lat, lon }
    };
    located.iter().map(|snap| snap.as_ref().map(shown)).collect()
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
    source: TravelSource,
}

struct Rows<'a> {
    values: &'a [u32],
    table: &'a Table,
}

struct Row<'a>(&'a [u32]);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.values.chunks_exact(self.table.columns.max(1)).map(Row))
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
    use huilu_api_spec::travel::TravelMatrix;

    #[test]
    fn the_written_matrix_is_the_published_type() {
        let table = Table { columns: 2, seconds: vec![0, 7, UNREACHABLE, 5], metres: vec![0, 70, UNREACHABLE, 50] };
        let answer = MatrixAnswer {
            seconds: Rows { values: &table.seconds, table: &table },
            metres: Rows { values: &table.metres, table: &table },
            snapped: vec![None],
            source: own_roads(),
        };
        let read: TravelMatrix = serde_json::from_str(&serde_json::to_string(&answer).unwrap()).unwrap();
        assert_eq!(read.seconds, [[Some(0), Some(7)], [None, Some(5)]]);
        assert_eq!(read.metres, [[Some(0), Some(70)], [None, Some(50)]]);
    }
}
