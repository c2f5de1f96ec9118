//! Buildings from CSV, plain or gzipped.
//!
//! Columns: `lon`, `lat` (both required); `key` or `osm_way_id`; `kind` (our codes) or `building` (OpenStreetMap's
//! tag); `households`, or what they are estimated from: `levels`, `height_m`, `area_m2`; `gate_lon`, `gate_lat`; `area`
//! (key of an area); `name`, `name_zh`, `name_en`.

use std::collections::BTreeSet;

use huilu_model::{Datum, Wgs84};

use super::Read;
use super::fault::{Faults, ReadError};
use super::homes;
use super::table::{LAT, LON, Names, Row, Table};
use crate::records::{Building, BuildingKind};

const KEY: Names = &["key", "osm_way_id", "id"];
const KIND: Names = &["kind"];
const TAG: Names = &["building"];
const LEVELS: Names = &["levels", "building:levels"];
const HEIGHT: Names = &["height_m", "height"];
const AREA_M2: Names = &["area_m2"];
const HOUSEHOLDS: Names = &["households"];
const NAME: Names = &["name"];

/// A building and the gross floor area that its households live on, m²; 0 where nobody does.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) building: Building,
    pub(super) home_m2: f64,
}

/// Reads buildings from CSV, plain or gzipped.
///
/// # Errors
/// [`ReadError`] with every row whose place, kind, key or figures are wrong.
pub fn buildings(file: &str, bytes: &[u8], datum: Datum) -> Result<Read<Building>, ReadError> {
    let found = found(file, bytes, datum)?;
    let notes = homes::ASSUMED.iter().map(|&note| note.to_owned()).collect();
    Ok(Read { records: found.into_iter().map(|found| found.building).collect(), notes })
}

pub(super) fn found(file: &str, bytes: &[u8], datum: Datum) -> Result<Vec<Found>, ReadError> {
    let mut faults = Faults::of(file);
    let table = Table::read(file, bytes, &[LON, LAT], &mut faults)?;
    let mut keys = BTreeSet::new();
    let mut all = Vec::new();
    for row in table.rows() {
        let Some(found) = building(row, datum, &mut faults) else { continue };
        if !keys.insert(found.building.key.clone()) {
            faults.add(Some(row.line), format!("the key `{}` was there before", found.building.key));
        }
        all.push(found);
    }
    if all.is_empty() {
        faults.add(None, "no building");
    }
    faults.or(all)
}

fn building(row: Row<'_>, datum: Datum, faults: &mut Faults) -> Option<Found> {
    let place = row.place(datum, faults);
    let tag = row.text(TAG).unwrap_or("yes");
    let name = row.text(NAME);
    let levels = row.number(LEVELS, 0.0..=500.0, faults);
    let height_m = row.number(HEIGHT, 0.0..=2_000.0, faults);
    let area_m2 = row.number(AREA_M2, 0.0..=1e8, faults);
    let kind = match row.text(KIND) {
        Some(_) => row.code::<BuildingKind>(KIND, faults)?,
        None => homes::kind_of(tag, name, area_m2),
    };
    let lives = matches!(kind, BuildingKind::Residential | BuildingKind::Compound | BuildingKind::Village);
    let home_m2 = if lives { homes::floor_m2(tag, area_m2.unwrap_or(0.0), levels, height_m) } else { 0.0 };
    let counted = row.number(HOUSEHOLDS, 0..=100_000, faults);
    let estimated = if home_m2 > 0.0 { homes::households_on(home_m2) } else { 0 };
    let (zh, en) = name.map_or((None, None), names_of);
    let (place, _) = place?;
    let building = Building {
        key: row.text(KEY).map_or_else(|| format!("building-{}", row.line), str::to_owned),
        area: row.text(&["area"]).map(str::to_owned),
        kind,
        place,
        gate: gate(row, datum, faults),
        households: counted.unwrap_or(estimated),
        name_zh: row.text(&["name_zh"]).map(str::to_owned).or(zh),
        name_en: row.text(&["name_en"]).map(str::to_owned).or(en),
    };
    Some(Found { building, home_m2 })
}

fn gate(row: Row<'_>, datum: Datum, faults: &mut Faults) -> Option<Wgs84> {
    let lon = row.number(&["gate_lon"], -180.0..=180.0, faults);
    let lat = row.number(&["gate_lat"], -90.0..=90.0, faults);
    match (lat, lon) {
        (Some(lat), Some(lon)) => datum.to_wgs84(lat, lon).ok(),
        (None, None) => None,
        _ => {
            faults.add(Some(row.line), "gate_lon and gate_lat go together");
            None
        }
    }
}

/// Chinese and Latin part of a name that holds both, as in `工程大樓 Engineering Building`.
pub(super) fn names_of(name: &str) -> (Option<String>, Option<String>) {
    let chinese = |c: char| ('\u{3400}'..='\u{9fff}').contains(&c);
    let part = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    match name.rfind(chinese) {
        None => (None, part(name)),
        Some(last) => {
            let after = last + name[last..].chars().next().map_or(0, char::len_utf8);
            // A Latin name follows after a blank; a block letter or number does not.
            match name[after..].find(' ').map(|blank| name.split_at(after + blank)) {
                Some((zh, en)) if en.chars().any(|c| c.is_alphabetic()) => (part(zh), part(en)),
                _ => (part(name), None),
            }
        }
    }
}
