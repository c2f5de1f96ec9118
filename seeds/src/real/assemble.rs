//! The last steps that both real cities share: depots, a fleet, drawn bookings.

use chrono::NaiveDate;
use huilu_model::{Datum, Wgs84};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::day::{self, Draw};
use super::fault::ReadError;
use super::files::InputFile;
use super::network;
use super::windows::{self, BookedWindow};
use crate::amounts::ASSUMED_AMOUNTS;
use crate::catalogue::Catalogue;
use crate::fleet::{ASSUMED_FLEET, FleetSpec, fleet};
use crate::records::{Area, Bounds, Building, City, Depot, Outlet, OutletKind, Vehicle, VehicleProfile};

const DEPOTS: usize = 3;
const DEPOTS_ASSUMED: &str = "Depots are assumed beside three transfer stations far from each other.";

/// What was read or made of a city before its day is drawn.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) key: &'static str,
    pub(super) name_zh: &'static str,
    pub(super) name_en: &'static str,
    pub(super) zone: &'static str,
    pub(super) datum_note: &'static str,
    /// In which residents give their places.
    pub(super) datum: Datum,
    pub(super) areas: Vec<Area>,
    pub(super) buildings: Vec<Building>,
    pub(super) outlets: Vec<Outlet>,
    /// Whether e-trikes at this place get around: they may not use every bridge.
    pub(super) etrikes_at: fn(Wgs84) -> bool,
    pub(super) roads_pbf: Vec<u8>,
    pub(super) assumed: Vec<String>,
}

/// The catalogue that is compiled in.
pub(super) fn catalogue() -> Result<Catalogue, ReadError> {
    Catalogue::built_in().map_err(|cause| ReadError::of_file("the built-in catalogue", cause))
}

pub(super) fn windows(orders: &[InputFile]) -> Result<Vec<BookedWindow>, ReadError> {
    let mut all = Vec::new();
    for file in orders {
        all.extend(windows::windows(&file.name, &file.bytes)?);
    }
    Ok(all)
}

/// The city on `date`. The same draft, windows, seed and date make the same city.
pub(super) fn assemble(
    draft: Draft,
    catalogue: &Catalogue,
    windows: &[BookedWindow],
    seed: u64,
    date: NaiveDate,
) -> Result<City, ReadError> {
    let depots = depots(&draft.outlets);
    let places = draft.buildings.iter().flat_map(|building| [Some(building.place), building.gate]).flatten();
    let places = places.chain(draft.outlets.iter().map(|outlet| outlet.place));
    let (Some(bounds), Some(draw)) =
        (Bounds::around(places), Draw::new(catalogue, &draft.buildings, windows, draft.datum))
    else {
        return Err(ReadError::of_file(draft.key, "nobody lives there, or no order says when people book"));
    };
    // One generator for each list, so that a change of one leaves the other as it was.
    let generator = |list: u64| Xoshiro256PlusPlus::seed_from_u64(seed.wrapping_mul(2).wrapping_add(list));
    let bookings = draw.open(&mut generator(0), date);
    let past_bookings = draw.past(&mut generator(1), date);
    let vehicles = vehicles(catalogue, &depots, draft.etrikes_at);
    let mut assumed = draft.assumed;
    assumed.push(DEPOTS_ASSUMED.to_owned());
    let more = network::ASSUMED.iter().chain(&day::ASSUMED).chain(&windows::ASSUMED);
    assumed.extend(more.chain(&ASSUMED_AMOUNTS).chain(&ASSUMED_FLEET).map(|&note| note.to_owned()));
    Ok(City {
        key: draft.key.to_owned(),
        name_zh: draft.name_zh.to_owned(),
        name_en: draft.name_en.to_owned(),
        zone: draft.zone.to_owned(),
        datum_note: draft.datum_note.to_owned(),
        bounds,
        date,
        vehicles,
        households: draft.buildings.iter().map(|building| u64::from(building.households)).sum(),
        areas: draft.areas,
        buildings: draft.buildings,
        outlets: draft.outlets,
        depots,
        past_bookings,
        bookings,
        roads_pbf: draft.roads_pbf,
        assumed,
    })
}

/// The usual fleet, its e-trikes only at depots where they get around.
fn vehicles(catalogue: &Catalogue, depots: &[Depot], etrikes_at: fn(Wgs84) -> bool) -> Vec<Vehicle> {
    let mut vehicles = fleet(catalogue, depots, &FleetSpec::default());
    let bases: Vec<&Depot> = depots.iter().filter(|depot| etrikes_at(depot.place)).collect();
    let etrikes = vehicles.iter_mut().filter(|vehicle| vehicle.profile == VehicleProfile::Etrike);
    etrikes.zip(bases.iter().cycle()).for_each(|(etrike, base)| etrike.depot = base.key.clone());
    vehicles
}

fn depots(outlets: &[Outlet]) -> Vec<Depot> {
    let stations: Vec<&Outlet> = outlets.iter().filter(|outlet| outlet.kind == OutletKind::TransferStation).collect();
    let places: Vec<_> = stations.iter().map(|station| station.place).collect();
    let chosen = network::spread(&places, DEPOTS);
    chosen.into_iter().enumerate().map(|(k, station)| network::depot_at(k + 1, stations[station])).collect()
}
