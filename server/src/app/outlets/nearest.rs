//! The open outlets nearest to a place, along the foot network.

use huilu_api_spec::outlet::{DistanceBasis, NearbyOutlet, NearestOutlets, NearestQuery};
use huilu_model::Wgs84;

use super::shown;
use crate::app::error::{AppError, AppResult};
use crate::app::fault::{FaultCode, Faults};
use crate::app::paging::count;
use crate::app::services::{Actor, Services};
use crate::app::{catalogue, places};
use crate::db::outlets;
use crate::domain::catalogue::Catalogue;

const LIMIT: u64 = 5;
const LIMIT_MAX: u64 = 50;

/// Nearest first; outlets that cannot be reached on foot are left out, unless none can.
///
/// # Errors
/// Faults of the query.
pub async fn nearest(services: &Services, actor: &Actor, query: &NearestQuery) -> AppResult<NearestOutlets> {
    let catalogue = catalogue::load(services, actor).await?;
    let mut faults = Faults::default();
    let place = places::of_query(&mut faults, &actor.operator, &query.lat, &query.lon, &query.datum);
    let streams = wanted(&mut faults, &catalogue, query);
    let limit = count(&mut faults, "limit", query.limit.as_deref(), LIMIT, LIMIT_MAX);
    let place = match place {
        Some(place) if faults.is_empty() => place.at,
        _ => return Err(faults.into()),
    };
    let mut open = outlets::open(services.db.read(), actor.operator_id()).await?;
    open.retain(|outlet| streams.iter().all(|stream| outlet.streams.contains(stream)));
    let places: Vec<Wgs84> = open.iter().map(|outlet| outlet.place.at).collect();
    let (basis, distances) = distances(services, actor, place, places).await?;
    let mut found: Vec<(i64, usize)> =
        distances.iter().enumerate().filter_map(|(k, metres)| Some(((*metres)?, k))).collect();
    found.sort_unstable();
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let entry = |(distance_m, k): (i64, usize)| NearbyOutlet { outlet: shown(&open[k]), distance_m, basis };
    Ok(NearestOutlets { outlets: found.into_iter().map(entry).collect() })
}

/// Streams that an outlet must take.
fn wanted(faults: &mut Faults, catalogue: &Catalogue, query: &NearestQuery) -> Vec<String> {
    let mut streams = Vec::new();
    let remedy = "Use one of the codes of GET /v1/materials.";
    if let Some(code) = &query.stream {
        if !catalogue.streams.iter().any(|stream| stream.code == *code) {
            faults.parameter(FaultCode::UnknownStream, "stream", format!("`{code}` is no stream"), remedy);
        }
        streams.push(code.clone());
    }
    if let Some(code) = &query.material {
        match catalogue.material(code) {
            Some(material) => streams.push(material.stream.clone()),
            None => {
                faults.parameter(FaultCode::UnknownMaterial, "material", format!("`{code}` is no material"), remedy)
            }
        }
    }
    streams
}

/// Metres on foot; as the crow flies where no roads were imported or no way leads from the place to any outlet.
async fn distances(
    services: &Services,
    actor: &Actor,
    from: Wgs84,
    to: Vec<Wgs84>,
) -> AppResult<(DistanceBasis, Vec<Option<i64>>)> {
    let straight: Vec<_> = to.iter().map(|&place| Some(from.distance_m(place).round() as i64)).collect();
    if actor.operator.roads.is_none() {
        return Ok((DistanceBasis::StraightLine, straight));
    }
    let roads = services.roads(&actor.operator).await?;
    let walked = tokio::task::spawn_blocking(move || roads.foot_metres(from, &to)).await.map_err(AppError::internal)?;
    if walked.iter().all(Option::is_none) {
        return Ok((DistanceBasis::StraightLine, straight));
    }
    Ok((DistanceBasis::Foot, walked))
}
