//! Bounds from trips that share hours where several kinds of vehicles make one class, against trying everything.

use huilu_model::instance::Parts;
use huilu_model::{Break, Cost, Instance, Seconds, Window};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{ProofParams, best_by_brute_force, city, proof, random};
use crate::resources::model::Model;

/// Vehicles that carry and serve the same, and differ in shift, break, places at night and prices: one class of as many kinds.
fn one_class(seed: u64) -> Instance {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0xc1a5);
    let make = if seed % 4 == 3 { city } else { random };
    let n_jobs = 3 + (seed % 3) as usize;
    let mut parts = Parts::clone(&make(seed, n_jobs, 1, (seed / 3 % 3) as usize));
    let n_vehicles = 2 + (seed % 2) as usize;
    let first = parts.vehicles[0].clone();
    let places = parts.places.len();
    parts.vehicles = (0..n_vehicles)
        .map(|k| {
            let mut own = first.clone();
            own.id = format!("v{k}");
            let opens = rng.random_range(0..20);
            own.shift = Window { start: Seconds(opens), end: Seconds(opens + rng.random_range(25..60)) };
            let rests = opens + rng.random_range(2..20);
            own.pause = rng.random_bool(0.5).then(|| Break {
                window: Window { start: Seconds(rests), end: Seconds(rests + rng.random_range(0..12)) },
                duration: Seconds(rng.random_range(1..6)),
            });
            (own.start, own.end) = (rng.random_range(0..places), rng.random_range(0..places));
            (own.cost_fixed, own.cost_per_second) = (Cost(rng.random_range(0..25)), Cost(rng.random_range(0..5)));
            own.overtime_from = rng.random_bool(0.3).then(|| Seconds(opens + rng.random_range(5..30)));
            own.cost_overtime = Cost(if own.overtime_from.is_some() { rng.random_range(1..4) } else { 0 });
            own
        })
        .collect();
    // A limit of the plan as a whole names vehicles by number; only one is left of them.
    parts.balance.clear();
    parts.jobs.iter_mut().for_each(|job| (job.preferred, job.other_vehicle) = (Vec::new(), Cost(0)));
    Instance::new(parts).unwrap()
}

/// The bound, and a wrong one: of a day on which all vehicles cost what none does.
fn bounds(day: &Instance) -> [Option<Cost>; 2] {
    let params = ProofParams { hours: Some(true), ..ProofParams::default() };
    let mut dear = Parts::clone(day);
    for vehicle in &mut dear.vehicles {
        (vehicle.cost_fixed.0, vehicle.cost_per_second.0) = (vehicle.cost_fixed.0 + 20, vehicle.cost_per_second.0 + 4);
    }
    [proof(day, &params).lower_bound, proof(&Instance::new(dear).unwrap(), &params).lower_bound]
}

#[test]
fn no_bound_of_a_class_of_several_kinds_is_above_the_best_plan() {
    let (mut n, mut several, mut near, mut caught) = (0, 0, 0, 0);
    for seed in 0..1_200 {
        let day = one_class(seed);
        let Some(best) = best_by_brute_force(&day) else { continue };
        let [bound, wrong] = bounds(&day);
        let Some(bound) = bound else { panic!("seed {seed}: no bound") };
        assert!(bound.0 <= best, "seed {seed}: bound {bound:?} above {best}");
        n += 1;
        several += usize::from(Model::new(&day).kinds.len() > 1);
        near += usize::from(bound.0 * 10 >= best * 9);
        caught += usize::from(wrong.is_some_and(|wrong| wrong.0 > best));
    }
    println!("{n} bounds, {several} of several kinds, {near} near, {caught} caught");
    assert!(n > 600 && several * 10 > n * 9 && near > 30 && caught > 20, "{n}, {several}, {near}, {caught}");
}
