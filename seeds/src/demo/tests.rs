//! One city is made for all tests; what it promises to those who use it is checked here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use chrono::Datelike;
use huilu_model::{Datum, Grams, Litres, Seconds, Wgs84};
use huilu_roads::{DrivingSide, Profile, RestrictionFate, RoadNetwork};

use super::*;
use crate::records::{Booking, BuildingKind, Compartment, Outlet, OutletKind, Vehicle, VehicleProfile};

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 25).unwrap()
}

fn city() -> &'static City {
    static CITY: OnceLock<City> = OnceLock::new();
    CITY.get_or_init(|| generate(1, day()).unwrap())
}

fn bookings(city: &City) -> impl Iterator<Item = &Booking> {
    city.past_bookings.iter().chain(&city.bookings)
}

#[test]
fn the_same_seed_gives_the_same_city_to_the_byte() {
    let again = generate(1, day()).unwrap();
    assert!(&again == city());
    assert!(again.roads_pbf == city().roads_pbf);
}

#[test]
fn another_seed_gives_another_city() {
    let other = generate(2, day()).unwrap();
    assert!(other.roads_pbf != city().roads_pbf);
    assert!(other.buildings != city().buildings);
    assert!(other.bookings != city().bookings);
    assert!(other.areas != city().areas);
}

#[test]
fn another_day_moves_the_bookings_and_nothing_else() {
    let later = generate(1, day().succ_opt().unwrap()).unwrap();
    assert!(later.roads_pbf == city().roads_pbf && later.buildings == city().buildings);
    assert!(later.outlets == city().outlets && later.vehicles == city().vehicles);
    assert_ne!(later.bookings[0].service_date, city().bookings[0].service_date);
}

#[test]
fn a_date_at_the_ends_of_the_calendar_is_refused() {
    for date in [NaiveDate::MIN, NaiveDate::MAX] {
        assert!(matches!(generate(1, date), Err(DemoError::Date(_))));
    }
}

#[test]
fn counts_are_those_of_a_city_of_macau_s_size_whatever_the_seed() {
    for seed in [0, 1, 7, u64::MAX] {
        let city = generate(seed, day()).unwrap();
        let outlets = |kind| city.outlets.iter().filter(|outlet| outlet.kind == kind).count();
        let vehicles = |profile| city.vehicles.iter().filter(|vehicle| vehicle.profile == profile).count();
        println!(
            "seed {seed}: {} areas, {} buildings, {} households, {} bins, {} points, {} stations, {} centres, \
             {} past and {} open bookings, {} bytes of roads",
            city.areas.len(),
            city.buildings.len(),
            city.households,
            outlets(OutletKind::SmartBin),
            outlets(OutletKind::CollectionPoint),
            outlets(OutletKind::TransferStation),
            outlets(OutletKind::SortingCenter),
            city.past_bookings.len(),
            city.bookings.len(),
            city.roads_pbf.len()
        );
        assert!((150_000..=215_000).contains(&city.households), "{}", city.households);
        assert!((1_800..=2_200).contains(&city.bookings.len()), "{}", city.bookings.len());
        assert!((23_000..=28_000).contains(&city.past_bookings.len()), "{}", city.past_bookings.len());
        assert!((80..=300).contains(&outlets(OutletKind::SmartBin)));
        assert!((60..=130).contains(&outlets(OutletKind::CollectionPoint)));
        assert_eq!(outlets(OutletKind::TransferStation), 20);
        assert_eq!(outlets(OutletKind::SortingCenter), 2);
        assert!((15..=20).contains(&vehicles(VehicleProfile::Etrike)));
        assert!((20..=25).contains(&vehicles(VehicleProfile::Van)));
        assert!((10..=14).contains(&vehicles(VehicleProfile::Truck)));
        assert_eq!(city.depots.len(), 6);
        for kind in [BuildingKind::Compound, BuildingKind::Residential, BuildingKind::Mall, BuildingKind::Campus] {
            assert!(city.buildings.iter().any(|building| building.kind == kind), "{kind}");
        }
    }
}

#[test]
fn households_add_up_from_buildings_to_the_city() {
    let city = city();
    let of = |key: Option<&str>| -> u64 {
        let children = city.areas.iter().filter(|area| area.parent.as_deref() == key);
        children.map(|area| u64::from(area.households.unwrap())).sum()
    };
    assert_eq!(of(None), city.households);
    for area in &city.areas {
        let below = of(Some(&area.key));
        let inside = city.buildings.iter().filter(|building| building.area.as_ref() == Some(&area.key));
        let housed: u64 = inside.map(|building| u64::from(building.households)).sum();
        assert_eq!(below + housed, u64::from(area.households.unwrap()), "{}", area.key);
    }
}

#[test]
fn keys_are_unique_and_every_reference_exists() {
    let city = city();
    fn unique<'a>(keys: impl Iterator<Item = &'a String>) -> BTreeSet<&'a str> {
        let mut seen = BTreeSet::new();
        keys.for_each(|key| assert!(seen.insert(key.as_str()), "{key} is doubled"));
        seen
    }
    let areas = unique(city.areas.iter().map(|area| &area.key));
    let buildings = unique(city.buildings.iter().map(|building| &building.key));
    let depots = unique(city.depots.iter().map(|depot| &depot.key));
    unique(city.outlets.iter().map(|outlet| &outlet.key));
    unique(city.vehicles.iter().map(|vehicle| &vehicle.key));
    unique(city.vehicles.iter().map(|vehicle| &vehicle.name));
    unique(bookings(city).map(|booking| &booking.key));
    let mut before = BTreeSet::new();
    for area in &city.areas {
        assert!(area.parent.as_ref().is_none_or(|parent| before.contains(parent)), "{} before its parent", area.key);
        before.insert(&area.key);
    }
    let of_area = (city.buildings.iter().map(|b| &b.area))
        .chain(city.outlets.iter().map(|o| &o.area))
        .chain(city.depots.iter().map(|d| &d.area))
        .chain(bookings(city).map(|b| &b.area));
    of_area.for_each(|area| assert!(areas.contains(area.as_deref().unwrap())));
    city.vehicles.iter().for_each(|vehicle| assert!(depots.contains(vehicle.depot.as_str())));
    bookings(city).for_each(|booking| assert!(buildings.contains(booking.building.as_deref().unwrap())));
}

#[test]
fn places_lie_within_the_bounds_and_in_their_area() {
    use geo::{Contains, Point};
    let city = city();
    let polygons: BTreeMap<&str, _> =
        city.areas.iter().map(|area| (area.key.as_str(), area.polygon.as_ref().unwrap())).collect();
    let placed = (city.buildings.iter().map(|b| (b.place, &b.area)))
        .chain(city.outlets.iter().map(|o| (o.place, &o.area)))
        .chain(city.depots.iter().map(|d| (d.place, &d.area)))
        .chain(bookings(city).map(|b| (b.place, &b.area)));
    for (place, area) in placed {
        assert!(city.bounds.contains(place), "{place:?}");
        let polygon = polygons[area.as_deref().unwrap()];
        assert!(polygon.contains(&Point::new(place.lon, place.lat)), "{place:?} is outside {area:?}");
    }
}

#[test]
fn bookings_hold_each_material_once_and_doors_are_entered_in_gcj02() {
    let catalogue = Catalogue::built_in().unwrap();
    let places: BTreeMap<&str, Wgs84> = city().buildings.iter().map(|b| (b.key.as_str(), b.place)).collect();
    for booking in bookings(city()) {
        let materials: BTreeSet<&str> = booking.items.iter().map(|item| item.material.as_str()).collect();
        assert_eq!(materials.len(), booking.items.len());
        assert!(!materials.is_empty());
        assert!(materials.iter().all(|code| catalogue.material(code).is_some()));
        assert_eq!(booking.entered.datum, Datum::Gcj02);
        let door = Datum::Gcj02.to_wgs84(booking.entered.lat, booking.entered.lon).unwrap();
        let metres = door.distance_m(places[booking.building.as_deref().unwrap()]);
        assert!(metres < 0.5, "{metres} m");
        assert!(booking.window.start < booking.window.end && booking.created < booking.window.start);
        assert!(booking.window.start >= Seconds(8 * 3_600) && booking.window.end <= Seconds(20 * 3_600));
    }
    let (today, tomorrow) = (day(), day().succ_opt().unwrap());
    assert!(city().past_bookings.iter().all(|booking| booking.service_date < today));
    assert!(city().bookings.iter().all(|booking| booking.service_date == tomorrow));
    assert!(city().bookings.iter().all(|booking| booking.created < Seconds(-86_400)));
}

#[test]
fn windows_and_amounts_are_those_of_the_sources() {
    let n = bookings(city()).count() as f64;
    let two_hours = |b: &&Booking| b.window.end - b.window.start == Seconds(7_200) && b.window.start.0 / 3_600 % 2 == 1;
    let share = bookings(city()).filter(two_hours).count() as f64 / n;
    assert!((0.93..=0.97).contains(&share), "{share}");
    let kg = bookings(city()).map(|booking| booking.grams().0).sum::<i64>() as f64 / 1_000.0 / n;
    assert!((10.0..=12.0).contains(&kg), "{kg} kg");
}

#[test]
fn weekends_have_more_bookings_and_communities_differ() {
    let mut by_day = [0usize; 7];
    let mut by_area: BTreeMap<&str, f64> = BTreeMap::new();
    for booking in &city().past_bookings {
        by_day[booking.service_date.weekday().num_days_from_monday() as usize] += 1;
        *by_area.entry(booking.area.as_deref().unwrap()).or_default() += 1.0;
    }
    // Saturdays and Sundays against the Fridays and Mondays around them, so that growth cancels out.
    let ratio = (by_day[5] + by_day[6]) as f64 / (by_day[4] + by_day[0]) as f64;
    assert!((1.2..=1.45).contains(&ratio), "{by_day:?}");
    let mut rates: Vec<f64> = city()
        .areas
        .iter()
        .filter(|area| area.key.starts_with("community") && area.households.unwrap() > 500)
        .map(|area| by_area.get(area.key.as_str()).copied().unwrap_or(0.0) / f64::from(area.households.unwrap()))
        .collect();
    rates.sort_by(f64::total_cmp);
    let (low, high) = (rates[rates.len() / 10], rates[rates.len() * 9 / 10]);
    assert!(high > 2.0 * low, "{low} to {high} bookings a household");
}

#[test]
fn no_compartment_mixes_what_may_not_mix_and_every_stream_has_vehicles_and_outlets() {
    let catalogue = Catalogue::built_in().unwrap();
    for part in city().vehicles.iter().flat_map(|vehicle| &vehicle.compartments) {
        for pair in &catalogue.incompatible {
            assert!(!(part.streams.contains(&pair.a) && part.streams.contains(&pair.b)));
        }
    }
    for stream in &catalogue.streams {
        let carries = |vehicle: &&Vehicle| vehicle.compartments.iter().any(|part| part.streams.contains(&stream.code));
        assert!(city().vehicles.iter().any(|vehicle| carries(&vehicle)), "{}", stream.code);
        let takes = |outlet: &&Outlet| outlet.accepts_collectors && outlet.streams.contains(&stream.code);
        assert!(city().outlets.iter().filter(takes).count() >= 2, "{}", stream.code);
    }
    let skills: BTreeSet<&str> = city().vehicles.iter().flat_map(|v| &v.skills).map(String::as_str).collect();
    assert_eq!(skills, BTreeSet::from(["hazardous_licence", "two_persons"]));
}

#[test]
fn every_open_booking_fits_into_some_empty_vehicle() {
    let catalogue = Catalogue::built_in().unwrap();
    for booking in &city().bookings {
        let materials = || booking.items.iter().map(|item| (item, catalogue.material(&item.material).unwrap()));
        let skills: BTreeSet<&str> = materials().flat_map(|(_, material)| material.skills()).collect();
        let fits = |vehicle: &&Vehicle| {
            let held = |part: &Compartment| {
                let inside = materials().filter(|(_, material)| part.streams.contains(&material.stream));
                let (grams, litres): (Vec<_>, Vec<_>) = inside.map(|(item, _)| (item.grams, item.litres)).unzip();
                (grams.into_iter().sum::<Grams>(), litres.into_iter().sum::<Litres>())
            };
            let carried =
                |stream: &String| vehicle.compartments.iter().any(|part| part.streams.iter().any(|own| own == stream));
            skills.iter().all(|skill| vehicle.skills.iter().any(|own| own == skill))
                && materials().all(|(_, material)| carried(&material.stream))
                && vehicle.compartments.iter().all(|part| {
                    let (grams, litres) = held(part);
                    grams <= part.capacity_g && litres <= part.capacity_l
                })
                && booking.grams() <= vehicle.payload
        };
        assert!(city().vehicles.iter().any(|vehicle| fits(&vehicle)), "{booking:?}");
    }
}

#[test]
fn collectors_unload_nearby_and_most_people_walk_to_an_outlet_but_not_all() {
    let city = city();
    let nearest = |place: Wgs84, fits: &dyn Fn(&Outlet) -> bool| {
        let metres = city.outlets.iter().filter(|outlet| fits(outlet)).map(|outlet| outlet.place.distance_m(place));
        metres.fold(f64::INFINITY, f64::min)
    };
    let unloads: Vec<f64> =
        city.bookings.iter().map(|b| nearest(b.place, &|outlet| outlet.accepts_collectors)).collect();
    let mean = unloads.iter().sum::<f64>() / unloads.len() as f64;
    let farthest = unloads.iter().copied().fold(0.0, f64::max);
    println!("to the next outlet for collectors: {mean:.0} m on average, {farthest:.0} m at most");
    assert!(mean < 500.0 && farthest < 1_500.0);
    // Within 300 m straight of a bin or point, about the radius that towns ask for: room for better layouts.
    let near = city.buildings.iter().filter(|b| nearest(b.gate.unwrap(), &|_| true) <= 300.0);
    let share = near.map(|b| u64::from(b.households)).sum::<u64>() as f64 / city.households as f64;
    println!("{:.0} % of the households within 300 m of an outlet", 100.0 * share);
    assert!((0.7..=0.99).contains(&share), "{share}");
}

/// A bound from above on what the fleet can do, not a plan: boxes times trips, and hours of service.
#[test]
fn the_fleet_is_large_enough_for_tomorrow() {
    let catalogue = Catalogue::built_in().unwrap();
    let times = &catalogue.service_times;
    let city = city();
    let litres: Litres = city.bookings.iter().map(Booking::litres).sum();
    let boxes: Litres = city.vehicles.iter().flat_map(|v| &v.compartments).map(|part| part.capacity_l).sum();
    let trips = litres.0 as f64 / boxes.0 as f64;
    let service_s: f64 =
        city.bookings.iter().map(|b| times.setup_s.0 as f64 + b.grams().0 as f64 / 1e3 * times.per_kg_s.0 as f64).sum();
    let shift = |v: &Vehicle| v.shift.end - v.shift.start - v.pause.map_or(Seconds::ZERO, |p| p.duration);
    let shifts_s: Seconds = city.vehicles.iter().map(shift).sum();
    // Assumed for this check: 100 s of driving to the next stop, 25 minutes for each trip to an outlet.
    let needed_s =
        service_s + 100.0 * city.bookings.len() as f64 + 1_500.0 * (trips + 1.0) * city.vehicles.len() as f64;
    let used = needed_s / shifts_s.0 as f64;
    println!("{litres} L in boxes of {boxes} L: {trips:.2} trips; {:.0} % of the hours", 100.0 * used);
    assert!(trips < 4.0, "{trips} trips");
    assert!(used < 0.85, "{used} of the hours");
}

#[test]
fn everything_can_be_driven_to() {
    let city = city();
    let (roads, summary) = RoadNetwork::from_pbf(&city.roads_pbf).unwrap();
    println!("{summary}");
    assert_eq!(summary.missing_nodes + summary.misplaced_nodes, 0);
    assert_eq!(summary.driving_side, DrivingSide::Right);
    for profile in &summary.profiles {
        assert!(profile.largest_part_share >= 0.97, "{profile:?}");
        if profile.profile == Profile::Van {
            assert!(profile.restrictions[&RestrictionFate::Used] >= 8, "{profile:?}");
        }
    }
    let gates = city.buildings.iter().map(|b| b.gate.unwrap());
    let places: Vec<Wgs84> =
        gates.chain(city.outlets.iter().map(|o| o.place)).chain(city.depots.iter().map(|d| d.place)).collect();
    for profile in Profile::ALL {
        let graph = roads.graph(profile);
        let lost: Vec<&Wgs84> = places.iter().filter(|&&place| graph.snap(place, 100.0).is_none()).collect();
        assert!(lost.is_empty(), "{profile}: {} of {} places, {:?}", lost.len(), places.len(), lost[0]);
    }
}

#[test]
fn osmium_accepts_the_roads_where_it_is_installed() {
    if std::process::Command::new("osmium").arg("--version").output().is_err() {
        println!("skipped: osmium is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("demo.osm.pbf");
    std::fs::write(&path, &city().roads_pbf).unwrap();
    let info = std::process::Command::new("osmium").args(["fileinfo", "-e", "-j"]).arg(&path).output().unwrap();
    assert!(info.status.success(), "{}", String::from_utf8_lossy(&info.stderr));
    let info: serde_json::Value = serde_json::from_slice(&info.stdout).unwrap();
    assert_eq!(info["data"]["objects_ordered"], true);
    let (_, summary) = RoadNetwork::from_pbf(&city().roads_pbf).unwrap();
    let count = &info["data"]["count"];
    assert_eq!(
        [&count["nodes"], &count["ways"], &count["relations"]].map(|n| n.as_u64().unwrap() as usize),
        [summary.nodes, summary.ways, summary.relations]
    );
    let references = std::process::Command::new("osmium").args(["check-refs", "-r"]).arg(&path).output().unwrap();
    assert!(references.status.success(), "{}", String::from_utf8_lossy(&references.stderr));
}
