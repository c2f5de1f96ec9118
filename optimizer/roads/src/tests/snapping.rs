//! Where vehicles stop for places: sides, kerbs, bridges, entrances.

use std::io::Read;

use huilu_model::Wgs84;

use super::cities::{MACAU, city};
use super::encode::pbf;
use super::{Streets, assert_about, metres, place};
use crate::graph::{Graph, NO_STOPPING};
use crate::network::RoadNetwork;
use crate::osm::read_pbf;
use crate::profile::Profile;
use crate::router::Router;
use crate::snap::{Side, Snap};

fn snap(graph: &Graph, (x, y): (i32, i32)) -> Snap {
    graph.snap(place(f64::from(x), f64::from(y)), 500.0).expect("a road is near")
}

/// A two-way primary road from west to east with room to turn at both ends, and traffic on the right or on the left.
fn avenue(left: bool) -> Streets {
    let ring = [(1_050, 0), (1_100, 50), (1_150, 0), (1_100, -50), (1_050, 0)];
    let mut round: Vec<(i32, i32)> = ring.to_vec();
    // Drawn in the direction of travel: with the clock where traffic keeps left.
    if !left {
        round.reverse();
    }
    Streets::default()
        .way(1, &[(0, 0), (1_000, 0)], &[("highway", "primary")])
        .street(2, &[(1_000, 0), (1_050, 0)])
        .way(3, &round, &[("highway", "residential"), ("junction", "roundabout")])
        .street(4, &[(0, 0), (-100, 0)])
}

#[test]
fn the_side_is_seen_in_the_direction_of_travel() {
    let (router, _) = avenue(false).build(Profile::Van);
    let north = snap(router.graph(), (500, 30));
    assert_eq!((north.side(false), north.side(true)), (Side::Left, Side::Right));
    let south = snap(router.graph(), (500, -30));
    assert_eq!((south.side(false), south.side(true)), (Side::Right, Side::Left));
    assert_eq!(snap(router.graph(), (500, 0)).side(false), Side::On);
    assert!(north.allows(false) && north.allows(true), "a van stops on either side");
}

fn metres_apart(router: &Router, from: &Snap, to: &Snap) -> u32 {
    let path = router.path(from, to).expect("a path");
    let matrix = router.matrix(&[Some(*from), Some(*to)], 1, &|_| {});
    assert_eq!((path.seconds, path.metres), (matrix.seconds(0, 1), matrix.metres(0, 1)));
    path.metres
}

#[test]
fn trucks_stop_on_their_own_side_of_wide_roads() {
    for left in [false, true] {
        let (router, _) = avenue(left).build(Profile::Truck);
        assert_eq!(router.graph().keeps_left, left);
        let start = snap(router.graph(), (-50, 0));
        let [north, south] = [30, -30].map(|y| snap(router.graph(), (400, y)));
        let (near, far) = if left { (north, south) } else { (south, north) };
        assert!(near.allows(false) && !near.allows(true) && !far.allows(false) && far.allows(true));
        assert!(metres_apart(&router, &start, &near).abs_diff(450) <= 2);
        // On to the roundabout, round it and back.
        let round = (100.0 * 2.0_f64.sqrt() * 2.0) as u32;
        assert!(metres_apart(&router, &start, &far).abs_diff(50 + 1_000 + 50 + round + 50 + 600) <= 3);
        // And away on the same side.
        assert!(metres_apart(&router, &far, &start).abs_diff(450) <= 2);
        assert!(metres_apart(&router, &near, &start) > 1_500);
        // Opposite each other: round again, although they meet the road at one point.
        assert!(metres_apart(&router, &near, &far) > 1_000);
    }
    let narrow = Streets::default().street(1, &[(0, 0), (1_000, 0)]);
    let (router, _) = narrow.build(Profile::Truck);
    let across = snap(router.graph(), (400, 30));
    assert!(across.allows(false) && across.allows(true), "a street is crossed on foot");
}

#[test]
fn nobody_stops_on_a_bridge_where_a_street_is_hardly_farther() {
    let streets = Streets::default()
        .way(1, &[(0, 0), (400, 0)], &[("highway", "primary"), ("bridge", "yes")])
        .way(2, &[(400, 0), (600, 0)], &[("highway", "primary")])
        .street(3, &[(0, 0), (0, -60), (600, -60), (600, 0)]);
    let (router, _) = streets.build(Profile::Van);
    let below = snap(router.graph(), (200, -20));
    assert!((below.distance_m() - 40.0).abs() < 1.0 && below.point().lat < place(0.0, -30.0).lat);
    // North of the bridge the street is 120 m farther than the bridge's end.
    let streets = streets.without(3).street(3, &[(0, 0), (0, -260), (600, -260), (600, 0)]);
    let (router, _) = streets.build(Profile::Van);
    assert!((snap(router.graph(), (200, 30)).distance_m() - 30.0).abs() < 1.0);
}

#[test]
fn the_nearest_kept_road_serves_where_a_nearer_one_is_cut_off() {
    let streets = Streets::default().street(1, &[(0, 0), (900, 0)]).street(2, &[(100, 60), (300, 60)]);
    let (router, summary) = streets.build(Profile::Van);
    assert_eq!(summary.parts_dropped, 1);
    assert!((snap(router.graph(), (200, 50)).distance_m() - 50.0).abs() < 0.5);
    assert!(router.snap(place(200.0, 50.0), 40.0).is_none());
}

/// A walled compound of 200 m x 200 m between a northern and a southern street; its gate is in the north.
fn compound() -> Streets {
    Streets::default()
        .street(1, &[(0, 0), (400, 0)])
        .street(2, &[(400, 0), (400, 240)])
        .street(3, &[(400, 240), (0, 240)])
        .street(4, &[(0, 240), (0, 0)])
        .compound(&[(100, 20), (300, 20), (300, 220), (100, 220), (100, 20)], &[(200, 220)])
}

#[test]
fn a_place_in_a_compound_is_served_at_its_gate() {
    let (router, _) = compound().build(Profile::Van);
    let inside = snap(router.graph(), (200, 50));
    assert_eq!(inside.entrance().map(|at| at.distance_m(place(200.0, 220.0)) < 0.1), Some(true));
    assert!(inside.point().distance_m(place(200.0, 240.0)) < 0.5);
    assert!((inside.distance_m() - 190.0).abs() < 0.5, "told from the place, not from the gate");
    // Outside, or too far from the gate's road: the nearest road.
    assert!((snap(router.graph(), (200, 10)).distance_m() - 10.0).abs() < 0.5);
    let near = router.snap(place(200.0, 50.0), 100.0).expect("the southern street");
    assert!(near.entrance().is_none() && (near.distance_m() - 50.0).abs() < 0.5);
}

#[test]
fn the_best_of_several_entrances_serves_and_buildings_come_before_compounds() {
    let streets = compound()
        .compound(&[(120, 30), (180, 30), (180, 90), (120, 90), (120, 30)], &[(150, 90)])
        .compound(&[(240, 30), (290, 30), (290, 90), (240, 90), (240, 30)], &[(265, 30), (265, 90)]);
    let (router, _) = streets.build(Profile::Van);
    // The building's own door leads to no road, the compound's gate does.
    let inner = snap(router.graph(), (150, 40));
    assert!(inner.entrance().is_some_and(|at| at.distance_m(place(200.0, 220.0)) < 0.1));
    let open = Streets::default()
        .street(1, &[(0, 0), (400, 0)])
        .street(3, &[(0, 0), (0, 120), (400, 120)])
        .compound(&[(240, 30), (290, 30), (290, 90), (240, 90), (240, 30)], &[(265, 30), (265, 90)]);
    let (router, _) = open.build(Profile::Van);
    for (y, door) in [(40, 30.0), (80, 90.0)] {
        let found = snap(router.graph(), (265, y)).entrance().expect("an entrance");
        assert!(found.distance_m(place(265.0, door)) < 0.1, "{y}");
    }
}

#[test]
fn a_road_into_the_compound_is_driven() {
    let streets = compound().way(9, &[(200, 240), (200, 60)], &[("highway", "service"), ("access", "private")]);
    let (router, _) =
        streets.without(3).street(3, &[(400, 240), (200, 240)]).street(30, &[(200, 240), (0, 240)]).build(Profile::Van);
    let inside = snap(router.graph(), (215, 100));
    assert!(inside.entrance().is_none() && (inside.distance_m() - 15.0).abs() < 0.5);
    assert_about(metres(&router, (400, 120), (200, 100)), 120 + 200 + 140);
}

#[test]
fn entrances_are_read_from_the_file_and_kept_with_the_network() {
    let Some(bytes) = city(MACAU) else { return };
    let raw = read_pbf(&bytes, &|_| {}).expect("a sound file");
    assert!(raw.compounds.len() > 100, "{}", raw.compounds.len());
    assert!(raw.compounds.iter().all(|one| one.ring.first() == one.ring.last() && !one.entrances.is_empty()));
    // Written without outlines, the same roads have none.
    let streets = compound();
    let (network, summary) = RoadNetwork::from_pbf(&pbf(streets.raw(), true)).expect("a sound file");
    assert_eq!((summary.compounds, network.graph(Profile::Van).compounds.len()), (0, 0));
}

/// What the rules change for the buildings of a real city; printed, and kept from becoming absurd.
#[test]
fn most_buildings_of_a_city_are_served_where_they_stand() {
    let (Some(bytes), Some(packed)) = (city(MACAU), city("osm-macau/macau-buildings-osm.csv.gz")) else { return };
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("gzip");
    let places: Vec<Wgs84> = text
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut fields = line.split(',').skip(1).map(str::parse::<f64>);
            let (lon, lat) = fields.next()?.ok().zip(fields.next()?.ok())?;
            Some(Wgs84 { lat, lon })
        })
        .collect();
    assert!(places.len() > 11_000);
    let (network, _) = RoadNetwork::from_pbf(&bytes).expect("a sound file");
    for profile in [Profile::Van, Profile::Truck] {
        let graph = network.graph(profile);
        let plain = |at: Wgs84| graph.nearest_edge(at);
        let (mut on_bridge, mut moved, mut entrances, mut one_sided, mut far) = (0, 0, 0, 0, 0);
        for &at in &places {
            let Some(snap) = graph.snap(at, 500.0) else {
                far += 1;
                continue;
            };
            let nearest = plain(at).expect("a road");
            on_bridge += usize::from(graph.edge_flags[nearest as usize] & NO_STOPPING != 0);
            moved += usize::from(nearest != snap.edge());
            entrances += usize::from(snap.entrance().is_some());
            one_sided += usize::from(!(snap.allows(false) && snap.allows(true)));
        }
        println!(
            "{profile}: of {} buildings {on_bridge} lie nearest to a bridge or tunnel, {entrances} are served at an entrance, {moved} elsewhere than on the nearest road, {one_sided} from one side only, {far} not at all",
            places.len()
        );
        assert!(far * 100 < places.len() && moved * 5 < places.len());
    }
}
