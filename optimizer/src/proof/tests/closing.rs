//! Closing the gap against trying everything: enumeration, fixing, and the bound that comes of them.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use huilu_model::{Cost, Instance};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{EXACT, ProofParams, brute, n_vehicles, priced, random, untimed};
use crate::limits::{Limits, NoClock};
use crate::proof::completion::Completions;
use crate::proof::cuts::Cuts;
use crate::proof::enumeration::{Enumeration, Most};
use crate::proof::fixing::{Legs, Needless};
use crate::proof::freight::Freight;
use crate::proof::joining::Joining;
use crate::proof::label::{Rules, by_dims};
use crate::proof::labelling::{Direction, Labelling};
use crate::proof::network::Network;
use crate::proof::prices::{Prices, Scale};
use crate::proof::pricing::{Half, Task};
use crate::proof::{NoBound, prove};
use crate::resources::model::Model;
use crate::routing::{self, Params};

/// What may go wrong in a pass.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Pass {
    Sound,
    /// The bar is lower than the gap allows.
    LowersBar,
    /// Completion bounds know only of going home at once.
    KnowsHome,
}

/// Cost by jobs served.
type Served = BTreeMap<u32, i64>;

/// Routes below the bar by trying everything, those enumerated, and the least reduced costs by trying everything and on the network after fixing.
fn sifted(day: &Instance, seed: u64, ng_size: usize, pass: Pass) -> Vec<(Served, Served, i64, i64)> {
    let model = Model::new(day);
    let scale = Scale::new(&model).unwrap();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0xc105e);
    let prices =
        Prices { jobs: (0..model.n_jobs).map(|_| scale.fixed(rng.random_range(0..90))).collect(), ..Prices::default() };
    let bar = scale.fixed(rng.random_range(0..60));
    let cuts = Cuts::new(model.nodes.len());
    let of_kind = |k: usize| {
        let kind = &model.kinds[k];
        let freight = Freight::new(&model, kind, &|_, _| None, false);
        let mut network = Network::new(&model, k, ng_size, scale, freight, false).unwrap();
        network.reprice(&prices, &|_, _| 0);
        let (columns, needless) = by_dims!(network.freight.n_dims, K => {
            let run = |direction, until| {
                Labelling::<K>::run(&network, direction, &prices, &cuts, until, EXACT, &|| false).unwrap()
            };
            let bar = if pass == Pass::LowersBar { bar - scale.fixed(40) } else { bar };
            let until = if pass == Pass::KnowsHome { 0 } else { network.horizon };
            let backward = run(Direction::Backward, until);
            let completions = Completions::new(Joining { network: &network, subsets: &[] }, &backward);
            let forward = run(Direction::Forward, network.horizon);
            let needless = Needless::find(&network, &forward, &completions, bar);
            let rules = Rules { subsets: &[], ..forward.rules() };
            let most = Most { partial: 1_000_000, routes: 1_000_000 };
            let all = Enumeration { forward: &forward, completions: &completions, rules, bar, most };
            (all.run(&|| false).unwrap(), needless)
        });
        needless.leave(&mut network);
        let legs = Legs::of(&network);
        assert!(columns.iter().all(|column| pass != Pass::Sound || legs.allow(column)), "seed {seed}: a leg is gone");
        let task = Task {
            network: &network,
            prices: &prices,
            cuts: &cuts,
            effort: EXACT,
            threshold: 0,
            most: 1,
            stop: &|| false,
        };
        let after = task.price(&mut Half::default()).unwrap().least;
        let earned = |served: u32| -> i64 {
            (0..model.n_jobs).filter(|job| served >> job & 1 == 1).map(|job| prices.jobs[job]).sum()
        };
        let all = brute::routes(day, &day.vehicles[kind.members[0]]);
        let all = all.into_iter().map(|((served, _), cost)| (served, cost));
        let reduced = |served: u32, cost: i64| scale.fixed(cost) - earned(served);
        let below: Served = all.filter(|&(served, cost)| reduced(served, cost) < bar).collect();
        let least = below.iter().map(|(&served, &cost)| reduced(served, cost)).min().unwrap_or(0).min(0);
        let found = columns.iter().map(|column| {
            (column.jobs(model.n_jobs).iter().fold(0, |served, (job, _)| served | 1 << job), column.cost)
        });
        (below, found.collect(), least, after)
    };
    (0..model.kinds.len()).map(of_kind).collect()
}

/// Days without outlets, on which a pass can be made.
fn whole(seed: u64) -> Instance {
    match seed % 3 {
        0 => untimed(seed),
        _ => priced(&random(seed, 3 + (seed % 4) as usize, n_vehicles(seed), 0)),
    }
}

#[test]
fn exactly_the_routes_below_the_bar_are_enumerated_and_none_of_their_arcs_is_fixed() {
    let (mut routes, mut after_fixing) = (0, 0);
    for seed in 0..1_000 {
        for ng_size in [1, 64] {
            for (below, found, least, after) in sifted(&whole(seed), seed, ng_size, Pass::Sound) {
                assert_eq!(found, below, "seed {seed}, ng {ng_size}");
                assert!(after <= least, "seed {seed}, ng {ng_size}: {after} after fixing, above {least}");
                routes += found.len();
                after_fixing += usize::from(least < 0);
            }
        }
    }
    assert!(routes > 5_000 && after_fixing > 300, "{routes} routes, {after_fixing} cases with one worth its price");
}

/// Negative control: the comparison notices what too low a bar, or a completion bound that does not know all ends, loses.
#[test]
fn passes_with_a_wrong_bar_or_without_all_ends_are_caught() {
    for pass in [Pass::LowersBar, Pass::KnowsHome] {
        let lost = |seed| sifted(&whole(seed), seed, 64, pass).into_iter().any(|(below, found, ..)| found != below);
        let fixed = |seed| sifted(&whole(seed), seed, 64, pass).into_iter().any(|(.., least, after)| after > least);
        assert!((0..1_000).any(lost), "{pass:?}: no route was lost");
        assert!((0..1_000).any(fixed), "{pass:?}: no arc was lost");
    }
}

/// From a plan that may not be the best, with and without few routes: the bound is never above the best plan, and mostly it.
#[test]
fn closing_proves_the_best_plan_and_nothing_above_it() {
    let cancel = AtomicBool::new(false);
    let (mut improved, mut proved, mut fixed, mut n) = (0, 0, 0, 0);
    for seed in 0..400 {
        let day = whole(seed);
        let by_vehicle: Vec<_> = day.vehicles.iter().map(|vehicle| brute::routes(&day, vehicle)).collect();
        let Some(best) = brute::optimum(&day, &by_vehicle) else { continue };
        let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(1), cancel: &cancel };
        let begun = routing::solve(&day, &Params::default(), seed, &limits, &mut |_| {}).plan;
        for routes_max in [0, 3, 30_000] {
            let params = ProofParams { ng_size: 1, closing_gap: 1.0, routes_max, ..ProofParams::default() };
            let limits = Limits { iterations: None, ..limits };
            let proof = prove(&day, Some(&begun), &params, &limits, &mut |_| {});
            if proof.cause == Some(NoBound::PlanIncomplete) {
                continue;
            }
            let bound = proof.lower_bound.unwrap_or_else(|| panic!("seed {seed}: {:?}", proof.cause));
            assert!(bound <= Cost(best), "seed {seed}, {routes_max} routes: bound {bound:?} above {best}");
            n += 1;
            improved += usize::from(begun.cost > Cost(best) && proof.plan.is_some_and(|plan| plan.cost == Cost(best)));
            proved += usize::from(bound == Cost(best));
            fixed += proof.statistics.arcs_fixed;
        }
    }
    assert!(n > 600 && proved * 10 > n * 9, "{proved} of {n} proved");
    assert!(fixed > 1_000 && improved > 0, "{fixed} arcs fixed, {improved} plans improved");
}
