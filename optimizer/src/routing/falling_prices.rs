//! Prices of absence that begin too high and fall to what they are: the first rounds of a search serve more jobs, with more routes, than
//! pays in the end.
//!
//! A route that is not there is opened by no single job that is worth it, so a search that begins with too few routes keeps too few;
//! one that begins with too many drops the worst of them when prices fall. Penalties that are moved on the way are old in routing
//! (Gendreau, Hertz and Laporte 1994, Management Science 40(10), 1276-1290, there of broken rules).

use huilu_model::Instance;

use super::model::Model;
use super::params::Params;
use super::search::{Search, Visits, restore, visits_of};
use crate::resources::model::longest;

/// Models that differ from the true one in dearer absences, one for each of the first rounds, dearest first: the factor falls by equal
/// ratios. None where every job is mandatory, where a day is made of trips, which are cheap to open, and under locks.
pub(super) fn models<'a>(instance: &'a Instance, model: &Model<'a>, params: &Params) -> Vec<Model<'a>> {
    let dear = params.absence_first.max(1.0);
    if !model.choosy || !model.accepts.is_empty() || model.locks.any || dear <= 1.0 {
        return Vec::new();
    }
    // A sum over all jobs must fit.
    let most = (i64::MAX >> 2) / (model.n_jobs as i64 + 1);
    // The last round has the true prices in any case.
    let rounds = params.absence_rounds.min(params.rounds.max(1) - 1);
    let longest = longest(instance);
    let raised = |round: u32| {
        let factor = dear.powf(1.0 - f64::from(round) / f64::from(rounds));
        let mut raised = Model::with_longest(instance, &longest);
        raised.absence.iter_mut().for_each(|price| *price = ((*price as f64 * factor) as i64).clamp(*price, most));
        raised
    };
    (0..rounds).map(raised).collect()
}

impl<'m, 'a> Search<'m, 'a> {
    /// Goes on with the prices of another model of the same instance; returns the best plan by the prices so far.
    pub(super) fn price_by(&mut self, model: &'m Model<'a>) -> Visits {
        self.model = model;
        self.set_out_from(&visits_of(&self.current));
        let best = self.best.clone();
        self.best_worth = restore(model, &best).worth();
        self.keep_if_best();
        best
    }

    /// Keeps a plan as the best where it is, whatever the search goes on from.
    pub(super) fn keep_better(&mut self, visits: Visits) {
        let worth = restore(self.model, &visits).worth();
        if worth.beats(self.best_worth) {
            (self.best, self.best_worth) = (visits, worth);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use huilu_model::Cost;
    use huilu_model::instance::Parts;
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::limits::{Limits, NoClock};
    use crate::routing::cases::random;
    use crate::routing::neighbours::Neighbours;

    /// A random day without unloads whose jobs have these penalties.
    fn day(seed: u64, penalty: impl Fn(&mut Xoshiro256PlusPlus) -> Option<Cost>) -> Instance {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut parts = Parts::clone(&random(seed, 8, 3, 0));
        parts.jobs.iter_mut().for_each(|job| job.penalty = penalty(&mut rng));
        parts.vehicles.iter_mut().for_each(|vehicle| vehicle.end_empty = false);
        Instance::new(parts).expect("only penalties differ from a valid day")
    }

    fn optional(seed: u64) -> Instance {
        day(seed, |rng| Some(Cost(rng.random_range(5..60))))
    }

    #[test]
    fn prices_fall_to_what_they_are() {
        let params = Params { absence_first: 4.0, absence_rounds: 2, ..Params::default() };
        let instance = optional(1);
        let model = Model::new(&instance);
        let raised = models(&instance, &model, &params);
        let prices: Vec<i64> = raised.iter().chain([&model]).map(|model| model.absence[0]).collect();
        assert_eq!(prices, [4 * prices[2], 2 * prices[2], prices[2]]);
        let one = Params { rounds: 1, ..params.clone() };
        assert!(models(&instance, &model, &one).is_empty(), "the last round has the true prices");
        let mandatory = day(1, |_| None);
        assert!(models(&mandatory, &Model::new(&mandatory), &params).is_empty());
        let trips = random(1, 8, 3, 2);
        assert!(models(&trips, &Model::new(&trips), &params).is_empty());
    }

    /// Dear rounds change what is served, costs are exact again afterwards, and the best plan of before is not lost.
    #[test]
    fn a_search_returns_to_true_prices() {
        let cancel = AtomicBool::new(false);
        let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(200), cancel: &cancel };
        let params = Params { absence_first: 8.0, absence_rounds: 1, ..Params::default() };
        let (mut more, mut spared) = (0, 0);
        for seed in 0..200 {
            let instance = optional(seed);
            let model = Model::new(&instance);
            let raised = models(&instance, &model, &params);
            let neighbours = Neighbours::new(&model, &params);
            let mut search = Search::new(&model, &neighbours, &params, seed);
            search.construct(&limits);
            let (first, served) = (search.best_worth.price(), model.n_jobs - search.current.n_absent);
            let standing = search.price_by(&raised[0]);
            search.run(&|iteration| iteration >= 200, &|_| 1.0, &mut |_| {});
            more += usize::from(model.n_jobs - search.current.n_absent > served);
            search.price_by(&model);
            spared += usize::from(search.best_worth.price() > first);
            search.keep_better(standing);
            assert!(search.best_worth.price() <= first, "seed {seed}");
            assert_eq!(search.best_worth.price(), restore(&model, &search.best).worth().price(), "seed {seed}");
            let again = restore(&model, &visits_of(&search.current));
            assert_eq!(search.current.cost(), again.cost(), "seed {seed}");
        }
        assert!(
            more > 10 && spared > 10,
            "{more} served more, {spared} had a better plan before: the cases are too poor"
        );
    }
}
