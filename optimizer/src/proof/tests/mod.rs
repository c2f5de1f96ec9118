//! Bounds and pricing against trying everything, on small random days with every rule at once.

mod brute;

use std::sync::atomic::AtomicBool;

use huilu_model::Instance;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::cuts::Cuts;
use super::freight::Freight;
use super::labelling::Effort;
use super::network::Network;
use super::prices::{Prices, Scale};
use super::pricing::{Half, price};
use super::prove::Rooms;
use super::{ProofParams, prove};
use crate::limits::{Limits, NoClock};
use crate::routing::cases::random;
use crate::routing::model::Model;

const EXACT: Effort = Effort { arcs: None, exact: true, labels_max: 1_000_000 };

fn proof(day: &Instance, params: &ProofParams) -> super::Proof {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: None, cancel: &cancel };
    prove(day, None, params, &limits, &mut |_| {})
}

fn small(seed: u64) -> Instance {
    random(seed, 3 + (seed % 3) as usize, 1 + (seed % 2) as usize, (seed / 2 % 3) as usize)
}

/// Without the rules that pricing leaves out.
fn priced(seed: u64) -> Instance {
    let mut parts = (*small(seed)).clone();
    parts.jobs.iter_mut().for_each(|job| job.release = None);
    for vehicle in &mut parts.vehicles {
        (vehicle.max_jobs, vehicle.max_day_grams, vehicle.max_day_litres) = (None, None, None);
    }
    Instance::new(parts).unwrap()
}

/// Least reduced cost by pricing and by trying everything, for one kind at random prices.
fn compared(seed: u64, ng_size: usize, effort: Effort) -> Vec<(i64, i64)> {
    let day = priced(seed);
    let model = Model::new(&day);
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
        let freight = Freight::new(&model, kind, &limit_of, false);
        let mut network = Network::new(&model, k, ng_size, scale, freight).unwrap();
        network.reprice(&prices, &|_, _| 0);
        let found = price(&network, &prices, &cuts, &mut Half::default(), effort, 0, 20, &|| false).unwrap();
        let routes = brute::routes(&day, &day.vehicles[kind.members[0]]);
        let reduced = |((served, brought), cost): (&(u32, Vec<(i64, i64)>), &i64)| {
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
            if ng_size == 64 {
                // The walk may have waited for a later window than it had to.
                let route = route.unwrap_or_else(|| panic!("seed {seed}: {column:?} is no route"));
                assert!(route.cost <= column.cost && route.uses == column.uses, "seed {seed}: {column:?} {route:?}");
            }
        }
        (found.least, best)
    });
    pairs.collect()
}

#[test]
fn elementary_pricing_finds_exactly_the_route_of_least_reduced_cost() {
    let mut priced = 0;
    for seed in 0..1_500 {
        for (found, best) in compared(seed, 64, EXACT) {
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
    let missed = (0..1_500).flat_map(|seed| compared(seed, 64, broken)).filter(|(found, best)| found > best).count();
    assert!(missed > 0, "no route was missed");
}

#[test]
fn the_relaxation_never_misses_a_route() {
    let mut looser = 0;
    for seed in 0..1_500 {
        for (found, best) in compared(seed, 1, EXACT) {
            assert!(found <= best, "seed {seed}: {found} above {best}");
            looser += usize::from(found < best);
        }
    }
    assert!(looser > 10, "only {looser} cases were looser: was the relaxation used at all?");
}

#[test]
fn no_bound_is_above_the_best_plan() {
    let (mut bounded, mut tight) = (0, 0);
    for seed in 0..800 {
        let day = if seed % 2 == 0 { small(seed) } else { priced(seed) };
        let by_vehicle: Vec<_> = day.vehicles.iter().map(|vehicle| brute::routes(&day, vehicle)).collect();
        let Some(best) = brute::optimum(&day, &by_vehicle) else { continue };
        for ng_size in [1, 64] {
            let params = ProofParams { ng_size, ..ProofParams::default() };
            let proof = proof(&day, &params);
            let bound = proof.lower_bound.unwrap_or_else(|| panic!("seed {seed}: {:?}", proof.cause)).0;
            assert!(bound <= best, "seed {seed}, ng {ng_size}: bound {bound} above {best}");
            bounded += 1;
            tight += usize::from(bound == best);
        }
    }
    assert!(bounded > 300 && tight * 2 > bounded, "{bounded} bounds, {tight} of them tight");
}
