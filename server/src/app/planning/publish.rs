//! Publishing: one plan of a day becomes the one that is driven.

use std::collections::BTreeMap;

use huilu_api_spec::plan::Plan as WirePlan;
use serde_json::json;

use super::snapshot::hash_of_day;
use super::{event, plan_of, wire};
use crate::app::error::{AppError, AppResult};
use crate::app::events::mark_stale_because;
use crate::app::once::{Ask, Done, Reply, once};
use crate::app::problem;
use crate::app::services::{Actor, Services};
use crate::db::{DbError, Tx, bookings, events, plans, routes};
use crate::domain::booking::{Booking, BookingState};
use crate::domain::event::{EventKind, NewEvent, SubjectKind};
use crate::domain::plan::{Plan, PlanKind, PlanState, Route, RunState, StepKind};
use crate::domain::{BookingId, Instant, PlanId, RouteId};

/// Of a plan that was stale when it was published: its day had changed since it was ordered.
const INPUT_CHANGED: &str = "input_changed";

/// Publishes a plan and supersedes the day's published one. Its bookings become assigned, the others of the day go back
/// to booked. A plan whose day has changed since it was ordered (bookings, fleet, outlets, roads) is published all the
/// same and marked stale. Publishing the published plan again changes nothing.
///
/// # Errors
/// Not found; conflicts `RUN_NOT_SUCCEEDED`, `PLAN_NOT_PROPOSED`, `VEHICLE_BUSY` and `CHANGED_MEANWHILE`.
pub async fn publish(services: &Services, actor: &Actor, ask: &Ask, id: PlanId) -> AppResult<Reply> {
    let day = Day::look(services, actor, id).await?;
    once(services, actor, ask, async |tx| Ok(Done::ok(published(services, actor, tx, id, day).await?))).await
}

/// As [`publish`], for callers within the program.
///
/// # Errors
/// As [`publish`]; a text that is no id names nothing.
pub async fn publish_now(services: &Services, actor: &Actor, id: &str) -> AppResult<WirePlan> {
    let id = id.parse().map_err(|_| AppError::NotFound)?;
    let day = Day::look(services, actor, id).await?;
    let tx = services.db.begin().await?;
    let plan = published(services, actor, &tx, id, day).await?;
    tx.commit().await?;
    Ok(plan)
}

/// What the plan would be computed from now. It is put together before the write transaction, which SQLite has one of;
/// only where something happened in between, it is put together again inside.
struct Day {
    /// Number of the latest event before the day was read.
    seen: i64,
    hash: Option<String>,
}

impl Day {
    async fn look(services: &Services, actor: &Actor, id: PlanId) -> AppResult<Self> {
        let read = services.db.read();
        let plan = plan_of(read, actor, id).await?;
        let seen = events::latest(read).await?;
        Ok(Self { seen, hash: hash_of_day(services, read, &actor.operator, (plan.service_date, plan.kind)).await? })
    }

    /// Whether the plan was made for the day as it is.
    async fn fits(self, services: &Services, plan: &Plan, actor: &Actor, tx: &Tx) -> AppResult<bool> {
        let hash = if events::latest(&**tx).await? == self.seen {
            self.hash
        } else {
            hash_of_day(services, &**tx, &actor.operator, (plan.service_date, plan.kind)).await?
        };
        Ok(hash.as_ref() == Some(&plan.input_hash))
    }
}

async fn published(services: &Services, actor: &Actor, tx: &Tx, id: PlanId, day: Day) -> AppResult<WirePlan> {
    let mut plan = plan_of(&**tx, actor, id).await?;
    if plan.state != PlanState::Published {
        may_be_published(&plan)?;
        // Before anything is written, or its own events would count as a change.
        let fresh = day.fits(services, &plan, actor, tx).await?;
        let routes = routes::of_plan(&**tx, id).await?;
        vehicles_are_free(actor, tx, &plan, &routes).await?;
        change_hands(services, actor, tx, &plan, &routes).await?;
        if plan.kind == PlanKind::Collection {
            move_bookings(services, actor, tx, &plan, &routes).await?;
        }
        if !fresh {
            mark_stale_because(services, actor, tx, (plan.service_date, plan.kind), INPUT_CHANGED).await?;
        }
        plan = plan_of(&**tx, actor, id).await?;
    }
    let unassigned = routes::unassigned(&**tx, id).await?;
    Ok(wire::plan(&plan, &unassigned, actor.operator.zone))
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
async fn vehicles_are_free(actor: &Actor, tx: &Tx, plan: &Plan, routes: &[Route]) -> AppResult<()> {
    let other = plan.kind.other();
    let busy = problem::drivers_of(&**tx, &actor.operator, plan.service_date, other).await?;
    let Some(route) = routes.iter().find(|route| busy.contains(&route.vehicle)) else { return Ok(()) };
    let detail = format!(
        "Vehicle {} drives for the day's published {other} plan; order this one again with POST /v1/plans.",
        route.vehicle
    );
    Err(AppError::conflict("VEHICLE_BUSY", detail))
}

async fn change_hands(services: &Services, actor: &Actor, tx: &Tx, plan: &Plan, routes: &[Route]) -> AppResult<()> {
    let now = services.clock.now();
    let mut happened = Vec::new();
    if let Some(old) = plans::published(&**tx, plan.operator, plan.service_date, plan.kind).await? {
        plans::set_state(&**tx, old.id, PlanState::Superseded, old.published).await?;
        happened.push(event(&old, EventKind::PlanSuperseded, Some(actor), now, json!({ "by": plan.id })));
    }
    match plans::set_state(&**tx, plan.id, PlanState::Published, Some(now)).await {
        // The unique index: another plan of the day was published at the same moment.
        Err(DbError::Duplicate(_)) => return Err(DbError::Stale.into()),
        changed => changed?,
    }
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
    let waiting = bookings::awaiting(&**tx, plan.operator, plan.service_date).await?;
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
    fn new(waiting: &[Booking], routed: &BTreeMap<BookingId, RouteId>) -> Self {
        let mut moves = Self::default();
        for booking in waiting {
            match (booking.state, routed.contains_key(&booking.id)) {
                (BookingState::Booked, true) => moves.assigned.push(booking.id),
                (BookingState::Assigned, true) => moves.moved.push(booking.id),
                (BookingState::Assigned, false) => moves.unassigned.push(booking.id),
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
