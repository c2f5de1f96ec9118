//! The collectors' day: the published routes with everything a step needs to be done.

use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use huilu_api_spec::common::DayQuery;
use huilu_api_spec::route::{Route as WireRoute, RouteList, RouteStep as WireStep, StepBooking, StepOutlet, StepType};
use huilu_api_spec::session::Role;
use huilu_model::Seconds;
use sea_orm::ConnectionTrait;

use super::error::{AppError, AppResult};
use super::fault::Faults;
use super::planning::fen;
use super::services::{Actor, Services};
use super::{days, wire};
use crate::db::{bookings, outlets, plans, routes, vehicles};
use crate::domain::booking::Booking;
use crate::domain::outlet::Outlet;
use crate::domain::plan::{PlanKind, PlanState, Route, RouteStep, StepKind};
use crate::domain::{BookingId, Instant, OutletId, PlanId, RouteId, VehicleId};

/// The routes of a day's published plans of both kinds, today where none is named; of a collector with a vehicle the own one alone.
///
/// # Errors
/// Faults of the query.
pub async fn of_day(services: &Services, actor: &Actor, query: &DayQuery) -> AppResult<RouteList> {
    let mut faults = Faults::default();
    let date = match &query.date {
        Some(text) => days::of_query(&mut faults, text),
        None => Some(days::today(services, actor)),
    };
    faults.or(())?;
    let date: NaiveDate = date.unwrap_or_default();
    let read = services.db.read();
    let (mut published, mut found) = (Vec::new(), Vec::new());
    for kind in PlanKind::ALL {
        if let Some(plan) = plans::published(read, actor.operator_id(), date, *kind).await? {
            found.extend(routes::of_plan(read, plan.id).await?);
            published.push(plan);
        }
    }
    found.retain(|route| drives(actor, route));
    let details = Details::load(services, actor, &found).await?;
    Ok(RouteList {
        date: date.to_string(),
        plan_id: published.iter().find(|plan| plan.kind == PlanKind::Collection).map(|plan| plan.id.to_string()),
        stale: published.iter().any(|plan| plan.stale.is_some()),
        routes: found.iter().map(|route| details.route(actor, route)).collect(),
    })
}

/// The routes of a plan, published or not; none before its run has succeeded.
///
/// # Errors
/// Not found.
pub async fn of_plan(services: &Services, actor: &Actor, id: PlanId) -> AppResult<RouteList> {
    let read = services.db.read();
    let plan = plans::by_id(read, actor.operator_id(), id).await?.ok_or(AppError::NotFound)?;
    let found = routes::of_plan(read, id).await?;
    let details = Details::load(services, actor, &found).await?;
    Ok(RouteList {
        date: plan.service_date.to_string(),
        plan_id: Some(id.to_string()),
        stale: plan.stale.is_some(),
        routes: found.iter().map(|route| details.route(actor, route)).collect(),
    })
}

/// One route.
///
/// # Errors
/// Not found, also where it is another crew's or was never published.
pub async fn one(services: &Services, actor: &Actor, id: RouteId) -> AppResult<WireRoute> {
    let read = services.db.read();
    let route = visible(read, actor, id).await?;
    let details = Details::load(services, actor, std::slice::from_ref(&route)).await?;
    Ok(details.route(actor, &route))
}

/// The route, where the caller may see it: collectors see what was published for their vehicle.
pub(super) async fn visible(c: &impl ConnectionTrait, actor: &Actor, id: RouteId) -> AppResult<Route> {
    let found = routes::by_id(c, actor.operator_id(), id).await?.filter(|route| drives(actor, route));
    let route = found.ok_or(AppError::NotFound)?;
    if actor.role == Role::Collector && !was_published(c, actor, &route).await? {
        return Err(AppError::NotFound);
    }
    Ok(route)
}

/// Also of a plan that was superseded since: its crew may have been on the road without network.
pub(super) async fn was_published(c: &impl ConnectionTrait, actor: &Actor, route: &Route) -> AppResult<bool> {
    let plan = plans::by_id(c, actor.operator_id(), route.plan).await?;
    Ok(plan.is_some_and(|plan| matches!(plan.state, PlanState::Published | PlanState::Superseded)))
}

fn drives(actor: &Actor, route: &Route) -> bool {
    actor.role == Role::Planner || actor.vehicle.is_none_or(|vehicle| vehicle == route.vehicle)
}

/// What the steps of some routes speak of, read at once.
struct Details {
    bookings: HashMap<BookingId, Booking>,
    outlets: HashMap<OutletId, Outlet>,
    vehicles: HashMap<VehicleId, String>,
    /// When it was asked.
    now: Instant,
}

impl Details {
    async fn load(services: &Services, actor: &Actor, routes: &[Route]) -> AppResult<Self> {
        let c = services.db.read();
        let operator = actor.operator_id();
        let kinds = || routes.iter().flat_map(|route| route.steps.iter().map(|step| step.kind));
        let ids: Vec<BookingId> = kinds()
            .filter_map(|kind| match kind {
                StepKind::Job(booking) => Some(booking),
                _ => None,
            })
            .collect();
        let found = bookings::by_ids(c, operator, &ids).await?;
        let bookings = found.into_iter().map(|booking| (booking.id, booking)).collect();

        let mut outlets: HashMap<OutletId, Outlet> =
            outlets::open(c, operator).await?.into_iter().map(|outlet| (outlet.id, outlet)).collect();
        let visited: BTreeSet<OutletId> = kinds()
            .filter_map(|kind| match kind {
                StepKind::Unload(outlet) | StepKind::Clear(outlet) => Some(outlet),
                _ => None,
            })
            .collect();
        for id in visited {
            if !outlets.contains_key(&id)
                && let Some(closed) = outlets::by_id(c, operator, id).await?
            {
                outlets.insert(id, closed);
            }
        }

        let mut vehicles: HashMap<VehicleId, String> =
            vehicles::active(c, operator).await?.into_iter().map(|vehicle| (vehicle.id, vehicle.name)).collect();
        for route in routes {
            if !vehicles.contains_key(&route.vehicle)
                && let Some(retired) = vehicles::by_id(c, operator, route.vehicle).await?
            {
                vehicles.insert(route.vehicle, retired.name);
            }
        }
        Ok(Self { bookings, outlets, vehicles, now: services.clock.now() })
    }

    fn route(&self, actor: &Actor, route: &Route) -> WireRoute {
        WireRoute {
            id: route.id.to_string(),
            plan_id: route.plan.to_string(),
            date: route.service_date.to_string(),
            vehicle_id: route.vehicle.to_string(),
            vehicle_name: self.vehicles.get(&route.vehicle).cloned().unwrap_or_default(),
            cost_fen: fen(route.cost, route.cost_scale),
            duration_s: route.duration.0,
            distance_m: route.distance.0,
            steps: route.steps.iter().map(|step| self.step(actor, route.service_date, step)).collect(),
        }
    }

    fn step(&self, actor: &Actor, date: NaiveDate, step: &RouteStep) -> WireStep {
        let zone = actor.operator.zone;
        let (booking, outlet) = match step.kind {
            StepKind::Job(id) => (self.bookings.get(&id), None),
            StepKind::Unload(id) | StepKind::Clear(id) => (None, self.outlets.get(&id)),
            _ => (None, None),
        };
        WireStep {
            id: step.id.to_string(),
            kind: match step.kind {
                StepKind::Start => StepType::Start,
                StepKind::Job(_) => StepType::Job,
                StepKind::Unload(_) => StepType::Unload,
                StepKind::Clear(_) => StepType::Clear,
                StepKind::Break => StepType::Break,
                StepKind::End => StepType::End,
            },
            place: Some(wire::position(step.at)),
            eta: zone.rfc3339(zone.at(date, step.arrival)),
            start: zone.rfc3339(zone.at(date, step.start)),
            departure: zone.rfc3339(zone.at(date, step.departure)),
            distance_m: step.distance.0,
            load: wire::amounts(&step.load),
            booking: booking.map(|booking| self.booking(actor, date, booking)),
            outlet: outlet.map(|outlet| StepOutlet { id: outlet.id.to_string(), name: outlet_name(outlet) }),
            reported: step.reported.map(Into::into),
        }
    }

    fn booking(&self, actor: &Actor, date: NaiveDate, booking: &Booking) -> StepBooking {
        let zone = actor.operator.zone;
        // Residents were promised that nobody sees it who does not go there, and nobody longer than the work needs.
        let needed = actor.role == Role::Collector && self.now < zone.at(date, DOOR_SHOWN);
        StepBooking {
            id: booking.id.to_string(),
            state: booking.state.into(),
            window: wire::window(zone, &booking.window),
            address: booking.address.clone().filter(|_| needed),
            items: wire::booked_items(&booking.items),
        }
    }
}

/// From the midnight at which a route's day begins: the day itself, and 24 hours for what is reported late.
const DOOR_SHOWN: Seconds = Seconds(48 * 3_600);

/// Crews read Chinese; a name that only exists in English is better than none.
fn outlet_name(outlet: &Outlet) -> String {
    let names = &outlet.names;
    if names.zh.is_empty() { names.en.clone() } else { names.zh.clone() }
}
