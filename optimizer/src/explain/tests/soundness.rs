//! Verdicts and relaxations against enumeration.

use std::sync::atomic::AtomicBool;

use huilu_model::{Cost, Instance, Verdict};

use super::{ask, crooked, planned, promised, some_route_serves};
use crate::explain::alone::{Question, Verdict as Alone};
use crate::explain::standing::Standing;
use crate::explain::ways::Ways;
use crate::explain::{Evidence, ExplainParams, Field, Relaxation, SubjectKind, prove_not_worth_it};
use crate::limits::{Limits, NoClock};
use crate::proof::ProofParams;
use crate::proof::tests::brute;
use crate::resources::model::Model;
use crate::routing::cases::{balanced, city, limited, random};
use crate::routing::output;

#[test]
fn no_job_is_called_impossible_that_some_route_serves() {
    let (mut proven, mut possible, mut unclear) = (0, 0, 0);
    for seed in 0..600 {
        let make = [random, limited, crooked, city, promised][(seed % 5) as usize];
        let instance = make(seed, 3, 2, 2);
        let model = Model::new(&instance);
        let ways = Ways::new(&model);
        for job in 0..model.n_jobs {
            for vehicle in 0..instance.vehicles.len() {
                let kind = model.kind_of[vehicle];
                let verdict = Question { model: &model, ways: &ways, kind, job }.verdict();
                let served = some_route_serves(&model, vehicle, job);
                match verdict {
                    Alone::Possible => assert!(served, "seed {seed}: job {job} on {vehicle} is not possible"),
                    Alone::Proven(causes) => {
                        assert!(!served, "seed {seed}: job {job} on {vehicle} can be served, {causes:?}");
                        assert!(!causes.rules.is_empty());
                        proven += 1;
                        continue;
                    }
                    Alone::Unclear(_) => unclear += usize::from(!served),
                }
                possible += usize::from(served);
            }
        }
    }
    println!("{proven} proven, {unclear} impossible but not proven, {possible} possible");
    assert!(proven > 500 && possible > 300, "{proven} proven, {possible} possible: the cases are too poor");
    assert!(unclear * 10 < proven, "{unclear} impossible ones are not proven, {proven} are");
}

/// By the brute force of the proofs, which shares no code with the evaluator; it knows no releases.
#[test]
fn no_job_is_called_impossible_that_brute_force_serves() {
    let (mut proven, mut served) = (0, 0);
    for seed in 1_000..1_150 {
        let mut parts = (*random(seed, 3, 1, 2)).clone();
        parts.jobs.iter_mut().for_each(|job| job.release = None);
        // Room is counted by plan there, by route here.
        parts.outlets.iter_mut().for_each(|outlet| outlet.capacity.iter_mut().for_each(|room| *room = None));
        let instance = Instance::new(parts).expect("still valid");
        let model = Model::new(&instance);
        let ways = Ways::new(&model);
        let routes = brute::routes(&instance, &instance.vehicles[0]);
        for job in 0..model.n_jobs {
            let some = routes.keys().any(|(jobs, _)| jobs >> job & 1 == 1);
            let verdict = Question { model: &model, ways: &ways, kind: 0, job }.verdict();
            let impossible = matches!(verdict, Alone::Proven(_));
            assert!(!(some && impossible), "seed {seed}: job {job}");
            proven += usize::from(impossible);
            served += usize::from(some);
        }
    }
    assert!(proven > 50 && served > 50, "{proven} proven, {served} served: the cases are too poor");
}

fn bounded(instance: &Instance, plan: &huilu_model::Plan, job: &str) -> Option<crate::explain::ServingBound> {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(200), cancel: &cancel };
    prove_not_worth_it(instance, plan, job, &ProofParams::default(), &limits)
}

#[test]
fn what_is_proven_not_worth_it_is_served_by_no_plan_as_cheap() {
    let (mut proven, mut open) = (0, 0);
    for seed in 0..120 {
        let mut parts = (*random(seed, 4, 2, 1)).clone();
        parts.jobs.iter_mut().for_each(|job| job.release = None);
        let instance = Instance::new(parts).expect("still valid");
        let plan = planned(&instance, 400);
        let report = ask(&instance, &plan, &ExplainParams { relax: false, ..ExplainParams::default() }).expect("fits");
        for mut left in report.jobs {
            let Some(bound) = bounded(&instance, &plan, &left.job) else { continue };
            let mut parts = (*instance).clone();
            parts.jobs.iter_mut().filter(|job| job.id == left.job).for_each(|job| job.penalty = None);
            let serving = Instance::new(parts).expect("still valid");
            let by_vehicle: Vec<_> = serving.vehicles.iter().map(|car| brute::routes(&serving, car)).collect();
            let best = brute::optimum(&serving, &by_vehicle);
            assert!(best.is_none_or(|best| bound.lower_bound.0 <= best), "seed {seed} {}", left.job);
            left.settle(&bound);
            if left.evidence == Evidence::Bound {
                assert_eq!(left.verdict, Verdict::NotWorthIt);
                assert!(best.is_none_or(|best| best > plan.cost.0), "seed {seed} {}: {best:?}", left.job);
                proven += 1;
            } else {
                open += 1;
            }
        }
    }
    assert!(proven > 20 && open > 10, "{proven} proven, {open} open: the cases are too poor");
}

/// What a plan claims to cost proves nothing, nor does a plan that costs little because a mandatory job is left out.
#[test]
fn no_proof_rests_on_a_claimed_cost_or_on_a_plan_that_may_not_be_driven() {
    let (mut asked, mut refused) = (0, 0);
    for seed in 0..30 {
        let mut parts = (*random(seed, 4, 2, 1)).clone();
        parts.jobs.iter_mut().for_each(|job| job.release = None);
        let instance = Instance::new(parts).expect("still valid");
        let plan = planned(&instance, 400);
        let mandatory = |id: &str| instance.jobs.iter().any(|job| job.id == id && job.penalty.is_none());
        if plan.unassigned.iter().any(|left| mandatory(&left.job)) {
            continue;
        }
        let claims_less = huilu_model::Plan { cost: huilu_model::Cost(0), ..plan.clone() };
        let serves_nothing = huilu_model::Plan { routes: Vec::new(), ..plan.clone() };
        for left in &plan.unassigned {
            assert_eq!(bounded(&instance, &claims_less, &left.job), bounded(&instance, &plan, &left.job));
            asked += 1;
            if instance.jobs.iter().any(|job| job.penalty.is_none()) {
                assert_eq!(bounded(&instance, &serves_nothing, &left.job), None, "seed {seed} {}", left.job);
                refused += 1;
            }
        }
    }
    assert!(asked > 5 && refused > 2, "{asked} asked, {refused} refused: the cases are too poor");
}

/// The relaxation with its only number one step short of what it names.
fn one_step_short(relaxation: &Relaxation) -> Option<Relaxation> {
    let [change] = &relaxation.changes[..] else { return None };
    if !change.adds.is_empty() || change.subject == SubjectKind::Fleet || matches!(change.field, Field::Mix(..)) {
        return None;
    }
    let mut short = relaxation.clone();
    short.changes[0].to -= (change.to - change.from).signum();
    Some(short)
}

#[test]
fn applying_a_relaxation_serves_the_job_at_the_price_it_names_and_one_step_less_does_not() {
    let (mut applied, mut short, mut alike) = (0, 0, 0);
    let mut codes = std::collections::BTreeMap::new();
    for seed in 0..375 {
        let mut parts = (*[random, limited, city, promised, balanced][(seed % 5) as usize](seed, 6, 2, 2)).clone();
        // A place is priced for its route: what the plan as a whole is priced for is left aside, but not how alike days have to be.
        parts.compactness = None;
        parts.balance.iter_mut().for_each(|group| (group.cost_per_second, group.cost_per_gram) = (Cost(0), Cost(0)));
        let spreads = parts.balance.iter().any(|group| group.spread_max.is_some() || group.spread_max_grams.is_some());
        let instance = Instance::new(parts).expect("still valid");
        let plan = planned(&instance, 150);
        if !huilu_check::check(&instance, &plan).only_mandatory_jobs_missing() {
            continue;
        }
        let report = ask(&instance, &plan, &ExplainParams::default()).expect("the plan fits");
        for left in &report.jobs {
            for relaxation in &left.relax {
                let case = format!("seed {seed} {}: {relaxation:?}", left.job);
                let place = |relaxation: &Relaxation| {
                    let relaxed = relaxation.apply(&instance).unwrap_or_else(|| panic!("{case}"));
                    let model = Model::new(&relaxed);
                    let mut standing = Standing::new(&model, &plan).unwrap_or_else(|misfit| panic!("{case}: {misfit}"));
                    let job = standing.names.job(&left.job).expect("known");
                    let place = standing.cheapest_place(job);
                    if let Some(place) = &place {
                        let vehicle = place.vehicle as u32;
                        assert!(
                            standing.solution.replace(&model, vehicle, |stops| place.offer.splice(stops)),
                            "{case}"
                        );
                        let served = output::plan(&model, &standing.solution);
                        assert!(huilu_check::check(&relaxed, &served).only_mandatory_jobs_missing(), "{case}");
                    }
                    place
                };
                let found = place(relaxation);
                assert!(found.is_some_and(|place| place.cost <= relaxation.cost.0), "{case}");
                applied += 1;
                alike += usize::from(spreads);
                *codes.entry(relaxation.code).or_insert(0) += 1;
                // With more looseness a day may end too unlike the others.
                if left.cheapest.is_none()
                    && !spreads
                    && let Some(less) = one_step_short(relaxation)
                {
                    assert_eq!(place(&less), None, "{case}");
                    short += 1;
                }
            }
        }
    }
    println!("{applied} applied, {alike} with limits on spreads, {short} one step short, {codes:?}");
    assert!(
        applied > 300 && alike > 20 && short > 100 && codes.len() >= 8,
        "{applied}, {short}, {codes:?}: the cases are too poor"
    );
}
