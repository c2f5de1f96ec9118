//! Branches of a list of routes, two jobs together or apart, against trying everything. No cuts: they would leave nothing to branch.

use std::sync::atomic::AtomicBool;

use huilu_model::instance::Parts;
use huilu_model::{Cost, Instance, Matrix, Seconds, Window};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{ProofParams, best_by_brute_force, random};
use crate::limits::{Limits, NoClock};
use crate::proof::column::Column;
use crate::proof::prices::{Prices, Scale};
use crate::proof::prove::Proving;
use crate::proof::{BoundPoint, Known, Proof};
use crate::resources::model::{Model, Node};

/// Three clusters of three jobs, two jobs to a vehicle: the relaxation serves each cluster by halves of its three pairs.
fn clustered(seed: u64) -> Instance {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0xb4a);
    let mut parts = Parts::clone(&random(seed, 9, 1, 0));
    let mut points = vec![(0.0_f64, 0.0_f64)];
    for (x, y) in [(20.0, 0.0), (-10.0, 17.0), (-10.0, -17.0)] {
        points.extend((0..3).map(|_| (x + rng.random_range(0.0..6.0), y + rng.random_range(0.0..6.0))));
    }
    let leg = |a: &(f64, f64), b: &(f64, f64)| (a.0 - b.0).hypot(a.1 - b.1).ceil() as u32;
    let legs: Vec<u32> = points.iter().flat_map(|a| points.iter().map(move |b| leg(a, b))).collect();
    parts.travel = vec![Matrix { profile: "van".to_owned(), size: 10, seconds: legs.clone(), metres: legs }.into()];
    for (k, job) in parts.jobs.iter_mut().enumerate() {
        (job.place, job.skills, job.release, job.penalty) = (k + 1, 0, None, None);
        job.windows = vec![Window { start: Seconds(0), end: Seconds(1_000) }];
        job.loads.clear();
    }
    let mut van = parts.vehicles[0].clone();
    (van.shift, van.pause) = (Window { start: Seconds(0), end: Seconds(2_000) }, None);
    (van.cost_fixed, van.cost_per_second, van.cost_per_metre) = (Cost(rng.random_range(0..30)), Cost(0), Cost(1));
    (van.max_distance, van.max_day_grams, van.max_day_litres) = (None, None, None);
    (van.max_jobs, van.end_empty) = (Some(2), false);
    parts.vehicles = (0..6).map(|k| huilu_model::Vehicle { id: format!("v{k}"), ..van.clone() }).collect();
    Instance::new(parts).unwrap()
}

/// The best order of each pair, and each job alone.
fn all_routes(model: &Model<'_>) -> Vec<Column> {
    let route = |visits: &[Node]| Column::of_route(model, 0, visits, &|_, _| None);
    let jobs = model.n_jobs as Node;
    let alone = (0..jobs).filter_map(|job| route(&[job]));
    let pairs = (0..jobs).flat_map(|one| (one + 1..jobs).map(move |other| (one, other)));
    let pairs = pairs.filter_map(|(one, other)| {
        route(&[one, other]).into_iter().chain(route(&[other, one])).min_by_key(|column| column.cost)
    });
    alone.chain(pairs).collect()
}

/// What branching over the routes proves and finds, from nothing but that a plan dearer than all exists.
fn branched(day: &Instance, keep: &dyn Fn(&Column) -> bool) -> Proof {
    let model = Model::new(day);
    let columns: Vec<Column> = all_routes(&model).into_iter().filter(keep).collect();
    let scale = Scale::new(&model).unwrap();
    let (params, cancel) = (ProofParams::default(), AtomicBool::new(false));
    let limits = Limits { clock: &NoClock, seconds: None, iterations: None, cancel: &cancel };
    let dear = 100_000;
    let mut on_bound = |_: &BoundPoint| {};
    let mut course = Proving::new(&model, Known::default(), &params, &limits, scale, &mut on_bound);
    course.start = vec![Vec::new(); day.vehicles.len()];
    (course.cost, course.bounded, course.enough) = (Cost(dear), dear, dear);
    course.proof.root_solved = true;
    let prices = Prices { jobs: vec![0; model.n_jobs], ..Prices::default() };
    course.branch_out(columns, Vec::new(), prices, dear).unwrap();
    course.proof
}

#[test]
fn branches_find_the_best_plan_and_prove_it() {
    let (mut deep, mut nodes, mut caught) = (0, 0, 0);
    for seed in 0..24 {
        let day = clustered(seed);
        let Some(best) = best_by_brute_force(&day) else { panic!("seed {seed}: six vehicles serve two jobs each") };
        let proof = branched(&day, &|_| true);
        assert_eq!(proof.lower_bound, Some(Cost(best)), "seed {seed}");
        let plan = proof.plan.unwrap_or_else(|| panic!("seed {seed}: no plan"));
        assert_eq!(plan.cost, Cost(best), "seed {seed}");
        assert!(huilu_check::check(&day, &plan).is_clean(), "seed {seed}");
        deep += usize::from(proof.statistics.depth >= 2);
        nodes += proof.statistics.nodes;
        // Negative control: one that loses the pairs of the best plan, as a wrong branch would, says something else.
        let model = Model::new(&day);
        let best_pairs: Vec<Vec<Node>> = crate::proof::answers::visits_of(&model, &plan);
        let lost = branched(&day, &|column| !best_pairs.iter().any(|own| own.len() == 2 && same(own, &column.visits)));
        caught += usize::from(lost.lower_bound.is_some_and(|bound| bound.0 > best));
    }
    println!("{deep} of 24 days branched to depth 2, {nodes} nodes, {caught} caught");
    assert!(deep > 20 && caught > 20, "{deep} deep, {nodes} nodes, {caught} caught");
}

fn same(one: &[Node], other: &[Node]) -> bool {
    one.len() == other.len() && one.iter().all(|node| other.contains(node))
}
