//! The HTTP API: extract, authorise, call one use case, map its answer. One folder or file per resource.
//!
//! Handlers know no database; every refusal is a problem document (RFC 9457).

mod assets;
mod auth;
mod body;
mod guard;
mod once;
pub mod openapi;
mod problem;
mod query;
mod sse;

pub use guard::guard;
pub use problem::ApiError;

use crate::app::Services;

/// What every handler can reach.
#[derive(Clone, Debug)]
pub struct AppState {
    pub services: Services,
}
