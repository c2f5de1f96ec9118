//! Siting: which outlets to open.

use actix_web::{HttpRequest, HttpResponse, Responder, get, post, web};
use huilu_api_spec::common::PageQuery;
use huilu_api_spec::plan::Run;
use huilu_api_spec::scenario::{
    AdoptScenario, Adoption, CreateRun, CreateScenario, Scenario, ScenarioList, ScenarioRun,
};
use utoipa_actix_web::service_config::ServiceConfig;

use super::AppState;
use super::auth::{Planner, Require};
use super::body::Body;
use super::once::{KeyHeader, answer, ask, change};
use super::path::InPath;
use super::problem::{ApiError, ApiResult};
use super::query::Query;
use super::sse;
use crate::app::scenarios;
use crate::domain::{RunId, ScenarioId};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(create_scenario).service(list_scenarios).service(read_scenario);
    config.service(start_run).service(read_run).service(watch_run).service(cancel_run).service(adopt_scenario);
}

/// Ask which outlets to open
///
/// Only keeps the question; a run answers it.
#[utoipa::path(
    tag = "scenarios",
    params(KeyHeader),
    request_body = CreateScenario,
    responses((status = CREATED, body = Scenario)),
    security(("bearer" = ["planner"])),
)]
#[post("/scenarios")]
async fn create_scenario(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    request: HttpRequest,
    body: Body<CreateScenario>,
) -> ApiResult<HttpResponse> {
    let services = &state.services;
    let check = |question| scenarios::check(&actor.operator, question);
    let create = async |ask, question| scenarios::create(services, &actor, &ask, question).await;
    change(services, &actor, &request, body, check, create).await
}

/// Scenarios, newest first
#[utoipa::path(
    tag = "scenarios",
    params(PageQuery),
    responses((status = OK, body = ScenarioList)),
    security(("bearer" = ["planner"])),
)]
#[get("/scenarios")]
async fn list_scenarios(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    query: Query<PageQuery>,
) -> ApiResult<web::Json<ScenarioList>> {
    Ok(web::Json(query.answer(async |query| scenarios::list(&state.services, &actor, query).await).await?))
}

/// One scenario with its runs
#[utoipa::path(
    tag = "scenarios",
    params(("id" = Uuid, Path)),
    responses((status = OK, body = Scenario)),
    security(("bearer" = ["planner"])),
)]
#[get("/scenarios/{id}")]
async fn read_scenario(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    id: InPath<ScenarioId>,
) -> ApiResult<web::Json<Scenario>> {
    Ok(web::Json(scenarios::read(&state.services, &actor, id.0).await?))
}

/// Answer a scenario
///
/// From the bookings of late, today's outlets and the ways on foot. The run goes on elsewhere; follow it with
/// `GET /v1/scenarios/{id}/runs/{run}/events`.
#[utoipa::path(
    tag = "scenarios",
    params(("id" = Uuid, Path), KeyHeader),
    request_body = CreateRun,
    responses(
        (status = ACCEPTED, body = ScenarioRun, headers(("Location" = String, description = "The run"))),
        (status = CONFLICT, description = "`NO_DEMAND`, `NO_ROADS` or `IDEMPOTENCY_KEY_IN_USE`"),
    ),
    security(("bearer" = ["planner"])),
)]
#[post("/scenarios/{id}/runs")]
async fn start_run(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    id: InPath<ScenarioId>,
    request: HttpRequest,
    body: Body<CreateRun>,
) -> ApiResult<HttpResponse> {
    let services = &state.services;
    let start = async |ask, wanted| scenarios::start(services, &actor, &ask, id.0, wanted).await;
    change(services, &actor, &request, body, Ok, start).await
}

/// One run and, once it has succeeded, its answer
#[utoipa::path(
    tag = "scenarios",
    params(("id" = Uuid, Path), ("run" = Uuid, Path)),
    responses((status = OK, body = ScenarioRun)),
    security(("bearer" = ["planner"])),
)]
#[get("/scenarios/{id}/runs/{run}")]
async fn read_run(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    ids: InPath<(ScenarioId, RunId)>,
) -> ApiResult<web::Json<ScenarioRun>> {
    Ok(web::Json(scenarios::answer(&state.services, &actor, ids.0).await?))
}

/// Follow a run: events `run` whenever it changed, then one `end`
#[utoipa::path(
    tag = "scenarios",
    params(("id" = Uuid, Path), ("run" = Uuid, Path)),
    responses((status = OK, body = Run, content_type = "text/event-stream")),
    security(("bearer" = ["planner"])),
)]
#[get("/scenarios/{id}/runs/{run}/events")]
async fn watch_run(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    ids: InPath<(ScenarioId, RunId)>,
) -> ApiResult<impl Responder> {
    let first = scenarios::run(&state.services, &actor, ids.0).await?.ok_or(ApiError::NoSuchPath)?;
    sse::watch(first, async move || scenarios::run(&state.services, &actor, ids.0).await)
}

/// Stop a run
///
/// One that waits ends at once, one that is being solved within two seconds.
#[utoipa::path(
    tag = "scenarios",
    params(("id" = Uuid, Path), ("run" = Uuid, Path), KeyHeader),
    responses(
        (status = ACCEPTED, body = ScenarioRun),
        (status = CONFLICT, description = "`RUN_ENDED` or `IDEMPOTENCY_KEY_IN_USE`"),
    ),
    security(("bearer" = ["planner"])),
)]
#[post("/scenarios/{id}/runs/{run}/cancel")]
async fn cancel_run(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    ids: InPath<(ScenarioId, RunId)>,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    let ask = ask(&request, b"")?;
    Ok(answer(scenarios::cancel(&state.services, &actor, &ask, ids.0).await?))
}

/// Make an answer today's outlets
///
/// Opens what the run chose and closes the outlets of its question that it did not choose. Published plans from today on
/// become stale; the next plan uses the new outlets.
#[utoipa::path(
    tag = "scenarios",
    params(("id" = Uuid, Path), KeyHeader),
    request_body = AdoptScenario,
    responses(
        (status = OK, body = Adoption),
        (
            status = CONFLICT,
            description = "`RUN_NOT_SUCCEEDED`, `INFEASIBLE`, `ALREADY_ADOPTED`, `OUTLETS_CHANGED`, `CHANGED_MEANWHILE` \
                           or `IDEMPOTENCY_KEY_IN_USE`",
        ),
    ),
    security(("bearer" = ["planner"])),
)]
#[post("/scenarios/{id}/adopt")]
async fn adopt_scenario(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    id: InPath<ScenarioId>,
    request: HttpRequest,
    body: Body<AdoptScenario>,
) -> ApiResult<HttpResponse> {
    let services = &state.services;
    let adopt = async |ask, wanted| scenarios::adopt(services, &actor, &ask, id.0, wanted).await;
    change(services, &actor, &request, body, Ok, adopt).await
}
