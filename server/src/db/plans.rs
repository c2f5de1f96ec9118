//! Plans and their snapshots.

use chrono::NaiveDate;
use huilu_model::clearing::ClearingPlan;
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, UpdateMany};
use serde::Serialize;
use uuid::Uuid;

use super::codec::{day_text, gunzip, gzip};
use super::error::{DbError, DbResult};
use super::query::{descending, insert_one, insert_rows, many, next, one};
use super::rows::plan::{ActiveModel, Column, Entity};
use super::rows::plan_snapshot;
use crate::domain::plan::{Plan, PlanKind, PlanOutcome, PlanState, Run};
use crate::domain::{Instant, OperatorId, PlanId};

/// A document as it is stored. Packing takes longer than storing, and should not keep other writers waiting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed(Vec<u8>);

/// # Errors
/// [`DbError::Broken`] where it cannot be compressed.
pub fn pack(text: &str) -> DbResult<Packed> {
    Ok(Packed(gzip(text)?))
}

/// What a plan's jobs were worth to the search, in cost units, by job in the snapshot's order; or the answer of a clearing run.
///
/// # Errors
/// [`DbError::Broken`] where it cannot be written as JSON or compressed.
pub fn pack_json(document: &(impl Serialize + ?Sized)) -> DbResult<Packed> {
    pack(&serde_json::to_string(document).map_err(|cause| DbError::Broken(cause.to_string()))?)
}

/// Keeps the plan and the instance it is computed from.
pub async fn insert(c: &impl ConnectionTrait, plan: &Plan, snapshot: Packed) -> DbResult<()> {
    insert_one::<Entity>(c, plan).await?;
    let row = plan_snapshot::Model {
        plan_id: plan.id.0,
        operator_id: plan.operator.0,
        gzip: snapshot.0,
        duals_gzip: None,
        answer_gzip: None,
    };
    insert_rows::<plan_snapshot::Entity>(c, vec![row]).await
}

pub async fn by_id(c: &impl ConnectionTrait, op: OperatorId, id: PlanId) -> DbResult<Option<Plan>> {
    one(c, Entity::find_by_id(id.0).filter(Column::OperatorId.eq(op.0))).await
}

/// The instance as it was handed to [`pack`].
pub async fn snapshot(c: &impl ConnectionTrait, id: PlanId) -> DbResult<Option<String>> {
    let packed = beside(c, id, plan_snapshot::Column::Gzip).await?;
    packed.map(|packed| gunzip("gzip", &packed)).transpose()
}

/// Keeps what the plan's jobs were worth to the search.
///
/// # Errors
/// [`DbError::Stale`] where the plan has no snapshot.
pub async fn keep_duals(c: &impl ConnectionTrait, id: PlanId, duals: Packed) -> DbResult<()> {
    keep_beside(c, id, plan_snapshot::Column::DualsGzip, duals).await
}

/// As they were packed for [`keep_duals`]; absent where the search found none.
pub async fn duals(c: &impl ConnectionTrait, id: PlanId) -> DbResult<Option<Vec<f64>>> {
    let Some(packed) = beside(c, id, plan_snapshot::Column::DualsGzip).await? else { return Ok(None) };
    let text = gunzip("duals_gzip", &packed)?;
    serde_json::from_str(&text).map(Some).map_err(|_| DbError::unreadable("duals_gzip"))
}

/// Keeps the whole answer of a clearing run.
///
/// # Errors
/// [`DbError::Stale`] where the plan has no snapshot.
pub async fn keep_answer(c: &impl ConnectionTrait, id: PlanId, answer: Packed) -> DbResult<()> {
    keep_beside(c, id, plan_snapshot::Column::AnswerGzip, answer).await
}

/// As it was packed for [`keep_answer`]; absent where none was.
pub async fn answer(c: &impl ConnectionTrait, id: PlanId) -> DbResult<Option<ClearingPlan>> {
    let Some(packed) = beside(c, id, plan_snapshot::Column::AnswerGzip).await? else { return Ok(None) };
    let text = gunzip("answer_gzip", &packed)?;
    serde_json::from_str(&text).map(Some).map_err(|_| DbError::unreadable("answer_gzip"))
}

/// One document beside the plan's snapshot, or the snapshot itself, and none of the others: they are large.
async fn beside(c: &impl ConnectionTrait, id: PlanId, column: plan_snapshot::Column) -> DbResult<Option<Vec<u8>>> {
    let row: Option<Option<Vec<u8>>> =
        plan_snapshot::Entity::find_by_id(id.0).select_only().column(column).into_tuple().one(c).await?;
    Ok(row.flatten())
}

/// Puts a document beside the plan's snapshot.
async fn keep_beside(
    c: &impl ConnectionTrait,
    id: PlanId,
    column: plan_snapshot::Column,
    document: Packed,
) -> DbResult<()> {
    let changed = plan_snapshot::Entity::update_many()
        .col_expr(column, Expr::value(document.0))
        .filter(plan_snapshot::Column::PlanId.eq(id.0))
        .exec(c)
        .await?;
    if changed.rows_affected == 0 { Err(DbError::Stale) } else { Ok(()) }
}

/// Newest first, from before the cursor.
pub async fn page(
    c: &impl ConnectionTrait,
    op: OperatorId,
    date: Option<NaiveDate>,
    before: Option<Uuid>,
    limit: u64,
) -> DbResult<Vec<Plan>> {
    let mut select = Entity::find().filter(Column::OperatorId.eq(op.0));
    if let Some(date) = date {
        select = select.filter(Column::ServiceDate.eq(day_text(date)));
    }
    many(c, descending(select, Column::Id, before, limit)).await
}

/// Writes how far the run is; the plan's version stays, since what a planner decides about is unchanged.
pub async fn set_run(c: &impl ConnectionTrait, id: PlanId, run: &Run) -> DbResult<()> {
    change(c, id, Entity::update_many().set(ActiveModel::of_run(run)?)).await
}

/// Writes the end of a run that succeeded.
pub async fn finish(c: &impl ConnectionTrait, id: PlanId, run: &Run, outcome: &PlanOutcome) -> DbResult<()> {
    let columns = ActiveModel::of_run(run)?.with_outcome(outcome)?;
    change(c, id, Entity::update_many().set(columns).col_expr(Column::Version, next(Column::Version))).await
}

/// # Errors
/// [`DbError::Duplicate`] when another plan of the operator's day is published and this one should be.
pub async fn set_state(
    c: &impl ConnectionTrait,
    id: PlanId,
    state: PlanState,
    published: Option<Instant>,
) -> DbResult<()> {
    let columns = Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::PublishedAt, Expr::value(published.map(|at| at.0)))
        .col_expr(Column::Version, next(Column::Version));
    change(c, id, columns).await
}

/// The one plan of its kind that is driven on that day.
pub async fn published(
    c: &impl ConnectionTrait,
    op: OperatorId,
    date: NaiveDate,
    kind: PlanKind,
) -> DbResult<Option<Plan>> {
    one(c, Entity::find().filter(Column::OperatorId.eq(op.0)).filter(published_on(date, kind))).await
}

/// Marks the published plan of the day and kind as one that no longer fits, unless it is marked already.
pub async fn mark_stale(
    c: &impl ConnectionTrait,
    op: OperatorId,
    date: NaiveDate,
    kind: PlanKind,
    reason: &str,
) -> DbResult<Option<PlanId>> {
    let update = Query::update()
        .table(Entity)
        .value(Column::Stale, reason)
        .value(Column::Version, next(Column::Version))
        .and_where(Column::OperatorId.eq(op.0))
        .cond_where(published_on(date, kind))
        .and_where(Column::Stale.is_null())
        .returning_col(Column::Id)
        .take();
    let row = c.query_one(&update).await?;
    row.map(|row| Ok(PlanId(row.try_get_by("id")?))).transpose()
}

/// The operator whose plan it is.
pub(super) async fn operator_of(c: &impl ConnectionTrait, id: PlanId) -> DbResult<OperatorId> {
    let found: Option<Uuid> =
        Entity::find_by_id(id.0).select_only().column(Column::OperatorId).into_tuple().one(c).await?;
    found.map(OperatorId).ok_or_else(|| DbError::Broken("there is no such plan".to_owned()))
}

fn published_on(date: NaiveDate, kind: PlanKind) -> sea_orm::Condition {
    // The literal lets the planner see that the partial index covers this.
    sea_orm::Condition::all()
        .add(Column::ServiceDate.eq(day_text(date)))
        .add(Column::Kind.eq(kind.as_str()))
        .add(Expr::cust("state = 'published'"))
}

async fn change(c: &impl ConnectionTrait, id: PlanId, columns: UpdateMany<Entity>) -> DbResult<()> {
    let changed = columns.filter(Column::Id.eq(id.0)).exec(c).await?;
    if changed.rows_affected == 0 { Err(DbError::Stale) } else { Ok(()) }
}
