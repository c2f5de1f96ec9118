//! Door pickups, and the slots they fit in.

use actix_web::{HttpRequest, HttpResponse, get, post, web};
use huilu_api_spec::booking::{Booking, BookingList, BookingQuery, CancelBooking, CreateBooking};
use huilu_api_spec::slot::{SlotList, SlotOffers, SlotQuery, SlotQuestion};
use utoipa_actix_web::service_config::ServiceConfig;

use super::AppState;
use super::auth::{Booker, Require};
use super::body::Body;
use super::once::{KeyHeader, change};
use super::path::InPath;
use super::problem::ApiResult;
use super::query::Query;
use crate::app::slots::QuoteOrder;
use crate::app::{bookings, slots};
use crate::domain::BookingId;

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.service(list_slots).service(price_slots).service(create_booking).service(list_bookings);
    config.service(read_booking).service(cancel_booking);
}

/// Slots of one day that a place can still book
///
/// Residents of one H3 cell share the capacity of its slots.
#[utoipa::path(
    tag = "bookings",
    params(SlotQuery),
    responses((status = OK, body = SlotList)),
    security(("bearer" = ["resident", "planner"])),
)]
#[get("/slots")]
async fn list_slots(
    state: web::Data<AppState>,
    actor: Require<Booker>,
    query: Query<SlotQuery>,
) -> ApiResult<web::Json<SlotList>> {
    Ok(web::Json(query.answer(async |query| slots::list(&state.services, &actor, query).await).await?))
}

/// What each slot of a day would cost the routes for one more pickup
///
/// Prices are those of the day's plan as it stands; nothing is stored and nothing is held. The first question about a plan takes
/// seconds, as its distances are computed once more.
#[utoipa::path(
    tag = "bookings",
    request_body = SlotQuestion,
    responses(
        (status = OK, body = SlotOffers),
        (status = CONFLICT, description = "`NO_PLAN`, `NO_ROADS`, `PLAN_DOES_NOT_FIT` or `PLAN_TOO_LARGE`"),
        (status = BAD_GATEWAY, description = "`MATRIX_SERVICE_FAILED`: the routing server that the operator chose"),
    ),
    security(("bearer" = ["resident", "planner"])),
)]
#[post("/slots")]
async fn price_slots(
    state: web::Data<AppState>,
    actor: Require<Booker>,
    body: Body<SlotQuestion>,
) -> ApiResult<web::Json<SlotOffers>> {
    let services = &state.services;
    let rules = bookings::rules(services, &actor).await?;
    let order = body.accept(|question| QuoteOrder::read(services, &actor, &rules, question))?;
    Ok(web::Json(slots::quote(services, &actor, &rules, order).await?))
}

/// Book a door pickup
///
/// All faults of the request come back at once. A day that is already planned is marked stale, so that the planner can plan
/// it anew.
#[utoipa::path(
    tag = "bookings",
    params(KeyHeader),
    request_body = CreateBooking,
    responses(
        (status = CREATED, body = Booking),
        (status = CONFLICT, description = "`SLOT_FULL` or `IDEMPOTENCY_KEY_IN_USE`"),
    ),
    security(("bearer" = ["resident", "planner"])),
)]
#[post("/bookings")]
async fn create_booking(
    state: web::Data<AppState>,
    actor: Require<Booker>,
    request: HttpRequest,
    body: Body<CreateBooking>,
) -> ApiResult<HttpResponse> {
    let services = &state.services;
    let rules = bookings::rules(services, &actor).await?;
    let book = async |ask, order| bookings::book(services, &actor, &ask, order).await;
    change(services, &actor, &request, body, |wish| rules.check(wish), book).await
}

/// Bookings, newest first
///
/// Residents see their own.
#[utoipa::path(
    tag = "bookings",
    params(BookingQuery),
    responses((status = OK, body = BookingList)),
    security(("bearer" = ["resident", "planner"])),
)]
#[get("/bookings")]
async fn list_bookings(
    state: web::Data<AppState>,
    actor: Require<Booker>,
    query: Query<BookingQuery>,
) -> ApiResult<web::Json<BookingList>> {
    Ok(web::Json(query.answer(async |query| bookings::list(&state.services, &actor, query).await).await?))
}

/// One booking
#[utoipa::path(
    tag = "bookings",
    params(("id" = Uuid, Path)),
    responses((status = OK, body = Booking)),
    security(("bearer" = ["resident", "planner"])),
)]
#[get("/bookings/{id}")]
async fn read_booking(
    state: web::Data<AppState>,
    actor: Require<Booker>,
    id: InPath<BookingId>,
) -> ApiResult<web::Json<Booking>> {
    Ok(web::Json(bookings::read(&state.services, &actor, id.0).await?))
}

/// Cancel a booking that was not weighed yet
#[utoipa::path(
    tag = "bookings",
    params(("id" = Uuid, Path), KeyHeader),
    request_body = CancelBooking,
    responses(
        (status = OK, body = Booking),
        (status = CONFLICT, description = "`NOT_CANCELLABLE`, `CHANGED_MEANWHILE` or `IDEMPOTENCY_KEY_IN_USE`"),
    ),
    security(("bearer" = ["resident", "planner"])),
)]
#[post("/bookings/{id}/cancel")]
async fn cancel_booking(
    state: web::Data<AppState>,
    actor: Require<Booker>,
    id: InPath<BookingId>,
    request: HttpRequest,
    body: Body<CancelBooking>,
) -> ApiResult<HttpResponse> {
    let services = &state.services;
    let cancel = async |ask, why| bookings::cancel(services, &actor, &ask, id.0, why).await;
    change(services, &actor, &request, body, Ok, cancel).await
}
