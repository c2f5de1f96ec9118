//! Reports about the steps of a route; appended only.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::error::DbResult;
use super::query::{insert_one, many, one};
use super::rows::step_report::{Column, Entity};
use crate::domain::report::StepReport;
use crate::domain::{RouteId, StepId};

/// # Errors
/// [`DbError::Duplicate`](super::DbError::Duplicate) when the route has a report with this client id.
pub async fn insert(c: &impl ConnectionTrait, report: &StepReport) -> DbResult<()> {
    insert_one::<Entity>(c, report).await
}

pub async fn by_client_id(c: &impl ConnectionTrait, route: RouteId, client_id: &str) -> DbResult<Option<StepReport>> {
    one(c, Entity::find().filter(Column::RouteId.eq(route.0)).filter(Column::ClientId.eq(client_id))).await
}

/// Steps of these routes with a report of any kind, and their routes.
pub async fn steps(c: &impl ConnectionTrait, routes: &[RouteId]) -> DbResult<Vec<(RouteId, StepId)>> {
    let select = Entity::find()
        .select_only()
        .columns([Column::RouteId, Column::StepId])
        .filter(Column::RouteId.is_in(routes.iter().map(|route| route.0)));
    let found: Vec<(Uuid, Uuid)> = select.into_tuple().all(c).await?;
    Ok(found.into_iter().map(|(route, step)| (RouteId(route), StepId(step))).collect())
}

/// In the order in which they happened by the collector's clock.
pub async fn of_route(c: &impl ConnectionTrait, route: RouteId) -> DbResult<Vec<StepReport>> {
    let select =
        Entity::find().filter(Column::RouteId.eq(route.0)).order_by_asc(Column::HappenedAt).order_by_asc(Column::Id);
    many(c, select).await
}
