//! Random street grids with one-ways, barriers and turn restrictions: every pair agrees with the textbook.

use std::collections::HashMap;

use proptest::prelude::*;

use super::Streets;
use super::textbook::Textbook;
use crate::build::build;
use crate::graph::DESTINATION_ONLY;
use crate::profile::{Profile, ProfileSpec, UTurns};
use crate::router::Router;
use crate::snap::Snap;

const SIDE: i32 = 4;
const KINDS: &[&[(&str, &str)]] = &[
    &[("highway", "residential")],
    &[("highway", "residential"), ("oneway", "yes")],
    &[("highway", "residential"), ("oneway", "-1")],
    &[("highway", "primary")],
    &[("highway", "living_street")],
    &[("highway", "footway")],
    &[("highway", "residential"), ("access", "private")],
];
const BARRIERS: &[&[(&str, &str)]] = &[&[("barrier", "bollard")], &[("barrier", "gate"), ("access", "private")]];
const RULES: &[&str] = &["no_left_turn", "no_u_turn", "only_straight_on", "no_straight_on"];

#[derive(Clone, Debug)]
struct Case {
    /// Kind of each street of the grid; beyond the kinds: no street.
    kinds: Vec<usize>,
    /// Corner and kind.
    barriers: Vec<(usize, usize)>,
    /// Corner, incoming and outgoing street among those at the corner, rule.
    rules: Vec<(usize, usize, usize, usize)>,
    /// A walk over the grid, whose first street is `from`, its last one `to` and those between `via`: corner where it
    /// begins, direction of each step, rule.
    detours: Vec<(usize, Vec<usize>, usize)>,
    /// How far each corner is moved, in metres.
    moved: Vec<(i32, i32)>,
}

fn cases() -> impl Strategy<Value = Case> {
    let streets = (2 * SIDE * (SIDE - 1)) as usize;
    let corners = (SIDE * SIDE) as usize;
    (
        prop::collection::vec(0..KINDS.len() + 1, streets),
        prop::collection::vec((0..corners, 0..BARRIERS.len()), 0..3),
        prop::collection::vec((0..corners, 0..4_usize, 0..4_usize, 0..RULES.len()), 0..8),
        prop::collection::vec((0..corners, prop::collection::vec(0..4_usize, 3..6), 0..RULES.len()), 0..8),
        prop::collection::vec((-40..40, -40..40), corners),
    )
        .prop_map(|(kinds, barriers, rules, detours, moved)| Case { kinds, barriers, rules, detours, moved })
}

fn streets(case: &Case) -> Streets {
    let corner = |x: i32, y: i32| {
        let (dx, dy) = case.moved[(y * SIDE + x) as usize];
        (x * 200 + dx, y * 200 + dy)
    };
    let mut streets = Streets::default();
    let mut at_corner = vec![Vec::new(); (SIDE * SIDE) as usize];
    let mut between = HashMap::new();
    let mut k = 0;
    for y in 0..SIDE {
        for x in 0..SIDE {
            for (dx, dy) in [(1, 0), (0, 1)] {
                let (x2, y2) = (x + dx, y + dy);
                if x2 >= SIDE || y2 >= SIDE {
                    continue;
                }
                if let Some(kind) = KINDS.get(case.kinds[k]) {
                    let id = k as i64 + 1;
                    let (a, b) = (corner(x, y), corner(x2, y2));
                    let middle = ((a.0 + b.0) / 2 + 7, (a.1 + b.1) / 2 - 5);
                    streets = streets.way(id, &[a, middle, b], kind);
                    at_corner[(y * SIDE + x) as usize].push(id);
                    at_corner[(y2 * SIDE + x2) as usize].push(id);
                    between.insert(((x, y), (x2, y2)), id);
                    between.insert(((x2, y2), (x, y)), id);
                }
                k += 1;
            }
        }
    }
    for (k, &(place, kind)) in case.barriers.iter().enumerate() {
        if case.barriers[..k].iter().any(|&(other, _)| other == place) {
            continue;
        }
        let at = corner(place as i32 % SIDE, place as i32 / SIDE);
        streets = streets.barrier(at, BARRIERS[kind]);
    }
    for &(place, from, to, rule) in &case.rules {
        let here = &at_corner[place];
        if let (Some(&from), Some(&to)) = (here.get(from), here.get(to)) {
            let at = corner(place as i32 % SIDE, place as i32 / SIDE);
            streets = streets.restriction(from, at, to, &[("restriction", RULES[rule])]);
        }
    }
    for (start, steps, rule) in &case.detours {
        let mut at = (*start as i32 % SIDE, *start as i32 / SIDE);
        let mut walk = Vec::new();
        for &step in steps {
            let (dx, dy) = [(1, 0), (0, 1), (-1, 0), (0, -1)][step];
            let next = (at.0 + dx, at.1 + dy);
            walk.extend(between.get(&(at, next)).copied());
            at = next;
        }
        if let [from, via @ .., to] = walk.as_slice()
            && !via.is_empty()
        {
            streets = streets.restriction_over(*from, via, *to, &[("restriction", RULES[*rule])]);
        }
    }
    streets
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn every_pair_agrees_with_the_textbook(case in cases()) {
        let streets = streets(&case);
        for profile in [Profile::Van, Profile::Foot] {
            // The textbook turns back at dead ends only; for walkers it makes no difference.
            let spec = ProfileSpec { u_turns: UTurns::DeadEnds, ..ProfileSpec::of(profile) };
            let router = Router::from(build(streets.raw(), &spec).0);
            let mut textbook = Textbook::new(streets.raw(), &spec);
            let raw = streets.raw();
            let mut snaps = Vec::new();
            let mut pairs = Vec::new();
            for (a, b) in textbook.node_pairs() {
                let (from, to) = (raw.points[a as usize].wgs84(), raw.points[b as usize].wgs84());
                let middle = huilu_model::Wgs84 { lat: (from.lat + to.lat) / 2.0, lon: (from.lon + to.lon) / 2.0 };
                if let Some(snap) = router.snap(middle, 0.2) {
                    snaps.push(Some(snap));
                    pairs.push((a, b));
                }
            }
            textbook.drop_all_but(&pairs);
            let private = |snap: &Option<Snap>| {
                snap.is_some_and(|snap| router.graph().edge_flags[snap.edge as usize] & DESTINATION_ONLY != 0)
            };
            let behind = pairs.iter().zip(&snaps).filter(|(_, snap)| private(snap)).map(|(pair, _)| *pair);
            textbook.keep_for_destinations(behind);
            let matrix = router.matrix(&snaps, 1, &|_| {});
            for (i, &from) in pairs.iter().enumerate() {
                for (j, found) in textbook.search_from_middle(from, &pairs).into_iter().enumerate() {
                    let Some((seconds, _)) = found else {
                        prop_assert_eq!(matrix.seconds(i, j), u32::MAX);
                        continue;
                    };
                    prop_assert!((f64::from(matrix.seconds(i, j)) - seconds).abs() < 0.6, "{} s instead of {seconds}", matrix.seconds(i, j));
                    if let (Some(a), Some(b)) = (&snaps[i], &snaps[j]) {
                        let path = router.path(a, b);
                        prop_assert_eq!(path.as_ref().map(|p| (p.seconds, p.metres)), Some((matrix.seconds(i, j), matrix.metres(i, j))));
                        let drawn: f64 = path.iter().flat_map(|p| p.points.windows(2)).map(|p| p[0].distance_m(p[1])).sum();
                        prop_assert!((drawn - f64::from(matrix.metres(i, j))).abs() < 2.0, "line of {drawn} m");
                    }
                }
            }
        }
    }
}
