//! A local day as a routing problem: its bookings, its vehicles, the outlets that take what they bring.

mod build;
pub(super) mod clearing;
mod stocks;
#[cfg(test)]
mod tests;

use std::collections::HashSet;

use chrono::NaiveDate;
use huilu_model::problem::JobSpec;
use huilu_model::{Problem, Wgs84};
use huilu_seeds::Catalogue;
use sea_orm::ConnectionTrait;

use super::error::{AppError, AppResult};
use crate::db::{bookings, catalogue, depots, duties, outlets, plans, vehicles};
use crate::domain::VehicleId;
use crate::domain::booking::BookingItem;
use crate::domain::fleet::{Depot, Vehicle};
use crate::domain::operator::Operator;
use crate::domain::plan::PlanKind;

use build::Day;

/// The problem of a day, without matrices: whoever solves it has the roads.
///
/// # Errors
/// Conflicts `NO_BOOKINGS`, `NO_VEHICLES` and `NO_OUTLETS` where there is nothing to plan or nothing to plan it with;
/// `UNKNOWN_MATERIAL` where a booking names one that the catalogue no longer has.
pub(super) async fn of_day(c: &impl ConnectionTrait, operator: &Operator, date: NaiveDate) -> AppResult<Problem> {
    let bookings = bookings::awaiting(c, operator.id, date).await?;
    if bookings.is_empty() {
        let detail = format!("No booking of {date} waits for a pickup; choose a day that has some.");
        return Err(AppError::conflict("NO_BOOKINGS", detail));
    }
    let busy = drivers_of(c, operator, date, PlanKind::Clearing).await?;
    let mut vehicles = vehicles::active(c, operator.id).await?;
    vehicles.retain(|vehicle| !busy.contains(&vehicle.id));
    if vehicles.is_empty() {
        let detail = "No vehicle is active; add one with POST /v1/vehicles.";
        return Err(AppError::conflict("NO_VEHICLES", detail));
    }
    let outlets: Vec<_> =
        outlets::open(c, operator.id).await?.into_iter().filter(|outlet| outlet.accepts_collectors).collect();
    if outlets.is_empty() {
        let detail = "Vehicles come home empty, but no open outlet lets collectors unload; open one, or let one do so.";
        return Err(AppError::conflict("NO_OUTLETS", detail));
    }
    let (start, end) = operator.zone.day(date);
    let day = Day {
        name: format!("{} {date}", operator.key),
        length: end.since(start),
        bookings,
        depots: depots_of(c, operator, &vehicles).await?,
        vehicles,
        outlets,
        catalogue: catalogue::load(c, operator.id).await?,
        times: Catalogue::built_in().map_err(AppError::internal)?.service_times,
    };
    day.problem()
}

/// Places that planning takes for one.
pub(super) fn same_place(one: Wgs84, other: Wgs84) -> bool {
    build::decimetres(one.lat) == build::decimetres(other.lat)
        && build::decimetres(one.lon) == build::decimetres(other.lon)
}

/// What a pickup of these items asks of a vehicle; where and when is left open.
///
/// # Errors
/// `UNKNOWN_MATERIAL`; internal where the built-in service times cannot be read.
pub(super) fn visit(catalogue: &crate::domain::catalogue::Catalogue, items: &[BookingItem]) -> AppResult<JobSpec> {
    let times = Catalogue::built_in().map_err(AppError::internal)?.service_times;
    build::visit(catalogue, &times, items).map_err(|material| {
        AppError::conflict("UNKNOWN_MATERIAL", format!("The catalogue no longer has `{material}`."))
    })
}

/// The vehicles of the day's published plan of a kind: a vehicle drives for one of them.
pub(super) async fn drivers_of(
    c: &impl ConnectionTrait,
    operator: &Operator,
    date: NaiveDate,
    kind: PlanKind,
) -> AppResult<HashSet<VehicleId>> {
    match plans::published(c, operator.id, date, kind).await? {
        Some(plan) => Ok(duties::of_plan(c, plan.id).await?.into_iter().collect()),
        None => Ok(HashSet::new()),
    }
}

/// Also those that are closed by now: a vehicle keeps its place until it is given another.
async fn depots_of(c: &impl ConnectionTrait, operator: &Operator, vehicles: &[Vehicle]) -> AppResult<Vec<Depot>> {
    let mut depots = depots::active(c, operator.id).await?;
    for vehicle in vehicles {
        if depots.iter().all(|depot| depot.id != vehicle.depot) {
            let closed = depots::by_id(c, operator.id, vehicle.depot).await?;
            depots.push(closed.ok_or_else(|| AppError::internal(format!("vehicle {} has no depot", vehicle.id)))?);
        }
    }
    Ok(depots)
}
