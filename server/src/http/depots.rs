//! Where vehicles start and end their day.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use huilu_api_spec::common::PageQuery;
use huilu_api_spec::depot::{ChangeDepot, CreateDepot, Depot, DepotList};
use utoipa_actix_web::service_config::ServiceConfig;

use super::AppState;
use super::auth::{Crew, Planner, Require};
use super::body::Body;
use super::once::{KeyHeader, change};
use super::path::InPath;
use super::problem::ApiResult;
use super::query::Query;
use crate::app::depots;
use crate::domain::DepotId;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(create_depot).service(list_depots).service(read_depot);
    config.service(change_depot).service(close_depot);
}

/// Open a depot
///
/// Published plans from today on become stale.
#[utoipa::path(
    tag = "depots",
    params(KeyHeader),
    request_body = CreateDepot,
    responses((status = CREATED, body = Depot)),
    security(("bearer" = ["planner"])),
)]
#[post("/depots")]
async fn create_depot(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    request: HttpRequest,
    body: Body<CreateDepot>,
) -> ApiResult<HttpResponse> {
    let services = &state.services;
    let rules = depots::rules(services, &actor);
    let open = async |ask, depot| depots::open(services, &actor, &ask, depot).await;
    change(services, &actor, &request, body, |wish| rules.create(wish), open).await
}

/// Depots in the order they came
#[utoipa::path(
    tag = "depots",
    params(PageQuery),
    responses((status = OK, body = DepotList)),
    security(("bearer" = ["collector", "planner"])),
)]
#[get("/depots")]
async fn list_depots(
    state: web::Data<AppState>,
    actor: Require<Crew>,
    query: Query<PageQuery>,
) -> ApiResult<web::Json<DepotList>> {
    Ok(web::Json(query.answer(async |query| depots::list(&state.services, &actor, query).await).await?))
}

/// One depot
#[utoipa::path(
    tag = "depots",
    params(("id" = Uuid, Path)),
    responses((status = OK, body = Depot)),
    security(("bearer" = ["collector", "planner"])),
)]
#[get("/depots/{id}")]
async fn read_depot(
    state: web::Data<AppState>,
    actor: Require<Crew>,
    id: InPath<DepotId>,
) -> ApiResult<web::Json<Depot>> {
    Ok(web::Json(depots::read(&state.services, &actor, id.0).await?))
}

/// Change the fields that are given
///
/// Published plans from today on become stale.
#[utoipa::path(
    tag = "depots",
    params(("id" = Uuid, Path)),
    request_body = ChangeDepot,
    responses((status = OK, body = Depot), (status = CONFLICT, description = "`CLOSED` or `CHANGED_MEANWHILE`")),
    security(("bearer" = ["planner"])),
)]
#[patch("/depots/{id}")]
async fn change_depot(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    id: InPath<DepotId>,
    body: Body<ChangeDepot>,
) -> ApiResult<web::Json<Depot>> {
    let services = &state.services;
    let rules = depots::rules(services, &actor);
    let before = depots::to_change(services, &actor, id.0).await?;
    let changed = body.accept(|change| rules.change(before.clone(), change))?;
    Ok(web::Json(depots::save(services, &actor, &before, changed).await?))
}

/// Close a depot
///
/// It stays readable for the history. Published plans from today on become stale.
#[utoipa::path(
    tag = "depots",
    params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT, description = "Done"), (status = CONFLICT, description = "`DEPOT_IN_USE` or `CHANGED_MEANWHILE`")),
    security(("bearer" = ["planner"])),
)]
#[delete("/depots/{id}")]
async fn close_depot(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    id: InPath<DepotId>,
) -> ApiResult<HttpResponse> {
    depots::close(&state.services, &actor, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
