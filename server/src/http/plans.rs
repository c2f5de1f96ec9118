//! Planning a day: run, compare, publish.

use actix_web::{HttpRequest, HttpResponse, Responder, get, post, web};
use huilu_api_spec::explain::{ExplanationQuery, PlanExplanations, WhatIfAnswer, WhatIfRequest};
use huilu_api_spec::plan::{CreatePlan, Plan, PlanList, PlanQuery, Run};
use huilu_api_spec::route::RouteList;
use utoipa_actix_web::service_config::ServiceConfig;

use super::AppState;
use super::auth::{Planner, Require};
use super::body::Body;
use super::once::{KeyHeader, answer, ask, change};
use super::path::InPath;
use super::problem::{ApiError, ApiResult};
use super::query::Query;
use super::sse;
use crate::app::explain::{self, Moves};
use crate::app::planning::{self, PlanOrder};
use crate::app::routes;
use crate::domain::PlanId;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(create_plan).service(list_plans).service(read_plan).service(plan_routes);
    config.service(watch_plan).service(cancel_plan).service(publish_plan);
    config.service(explain_plan).service(ask_what_if);
}

/// Plan a day
///
/// The answer comes at once; the run goes on elsewhere. Follow it with `GET /v1/plans/{id}/events`.
#[utoipa::path(
    tag = "plans",
    params(KeyHeader),
    request_body = CreatePlan,
    responses(
        (status = ACCEPTED, body = Plan, headers(("Location" = String, description = "The plan"))),
        (
            status = CONFLICT,
            description = "`NO_BOOKINGS`, `NO_VEHICLES`, `NO_OUTLETS`, `NO_ROADS`, `UNKNOWN_MATERIAL`, \
                           `WARM_START_UNKNOWN`, `WARM_START_OTHER_DAY`, `WARM_START_OTHER_KIND`, \
                           `WARM_START_WITHOUT_ROUTES` or `IDEMPOTENCY_KEY_IN_USE`",
        ),
    ),
    security(("bearer" = ["planner"])),
)]
#[post("/plans")]
async fn create_plan(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    request: HttpRequest,
    body: Body<CreatePlan>,
) -> ApiResult<HttpResponse> {
    let services = &state.services;
    let create = async |ask, order| planning::create(services, &actor, &ask, order).await;
    change(services, &actor, &request, body, PlanOrder::read, create).await
}

/// Plans, newest first
#[utoipa::path(
    tag = "plans",
    params(PlanQuery),
    responses((status = OK, body = PlanList)),
    security(("bearer" = ["planner"])),
)]
#[get("/plans")]
async fn list_plans(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    query: Query<PlanQuery>,
) -> ApiResult<web::Json<PlanList>> {
    Ok(web::Json(query.answer(async |query| planning::list(&state.services, &actor, query).await).await?))
}

/// One plan
#[utoipa::path(
    tag = "plans",
    params(("id" = Uuid, Path)),
    responses((status = OK, body = Plan)),
    security(("bearer" = ["planner"])),
)]
#[get("/plans/{id}")]
async fn read_plan(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    id: InPath<PlanId>,
) -> ApiResult<web::Json<Plan>> {
    Ok(web::Json(planning::read(&state.services, &actor, id.0).await?))
}

/// The routes of a plan, published or not
///
/// None before its run has succeeded. What a plan started from can so be compared with it, and its stops be locked.
#[utoipa::path(
    tag = "plans",
    params(("id" = Uuid, Path)),
    responses((status = OK, body = RouteList)),
    security(("bearer" = ["planner"])),
)]
#[get("/plans/{id}/routes")]
async fn plan_routes(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    id: InPath<PlanId>,
) -> ApiResult<web::Json<RouteList>> {
    Ok(web::Json(routes::of_plan(&state.services, &actor, id.0).await?))
}

/// Follow a run: events `run` whenever it changed, then one `end`
#[utoipa::path(
    tag = "plans",
    params(("id" = Uuid, Path)),
    responses((status = OK, body = Run, content_type = "text/event-stream")),
    security(("bearer" = ["planner"])),
)]
#[get("/plans/{id}/events")]
async fn watch_plan(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    id: InPath<PlanId>,
) -> ApiResult<impl Responder> {
    let first = planning::run(&state.services, &actor, id.0).await?.ok_or(ApiError::NoSuchPath)?;
    sse::watch(first, async move || planning::run(&state.services, &actor, id.0).await)
}

/// Stop a run
///
/// One that waits ends at once, one that is being solved within two seconds.
#[utoipa::path(
    tag = "plans",
    params(("id" = Uuid, Path), KeyHeader),
    responses(
        (status = ACCEPTED, body = Plan),
        (status = CONFLICT, description = "`RUN_ENDED` or `IDEMPOTENCY_KEY_IN_USE`"),
    ),
    security(("bearer" = ["planner"])),
)]
#[post("/plans/{id}/cancel")]
async fn cancel_plan(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    id: InPath<PlanId>,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    let ask = ask(&request, b"")?;
    Ok(answer(planning::cancel(&state.services, &actor, &ask, id.0).await?))
}

/// Publish a plan, so that it is driven
///
/// The day's published plan is superseded. Publishing the published plan again changes nothing. A plan whose bookings,
/// fleet, outlets or roads changed since it was ordered is published all the same, and marked stale. A plan
/// with a vehicle that drives for the day's published plan of the other kind is refused.
#[utoipa::path(
    tag = "plans",
    params(("id" = Uuid, Path), KeyHeader),
    responses(
        (status = OK, body = Plan),
        (
            status = CONFLICT,
            description = "`RUN_NOT_SUCCEEDED`, `PLAN_NOT_PROPOSED`, `VEHICLE_BUSY`, `CHANGED_MEANWHILE` or \
                           `IDEMPOTENCY_KEY_IN_USE`",
        ),
    ),
    security(("bearer" = ["planner"])),
)]
#[post("/plans/{id}/publish")]
async fn publish_plan(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    id: InPath<PlanId>,
    request: HttpRequest,
) -> ApiResult<HttpResponse> {
    let ask = ask(&request, b"")?;
    Ok(answer(planning::publish(&state.services, &actor, &ask, id.0).await?))
}

/// Why a plan leaves bookings out, what would serve them, and where the fleet is short
///
/// Computed when asked, one at a time, from what the plan was computed from. Ends after twenty seconds with what is known by then
/// (`complete`).
#[utoipa::path(
    tag = "plans",
    params(("id" = Uuid, Path), ExplanationQuery),
    responses(
        (status = OK, body = PlanExplanations),
        (status = CONFLICT, description = "`NOT_A_COLLECTION_PLAN`, `RUN_NOT_SUCCEEDED`, `NO_ROADS` or `PLAN_DOES_NOT_FIT`"),
        (status = BAD_GATEWAY, description = "`MATRIX_SERVICE_FAILED`: the routing server that the operator chose"),
    ),
    security(("bearer" = ["planner"])),
)]
#[get("/plans/{id}/explanations")]
async fn explain_plan(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    id: InPath<PlanId>,
    query: Query<ExplanationQuery>,
) -> ApiResult<web::Json<PlanExplanations>> {
    let services = &state.services;
    Ok(web::Json(query.answer(async |query| explain::explanations(services, &actor, id.0, query).await).await?))
}

/// Ask what a change of a plan would cost, or which rule it breaks
///
/// The moves are made one after the other on the plan as it is. Nothing is stored.
#[utoipa::path(
    tag = "plans",
    params(("id" = Uuid, Path)),
    request_body = WhatIfRequest,
    responses(
        (status = OK, body = WhatIfAnswer),
        (status = CONFLICT, description = "`NOT_A_COLLECTION_PLAN`, `RUN_NOT_SUCCEEDED`, `NO_ROADS` or `PLAN_DOES_NOT_FIT`"),
        (status = BAD_GATEWAY, description = "`MATRIX_SERVICE_FAILED`: the routing server that the operator chose"),
    ),
    security(("bearer" = ["planner"])),
)]
#[post("/plans/{id}/what-if")]
async fn ask_what_if(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    id: InPath<PlanId>,
    body: Body<WhatIfRequest>,
) -> ApiResult<web::Json<WhatIfAnswer>> {
    let moves = body.accept(Moves::read)?;
    Ok(web::Json(explain::what_if(&state.services, &actor, id.0, moves).await?))
}
