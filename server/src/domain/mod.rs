//! The nouns of the trade as plain Rust: what a booking, an outlet, a plan is, and which changes they allow.
//!
//! Knows neither web nor database; the optimizer's units and h3o's cells are the only words it borrows.

pub mod access;
pub mod amount;
pub mod area;
pub mod booking;
pub mod catalogue;
pub mod codes;
pub mod event;
pub mod fleet;
pub mod idempotency;
pub mod ids;
pub mod job;
pub mod operator;
pub mod outlet;
pub mod place;
pub mod plan;
pub mod policy;
pub mod report;
pub mod scenario;
pub mod slot;
pub mod stock;
pub mod time;
pub mod travel;

pub use ids::{
    AreaId, BookingId, BuildingId, DepotId, JobId, OperatorId, OutletId, PlanId, ReportId, RouteId, RunId, ScenarioId,
    StepId, TokenId, VehicleId,
};
pub use time::{Clock, Instant, SystemClock, Zone};
