//! From a plan that passes limits on spreads to one that keeps them, by leaving jobs out.
//!
//! The search passes limits on its way, at a price, and may be told to end before it has come back, or never come back from a very
//! tight one. What is best then would be the plan in which nobody goes out. Here instead, for each limit that is passed, the band of days
//! is chosen that leaves out least: longer days lose the visits that are worth least for what they take, shorter ones stay at home.

use std::cmp::Reverse;
use std::collections::HashMap;

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

/// How often bands are chosen anew, for each limit, before days that have lost too much stay at home. No number is the best for all days.
const PASSES: [usize; 3] = [2, 0, 8];
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
        let end = limits.moment(PUT_BACK_SHARE).map(|moment| moment + PUT_BACK_S);
        for (trial, passes) in PASSES.into_iter().enumerate() {
            if trial > 0 {
                // Whoever waits for the end need not wait for this.
                if limits.is_over() {
                    return;
                }
                self.set_out_from(&standing);
            }
            if cut_back(self.model, &mut self.current, passes) {
                self.put_back(&Limits { seconds: end, ..*limits });
                self.keep_if_best();
            }
        }
        if !limits.is_over() {
            self.set_out_from(&standing);
        }
    }

    /// The current plan becomes one that keeps all limits on spreads, as far as that is possible, and is kept should it be the best.
    pub(crate) fn cut_back(&mut self) {
        if !self.current.fairness.is_allowed() && cut_back(self.model, &mut self.current, PASSES[0]) {
            self.keep_if_best();
        }
    }

    /// Inserts jobs left out, one by one, where all limits on spreads still hold then, until `limits` are over.
    fn put_back(&mut self, limits: &Limits<'_>) {
        let model = self.model;
        let mut jobs: Vec<usize> = self.current.absent().collect();
        // What follows another job comes after it.
        jobs.sort_by_key(|&job| (model.locks.depth(job), Reverse(model.absence[job]), job));
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

/// Leaves jobs out until all limits on spreads hold; bands are chosen anew so many times for each limit before days that are too short then
/// stay at home. `false` where leaving out is not enough: whoever has locked visits has to go out.
fn cut_back(model: &Model<'_>, solution: &mut Solution, passes: usize) -> bool {
    let mut done: HashMap<(usize, Unit), usize> = HashMap::new();
    while let Some(passed) = solution.fairness.passed() {
        let pass = done.entry((passed.group, passed.unit)).or_default();
        let (low, high) =
            band(&passed, |vehicle| (goes_out(model, solution, vehicle), served(model, solution, vehicle)));
        let before = solution.n_absent;
        for &(vehicle, day) in &passed.days {
            if day > high {
                shorten(model, solution, vehicle, passed.unit, (low, high));
            }
            let now = solution.fairness.day_of(vehicle).map_or(low, |day| passed.unit.of(day));
            // Nobody on duty is shorter than those at home.
            if now < low && passed.among != Among::OnDuty && (day < low || *pass >= passes) {
                stay_at_home(model, solution, vehicle);
            }
        }
        if solution.n_absent == before {
            return false;
        }
        *pass += 1;
    }
    true
}

fn goes_out(model: &Model<'_>, solution: &Solution, vehicle: VehicleIdx) -> bool {
    model.kinds[solution.routes[vehicle].kind].locked_rows() > 0
}

/// What it would cost to leave out all that a vehicle serves.
fn served(model: &Model<'_>, solution: &Solution, vehicle: VehicleIdx) -> f64 {
    let jobs = solution.routes[vehicle].visits.iter().filter(|&&node| model.is_job(node));
    jobs.map(|&job| model.absence[job as usize] as f64).sum()
}

/// The least and the greatest of days as wide apart as the limit lets them be, for which the rest of all other days is worth least.
/// `about` tells whether a vehicle has to go out, and what it serves.
fn band(passed: &Passed, about: impl Fn(VehicleIdx) -> (bool, f64)) -> (i64, i64) {
    let days: Vec<(f64, bool, f64)> = passed
        .days
        .iter()
        .map(|&(vehicle, day)| {
            let (goes_out, worth) = about(vehicle);
            (day as f64, goes_out, worth)
        })
        .collect();
    let everything: f64 = days.iter().map(|(.., worth)| worth).sum();
    let loss = |low: i64| -> f64 {
        let high = low.saturating_add(passed.most) as f64;
        let of_day = |&(day, goes_out, worth): &(f64, bool, f64)| match day < low as f64 {
            // The limit is passed then, whatever is left out.
            true if goes_out => 1.0 + everything,
            true => worth,
            false => worth * ((day - high) / day).max(0.0),
        };
        days.iter().map(of_day).sum()
    };
    let lows = passed.days.iter().map(|&(_, day)| day);
    let low = match passed.among {
        Among::OnDuty => lows.min(),
        Among::Used => lows.min_by(|&a, &b| loss(a).total_cmp(&loss(b))),
    };
    let low = low.unwrap_or(0);
    (low, low.saturating_add(passed.most))
}

/// Takes visits out of a vehicle's day until it is no longer than `high`, those first that are worth least for what they take.
fn shorten(model: &Model<'_>, solution: &mut Solution, vehicle: VehicleIdx, unit: Unit, (low, high): (i64, i64)) {
    while let Some(day) = solution.fairness.day_of(vehicle).map(|day| unit.of(day)).filter(|&day| day > high) {
        let before = solution.n_absent;
        let mut rows: Vec<(usize, i64)> = taken(model, solution, vehicle, unit);
        let worth = |row: usize| model.absence[solution.routes[vehicle].visits[row] as usize] as f64;
        rows.sort_by(|a, b| (worth(a.0) * b.1 as f64).total_cmp(&(worth(b.0) * a.1 as f64)));
        let marked = enough(&rows, day - high, day - low);
        solution.begin();
        ruin::pull(model, solution, vehicle as u32, &marked, &mut Vec::new());
        if !solution.settle(model) {
            solution.roll_back(model);
        }
        if solution.n_absent == before {
            // A detour was the faster way, or all that is left is locked.
            stay_at_home(model, solution, vehicle);
            return;
        }
    }
}

/// The first rows that take `least` or more together, and no more than `most` if that is possible without looking back.
fn enough(rows: &[(usize, i64)], least: i64, most: i64) -> Vec<usize> {
    let gathered = |most: i64| {
        let (mut marked, mut sum) = (Vec::new(), 0_i64);
        for &(row, amount) in rows {
            if sum >= least {
                break;
            }
            if sum.saturating_add(amount) <= most {
                sum += amount;
                marked.push(row);
            }
        }
        (sum >= least).then_some(marked)
    };
    gathered(most).or_else(|| gathered(i64::MAX)).unwrap_or_else(|| rows.iter().map(|&(row, _)| row).collect())
}

/// Rows of a vehicle's jobs that may go, with the seconds or grams that the day loses with each; what takes nothing is no help.
fn taken(model: &Model<'_>, solution: &Solution, vehicle: VehicleIdx, unit: Unit) -> Vec<(usize, i64)> {
    let route = &solution.routes[vehicle];
    let kind = &model.kinds[route.kind];
    let place = |node: Option<&Node>, end: usize| node.map_or(end, |&node| model.place(node));
    let rows = route.visits.iter().enumerate().skip(kind.locked_rows());
    let amounts = rows.filter(|&(_, &node)| model.is_job(node)).map(|(row, &job)| {
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
        (row, amount)
    });
    amounts.filter(|&(_, amount)| amount > 0).collect()
}

/// Nothing but its locked beginning is left of a vehicle's day.
fn stay_at_home(model: &Model<'_>, solution: &mut Solution, vehicle: VehicleIdx) {
    solution.begin();
    if !(beginnings::reset(model, solution, vehicle as u32) && solution.settle(model)) {
        solution.roll_back(model);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use huilu_model::instance::Parts;
    use huilu_model::locks::{LockedVisit, PrefixLock};
    use huilu_model::{
        Balance, Compartment, Cost, Grams, Instance, Job, Litres, Load, Matrix, Place, Seconds, StreamSet, Vehicle,
        Window,
    };
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

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
                assert!(cut_back(&model, &mut search.current, PASSES[0]), "seed {seed}");
                assert_eq!(before, visits_of(&search.current), "seed {seed}: nothing had to change");
                continue;
            }
            assert!(cut_back(&model, &mut search.current, PASSES[0]), "seed {seed}");
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

    /// Jobs of so many seconds and grams, and what it costs to leave them out; no ways lie between them. Each vehicle does what its route
    /// says, and the first job of all is locked where somebody `begins` with it.
    fn cut(
        jobs: &[(i64, i64, i64)],
        routes: &[Vec<u32>],
        balance: Vec<Balance>,
        begins: bool,
        passes: usize,
    ) -> Option<Vec<Vec<Node>>> {
        let n_places = jobs.len() + 1;
        let legs = vec![0_u32; n_places * n_places];
        let whole = Window { start: Seconds(0), end: Seconds(100_000) };
        let plenty = (Grams(1_000_000), Litres(1_000_000));
        let job = |(k, &(seconds, grams, penalty)): (usize, &(i64, i64, i64))| Job {
            id: format!("j{k}"),
            place: k + 1,
            loads: vec![Load { stream: 0, grams: Grams(grams), litres: Litres(0) }],
            windows: vec![whole],
            service: Seconds(seconds),
            penalty: Some(Cost(penalty)),
            ..Job::default()
        };
        let room = Compartment { streams: StreamSet(1), grams: plenty.0, litres: plenty.1 };
        let vehicle = |k: usize| Vehicle {
            id: format!("v{k}"),
            grams: plenty.0,
            compartments: vec![room.clone()],
            shift: whole,
            cost_per_second: Cost(1),
            ..Vehicle::default()
        };
        let mut parts = Parts {
            name: "service".to_owned(),
            cost_scale: 1,
            streams: vec!["paper".to_owned()],
            places: (0..n_places).map(|k| Place { id: format!("p{k}"), ..Place::default() }).collect(),
            travel: vec![
                Matrix { profile: "van".to_owned(), size: n_places, seconds: legs.clone(), metres: legs }.into(),
            ],
            jobs: jobs.iter().enumerate().map(job).collect(),
            vehicles: (0..routes.len()).map(vehicle).collect(),
            balance,
            ..Parts::default()
        };
        if begins {
            let visits = vec![LockedVisit::Job(0)];
            parts.locks.prefixes = vec![PrefixLock { vehicle: 0, visits, ..PrefixLock::default() }];
        }
        let instance = Instance::new(parts).expect("valid");
        let model = Model::new(&instance);
        let mut solution = Solution::new(&model);
        for (vehicle, visits) in routes.iter().enumerate() {
            assert!(solution.replace(&model, vehicle as u32, |own| own.clone_from(visits)));
        }
        assert!(!solution.fairness.is_allowed());
        cut_back(&model, &mut solution, passes).then(|| visits_of(&solution))
    }

    fn seconds_apart(vehicles: std::ops::Range<usize>, most: i64, among: Among) -> Balance {
        Balance { vehicles: vehicles.collect(), among, spread_max: Some(Seconds(most)), ..Balance::default() }
    }

    fn served(plan: &[Vec<Node>]) -> usize {
        plan.iter().map(Vec::len).sum()
    }

    #[test]
    fn the_band_holds_who_has_to_go_out() {
        let mut jobs = vec![(3_600, 10, 1_000)];
        jobs.extend([(1_800, 10, 50_000); 12]);
        let routes = [vec![0], (1..7).collect(), (7..13).collect()];
        let plan = cut(&jobs, &routes, vec![seconds_apart(0..3, 3_600, Among::Used)], true, 2).expect("possible");
        assert_eq!(plan.iter().map(Vec::len).collect::<Vec<_>>(), [1, 4, 4]);
    }

    #[test]
    fn what_is_locked_stays_and_one_job_goes_where_one_is_enough() {
        let mut jobs = vec![(7_200, 10, 1_000)];
        jobs.extend([(1_800, 10, 50_000); 4]);
        jobs.push((7_200, 10, 50_000));
        let routes = [vec![0, 1, 2, 3, 4], vec![5]];
        let plan = cut(&jobs, &routes, vec![seconds_apart(0..2, 6_300, Among::Used)], true, 2).expect("possible");
        assert_eq!((plan[0].len(), plan[1].len()), (4, 1), "{plan:?}");
    }

    #[test]
    fn what_weighs_nothing_stays_under_a_limit_on_weight() {
        let mut jobs = vec![(60, 0, 100); 10];
        jobs.extend([(60, 100, 50_000); 12]);
        let weight = Balance { vehicles: vec![0, 1], spread_max_grams: Some(Grams(750)), ..Balance::default() };
        let plan = cut(&jobs, &[(0..20).collect(), vec![20, 21]], vec![weight], false, 2).expect("possible");
        assert_eq!(served(&plan), 21);
    }

    /// Districts of three vehicles, all alike but for a few seconds a job.
    #[test]
    fn each_group_has_passes_of_its_own() {
        let service = |vehicle: i64, k: i64| 600 + 130 * vehicle + 70 * ((k * 5 + vehicle) % 6);
        let district: Vec<_> = (0..18).map(|k| (service(k / 6, k % 6), 10, 50_000)).collect();
        let jobs = district.repeat(12);
        let routes: Vec<Vec<u32>> = (0..36).map(|vehicle| (6 * vehicle..6 * vehicle + 6).collect()).collect();
        let groups = (0..12).map(|group| seconds_apart(3 * group..3 * group + 3, 300, Among::Used));
        let plan = cut(&jobs, &routes, groups.collect(), false, 2).expect("possible");
        let of_groups: Vec<usize> = plan.chunks(3).map(served).collect();
        assert!(of_groups.iter().all(|&served| served == of_groups[0] && served >= 6), "{of_groups:?}");
    }

    /// Jobs served of nearly 600, the best of all numbers of passes.
    #[test]
    fn however_tight_a_limit_is_many_are_served() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
        let (mut jobs, mut routes) = (Vec::new(), Vec::new());
        for _ in 0..40 {
            let n = rng.random_range(8..22_u32);
            routes.push((jobs.len() as u32..jobs.len() as u32 + n).collect::<Vec<u32>>());
            jobs.extend((0..n).map(|_| (rng.random_range(300..1_500), 10, 50_000)));
        }
        for (among, most, least) in [
            (Among::Used, 0, 10),
            (Among::Used, 120, 200),
            (Among::Used, 600, 350),
            (Among::Used, 1_800, 380),
            (Among::OnDuty, 600, 280),
            (Among::OnDuty, 900, 300),
        ] {
            let plans =
                PASSES.map(|passes| cut(&jobs, &routes, vec![seconds_apart(0..40, most, among)], false, passes));
            let best = plans.iter().flatten().map(|plan| served(plan)).max().unwrap_or(0);
            assert!(best >= least, "{among:?}, {most} s: {best} served");
        }
    }
}
