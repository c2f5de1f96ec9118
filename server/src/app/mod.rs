//! Application services: one use case per function, which owns its transaction.
//!
//! They take requests and give answers in the words of the wire types, so that a fault can point into the request, and
//! know no HTTP.

mod error;
mod fault;
pub mod import;
pub mod once;
pub mod sessions;
mod services;

pub use error::{AppError, AppResult};
pub use fault::{At, Fault, FaultCode, Faults};
pub use services::{Actor, Services};
