//! One job that one rule stands against, in several ways for each code: the reason names it, the relaxation serves it, and
//! without the rule the job is served.

use huilu_model::instance::Parts;
use huilu_model::{
    Ban, Break, Compartment, Cost, Grams, Instance, Job, Litres, Load, Matrix, Metres, Outlet, Place, ReasonCode,
    Seconds, StreamSet, UNREACHABLE, Vehicle, Verdict, Wgs84, Window,
};

use huilu_model::locks::VehicleLock;

use super::{ask, planned};
use crate::explain::{Evidence, ExplainParams, Explanation, Lack, SubjectKind};

fn window(start: i64, end: i64) -> Window {
    Window { start: Seconds(start), end: Seconds(end) }
}

/// A depot, a door, and an outlet, 600 s and 3,000 m from each other; one vehicle that can do everything, one job that asks for
/// little. Penalties are high: what can be served is.
fn day() -> Parts {
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

type Plant = fn(&mut Parts, i64);

fn payload(parts: &mut Parts, k: i64) {
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
fn window_before(parts: &mut Parts, k: i64) {
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
fn short_shift(parts: &mut Parts, k: i64) {
    parts.vehicles[0].shift = window(28_800, 28_800 + 1_800 + 600 - k);
}
fn short_duration(parts: &mut Parts, k: i64) {
    parts.vehicles[0].max_duration = Some(Seconds(2_400 - k));
}
fn short_range(parts: &mut Parts, k: i64) {
    parts.vehicles[0].max_distance = Some(Metres(9_000 - k));
}
fn no_road(parts: &mut Parts, k: i64) {
    let mut legs: Vec<u32> = (0..9).map(|at| parts.travel[0].seconds(at / 3, at % 3)).collect();
    // To the door, or from it.
    let cut: [usize; 2] = if k % 2 == 0 { [1, 7] } else { [3, 5] };
    cut.into_iter().for_each(|at| legs[at] = UNREACHABLE);
    parts.travel = vec![Matrix { profile: "van".to_owned(), size: 3, seconds: legs.clone(), metres: legs }.into()];
}
fn rest_at_the_wrong_time(parts: &mut Parts, k: i64) {
    parts.vehicles[0].pause = Some(Break { window: window(29_400, 29_400 + 60 * k), duration: Seconds(3_600) });
    parts.jobs[0].windows = vec![window(29_400 + 60 * k, 29_400 + 60 * k + 600)];
    parts.jobs[0].service = Seconds(1 + 60 * k);
}
fn banned(parts: &mut Parts, k: i64) {
    parts.zones = vec!["old town".to_owned()];
    parts.places[1].zone = Some(0);
    parts.vehicles[0].bans = vec![Ban { zone: 0, window: window(parts.jobs[0].windows[0].start.0 - k, 90_000) }];
}
fn batteries(parts: &mut Parts, k: i64) {
    parts.incompatible = vec![if k % 2 == 0 { (0, 1) } else { (1, 0) }];
    parts.jobs[0].loads.push(Load { stream: 1, grams: Grams(k), litres: Litres(k) });
}
fn yard_full(parts: &mut Parts, k: i64) {
    parts.outlets[0].capacity[0] =
        Some(if k % 2 == 0 { (Grams(20_000 - k), Litres(500)) } else { (Grams(90_000), Litres(100 - k)) });
}
fn yard_refuses(parts: &mut Parts, k: i64) {
    parts.outlets[0].streams = StreamSet(2);
    parts.jobs[0].loads[0].litres = Litres(100 + k);
}

fn explained(parts: &Parts) -> Option<Explanation> {
    let instance = Instance::new(parts.clone()).expect("a valid day");
    let plan = planned(&instance, 60);
    let report = ask(&instance, &plan, &ExplainParams::default()).expect("the plan fits");
    report.jobs.into_iter().next()
}

#[test]
fn each_reason_is_right_and_its_relaxation_serves_the_job() {
    let plants: [(ReasonCode, &[Plant]); 10] = [
        (ReasonCode::Capacity, &[payload, box_grams, box_litres, both, no_box, day_limit]),
        (ReasonCode::TimeWindow, &[window_before, yard_closed, yard_opens]),
        (ReasonCode::Skill, &[unskilled]),
        (ReasonCode::ShiftEnd, &[short_shift, short_duration, window_after]),
        (ReasonCode::MaxDistance, &[short_range]),
        (ReasonCode::Unreachable, &[no_road]),
        (ReasonCode::Break, &[rest_at_the_wrong_time]),
        (ReasonCode::IncompatibleLoad, &[batteries]),
        (ReasonCode::Area, &[banned]),
        (ReasonCode::OutletFull, &[yard_full, yard_refuses]),
    ];
    assert_eq!(explained(&day()), None, "without a plant the job is served");
    for (code, plants) in plants {
        for (n, plant) in plants.iter().enumerate() {
            for k in 1..=6 {
                let mut parts = day();
                plant(&mut parts, k);
                let case = format!("{code:?} {n} {k}");
                let left = explained(&parts).unwrap_or_else(|| panic!("{case}: served"));
                assert_eq!((left.verdict, left.evidence), (Verdict::ProvenInfeasible, Evidence::Enumeration), "{case}");
                assert!(
                    left.reasons.iter().all(|reason| reason.proven && reason.codes.contains(&code)),
                    "{case}: {left:?}"
                );
                assert_eq!(left.reasons[0].vehicles, ["van"], "{case}");
                let of_code = left.relax.iter().filter(|relaxation| relaxation.code == code);
                let mut served = 0;
                for relaxation in of_code {
                    let relaxed =
                        relaxation.apply(&Instance::new(parts.clone()).expect("valid")).expect("can be applied");
                    let plan = planned(&relaxed, 60);
                    assert!(plan.unassigned.is_empty(), "{case}: {relaxation:?}");
                    // The job is alone, so the best plan is the one the relaxation speaks of.
                    assert!(plan.cost <= relaxation.cost, "{case}: {} {relaxation:?}", plan.cost.0);
                    served += 1;
                }
                // Roads and the hours of a town are no rule of the operator's.
                let given = matches!(code, ReasonCode::Unreachable | ReasonCode::Area);
                assert!(served > 0 || given, "{case}: {:?}", left.relax);
            }
        }
    }
}

/// What `short_shift` takes away is what its relaxation gives back, to the second; so for loads and metres.
#[test]
fn relaxations_are_minimal() {
    let plants: [(Plant, &str, i64); 5] = [
        (short_shift, "shift.end", 1),
        (payload, "capacity_g", 1),
        (short_range, "max_distance_m", 1),
        (window_before, "time_windows[0].end", 1),
        (short_duration, "max_duration_s", 1),
    ];
    for (plant, field, step) in plants {
        for k in 1..=6 {
            let mut parts = day();
            plant(&mut parts, k);
            let left = explained(&parts).expect("left out");
            let found = left.relax.iter().find(|relaxation| relaxation.changes[0].field.to_string() == field);
            let change = &found.unwrap_or_else(|| panic!("{field} {k}: {:?}", left.relax)).changes;
            assert_eq!((change.len(), change[0].to - change[0].from), (1, k * step), "{field} {k}");
        }
    }
}

#[test]
fn without_vehicles_there_is_no_vehicle() {
    for n in 1..=5 {
        let mut parts = day();
        parts.vehicles.clear();
        parts.jobs = (0..n).map(|k| Job { id: format!("door {k}"), ..parts.jobs[0].clone() }).collect();
        let left = explained(&parts).expect("left out");
        assert_eq!(left.verdict, Verdict::ProvenInfeasible);
        assert_eq!(left.reasons[0].codes, [ReasonCode::NoVehicle]);
    }
}

/// A job that is locked to a vehicle which cannot serve it: the others are kept from it by the lock, and say so.
#[test]
fn a_lock_is_named_where_it_keeps_a_vehicle_from_the_job() {
    for k in 1..=5 {
        let mut parts = day();
        let mut promised = Vehicle { id: "promised".to_owned(), ..parts.vehicles[0].clone() };
        promised.shift = window(28_800, 28_800 + 2_400 - k);
        parts.vehicles.push(promised);
        assert_eq!(explained(&parts), None, "without the lock the van serves it");
        parts.locks.vehicles.push(VehicleLock { job: 0, vehicles: vec![1] });
        let left = explained(&parts).expect("left out");
        assert_eq!((left.verdict, left.evidence), (Verdict::ProvenInfeasible, Evidence::Enumeration));
        let codes =
            |id: &str| left.reasons.iter().find(|reason| reason.vehicles == [id]).map(|reason| &reason.codes[..]);
        assert_eq!(codes("van"), Some(&[ReasonCode::Lock][..]), "{left:?}");
        assert_eq!(codes("promised"), Some(&[ReasonCode::ShiftEnd][..]), "{left:?}");
        // Only who may serve it is looked at.
        assert!(
            !left.relax.is_empty() && left.relax.iter().all(|relaxation| relaxation.vehicle.starts_with("promised"))
        );
        for relaxation in &left.relax {
            let relaxed = relaxation.apply(&Instance::new(parts.clone()).expect("valid")).expect("can be applied");
            assert!(planned(&relaxed, 60).unassigned.is_empty(), "{relaxation:?}");
        }
    }
}

/// A second job at the same time needs a second van.
#[test]
fn one_more_vehicle_of_the_kind_serves_what_the_others_have_no_time_for() {
    for k in 1..=5 {
        let mut parts = day();
        parts.jobs[0].windows = vec![window(36_000, 36_000 + k)];
        let twin = Job { id: "twin".to_owned(), ..parts.jobs[0].clone() };
        parts.jobs.push(twin);
        let left = explained(&parts).expect("one is left out");
        assert_eq!((left.verdict, left.evidence), (Verdict::SearchLimit, Evidence::None));
        let another = left.relax.iter().find(|relaxation| relaxation.code == ReasonCode::NoVehicle).expect("named");
        assert_eq!(another.changes[0].subject, SubjectKind::Fleet);
        let relaxed = another.apply(&Instance::new(parts).expect("valid")).expect("can be applied");
        assert!(planned(&relaxed, 60).unassigned.is_empty());
    }
}

#[test]
fn a_job_that_pays_less_than_the_way_to_it_is_not_worth_it_and_the_price_is_named() {
    for penalty in [1, 100, 1_000, 5_000, 11_000] {
        let mut parts = day();
        parts.jobs[0].penalty = Some(Cost(penalty));
        let left = explained(&parts).expect("left out");
        assert_eq!((left.verdict, left.evidence), (Verdict::NotWorthIt, Evidence::CheapestPlace));
        // Fixed, three legs, service and unload, nine kilometres, the gate.
        assert_eq!(left.cheapest.expect("a place").cost, Cost(100 + 1_800 + 600 + 9_000 + 5));
    }
    let mut parts = day();
    parts.jobs[0].penalty = Some(Cost(11_506));
    assert_eq!(explained(&parts), None, "worth it by one");
}

/// Nobody works after 18 h: all of an evening's jobs are short of vehicles there and then.
#[test]
fn the_shortage_names_the_area_the_hours_and_the_shifts() {
    let mut parts = day();
    let evening = |k: usize| Job {
        id: format!("evening {k}"),
        windows: vec![window(64_800, 71_999)],
        service: Seconds(1_800),
        ..parts.jobs[0].clone()
    };
    parts.jobs = (0..8).map(evening).collect();
    // The shift reaches into the evening just far enough for one of them.
    parts.vehicles[0].shift = window(28_800, 64_800 + 3_600);
    let instance = Instance::new(parts).expect("valid");
    let plan = planned(&instance, 60);
    let report = ask(&instance, &plan, &ExplainParams { relax: false, ..ExplainParams::default() }).expect("fits");
    let short: Vec<_> = report.shortages.iter().filter(|shortage| shortage.lack == Lack::Vehicles).collect();
    assert_eq!(short.len(), 1, "{:?}", report.shortages);
    let (first, left) = (short[0], report.jobs.len());
    assert_eq!((first.from_s, first.to_s, first.jobs), (Seconds(64_800), Seconds(72_000), left));
    assert!(first.vehicles >= 2 && first.cell.is_some(), "{first:?}");
}
