//! Rules of the road, one by one, on streets small enough to check by eye.

use huilu_model::UNREACHABLE;

use super::{Streets, assert_about, metres, on_road, place};
use crate::network::RoadNetwork;
use crate::profile::{Profile, ProfileSpec, UTurns};
use crate::router::Router;
use crate::search::ReachLimit;
use crate::summary::{DrivingSide, RestrictionFate, SideEvidence};
use crate::{build::build, great_circle_matrix};

/// A block of 400 m x 200 m with a dead-end stub at each corner, so that every direction of it can be driven.
///
/// ```text
///  (0,200) ---- 3 ---- (400,200)
///     |                    |
///     4                    2
///     |                    |
///   (0,0) ----- 1 ----- (400,0)
/// ```
fn block(south: &[(&str, &str)]) -> Streets {
    let mut list = vec![("highway", "residential")];
    list.extend_from_slice(south);
    Streets::default()
        .way(1, &[(0, 0), (200, 0), (400, 0)], &list)
        .street(2, &[(400, 0), (400, 200)])
        .street(3, &[(400, 200), (0, 200)])
        .street(4, &[(0, 200), (0, 0)])
        .street(5, &[(0, 0), (-100, 0)])
        .street(6, &[(400, 0), (500, 0)])
        .street(7, &[(400, 200), (500, 200)])
        .street(8, &[(0, 200), (-100, 200)])
}

#[test]
fn a_one_way_street_is_driven_round_its_block() {
    let (van, _) = block(&[("oneway", "yes")]).build(Profile::Van);
    assert_about(metres(&van, (50, 0), (350, 0)), 300);
    assert_about(metres(&van, (350, 0), (50, 0)), 50 + 200 + 400 + 200 + 50);
    let (reversed, _) = block(&[("oneway", "-1")]).build(Profile::Van);
    assert_about(metres(&reversed, (350, 0), (50, 0)), 300);
    assert_about(metres(&reversed, (50, 0), (350, 0)), 900);
    let (foot, _) = block(&[("oneway", "yes")]).build(Profile::Foot);
    assert_about(metres(&foot, (350, 0), (50, 0)), 300);
}

#[test]
fn places_on_one_edge_are_reached_directly_where_the_direction_allows() {
    let (van, _) = block(&[]).build(Profile::Van);
    assert_about(metres(&van, (50, 0), (350, 0)), 300);
    assert_about(metres(&van, (350, 0), (50, 0)), 300);
    assert_about(metres(&van, (120, 0), (120, 0)), 0);
}

#[test]
fn a_roundabout_is_driven_one_way_and_tells_the_driving_side() {
    // Drawn against the clock: right-hand traffic. Arms to the east and to the south.
    let streets = Streets::default()
        .way(
            1,
            &[(50, 0), (0, 50), (-50, 0), (0, -50), (50, 0)],
            &[("highway", "residential"), ("junction", "roundabout")],
        )
        .street(2, &[(50, 0), (150, 0)])
        .street(3, &[(0, -50), (0, -150)]);
    let (van, _) = streets.build(Profile::Van);
    let quarter = (50.0_f64 * 50.0 * 2.0).sqrt();
    assert_about(metres(&van, (0, -100), (100, 0)), (100.0 + quarter) as u32);
    assert_about(metres(&van, (100, 0), (0, -100)), (100.0 + 3.0 * quarter) as u32);
    let (_, summary) = RoadNetwork::from_raw(streets.raw(), String::new(), &[], &|_| {});
    assert_eq!(summary.driving_side, DrivingSide::Right);
    assert_eq!(summary.driving_side_by, SideEvidence::Roundabouts { agreeing: 1, of: 1 });
    assert!(summary.to_string().contains("traffic keeps right, as 1 of 1 roundabouts are drawn"), "{summary}");
    let bare = streets.without(1);
    let tell = |specs: &[ProfileSpec]| {
        let (network, summary) = RoadNetwork::from_raw(bare.raw(), String::new(), specs, &|_| {});
        let left = Profile::ALL.map(|profile| network.graph(profile).keeps_left);
        (summary.driving_side, summary.driving_side_by, left)
    };
    assert_eq!(tell(&[]), (DrivingSide::Right, SideEvidence::Assumed, [false; 4]));
    let stated = ProfileSpec::read_overrides(r#"{"driving_side": "left"}"#).expect("a side");
    assert_eq!(tell(&stated), (DrivingSide::Left, SideEvidence::Stated, [true; 4]));
}

#[test]
fn forbidden_turns_are_driven_round() {
    let at = (400, 0);
    let plain = block(&[]).build(Profile::Van).0;
    assert_about(metres(&plain, (350, 0), (400, 50)), 100);
    let forbidden = block(&[]).restriction(1, at, 2, &[("restriction", "no_left_turn")]);
    let (van, summary) = forbidden.build(Profile::Van);
    // Straight on into the stub, back at its end, and right.
    assert_about(metres(&van, (350, 0), (400, 50)), 50 + 100 + 100 + 50);
    assert_about(metres(&van, (400, 50), (350, 0)), 100);
    assert_eq!(summary.restrictions.get(&RestrictionFate::Used), Some(&1));
    let (foot, summary) = forbidden.build(Profile::Foot);
    assert_about(metres(&foot, (350, 0), (400, 50)), 100);
    assert_eq!(summary.restrictions.get(&RestrictionFate::OtherTraveller), Some(&1));
}

#[test]
fn mandatory_turns_forbid_the_others() {
    let (van, _) = block(&[]).restriction(1, (400, 0), 2, &[("restriction", "only_left_turn")]).build(Profile::Van);
    assert_about(metres(&van, (350, 0), (400, 50)), 100);
    // Straight on is reached by going round the block and coming from the north.
    assert_about(metres(&van, (350, 0), (450, 0)), 50 + 200 + 100 + 100 + 200 + 50);
}

#[test]
fn restrictions_concern_whom_they_name() {
    let case = |list: &[(&str, &str)], profile| {
        metres(&block(&[]).restriction(1, (400, 0), 2, list).build(profile).0, (350, 0), (400, 50))
    };
    assert_about(case(&[("restriction:hgv", "no_left_turn")], Profile::Van), 100);
    assert_about(case(&[("restriction:hgv", "no_left_turn")], Profile::Truck), 300);
    assert_about(case(&[("restriction", "no_left_turn"), ("except", "motorcar;bicycle")], Profile::Van), 100);
    assert_about(case(&[("restriction", "no_left_turn"), ("except", "motorcar;bicycle")], Profile::Truck), 300);
}

/// Two parallel one-way carriageways, 1 eastwards and 2 westwards, joined by a link (3) in their middle; street 4
/// goes on from the link to the north, and a second link (5) follows at the eastern end.
///
/// ```text
///              (200,320)
///                  4
///  (0,20) -- 2 - (200,20) - 2 -- (400,20) -- 7
///                  3                5
///  (0,0) --- 1 - (200,0) -- 6 -- (400,0) --- 8
/// ```
fn dual_carriageway() -> Streets {
    let one_way = &[("highway", "primary"), ("oneway", "yes")];
    Streets::default()
        .way(1, &[(0, 0), (200, 0)], one_way)
        .way(6, &[(200, 0), (400, 0)], one_way)
        .way(2, &[(400, 20), (200, 20)], one_way)
        .way(9, &[(200, 20), (0, 20)], one_way)
        .street(3, &[(200, 0), (200, 20)])
        .street(4, &[(200, 20), (200, 320)])
        .street(5, &[(400, 0), (400, 20)])
        .street(7, &[(400, 20), (500, 20)])
        .street(8, &[(400, 0), (500, 0)])
        .street(10, &[(0, 0), (0, 20)])
}

#[test]
fn restrictions_over_a_way_concern_only_those_who_came_that_way() {
    let (plain, _) = dual_carriageway().build(Profile::Van);
    assert_about(metres(&plain, (100, 0), (100, 20)), 100 + 20 + 100);
    let forbidden = dual_carriageway().restriction_over(1, &[3], 9, &[("restriction", "no_u_turn")]);
    let (van, summary) = forbidden.build(Profile::Van);
    assert_eq!(summary.restrictions.get(&RestrictionFate::Used), Some(&1));
    assert_eq!(van.graph().n_arcs(), plain.graph().n_arcs() + 1, "one copy of the link");
    // Over the second link instead.
    assert_about(metres(&van, (100, 0), (100, 20)), 100 + 200 + 20 + 200 + 100);
    // Whoever starts on the link has not come from way 1; whoever ends there does not care.
    assert_about(metres(&van, (200, 10), (100, 20)), 10 + 100);
    assert_about(metres(&van, (100, 0), (200, 10)), 100 + 10);
    // Straight on over the link is allowed.
    assert_about(metres(&van, (100, 0), (200, 120)), 100 + 20 + 100);
    let (foot, summary) = forbidden.build(Profile::Foot);
    assert_about(metres(&foot, (100, 0), (100, 20)), 220);
    assert_eq!(summary.restrictions.get(&RestrictionFate::OtherTraveller), Some(&1));
}

#[test]
fn mandatory_turns_over_a_way_bind_from_the_first_way_on() {
    let bound = dual_carriageway().restriction_over(1, &[3], 4, &[("restriction", "only_straight_on")]);
    let (van, summary) = bound.build(Profile::Van);
    assert_eq!(summary.restrictions.get(&RestrictionFate::Used), Some(&1));
    assert_about(metres(&van, (100, 0), (200, 120)), 100 + 20 + 100);
    // Neither into the other carriageway nor past the link: to the end of street 4 and back.
    assert_about(metres(&van, (100, 0), (100, 20)), 100 + 20 + 600 + 100);
    assert_about(metres(&van, (100, 0), (300, 0)), 100 + 20 + 600 + 20 + 100);
    assert_about(metres(&van, (200, 5), (300, 0)), 5 + 100);
}

#[test]
fn restrictions_over_several_ways_are_read_in_either_order() {
    // From way 6 over the second link and way 2 into street 4.
    let at = |via: &[i64]| {
        let streets = dual_carriageway().restriction_over(6, via, 4, &[("restriction", "no_right_turn")]);
        let (van, summary) = streets.build(Profile::Van);
        assert_eq!(summary.restrictions.get(&RestrictionFate::Used), Some(&1));
        (metres(&van, (300, 0), (200, 120)), metres(&van, (450, 20), (200, 120)))
    };
    for via in [[5, 2], [2, 5]] {
        let (from_west, from_east) = at(&via);
        // Down to the western end and back over the first link.
        assert_about(from_west, 100 + 20 + 200 + 200 + 20 + 200 + 20 + 100);
        assert_about(from_east, 50 + 200 + 100);
    }
}

#[test]
fn broken_restrictions_over_ways_are_counted_with_their_reason() {
    let fate = |from, via: &[i64], to| {
        let streets = dual_carriageway().restriction_over(from, via, to, &[("restriction", "no_u_turn")]);
        let (_, summary) = streets.build(Profile::Van);
        *summary.restrictions.keys().next().expect("one restriction")
    };
    assert_eq!(fate(1, &[3], 9), RestrictionFate::Used);
    assert_eq!(fate(1, &[5], 9), RestrictionFate::Disconnected);
    assert_eq!(fate(1, &[77], 9), RestrictionFate::Incomplete);
    // Way 9 is not driven eastwards, way 6 not westwards.
    assert_eq!(fate(9, &[3], 6), RestrictionFate::RoadsClosed);
    assert_eq!(fate(1, &[6, 5], 2), RestrictionFate::Used);
    assert_eq!(fate(4, &[2, 5], 6), RestrictionFate::RoadsClosed);
}

#[test]
fn what_cannot_be_applied_is_counted_with_its_reason() {
    let streets = block(&[])
        .street(9, &[(200, -100), (200, 0), (200, 100)])
        .restriction(9, (200, 0), 1, &[("restriction", "no_left_turn")])
        .restriction(1, (400, 0), 99, &[("restriction", "no_left_turn")])
        .restriction(1, (400, 0), 2, &[("restriction", "maybe")]);
    let (_, summary) = streets.build(Profile::Van);
    for fate in [RestrictionFate::Ambiguous, RestrictionFate::RoadsClosed, RestrictionFate::UnknownKind] {
        assert_eq!(summary.restrictions.get(&fate), Some(&1), "{fate:?}");
    }
}

#[test]
fn vans_turn_back_at_dead_ends_only_and_trikes_anywhere() {
    let streets = block(&[("oneway", "yes")]);
    // Eastwards on street 3 from (300, 200) to (310, 200) lies ahead; to (290, 200) the van may start westwards.
    let (van, _) = streets.build(Profile::Van);
    assert_about(metres(&van, (450, 0), (480, 0)), 30);
    assert_about(metres(&van, (450, 0), (420, 0)), 30);
    // From the one-way street into its own start: round the block, or for the trike back at the first corner.
    let forbidden = block(&[]).restriction(1, (400, 0), 2, &[("restriction", "no_left_turn")]);
    let spec = ProfileSpec { u_turns: UTurns::Anywhere, ..ProfileSpec::of(Profile::Van) };
    let forced =
        forbidden.way(10, &[(500, 0), (900, 0)], &[("highway", "residential")]).street(11, &[(500, 0), (500, -300)]);
    let (strict, loose) = (forced.build(Profile::Van).0, Router::from(build(forced.raw(), &spec).0));
    assert_about(metres(&loose, (350, 0), (400, 50)), 50 + 100 + 100 + 50);
    assert_about(metres(&strict, (350, 0), (400, 50)), 50 + 100 + 300 + 300 + 100 + 50);
}

#[test]
fn barriers_cut_streets_for_vehicles_and_not_for_walkers() {
    let streets = block(&[]).barrier((200, 0), &[("barrier", "bollard")]);
    assert_about(metres(&streets.build(Profile::Van).0, (150, 0), (250, 0)), 150 + 200 + 400 + 200 + 150);
    assert_about(metres(&streets.build(Profile::Foot).0, (150, 0), (250, 0)), 100);
    let open = block(&[]).barrier((200, 0), &[("barrier", "gate")]);
    assert_about(metres(&open.build(Profile::Van).0, (150, 0), (250, 0)), 100);
}

#[test]
fn private_roads_are_entered_and_left_but_not_passed() {
    // A private road cuts the block in the middle.
    let streets = block(&[]).way(9, &[(200, 0), (200, 200)], &[("highway", "service"), ("access", "private")]);
    let streets = streets.without(3).street(3, &[(400, 200), (200, 200)]).street(30, &[(200, 200), (0, 200)]);
    for profile in [Profile::Etrike, Profile::Van, Profile::Truck] {
        let (graph, summary) = streets.build(profile);
        assert_about(metres(&graph, (200, 100), (350, 0)), 100 + 150);
        assert_about(metres(&graph, (350, 0), (200, 100)), 150 + 100);
        assert_about(metres(&graph, (200, 50), (200, 150)), 100);
        // Round the block instead of through.
        assert_about(metres(&graph, (150, 0), (150, 200)), 150 + 200 + 150);
        assert!((summary.km_destination_only - 0.2).abs() < 0.01, "{}", summary.km_destination_only);
    }
}

#[test]
fn what_lies_behind_private_roads_and_gates_is_reached_and_not_dropped() {
    // A public stub behind a private road, and one behind a private gate.
    let streets = block(&[])
        .way(9, &[(200, 0), (200, -100)], &[("highway", "service"), ("access", "private")])
        .street(10, &[(200, -100), (300, -100)])
        .street(11, &[(400, 200), (400, 300), (400, 400)])
        .barrier((400, 300), &[("barrier", "gate"), ("access", "private")]);
    let (van, summary) = streets.build(Profile::Van);
    assert_about(metres(&van, (0, 100), (250, -100)), 100 + 200 + 100 + 50);
    assert_about(metres(&van, (250, -100), (0, 100)), 450);
    assert_about(metres(&van, (400, 100), (400, 350)), 250);
    assert_about(metres(&van, (400, 350), (400, 250)), 100);
    assert_eq!(summary.parts_dropped, 0);
    assert!((summary.km_destination_only - 0.3).abs() < 0.01, "{}", summary.km_destination_only);
    let closed =
        block(&[]).street(11, &[(400, 200), (400, 300), (400, 400)]).barrier((400, 300), &[("barrier", "bollard")]);
    let (_, summary) = closed.build(Profile::Van);
    assert_eq!((summary.parts_dropped, summary.largest_islands.len()), (1, 1));
    assert!(summary.largest_islands[0].at.distance_m(place(400.0, 350.0)) < 60.0);
}

#[test]
fn the_end_of_a_street_before_a_private_road_is_a_dead_end() {
    let streets = Streets::default()
        .street(1, &[(0, 0), (100, 0)])
        .way(2, &[(100, 0), (200, 0)], &[("highway", "service"), ("access", "private")])
        .way(3, &[(0, 0), (-100, 0)], &[("highway", "residential"), ("oneway", "yes")])
        .way(4, &[(-100, 0), (-100, 100), (0, 100), (0, 0)], &[("highway", "residential"), ("oneway", "yes")]);
    let (van, _) = streets.build(Profile::Van);
    assert_about(metres(&van, (0, 50), (-50, 0)), 50 + 50);
    // Where it must not turn right a van turns at the end of street 1, not inside the compound.
    let forced = streets.restriction(4, (0, 0), 3, &[("restriction", "no_right_turn")]);
    assert_about(metres(&forced.build(Profile::Van).0, (0, 50), (-50, 0)), 50 + 200 + 50);
}

#[test]
fn islands_are_dropped_and_counted() {
    let streets = block(&[]).street(20, &[(2_000, 0), (2_300, 0)]);
    let (van, summary) = streets.build(Profile::Van);
    assert!(van.snap(place(2_100.0, 0.0), 500.0).is_none());
    assert_eq!(summary.parts_dropped, 1);
    let (kept, island) = (1_200.0 + 400.0, 300.0);
    assert!((summary.largest_part_share - kept / (kept + island)).abs() < 0.01, "{}", summary.largest_part_share);
    assert!((summary.km - 1.6).abs() < 0.01);
}

#[test]
fn a_direction_that_nobody_can_enter_can_still_be_left() {
    // No turn leads from the block into the loop street's southern end, but a van on it may come out there.
    let streets = block(&[])
        .without(3)
        .street(9, &[(400, 200), (400, 400), (200, 400), (200, 200)])
        .way(3, &[(400, 200), (200, 200)], &[("highway", "residential"), ("oneway", "yes")])
        .way(10, &[(200, 200), (0, 200)], &[("highway", "residential"), ("oneway", "yes")])
        .restriction(2, (400, 200), 9, &[("restriction", "no_straight_on")])
        .restriction(7, (400, 200), 9, &[("restriction", "no_right_turn")]);
    let (van, _) = streets.build(Profile::Van);
    assert_about(metres(&van, (300, 400), (400, 150)), 100 + 200 + 50);
    assert_about(metres(&van, (250, 400), (350, 400)), 100);
}

#[test]
fn ferries_and_planned_roads_are_no_roads() {
    let streets = block(&[]).way(30, &[(0, 0), (400, 200)], &[("route", "ferry")]).way(
        31,
        &[(0, 0), (400, 200)],
        &[("highway", "construction")],
    );
    assert_about(metres(&streets.build(Profile::Van).0, (0, 0), (400, 200)), 600);
}

#[test]
fn metres_are_those_of_the_fastest_path() {
    // 600 m of living street, or 1,000 m of primary road: the longer way is the faster one.
    let streets = Streets::default()
        .way(1, &[(0, 0), (600, 0)], &[("highway", "living_street")])
        .way(2, &[(0, 0), (0, 200), (600, 200), (600, 0)], &[("highway", "primary")])
        .street(3, &[(0, 0), (-100, 0)])
        .street(4, &[(600, 0), (700, 0)]);
    assert_about(metres(&streets.build(Profile::Van).0, (-50, 0), (650, 0)), 1_100);
    assert_about(metres(&streets.build(Profile::Foot).0, (-50, 0), (650, 0)), 700);
}

#[test]
fn places_far_from_roads_are_unreachable_and_never_guessed() {
    let (van, _) = block(&[]).build(Profile::Van);
    assert!(van.snap(place(200.0, -600.0), 500.0).is_none());
    assert!(van.snap(place(f64::NAN, 0.0), 500.0).is_none());
    let near = van.snap(place(200.0, -60.0), 500.0).expect("a road is near");
    assert!((near.distance_m() - 60.0).abs() < 0.5, "{}", near.distance_m());
    let matrix = van.matrix(&[Some(near), None, Some(near)], 2, &|_| {});
    assert_eq!((matrix.profile.as_str(), matrix.size), ("van", 3));
    assert_eq!(matrix.seconds(0, 1), UNREACHABLE);
    assert_eq!(matrix.metres(1, 2), UNREACHABLE);
    assert_eq!((matrix.seconds(0, 2), matrix.metres(2, 0), matrix.seconds(1, 1)), (0, 0, 0));
}

#[test]
fn an_empty_graph_answers_instead_of_failing() {
    let paths = Streets::default().way(1, &[(0, 0), (300, 0)], &[("highway", "footway")]);
    let (van, summary) = paths.build(Profile::Van);
    assert_eq!((van.graph().n_edges(), van.graph().n_arcs(), summary.edges), (0, 0, 0));
    assert!(van.snap(place(0.0, 0.0), 500.0).is_none());
    assert_eq!(van.matrix(&[None, None], 1, &|_| {}).seconds, [0, UNREACHABLE, UNREACHABLE, 0]);
    assert!(van.matrix(&[], 1, &|_| {}).seconds.is_empty());
}

#[test]
fn reach_is_bounded_by_length_or_time() {
    let (foot, _) = block(&[]).build(Profile::Foot);
    let from = on_road(&foot, (0, 0));
    let targets = [(100, 0), (300, 0), (400, 200), (0, 0)].map(|at| Some(on_road(&foot, at)));
    let by_length = foot.within(&from, ReachLimit::Metres(310), &targets);
    assert_eq!(by_length.iter().map(Option::is_some).collect::<Vec<_>>(), [true, true, false, true]);
    let by_time = foot.within(&from, ReachLimit::Seconds(120), &targets);
    assert_eq!(by_time.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, false, true]);
}

#[test]
fn progress_reaches_the_number_of_places() {
    let (van, _) = block(&[]).build(Profile::Van);
    let told = std::sync::atomic::AtomicUsize::new(0);
    let snaps = vec![Some(on_road(&van, (100, 0))); 7];
    van.matrix(&snaps, 2, &|done| {
        told.fetch_max(done, std::sync::atomic::Ordering::Relaxed);
    });
    assert_eq!(told.into_inner(), 7);
}

#[test]
fn the_fallback_says_what_it_is() {
    let places = [place(0.0, 0.0), place(3_000.0, 0.0)];
    let estimate = great_circle_matrix("van", &places, 1.3, 26.0);
    assert!(estimate.matrix.metres(0, 1).abs_diff(3_900) <= 1 && estimate.matrix.seconds(0, 1).abs_diff(540) <= 1);
    assert!(estimate.note().contains("estimates"));
    assert_eq!(great_circle_matrix("van", &places, 1.3, 0.0).matrix.seconds, [0, UNREACHABLE, UNREACHABLE, 0]);
}

#[test]
fn a_city_may_bring_its_own_speeds() {
    let mut spec = ProfileSpec::of(Profile::Van);
    for kmh in spec.speeds_kmh.values_mut() {
        *kmh = 7.2;
    }
    let streets = block(&[]);
    let (network, _) = RoadNetwork::from_raw(streets.raw(), String::new(), &[spec], &|_| {});
    let van = network.router(Profile::Van);
    let path = van.path(&on_road(&van, (50, 0)), &on_road(&van, (350, 0))).expect("straight on");
    assert!(path.seconds.abs_diff(150) <= 1, "{}", path.seconds);
}
