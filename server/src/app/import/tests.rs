use std::sync::Arc;

use huilu_model::{Datum, Wgs84};
use huilu_roads::Profile;
use huilu_seeds::demo;

use super::*;
use crate::api_tests::extract;
use crate::app::planning;
use crate::app::testing::City;
use crate::db::bookings::BookingFilter;
use crate::domain::area::BuildingKind;
use crate::domain::event::{Event, EventKind};
use crate::travel::TableAsk;

/// The west of the testing city, and a block in it.
const AREAS: &str = r#"{"type": "FeatureCollection", "features": [
    {"type": "Feature", "properties": {"key": "west", "name": "West", "level": "district"}, "geometry":
        {"type": "Polygon", "coordinates": [[[113, 22], [113.6, 22], [113.6, 23], [113, 23], [113, 22]]]}},
    {"type": "Feature", "properties": {"key": "block", "name": "Block", "parent": "west"}, "geometry":
        {"type": "Polygon", "coordinates": [[[113.5, 22.1], [113.52, 22.1], [113.52, 22.2], [113.5, 22.2], [113.5, 22.1]]]}},
    {"type": "Feature", "properties": {"key": "somewhere", "name": "Somewhere"}, "geometry": null}
]}"#;

/// For tomorrow: one in the block, one in the west of it, one in no area.
const BOOKINGS: &str = "key,lat,lon,window_start,window_end,material,amount_g
a,22.15,113.51,10:00,12:00,paper_occ,6000
b,22.15,113.45,10:00,12:00,paper_occ,5000
c,22.15,113.90,14:00,16:00,paper_news,4000
";

async fn take(city: &City, kind: FileKind, text: &str, datum: Datum) -> AppResult<FileImported> {
    file(&city.services, city.operator(), kind, "file.csv", text.as_bytes(), datum).await
}

async fn taken(city: &City, kind: FileKind, text: &str) -> usize {
    take(city, kind, text, Datum::Wgs84).await.unwrap().added
}

/// In the order they came.
async fn booked(city: &City) -> Vec<Booking> {
    let filter = BookingFilter { resident: None, service_date: None, state: None };
    let page = db::bookings::page(city.services.db.read(), city.operator().id, &filter, None, 1_000);
    page.await.unwrap().into_iter().rev().collect()
}

async fn happened(city: &City, subject: uuid::Uuid) -> Vec<Event> {
    db::events::of_subject(city.services.db.read(), city.operator().id, subject).await.unwrap()
}

async fn counted(city: &City, operator: OperatorId) -> (u64, u64) {
    let read = city.services.db.read();
    (db::events::count(read, operator).await.unwrap(), db::events::outbox_count(read, operator).await.unwrap())
}

/// What is said of a refused file; nothing of it was stored.
async fn refused(city: &City, kind: FileKind, text: &str) -> String {
    let before = (booked(city).await.len(), counted(city, city.operator().id).await);
    let AppError::Conflict { code, detail } = take(city, kind, text, Datum::Wgs84).await.unwrap_err() else {
        panic!("a refused file is a conflict")
    };
    assert_eq!(code, "BAD_FILE", "{detail}");
    assert_eq!((booked(city).await.len(), counted(city, city.operator().id).await), before, "{detail}");
    detail
}

#[tokio::test]
async fn bookings_come_with_area_slot_and_event() {
    let city = City::new().await;
    assert_eq!(taken(&city, FileKind::Areas, AREAS).await, 3);
    assert_eq!(taken(&city, FileKind::Bookings, BOOKINGS).await, 3);

    let read = city.services.db.read();
    let areas = db::areas::all(read, city.operator().id).await.unwrap();
    let named = |name: &str| areas.iter().find(|area| area.names.en == name).map(|area| area.id);
    let rows = booked(&city).await;
    let within: Vec<_> = rows.iter().map(|booking| booking.area).collect();
    assert_eq!(within, [named("Block"), named("West"), None], "the smallest area that holds the place");

    for booking in &rows {
        let [event] = &happened(&city, booking.id.0).await[..] else { panic!("one event for each booking") };
        assert_eq!((event.event.kind, event.event.actor), (EventKind::BookingBooked, None));
        let mut fields: Vec<&String> = event.event.data.as_object().unwrap().keys().collect();
        fields.sort();
        assert_eq!(fields, ["cell", "mass_g", "service_date", "volume_l"], "ids and figures, no address");
        assert_eq!(event.event.data["mass_g"], booking.grams.0);
    }
    assert_eq!(counted(&city, city.operator().id).await, (5, 5), "and one for each file, all in the outbox");

    let used = async || {
        let first = &rows[0];
        let slots = db::slots::usage(city.services.db.read(), first.operator, first.cell, first.service_date);
        slots.await.unwrap().into_iter().map(|slot| slot.used).collect::<Vec<_>>()
    };
    assert_eq!(used().await, [1]);
    taken(&city, FileKind::Bookings, &BOOKINGS.replace("a,", "d,")).await;
    assert_eq!(used().await, [2], "a second file adds to the slots");
}

#[tokio::test]
async fn a_file_comes_once_as_what_it_is() {
    let city = City::new().await;
    assert_eq!(taken(&city, FileKind::Bookings, BOOKINGS).await, 3);
    let same = take(&city, FileKind::Bookings, BOOKINGS, Datum::Wgs84).await.unwrap();
    assert_eq!((same.again, same.added), (true, 0));
    let shifted = take(&city, FileKind::Bookings, BOOKINGS, Datum::Gcj02).await.unwrap();
    assert_eq!((shifted.again, shifted.added), (false, 3), "in another datum these are other places");
    // A table that can be read as either.
    let points = "key,lat,lon,amenity\nx,22.15,113.51,recycling\n";
    for _ in 0..2 {
        take(&city, FileKind::Outlets, points, Datum::Wgs84).await.unwrap();
    }
    assert_eq!(taken(&city, FileKind::Buildings, points).await, 1, "as buildings it is new");
    assert_eq!(db::outlets::open(city.services.db.read(), city.operator().id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn outlets_and_buildings_lie_in_areas_too() {
    let city = City::new().await;
    taken(&city, FileKind::Areas, AREAS).await;
    let outlets =
        "key,lat,lon,kind,streams\nin,22.15,113.51,smart_bin,paper\nout,22.15,113.90,collection_point,paper\n";
    assert_eq!(taken(&city, FileKind::Outlets, outlets).await, 2);
    let buildings = "key,lat,lon,kind,households,area\nh,22.15,113.51,compound,40,elsewhere\n";
    assert_eq!(taken(&city, FileKind::Buildings, buildings).await, 1);

    let (read, operator) = (city.services.db.read(), city.operator().id);
    let areas = db::areas::all(read, operator).await.unwrap();
    let block = areas.iter().find(|area| area.names.en == "Block").map(|area| area.id);
    let stored = db::outlets::page(read, operator, Some(city.outlet.id.0), 10).await.unwrap();
    assert_eq!(stored.iter().map(|outlet| outlet.area).collect::<Vec<_>>(), [block, None]);
    for outlet in &stored {
        let [event] = &happened(&city, outlet.id.0).await[..] else { panic!("one event for each outlet") };
        assert_eq!((event.event.kind, event.event.actor), (EventKind::OutletCreated, None));
        assert_eq!(event.event.data["kind"], outlet.kind.as_str());
    }
    let homes = db::buildings::of_kinds(read, operator, &[BuildingKind::Compound]).await.unwrap();
    assert_eq!(homes.iter().map(|home| home.area).collect::<Vec<_>>(), [block], "keys of areas are not stored");
}

#[tokio::test]
async fn the_published_plan_of_the_day_becomes_stale_once() {
    let city = City::new().await;
    let ids = city.book(2).await;
    let plan = city.solved(&ids).await;
    planning::publish_now(&city.services, &city.planner, &plan.to_string()).await.unwrap();
    let stale = async || {
        let plan = db::plans::by_id(city.services.db.read(), city.operator().id, plan).await.unwrap();
        plan.unwrap().stale
    };
    let later = BOOKINGS.replace(",10:00,", ",2026-11-26 10:00,").replace(",14:00,", ",2026-11-26 14:00,");
    let later = later.replace(",12:00,", ",2026-11-26 12:00,").replace(",16:00,", ",2026-11-26 16:00,");
    assert_eq!(taken(&city, FileKind::Bookings, &later).await, 3);
    assert_eq!(stale().await, None, "another day's bookings do not concern it");

    taken(&city, FileKind::Bookings, BOOKINGS).await;
    assert_eq!(stale().await.as_deref(), Some("booking.booked"));
    taken(&city, FileKind::Bookings, &BOOKINGS.replace("a,", "d,")).await;
    let events = happened(&city, plan.0).await;
    let marked: Vec<&Event> = events.iter().filter(|event| event.event.kind == EventKind::PlanStale).collect();
    let [marked] = &marked[..] else { panic!("one event, however many files came: {events:?}") };
    assert_eq!(marked.event.actor, None);
    assert_eq!(marked.event.data, json!({ "service_date": "2026-11-25", "cause": "booking.booked" }));
}

/// The metres and seconds of a street of some 2 km for vans, on the roads as they are imported now.
async fn drive(city: &City) -> (u32, u32) {
    let operator = db::operators::by_id(city.services.db.read(), city.operator().id).await.unwrap().unwrap();
    let ends = [Wgs84 { lat: 22.20, lon: 113.5 }, Wgs84 { lat: 22.22, lon: 113.5 }];
    let ask = TableAsk::square(Profile::Van, Arc::from(ends));
    let (table, _) = city.services.table(&operator, &ask).await.unwrap();
    (table.metres[1], table.seconds[1])
}

#[tokio::test]
async fn a_city_changes_the_profiles_and_new_roads_make_plans_stale() {
    let city = City::new().await;
    let read = city.services.db.read();
    let pbf = extract(&[(22.20, 113.5), (22.22, 113.5)], &[&[1, 2]]);
    let now = async || db::operators::by_id(read, city.operator().id).await.unwrap().unwrap();
    let source = |changes: Option<&str>| RoadsSource::new(pbf.clone(), changes.map(str::to_owned)).unwrap();
    let import =
        async |source: RoadsSource| roads(&city.services, &now().await, source, Arc::new(|_| {})).await.unwrap();
    import(source(None)).await;
    let (metres, seconds) = drive(&city).await;

    let ids = city.book(1).await;
    let plan = city.solved(&ids).await;
    planning::publish_now(&city.services, &city.planner, &plan.to_string()).await.unwrap();
    let stale = async || db::plans::by_id(read, city.operator().id, plan).await.unwrap().unwrap().stale;
    assert!(has_roads(&city.services, &now().await, &source(Some("{}"))).await.unwrap(), "no change is the default");
    import(source(None)).await;
    assert_eq!(stale().await, None, "control: the same roads once more");

    let slow = r#"{"van": {"speeds_kmh": {"residential": 5}}}"#;
    assert!(!has_roads(&city.services, &now().await, &source(Some(slow))).await.unwrap());
    import(source(Some(slow))).await;
    assert!(has_roads(&city.services, &now().await, &source(Some(slow))).await.unwrap());
    assert_eq!(stale().await.as_deref(), Some("operator.imported"));
    assert_eq!(profile_changes(&city.services, &now().await).unwrap().as_deref(), Some(slow), "it stays with the city");
    let (same, longer) = drive(&city).await;
    assert_eq!(same, metres);
    assert!(longer > 2 * seconds, "at 5 km/h: {longer} s, by default {seconds} s");

    import(source(None)).await;
    assert_eq!((drive(&city).await, profile_changes(&city.services, &now().await).unwrap()), ((metres, seconds), None));
    let wrong = RoadsSource::new(pbf.clone(), Some(r#"{"van": {"speed": 5}}"#.to_owned())).unwrap_err().to_string();
    assert!(wrong.contains("unknown field `speed`"), "{wrong}");
    let events = happened(&city, city.operator().id.0).await;
    let told = events.iter().filter(|event| event.event.data["kind"] == "roads").count();
    assert_eq!(told, 4, "one event for each import");
}

#[tokio::test]
async fn windows_that_are_over_are_refused_one_by_one() {
    let city = City::new().await;
    // The clock stands at noon of the 24th.
    let day = "key,lat,lon,service_date,window_start,window_end,material,amount_g
over,22.15,113.51,2026-11-24,09:00,11:59,paper_occ,6000
open,22.15,113.51,2026-11-24,11:00,13:00,paper_occ,6000
far,24.15,113.51,2026-11-25,11:00,13:00,paper_occ,6000
";
    let said = refused(&city, FileKind::Bookings, day).await;
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines[0].starts_with("file.csv: `over` ") && lines[0].contains("2026-11-24T11:59:00+08:00"), "{said}");
    assert!(lines[1].starts_with("file.csv: `far` ") && lines[1].contains("outside"), "{said}");
    let open: Vec<&str> = day.lines().filter(|line| !line.starts_with("over") && !line.starts_with("far")).collect();
    assert_eq!(taken(&city, FileKind::Bookings, &open.join("\n")).await, 1);

    let row = |k| format!("k{k},22.15,113.51,2020-01-01,09:00,11:00,paper_occ,6000\n");
    let many = day.lines().next().unwrap().to_owned() + "\n" + &(0..30).map(row).collect::<String>();
    let said = refused(&city, FileKind::Bookings, &many).await;
    assert_eq!(said.lines().count(), 21);
    assert!(said.ends_with("... and 10 more"), "{said}");
    assert!(refused(&city, FileKind::Bookings, "lat,lon\n1,2\n").await.starts_with("file.csv:1: "));
}

#[tokio::test]
async fn a_whole_city_has_an_event_for_each_outlet_and_open_booking() {
    let city = City::new().await;
    let demo = demo::generate(1, city.date).unwrap();
    let came =
        super::city(&city.services, &demo, &seeds::Catalogue::built_in().unwrap(), Arc::new(|_| {})).await.unwrap();
    assert!(came.open_bookings > 0 && came.past_bookings > 0);
    let count = (came.open_bookings + came.outlets + 1) as u64;
    assert_eq!(counted(&city, came.operator).await, (count, count), "past bookings are history, not news");

    let operator = db::operators::by_id(city.services.db.read(), came.operator).await.unwrap().unwrap();
    let tomorrow = demo::generate(1, city.date.succ_opt().unwrap()).unwrap();
    let added = open_bookings(&city.services, &operator, &tomorrow.bookings).await.unwrap();
    let count = count + added as u64 + 1;
    assert_eq!(counted(&city, came.operator).await, (count, count));
    let date = tomorrow.bookings[0].service_date;
    let rows = db::bookings::awaiting(city.services.db.read(), came.operator, date).await.unwrap();
    assert_eq!(rows.len(), added);
    assert!(rows.iter().all(|booking| booking.area.is_some()), "every door of the demo lies in an area");
    let events = db::events::of_subject(city.services.db.read(), came.operator, rows[0].id.0).await.unwrap();
    assert_eq!(events[0].event.data["service_date"], date.to_string());
}

#[test]
fn a_city_is_named_by_what_can_be_typed_and_stored() {
    for key in ["a", "chengdu", "hong-kong-2", &"x".repeat(40)] {
        assert!(key.parse::<CityKey>().is_ok(), "{key}");
    }
    for key in ["", "Macau", "a b", "../up", "a/b", "澳門", "a.b", "a_b", &"x".repeat(41)] {
        let refused = key.parse::<CityKey>().unwrap_err().to_string();
        assert!(refused.starts_with(&format!("`{key}` ")), "{refused}");
    }
}
