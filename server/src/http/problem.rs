//! Every answer that is not a success: RFC 9457 problem details.
//!
//! One place maps errors to statuses and codes. What the caller cannot mend (a failed statement, a panic) goes to the
//! log with its trace id and shows nothing of itself on the wire.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use huilu_api_spec::problem::{Fault as WireFault, Problem};
use uuid::Uuid;

use crate::app::{AppError, At, Faults};

pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// What a handler may fail with.
#[derive(Debug)]
pub enum ApiError {
    /// A use case refused or failed.
    App(AppError),
    /// No sign of who is calling.
    SignInNeeded,
    /// A token or session that is not valid (any more).
    TokenRefused,
    /// The role may not do this.
    Forbidden,
    /// No such path, or nothing by that id.
    NoSuchPath,
    MethodNotAllowed,
    BodyTooLarge {
        limit_bytes: usize,
    },
    BodyTooSlow,
    /// The body breaks off or cannot be decoded.
    BodyBroken,
    UnsupportedMediaType,
    /// A request from another site that carries this site's cookie.
    CrossSite,
    TooBusy,
    /// The handler panicked; the hook has logged where.
    Panicked,
}

pub(crate) type ApiResult<T> = Result<T, ApiError>;

impl From<AppError> for ApiError {
    fn from(error: AppError) -> Self {
        Self::App(error)
    }
}

impl From<Faults> for ApiError {
    fn from(faults: Faults) -> Self {
        Self::App(AppError::Invalid(faults))
    }
}

/// Status, code, title and detail of one kind of problem.
struct Kind {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: String,
}

impl ApiError {
    fn kind(&self) -> Kind {
        let kind = |status, code, title, detail: &str| Kind { status, code, title, detail: detail.to_owned() };
        match self {
            Self::App(error) => app_kind(error),
            Self::SignInNeeded => kind(
                StatusCode::UNAUTHORIZED,
                "SIGN_IN_NEEDED",
                "Sign in first",
                "Send `Authorization: Bearer <token>`, or open a session with POST /v1/session.",
            ),
            Self::TokenRefused => kind(
                StatusCode::UNAUTHORIZED,
                "TOKEN_REFUSED",
                "The token is not valid",
                "The token is unknown or revoked. `make run` prints the tokens of this database.",
            ),
            Self::Forbidden => kind(
                StatusCode::FORBIDDEN,
                "FORBIDDEN",
                "Not allowed for this role",
                "Another role may do this; the description of the operation says which.",
            ),
            Self::NoSuchPath => kind(
                StatusCode::NOT_FOUND,
                "NOT_FOUND",
                "Nothing is here",
                "No such path, or nothing by that id that you may see. GET /openapi.json lists the paths.",
            ),
            Self::MethodNotAllowed => kind(
                StatusCode::METHOD_NOT_ALLOWED,
                "METHOD_NOT_ALLOWED",
                "The path does not know this method",
                "GET /openapi.json lists the methods of each path.",
            ),
            Self::BodyTooLarge { limit_bytes } => Kind {
                status: StatusCode::PAYLOAD_TOO_LARGE,
                code: "BODY_TOO_LARGE",
                title: "The body is too large",
                detail: format!("At most {limit_bytes} bytes are read."),
            },
            Self::BodyTooSlow => kind(
                StatusCode::REQUEST_TIMEOUT,
                "BODY_TOO_SLOW",
                "The body took too long to arrive",
                "Send the whole body within ten seconds.",
            ),
            Self::BodyBroken => kind(
                StatusCode::BAD_REQUEST,
                "BODY_BROKEN",
                "The body broke off",
                "The connection ended or the encoding is wrong; send the request again.",
            ),
            Self::UnsupportedMediaType => kind(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UNSUPPORTED_MEDIA_TYPE",
                "The body is not JSON",
                "Send `Content-Type: application/json`.",
            ),
            Self::CrossSite => kind(
                StatusCode::FORBIDDEN,
                "CROSS_SITE",
                "Another site sent this request",
                "A session cookie changes things only from this site's own pages; programs send a bearer token.",
            ),
            Self::TooBusy => kind(
                StatusCode::SERVICE_UNAVAILABLE,
                "TOO_BUSY",
                "Too many streams are open",
                "Close one, or ask again in a moment.",
            ),
            Self::Panicked => kind(
                StatusCode::INTERNAL_SERVER_ERROR,
                "INTERNAL",
                "Something went wrong here",
                "It is logged under the trace id. Repeating the request with the same Idempotency-Key is safe.",
            ),
        }
    }

    /// The problem as it goes out; what must not go out is logged under the same trace id.
    fn problem(&self) -> (StatusCode, Problem) {
        let kind = self.kind();
        let trace = Uuid::now_v7();
        if let Self::App(AppError::Internal(cause) | AppError::Unavailable(cause)) = self {
            tracing::error!(%trace, cause = %cause, "request failed");
        }
        let errors = match self {
            Self::App(AppError::Invalid(faults)) => wire_faults(faults),
            _ => Vec::new(),
        };
        let problem = Problem {
            kind: format!("/problems/{}", kind.code.to_ascii_lowercase().replace('_', "-")),
            title: kind.title.to_owned(),
            status: kind.status.as_u16(),
            detail: kind.detail,
            code: kind.code.to_owned(),
            errors,
            trace: trace.to_string(),
        };
        (kind.status, problem)
    }
}

fn app_kind(error: &AppError) -> Kind {
    let kind = |status, code, title, detail: String| Kind { status, code, title, detail };
    match error {
        AppError::Invalid(faults) => kind(
            StatusCode::UNPROCESSABLE_ENTITY,
            "INVALID_REQUEST",
            "The request is not valid",
            format!("{faults}; `errors` lists each with its remedy. Nothing was changed."),
        ),
        AppError::NotFound => ApiError::NoSuchPath.kind(),
        AppError::Conflict { code, detail } => {
            kind(StatusCode::CONFLICT, code, "It does not fit the present state", detail.clone())
        }
        AppError::KeyReused => kind(
            StatusCode::UNPROCESSABLE_ENTITY,
            "IDEMPOTENCY_KEY_REUSED",
            "The idempotency key belongs to another request",
            "The same key came before with another path or body. Use a fresh key for a new request.".to_owned(),
        ),
        AppError::KeyInUse => kind(
            StatusCode::CONFLICT,
            "IDEMPOTENCY_KEY_IN_USE",
            "The first request with this key is still running",
            "Ask again in a moment; its answer will be repeated.".to_owned(),
        ),
        AppError::Unavailable(_) => kind(
            StatusCode::SERVICE_UNAVAILABLE,
            "UNAVAILABLE",
            "The database does not answer",
            "Nothing was changed. Try again in a moment; with the same Idempotency-Key it is safe.".to_owned(),
        ),
        AppError::Travel(failure) => kind(
            StatusCode::BAD_GATEWAY,
            "MATRIX_SERVICE_FAILED",
            "The matrix service failed",
            format!("{failure}. Nothing was changed; ask again once it answers."),
        ),
        AppError::Internal(_) => ApiError::Panicked.kind(),
    }
}

fn wire_faults(faults: &Faults) -> Vec<WireFault> {
    let wire = |fault: &crate::app::Fault| {
        let (pointer, parameter) = match &fault.at {
            At::Body(pointer) => (pointer.clone(), None),
            At::Parameter(name) => (String::new(), Some((*name).to_owned())),
            At::Unknown(name) => (String::new(), Some(name.clone())),
        };
        WireFault {
            code: fault.code.as_str().to_owned(),
            pointer,
            parameter,
            message: fault.message.clone(),
            remedy: fault.remedy.clone(),
        }
    };
    faults.iter().map(wire).collect()
}

impl fmt::Display for ApiError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.kind().code)
    }
}

impl std::error::Error for ApiError {}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.kind().status
    }

    fn error_response(&self) -> HttpResponse {
        let (status, problem) = self.problem();
        let mut response = HttpResponse::build(status);
        response.insert_header((header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE)));
        match status {
            StatusCode::UNAUTHORIZED => {
                response.insert_header((header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                response.insert_header((header::RETRY_AFTER, HeaderValue::from_static("1")));
            }
            _ => {}
        }
        // The name of the media type must survive, so the body is not built with `.json()`.
        response.body(serde_json::to_vec(&problem).unwrap_or_default())
    }
}
