//! Table `idempotency_keys`.

use sea_orm::entity::prelude::*;

use crate::db::codec::whole;
use crate::db::error::DbResult;
use crate::domain::Instant;
use crate::domain::idempotency::{IdempotencyKey, StoredAnswer};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotency_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub operator_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub actor_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub request_hash: String,
    pub status: i32,
    pub location: Option<String>,
    pub body: String,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(in crate::db) fn of(key: &IdempotencyKey, answer: &StoredAnswer) -> Self {
        Self {
            operator_id: key.operator.0,
            actor_id: key.actor.0,
            key: key.key.clone(),
            request_hash: answer.request_hash.clone(),
            status: i32::from(answer.status),
            location: answer.location.clone(),
            body: answer.body.clone(),
            created_at: answer.created.0,
        }
    }

    pub(in crate::db) fn into_domain(self) -> DbResult<StoredAnswer> {
        Ok(StoredAnswer {
            request_hash: self.request_hash,
            status: whole("status", i64::from(self.status))?,
            location: self.location,
            body: self.body,
            created: Instant(self.created_at),
        })
    }
}
