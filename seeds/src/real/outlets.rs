//! Outlets from CSV, plain or gzipped.
//!
//! Columns: `lon`, `lat` (both required); `key`, `osm_id` or `cp_id`; `kind` (our codes), or OpenStreetMap's `amenity`
//! with `recycling_type`, or Hong Kong's `legend`; `streams` or `materials` (`;` or `,` between them; our codes,
//! OpenStreetMap's `recycling:*` keys or Hong Kong's words); `hours` (`08:00-20:00`, `24/7`); `host`; `area`;
//! `accepts_collectors`; `capacity_g` and `capacity_l` (each stream, each day); `unload_s`; `gate_fee_fen`;
//! `opening_cost_fen`; `name`, `name_zh`, `name_en`.

use std::collections::BTreeSet;

use huilu_model::{Datum, Grams, Litres, Seconds};

use super::Read;
use super::buildings::names_of;
use super::fault::{Faults, ReadError};
use super::network;
use super::opening;
use super::table::{COUNT, LAT, LON, Names, Row, Table};
use crate::catalogue::Catalogue;
use crate::records::{DailyHours, HostType, Outlet, OutletKind, StreamAmount};

const KEY: Names = &["key", "osm_id", "cp_id", "id"];
const KIND: Names = &["kind"];
const AMENITY: Names = &["amenity"];
const RECYCLING_TYPE: Names = &["recycling_type"];
const LEGEND: Names = &["legend"];
const STREAMS: Names = &["streams", "materials", "waste_type"];
const HOURS: Names = &["hours", "opening_hours", "openhour_en"];
const NAME: Names = &["name"];
const NAME_ZH: Names = &["name_zh", "address_sc"];
const NAME_EN: Names = &["name_en", "address_en"];
/// Which kinds of rows a table without a `kind` has.
const KINDS: [Names; 3] = [KIND, AMENITY, LEGEND];

/// Words for what an outlet takes, in lower case with `_` for blanks, by stream.
const WORDS: [(&str, &[&str]); 9] = [
    ("paper", &["cardboard", "magazines", "newspaper", "books", "cartons", "beverage_cartons", "paper_packaging"]),
    ("plastic", &["plastics", "plastic_bottle", "plastic_bottles", "plastic_packaging", "pet", "styrofoam"]),
    ("metal", &["metals", "cans", "scrap_metal", "aluminium"]),
    ("glass", &["glass_bottle", "glass_bottles"]),
    ("textile", &["clothes", "shoes", "textiles"]),
    (
        "weee",
        &[
            "electrical_items",
            "electrical_appliances",
            "small_appliances",
            "small_electrical_and_electronic_equipment",
            "regulated_electrical_equipment",
            "computers",
            "mobile_phones",
        ],
    ),
    ("bulky", &["furniture"]),
    ("battery", &["batteries", "rechargeable_batteries"]),
    ("hazardous", &["hazardous_waste", "fluorescent_tubes", "fluorescent_lamp", "low_energy_bulbs"]),
];

/// Reads outlets from CSV, plain or gzipped. What the file does not say (streams, hours, capacity) is what outlets of
/// that kind usually have; the notes say so.
///
/// # Errors
/// [`ReadError`] with every row whose place, kind, key or figures are wrong.
pub fn outlets(file: &str, bytes: &[u8], datum: Datum, catalogue: &Catalogue) -> Result<Read<Outlet>, ReadError> {
    let mut faults = Faults::of(file);
    let table = Table::read(file, bytes, &[LON, LAT], &mut faults)?;
    if !KINDS.iter().any(|names| table.has(names)) {
        faults.add(Some(1), "no column `kind`, `amenity` or `legend`");
        return Err(faults.into_error());
    }
    let mut records = Vec::new();
    let mut keys = BTreeSet::new();
    let mut left_out = 0;
    let mut unknown = BTreeSet::new();
    let mut hours_unread = 0;
    for row in table.rows() {
        let Some(kind) = kind_of(row, &mut faults) else {
            left_out += 1;
            continue;
        };
        let (streams, unread) = streams_of(row, kind, catalogue, table.is_ours(STREAMS), &mut faults);
        unknown.extend(unread);
        let hours = row.text(HOURS).map(opening::daily);
        hours_unread += usize::from(matches!(hours, Some(None)));
        let Some(outlet) = outlet(row, kind, streams, hours.flatten(), datum, &mut faults) else { continue };
        if !keys.insert(outlet.key.clone()) {
            faults.add(Some(row.line), format!("the key `{}` was there before", outlet.key));
        }
        records.push(outlet);
    }
    if records.is_empty() {
        faults.add(None, "no outlet");
    }
    let mut notes: Vec<String> = network::ASSUMED.iter().map(|&note| note.to_owned()).collect();
    if left_out > 0 {
        notes.push(format!("{file}: {left_out} rows are no outlets for recyclables and are left out."));
    }
    if hours_unread > 0 {
        notes.push(format!(
            "{file}: {hours_unread} opening hours differ by weekday or are words; the usual ones stand."
        ));
    }
    if !unknown.is_empty() {
        let words: Vec<&str> = unknown.iter().map(String::as_str).take(20).collect();
        notes.push(format!("{file}: these materials are none of ours: {}.", words.join(", ")));
    }
    faults.or(Read { records, notes })
}

/// `None` for what is no outlet (a faulty `kind` too).
fn kind_of(row: Row<'_>, faults: &mut Faults) -> Option<OutletKind> {
    if row.text(KIND).is_some() {
        return row.code(KIND, faults);
    }
    if let Some(amenity) = row.text(AMENITY) {
        return match (amenity, row.text(RECYCLING_TYPE)) {
            ("recycling", Some("centre")) => Some(OutletKind::CollectionPoint),
            ("recycling", _) => Some(OutletKind::SmartBin),
            ("waste_transfer_station", _) => Some(OutletKind::TransferStation),
            _ => None,
        };
    }
    match row.text(LEGEND) {
        Some("Recycling Bins at Public Place" | "Smart Bin") => Some(OutletKind::SmartBin),
        Some(_) => Some(OutletKind::CollectionPoint),
        // The published table has a row without: bins are the least that it can be.
        None if row.has(LEGEND) => Some(OutletKind::SmartBin),
        None => {
            faults.add(Some(row.line), "kind is missing");
            None
        }
    }
}

/// Streams in the catalogue's order, and the words that are none. An unknown code in our own column is a fault.
fn streams_of(
    row: Row<'_>,
    kind: OutletKind,
    catalogue: &Catalogue,
    ours: bool,
    faults: &mut Faults,
) -> (Vec<String>, Vec<String>) {
    let mut taken = BTreeSet::new();
    let mut unknown = Vec::new();
    for word in row.text(STREAMS).unwrap_or_default().split([';', ',']).map(str::trim).filter(|w| !w.is_empty()) {
        let word = word.to_lowercase().replace(' ', "_");
        let known = catalogue.streams.iter().find(|stream| stream.code == word).map(|stream| stream.code.as_str());
        let meant = || WORDS.iter().find(|(_, words)| words.contains(&word.as_str())).map(|&(stream, _)| stream);
        match known.or_else(meant) {
            Some(stream) => _ = taken.insert(stream.to_owned()),
            None if ours => faults.add(Some(row.line), format!("`{word}` is no stream")),
            None => unknown.push(word),
        }
    }
    if taken.is_empty() {
        taken.extend(network::usual_streams(kind).iter().map(|&code| code.to_owned()));
    }
    let streams = catalogue.streams.iter().map(|stream| &stream.code).filter(|code| taken.contains(*code));
    (streams.cloned().collect(), unknown)
}

fn outlet(
    row: Row<'_>,
    kind: OutletKind,
    streams: Vec<String>,
    hours: Option<Vec<DailyHours>>,
    datum: Datum,
    faults: &mut Faults,
) -> Option<Outlet> {
    let place = row.place(datum, faults);
    let usual = network::usual(kind);
    let host = row.code::<HostType>(&["host"], faults);
    let grams = row.number(&["capacity_g"], COUNT, faults);
    let litres = row.number(&["capacity_l"], COUNT, faults);
    let capacity = match (grams, litres) {
        (None, None) => network::usual_capacity(kind, &streams),
        (Some(grams), Some(litres)) => {
            let amount =
                |stream: &String| StreamAmount { stream: stream.clone(), grams: Grams(grams), litres: Litres(litres) };
            streams.iter().map(amount).collect()
        }
        _ => {
            faults.add(Some(row.line), "capacity_g and capacity_l go together");
            Vec::new()
        }
    };
    let unload = row.number(&["unload_s"], 0..=86_400, faults).map_or(usual.unload, Seconds);
    let accepts_collectors = row.flag(&["accepts_collectors"], faults).unwrap_or(usual.accepts_collectors);
    let gate_fee_fen = row.number(&["gate_fee_fen"], -1_000_000..=1_000_000, faults).unwrap_or(0);
    let opening_cost_fen = row.number(&["opening_cost_fen"], COUNT, faults).unwrap_or(usual.opening_cost_fen);
    let (zh, en) = row.text(NAME).map_or((None, None), names_of);
    let zh = row.text(NAME_ZH).map(str::to_owned).or(zh);
    let en = row.text(NAME_EN).map(str::to_owned).or(en);
    let key = row.text(KEY).map_or_else(|| format!("outlet-{}", row.line), str::to_owned);
    let (place, _) = place?;
    Some(Outlet {
        name_zh: zh.clone().or_else(|| en.clone()).unwrap_or_else(|| format!("{} {key}", usual.zh)),
        name_en: en.or(zh).unwrap_or_else(|| format!("{} {key}", usual.en)),
        key,
        area: row.text(&["area"]).map(str::to_owned),
        place,
        kind,
        host,
        streams,
        accepts_collectors,
        hours: hours.unwrap_or(usual.hours),
        capacity,
        unload,
        gate_fee_fen,
        opening_cost_fen,
    })
}
