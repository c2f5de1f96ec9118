//! Table `plan_snapshots`: the instance that a plan was computed from, as compressed JSON.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "plan_snapshots")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub plan_id: Uuid,
    pub operator_id: Uuid,
    pub gzip: Vec<u8>,
    /// Dual prices of the last set partitioning, a JSON list by job: prices in its pool of routes, and no bound.
    pub duals_gzip: Option<Vec<u8>>,
    /// Of a clearing plan: the whole answer as JSON, as it passed the checker.
    pub answer_gzip: Option<Vec<u8>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
