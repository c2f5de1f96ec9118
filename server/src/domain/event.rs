//! What happened: appended in the transaction of the change itself, never changed, with an outbox row beside it.

use serde_json::Value;
use uuid::Uuid;

use super::codes::coded;
use super::ids::{OperatorId, TokenId};
use super::time::Instant;

coded! {
    SubjectKind as "subject kind" {
        Booking = "booking",
        Outlet = "outlet",
        Depot = "depot",
        Vehicle = "vehicle",
        Plan = "plan",
        Route = "route",
        Scenario = "scenario",
        Operator = "operator",
    }
}

coded! {
    EventKind as "event kind" {
        BookingBooked = "booking.booked",
        BookingAssigned = "booking.assigned",
        BookingUnassigned = "booking.unassigned",
        BookingEnRoute = "booking.en_route",
        BookingArrived = "booking.arrived",
        BookingEtaChanged = "booking.eta_changed",
        BookingCollected = "booking.collected",
        BookingWeighed = "booking.weighed",
        BookingMissed = "booking.missed",
        BookingFailed = "booking.failed",
        BookingCancelled = "booking.cancelled",
        OutletCreated = "outlet.created",
        OutletChanged = "outlet.changed",
        OutletClosed = "outlet.closed",
        /// Reported unloads have used up what it takes of a stream: `data` names the route, the day and the streams with what is
        /// held and what it can hold. Once for each time that happens.
        OutletFull = "outlet.full",
        DepotCreated = "depot.created",
        DepotChanged = "depot.changed",
        DepotClosed = "depot.closed",
        VehicleCreated = "vehicle.created",
        VehicleChanged = "vehicle.changed",
        VehicleRetired = "vehicle.retired",
        PlanRequested = "plan.requested",
        PlanImproved = "plan.improved",
        PlanProposed = "plan.proposed",
        PlanFailed = "plan.failed",
        PlanCancelled = "plan.cancelled",
        /// With one `route.published` for each of its routes.
        PlanPublished = "plan.published",
        PlanSuperseded = "plan.superseded",
        PlanStale = "plan.stale",
        /// A vehicle has a route to drive: `data` names plan, vehicle and service date. A plan that takes over has routes of
        /// its own; those of the old one end with its `plan.superseded`.
        RoutePublished = "route.published",
        RouteReported = "route.reported",
        ScenarioCreated = "scenario.created",
        ScenarioSolved = "scenario.solved",
        ScenarioAdopted = "scenario.adopted",
        OperatorImported = "operator.imported",
    }
}

/// An event before it has its number.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    pub operator: OperatorId,
    pub kind: EventKind,
    pub subject_kind: SubjectKind,
    pub subject: Uuid,
    /// Absent where the system acted.
    pub actor: Option<TokenId>,
    pub at: Instant,
    /// Ids and figures; no names, phones or addresses.
    pub data: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Grows with every event of the database.
    pub seq: i64,
    pub event: NewEvent,
}
