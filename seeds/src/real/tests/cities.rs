//! The whole cities, from the shared data beside the checkout.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use huilu_model::{Datum, Wgs84};
use huilu_roads::{Profile, RoadNetwork};

use super::{catalogue, date};
use crate::fleet::with_first_vehicles;
use crate::real::{ChengduFiles, MacauFiles, areas, bookings, buildings, chengdu, macau, outlets};
use crate::records::{Booking, City, OutletKind, VehicleProfile};

/// The shared data; says so where it is absent.
fn data() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/real"));
    if !folder.is_dir() {
        println!("skipped: {} is absent", folder.display());
        return None;
    }
    Some(folder)
}

fn make(name: &str) -> Option<City> {
    let folder = data()?;
    let started = Instant::now();
    let city = match name {
        "macau" => macau(&MacauFiles::in_folder(folder).unwrap(), 1, date()),
        _ => chengdu(&ChengduFiles::in_folder(folder).unwrap(), 1, date()),
    };
    let city = city.unwrap();
    println!(
        "{name}: {:.2} s; {} areas, {} buildings ({} inhabited), {} households, {} outlets ({} for collectors), \
         {} depots, {} vehicles, {} + {} bookings, {} statements",
        started.elapsed().as_secs_f64(),
        city.areas.len(),
        city.buildings.len(),
        city.buildings.iter().filter(|b| b.households > 0).count(),
        city.households,
        city.outlets.len(),
        city.outlets.iter().filter(|o| o.accepts_collectors).count(),
        city.depots.len(),
        city.vehicles.len(),
        city.past_bookings.len(),
        city.bookings.len(),
        city.assumed.len(),
    );
    Some(city)
}

/// What holds for every city.
fn check(city: &City) {
    let catalogue = catalogue();
    assert_eq!(city.bookings.len(), 1_500);
    assert!((9_000..=11_000).contains(&city.past_bookings.len()));
    assert_eq!(city.vehicles.len(), 45);
    assert!(!city.assumed.is_empty() && !city.depots.is_empty());
    unique("area", city.areas.iter().map(|a| &a.key));
    unique("building", city.buildings.iter().map(|b| &b.key));
    unique("outlet", city.outlets.iter().map(|o| &o.key));
    unique("booking", city.bookings.iter().chain(&city.past_bookings).map(|b| &b.key));

    let mut known = BTreeSet::new();
    for area in &city.areas {
        assert!(area.parent.as_ref().is_none_or(|parent| known.contains(parent)), "{}", area.key);
        known.insert(area.key.clone());
    }
    let homes: BTreeSet<&String> = city.buildings.iter().map(|b| &b.key).collect();
    let in_area = |area: &Option<String>| area.as_ref().is_none_or(|key| known.contains(key));
    assert!(city.buildings.iter().all(|b| in_area(&b.area)));
    assert!(city.outlets.iter().all(|o| in_area(&o.area) && city.bounds.contains(o.place)));

    let streams: BTreeSet<&String> = catalogue.streams.iter().map(|s| &s.code).collect();
    for outlet in &city.outlets {
        assert!(!outlet.streams.is_empty() && outlet.streams.iter().all(|s| streams.contains(s)), "{outlet:?}");
        assert!(outlet.capacity.iter().all(|c| outlet.streams.contains(&c.stream)), "{outlet:?}");
    }
    for stream in &streams {
        let taken = city.outlets.iter().any(|o| o.accepts_collectors && o.streams.contains(stream));
        assert!(taken, "nobody can unload {stream}");
    }
    for booking in city.bookings.iter().chain(&city.past_bookings) {
        check_booking(city, booking, &catalogue);
        assert!(booking.building.as_ref().is_some_and(|key| homes.contains(key)) && in_area(&booking.area));
    }
    let tomorrow = city.date.succ_opt().unwrap();
    assert!(city.bookings.iter().all(|b| b.service_date == tomorrow && b.created.0 < 0));
    assert!(city.past_bookings.iter().all(|b| b.service_date < city.date));

    let kg = city.bookings.iter().map(|b| b.grams().0).sum::<i64>() as f64 / 1_500_000.0;
    let litres = city.bookings.iter().map(|b| b.litres().0).sum::<i64>() as f64 / 1_500.0;
    println!("{}: {kg:.2} kg and {litres:.0} L a booking", city.key);
    assert!((9.5..=12.5).contains(&kg), "{kg}");
}

fn check_booking(city: &City, booking: &Booking, catalogue: &crate::Catalogue) {
    assert!(city.bounds.contains(booking.place), "{booking:?}");
    assert!(booking.window.start < booking.window.end && booking.window.end.0 <= 22 * 3_600, "{booking:?}");
    assert!(booking.window.start.0 >= 7 * 3_600, "{booking:?}");
    assert!(booking.created < booking.window.end, "{booking:?}");
    assert!(!booking.items.is_empty() && booking.items.iter().all(|i| catalogue.material(&i.material).is_some()));
}

fn unique<'a>(list: &str, keys: impl Iterator<Item = &'a String>) {
    let mut seen = BTreeSet::new();
    keys.for_each(|key| assert!(seen.insert(key), "{list} {key} is doubled"));
}

/// Whether vehicles find roads at the places, as the server will look for them. `everywhere` are the profiles that
/// reach the whole city.
fn check_roads(city: &City, everywhere: &[VehicleProfile]) {
    let (network, _) = RoadNetwork::from_pbf(&city.roads_pbf).unwrap();
    let used: BTreeSet<VehicleProfile> = city.vehicles.iter().map(|v| v.profile).collect();
    for profile in used {
        let graph = network.graph(profile.as_str().parse::<Profile>().unwrap());
        let near = |place: Wgs84| graph.snap(place, 500.0).is_some();
        let bookings = city.bookings.iter().filter(|b| near(b.place)).count();
        let outlets: Vec<_> = city.outlets.iter().filter(|o| o.accepts_collectors).collect();
        let reached = outlets.iter().filter(|o| near(o.place)).count();
        println!("{} {profile}: near {bookings} of 1500 bookings, {reached} of {} outlets", city.key, outlets.len());
        for vehicle in city.vehicles.iter().filter(|v| v.profile == profile) {
            let depot = city.depots.iter().find(|d| d.key == vehicle.depot).unwrap();
            assert!(near(depot.place), "{} cannot leave {}", vehicle.key, depot.key);
        }
        assert!(bookings > 0 && reached > 0, "{profile} reaches nothing");
        if everywhere.contains(&profile) {
            assert!(bookings >= 1_490 && reached == outlets.len(), "{profile}: {bookings}, {reached}");
        }
    }
}

#[test]
fn macau_is_whole() {
    let Some(city) = make("macau") else { return };
    check(&city);
    assert_eq!(city.areas.iter().filter_map(|a| a.households).sum::<u32>(), 202_727);
    assert_eq!(city.areas.len(), 25);
    // The 148 households of the maritime area live on no mapped building.
    assert_eq!(city.households, 202_727 - 148);
    let of_kind = |kind| city.outlets.iter().filter(|o| o.kind == kind).count();
    assert_eq!(of_kind(OutletKind::TransferStation), 6);
    assert_eq!(of_kind(OutletKind::SmartBin), 29);
    assert!(of_kind(OutletKind::CollectionPoint) >= 4 + 10);
    let located = city.bookings.iter().filter(|b| b.area.is_some()).count();
    assert_eq!(located, 1_500);
    assert!(city.bookings.iter().all(|b| (b.entered.lat, b.entered.lon) == (b.place.lat, b.place.lon)));
    check_roads(&city, &[VehicleProfile::Van, VehicleProfile::Truck]);
}

#[test]
fn chengdu_is_whole() {
    let Some(city) = make("chengdu") else { return };
    check(&city);
    let homes: std::collections::BTreeMap<_, _> = city.buildings.iter().map(|b| (&b.key, b)).collect();
    for booking in &city.bookings {
        assert_eq!(booking.entered.datum, Datum::Gcj02);
        let home = homes[booking.building.as_ref().unwrap()];
        let raw = Wgs84 { lat: booking.entered.lat, lon: booking.entered.lon };
        let moved = raw.distance_m(home.place);
        assert!((300.0..=700.0).contains(&moved), "{moved} m");
        let read = Datum::Gcj02.to_wgs84(booking.entered.lat, booking.entered.lon).unwrap();
        assert!(read.distance_m(home.place) < 0.3);
        assert!(home.place.distance_m(booking.place) <= 200.0);
    }
    assert!(city.areas.iter().all(|a| a.code.is_some() && a.polygon.is_none()));
    assert_eq!(city.areas.len(), 1 + 5 + 62);
    check_roads(&city, &[VehicleProfile::Etrike, VehicleProfile::Van, VehicleProfile::Truck]);
}

#[test]
fn the_same_seed_makes_the_same_city_and_another_one_does_not() {
    let Some(folder) = data() else { return };
    let files = ChengduFiles::in_folder(&folder).unwrap();
    let city = chengdu(&files, 5, date()).unwrap();
    assert_eq!(city, chengdu(&files, 5, date()).unwrap());
    assert_ne!(city.bookings, chengdu(&files, 6, date()).unwrap().bookings);
    let files = MacauFiles::in_folder(&folder).unwrap();
    assert_eq!(macau(&files, 5, date()).unwrap(), macau(&files, 5, date()).unwrap());
}

#[test]
fn a_day_without_enough_vehicles_keeps_everything_else() {
    let Some(city) = make("chengdu") else { return };
    let planted = with_first_vehicles(city.clone(), 8);
    assert_eq!(planted.vehicles[..], city.vehicles[..8]);
    assert_eq!(planted.bookings, city.bookings);
    assert_eq!(planted.assumed.len(), city.assumed.len() + 1);
}

#[test]
fn a_missing_file_is_named() {
    let error = MacauFiles::in_folder("no/such/folder").unwrap_err().to_string();
    assert!(error.contains("no/such/folder") && error.lines().count() == 1, "{error}");
}

#[test]
fn a_broken_file_of_a_city_is_one_clear_fault() {
    let Some(folder) = data() else { return };
    let mut files = ChengduFiles::in_folder(&folder).unwrap();
    files.roads.bytes.truncate(100_000);
    let error = chengdu(&files, 1, date()).unwrap_err();
    assert_eq!(error.total, 1);
    assert!(error.to_string().contains("chengdu-2018.osm.pbf: "), "{error}");
}

#[test]
fn the_published_files_come_in_whole() {
    let Some(folder) = data() else { return };
    let bytes = |path: &str| std::fs::read(folder.join(path)).unwrap();
    let zones = areas("zones", &bytes("macau-census-2021/macau-zones-2021.geojson.gz"), Datum::Wgs84).unwrap();
    assert_eq!(zones.records.len(), 24);
    let homes = buildings("buildings", &bytes("osm-macau/macau-buildings-osm.csv.gz"), Datum::Wgs84).unwrap();
    assert_eq!(homes.records.len(), 11_945);
    let points = bytes("osm-macau/macau-waste-points-osm.csv");
    assert_eq!(outlets("points", &points, Datum::Wgs84, &catalogue()).unwrap().records.len(), 33 + 6);
    let hong_kong = bytes("hk-recycling/hk-recyclable-collection-points.csv.gz");
    let hong_kong = outlets("hk", &hong_kong, Datum::Wgs84, &catalogue()).unwrap();
    assert_eq!(hong_kong.records.len(), 6_016);
    assert!(hong_kong.notes.iter().any(|note| note.contains("food_waste")), "{:?}", hong_kong.notes);
    let orders = |city: &str| {
        let orders = bytes(&format!("lade-pickup/{city}.csv"));
        bookings(city, &orders, Datum::Gcj02, &catalogue(), date())
    };
    assert_eq!(orders("shanghai").unwrap().records.len(), 1_285);
    assert_eq!(orders("yantai").unwrap().records.len(), 1_512);
    // One order has a window at night: the file has to be mended first, and the fault says where.
    assert_eq!(orders("hangzhou").unwrap_err().to_string(), "hangzhou:553: the window starts after 22:00");
}
