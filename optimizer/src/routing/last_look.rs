//! One more look, at every place of the plan, for the jobs that the best plan leaves out.
//!
//! An iteration looks around a job's neighbours only, and a search that has cooled down seldom comes back to a job left out.
//! Our own: the greedy insertion of every iteration, with every place to choose from.

use std::cmp::Reverse;

use super::insertion::Reach;
use super::opening::Opening;
use super::search::{Search, restore};
use crate::limits::Limits;

/// A look at every place takes about a millisecond on a city's day, so no more jobs than this, the dearest first.
const JOBS_MAX: usize = 64;
/// Seconds after the time limit until when they are looked at: the last look of a run comes when its time is over.
const LOOK_S: f64 = 0.08;

impl Search<'_, '_> {
    /// Puts jobs left out of the best plan where they cost least, as long as that is less than leaving them out.
    pub(crate) fn look_everywhere(&mut self, limits: &Limits<'_>) {
        let model = self.model;
        // Whoever is told to end does not wait for the plan to be made once more.
        if limits.cancelled() {
            return;
        }
        if self.best.iter().flatten().filter(|&&node| model.is_job(node)).count() == model.n_jobs {
            return;
        }
        let mut solution = restore(model, &self.best);
        solution.fairness.take_over(&self.current.fairness);
        std::mem::swap(&mut solution, &mut self.current);
        let mut jobs: Vec<usize> = self.current.absent().collect();
        jobs.sort_by_key(|&job| (Reverse(model.absence[job]), job));
        jobs.truncate(JOBS_MAX);
        for job in jobs {
            let late = limits.seconds.is_some_and(|end| limits.clock.elapsed_s() >= end + LOOK_S);
            if limits.cancelled() || late {
                break;
            }
            self.current.begin();
            self.recreate(&[job], Reach::Everywhere, Opening::default());
            if self.current.settle(model) && self.is_better() {
                self.keep_best();
            } else {
                self.current.roll_back(model);
            }
        }
        // The search goes on from where it was, unless the best plan is a better one now.
        if solution.cost() <= self.best_worth.price() {
            self.current = solution;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use crate::limits::{Limits, NoClock};
    use crate::routing::Params;
    use crate::routing::cases::random;
    use crate::routing::model::Model;
    use crate::routing::neighbours::Neighbours;
    use crate::routing::search::{Search, restore};

    /// A job that is taken out of a plan finds a place again where its own is worth it, even with no neighbour to lead there.
    #[test]
    fn a_job_left_out_comes_back() {
        let cancel = AtomicBool::new(false);
        let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(40), cancel: &cancel };
        let params = Params { neighbours: 1, neighbours_unloading: 1, ..Params::default() };
        let (mut taken, mut back) = (0, 0);
        for seed in 0..150 {
            let instance = random(seed, 8, 3, 2);
            let model = Model::new(&instance);
            let neighbours = Neighbours::new(&model, &params);
            let mut search = Search::new(&model, &neighbours, &params, seed);
            search.construct(&limits);
            let whole = search.best_worth.price();
            let Some(vehicle) = search.best.iter().position(|visits| visits.iter().any(|&n| model.is_job(n))) else {
                continue;
            };
            let mut first = true;
            search.best[vehicle].retain(|&node| !(model.is_job(node) && std::mem::take(&mut first)));
            search.best_worth = restore(&model, &search.best).worth();
            let without = search.best_worth.price();
            search.look_everywhere(&limits);
            assert!(search.best_worth.price() <= without, "seed {seed}");
            if whole < without {
                taken += 1;
                back += u64::from(search.best_worth.price() < without);
            }
        }
        assert!(taken > 80 && back * 10 >= taken * 9, "{back} of {taken}");
    }
}
