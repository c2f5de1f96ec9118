//! Answers kept so that a repeated request acts once.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};

use super::error::DbResult;
use super::query::insert_rows;
use super::rows::idempotency_key::{Column, Entity, Model};
use crate::domain::Instant;
use crate::domain::idempotency::{IdempotencyKey, StoredAnswer};

pub async fn find(c: &impl ConnectionTrait, key: &IdempotencyKey) -> DbResult<Option<StoredAnswer>> {
    let row = Entity::find_by_id((key.operator.0, key.actor.0, key.key.clone())).one(c).await?;
    row.map(Model::into_domain).transpose()
}

/// # Errors
/// [`DbError::Duplicate`](super::DbError::Duplicate) when another request with the key was first.
pub async fn store(c: &impl ConnectionTrait, key: &IdempotencyKey, answer: &StoredAnswer) -> DbResult<()> {
    insert_rows::<Entity>(c, vec![Model::of(key, answer)]).await
}

/// Forgets answers older than that; returns how many.
pub async fn prune(c: &impl ConnectionTrait, before: Instant) -> DbResult<u64> {
    Ok(Entity::delete_many().filter(Column::CreatedAt.lt(before.0)).exec(c).await?.rows_affected)
}
