//! Slots: which parts of a day a place can still book, and the taking and giving back of room in them. `quotes` says what each would
//! cost the plan of the day, from a `desk` that keeps the plan at hand.

mod desks;
mod quotes;

use chrono::NaiveDate;
use h3o::CellIndex;
use huilu_api_spec::slot::{Slot, SlotList, SlotQuery};
use huilu_model::Seconds;

use crate::app::error::{AppError, AppResult};
use crate::app::fault::{FaultCode, Faults};
use crate::app::services::{Actor, Services};
use crate::app::{days, places, wire};
use crate::db::{Tx, slots};
use crate::domain::place::SERVICE_RESOLUTION;
use crate::domain::policy;
use crate::domain::slot::{SLOT_S, SlotKey, SlotUsage};

pub(crate) use desks::Desks;
pub use quotes::{QuoteOrder, quote};

/// Collectors come between these local times.
pub(crate) const DAY_BEGINS: Seconds = Seconds(6 * 3_600);
pub(crate) const DAY_ENDS: Seconds = Seconds(22 * 3_600);
/// Farther ahead than this nothing can be booked.
pub(crate) const DAYS_AHEAD: u64 = 14;

/// The slots of one local day around a place.
///
/// # Errors
/// Faults of the query.
pub async fn list(services: &Services, actor: &Actor, query: &SlotQuery) -> AppResult<SlotList> {
    let (cell, date) = asked(services, actor, query)?;
    let used = slots::usage(services.db.read(), actor.operator_id(), cell, date).await?;
    let zone = actor.operator.zone;
    let now = services.clock.now();
    let first = DAY_BEGINS.0 / SLOT_S.0;
    let after_last = DAY_ENDS.0 / SLOT_S.0;
    let slot = |begin: i64| {
        let (start, end) = (zone.at(date, Seconds(begin)), zone.at(date, Seconds(begin) + SLOT_S));
        let key = SlotKey::of_window(actor.operator_id(), cell, date, Seconds(begin));
        let (capacity, taken) = key.map_or((0, 0), |key| standing(&used, &key));
        let left = if start < now { 0 } else { (capacity - taken).max(0) };
        Slot { window: wire::span(zone, start, end), capacity, left }
    };
    Ok(SlotList {
        date: date.to_string(),
        time_zone: zone.to_string(),
        cell: cell.to_string(),
        slots: (first..after_last).map(|index| slot(index * SLOT_S.0)).collect(),
    })
}

fn asked(services: &Services, actor: &Actor, query: &SlotQuery) -> Result<(CellIndex, NaiveDate), Faults> {
    let mut faults = Faults::default();
    let place = places::of_query(&mut faults, &actor.operator, &query.lat, &query.lon, &query.datum);
    let date = days::of_query(&mut faults, &query.date);
    let last = days::after(days::today(services, actor), DAYS_AHEAD);
    if date.is_some_and(|date| date > last) {
        let message = format!("Nothing can be booked after {last} yet");
        faults.parameter(FaultCode::TooFarAhead, "date", message, format!("Ask for a day up to {last}."));
    }
    match (place.and_then(|place| place.cell(SERVICE_RESOLUTION)), date) {
        (Some(cell), Some(date)) if faults.is_empty() => Ok((cell, date)),
        _ => Err(faults),
    }
}

/// Capacity of a slot and how much of it is taken; a slot that nobody booked has no row yet.
fn standing(rows: &[SlotUsage], key: &SlotKey) -> (i64, i64) {
    rows.iter().find(|row| row.key == *key).map_or((policy::SLOT_CAPACITY, 0), |row| (row.capacity, row.used))
}

/// Takes one place in a slot.
///
/// # Errors
/// A conflict `SLOT_FULL`.
pub(crate) async fn take(tx: &Tx, key: &SlotKey) -> AppResult<()> {
    let rows = slots::usage(&**tx, key.operator, key.cell, key.service_date).await?;
    let (capacity, _) = standing(&rows, key);
    if slots::take(&**tx, key, capacity).await? {
        return Ok(());
    }
    Err(AppError::conflict(
        "SLOT_FULL",
        "No more pickups fit around this place at that time. GET /v1/slots lists free slots.",
    ))
}

/// Gives one place back.
///
/// # Errors
/// Where the database does not answer.
pub(crate) async fn give_back(tx: &Tx, key: &SlotKey) -> AppResult<()> {
    Ok(slots::release(&**tx, key).await?)
}
