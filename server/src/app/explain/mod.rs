//! Why a plan is as it is. Computed when asked, from the plan's own snapshot; nothing is stored.

mod moves;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use huilu_api_spec::explain::{ExplanationQuery, PlanExplanations, WhatIfAnswer};
use huilu_model::{Instance, Plan, Problem};
use huilu_optimizer::explain::{self, BadMove, BadQuestion, ExplainParams, Misfit};
use huilu_optimizer::limits::{Clock, Limits};

use super::error::{AppError, AppResult};
use super::export;
use super::fault::{FaultCode, Faults};
use super::services::{Actor, Services};
use crate::domain::{BookingId, PlanId};

pub use moves::Moves;

/// Explanations end with what is known by then.
const SECONDS_MAX: f64 = 20.0;

/// # Errors
/// Not found; faults of the query; conflicts `NOT_A_COLLECTION_PLAN`, `RUN_NOT_SUCCEEDED`, `NO_ROADS` and `PLAN_DOES_NOT_FIT` (the roads
/// have changed so that its routes cannot be driven any more).
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
    let params = ExplainParams { relax: relax(query)?, job, ..ExplainParams::default() };
    let found = in_turn(services, actor, id, move |problem, plan, cancel| {
        let instance = instance(problem)?;
        let clock = Since(Instant::now());
        let limits = Limits { clock: &clock, seconds: Some(SECONDS_MAX), iterations: None, cancel };
        explain::explain(&instance, plan, &params, &limits).map_err(|misfit| match misfit {
            Misfit::UnknownJob(id) if params.job.as_ref() == Some(&id) => no_booking(&id).into(),
            misfit => does_not_fit(&misfit),
        })
    });
    Ok(wire::explanations(id, &found.await?))
}

/// # Errors
/// As [`explanations`], and faults of the moves.
pub async fn what_if(services: &Services, actor: &Actor, id: PlanId, moves: Moves) -> AppResult<WhatIfAnswer> {
    let found = in_turn(services, actor, id, move |problem, plan, _| {
        explain::what_if(&instance(problem)?, plan, &moves.0).map_err(|cause| refused(&cause))
    });
    Ok(wire::what_if(&found.await?))
}

/// Reads the plan and does the work when its turn has come: matrices of those who wait would fill the memory. Who hangs up gives nobody
/// else the turn before the work has heard of it.
async fn in_turn<T: Send + 'static>(
    services: &Services,
    actor: &Actor,
    id: PlanId,
    work: impl FnOnce(&Problem, &Plan, &AtomicBool) -> AppResult<T> + Send + 'static,
) -> AppResult<T> {
    let turn = Arc::clone(&services.heavy).acquire_owned().await.map_err(AppError::internal)?;
    let (problem, plan) = export::plan(services, &actor.operator, id, Some(1)).await?;
    let hangup = Hangup::default();
    let cancel = Arc::clone(&hangup.0);
    let working = tokio::task::spawn_blocking(move || {
        let done = work(&problem, &plan, &cancel);
        drop(turn);
        done
    });
    working.await.map_err(AppError::internal)?
}

/// Raises its flag when the request is gone.
#[derive(Debug, Default)]
struct Hangup(Arc<AtomicBool>);

impl Drop for Hangup {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[derive(Clone, Copy, Debug)]
struct Since(Instant);

impl Clock for Since {
    fn elapsed_s(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// Unless it is said, relaxations are looked for where one booking is asked for.
fn relax(query: &ExplanationQuery) -> Result<bool, Faults> {
    match query.relax.as_deref() {
        None => Ok(query.booking.is_some()),
        Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(other) => {
            let mut faults = Faults::default();
            let detail = format!("`{other}` is neither `true` nor `false`");
            faults.parameter(FaultCode::UnknownValue, "relax", detail, "Send `true` or `false`.");
            Err(faults)
        }
    }
}

fn instance(problem: &Problem) -> AppResult<Instance> {
    Instance::try_from(problem).map_err(AppError::internal)
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

fn refused(cause: &BadQuestion) -> AppError {
    let (index, cause) = match cause {
        BadQuestion::Plan(misfit) => return does_not_fit(misfit),
        BadQuestion::Move { index, cause } => (index, cause),
    };
    let (code, remedy) = match cause {
        BadMove::BeyondTheEnd { .. } => (FaultCode::OutOfRange, "Send a position up to the number of stops."),
        BadMove::JobTwice(_) => (FaultCode::DuplicateItem, "Name each booking once."),
        BadMove::Unknown(_) | BadMove::NotOnARoute(_) => {
            (FaultCode::UnknownValue, "Name bookings, vehicles and outlets of this plan.")
        }
    };
    let mut faults = Faults::default();
    faults.body(code, format!("/moves/{index}"), cause.to_string(), remedy);
    faults.into()
}
