//! One entity for each table, and how its rows become values of the domain.
//!
//! Only the repositories beside this folder use them.

use huilu_model::Wgs84;

use super::codec::{name, named};
use super::error::DbResult;
use crate::domain::place::{Entered, Place};

pub mod area;
pub mod booking;
pub mod booking_item;
pub mod building;
pub mod closed_zones;
pub mod depot;
pub mod duty;
pub mod event;
pub mod idempotency_key;
pub mod job;
pub mod material;
pub mod operator;
pub mod outbox;
pub mod outlet;
pub mod plan;
pub mod plan_snapshot;
pub mod route;
pub mod route_step;
mod run;
pub mod scenario;
pub mod scenario_input;
pub mod scenario_run;
pub mod slot;
pub mod step_report;
pub mod stock;
pub mod stream;
pub mod stream_conflict;
pub mod token;
pub mod unassigned_booking;
pub mod vehicle;

/// The five columns of a place.
fn place(lat: f64, lon: f64, entered_lat: f64, entered_lon: f64, entered_datum: String) -> DbResult<Place> {
    let datum = named("entered_datum", entered_datum)?;
    Ok(Place { at: Wgs84 { lat, lon }, entered: Entered { lat: entered_lat, lon: entered_lon, datum } })
}

fn datum_name(place: &Place) -> DbResult<String> {
    name("entered_datum", &place.entered.datum)
}
