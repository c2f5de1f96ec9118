//! One job that one rule stands against, in several ways for each code: the reason names it, the relaxation serves it, and
//! without the rule the job is served.

use huilu_model::instance::Parts;
use huilu_model::locks::VehicleLock;
use huilu_model::{Cost, Instance, Job, ReasonCode, Seconds, Vehicle, Verdict};

use super::plants::{PLANTS, Plant, day, payload, short_duration, short_range, short_shift, window, window_before};
use super::{ask, planned};
use crate::explain::{Evidence, ExplainParams, Explanation, Lack, SubjectKind};

fn explained(parts: &Parts) -> Option<Explanation> {
    let instance = Instance::new(parts.clone()).expect("a valid day");
    let plan = planned(&instance, 60);
    let report = ask(&instance, &plan, &ExplainParams::default()).expect("the plan fits");
    report.jobs.into_iter().next()
}

#[test]
fn each_reason_is_right_and_its_relaxation_serves_the_job() {
    assert_eq!(explained(&day()), None, "without a plant the job is served");
    for (code, plants) in PLANTS {
        assert!(plants.len() >= 5, "{code:?} in {} ways", plants.len());
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
                // Roads are no rule of the operator's.
                assert!(served > 0 || code == ReasonCode::Unreachable, "{case}: {:?}", left.relax);
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

/// A job that is locked to a vehicle which cannot serve it, for one reason or another: the others are kept from it by the lock.
#[test]
fn a_lock_is_named_where_it_keeps_a_vehicle_from_the_job() {
    let spoilt = [
        (ReasonCode::ShiftEnd, 0),
        (ReasonCode::ShiftEnd, 1),
        (ReasonCode::MaxDistance, 0),
        (ReasonCode::Break, 0),
        (ReasonCode::Area, 0),
    ];
    for ((code, plant), k) in spoilt.into_iter().flat_map(|spoilt| (1..=5).map(move |k| (spoilt, k))) {
        let (_, plants) = PLANTS.iter().find(|(known, _)| *known == code).expect("planted");
        let mut parts = day();
        plants[plant](&mut parts, k);
        let promised = Vehicle { id: "promised".to_owned(), ..parts.vehicles[0].clone() };
        parts.vehicles = vec![day().vehicles.remove(0), promised];
        assert_eq!(explained(&parts), None, "without the lock the van serves it");
        parts.locks.vehicles.push(VehicleLock { job: 0, vehicles: vec![1] });
        let left = explained(&parts).expect("left out");
        assert_eq!((left.verdict, left.evidence), (Verdict::ProvenInfeasible, Evidence::Enumeration));
        let codes =
            |id: &str| left.reasons.iter().find(|reason| reason.vehicles == [id]).map(|reason| &reason.codes[..]);
        assert_eq!(codes("van"), Some(&[ReasonCode::Lock][..]), "{left:?}");
        assert!(codes("promised").is_some_and(|codes| codes.contains(&code)), "{left:?}");
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
