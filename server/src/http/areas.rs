//! Administrative areas.

use actix_web::{get, web};
use huilu_api_spec::area::AreaList;
use huilu_api_spec::common::PageQuery;
use utoipa_actix_web::service_config::ServiceConfig;

use super::AppState;
use super::auth::{Planner, Require};
use super::problem::ApiResult;
use super::query::Query;
use crate::app::areas;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(list_areas);
}

/// Areas in the order they came
#[utoipa::path(
    tag = "areas",
    params(PageQuery),
    responses((status = OK, body = AreaList)),
    security(("bearer" = ["planner"])),
)]
#[get("/areas")]
async fn list_areas(
    state: web::Data<AppState>,
    actor: Require<Planner>,
    query: Query<PageQuery>,
) -> ApiResult<web::Json<AreaList>> {
    Ok(web::Json(query.answer(async |query| areas::list(&state.services, &actor, query).await).await?))
}
