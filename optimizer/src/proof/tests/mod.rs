//! Bounds and pricing against trying everything, on small random days with every rule at once.

mod answers;
mod branching;
pub(crate) mod brute;
mod classes;
mod closing;
mod hours;
mod stopping;
mod trips;
mod weighing;

use std::sync::atomic::AtomicBool;

use huilu_model::instance::Parts;
use huilu_model::{Cost, Grams, Instance, Litres, Load, Matrix, Seconds, Vehicle, Window};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::cuts::Cuts;
use super::freight::Freight;
use super::labelling::Effort;
use super::network::Network;
use super::prices::{Prices, Scale};
use super::pricing::{Half, Task};
use super::rooms::Rooms;
use super::{ProofParams, prove};
use crate::limits::{Limits, NoClock};
use crate::resources::model::Model;
use crate::routing::cases::{city, locked, random};

const EXACT: Effort = Effort { arcs: None, exact: true, labels_max: 1_000_000 };

fn proof(day: &Instance, params: &ProofParams) -> super::Proof {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: None, cancel: &cancel };
    prove(day, None, params, &limits, &mut |_| {})
}

fn n_vehicles(seed: u64) -> usize {
    1 + (seed % 2) as usize
}

fn small(seed: u64) -> Instance {
    let make = if seed % 5 == 2 { city } else { random };
    let mut parts = Parts::clone(&make(seed, 3 + (seed % 3) as usize, n_vehicles(seed), (seed / 2 % 3) as usize));
    for vehicle in parts.vehicles.iter_mut().filter(|_| seed % 5 < 2) {
        vehicle.max_duration = Some(Seconds(6 + (seed / 5 % 30) as i64));
    }
    Instance::new(parts).unwrap()
}

/// Without the rules that pricing leaves out.
fn priced(day: &Instance) -> Instance {
    let mut parts = Parts::clone(day);
    parts.jobs.iter_mut().for_each(|job| (job.release, job.late) = (None, Vec::new()));
    parts.vehicles.iter_mut().for_each(|car| (car.overtime_from, car.cost_overtime) = (None, Cost(0)));
    for outlet in &mut parts.outlets {
        (outlet.unload_per_100kg, outlet.queues) = (Seconds(0), Vec::new());
    }
    (parts.balance, parts.compactness) = (Vec::new(), None);
    Instance::new(parts).unwrap()
}

/// Without outlets, and time decides nothing: load is the clock. Some jobs have a window that is over before the vehicles are there.
fn untimed(seed: u64) -> Instance {
    let mut parts = Parts::clone(&priced(&random(seed, 3 + (seed % 3) as usize, n_vehicles(seed), 0)));
    let over = Window { start: Seconds(0), end: Seconds(2) };
    let always = Window { start: Seconds(4), end: Seconds(1_000) };
    for (k, job) in parts.jobs.iter_mut().enumerate() {
        job.windows = if (seed as usize + k).is_multiple_of(3) { vec![over, always] } else { vec![always] };
    }
    for vehicle in &mut parts.vehicles {
        vehicle.shift = Window { start: Seconds(5), end: Seconds(205) };
        (vehicle.pause, vehicle.cost_per_second, vehicle.end_empty) = (None, Cost(0), false);
    }
    let day = Instance::new(parts).unwrap();
    assert!(!Model::new(&day).timed, "seed {seed}");
    day
}

/// The same with room and most loads in hundreds of tonnes, which a label counts in coarser units, and some loads as they were.
fn heavy(seed: u64, day: &Instance) -> Instance {
    const TIMES: i64 = 1 << 28;
    let mut parts = Parts::clone(day);
    let load = |grams: &mut Grams, litres: &mut Litres| (grams.0, litres.0) = (grams.0 * TIMES, litres.0 * TIMES);
    let many = |k: usize| !(seed as usize + k).is_multiple_of(3);
    for (_, job) in parts.jobs.iter_mut().enumerate().filter(|(k, _)| many(*k)) {
        job.loads.iter_mut().for_each(|own| load(&mut own.grams, &mut own.litres));
    }
    for vehicle in &mut parts.vehicles {
        vehicle.grams.0 *= TIMES;
        vehicle.compartments.iter_mut().for_each(|part| load(&mut part.grams, &mut part.litres));
    }
    for (grams, litres) in parts.outlets.iter_mut().flat_map(|outlet| outlet.capacity.iter_mut().flatten()) {
        load(grams, litres);
    }
    Instance::new(parts).unwrap()
}

/// Least reduced cost by pricing and by trying everything, for each kind at random prices.
fn compared(day: &Instance, seed: u64, ng_size: usize, coarse: bool, effort: Effort) -> Vec<(i64, i64)> {
    let model = Model::new(day);
    let scale = Scale::new(&model).unwrap();
    let rooms = Rooms::new(&model);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let prices = Prices {
        jobs: (0..model.n_jobs).map(|_| scale.fixed(rng.random_range(0..90))).collect(),
        limits: rooms
            .room
            .iter()
            .map(|_| if rng.random_bool(0.5) { 0 } else { scale.fixed(rng.random_range(0..4)) })
            .collect(),
        ..Prices::default()
    };
    let cuts = Cuts::new(model.nodes.len());
    let limit_of = |outlet, stream| rooms.limit_of(outlet, stream);
    let pairs = model.kinds.iter().enumerate().map(|(k, kind)| {
        let freight = Freight::new(&model, kind, &limit_of, coarse);
        let mut network = Network::new(&model, k, ng_size, scale, freight, false, &|| false).unwrap();
        network.reprice(&prices, &|_, _| 0, &|| false).unwrap();
        let task =
            Task { network: &network, prices: &prices, cuts: &cuts, effort, threshold: 0, most: 20, stop: &|| false };
        let found = task.price(&mut Half::default()).unwrap();
        let routes = brute::routes(day, &day.vehicles[kind.members[0]]);
        let reduced = |((served, brought), cost): (&brute::Key, &i64)| {
            let earned: i64 = (0..model.n_jobs).filter(|job| served >> job & 1 == 1).map(|job| prices.jobs[job]).sum();
            let paid = brought.iter().enumerate().filter_map(|(at, sum)| {
                let limit = rooms.limit_of(at / day.streams.len(), at % day.streams.len())?;
                Some(prices.limits[limit] * sum.0 + prices.limits[limit + 1] * sum.1)
            });
            scale.fixed(*cost) - earned + paid.sum::<i64>()
        };
        let best = routes.iter().map(reduced).min().unwrap_or(0).min(0);
        for (_, column) in found.columns {
            let route = super::column::Column::of_route(&model, k, &column.visits, &limit_of);
            if ng_size == 64 && !coarse {
                // The walk may have waited for a later window than it had to.
                let route = route.unwrap_or_else(|| panic!("seed {seed}: {column:?} is no route"));
                assert!(route.cost <= column.cost && route.uses == column.uses, "seed {seed}: {column:?} {route:?}");
            }
        }
        (found.least, best)
    });
    pairs.collect()
}

/// With and without time, outlets and vehicles that one labelling cannot tell from others.
fn days() -> impl Iterator<Item = (u64, Instance)> {
    (0..2_000).map(|seed| (seed, if seed % 4 == 3 { untimed(seed) } else { priced(&small(seed)) }))
}

#[test]
fn elementary_pricing_finds_exactly_the_route_of_least_reduced_cost() {
    let mut priced = 0;
    for (seed, day) in days() {
        for (found, best) in compared(&day, seed, 64, false, EXACT) {
            assert_eq!(found, best, "seed {seed}");
            priced += usize::from(best < 0);
        }
    }
    assert!(priced > 300, "only {priced} cases had a route worth its price");
}

/// Negative control: the comparison notices labels lost to a wrong rule of dominance.
#[test]
fn pricing_that_forgets_a_rule_of_dominance_is_caught() {
    let broken = Effort { exact: false, ..EXACT };
    let missed = days().flat_map(|(seed, day)| compared(&day, seed, 64, false, broken));
    assert!(missed.filter(|(found, best)| found > best).count() > 0, "no route was missed");
}

#[test]
fn no_relaxation_misses_a_route() {
    for (ng_size, coarse) in [(1, false), (64, true), (1, true)] {
        let mut looser = 0;
        let heavy = (0..500).map(|seed| (seed, heavy(seed, &priced(&small(seed)))));
        for (seed, day) in days().chain(heavy) {
            for (found, best) in compared(&day, seed, ng_size, coarse, EXACT) {
                assert!(found <= best, "seed {seed}, ng {ng_size}, coarse {coarse}: {found} above {best}");
                looser += usize::from(found < best);
            }
        }
        assert!(looser > 10, "only {looser} cases were looser: was the relaxation used at all?");
    }
}

/// Two jobs, each too much with the other, and each with a window that ends before the shift starts. Two vehicles serve them in the
/// other one, for 1 there and 1 back each.
#[test]
fn a_window_that_is_over_hides_no_job_from_pricing_by_load() {
    let mut parts = Parts::clone(&random(0, 2, 2, 0));
    let legs = vec![0, 1, 1, 1, 0, 1, 1, 1, 0];
    parts.travel = vec![Matrix { profile: "van".to_owned(), size: 3, seconds: legs.clone(), metres: legs }.into()];
    let windows = [(0, 2), (4, 1_000)].map(|(start, end)| Window { start: Seconds(start), end: Seconds(end) });
    for (k, job) in parts.jobs.iter_mut().enumerate() {
        (job.place, job.skills, job.release, job.penalty) = (k + 1, 0, None, None);
        job.windows = windows.to_vec();
        job.loads = vec![Load { stream: 0, grams: Grams(3), litres: Litres(0) }];
    }
    let (mut van, shift) = (parts.vehicles[0].clone(), Window { start: Seconds(5), end: Seconds(205) });
    (van.cost_fixed, van.cost_per_second, van.cost_per_metre) = (Cost(0), Cost(0), Cost(1));
    (van.shift, van.pause, van.end_empty, van.max_distance) = (shift, None, false, None);
    (van.max_jobs, van.max_day_grams, van.max_day_litres) = (None, None, None);
    (van.grams, van.compartments[0].grams) = (Grams(4), Grams(4));
    van.compartments.truncate(1);
    parts.vehicles = ["v0", "v1"].map(|id| Vehicle { id: id.to_owned(), ..van.clone() }).to_vec();
    let day = Instance::new(parts).unwrap();
    assert!(!Model::new(&day).timed, "time decides nothing");
    assert_eq!(proof(&day, &ProofParams::default()).lower_bound, Some(Cost(4)));
}

/// Days of up to eight stops.
fn bounded(seed: u64) -> Instance {
    // With outlets there are far more routes to try.
    let (n_outlets, most) = [(0, 8), (1, 6), (2, 5)][(seed / 2 % 3) as usize];
    let n_jobs = 3 + seed as usize / 7 % (most - 2);
    // What a city adds and pricing leaves out, trying everything leaves out as well: that only makes plans cheaper.
    let make = if seed % 5 == 2 { city } else { random };
    let day = make(seed, n_jobs, n_vehicles(seed), n_outlets);
    match seed % 4 {
        0 => day,
        1 => priced(&day),
        2 => untimed(seed),
        // Cuts need jobs that must be served.
        _ => {
            let mut parts = Parts::clone(&priced(&day));
            parts.jobs.iter_mut().for_each(|job| job.penalty = None);
            Instance::new(parts).unwrap()
        }
    }
}

/// The cost of the best plan by trying everything, where there is one.
fn best_by_brute_force(day: &Instance) -> Option<i64> {
    let by_vehicle: Vec<_> = day.vehicles.iter().map(|vehicle| brute::routes(day, vehicle)).collect();
    brute::optimum(day, &by_vehicle)
}

/// Seeds, days with every rule, locks and heavy loads among them, and the cost of the best plan.
fn days_with_best() -> impl Iterator<Item = (u64, Instance, i64)> {
    (0..2_000).filter_map(|seed| {
        let day = match seed % 10 {
            9 => heavy(seed, &priced(&small(seed))),
            8 => locked(seed, 3 + (seed % 3) as usize, 2, (seed / 20 % 3) as usize).ok()?,
            _ => bounded(seed),
        };
        let best = best_by_brute_force(&day)?;
        Some((seed, day, best))
    })
}

#[test]
fn no_bound_is_above_the_best_plan() {
    let (mut bounds, mut tight, mut cuts) = (0, 0, [0, 0]);
    for (seed, day, best) in days_with_best() {
        // All jobs remembered, none, and so few labels allowed that coarser relaxations are taken.
        let whole = [(64, 3_000_000), (1, 3_000_000), (8, 25)].map(|(ng_size, labels)| (ng_size, labels, Some(false)));
        for (ng_size, labels_max, trips) in whole.into_iter().chain([(4, 3_000_000, Some(true))]) {
            let proof = proof(&day, &ProofParams { ng_size, labels_max, trips, ..ProofParams::default() });
            if labels_max > 25 {
                assert!(proof.lower_bound.is_some(), "seed {seed}, ng {ng_size}: {:?}", proof.cause);
            }
            let Some(bound) = proof.lower_bound else { continue };
            assert!(bound.0 <= best, "seed {seed}, ng {ng_size}: bound {bound:?} above {best}");
            bounds += 1;
            tight += usize::from(bound.0 == best);
            cuts = [cuts[0] + proof.statistics.capacity_cuts, cuts[1] + proof.statistics.subset_cuts];
        }
    }
    assert!(bounds > 2_000 && tight * 2 > bounds, "{bounds} bounds, {tight} of them tight");
    assert!(cuts.iter().all(|&n| n > 10), "{cuts:?} cuts");
}
