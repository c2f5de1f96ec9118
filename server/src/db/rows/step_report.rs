//! Table `step_reports`.

use sea_orm::entity::prelude::*;

use crate::db::codec::{code, code_of_some, json, json_text};
use crate::db::error::DbResult;
use crate::db::query::Row;
use crate::domain::report::StepReport;
use crate::domain::{Instant, OperatorId, ReportId, RouteId, StepId, TokenId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "step_reports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operator_id: Uuid,
    pub route_id: Uuid,
    pub step_id: Uuid,
    pub client_id: String,
    pub kind: String,
    pub weights: String,
    pub reason: Option<String>,
    pub actor_id: Option<Uuid>,
    pub happened_at: i64,
    pub received_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Model {
    type Domain = StepReport;

    fn of(report: &StepReport) -> DbResult<Self> {
        Ok(Self {
            id: report.id.0,
            operator_id: report.operator.0,
            route_id: report.route.0,
            step_id: report.step.0,
            client_id: report.client_id.clone(),
            kind: report.kind.to_string(),
            weights: json_text("weights", &report.weights)?,
            reason: report.reason.map(|reason| reason.to_string()),
            actor_id: report.actor.map(|actor| actor.0),
            happened_at: report.happened.0,
            received_at: report.received.0,
        })
    }

    fn into_domain(self) -> DbResult<StepReport> {
        Ok(StepReport {
            id: ReportId(self.id),
            operator: OperatorId(self.operator_id),
            route: RouteId(self.route_id),
            step: StepId(self.step_id),
            client_id: self.client_id,
            kind: code("kind", &self.kind)?,
            weights: json("weights", &self.weights)?,
            reason: code_of_some("reason", self.reason.as_deref())?,
            actor: self.actor_id.map(TokenId),
            happened: Instant(self.happened_at),
            received: Instant(self.received_at),
        })
    }
}
