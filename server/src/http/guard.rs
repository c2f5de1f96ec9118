//! What happens around every request: panics become problems, answers get their security headers, the log a line.
//!
//! The log names the route's pattern, never the path or the query: those hold ids and places of people.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use futures_util::FutureExt;

use super::problem::ApiError;

/// Nothing is loaded from elsewhere and nothing runs inline. The map draws in a worker made of a blob.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     font-src 'self'; connect-src 'self'; worker-src 'self' blob:; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'; manifest-src 'self'";

const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Answers hold what one person may see: no cache keeps them unless the handler says otherwise.
pub(crate) fn protect(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// The outermost layer around all handlers.
pub(crate) async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let started = Instant::now();
    let method = request.method().clone();
    let mut response = match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(response) => response?,
        // The panic hook has told where; the request is lost, so the problem travels as an error.
        Err(_) => {
            tracing::error!(%method, "a handler panicked");
            return Err(ApiError::Panicked.into());
        }
    };
    protect(response.headers_mut());
    tracing::info!(
        %method,
        route = response.request().match_pattern().as_deref().unwrap_or("-"),
        status = response.status().as_u16(),
        elapsed_ms = started.elapsed().as_millis() as u64,
        "answered"
    );
    Ok(response)
}
