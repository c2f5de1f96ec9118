//! Operators: the one table that is not filtered by operator.

use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::error::{DbError, DbResult};
use super::query::{insert_one, many, one};
use super::rows::operator::{Column, Entity};
use crate::domain::OperatorId;
use crate::domain::operator::Operator;

pub async fn insert(c: &impl ConnectionTrait, operator: &Operator) -> DbResult<()> {
    insert_one::<Entity>(c, operator).await
}

pub async fn by_key(c: &impl ConnectionTrait, key: &str) -> DbResult<Option<Operator>> {
    one(c, Entity::find().filter(Column::Key.eq(key))).await
}

pub async fn by_id(c: &impl ConnectionTrait, id: OperatorId) -> DbResult<Option<Operator>> {
    one(c, Entity::find_by_id(id.0)).await
}

/// In the order of their making.
pub async fn all(c: &impl ConnectionTrait) -> DbResult<Vec<Operator>> {
    many(c, Entity::find().order_by_asc(Column::Id)).await
}

/// Whoever else wants the operator locked or shared waits until this transaction has ended; on SQLite every writer waits anyway.
/// Rows that belong to the operator can be written meanwhile.
pub async fn lock(c: &impl ConnectionTrait, id: OperatorId) -> DbResult<()> {
    let select = Entity::find_by_id(id.0).select_only().column(Column::Id).lock(LockType::NoKeyUpdate);
    select.into_tuple::<Uuid>().one(c).await?;
    Ok(())
}

/// For transactions that change what plans of a day are computed from, before they write anything. They run side by side; one that
/// publishes and has the operator locked waits for them and finds what they did, or they wait for it and find its plan.
pub async fn share(c: &impl ConnectionTrait, id: OperatorId) -> DbResult<()> {
    let select = Entity::find_by_id(id.0).select_only().column(Column::Id).lock(LockType::Share);
    select.into_tuple::<Uuid>().one(c).await?;
    Ok(())
}

/// Names the prepared road network that plans use from now on.
pub async fn set_roads(c: &impl ConnectionTrait, id: OperatorId, roads: &str) -> DbResult<()> {
    let set = Entity::update_many().col_expr(Column::Roads, Expr::value(roads)).filter(Column::Id.eq(id.0));
    if set.exec(c).await?.rows_affected == 0 { Err(DbError::Stale) } else { Ok(()) }
}
