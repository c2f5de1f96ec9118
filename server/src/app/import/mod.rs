//! Takes a city in: generated or read from files, it becomes rows in one transaction, and its roads a prepared network.

mod closures;
mod events;
mod files;
mod records;
mod roads;
#[cfg(test)]
mod tests;
mod tokens;

use std::collections::HashMap;
use std::sync::Arc;

use huilu_seeds as seeds;
use serde_json::json;
use sha2::{Digest, Sha256};

pub use self::closures::{ClosuresImported, closures};
pub use self::files::{FileImported, FileKind, file};
use self::records::Records;
pub use self::roads::{
    BadCityKey, CityKey, NewCity, RoadsImported, RoadsSource, has_roads, network_key, new_city, profile_changes, roads,
};
pub use self::tokens::{Tokens, tokens};
use super::areas::AreaMap;
use super::error::{AppError, AppResult};
use super::events::before_a_change;
use super::services::Services;
use crate::db::{self, Tx};
use crate::domain::booking::{Booking, BookingState};
use crate::domain::operator::Operator;
use crate::domain::slot::{SlotKey, SlotUsage};
use crate::domain::{Instant, OperatorId, policy};

/// What came in, for people to read.
#[derive(Clone, Debug)]
pub struct CityImported {
    pub operator: OperatorId,
    /// Absent for a city without any.
    pub roads: Option<RoadsImported>,
    pub areas: usize,
    pub buildings: usize,
    pub outlets: usize,
    pub depots: usize,
    pub vehicles: usize,
    pub past_bookings: usize,
    pub open_bookings: usize,
}

/// Writes a whole city, with its roads and the catalogue that it is sorted by. All or nothing.
///
/// `progress` is told the share of the roads that is prepared, from 0 to 1.
///
/// # Errors
/// A conflict `CITY_EXISTS` where its key is taken, `BAD_ROADS` where its roads cannot be read; an internal error where a
/// record names one that is missing.
pub async fn city(
    services: &Services,
    city: &seeds::City,
    catalogue: &seeds::Catalogue,
    progress: Arc<dyn Fn(f64) + Send + Sync>,
) -> AppResult<CityImported> {
    let now = services.clock.now();
    let taken = || AppError::conflict("CITY_EXISTS", format!("The city `{}` is already in this database.", city.key));
    if db::operators::by_key(services.db.read(), &city.key).await?.is_some() {
        return Err(taken());
    }
    // The roads first: a city that is there has them.
    let roads = match city.roads_pbf.is_empty() {
        true => None,
        false => Some(roads::prepare(services, RoadsSource::plain(city.roads_pbf.clone()), progress).await?.1),
    };
    let tx = services.db.begin().await?;
    if db::operators::by_key(&*tx, &city.key).await?.is_some() {
        return Err(taken());
    }
    let operator = Operator { roads: roads.as_ref().map(|roads| roads.key.clone()), ..records::operator(city, now)? };
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
    events::opened(&tx, &outlets, now).await?;
    let depots = records.depots(&city.depots)?;
    db::depots::insert_many(&*tx, &depots).await?;
    let vehicles = records.vehicles(&city.vehicles)?;
    db::vehicles::insert_many(&*tx, &vehicles).await?;
    let past = records.bookings(&city.past_bookings, BookingState::Completed)?;
    let open = records.bookings(&city.bookings, BookingState::Booked)?;
    db::bookings::insert_many(&*tx, &past).await?;
    store_open(&tx, &operator, &open, now).await?;

    let imported = CityImported {
        operator: operator.id,
        roads,
        areas: areas.len(),
        buildings: buildings.len(),
        outlets: outlets.len(),
        depots: depots.len(),
        vehicles: vehicles.len(),
        past_bookings: past.len(),
        open_bookings: open.len(),
    };
    let data = json!({ "bookings": open.len(), "past_bookings": past.len() });
    events::imported(&tx, &operator, now, data).await?;
    tx.commit().await?;
    Ok(imported)
}

/// Adds open bookings of another day to a city that is there already, as when a demo is looked at weeks later.
///
/// Their buildings are left out, since keys of those are not stored; the published plan of their day is stale then.
///
/// # Errors
/// As [`city`].
pub async fn open_bookings(services: &Services, operator: &Operator, bookings: &[seeds::Booking]) -> AppResult<usize> {
    let now = services.clock.now();
    let tx = services.db.begin().await?;
    before_a_change(&tx, operator.id).await?;
    let catalogue = db::catalogue::load(&*tx, operator.id).await?;
    let areas = AreaMap::new(&db::areas::all(&*tx, operator.id).await?);
    let open = Records::joining(operator, &catalogue, now, areas).bookings(bookings, BookingState::Booked)?;
    store_open(&tx, operator, &open, now).await?;
    events::imported(&tx, operator, now, json!({ "bookings": open.len() })).await?;
    tx.commit().await?;
    Ok(open.len())
}

/// Everything that makes a booking one that is to be collected: its row, its place in the slot, its event, and word to
/// the plan of its day.
async fn store_open(tx: &Tx, operator: &Operator, open: &[Booking], now: Instant) -> AppResult<()> {
    db::bookings::insert_many(&**tx, open).await?;
    db::slots::record_many(&**tx, &slots(operator, open)).await?;
    events::booked(tx, open, now).await?;
    events::mark_stale(tx, operator, open, now).await
}

/// The places that the bookings take.
fn slots(operator: &Operator, bookings: &[Booking]) -> Vec<SlotUsage> {
    let mut used: HashMap<SlotKey, i64> = HashMap::new();
    for booking in bookings {
        let key = SlotKey::of_window(operator.id, booking.cell, booking.service_date, booking.window.start_s);
        if let Some(key) = key {
            *used.entry(key).or_default() += 1;
        }
    }
    let mut slots: Vec<SlotUsage> =
        used.into_iter().map(|(key, used)| SlotUsage { key, capacity: policy::SLOT_CAPACITY, used }).collect();
    slots.sort_by_key(|slot| (u64::from(slot.key.cell), slot.key.index));
    slots
}

/// SHA-256 in hexadecimal.
fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
