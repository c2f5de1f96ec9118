//! The demo city: one number in, the same believable city out.
//!
//! A flat plan is drawn (`plan`), then its streets (`streets`, `roads`), buildings (`compounds`), areas, outlets,
//! fleet and bookings are made from it. Figures come from the catalogue and from domain.md; what has no source is listed
//! in [`City::assumed`].

mod areas;
mod bookings;
mod compounds;
mod fleet;
mod frame;
mod names;
mod outlets;
mod plan;
mod roads;
mod streets;

use chrono::{Datelike, NaiveDate};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

pub use areas::CITY as KEY;

use crate::amounts::ASSUMED_AMOUNTS;
use crate::catalogue::{Catalogue, CatalogueFaults};
use crate::fleet::ASSUMED_FLEET;
use crate::osm_pbf::PbfError;
use crate::records::{Bounds, City};
use names::{Name, Names};
use plan::Plan;

/// Why no city could be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    #[error(transparent)]
    Catalogue(#[from] CatalogueFaults),
    #[error(transparent)]
    Roads(#[from] PbfError),
    #[error("{0} is too near the end of the calendar for a demo")]
    Date(NaiveDate),
}

/// What was made up, besides what the shared amounts and fleet list.
const ASSUMED: [&str; 7] = [
    "The city is fictional: its place, names, streets, buildings, households and areas are generated.",
    "Compounds, their floors and households follow usual patterns of mainland housing, not a survey.",
    "Today's outlets follow two norms in part: smart bins in 40 % of the compounds of 500 households, a collection point \
     for each 2,000 urban or 2,500 rural households; their hours, capacities, unloading times and costs are assumed.",
    "Transfer stations (one for each subdistrict, two for each town) and sorting centres are placed by the generator; \
     every fourth station is licensed for hazardous waste.",
    "The service doubles within the past four weeks; Saturdays and Sundays have more bookings; some communities book five \
     times as much as others.",
    "Booked windows have the shares of parcel pickups in three cities; one in twenty is assumed.",
    "Open bookings were made before the day on which the city is looked at.",
];

/// A city for a day: bookings of the four weeks before `date`, and open ones for the day after it.
///
/// The same seed and date give the same city to the byte, roads included.
///
/// # Errors
/// [`DemoError::Date`] for a date within a month of the ends of the calendar; the others mean that the data files were
/// edited into nonsense.
pub fn generate(seed: u64, date: NaiveDate) -> Result<City, DemoError> {
    let catalogue = Catalogue::built_in()?;
    let plan = Plan::draw(&mut part(seed, 1));
    let names = Names::draw(&mut part(seed, 2));
    let roads = roads::draw(&plan, &names);
    let homes = compounds::homes(&plan, &names, &mut part(seed, 3));
    let outlets = outlets::outlets(&plan, &names, &homes, &catalogue, &mut part(seed, 4));
    let (bases, yards) = fleet::depots(&plan, &names);
    let vehicles = fleet::vehicles(&catalogue, &bases, &yards);
    // Days count from the year 1; before it, they wrap around and are still different numbers.
    let day = i64::from(date.num_days_from_ce()) as u64;
    let (past_bookings, bookings) =
        bookings::bookings(&homes, &catalogue, date, &mut part(seed, FIRST_DAY.wrapping_add(day)))?;

    let buildings: Vec<_> = homes.into_iter().map(|home| home.building).collect();
    let city_name = Name { zh: "回路市".to_owned(), en: "Demo City".to_owned() };
    let areas = areas::areas(&plan, &names, &buildings, &city_name);
    let corners = areas.iter().filter_map(|area| area.polygon.as_ref()).flatten().flat_map(|p| p.exterior().coords());
    let bounds = Bounds::around(corners.map(|at| huilu_model::Wgs84 { lat: at.y, lon: at.x }));
    let assumed = ASSUMED.iter().chain(&ASSUMED_AMOUNTS).chain(&ASSUMED_FLEET);
    Ok(City {
        key: areas::CITY.to_owned(),
        name_zh: city_name.zh,
        name_en: city_name.en,
        zone: "Asia/Shanghai".to_owned(),
        datum_note: "Generated in WGS-84; residents' doors are entered in GCJ-02.".to_owned(),
        // A plan always has areas; a city without any would be a point.
        bounds: bounds.unwrap_or(Bounds { south: 0.0, west: 0.0, north: 0.0, east: 0.0 }),
        date,
        areas,
        households: buildings.iter().map(|building| u64::from(building.households)).sum(),
        buildings,
        outlets,
        depots: bases.into_iter().chain(yards).collect(),
        vehicles,
        past_bookings,
        bookings,
        roads_pbf: roads.to_pbf()?,
        assumed: assumed.map(|&line| line.to_owned()).collect(),
    })
}

/// Number of the first day's part, behind those of the parts that stay the same every day.
const FIRST_DAY: u64 = 1 << 32;

/// Random numbers of one part of the city, so that a change to one part leaves the others as they were.
fn part(seed: u64, part: u64) -> Xoshiro256PlusPlus {
    // An odd constant spreads the small numbers over all bits; the generator mixes them further.
    Xoshiro256PlusPlus::seed_from_u64(seed ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

#[cfg(test)]
mod tests;
