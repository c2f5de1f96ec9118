//! Outlets.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::error::DbResult;
use super::query::{Row, ascending, insert_all, insert_one, many, one, update_one};
use super::rows::outlet::{Column, Entity, Model};
use crate::domain::outlet::{Outlet, OutletStatus};
use crate::domain::{OperatorId, OutletId};

pub async fn insert(c: &impl ConnectionTrait, outlet: &Outlet) -> DbResult<()> {
    insert_one::<Entity>(c, outlet).await
}

pub async fn insert_many(c: &impl ConnectionTrait, outlets: &[Outlet]) -> DbResult<()> {
    insert_all::<Entity>(c, outlets).await
}

/// Writes it and counts the version, which must be the one that was read.
///
/// # Errors
/// [`DbError::Stale`](super::DbError::Stale) when another change came first.
pub async fn update(c: &impl ConnectionTrait, outlet: &Outlet) -> DbResult<()> {
    let row = Model { version: outlet.version + 1, ..Model::of(outlet)? };
    let read = Condition::all()
        .add(Column::Id.eq(outlet.id.0))
        .add(Column::OperatorId.eq(outlet.operator.0))
        .add(Column::Version.eq(outlet.version));
    update_one::<Entity>(c, row, read).await
}

pub async fn by_id(c: &impl ConnectionTrait, op: OperatorId, id: OutletId) -> DbResult<Option<Outlet>> {
    one(c, Entity::find_by_id(id.0).filter(Column::OperatorId.eq(op.0))).await
}

/// By id, from after the cursor.
pub async fn page(c: &impl ConnectionTrait, op: OperatorId, after: Option<Uuid>, limit: u64) -> DbResult<Vec<Outlet>> {
    many(c, ascending(Entity::find().filter(Column::OperatorId.eq(op.0)), Column::Id, after, limit)).await
}

/// Those in service, by id.
pub async fn open(c: &impl ConnectionTrait, op: OperatorId) -> DbResult<Vec<Outlet>> {
    let select = Entity::find()
        .filter(Column::OperatorId.eq(op.0))
        .filter(Column::Status.eq(OutletStatus::Open.as_str()))
        .order_by_asc(Column::Id);
    many(c, select).await
}
