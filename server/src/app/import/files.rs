//! One of a city's own files, taken in whole or not at all, and only once.

use std::fmt;

use chrono::Days;
use huilu_model::{Datum, Wgs84};
use huilu_seeds::{Booking, Catalogue, real};
use serde_json::{Value, json};

use super::records::Records;
use super::{events, sha256, store_open};
use crate::app::areas::AreaMap;
use crate::app::error::{AppError, AppResult};
use crate::app::events::before_a_change;
use crate::app::services::Services;
use crate::db::{self, Tx};
use crate::domain::Instant;
use crate::domain::booking::BookingState;
use crate::domain::event::EventKind;
use crate::domain::operator::Operator;

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
    /// The same bytes were taken in before, as this kind and in this datum: nothing was done.
    pub again: bool,
    /// What was assumed or left out, for people to read.
    pub notes: Vec<String>,
}

/// Reads a file and adds its records to the city, in the areas that it has by then. Bookings without a date of their own
/// are for tomorrow; published plans of the bookings' days are stale then.
///
/// # Errors
/// A conflict `BAD_FILE` with one line for each fault of the file, or for each record that the city cannot take: a place
/// outside, a window that is over.
pub async fn file(
    services: &Services,
    operator: &Operator,
    kind: FileKind,
    name: &str,
    bytes: &[u8],
    datum: Datum,
) -> AppResult<FileImported> {
    let mut data = json!({ "kind": kind.to_string(), "datum": datum, "sha256": sha256(bytes) });
    let now = services.clock.now();
    let tx = services.db.begin().await?;
    before_a_change(&tx, operator.id).await?;
    if came_before(&tx, operator, &data).await? {
        return Ok(FileImported { added: 0, again: true, notes: Vec::new() });
    }
    let seeds_catalogue = Catalogue::built_in().map_err(AppError::internal)?;
    let catalogue = db::catalogue::load(&*tx, operator.id).await?;
    let areas = AreaMap::new(&db::areas::all(&*tx, operator.id).await?);
    let mut records = Records::joining(operator, &catalogue, now, areas);
    let (added, notes) = match kind {
        FileKind::Areas => {
            let read = real::areas(name, bytes, datum).map_err(bad_file)?;
            let rows = records.areas(&read.records)?;
            db::areas::insert_many(&*tx, &rows).await?;
            (rows.len(), read.notes)
        }
        FileKind::Buildings => {
            let read = real::buildings(name, bytes, datum).map_err(bad_file)?;
            accept(name, read.records.iter().filter_map(|building| outside(operator, &building.key, building.place)))?;
            let rows = records.buildings(&read.records)?;
            db::buildings::insert_many(&*tx, &rows).await?;
            (rows.len(), read.notes)
        }
        FileKind::Outlets => {
            let read = real::outlets(name, bytes, datum, &seeds_catalogue).map_err(bad_file)?;
            accept(name, read.records.iter().filter_map(|outlet| outside(operator, &outlet.key, outlet.place)))?;
            let rows = records.outlets(&read.records)?;
            db::outlets::insert_many(&*tx, &rows).await?;
            events::opened(&tx, &rows, now).await?;
            (rows.len(), read.notes)
        }
        FileKind::Bookings => {
            let today = operator.zone.date_of(now);
            let tomorrow = today.checked_add_days(Days::new(1)).unwrap_or(today);
            let read = real::bookings(name, bytes, datum, &seeds_catalogue, tomorrow).map_err(bad_file)?;
            let refused = read.records.iter().filter_map(|booking| {
                outside(operator, &booking.key, booking.place).or_else(|| over(operator, booking, now))
            });
            accept(name, refused)?;
            let rows = records.bookings(&read.records, BookingState::Booked)?;
            store_open(&tx, operator, &rows, now).await?;
            (rows.len(), read.notes)
        }
    };
    data["rows"] = json!(added);
    events::imported(&tx, operator, now, data).await?;
    tx.commit().await?;
    Ok(FileImported { added, again: false, notes })
}

/// Whether a file with the same bytes, kind and datum was taken in: the same bytes in another datum are other places.
async fn came_before(tx: &Tx, operator: &Operator, data: &Value) -> AppResult<bool> {
    let before = db::events::of_subject(&**tx, operator.id, operator.id.0).await?;
    let mut imports = before.iter().map(|past| &past.event).filter(|past| past.kind == EventKind::OperatorImported);
    Ok(imports.any(|past| ["sha256", "kind", "datum"].iter().all(|field| past.data[field] == data[field])))
}

fn bad_file(error: real::ReadError) -> AppError {
    AppError::conflict("BAD_FILE", error.to_string())
}

/// What the city has against a record.
struct Refused<'a> {
    key: &'a str,
    cause: String,
}

/// More records than these are counted, not named.
const NAMED_MAX: usize = 20;

/// Nothing, or one line for each record that is refused.
fn accept<'a>(file: &str, refused: impl Iterator<Item = Refused<'a>>) -> AppResult<()> {
    let refused: Vec<_> = refused.collect();
    if refused.is_empty() {
        return Ok(());
    }
    let line = |Refused { key, cause }: &Refused<'_>| format!("{file}: `{key}` {cause}");
    let mut lines: Vec<String> = refused.iter().take(NAMED_MAX).map(line).collect();
    if refused.len() > NAMED_MAX {
        lines.push(format!("... and {} more", refused.len() - NAMED_MAX));
    }
    Err(AppError::conflict("BAD_FILE", lines.join("\n")))
}

fn outside<'a>(operator: &Operator, key: &'a str, at: Wgs84) -> Option<Refused<'a>> {
    let cause = || format!("at {:.5}, {:.5} lies outside the city; is the datum right?", at.lat, at.lon);
    (!operator.bounds.contains(at)).then(|| Refused { key, cause: cause() })
}

/// Nobody can collect in a window that has ended; one that is open today is fine.
fn over<'a>(operator: &Operator, booking: &'a Booking, now: Instant) -> Option<Refused<'a>> {
    let end = operator.zone.at(booking.service_date, booking.window.end);
    let cause = || format!("was to be collected by {}, which is past", operator.zone.rfc3339(end));
    (end < now).then(|| Refused { key: &booking.key, cause: cause() })
}
