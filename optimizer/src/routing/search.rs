//! One search: simulated annealing over ruin and recreate.
//!
//! Source: Christiaens and Vanden Berghe (2020), Transportation Science 54(2), 417-433 (slack induction by string
//! removals), without their fleet minimisation.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::insertion::{Effort, Inserter};
use super::model::{Model, Node};
use super::neighbours::Neighbours;
use super::params::Params;
use super::pool::Pool;
use super::ruin;
use super::savings;
use super::solution::Solution;
use super::unloads;
use crate::limits::Limits;

/// The visits of every vehicle: what is needed to come back to a solution.
pub(crate) type Visits = Vec<Vec<Node>>;

#[derive(Debug)]
pub(crate) struct Search<'m, 'a> {
    model: &'m Model<'a>,
    neighbours: &'m Neighbours,
    params: &'m Params,
    rng: Xoshiro256PlusPlus,
    pub(crate) current: Solution,
    pub(crate) best: Visits,
    pub(crate) best_cost: i64,
    pub(crate) iteration: u64,
    pub(crate) effort: Effort,
    pub(crate) pool: Pool,
    temperature_first: f64,
}

impl<'m, 'a> Search<'m, 'a> {
    pub(crate) fn new(model: &'m Model<'a>, neighbours: &'m Neighbours, params: &'m Params, seed: u64) -> Self {
        let current = Solution::new(model);
        let mut search = Self {
            model,
            neighbours,
            params,
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
            best: Vec::new(),
            best_cost: current.cost(),
            current,
            iteration: 0,
            effort: Effort::default(),
            pool: Pool::new(params.pool_max),
            temperature_first: 1.0,
        };
        search.keep_best();
        search
    }

    /// A first plan, as far as the limits allow: by insertion, and without outlets by savings as well.
    pub(crate) fn construct(&mut self, limits: &Limits<'_>) {
        self.insert_all(limits);
        self.keep_best();
        if self.model.accepts.is_empty() && !over(limits) {
            self.current = Solution::new(self.model);
            savings::build(self.model, self.neighbours, &mut self.current);
            self.insert_all(limits);
            if self.current.cost() < self.best_cost {
                self.keep_best();
            } else {
                self.current = restore(self.model, &self.best);
            }
        }
        self.warm();
    }

    /// Inserts all jobs left out.
    fn insert_all(&mut self, limits: &Limits<'_>) {
        let mut jobs: Vec<usize> = self.current.absent().collect();
        self.order(&mut jobs);
        self.current.begin();
        for (k, chunk) in jobs.chunks(16).enumerate() {
            // The first chunk is placed whatever the clock says: a plan with something in it beats none.
            if k > 0 && over(limits) {
                break;
            }
            self.recreate(chunk, true);
        }
        self.current.settle(self.model);
    }

    /// Sets the first temperature by the mean price of a leg, which knows no service and no fixed cost.
    fn warm(&mut self) {
        let legs = self.current.routes.iter().map(|route| route.legs.len()).sum::<usize>().max(1);
        let driving = self.current.routes.iter().flat_map(|route| &route.legs).sum::<i64>();
        self.temperature_first = (self.params.temperature_first * driving as f64 / legs as f64).max(1e-3);
    }

    /// Runs until `until` says so. `cooled` tells how far the whole search is, from 0 to 1.
    pub(crate) fn run(
        &mut self,
        until: &dyn Fn(u64) -> bool,
        cooled: &dyn Fn(u64) -> f64,
        on_best: &mut dyn FnMut(&Self),
    ) {
        while !until(self.iteration) {
            let temperature = self.temperature_first * self.params.temperature_ratio.powf(cooled(self.iteration));
            let before = self.current.cost();
            self.current.begin();
            let mut jobs = ruin::ruin(self.model, self.neighbours, self.params, &mut self.rng, &mut self.current);
            self.order(&mut jobs);
            self.recreate(&jobs, false);
            self.iteration += 1;
            let threshold = before as f64 - temperature * self.rng.random::<f64>().max(f64::MIN_POSITIVE).ln();
            let below = |solution: &Solution| (solution.cost() as f64) < threshold;
            // Drafted routes never cost more than settled ones.
            if below(&self.current) && self.current.settle(self.model) && {
                self.review_unloads();
                below(&self.current)
            } {
                if self.current.cost() < self.best_cost {
                    self.keep_best();
                    on_best(self);
                }
            } else {
                self.current.roll_back(self.model);
            }
        }
    }

    fn recreate(&mut self, jobs: &[usize], thorough: bool) {
        let mut inserter = Inserter {
            model: self.model,
            neighbours: self.neighbours,
            params: self.params,
            rng: &mut self.rng,
            effort: &mut self.effort,
        };
        for &job in jobs {
            inserter.insert(&mut self.current, job, thorough);
        }
    }

    fn review_unloads(&mut self) {
        if self.model.accepts.is_empty() || !self.rng.random_bool(self.params.unload_review.clamp(0.0, 1.0)) {
            return;
        }
        let touched: Vec<u32> = self.current.touched().collect();
        for vehicle in touched {
            unloads::review(self.model, self.neighbours, &mut self.current, vehicle);
        }
    }

    /// Insertion order: at random, largest load, farthest or nearest to a vehicle's start, least window first.
    fn order(&mut self, jobs: &mut [usize]) {
        let model = self.model;
        for at in (1..jobs.len()).rev() {
            let other = self.rng.random_range(0..=at);
            jobs.swap(at, other);
        }
        let Some(kind) = model.kinds.first() else { return };
        let far = |job: usize| model.metres(kind, kind.start, model.place(job as Node));
        let size = |job: usize| model.loads(job).iter().map(|l| (l.grams, l.litres)).max().unwrap_or_default();
        let open = |job: usize| model.windows(job as Node).iter().map(|w| w.1 - w.0).sum::<i64>();
        let pick = self.rng.random_range(0..if model.timed { 15 } else { 11 });
        match pick {
            0..4 => {}
            4..8 => jobs.sort_by_key(|&job| std::cmp::Reverse(size(job))),
            8..10 => jobs.sort_by_key(|&job| std::cmp::Reverse(far(job))),
            10 => jobs.sort_by_key(|&job| far(job)),
            11..13 => jobs.sort_by_key(|&job| open(job)),
            13 => jobs.sort_by_key(|&job| model.windows(job as Node).first().map(|w| w.0)),
            _ => jobs.sort_by_key(|&job| std::cmp::Reverse(model.windows(job as Node).last().map(|w| w.1))),
        }
    }

    pub(crate) fn keep_best(&mut self) {
        self.best_cost = self.current.cost();
        self.best = self.current.routes.iter().map(|route| route.visits.clone()).collect();
        self.pool.add_routes(self.model, &self.current);
    }

    /// Goes on from another solution, which is kept as best where it is.
    pub(crate) fn adopt(&mut self, visits: &Visits) {
        self.current = restore(self.model, visits);
        if self.current.cost() < self.best_cost {
            self.keep_best();
        }
    }
}

fn over(limits: &Limits<'_>) -> bool {
    limits.cancelled() || limits.seconds_left() == Some(0.0)
}

/// The solution made of these visits; a route that breaks a rule is left out.
pub(crate) fn restore(model: &Model<'_>, visits: &Visits) -> Solution {
    let mut solution = Solution::new(model);
    for (vehicle, visits) in visits.iter().enumerate().filter(|(_, visits)| !visits.is_empty()) {
        solution.replace(model, vehicle as u32, |own| own.clone_from(visits));
    }
    solution
}
