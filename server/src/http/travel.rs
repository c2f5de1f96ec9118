//! Travel on the city's roads: matrices and route lines for planners and their programs.

use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, post, web};
use huilu_api_spec::travel::{MatrixRequest, RouteRequest, TravelMatrix, TravelRoute};
use utoipa_actix_web::service_config::ServiceConfig;

use super::AppState;
use super::auth::{Crew, Planner, Require};
use super::body::Body;
use super::problem::ApiResult;
use crate::app::travel;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(travel_matrix).service(travel_route);
}

/// Seconds and metres of the fastest ways between places
///
/// At most 4,000 points and 4,000,000 pairs in one request. Nothing is stored.
#[utoipa::path(
    tag = "travel",
    request_body = MatrixRequest,
    responses((status = OK, body = TravelMatrix), (status = CONFLICT, description = "`NO_ROADS`")),
    security(("bearer" = ["planner"])),
)]
#[post("/travel/matrix")]
async fn travel_matrix(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    body: Body<MatrixRequest>,
) -> ApiResult<HttpResponse> {
    let asked = body.accept(travel::MatrixQuestion::read)?;
    let text = travel::matrix(&state.services, &actor, asked).await?;
    Ok(HttpResponse::Ok().insert_header(ContentType::json()).body(text))
}

/// The fastest way through places in their order
///
/// At most 200 points in one request. Nothing is stored.
#[utoipa::path(
    tag = "travel",
    request_body = RouteRequest,
    responses((status = OK, body = TravelRoute), (status = CONFLICT, description = "`NO_ROADS`")),
    security(("bearer" = ["collector", "planner"])),
)]
#[post("/travel/route")]
async fn travel_route(
    state: web::Data<AppState>,
    actor: Require<Crew>,
    body: Body<RouteRequest>,
) -> ApiResult<web::Json<TravelRoute>> {
    let asked = body.accept(travel::RouteQuestion::read)?;
    Ok(web::Json(travel::route(&state.services, &actor, asked).await?))
}
