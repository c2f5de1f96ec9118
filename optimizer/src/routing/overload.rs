//! Overload at a price: where vehicles have to be nearly full the way from one good plan to the next leads through plans that no
//! vehicle could carry. Routes may pass their payload by a share of it on the way; what a gram beyond costs follows how many plans keep
//! all payloads. Best plans always do.
//!
//! Source: penalised excess load of Gendreau, Hertz and Laporte (1994), Management Science 40(10), 1276-1290, with a price that follows a
//! target share as in Vidal, Crainic, Gendreau, Lahrichi and Rei (2012), Operations Research 60(3), 611-624.

use super::model::Model;
use super::params::Params;
use super::solution::Solution;

/// Lets routes of the model pass payloads by this share, where one load of one stream, in grams, grows until the end of every route,
/// and only where no spread between vehicles is limited: a plan that passes such a limit might win by a smaller excess in all.
/// Without times nothing but the payload keeps places from being looked at closer: the search is a third slower with overload, and better
/// without it.
pub(crate) fn allow(model: &mut Model<'_>, share: f64) {
    let weighed = |job: usize| model.loads(job).iter().all(|load| load.litres == 0);
    let plain = model.accepts.is_empty() && !model.locks.any && model.n_streams == 1;
    let one_part = model.kinds.iter().all(|kind| kind.parts.len() == 1);
    let balances = &model.instance.balance;
    let free = balances.iter().all(|one| one.spread_max.is_none() && one.spread_max_grams.is_none());
    if share <= 0.0 || !plain || !free || !model.timed || !one_part || !(0..model.n_jobs).all(weighed) {
        return;
    }
    for kind in &mut model.kinds {
        let part = &mut kind.parts[0];
        kind.payload = kind.grams.min(part.grams);
        let more = (kind.payload as f64 * share).ceil() as i64;
        kind.grams = kind.payload.saturating_add(more);
        part.grams = kind.grams;
    }
}

/// Takes [`allow`] back.
pub(crate) fn forbid(model: &mut Model<'_>) {
    for kind in model.kinds.iter_mut().filter(|kind| kind.grams > kind.payload) {
        kind.grams = kind.payload;
        kind.parts.iter_mut().for_each(|part| part.grams = kind.payload);
    }
}

/// The price of a gram beyond payloads, as it changes over a search.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OverloadPrice {
    allowed: bool,
    price: f64,
}

const PRICE_LEAST: f64 = 1e-9;
const PRICE_MOST: f64 = 1e12;

impl OverloadPrice {
    /// To begin with, a job too much costs about as much as a leg.
    pub(crate) fn new(model: &Model<'_>, leg: f64) -> Self {
        let allowed = model.kinds.iter().any(|kind| kind.grams > kind.payload);
        let grams: i64 = (0..model.n_jobs).flat_map(|job| model.loads(job)).map(|load| load.grams).sum();
        let price = leg * model.n_jobs as f64 / grams.max(1) as f64;
        Self { allowed, price: price.clamp(PRICE_LEAST, PRICE_MOST) }
    }

    /// After an iteration that ended with `solution`: cheaper where it keeps all payloads, dearer where not, so that in the long run
    /// the wanted share of them does.
    pub(crate) fn adapt(&mut self, params: &Params, solution: &mut Solution) {
        if !self.allowed {
            return;
        }
        let kept = params.overload_kept;
        let up = if solution.overload == 0 { kept - 1.0 } else { kept };
        self.price = (self.price * (1.0 + params.overload_step * up)).clamp(PRICE_LEAST, PRICE_MOST);
        solution.overload_price = self.price;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use huilu_model::{Among, Balance, Compartment, Cost, Grams, Instance, Litres, Load, Seconds, StreamSet};
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::limits::{Limits, NoClock};
    use crate::routing::cases::random;
    use crate::routing::neighbours::Neighbours;
    use crate::routing::search::Search;
    use crate::routing::{Params, output, solve};

    /// One stream, weighed only, and nothing to unload at.
    fn weighed(seed: u64) -> Instance {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut parts = (*random(seed, 10, 4, 0)).clone();
        parts.streams.truncate(1);
        parts.incompatible.clear();
        for job in &mut parts.jobs {
            job.loads = vec![Load { stream: 0, grams: Grams(rng.random_range(1..5)), litres: Litres(0) }];
        }
        for vehicle in &mut parts.vehicles {
            let grams = Grams(rng.random_range(5..9));
            vehicle.compartments = vec![Compartment { streams: StreamSet(1), grams, litres: Litres(50) }];
            (vehicle.end_empty, vehicle.max_day_grams, vehicle.max_day_litres) = (false, None, None);
        }
        Instance::new(parts).expect("as valid as before")
    }

    /// Grams beyond payloads, from the visits alone.
    fn overload(model: &Model<'_>, solution: &Solution) -> i64 {
        let of_route = |route: &crate::routing::route::Route| {
            let jobs = route.visits.iter().flat_map(|&job| model.loads(job as usize));
            (jobs.map(|load| load.grams).sum::<i64>() - model.kinds[route.kind].payload).max(0)
        };
        solution.routes.iter().map(of_route).sum()
    }

    /// The sum that a solution carries along through changes and their withdrawal is that of its visits; its price is part of what the
    /// search pays and never of what the plan is worth; and what an insertion is told that it will be is what it is.
    #[test]
    fn overload_is_counted_through_changes_and_withdrawals() {
        let (mut over, mut rolled_back) = (0, 0);
        for seed in 0..400 {
            let instance = weighed(seed);
            let mut model = Model::new(&instance);
            allow(&mut model, 0.6);
            let model = model;
            assert!(model.kinds.iter().all(|kind| kind.grams > kind.payload));
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            let mut solution = Solution::new(&model);
            solution.overload_price = 7.0;
            for _ in 0..40 {
                let before = (solution.overload, solution.cost(), solution.worth());
                solution.begin();
                for _ in 0..2 {
                    let (job, vehicle) = (rng.random_range(0..model.n_jobs), rng.random_range(0..4));
                    let kind = &model.kinds[model.kind_of[vehicle as usize]];
                    let grams = model.loads(job).iter().map(|load| load.grams).sum();
                    let (was, told) = (solution.overload, solution.strain_of(kind, vehicle, grams));
                    if solution.vehicle_of(job) != crate::routing::solution::NOWHERE {
                        let from = solution.vehicle_of(job);
                        solution.replace(&model, from, |own| own.retain(|&node| node as usize != job));
                    } else if solution.replace(&model, vehicle, |own| own.push(job as u32)) {
                        assert_eq!(told, solution.strain(solution.overload - was), "seed {seed}");
                    }
                    assert_eq!(solution.overload, overload(&model, &solution), "seed {seed}");
                    let worth = solution.worth();
                    assert_eq!(worth.is_allowed(), solution.overload == 0, "seed {seed}");
                    assert_eq!(solution.cost() - 7 * solution.overload, worth.cost, "seed {seed}");
                }
                over += usize::from(solution.overload > 0);
                if rng.random_bool(0.5) {
                    solution.roll_back(&model);
                    assert_eq!((solution.overload, solution.cost(), solution.worth()), before, "seed {seed}");
                    rolled_back += 1;
                }
            }
        }
        assert!(over > 500 && rolled_back > 500, "{over} over, {rolled_back} withdrawn: the cases are too poor");
    }

    /// However much a search overloads on the way, its plan does not. The control: the checker refuses a plan of the same model that does.
    #[test]
    fn plans_keep_all_payloads() {
        let cancel = AtomicBool::new(false);
        let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(300), cancel: &cancel };
        let params = Params { overload_share: 0.6, ..Params::default() };
        let mut over = 0;
        for seed in 0..60 {
            let instance = weighed(seed);
            let outcome = solve(&instance, &params, seed, &limits, &mut |_| {});
            let report = huilu_check::check(&instance, &outcome.plan);
            assert!(report.only_mandatory_jobs_missing(), "seed {seed}: {report:?}");
            let mut model = Model::new(&instance);
            allow(&mut model, 0.6);
            let neighbours = Neighbours::new(&model, &params);
            let mut search = Search::new(&model, &neighbours, &params, seed);
            search.construct(&limits);
            while search.iteration < 300 {
                let next = search.iteration + 1;
                search.run(&|iteration| iteration >= next, &|_| 0.5, &mut |_| {});
                if search.current.overload > 0 {
                    over += 1;
                    let report = huilu_check::check(&instance, &output::plan(&model, &search.current));
                    assert!(!report.only_mandatory_jobs_missing(), "seed {seed}");
                    break;
                }
            }
            forbid(&mut model);
            assert!(model.kinds.iter().all(|kind| kind.grams == kind.payload));
        }
        assert!(over > 10, "{over} searches were over: the cases are too poor");
    }

    /// A plan that passes a limited spread by much is worse than one that passes it by less and is overloaded besides: there nothing is
    /// overloaded.
    #[test]
    fn no_payload_is_passed_where_a_spread_is_limited() {
        for (hours, grams, allowed) in [(None, None, true), (Some(9), None, false), (None, Some(3), false)] {
            let mut parts = (*weighed(1)).clone();
            parts.balance = vec![Balance {
                vehicles: vec![0, 1],
                among: Among::Used,
                cost_per_second: Cost(1),
                spread_max: hours.map(Seconds),
                cost_per_gram: Cost(0),
                spread_max_grams: grams.map(Grams),
            }];
            let instance = Instance::new(parts).expect("as valid as before");
            let mut model = Model::new(&instance);
            allow(&mut model, 0.6);
            assert_eq!(model.kinds.iter().any(|kind| kind.grams > kind.payload), allowed);
        }
    }
}
