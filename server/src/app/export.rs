//! A plan as files that stand on their own: the instance it was computed from, matrices included, and the plan itself.
//!
//! Whoever has both can have every claim recomputed (`huilu check`) or solve the day again (`huilu solve`); of a clearing plan
//! `huilu clearing` does either.

use std::collections::HashMap;
use std::sync::Arc;

use huilu_model::clearing::{ClearingPlan, Network};
use huilu_model::plan::StreamLoad;
use huilu_model::{Plan as ModelPlan, PlannedRoute, Problem, Step, StepKind as ModelKind, Unassigned};

use super::error::{AppError, AppResult};
use super::planning;
use super::services::Services;
use crate::db::{plans, routes};
use crate::domain::PlanId;
use crate::domain::operator::Operator;
use crate::domain::plan::{Plan, PlanKind, PlanOutcome, Route, RouteStep, StepKind};
use crate::travel::{FileProviders, attach_matrices};

/// A plan with what it was computed from.
#[derive(Debug)]
pub enum Exported {
    Collection(Box<Problem>, ModelPlan),
    Clearing(Box<Network>, Box<ClearingPlan>),
}

/// `threads` compute its matrices, as many as its run had where none are said.
///
/// # Errors
/// Those of [`plan`] and those of clearing runs but for the plan's kind.
pub async fn any(services: &Services, operator: &Operator, id: PlanId, threads: Option<usize>) -> AppResult<Exported> {
    let plan = plans::by_id(services.db.read(), operator.id, id).await?.ok_or(AppError::NotFound)?;
    Ok(match plan.kind {
        PlanKind::Collection => {
            let (problem, plan) = self::plan(services, operator, id, threads).await?;
            Exported::Collection(Box::new(problem), plan)
        }
        PlanKind::Clearing => {
            let (network, answer) = clearing(services, &plan, threads).await?;
            Exported::Clearing(Box::new(network), Box::new(answer))
        }
    })
}

/// A collection plan. `threads` compute its matrices, as many as its run had where none are said.
///
/// # Errors
/// Not found; conflicts `NOT_A_COLLECTION_PLAN`, `RUN_NOT_SUCCEEDED` where the plan has no routes (yet) and `NO_ROADS` where the
/// prepared roads are gone; [`AppError::Travel`] where the plan's travel service fails.
pub async fn plan(
    services: &Services,
    operator: &Operator,
    id: PlanId,
    threads: Option<usize>,
) -> AppResult<(Problem, ModelPlan)> {
    let plan = plans::by_id(services.db.read(), operator.id, id).await?.ok_or(AppError::NotFound)?;
    if plan.kind != PlanKind::Collection {
        let detail = format!("Plan {id} empties outlets; name one that collects bookings.");
        return Err(AppError::conflict("NOT_A_COLLECTION_PLAN", detail));
    }
    // Before anything is read that it would need.
    routed(&plan)?;
    let (problem, sources) = planning::sources(services, &plan).await?;
    let threads = threads.unwrap_or(plan.run.threads as usize);
    measured(services, &plan, problem, &sources, threads).await
}

/// The network of a clearing plan with its matrices, and the run's whole answer.
///
/// # Errors
/// As [`plan`]; a conflict `ANSWER_NOT_KEPT` of plans from before answers were kept.
async fn clearing(services: &Services, plan: &Plan, threads: Option<usize>) -> AppResult<(Network, ClearingPlan)> {
    routed(plan)?;
    let answer = plans::answer(services.db.read(), plan.id).await?.ok_or_else(|| {
        let detail = format!(
            "Plan {} is from before the answers of clearing runs were kept, and its routes alone do not say which load is whose; \
             plan the day again to export it.",
            plan.id
        );
        AppError::conflict("ANSWER_NOT_KEPT", detail)
    })?;
    let mut network = planning::network(services, plan).await?;
    // Places and vehicles are those of the network.
    let (mut frame, sources) = planning::sources(services, plan).await?;
    let threads = threads.unwrap_or(plan.run.threads as usize);
    attach_matrices(&mut frame, |profile| sources.of(profile), false, threads, Arc::new(|_, _| {})).await?;
    network.matrices = frame.matrices;
    Ok((network, answer))
}

/// The plan's problem with its matrices, and the plan.
pub(super) async fn measured(
    services: &Services,
    plan: &Plan,
    mut problem: Problem,
    sources: &FileProviders,
    threads: usize,
) -> AppResult<(Problem, ModelPlan)> {
    let (read, id, outcome) = (services.db.read(), plan.id, routed(plan)?);
    attach_matrices(&mut problem, |profile| sources.of(profile), false, threads, Arc::new(|_, _| {})).await?;

    let places = Places::of(&problem);
    let planned = routes::of_plan(read, id).await?;
    let unassigned = routes::unassigned(read, id).await?.into_iter().map(|left| Unassigned {
        job: left.booking.to_string(),
        verdict: left.verdict,
        reasons: left.reasons,
    });
    let plan = ModelPlan {
        instance: problem.name.clone(),
        cost_scale: outcome.cost_scale,
        cost: outcome.cost,
        cost_parts: outcome.cost_parts,
        lower_bound: outcome.lower_bound,
        routes: planned.iter().map(|route| places.route(route)).collect::<AppResult<_>>()?,
        unassigned: unassigned.collect(),
    };
    Ok((problem, plan))
}

fn routed(plan: &Plan) -> AppResult<&PlanOutcome> {
    plan.outcome.as_ref().ok_or_else(|| {
        let detail = format!("The run of plan {} is {}: it has no routes.", plan.id, plan.run.state);
        AppError::conflict("RUN_NOT_SUCCEEDED", detail)
    })
}

/// Where the things of a problem are, by their ids.
struct Places<'a> {
    jobs: HashMap<&'a str, &'a str>,
    outlets: HashMap<&'a str, &'a str>,
    /// Start and end; absent where the route ends anywhere.
    vehicles: HashMap<&'a str, (&'a str, Option<&'a str>)>,
}

impl<'a> Places<'a> {
    fn of(problem: &'a Problem) -> Self {
        Self {
            jobs: problem.jobs.iter().map(|job| (job.id.as_str(), job.place.as_str())).collect(),
            outlets: problem.outlets.iter().map(|outlet| (outlet.id.as_str(), outlet.place.as_str())).collect(),
            vehicles: problem.vehicles.iter().map(|v| (v.id.as_str(), (v.start.as_str(), v.end.as_deref()))).collect(),
        }
    }

    fn route(&self, route: &Route) -> AppResult<PlannedRoute> {
        let vehicle = route.vehicle.to_string();
        let ends = *self.vehicles.get(vehicle.as_str()).ok_or_else(|| missing(&vehicle))?;
        let mut here = ends.0;
        let mut steps = Vec::with_capacity(route.steps.len());
        for step in &route.steps {
            here = self.place(step, ends, here)?;
            steps.push(Step {
                kind: kind(step),
                place: here.to_owned(),
                arrival_s: step.arrival,
                start_s: step.start,
                departure_s: step.departure,
                distance_m: step.distance,
                load: step
                    .load
                    .iter()
                    .map(|on| StreamLoad { stream: on.stream.clone(), grams: on.grams, litres: on.litres })
                    .collect(),
            });
        }
        Ok(PlannedRoute { vehicle, cost: route.cost, duration_s: route.duration, distance_m: route.distance, steps })
    }

    /// A break is taken where the step before was.
    fn place(&self, step: &RouteStep, ends: (&'a str, Option<&'a str>), here: &'a str) -> AppResult<&'a str> {
        let of = |places: &HashMap<&'a str, &'a str>, id: String| {
            places.get(id.as_str()).copied().ok_or_else(|| missing(&id))
        };
        match step.kind {
            StepKind::Start => Ok(ends.0),
            StepKind::Job(booking) => of(&self.jobs, booking.to_string()),
            StepKind::Clear(outlet) => of(&self.jobs, outlet.to_string()),
            StepKind::Unload(outlet) => of(&self.outlets, outlet.to_string()),
            StepKind::Break => Ok(here),
            StepKind::End => Ok(ends.1.unwrap_or(here)),
        }
    }
}

fn kind(step: &RouteStep) -> ModelKind {
    match step.kind {
        StepKind::Start => ModelKind::Start,
        StepKind::Job(booking) => ModelKind::Job { job: booking.to_string() },
        StepKind::Clear(outlet) => ModelKind::Job { job: outlet.to_string() },
        StepKind::Unload(outlet) => ModelKind::Unload { outlet: outlet.to_string() },
        StepKind::Break => ModelKind::Break,
        StepKind::End => ModelKind::End,
    }
}

fn missing(id: &str) -> AppError {
    AppError::Internal(format!("the plan's snapshot does not know `{id}`"))
}
