//! What a worker needs to know of a job: what to hand to the solving process, and what its words mean for the rows.
//!
//! The worker holds the lease; every function here that writes is called in a transaction that has just checked it.

use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::error::{AppError, AppResult};
use super::services::Services;
use super::{planning, scenarios};
use crate::db::plans::{Packed, pack_json};
use crate::db::{Tx, events, plans, routes, scenarios as scenario_rows};
use crate::domain::event::{EventKind, NewEvent, SubjectKind};
use crate::domain::job::{Job, JobKind};
use crate::domain::plan::{Plan, Progress, Run, RunState};
use crate::domain::scenario::ScenarioRun;
use crate::domain::{Instant, PlanId, RunId};
use crate::jobs::protocol::{Work, WorkEvent, WorkOrder};

/// Whom a job works for.
#[derive(Clone, Debug)]
enum Subject {
    Plan(Box<Plan>),
    Scenario(Box<ScenarioRun>),
}

#[derive(Deserialize)]
struct PlanPayload {
    plan: PlanId,
    #[serde(default)]
    stop_gap: Option<f64>,
}

#[derive(Deserialize)]
struct ScenarioPayload {
    run: RunId,
}

impl Subject {
    async fn load(c: &impl sea_orm::ConnectionTrait, job: &Job) -> AppResult<Self> {
        let payload = job.payload.clone();
        let gone = || AppError::internal(format!("job {} works for nothing", job.id));
        match job.kind {
            JobKind::SolvePlan => {
                let PlanPayload { plan, .. } = serde_json::from_value(payload).map_err(AppError::internal)?;
                Ok(Self::Plan(Box::new(plans::by_id(c, job.operator, plan).await?.ok_or_else(gone)?)))
            }
            JobKind::SolveScenario => {
                let ScenarioPayload { run } = serde_json::from_value(payload).map_err(AppError::internal)?;
                Ok(Self::Scenario(Box::new(scenario_rows::run(c, job.operator, run).await?.ok_or_else(gone)?)))
            }
        }
    }

    fn run(&mut self) -> &mut Run {
        match self {
            Self::Plan(plan) => &mut plan.run,
            Self::Scenario(answer) => &mut answer.run,
        }
    }

    async fn store_run(&self, tx: &Tx) -> AppResult<()> {
        match self {
            Self::Plan(plan) => plans::set_run(&**tx, plan.id, &plan.run).await?,
            Self::Scenario(answer) => scenario_rows::set_run(&**tx, answer.id, &answer.run).await?,
        }
        Ok(())
    }

    fn event(&self, kind: EventKind, services: &Services, data: serde_json::Value) -> NewEvent {
        let (operator, subject_kind, subject): (_, _, Uuid) = match self {
            Self::Plan(plan) => (plan.operator, SubjectKind::Plan, plan.id.0),
            Self::Scenario(answer) => (answer.operator, SubjectKind::Scenario, answer.scenario.0),
        };
        NewEvent { operator, kind, subject_kind, subject, actor: None, at: services.clock.now(), data }
    }
}

/// What the solving process is asked to do.
///
/// # Errors
/// Where the rows behind the job are gone or cannot be read.
pub async fn order(services: &Services, job: &Job, memory_mib: Option<u64>) -> AppResult<WorkOrder> {
    let read = services.db.read();
    match Subject::load(read, job).await? {
        Subject::Plan(plan) => {
            let PlanPayload { stop_gap, .. } =
                serde_json::from_value(job.payload.clone()).map_err(AppError::internal)?;
            let mut order = planning::work_order(services, &plan, memory_mib).await?;
            order.limits.stop_gap = stop_gap;
            order.limits.without_proof = losses(job) > 0;
            Ok(order)
        }
        Subject::Scenario(answer) => scenarios::work_order(services, &answer, memory_mib).await,
    }
}

/// How often its worker or its solving process died. A worker that hands a job back adds to its attempts at most.
fn losses(job: &Job) -> i32 {
    (job.attempt - 1) - (job.max_attempts - planning::ATTEMPTS_MAX)
}

/// The run begins, or begins again. Returns the progress to count on from.
///
/// # Errors
/// Where the database does not answer.
pub async fn started(services: &Services, tx: &Tx, job: &Job) -> AppResult<Progress> {
    let mut subject = Subject::load(&**tx, job).await?;
    let run = subject.run();
    run.state = RunState::Running;
    run.started = run.started.or(Some(services.clock.now()));
    let progress = run.progress.unwrap_or_default();
    subject.store_run(tx).await?;
    Ok(progress)
}

/// Stores how far the run is, unless something later is stored already.
///
/// # Errors
/// Where the database does not answer.
pub async fn progressed(tx: &Tx, job: &Job, progress: &Progress) -> AppResult<()> {
    let mut subject = Subject::load(&**tx, job).await?;
    let run = subject.run();
    if run.progress.is_none_or(|known| known.sequence < progress.sequence) {
        run.progress = Some(*progress);
        subject.store_run(tx).await?;
    }
    Ok(())
}

/// The job went back to the queue without an end.
///
/// # Errors
/// Where the database does not answer.
pub async fn handed_back(tx: &Tx, job: &Job) -> AppResult<()> {
    let mut subject = Subject::load(&**tx, job).await?;
    subject.run().state = RunState::Queued;
    subject.store_run(tx).await
}

/// The run ended without a result: failed with its cause, or cancelled.
///
/// # Errors
/// Where the database does not answer.
pub async fn ended(services: &Services, tx: &Tx, job: &Job, state: RunState, cause: Option<&str>) -> AppResult<()> {
    let mut subject = Subject::load(&**tx, job).await?;
    let run = subject.run();
    run.state = state;
    run.error = cause.map(str::to_owned);
    run.ended = Some(services.clock.now());
    subject.store_run(tx).await?;
    let kind = match (&subject, state) {
        (Subject::Plan(_), RunState::Cancelled) => EventKind::PlanCancelled,
        (Subject::Plan(_), _) => EventKind::PlanFailed,
        // A scenario's answer concerns nobody but the planner who waits for it.
        (Subject::Scenario(_), _) => return Ok(()),
    };
    events::append(&**tx, &[subject.event(kind, services, json!({}))]).await?;
    Ok(())
}

/// How long it was solved for: a route's process says so itself, of a siting run only begin and end are known.
fn solving_seconds(run: &Run, result: &WorkEvent, now: Instant) -> Option<f64> {
    match result {
        WorkEvent::Sited { .. } => run.started.map(|started| (now.0 - started.0) as f64 / 1_000.0),
        _ => None,
    }
}

/// What a run found, with what of it is kept as a document.
#[derive(Debug)]
pub struct Found<'a> {
    event: &'a WorkEvent,
    packed: Option<Packed>,
}

impl<'a> Found<'a> {
    /// Packs the document, which should be done before a transaction begins: other writers wait for its end.
    ///
    /// # Errors
    /// Where it cannot be packed.
    pub fn of(event: &'a WorkEvent) -> AppResult<Self> {
        let packed = match event {
            WorkEvent::Planned { duals: Some(duals), .. } => Some(pack_json(duals)?),
            WorkEvent::Cleared { plan, .. } => Some(pack_json(plan)?),
            _ => None,
        };
        Ok(Self { event, packed })
    }
}

/// The run ended with this result; everything it found is written.
///
/// # Errors
/// Where the database does not answer, or the result does not fit what was asked.
pub async fn succeeded(
    services: &Services,
    tx: &Tx,
    job: &Job,
    order: &WorkOrder,
    progress: &Progress,
    Found { event: result, packed }: Found<'_>,
) -> AppResult<()> {
    let mut subject = Subject::load(&**tx, job).await?;
    let now = services.clock.now();
    let run = subject.run();
    run.state = RunState::Succeeded;
    run.progress = Some(Progress { seconds: solving_seconds(run, result, now).or(progress.seconds), ..*progress });
    run.ended = Some(now);
    let happened = match (&subject, &order.work, result) {
        (
            Subject::Plan(plan),
            Work::Route { problem, .. },
            WorkEvent::Planned {
                plan: found, feasible: true, iterations, seconds, prepare_seconds, bound, travel, ..
            },
        ) => {
            let effort = planning::Effort {
                iterations: *iterations,
                seconds: *seconds,
                prepare_seconds: *prepare_seconds,
                travel: travel.clone(),
                bound: bound.clone(),
            };
            let finished = planning::finish(plan, problem, found, &effort)?;
            routes::insert_many(&**tx, &finished.routes).await?;
            routes::insert_unassigned(&**tx, plan.id, &finished.unassigned).await?;
            plans::finish(&**tx, plan.id, &plan.run, &finished.outcome).await?;
            if let Some(duals) = packed {
                plans::keep_duals(&**tx, plan.id, duals).await?;
            }
            let data = json!({
                "service_date": plan.service_date,
                "served": finished.outcome.summary.served,
                "unassigned": finished.outcome.summary.unassigned,
            });
            subject.event(EventKind::PlanProposed, services, data)
        }
        (
            Subject::Plan(plan),
            Work::Clear { .. },
            WorkEvent::Cleared { plan: found, iterations, seconds, prepare_seconds, travel },
        ) => {
            let effort = planning::Effort {
                iterations: *iterations,
                seconds: *seconds,
                prepare_seconds: *prepare_seconds,
                travel: travel.clone(),
                bound: planning::Effort::without_bound(),
            };
            let finished = planning::finish_clearing(plan, found, &effort)?;
            routes::insert_many(&**tx, &finished.routes).await?;
            plans::finish(&**tx, plan.id, &plan.run, &finished.outcome).await?;
            if let Some(answer) = packed {
                plans::keep_answer(&**tx, plan.id, answer).await?;
            }
            let data = json!({
                "service_date": plan.service_date,
                "kind": plan.kind,
                "served": finished.outcome.summary.served,
                "unassigned": finished.outcome.summary.unassigned,
            });
            subject.event(EventKind::PlanProposed, services, data)
        }
        (Subject::Scenario(answer), Work::Site { .. }, WorkEvent::Sited { solution }) => {
            let outcome = scenarios::outcome(tx, answer, solution).await?;
            scenario_rows::finish_run(&**tx, answer.id, &answer.run, &outcome).await?;
            let data = json!({ "run": answer.id, "feasible": outcome.feasible });
            subject.event(EventKind::ScenarioSolved, services, data)
        }
        (_, _, WorkEvent::Planned { feasible: false, .. }) => {
            return Err(AppError::internal("no plan fits all that must be served"));
        }
        _ => return Err(AppError::internal("the solving process answered another question")),
    };
    events::append(&**tx, &[happened]).await?;
    Ok(())
}
