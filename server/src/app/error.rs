//! Why a use case did not do what it was asked to.

use super::fault::Faults;
use crate::db::DbError;
use crate::travel::{ServiceError, TravelError};

pub type AppResult<T> = Result<T, AppError>;

#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The request has faults; nothing was changed.
    #[error("{0}")]
    Invalid(#[from] Faults),
    /// Nothing by that id that the caller may see.
    #[error("nothing by that id")]
    NotFound,
    /// It does not fit the present state; `code` is stable.
    #[error("{code}: {detail}")]
    Conflict { code: &'static str, detail: String },
    /// An idempotency key that came before with another request.
    #[error("the idempotency key belongs to another request")]
    KeyReused,
    /// The first request with this idempotency key is still running.
    #[error("the first request with this idempotency key is still running")]
    KeyInUse,
    /// The database does not answer; trying again is safe.
    #[error("the database does not answer: {0}")]
    Unavailable(String),
    /// A travel service of the operator's did not do its part; nothing was changed.
    #[error("{0}")]
    Travel(ServiceError),
    /// Whatever the caller cannot mend.
    #[error("{0}")]
    Internal(String),
}

impl AppError {
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::Conflict { code, detail: detail.into() }
    }

    pub fn internal(cause: impl std::fmt::Display) -> Self {
        Self::Internal(cause.to_string())
    }
}

impl From<TravelError> for AppError {
    fn from(error: TravelError) -> Self {
        match error {
            TravelError::Service(error) => Self::Travel(error),
            TravelError::Roads(_) => Self::conflict("NO_ROADS", error.to_string()),
            TravelError::NoPosition(_) | TravelError::UnknownProfile(_) => Self::internal(error),
        }
    }
}

impl From<DbError> for AppError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(cause) => Self::Unavailable(cause),
            DbError::Stale => Self::conflict("CHANGED_MEANWHILE", "Somebody else changed it; read it again."),
            DbError::Duplicate(cause) | DbError::Broken(cause) => Self::Internal(cause),
        }
    }
}
