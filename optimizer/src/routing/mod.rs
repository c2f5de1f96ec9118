//! Collector routes: construction, ruin and recreate with annealing, and set partitioning over the routes met.
//!
//! Who knows what: `resources` holds the instance in numbers and the rules of a route; `schedule` and `cheapest` know when visits happen, `route` one vehicle (the
//! only evaluator), `solution` what vehicles share, `fairness` and `spread` how alike their days are, `span` how long a route takes at least; `insertion`,
//! `savings`, `ruin`, `levelling`, `refit`, `unloads` and `fleet` are the operators, `search` the
//! annealing loop, `ending` what it hands over, `falling_prices` what leaving jobs out costs in the first rounds, `pool` and `recombine` the set partitioning, `rounds` the order of it all, `reasons` and `output` the answer. Nothing here knows
//! where an instance came from or what becomes of the plan.

pub(crate) mod beginnings;
#[cfg(test)]
pub(crate) mod cases;
mod cheapest;
#[cfg(test)]
mod city_tests;
mod cut_back;
mod decompose;
mod ending;
mod evaluate;
pub(crate) mod fairness;
mod falling_prices;
pub(crate) mod feasibility;
mod fleet;
mod glance;
mod impossible;
mod insertion;
mod last_look;
mod legs;
mod levelling;
#[cfg(test)]
mod locks_tests;
mod near_outlets;
mod neighbours;
mod opening;
pub(crate) mod output;
pub(crate) mod params;
mod places;
mod plane;
pub(crate) mod pool;
pub(crate) mod reasons;
pub(crate) mod recombine;
mod refit;
mod regroup;
mod relocate_trip;
#[cfg(test)]
mod rooms_tests;
mod rounds;
pub(crate) mod route;
mod ruin;
mod savings;
pub(crate) mod schedule;
pub(crate) mod search;
#[cfg(test)]
mod shortcuts;
pub(crate) mod solution;
pub(crate) mod span;
mod spread;
#[cfg(test)]
mod spread_tests;
#[cfg(test)]
mod stopping_tests;
mod subproblem;
#[cfg(test)]
mod tests;
mod trip;
mod unloadings;
pub(crate) mod unloads;
mod warm;
mod zoning;

use huilu_model::{Cost, Instance, Plan};

pub use evaluate::{Evaluated, Visit, evaluate};
pub use impossible::impossible;
pub use params::Params;
pub use warm::Notice;

use crate::limits::Limits;
pub(crate) use crate::resources::{board, locks, model, time};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Progress {
    /// On the clock of the limits.
    pub seconds: f64,
    /// Of the search that reports; searches side by side have the same number of iterations each.
    pub iteration: u64,
    /// Of the best plan so far, penalties included.
    pub cost: Cost,
    pub unassigned: usize,
    /// The [part of the cost](huilu_model::CostParts::bounded) that a lower bound speaks of; absent while the plan leaves a mandatory job
    /// out or passes a limit.
    pub covered: Option<Cost>,
    /// Absent while the search is alone: nothing here proves a bound.
    pub lower_bound: Option<Cost>,
}

/// What one more job of this kind is worth to the pool of routes: the dual price of its row in the linear relaxation
/// of the last set partitioning, in cost units, by job. It bounds nothing outside the pool.
#[derive(Clone, Debug, PartialEq)]
pub struct JobDuals(pub Vec<f64>);

/// Distinct routes that were part of some best solution: what set partitioning chooses from, and with what a proof begins.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoutePool(pub(crate) Vec<pool::PooledRoute>);

/// What the search did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Pairs of jobs compared to build the neighbour lists.
    pub pairs_compared: u64,
    /// Insertion places looked at.
    pub places_tried: u64,
    pub insertions: u64,
    /// Routes dissolved with all their jobs placed elsewhere.
    pub routes_shed: u64,
    /// Routes in the pool at the last set partitioning.
    pub pool_routes: usize,
    pub partitions: u32,
    /// Set partitionings that found a better plan.
    pub partitions_better: u32,
    /// Cost they saved.
    pub partition_saved: Cost,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub plan: Plan,
    /// All mandatory jobs are served, vehicles begin as they have to, and no more has changed than may.
    pub feasible: bool,
    /// Of all searches together.
    pub iterations: u64,
    pub trace: Vec<Progress>,
    pub duals: Option<JobDuals>,
    pub pool: RoutePool,
    pub statistics: Statistics,
    /// What of the earlier plan could not be taken over.
    pub notices: Vec<Notice>,
}

/// Plans routes until a limit is reached, and always returns the best plan so far.
///
/// The same seed, threads and iteration cap (without seconds) give the same plan. `on_progress` is called from the calling thread: for
/// each better plan, and otherwise about once a second.
pub fn solve(
    instance: &Instance,
    params: &Params,
    seed: u64,
    limits: &Limits<'_>,
    on_progress: &mut dyn FnMut(&Progress),
) -> Outcome {
    rounds::solve(instance, None, params, seed, (limits, limits), on_progress)
}

/// Like [`solve`], from an earlier plan, whatever has become of it: jobs, outlets and vehicles that are gone are dropped, routes that
/// break a rule are repaired, and all jobs without a place are inserted.
pub fn solve_from(
    instance: &Instance,
    plan: &Plan,
    params: &Params,
    seed: u64,
    limits: &Limits<'_>,
    on_progress: &mut dyn FnMut(&Progress),
) -> Outcome {
    rounds::solve(instance, Some(plan), params, seed, (limits, limits), on_progress)
}

/// [`solve`], or [`solve_from`] where there is an earlier plan, as part of a run with limits of its own, the second ones: the search may be
/// stopped before them without any hurry for what it has to say.
pub(crate) fn solve_within(
    instance: &Instance,
    plan: Option<&Plan>,
    params: &Params,
    seed: u64,
    (limits, whole): (&Limits<'_>, &Limits<'_>),
    on_progress: &mut dyn FnMut(&Progress),
) -> Outcome {
    rounds::solve(instance, plan, params, seed, (limits, whole), on_progress)
}
