//! What an import leaves behind in its own transaction: an event for each thing that came in, with nobody as its actor,
//! and word to the published plans of its days.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::app::error::AppResult;
use crate::app::{days, slots};
use crate::db::{Tx, events, plans};
use crate::domain::booking::Booking;
use crate::domain::event::{EventKind, NewEvent, SubjectKind};
use crate::domain::operator::Operator;
use crate::domain::outlet::Outlet;
use crate::domain::plan::PlanKind;
use crate::domain::{Instant, OperatorId};

/// Open bookings came in; their data is that of one that a resident makes.
pub(super) async fn booked(tx: &Tx, bookings: &[Booking], at: Instant) -> AppResult<()> {
    let event = |booking: &Booking| {
        let data = json!({
            "service_date": booking.service_date.to_string(),
            "cell": booking.cell.to_string(),
            "mass_g": booking.grams.0,
            "volume_l": booking.litres.0,
        });
        let subject = (SubjectKind::Booking, booking.id.0);
        event(booking.operator, EventKind::BookingBooked, subject, at, data)
    };
    Ok(events::append(&**tx, &bookings.iter().map(event).collect::<Vec<_>>()).await?)
}

/// Outlets came in; their data is that of one that a planner opens.
pub(super) async fn opened(tx: &Tx, outlets: &[Outlet], at: Instant) -> AppResult<()> {
    let event = |outlet: &Outlet| {
        let data = json!({ "kind": outlet.kind, "status": outlet.status, "cell": outlet.cell.to_string() });
        event(outlet.operator, EventKind::OutletCreated, (SubjectKind::Outlet, outlet.id.0), at, data)
    };
    Ok(events::append(&**tx, &outlets.iter().map(event).collect::<Vec<_>>()).await?)
}

/// The published collection plans of the bookings' days were made without them.
pub(super) async fn mark_stale(tx: &Tx, operator: &Operator, bookings: &[Booking], at: Instant) -> AppResult<()> {
    let days: BTreeSet<NaiveDate> = bookings.iter().map(|booking| booking.service_date).collect();
    let plans = days.into_iter().map(|date| (date, PlanKind::Collection));
    mark_plans(tx, operator, plans, EventKind::BookingBooked, at).await
}

/// What came in concerns every published plan from today on; none lies beyond the booking horizon.
pub(super) async fn mark_stale_from_today(tx: &Tx, operator: &Operator, at: Instant) -> AppResult<()> {
    let today = operator.zone.date_of(at);
    let ahead = (0..=slots::DAYS_AHEAD).map(|ahead| days::after(today, ahead));
    let plans = ahead.flat_map(|date| PlanKind::ALL.iter().map(move |kind| (date, *kind)));
    mark_plans(tx, operator, plans, EventKind::OperatorImported, at).await
}

async fn mark_plans(
    tx: &Tx,
    operator: &Operator,
    published: impl IntoIterator<Item = (NaiveDate, PlanKind)>,
    cause: EventKind,
    at: Instant,
) -> AppResult<()> {
    let cause = cause.as_str();
    let mut marked = Vec::new();
    for (date, kind) in published {
        if let Some(plan) = plans::mark_stale(&**tx, operator.id, date, kind, cause).await? {
            let data = json!({ "service_date": date.to_string(), "cause": cause });
            marked.push(event(operator.id, EventKind::PlanStale, (SubjectKind::Plan, plan.0), at, data));
        }
    }
    Ok(events::append(&**tx, &marked).await?)
}

/// The import as a whole.
pub(super) async fn imported(tx: &Tx, operator: &Operator, at: Instant, data: Value) -> AppResult<()> {
    let subject = (SubjectKind::Operator, operator.id.0);
    Ok(events::append(&**tx, &[event(operator.id, EventKind::OperatorImported, subject, at, data)]).await?)
}

fn event(operator: OperatorId, kind: EventKind, subject: (SubjectKind, Uuid), at: Instant, data: Value) -> NewEvent {
    NewEvent { operator, kind, subject_kind: subject.0, subject: subject.1, actor: None, at, data }
}
