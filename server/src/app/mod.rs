//! Application services: one use case per function, which owns its transaction.
//!
//! They take requests and give answers in the words of the wire types, so that a fault can point into the request, and
//! know no HTTP.

pub mod areas;
pub mod bookings;
pub mod buildings;
pub mod catalogue;
mod days;
pub mod depots;
mod error;
mod events;
pub mod explain;
pub mod export;
mod fault;
pub mod import;
pub mod map;
pub mod once;
pub mod outlets;
mod paging;
mod places;
pub mod planning;
mod problem;
pub mod reports;
pub mod routes;
pub mod runs;
pub mod scenarios;
mod services;
pub mod sessions;
pub mod slots;
mod stocks;
pub mod system;
#[cfg(test)]
pub(crate) mod testing;
mod texts;
pub mod travel;
pub mod vehicles;
mod wire;

pub use error::{AppError, AppResult};
pub use fault::{At, Fault, FaultCode, Faults};
pub use services::{Actor, Services};
