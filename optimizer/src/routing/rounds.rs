//! The course of a solve: searches side by side in rounds, and a set partitioning over all their routes after each.

use std::sync::atomic::{AtomicBool, Ordering};

use huilu_model::{Cost, Instance, Plan};

use super::decompose::Decomposition;
use super::fairness::Worth;
use super::falling_prices;
use super::model::Model;
use super::neighbours::Neighbours;
use super::params::Params;
use super::pool::Pool;
use super::recombine::{RESERVE_S, Recombined, recombine};
use super::search::{Search, Visits, restore, visits_of};
use super::solution::Solution;
use super::{Outcome, Progress, RoutePool, Statistics, output, warm};
use crate::explain::ways::Patience;
use crate::limits::Limits;
use crate::proof;

/// `whole` are the limits of the run that this search is part of: whoever waits for the run waits for the words on jobs left out as well,
/// while a search that ended before has the time for them.
pub(super) fn solve(
    instance: &Instance,
    warm: Option<&Plan>,
    params: &Params,
    seed: u64,
    (limits, whole): (&Limits<'_>, &Limits<'_>),
    on_progress: &mut dyn FnMut(&Progress),
) -> Outcome {
    let model = Model::new(instance);
    let (visits, notices) = warm.map(|plan| warm::read(&model, plan)).unzip();
    let zoning = Decomposition::zoning(&model, params);
    let neighbours = Neighbours::until(&model, params, &|| limits.is_over());
    let mut statistics = Statistics { pairs_compared: neighbours.pairs_compared, ..Statistics::default() };
    let mut history =
        History { model: &model, limits, trace: Vec::new(), best: None, told: limits.clock.elapsed_s(), on_progress };
    let mut pool = Pool::new(params.pool_max);
    let mut duals = None;
    let mut partitioning = params.use_set_partitioning;
    let dearer =
        if warm.is_none() && zoning.is_none() { falling_prices::models(instance, &model, params) } else { Vec::new() };
    let mut searches: Vec<Search<'_, '_>> = (0..params.threads.max(1))
        .map(|k| Search::new(&model, &neighbours, params, seed.wrapping_add(k as u64 * 0x9E37_79B9)))
        .collect();
    let first = |search: &mut Search<'_, '_>| match &visits {
        Some(visits) => search.start_from(limits, visits),
        None => search.construct(limits),
    };
    side_by_side(&mut searches, first, &first);
    let enough = AtomicBool::new(false);
    let good = |search: &Search<'_, '_>| {
        if params.target.is_some_and(|target| search.best_worth.reaches(target)) {
            enough.store(true, Ordering::Relaxed);
        }
    };
    searches.iter().for_each(&good);
    searches.iter().for_each(|search| history.note(&search.best, search.best_worth, search.iteration));

    let budget = Budget::new(params, limits);
    let mut rounds = params.rounds.max(1);
    if let Some(zoning) = zoning.filter(|_| !enough.load(Ordering::Relaxed)) {
        let iterations = budget.iterations.map(|cap| cap.saturating_mul(searches.len() as u64));
        let (model, neighbours) = (&model, &neighbours);
        let heat = if warm.is_some() { params.warm_temperature } else { 1.0 };
        let recombines = partitioning && params.partition_zones;
        let takes = if recombines && limits.iterations.is_none() { params.partition_share } else { 0.0 };
        let reserve = if takes > 0.0 { RESERVE_S } else { 0.0 };
        let before_it = Limits { seconds: limits.seconds.map(|end| end - end * takes - reserve), ..*limits };
        let parts = Decomposition { model, neighbours, params, limits: &before_it, zoning, seed, heat, iterations };
        searches.sort_by_key(|search| search.best_worth.rank());
        let search = &mut searches[0];
        parts.run(search, &mut |s| history.note(&s.best, s.best_worth, s.iteration));
        search.keep_limits(limits);
        history.note(&search.best, search.best_worth, search.iteration);
        if recombines && !limits.is_over() {
            // The routes of the whole, as they were after each wave of parts.
            let best = (search.best.clone(), search.best_worth);
            let one = std::slice::from_mut(search);
            let answer = partition(model, params, limits, (&mut pool, one), &best, &mut statistics);
            duals = answer.duals;
            if let Some(solution) = answer.better {
                search.adopt(&visits_of(&solution));
                history.note(&search.best, search.best_worth, search.iteration);
            }
        }
        rounds = 0;
    }
    for round in 1..=rounds {
        let dear = dearer.get(round as usize - 1);
        let standing: Vec<Visits> =
            dear.map_or_else(Vec::new, |dear| searches.iter_mut().map(|search| search.price_by(dear)).collect());
        let share = f64::from(round) / f64::from(rounds);
        let until = |iteration: u64| {
            enough.load(Ordering::Relaxed) || limits.reached(iteration) || budget.spent(iteration) >= share
        };
        let cooled = |iteration: u64| budget.spent(iteration);
        side_by_side(
            &mut searches,
            |search| {
                search.run(&until, &cooled, &mut |s| {
                    good(s);
                    match dear {
                        None => history.note(&s.best, s.best_worth, s.iteration),
                        Some(_) => history.beat(s.iteration),
                    }
                });
            },
            &|search| search.run(&until, &cooled, &mut |s| good(s)),
        );
        let look = |search: &mut Search<'_, '_>| {
            search.keep_limits(limits);
            search.look_everywhere(limits);
        };
        side_by_side(&mut searches, look, &look);
        for (search, best) in searches.iter_mut().zip(standing) {
            search.price_by(&model);
            search.keep_better(best);
        }
        searches.iter().for_each(|search| history.note(&search.best, search.best_worth, search.iteration));
        if round == rounds || limits.cancelled() || enough.load(Ordering::Relaxed) {
            break;
        }
        let Some(mut best) = best_of(&searches) else { break };
        let mut found = false;
        if partitioning && share >= params.partition_from {
            let answer = partition(&model, params, limits, (&mut pool, &mut searches), &best, &mut statistics);
            // What one relaxation has not finished in its time, the next will not: the pool only grows.
            partitioning = answer.duals.is_some() || limits.iterations.is_some();
            duals = answer.duals.or(duals);
            if let Some(solution) = answer.better {
                best = (visits_of(&solution), solution.worth());
                history.note(&best.0, best.1, searches[0].iteration);
                found = true;
            }
        }
        // Early on the searches stay apart; later all follow the best.
        for (k, search) in searches.iter_mut().enumerate() {
            if (found && k == 0) || (round * 2 >= rounds && search.current.cost() > best.1.price()) {
                search.adopt(&best.0);
            }
        }
        if round <= params.shed_rounds {
            let over =
                |iteration: u64| limits.reached(iteration) || budget.spent(iteration) >= share + params.shed_share;
            let shed = |search: &mut Search<'_, '_>| search.shed_routes(&over, &cooled);
            side_by_side(&mut searches, shed, &shed);
        }
    }
    for search in &searches {
        statistics.places_tried += search.effort.places_tried;
        statistics.insertions += search.effort.insertions;
        statistics.routes_shed += search.effort.routes_shed;
    }
    searches.iter_mut().flat_map(|search| search.pool.routes.drain(..)).for_each(|route| pool.add(route));
    let iterations = searches.iter().map(|search| search.iteration).sum();
    let trace = history.trace;
    let best = (0..searches.len()).min_by_key(|&k| searches[k].best_worth.rank());
    let solution = best.map_or_else(|| Solution::new(&model), |best| searches.swap_remove(best).into_best());
    let served = solution.absent().all(|job| instance.jobs[job].penalty.is_some());
    let feasible = served && solution.keeps_promises(&model) && solution.fairness.is_allowed();
    // A search that ended by its own seconds is a part of the run, and the rest of the run has time for words on jobs left out. Any other end
    // is that of the run, and is waited for.
    let waited_for = limits.cancelled() || limits.seconds_left() != Some(0.0);
    let legs = if waited_for { PROOF_LEGS } else { u64::MAX };
    Outcome {
        plan: output::plan_within(&model, &solution, Patience { legs, over: &|| is_late(whole) }),
        feasible,
        iterations,
        trace,
        duals,
        pool: RoutePool(pool.routes),
        statistics,
        notices: notices.unwrap_or_default(),
    }
}

/// Told to end, or beyond the time by more than proofs on jobs left out may take.
fn is_late(whole: &Limits<'_>) -> bool {
    whole.cancelled() || whole.seconds.is_some_and(|end| whole.clock.elapsed_s() >= end + PROOFS_S)
}

/// The first search runs on the calling thread (and may report), the others beside it.
fn side_by_side<'m, 'a>(
    searches: &mut [Search<'m, 'a>],
    mut first: impl FnMut(&mut Search<'m, 'a>),
    other: &(dyn Fn(&mut Search<'m, 'a>) + Sync),
) {
    let Some((own, others)) = searches.split_first_mut() else { return };
    std::thread::scope(|scope| {
        for search in others {
            scope.spawn(move || other(search));
        }
        first(own);
    });
}

/// A set partitioning over the routes met so far, those since the last one included.
fn partition(
    model: &Model<'_>,
    params: &Params,
    limits: &Limits<'_>,
    (pool, searches): (&mut Pool, &mut [Search<'_, '_>]),
    (best, worth): &(Visits, Worth),
    statistics: &mut Statistics,
) -> Recombined {
    for search in searches {
        let met = std::mem::replace(&mut search.pool, Pool::new(params.pool_max));
        met.routes.into_iter().for_each(|route| pool.add(route));
    }
    let answer = recombine(model, params, limits, pool, best);
    statistics.partitions += 1;
    statistics.pool_routes = pool.routes.len();
    if let Some(solution) = &answer.better {
        statistics.partitions_better += 1;
        statistics.partition_saved += Cost(worth.price() - solution.worth().price());
    }
    answer
}

fn best_of(searches: &[Search<'_, '_>]) -> Option<(Visits, Worth)> {
    let best = searches.iter().min_by_key(|search| search.best_worth.rank())?;
    Some((best.best.clone(), best.best_worth))
}

/// Seconds after the time limit until when jobs left out are proved impossible. One such proof may take some hundredths.
const PROOFS_S: f64 = 0.05;

/// Legs that such proofs look at, in all, after a search that ended before its time: about a tenth of a second. Counted, so that capped runs repeat.
const PROOF_LEGS: u64 = 40_000_000;

/// Seconds between two words of a search that finds nothing better.
const BEAT_S: f64 = 1.0;

/// How much of the run is over. An iteration cap goes before the clock, so that a capped run repeats.
struct Budget<'l> {
    limits: &'l Limits<'l>,
    iterations: Option<u64>,
    started: f64,
}

impl<'l> Budget<'l> {
    fn new(params: &Params, limits: &'l Limits<'l>) -> Self {
        let default = limits.seconds.is_none().then_some(params.iterations_default);
        Self { limits, iterations: limits.iterations.or(default), started: limits.clock.elapsed_s() }
    }

    /// From 0 to 1.
    fn spent(&self, iteration: u64) -> f64 {
        let share = match (self.iterations, self.limits.seconds) {
            (Some(0), _) => 1.0,
            (Some(cap), _) => iteration as f64 / cap as f64,
            (None, Some(limit)) if limit > self.started => {
                (self.limits.clock.elapsed_s() - self.started) / (limit - self.started)
            }
            (None, _) => 1.0,
        };
        share.clamp(0.0, 1.0)
    }
}

/// The better and better plans, as they are told to the caller.
struct History<'h, 'a> {
    model: &'h Model<'a>,
    limits: &'h Limits<'h>,
    trace: Vec<Progress>,
    best: Option<Worth>,
    /// When the caller last heard of it.
    told: f64,
    on_progress: &'h mut dyn FnMut(&Progress),
}

impl History<'_, '_> {
    fn note(&mut self, visits: &Visits, worth: Worth, iteration: u64) {
        if self.best.is_some_and(|best| !worth.beats(best)) {
            return self.beat(iteration);
        }
        self.best = Some(worth);
        // Changes too many are no part of a plan's cost.
        let reference = self.model.locks.reference.as_ref();
        let cost = reference.map_or(worth.cost, |reference| worth.cost % reference.price);
        let mut served = vec![false; self.model.n_jobs];
        for &node in visits.iter().flatten().filter(|&&node| self.model.is_job(node)) {
            served[node as usize] = true;
        }
        let absent = (0..self.model.n_jobs).filter(|&job| !served[job]);
        let (mut unassigned, mut unpriced, mut complete) = (0, 0, worth.is_allowed());
        for job in absent {
            unassigned += 1;
            complete &= self.model.instance.jobs[job].penalty.is_some();
            // Only real penalties are part of a plan's cost.
            unpriced += self.model.absence[job] - self.model.instance.jobs[job].penalty.map_or(0, |p| p.0);
        }
        let seconds = self.limits.clock.elapsed_s();
        let cost = Cost(cost - unpriced);
        let covered = complete.then(|| cost - self.uncovered(visits));
        let progress = Progress { seconds, iteration, cost, unassigned, covered, lower_bound: None };
        self.trace.push(progress);
        self.told = seconds;
        (self.on_progress)(&progress);
    }

    /// What of a plan's cost belongs to no route, and no bound speaks of.
    fn uncovered(&self, visits: &Visits) -> Cost {
        if proof::leaves_out(self.model.instance).is_empty() {
            return Cost(0);
        }
        let solution = restore(self.model, visits);
        Cost(solution.fairness.cost() + solution.routes.iter().map(|route| route.sprawl).sum::<i64>())
    }

    /// Says how far the search is where nothing better is found.
    fn beat(&mut self, iteration: u64) {
        let seconds = self.limits.clock.elapsed_s();
        if seconds < self.told + BEAT_S {
            return;
        }
        self.told = seconds;
        if let Some(&last) = self.trace.last() {
            (self.on_progress)(&Progress { seconds, iteration, ..last });
        }
    }
}
