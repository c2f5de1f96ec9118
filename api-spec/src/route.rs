//! A collector's day: what to do in which order, when, and what is on board after each step.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::booking::{BookedItem, BookingState};
use crate::common::{Position, StreamAmount, TimeWindow};
use crate::report::ReportKind;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteList {
    #[schema(format = Date)]
    pub date: String,
    /// The plan asked for; of a day its published collection plan, absent where none is. The routes of a published clearing plan
    /// name theirs.
    pub plan_id: Option<String>,
    /// One of these plans no longer fits its day.
    pub stale: bool,
    pub routes: Vec<Route>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Route {
    pub id: String,
    pub plan_id: String,
    #[schema(format = Date)]
    pub date: String,
    pub vehicle_id: String,
    pub vehicle_name: String,
    pub cost_fen: i64,
    /// From departure to return.
    pub duration_s: i64,
    pub distance_m: i64,
    /// In the order they are done; first `start`, last `end`.
    pub steps: Vec<RouteStep>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepType {
    Start,
    Job,
    Unload,
    /// Takes what is in an outlet.
    Clear,
    Break,
    End,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RouteStep {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: StepType,
    pub place: Option<Position>,
    /// Expected arrival, with the operator's offset.
    #[schema(format = DateTime, example = "2026-11-25T10:12:00+08:00")]
    pub eta: String,
    /// Begin of the visit after any waiting.
    #[schema(format = DateTime)]
    pub start: String,
    #[schema(format = DateTime)]
    pub departure: String,
    /// Driven since the start of the route, on arrival.
    pub distance_m: i64,
    /// On board when the step is done.
    pub load: Vec<StreamAmount>,
    /// Of a `job` step.
    pub booking: Option<StepBooking>,
    /// Of an `unload` or a `clear` step.
    pub outlet: Option<StepOutlet>,
    /// The latest report.
    pub reported: Option<ReportKind>,
}

/// What the collector needs to know of the booking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StepBooking {
    pub id: String,
    /// A stop whose booking was cancelled after planning need not be driven to.
    pub state: BookingState,
    pub window: TimeWindow,
    pub address: Option<String>,
    pub items: Vec<BookedItem>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StepOutlet {
    pub id: String,
    pub name: String,
}
