//! Capacities that are left out until a route in use passes one.

use huilu_model::instance::Parts;
use huilu_model::{Grams, Instance, Litres};

use super::{ProofParams, bounded, proof};
use crate::resources::model::Model;

/// The bound of the linear relaxation, and how often capacities had to be counted after all.
fn root(day: &Instance, roomy: f64) -> (Option<i64>, usize) {
    let params = ProofParams { ng_size: 64, use_cuts: false, roomy, ..ProofParams::default() };
    let proof = proof(day, &params);
    assert!(proof.root_solved, "{:?}", proof.cause);
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
    for day in (0..1_000).map(bounded) {
        let model = Model::new(&day);
        if !model.timed || !model.accepts.is_empty() {
            continue;
        }
        let (counted, never) = root(&day, 0.0);
        let (left_out, often) = root(&day, 0.8);
        assert_eq!((counted, never), (left_out, 0));
        days += 1;
        weighed += usize::from(often > 0);
        // Negative control: what would be claimed if nothing were ever counted.
        lower += usize::from(root(&boundless(&day), 0.0).0 < counted);
    }
    println!("{days} days, {weighed} weighed, {lower} lower without");
    assert!(days > 200 && weighed > 30 && lower > 30, "{days} days, {weighed} weighed, {lower} lower without");
}
