//! The HTTP API: extract, authorise, call one use case, map its answer. One folder or file per resource.
//!
//! Handlers know no database; every refusal is a problem document (RFC 9457). Each resource has a `configure` that
//! registers its handlers; [`configure`] puts them together.

mod areas;
mod assets;
mod auth;
mod body;
mod bookings;
mod buildings;
mod depots;
mod guard;
mod map;
mod materials;
mod once;
pub mod openapi;
mod outlets;
mod path;
mod plans;
mod problem;
mod query;
mod routes;
mod scenarios;
mod server;
mod session;
mod sse;
mod system;
mod travel;
mod vehicles;

pub use problem::ApiError;
#[cfg(test)]
pub(crate) use server::serve_until;
pub use server::{app, serve};

use utoipa_actix_web::scope;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::app::Services;

/// What every handler can reach.
#[derive(Clone, Debug)]
pub struct AppState {
    pub services: Services,
}

/// Registers every operation, and with it its place in the OpenAPI document.
pub fn configure(config: &mut ServiceConfig) {
    config.configure(system::configure);
    config.service(
        scope("/v1")
            .configure(session::configure)
            .configure(materials::configure)
            .configure(bookings::configure)
            .configure(outlets::configure)
            .configure(depots::configure)
            .configure(vehicles::configure)
            .configure(areas::configure)
            .configure(buildings::configure)
            .configure(plans::configure)
            .configure(routes::configure)
            .configure(scenarios::configure)
            .configure(map::configure)
            .configure(travel::configure),
    );
}
