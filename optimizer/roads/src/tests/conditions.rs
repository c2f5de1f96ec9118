//! Speeds by the hour, zones and roads that are shut at some hours.

use std::sync::Arc;

use huilu_model::Datum;
use proptest::prelude::*;

use super::{Streets, assert_about, on_road, place};
use crate::closures::{Closure, ClosuresError};
use crate::conditions::{CLOSED, Conditions};
use crate::graph::Graph;
use crate::hours::Departure;
use crate::network::RoadNetwork;
use crate::profile::Profile;
use crate::router::Router;
use crate::search::ReachLimit;

fn departure(text: &str) -> Option<Departure> {
    Some(text.parse().expect("a departure"))
}

/// A feature whose rings are given in metres on the grid.
fn zone(properties: &str, ring: &[(f64, f64)]) -> String {
    let position = |&(x, y): &(f64, f64)| {
        let at = place(x, y);
        format!("[{},{}]", at.lon, at.lat)
    };
    let ring: Vec<String> = ring.iter().map(position).collect();
    format!(
        r#"{{"type":"Feature","properties":{properties},"geometry":{{"type":"Polygon","coordinates":[[{}]]}}}}"#,
        ring.join(",")
    )
}

fn collection(features: &[String]) -> String {
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","))
}

fn square(low: (f64, f64), high: (f64, f64)) -> [(f64, f64); 5] {
    [low, (high.0, low.1), high, (low.0, high.1), low]
}

fn closures(properties: &str, ring: &[(f64, f64)]) -> Vec<Closure> {
    Closure::read_geojson(&collection(&[zone(properties, ring)]), Datum::Wgs84).expect("a closure")
}

/// Three streets in a row, the middle one of 200 m, and one along the southern border of the zone between them.
fn row() -> Graph {
    let streets = Streets::default()
        .street(1, &[(0, 0), (300, 0)])
        .way(2, &[(300, 0), (500, 0)], &[("highway", "primary")])
        .street(3, &[(500, 0), (800, 0)])
        .street(4, &[(300, 0), (300, -40), (500, -40), (500, 0)]);
    streets.graph(Profile::Truck).0
}

/// Whether each place's road is shut.
fn shut(graph: &Graph, conditions: &Conditions<'_>, places: &[(i32, i32)]) -> Vec<bool> {
    let arc_ms = graph.arc_ms_at(conditions);
    let of_place = |&at: &(i32, i32)| {
        let snap = on_road(graph, at);
        let arcs = graph.arcs_of(snap.edge, false).chain(graph.arcs_of(snap.edge, true));
        let closed: Vec<bool> = arcs.map(|arc| arc_ms[arc as usize] == CLOSED).collect();
        assert_eq!(graph.closed_by(&snap, conditions).is_some(), closed.iter().all(|&one| one));
        closed.iter().all(|&one| one)
    };
    places.iter().map(of_place).collect()
}

const PLACES: [(i32, i32); 4] = [(150, 0), (400, 0), (650, 0), (400, -40)];

#[test]
fn a_zone_shuts_the_roads_inside_at_its_hours_to_its_profiles() {
    let graph = row();
    // From 290 m to 510 m: the middle street is inside, its neighbours reach in by 10 m, which is its border.
    let ban = r#"{"name":"福田限货","profiles":["truck"],"hours":"Mo-Fr 07:00-22:00"}"#;
    let zones = closures(ban, &square((290.0, -35.0), (510.0, 100.0)));
    let at = |depart| Conditions { depart, closures: &zones };
    assert_eq!(shut(&graph, &at(departure("08:00")), &PLACES), [false, true, false, true]);
    assert_eq!(shut(&graph, &at(departure("Sa 08:00")), &PLACES), [false; 4]);
    assert_eq!(shut(&graph, &at(departure("23:00")), &PLACES), [false; 4]);
    assert_eq!(shut(&graph, &at(None), &PLACES), [false; 4]);
    let reason = graph.closed_by(&on_road(&graph, (400, 0)), &at(departure("08:00")));
    assert_eq!(reason.as_deref(), Some("福田限货 (Mo-Fr 07:00-22:00)"));
    let (van, _) = Streets::default().street(1, &[(300, 0), (500, 0)]).graph(Profile::Van);
    assert!(van.arc_ms_at(&at(departure("08:00"))).iter().all(|&ms| ms != CLOSED));
}

#[test]
fn a_road_that_leads_into_a_zone_is_shut_and_one_along_its_border_is_not() {
    let graph = row();
    let ban = r#"{"name":"core","profiles":["truck","van"]}"#;
    // The first street reaches 60 m into the zone; the one in the south lies 10 m inside only with its ends.
    let zones = closures(ban, &square((240.0, -10.0), (510.0, 100.0)));
    // Closed at any hour, and so without one.
    let conditions = Conditions { depart: None, closures: &zones };
    assert_eq!(shut(&graph, &conditions, &PLACES), [true, true, false, false]);
    assert!(zones[0].contains(place(400.0, 50.0)) && !zones[0].contains(place(400.0, -50.0)));
    let before = graph.arc_ms.clone();
    assert_eq!(graph.arc_ms_at(&Conditions::default()), before);
}

#[test]
fn zones_are_read_in_the_datum_that_the_caller_names() {
    let graph = row();
    let ban = r#"{"name":"core","profiles":["truck"]}"#;
    let text = collection(&[zone(ban, &square((290.0, -35.0), (510.0, 100.0)))]);
    let shifted = Closure::read_geojson(&text, Datum::Gcj02).expect("a closure");
    let conditions = Conditions { depart: None, closures: &shifted };
    assert_eq!(shut(&graph, &conditions, &PLACES), [false; 4], "half a kilometre off");
}

#[test]
fn holes_and_several_parts_are_honoured() {
    let graph = row();
    let ring = |low, high| {
        let points = square(low, high).map(|(x, y)| {
            let at = place(x, y);
            format!("[{},{}]", at.lon, at.lat)
        });
        format!("[{}]", points.join(","))
    };
    let parts = format!(
        "[[{},{}],[{}]]",
        ring((-100.0, -100.0), (520.0, 100.0)),
        ring((310.0, -20.0), (490.0, 20.0)),
        ring((600.0, -10.0), (700.0, 10.0))
    );
    let feature = format!(
        r#"{{"type":"Feature","properties":{{"name":"n","profiles":["truck"]}},"geometry":{{"type":"MultiPolygon","coordinates":{parts}}}}}"#
    );
    let zones = Closure::read_geojson(&collection(&[feature]), Datum::Wgs84).expect("a closure");
    let conditions = Conditions { depart: None, closures: &zones };
    // Of the middle street 20 m lie outside the hole: no more than a border.
    assert_eq!(shut(&graph, &conditions, &PLACES), [true, false, true, true]);
}

#[test]
fn every_feature_that_is_no_closure_is_told_with_its_cause() {
    let ring = square((0.0, 0.0), (10.0, 10.0));
    let cases = [
        (r#"{"profiles":["truck"]}"#, "`name` is missing"),
        (r#"{"name":"a"}"#, "`profiles` is missing"),
        (r#"{"name":"a","profiles":[]}"#, "`profiles` is missing"),
        (r#"{"name":"a","profiles":["tank"]}"#, "tank"),
        (r#"{"name":"a","profiles":["truck"],"hours":"7-9"}"#, "`7-9`"),
        ("7", "properties"),
    ];
    let features: Vec<String> = cases.iter().map(|(properties, _)| zone(properties, &ring)).collect();
    let Err(ClosuresError::Features(bad)) = Closure::read_geojson(&collection(&features), Datum::Wgs84) else {
        panic!("all of them are wrong");
    };
    assert_eq!(bad.len(), cases.len());
    for (bad, (_, cause)) in bad.iter().zip(cases) {
        assert!(bad.cause.contains(cause) && !bad.cause.contains('\n'), "{bad:?}");
    }
    let geometry = |geometry: &str| {
        let feature =
            format!(r#"{{"type":"Feature","properties":{{"name":"a","profiles":["van"]}},"geometry":{geometry}}}"#);
        Closure::read_geojson(&collection(&[feature]), Datum::Wgs84).expect_err("no zone").to_string()
    };
    for (wrong, cause) in [
        ("null", "no geometry"),
        (r#"{"type":"Point","coordinates":[114,22]}"#, "a Point is no zone"),
        (r#"{"type":"Polygon","coordinates":[]}"#, "without rings"),
        (r#"{"type":"Polygon","coordinates":[[[114,22],[115,22],[114,22]]]}"#, "fewer than four"),
        (r#"{"type":"Polygon","coordinates":[[[114,22],[115,22],[115,23],[114,23]]]}"#, "does not end where"),
        (r#"{"type":"Polygon","coordinates":[[[22,114],[22,115],[23,115],[22,114]]]}"#, "longitude first"),
        (r#"{"type":"Polygon","coordinates":[[["a",22],[115,22],[115,23],["a",22]]]}"#, "no position"),
    ] {
        assert!(geometry(wrong).contains(cause), "{wrong}: {}", geometry(wrong));
    }
    assert!(matches!(Closure::read_geojson("{", Datum::Wgs84), Err(ClosuresError::NotJson(_))));
    assert!(matches!(Closure::read_geojson("[]", Datum::Wgs84), Err(ClosuresError::NotACollection)));
    assert!(Closure::read_geojson(&collection(&[]), Datum::Wgs84).expect("nothing is closed").is_empty());
}

#[test]
fn rush_hours_slow_wide_roads_more_than_streets() {
    let graph = row();
    let at = |depart| {
        let ms = graph.arc_ms_at(&Conditions { depart, closures: &[] });
        [(400, 0), (150, 0)]
            .map(|place| f64::from(ms[graph.arcs_of(on_road(&graph, place).edge, false).start as usize]))
    };
    let (base, peak, night) = (at(None), at(departure("08:30")), at(departure("03:00")));
    for (k, range) in [(0, 1.25..1.45), (1, 1.10..1.25)] {
        assert!(range.contains(&(peak[k] / base[k])), "{k}: {}", peak[k] / base[k]);
        assert!(night[k] < base[k]);
    }
}

#[test]
fn tags_shut_single_roads_and_directions_at_their_hours() {
    let streets = Streets::default()
        .street(1, &[(0, 0), (300, 0)])
        .way(
            2,
            &[(300, 0), (500, 0)],
            &[("highway", "residential"), ("motor_vehicle:conditional", "no @ (07:00-09:00)")],
        )
        .way(3, &[(500, 0), (800, 0)], &[("highway", "residential"), ("oneway:conditional", "yes @ (17:00-19:00)")])
        .street(5, &[(300, 0), (300, 200), (500, 200), (500, 0)])
        .way(6, &[(800, 0), (900, 0)], &[("highway", "residential"), ("hgv:conditional", "no @ (weight>7.5)")]);
    let (graph, summary) = streets.graph(Profile::Truck);
    assert_eq!((summary.timed_ways, summary.conditions_unread), (2, 1));
    let bus_street = [("highway", "residential"), ("access", "no"), ("hgv:conditional", "yes @ (20:00-06:00)")];
    let (_, more) = streets.clone().way(7, &[(800, 0), (900, 200)], &bus_street).graph(Profile::Truck);
    assert_eq!(more.conditions_unread, 2, "a street that opens at some hours stays shut, and is told");
    let places = [(150, 0), (400, 0), (650, 0)];
    let at = |text| Conditions { depart: departure(text), closures: &[] };
    assert_eq!(shut(&graph, &at("08:00"), &places), [false, true, false]);
    assert_eq!(shut(&graph, &at("12:00"), &places), [false; 3]);
    let reason = graph.closed_by(&on_road(&graph, (400, 0)), &at("08:00"));
    assert_eq!(reason.as_deref(), Some("road closed 07:00-09:00"));
    let evening = graph.arc_ms_at(&at("18:00"));
    let edge = on_road(&graph, (650, 0)).edge;
    let of = |backward| graph.arcs_of(edge, backward).map(|arc| evening[arc as usize] == CLOSED).collect::<Vec<_>>();
    assert_eq!((of(false), of(true)), (vec![false], vec![true]));
}

proptest! {
    #[test]
    fn no_text_breaks_the_reader_of_zones(text in "[\\[\\]{}\",:0-9a-z ]{0,60}") {
        let _ = Closure::read_geojson(&text, Datum::Wgs84);
        let _ = Closure::read_geojson(&collection(&[text]), Datum::Wgs84);
    }
}

#[test]
fn a_router_drives_round_what_is_shut_and_more_slowly_at_the_rush_hour() {
    let streets = Streets::default()
        .street(1, &[(0, 0), (300, 0)])
        .way(2, &[(300, 0), (500, 0)], &[("highway", "primary")])
        .street(3, &[(500, 0), (800, 0)])
        .street(4, &[(300, 0), (300, -200), (500, -200), (500, 0)]);
    let (network, _) = RoadNetwork::from_raw(streets.raw(), String::new(), &[], &|_| {});
    let ban = r#"{"name":"core","profiles":["truck"],"hours":"07:00-22:00"}"#;
    let zones = closures(ban, &square((310.0, -35.0), (490.0, 100.0)));
    let truck = |text| network.router_at(Profile::Truck, &Conditions { depart: departure(text), closures: &zones });
    let answer = |router: &Router, to: (i32, i32)| {
        let ends = [on_road(router, (150, 0)), on_road(router, to)];
        let path = router.path(&ends[0], &ends[1]).map(|path| (path.seconds, path.metres));
        let table = router.table(&[Some(ends[0])], &[Some(ends[1])], 1, &|_| {});
        assert_eq!(path, table.get(0, 0));
        let within = router.within(&ends[0], ReachLimit::Seconds(3_600), &[Some(ends[1])]);
        assert_eq!(path, within[0]);
        path
    };
    let (night, morning) = (truck("23:00"), truck("08:00"));
    assert_about(answer(&night, (650, 0)).map(|found| found.1), 500);
    assert_about(answer(&morning, (650, 0)).map(|found| found.1), 900);
    assert_about(answer(&night, (400, 0)).map(|found| found.1), 250);
    assert_eq!(answer(&morning, (400, 0)), None, "nobody can stop on a road that is shut");
    let seconds = |text| answer(&truck(text), (290, 0)).map(|found| found.0);
    assert!(seconds("08:00") > seconds("23:00"), "{:?} and {:?}", seconds("08:00"), seconds("23:00"));
    let base = network.router_at(Profile::Truck, &Conditions::default());
    assert_eq!(answer(&base, (650, 0)), answer(&network.router(Profile::Truck), (650, 0)));
}

#[test]
fn travel_times_are_kept_for_as_long_as_the_same_roads_are_shut() {
    let streets = Streets::default().street(1, &[(0, 0), (300, 0)]).street(2, &[(300, 0), (500, 0)]);
    let (network, _) = RoadNetwork::from_raw(streets.raw(), String::new(), &[], &|_| {});
    let zones = |hours: &str| {
        let ban = format!(r#"{{"name":"{hours}","profiles":["truck"],"hours":"{hours}"}}"#);
        closures(&ban, &square((310.0, -35.0), (510.0, 100.0)))
    };
    let (night, day) = (zones("20:00-06:00"), zones("08:30-20:00"));
    let truck = |text, closures: &[Closure]| {
        network.router_at(Profile::Truck, &Conditions { depart: departure(text), closures }).metric
    };
    let first = truck("08:05", &day);
    assert!(Arc::ptr_eq(&first, &truck("08:25", &day)), "the same hour, nothing shut");
    assert!(Arc::ptr_eq(&first, &truck("08:25", &night)) && Arc::ptr_eq(&first, &truck("Tu 08:00", &[])));
    let shut = truck("08:35", &day);
    assert!(!Arc::ptr_eq(&first, &shut) && shut.arc_ms != first.arc_ms, "the zone counts from half past");
    assert!(!Arc::ptr_eq(&first, &truck("Su 08:05", &day)), "another day's speeds");
    for hour in ["10:00", "11:00", "12:00", "13:00"] {
        truck(hour, &day);
    }
    let again = truck("08:05", &day);
    assert!(!Arc::ptr_eq(&first, &again) && again.arc_ms == first.arc_ms, "the oldest are given up");
    let foot = |text| network.router_at(Profile::Foot, &Conditions { depart: departure(text), closures: &day }).metric;
    assert!(Arc::ptr_eq(&foot("08:05"), &foot("17:45")), "who walks does not feel the hour");
}

#[test]
fn a_zone_with_too_many_corners_is_refused() {
    let star = |n: usize| {
        let corner = |k: usize| {
            let angle = (k % n) as f64 / n as f64 * std::f64::consts::TAU;
            (1_000.0 * angle.cos(), 1_000.0 * angle.sin())
        };
        let ring: Vec<(f64, f64)> = (0..=n).map(corner).collect();
        Closure::read_geojson(&collection(&[zone(r#"{"name":"n","profiles":["van"]}"#, &ring)]), Datum::Wgs84)
    };
    assert!(star(99_999).is_ok());
    let refused = star(100_000).expect_err("too many").to_string();
    assert!(refused.contains("feature 1: n: 100001 corners are more than 100000"), "{refused}");
}

#[test]
fn a_place_whose_own_side_is_shut_is_told_so() {
    let evening = [("highway", "primary"), ("oneway:conditional", "yes @ (17:00-19:00)")];
    let streets = Streets::default()
        .street(1, &[(0, 0), (300, 0)])
        .way(2, &[(300, 0), (500, 0)], &evening)
        .street(3, &[(500, 0), (500, 200), (300, 200), (300, 0)]);
    let (graph, _) = streets.graph(Profile::Truck);
    let closed_by = |y: i32, text| {
        let conditions = Conditions { depart: departure(text), closures: &[] };
        graph.closed_by(&on_road(&graph, (400, y)), &conditions)
    };
    // Traffic keeps right: trucks stop for the northern side on their way west, which is shut.
    assert_eq!(closed_by(10, "18:00").as_deref(), Some("road closed 17:00-19:00"));
    assert_eq!((closed_by(-10, "18:00"), closed_by(0, "18:00"), closed_by(10, "12:00")), (None, None, None));
}
