//! Plans of a day and their routes. A plan never changes once its run has ended; only its standing does.

use chrono::NaiveDate;
use huilu_model::clearing::{Decision, Order};
use huilu_model::{Cost, CostParts, Grams, Litres, Metres, Reason, Seconds, Verdict, Wgs84};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::amount::StreamAmount;
use super::codes::coded;
use super::ids::{BookingId, JobId, OperatorId, OutletId, PlanId, RouteId, StepId, VehicleId};
use super::report::ReportKind;
use super::time::Instant;
use super::travel::ProfileTravel;

coded! {
    /// What its routes do.
    PlanKind as "plan kind" {
        /// Pick up at doors.
        Collection = "collection",
        /// Empty outlets into those of the next tier.
        Clearing = "clearing",
    }
}

impl PlanKind {
    /// With which the vehicles of a day are shared.
    pub fn other(self) -> Self {
        match self {
            Self::Collection => Self::Clearing,
            Self::Clearing => Self::Collection,
        }
    }
}

coded! {
    PlanState as "plan state" {
        /// Until the run ends and the planner decides.
        Proposed = "proposed",
        /// The one that the collectors drive; one for each operator and service date.
        Published = "published",
        /// Another plan of the same day was published after it.
        Superseded = "superseded",
        Discarded = "discarded",
    }
}

coded! {
    RunState as "run state" {
        Queued = "QUEUED",
        Running = "RUNNING",
        Succeeded = "SUCCEEDED",
        Failed = "FAILED",
        Cancelled = "CANCELLED",
    }
}

impl RunState {
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

coded! {
    /// Why there is no lower bound.
    BoundCause as "cause of a missing bound" {
        /// The run is not that far, or ended before it was.
        NotReached = "NOT_REACHED",
        OutOfTime = "OUT_OF_TIME",
        TooManyLabels = "TOO_MANY_LABELS",
        TooLarge = "TOO_LARGE",
        NumbersTooLarge = "NUMBERS_TOO_LARGE",
        PlanIncomplete = "PLAN_INCOMPLETE",
        InternalFault = "INTERNAL_FAULT",
        /// What is emptied is decided before the routes are: no bound on them is one on the whole.
        ClearingPlan = "CLEARING_PLAN",
        /// Made by an engine that proved none.
        NotAsked = "NOT_ASKED",
    }
}

/// What a lower bound is, or why there is none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoundSummary {
    /// The relaxation that it was proved over.
    #[serde(default)]
    pub kind: Option<String>,
    /// Parts of the cost that it does not cover, nor does the gap.
    #[serde(default)]
    pub leaves_out: Vec<String>,
    #[serde(default)]
    pub cause: Option<BoundCause>,
}

/// The solving behind a plan or a scenario's answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub state: RunState,
    pub job: JobId,
    pub seed: u64,
    pub threads: u32,
    /// Wall clock of the search.
    pub seconds: Option<f64>,
    pub iterations: Option<u64>,
    /// Latest figures of the search, while it runs and after.
    pub progress: Option<Progress>,
    /// Why it failed.
    pub error: Option<String>,
    pub created: Instant,
    pub started: Option<Instant>,
    pub ended: Option<Instant>,
}

/// How far a run is; costs in the instance's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// Counts the messages of a run, so that a stream can be resumed and never goes backwards.
    pub sequence: u64,
    /// Share of the matrices, 0 to 1, before the search begins.
    #[serde(default)]
    pub prepared: Option<f64>,
    #[serde(default)]
    pub seconds: Option<f64>,
    #[serde(default)]
    pub iteration: Option<u64>,
    #[serde(default)]
    pub cost: Option<f64>,
    /// `cost` units in one fen.
    pub cost_scale: i64,
    #[serde(default)]
    pub lower_bound: Option<f64>,
    /// `(covered cost - lower_bound) / covered cost`, a fraction, of the parts that the bound speaks of.
    #[serde(default)]
    pub gap: Option<f64>,
    /// Why there is no bound, once nothing more will be proved.
    #[serde(default)]
    pub bound_cause: Option<BoundCause>,
    #[serde(default)]
    pub unassigned: Option<u64>,
}

/// `(cost - bound) / cost`, a fraction. Of sites all of the cost is covered.
pub fn siting_gap(cost: f64, bound: Option<f64>) -> Option<f64> {
    bound.map(|bound| if cost <= 0.0 { 0.0 } else { ((cost - bound) / cost).max(0.0) })
}

/// What is known of a plan without its routes and its snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub id: PlanId,
    pub operator: OperatorId,
    pub kind: PlanKind,
    pub service_date: NaiveDate,
    pub state: PlanState,
    pub run: Run,
    pub engine_version: String,
    /// SHA-256 of the snapshot in hexadecimal.
    pub input_hash: String,
    /// Once the run has succeeded.
    pub outcome: Option<PlanOutcome>,
    /// Why it no longer fits its day, if so.
    pub stale: Option<String>,
    pub published: Option<Instant>,
    pub version: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct PlanOutcome {
    pub cost: Cost,
    /// [`Cost`] units in one fen.
    pub cost_scale: i64,
    pub cost_parts: CostParts,
    /// Proven over all plans of the instance; absent where none was proved.
    pub lower_bound: Option<Cost>,
    pub summary: PlanSummary,
}

impl PlanOutcome {
    /// A fraction, as [`huilu_model::plan::gap`] has it.
    pub fn gap(&self) -> Option<f64> {
        huilu_model::plan::gap(self.lower_bound?, self.cost_parts.bounded())
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanSummary {
    pub bookings: u64,
    pub served: u64,
    pub unassigned: u64,
    pub vehicles_used: u64,
    pub unloads: u64,
    pub distance_m: Metres,
    pub duration_s: Seconds,
    pub grams: Grams,
    pub litres: Litres,
    /// Of the search, and of the preparation before it.
    pub seconds: f64,
    pub prepare_seconds: f64,
    /// Where the figures of each profile came from.
    #[serde(default)]
    pub travel: Vec<ProfileTravel>,
    #[serde(default)]
    pub bound: BoundSummary,
    /// Of a clearing plan: each outlet's fill, forecast and verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clearing: Option<ClearingSummary>,
    /// Whatever else the engine counts.
    #[serde(default)]
    pub statistics: Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClearingSummary {
    pub order: Order,
    /// Everything that must be emptied is.
    pub complete: bool,
    /// What was odd about the outlets, one sentence each.
    pub notes: Vec<String>,
    pub decisions: Vec<Decision>,
}

/// The day of one vehicle.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    pub id: RouteId,
    pub plan: PlanId,
    pub operator: OperatorId,
    pub service_date: NaiveDate,
    pub vehicle: VehicleId,
    pub cost: Cost,
    pub cost_scale: i64,
    /// From departure to return.
    pub duration: Seconds,
    pub distance: Metres,
    /// In the order they are done; first start, last end.
    pub steps: Vec<RouteStep>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StepKind {
    Start,
    Job(BookingId),
    Unload(OutletId),
    /// Takes what is in an outlet.
    Clear(OutletId),
    Break,
    End,
}

/// Seconds since the begin of the local service date.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteStep {
    pub id: StepId,
    pub kind: StepKind,
    pub at: Wgs84,
    pub arrival: Seconds,
    /// Begin of the visit after any waiting.
    pub start: Seconds,
    pub departure: Seconds,
    /// Driven since the start of the route, on arrival.
    pub distance: Metres,
    /// On board when the step is done.
    pub load: Vec<StreamAmount>,
    /// Kind of the latest report; read only, never stored with the step.
    pub reported: Option<ReportKind>,
}

/// A booking that no route serves, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnassignedBooking {
    pub booking: BookingId,
    pub verdict: Verdict,
    /// Vehicles are named by the text of their id.
    pub reasons: Vec<Reason>,
}
