//! Health, the OpenAPI document, the page, and what answers where nothing else does.

use std::sync::LazyLock;

use actix_web::dev::ResourceDef;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, ResponseError, get, web};
use huilu_api_spec::system::Health;
use utoipa_actix_web::service_config::ServiceConfig;

use super::problem::{ApiError, ApiResult};
use super::{AppState, assets, openapi};
use crate::app::system;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(read_health).service(read_openapi);
}

/// Whether the server and its database answer
#[utoipa::path(tag = "system", responses((status = OK, body = Health)))]
#[get("/health")]
async fn read_health(state: web::Data<AppState>) -> ApiResult<web::Json<Health>> {
    Ok(web::Json(system::health(&state.services).await?))
}

static DOCUMENT: LazyLock<String> = LazyLock::new(|| openapi::document().to_pretty_json().unwrap_or_default());

/// This document
#[utoipa::path(tag = "system", responses((status = OK, description = "OpenAPI", content_type = "application/json")))]
#[get("/openapi.json")]
async fn read_openapi() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(DOCUMENT.as_str())
}

/// The page's files; where there are none, a problem that tells a wrong method from a wrong path.
pub(crate) async fn otherwise(request: HttpRequest) -> HttpResponse {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.path();
    if reads {
        if let Some(file) = assets::serve(&request, path) {
            return file;
        }
        if path == "/" {
            return assets::unbuilt();
        }
    }
    match methods_of(path) {
        Some(methods) => {
            let mut response = ApiError::MethodNotAllowed.error_response();
            if let Ok(value) = HeaderValue::from_str(methods) {
                response.headers_mut().insert(header::ALLOW, value);
            }
            response
        }
        None => ApiError::NoSuchPath.error_response(),
    }
}

/// Patterns of the document's paths with the methods they know.
static PATTERNS: LazyLock<Vec<(ResourceDef, String)>> = LazyLock::new(|| {
    let methods = |item: &utoipa::openapi::PathItem| {
        let known = [
            (item.get.is_some(), "GET"),
            (item.post.is_some(), "POST"),
            (item.patch.is_some(), "PATCH"),
            (item.delete.is_some(), "DELETE"),
        ];
        known.into_iter().filter(|(has, _)| *has).map(|(_, name)| name).collect::<Vec<_>>().join(", ")
    };
    let document = openapi::document();
    document.paths.paths.iter().map(|(path, item)| (ResourceDef::new(path.as_str()), methods(item))).collect()
});

fn methods_of(path: &str) -> Option<&'static str> {
    PATTERNS.iter().find(|(pattern, _)| pattern.is_match(path)).map(|(_, methods)| methods.as_str())
}
