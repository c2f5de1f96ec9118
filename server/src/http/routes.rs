//! The collector's day, and what is reported about it.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use huilu_api_spec::common::DayQuery;
use huilu_api_spec::report::{CreateReport, Report};
use huilu_api_spec::route::{Route, RouteList};
use utoipa_actix_web::service_config::ServiceConfig;

use super::AppState;
use super::auth::{Collector, Crew, Require};
use super::body::Body;
use super::once::{KeyHeader, ask_with_key, change};
use super::path::InPath;
use super::problem::ApiResult;
use super::query::Query;
use crate::app::reports::{self, NewReport};
use crate::app::routes;
use crate::domain::{RouteId, StepId};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(list_routes).service(read_route).service(report_step);
}

/// The published routes of a day
///
/// A collector with a vehicle sees its own. Addresses are for collectors alone.
#[utoipa::path(
    tag = "routes",
    params(DayQuery),
    responses((status = OK, body = RouteList)),
    security(("bearer" = ["collector", "planner"])),
)]
#[get("/routes")]
async fn list_routes(
    state: web::Data<AppState>,
    actor: Require<Crew>,
    query: Query<DayQuery>,
) -> ApiResult<web::Json<RouteList>> {
    Ok(web::Json(query.answer(async |query| routes::of_day(&state.services, &actor, query).await).await?))
}

/// One route
#[utoipa::path(
    tag = "routes",
    params(("id" = Uuid, Path)),
    responses((status = OK, body = Route)),
    security(("bearer" = ["collector", "planner"])),
)]
#[get("/routes/{id}")]
async fn read_route(
    state: web::Data<AppState>,
    actor: Require<Crew>,
    id: InPath<RouteId>,
) -> ApiResult<web::Json<Route>> {
    Ok(web::Json(routes::one(&state.services, &actor, id.0).await?))
}

/// Report what happened at a step
///
/// The same `client_id` on the same route is recorded once, whatever the key: sent again it answers 200 with the report as
/// it was recorded. Only `job` steps can be `collected` or `failed`.
#[utoipa::path(
    tag = "routes",
    params(("id" = Uuid, Path), ("step" = Uuid, Path), KeyHeader),
    request_body = CreateReport,
    responses(
        (status = CREATED, body = Report),
        (status = OK, body = Report, description = "Recorded before"),
        (
            status = CONFLICT,
            description = "`BOOKING_STATE`, `CLIENT_ID_REUSED`, `ROUTE_NOT_PUBLISHED`, `CHANGED_MEANWHILE` or \
                           `IDEMPOTENCY_KEY_IN_USE`",
        ),
    ),
    security(("bearer" = ["collector"])),
)]
#[post("/routes/{id}/steps/{step}/reports")]
async fn report_step(
    state: web::Data<AppState>,
    actor: Require<Collector>,
    ids: InPath<(RouteId, StepId)>,
    request: HttpRequest,
    body: Body<CreateReport>,
) -> ApiResult<HttpResponse> {
    let services = &state.services;
    ask_with_key(&request, body.bytes())?;
    let record = async |ask, report| reports::create(services, &actor, &ask, ids.0, report).await;
    change(services, &actor, &request, body, NewReport::read, record).await
}
