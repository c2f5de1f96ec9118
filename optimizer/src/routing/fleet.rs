//! Fewer routes: one route is dissolved and the others make room for its jobs. A new plan is taken where the jobs left out have
//! been left out more seldom so far, so that the search turns to those that are hard to place.
//!
//! Source: Christiaens and Vanden Berghe (2020), Transportation Science 54(2), 417-433 (fleet minimisation by the sum of
//! absences).

use super::insertion::Reach;
use super::model::{Model, Node};
use super::opening::Opening;
use super::search::{Search, restore, visits_of};

/// Routes above the least number that capacity allows, as a share of it, up to which dissolving one is tried: with more, time or
/// distance decides how many there are, and the search opens and closes routes by itself.
const SPARE_SHARE: f64 = 0.15;

/// What is left out, and how often each job has been.
struct Absences {
    jobs: Vec<usize>,
    sum: u64,
}

impl Search<'_, '_> {
    /// Dissolves routes until `until` says so or capacity allows no fewer. The plan goes on with the fewest routes that serve
    /// every job.
    pub(crate) fn shed_routes(&mut self, until: &dyn Fn(u64) -> bool, cooled: &dyn Fn(u64) -> f64) {
        let Some(fewest) = fewest(self.model).filter(|_| !self.current.fairness.matters()) else { return };
        let mut counts = vec![0_u64; self.model.n_jobs];
        while self.current.n_absent == 0 && {
            let used = self.used();
            used > fewest && (used - fewest) as f64 <= (SPARE_SHARE * fewest as f64).max(1.0)
        } {
            let before = visits_of(&self.current);
            self.dissolve(&counts);
            while self.current.n_absent > 0 {
                if until(self.iteration) {
                    self.current = restore(self.model, &before);
                    return;
                }
                self.fit_in(&mut counts, cooled);
            }
            self.effort.routes_shed += 1;
            if self.is_better() {
                self.keep_best();
            }
        }
    }

    /// One iteration: as in the search itself, but no route is opened, and absences count before cost.
    fn fit_in(&mut self, counts: &mut [u64], cooled: &dyn Fn(u64) -> f64) {
        let before = self.absences(counts);
        let threshold = self.threshold(cooled);
        self.current.begin();
        let mut jobs = self.ruin();
        let missing = before.jobs.iter().copied().filter(|job| !jobs.contains(job)).collect::<Vec<_>>();
        jobs.extend(missing);
        self.sort_at_random(&mut jobs);
        self.recreate(&jobs, Reach::Near, Opening::CLOSED);
        self.iteration += 1;
        let after = self.absences(counts);
        let routes_only =
            |cost: i64, jobs: &[usize]| jobs.iter().fold(cost, |cost, &job| cost - self.model.absence[job]);
        let same = after.sum == before.sum
            && (routes_only(self.current.cost(), &after.jobs) as f64)
                < routes_only(threshold as i64, &before.jobs) as f64;
        if !(after.jobs.is_empty() || after.sum < before.sum || same) || !self.current.settle(self.model) {
            self.current.roll_back(self.model);
        }
        for &job in &after.jobs {
            counts[job] += 1;
        }
    }

    /// Takes out the route whose jobs are easiest to place, as far as is known: the shortest of those left out most seldom.
    fn dissolve(&mut self, counts: &[u64]) {
        let hard = |visits: &[Node]| visits.iter().map(|&job| counts[job as usize]).sum::<u64>();
        let routes = self.current.routes.iter().enumerate().filter(|(_, route)| !route.is_empty());
        let easiest = routes.min_by_key(|(_, route)| (hard(&route.visits), route.visits.len()));
        if let Some(vehicle) = easiest.map(|(vehicle, _)| vehicle as u32) {
            self.current.begin();
            self.current.sketch(self.model, vehicle, Vec::clear);
        }
    }

    fn absences(&self, counts: &[u64]) -> Absences {
        let jobs: Vec<usize> = self.current.absent().collect();
        // Each counts at least once, so that fewer are fewer from the start.
        Absences { sum: jobs.iter().map(|&job| counts[job] + 1).sum(), jobs }
    }

    fn used(&self) -> usize {
        self.current.routes.iter().filter(|route| !route.is_empty()).count()
    }
}

/// The least number of routes that capacity allows, where only capacity is known to matter for it: one kind of vehicle, no
/// unloading on the way, nothing locked, and every job has to be served.
fn fewest(model: &Model<'_>) -> Option<usize> {
    let [kind] = &model.kinds[..] else { return None };
    if !model.accepts.is_empty() || model.choosy || model.locks.any || kind.grams <= 0 {
        return None;
    }
    let loads = (0..model.n_jobs).flat_map(|job| model.loads(job));
    let grams = loads.map(|load| load.grams).fold(0, i64::saturating_add);
    usize::try_from(grams.saturating_add(kind.grams - 1) / kind.grams).ok()
}
