//! Set partitioning over the pool, and the way back to a solution.

use std::collections::HashMap;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use super::JobDuals;
use super::model::Model;
use super::params::Params;
use super::pool::{Pool, PooledRoute};
use super::route::Route;
use super::search::{Visits, restore};
use super::solution::{NOWHERE, Solution};
use super::unloads;
use crate::limits::Limits;
use crate::lp::partition::{Column, PartitionProblem, partition};

pub(crate) struct Recombined {
    /// Strictly cheaper than the incumbent.
    pub(crate) better: Option<Solution>,
    pub(crate) duals: Option<JobDuals>,
}

/// Seconds of the limit that are left for whatever comes after a set partitioning.
pub(super) const RESERVE_S: f64 = 0.2;

/// How long it may take until a set partitioning is given up.
const CANCEL_SEEN_AFTER: Duration = Duration::from_millis(20);
/// Bytes.
const PARTITION_STACK: usize = 8 << 20;

/// A failure of HiGHS is no failure of the search: then there is simply nothing better.
pub(crate) fn recombine(
    model: &Model<'_>,
    params: &Params,
    limits: &Limits<'_>,
    pool: &mut Pool,
    incumbent: &Visits,
) -> Recombined {
    let nothing = Recombined { better: None, duals: None };
    let before = restore(model, incumbent);
    pool.add_routes(model, &before);
    let seconds = match (limits.seconds, limits.iterations) {
        // A capped run must repeat, so the clock stops it only at its very end.
        (Some(_), Some(_)) => limits.seconds_left(),
        (Some(limit), None) => {
            Some((limit * params.partition_share).min(limits.seconds_left().unwrap_or(0.0) - RESERVE_S))
        }
        (None, _) => None,
    };
    if seconds.is_some_and(|left| left <= 0.0) {
        return nothing;
    }
    let problem = problem(model, pool, &before);
    // Relaxation and branching each get half.
    let (nodes, seconds) = (params.partition_nodes, seconds.map(|s| s / 2.0));
    let incumbent = problem.incumbent.clone();
    let Some(answer) = aside(move || partition(&problem, nodes, seconds).ok().flatten(), limits).flatten() else {
        return nothing;
    };
    // The pool may know better orders of the same jobs than the incumbent has.
    let chosen = answer.chosen.unwrap_or(incumbent);
    let chosen = assemble(model, chosen.iter().map(|&k| &pool.routes[k]));
    Recombined {
        better: Some(chosen).filter(|solution| solution.worth().beats(before.worth())),
        duals: Some(JobDuals(answer.job_duals)),
    }
}

/// HiGHS cannot be interrupted, so it works aside: when the search is cancelled, or its time is over, the answer is no longer waited
/// for. `None` where there is none.
pub(crate) fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static, limits: &Limits<'_>) -> Option<T> {
    let (answer, answered) = mpsc::channel();
    let work = move || {
        let _ = answer.send(work());
    };
    std::thread::Builder::new().stack_size(PARTITION_STACK).spawn(work).ok()?;
    loop {
        match answered.recv_timeout(CANCEL_SEEN_AFTER) {
            Ok(found) => return Some(found),
            Err(RecvTimeoutError::Timeout) if !limits.cancelled() && limits.seconds_left() != Some(0.0) => {}
            Err(_) => return None,
        }
    }
}

fn problem(model: &Model<'_>, pool: &Pool, incumbent: &Solution) -> PartitionProblem {
    let mut limit_of: HashMap<(usize, usize), usize> = HashMap::new();
    let mut limits = Vec::new();
    for outlet in (0..model.accepts.len()).filter(|&outlet| model.limited[outlet]) {
        for stream in 0..model.n_streams {
            let (grams, litres) = model.room[outlet * model.n_streams + stream];
            if grams != i64::MAX {
                // In kilograms and hectolitres, near the size of the other numbers.
                limit_of.insert((outlet, stream), limits.len());
                limits.extend([grams as f64 / 1e3, litres as f64 / 1e2]);
            }
        }
    }
    let changes = model.locks.reference.as_ref().map(|reference| {
        // As many jobs at least stay as they were.
        limits.push(-((reference.jobs.saturating_sub(reference.most)) as f64));
        limits.len() - 1
    });
    let columns = pool.routes.iter().map(|route| {
        let mut uses: Vec<(usize, f64)> = Vec::new();
        for d in &route.deliveries {
            if let Some(&at) = limit_of.get(&(d.outlet, d.stream)) {
                for (row, amount) in [(at, d.grams as f64 / 1e3), (at + 1, d.litres as f64 / 1e2)] {
                    match uses.iter_mut().find(|(known, _)| *known == row) {
                        Some(entry) => entry.1 += amount,
                        None => uses.push((row, amount)),
                    }
                }
            }
        }
        uses.extend(changes.filter(|_| route.kept > 0).map(|at| (at, -(route.kept as f64))));
        Column { cost: route.cost as f64, kind: route.kind, jobs: route.jobs.clone(), uses }
    });
    let known: HashMap<(usize, &[u32]), usize> =
        pool.routes.iter().enumerate().map(|(k, route)| ((route.kind, route.jobs.as_slice()), k)).collect();
    let used = incumbent.routes.iter().filter(|route| !route.is_empty()).map(|route| PooledRoute::new(model, route));
    PartitionProblem {
        absence: model.absence.iter().map(|&price| price as f64).collect(),
        fleet: model.kinds.iter().map(|kind| kind.members.len()).collect(),
        limits,
        columns: columns.collect(),
        incumbent: used.filter_map(|route| known.get(&(route.kind, route.jobs.as_slice())).copied()).collect(),
        below: None,
    }
}

/// One that stays at home, or that makes nothing but the visits it has to.
fn free_vehicle(model: &Model<'_>, solution: &Solution, kind: usize) -> Option<u32> {
    let begun = || model.kinds[kind].members.first().filter(|_| model.kinds[kind].locked_rows() > 0);
    solution.idle[kind].last().copied().or_else(|| begun().map(|&vehicle| vehicle as u32))
}

/// Puts the chosen routes on vehicles of their kind; a job in two of them stays in the first.
fn assemble<'p>(model: &Model<'_>, chosen: impl Iterator<Item = &'p PooledRoute>) -> Solution {
    let chosen: Vec<&PooledRoute> = chosen.collect();
    let (lean, left) = together(model, chosen.clone(), unloads::drop_needless);
    if left == 0 || !model.limited.contains(&true) {
        return lean;
    }
    // What one route need not unload at an outlet takes room of another at the next.
    let (as_they_are, _) = together(model, chosen, |_, _, _| {});
    if as_they_are.worth().beats(lean.worth()) { as_they_are } else { lean }
}

/// Also the number of routes that found no place.
fn together(
    model: &Model<'_>,
    mut open: Vec<&PooledRoute>,
    trim: impl Fn(&Model<'_>, &mut Route, &mut Route),
) -> (Solution, usize) {
    let (mut solution, mut scratch) = (Solution::new(model), Route::default());
    let begun = model.kinds.iter().any(|kind| kind.locked_rows() > 0);
    // A vehicle with a locked beginning may hold room of an outlet that another needs, until it has its own route.
    loop {
        let before = open.len();
        open.retain(|pooled| !take(model, &mut solution, pooled, |route| trim(model, route, &mut scratch)));
        if open.len() == before || !begun {
            return (solution, open.len());
        }
    }
}

/// `false` where no vehicle is free for the route, or no outlet has room for it, as the plan is so far.
fn take(model: &Model<'_>, solution: &mut Solution, pooled: &PooledRoute, trim: impl FnOnce(&mut Route)) -> bool {
    let Some(vehicle) = free_vehicle(model, solution, pooled.kind) else { return false };
    let mut route = solution.copy_of(vehicle);
    route.visits.clone_from(&pooled.visits);
    // Jobs of a locked beginning are with their vehicle already.
    let free = |node: u32| [NOWHERE, vehicle].contains(&solution.vehicle_of(node as usize));
    route.visits.retain(|&node| !model.is_job(node) || free(node));
    if !route.draft(model) {
        return false;
    }
    trim(&mut route);
    route.settle(model) && solution.put(model, vehicle, route)
}

#[cfg(test)]
mod tests {
    use huilu_model::instance::Parts;
    use huilu_model::replan::Keep;
    use huilu_model::{Faults, Instance, Seconds};

    use super::*;
    use crate::explain::standing::Standing;
    use crate::explain::tests::planned;
    use crate::routing::cases::{cramped, limited, random};

    /// Vehicles have left, and go on to other jobs after what they have done.
    #[test]
    fn the_routes_of_a_plan_make_the_plan_again() {
        let (mut tried, mut longer) = (0, 0);
        for seed in 0..240 {
            let day = match seed % 4 {
                0 => random(seed, 8, 3, 2),
                1 => limited(seed, 8, 3, 2),
                _ => cramped(3 * seed + 1, 8, 3, 3).expect("nothing is locked"),
            };
            let keep = Keep { freeze_before: Some(Seconds(5 + seed as i64 % 25)), max_changed: None };
            let (mut parts, mut faults) = (Parts::clone(&day), Faults::default());
            keep.lock(&mut parts, Some(&planned(&day, 150)), &mut faults);
            let instance = Instance::new(parts).expect("an earlier plan of the same day can be frozen");
            let model = Model::new(&instance);
            if model.kinds.iter().all(|kind| kind.locked_rows() == 0) {
                continue;
            }
            let plan = Standing::new(&model, &planned(&instance, 150)).expect("its own plan").solution;
            let routes = plan.routes.iter().filter(|route| !route.is_empty());
            let routes: Vec<PooledRoute> = routes.map(|route| PooledRoute::new(&model, route)).collect();
            // Whichever comes first.
            for again in [assemble(&model, routes.iter()), assemble(&model, routes.iter().rev())] {
                assert!(again.keeps_promises(&model) || !plan.keeps_promises(&model), "seed {seed}");
                assert!(!plan.worth().beats(again.worth()), "seed {seed}: {:?}, not {:?}", again.worth(), plan.worth());
            }
            tried += 1;
            let goes_on = |route: &&Route| {
                let locked = model.kinds[route.kind].locked_rows();
                locked > 0 && route.visits[locked..].iter().any(|&node| model.is_job(node))
            };
            longer += plan.routes.iter().filter(goes_on).count();
        }
        assert!(tried > 60 && longer > 50, "{tried} tried, {longer} routes go on: the cases are too poor");
    }
}
