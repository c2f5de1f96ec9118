//! Why a plan is as it is. Computed when asked, from the plan's own snapshot; nothing is stored.

mod moves;
mod wire;

use huilu_api_spec::explain::{ExplanationQuery, PlanExplanations, WhatIfAnswer};
use huilu_model::{Instance, Plan, Problem};
use huilu_optimizer::explain::{self, BadMove, ExplainParams, Misfit};
use tokio::sync::Semaphore;

use super::error::{AppError, AppResult};
use super::export;
use super::fault::{FaultCode, Faults};
use super::services::{Actor, Services};
use crate::domain::{BookingId, PlanId};

pub use moves::Moves;

/// Explanations under way at a time: each keeps a core busy for seconds, and matrices in memory.
static TURNS: Semaphore = Semaphore::const_new(1);

/// # Errors
/// Not found; faults of the query; conflicts `RUN_NOT_SUCCEEDED`, `NO_ROADS` and `PLAN_DOES_NOT_FIT` (the roads have changed so that its
/// routes cannot be driven any more).
pub async fn explanations(
    services: &Services,
    actor: &Actor,
    id: PlanId,
    query: &ExplanationQuery,
) -> AppResult<PlanExplanations> {
    let job = query.booking.clone();
    if let Some(text) = job.as_ref().filter(|text| text.parse::<BookingId>().is_err()) {
        return Err(no_booking(text).into());
    }
    let (problem, plan) = export::plan(services, &actor.operator, id).await?;
    let found = in_turn(move || {
        let instance = instance(&problem)?;
        let params = ExplainParams { job, ..ExplainParams::default() };
        explain::explain(&instance, &plan, &params).map_err(|misfit| match misfit {
            Misfit::UnknownJob(id) if params.job.as_ref() == Some(&id) => no_booking(&id).into(),
            misfit => does_not_fit(&misfit),
        })
    });
    Ok(wire::explanations(id, &found.await?))
}

/// # Errors
/// As [`explanations`], and faults of the moves.
pub async fn what_if(services: &Services, actor: &Actor, id: PlanId, moves: Moves) -> AppResult<WhatIfAnswer> {
    let (problem, plan) = export::plan(services, &actor.operator, id).await?;
    let found = in_turn(move || {
        let instance = instance(&problem)?;
        // A plan that does not fit is no fault of the moves.
        fits(&instance, &plan)?;
        explain::what_if(&instance, &plan, &moves.0).map_err(|cause| refused(&cause))
    });
    Ok(wire::what_if(&found.await?))
}

async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> AppResult<T> + Send + 'static) -> AppResult<T> {
    let _turn = TURNS.acquire().await.map_err(AppError::internal)?;
    tokio::task::spawn_blocking(work).await.map_err(AppError::internal)?
}

fn instance(problem: &Problem) -> AppResult<Instance> {
    Instance::try_from(problem).map_err(AppError::internal)
}

fn fits(instance: &Instance, plan: &Plan) -> AppResult<()> {
    explain::what_if(instance, plan, &[]).map(|_| ()).map_err(|cause| match cause {
        BadMove::Misfit(misfit) => does_not_fit(&misfit),
        other => AppError::internal(other),
    })
}

fn no_booking(text: &str) -> Faults {
    let mut faults = Faults::default();
    let remedy = "Send the id of a booking that the plan leaves out.";
    faults.parameter(FaultCode::UnknownValue, "booking", format!("`{text}` is no booking of this plan"), remedy);
    faults
}

fn does_not_fit(misfit: &Misfit) -> AppError {
    AppError::conflict("PLAN_DOES_NOT_FIT", misfit.to_string())
}

fn refused(cause: &BadMove) -> AppError {
    let mut faults = Faults::default();
    faults.body(
        FaultCode::UnknownValue,
        "/moves",
        cause.to_string(),
        "Name bookings, vehicles and outlets of this plan.",
    );
    faults.into()
}
