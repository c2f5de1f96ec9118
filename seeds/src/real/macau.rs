//! Macau: OpenStreetMap's roads, buildings and recycling points with the households of the 2021 census.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use geo::{BoundingRect, Contains, MultiPolygon, Point, Rect};
use huilu_model::{Datum, Wgs84};

use super::assemble::{Draft, assemble, catalogue, windows};
use super::buildings::{self, Found};
use super::fault::ReadError;
use super::files::MacauFiles;
use super::{areas, homes, network, outlets};
use crate::records::{Area, AreaLevel, Building, City, OutletKind};

/// Fewer households in a cell get no collection point of their own.
const HOUSEHOLDS_FOR_POINT: u32 = 400;

/// The strait between the peninsula and the islands, degrees of latitude. Its bridges are closed to e-trikes; of the
/// two parts that remain to them, the islands have the longer roads and are the one that the road graph keeps.
const PENINSULA_SOUTH: f64 = 22.172;

/// Macau on `date`, with 1,500 open bookings for the day after. The same files, seed and date make the same city.
///
/// # Errors
/// [`ReadError`] with the faults of the first file that is broken.
pub fn macau(files: &MacauFiles, seed: u64, date: NaiveDate) -> Result<City, ReadError> {
    let catalogue = catalogue()?;
    let windows = windows(&files.orders)?;
    let zones = areas(&files.zones.name, &files.zones.bytes, Datum::Wgs84)?.records;
    let found = buildings::found(&files.buildings.name, &files.buildings.bytes, Datum::Wgs84)?;
    let read = outlets(&files.outlets.name, &files.outlets.bytes, Datum::Wgs84, &catalogue)?;

    let mut assumed: Vec<String> = homes::ASSUMED.iter().map(|&note| note.to_owned()).collect();
    assumed.push("E-trikes work on Taipa, Cotai and Coloane only: the bridges are closed to them.".to_owned());
    assumed.push("Households of each census zone (2021) are shared among its buildings by floor area.".to_owned());
    let locator = Locator::new(&zones);
    let buildings = peopled(found, &zones, &locator, &mut assumed);
    let mut outlets = read.records;
    outlets.iter_mut().for_each(|outlet| outlet.area = locator.area(outlet.place));
    let mapped = outlets.len();
    let points = network::middles(&buildings, HOUSEHOLDS_FOR_POINT);
    let points = (1..).zip(points).map(|(k, middle)| network::outlet_at(OutletKind::CollectionPoint, k, middle));
    outlets.extend(points);
    assumed.push(format!(
        "{mapped} outlets are mapped; {} staffed collection points, one in the middle of each inhabited 0.7 km², are made up.",
        outlets.len() - mapped
    ));
    assumed.extend(read.notes.into_iter().filter(|note| !network::ASSUMED.contains(&note.as_str())));

    let mut all_areas = vec![whole()];
    all_areas.extend(zones.into_iter().map(|zone| Area { parent: Some(WHOLE.to_owned()), ..zone }));
    let draft = Draft {
        key: "macau",
        name_zh: "澳门",
        name_en: "Macau",
        zone: "Asia/Macau",
        datum_note: "All data in WGS-84; coordinates of Macau are not shifted.",
        datum: Datum::Wgs84,
        areas: all_areas,
        buildings,
        outlets,
        etrikes_at: |place| place.lat < PENINSULA_SOUTH,
        roads_pbf: files.roads.bytes.clone(),
        assumed,
    };
    assemble(draft, &catalogue, &windows, seed, date)
}

const WHOLE: &str = "macau";

fn whole() -> Area {
    Area {
        key: WHOLE.to_owned(),
        parent: None,
        level: AreaLevel::City,
        code: None,
        name_zh: "澳门特别行政区".to_owned(),
        name_en: "Macau SAR".to_owned(),
        polygon: None,
        households: None,
    }
}

/// Finds the zone of a place.
struct Locator<'a>(Vec<(&'a str, Rect, &'a MultiPolygon)>);

impl<'a> Locator<'a> {
    fn new(zones: &'a [Area]) -> Self {
        let with_box = |zone: &'a Area| {
            let polygon = zone.polygon.as_ref()?;
            Some((zone.key.as_str(), polygon.bounding_rect()?, polygon))
        };
        Self(zones.iter().filter_map(with_box).collect())
    }

    fn area(&self, place: Wgs84) -> Option<String> {
        let point = Point::new(place.lon, place.lat);
        let hit = self.0.iter().find(|(_, within, polygon)| within.contains(&point) && polygon.contains(&point));
        hit.map(|(key, _, _)| (*key).to_owned())
    }
}

/// The buildings with their zones, and the zones' households shared among them by floor area.
fn peopled(found: Vec<Found>, zones: &[Area], locator: &Locator<'_>, assumed: &mut Vec<String>) -> Vec<Building> {
    let mut homes_of: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut buildings = Vec::with_capacity(found.len());
    let mut weights = Vec::with_capacity(found.len());
    for (k, Found { mut building, home_m2 }) in found.into_iter().enumerate() {
        building.area = locator.area(building.place);
        building.households = 0;
        if let Some(zone) = building.area.clone().filter(|_| home_m2 > 0.0) {
            homes_of.entry(zone).or_default().push(k);
        }
        buildings.push(building);
        weights.push(home_m2);
    }
    for zone in zones {
        let counted = zone.households.unwrap_or(0);
        let Some(homes) = homes_of.get(&zone.key) else {
            if counted > 0 {
                let name = &zone.name_zh;
                assumed
                    .push(format!("{counted} households of {} ({name}) have no building and are left out.", zone.key));
            }
            continue;
        };
        let floor: Vec<f64> = homes.iter().map(|&k| weights[k]).collect();
        for (&k, households) in homes.iter().zip(homes::apportion(counted, &floor)) {
            buildings[k].households = households;
        }
    }
    buildings
}
