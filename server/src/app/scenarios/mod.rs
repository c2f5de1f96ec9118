//! Siting scenarios: a question about outlets, answered by runs, of which one may be adopted.

mod adopt;
mod input;
mod question;
#[cfg(test)]
mod tests;
mod walked;

use huilu_api_spec::common::PageQuery;
use huilu_api_spec::plan::Run as WireRunState;
use huilu_api_spec::scenario::{
    CreateRun, CreateScenario, Scenario as WireScenario, ScenarioList, ScenarioRun as WireRun, SitingResult,
};
use huilu_model::site::SiteSolution;
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::error::{AppError, AppResult};
use super::events::append;
use super::fault::Faults;
use super::once::{Ask, Done, Reply, once};
use super::paging::Page;
use super::planning::{ENGINE_VERSION, SearchLimits, new_job, new_run, run_ended, sha256, wire_run, work_limits};
use super::services::{Actor, Services};
use crate::db::{Tx, jobs, scenarios};
use crate::domain::event::{EventKind, SubjectKind};
use crate::domain::job::{JobKind, JobState};
use crate::domain::plan::{RunState, siting_gap};
use crate::domain::scenario::{Scenario, ScenarioOutcome, ScenarioRun};
use crate::domain::{RunId, ScenarioId, Zone};
use crate::jobs::protocol::{Work, WorkOrder};

pub use adopt::adopt;
use input::Input;
pub use question::check;

const SECONDS_DEFAULT: u32 = 30;
const SEED_DEFAULT: u64 = 1;

/// Keeps a question for runs to answer. It has passed [`check`].
///
/// # Errors
/// Where the database does not answer.
pub async fn create(services: &Services, actor: &Actor, ask: &Ask, question: CreateScenario) -> AppResult<Reply> {
    once(services, actor, ask, async |tx| {
        let now = services.clock.now();
        let scenario = Scenario {
            id: ScenarioId::new(),
            operator: actor.operator_id(),
            name: question.name.clone(),
            question: serde_json::to_value(&question).map_err(AppError::internal)?,
            adopted: None,
            created: now,
            updated: now,
            version: 1,
        };
        scenarios::insert(&**tx, &scenario).await?;
        let subject = (SubjectKind::Scenario, scenario.id.0);
        append(services, actor, tx, EventKind::ScenarioCreated, subject, json!({})).await?;
        let location = format!("/v1/scenarios/{}", scenario.id);
        Ok(Done::created(location, wire(&scenario, &[], actor.operator.zone)?))
    })
    .await
}

/// A page of scenarios, newest first.
///
/// # Errors
/// Faults of the query.
pub async fn list(services: &Services, actor: &Actor, query: &PageQuery) -> AppResult<ScenarioList> {
    let mut faults = Faults::default();
    let page = Page::read(&mut faults, query.cursor.as_deref(), query.limit.as_deref());
    faults.or(())?;
    let read = services.db.read();
    let found = scenarios::page(read, actor.operator_id(), page.cursor, page.fetch()).await?;
    let (found, next_cursor) = page.cut(found, |scenario| scenario.id.0);
    let mut list = Vec::with_capacity(found.len());
    for scenario in &found {
        let runs = scenarios::runs_of(read, scenario.id).await?;
        list.push(wire(scenario, &runs, actor.operator.zone)?);
    }
    Ok(ScenarioList { scenarios: list, next_cursor })
}

/// One scenario with its runs.
///
/// # Errors
/// Not found.
pub async fn read(services: &Services, actor: &Actor, id: ScenarioId) -> AppResult<WireScenario> {
    let read = services.db.read();
    let scenario = scenario_of(read, actor, id).await?;
    wire(&scenario, &scenarios::runs_of(read, id).await?, actor.operator.zone)
}

/// Has the scenario answered with today's outlets and the demand of late. What is asked is put together, with the
/// walking distances, before anything is written.
///
/// # Errors
/// Not found; conflicts `NO_ROADS` and `NO_DEMAND`.
pub async fn start(
    services: &Services,
    actor: &Actor,
    ask: &Ask,
    id: ScenarioId,
    wanted: CreateRun,
) -> AppResult<Reply> {
    let scenario = scenario_of(services.db.read(), actor, id).await?;
    let input = Input::gather(services, actor, &scenario).await?;
    let text = serde_json::to_string(&input).map_err(AppError::internal)?;
    let reply = once(services, actor, ask, async |tx| {
        let answer = enqueue(services, actor, tx, &scenario, &text, &wanted).await?;
        let location = format!("/v1/scenarios/{}/runs/{}", scenario.id, answer.id);
        Ok(Done::accepted(location, wire_answer(&answer, actor.operator.zone)?))
    })
    .await?;
    services.jobs_due.notify_one();
    Ok(reply)
}

async fn enqueue(
    services: &Services,
    actor: &Actor,
    tx: &Tx,
    scenario: &Scenario,
    input: &str,
    wanted: &CreateRun,
) -> AppResult<ScenarioRun> {
    let now = services.clock.now();
    let limits = SearchLimits {
        seconds: Some(f64::from(wanted.seconds.unwrap_or(SECONDS_DEFAULT))),
        iterations: None,
        seed: wanted.seed.unwrap_or(SEED_DEFAULT),
        // The engine behind siting is used with one.
        threads: 1,
    };
    let answer = ScenarioRun {
        id: RunId::new(),
        scenario: scenario.id,
        operator: actor.operator_id(),
        run: new_run(limits, now),
        input_hash: sha256(input),
        engine_version: ENGINE_VERSION.to_owned(),
        outcome: None,
    };
    scenarios::insert_run(&**tx, &answer, input).await?;
    let payload = json!({ "run": answer.id });
    let job = new_job(answer.operator, answer.run.job, JobKind::SolveScenario, payload, now);
    jobs::enqueue(&**tx, &job).await?;
    Ok(answer)
}

/// One answer, perhaps still being worked on.
///
/// # Errors
/// Not found.
pub async fn answer(services: &Services, actor: &Actor, ids: (ScenarioId, RunId)) -> AppResult<WireRun> {
    let answer = answer_of(services.db.read(), actor, ids).await?;
    wire_answer(&answer, actor.operator.zone)
}

/// How the run stands; absent once it is gone.
///
/// # Errors
/// Where the database does not answer.
pub async fn run(services: &Services, actor: &Actor, (_, run): (ScenarioId, RunId)) -> AppResult<Option<WireRunState>> {
    let answer = scenarios::run(services.db.read(), actor.operator_id(), run).await?;
    Ok(answer.map(|answer| run_of(&answer, actor.operator.zone)))
}

/// Stops a run: one that waits ends at once, one that is being solved within two seconds.
///
/// # Errors
/// Not found; a conflict `RUN_ENDED`.
pub async fn cancel(services: &Services, actor: &Actor, ask: &Ask, ids: (ScenarioId, RunId)) -> AppResult<Reply> {
    once(services, actor, ask, async |tx| {
        let mut answer = answer_of(&**tx, actor, ids).await?;
        if answer.run.state.is_final() {
            return Err(run_ended());
        }
        let now = services.clock.now();
        if !jobs::request_cancel(&**tx, answer.run.job, now).await? {
            return Err(run_ended());
        }
        let job = jobs::by_id(&**tx, answer.run.job).await?;
        if job.is_none_or(|job| job.state == JobState::Cancelled) {
            answer.run.state = RunState::Cancelled;
            answer.run.ended = Some(now);
            scenarios::set_run(&**tx, answer.id, &answer.run).await?;
        }
        let location = format!("/v1/scenarios/{}/runs/{}", answer.scenario, answer.id);
        Ok(Done::accepted(location, wire_answer(&answer, actor.operator.zone)?))
    })
    .await
}

/// What the solving process is asked to do.
///
/// # Errors
/// Where the input is gone or cannot be read.
pub(super) async fn work_order(
    services: &Services,
    answer: &ScenarioRun,
    memory_mib: Option<u64>,
) -> AppResult<WorkOrder> {
    let input = input_of(services.db.read(), answer.id).await?;
    Ok(WorkOrder {
        work: Work::Site { problem: Box::new(input.city.problem) },
        limits: work_limits(&answer.run, memory_mib),
    })
}

/// What a solution means, in the words of the API.
///
/// # Errors
/// Where the input is gone or cannot be read.
pub(super) async fn outcome(tx: &Tx, answer: &ScenarioRun, solution: &SiteSolution) -> AppResult<ScenarioOutcome> {
    let result = input_of(&**tx, answer.id).await?.result(solution);
    Ok(ScenarioOutcome {
        cost: solution.cost,
        lower_bound: solution.lower_bound,
        feasible: solution.feasible,
        result: serde_json::to_value(result).map_err(AppError::internal)?,
    })
}

async fn input_of(c: &impl ConnectionTrait, run: RunId) -> AppResult<Input> {
    let text = scenarios::run_input(c, run).await?;
    let text = text.ok_or_else(|| AppError::internal(format!("run {run} has no input")))?;
    serde_json::from_str(&text).map_err(AppError::internal)
}

async fn scenario_of(c: &impl ConnectionTrait, actor: &Actor, id: ScenarioId) -> AppResult<Scenario> {
    scenarios::by_id(c, actor.operator_id(), id).await?.ok_or(AppError::NotFound)
}

async fn answer_of(
    c: &impl ConnectionTrait,
    actor: &Actor,
    (scenario, run): (ScenarioId, RunId),
) -> AppResult<ScenarioRun> {
    let answer = scenarios::run(c, actor.operator_id(), run).await?;
    answer.filter(|answer| answer.scenario == scenario).ok_or(AppError::NotFound)
}

fn question_of(scenario: &Scenario) -> AppResult<CreateScenario> {
    serde_json::from_value(scenario.question.clone()).map_err(AppError::internal)
}

fn result_of(answer: &ScenarioRun) -> AppResult<Option<SitingResult>> {
    let Some(outcome) = &answer.outcome else { return Ok(None) };
    serde_json::from_value(outcome.result.clone()).map_err(AppError::internal)
}

fn wire(scenario: &Scenario, runs: &[ScenarioRun], zone: Zone) -> AppResult<WireScenario> {
    let question = question_of(scenario)?;
    Ok(WireScenario {
        id: scenario.id.to_string(),
        name: scenario.name.clone(),
        sites_max: question.sites_max,
        budget_fen_per_day: question.budget_fen_per_day,
        radius_m: question.radius_m,
        keep_existing: question.keep_existing,
        runs: runs.iter().map(|answer| run_of(answer, zone)).collect(),
        adopted_run_id: scenario.adopted.map(|run| run.to_string()),
        created_at: zone.rfc3339(scenario.created),
    })
}

/// Runs that ended before gaps were kept have the figures that theirs is made of.
fn run_of(answer: &ScenarioRun, zone: Zone) -> WireRunState {
    let known = answer.run.progress.unwrap_or_default();
    let gap = || siting_gap(known.cost?, known.lower_bound);
    let run = wire_run(answer.id.to_string(), &answer.run, zone);
    WireRunState { gap: run.gap.or_else(gap), ..run }
}

fn wire_answer(answer: &ScenarioRun, zone: Zone) -> AppResult<WireRun> {
    Ok(WireRun { scenario_id: answer.scenario.to_string(), run: run_of(answer, zone), result: result_of(answer)? })
}
