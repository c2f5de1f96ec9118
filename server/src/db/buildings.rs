//! Buildings.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::error::DbResult;
use super::query::{insert_all, many};
use super::rows::building::{Column, Entity};
use crate::domain::OperatorId;
use crate::domain::area::{Building, BuildingKind};

pub async fn insert_many(c: &impl ConnectionTrait, buildings: &[Building]) -> DbResult<()> {
    insert_all::<Entity>(c, buildings).await
}

/// Those of any of the kinds, by id.
pub async fn of_kinds(c: &impl ConnectionTrait, op: OperatorId, kinds: &[BuildingKind]) -> DbResult<Vec<Building>> {
    let select = Entity::find()
        .filter(Column::OperatorId.eq(op.0))
        .filter(Column::Kind.is_in(kinds.iter().map(|kind| kind.as_str())))
        .order_by_asc(Column::Id);
    many(c, select).await
}
