//! Takes a city in: generated or read from files, it becomes rows in one transaction, and its roads a prepared network.

mod files;
mod records;
mod roads;
mod tokens;

use std::collections::HashMap;

use huilu_seeds as seeds;
use serde_json::json;

pub use self::files::{FileImported, FileKind, file};
use self::records::Records;
pub use self::roads::{NewCity, RoadsImported, new_city, roads};
pub use self::tokens::{Tokens, tokens};
use super::error::{AppError, AppResult};
use super::services::Services;
use crate::db::{self, Tx};
use crate::domain::booking::{Booking, BookingState};
use crate::domain::event::{EventKind, NewEvent, SubjectKind};
use crate::domain::operator::Operator;
use crate::domain::slot::{SlotKey, SlotUsage};
use crate::domain::{OperatorId, policy};

/// What came in, for people to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CityImported {
    pub operator: OperatorId,
    pub areas: usize,
    pub buildings: usize,
    pub outlets: usize,
    pub depots: usize,
    pub vehicles: usize,
    pub past_bookings: usize,
    pub open_bookings: usize,
}

/// Writes a whole city, with the catalogue that it is sorted by. All or nothing.
///
/// # Errors
/// A conflict `CITY_EXISTS` where its key is taken; an internal error where a record names one that is missing.
pub async fn city(services: &Services, city: &seeds::City, catalogue: &seeds::Catalogue) -> AppResult<CityImported> {
    let now = services.clock.now();
    let tx = services.db.begin().await?;
    if db::operators::by_key(&*tx, &city.key).await?.is_some() {
        return Err(AppError::conflict("CITY_EXISTS", format!("The city `{}` is already in this database.", city.key)));
    }
    let operator = records::operator(city, now)?;
    db::operators::insert(&*tx, &operator).await?;
    let catalogue = records::catalogue(catalogue)?;
    db::catalogue::replace(&*tx, operator.id, &catalogue).await?;

    let mut records = Records::new(&operator, &catalogue, now);
    let areas = records.areas(&city.areas)?;
    db::areas::insert_many(&*tx, &areas).await?;
    let buildings = records.buildings(&city.buildings)?;
    db::buildings::insert_many(&*tx, &buildings).await?;
    let outlets = records.outlets(&city.outlets)?;
    db::outlets::insert_many(&*tx, &outlets).await?;
    let depots = records.depots(&city.depots)?;
    db::depots::insert_many(&*tx, &depots).await?;
    let vehicles = records.vehicles(&city.vehicles)?;
    db::vehicles::insert_many(&*tx, &vehicles).await?;
    let past = records.bookings(&city.past_bookings, BookingState::Completed)?;
    let open = records.bookings(&city.bookings, BookingState::Booked)?;
    db::bookings::insert_many(&*tx, &past).await?;
    db::bookings::insert_many(&*tx, &open).await?;
    db::slots::record_many(&*tx, &slots(&operator, &open)).await?;

    let imported = CityImported {
        operator: operator.id,
        areas: areas.len(),
        buildings: buildings.len(),
        outlets: outlets.len(),
        depots: depots.len(),
        vehicles: vehicles.len(),
        past_bookings: past.len(),
        open_bookings: open.len(),
    };
    note(&tx, &operator, services, json!({ "bookings": open.len(), "past_bookings": past.len() })).await?;
    tx.commit().await?;
    Ok(imported)
}

/// Adds open bookings of another day to a city that is there already, as when a demo is looked at weeks later.
///
/// Buildings and areas are left out: their keys are not stored.
///
/// # Errors
/// As [`city`].
pub async fn open_bookings(services: &Services, operator: &Operator, bookings: &[seeds::Booking]) -> AppResult<usize> {
    let now = services.clock.now();
    let tx = services.db.begin().await?;
    let catalogue = db::catalogue::load(&*tx, operator.id).await?;
    let loose: Vec<seeds::Booking> =
        bookings.iter().map(|b| seeds::Booking { building: None, area: None, ..b.clone() }).collect();
    let open = Records::new(operator, &catalogue, now).bookings(&loose, BookingState::Booked)?;
    db::bookings::insert_many(&*tx, &open).await?;
    db::slots::record_many(&*tx, &slots(operator, &open)).await?;
    note(&tx, operator, services, json!({ "bookings": open.len() })).await?;
    tx.commit().await?;
    Ok(open.len())
}

async fn note(tx: &Tx, operator: &Operator, services: &Services, data: serde_json::Value) -> AppResult<()> {
    let event = NewEvent {
        operator: operator.id,
        kind: EventKind::OperatorImported,
        subject_kind: SubjectKind::Operator,
        subject: operator.id.0,
        actor: None,
        at: services.clock.now(),
        data,
    };
    Ok(db::events::append(&**tx, &[event]).await?)
}

/// Imported bookings take their places too; what they took before there was a capacity is within it.
fn slots(operator: &Operator, bookings: &[Booking]) -> Vec<SlotUsage> {
    let mut used: HashMap<SlotKey, i64> = HashMap::new();
    for booking in bookings {
        let key = SlotKey::of_window(operator.id, booking.cell, booking.service_date, booking.window.start_s);
        if let Some(key) = key {
            *used.entry(key).or_default() += 1;
        }
    }
    let mut slots: Vec<SlotUsage> = used
        .into_iter()
        .map(|(key, used)| SlotUsage { key, capacity: used.max(policy::SLOT_CAPACITY), used })
        .collect();
    slots.sort_by_key(|slot| (u64::from(slot.key.cell), slot.key.index));
    slots
}
