//! A day planned again: an earlier plan to start from, what of it stays, and promises to keep.

mod carry;
mod locks;

use std::collections::HashSet;

use chrono::{NaiveDate, NaiveTime};
use huilu_api_spec::plan::{CreatePlan, PlanKind as WirePlanKind};
use huilu_model::plan::{CostParts, PlannedRoute, Step, StepKind as FoundKind};
use huilu_model::problem::{LockSpec, VisitSpec};
use huilu_model::{Cost, Plan as FoundPlan, Problem, Seconds};

use self::carry::Carry;
use self::locks::Lock;
use super::snapshot::Snapshot;
use crate::app::error::{AppError, AppResult};
use crate::app::fault::{FaultCode, Faults};
use crate::app::services::Services;
use crate::db::{bookings, plans, routes};
use crate::domain::booking::BookingState;
use crate::domain::operator::Operator;
use crate::domain::plan::{Plan, PlanKind, PlanState, Route, RunState, StepKind};
use crate::domain::{BookingId, Instant, PlanId};

/// Any zone's service date, and shifts that run into the next, lie within so many days of the date's midnight in UTC.
const DAYS_AROUND: i64 = 3;

/// What is asked for beside the day itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replan {
    warm_start: Option<PlanId>,
    freeze_before: Option<Instant>,
    max_changed: Option<u32>,
    locks: Vec<Lock>,
}

impl Replan {
    pub(super) fn read(wire: &CreatePlan, date: Option<NaiveDate>, faults: &mut Faults) -> Self {
        let bounds = Bounds { date };
        let freeze_before = wire.freeze_before.as_deref();
        let freeze_before =
            freeze_before.and_then(|text| bounds.instant(faults, "/freeze_before".to_owned(), Some(text)));
        let locks: Vec<(usize, Lock)> = {
            let locks = wire.locks.iter().enumerate();
            locks.filter_map(|(k, lock)| Some((k, Lock::read(faults, k, lock, bounds)?))).collect()
        };
        if let Some(k) = locks::circle(&locks) {
            let cause = "the orders of these locks run in a circle";
            faults.body(FaultCode::LockCycle, format!("/locks/{k}/next_id"), cause, "Leave one of them out.");
        }
        let warm_start = wire.warm_start.as_deref().and_then(|text| {
            let id = text.parse().ok();
            if id.is_none() {
                let remedy = "Send the id of a plan of the same day, from GET /v1/plans.";
                faults.body(FaultCode::UnknownValue, "/warm_start", format!("`{text}` is no id"), remedy);
            }
            id
        });
        if wire.warm_start.is_none() && (wire.freeze_before.is_some() || wire.max_changed.is_some()) {
            let cause = "freeze_before and max_changed speak of an earlier plan";
            faults.body(FaultCode::Contradiction, "/warm_start", cause, "Name the plan as warm_start.");
        }
        if wire.kind == WirePlanKind::Clearing && (wire.warm_start.is_some() || !wire.locks.is_empty()) {
            let cause = "clearing plans are always made anew";
            faults.body(FaultCode::Contradiction, "/kind", cause, "Leave out warm_start and locks.");
        }
        let locks = locks.into_iter().map(|(_, lock)| lock).collect();
        Self { warm_start, freeze_before, max_changed: wire.max_changed, locks }
    }

    /// Adds it to the problem of the day.
    ///
    /// # Errors
    /// Conflicts `WARM_START_UNKNOWN`, `WARM_START_OTHER_DAY`, `WARM_START_OTHER_KIND` and `WARM_START_WITHOUT_ROUTES`; faults of locks
    /// that name what the day does not have.
    pub(super) async fn apply(
        &self,
        services: &Services,
        operator: &Operator,
        date: NaiveDate,
        problem: &mut Problem,
    ) -> AppResult<()> {
        let (day, _) = operator.zone.day(date);
        problem.locks = self.locks.iter().map(|lock| lock.spec(day)).collect();
        if let Some(id) = self.warm_start {
            self.start_from(services, operator, date, id, problem).await?;
        }
        self.locks_name_what_is_there(problem)
    }

    async fn start_from(
        &self,
        services: &Services,
        operator: &Operator,
        date: NaiveDate,
        id: PlanId,
        problem: &mut Problem,
    ) -> AppResult<()> {
        let read = services.db.read();
        let plan = plans::by_id(read, operator.id, id).await?.ok_or_else(|| {
            AppError::conflict("WARM_START_UNKNOWN", "There is no such plan to start from; GET /v1/plans lists them.")
        })?;
        starts_the_day(&plan, date)?;
        let text = plans::snapshot(read, id).await?;
        let text = text.ok_or_else(|| AppError::internal(format!("plan {id} has no snapshot")))?;
        let before: Snapshot = serde_json::from_str(&text).map_err(AppError::internal)?;
        let (day, _) = operator.zone.day(date);
        // Before the day begins there is nothing to freeze.
        let published = || (plan.state == PlanState::Published).then(|| services.clock.now()).filter(|&now| now > day);
        let freeze = self.freeze_before.or_else(published).map(|at| at.since(day));
        let routes = routes::of_plan(read, id).await?;
        let attended = attended(services, operator, &routes).await?;
        let mut carry = Carry::new(&before.problem, problem);
        for route in &routes {
            let stays = visits_kept(route, freeze, &attended);
            carry.take_over(problem, route, stays);
            if stays > 0 {
                let visits = visits(route).take(stays).collect();
                problem.locks.push(LockSpec::Prefix { vehicle: route.vehicle.to_string(), visits });
            }
        }
        problem.warm_start = Some(found(&plan, &problem.name, &routes));
        problem.freeze_before = freeze;
        problem.max_changed = self.max_changed;
        Ok(())
    }

    fn locks_name_what_is_there(&self, problem: &Problem) -> AppResult<()> {
        let jobs = problem.jobs.iter().map(|job| job.id.as_str());
        let known: HashSet<&str> = jobs.chain(problem.vehicles.iter().map(|vehicle| vehicle.id.as_str())).collect();
        let mut faults = Faults::default();
        for (k, lock) in self.locks.iter().enumerate() {
            for (field, id) in lock.names().into_iter().filter(|(_, id)| !known.contains(id.as_str())) {
                let cause = format!("`{id}` has no part in this day");
                let remedy = "Name a booking that waits for its pickup on this day, or a vehicle that is active.";
                faults.body(FaultCode::UnknownValue, format!("/locks/{k}/{field}"), cause, remedy);
            }
        }
        Ok(faults.or(())?)
    }
}

/// Instants that an order of this day may name.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    /// Absent where it was no date.
    date: Option<NaiveDate>,
}

impl Bounds {
    fn instant(self, faults: &mut Faults, pointer: String, text: Option<&str>) -> Option<Instant> {
        let Some(text) = text else {
            faults.body(FaultCode::MissingField, pointer, "a lock of this type needs it", "Send it.");
            return None;
        };
        let remedy = "Send an instant of the service date as RFC 3339, such as 2026-11-25T10:00:00+08:00.";
        let Ok(at) = Instant::parse(text) else {
            faults.body(FaultCode::BadInstant, pointer, format!("`{text}` is no instant"), remedy);
            return None;
        };
        let midnight = self.date.map(|date| Instant(date.and_time(NaiveTime::MIN).and_utc().timestamp_millis()));
        let around = Seconds(DAYS_AROUND * 86_400);
        if midnight.is_some_and(|midnight| at.plus(around) < midnight || midnight.plus(around) < at) {
            faults.body(FaultCode::OutOfRange, pointer, format!("`{text}` is far from the service date"), remedy);
            return None;
        }
        Some(at)
    }
}

fn starts_the_day(plan: &Plan, date: NaiveDate) -> AppResult<()> {
    if plan.service_date != date {
        let detail = format!("The plan to start from is for {}; name one of {date}.", plan.service_date);
        return Err(AppError::conflict("WARM_START_OTHER_DAY", detail));
    }
    if plan.kind != PlanKind::Collection {
        let detail = "The plan to start from empties outlets; name one that collects bookings.";
        return Err(AppError::conflict("WARM_START_OTHER_KIND", detail));
    }
    if plan.run.state != RunState::Succeeded {
        let detail = "The plan to start from has no routes; wait for its run, or name another.";
        return Err(AppError::conflict("WARM_START_WITHOUT_ROUTES", detail));
    }
    Ok(())
}

/// Bookings of these routes that a vehicle was at or is on its way to, on whichever plan: reports stay with the route that they were
/// sent for.
async fn attended(services: &Services, operator: &Operator, routes: &[Route]) -> AppResult<HashSet<BookingId>> {
    use BookingState::{Accepted, Arrived, Completed, Disputed, EnRoute, Failed, Paid, Weighed};
    let steps = routes.iter().flat_map(|route| &route.steps);
    let ids: Vec<BookingId> =
        steps.filter_map(|step| if let StepKind::Job(booking) = step.kind { Some(booking) } else { None }).collect();
    let found = bookings::by_ids(services.db.read(), operator.id, &ids).await?;
    let states = [EnRoute, Arrived, Weighed, Accepted, Paid, Completed, Disputed, Failed];
    Ok(found.into_iter().filter(|one| states.contains(&one.state)).map(|one| one.id).collect())
}

fn visits(route: &Route) -> impl Iterator<Item = VisitSpec> + '_ {
    route.steps.iter().filter_map(|step| match step.kind {
        StepKind::Job(booking) => Some(VisitSpec::Job { job: booking.to_string() }),
        StepKind::Unload(outlet) => Some(VisitSpec::Unload { outlet: outlet.to_string() }),
        StepKind::Start | StepKind::Clear(_) | StepKind::Break | StepKind::End => None,
    })
}

/// Visits up to the last one that was reported, and those that the freeze keeps.
fn visits_kept(route: &Route, freeze: Option<Seconds>, attended: &HashSet<BookingId>) -> usize {
    let is_visit = |kind| matches!(kind, StepKind::Job(_) | StepKind::Unload(_));
    let visits: Vec<_> = route.steps.iter().filter(|step| is_visit(step.kind)).collect();
    let is_done = |kind| matches!(kind, StepKind::Job(booking) if attended.contains(&booking));
    let reported = visits.iter().rposition(|step| step.reported.is_some() || is_done(step.kind));
    let left = |k: usize| if k == 0 { route.steps.first() } else { visits.get(k - 1).copied() };
    let under_way = |k: &usize| freeze.is_some_and(|freeze| left(*k).is_some_and(|step| step.departure < freeze));
    reported.map_or(0, |last| last + 1).max((0..visits.len()).take_while(under_way).count())
}

/// The stored routes as a plan to start from; its sums are not looked at.
fn found(plan: &Plan, name: &str, routes: &[Route]) -> FoundPlan {
    let step = |step: &crate::domain::plan::RouteStep| Step {
        kind: match step.kind {
            StepKind::Start => FoundKind::Start,
            StepKind::Job(booking) => FoundKind::Job { job: booking.to_string() },
            // Of clearing plans alone, which nothing starts from.
            StepKind::Clear(outlet) | StepKind::Unload(outlet) => FoundKind::Unload { outlet: outlet.to_string() },
            StepKind::Break => FoundKind::Break,
            StepKind::End => FoundKind::End,
        },
        place: String::new(),
        arrival_s: step.arrival,
        start_s: step.start,
        departure_s: step.departure,
        distance_m: step.distance,
        load: Vec::new(),
    };
    let route = |route: &Route| PlannedRoute {
        vehicle: route.vehicle.to_string(),
        cost: route.cost,
        duration_s: route.duration,
        distance_m: route.distance,
        steps: route.steps.iter().map(step).collect(),
    };
    FoundPlan {
        instance: name.to_owned(),
        cost_scale: routes.first().map_or(1, |route| route.cost_scale),
        cost: plan.outcome.as_ref().map_or(Cost::ZERO, |outcome| outcome.cost),
        cost_parts: CostParts::default(),
        lower_bound: None,
        routes: routes.iter().map(route).collect(),
        unassigned: Vec::new(),
    }
}
