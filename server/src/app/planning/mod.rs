//! Plans of a day: ordered, solved elsewhere, looked at, cancelled, published.
//!
//! A plan never changes once its run has ended. Publishing makes it the one that is driven; what happens on the road is
//! reported beside it.

#[cfg(test)]
mod clearing_tests;
mod closed;
mod finish;
mod publish;
mod replan;
mod snapshot;
mod sources;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use huilu_api_spec::plan::{
    CreatePlan, Plan as WirePlan, PlanKind as WirePlanKind, PlanList, PlanQuery, Run as WireRun,
};
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::days;
use super::error::{AppError, AppResult};
use super::fault::{FaultCode, Faults};
use super::once::{Ask, Done, Reply, once};
use super::paging::Page;
use super::services::{Actor, Services};
use crate::db::{Tx, events, jobs, plans, routes};
use crate::domain::event::{EventKind, NewEvent, SubjectKind};
use crate::domain::job::{Job, JobKind, JobState};
use crate::domain::plan::{Plan, PlanKind, PlanState, Run, RunState};
use crate::domain::{Instant, JobId, OperatorId, PlanId};
use crate::jobs::protocol::{TravelOrder, Work, WorkLimits, WorkOrder};

pub(super) use finish::{Effort, finish, finish_clearing};
pub use publish::{publish, publish_now};
pub use replan::Replan;
use snapshot::{Gathered, gather};
pub(super) use snapshot::{Snapshot, sha256};
pub(super) use sources::{network, sources};
pub(super) use wire::{fen, run as wire_run};

/// Written into plans and answers, so that they can be told from those of another engine.
pub const ENGINE_VERSION: &str = concat!("huilu ", env!("CARGO_PKG_VERSION"));
/// Enough for 1,500 bookings.
const SECONDS_DEFAULT: f64 = 30.0;
const SEED_DEFAULT: u64 = 1;
/// A run whose worker died is tried again so often in all.
pub(crate) const ATTEMPTS_MAX: i32 = 3;

/// What to plan, and how hard.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanOrder {
    pub kind: PlanKind,
    pub date: NaiveDate,
    pub limits: SearchLimits,
    /// A gap that is small enough to end the run.
    pub stop_gap: Option<f64>,
    pub replan: Replan,
}

/// Of the search.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SearchLimits {
    pub seconds: Option<f64>,
    pub iterations: Option<u64>,
    pub seed: u64,
    pub threads: u32,
}

impl PlanOrder {
    /// # Errors
    /// A date that is none; faults of what is to stay of an earlier plan.
    pub fn read(wire: CreatePlan) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let date = days::parse(&wire.service_date);
        if date.is_none() {
            let remedy = "Send a day of the calendar as YYYY-MM-DD, such as 2026-11-25.";
            faults.body(FaultCode::BadDate, "/service_date", format!("`{}` is no day", wire.service_date), remedy);
        }
        let replan = Replan::read(&wire, date, &mut faults);
        let stop_gap = wire.stop_gap;
        if wire.kind == WirePlanKind::Clearing && stop_gap.is_some() {
            let cause = "no lower bound is proved of clearing plans, so they have no gap";
            faults.body(FaultCode::Contradiction, "/stop_gap", cause, "Leave stop_gap out.");
        }
        // An iteration cap alone repeats; a clock that nobody asked for would spoil that.
        let seconds = wire.seconds.map(f64::from);
        let seconds = seconds.or(wire.iterations.is_none().then_some(SECONDS_DEFAULT));
        let limits = SearchLimits {
            seconds,
            iterations: wire.iterations,
            seed: wire.seed.unwrap_or(SEED_DEFAULT),
            threads: wire.threads.unwrap_or_else(all_cores),
        };
        faults.or(())?;
        Ok(Self { kind: wire.kind.into(), date: date.unwrap_or_default(), limits, stop_gap, replan })
    }
}

fn all_cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(1))
}

/// Orders a plan: its row, its snapshot and its job are written, and a worker takes it from there.
///
/// # Errors
/// Conflicts `NO_BOOKINGS`, `NO_VEHICLES`, `NO_OUTLETS` and `UNKNOWN_MATERIAL`; `NO_ROADS` where no road network was
/// imported; those of `Replan::apply`.
pub async fn create(services: &Services, actor: &Actor, ask: &Ask, order: PlanOrder) -> AppResult<Reply> {
    let gathered = gather(services, &actor.operator, (order.date, order.kind), &order.replan).await?;
    let reply = once(services, actor, ask, async |tx| {
        let plan = enqueue(services, actor, tx, &order, gathered).await?;
        let location = format!("/v1/plans/{}", plan.id);
        Ok(Done::accepted(location, wire::plan(&plan, &[], actor.operator.zone)))
    })
    .await?;
    services.jobs_due.notify_one();
    Ok(reply)
}

/// As [`create`], for callers within the program.
///
/// # Errors
/// As [`create`], and the faults of the order.
pub async fn order(services: &Services, actor: &Actor, wanted: CreatePlan) -> AppResult<WirePlan> {
    let order = PlanOrder::read(wanted)?;
    let gathered = gather(services, &actor.operator, (order.date, order.kind), &order.replan).await?;
    let tx = services.db.begin().await?;
    let plan = enqueue(services, actor, &tx, &order, gathered).await?;
    tx.commit().await?;
    services.jobs_due.notify_one();
    Ok(wire::plan(&plan, &[], actor.operator.zone))
}

async fn enqueue(
    services: &Services,
    actor: &Actor,
    tx: &Tx,
    order: &PlanOrder,
    gathered: Gathered,
) -> AppResult<Plan> {
    let Gathered { packed, hash, bookings } = gathered;
    let now = services.clock.now();
    let plan = Plan {
        id: PlanId::new(),
        operator: actor.operator_id(),
        kind: order.kind,
        service_date: order.date,
        state: PlanState::Proposed,
        run: new_run(order.limits, now),
        engine_version: ENGINE_VERSION.to_owned(),
        input_hash: hash,
        outcome: None,
        stale: None,
        published: None,
        version: 1,
    };
    plans::insert(&**tx, &plan, packed).await?;
    let payload = json!({ "plan": plan.id, "stop_gap": order.stop_gap });
    let job = new_job(plan.operator, plan.run.job, JobKind::SolvePlan, payload, now);
    jobs::enqueue(&**tx, &job).await?;
    let data = json!({ "service_date": order.date, "kind": order.kind, "bookings": bookings });
    events::append(&**tx, &[event(&plan, EventKind::PlanRequested, Some(actor), now, data)]).await?;
    Ok(plan)
}

pub(super) fn no_roads() -> AppError {
    AppError::conflict("NO_ROADS", "No road network was imported for this city; run `huilu import osm`.")
}

pub(super) fn new_run(limits: SearchLimits, now: Instant) -> Run {
    Run {
        state: RunState::Queued,
        job: JobId::new(),
        seed: limits.seed,
        threads: limits.threads,
        seconds: limits.seconds,
        iterations: limits.iterations,
        progress: None,
        error: None,
        created: now,
        started: None,
        ended: None,
    }
}

pub(super) fn new_job(operator: OperatorId, id: JobId, kind: JobKind, payload: serde_json::Value, now: Instant) -> Job {
    Job {
        id,
        operator,
        kind,
        payload,
        state: JobState::Queued,
        run_at: now,
        lease_until: None,
        attempt: 0,
        max_attempts: ATTEMPTS_MAX,
        progress: None,
        cancel_requested: false,
        error: None,
        created: now,
        ended: None,
    }
}

pub(super) fn event(
    plan: &Plan,
    kind: EventKind,
    actor: Option<&Actor>,
    at: Instant,
    data: serde_json::Value,
) -> NewEvent {
    NewEvent {
        operator: plan.operator,
        kind,
        subject_kind: SubjectKind::Plan,
        subject: plan.id.0,
        actor: actor.map(|actor| actor.token),
        at,
        data,
    }
}

/// A page of plans, newest first, perhaps of one day only.
///
/// # Errors
/// Faults of the query.
pub async fn list(services: &Services, actor: &Actor, query: &PlanQuery) -> AppResult<PlanList> {
    let mut faults = Faults::default();
    let date = query.date.as_deref().and_then(|text| days::of_query(&mut faults, text));
    let page = Page::read(&mut faults, query.cursor.as_deref(), query.limit.as_deref());
    faults.or(())?;
    let read = services.db.read();
    let found = plans::page(read, actor.operator_id(), date, page.cursor, page.fetch()).await?;
    let (found, next_cursor) = page.cut(found, |plan| plan.id.0);
    let mut plans = Vec::with_capacity(found.len());
    for plan in &found {
        plans.push(complete(read, plan, actor).await?);
    }
    Ok(PlanList { plans, next_cursor })
}

/// One plan with what it leaves out.
///
/// # Errors
/// Not found.
pub async fn read(services: &Services, actor: &Actor, id: PlanId) -> AppResult<WirePlan> {
    let plan = plan_of(services.db.read(), actor, id).await?;
    complete(services.db.read(), &plan, actor).await
}

/// As [`read`], by the id's text.
///
/// # Errors
/// As [`read`]; a text that is no id names nothing.
pub async fn get(services: &Services, actor: &Actor, id: &str) -> AppResult<WirePlan> {
    read(services, actor, id.parse().map_err(|_| AppError::NotFound)?).await
}

/// How the plan's run stands; absent once the plan is gone.
///
/// # Errors
/// Where the database does not answer.
pub async fn run(services: &Services, actor: &Actor, id: PlanId) -> AppResult<Option<WireRun>> {
    let plan = plans::by_id(services.db.read(), actor.operator_id(), id).await?;
    Ok(plan.map(|plan| wire::run(plan.run.job.to_string(), &plan.run, actor.operator.zone)))
}

/// What a solving process is asked to do for a plan.
///
/// # Errors
/// Where the snapshot is gone or cannot be read.
pub(super) async fn work_order(services: &Services, plan: &Plan, memory_mib: Option<u64>) -> AppResult<WorkOrder> {
    let text = plans::snapshot(services.db.read(), plan.id).await?;
    let text = text.ok_or_else(|| AppError::internal(format!("plan {} has no snapshot", plan.id)))?;
    let Snapshot { roads, matrices, closed, problem, network } =
        serde_json::from_str(&text).map_err(AppError::internal)?;
    let travel = TravelOrder {
        network: roads.map(|key| services.roads_file(&key)),
        matrices: matrices.with_secrets_of(services.providers.choice()),
        closed,
    };
    Ok(WorkOrder {
        work: match network {
            Some(network) => Work::Clear { network: Box::new(network), travel: Some(travel) },
            None => Work::Route { problem: Box::new(problem), travel: Some(travel) },
        },
        limits: work_limits(&plan.run, memory_mib),
    })
}

pub(super) fn work_limits(run: &Run, memory_mib: Option<u64>) -> WorkLimits {
    WorkLimits {
        seconds: run.seconds,
        iterations: run.iterations,
        seed: run.seed,
        threads: run.threads as usize,
        stop_gap: None,
        without_proof: false,
        memory_mib,
    }
}

async fn plan_of(c: &impl ConnectionTrait, actor: &Actor, id: PlanId) -> AppResult<Plan> {
    plans::by_id(c, actor.operator_id(), id).await?.ok_or(AppError::NotFound)
}

async fn complete(c: &impl ConnectionTrait, plan: &Plan, actor: &Actor) -> AppResult<WirePlan> {
    let left_out = plan.outcome.as_ref().is_some_and(|outcome| outcome.summary.unassigned > 0);
    let unassigned = if left_out { routes::unassigned(c, plan.id).await? } else { Vec::new() };
    Ok(wire::plan(plan, &unassigned, actor.operator.zone))
}

/// Stops the run: one that waits ends at once, one that is being solved within two seconds.
///
/// # Errors
/// Not found; a conflict `RUN_ENDED`.
pub async fn cancel(services: &Services, actor: &Actor, ask: &Ask, id: PlanId) -> AppResult<Reply> {
    once(services, actor, ask, async |tx| {
        let mut plan = plan_of(&**tx, actor, id).await?;
        if plan.run.state.is_final() {
            return Err(run_ended());
        }
        let now = services.clock.now();
        if !jobs::request_cancel(&**tx, plan.run.job, now).await? {
            return Err(run_ended());
        }
        let job = jobs::by_id(&**tx, plan.run.job).await?;
        if job.is_none_or(|job| job.state == JobState::Cancelled) {
            plan.run.state = RunState::Cancelled;
            plan.run.ended = Some(now);
            plans::set_run(&**tx, plan.id, &plan.run).await?;
            let cancelled = event(&plan, EventKind::PlanCancelled, Some(actor), now, json!({}));
            events::append(&**tx, &[cancelled]).await?;
        }
        let location = format!("/v1/plans/{}", plan.id);
        Ok(Done::accepted(location, wire::plan(&plan, &[], actor.operator.zone)))
    })
    .await
}

pub(super) fn run_ended() -> AppError {
    AppError::conflict("RUN_ENDED", "The run has ended; there is nothing left to cancel.")
}

/// How many bookings were left out for which reason. Only a proof says why; where the search merely found no place, its
/// reasons are hints and the verdict is what is known.
pub fn reasons_counted(plan: &WirePlan) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for left_out in &plan.unassigned {
        let proven = left_out.reasons.first().filter(|_| left_out.verdict == "PROVEN_INFEASIBLE");
        let code = proven.map_or(&left_out.verdict, |reason| &reason.code);
        *counts.entry(code.clone()).or_default() += 1;
    }
    counts
}
