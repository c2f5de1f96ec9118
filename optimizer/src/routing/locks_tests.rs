//! Promises on small random days: every plan under locks passes the independent checker, and what is frozen stays.

use std::sync::atomic::AtomicBool;

use huilu_check::Code;
use huilu_model::instance::{Job, Parts, Vehicle};
use huilu_model::locks::{SequenceLock, StartLock, VehicleLock};
use huilu_model::replan::Keep;
use huilu_model::{Cost, FaultCode, Faults, Instance, Plan, Reason, ReasonCode, Seconds, Verdict, Window};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::cases::{limited, locked, random};
use super::{Outcome, Params, impossible, solve, solve_from};
use crate::limits::{Limits, NoClock};

fn params() -> Params {
    Params { partition_from: 0.0, ..Params::default() }
}

pub(super) fn planned(instance: &Instance, from: Option<&Plan>, iterations: u64) -> Outcome {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(iterations), cancel: &cancel };
    match from {
        Some(plan) => solve_from(instance, plan, &params(), 7, &limits, &mut |_| {}),
        None => solve(instance, &params(), 7, &limits, &mut |_| {}),
    }
}

/// Nothing is wrong but that mandatory jobs may be missing, which the outcome says as well.
fn holds(seed: u64, instance: &Instance, outcome: &Outcome) {
    let report = huilu_check::check(instance, &outcome.plan);
    assert!(report.only_mandatory_jobs_missing(), "seed {seed}: {:#?}", report.violations);
    assert_eq!(report.is_clean(), outcome.feasible, "seed {seed}");
}

#[test]
fn plans_keep_every_lock() {
    let (mut tried, mut costlier) = (0, 0);
    for seed in 0..400 {
        let Ok(instance) = locked(seed, 8, 3, 2) else { continue };
        if !impossible(&instance).0.is_empty() {
            continue;
        }
        let outcome = planned(&instance, None, 300);
        holds(seed, &instance, &outcome);
        let free = planned(&random(seed, 8, 3, 2), None, 300);
        tried += 1;
        // What the locks are for: without them the checker finds them broken.
        costlier += usize::from(!huilu_check::check(&instance, &free.plan).only_mandatory_jobs_missing());
    }
    assert!(tried > 150 && costlier > 60, "{tried} tried, {costlier} free plans break a lock: the cases are too poor");
}

fn frozen(plan: &Plan, freeze: i64) -> Vec<(String, Vec<(String, i64)>)> {
    let routes = plan.routes.iter().map(|route| {
        let steps = route.steps.iter().filter(|step| step.start_s.0 < freeze);
        (route.vehicle.clone(), steps.map(|step| (format!("{:?}", step.kind), step.start_s.0)).collect())
    });
    let mut routes: Vec<_> = routes.filter(|(_, steps): &(String, Vec<(String, i64)>)| !steps.is_empty()).collect();
    routes.sort();
    routes
}

/// The day of `seed` and its plan; then the prices of legs and jobs change, and `Keep` is asked for.
fn replanned(
    seed: u64,
    keep: Keep,
    days: fn(u64, usize, usize, usize) -> Instance,
) -> (Plan, Result<Instance, Faults>) {
    let day = days(seed, 9, 3, 2);
    let before = planned(&day, None, 150);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0xf0);
    let mut parts = Parts::clone(&day);
    for vehicle in &mut parts.vehicles {
        vehicle.cost_per_metre = Cost(rng.random_range(0..4));
    }
    for job in &mut parts.jobs {
        job.penalty = job.penalty.map(|_| Cost(rng.random_range(5..300)));
    }
    let mut faults = Faults::default();
    keep.lock(&mut parts, Some(&before.plan), &mut faults);
    (before.plan, faults.or(()).and_then(|()| Instance::new(parts)))
}

#[test]
fn what_started_before_the_freeze_stays_as_it_is() {
    let (mut tried, mut changed) = (0, 0);
    for seed in 0..400 {
        let freeze = 5 + seed as i64 % 40;
        let keep = Keep { freeze_before: Some(Seconds(freeze)), max_changed: None };
        let (before, instance) = replanned(seed, keep, if seed % 2 == 0 { random } else { limited });
        let instance = instance.expect("an earlier plan of the same day can be frozen");
        let misfits = impossible(&instance).0.iter().filter(|fault| fault.code == FaultCode::FrozenMisfit).count();
        assert_eq!(misfits, 0, "seed {seed}, freeze {freeze}, {:?}", instance.locks.prefixes);
        let outcome = planned(&instance, Some(&before), 200);
        holds(seed, &instance, &outcome);
        assert_eq!(outcome.notices, []);
        let stays = frozen(&before, freeze);
        let now = frozen(&outcome.plan, freeze);
        for route in &stays {
            assert!(now.contains(route), "seed {seed}, freeze {freeze}: {route:?} is not in {now:?}");
        }
        tried += usize::from(!stays.is_empty());
        changed += usize::from(before.routes != outcome.plan.routes);
        // Also without the earlier plan to start from.
        holds(seed, &instance, &planned(&instance, None, 50));
    }
    assert!(tried > 200 && changed > 100, "{tried} with something frozen, {changed} changed after it");
}

#[test]
fn no_more_changes_than_allowed() {
    let (mut changed, mut broken) = (0, 0);
    for seed in 0..300 {
        let most = (seed % 4) as u32;
        let keep = Keep { freeze_before: None, max_changed: Some(most) };
        let (before, instance) = replanned(seed, keep, random);
        let instance = instance.expect("valid");
        let outcome = planned(&instance, Some(&before), 300);
        holds(seed, &instance, &outcome);
        changed += usize::from(before.routes != outcome.plan.routes);
        let mut free = Parts::clone(&instance);
        free.locks.changes = None;
        let free = planned(&Instance::new(free).expect("valid"), Some(&before), 300);
        let report = huilu_check::check(&instance, &free.plan);
        broken += usize::from(report.violations.iter().any(|found| found.code == Code::TooManyChanges));
    }
    assert!(changed > 60 && broken > 60, "{changed} changed, {broken} would have changed too much");
}

#[test]
fn contradictions_are_faults_before_any_search() {
    type Edit = fn(&mut Parts);
    let cases: [(FaultCode, Edit); 7] = [
        (FaultCode::LockCycle, |parts| {
            let pair = |before, after| SequenceLock { before, after, directly: false };
            parts.locks.sequences = vec![pair(0, 1), pair(1, 2), pair(2, 0)];
        }),
        (FaultCode::LockVehicle, |parts| {
            (parts.jobs[0].skills, parts.vehicles[0].skills) = (1, 0);
            parts.locks.vehicles = vec![VehicleLock { job: 0, vehicles: vec![0] }];
        }),
        (FaultCode::LockVehicle, |parts| {
            parts.locks.vehicles = vec![VehicleLock { job: 0, vehicles: Vec::new() }];
        }),
        (FaultCode::LockSequence, |parts| {
            parts.vehicles.iter_mut().for_each(|vehicle| vehicle.skills = 1);
            parts.jobs.iter_mut().for_each(|job| job.loads.clear());
            parts.locks.vehicles =
                vec![VehicleLock { job: 0, vehicles: vec![0] }, VehicleLock { job: 1, vehicles: vec![1] }];
            parts.locks.sequences = vec![SequenceLock { before: 0, after: 1, directly: true }];
        }),
        (FaultCode::LockStart, |parts| {
            parts.locks.starts = vec![StartLock { job: 0, window: Window { start: Seconds(900), end: Seconds(901) } }];
        }),
        (FaultCode::LockTwice, |parts| {
            let prefix = |vehicle| huilu_model::locks::PrefixLock {
                vehicle,
                visits: vec![huilu_model::locks::LockedVisit::Job(0)],
                ..huilu_model::locks::PrefixLock::default()
            };
            parts.locks.prefixes = vec![prefix(0), prefix(1)];
        }),
        (FaultCode::UnknownReference, |parts| {
            parts.locks.vehicles = vec![VehicleLock { job: 0, vehicles: vec![99] }];
        }),
    ];
    for (code, edit) in cases {
        let mut parts = Parts::clone(&random(3, 6, 2, 1));
        edit(&mut parts);
        let faults = Instance::new(parts).expect_err(code.name());
        assert!(faults.0.iter().any(|fault| fault.code == code), "{code:?}: {faults}");
    }
}

/// Two vans on a day without rules, and the routes of a plan in which the first serves job 0. Only then job 1 has to follow it, by these
/// vans, and all that began before `freeze` is frozen.
fn follower(penalty: Option<Cost>, vans: &[usize], freeze: Option<i64>) -> (Plan, Parts) {
    let all_day = Window { start: Seconds(0), end: Seconds(900) };
    let mut parts = Parts::clone(&random(3, 2, 2, 0));
    for job in &mut parts.jobs {
        let (id, place) = (job.id.clone(), job.place);
        *job = Job { id, place, windows: vec![all_day], penalty: Some(Cost(1_000)), ..Job::default() };
    }
    for vehicle in &mut parts.vehicles {
        let (id, compartments) = (vehicle.id.clone(), vehicle.compartments.clone());
        *vehicle = Vehicle { id, compartments, shift: all_day, cost_per_second: Cost(1), ..Vehicle::default() };
    }
    parts.locks.vehicles = (0..2).map(|k| VehicleLock { job: k, vehicles: vec![k] }).collect();
    let mut before = planned(&Instance::new(parts.clone()).expect("valid"), None, 20).plan;
    before.routes.retain(|route| route.vehicle == parts.vehicles[0].id);
    parts.jobs[1].penalty = penalty;
    parts.locks.vehicles = vec![VehicleLock { job: 1, vehicles: vans.to_vec() }];
    parts.locks.sequences = vec![SequenceLock { before: 0, after: 1, directly: false }];
    if let Some(freeze) = freeze {
        let mut faults = Faults::default();
        Keep { freeze_before: Some(Seconds(freeze)), max_changed: None }.lock(&mut parts, Some(&before), &mut faults);
        assert_eq!((faults, parts.locks.prefixes.len()), (Faults::default(), 1));
    }
    (before, parts)
}

#[test]
fn a_job_whose_forerunner_another_vehicle_has_picked_up_is_left_out() {
    for (penalty, freeze) in [Some(Cost(9)), Some(Cost(1_000)), None].into_iter().flat_map(|p| [(p, 1), (p, 800)]) {
        let (before, parts) = follower(penalty, &[1], Some(freeze));
        let instance = Instance::new(parts).expect("the day has a plan");
        let told: Vec<(FaultCode, String)> =
            impossible(&instance).0.into_iter().map(|fault| (fault.code, fault.path)).collect();
        let mandatory = vec![(FaultCode::JobUnservable, "jobs[1]".to_owned())];
        assert_eq!(told, if penalty.is_none() { mandatory } else { Vec::new() });
        for from in [None, Some(&before)] {
            let outcome = planned(&instance, from, 20);
            holds(0, &instance, &outcome);
            assert_eq!(outcome.feasible, penalty.is_some());
            let [left] = &outcome.plan.unassigned[..] else { panic!("{:?}", outcome.plan.unassigned) };
            assert_eq!((&left.job, left.verdict), (&instance.jobs[1].id, Verdict::ProvenInfeasible));
            assert_eq!(left.reasons, [Reason { code: ReasonCode::Lock, vehicle: None }]);
        }
    }
    // Negative controls: the vehicle on its way may go on to it; without a freeze both go together.
    for (vans, freeze) in [(vec![0, 1], Some(1)), (vec![1], None)] {
        let (_, parts) = follower(Some(Cost(1_000)), &vans, freeze);
        let outcome = planned(&Instance::new(parts).expect("valid"), None, 20);
        assert_eq!(outcome.plan.unassigned, []);
    }
}

/// What a caller says now is not excused by a freeze.
#[test]
fn a_follower_locked_away_from_its_forerunner_is_a_fault_under_a_freeze_as_without_one() {
    for freeze in [None, Some(1), Some(800)] {
        let (_, mut parts) = follower(Some(Cost(9)), &[1], freeze);
        Instance::new(parts.clone()).expect("negative control");
        parts.locks.vehicles.push(VehicleLock { job: 0, vehicles: vec![0] });
        let faults = Instance::new(parts).expect_err("no vehicle may serve both").0;
        assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), [FaultCode::LockSequence]);
    }
}

#[test]
fn a_frozen_beginning_that_cannot_have_been_is_a_fault() {
    let keep = Keep { freeze_before: Some(Seconds(30)), max_changed: None };
    let mut found = 0;
    for seed in 0..60 {
        let (_, instance) = replanned(seed, keep, random);
        let mut parts = Parts::clone(&instance.expect("valid"));
        let frozen = parts.locks.prefixes.iter_mut().filter_map(|prefix| prefix.frozen.as_mut());
        let Some(start) = frozen.flat_map(|frozen| frozen.starts.first_mut()).next() else { continue };
        start.0 -= 1;
        let instance = Instance::new(parts).expect("times are for the search to judge");
        assert!(impossible(&instance).0.iter().any(|fault| fault.code == FaultCode::FrozenMisfit), "seed {seed}");
        found += 1;
    }
    assert!(found > 20, "{found}");
}

#[test]
fn an_outdated_plan_is_repaired_and_says_what_it_lost() {
    let mut repaired = 0;
    for seed in 0..100 {
        let day = random(seed, 9, 3, 2);
        let before = planned(&day, None, 100).plan;
        let mut parts = Parts::clone(&day);
        // A job is gone, boxes are smaller, and shifts begin late.
        parts.jobs.remove(0);
        for vehicle in &mut parts.vehicles {
            vehicle.grams.0 -= 2;
            vehicle.shift.start.0 += 5;
        }
        let instance = Instance::new(parts).expect("valid");
        let outcome = planned(&instance, Some(&before), 50);
        holds(seed, &instance, &outcome);
        let served = before.unassigned.iter().all(|left| left.job != "j0");
        let named = outcome.notices.iter().any(|notice| notice.to_string().contains("`j0`"));
        assert_eq!(served, named, "seed {seed}: {:?}", outcome.notices);
        repaired += usize::from(outcome.notices.len() > usize::from(served));
    }
    assert!(repaired > 30, "{repaired} needed a repair");
}
