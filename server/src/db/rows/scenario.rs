//! Table `scenarios`.

use sea_orm::entity::prelude::*;

use crate::db::codec::json;
use crate::db::error::DbResult;
use crate::db::query::Row;
use crate::domain::scenario::Scenario;
use crate::domain::{Instant, OperatorId, RunId, ScenarioId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "scenarios")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operator_id: Uuid,
    pub name: String,
    pub question: String,
    pub adopted_run_id: Option<Uuid>,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Model {
    type Domain = Scenario;

    fn of(scenario: &Scenario) -> DbResult<Self> {
        Ok(Self {
            id: scenario.id.0,
            operator_id: scenario.operator.0,
            name: scenario.name.clone(),
            question: scenario.question.to_string(),
            adopted_run_id: scenario.adopted.map(|run| run.0),
            created_at: scenario.created.0,
            updated_at: scenario.updated.0,
            version: scenario.version,
        })
    }

    fn into_domain(self) -> DbResult<Scenario> {
        Ok(Scenario {
            id: ScenarioId(self.id),
            operator: OperatorId(self.operator_id),
            name: self.name,
            question: json("question", &self.question)?,
            adopted: self.adopted_run_id.map(RunId),
            created: Instant(self.created_at),
            updated: Instant(self.updated_at),
            version: self.version,
        })
    }
}
