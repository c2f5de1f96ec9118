//! Tokens, found by their digest.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::error::DbResult;
use super::query::{insert_one, many, one};
use super::rows::token::{Column, Entity};
use crate::domain::OperatorId;
use crate::domain::access::Token;

pub async fn insert(c: &impl ConnectionTrait, token: &Token) -> DbResult<()> {
    insert_one::<Entity>(c, token).await
}

/// Revoked ones too: the caller tells "revoked" from "unknown".
pub async fn by_hash(c: &impl ConnectionTrait, hash: &str) -> DbResult<Option<Token>> {
    one(c, Entity::find().filter(Column::Hash.eq(hash))).await
}

pub async fn all(c: &impl ConnectionTrait, op: OperatorId) -> DbResult<Vec<Token>> {
    many(c, Entity::find().filter(Column::OperatorId.eq(op.0)).order_by_asc(Column::Id)).await
}
