//! From a plan that passes limits on spreads to one that keeps them, by leaving jobs out.
//!
//! The search passes limits on its way, at a price, and may be told to end before it has come back, or never come back from a very
//! tight one. What is best then would be the plan in which nobody goes out. Here instead, for each limit that is passed, the band of days
//! is chosen that leaves out least: longer days lose the visits that are worth least for what they take, shorter ones stay at home.

use std::cmp::Reverse;

use huilu_model::{Among, VehicleIdx};

use super::beginnings;
use super::fairness::{Passed, Unit};
use super::insertion::Reach;
use super::model::{Model, Node};
use super::opening::Opening;
use super::ruin;
use super::search::{Search, visits_of};
use super::solution::Solution;
use crate::limits::Limits;

/// Bands that are chosen anew for a day that has lost too much, before it stays at home.
const PASSES_MAX: usize = 8;
/// Of the time that is left, how much goes into putting jobs back; and so much when none is.
const PUT_BACK_SHARE: f64 = 0.02;
const PUT_BACK_S: f64 = 0.03;

impl Search<'_, '_> {
    /// Where the current plan passes a limit on spreads, keeps one made of it that does not, should that be the best so far; the search
    /// goes on from where it was.
    pub(crate) fn keep_limits(&mut self, limits: &Limits<'_>) {
        if self.current.fairness.is_allowed() {
            return;
        }
        let standing = visits_of(&self.current);
        let now = limits.clock.elapsed_s();
        let end = limits.seconds.map(|end| now + PUT_BACK_SHARE * (end - now).max(0.0) + PUT_BACK_S);
        if cut_back(self.model, &mut self.current) {
            self.put_back(&Limits { seconds: end, ..*limits });
            self.keep_if_best();
        }
        // Whoever waits for the end need not wait for this.
        if !limits.is_over() {
            self.set_out_from(&standing);
        }
    }

    /// Inserts jobs left out, one by one, where all limits on spreads still hold then, until `limits` are over.
    fn put_back(&mut self, limits: &Limits<'_>) {
        let model = self.model;
        let mut jobs: Vec<usize> = self.current.absent().collect();
        jobs.sort_by_key(|&job| (Reverse(model.absence[job]), job));
        for job in jobs {
            if limits.is_over() {
                return;
            }
            self.current.begin();
            let before = self.current.worth();
            self.recreate(&[job], Reach::Near, Opening::default());
            if !(self.current.settle(model) && self.current.worth().beats(before)) {
                self.current.roll_back(model);
            }
        }
    }
}

/// Leaves jobs out until all limits on spreads hold. `false` where that is not enough, as under locks.
fn cut_back(model: &Model<'_>, solution: &mut Solution) -> bool {
    let mut pass = 0;
    while let Some(passed) = solution.fairness.passed() {
        let (low, high) = band(&passed, |vehicle| served(model, solution, vehicle));
        let n_served = model.n_jobs - solution.n_absent;
        for &(vehicle, day) in &passed.days {
            let possible = match day {
                day if day > high => shorten(model, solution, vehicle, passed.unit, high),
                // Nobody is shorter than those at home.
                day if day < low && passed.among != Among::OnDuty => stay_at_home(model, solution, vehicle),
                _ => true,
            };
            let now = solution.fairness.day_of(vehicle).map_or(low, |day| passed.unit.of(day));
            if !possible || (pass >= PASSES_MAX && now < low && !stay_at_home(model, solution, vehicle)) {
                return false;
            }
        }
        if model.n_jobs - solution.n_absent >= n_served {
            return false;
        }
        pass += 1;
    }
    true
}

/// What it would cost to leave out all that a vehicle serves.
fn served(model: &Model<'_>, solution: &Solution, vehicle: VehicleIdx) -> f64 {
    let jobs = solution.routes[vehicle].visits.iter().filter(|&&node| model.is_job(node));
    jobs.map(|&job| model.absence[job as usize] as f64).sum()
}

/// The least and the greatest of days as wide apart as the limit lets them be, for which the rest of all other days is worth least.
fn band(passed: &Passed, served: impl Fn(VehicleIdx) -> f64) -> (i64, i64) {
    let days: Vec<(f64, f64)> = passed.days.iter().map(|&(vehicle, day)| (day as f64, served(vehicle))).collect();
    let loss = |low: i64| -> f64 {
        let high = low.saturating_add(passed.most) as f64;
        let part = |day: f64| if day < low as f64 { 1.0 } else { ((day - high) / day).max(0.0) };
        days.iter().map(|&(day, worth)| worth * part(day)).sum()
    };
    let lows = passed.days.iter().map(|&(_, day)| day);
    let low = match passed.among {
        Among::OnDuty => lows.min(),
        _ => lows.min_by(|&a, &b| loss(a).total_cmp(&loss(b))),
    };
    let low = low.unwrap_or(0);
    (low, low.saturating_add(passed.most))
}

/// Takes visits out of a vehicle's day until it is no longer than `high`, those first that are worth least for what they take.
fn shorten(model: &Model<'_>, solution: &mut Solution, vehicle: VehicleIdx, unit: Unit, high: i64) -> bool {
    while let Some(day) = solution.fairness.day_of(vehicle).map(|day| unit.of(day)).filter(|&day| day > high) {
        let before = solution.n_absent;
        let mut rows: Vec<(usize, i64)> = taken(model, solution, vehicle, unit);
        let worth = |row: usize| model.absence[solution.routes[vehicle].visits[row] as usize] as f64;
        rows.sort_by(|a, b| (worth(a.0) * b.1 as f64).total_cmp(&(worth(b.0) * a.1 as f64)));
        let mut to_go = day - high;
        let enough = rows.iter().position(|&(_, amount)| {
            to_go -= amount;
            to_go <= 0
        });
        let marked: Vec<usize> = rows[..enough.map_or(rows.len(), |last| last + 1)].iter().map(|row| row.0).collect();
        solution.begin();
        ruin::pull(model, solution, vehicle as u32, &marked, &mut Vec::new());
        if !solution.settle(model) {
            solution.roll_back(model);
        }
        // Locked, or a detour that was the faster way.
        if solution.n_absent == before && !stay_at_home(model, solution, vehicle) {
            return false;
        }
    }
    true
}

/// Rows of a vehicle's jobs, with the seconds or grams that each of them takes of the day.
fn taken(model: &Model<'_>, solution: &Solution, vehicle: VehicleIdx, unit: Unit) -> Vec<(usize, i64)> {
    let route = &solution.routes[vehicle];
    let kind = &model.kinds[route.kind];
    let place = |node: Option<&Node>, end: usize| node.map_or(end, |&node| model.place(node));
    let jobs = route.visits.iter().enumerate().filter(|&(_, &node)| model.is_job(node));
    jobs.map(|(row, &job)| {
        let amount = match unit {
            Unit::Grams => model.loads(job as usize).iter().map(|load| load.grams).sum(),
            Unit::Seconds => {
                let before = place(row.checked_sub(1).map(|row| &route.visits[row]), kind.start);
                let (here, after) = (model.place(job), place(route.visits.get(row + 1), kind.end));
                let ways = model.seconds(kind, before, here) + model.seconds(kind, here, after)
                    - model.seconds(kind, before, after);
                model.nodes[job as usize].service + ways
            }
        };
        (row, amount.max(1))
    })
    .collect()
}

/// `false` where the vehicle was at home, or has to go out.
fn stay_at_home(model: &Model<'_>, solution: &mut Solution, vehicle: VehicleIdx) -> bool {
    let before = solution.n_absent;
    solution.begin();
    if beginnings::reset(model, solution, vehicle as u32) && solution.settle(model) {
        return solution.n_absent > before || solution.routes[vehicle].is_empty();
    }
    solution.roll_back(model);
    false
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::limits::NoClock;
    use crate::routing::cases::balanced;
    use crate::routing::neighbours::Neighbours;
    use crate::routing::output;
    use crate::routing::params::Params;

    #[test]
    fn what_is_cut_back_keeps_all_limits_and_adds_nothing() {
        let cancel = AtomicBool::new(false);
        let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(0), cancel: &cancel };
        let params = Params::default();
        let (mut cut, mut served) = (0, 0);
        for seed in 0..400 {
            let instance = balanced(seed, 12, 4, 2);
            let model = Model::new(&instance);
            let neighbours = Neighbours::new(&model, &params);
            let mut search = Search::new(&model, &neighbours, &params, seed);
            search.construct(&limits);
            let before = visits_of(&search.current);
            if search.current.fairness.is_allowed() {
                assert!(cut_back(&model, &mut search.current), "seed {seed}");
                assert_eq!(before, visits_of(&search.current), "seed {seed}: nothing had to change");
                continue;
            }
            assert!(cut_back(&model, &mut search.current), "seed {seed}");
            let after = visits_of(&search.current);
            for (before, after) in before.iter().zip(&after) {
                assert!(after.iter().all(|node| before.contains(node)), "seed {seed}: {before:?} {after:?}");
            }
            let report = huilu_check::check(&instance, &output::plan(&model, &search.current));
            assert!(report.only_mandatory_jobs_missing(), "seed {seed}: {:#?}", report.violations);
            cut += 1;
            served += u64::from(search.current.n_absent < model.n_jobs);
        }
        assert!(cut > 15 && served * 2 > cut, "{served} of {cut} serve anybody");
    }
}
