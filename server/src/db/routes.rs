//! Routes with their steps, and the bookings that no route serves.

use std::collections::BTreeMap;

use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::codec::code;
use super::error::DbResult;
use super::plans;
use super::query::insert_rows;
use super::rows::{route, route_step, step_report, unassigned_booking};
use crate::domain::plan::{Route, RouteStep, UnassignedBooking};
use crate::domain::report::ReportKind;
use crate::domain::{BookingId, OperatorId, PlanId, RouteId};

/// Routes in one statement that reads their steps.
const ROUTES_MAX: usize = 200;

/// With their steps; what they say of reports is not stored.
pub async fn insert_many(c: &impl ConnectionTrait, routes: &[Route]) -> DbResult<()> {
    insert_rows::<route::Entity>(c, routes.iter().map(route::Model::of).collect()).await?;
    let steps = routes.iter().flat_map(route_step::Model::of).collect::<DbResult<_>>()?;
    insert_rows::<route_step::Entity>(c, steps).await
}

/// By id, with the kind of the latest report of each step.
pub async fn of_plan(c: &impl ConnectionTrait, plan: PlanId) -> DbResult<Vec<Route>> {
    let rows =
        route::Entity::find().filter(route::Column::PlanId.eq(plan.0)).order_by_asc(route::Column::Id).all(c).await?;
    with_steps(c, rows).await
}

pub async fn by_id(c: &impl ConnectionTrait, op: OperatorId, id: RouteId) -> DbResult<Option<Route>> {
    let row = route::Entity::find_by_id(id.0).filter(route::Column::OperatorId.eq(op.0)).one(c).await?;
    Ok(with_steps(c, row.into_iter().collect()).await?.pop())
}

/// Of all plans, driven or not, by id.
pub async fn holding(c: &impl ConnectionTrait, booking: BookingId) -> DbResult<Vec<RouteId>> {
    let select = route_step::Entity::find()
        .select_only()
        .column(route_step::Column::RouteId)
        .filter(route_step::Column::BookingId.eq(booking.0))
        .order_by_asc(route_step::Column::RouteId);
    let found: Vec<Uuid> = select.into_tuple().all(c).await?;
    Ok(found.into_iter().map(RouteId).collect())
}

/// Whoever else wants one of the routes locked waits until this transaction has ended; on SQLite every writer waits anyway. All are
/// locked in the order of their ids, so that two who want several do not wait for each other.
pub async fn lock(c: &impl ConnectionTrait, ids: &[RouteId]) -> DbResult<()> {
    let select = route::Entity::find()
        .select_only()
        .column(route::Column::Id)
        .filter(route::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .order_by_asc(route::Column::Id)
        .lock(LockType::NoKeyUpdate);
    select.into_tuple::<Uuid>().all(c).await?;
    Ok(())
}

pub async fn insert_unassigned(c: &impl ConnectionTrait, plan: PlanId, left_out: &[UnassignedBooking]) -> DbResult<()> {
    if left_out.is_empty() {
        return Ok(());
    }
    let op = plans::operator_of(c, plan).await?;
    let rows = left_out.iter().map(|one| unassigned_booking::Model::of(op, plan, one)).collect::<DbResult<_>>()?;
    insert_rows::<unassigned_booking::Entity>(c, rows).await
}

/// By booking.
pub async fn unassigned(c: &impl ConnectionTrait, plan: PlanId) -> DbResult<Vec<UnassignedBooking>> {
    unassigned_booking::Entity::find()
        .filter(unassigned_booking::Column::PlanId.eq(plan.0))
        .order_by_asc(unassigned_booking::Column::BookingId)
        .all(c)
        .await?
        .into_iter()
        .map(unassigned_booking::Model::into_domain)
        .collect()
}

async fn with_steps(c: &impl ConnectionTrait, rows: Vec<route::Model>) -> DbResult<Vec<Route>> {
    let mut routes = Vec::with_capacity(rows.len());
    for some in rows.chunks(ROUTES_MAX) {
        let ids: Vec<Uuid> = some.iter().map(|row| row.id).collect();
        let reported = latest_reports(c, &ids).await?;
        let mut steps: BTreeMap<Uuid, Vec<RouteStep>> = BTreeMap::new();
        let of_some = route_step::Entity::find()
            .filter(route_step::Column::RouteId.is_in(ids))
            .order_by_asc(route_step::Column::RouteId)
            .order_by_asc(route_step::Column::Position);
        for step in of_some.all(c).await? {
            let report = reported.get(&step.id).copied();
            steps.entry(step.route_id).or_default().push(step.into_domain(report)?);
        }
        for row in some {
            routes.push(row.clone().into_domain(steps.remove(&row.id).unwrap_or_default())?);
        }
    }
    Ok(routes)
}

/// By step. "Latest" is by the collector's clock: a report may be sent long after it was made.
async fn latest_reports(c: &impl ConnectionTrait, routes: &[Uuid]) -> DbResult<BTreeMap<Uuid, ReportKind>> {
    use step_report::{Column, Entity};
    let reports: Vec<(Uuid, String)> = Entity::find()
        .select_only()
        .columns([Column::StepId, Column::Kind])
        .filter(Column::RouteId.is_in(routes.iter().copied()))
        .order_by_asc(Column::HappenedAt)
        .order_by_asc(Column::Id)
        .into_tuple()
        .all(c)
        .await?;
    reports.into_iter().map(|(step, kind)| Ok((step, code("kind", &kind)?))).collect()
}
