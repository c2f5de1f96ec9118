//! Plans: the routes of a day, from the order to plan them to their publication.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::travel::TravelSource;

/// A day to plan, or to plan again from a plan that is driven.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "service_date": "2026-11-25",
    "seconds": 30,
    "stop_gap": 0.01,
    "warm_start": "0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a10",
    "freeze_before": "2026-11-25T10:00:00+08:00",
    "max_changed": 5,
    "locks": [{
        "type": "start",
        "booking_id": "0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a11",
        "start": "2026-11-25T14:00:00+08:00",
        "end": "2026-11-25T15:00:00+08:00"
    }]
}))]
pub struct CreatePlan {
    /// The local day to plan.
    #[schema(format = Date, example = "2026-11-25")]
    pub service_date: String,
    /// What the routes do: pick up bookings, or empty outlets.
    #[serde(default)]
    pub kind: PlanKind,
    /// Wall clock of the search.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 3_600)]
    pub seconds: Option<u32>,
    /// With an iteration cap and no seconds the same seed and threads give the same plan.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 100_000_000)]
    pub iterations: Option<u64>,
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub seed: Option<u64>,
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 64)]
    pub threads: Option<u32>,
    /// The run ends once the gap is no more, a fraction. By default once no plan can be cheaper, or the time is over. Under an iteration cap
    /// it ends the proof and not the search. Not of clearing plans.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0.0, maximum = 1.0)]
    pub stop_gap: Option<f64>,
    /// An earlier collection plan of the same day to start from. Bookings made since are put into it; reported steps stay as they are.
    #[serde(default)]
    #[schema(nullable = false, format = Uuid, example = "0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a10")]
    pub warm_start: Option<String>,
    /// With `warm_start`: what starts before this instant in that plan stays as it is, vehicle, order and times. By default now where
    /// the plan is published, and never otherwise.
    #[serde(default)]
    #[schema(nullable = false, format = DateTime, example = "2026-11-25T10:00:00+08:00")]
    pub freeze_before: Option<String>,
    /// With `warm_start`: so many of its bookings at most may change their vehicle or time window, or be left out.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 100_000)]
    pub max_changed: Option<u32>,
    /// Promises that the plan keeps; a run fails that cannot keep them all. Not of clearing plans.
    #[serde(default)]
    #[schema(max_items = 1_000)]
    pub locks: Vec<PlanLock>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LockType {
    /// None but `vehicle_ids` may serve `booking_id`.
    Vehicle,
    /// `next_id` is served only on the route that serves `booking_id`, and later; `directly`: with no other visit between.
    Sequence,
    /// The visit to `booking_id` starts from `start` to `end`, and within the booking's own window.
    Start,
}

/// Which fields a lock needs stands with its type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanLock {
    #[serde(rename = "type")]
    pub kind: LockType,
    pub booking_id: String,
    #[serde(default)]
    #[schema(nullable = false, max_items = 1_000)]
    pub vehicle_ids: Option<Vec<String>>,
    #[serde(default)]
    #[schema(nullable = false)]
    pub next_id: Option<String>,
    #[serde(default)]
    pub directly: bool,
    #[serde(default)]
    #[schema(nullable = false, format = DateTime, example = "2026-11-25T10:00:00+08:00")]
    pub start: Option<String>,
    #[serde(default)]
    #[schema(nullable = false, format = DateTime, example = "2026-11-25T11:00:00+08:00")]
    pub end: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanKind {
    /// Pickups at doors.
    #[default]
    Collection,
    /// Vans empty collection points into transfer stations, trucks these into sorting centres.
    Clearing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanState {
    /// Until the run ends and the planner decides.
    Proposed,
    Published,
    /// Another plan of the same day was published after it.
    Superseded,
    Discarded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RunState {
    Queued,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

/// Why there is no lower bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum BoundCause {
    /// The run is not that far, or ended before it was.
    NotReached,
    /// No round that looked at all routes was over in time.
    OutOfTime,
    /// Even the coarsest relaxation has too many partial routes.
    TooManyLabels,
    /// The day needs more memory than the proof may take.
    TooLarge,
    /// Costs or times are too large for exact arithmetic.
    NumbersTooLarge,
    /// The plan leaves out what must be served, and a bound speaks of plans that do not.
    PlanIncomplete,
    /// A fault of the program; the plan itself was checked.
    InternalFault,
    /// What is emptied is decided before the routes are: no bound on them is one on the whole.
    ClearingPlan,
    /// Made by an engine that proved none.
    NotAsked,
}

/// The solving behind a plan or a scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Run {
    pub id: String,
    pub state: RunState,
    /// Best cost so far.
    pub cost_fen: Option<i64>,
    /// Proven: no answer costs less, fairness and compactness left out. Absent where none was proved.
    pub lower_bound_fen: Option<i64>,
    /// `(cost - lower_bound) / cost`, a fraction, of the parts of the cost that the bound speaks of; absent without a bound.
    pub gap: Option<f64>,
    /// Why there is no bound.
    pub lower_bound_cause: Option<BoundCause>,
    /// Pickups left out of the best plan so far.
    pub unassigned: Option<i64>,
    pub iterations: Option<i64>,
    /// Of solving so far.
    pub seconds: Option<f64>,
    /// How far preparation is, 0 to 1, before the search begins.
    pub prepared: Option<f64>,
    /// Why it failed.
    pub error: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub ended_at: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Plan {
    pub id: String,
    pub kind: PlanKind,
    #[schema(format = Date)]
    pub service_date: String,
    pub state: PlanState,
    pub run: Run,
    /// A booking of its day was made or cancelled, or the fleet or outlets changed, after it was published.
    pub stale: bool,
    pub seed: u64,
    pub threads: u32,
    pub engine_version: String,
    /// Once the run has succeeded.
    pub summary: Option<PlanSummary>,
    pub unassigned: Vec<UnassignedBooking>,
    /// Of a clearing plan whose run has succeeded.
    pub clearing: Option<PlanClearing>,
    #[schema(format = DateTime)]
    pub created_at: String,
    #[schema(format = DateTime)]
    pub published_at: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanSummary {
    pub cost_fen: i64,
    pub cost_parts: CostParts,
    /// Proven: no plan of that day costs less, the parts in `lower_bound_leaves_out` not counted.
    pub lower_bound_fen: Option<i64>,
    /// `(cost - lower_bound) / cost`, a fraction, of the parts of the cost that the bound speaks of; absent without a bound.
    pub gap: Option<f64>,
    /// The relaxation it was proved over: `elementary`, `ng_route`, `ng_route_whole_unloads`, `trips` or `trip_hours`.
    pub lower_bound_kind: Option<String>,
    /// Parts of the cost, as in `cost_parts`, that bound and gap do not speak of.
    pub lower_bound_leaves_out: Vec<String>,
    /// Why there is no bound.
    pub lower_bound_cause: Option<BoundCause>,
    pub bookings: i64,
    pub served: i64,
    pub unassigned: i64,
    pub vehicles_used: i64,
    pub distance_m: i64,
    pub duration_s: i64,
    pub mass_g: i64,
    pub volume_l: i64,
    pub unloads: i64,
    /// Where seconds and metres came from, for each profile of the fleet.
    pub travel: Vec<PlanTravel>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlanTravel {
    pub profile: String,
    pub source: TravelSource,
    /// Bookings, outlets and depots, counted by place, that no road of the profile is near enough to.
    pub places_too_far: i64,
}

/// The parts add up to the cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CostParts {
    pub fixed_fen: i64,
    pub time_fen: i64,
    pub distance_fen: i64,
    pub gate_fees_fen: i64,
    pub penalties_fen: i64,
    /// Of days that are unlike others; outside what `lower_bound_fen` and `gap` speak of.
    pub fairness_fen: i64,
    /// Of stops away from the middle of their route; outside what `lower_bound_fen` and `gap` speak of.
    pub compactness_fen: i64,
    /// Of visits that start after the soft end of their window.
    pub lateness_fen: i64,
    /// Of time after the collectors' regular hours.
    pub overtime_fen: i64,
    /// Of bookings served by another vehicle than those preferred.
    pub preference_fen: i64,
}

/// Which outlets are emptied, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanClearing {
    /// Where stations are too full for what must come in, trucks make room first.
    pub order: ClearingOrder,
    /// Everything that must be emptied is.
    pub complete: bool,
    /// What was odd about the outlets, one sentence each.
    pub notes: Vec<String>,
    pub outlets: Vec<OutletClearing>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClearingOrder {
    VansFirst,
    TrucksFirst,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ClearingDue {
    /// There is more in it than it may hold.
    Overfull,
    /// It may overflow before the next run.
    Mandatory,
    /// Emptied where the way there costs less than its price.
    Optional,
    /// Left alone.
    NotDue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ForecastBasis {
    /// A week of reported deliveries or more.
    History,
    ShortHistory,
    /// What is in it, over the days since it was emptied.
    SinceCleared,
    /// Of a transfer station: what its collection points are expected to send.
    CollectionPoints,
    Households,
    /// Nothing is known: it is taken to fill up in a week.
    Capacity,
}

/// The verdict on a collection point or a transfer station.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OutletClearing {
    pub outlet_id: String,
    pub due: ClearingDue,
    pub basis: ForecastBasis,
    /// Fullest stream in mass or volume, as a fraction of its capacity.
    pub fill_level: f64,
    pub inflow_kg_per_day: f64,
    /// First day at whose end it would overflow at the service level of 95 %, 0 being the day of the plan; absent beyond
    /// 60 days.
    pub overflow_in_days: Option<i64>,
    /// Chance that it overflows before the next run if it is left alone.
    pub overflow_risk: f64,
    /// What leaving it out costs in the routing problem; absent where it is left alone.
    pub price_fen: Option<i64>,
    /// Vehicle loads to take, and those that a route takes.
    pub jobs: i64,
    pub jobs_served: i64,
}

/// A booking that no route serves, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnassignedBooking {
    pub booking_id: String,
    /// `PROVEN_INFEASIBLE`, `NOT_WORTH_IT` or `SEARCH_LIMIT`.
    pub verdict: String,
    pub reasons: Vec<UnassignedReason>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnassignedReason {
    /// `CAPACITY`, `TIME_WINDOW`, `SKILL`, `SHIFT_END`, `MAX_DISTANCE`, `UNREACHABLE`, `BREAK`, `LOCK`,
    /// `INCOMPATIBLE_LOAD`, `AREA`, `NO_VEHICLE` or `OUTLET_FULL`.
    pub code: String,
    /// The vehicle it holds for; absent where it holds for the whole fleet.
    pub vehicle_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanList {
    pub plans: Vec<Plan>,
    pub next_cursor: Option<String>,
}

/// Parameters of `GET /v1/plans`, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlanQuery {
    /// Only plans of this local day.
    #[param(format = Date, example = "2026-11-25")]
    pub date: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Entries of a page; 50 where it is absent.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 200)]
    pub limit: Option<String>,
}
