//! The fleet.

use actix_web::{HttpRequest, HttpResponse, delete, get, patch, post, web};
use huilu_api_spec::common::PageQuery;
use huilu_api_spec::vehicle::{ChangeVehicle, CreateVehicle, Vehicle, VehicleList};
use utoipa_actix_web::service_config::ServiceConfig;

use super::AppState;
use super::auth::{Crew, Planner, Require};
use super::body::Body;
use super::once::{KeyHeader, change};
use super::path::InPath;
use super::problem::ApiResult;
use super::query::Query;
use crate::app::vehicles;
use crate::domain::VehicleId;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(create_vehicle).service(list_vehicles).service(read_vehicle);
    config.service(change_vehicle).service(retire_vehicle);
}

/// Add a vehicle
///
/// Published plans from today on become stale.
#[utoipa::path(
    tag = "vehicles",
    params(KeyHeader),
    request_body = CreateVehicle,
    responses((status = CREATED, body = Vehicle)),
    security(("bearer" = ["planner"])),
)]
#[post("/vehicles")]
async fn create_vehicle(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    request: HttpRequest,
    body: Body<CreateVehicle>,
) -> ApiResult<HttpResponse> {
    let services = &state.services;
    let rules = vehicles::rules(services, &actor).await?;
    let add = async |ask, vehicle| vehicles::add(services, &actor, &ask, vehicle).await;
    change(services, &actor, &request, body, |wish| rules.create(wish), add).await
}

/// Vehicles in the order they came
#[utoipa::path(
    tag = "vehicles",
    params(PageQuery),
    responses((status = OK, body = VehicleList)),
    security(("bearer" = ["collector", "planner"])),
)]
#[get("/vehicles")]
async fn list_vehicles(
    state: web::Data<AppState>,
    actor: Require<Crew>,
    query: Query<PageQuery>,
) -> ApiResult<web::Json<VehicleList>> {
    Ok(web::Json(query.answer(async |query| vehicles::list(&state.services, &actor, query).await).await?))
}

/// One vehicle
#[utoipa::path(
    tag = "vehicles",
    params(("id" = Uuid, Path)),
    responses((status = OK, body = Vehicle)),
    security(("bearer" = ["collector", "planner"])),
)]
#[get("/vehicles/{id}")]
async fn read_vehicle(
    state: web::Data<AppState>,
    actor: Require<Crew>,
    id: InPath<VehicleId>,
) -> ApiResult<web::Json<Vehicle>> {
    Ok(web::Json(vehicles::read(&state.services, &actor, id.0).await?))
}

/// Change the fields that are given
///
/// Published plans from today on become stale.
#[utoipa::path(
    tag = "vehicles",
    params(("id" = Uuid, Path)),
    request_body = ChangeVehicle,
    responses((status = OK, body = Vehicle), (status = CONFLICT, description = "`RETIRED` or `CHANGED_MEANWHILE`")),
    security(("bearer" = ["planner"])),
)]
#[patch("/vehicles/{id}")]
async fn change_vehicle(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    id: InPath<VehicleId>,
    body: Body<ChangeVehicle>,
) -> ApiResult<web::Json<Vehicle>> {
    let services = &state.services;
    let rules = vehicles::rules(services, &actor).await?;
    let before = vehicles::to_change(services, &actor, id.0).await?;
    let changed = body.accept(|change| rules.change(before.clone(), change))?;
    Ok(web::Json(vehicles::save(services, &actor, &before, changed).await?))
}

/// Take a vehicle out of service
///
/// It stays readable for the history. Published plans from today on become stale.
#[utoipa::path(
    tag = "vehicles",
    params(("id" = Uuid, Path)),
    responses((status = NO_CONTENT, description = "Done"), (status = CONFLICT, description = "`CHANGED_MEANWHILE`")),
    security(("bearer" = ["planner"])),
)]
#[delete("/vehicles/{id}")]
async fn retire_vehicle(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    id: InPath<VehicleId>,
) -> ApiResult<HttpResponse> {
    vehicles::retire(&state.services, &actor, id.0).await?;
    Ok(HttpResponse::NoContent().finish())
}
