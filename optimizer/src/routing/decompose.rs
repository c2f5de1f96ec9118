//! The course of a solve of a large day: rounds over its parts, each searched as a day of its own and put back into the whole.
//!
//! Every round cuts the day along other borders ([`super::zoning`]). Parts are searched in turn, or as many side by side as there are
//! threads; what they share (room at outlets, vehicles at home) is dealt out among those side by side, and their routes enter the whole in a
//! transaction that is taken back where a rule of the whole does not hold. Temperature falls over all rounds as it would over one search.
//! Decomposition inside a metaheuristic: Santini, Schneider, Vidal and Vigo (2023), INFORMS Journal on Computing 35(3), 543-559.

use super::fairness::Fairness;
use super::insertion::Effort;
use super::model::{Model, Node};
use super::neighbours::Neighbours;
use super::params::Params;
use super::search::{Search, visits_of};
use super::solution::Solution;
use super::subproblem::Subproblem;
use super::zoning::{Group, Zoning};
use crate::limits::Limits;

/// Vehicles at home that come with a part, of each kind.
const IDLE_MOST: usize = 3;

/// Making a part takes some hundredths of a second.
const PART_SECONDS: f64 = 0.15;
const PART_ITERATIONS: f64 = 300.0;
/// One round would leave its borders as they are.
const ROUNDS_LEAST: usize = 2;

pub(super) struct Decomposition<'c, 'a> {
    pub(super) model: &'c Model<'a>,
    pub(super) neighbours: &'c Neighbours,
    pub(super) params: &'c Params,
    pub(super) limits: &'c Limits<'c>,
    pub(super) zoning: Zoning,
    pub(super) seed: u64,
    /// First temperature over that after no earlier plan.
    pub(super) heat: f64,
    /// Iterations of all parts together; `None` where only the clock counts.
    pub(super) iterations: Option<u64>,
}

/// What became of a part.
struct Found {
    routes: Vec<(u32, Vec<Node>)>,
    /// With the prices of limits that it has come to.
    fairness: Fairness,
    iterations: u64,
    effort: Effort,
}

/// How much one part may do, and how far the whole search is before and after it.
#[derive(Clone, Copy)]
struct Allowance {
    seconds: Option<f64>,
    iterations: Option<u64>,
    cooled: (f64, f64),
}

impl<'a> Decomposition<'_, 'a> {
    /// `None` where the day is small, where nobody knows where its jobs lie, and under locks, which hold for the day as a whole.
    pub(super) fn zoning(model: &Model<'_>, params: &Params) -> Option<Zoning> {
        let large = params.use_zones && model.n_jobs >= params.zones_from && model.instance.locks.is_empty();
        if large { Zoning::new(model) } else { None }
    }

    /// Improves the current solution of `search`, whose best follows; `tell` hears of it after each part.
    pub(super) fn run(&self, search: &mut Search<'_, 'a>, tell: &mut dyn FnMut(&Search<'_, 'a>)) {
        let threads = self.params.threads.max(1);
        let n_jobs = self.model.n_jobs;
        let rounds = self.rounds(threads);
        let all = (rounds * n_jobs) as f64;
        let mut done = 0;
        let over = || self.limits.is_over();
        for round in 0..rounds {
            if over() {
                return;
            }
            if round > 0 {
                search.keep_limits(self.limits);
            }
            let groups = self.zoning.groups(self.model, &search.current, (round, self.params.zone_jobs), &over);
            let share = |round: usize| round as f64 / rounds as f64;
            for (k, wave) in groups.chunks(threads).enumerate() {
                let seconds_left = self.limits.seconds_left();
                if self.limits.cancelled() || seconds_left == Some(0.0) {
                    return;
                }
                let jobs: usize = wave.iter().map(|group| group.n_jobs).sum();
                let parallel = threads as f64 / wave.len() as f64;
                let due = |left: f64| (left * parallel * jobs as f64 / (all - done as f64)).min(left);
                let allowance = Allowance {
                    seconds: seconds_left.filter(|_| self.iterations.is_none()).map(due),
                    iterations: None,
                    cooled: (share(round), share(round + 1)),
                };
                let seed = self.seed.wrapping_add(((round << 32 | k << 8) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
                for found in self.side_by_side(&search.current, wave, allowance, all, seed).into_iter().flatten() {
                    search.iteration += found.iterations;
                    search.effort.places_tried += found.effort.places_tried;
                    search.effort.insertions += found.effort.insertions;
                    put_back(self.model, &mut search.current, &found.routes);
                    search.current.fairness.take_over(&found.fairness);
                }
                done += jobs;
                search.keep_if_best();
                tell(search);
                if self.params.target.is_some_and(|target| search.best_worth.reaches(target)) {
                    return;
                }
            }
        }
    }

    /// As many cuts as leave each part time to be worth its making, at most those of the parameters.
    fn rounds(&self, threads: usize) -> usize {
        let parts = (self.model.n_jobs as f64 / self.params.zone_jobs.max(1) as f64).max(1.0);
        let affordable = match (self.iterations, self.limits.seconds_left()) {
            (Some(cap), _) => cap as f64 / (parts * PART_ITERATIONS),
            (None, Some(left)) => left * threads as f64 / (parts * PART_SECONDS),
            (None, None) => f64::MAX,
        };
        (affordable as usize).clamp(ROUNDS_LEAST, self.params.zone_rounds.max(ROUNDS_LEAST))
    }

    /// The first part runs on the calling thread, the others beside it.
    fn side_by_side(
        &self,
        solution: &Solution,
        wave: &[Group],
        allowance: Allowance,
        all: f64,
        seed: u64,
    ) -> Vec<Option<Found>> {
        let idle = self.deal_out(solution, wave.len());
        let task = |k: usize| {
            let (group, began) = (&wave[k], self.limits.clock.elapsed_s());
            // Rounded down, so that all parts together keep to the cap.
            let iterations = self.iterations.map(|cap| (cap as f64 * group.n_jobs as f64 / all) as u64);
            let share = wave.len() as i64;
            let part = Subproblem::new(self.model, self.neighbours, solution, group, &idle[k], share)?;
            Some(self.improve(
                &part,
                solution,
                Allowance { iterations, ..allowance },
                began,
                seed.wrapping_add(k as u64),
            ))
        };
        std::thread::scope(|scope| {
            let task = &task;
            let others: Vec<_> = (1..wave.len()).map(|k| scope.spawn(move || task(k))).collect();
            let first = task(0);
            // A part that fails is left as it was.
            std::iter::once(first).chain(others.into_iter().map(|other| other.join().ok().flatten())).collect()
        })
    }

    /// Some vehicles at home for each of `n` parts.
    fn deal_out(&self, solution: &Solution, n: usize) -> Vec<Vec<u32>> {
        let mut dealt = vec![Vec::new(); n];
        for idle in &solution.idle {
            for (k, &vehicle) in idle.iter().rev().take(n * IDLE_MOST).enumerate() {
                dealt[k % n].push(vehicle);
            }
        }
        dealt
    }

    /// The time since `began`, in which the part was made, counts as its own.
    fn improve(
        &self,
        part: &Subproblem<'_, '_>,
        whole: &Solution,
        allowance: Allowance,
        began: f64,
        seed: u64,
    ) -> Found {
        let model = part.model();
        let neighbours = Neighbours::until(&model, self.params, &|| self.limits.is_over());
        let mut search = Search::new(&model, &neighbours, self.params, seed);
        search.resume(&part.visits, whole, self.heat);
        let limits = self.limits;
        let spent = |iteration: u64| match (allowance.iterations, allowance.seconds) {
            (Some(cap), _) => iteration as f64 / cap.max(1) as f64,
            (None, Some(seconds)) if seconds > 0.0 => (limits.clock.elapsed_s() - began) / seconds,
            (None, _) => 1.0,
        };
        let (from, to) = allowance.cooled;
        let none = allowance.iterations == Some(0);
        let until = |iteration: u64| {
            none || limits.cancelled() || limits.seconds_left() == Some(0.0) || spent(iteration) >= 1.0
        };
        let cooled = |iteration: u64| from + (to - from) * spent(iteration).clamp(0.0, 1.0);
        search.run(&until, &cooled, &mut |_| {});
        // Where it stands, as one search would go on from; in the end the best, unless that only keeps limits by serving little.
        let ends = to >= 1.0 && search.best_worth.price() <= search.current.cost();
        let visits = if ends { search.best.clone() } else { visits_of(&search.current) };
        let routes = part.in_whole(&visits).collect();
        Found { routes, fairness: search.current.fairness, iterations: search.iteration, effort: search.effort }
    }
}

/// Puts routes in place of those that their vehicles have; all of them or, where a rule does not hold, none.
fn put_back(model: &Model<'_>, solution: &mut Solution, routes: &[(u32, Vec<Node>)]) {
    solution.begin();
    let mut change = |vehicle: u32, visits: &[Node]| {
        solution.routes[vehicle as usize].visits == visits
            || solution.replace(model, vehicle, |own| own.splice(.., visits.iter().copied()).for_each(drop))
    };
    // First all are empty: jobs and room pass from one to another.
    let possible = routes.iter().all(|(vehicle, _)| change(*vehicle, &[]))
        && routes.iter().all(|(vehicle, visits)| change(*vehicle, visits));
    if !possible {
        solution.roll_back(model);
    }
}
