//! Outlets with little room together with locks and frozen beginnings: the plan that a day has is found again, from itself and from
//! nothing, and the independent checker finds no promise broken.

use std::sync::atomic::AtomicBool;

use huilu_model::instance::Parts;
use huilu_model::replan::Keep;
use huilu_model::{FaultCode, Faults, Instance, Plan, ReasonCode, Seconds, Unassigned, Verdict};

use super::cases::cramped;
use super::model::Model;
use super::solution::Solution;
use super::{Outcome, Params, impossible, solve, solve_from};
use crate::limits::{Limits, NoClock};

/// Without set partitioning, which takes most of the time of so small a search.
fn planned(day: &Instance, from: Option<&Plan>, iterations: u64) -> Outcome {
    let params = Params { use_set_partitioning: false, ..Params::default() };
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(iterations), cancel: &cancel };
    match from {
        Some(plan) => solve_from(day, plan, &params, 7, &limits, &mut |_| {}),
        None => solve(day, &params, 7, &limits, &mut |_| {}),
    }
}

/// The day with all frozen that its plan has begun before `freeze`; `None` where nothing is.
fn frozen(day: &Instance, plan: &Plan, freeze: i64) -> Option<Instance> {
    let (mut parts, mut faults) = (Parts::clone(day), Faults::default());
    let keep = Keep { freeze_before: Some(Seconds(freeze)), max_changed: None };
    keep.lock(&mut parts, Some(plan), &mut faults);
    assert_eq!(faults, Faults::default(), "the plan is of this very day");
    let day = Instance::new(parts).expect("a day with a plan");
    (!day.locks.prefixes.is_empty()).then_some(day)
}

/// Jobs that no vehicle may serve any more: each had to follow one that another vehicle has picked up since.
fn parted(day: &Instance, model: &Model<'_>) -> Vec<usize> {
    let nobody = |job: &usize| !(0..day.vehicles.len()).any(|vehicle| model.locks.may_serve(vehicle, *job));
    (0..day.jobs.len()).filter(nobody).collect()
}

#[test]
fn a_day_that_has_a_plan_is_planned_anew_under_a_freeze() {
    let (mut tried, mut several, mut full, mut broken, mut failures) = (0, 0, 0, 0, Vec::new());
    let (mut n_parted, mut n_mandatory) = (0, 0);
    for seed in 0..2_400 {
        let shape = (6 + seed as usize % 4, 3 + seed as usize / 4 % 3, 2 + seed as usize / 12 % 2);
        let Ok(day) = cramped(seed, shape.0, shape.1, shape.2) else { continue };
        let before = planned(&day, None, 10);
        // Locks that contradict each other in time are found by no look at the instance.
        if !huilu_check::check(&day, &before.plan).only_mandatory_jobs_missing() {
            continue;
        }
        let Some(instance) = frozen(&day, &before.plan, 4 + seed as i64 % 40) else { continue };
        let model = Model::new(&instance);
        if !Solution::new(&model).keeps_promises(&model) {
            failures.push(format!("seed {seed}: not all can begin"));
        }
        let parted = parted(&instance, &model);
        let told = impossible(&instance).0;
        for &job in &parted {
            let mandatory = instance.jobs[job].penalty.is_none();
            let path = format!("jobs[{job}]");
            let named = told.iter().any(|fault| fault.code == FaultCode::JobUnservable && fault.path == path);
            if named != mandatory {
                failures.push(format!("seed {seed}: job {job}, mandatory: {mandatory}: {told:?}"));
            }
            n_parted += 1;
            n_mandatory += usize::from(mandatory);
        }
        for from in [None, Some(&before.plan)] {
            let outcome = planned(&instance, from, 2);
            let report = huilu_check::check(&instance, &outcome.plan);
            if !report.only_mandatory_jobs_missing() || report.is_clean() != outcome.feasible {
                failures.push(format!("seed {seed}, {}: {:?}", from.is_some(), report.violations));
            }
            for &job in &parted {
                let left = outcome.plan.unassigned.iter().find(|left| left.job == instance.jobs[job].id);
                let said = |left: &Unassigned| {
                    let locked = left.reasons.iter().any(|reason| reason.code == ReasonCode::Lock);
                    locked && left.verdict == Verdict::ProvenInfeasible
                };
                if !left.is_some_and(said) {
                    failures.push(format!("seed {seed}: job {job} has lost the one before it: {left:?}"));
                }
            }
            // Of plans that leave a mandatory job out the cheaper may serve less.
            let known = huilu_check::check(&instance, &before.plan);
            if from.is_some() && known.is_clean() && outcome.plan.cost > before.plan.cost {
                failures.push(format!("seed {seed}: the earlier plan is lost"));
            }
        }
        // Negative control: another plan of the day breaks the freeze.
        let other = huilu_check::check(&instance, &planned(&day, None, 12).plan);
        broken += usize::from(!other.only_mandatory_jobs_missing());
        tried += 1;
        several += usize::from(instance.locks.prefixes.len() > 1);
        full += usize::from(!before.plan.unassigned.is_empty());
    }
    assert!(failures.is_empty(), "{} of {tried}: {failures:#?}", failures.len());
    assert!(
        tried > 1_000 && several > 400 && full > 300 && broken > 20,
        "{tried} tried, {several} with several beginnings, {full} leave jobs out, {broken} other plans break the freeze"
    );
    assert!(n_parted > 20 && n_mandatory > 5, "{n_parted} parted by the freeze, {n_mandatory} of them mandatory");
}
