//! Siting scenarios and their answers.

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, UpdateMany};
use uuid::Uuid;

use super::codec::{gunzip, gzip};
use super::error::{DbError, DbResult};
use super::query::{Row, descending, insert_one, insert_rows, many, one, update_one};
use super::rows::{scenario, scenario_input, scenario_run};
use crate::domain::plan::Run;
use crate::domain::scenario::{Scenario, ScenarioOutcome, ScenarioRun};
use crate::domain::{OperatorId, RunId, ScenarioId};

pub async fn insert(c: &impl ConnectionTrait, scenario: &Scenario) -> DbResult<()> {
    insert_one::<scenario::Entity>(c, scenario).await
}

/// Writes it and counts the version, which must be the one that was read.
///
/// # Errors
/// [`DbError::Stale`] when another change came first.
pub async fn update(c: &impl ConnectionTrait, scenario: &Scenario) -> DbResult<()> {
    use scenario::{Column, Entity, Model};
    let row = Model { version: scenario.version + 1, ..Model::of(scenario)? };
    let read = Condition::all()
        .add(Column::Id.eq(scenario.id.0))
        .add(Column::OperatorId.eq(scenario.operator.0))
        .add(Column::Version.eq(scenario.version));
    update_one::<Entity>(c, row, read).await
}

pub async fn by_id(c: &impl ConnectionTrait, op: OperatorId, id: ScenarioId) -> DbResult<Option<Scenario>> {
    one(c, scenario::Entity::find_by_id(id.0).filter(scenario::Column::OperatorId.eq(op.0))).await
}

/// Newest first, from before the cursor.
pub async fn page(
    c: &impl ConnectionTrait,
    op: OperatorId,
    before: Option<Uuid>,
    limit: u64,
) -> DbResult<Vec<Scenario>> {
    let select = scenario::Entity::find().filter(scenario::Column::OperatorId.eq(op.0));
    many(c, descending(select, scenario::Column::Id, before, limit)).await
}

/// Keeps the run and, compressed, what it is computed from.
pub async fn insert_run(c: &impl ConnectionTrait, run: &ScenarioRun, input: &str) -> DbResult<()> {
    insert_one::<scenario_run::Entity>(c, run).await?;
    let row = scenario_input::Model { run_id: run.id.0, operator_id: run.operator.0, gzip: gzip(input)? };
    insert_rows::<scenario_input::Entity>(c, vec![row]).await
}

pub async fn run(c: &impl ConnectionTrait, op: OperatorId, id: RunId) -> DbResult<Option<ScenarioRun>> {
    one(c, scenario_run::Entity::find_by_id(id.0).filter(scenario_run::Column::OperatorId.eq(op.0))).await
}

/// Newest first.
pub async fn runs_of(c: &impl ConnectionTrait, scenario: ScenarioId) -> DbResult<Vec<ScenarioRun>> {
    let select = scenario_run::Entity::find()
        .filter(scenario_run::Column::ScenarioId.eq(scenario.0))
        .order_by_desc(scenario_run::Column::Id);
    many(c, select).await
}

/// The input as it was handed to [`insert_run`].
pub async fn run_input(c: &impl ConnectionTrait, id: RunId) -> DbResult<Option<String>> {
    let row = scenario_input::Entity::find_by_id(id.0).one(c).await?;
    row.map(|row| gunzip("gzip", &row.gzip)).transpose()
}

pub async fn set_run(c: &impl ConnectionTrait, id: RunId, run: &Run) -> DbResult<()> {
    let columns = scenario_run::ActiveModel::of_run(run)?;
    change(c, id, scenario_run::Entity::update_many().set(columns)).await
}

/// Writes the end of a run that succeeded.
pub async fn finish_run(c: &impl ConnectionTrait, id: RunId, run: &Run, outcome: &ScenarioOutcome) -> DbResult<()> {
    let columns = scenario_run::ActiveModel::of_run(run)?.with_outcome(outcome);
    change(c, id, scenario_run::Entity::update_many().set(columns)).await
}

async fn change(c: &impl ConnectionTrait, id: RunId, columns: UpdateMany<scenario_run::Entity>) -> DbResult<()> {
    let changed = columns.filter(scenario_run::Column::Id.eq(id.0)).exec(c).await?;
    if changed.rows_affected == 0 { Err(DbError::Stale) } else { Ok(()) }
}
