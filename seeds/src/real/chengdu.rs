//! The centre of Chengdu: OpenStreetMap's roads and buildings; homes and outlets that the map lacks are made up.

use chrono::NaiveDate;
use huilu_model::{Datum, Wgs84};
use rand::{Rng, RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::assemble::{Draft, assemble, catalogue, windows};
use super::buildings::names_of;
use super::fault::{Faults, ReadError};
use super::files::{ChengduFiles, InputFile};
use super::osm::{self, Extract, Outline};
use super::table::{Names, Table};
use super::{homes, network};
use crate::records::{Area, AreaLevel, Bounds, Building, BuildingKind, City, OutletKind};

/// The box that the extract was cut to; its ways stick out.
const BOX: Bounds = Bounds { south: 30.6528, west: 104.0421, north: 30.7279, east: 104.1296 };
/// The five districts that the box touches.
const DISTRICTS: [(&str, &str, &str); 5] = [
    ("510104", "锦江区", "Jinjiang"),
    ("510105", "青羊区", "Qingyang"),
    ("510106", "金牛区", "Jinniu"),
    ("510107", "武侯区", "Wuhou"),
    ("510108", "成华区", "Chenghua"),
];
const CODE: Names = &["code"];
const NAME: Names = &["name"];
const DISTRICT: Names = &["areacode"];

/// Streets that homes are made up along, how far apart and how far from the middle of the street.
const HOME_STREETS: [&str; 4] = ["residential", "living_street", "unclassified", "tertiary"];
const HOME_EVERY_M: f64 = 60.0;
const HOME_ASIDE_M: f64 = 25.0;
const HOME_HOUSEHOLDS: std::ops::RangeInclusive<u32> = 12..=96;
/// Gross floor area on each m² of residential grounds.
const FLOOR_AREA_RATIO: f64 = 2.0;
/// A mapped building farther from every street is left out: nobody could stop there.
const STREET_M_MAX: f64 = 200.0;
/// How finely streets are sampled when the nearest one is looked for.
const STREET_STEP_M: f64 = 25.0;
const HOUSEHOLDS_FOR_POINT: u32 = 400;
const STATIONS: usize = 4;

const ASSUMED: [&str; 5] = [
    "Homes are made up along the streets, one on either side every 120 m with 12 to 96 households each; the map shows \
     few buildings.",
    "Residential grounds are taken as compounds with a floor area ratio of 2; their gate is at the nearest street.",
    "All outlets are made up: a collection point in the middle of each inhabited 0.7 km², four of them transfer stations.",
    "Residents give their places in GCJ-02, as phones on the mainland show them; they are made from WGS-84.",
    "Subdistricts are known by code and name only; no place is assigned to one, and not all of them reach into the box.",
];

/// The centre of Chengdu on `date`, with 1,500 open bookings for the day after. The same files, seed and date make the
/// same city.
///
/// # Errors
/// [`ReadError`] with the faults of the first file that is broken.
pub fn chengdu(files: &ChengduFiles, seed: u64, date: NaiveDate) -> Result<City, ReadError> {
    let catalogue = catalogue()?;
    let windows = windows(&files.orders)?;
    let areas = subdistricts(&files.subdistricts)?;
    let extract = osm::extract(&files.roads.name, &files.roads.bytes)?;
    let buildings = buildings(&extract, &mut Xoshiro256PlusPlus::seed_from_u64(seed));
    let middles = network::middles(&buildings, HOUSEHOLDS_FOR_POINT);
    let places: Vec<Wgs84> = middles.iter().map(|middle| middle.place).collect();
    let stations = network::spread(&places, STATIONS);
    let (mut n_stations, mut n_points) = (0, 0);
    let outlets = middles.iter().enumerate().map(|(k, middle)| {
        let (kind, number) = match stations.contains(&k) {
            true => (OutletKind::TransferStation, &mut n_stations),
            false => (OutletKind::CollectionPoint, &mut n_points),
        };
        *number += 1;
        network::outlet_at(kind, *number, middle)
    });
    let outlets = outlets.collect();
    let draft = Draft {
        key: "chengdu",
        name_zh: "成都（中心城区）",
        name_en: "Chengdu (centre)",
        zone: "Asia/Shanghai",
        datum_note: "Roads and buildings in WGS-84; residents' places come in GCJ-02.",
        datum: Datum::Gcj02,
        areas,
        buildings,
        outlets,
        etrikes_at: |_| true,
        roads_pbf: files.roads.bytes.clone(),
        assumed: ASSUMED.iter().chain(&homes::ASSUMED).map(|&note| note.to_owned()).collect(),
    };
    assemble(draft, &catalogue, &windows, seed, date)
}

/// City, districts and subdistricts, none with a polygon.
fn subdistricts(file: &InputFile) -> Result<Vec<Area>, ReadError> {
    let area = |code: &str, parent: Option<&str>, level, name_zh: &str, name_en: String| Area {
        key: format!("area-{code}"),
        parent: parent.map(|code| format!("area-{code}")),
        level,
        code: Some(code.to_owned()),
        name_zh: name_zh.to_owned(),
        name_en,
        polygon: None,
        households: None,
    };
    let mut faults = Faults::of(&file.name);
    let table = Table::read(&file.name, &file.bytes, &[CODE, NAME, DISTRICT], &mut faults)?;
    let mut areas = vec![area("5101", None, AreaLevel::City, "成都市", "Chengdu".to_owned())];
    for (code, zh, en) in DISTRICTS {
        areas.push(area(code, Some("5101"), AreaLevel::District, zh, format!("{en} District")));
    }
    for row in table.rows() {
        if let (Some(code), Some(name), Some(district)) = (row.text(CODE), row.text(NAME), row.text(DISTRICT))
            && DISTRICTS.iter().any(|(code, _, _)| *code == district)
        {
            areas.push(area(code, Some(district), AreaLevel::Subdistrict, name, format!("Subdistrict {code}")));
        }
    }
    faults.or(areas)
}

/// Mapped buildings and compounds near a street, then homes along the streets; all inside the box.
fn buildings(extract: &Extract, rng: &mut impl Rng) -> Vec<Building> {
    let kerbs: Vec<Wgs84> = extract.streets.iter().flat_map(|street| street.places(STREET_STEP_M, 0.0)).collect();
    let kerb = |place: Wgs84| {
        // Most kerbs are ruled out by their latitude alone.
        let level = kerbs.iter().filter(|kerb| (kerb.lat - place.lat).abs() * osm::DEGREE_M <= STREET_M_MAX + 1.0);
        let nearest = level.map(|&kerb| (kerb.distance_m(place), kerb)).min_by(|a, b| a.0.total_cmp(&b.0));
        nearest.filter(|&(metres, _)| metres <= STREET_M_MAX).map(|(_, kerb)| kerb)
    };
    let mapped = extract.buildings.iter().filter(|outline| BOX.contains(outline.middle));
    let mapped = mapped.filter(|outline| kerb(outline.middle).is_some()).map(mapped_building);
    let grounds = extract.grounds.iter().filter(|outline| BOX.contains(outline.middle));
    let compounds = grounds.filter_map(|outline| Some(compound(outline, kerb(outline.middle)?)));
    let mut all: Vec<Building> = mapped.chain(compounds).collect();
    for street in extract.streets.iter().filter(|street| HOME_STREETS.contains(&street.class.as_str())) {
        for (k, place) in street.places(HOME_EVERY_M, HOME_ASIDE_M).into_iter().enumerate() {
            // Drawn also for places outside the box, so that its edge does not move the others.
            let households = rng.random_range(HOME_HOUSEHOLDS);
            if BOX.contains(place) {
                all.push(Building {
                    key: format!("street-{}-{k}", street.id),
                    area: None,
                    kind: BuildingKind::Residential,
                    place,
                    gate: None,
                    households,
                    name_zh: None,
                    name_en: None,
                });
            }
        }
    }
    all
}

fn mapped_building(outline: &Outline) -> Building {
    let kind = homes::kind_of(&outline.tag, outline.name.as_deref(), Some(outline.area_m2));
    let floor_m2 = homes::floor_m2(&outline.tag, outline.area_m2, outline.levels, None);
    let (name_zh, name_en) = outline.name.as_deref().map_or((None, None), names_of);
    Building {
        key: format!("way-{}", outline.id),
        area: None,
        kind,
        place: outline.middle,
        gate: None,
        households: if kind == BuildingKind::Residential { homes::households_on(floor_m2) } else { 0 },
        name_zh,
        name_en,
    }
}

fn compound(outline: &Outline, gate: Wgs84) -> Building {
    let (name_zh, name_en) = outline.name.as_deref().map_or((None, None), names_of);
    Building {
        key: format!("grounds-{}", outline.id),
        area: None,
        kind: BuildingKind::Compound,
        place: outline.middle,
        gate: Some(gate),
        households: homes::households_on(outline.area_m2 * FLOOR_AREA_RATIO),
        name_zh,
        name_en,
    }
}
