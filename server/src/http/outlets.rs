//! Where residents hand in and collectors unload.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use huilu_api_spec::common::PageQuery;
use huilu_api_spec::outlet::{ChangeOutlet, CreateOutlet, NearestOutlets, NearestQuery, Outlet, OutletList};
use utoipa_actix_web::service_config::ServiceConfig;

use super::AppState;
use super::auth::{Anyone, Planner, Require};
use super::body::Body;
use super::once::{KeyHeader, change};
use super::path::InPath;
use super::problem::ApiResult;
use super::query::Query;
use crate::app::outlets;
use crate::domain::OutletId;

pub(crate) fn configure(config: &mut ServiceConfig) {
    // Before the pattern `{id}`, which would take `nearest` for an id.
    config.service(nearest_outlets);
    config.service(create_outlet).service(list_outlets).service(read_outlet);
    config.service(change_outlet).service(close_outlet);
}

/// Open outlets nearest to a place
///
/// Along the foot network; as the crow flies where no roads were imported or no way leads there.
#[utoipa::path(
    tag = "outlets",
    params(NearestQuery),
    responses((status = OK, body = NearestOutlets)),
    security(("bearer" = ["resident", "collector", "planner"])),
)]
#[get("/outlets/nearest")]
async fn nearest_outlets(
    state: web::Data<AppState>,
    actor: Require<Anyone>,
    query: Query<NearestQuery>,
) -> ApiResult<web::Json<NearestOutlets>> {
    Ok(web::Json(query.answer(async |query| outlets::nearest(&state.services, &actor, query).await).await?))
}

/// Open an outlet
///
/// Published plans from today on become stale.
#[utoipa::path(
    tag = "outlets",
    params(KeyHeader),
    request_body = CreateOutlet,
    responses((status = CREATED, body = Outlet)),
    security(("bearer" = ["planner"])),
)]
#[post("/outlets")]
async fn create_outlet(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    request: HttpRequest,
    body: Body<CreateOutlet>,
) -> ApiResult<HttpResponse> {
    let services = &state.services;
    let rules = outlets::rules(services, &actor).await?;
    let open = async |ask, outlet| outlets::open(services, &actor, &ask, outlet).await;
    change(services, &actor, &request, body, |wish| rules.create(wish), open).await
}

/// Outlets in the order they came
#[utoipa::path(
    tag = "outlets",
    params(PageQuery),
    responses((status = OK, body = OutletList)),
    security(("bearer" = ["resident", "collector", "planner"])),
)]
#[get("/outlets")]
async fn list_outlets(
    state: web::Data<AppState>,
    actor: Require<Anyone>,
    query: Query<PageQuery>,
) -> ApiResult<web::Json<OutletList>> {
    Ok(web::Json(query.answer(async |query| outlets::list(&state.services, &actor, query).await).await?))
}

/// One outlet
#[utoipa::path(
    tag = "outlets",
    params(("id" = Uuid, Path)),
    responses((status = OK, body = Outlet)),
    security(("bearer" = ["resident", "collector", "planner"])),
)]
#[get("/outlets/{id}")]
async fn read_outlet(
    state: web::Data<AppState>,
    actor: Require<Anyone>,
    id: InPath<OutletId>,
) -> ApiResult<web::Json<Outlet>> {
    Ok(web::Json(outlets::read(&state.services, &actor, id.0).await?))
}

/// Change the fields that are given
///
/// Published plans from today on become stale.
#[utoipa::path(
    tag = "outlets",
    params(("id" = Uuid, Path)),
    request_body = ChangeOutlet,
    responses((status = OK, body = Outlet), (status = CONFLICT, description = "`CLOSED` or `CHANGED_MEANWHILE`")),
    security(("bearer" = ["planner"])),
)]
#[patch("/outlets/{id}")]
async fn change_outlet(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    id: InPath<OutletId>,
    body: Body<ChangeOutlet>,
) -> ApiResult<web::Json<Outlet>> {
    let services = &state.services;
    let rules = outlets::rules(services, &actor).await?;
    let before = outlets::to_change(services, &actor, id.0).await?;
    let changed = body.accept(|change| rules.change(before.clone(), change))?;
    Ok(web::Json(outlets::save(services, &actor, &before, changed).await?))
}

/// Close an outlet
///
/// It stays readable for the history. Published plans from today on become stale.
#[utoipa::path(
    tag = "outlets",
    params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT, description = "Done"), (status = CONFLICT, description = "`CHANGED_MEANWHILE`")),
    security(("bearer" = ["planner"])),
)]
#[delete("/outlets/{id}")]
async fn close_outlet(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    id: InPath<OutletId>,
) -> ApiResult<HttpResponse> {
    outlets::close(&state.services, &actor, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
