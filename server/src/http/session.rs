//! Signing a page in and out: the bearer token moves into a cookie that scripts cannot read.

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use huilu_api_spec::session::{CreateSession, Session};
use utoipa_actix_web::service_config::ServiceConfig;

use super::auth::{Anyone, COOKIE, Require, same_site};
use super::body::Body;
use super::problem::{ApiError, ApiResult};
use super::{AppState, query};
use crate::app::sessions;

/// A working day; after it the page asks for the token again.
const SESSION: Duration = Duration::hours(12);

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(open_session).service(read_session).service(close_session);
}

/// Signs in: answers with the cookie `huilu_session`
#[utoipa::path(
    tag = "session",
    request_body = CreateSession,
    responses((status = OK, body = Session), (status = UNAUTHORIZED, description = "`TOKEN_REFUSED`")),
)]
#[post("/session")]
async fn open_session(
    state: web::Data<AppState>,
    request: HttpRequest,
    body: Body<CreateSession>,
) -> ApiResult<HttpResponse> {
    same_site(&request)?;
    query::refuse_unknown(&request)?;
    let token = body.plain()?.token;
    let actor = sessions::who(&state.services, &token).await?.ok_or(ApiError::TokenRefused)?;
    let session = sessions::session(&state.services, &actor);
    Ok(HttpResponse::Ok().cookie(cookie(&request, &token, SESSION)).json(session))
}

/// Who is signed in
#[utoipa::path(
    tag = "session",
    responses((status = OK, body = Session)),
    security(("bearer" = ["resident", "collector", "planner"])),
)]
#[get("/session")]
async fn read_session(state: web::Data<AppState>, actor: Require<Anyone>) -> web::Json<Session> {
    web::Json(sessions::session(&state.services, &actor))
}

/// Signs out: takes the cookie back
#[utoipa::path(tag = "session", responses((status = NO_CONTENT, description = "Signed out")))]
#[delete("/session")]
async fn close_session(request: HttpRequest) -> ApiResult<HttpResponse> {
    same_site(&request)?;
    query::refuse_unknown(&request)?;
    Ok(HttpResponse::NoContent().cookie(cookie(&request, "", Duration::ZERO)).finish())
}

/// Not `Secure` over plain HTTP: browsers would drop it there, and the demo listens on loopback.
fn cookie(request: &HttpRequest, token: &str, lifetime: Duration) -> Cookie<'static> {
    Cookie::build(COOKIE, token.to_owned())
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(request.connection_info().scheme() == "https")
        .max_age(lifetime)
        .finish()
}
