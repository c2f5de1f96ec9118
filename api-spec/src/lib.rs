//! The wire: every request and response of the HTTP API as a Rust type with its OpenAPI schema.
//!
//! One file per resource. This crate deliberately knows no rule of the trade: it says what a message looks like, not
//! whether a booking is acceptable. It depends on no other member, so that a client can use it alone.
//!
//! Units are in the names: `_s` whole seconds, `_m` metres, `_g` grams, `_l` litres, `_fen` money in fen, signed.
//! Instants are RFC 3339 strings; dates are `YYYY-MM-DD` in the operator's time zone.

pub mod area;
pub mod booking;
pub mod building;
pub mod common;
pub mod depot;
pub mod explain;
pub mod map;
pub mod material;
pub mod outlet;
pub mod plan;
pub mod problem;
pub mod report;
pub mod route;
pub mod scenario;
pub mod session;
pub mod slot;
pub mod system;
pub mod travel;
pub mod vehicle;

/// The committed OpenAPI document, as clients and generators read it.
pub const OPENAPI_JSON: &str = include_str!("../openapi.json");
