//! Changes that somebody proposes.

use huilu_model::{Instance, Plan, StepKind};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{planned, stops};
use crate::explain::{BadMove, BadQuestion, Bill, Misfit, Move, what_if};
use crate::routing::cases::{city, limited, random};

fn served(plan: &Plan) -> Vec<(String, String)> {
    let of_route = |route: &huilu_model::PlannedRoute| {
        let vehicle = route.vehicle.clone();
        let job = |step: &huilu_model::Step| match &step.kind {
            StepKind::Job { job } => Some(job.clone()),
            _ => None,
        };
        route.steps.iter().filter_map(job).map(|job| (vehicle.clone(), job)).collect::<Vec<_>>()
    };
    plan.routes.iter().flat_map(of_route).collect()
}

fn random_move(rng: &mut Xoshiro256PlusPlus, instance: &Instance, plan: &Plan) -> Option<Move> {
    let on_road = served(plan);
    let any = |rng: &mut Xoshiro256PlusPlus| on_road.get(rng.random_range(0..on_road.len().max(1))).cloned();
    let vehicle =
        |rng: &mut Xoshiro256PlusPlus| instance.vehicles[rng.random_range(0..instance.vehicles.len())].id.clone();
    Some(match rng.random_range(0..6) {
        0 => Move::Assign {
            job: instance.jobs[rng.random_range(0..instance.jobs.len())].id.clone(),
            vehicle: vehicle(rng),
            position: None,
        },
        1 => {
            let (job, vehicle) = (instance.jobs[rng.random_range(0..instance.jobs.len())].id.clone(), vehicle(rng));
            Move::Assign { job, vehicle, position: Some(0) }
        }
        2 => Move::LeaveOut { job: any(rng)?.1 },
        3 => Move::SwapJobs { one: any(rng)?.1, other: any(rng)?.1 },
        4 => Move::SwapRoutes { one: vehicle(rng), other: vehicle(rng) },
        _ => {
            let (vehicle, _) = any(rng)?;
            let mut stops = stops(plan, &vehicle);
            let (one, other) = (rng.random_range(0..stops.len()), rng.random_range(0..stops.len()));
            stops.swap(one, other);
            Move::Sequence { vehicle, stops }
        }
    })
}

#[test]
fn the_difference_is_that_of_the_plans_part_by_part_and_a_refusal_names_the_rule() {
    let (mut feasible, mut refused, mut unnamed) = (0, 0, 0);
    for seed in 0..150 {
        let instance = [random, limited, city][(seed % 3) as usize](seed, 8, 3, 2);
        let plan = planned(&instance, 100);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        for _ in 0..6 {
            let Some(step) = random_move(&mut rng, &instance, &plan) else { continue };
            let case = format!("seed {seed}: {step:?}");
            let answer =
                what_if(&instance, &plan, std::slice::from_ref(&step)).unwrap_or_else(|bad| panic!("{case}: {bad}"));
            assert_eq!(answer.before.total(), plan.cost, "{case}");
            match (&answer.plan, answer.after, answer.difference) {
                (Some(new), Some(after), Some(difference)) => {
                    assert!(huilu_check::check(&instance, new).only_mandatory_jobs_missing(), "{case}");
                    assert_eq!(Bill::of(&instance, new), after);
                    assert_eq!(difference.total(), new.cost - plan.cost, "{case}");
                    assert!(answer.broken.is_empty());
                    feasible += 1;
                }
                (None, None, None) => {
                    assert!(!answer.broken.is_empty(), "{case}");
                    unnamed += answer.broken.iter().filter(|rule| rule.code == "REFUSED").count();
                    refused += 1;
                }
                other => panic!("{case}: {other:?}"),
            }
        }
    }
    println!("{feasible} feasible, {refused} refused, {unnamed} of them without a name");
    assert!(feasible > 100 && refused > 100, "{feasible} feasible, {refused} refused: the cases are too poor");
    assert!(unnamed * 50 < refused, "{unnamed} of {refused} refusals have no name");
}

#[test]
fn the_plan_as_it_is_changes_nothing() {
    let instance = random(6, 12, 3, 2);
    let plan = planned(&instance, 200);
    let same = plan
        .routes
        .iter()
        .map(|route| Move::Sequence { vehicle: route.vehicle.clone(), stops: stops(&plan, &route.vehicle) });
    let same: Vec<Move> = same.collect();
    let answer = what_if(&instance, &plan, &same).expect("can be looked at");
    assert!(!same.is_empty() && answer.routes.is_empty());
    assert_eq!(answer.difference, Some(Bill::default()));
}

#[test]
fn a_change_that_names_what_is_not_there_is_refused() {
    let instance = random(6, 12, 3, 2);
    let plan = planned(&instance, 200);
    let same = |stops: Vec<String>, vehicle: &str| Move::Sequence { vehicle: vehicle.to_owned(), stops };
    let first = same(stops(&plan, "v0"), "v0");
    let ask = |step: Move| match what_if(&instance, &plan, &[first.clone(), step]).expect_err("refused") {
        BadQuestion::Move { index: 1, cause } => cause,
        other => panic!("{other:?}"),
    };
    let (vehicle, job) = served(&plan).swap_remove(0);
    let nowhere = Move::Assign { job: "nobody".to_owned(), vehicle: vehicle.clone(), position: None };
    assert_eq!(ask(nowhere), BadMove::Unknown(Misfit::UnknownJob("nobody".to_owned())));
    let nobody = Move::Assign { job: job.clone(), vehicle: "nothing".to_owned(), position: None };
    assert_eq!(ask(nobody), BadMove::Unknown(Misfit::UnknownVehicle("nothing".to_owned())));
    let far = Move::Assign { job: job.clone(), vehicle: vehicle.clone(), position: Some(99) };
    assert!(matches!(ask(far), BadMove::BeyondTheEnd { position: 99, .. }));
    assert_eq!(ask(Move::Sequence { vehicle, stops: vec![job.clone(), job.clone()] }), BadMove::JobTwice(job));
}

/// A job that must be served, on a day with nothing else to say.
#[test]
fn who_leaves_out_what_must_be_served_is_told_so() {
    let (mut dropped, mut missing) = (0, 0);
    for seed in 0..40 {
        let mut parts = (*random(seed, 6, 2, 2)).clone();
        parts.jobs.iter_mut().step_by(2).for_each(|job| job.penalty = None);
        let instance = Instance::new(parts).expect("still valid");
        let plan = planned(&instance, 100);
        let on_road = served(&plan);
        let mandatory = |id: &String| instance.jobs.iter().any(|job| job.id == *id && job.penalty.is_none());
        // What was missing before is no fault of the change.
        missing += plan.unassigned.iter().filter(|left| mandatory(&left.job)).count();
        for (_, job) in &on_road {
            let answer = what_if(&instance, &plan, &[Move::LeaveOut { job: job.clone() }]).expect("can be looked at");
            let told: Vec<&str> = answer.broken.iter().filter_map(|rule| rule.subject.as_deref()).collect();
            if mandatory(job) {
                // Where the rest of the route breaks a rule as well, that one is told.
                assert!(!told.is_empty() && answer.after.is_none(), "seed {seed} {job}: {answer:?}");
                dropped += usize::from(told.contains(&job.as_str()));
            } else {
                assert!(answer.broken.iter().all(|rule| rule.code != "MANDATORY_JOB_LEFT_OUT"), "seed {seed} {job}");
            }
        }
    }
    assert!(dropped > 20 && missing > 5, "{dropped} dropped, {missing} missing before");
}
