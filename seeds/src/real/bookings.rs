//! Bookings from CSV, plain or gzipped.
//!
//! Columns: `lon`, `lat`, `window_start`, `window_end` (all required; local times, see [`super::moment`]); `key` (rows
//! of one key are items of one booking); `service_date`; `created`; `building`, `area` (keys); `floor`, `lift`;
//! `material` with `amount_g` or `pieces`, and `amount_l` where the volume is known. LaDe's names are understood too:
//! `order_id`, `lng`, `time_window_start`, `time_window_end`, `accept_time`. Without a `material` column the items are
//! drawn, and the notes say so.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use huilu_model::{Datum, Grams, Litres, Seconds};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::Read;
use super::fault::{Faults, ReadError};
use super::moment::{DAY_S, Moment, window};
use super::table::{LAT, LON, Names, Row, Table};
use super::windows::{ACCEPTED, END, START};
use crate::amounts;
use crate::catalogue::Catalogue;
use crate::records::{Booking, BookingItem};

const KEY: Names = &["key", "order_id", "id"];
const MATERIAL: Names = &["material"];
/// Noon of the day before, where a file does not say when a booking was made.
const CREATED: Seconds = Seconds(-DAY_S / 2);
/// 100 t and 1,000 m³: more is no pickup at a door.
const GRAMS_MAX: i64 = 100_000_000;
const LITRES_MAX: i64 = 1_000_000;

/// Reads bookings from CSV, plain or gzipped. Rows without a date of their own (LaDe's have no year) are for `date`.
///
/// # Errors
/// [`ReadError`] with every row whose place, window, material or amount is wrong.
pub fn bookings(
    file: &str,
    bytes: &[u8],
    datum: Datum,
    catalogue: &Catalogue,
    date: NaiveDate,
) -> Result<Read<Booking>, ReadError> {
    let mut faults = Faults::of(file);
    let table = Table::read(file, bytes, &[LON, LAT, START, END], &mut faults)?;
    let weighed = table.has(MATERIAL);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    let mut records: Vec<Booking> = Vec::new();
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for row in table.rows() {
        let own = booking(row, datum, date, &mut faults);
        let items = match weighed {
            true => item(row, catalogue, &mut faults).into_iter().collect(),
            false => amounts::items(&mut rng, catalogue),
        };
        let Some(mut own) = own else { continue };
        own.items = items;
        match known.get(&own.key) {
            Some(&earlier) => join(&mut records[earlier], own, row.line, &mut faults),
            None => {
                known.insert(own.key.clone(), records.len());
                records.push(own);
            }
        }
    }
    if records.is_empty() {
        faults.add(None, "no booking");
    }
    let mut notes = Vec::new();
    if !weighed {
        notes.push(format!("{file} says nothing of materials."));
        notes.extend(amounts::ASSUMED_AMOUNTS.iter().map(|&note| note.to_owned()));
    }
    faults.or(Read { records, notes })
}

/// Everything of a row but its items.
fn booking(row: Row<'_>, datum: Datum, date: NaiveDate, faults: &mut Faults) -> Option<Booking> {
    let place = row.place(datum, faults);
    let start = moment(row, START, faults);
    let end = moment(row, END, faults);
    let floor = row.number(&["floor"], -10..=200, faults);
    let lift = row.flag(&["lift"], faults);
    let own_date = match row.text(&["service_date"]).map(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d")) {
        Some(Ok(own)) => Some(own),
        Some(Err(_)) => {
            faults.add(Some(row.line), "service_date is no date such as 2026-05-02");
            return None;
        }
        None => None,
    };
    let created = match row.text(ACCEPTED) {
        None => None,
        Some(_) => Some(moment(row, ACCEPTED, faults)?),
    };
    let ((place, entered), start, end) = (place?, start?, end?);
    let window = match window(start, end) {
        Ok(window) => window,
        Err(cause) => {
            faults.add(Some(row.line), cause);
            return None;
        }
    };
    let start_date = start.date.filter(|_| start.has_year);
    if let (Some(own), Some(starts)) = (own_date, start_date)
        && own != starts
    {
        faults.add(Some(row.line), "the window starts on another day than service_date");
        return None;
    }
    Some(Booking {
        key: row.text(KEY).map_or_else(|| format!("booking-{}", row.line), str::to_owned),
        building: row.text(&["building"]).map(str::to_owned),
        area: row.text(&["area"]).map(str::to_owned),
        place,
        entered,
        items: Vec::new(),
        window,
        service_date: own_date.or(start_date).unwrap_or(date),
        floor,
        lift,
        created: created.map_or(CREATED, |made| made.since_midnight_of(start)),
    })
}

fn moment(row: Row<'_>, names: Names, faults: &mut Faults) -> Option<Moment> {
    let moment = row.text(names).and_then(Moment::parse);
    if moment.is_none() {
        faults.add(Some(row.line), format!("{} is no local time such as 09:30 or 2026-05-02 09:30", names[0]));
    }
    moment
}

fn item(row: Row<'_>, catalogue: &Catalogue, faults: &mut Faults) -> Option<BookingItem> {
    let Some(code) = row.text(MATERIAL) else {
        faults.add(Some(row.line), "material is missing");
        return None;
    };
    let Some(material) = catalogue.material(code) else {
        faults.add(Some(row.line), format!("`{code}` is no material"));
        return None;
    };
    let given = row.number(&["amount_g"], 1..=GRAMS_MAX, faults);
    let litres = row.number(&["amount_l"], 1..=LITRES_MAX, faults);
    let pieces = row.number::<u32>(&["pieces"], 1..=10_000, faults);
    let counted = material.piece.as_ref().zip(pieces).map(|(piece, n)| (piece, i64::from(n)));
    let by_piece = counted.map(|(piece, n)| Grams(piece.grams.0 * n));
    let Some(grams) = given.map(Grams).or(by_piece) else {
        if row.text(&["amount_g"]).is_none() && row.text(&["pieces"]).is_none() {
            faults.add(Some(row.line), "amount_g or pieces is missing");
        } else if pieces.is_some() {
            faults.add(Some(row.line), format!("`{code}` is not counted by pieces: amount_g is missing"));
        }
        return None;
    };
    let volume = counted.map(|(piece, n)| Litres(piece.litres.0 * n)).unwrap_or_else(|| material.litres(grams));
    Some(BookingItem {
        material: code.to_owned(),
        grams,
        litres: litres.map_or(volume, Litres),
        pieces: counted.and(pieces),
    })
}

/// Adds the items of a further row of the same booking.
fn join(earlier: &mut Booking, own: Booking, line: u64, faults: &mut Faults) {
    let same = earlier.place == own.place && earlier.window == own.window && earlier.service_date == own.service_date;
    if !same {
        faults.add(Some(line), format!("`{}` was there before with another place or window", own.key));
    }
    for item in own.items {
        if earlier.items.iter().any(|before| before.material == item.material) {
            faults.add(Some(line), format!("`{}` holds {} twice", own.key, item.material));
        } else {
            earlier.items.push(item);
        }
    }
}
