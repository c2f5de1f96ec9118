//! Travel on the city's roads: matrices and route lines for planners and their programs.

use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, post, web};
use huilu_api_spec::map::FeatureCollection;
use huilu_api_spec::travel::{MatrixRequest, ReachRequest, RouteRequest, TravelMatrix, TravelRoute};
use utoipa_actix_web::service_config::ServiceConfig;

use super::AppState;
use super::auth::{Crew, Planner, Require};
use super::body::Body;
use super::map::written;
use super::problem::ApiResult;
use crate::app::travel;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(travel_matrix).service(travel_route).service(travel_reach);
}

/// Seconds and metres of the fastest ways between places
///
/// At most 4,000 points and 4,000,000 pairs in one request. Nothing is stored.
#[utoipa::path(
    tag = "travel",
    request_body = MatrixRequest,
    responses(
        (status = OK, body = TravelMatrix),
        (status = CONFLICT, description = "`NO_ROADS`"),
        (status = BAD_GATEWAY, description = "`MATRIX_SERVICE_FAILED`: the routing server that the operator chose"),
    ),
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
    responses(
        (status = OK, body = TravelRoute),
        (status = CONFLICT, description = "`NO_ROADS`"),
        (status = BAD_GATEWAY, description = "`MATRIX_SERVICE_FAILED`: the routing server that the operator chose"),
    ),
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

/// What is reached from a place within limits of time, as GeoJSON
///
/// A `MultiPolygon` for each limit, the widest first, with `limit_s` and `area_m2`. The area is that of hexagons of
/// about 50 m across along the roads that are reached. Last a `Point`, where the place meets the road, with `distance_m`,
/// `closed_by`, `kerb_only` and `entrance` as in a matrix; where that road is closed at the hour, it stands alone. Always
/// on the city's own roads.
#[utoipa::path(
    tag = "travel",
    request_body = ReachRequest,
    responses(
        (status = OK, body = FeatureCollection, content_type = "application/geo+json"),
        (status = CONFLICT, description = "`NO_ROADS` or `TOO_FAR_FROM_ROAD`"),
    ),
    security(("bearer" = ["planner"])),
)]
#[post("/travel/reach")]
async fn travel_reach(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    body: Body<ReachRequest>,
) -> ApiResult<HttpResponse> {
    let asked = body.accept(travel::ReachQuestion::read)?;
    written(&travel::reach(&state.services, &actor, asked).await?)
}
