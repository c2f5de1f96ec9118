//! Layers of the page's map as GeoJSON.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, get, web};
use huilu_api_spec::common::DayQuery;
use huilu_api_spec::map::{CellQuery, FeatureCollection};
use serde::Serialize;
use utoipa_actix_web::service_config::ServiceConfig;

use super::AppState;
use super::auth::{Anyone, Crew, Planner, Require};
use super::problem::ApiResult;
use super::query::Query;
use crate::app::{AppError, map};

/// RFC 7946.
const GEOJSON: HeaderValue = HeaderValue::from_static("application/geo+json");

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(map_roads).service(map_cells).service(map_outlets).service(map_routes);
}

/// The road network, one feature for each class: `major`, `minor` or `path`
#[utoipa::path(
    tag = "map",
    responses((status = OK, body = FeatureCollection, content_type = "application/geo+json")),
    security(("bearer" = ["resident", "collector", "planner"])),
)]
#[get("/map/roads")]
async fn map_roads(state: web::Data<AppState>, actor: Require<Anyone>) -> ApiResult<HttpResponse> {
    let text = map::roads(&state.services, &actor).await?;
    Ok(geojson(text.as_bytes().to_vec()))
}

/// Demand of a day: a hexagon with `cell`, `bookings`, `mass_g`, `volume_l` and `zone` for each cell with bookings
///
/// `zone` is the number, from 1, of the dispatch zone: neighbouring cells with together about 40 of the day's bookings.
#[utoipa::path(
    tag = "map",
    params(CellQuery),
    responses(
        (status = OK, body = FeatureCollection, content_type = "application/geo+json"),
        (status = NOT_FOUND, description = "No area by that id"),
        (status = CONFLICT, description = "`AREA_WITHOUT_POLYGON`"),
    ),
    security(("bearer" = ["planner"])),
)]
#[get("/map/cells")]
async fn map_cells(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    query: Query<CellQuery>,
) -> ApiResult<HttpResponse> {
    written(&query.answer(async |query| map::cells(&state.services, &actor, query).await).await?)
}

/// Open outlets, points with `id`, `name_zh`, `name_en` and `kind`
#[utoipa::path(
    tag = "map",
    responses((status = OK, body = FeatureCollection, content_type = "application/geo+json")),
    security(("bearer" = ["resident", "collector", "planner"])),
)]
#[get("/map/outlets")]
async fn map_outlets(state: web::Data<AppState>, actor: Require<Anyone>) -> ApiResult<HttpResponse> {
    written(&map::outlets(&state.services, &actor).await?)
}

/// Routes of the day's published plan along the roads, lines with `route_id`, `vehicle_id` and `plan_id`
///
/// Collectors see their own. Lines follow the roads, the closed zones and the service that the plan was made with:
/// `source` names it, as in the plan's summary. Where no way leads to a stop the line has a gap (`MultiLineString`), and
/// `legs_without_way` counts them. `stands_in` says why lines are straight where the source fails by now; else it is null.
#[utoipa::path(
    tag = "map",
    params(DayQuery),
    responses((status = OK, body = FeatureCollection, content_type = "application/geo+json")),
    security(("bearer" = ["collector", "planner"])),
)]
#[get("/map/routes")]
async fn map_routes(
    state: web::Data<AppState>,
    actor: Require<Crew>,
    query: Query<DayQuery>,
) -> ApiResult<HttpResponse> {
    written(&query.answer(async |query| map::routes(&state.services, &actor, query).await).await?)
}

pub(super) fn written(layer: &impl Serialize) -> ApiResult<HttpResponse> {
    Ok(geojson(serde_json::to_vec(layer).map_err(AppError::internal)?))
}

fn geojson(text: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok().insert_header((header::CONTENT_TYPE, GEOJSON)).body(text)
}
