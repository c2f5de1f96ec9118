//! Publishing: one plan of a day becomes the one that is driven.

use std::collections::BTreeMap;

use huilu_api_spec::plan::Plan as WirePlan;
use serde_json::json;

use super::snapshot::hash_of_day;
use super::{event, plan_of, wire};
use crate::app::error::{AppError, AppResult};
use crate::app::events::mark_stale_because;
use crate::app::once::{Ask, Done, Reply, once};
use crate::app::services::{Actor, Services};
use crate::db::{DbError, Tx, bookings, duties, events, operators, plans, routes};
use crate::domain::booking::BookingState;
use crate::domain::event::{EventKind, NewEvent, SubjectKind};
use crate::domain::plan::{Plan, PlanKind, PlanState, Route, RunState, StepKind, UnassignedBooking};
use crate::domain::{BookingId, Instant, PlanId, RouteId};

/// Of a plan that was stale when it was published: its day had changed since it was ordered.
const INPUT_CHANGED: &str = "input_changed";

/// The day is read so often before it counts as changed.
const LOOKS_MAX: u32 = 3;
/// Events that are compared beyond the latest: a transaction may take its numbers and commit after others that came later.
const IN_FLIGHT_MAX: i64 = 1_000;

/// Publishes a plan and supersedes the day's published one. Its bookings become assigned, the others of the day go back
/// to booked. A plan whose day has changed since it was ordered (bookings, fleet, outlets, roads) is published all the
/// same and marked stale. Publishing the published plan again changes nothing.
///
/// # Errors
/// Not found; conflicts `RUN_NOT_SUCCEEDED`, `PLAN_NOT_PROPOSED`, `VEHICLE_BUSY` and `CHANGED_MEANWHILE`.
pub async fn publish(services: &Services, actor: &Actor, ask: &Ask, id: PlanId) -> AppResult<Reply> {
    for _ in 1..LOOKS_MAX {
        let day = Day::look(services, actor, id).await?;
        let work = async |tx: &Tx| Ok(Done::ok(published(services, actor, tx, day, IfChanged::LookAgain).await?));
        match once(services, actor, ask, work).await {
            Err(error) if looks_again(&error) => {}
            answer => return answer,
        }
    }
    let day = Day::look(services, actor, id).await?;
    once(services, actor, ask, async |tx| Ok(Done::ok(published(services, actor, tx, day, IfChanged::Stale).await?)))
        .await
}

/// As [`publish`], for callers within the program.
///
/// # Errors
/// As [`publish`]; a text that is no id names nothing.
pub async fn publish_now(services: &Services, actor: &Actor, id: &str) -> AppResult<WirePlan> {
    let id = id.parse().map_err(|_| AppError::NotFound)?;
    let day = Day::look(services, actor, id).await?;
    let tx = services.db.begin().await?;
    let plan = published(services, actor, &tx, day, IfChanged::Stale).await?;
    tx.commit().await?;
    Ok(plan)
}

/// The plan, and what it would be computed from now. All that takes a while is read before the write transaction, which SQLite
/// has one of; inside only the events since then are looked at.
struct Day {
    plan: Plan,
    routes: Vec<Route>,
    unassigned: Vec<UnassignedBooking>,
    /// From here on events are compared.
    after: i64,
    /// Those that concern the day.
    events: Vec<i64>,
    hash: Option<String>,
}

/// What it means that the day changes while it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IfChanged {
    LookAgain,
    /// No plan was ordered for the day as it is by now.
    Stale,
}

impl Day {
    async fn look(services: &Services, actor: &Actor, id: PlanId) -> AppResult<Self> {
        let read = services.db.read();
        let plan = plan_of(read, actor, id).await?;
        let day = (plan.service_date, plan.kind);
        // The events first: what happens while the day is read shows as one more of them.
        let after = (events::latest(read).await? - IN_FLIGHT_MAX).max(0);
        let events = events::of_day_after(read, plan.operator, day, after).await?;
        let hash = hash_of_day(services, read, plan.operator, day).await?;
        let routes = routes::of_plan(read, id).await?;
        let unassigned = routes::unassigned(read, id).await?;
        Ok(Self { plan, routes, unassigned, after, events, hash })
    }

    /// Whether the plan was made for the day as it is.
    ///
    /// # Errors
    /// Where the day was changed meanwhile and is to be looked at again.
    async fn fits(&self, tx: &Tx, if_changed: IfChanged) -> AppResult<bool> {
        let Plan { operator, service_date, kind, .. } = self.plan;
        if events::of_day_after(&**tx, operator, (service_date, kind), self.after).await? == self.events {
            return Ok(self.hash.as_ref() == Some(&self.plan.input_hash));
        }
        match if_changed {
            IfChanged::LookAgain => Err(DbError::Stale.into()),
            IfChanged::Stale => Ok(false),
        }
    }
}

fn looks_again(error: &AppError) -> bool {
    matches!(error, AppError::Conflict { code: "CHANGED_MEANWHILE", .. })
}

async fn published(
    services: &Services,
    actor: &Actor,
    tx: &Tx,
    day: Day,
    if_changed: IfChanged,
) -> AppResult<WirePlan> {
    // One publication at a time: the second finds what the first has left. Changes of the day wait or have ended.
    operators::lock(&**tx, actor.operator_id()).await?;
    let mut plan = plan_of(&**tx, actor, day.plan.id).await?;
    if plan.state != PlanState::Published {
        may_be_published(&plan)?;
        if plan.version != day.plan.version {
            // Its run ended in between, and its routes have not been read.
            return Err(DbError::Stale.into());
        }
        // Before anything is written, or its own events would count as a change.
        let fresh = day.fits(tx, if_changed).await?;
        change_hands(services, actor, tx, &plan, &day.routes).await?;
        if plan.kind == PlanKind::Collection {
            move_bookings(services, actor, tx, &plan, &day.routes).await?;
        }
        if !fresh {
            mark_stale_because(services, actor, tx, (plan.service_date, plan.kind), INPUT_CHANGED).await?;
        }
        plan = plan_of(&**tx, actor, plan.id).await?;
    }
    Ok(wire::plan(&plan, &day.unassigned, actor.operator.zone))
}

fn may_be_published(plan: &Plan) -> AppResult<()> {
    if plan.run.state != RunState::Succeeded {
        let detail = match plan.run.state {
            RunState::Queued | RunState::Running => "The run has not ended yet; wait for it.",
            _ => "The run found no plan; order another one with POST /v1/plans.",
        };
        return Err(AppError::conflict("RUN_NOT_SUCCEEDED", detail));
    }
    if plan.state != PlanState::Proposed {
        let detail = format!("The plan is {}; order another one with POST /v1/plans.", plan.state);
        return Err(AppError::conflict("PLAN_NOT_PROPOSED", detail));
    }
    Ok(())
}

/// Both kinds may have been ordered while a vehicle was free; it drives for the one that is published first.
async fn take_vehicles(tx: &Tx, plan: &Plan, routes: &[Route]) -> AppResult<()> {
    let vehicles = routes.iter().map(|route| route.vehicle).collect();
    let busy = duties::take(&**tx, plan, &vehicles).await?;
    let Some(vehicle) = busy.first() else { return Ok(()) };
    let other = plan.kind.other();
    let detail = format!(
        "Vehicle {vehicle} drives for the day's published {other} plan; order this one again with POST /v1/plans."
    );
    Err(AppError::conflict("VEHICLE_BUSY", detail))
}

async fn change_hands(services: &Services, actor: &Actor, tx: &Tx, plan: &Plan, routes: &[Route]) -> AppResult<()> {
    let now = services.clock.now();
    let mut happened = Vec::new();
    if let Some(old) = plans::published(&**tx, plan.operator, plan.service_date, plan.kind).await? {
        plans::set_state(&**tx, old.id, PlanState::Superseded, old.published).await?;
        duties::release(&**tx, old.id).await?;
        happened.push(event(&old, EventKind::PlanSuperseded, Some(actor), now, json!({ "by": plan.id })));
    }
    match plans::set_state(&**tx, plan.id, PlanState::Published, Some(now)).await {
        // The unique index: another plan of the day was published at the same moment.
        Err(DbError::Duplicate(_)) => return Err(DbError::Stale.into()),
        changed => changed?,
    }
    take_vehicles(tx, plan, routes).await?;
    let data = json!({ "service_date": plan.service_date });
    happened.push(event(plan, EventKind::PlanPublished, Some(actor), now, data));
    happened.extend(routes.iter().map(|route| NewEvent {
        operator: route.operator,
        kind: EventKind::RoutePublished,
        subject_kind: SubjectKind::Route,
        subject: route.id.0,
        actor: Some(actor.token),
        at: now,
        data: json!({ "plan": plan.id, "vehicle": route.vehicle, "service_date": route.service_date }),
    }));
    Ok(events::append(&**tx, &happened).await?)
}

async fn move_bookings(services: &Services, actor: &Actor, tx: &Tx, plan: &Plan, routes: &[Route]) -> AppResult<()> {
    let now = services.clock.now();
    let routed = routed(routes);
    let waiting = bookings::states_awaiting(&**tx, plan.operator, plan.service_date).await?;
    let moves = Moves::new(&waiting, &routed);
    let changes = [
        (&moves.assigned, BookingState::Booked, BookingState::Assigned),
        (&moves.unassigned, BookingState::Assigned, BookingState::Booked),
    ];
    for (ids, from, to) in changes {
        let changed = bookings::set_states(&**tx, plan.operator, ids, &[from], to, now).await?;
        if changed != ids.len() as u64 {
            return Err(DbError::Stale.into());
        }
    }
    Ok(events::append(&**tx, &moves.events(actor, &routed, now)).await?)
}

fn routed(routes: &[Route]) -> BTreeMap<BookingId, RouteId> {
    let stops = routes.iter().flat_map(|route| route.steps.iter().map(move |step| (route.id, step.kind)));
    stops
        .filter_map(|(route, kind)| match kind {
            StepKind::Job(booking) => Some((booking, route)),
            _ => None,
        })
        .collect()
}

/// What publication means for the bookings that wait.
#[derive(Debug, Default, PartialEq)]
struct Moves {
    assigned: Vec<BookingId>,
    /// On the plan before, but not on this one.
    unassigned: Vec<BookingId>,
    /// On both, at another time.
    moved: Vec<BookingId>,
}

impl Moves {
    fn new(waiting: &[(BookingId, BookingState)], routed: &BTreeMap<BookingId, RouteId>) -> Self {
        let mut moves = Self::default();
        for &(booking, state) in waiting {
            match (state, routed.contains_key(&booking)) {
                (BookingState::Booked, true) => moves.assigned.push(booking),
                (BookingState::Assigned, true) => moves.moved.push(booking),
                (BookingState::Assigned, false) => moves.unassigned.push(booking),
                _ => {}
            }
        }
        moves
    }

    fn events(&self, actor: &Actor, routed: &BTreeMap<BookingId, RouteId>, at: Instant) -> Vec<NewEvent> {
        let kinds = [
            (&self.assigned, EventKind::BookingAssigned),
            (&self.moved, EventKind::BookingEtaChanged),
            (&self.unassigned, EventKind::BookingUnassigned),
        ];
        let event = |booking: &BookingId, kind: EventKind| NewEvent {
            operator: actor.operator_id(),
            kind,
            subject_kind: SubjectKind::Booking,
            subject: booking.0,
            actor: Some(actor.token),
            at,
            data: json!({ "route": routed.get(booking) }),
        };
        kinds.into_iter().flat_map(|(ids, kind)| ids.iter().map(move |id| event(id, kind))).collect()
    }
}

#[cfg(test)]
#[path = "publish_tests.rs"]
mod tests;
