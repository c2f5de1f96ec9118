//! Table `tokens`.

use sea_orm::entity::prelude::*;

use crate::db::codec::code;
use crate::db::error::DbResult;
use crate::db::query::Row;
use crate::domain::access::Token;
use crate::domain::{Instant, OperatorId, TokenId, VehicleId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operator_id: Uuid,
    pub role: String,
    pub label: String,
    pub vehicle_id: Option<Uuid>,
    pub hash: String,
    pub created_at: i64,
    pub revoked_at: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Model {
    type Domain = Token;

    fn of(token: &Token) -> DbResult<Self> {
        Ok(Self {
            id: token.id.0,
            operator_id: token.operator.0,
            role: token.role.to_string(),
            label: token.label.clone(),
            vehicle_id: token.vehicle.map(|vehicle| vehicle.0),
            hash: token.hash.clone(),
            created_at: token.created.0,
            revoked_at: token.revoked.map(|at| at.0),
        })
    }

    fn into_domain(self) -> DbResult<Token> {
        Ok(Token {
            id: TokenId(self.id),
            operator: OperatorId(self.operator_id),
            role: code("role", &self.role)?,
            label: self.label,
            vehicle: self.vehicle_id.map(VehicleId),
            hash: self.hash,
            created: Instant(self.created_at),
            revoked: self.revoked_at.map(Instant),
        })
    }
}
