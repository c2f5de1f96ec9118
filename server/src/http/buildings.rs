//! Buildings by name.

use actix_web::{get, web};
use huilu_api_spec::building::{BuildingList, BuildingQuery};
use utoipa_actix_web::service_config::ServiceConfig;

use super::AppState;
use super::auth::{Booker, Require};
use super::problem::ApiResult;
use super::query::Query;
use crate::app::buildings;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(find_buildings);
}

/// Buildings and compounds whose names hold a text
#[utoipa::path(
    tag = "areas",
    params(BuildingQuery),
    responses((status = OK, body = BuildingList)),
    security(("bearer" = ["resident", "planner"])),
)]
#[get("/buildings")]
async fn find_buildings(
    state: web::Data<AppState>,
    actor: Require<Booker>,
    query: Query<BuildingQuery>,
) -> ApiResult<web::Json<BuildingList>> {
    Ok(web::Json(query.answer(async |query| buildings::find(&state.services, &actor, query).await).await?))
}
