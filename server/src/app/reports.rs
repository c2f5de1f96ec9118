//! What collectors report about the steps of their routes, and what that means for the bookings.
//!
//! Reports are only ever appended. A phone without network keeps them and sends them later, perhaps twice: its own
//! `client_id` makes each count once.

use huilu_api_spec::report::{CreateReport, Report as WireReport, Weight as WireWeight};
use huilu_model::{Grams, Litres, Seconds};
use serde_json::json;

use super::error::{AppError, AppResult};
use super::events::append;
use super::fault::{FaultCode, Faults};
use super::once::{Ask, Done, Reply, once};
use super::routes::{visible, was_published};
use super::services::{Actor, Services};
use super::stocks::Ledger;
use crate::db::{DbError, Tx, bookings, catalogue, reports};
use crate::domain::amount::Fen;
use crate::domain::booking::{Booking, BookingItem, BookingState, NotAllowed};
use crate::domain::catalogue::Catalogue;
use crate::domain::event::{EventKind, SubjectKind};
use crate::domain::plan::{Route, RouteStep, StepKind};
use crate::domain::report::{ReportKind, StepReport, Weight};
use crate::domain::{BookingId, Instant, ReportId, RouteId, StepId, Zone};

/// How far a phone's clock may be ahead: a wrong time zone is forgiven, a wrong date is not.
const AHEAD_MAX: Seconds = Seconds(24 * 3_600);

/// A report that makes sense by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct NewReport {
    client_id: String,
    kind: ReportKind,
    weights: Vec<Weight>,
    reason: Option<crate::domain::booking::FailureReason>,
    happened: Option<Instant>,
}

impl NewReport {
    /// # Errors
    /// Every contradiction between the kind and what goes with it.
    pub fn read(sent: CreateReport) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let kind = ReportKind::from(sent.kind);
        match kind {
            ReportKind::Collected if sent.weights.is_empty() => {
                faults.body(FaultCode::Empty, "/weights", "Nothing is weighed", "Send one weight for each material.");
            }
            ReportKind::Arrived | ReportKind::Failed if !sent.weights.is_empty() => {
                let remedy = "Leave `weights` out, or report `collected`.";
                faults.body(FaultCode::Contradiction, "/weights", "Only what was collected is weighed", remedy);
            }
            _ => {}
        }
        match (kind, sent.reason) {
            (ReportKind::Failed, None) => {
                faults.body(
                    FaultCode::MissingField,
                    "/reason",
                    "`reason` is missing",
                    "Say why nothing was handed over.",
                );
            }
            (ReportKind::Arrived | ReportKind::Collected, Some(_)) => {
                let remedy = "Leave `reason` out, or report `failed`.";
                faults.body(FaultCode::Contradiction, "/reason", "Only a failure has a reason", remedy);
            }
            _ => {}
        }
        for (k, weight) in sent.weights.iter().enumerate() {
            if sent.weights[..k].iter().any(|before| before.material == weight.material) {
                let message = format!("`{}` is weighed twice", weight.material);
                faults.body(FaultCode::DuplicateItem, format!("/weights/{k}/material"), message, "Add the masses up.");
            }
        }
        let happened = sent.happened_at.as_deref().map(Instant::parse);
        if matches!(happened, Some(Err(_))) {
            let remedy = "Send RFC 3339 with an offset, such as 2026-11-25T10:12:00+08:00.";
            faults.body(FaultCode::BadInstant, "/happened_at", "This is no instant", remedy);
        }
        faults.or(Self {
            client_id: sent.client_id,
            kind,
            weights: sent.weights.into_iter().map(|w| Weight { material: w.material, grams: Grams(w.grams) }).collect(),
            reason: sent.reason.map(Into::into),
            happened: happened.and_then(Result::ok),
        })
    }

    fn same_as(&self, stored: &StepReport, step: StepId) -> bool {
        stored.step == step
            && stored.kind == self.kind
            && stored.weights == self.weights
            && stored.reason == self.reason
            && self.happened.is_none_or(|happened| happened == stored.happened)
    }
}

/// Records what happened at a step, once for each `client_id` of a route.
///
/// # Errors
/// Not found; faults where the step is no pickup but weights or a failure are reported, a material is unknown, or the
/// phone's clock is more than a day ahead;
/// conflicts `ROUTE_NOT_PUBLISHED`, `CLIENT_ID_REUSED` and `BOOKING_STATE`.
pub async fn create(
    services: &Services,
    actor: &Actor,
    ask: &Ask,
    (route, step): (RouteId, StepId),
    report: NewReport,
) -> AppResult<Reply> {
    once(services, actor, ask, async |tx| {
        let zone = actor.operator.zone;
        let route = visible(&**tx, actor, route).await?;
        let step = route.steps.iter().find(|found| found.id == step).ok_or(AppError::NotFound)?;
        let booking = if let StepKind::Job(booking) = step.kind { Some(booking) } else { None };
        let catalogue = catalogue::load(&**tx, actor.operator_id()).await?;
        // One report of a route at a time. What of it may have changed until it was locked is read after this.
        let mut ledger = Ledger::open(tx, actor.operator_id(), (Some(route.id), booking), &catalogue).await?;
        if let Some(stored) = reports::by_client_id(&**tx, route.id, &report.client_id).await? {
            if report.same_as(&stored, step.id) {
                return Ok(Done::ok(wire(&stored, zone)));
            }
            let detail = "This route already has another report with this `client_id`; give every report its own.";
            return Err(AppError::conflict("CLIENT_ID_REUSED", detail));
        }
        if !was_published(&**tx, actor, &route).await? {
            let detail = "The plan of this route was never published; only published routes are driven.";
            return Err(AppError::conflict("ROUTE_NOT_PUBLISHED", detail));
        }
        fits(step, &report, &catalogue, services.clock.now())?;
        let stored = store(services, actor, tx, &route, step, &report).await?;
        ledger.reported(step.id);
        if let Some(booking) = booking {
            let moved = move_booking(services, actor, tx, booking, &stored, &catalogue).await?;
            ledger.changed(&moved, &catalogue);
        }
        ledger.close(services, actor, tx, Some(route.id)).await?;
        Ok(Done::created(format!("/v1/routes/{}", route.id), wire(&stored, zone)))
    })
    .await
}

/// What the report claims against the step, the catalogue and the clock.
fn fits(step: &RouteStep, report: &NewReport, catalogue: &Catalogue, now: Instant) -> Result<(), Faults> {
    let mut faults = Faults::default();
    if !matches!(step.kind, StepKind::Job(_)) && report.kind != ReportKind::Arrived {
        let remedy = "Report `arrived` here; `collected` and `failed` belong to steps of type `job`.";
        faults.body(FaultCode::Contradiction, "/kind", "This step is no pickup", remedy);
    }
    for (k, weight) in report.weights.iter().enumerate() {
        if catalogue.material(&weight.material).is_none() {
            let message = format!("`{}` is no material", weight.material);
            let remedy = "Use one of the codes of GET /v1/materials.";
            faults.body(FaultCode::UnknownMaterial, format!("/weights/{k}/material"), message, remedy);
        }
    }
    if report.happened.is_some_and(|happened| happened > now.plus(AHEAD_MAX)) {
        let remedy = "Set the phone's clock and date, or leave `happened_at` out.";
        faults.body(FaultCode::BadInstant, "/happened_at", "This lies more than a day ahead", remedy);
    }
    faults.or(())
}

async fn store(
    services: &Services,
    actor: &Actor,
    tx: &Tx,
    route: &Route,
    step: &RouteStep,
    report: &NewReport,
) -> AppResult<StepReport> {
    let received = services.clock.now();
    let stored = StepReport {
        id: ReportId::new(),
        operator: actor.operator_id(),
        route: route.id,
        step: step.id,
        client_id: report.client_id.clone(),
        kind: report.kind,
        weights: report.weights.clone(),
        reason: report.reason,
        actor: Some(actor.token),
        happened: report.happened.unwrap_or(received),
        received,
    };
    match reports::insert(&**tx, &stored).await {
        // The same report is being recorded at this very moment.
        Err(DbError::Duplicate(_)) => return Err(AppError::KeyInUse),
        inserted => inserted?,
    }
    let data = json!({ "step": step.id, "kind": report.kind, "report": stored.id });
    append(services, actor, tx, EventKind::RouteReported, (SubjectKind::Route, route.id.0), data).await?;
    Ok(stored)
}

async fn move_booking(
    services: &Services,
    actor: &Actor,
    tx: &Tx,
    id: BookingId,
    report: &StepReport,
    catalogue: &Catalogue,
) -> AppResult<Booking> {
    let booking = bookings::by_id(&**tx, actor.operator_id(), id).await?;
    let mut booking = booking.ok_or_else(|| AppError::internal(format!("booking {id} of a route is gone")))?;
    let happened = apply(&mut booking, report, catalogue).map_err(|cause| {
        AppError::conflict("BOOKING_STATE", format!("{cause}. Read the route again: it may have changed."))
    })?;
    bookings::update(&**tx, &booking).await?;
    for kind in happened {
        let data = json!({ "route": report.route, "step": report.step, "report": report.id, "reason": report.reason });
        append(services, actor, tx, kind, (SubjectKind::Booking, id.0), data).await?;
    }
    Ok(booking)
}

/// Moves the booking as the report says and returns what happened to it.
///
/// Who collects or fails to collect has arrived, also where the phone did not say so.
fn apply(booking: &mut Booking, report: &StepReport, catalogue: &Catalogue) -> Result<Vec<EventKind>, NotAllowed> {
    let mut happened = Vec::new();
    if report.kind == ReportKind::Arrived || booking.state != BookingState::Arrived {
        booking.advance(BookingState::Arrived, report.received)?;
        happened.push(EventKind::BookingArrived);
    }
    match report.kind {
        ReportKind::Arrived => {}
        ReportKind::Collected => {
            booking.advance(BookingState::Weighed, report.received)?;
            for item in &mut booking.items {
                // What is booked but not among the weights was not handed over.
                let weight = report.weights.iter().find(|weight| weight.material == item.material);
                item.weighed = Some(weight.map_or(Grams::ZERO, |weight| weight.grams));
            }
            let booked = booking.items.len();
            for weight in &report.weights {
                if booking.items[..booked].iter().all(|item| item.material != weight.material) {
                    booking.items.push(unbooked(weight, catalogue));
                }
            }
            happened.extend([EventKind::BookingCollected, EventKind::BookingWeighed]);
        }
        ReportKind::Failed => {
            booking.advance(BookingState::Failed, report.received)?;
            happened.push(EventKind::BookingFailed);
        }
    }
    Ok(happened)
}

/// What was handed over without having been booked, at today's price.
fn unbooked(weight: &Weight, catalogue: &Catalogue) -> BookingItem {
    BookingItem {
        material: weight.material.clone(),
        grams: Grams::ZERO,
        litres: Litres::ZERO,
        pieces: None,
        price: catalogue.material(&weight.material).map_or(Fen(0), |material| material.price),
        weighed: Some(weight.grams),
    }
}

fn wire(report: &StepReport, zone: Zone) -> WireReport {
    let weight = |weight: &Weight| WireWeight { material: weight.material.clone(), grams: weight.grams.0 };
    WireReport {
        id: report.id.to_string(),
        route_id: report.route.to_string(),
        step_id: report.step.to_string(),
        client_id: report.client_id.clone(),
        kind: report.kind.into(),
        weights: report.weights.iter().map(weight).collect(),
        reason: report.reason.map(Into::into),
        happened_at: zone.rfc3339(report.happened),
        received_at: zone.rfc3339(report.received),
    }
}

#[cfg(test)]
#[path = "reports_tests.rs"]
mod tests;
