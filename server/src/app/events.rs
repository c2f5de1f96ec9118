//! What every change leaves behind in its own transaction: an event, and word to the published plans it concerns.

use chrono::NaiveDate;
use serde_json::{Value, json};
use uuid::Uuid;

use super::error::AppResult;
use super::services::{Actor, Services};
use super::{days, slots};
use crate::db::{Tx, events, operators, plans};
use crate::domain::OperatorId;
use crate::domain::event::{EventKind, NewEvent, SubjectKind};
use crate::domain::plan::PlanKind;

/// First of all in every transaction that calls one of the `mark_stale` below: what it changes is not overlooked by a publication
/// at the same moment, and the two do not wait for each other.
pub(crate) async fn before_a_change(tx: &Tx, operator: OperatorId) -> AppResult<()> {
    Ok(operators::share(&**tx, operator).await?)
}

/// Appends one event of the caller's.
pub(crate) async fn append(
    services: &Services,
    actor: &Actor,
    tx: &Tx,
    kind: EventKind,
    subject: (SubjectKind, Uuid),
    data: Value,
) -> AppResult<()> {
    let event = NewEvent {
        operator: actor.operator_id(),
        kind,
        subject_kind: subject.0,
        subject: subject.1,
        actor: Some(actor.token),
        at: services.clock.now(),
        data,
    };
    Ok(events::append(&**tx, &[event]).await?)
}

/// The published collection plan of a day no longer fits its bookings, because of `cause`. After [`before_a_change`].
pub(crate) async fn mark_stale(
    services: &Services,
    actor: &Actor,
    tx: &Tx,
    date: NaiveDate,
    cause: EventKind,
) -> AppResult<()> {
    mark_stale_because(services, actor, tx, (date, PlanKind::Collection), cause.as_str()).await
}

/// As [`mark_stale`] for plans of any kind; where the cause is no single event, it is a stable code all the same.
pub(crate) async fn mark_stale_because(
    services: &Services,
    actor: &Actor,
    tx: &Tx,
    (date, kind): (NaiveDate, PlanKind),
    cause: &'static str,
) -> AppResult<()> {
    if let Some(plan) = plans::mark_stale(&**tx, actor.operator_id(), date, kind, cause).await? {
        let data = json!({ "service_date": date.to_string(), "cause": cause });
        append(services, actor, tx, EventKind::PlanStale, (SubjectKind::Plan, plan.0), data).await?;
    }
    Ok(())
}

/// A change of fleet or outlets concerns every published plan from today on; none lies beyond the booking horizon. After
/// [`before_a_change`].
pub(crate) async fn mark_stale_from_today(
    services: &Services,
    actor: &Actor,
    tx: &Tx,
    cause: EventKind,
) -> AppResult<()> {
    let today = days::today(services, actor);
    for ahead in 0..=slots::DAYS_AHEAD {
        for kind in PlanKind::ALL {
            mark_stale_because(services, actor, tx, (days::after(today, ahead), *kind), cause.as_str()).await?;
        }
    }
    Ok(())
}
