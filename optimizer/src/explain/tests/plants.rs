//! A day that one rule spoils at a time: what stands against its job is known beforehand.

use huilu_model::instance::{NUMBER_LIMIT, Parts};
use huilu_model::{
    Ban, Break, Compartment, Cost, Grams, Job, Litres, Load, Matrix, Metres, Outlet, Place, ReasonCode, Seconds,
    StreamSet, UNREACHABLE, Vehicle, Wgs84, Window,
};

pub(super) fn window(start: i64, end: i64) -> Window {
    Window { start: Seconds(start), end: Seconds(end) }
}

/// A depot, a door, and an outlet, 600 s and 3,000 m from each other; one vehicle that can do everything, one job that asks for
/// little. Penalties are high: what can be served is.
pub(super) fn day() -> Parts {
    let leg = |base: u32| (0..9).map(|at| if at % 4 == 0 { 0 } else { base }).collect::<Vec<u32>>();
    let place =
        |id: &str, lon: f64| Place { id: id.to_owned(), position: Some(Wgs84 { lat: 22.2, lon }), ..Place::default() };
    Parts {
        name: "planted".to_owned(),
        cost_scale: 1,
        streams: vec!["paper".to_owned(), "battery".to_owned()],
        skills: vec!["crane".to_owned()],
        incompatible: Vec::new(),
        places: vec![place("depot", 113.54), place("door", 113.55), place("yard", 113.56)],
        travel: vec![Matrix { profile: "van".to_owned(), size: 3, seconds: leg(600), metres: leg(3_000) }.into()],
        jobs: vec![Job {
            id: "door".to_owned(),
            place: 1,
            loads: vec![Load { stream: 0, grams: Grams(20_000), litres: Litres(100) }],
            windows: vec![window(0, 86_400)],
            service: Seconds(300),
            penalty: Some(Cost(1_000_000_000)),
            ..Job::default()
        }],
        vehicles: vec![Vehicle {
            id: "van".to_owned(),
            grams: Grams(500_000),
            compartments: vec![Compartment { streams: StreamSet(3), grams: Grams(500_000), litres: Litres(2_000) }],
            shift: window(28_800, 64_800),
            cost_fixed: Cost(100),
            cost_per_second: Cost(1),
            cost_per_metre: Cost(1),
            skills: 1,
            end_empty: true,
            ..Vehicle::default()
        }],
        outlets: vec![Outlet {
            id: "yard".to_owned(),
            place: 2,
            streams: StreamSet(3),
            windows: vec![window(0, 86_400)],
            capacity: vec![Some((Grams(900_000), Litres(9_000))), None],
            unload: Seconds(300),
            gate_fee: Cost(5),
            ..Outlet::default()
        }],
        ..Parts::default()
    }
}

/// Spoils the day in the k-th of its variants, from 1 on.
pub(super) type Plant = fn(&mut Parts, i64);

pub(super) fn payload(parts: &mut Parts, k: i64) {
    parts.vehicles[0].grams = Grams(20_000 - k);
}
fn box_grams(parts: &mut Parts, k: i64) {
    parts.vehicles[0].compartments[0].grams = Grams(20_000 - 10 * k);
}
fn box_litres(parts: &mut Parts, k: i64) {
    parts.vehicles[0].compartments[0].litres = Litres(100 - k);
}
fn both(parts: &mut Parts, k: i64) {
    box_grams(parts, k);
    box_litres(parts, k);
    payload(parts, 7 * k);
}
fn no_box(parts: &mut Parts, k: i64) {
    parts.vehicles[0].compartments[0].streams = StreamSet(2);
    parts.jobs[0].loads[0].grams = Grams(20_000 + k);
}
fn day_limit(parts: &mut Parts, k: i64) {
    parts.vehicles[0].max_day_grams = Some(Grams(20_000 - k));
    parts.vehicles[0].max_jobs = (k % 2 == 0).then_some(0);
}
pub(super) fn window_before(parts: &mut Parts, k: i64) {
    parts.jobs[0].windows = vec![window(0, 28_800 + 600 - k)];
}
fn window_after(parts: &mut Parts, k: i64) {
    // Three legs, service and unload: the last start that brings the van home.
    parts.jobs[0].windows = vec![window(64_800 - 1_800 - k + 100 * k, 86_400)];
}
fn yard_closed(parts: &mut Parts, k: i64) {
    parts.outlets[0].windows = vec![window(0, 28_800 + 600 + 300 + 600 - k)];
}
fn yard_opens(parts: &mut Parts, k: i64) {
    parts.outlets[0].windows = vec![window(64_800 - 900 + k, 86_400)];
}
fn unskilled(parts: &mut Parts, k: i64) {
    parts.skills = (0..=k).map(|k| format!("skill {k}")).collect();
    (parts.jobs[0].skills, parts.vehicles[0].skills) = (1 << k, (1 << k) - 1);
}
pub(super) fn short_shift(parts: &mut Parts, k: i64) {
    parts.vehicles[0].shift = window(28_800, 28_800 + 1_800 + 600 - k);
}
pub(super) fn short_duration(parts: &mut Parts, k: i64) {
    parts.vehicles[0].max_duration = Some(Seconds(2_400 - k));
}
pub(super) fn short_range(parts: &mut Parts, k: i64) {
    parts.vehicles[0].max_distance = Some(Metres(9_000 - k));
}
/// Roads by (from, to) among depot 0, door 1 and yard 2.
fn roads(parts: &mut Parts, change: impl Fn(usize, usize, &mut u32, &mut u32)) {
    let leg = |at: usize| (parts.travel[0].seconds(at / 3, at % 3), parts.travel[0].metres(at / 3, at % 3));
    let (mut seconds, mut metres): (Vec<u32>, Vec<u32>) = (0..9).map(leg).unzip();
    for at in (0..9).filter(|at| at % 4 != 0) {
        change(at / 3, at % 3, &mut seconds[at], &mut metres[at]);
    }
    parts.travel = vec![Matrix { profile: "van".to_owned(), size: 3, seconds, metres }.into()];
}
fn cut(parts: &mut Parts, gone: impl Fn(usize, usize) -> bool) {
    roads(parts, |from, to, seconds, metres| {
        if gone(from, to) {
            (*seconds, *metres) = (UNREACHABLE, UNREACHABLE);
        }
    });
}
fn no_road_to_door(parts: &mut Parts, k: i64) {
    parts.jobs[0].service = Seconds(k);
    cut(parts, |_, to| to == 1);
}
fn no_road_from_door(parts: &mut Parts, k: i64) {
    parts.jobs[0].service = Seconds(k);
    cut(parts, |from, _| from == 1);
}
fn no_road_to_yard(parts: &mut Parts, k: i64) {
    parts.jobs[0].service = Seconds(k);
    cut(parts, |_, to| to == 2);
}
fn no_road_from_yard(parts: &mut Parts, k: i64) {
    parts.jobs[0].service = Seconds(k);
    cut(parts, |from, _| from == 2);
}
fn island(parts: &mut Parts, k: i64) {
    parts.jobs[0].service = Seconds(k);
    cut(parts, |from, to| from == 1 || to == 1);
}
/// The way to the yard, or from it, is long, in metres alone.
fn long_way_to_yard(parts: &mut Parts, k: i64) {
    parts.vehicles[0].max_distance = Some(Metres(9_000));
    roads(parts, |_, to, _, metres| *metres += if to == 2 { k as u32 } else { 0 });
}
fn long_way_from_yard(parts: &mut Parts, k: i64) {
    parts.vehicles[0].max_distance = Some(Metres(9_000));
    roads(parts, |from, _, _, metres| *metres += if from == 2 { k as u32 } else { 0 });
}
fn starts_at_the_yard(parts: &mut Parts, k: i64) {
    // To the door, back to the yard, and to the depot.
    (parts.vehicles[0].start, parts.vehicles[0].end) = (2, 0);
    parts.vehicles[0].max_distance = Some(Metres(9_000 - 7 * k));
}
fn two_short_ranges(parts: &mut Parts, k: i64) {
    short_range(parts, k);
    another_van(parts, |other| other.max_distance = Some(Metres(9_000 - 100 * k)));
}
fn long_roads(parts: &mut Parts, k: i64) {
    roads(parts, |_, _, seconds, _| *seconds = 11_800 + k as u32);
}
fn long_service(parts: &mut Parts, k: i64) {
    // A shift less three legs and the unload.
    parts.jobs[0].service = Seconds(36_000 - 1_800 - 300 + k);
}
fn long_unload(parts: &mut Parts, k: i64) {
    parts.outlets[0].unload = Seconds(36_000 - 1_800 - 300 + k);
}
fn another_van(parts: &mut Parts, change: impl FnOnce(&mut Vehicle)) {
    let mut other = Vehicle { id: "other".to_owned(), ..parts.vehicles[0].clone() };
    change(&mut other);
    parts.vehicles.push(other);
}
fn another_yard(parts: &mut Parts, change: impl FnOnce(&mut Outlet)) {
    let mut other = Outlet { id: "other yard".to_owned(), ..parts.outlets[0].clone() };
    change(&mut other);
    parts.outlets.push(other);
}
fn two_windows_before(parts: &mut Parts, k: i64) {
    parts.jobs[0].windows = vec![window(0, 100 * k), window(28_000, 28_800 + 600 - k)];
}
fn two_yards_closed(parts: &mut Parts, k: i64) {
    yard_closed(parts, k);
    another_yard(parts, |other| other.windows = vec![window(0, 28_800 - k)]);
}
fn window_after_the_yard(parts: &mut Parts, k: i64) {
    parts.outlets[0].windows = vec![window(0, 43_200)];
    parts.jobs[0].windows = vec![window(43_200 - 900 + k, 50_000)];
}
fn two_skills_missing(parts: &mut Parts, k: i64) {
    parts.skills = (0..=k + 1).map(|k| format!("skill {k}")).collect();
    (parts.jobs[0].skills, parts.vehicles[0].skills) = (3 << k, (1 << k) - 1);
}
fn last_skill(parts: &mut Parts, k: i64) {
    parts.skills = (0..64).map(|k| format!("skill {k}")).collect();
    (parts.jobs[0].skills, parts.vehicles[0].skills) = (1 << 63 | 1 << k, u64::MAX >> 1);
}
fn no_skills(parts: &mut Parts, k: i64) {
    parts.skills = (0..k).map(|k| format!("skill {k}")).collect();
    (parts.jobs[0].skills, parts.vehicles[0].skills) = ((1 << k) - 1, 0);
}
fn each_has_one_skill(parts: &mut Parts, k: i64) {
    two_skills_missing(parts, k);
    parts.vehicles[0].skills = 1 << k;
    another_van(parts, |other| other.skills = 2 << k);
}
fn rest_at_the_wrong_time(parts: &mut Parts, k: i64) {
    parts.vehicles[0].pause = Some(Break { window: window(29_400, 29_400 + 60 * k), duration: Seconds(3_600) });
    parts.jobs[0].windows = vec![window(29_400 + 60 * k, 29_400 + 60 * k + 600)];
    parts.jobs[0].service = Seconds(1 + 60 * k);
}
/// A break that a vehicle is out too long to go without.
fn long_rest(parts: &mut Parts, k: i64) {
    parts.jobs[0].windows = vec![window(29_400, 30_000)];
    // What the day leaves of the shift, and a little more.
    parts.vehicles[0].pause = Some(Break { window: window(28_800, 31_000), duration: Seconds(36_000 - 2_400 + k) });
}
fn rest_within_the_service(parts: &mut Parts, k: i64) {
    parts.jobs[0].windows = vec![window(30_000, 30_000 + k)];
    parts.jobs[0].service = Seconds(10_800);
    parts.vehicles[0].pause = Some(Break { window: window(30_600, 40_000 + k), duration: Seconds(600) });
}
fn rest_over_the_yards_hours(parts: &mut Parts, k: i64) {
    parts.outlets[0].windows = vec![window(32_000, 32_000 + k)];
    parts.vehicles[0].pause = Some(Break { window: window(31_000, 31_400), duration: Seconds(3_600) });
}
/// Who leaves in time for the visit leaves while it is time for the break.
fn rest_before_the_visit(parts: &mut Parts, k: i64) {
    parts.jobs[0].windows = vec![window(29_400, 29_400 + k)];
    parts.vehicles[0].pause = Some(Break { window: window(28_800, 28_800 + k), duration: Seconds(3_600) });
}
fn zones(parts: &mut Parts) {
    parts.zones = vec!["old town".to_owned(), "harbour".to_owned()];
    (parts.places[1].zone, parts.places[2].zone) = (Some(0), Some(1));
}
fn banned(parts: &mut Parts, k: i64) {
    zones(parts);
    parts.vehicles[0].bans = vec![Ban { zone: 0, window: window(parts.jobs[0].windows[0].start.0 - k, 90_000) }];
}
fn banned_for_ever(parts: &mut Parts, k: i64) {
    zones(parts);
    let ever = window(-NUMBER_LIMIT, NUMBER_LIMIT);
    parts.vehicles[0].bans = vec![Ban { zone: 0, window: ever }, Ban { zone: 1, window: window(0, k) }];
}
fn banned_from_the_yard(parts: &mut Parts, k: i64) {
    zones(parts);
    parts.vehicles[0].bans = vec![Ban { zone: 1, window: window(28_800 - k, 64_800 + k) }];
}
fn two_bans(parts: &mut Parts, k: i64) {
    zones(parts);
    let noon = 43_200 + 60 * k;
    let half = |start, end| Ban { zone: 0, window: window(start, end) };
    parts.vehicles[0].bans = vec![half(28_800, noon), half(noon + 1, 64_800)];
}
fn banned_while_the_door_is_open(parts: &mut Parts, k: i64) {
    zones(parts);
    parts.jobs[0].windows = vec![window(36_000, 36_000 + 600 * k)];
    parts.vehicles[0].bans = vec![Ban { zone: 0, window: window(35_000, 36_000 + 600 * k) }];
}
fn batteries(parts: &mut Parts, k: i64) {
    parts.incompatible = vec![if k % 2 == 0 { (0, 1) } else { (1, 0) }];
    parts.jobs[0].loads.push(Load { stream: 1, grams: Grams(k), litres: Litres(k) });
}
fn batteries_and_bulbs(parts: &mut Parts, k: i64) {
    three_streams(parts);
    parts.incompatible = vec![(0, 1), (1, 2)];
    parts.jobs[0].loads.extend([1, 2].map(|stream| Load { stream, grams: Grams(k), litres: Litres(k) }));
}
fn batteries_in_the_wrong_box(parts: &mut Parts, k: i64) {
    three_streams(parts);
    batteries(parts, k);
    parts.vehicles[0].compartments = [3, 4]
        .map(|set| Compartment { streams: StreamSet(set), grams: Grams(250_000), litres: Litres(1_000) })
        .to_vec();
}
fn batteries_in_two_vans(parts: &mut Parts, k: i64) {
    batteries(parts, k);
    another_van(parts, |other| other.cost_fixed = Cost(100 + k));
}
fn only_batteries_and_bulbs(parts: &mut Parts, k: i64) {
    three_streams(parts);
    parts.incompatible = vec![(1, 2)];
    parts.jobs[0].loads = [1, 2].map(|stream| Load { stream, grams: Grams(10 * k), litres: Litres(1) }).to_vec();
}
fn three_streams(parts: &mut Parts) {
    parts.streams.push("bulb".to_owned());
    parts.vehicles[0].compartments[0].streams = StreamSet(7);
    parts.outlets[0].streams = StreamSet(7);
    parts.outlets[0].capacity.push(None);
}
fn yard_full_of_kilograms(parts: &mut Parts, k: i64) {
    parts.outlets[0].capacity[0] = Some((Grams(20_000 - k), Litres(500)));
}
fn yard_full_of_litres(parts: &mut Parts, k: i64) {
    parts.outlets[0].capacity[0] = Some((Grams(90_000), Litres(100 - k)));
}
fn yard_refuses(parts: &mut Parts, k: i64) {
    parts.outlets[0].streams = StreamSet(2);
    parts.jobs[0].loads[0].litres = Litres(100 + k);
}
fn yard_refuses_a_part(parts: &mut Parts, k: i64) {
    parts.outlets[0].streams = StreamSet(1);
    parts.jobs[0].loads.push(Load { stream: 1, grams: Grams(k), litres: Litres(k) });
}
fn two_yards_full(parts: &mut Parts, k: i64) {
    yard_full_of_kilograms(parts, k);
    another_yard(parts, |other| other.capacity[0] = Some((Grams(0), Litres(k))));
}

/// For each code the ways in which it stands against the job.
pub(super) const PLANTS: [(ReasonCode, &[Plant]); 10] = [
    (ReasonCode::Capacity, &[payload, box_grams, box_litres, both, no_box, day_limit]),
    (
        ReasonCode::TimeWindow,
        &[window_before, two_windows_before, yard_closed, yard_opens, two_yards_closed, window_after_the_yard],
    ),
    (ReasonCode::Skill, &[unskilled, two_skills_missing, last_skill, no_skills, each_has_one_skill]),
    (ReasonCode::ShiftEnd, &[short_shift, short_duration, window_after, long_service, long_unload, long_roads]),
    (
        ReasonCode::MaxDistance,
        &[short_range, long_way_to_yard, long_way_from_yard, starts_at_the_yard, two_short_ranges],
    ),
    (ReasonCode::Unreachable, &[no_road_to_door, no_road_from_door, no_road_to_yard, no_road_from_yard, island]),
    (
        ReasonCode::Break,
        &[rest_at_the_wrong_time, long_rest, rest_within_the_service, rest_over_the_yards_hours, rest_before_the_visit],
    ),
    (
        ReasonCode::IncompatibleLoad,
        &[batteries, batteries_and_bulbs, batteries_in_the_wrong_box, batteries_in_two_vans, only_batteries_and_bulbs],
    ),
    (ReasonCode::Area, &[banned, banned_for_ever, banned_from_the_yard, two_bans, banned_while_the_door_is_open]),
    (
        ReasonCode::OutletFull,
        &[yard_full_of_kilograms, yard_full_of_litres, yard_refuses, yard_refuses_a_part, two_yards_full],
    ),
];
