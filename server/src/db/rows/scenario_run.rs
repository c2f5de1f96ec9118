//! Table `scenario_runs`, without the input.

use sea_orm::Set;
use sea_orm::entity::prelude::*;

use super::run::{RunColumns, run_columns};
use crate::db::codec::json;
use crate::db::error::{DbError, DbResult};
use crate::db::query::Row;
use crate::domain::plan::Run;
use crate::domain::scenario::{ScenarioOutcome, ScenarioRun};
use crate::domain::{OperatorId, RunId, ScenarioId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "scenario_runs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operator_id: Uuid,
    pub scenario_id: Uuid,
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
    pub input_hash: String,
    pub engine_version: String,
    pub cost: Option<f64>,
    pub lower_bound: Option<f64>,
    pub feasible: Option<bool>,
    pub result: Option<String>,
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
    pub(in crate::db) fn with_outcome(self, outcome: &ScenarioOutcome) -> Self {
        Self {
            cost: Set(Some(outcome.cost)),
            lower_bound: Set(outcome.lower_bound),
            feasible: Set(Some(outcome.feasible)),
            result: Set(Some(outcome.result.to_string())),
            ..self
        }
    }
}

impl Row for Model {
    type Domain = ScenarioRun;

    fn of(answer: &ScenarioRun) -> DbResult<Self> {
        let run = RunColumns::of(&answer.run)?;
        let outcome = answer.outcome.as_ref();
        Ok(Self {
            id: answer.id.0,
            operator_id: answer.operator.0,
            scenario_id: answer.scenario.0,
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
            input_hash: answer.input_hash.clone(),
            engine_version: answer.engine_version.clone(),
            cost: outcome.map(|outcome| outcome.cost),
            lower_bound: outcome.and_then(|outcome| outcome.lower_bound),
            feasible: outcome.map(|outcome| outcome.feasible),
            result: outcome.map(|outcome| outcome.result.to_string()),
        })
    }

    fn into_domain(self) -> DbResult<ScenarioRun> {
        let run = run_columns!(from self).into_domain()?;
        let outcome = match (self.cost, self.feasible, self.result) {
            (None, None, None) => None,
            (Some(cost), Some(feasible), Some(result)) => Some(ScenarioOutcome {
                cost,
                lower_bound: self.lower_bound,
                feasible,
                result: json("result", &result)?,
            }),
            _ => return Err(DbError::unreadable("result")),
        };
        Ok(ScenarioRun {
            id: RunId(self.id),
            scenario: ScenarioId(self.scenario_id),
            operator: OperatorId(self.operator_id),
            run,
            input_hash: self.input_hash,
            engine_version: self.engine_version,
            outcome,
        })
    }
}
