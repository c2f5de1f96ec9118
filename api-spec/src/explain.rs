//! Why a plan is as it is: reasons and relaxations for what it leaves out, shortages, and changes that somebody proposes.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Changes of one question.
pub const MOVES_MAX: usize = 50;

/// Stops of one sequence.
pub const STOPS_MAX: usize = 500;

/// Parameters of `GET /v1/plans/{id}/explanations`, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExplanationQuery {
    /// Only this booking, with what would serve it (`relax`). Shortages are those of the whole plan all the same.
    #[param(example = "0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a11")]
    pub booking: Option<String>,
    /// Look for what would serve them also where no single booking is asked for: `true` or `false`. That takes far longer.
    #[param(value_type = Option<bool>)]
    pub relax: Option<String>,
}

/// Costs are fen, times of day seconds since the begin of the local service date.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "plan_id": "0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a10",
    "bookings": [{
        "booking_id": "0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a11",
        "verdict": "PROVEN_INFEASIBLE",
        "evidence": "ENUMERATION",
        "reasons": [{
            "vehicle_ids": ["0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a12"],
            "codes": ["SHIFT_END"],
            "together": false,
            "proven": true
        }],
        "penalty_fen": 3400,
        "cheapest": null,
        "relax": [{
            "code": "SHIFT_END",
            "vehicle_id": "0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a12",
            "changes": [{
                "subject": "vehicle",
                "id": "0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a12",
                "field": "shift.end",
                "from": 64800,
                "to": 65340,
                "unit": "s",
                "adds": []
            }],
            "cost_fen": 1210,
            "delta_fen": -2190
        }]
    }],
    "complete": true,
    "shortages": [{
        "cell": "87411c1a5ffffff",
        "lack": "VEHICLES",
        "from_s": 64800,
        "to_s": 72000,
        "bookings": 9,
        "mass_g": 93000,
        "volume_l": 1860,
        "needed_s": 12900,
        "idle_s": 1500,
        "shifts": 2
    }]
}))]
pub struct PlanExplanations {
    pub plan_id: String,
    pub bookings: Vec<BookingExplanation>,
    /// `false` where the time was up: bookings or what would serve them are missing, and shortages do not count
    /// the bookings that are.
    pub complete: bool,
    pub shortages: Vec<AreaShortage>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BookingExplanation {
    pub booking_id: String,
    /// `PROVEN_INFEASIBLE`, `NOT_WORTH_IT` or `SEARCH_LIMIT`.
    pub verdict: String,
    /// What the verdict rests on: `ENUMERATION` of every vehicle and every order of unloads, a lower `BOUND` on all plans that
    /// serve it, the `CHEAPEST_PLACE` on the routes as they are, or `NONE`.
    pub evidence: String,
    pub reasons: Vec<VehicleCodes>,
    /// Of leaving it out.
    pub penalty_fen: Option<i64>,
    /// Absent where it has no place on any route as it is.
    pub cheapest: Option<CheapestPlace>,
    /// What would serve it, cheapest first: each is enough by itself. Looked for only where it is asked for.
    pub relax: Vec<PlanRelaxation>,
}

/// What stands against a booking on vehicles that are alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VehicleCodes {
    pub vehicle_ids: Vec<String>,
    /// As in `unassigned[].reasons[].code`.
    pub codes: Vec<String>,
    /// All codes stand against it at once; otherwise loosening one of them would do.
    pub together: bool,
    /// No route of these vehicles serves it; otherwise this is what stands against it on their routes as they are.
    pub proven: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheapestPlace {
    pub vehicle_id: String,
    /// Stops (pickups and unloads) before it.
    pub position: i64,
    /// Outlets to unload at that come in with it.
    pub outlet_ids: Vec<String>,
    /// What the routes cost more.
    pub cost_fen: i64,
}

/// One rule made looser, as little as serves the booking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanRelaxation {
    pub code: String,
    /// Who serves it then; for one more vehicle the id of one like it.
    pub vehicle_id: String,
    /// All of them together.
    pub changes: Vec<FieldChange>,
    /// What the routes cost more then.
    pub cost_fen: i64,
    /// `cost_fen` less the penalty that is saved.
    pub delta_fen: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FieldChange {
    /// `job`, `vehicle`, `outlet`, `fleet` or `streams`.
    pub subject: String,
    pub id: String,
    /// As in an instance file: `time_windows[0].end`, `shift.end`, `capacity_g`, `hours[0].end`.
    pub field: String,
    pub from: i64,
    pub to: i64,
    /// `s`, `m`, `g`, `l`, `count`, or `set` where names are added.
    pub unit: String,
    pub adds: Vec<String>,
}

/// Where and when the fleet is short; an estimate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AreaShortage {
    /// H3 cell of resolution 7.
    pub cell: Option<String>,
    /// `VEHICLES`: shifts in these hours; `FITNESS`: there is idle time, but what vehicles hold, may do or can reach is too little.
    pub lack: String,
    pub from_s: i64,
    pub to_s: i64,
    /// Left out, and to be served in these hours.
    pub bookings: i64,
    pub mass_g: i64,
    pub volume_l: i64,
    pub needed_s: i64,
    pub idle_s: i64,
    pub shifts: i64,
}

/// Changes of a plan, made one after the other. Nothing is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"moves": [{
    "type": "assign",
    "booking_id": "0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a11",
    "vehicle_id": "0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a12"
}]}))]
pub struct WhatIfRequest {
    #[schema(min_items = 1, max_items = 50)]
    pub moves: Vec<PlanMove>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MoveType {
    /// `vehicle_id` serves `booking_id`, wherever it was before: at its cheapest place, or after `position` stops.
    Assign,
    /// No route serves `booking_id`.
    LeaveOut,
    /// `booking_id` and `other_id` take each other's place.
    SwapBookings,
    /// `vehicle_id` and `other_id` drive each other's stops.
    SwapRoutes,
    /// `vehicle_id` makes exactly `stops`: bookings, and outlets to unload at.
    Sequence,
}

/// Which fields a move needs stands with its type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanMove {
    #[serde(rename = "type")]
    pub kind: MoveType,
    #[serde(default)]
    #[schema(nullable = false)]
    pub booking_id: Option<String>,
    #[serde(default)]
    #[schema(nullable = false)]
    pub vehicle_id: Option<String>,
    #[serde(default)]
    #[schema(nullable = false)]
    pub other_id: Option<String>,
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 10_000)]
    pub position: Option<u32>,
    #[serde(default)]
    #[schema(nullable = false, max_items = 500)]
    pub stops: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WhatIfAnswer {
    pub feasible: bool,
    pub cost_before_fen: i64,
    /// Absent where a rule is broken.
    pub cost_after_fen: Option<i64>,
    /// What the change costs more, part by part; parts that stay as they are do not appear. So rounded that they add up to
    /// `cost_after_fen - cost_before_fen`.
    pub difference: Vec<CostDifference>,
    pub broken: Vec<BrokenRule>,
    pub routes: Vec<RouteChange>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CostDifference {
    /// `fixed`, `driving`, `service`, `unloading`, `waiting`, `breaks`, `distance`, `gate_fees`, `penalties`, `fairness`,
    /// `compactness`, `lateness`, `overtime` or `preference`.
    pub part: String,
    pub fen: i64,
}

/// A rule that the change breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BrokenRule {
    /// The independent checker's, such as `OUTSIDE_WINDOW`.
    pub code: String,
    pub meaning: String,
    pub vehicle_id: Option<String>,
    /// Of the vehicle's route; the start is 0.
    pub step: Option<i64>,
    pub subject: Option<String>,
    /// What would be, and what may be, in the unit of the rule.
    pub would_be: Option<String>,
    pub limit: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RouteChange {
    pub vehicle_id: String,
    pub before: RouteSum,
    /// Absent where the change is not possible.
    pub after: Option<RouteSum>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RouteSum {
    /// Pickups and unloads.
    pub stops: i64,
    pub duration_s: i64,
    pub distance_m: i64,
    pub cost_fen: i64,
}
