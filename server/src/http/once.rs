//! The `Idempotency-Key` of a request, and the answer of a change that may be asked for again.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::body::Body;
use super::problem::{ApiError, ApiResult};
use crate::app::once::{Ask, Reply, repeated};
use crate::app::{Actor, AppResult, FaultCode, Faults, Services};

pub(crate) const KEY_HEADER: &str = "Idempotency-Key";
const KEY_LENGTH_MAX: usize = 255;
/// Tells a repeated answer from a first one.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// Reads the key, where there is one, and takes the fingerprint of the request.
///
/// # Errors
/// A key that is empty, too long or not printable ASCII.
pub(crate) fn ask(request: &HttpRequest, body: &[u8]) -> ApiResult<Ask> {
    let key = match request.headers().get(KEY_HEADER) {
        None => None,
        Some(value) => Some(readable(value).ok_or_else(|| bad_key("The key is empty, too long or not printable"))?),
    };
    let mut hash = Sha256::new();
    for part in [request.method().as_str().as_bytes(), request.path().as_bytes(), body] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let request_hash = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Ask { key, request_hash })
}

/// As [`ask`], for operations that are refused without a key.
///
/// # Errors
/// As [`ask`], and where there is no key.
pub(crate) fn ask_with_key(request: &HttpRequest, body: &[u8]) -> ApiResult<Ask> {
    let ask = ask(request, body)?;
    if ask.key.is_none() {
        return Err(bad_key("This operation needs a key, so that it can be sent again safely"));
    }
    Ok(ask)
}

fn readable(value: &HeaderValue) -> Option<String> {
    let text = value.to_str().ok()?.trim();
    (!text.is_empty() && text.len() <= KEY_LENGTH_MAX).then(|| text.to_owned())
}

fn bad_key(message: &str) -> ApiError {
    let mut faults = Faults::default();
    let remedy = "Send a fresh random value of at most 255 characters for each new request, such as a UUID.";
    faults.parameter(FaultCode::BadIdempotencyKey, KEY_HEADER, message, remedy);
    faults.into()
}

/// Carries out a change that a client may ask for again: repeats the answer that its key already has, or else accepts the
/// body and runs `work`.
///
/// # Errors
/// All faults of the body, or what `work` refuses.
pub(crate) async fn change<T, U>(
    services: &Services,
    actor: &Actor,
    request: &HttpRequest,
    body: Body<T>,
    check: impl FnOnce(T) -> Result<U, Faults>,
    work: impl AsyncFnOnce(Ask, U) -> AppResult<Reply>,
) -> ApiResult<HttpResponse> {
    let ask = ask(request, body.bytes())?;
    if let Some(reply) = repeated(services, actor, &ask).await? {
        return Ok(answer(reply));
    }
    let accepted = body.accept(check)?;
    Ok(answer(work(ask, accepted).await?))
}

/// The answer of a use case run once.
pub(crate) fn answer(reply: Reply) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
    let mut response = HttpResponse::build(status);
    response.content_type("application/json");
    if let Some(location) = reply.location {
        response.insert_header((header::LOCATION, location));
    }
    if reply.replayed {
        response.insert_header((REPLAYED, HeaderValue::from_static("true")));
    }
    response.body(reply.body)
}

/// Names the header in the OpenAPI document of an operation that takes it: `params(KeyHeader)`.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only describes the header; `ask` reads it")]
pub(crate) struct KeyHeader {
    /// Any fresh random value, such as a UUID: the same request sent again with it acts once.
    #[param(rename = "Idempotency-Key", max_length = 255, example = "5b3f7c0e-7d1a-4f0e-9f52-0d5b2f4d6c11")]
    key: Option<String>,
}
