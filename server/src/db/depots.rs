//! Depots.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::error::DbResult;
use super::query::{Row, ascending, insert_all, insert_one, many, one, update_one};
use super::rows::depot::{Column, Entity, Model};
use crate::domain::fleet::Depot;
use crate::domain::{DepotId, OperatorId};

pub async fn insert(c: &impl ConnectionTrait, depot: &Depot) -> DbResult<()> {
    insert_one::<Entity>(c, depot).await
}

pub async fn insert_many(c: &impl ConnectionTrait, depots: &[Depot]) -> DbResult<()> {
    insert_all::<Entity>(c, depots).await
}

/// Writes it and counts the version, which must be the one that was read.
///
/// # Errors
/// [`DbError::Stale`](super::DbError::Stale) when another change came first.
pub async fn update(c: &impl ConnectionTrait, depot: &Depot) -> DbResult<()> {
    let row = Model { version: depot.version + 1, ..Model::of(depot)? };
    let read = Condition::all()
        .add(Column::Id.eq(depot.id.0))
        .add(Column::OperatorId.eq(depot.operator.0))
        .add(Column::Version.eq(depot.version));
    update_one::<Entity>(c, row, read).await
}

pub async fn by_id(c: &impl ConnectionTrait, op: OperatorId, id: DepotId) -> DbResult<Option<Depot>> {
    one(c, Entity::find_by_id(id.0).filter(Column::OperatorId.eq(op.0))).await
}

/// By id, from after the cursor.
pub async fn page(c: &impl ConnectionTrait, op: OperatorId, after: Option<Uuid>, limit: u64) -> DbResult<Vec<Depot>> {
    many(c, ascending(Entity::find().filter(Column::OperatorId.eq(op.0)), Column::Id, after, limit)).await
}

/// Those in use, by id.
pub async fn active(c: &impl ConnectionTrait, op: OperatorId) -> DbResult<Vec<Depot>> {
    let select =
        Entity::find().filter(Column::OperatorId.eq(op.0)).filter(Column::Active.eq(true)).order_by_asc(Column::Id);
    many(c, select).await
}
