//! Table `events`. The database numbers the rows, so that they are inserted without this entity.

use sea_orm::entity::prelude::*;

use crate::db::codec::{code, json};
use crate::db::error::DbResult;
use crate::domain::event::{Event, NewEvent};
use crate::domain::{Instant, OperatorId, TokenId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "events")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub seq: i64,
    pub operator_id: Uuid,
    pub kind: String,
    pub subject_kind: String,
    pub subject_id: Uuid,
    pub actor_id: Option<Uuid>,
    pub at: i64,
    pub data: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(in crate::db) fn into_domain(self) -> DbResult<Event> {
        let event = NewEvent {
            operator: OperatorId(self.operator_id),
            kind: code("kind", &self.kind)?,
            subject_kind: code("subject_kind", &self.subject_kind)?,
            subject: self.subject_id,
            actor: self.actor_id.map(TokenId),
            at: Instant(self.at),
            data: json("data", &self.data)?,
        };
        Ok(Event { seq: self.seq, event })
    }
}
