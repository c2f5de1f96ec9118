//! Where a plan's seconds and metres came from, to be asked once more: for its export, and for the lines that it drives.

use huilu_model::Problem;

use super::Snapshot;
use crate::app::error::{AppError, AppResult};
use crate::app::services::Services;
use crate::db::plans;
use crate::domain::plan::Plan;
use crate::domain::travel::TravelKind;
use crate::travel::{FileProviders, MatrixSource};

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
    let sources = FileProviders::new(
        matrices.with_secrets_of(services.providers.choice()),
        roads.map(|key| services.roads_file(&key)),
        closed.as_ref(),
    )?;
    Ok((problem, sources))
}
