//! Publishing: one plan of a day becomes the one that is driven.

use std::collections::{BTreeMap, BTreeSet};

use huilu_api_spec::plan::Plan as WirePlan;
use serde_json::json;

use super::{event, plan_of, wire};
use crate::app::error::{AppError, AppResult};
use crate::app::events::mark_stale;
use crate::app::once::{Ask, Done, Reply, once};
use crate::app::services::{Actor, Services};
use crate::db::{DbError, Tx, bookings, events, plans, routes};
use crate::domain::booking::{Booking, BookingState};
use crate::domain::event::{EventKind, NewEvent, SubjectKind};
use crate::domain::plan::{Plan, PlanState, RunState, StepKind, UnassignedBooking};
use crate::domain::{BookingId, Instant, PlanId, RouteId};

/// Publishes a plan and supersedes the day's published one. Its bookings become assigned, the others of the day go back
/// to booked. Publishing the published plan again changes nothing.
///
/// # Errors
/// Not found; conflicts `RUN_NOT_SUCCEEDED`, `PLAN_NOT_PROPOSED` and `CHANGED_MEANWHILE`.
pub async fn publish(services: &Services, actor: &Actor, ask: &Ask, id: PlanId) -> AppResult<Reply> {
    once(services, actor, ask, async |tx| Ok(Done::ok(published(services, actor, tx, id).await?))).await
}

/// As [`publish`], for callers within the program.
///
/// # Errors
/// As [`publish`]; a text that is no id names nothing.
pub async fn publish_now(services: &Services, actor: &Actor, id: &str) -> AppResult<WirePlan> {
    let id = id.parse().map_err(|_| AppError::NotFound)?;
    let tx = services.db.begin().await?;
    let plan = published(services, actor, &tx, id).await?;
    tx.commit().await?;
    Ok(plan)
}

async fn published(services: &Services, actor: &Actor, tx: &Tx, id: PlanId) -> AppResult<WirePlan> {
    let mut plan = plan_of(&**tx, actor, id).await?;
    let unassigned = routes::unassigned(&**tx, id).await?;
    if plan.state != PlanState::Published {
        may_be_published(&plan)?;
        change_hands(services, actor, tx, &plan).await?;
        move_bookings(services, actor, tx, &plan, &unassigned).await?;
        plan = plan_of(&**tx, actor, id).await?;
    }
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

async fn change_hands(services: &Services, actor: &Actor, tx: &Tx, plan: &Plan) -> AppResult<()> {
    let now = services.clock.now();
    let mut happened = Vec::new();
    if let Some(old) = plans::published(&**tx, plan.operator, plan.service_date).await? {
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
    Ok(events::append(&**tx, &happened).await?)
}

async fn move_bookings(
    services: &Services,
    actor: &Actor,
    tx: &Tx,
    plan: &Plan,
    unassigned: &[UnassignedBooking],
) -> AppResult<()> {
    let now = services.clock.now();
    let routed = routed(tx, plan.id).await?;
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
    events::append(&**tx, &moves.events(actor, &routed, now)).await?;
    if !considered(&waiting, &routed, unassigned) {
        mark_stale(services, actor, tx, plan.service_date, EventKind::BookingBooked).await?;
    }
    Ok(())
}

async fn routed(tx: &Tx, plan: PlanId) -> AppResult<BTreeMap<BookingId, RouteId>> {
    let routes = routes::of_plan(&**tx, plan).await?;
    let stops = routes.iter().flat_map(|route| route.steps.iter().map(move |step| (route.id, step.kind)));
    Ok(stops
        .filter_map(|(route, kind)| match kind {
            StepKind::Job(booking) => Some((booking, route)),
            _ => None,
        })
        .collect())
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

/// Whether the plan was made for exactly the bookings that wait now.
fn considered(waiting: &[Booking], routed: &BTreeMap<BookingId, RouteId>, unassigned: &[UnassignedBooking]) -> bool {
    let now: BTreeSet<BookingId> = waiting.iter().map(|booking| booking.id).collect();
    let then: BTreeSet<BookingId> = routed.keys().copied().chain(unassigned.iter().map(|left| left.booking)).collect();
    now == then
}
