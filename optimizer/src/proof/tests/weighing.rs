//! Capacities that are left out until a route in use passes one.

use std::sync::atomic::AtomicBool;

use huilu_model::instance::Parts;
use huilu_model::{Cost, Grams, Instance, Litres, Load, Matrix, Plan, Seconds, Window};

use super::{Limits, NoClock, ProofParams, bounded, prove, random};
use crate::proof::Proof;
use crate::proof::freight::Freight;
use crate::resources::model::Model;
use crate::routing::{self, Params};

fn searched(day: &Instance, iterations: u64) -> Plan {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(iterations), cancel: &cancel };
    routing::solve(day, &Params::default(), 1, &limits, &mut |_| {}).plan
}

fn proof(day: &Instance, plan: &Plan, params: &ProofParams) -> Proof {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: None, cancel: &cancel };
    prove(day, Some(plan), params, &limits, &mut |_| {})
}

/// The bound of the linear relaxation, and how often capacities had to be counted after all.
fn root(day: &Instance, plan: &Plan, ng_size: usize, roomy: f64) -> (Option<i64>, usize) {
    let params = ProofParams { ng_size, use_cuts: false, roomy, ..ProofParams::default() };
    let proof = proof(day, plan, &params);
    (proof.lower_bound.map(|bound| bound.0), proof.statistics.weighed)
}

/// The same day with vehicles that hold anything.
fn boundless(day: &Instance) -> Instance {
    let mut parts = Parts::clone(day);
    for vehicle in &mut parts.vehicles {
        let (grams, litres) = (Grams(1 << 40), Litres(1 << 40));
        vehicle.grams = grams;
        vehicle.compartments.iter_mut().for_each(|part| (part.grams, part.litres) = (grams, litres));
        (vehicle.max_jobs, vehicle.max_day_grams, vehicle.max_day_litres) = (None, None, None);
    }
    Instance::new(parts).unwrap()
}

#[test]
fn what_is_left_out_is_counted_once_a_route_in_use_passes_it() {
    let (mut days, mut weighed, mut lower) = (0, 0, 0);
    for day in (0..2_000).map(bounded) {
        let model = Model::new(&day);
        if !model.timed || !model.accepts.is_empty() {
            continue;
        }
        let plan = searched(&day, 1);
        // All jobs remembered, and one: then routes pass capacities by coming to jobs again, too.
        for ng_size in [64, 1] {
            let (counted, never) = root(&day, &plan, ng_size, 0.0);
            if counted.is_none() {
                continue;
            }
            let (left_out, often) = root(&day, &plan, ng_size, 1.0);
            assert_eq!((counted, never), (left_out, 0));
            days += 1;
            weighed += usize::from(often > 0);
            // Negative control: what would be claimed if nothing were ever counted.
            lower += usize::from(root(&boundless(&day), &plan, ng_size, 0.0).0 < counted);
        }
    }
    println!("{days} days, {weighed} weighed, {lower} lower without");
    assert!(days > 200 && weighed > 15 && lower > 30, "{days} days, {weighed} weighed, {lower} lower without");
}

/// Jobs of 4 that a van has 11 for, at their places from the depot; price 1 for a second, and nothing else. Windows are moments.
fn of_moments(places: &[i32], moments: &[&[i64]], n_vans: usize) -> Instance {
    let mut parts = Parts::clone(&random(0, moments.len(), 1, 0));
    let at = |k: usize| if k == 0 { 0 } else { places[k - 1] };
    let n = places.len() + 1;
    let legs: Vec<u32> = (0..n * n).map(|pair| at(pair / n).abs_diff(at(pair % n))).collect();
    parts.travel = vec![Matrix { profile: "van".to_owned(), size: n, seconds: legs.clone(), metres: legs }.into()];
    parts.places.truncate(n);
    for (k, job) in parts.jobs.iter_mut().enumerate() {
        (job.place, job.skills, job.release, job.penalty, job.service) = (k + 1, 0, None, None, Seconds(1));
        job.windows = moments[k].iter().map(|&at| Window { start: Seconds(at), end: Seconds(at) }).collect();
        job.loads = vec![Load { stream: 0, grams: Grams(4), litres: Litres(0) }];
        (job.setup, job.late) = (Seconds(0), Vec::new());
        (job.preferred, job.other_vehicle) = (Vec::new(), Cost(0));
    }
    let van = &mut parts.vehicles[0];
    (van.cost_fixed, van.cost_per_second, van.cost_per_metre) = (Cost(0), Cost(1), Cost(0));
    van.shift = Window { start: Seconds(0), end: Seconds(8_001) };
    (van.start, van.end, van.pause, van.end_empty, van.max_distance, van.max_duration) =
        (0, 0, None, false, None, None);
    (van.max_jobs, van.max_day_grams, van.max_day_litres, van.overtime_from) = (None, None, None, None);
    (van.grams, van.compartments[0].grams) = (Grams(11), Grams(11));
    van.compartments.truncate(1);
    let van = van.clone();
    parts.vehicles = (0..n_vans).map(|k| huilu_model::Vehicle { id: format!("v{k}"), ..van.clone() }).collect();
    (parts.balance, parts.compactness) = (Vec::new(), None);
    Instance::new(parts).unwrap()
}

/// Three jobs of which two fill a van and three would be cheaper together, and one far off for itself. No route of the linear relaxation is too full,
/// so nothing is counted, and the route of all three stands in the list of those that a better plan may have.
#[test]
fn no_plan_of_overfull_routes_ends_a_proof() {
    let near: [&[i64]; 3] = [&[1_000, 1_200], &[1_001, 1_100], &[1_101, 1_201]];
    let day = of_moments(&[75, 75, 75, -4_000], &[near[0], near[1], near[2], &[4_000]], 3);
    let plan = searched(&day, 200);
    assert_eq!(plan.cost, Cost(152 + 151 + 8_001));
    let proof = proof(&day, &plan, &ProofParams::default());
    assert_eq!(proof.lower_bound, Some(plan.cost), "{proof:?}");
    assert_eq!(proof.statistics.weighed, 0);
    assert!(proof.statistics.routes > 0, "no list was made");
}

#[test]
fn sums_are_left_out_where_the_routes_of_a_plan_leave_room() {
    let day = of_moments(&[1, 2, 3], &[&[10], &[20], &[30]], 1);
    let model = Model::new(&day);
    let freight = |routes: &[&[u32]], part: f64| {
        let mut freight = Freight::new(&model, &model.kinds[0], &|_, _| None, false);
        freight.leave_out(routes, part);
        freight
    };
    assert_eq!(freight(&[&[0], &[0, 1]], 0.72).n_dims(), 1, "8 of 11 are more than 0.72");
    assert_eq!(freight(&[], 0.8).n_dims(), 1, "nothing is known");
    let mut roomy = freight(&[&[0], &[0, 1]], 0.73);
    assert_eq!((roomy.n_dims(), roomy.caps().len(), roomy.load(2).len()), (0, 0, 0));
    assert!(roomy.passes_once(&[2, 0, 1]) && !roomy.passes(&[0, 1]));
    assert!(roomy.passes(&[0, 1, 0, 1]) && !roomy.passes_once(&[0, 1, 0, 1]), "two jobs, twice");
    roomy.count();
    assert_eq!((roomy.n_dims(), roomy.load(2)), (1, &[4][..]));
    assert!(!roomy.is_left_out() && !roomy.passes(&[2, 0, 1]), "labels count it");
}
