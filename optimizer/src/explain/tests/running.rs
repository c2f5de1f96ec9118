//! A day under way: vehicles have left, and what they have done stays.

use huilu_model::instance::Parts;
use huilu_model::locks::{LockedVisit, PrefixLock};
use huilu_model::replan::Keep;
use huilu_model::{Faults, Instance, Plan, Seconds};

use super::{ask, planned, stops};
use crate::explain::{ExplainParams, Misfit, Move, what_if};
use crate::resources::model::Model;
use crate::routing::cases::random;
use crate::slots::with_pricer;

/// The day of `seed` as it stands at `freeze`, and its new plan; `None` where nobody has left by then.
fn under_way(seed: u64, freeze: i64) -> Option<(Instance, Plan)> {
    let day = random(seed, 7, 3, 2);
    let before = planned(&day, 150);
    let mut parts = Parts::clone(&day);
    let mut faults = Faults::default();
    Keep { freeze_before: Some(Seconds(freeze)), max_changed: None }.lock(&mut parts, Some(&before), &mut faults);
    let instance = Instance::new(parts).expect("an earlier plan of the same day can be frozen");
    let left = Model::new(&instance).kinds.iter().any(|kind| kind.locked_rows() > 0);
    left.then(|| {
        let plan = planned(&instance, 100);
        (instance, plan)
    })
}

#[test]
fn a_running_day_is_explained_changed_and_priced() {
    let (mut tried, mut left_out, mut refused) = (0, 0, 0);
    for seed in 0..60 {
        let Some((instance, plan)) = under_way(seed, 8 + seed as i64 % 30) else { continue };
        let report = ask(&instance, &plan, &ExplainParams::default()).unwrap_or_else(|e| panic!("{seed}: {e}"));
        let same: Vec<Move> = plan
            .routes
            .iter()
            .map(|route| Move::Sequence { vehicle: route.vehicle.clone(), stops: stops(&plan, &route.vehicle) })
            .collect();
        let answer = what_if(&instance, &plan, &same).unwrap_or_else(|e| panic!("{seed}: {e}"));
        assert!(answer.routes.is_empty() && answer.broken.is_empty(), "seed {seed}: {answer:?}");
        assert_eq!(answer.before.total(), plan.cost, "seed {seed}");
        let jobs: Vec<usize> = (0..instance.jobs.len()).collect();
        for left in &report.jobs {
            let asked: Vec<usize> = jobs.iter().copied().filter(|&k| instance.jobs[k].id == left.job).collect();
            with_pricer(&instance, &plan, |pricer| pricer.prices(&asked)).unwrap_or_else(|e| panic!("{seed}: {e}"));
        }
        // Whoever has left cannot drop what is done.
        for prefix in instance.locks.prefixes.iter().filter(|prefix| !prefix.visits.is_empty()) {
            let vehicle = instance.vehicles[prefix.vehicle].id.clone();
            let home = Move::Sequence { vehicle: vehicle.clone(), stops: Vec::new() };
            let answer = what_if(&instance, &plan, &[home]).unwrap_or_else(|e| panic!("{seed}: {e}"));
            assert!(!answer.broken.is_empty(), "seed {seed}: {vehicle} stays at home after it has left");
            refused += 1;
        }
        tried += 1;
        left_out += report.jobs.len();
    }
    assert!(tried > 20 && left_out > 20 && refused > 20, "{tried} days, {left_out} left out, {refused} refused");
}

/// What the model sends vehicles off with by itself must not take the room that the plan gives to another.
#[test]
fn a_plan_that_unloads_elsewhere_than_the_locked_beginning_alone_would_fits() {
    let (mut tried, mut limited) = (0, 0);
    for seed in 0..200 {
        let day = random(seed, 6, 2, 2);
        let plan = planned(&day, 150);
        let mut parts = Parts::clone(&day);
        for route in &plan.routes {
            let first = stops(&plan, &route.vehicle).into_iter().next();
            let job = first.and_then(|id| day.jobs.iter().position(|job| job.id == id));
            let vehicle = day.vehicles.iter().position(|car| car.id == route.vehicle).expect("known");
            parts.locks.prefixes.extend(job.map(|job| PrefixLock {
                vehicle,
                visits: vec![LockedVisit::Job(job)],
                ..PrefixLock::default()
            }));
        }
        let Ok(instance) = Instance::new(parts) else { continue };
        let fits = ask(&instance, &plan, &ExplainParams { relax: false, ..ExplainParams::default() });
        assert!(fits.is_ok(), "seed {seed}: {fits:?}");
        tried += usize::from(!instance.locks.prefixes.is_empty());
        limited += usize::from(day.outlets.iter().any(|outlet| outlet.capacity.iter().any(Option::is_some)));
        // Negative control: the same plan without a vehicle that has begun is none of this day.
        if let Some(begun) = instance.locks.prefixes.first() {
            let id = &instance.vehicles[begun.vehicle].id;
            let mut short = plan.clone();
            short.routes.retain(|route| route.vehicle != *id);
            let refused = ask(&instance, &short, &ExplainParams::default()).expect_err("a beginning is missing");
            assert_eq!(refused, Misfit::BrokenRoute(id.clone()), "seed {seed}");
        }
    }
    assert!(tried > 100 && limited > 100, "{tried} days, {limited} with limited room: the cases are too poor");
}
