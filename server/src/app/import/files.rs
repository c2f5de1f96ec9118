//! One of a city's own files, taken in whole or not at all, and only once.

use std::fmt;

use chrono::Days;
use huilu_model::Datum;
use huilu_seeds::{Catalogue, real};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::records::Records;
use super::{note, slots};
use crate::app::error::{AppError, AppResult};
use crate::app::services::Services;
use crate::db;
use crate::domain::booking::BookingState;
use crate::domain::event::EventKind;
use crate::domain::operator::Operator;
use crate::domain::place::Bounds;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Areas,
    Buildings,
    Outlets,
    Bookings,
}

impl fmt::Display for FileKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Areas => "areas",
            Self::Buildings => "buildings",
            Self::Outlets => "outlets",
            Self::Bookings => "bookings",
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileImported {
    /// Rows that were added; 0 where the same file came before.
    pub added: usize,
    /// The same bytes were taken in before: nothing was done.
    pub again: bool,
    /// What was assumed or left out, for people to read.
    pub notes: Vec<String>,
}

/// Reads a file and adds its records to the city. Bookings without a date of their own are for tomorrow.
///
/// # Errors
/// A conflict `BAD_FILE` with one line for each fault of the file, or for each place outside the city.
pub async fn file(
    services: &Services,
    operator: &Operator,
    kind: FileKind,
    name: &str,
    bytes: &[u8],
    datum: Datum,
) -> AppResult<FileImported> {
    let digest: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let now = services.clock.now();
    let tx = services.db.begin().await?;
    let before = db::events::of_subject(&*tx, operator.id, operator.id.0).await?;
    let same = |event: &crate::domain::event::Event| {
        event.event.kind == EventKind::OperatorImported && event.event.data["sha256"] == digest.as_str()
    };
    if before.iter().any(same) {
        return Ok(FileImported { added: 0, again: true, notes: Vec::new() });
    }
    let seeds_catalogue = Catalogue::built_in().map_err(AppError::internal)?;
    let catalogue = db::catalogue::load(&*tx, operator.id).await?;
    let mut records = Records::new(operator, &catalogue, now);
    let (added, notes) = match kind {
        FileKind::Areas => {
            let read = real::areas(name, bytes, datum).map_err(bad_file)?;
            let rows = records.areas(&read.records)?;
            db::areas::insert_many(&*tx, &rows).await?;
            (rows.len(), read.notes)
        }
        FileKind::Buildings => {
            let read = real::buildings(name, bytes, datum).map_err(bad_file)?;
            inside(name, operator.bounds, read.records.iter().map(|building| (&building.key, building.place)))?;
            let loose: Vec<_> = read
                .records
                .into_iter()
                .map(|mut b| {
                    b.area = None;
                    b
                })
                .collect();
            let rows = records.buildings(&loose)?;
            db::buildings::insert_many(&*tx, &rows).await?;
            (rows.len(), read.notes)
        }
        FileKind::Outlets => {
            let read = real::outlets(name, bytes, datum, &seeds_catalogue).map_err(bad_file)?;
            inside(name, operator.bounds, read.records.iter().map(|outlet| (&outlet.key, outlet.place)))?;
            let loose: Vec<_> = read
                .records
                .into_iter()
                .map(|mut o| {
                    o.area = None;
                    o
                })
                .collect();
            let rows = records.outlets(&loose)?;
            db::outlets::insert_many(&*tx, &rows).await?;
            (rows.len(), read.notes)
        }
        FileKind::Bookings => {
            let today = operator.zone.date_of(now);
            let tomorrow = today.checked_add_days(Days::new(1)).unwrap_or(today);
            let read = real::bookings(name, bytes, datum, &seeds_catalogue, tomorrow).map_err(bad_file)?;
            inside(name, operator.bounds, read.records.iter().map(|booking| (&booking.key, booking.place)))?;
            let loose: Vec<_> = read
                .records
                .into_iter()
                .map(|mut b| {
                    (b.area, b.building) = (None, None);
                    b
                })
                .collect();
            let rows = records.bookings(&loose, BookingState::Booked)?;
            db::bookings::insert_many(&*tx, &rows).await?;
            db::slots::record_many(&*tx, &slots(operator, &rows)).await?;
            (rows.len(), read.notes)
        }
    };
    note(&tx, operator, services, json!({ "kind": kind.to_string(), "rows": added, "sha256": digest })).await?;
    tx.commit().await?;
    Ok(FileImported { added, again: false, notes })
}

fn bad_file(error: real::ReadError) -> AppError {
    AppError::conflict("BAD_FILE", error.to_string())
}

/// More places than these are counted, not named.
const OUTSIDE_NAMED: usize = 20;

fn inside<'a>(
    file: &str,
    bounds: Bounds,
    places: impl Iterator<Item = (&'a String, huilu_model::Wgs84)>,
) -> AppResult<()> {
    let outside: Vec<_> = places.filter(|(_, at)| !bounds.contains(*at)).collect();
    if outside.is_empty() {
        return Ok(());
    }
    let line = |(key, at): &(&String, huilu_model::Wgs84)| {
        format!("{file}: `{key}` at {:.5}, {:.5} lies outside the city", at.lat, at.lon)
    };
    let mut lines: Vec<String> = outside.iter().take(OUTSIDE_NAMED).map(line).collect();
    if outside.len() > OUTSIDE_NAMED {
        lines.push(format!("... and {} more; is the datum right?", outside.len() - OUTSIDE_NAMED));
    }
    Err(AppError::conflict("BAD_FILE", lines.join("\n")))
}
