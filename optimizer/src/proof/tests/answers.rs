//! Integer answers, and a bound that cannot be.

use std::sync::atomic::AtomicBool;

use huilu_model::instance::Parts;
use huilu_model::{Cost, CostParts, Instance, Plan};

use super::{ProofParams, priced, random};
use crate::limits::{Limits, NoClock};
use crate::proof::answers::{better_plan, real, visits_of};
use crate::proof::column::Column;
use crate::proof::{NoBound, prove};
use crate::resources::model::{Model, Node};
use crate::routing::{self, Params};

fn limits(cancel: &AtomicBool, iterations: Option<u64>) -> Limits<'_> {
    Limits { clock: &NoClock, seconds: None, iterations, cancel }
}

fn searched(day: &Instance, seed: u64, iterations: u64) -> Plan {
    let cancel = AtomicBool::new(false);
    routing::solve(day, &Params::default(), seed, &limits(&cancel, Some(iterations)), &mut |_| {}).plan
}

fn columns(model: &Model<'_>, plan: &Plan) -> Vec<Column> {
    let visits = visits_of(model, plan);
    let used = visits.iter().enumerate().filter(|(_, visits)| !visits.is_empty());
    used.filter_map(|(vehicle, visits)| Column::of_route(model, model.kind_of[vehicle], visits, &|_, _| None)).collect()
}

#[test]
fn the_routes_of_a_plan_come_back_at_their_cost() {
    for seed in 0..200 {
        let day = priced(&random(seed, 6, 2, (seed % 3) as usize));
        let (model, plan) = (Model::new(&day), searched(&day, seed, 50));
        let columns = columns(&model, &plan);
        assert_eq!(columns.len(), plan.routes.len(), "seed {seed}");
        let left_out: i64 = plan.cost_parts.penalties.0;
        assert_eq!(columns.iter().map(|column| column.cost).sum::<i64>() + left_out, plan.cost.0, "seed {seed}");
    }
}

#[test]
fn a_second_visit_to_a_job_is_dropped() {
    let mut seen = 0;
    for seed in 0..200 {
        let day = priced(&random(seed, 6, 1, 0));
        let (model, plan) = (Model::new(&day), searched(&day, seed, 50));
        for column in columns(&model, &plan).into_iter().filter(|column| column.visits.len() > 1) {
            let mut visits: Vec<Node> = column.visits.clone();
            visits.push(visits[0]);
            let route = real(&model, &Column { visits, ..column.clone() });
            assert_eq!(
                route.map(|route| (route.visits, route.cost)),
                Some((column.visits, column.cost)),
                "seed {seed}"
            );
            seen += 1;
        }
    }
    assert!(seen > 50, "{seen} routes");
}

/// Routes of a long search are put together to its plan, or a better one, from the plan of a short search.
#[test]
fn better_plans_are_made_of_the_routes_of_others() {
    let (cancel, mut improved) = (AtomicBool::new(false), 0);
    for seed in 0..200 {
        let mut parts = Parts::clone(&priced(&random(seed, 8, 2, 0)));
        // Of two plans that leave mandatory jobs out the cheaper may serve less.
        parts.jobs.iter_mut().for_each(|job| job.penalty = job.penalty.or(Some(Cost(700))));
        let day = Instance::new(parts).unwrap();
        let (model, short, long) = (Model::new(&day), searched(&day, seed, 1), searched(&day, seed + 1, 300));
        let better =
            better_plan(&model, &columns(&model, &long), &[], &visits_of(&model, &short), &limits(&cancel, None));
        if long.cost < short.cost {
            assert!(better.is_some_and(|plan| plan.cost <= long.cost), "seed {seed}");
            improved += 1;
        } else {
            assert!(better.is_none_or(|plan| plan.cost < short.cost), "seed {seed}");
        }
    }
    assert!(improved > 3, "{improved} improved");
}

/// From the plan of a short search, so that there is something to gain.
#[test]
fn dives_give_plans_that_keep_all_rules() {
    let (cancel, mut dives, mut better) = (AtomicBool::new(false), 0, 0);
    for seed in 0..180 {
        let day = priced(&random(seed, 14, 4, (seed % 2) as usize));
        let short = searched(&day, seed, 1);
        let params = ProofParams { ng_size: 2, use_cuts: false, trips: Some(false), ..ProofParams::default() };
        let proof = prove(&day, Some(&short), &params, &limits(&cancel, None), &mut |_| {});
        (dives, better) = (dives + proof.statistics.dives, better + proof.statistics.dives_better);
        let Some(plan) = proof.plan else { continue };
        assert!(plan.cost < short.cost, "seed {seed}");
        let report = huilu_check::check(&day, &plan);
        assert!(report.only_mandatory_jobs_missing(), "seed {seed}: {:#?}", report.violations);
    }
    assert!(dives > 20 && better > 2, "{dives} dives, {better} of them better");
}

/// A plan that claims to be free: the bound stands above it, so nothing is claimed.
#[test]
fn a_bound_above_a_plan_is_no_bound() {
    let (cancel, mut caught) = (AtomicBool::new(false), 0);
    for seed in 0..40 {
        let day = priced(&random(seed, 5, 2, 0));
        let mut lying = searched(&day, seed, 100);
        (lying.cost, lying.cost_parts) = (Cost(0), CostParts::default());
        let proof = prove(&day, Some(&lying), &ProofParams::default(), &limits(&cancel, None), &mut |_| {});
        match proof.cause {
            Some(NoBound::AbovePlan { bound, cost }) => {
                assert!(bound > 0 && cost == 0 && proof.lower_bound.is_none(), "seed {seed}");
                caught += 1;
            }
            _ => {
                assert!(proof.lower_bound.is_none_or(|bound| bound <= Cost(0)), "seed {seed}: {:?}", proof.lower_bound)
            }
        }
    }
    assert!(caught > 10, "{caught} caught");
}
