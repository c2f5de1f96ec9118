//! What is taken, and how it is carried.

use actix_web::{get, web};
use huilu_api_spec::material::MaterialList;
use utoipa_actix_web::service_config::ServiceConfig;

use super::AppState;
use super::auth::{Anyone, Require};
use super::problem::ApiResult;
use crate::app::catalogue;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(list_materials);
}

/// Materials and the streams they are carried in
#[utoipa::path(
    tag = "materials",
    responses((status = OK, body = MaterialList)),
    security(("bearer" = ["resident", "collector", "planner"])),
)]
#[get("/materials")]
async fn list_materials(state: web::Data<AppState>, actor: Require<Anyone>) -> ApiResult<web::Json<MaterialList>> {
    Ok(web::Json(catalogue::list(&state.services, &actor).await?))
}
