//! Lower bounds on every plan of an instance, by column generation over *all* routes.
//!
//! Who knows what: `prices` is exact money; `freight`, `ng` and `network` describe the routes of one kind of vehicle; `label`, `bucket` and
//! `labelling` search them, `pricing` joins both directions, `fleet` asks all kinds; `cuts` are what `tightening` adds besides memories and loads; `master` says what the rows of
//! the LP mean; `generation` is the loop; `bound` turns prices into a proven bound. `hours` bounds days that are too large for all that.
//! `fixing`, `enumeration`, `stock` and `branching` are for the last of the gap: `finish` says when. The rules are those of `resources`,
//! which the search uses: a cost or a rule exists once.
//!
//! A bound is valid at any moment: it comes from a round of pricing that looked at all routes of the relaxation, never from the LP
//! itself. Rules that the relaxation leaves out only allow more routes.

mod answers;
mod bound;
mod branching;
mod bucket;
mod by_hours;
mod closing;
mod column;
mod completion;
mod cuts;
mod detail;
mod diving;
mod enumeration;
mod finish;
mod fixing;
mod fleet;
mod freight;
mod generation;
mod hours;
mod joining;
mod label;
mod labelling;
mod look;
mod master;
mod network;
mod ng;
mod prices;
mod pricing;
mod prove;
mod repricing;
mod rest;
mod rooms;
mod stations;
mod stock;
#[cfg(test)]
pub(crate) mod tests;
mod tightening;

use huilu_model::{Cost, Instance, Plan};

use crate::limits::Limits;
use crate::routing::RoutePool;

/// Every number that the proof can be tuned with.
#[derive(Clone, Debug)]
pub struct ProofParams {
    /// Jobs that a label remembers at a node, to begin with; fewer (`detail.rs`) where labels get too many, or routes are made of
    /// trips or have few jobs.
    pub ng_size: usize,
    /// Labels of one labelling after which loads are counted that were left out, or a coarser relaxation is tried.
    pub labels_max: usize,
    /// Columns of one kind of vehicle in one round.
    pub columns_max: usize,
    /// On days without outlets where times bind, loads are not counted of a kind of vehicle in whose routes of the plan no capacity is filled by more than this part, before a
    /// route in use passes one or labels are too many; 0: all are counted.
    pub roomy: f64,
    /// How far pricing stays with the prices of the best bound, from 0 to 1 (Pessoa et al. 2018).
    pub smoothing: f64,
    /// Columns that the master keeps for each of its rows before it drops the dearest half.
    pub columns_per_row: usize,
    /// Tighten the bound by cuts.
    pub use_cuts: bool,
    /// Look for a better plan by diving from the first solved master.
    pub dives: bool,
    /// Arcs are fixed and routes enumerated once bound and plan are so near, as a fraction of the cost; 0: never.
    pub closing_gap: f64,
    /// Routes of all kinds of vehicles together that are enumerated at most.
    pub routes_max: usize,
    /// So few routes are left to HiGHS's branch and bound; more are branched here.
    pub settled_max: usize,
    /// The proof ends once the bound is so near the plan, as a fraction of its cost.
    pub stop_gap: f64,
    /// Search trips between unloads instead of whole routes; absent: where days are long, or trips wait for releases.
    pub trips: Option<bool>,
    /// Arcs of all networks together, both directions counted, about 60 bytes each. Days that need more are bounded by trips and hours, where the
    /// legs of one class of vehicles are no more, and else not.
    pub arcs_max: usize,
    /// Let trips share the hours of all vehicles that drive alike instead of chaining them; absent: where the networks are too large, and first of all as `walks_from` says.
    pub hours: Option<bool>,
    /// Jobs from which on, on days without outlets, a bound by walks comes first: fewer are often solved before it would end.
    pub walks_from: usize,
}

impl Default for ProofParams {
    fn default() -> Self {
        Self {
            ng_size: 8,
            labels_max: 3_000_000,
            columns_max: 60,
            roomy: 0.8,
            smoothing: 0.5,
            columns_per_row: 60,
            use_cuts: true,
            dives: true,
            closing_gap: 0.05,
            routes_max: 150_000,
            settled_max: 1_500,
            stop_gap: 0.0,
            trips: None,
            arcs_max: 30_000_000,
            hours: None,
            walks_from: 130,
        }
    }
}

/// What a bound is a bound on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundKind {
    /// All routes are elementary: the linear relaxation of set partitioning. Here as below, capacities may be left uncounted (`roomy`).
    Elementary,
    /// Routes may come back to a job that they have forgotten.
    NgRoute,
    /// In addition an outlet empties a vehicle whole, and its room is not counted.
    NgRouteWholeUnloads,
    /// Routes are chains of trips between unloads, and what lies before a trip is forgotten but for the hour.
    Trips,
    /// Trips between unloads share the hours of all vehicles of a class, and may come again to a job that they have forgotten.
    TripHours,
}

impl BoundKind {
    /// As results name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Elementary => "elementary",
            Self::NgRoute => "ng_route",
            Self::NgRouteWholeUnloads => "ng_route_whole_unloads",
            Self::Trips => "trips",
            Self::TripHours => "trip_hours",
        }
    }
}

/// Parts of `cost_parts` that the instance has a price for and no bound speaks of: they belong to whole plans, not to routes.
pub fn leaves_out(instance: &Instance) -> &'static [&'static str] {
    let fairness = instance.balance.iter().any(|one| one.cost_per_second.0 != 0 || one.cost_per_gram.0 != 0);
    match (fairness, instance.compactness.is_some_and(|price| price.0 != 0)) {
        (true, true) => &["fairness", "compactness"],
        (true, false) => &["fairness"],
        (false, true) => &["compactness"],
        (false, false) => &[],
    }
}

/// Why there is no bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoBound {
    #[error("no pricing round over all routes was completed in time")]
    OutOfTime,
    #[error("even the coarsest relaxation has too many labels")]
    TooManyLabels,
    #[error("the day has more jobs and kinds of vehicles than the proof has memory for")]
    TooLarge,
    #[error("the numbers of the instance are too large for exact prices")]
    NumbersTooLarge,
    #[error("the plan leaves mandatory jobs out, and a bound speaks of plans that do not")]
    PlanIncomplete,
    #[error("the linear program failed")]
    LpFailed,
    #[error("internal fault: a bound of {bound} stood above a plan of {cost}, in cost units")]
    AbovePlan { bound: i64, cost: i64 },
    #[error("internal fault: the proof broke off")]
    Broken,
}

impl NoBound {
    /// As results name it.
    pub fn code(self) -> &'static str {
        match self {
            Self::OutOfTime => "OUT_OF_TIME",
            Self::TooManyLabels => "TOO_MANY_LABELS",
            Self::TooLarge => "TOO_LARGE",
            Self::NumbersTooLarge => "NUMBERS_TOO_LARGE",
            Self::PlanIncomplete => "PLAN_INCOMPLETE",
            Self::LpFailed | Self::AbovePlan { .. } | Self::Broken => "INTERNAL_FAULT",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoundPoint {
    /// On the clock of the limits.
    pub seconds: f64,
    pub lower_bound: Cost,
}

/// What a proof did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProofStatistics {
    pub rounds: usize,
    /// Rounds that looked at all routes.
    pub rounds_complete: usize,
    pub columns: usize,
    /// How often capacities had to be counted that were left out first.
    pub weighed: usize,
    /// How often labels were given more to remember.
    pub memories: usize,
    pub capacity_cuts: usize,
    pub subset_cuts: usize,
    /// Arcs that no better plan has.
    pub arcs_fixed: usize,
    /// All routes of better plans, where they were enumerated.
    pub routes: usize,
    /// Branches of a list of routes.
    pub nodes: usize,
    /// Branches above the deepest of them.
    pub depth: usize,
    /// Dives, and those of them that found a better plan.
    pub dives: usize,
    pub dives_better: usize,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proof {
    /// No plan that serves all mandatory jobs costs less. In cost units.
    pub lower_bound: Option<Cost>,
    pub bound_kind: Option<BoundKind>,
    /// Why there is none.
    pub cause: Option<NoBound>,
    /// The first master was solved over all its routes: the bound is that of the linear relaxation or better.
    pub root_solved: bool,
    pub trace: Vec<BoundPoint>,
    /// A plan cheaper than the one the proof began with, made of the routes that were priced.
    pub plan: Option<Plan>,
    /// By job: its price at the best bound, in cost units.
    pub prices: Vec<f64>,
    pub statistics: ProofStatistics,
}

/// What is known when a proof begins.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'k> {
    /// The proof ends when its bound meets the cost of this plan.
    pub plan: Option<&'k Plan>,
    /// Routes that the search has met: with them the first prices are near the last.
    pub pool: Option<&'k RoutePool>,
}

/// [`prove_from`] a plan alone, or from nothing.
pub fn prove(
    instance: &Instance,
    incumbent: Option<&Plan>,
    params: &ProofParams,
    limits: &Limits<'_>,
    on_bound: &mut dyn FnMut(&BoundPoint),
) -> Proof {
    prove_from(instance, Known { plan: incumbent, pool: None }, params, limits, on_bound)
}

/// Proves a lower bound until a limit is reached, or until it meets the cost of the best plan. The routes known start the master.
///
/// `on_bound` is called for each better bound. Without a time limit the same input gives the same answer; `limits.iterations` counts
/// pricing rounds.
pub fn prove_from(
    instance: &Instance,
    known: Known<'_>,
    params: &ProofParams,
    limits: &Limits<'_>,
    on_bound: &mut dyn FnMut(&BoundPoint),
) -> Proof {
    prove::prove(instance, known, params, limits, on_bound)
}
