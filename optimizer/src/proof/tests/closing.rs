//! Closing the gap against trying everything: enumeration, fixing, and the bound that comes of them.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use huilu_model::instance::Parts;
use huilu_model::{Cost, Grams, Instance, Litres, Seconds, Window};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{EXACT, ProofParams, best_by_brute_force, brute, n_vehicles, priced, random, untimed};
use crate::limits::{Clock, Limits, NoClock};
use crate::lp::partition::{Column, PartitionProblem};
use crate::proof::closing::{Pains, settled, sift};
use crate::proof::completion::Completions;
use crate::proof::cuts::Cuts;
use crate::proof::enumeration::{Enumeration, Most};
use crate::proof::fixing::{Legs, Needless};
use crate::proof::fleet::Priced;
use crate::proof::freight::Freight;
use crate::proof::joining::Joining;
use crate::proof::label::{Rules, by_dims};
use crate::proof::labelling::{Direction, GivenUp, Labelling};
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
    /// So few routes are allowed that the bar is lowered.
    AllowsFew,
    /// The same, and the bar it was lowered to is not asked for.
    ForgetsLowered,
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
        let mut network = Network::new(&model, k, ng_size, scale, freight, false, &|| false).unwrap();
        network.reprice(&prices, &|_, _| 0, &|| false).unwrap();
        let (columns, needless, reached) = by_dims!(network.freight.n_dims(), K => {
            let run = |direction, until| {
                Labelling::<K>::run(&network, direction, &prices, &cuts, until, EXACT, &|| false).unwrap()
            };
            let bar = if pass == Pass::LowersBar { bar - scale.fixed(40) } else { bar };
            let until = if pass == Pass::KnowsHome { 0 } else { network.horizon };
            let backward = run(Direction::Backward, until);
            let completions = Completions::new(Joining { network: &network, subsets: &[] }, &backward);
            let forward = run(Direction::Forward, network.horizon);
            let needless = Needless::find(&network, &forward, &completions, bar, &|| false).unwrap();
            let rules = Rules { subsets: &[], ..forward.rules() };
            let few = matches!(pass, Pass::AllowsFew | Pass::ForgetsLowered);
            let most = Most { partial: 1_000_000, routes: if few { FEW } else { 1_000_000 } };
            let bars: Vec<i64> = (0..if few { 12 } else { 1 }).map(|step| bar - scale.fixed(6 * step)).collect();
            let all = Enumeration { forward: &forward, completions: &completions, rules, bars: &bars, most };
            let (lowered, columns) = match all.run(&|| false) {
                Err(given_up) if few => {
                    assert_eq!(given_up, GivenUp::TooManyLabels);
                    (bars.len(), Vec::new())
                }
                other => other.unwrap(),
            };
            (columns, needless, bars.get(lowered).copied())
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
        let asked = match pass {
            Pass::AllowsFew => reached.unwrap_or(i64::MIN),
            _ => bar,
        };
        let below: Served = all.filter(|&(served, cost)| reduced(served, cost) < asked).collect();
        let least = below.iter().map(|(&served, &cost)| reduced(served, cost)).min().unwrap_or(0).min(0);
        let found = columns.iter().map(|column| {
            (column.jobs(model.n_jobs).iter().fold(0, |served, (job, _)| served | 1 << job), column.cost)
        });
        (below, found.collect(), least, after)
    };
    (0..model.kinds.len()).map(of_kind).collect()
}

/// Routes of each kind where few are allowed.
const FEW: usize = 4;

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

/// As many as are allowed at most, and exactly those below the bar that was reached. Whoever takes them for all below the first bar is caught.
#[test]
fn where_routes_are_too_many_the_bar_is_lowered() {
    let (mut routes, mut caught) = (0, 0);
    for seed in 0..500 {
        for (below, found, ..) in sifted(&whole(seed), seed, 64, Pass::AllowsFew) {
            assert!(found.len() <= FEW, "seed {seed}: {} routes", found.len());
            assert_eq!(found, below, "seed {seed}");
            routes += found.len();
        }
        let wrong = sifted(&whole(seed), seed, 64, Pass::ForgetsLowered);
        caught += wrong.into_iter().filter(|(below, found, ..)| found != below).count();
    }
    assert!(routes > 500 && caught > 100, "{routes} routes, {caught} caught");
}

/// Routes below the bars by kind of vehicle, and which bar it came to: `None` where they are too many below all.
fn allowed(day: &Instance, routes_max: usize) -> Option<(usize, Vec<usize>)> {
    let model = Model::new(day);
    let scale = Scale::new(&model).unwrap();
    let prices = Prices { jobs: vec![scale.fixed(30); model.n_jobs], ..Prices::default() };
    let cuts = Cuts::new(model.nodes.len());
    let network = |k: usize| {
        let freight = Freight::new(&model, &model.kinds[k], &|_, _| None, false);
        Priced::new(Network::new(&model, k, 64, scale, freight, false, &|| false).unwrap())
    };
    let mut kinds: Vec<Priced> = (0..model.kinds.len()).map(network).collect();
    let bars: Vec<Vec<i64>> = (0..12).map(|step| vec![scale.fixed(60 - 6 * step); kinds.len()]).collect();
    let pains = Pains { labels_max: 1_000_000, most: Most { partial: 1_000_000, routes: routes_max } };
    let (at, routes) = sift(&mut kinds, &prices, &cuts, &bars, 0, pains, &|| false).unwrap().routes?;
    Some((at, (0..kinds.len()).map(|k| routes.iter().filter(|route| route.kind == k).count()).collect()))
}

/// Vehicles of several kinds have one allowance of routes: what all take together is no more, and one may take what others leave.
#[test]
fn the_routes_of_all_kinds_together_are_no_more_than_allowed() {
    let (mut lowered, mut would_be_more, mut lent) = (0, 0, 0);
    for seed in 0..600 {
        let day = priced(&random(seed, 6, 2 + (seed % 3) as usize, 0));
        let Some((0, all)) = allowed(&day, usize::MAX) else {
            panic!("seed {seed}: there is no end to what is allowed")
        };
        let (n_kinds, total) = (all.len(), all.iter().sum::<usize>());
        if n_kinds < 2 || total < 8 {
            continue;
        }
        // Just all are few enough where each kind has no more than its share.
        assert_eq!(allowed(&day, n_kinds * total), Some((0, all.clone())), "seed {seed}");
        let most = total - 1;
        let Some((at, own)) = allowed(&day, most) else { continue };
        assert!(own.iter().sum::<usize>() <= most, "seed {seed}: {own:?} of {most}");
        lowered += usize::from(at > 0);
        // Negative control: with as many for each kind as for all, no kind would have lowered the bar.
        would_be_more += usize::from(all.iter().all(|&routes| routes <= most));
        lent += usize::from(own.iter().any(|&routes| routes > most / n_kinds));
    }
    assert!(lowered > 60 && would_be_more > 40 && lent > 30, "{lowered} lowered, {would_be_more} more, {lent} lent");
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
    let (mut improved, mut proved, mut fixed, mut nodes, mut n) = (0, 0, 0, 0, 0);
    for seed in 0..400 {
        let day = whole(seed);
        let Some(best) = best_by_brute_force(&day) else { continue };
        let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(1), cancel: &cancel };
        let begun = routing::solve(&day, &Params::default(), seed, &limits, &mut |_| {}).plan;
        // All that is enumerated left to HiGHS, or branched.
        for (routes_max, settled_max) in [(0, 0), (3, 1_500), (30_000, 1_500), (30_000, 0)] {
            let closing = ProofParams { closing_gap: 1.0, routes_max, settled_max, ..ProofParams::default() };
            let params = ProofParams { ng_size: 1, ..closing };
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
            nodes += proof.statistics.nodes;
        }
    }
    assert!(n > 600 && proved * 10 > n * 9, "{proved} of {n} proved");
    assert!(fixed > 1_000 && improved > 0, "{fixed} arcs fixed, {improved} plans improved");
    assert!(nodes > 0, "no list was branched");
}

/// Days on which most orders of nine jobs are routes.
fn roomy(seed: u64) -> Instance {
    let mut parts = Parts::clone(&priced(&random(seed, 9, 1, 0)));
    for job in &mut parts.jobs {
        job.windows = vec![Window { start: Seconds(0), end: Seconds(60) }];
        job.loads.iter_mut().for_each(|load| (load.grams, load.litres) = (Grams(1), Litres(1)));
    }
    Instance::new(parts).unwrap()
}

/// Whether fixing and enumeration look no further wherever the time is over; `None` where either has too little to do to tell.
fn stopped(seed: u64) -> Option<bool> {
    type Stop<'s> = &'s dyn Fn() -> bool;
    let day = roomy(seed);
    let model = Model::new(&day);
    let scale = Scale::new(&model).unwrap();
    let prices = Prices { jobs: vec![scale.fixed(60); model.n_jobs], ..Prices::default() };
    let cuts = Cuts::new(model.nodes.len());
    let freight = Freight::new(&model, &model.kinds[0], &|_, _| None, false);
    let mut network = Network::new(&model, 0, 64, scale, freight, false, &|| false).unwrap();
    network.reprice(&prices, &|_, _| 0, &|| false).unwrap();
    by_dims!(network.freight.n_dims(), K => {
        let run = |direction| {
            Labelling::<K>::run(&network, direction, &prices, &cuts, network.horizon, EXACT, &|| false).unwrap()
        };
        let (backward, forward) = (run(Direction::Backward), run(Direction::Forward));
        let completions = Completions::new(Joining { network: &network, subsets: &[] }, &backward);
        let (bar, most) = (scale.fixed(60), Most { partial: 1_000_000, routes: 1_000_000 });
        let rules = Rules { subsets: &[], ..forward.rules() };
        let all = Enumeration { forward: &forward, completions: &completions, rules, bars: &[bar], most };
        let fix = |stop: Stop<'_>| Needless::find(&network, &forward, &completions, bar, stop).err();
        let enumerate = |stop: Stop<'_>| all.run(stop).err();
        let passes: [&dyn Fn(Stop<'_>) -> Option<GivenUp>; 2] = [&fix, &enumerate];
        let asked = Cell::new(0);
        let told_at = |pass: usize, last: usize| {
            asked.set(0);
            let found = passes[pass](&|| {
                asked.set(asked.get() + 1);
                asked.get() == last
            });
            (found, asked.get())
        };
        let looks = [0, 1].map(|pass| told_at(pass, usize::MAX).1);
        let stops = |pass: usize, last: usize| told_at(pass, last) == (Some(GivenUp::OutOfTime), last);
        let all_stop = || [0, 1].into_iter().all(|pass| [1, looks[pass] / 2, looks[pass]].iter().all(|&at| stops(pass, at)));
        looks.iter().all(|&looks| looks > 4).then(all_stop)
    })
}

#[test]
fn a_pass_stops_when_it_is_told() {
    let told: Vec<bool> = (0..30).filter_map(stopped).collect();
    assert!(told.len() > 3, "{} days with enough to look at", told.len());
    assert!(told.iter().all(|&stopped| stopped), "{told:?}");
}

struct Wall(Instant);

impl Clock for Wall {
    fn elapsed_s(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// Random sets of four jobs out of 60: to find out whether some of them serve each job once takes HiGHS minutes.
fn hard() -> PartitionProblem {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
    let columns = (0..1_500).map(|_| {
        let mut jobs: Vec<u32> = (0..60).collect();
        (0..4).for_each(|at| jobs.swap(at, rng.random_range(at..60)));
        jobs.truncate(4);
        Column { cost: rng.random_range(100.0..140.0), kind: 0, jobs, uses: Vec::new() }
    });
    let columns = columns.collect();
    PartitionProblem {
        absence: vec![200.0; 60],
        fleet: vec![15],
        limits: vec![],
        columns,
        ..PartitionProblem::default()
    }
}

/// Negative control: who waits no longer than HiGHS works gets nothing.
#[test]
fn what_branch_and_bound_proved_by_its_limit_is_kept() {
    let (clock, cancel) = (Wall(Instant::now()), AtomicBool::new(false));
    let until = |seconds| Limits { clock: &clock, seconds: Some(seconds), iterations: None, cancel: &cancel };
    let after = |seconds: f64| until(clock.elapsed_s() + seconds);
    assert_eq!(settled(hard(), &after(1.0), &after(0.1), 1.0), None);
    let kept = settled(hard(), &after(1.0), &after(30.0), 1.0).expect("HiGHS stopped at its limit");
    // Fifteen of the cheapest columns, at the very least.
    assert!(kept.bound.is_some_and(|bound| (1_499.0..3_000.0).contains(&bound)), "{kept:?}");
    assert!(clock.elapsed_s() < 20.0, "HiGHS went on after its limit");
}
