//! Answers of whoever was chosen or, where that failed and the operator allowed it, of the estimate; each says which.

use std::collections::BTreeSet;
use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;

use huilu_model::{Matrix, Problem, Wgs84};
use huilu_roads::Profile;

use super::estimate::Estimate;
use super::provider::{Progress, RouteAnswer, RouteAsk, Table, TableAsk, TravelError, TravelProvider};
use crate::domain::travel::{ProfileTravel, TravelSource};

/// A table with where it came from. `provider` is already an error where it could not even be set up.
///
/// # Errors
/// [`TravelError`] where the provider failed and no estimate may stand in.
pub async fn table_of(
    provider: Result<Arc<dyn TravelProvider>, TravelError>,
    fallback: bool,
    ask: &TableAsk,
) -> Result<(Table, TravelSource), TravelError> {
    let failure = match provider {
        Ok(provider) => match provider.table(ask).await {
            Ok(answer) => return Ok((answer, source(&*provider, ask.profile))),
            Err(failure) => failure,
        },
        Err(failure) => failure,
    };
    let stands_in = Some(stand_in(failure, fallback, ask.profile)?);
    Ok((Estimate.table(ask).await?, TravelSource { stands_in, ..source(&Estimate, ask.profile) }))
}

/// As [`table_of`], for a way through places.
///
/// # Errors
/// As [`table_of`].
pub async fn route_of(
    provider: Result<Arc<dyn TravelProvider>, TravelError>,
    fallback: bool,
    ask: &RouteAsk,
) -> Result<(RouteAnswer, TravelSource), TravelError> {
    let failure = match provider {
        Ok(provider) => match provider.route(ask).await {
            Ok(answer) => return Ok((answer, source(&*provider, ask.profile))),
            Err(failure) => failure,
        },
        Err(failure) => failure,
    };
    let stands_in = Some(stand_in(failure, fallback, ask.profile)?);
    Ok((Estimate.route(ask).await?, TravelSource { stands_in, ..source(&Estimate, ask.profile) }))
}

fn source(of: &dyn TravelProvider, profile: Profile) -> TravelSource {
    TravelSource { kind: of.kind(), note: of.note(profile), stands_in: None }
}

/// Why an estimate stands in, where it may; else the failure itself.
fn stand_in(failure: TravelError, fallback: bool, profile: Profile) -> Result<String, TravelError> {
    match failure {
        TravelError::Service(_) | TravelError::Roads(_) if fallback => {
            tracing::warn!(%profile, cause = %failure, "an estimate stands in for travel figures");
            Ok(failure.to_string())
        }
        _ => Err(failure),
    }
}

/// Fills `problem.matrices` with one matrix for each profile its vehicles name, and says where each came from.
///
/// `provider` makes a profile's provider. `progress` is told the pairs done and their number over all profiles, about a
/// hundred times for each.
///
/// # Errors
/// [`TravelError`] for a place without position or a profile that there is not, and where figures cannot be had.
pub async fn attach_matrices<F>(
    problem: &mut Problem,
    provider: impl Fn(Profile) -> F,
    fallback: bool,
    threads: usize,
    progress: Progress,
) -> Result<Vec<ProfileTravel>, TravelError>
where
    F: Future<Output = Result<Arc<dyn TravelProvider>, TravelError>>,
{
    let names: BTreeSet<String> = problem.vehicles.iter().map(|vehicle| vehicle.profile.clone()).collect();
    let points: Arc<[Wgs84]> = problem
        .places
        .iter()
        .map(|place| place.position.ok_or_else(|| TravelError::NoPosition(place.id.clone())))
        .collect::<Result<_, _>>()?;
    let size = points.len();
    let total = names.len() * size * size;
    let (mut matrices, mut sources) = (Vec::with_capacity(names.len()), Vec::with_capacity(names.len()));
    for (k, name) in names.into_iter().enumerate() {
        let profile = Profile::from_str(&name).map_err(|_| TravelError::UnknownProfile(name.clone()))?;
        let progress = Arc::clone(&progress);
        let before = k * size * size;
        let ask = TableAsk {
            threads,
            progress: Arc::new(move |done, _| progress(before + done, total)),
            ..TableAsk::square(profile, Arc::clone(&points))
        };
        let (table, source) = table_of(provider(profile).await, fallback, &ask).await?;
        let places_too_far = table.snapped.iter().filter(|at| at.is_none()).count() as u64;
        matrices.push(Matrix { profile: name.clone(), size, seconds: table.seconds, metres: table.metres });
        sources.push(ProfileTravel { profile: name, source, places_too_far });
    }
    problem.matrices = matrices;
    Ok(sources)
}
