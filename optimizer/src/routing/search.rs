//! One search: simulated annealing over ruin and recreate.
//!
//! Source: Christiaens and Vanden Berghe (2020), Transportation Science 54(2), 417-433 (slack induction by string
//! removals), without their fleet minimisation.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::fairness::Worth;
use super::insertion::{Effort, Inserter, Reach};
use super::levelling;
use super::model::{Model, Node};
use super::neighbours::Neighbours;
use super::opening::{self, Opening};
use super::params::Params;
use super::pool::Pool;
use super::refit;
use super::regroup;
use super::relocate_trip;
use super::route::Route;
use super::ruin;
use super::savings;
use super::solution::Solution;
use super::unloads;
use crate::limits::Limits;

/// The visits of every vehicle: what is needed to come back to a solution.
pub(crate) type Visits = Vec<Vec<Node>>;

/// Share of the time limit for first plans.
const FIRST_PLANS_SHARE: f64 = 0.04;

/// Chance that a ruin is for a limit on spreads, while one is passed.
const LEVELLING_CHANCE: f64 = 0.3;

/// Jobs that are sorted without a list of what they are sorted by.
const FEW: usize = 64;

/// Iterations after which a search is heard of in any case.
const TOLD_EVERY: u64 = 64;

/// In which order jobs are inserted. Source of all but the last: Christiaens and Vanden Berghe (2020).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Shuffled,
    Largest,
    Farthest,
    /// From the start of the first kind of vehicle.
    Nearest,
    Narrowest,
    OpensFirst,
    ClosesLast,
}

impl Order {
    const ALL: [Self; 7] = [
        Self::Farthest,
        Self::Largest,
        Self::Shuffled,
        Self::Nearest,
        Self::Narrowest,
        Self::OpensFirst,
        Self::ClosesLast,
    ];

    /// With the weights of the source: 4, 4, 2 and 1, and with times 2, 1 and 1.
    fn draw<R: RngExt>(rng: &mut R, timed: bool) -> Self {
        match rng.random_range(0..if timed { 15 } else { 11 }) {
            0..4 => Self::Shuffled,
            4..8 => Self::Largest,
            8..10 => Self::Farthest,
            10 => Self::Nearest,
            11..13 => Self::Narrowest,
            13 => Self::OpensFirst,
            _ => Self::ClosesLast,
        }
    }
}

#[derive(Debug)]
pub(crate) struct Search<'m, 'a> {
    pub(crate) model: &'m Model<'a>,
    neighbours: &'m Neighbours,
    params: &'m Params,
    rng: Xoshiro256PlusPlus,
    pub(crate) current: Solution,
    pub(crate) best: Visits,
    pub(crate) best_worth: Worth,
    pub(crate) iteration: u64,
    pub(crate) effort: Effort,
    pub(crate) pool: Pool,
    temperature_first: f64,
    /// Last over first.
    temperature_ratio: f64,
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
            best_worth: current.worth(),
            current,
            iteration: 0,
            effort: Effort::default(),
            pool: Pool::new(params.pool_max),
            temperature_first: 1.0,
            temperature_ratio: 1.0,
        };
        search.keep_best();
        search
    }

    /// A first plan, as far as the limits allow: the best of one insertion in each order, and without outlets of
    /// savings as well.
    pub(crate) fn construct(&mut self, limits: &Limits<'_>) {
        let share = Share::of(limits, FIRST_PLANS_SHARE);
        // Where limits on spreads hold for none of them, the search sets out from the one that comes nearest, not from what is left of it
        // when it is cut back.
        let nobody = self.best_worth.price();
        let mut least: Option<(i64, Visits)> = None;
        let mut note = |current: &Solution| {
            if least.as_ref().is_none_or(|(cost, _)| current.cost() < *cost) {
                least = Some((current.cost(), visits_of(current)));
            }
        };
        for (k, order) in Order::ALL.into_iter().enumerate() {
            // The first one is made whatever the clock says.
            if k > 0 && share.over(limits) {
                break;
            }
            self.current = Solution::new(self.model);
            self.insert_all(limits, order);
            note(&self.current);
            self.cut_back();
        }
        for (k, kind) in savings::kinds(self.model).into_iter().enumerate() {
            // Savings of one kind are tried before time is up for first plans: without times they are far better than insertion.
            if limits.is_over() || (k > 0 && share.over(limits)) {
                break;
            }
            self.current = Solution::new(self.model);
            savings::build(self.model, self.neighbours, kind, &mut self.current, &|| limits.is_over());
            if !limits.is_over() {
                self.refit_all();
            }
            self.insert_all(limits, Order::Shuffled);
            note(&self.current);
            self.cut_back();
        }
        if limits.is_over() {
            // Nothing goes on from here, and the best is known.
            return;
        }
        let start = least.filter(|(cost, _)| *cost < nobody);
        self.current = restore(self.model, start.as_ref().map_or(&self.best, |(_, visits)| visits));
        self.price_limits();
        self.keep_limits(limits);
        self.warm();
    }

    /// Offers all routes to other kinds of vehicles. The costs are exact again afterwards; where one route has no schedule after
    /// all, none has moved.
    fn refit_all(&mut self) {
        if !self.model.mixed_fleet {
            return;
        }
        let before = visits_of(&self.current);
        refit::review(self.model, &mut self.current);
        if !self.current.settle(self.model) {
            self.current = restore(self.model, &before);
        }
    }

    /// A first plan from the visits of an earlier one.
    pub(crate) fn start_from(&mut self, limits: &Limits<'_>, visits: &Visits) {
        self.current = restore(self.model, visits);
        self.keep_best();
        self.price_limits();
        self.insert_all(limits, Order::Largest);
        self.keep_limits(limits);
        self.set_out_from(&self.best.clone());
        self.warm();
        self.temperature_first *= self.params.warm_temperature;
    }

    /// Inserts all jobs left out, and keeps the result if it is the best.
    fn insert_all(&mut self, limits: &Limits<'_>, order: Order) {
        let neighbours = self.neighbours;
        let mut jobs: Vec<usize> = self.current.absent().filter(|&job| neighbours.knows(job)).collect();
        self.sort(&mut jobs, order);
        let empty = self.current.routes.iter().all(Route::is_empty);
        self.current.begin();
        let opening = Opening::of_construction(self.model);
        for (k, chunk) in jobs.chunks(16).enumerate() {
            // The first chunk is placed whatever the clock says: a plan with something in it beats none.
            if (k > 0 || !empty) && limits.is_over() {
                break;
            }
            self.recreate(chunk, Reach::Far, opening);
        }
        self.drop_unworthy(opening);
        if !self.current.settle(self.model) {
            self.current.roll_back(self.model);
        }
        if self.is_better() {
            self.keep_best();
        }
    }

    pub(crate) fn is_better(&self) -> bool {
        self.current.worth().beats(self.best_worth)
    }

    /// Sets the first temperature by the mean price of a leg, which knows no service and no fixed cost.
    fn warm(&mut self) {
        let legs = self.current.routes.iter().map(|route| route.legs.len()).sum::<usize>().max(1);
        let driving = self.current.routes.iter().flat_map(|route| &route.legs).sum::<i64>();
        let params = self.params;
        let plain = !self.model.timed || !self.model.accepts.is_empty();
        let first = match (plain, self.model.mixed_fleet) {
            (true, _) => params.temperature_first,
            (false, true) => params.temperature_first_mixed,
            (false, false) => params.temperature_first_timed,
        };
        let leg = driving as f64 / legs as f64;
        self.temperature_first = (first * leg).max(1e-3);
        self.temperature_ratio = (params.temperature_last / first).clamp(1e-9, 1.0);
    }

    /// Runs until `until` says so; `tell` hears of each better plan and, now and then, of the iterations.
    /// `cooled` tells how far the whole search is, from 0 to 1.
    pub(crate) fn run(
        &mut self,
        until: &dyn Fn(u64) -> bool,
        cooled: &dyn Fn(u64) -> f64,
        tell: &mut dyn FnMut(&Self),
    ) {
        // With unloads on the way a route is a whole day: too much to insert again.
        let regroups = self.model.mixed_fleet && self.model.accepts.is_empty() && !self.model.locks.any;
        while !until(self.iteration) {
            self.current.fairness.adapt(self.iteration);
            let threshold = self.threshold(cooled);
            self.current.begin();
            let (mut jobs, opening) = if regroups && self.chance(self.params.regroup_chance) {
                regroup::pull(self.model, self.neighbours, &mut self.rng, &mut self.current)
            } else {
                let drawn = Opening::draw(self.model, &mut self.rng);
                let levelled = self.level();
                (
                    levelled.unwrap_or_else(|| self.ruin()),
                    if self.params.opening_draws { drawn } else { Opening::default() },
                )
            };
            self.sort_at_random(&mut jobs);
            let refits = self.model.mixed_fleet && self.chance(self.params.refit_chance);
            let moves_trips = !self.model.accepts.is_empty() && self.chance(self.params.trip_chance);
            let below = |cost: i64| (cost as f64) < threshold;
            // What comes after insertion may make a plan cheaper again.
            let only_rises = !(refits || moves_trips || opening.at_a_loss);
            let promising = self.recreate_below(&jobs, opening, threshold, only_rises) && {
                self.drop_unworthy(opening);
                if refits {
                    refit::review(self.model, &mut self.current);
                }
                if moves_trips {
                    relocate_trip::review(self.model, &mut self.rng, &mut self.current);
                }
                // Drafted routes never cost more than settled ones.
                below(self.current.floor())
            };
            self.iteration += 1;
            if self.iteration.is_multiple_of(TOLD_EVERY) {
                tell(self);
            }
            // A cost below the threshold is below the next whole number, too. Other unloads may bring a plan there that is not.
            let reviews = promising && !self.model.accepts.is_empty() && self.chance(self.params.unload_review);
            let ceiling = if reviews { i64::MAX } else { threshold.ceil() as i64 };
            if promising && self.current.settle_below(self.model, ceiling) && {
                if reviews {
                    self.review_unloads();
                }
                below(self.current.cost())
            } {
                if self.is_better() {
                    self.keep_best();
                    tell(self);
                }
            } else {
                self.current.roll_back(self.model);
            }
        }
    }

    /// Takes out what stands in the way of a limit on spreads that is passed, in some of the iterations.
    fn level(&mut self) -> Option<Vec<usize>> {
        if self.current.fairness.is_allowed() || !self.chance(LEVELLING_CHANCE) {
            return None;
        }
        levelling::pull(self.model, self.neighbours, &mut self.rng, &mut self.current)
    }

    fn chance(&mut self, chance: f64) -> bool {
        self.rng.random_bool(chance.clamp(0.0, 1.0))
    }

    /// A plan that costs less is accepted.
    pub(crate) fn threshold(&mut self, cooled: &dyn Fn(u64) -> f64) -> f64 {
        let temperature = self.temperature_first * self.temperature_ratio.powf(cooled(self.iteration));
        self.current.cost() as f64 - temperature * self.rng.random::<f64>().max(f64::MIN_POSITIVE).ln()
    }

    pub(crate) fn ruin(&mut self) -> Vec<usize> {
        ruin::ruin(self.model, self.neighbours, self.params, &mut self.rng, &mut self.current)
    }

    pub(crate) fn sort_at_random(&mut self, jobs: &mut [usize]) {
        let drawn = Order::draw(&mut self.rng, self.model.timed);
        self.sort(jobs, if self.params.insertion_orders { drawn } else { Order::Shuffled });
    }

    fn drop_unworthy(&mut self, opening: Opening) {
        if opening.at_a_loss {
            opening::drop_unworthy(self.model, &mut self.current);
        }
    }

    pub(crate) fn recreate(&mut self, jobs: &[usize], reach: Reach, opening: Opening) {
        let mut inserter = Inserter {
            model: self.model,
            neighbours: self.neighbours,
            params: self.params,
            opening,
            rng: &mut self.rng,
            effort: &mut self.effort,
        };
        for &job in jobs {
            inserter.insert(&mut self.current, job, reach);
        }
    }

    /// [`Search::recreate`] near the neighbours, given up (`false`) as soon as the plan costs too much without the jobs that are still to
    /// come. An insertion makes no plan cheaper but by the price of absence of its job, with few exceptions that cost no more than the
    /// iteration: a detour that is a shortcut, a visit that is pushed out of a late window into a later one.
    fn recreate_below(&mut self, jobs: &[usize], opening: Opening, threshold: f64, only_rises: bool) -> bool {
        let gives_up = self.params.early_rejection && only_rises && self.model.locks.reference.is_none();
        if !gives_up {
            self.recreate(jobs, Reach::Near, opening);
            return true;
        }
        let mut to_come: i64 = jobs.iter().map(|&job| self.model.absence[job]).sum();
        jobs.iter().all(|&job| {
            self.recreate(&[job], Reach::Near, opening);
            to_come -= self.model.absence[job];
            ((self.current.floor() - to_come) as f64) < threshold
        })
    }

    fn review_unloads(&mut self) {
        let touched: Vec<u32> = self.current.touched().collect();
        for vehicle in touched {
            unloads::review(self.model, self.neighbours, &mut self.current, vehicle);
        }
    }

    fn sort(&mut self, jobs: &mut [usize], order: Order) {
        let model = self.model;
        for at in (1..jobs.len()).rev() {
            let other = self.rng.random_range(0..=at);
            jobs.swap(at, other);
        }
        let Some(kind) = model.kinds.first() else { return };
        let far = |job: usize| model.metres(kind, kind.start, model.place(job as Node));
        let size = |job: usize| model.loads(job).iter().map(|l| (l.grams, l.litres)).max().unwrap_or_default();
        let open = |job: usize| model.windows(job as Node).iter().map(|w| w.1 - w.0).sum::<i64>();
        match order {
            Order::Shuffled => {}
            Order::Largest => jobs.sort_by_key(|&job| std::cmp::Reverse(size(job))),
            // Each way is asked for once where there are many: of a large day it follows from coordinates, which is dear.
            Order::Farthest if jobs.len() > FEW => jobs.sort_by_cached_key(|&job| std::cmp::Reverse(far(job))),
            Order::Farthest => jobs.sort_by_key(|&job| std::cmp::Reverse(far(job))),
            Order::Nearest if jobs.len() > FEW => jobs.sort_by_cached_key(|&job| far(job)),
            Order::Nearest => jobs.sort_by_key(|&job| far(job)),
            Order::Narrowest => jobs.sort_by_key(|&job| open(job)),
            Order::OpensFirst => jobs.sort_by_key(|&job| model.windows(job as Node).first().map(|w| w.0)),
            Order::ClosesLast => {
                jobs.sort_by_key(|&job| std::cmp::Reverse(model.windows(job as Node).last().map(|w| w.1)));
            }
        }
        if model.locks.sequenced() {
            jobs.sort_by_key(|&job| model.locks.depth(job));
        }
    }

    pub(crate) fn keep_best(&mut self) {
        self.best_worth = self.current.worth();
        self.best = visits_of(&self.current);
        self.pool.add_routes(self.model, &self.current);
    }

    /// Limits on spreads get the prices to begin with.
    fn price_limits(&mut self) {
        let instance = self.model.instance;
        let penalties = instance.jobs.iter().filter_map(|job| job.penalty);
        let at_stake = penalties.chain(instance.vehicles.iter().map(|vehicle| vehicle.cost_fixed));
        let at_stake = at_stake.fold(0, |sum: i64, cost| sum.saturating_add(cost.0));
        let cost = self.current.cost_routes;
        self.current.fairness.price_limits(cost, at_stake);
    }

    /// The solution made of these visits becomes the current one, at the prices of limits that the search has come to.
    pub(crate) fn set_out_from(&mut self, visits: &Visits) {
        let before = std::mem::replace(&mut self.current, restore(self.model, visits));
        self.current.fairness.take_over(&before.fairness);
    }

    /// Sets out from the solution made of these visits, a part of `whole`.
    pub(crate) fn resume(&mut self, visits: &Visits, whole: &Solution, heat: f64) {
        self.current.fairness.take_over(&whole.fairness);
        self.adopt(visits);
        self.warm();
        self.temperature_first *= heat;
    }

    pub(crate) fn keep_if_best(&mut self) {
        if self.is_better() {
            self.keep_best();
        }
    }

    /// Goes on from another solution, which is kept as best where it is.
    pub(crate) fn adopt(&mut self, visits: &Visits) {
        self.set_out_from(visits);
        if self.is_better() {
            self.keep_best();
        }
    }
}

/// The moment when a share of the time limit is used up; never with an iteration cap, so that a capped run repeats.
struct Share(Option<f64>);

impl Share {
    fn of(limits: &Limits<'_>, share: f64) -> Self {
        Self(limits.moment(share).filter(|_| limits.iterations.is_none()))
    }

    fn over(&self, limits: &Limits<'_>) -> bool {
        limits.is_over() || self.0.is_some_and(|moment| limits.clock.elapsed_s() >= moment)
    }
}

pub(crate) fn visits_of(solution: &Solution) -> Visits {
    solution.routes.iter().map(|route| route.visits.clone()).collect()
}

/// The solution made of these visits; a route that breaks a rule is left out.
pub(crate) fn restore(model: &Model<'_>, visits: &Visits) -> Solution {
    let mut solution = Solution::new(model);
    let mut open: Vec<usize> = (0..visits.len()).filter(|&vehicle| !visits[vehicle].is_empty()).collect();
    // A vehicle with a locked beginning may hold room of an outlet that another needs, until it has its own visits.
    loop {
        let before = open.len();
        open.retain(|&vehicle| !solution.replace(model, vehicle as u32, |own| own.clone_from(&visits[vehicle])));
        if open.len() == before || !model.locks.any {
            break;
        }
    }
    solution
}
