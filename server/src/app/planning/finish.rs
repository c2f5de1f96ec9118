//! From the plan that a child process found to the rows that are kept: routes, what was left out, and the sums.

use std::collections::HashMap;

use huilu_model::clearing::ClearingPlan;
use huilu_model::plan::{PlannedRoute, Step, StepKind as FoundKind, StreamLoad};
use huilu_model::{Grams, Litres, Plan as FoundPlan, Problem, Wgs84};
use serde_json::json;

use crate::app::error::{AppError, AppResult};
use crate::domain::amount::StreamAmount;
use crate::domain::plan::{
    BoundCause, BoundSummary, ClearingSummary, Plan, PlanOutcome, PlanSummary, Route, RouteStep, StepKind,
    UnassignedBooking,
};
use crate::domain::travel::ProfileTravel;
use crate::domain::{RouteId, StepId};

/// What a solved plan becomes.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::app) struct Finished {
    pub(in crate::app) outcome: PlanOutcome,
    pub(in crate::app) routes: Vec<Route>,
    pub(in crate::app) unassigned: Vec<UnassignedBooking>,
}

/// How long the child worked, and on what.
#[derive(Clone, Debug)]
pub(in crate::app) struct Effort {
    pub(in crate::app) iterations: u64,
    pub(in crate::app) seconds: f64,
    pub(in crate::app) prepare_seconds: f64,
    pub(in crate::app) travel: Vec<ProfileTravel>,
    /// What it proved.
    pub(in crate::app) bound: BoundSummary,
}

impl Effort {
    /// What a plan that empties outlets says of its bound.
    pub(in crate::app) fn without_bound() -> BoundSummary {
        BoundSummary { cause: Some(BoundCause::ClearingPlan), ..BoundSummary::default() }
    }
}

/// # Errors
/// Internal ones, where the plan names what its problem does not have.
pub(in crate::app) fn finish(
    plan: &Plan,
    problem: &Problem,
    found: &FoundPlan,
    effort: &Effort,
) -> AppResult<Finished> {
    let unassigned = found
        .unassigned
        .iter()
        .map(|left| {
            let booking = named(&left.job)?;
            Ok(UnassignedBooking { booking, verdict: left.verdict, reasons: left.reasons.clone() })
        })
        .collect::<AppResult<Vec<_>>>()?;
    let booking = |job: &str| Ok(StepKind::Job(named(job)?));
    Ok(Finished { unassigned, ..routed(plan, problem, found, effort, &booking)? })
}

/// As [`finish`], for a plan that empties outlets. What it leaves where it is stands in its summary.
///
/// # Errors
/// As [`finish`].
pub(in crate::app) fn finish_clearing(plan: &Plan, answer: &ClearingPlan, effort: &Effort) -> AppResult<Finished> {
    let sources: HashMap<&str, &str> =
        answer.takes.iter().map(|take| (take.job.as_str(), take.outlet.as_str())).collect();
    let outlet = |job: &str| {
        let outlet = sources.get(job).ok_or_else(|| AppError::internal(format!("`{job}` empties no outlet")))?;
        Ok(StepKind::Clear(named(outlet)?))
    };
    let jobs = answer.stages.iter().flat_map(|stage| stage.problem.jobs.iter().cloned()).collect();
    let places = answer.stages.first().map(|stage| stage.problem.places.clone()).unwrap_or_default();
    let problem = Problem { jobs, places, ..Problem::default() };
    let mut finished = routed(plan, &problem, &answer.routes(), effort, &outlet)?;
    finished.outcome.summary.clearing = Some(ClearingSummary {
        order: answer.order,
        complete: answer.feasible,
        notes: answer.notes.clone(),
        decisions: answer.decisions.clone(),
    });
    Ok(finished)
}

fn routed(
    plan: &Plan,
    problem: &Problem,
    found: &FoundPlan,
    effort: &Effort,
    job: &dyn Fn(&str) -> AppResult<StepKind>,
) -> AppResult<Finished> {
    let places: HashMap<&str, Wgs84> =
        problem.places.iter().filter_map(|place| Some((place.id.as_str(), place.position?))).collect();
    let routes = found
        .routes
        .iter()
        .map(|route| {
            Ok(Route {
                id: RouteId::new(),
                plan: plan.id,
                operator: plan.operator,
                service_date: plan.service_date,
                vehicle: named(&route.vehicle)?,
                cost: route.cost,
                cost_scale: found.cost_scale,
                duration: route.duration_s,
                distance: route.distance_m,
                steps: route.steps.iter().map(|of| step(of, &places, job)).collect::<AppResult<_>>()?,
            })
        })
        .collect::<AppResult<Vec<_>>>()?;
    let outcome = PlanOutcome {
        cost: found.cost,
        cost_scale: found.cost_scale,
        cost_parts: found.cost_parts,
        lower_bound: found.lower_bound,
        summary: summary(problem, found, effort),
    };
    Ok(Finished { outcome, routes, unassigned: Vec::new() })
}

/// Reads an id that the problem was made with.
fn named<T: std::str::FromStr>(id: &str) -> AppResult<T> {
    id.parse().map_err(|_| AppError::internal(format!("the plan names `{id}`, which is no id")))
}

fn step(
    step: &Step,
    places: &HashMap<&str, Wgs84>,
    job_kind: &dyn Fn(&str) -> AppResult<StepKind>,
) -> AppResult<RouteStep> {
    let at = places.get(step.place.as_str());
    let amount =
        |load: &StreamLoad| StreamAmount { stream: load.stream.clone(), grams: load.grams, litres: load.litres };
    Ok(RouteStep {
        id: StepId::new(),
        kind: match &step.kind {
            FoundKind::Start => StepKind::Start,
            FoundKind::Job { job } => job_kind(job)?,
            FoundKind::Unload { outlet } => StepKind::Unload(named(outlet)?),
            FoundKind::Break => StepKind::Break,
            FoundKind::End => StepKind::End,
        },
        at: *at.ok_or_else(|| AppError::internal(format!("the plan names the unknown place `{}`", step.place)))?,
        arrival: step.arrival_s,
        start: step.start_s,
        departure: step.departure_s,
        distance: step.distance_m,
        load: step.load.iter().map(amount).collect(),
        reported: None,
    })
}

fn summary(problem: &Problem, found: &FoundPlan, effort: &Effort) -> PlanSummary {
    let loads: HashMap<&str, (Grams, Litres)> = problem
        .jobs
        .iter()
        .map(|job| {
            let grams = job.loads.iter().map(|load| load.grams).sum();
            (job.id.as_str(), (grams, job.loads.iter().map(|load| load.litres).sum()))
        })
        .collect();
    let steps = || found.routes.iter().flat_map(|route: &PlannedRoute| &route.steps);
    let served: Vec<(Grams, Litres)> = steps()
        .filter_map(|step| match &step.kind {
            FoundKind::Job { job } => loads.get(job.as_str()).copied(),
            _ => None,
        })
        .collect();
    PlanSummary {
        bookings: problem.jobs.len() as u64,
        served: served.len() as u64,
        unassigned: found.unassigned.len() as u64,
        vehicles_used: found.routes.len() as u64,
        unloads: steps().filter(|step| matches!(step.kind, FoundKind::Unload { .. })).count() as u64,
        distance_m: found.routes.iter().map(|route| route.distance_m).sum(),
        duration_s: found.routes.iter().map(|route| route.duration_s).sum(),
        grams: served.iter().map(|(grams, _)| *grams).sum(),
        litres: served.iter().map(|(_, litres)| *litres).sum(),
        seconds: effort.seconds,
        prepare_seconds: effort.prepare_seconds,
        travel: effort.travel.clone(),
        bound: effort.bound.clone(),
        clearing: None,
        statistics: json!({ "iterations": effort.iterations }),
    }
}
