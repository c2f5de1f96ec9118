//! Vehicles.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::error::DbResult;
use super::query::{Row, ascending, insert_all, insert_one, many, one, update_one};
use super::rows::vehicle::{Column, Entity, Model};
use crate::domain::fleet::Vehicle;
use crate::domain::{OperatorId, VehicleId};

pub async fn insert(c: &impl ConnectionTrait, vehicle: &Vehicle) -> DbResult<()> {
    insert_one::<Entity>(c, vehicle).await
}

pub async fn insert_many(c: &impl ConnectionTrait, vehicles: &[Vehicle]) -> DbResult<()> {
    insert_all::<Entity>(c, vehicles).await
}

/// Writes it and counts the version, which must be the one that was read.
///
/// # Errors
/// [`DbError::Stale`](super::DbError::Stale) when another change came first.
pub async fn update(c: &impl ConnectionTrait, vehicle: &Vehicle) -> DbResult<()> {
    let row = Model { version: vehicle.version + 1, ..Model::of(vehicle)? };
    let read = Condition::all()
        .add(Column::Id.eq(vehicle.id.0))
        .add(Column::OperatorId.eq(vehicle.operator.0))
        .add(Column::Version.eq(vehicle.version));
    update_one::<Entity>(c, row, read).await
}

pub async fn by_id(c: &impl ConnectionTrait, op: OperatorId, id: VehicleId) -> DbResult<Option<Vehicle>> {
    one(c, Entity::find_by_id(id.0).filter(Column::OperatorId.eq(op.0))).await
}

/// By id, from after the cursor.
pub async fn page(c: &impl ConnectionTrait, op: OperatorId, after: Option<Uuid>, limit: u64) -> DbResult<Vec<Vehicle>> {
    many(c, ascending(Entity::find().filter(Column::OperatorId.eq(op.0)), Column::Id, after, limit)).await
}

/// Those in use, by id.
pub async fn active(c: &impl ConnectionTrait, op: OperatorId) -> DbResult<Vec<Vehicle>> {
    let select =
        Entity::find().filter(Column::OperatorId.eq(op.0)).filter(Column::Active.eq(true)).order_by_asc(Column::Id);
    many(c, select).await
}
