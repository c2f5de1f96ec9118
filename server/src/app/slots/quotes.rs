//! What each slot of a day would cost the routes for one more pickup.

use chrono::NaiveDate;
use huilu_api_spec::slot::{SlotOffer, SlotOffers, SlotQuestion};
use huilu_model::{Cost, Seconds, Window};
use huilu_optimizer::slots::{Asked, Quote};
use serde::Serialize;

use super::{DAY_BEGINS, DAY_ENDS, DAYS_AHEAD, desks, standing};
use crate::app::bookings::Rules;
use crate::app::error::{AppError, AppResult};
use crate::app::fault::{FaultCode, Faults};
use crate::app::services::{Actor, Services};
use crate::app::{days, places, planning, problem, wire};
use crate::db::{plans, slots};
use crate::domain::booking::BookingItem;
use crate::domain::place::{Place, SERVICE_RESOLUTION};
use crate::domain::plan::{Plan, PlanKind, PlanState};
use crate::domain::slot::{SLOT_S, SlotKey};

/// A question that makes sense.
#[derive(Clone, Debug, PartialEq)]
pub struct QuoteOrder {
    place: Place,
    items: Vec<BookingItem>,
    date: NaiveDate,
    expected_share: f64,
}

impl QuoteOrder {
    /// # Errors
    /// All faults of the question.
    pub fn read(services: &Services, actor: &Actor, rules: &Rules, wire: SlotQuestion) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let place = places::of_body(&mut faults, &actor.operator, "/place", &wire.place);
        let items = rules.items(&mut faults, &wire.items);
        let date = days::parse(&wire.date);
        let last = days::after(days::today(services, actor), DAYS_AHEAD);
        match date {
            None => {
                let remedy = "Send a day of the calendar as YYYY-MM-DD, such as 2026-11-25.";
                faults.body(FaultCode::BadDate, "/date", format!("`{}` is no day", wire.date), remedy);
            }
            Some(date) if date > last => {
                let message = format!("Nothing can be booked after {last} yet");
                faults.body(FaultCode::TooFarAhead, "/date", message, format!("Ask for a day up to {last}."));
            }
            Some(_) => {}
        }
        match (place, date) {
            (Some(place), Some(date)) if faults.is_empty() => {
                Ok(Self { place, items, date, expected_share: wire.expected_share })
            }
            _ => Err(faults),
        }
    }
}

/// Quotes for all slots of the day, from its plan as it stands. Nothing is stored.
///
/// # Errors
/// A conflict `NO_PLAN` where the day has no routes yet; those of `desks::ask`.
pub async fn quote(services: &Services, actor: &Actor, rules: &Rules, order: QuoteOrder) -> AppResult<SlotOffers> {
    let read = services.db.read();
    let plan = plan_of_day(services, actor, order.date).await?;
    let cell = order.place.cell(SERVICE_RESOLUTION).ok_or_else(|| AppError::internal("the place has no cell"))?;
    let used = slots::usage(read, actor.operator_id(), cell, order.date).await?;
    let begins = (DAY_BEGINS.0 / SLOT_S.0..DAY_ENDS.0 / SLOT_S.0).map(|index| Seconds(index * SLOT_S.0));
    let begins: Vec<Seconds> = begins.collect();
    let asked = Asked {
        job: problem::visit(rules.catalogue(), &order.items)?,
        position: Some(order.place.at),
        place: None,
        slots: begins.iter().map(|&begin| Window { start: begin, end: begin + SLOT_S }).collect(),
        ways: Vec::new(),
    };
    let (zone, now) = (actor.operator.zone, services.clock.now());
    let (quotes, scale) = if begins.iter().all(|&begin| zone.at(order.date, begin) < now) {
        // All have passed, whatever the routes say.
        (vec![Quote { place: None, worth: None, reasons: Vec::new() }; begins.len()], 1)
    } else {
        desks::ask(services, &plan, order.place.at, asked).await?
    };
    let offer = |(&begin, quote): (&Seconds, &Quote)| {
        let (start, end) = (zone.at(order.date, begin), zone.at(order.date, begin + SLOT_S));
        let key = SlotKey::of_window(actor.operator_id(), cell, order.date, begin);
        let (capacity, taken) = key.map_or((0, 0), |key| standing(&used, &key));
        let mut reasons: Vec<String> = quote.reasons.iter().map(code).collect();
        if start < now {
            reasons = vec!["SLOT_PASSED".to_owned()];
        } else if taken >= capacity {
            reasons.insert(0, "SLOT_FULL".to_owned());
        }
        let place = quote.place.as_ref().filter(|_| start >= now);
        let fen = |cost: Cost| planning::fen(cost, scale);
        let share = |cost: Cost| Cost((cost.0 as f64 * order.expected_share).round() as i64);
        SlotOffer {
            window: wire::span(zone, start, end),
            feasible: place.is_some() && reasons.is_empty(),
            reasons,
            marginal_fen: place.map(|place| fen(place.cost)),
            displacement_fen: place.map(|_| fen(quote.displacement())),
            price_fen: place.map(|place| fen(place.cost + share(quote.displacement()))),
        }
    };
    Ok(SlotOffers {
        date: order.date.to_string(),
        time_zone: zone.to_string(),
        plan_id: plan.id.to_string(),
        stale: plan.stale.is_some(),
        offers: begins.iter().zip(&quotes).map(offer).collect(),
    })
}

/// The collection plan that is driven, else the newest that has routes.
async fn plan_of_day(services: &Services, actor: &Actor, date: NaiveDate) -> AppResult<Plan> {
    let (read, operator) = (services.db.read(), actor.operator_id());
    if let Some(plan) = plans::published(read, operator, date, PlanKind::Collection).await? {
        return Ok(plan);
    }
    let newest = plans::page(read, operator, Some(date), None, PLANS_LOOKED_AT).await?;
    let has_routes =
        |plan: &Plan| plan.kind == PlanKind::Collection && plan.state == PlanState::Proposed && plan.outcome.is_some();
    newest.into_iter().find(has_routes).ok_or_else(|| {
        AppError::conflict("NO_PLAN", format!("{date} has no plan with routes yet; prices of slots come from one."))
    })
}

/// Proposals among which one with routes is looked for.
const PLANS_LOOKED_AT: u64 = 50;

/// The stable name that the optimizer's own files use.
fn code(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
