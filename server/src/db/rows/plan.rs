//! Table `plans`, without snapshot and routes.

use huilu_model::Cost;
use sea_orm::Set;
use sea_orm::entity::prelude::*;

use super::run::{RunColumns, run_columns};
use crate::db::codec::{code, day_text, json, json_text};
use crate::db::error::{DbError, DbResult};
use crate::db::query::Row;
use crate::domain::plan::{Plan, PlanOutcome, Run};
use crate::domain::{Instant, OperatorId, PlanId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "plans")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operator_id: Uuid,
    pub kind: String,
    pub service_date: String,
    pub state: String,
    pub run_state: String,
    pub job_id: Uuid,
    pub seed: i64,
    pub threads: i32,
    pub run_seconds: Option<f64>,
    pub run_iterations: Option<i64>,
    pub run_progress: Option<String>,
    pub run_error: Option<String>,
    pub run_created_at: i64,
    pub run_started_at: Option<i64>,
    pub run_ended_at: Option<i64>,
    pub engine_version: String,
    pub input_hash: String,
    pub cost: Option<i64>,
    pub cost_scale: Option<i64>,
    pub cost_parts: Option<String>,
    pub lower_bound: Option<i64>,
    pub summary: Option<String>,
    pub stale: Option<String>,
    pub published_at: Option<i64>,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl ActiveModel {
    /// Sets the columns of the run and no others.
    pub(in crate::db) fn of_run(run: &Run) -> DbResult<Self> {
        Ok(run_columns!(set run))
    }

    /// Sets the columns of the outcome as well.
    pub(in crate::db) fn with_outcome(self, outcome: &PlanOutcome) -> DbResult<Self> {
        Ok(Self {
            cost: Set(Some(outcome.cost.0)),
            cost_scale: Set(Some(outcome.cost_scale)),
            cost_parts: Set(Some(json_text("cost_parts", &outcome.cost_parts)?)),
            lower_bound: Set(outcome.lower_bound.map(|bound| bound.0)),
            summary: Set(Some(json_text("summary", &outcome.summary)?)),
            ..self
        })
    }
}

impl Row for Model {
    type Domain = Plan;

    fn of(plan: &Plan) -> DbResult<Self> {
        let run = RunColumns::of(&plan.run)?;
        let outcome = plan.outcome.as_ref();
        Ok(Self {
            id: plan.id.0,
            operator_id: plan.operator.0,
            kind: plan.kind.to_string(),
            service_date: day_text(plan.service_date),
            state: plan.state.to_string(),
            run_state: run.run_state,
            job_id: run.job_id,
            seed: run.seed,
            threads: run.threads,
            run_seconds: run.run_seconds,
            run_iterations: run.run_iterations,
            run_progress: run.run_progress,
            run_error: run.run_error,
            run_created_at: run.run_created_at,
            run_started_at: run.run_started_at,
            run_ended_at: run.run_ended_at,
            engine_version: plan.engine_version.clone(),
            input_hash: plan.input_hash.clone(),
            cost: outcome.map(|outcome| outcome.cost.0),
            cost_scale: outcome.map(|outcome| outcome.cost_scale),
            cost_parts: outcome.map(|outcome| json_text("cost_parts", &outcome.cost_parts)).transpose()?,
            lower_bound: outcome.and_then(|outcome| outcome.lower_bound).map(|bound| bound.0),
            summary: outcome.map(|outcome| json_text("summary", &outcome.summary)).transpose()?,
            stale: plan.stale.clone(),
            published_at: plan.published.map(|at| at.0),
            version: plan.version,
        })
    }

    fn into_domain(self) -> DbResult<Plan> {
        let run = run_columns!(from self).into_domain()?;
        let outcome = match (self.cost, self.cost_scale, self.cost_parts, self.summary) {
            (None, None, None, None) => None,
            (Some(cost), Some(cost_scale), Some(parts), Some(summary)) => Some(PlanOutcome {
                cost: Cost(cost),
                cost_scale,
                cost_parts: json("cost_parts", &parts)?,
                lower_bound: self.lower_bound.map(Cost),
                summary: json("summary", &summary)?,
            }),
            _ => return Err(DbError::unreadable("cost")),
        };
        Ok(Plan {
            id: PlanId(self.id),
            operator: OperatorId(self.operator_id),
            kind: code("kind", &self.kind)?,
            service_date: code("service_date", &self.service_date)?,
            state: code("state", &self.state)?,
            run,
            engine_version: self.engine_version,
            input_hash: self.input_hash,
            outcome,
            stale: self.stale,
            published: self.published_at.map(Instant),
            version: self.version,
        })
    }
}
