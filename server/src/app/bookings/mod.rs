//! Door pickups: booked, read, cancelled.

mod order;
mod window;

pub use order::{Order, Rules, rules};

use huilu_api_spec::booking::{Booking as WireBooking, BookingList, BookingQuery, CancelBooking};
use huilu_api_spec::session::Role;
use serde_json::json;

use super::error::{AppError, AppResult};
use super::fault::{FaultCode, Faults};
use super::once::{Ask, Done, Reply, once};
use super::paging::Page;
use super::services::{Actor, Services};
use super::stocks::Ledger;
use super::{areas, days, events, slots, wire};
use crate::db::bookings::{self, BookingFilter};
use crate::db::catalogue;
use crate::domain::booking::{Booking, BookingState, Canceller};
use crate::domain::event::{EventKind, SubjectKind};
use crate::domain::slot::SlotKey;
use crate::domain::{BookingId, policy};

/// Books a pickup: its place in the slot, the booking, its event and the stored answer are one transaction.
///
/// # Errors
/// A conflict `SLOT_FULL`; whatever [`once`] refuses.
pub async fn book(services: &Services, actor: &Actor, ask: &Ask, order: Order) -> AppResult<Reply> {
    let area = areas::at(services, actor, order.place.at).await?;
    let now = services.clock.now();
    let booking = Booking {
        id: BookingId::new(),
        operator: actor.operator_id(),
        state: BookingState::Booked,
        resident: Some(actor.token),
        building: None,
        area,
        cell: order.cell,
        place: order.place,
        address: order.address,
        floor: None,
        lift: None,
        note: None,
        service_date: order.service_date,
        window: order.window,
        grams: order.items.iter().map(|item| item.grams).sum(),
        litres: order.items.iter().map(|item| item.litres).sum(),
        penalty: policy::penalty(order.items.iter().map(|item| item.grams).sum()),
        items: order.items,
        created: now,
        updated: now,
        version: 1,
    };
    once(services, actor, ask, async |tx| {
        events::before_a_change(tx, actor.operator_id()).await?;
        if let Some(slot) = slot_of(&booking) {
            slots::take(tx, &slot).await?;
        }
        bookings::insert(&**tx, &booking).await?;
        let data = json!({
            "service_date": booking.service_date.to_string(),
            "cell": booking.cell.to_string(),
            "mass_g": booking.grams.0,
            "volume_l": booking.litres.0,
        });
        let subject = (SubjectKind::Booking, booking.id.0);
        events::append(services, actor, tx, EventKind::BookingBooked, subject, data).await?;
        events::mark_stale(services, actor, tx, booking.service_date, EventKind::BookingBooked).await?;
        Ok(Done::created(format!("/v1/bookings/{}", booking.id), shown(actor, &booking)))
    })
    .await
}

/// A page of bookings, newest first: residents see their own, planners all.
///
/// # Errors
/// Faults of the query.
pub async fn list(services: &Services, actor: &Actor, query: &BookingQuery) -> AppResult<BookingList> {
    let mut faults = Faults::default();
    let page = Page::read(&mut faults, query.cursor.as_deref(), query.limit.as_deref());
    let service_date = query.date.as_deref().and_then(|date| days::of_query(&mut faults, date));
    let state = query.state.as_deref().and_then(|state| state_of(&mut faults, state));
    faults.or(())?;
    let resident = (actor.role == Role::Resident).then_some(actor.token);
    let filter = BookingFilter { resident, service_date, state };
    let rows = bookings::page(services.db.read(), actor.operator_id(), &filter, page.cursor, page.fetch()).await?;
    let (rows, next_cursor) = page.cut(rows, |booking| booking.id.0);
    Ok(BookingList { bookings: rows.iter().map(|booking| shown(actor, booking)).collect(), next_cursor })
}

/// One booking that the caller may see.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn read(services: &Services, actor: &Actor, id: BookingId) -> AppResult<WireBooking> {
    let booking = bookings::by_id(services.db.read(), actor.operator_id(), id).await?;
    let booking = booking.filter(|booking| may_see(actor, booking)).ok_or(AppError::NotFound)?;
    Ok(shown(actor, &booking))
}

/// Cancels a booking that has not been weighed yet and gives back its place in the slot.
///
/// # Errors
/// [`AppError::NotFound`]; a conflict `NOT_CANCELLABLE`; whatever [`once`] refuses.
pub async fn cancel(
    services: &Services,
    actor: &Actor,
    ask: &Ask,
    id: BookingId,
    why: CancelBooking,
) -> AppResult<Reply> {
    once(services, actor, ask, async |tx| {
        events::before_a_change(tx, actor.operator_id()).await?;
        let found = bookings::by_id(&**tx, actor.operator_id(), id).await?;
        let mut booking = found.filter(|booking| may_see(actor, booking)).ok_or(AppError::NotFound)?;
        let slot = slot_of(&booking).filter(|_| booking.state.holds_slot());
        booking
            .advance(BookingState::Cancelled, services.clock.now())
            .map_err(|refused| AppError::conflict("NOT_CANCELLABLE", format!("{refused}.")))?;
        let catalogue = catalogue::load(&**tx, actor.operator_id()).await?;
        let mut ledger = Ledger::open(tx, actor.operator_id(), (None, Some(id)), &catalogue).await?;
        bookings::update(&**tx, &booking).await?;
        if let Some(slot) = slot {
            slots::give_back(tx, &slot).await?;
        }
        let by = if actor.role == Role::Resident { Canceller::Resident } else { Canceller::Operator };
        let data = json!({ "service_date": booking.service_date.to_string(), "by": by, "reason": why.reason });
        let subject = (SubjectKind::Booking, booking.id.0);
        events::append(services, actor, tx, EventKind::BookingCancelled, subject, data).await?;
        ledger.changed(&booking, &catalogue);
        ledger.close(services, actor, tx, None).await?;
        events::mark_stale(services, actor, tx, booking.service_date, EventKind::BookingCancelled).await?;
        Ok(Done::ok(shown(actor, &booking)))
    })
    .await
}

fn may_see(actor: &Actor, booking: &Booking) -> bool {
    actor.role == Role::Planner || booking.resident == Some(actor.token)
}

fn slot_of(booking: &Booking) -> Option<SlotKey> {
    SlotKey::of_window(booking.operator, booking.cell, booking.service_date, booking.window.start_s)
}

fn state_of(faults: &mut Faults, text: &str) -> Option<BookingState> {
    let state = text.parse().ok();
    if state.is_none() {
        let codes: Vec<&str> = BookingState::ALL.iter().map(|state| state.as_str()).collect();
        let message = format!("`{text}` is no state of a booking");
        faults.parameter(FaultCode::UnknownValue, "state", message, format!("Use one of {}.", codes.join(", ")));
    }
    state
}

/// The address is for who booked; the collector finds it on the route.
fn shown(actor: &Actor, booking: &Booking) -> WireBooking {
    let zone = actor.operator.zone;
    WireBooking {
        id: booking.id.to_string(),
        state: booking.state.into(),
        service_date: booking.service_date.to_string(),
        window: wire::window(zone, &booking.window),
        place: wire::position(booking.place.at),
        address: booking.address.clone().filter(|_| booking.resident == Some(actor.token)),
        items: wire::booked_items(&booking.items),
        created_at: zone.rfc3339(booking.created),
    }
}
