//! Where a plan's seconds and metres came from, to be asked once more: for its export, and for the lines that it drives.

use huilu_model::Problem;
use huilu_model::clearing::Network;

use super::Snapshot;
use crate::app::error::{AppError, AppResult};
use crate::app::services::Services;
use crate::db::plans;
use crate::domain::plan::Plan;
use crate::domain::travel::TravelKind;
use crate::travel::{FileProviders, MatrixSource};

/// What a clearing plan was computed from, without its matrices.
///
/// # Errors
/// Not found where the plan has no snapshot, or is none that empties outlets.
pub(in crate::app) async fn network(services: &Services, plan: &Plan) -> AppResult<Network> {
    let snapshot = plans::snapshot(services.db.read(), plan.id).await?.ok_or(AppError::NotFound)?;
    let snapshot: Snapshot = serde_json::from_str(&snapshot).map_err(AppError::internal)?;
    snapshot.network.ok_or(AppError::NotFound)
}

/// The plan's problem, without its matrices, and their sources: the roads, closed zones and services of when it was
/// ordered, whatever was imported since.
///
/// # Errors
/// Not found where the plan has no snapshot; [`AppError::Travel`] where its closed zones cannot be read.
pub(in crate::app) async fn sources(services: &Services, plan: &Plan) -> AppResult<(Problem, FileProviders)> {
    let snapshot = plans::snapshot(services.db.read(), plan.id).await?.ok_or(AppError::NotFound)?;
    let Snapshot { roads, mut matrices, closed, problem, network: _ } =
        serde_json::from_str(&snapshot).map_err(AppError::internal)?;
    let used = plan.outcome.iter().flat_map(|outcome| &outcome.summary.travel);
    for used in used.filter(|used| used.source.kind == TravelKind::Estimate) {
        // Where an estimate stood in, the plan was made with it, whoever answers by now.
        let profile = used.profile.parse().map_err(AppError::internal)?;
        matrices.profiles.insert(profile, MatrixSource::Estimate);
    }
    matrices.fallback = false;
    let profiles = problem.vehicles.iter().filter_map(|vehicle| vehicle.profile.parse().ok());
    let own = profiles.into_iter().any(|profile| *matrices.source(profile) == MatrixSource::Own);
    let file = roads.as_ref().map(|key| services.roads_file(key));
    let sources = FileProviders::new(matrices.with_secrets_of(services.providers.choice()), file, closed.as_ref())?;
    if let Some(key) = roads.filter(|_| own) {
        // Where they cannot be loaded, whoever asks the sources hears of it.
        if let Ok(Some(roads)) = services.roads_at_hand(plan.operator, &key).await {
            return Ok((problem, sources.with_roads(roads)));
        }
    }
    Ok((problem, sources))
}
