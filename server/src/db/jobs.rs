//! The queue: jobs that are enqueued in the transaction of their cause, leased, fenced by the number of their attempt.

use sea_orm::sea_query::{
    CaseStatement, Expr, ExprTrait, LockBehavior, LockType, Query, SubQueryStatement, UpdateStatement,
};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, Order, QueryFilter};
use serde_json::Value;

use super::error::{DbError, DbResult};
use super::query::{Row, insert_one, next, one};
use super::rows::job::{Column, Entity, Model};
use crate::domain::job::{Job, JobState, Lease};
use crate::domain::{Instant, JobId};

/// What a worker learns when it renews its lease.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// Go on.
    Held,
    /// The lease is renewed, but the work is no longer wanted: stop it and finish as cancelled.
    CancelRequested,
    /// The job ended, or another worker has it: stop and write nothing.
    Lost,
}

pub async fn enqueue(c: &impl ConnectionTrait, job: &Job) -> DbResult<()> {
    insert_one::<Entity>(c, job).await
}

/// Takes the job that is due longest: a queued one, or a running one whose lease ran out. Its attempt is counted before
/// anything runs. Workers on PostgreSQL pass by what another one is just taking.
pub async fn lease(c: &impl ConnectionTrait, now: Instant, until: Instant) -> DbResult<Option<Job>> {
    let due = Query::select()
        .column(Column::Id)
        .from(Entity)
        .cond_where(open())
        .cond_where(
            Condition::any()
                .add(Column::State.eq(JobState::Queued.as_str()).and(Column::RunAt.lte(now.0)))
                .add(lapsed(now).add(Expr::col(Column::Attempt).lt(Expr::col(Column::MaxAttempts)))),
        )
        .order_by(Column::RunAt, Order::Asc)
        .order_by(Column::Id, Order::Asc)
        .limit(1)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .take();
    let mut update = Query::update();
    update
        .table(Entity)
        .value(Column::State, JobState::Running.as_str())
        .value(Column::LeaseUntil, until.0)
        .value(Column::Attempt, next(Column::Attempt))
        // `=`, not `IN`: PostgreSQL runs a subquery that is one value only once, so that it never locks two.
        .and_where(Expr::col(Column::Id).eq(SubQueryStatement::from(due)));
    Ok(returning(c, update).await?.pop())
}

/// Ends the jobs whose last allowed attempt died, and returns them.
pub async fn dead(c: &impl ConnectionTrait, now: Instant) -> DbResult<Vec<Job>> {
    let mut update = Query::update();
    update
        .table(Entity)
        .value(Column::State, JobState::Dead.as_str())
        .value(Column::LeaseUntil, None::<i64>)
        .value(Column::EndedAt, now.0)
        .cond_where(open())
        .cond_where(lapsed(now))
        .and_where(Expr::col(Column::Attempt).gte(Expr::col(Column::MaxAttempts)));
    let mut jobs = returning(c, update).await?;
    jobs.sort_by_key(|job| job.id);
    Ok(jobs)
}

/// Keeps the lease for longer and, if given, the latest progress.
pub async fn renew(
    c: &impl ConnectionTrait,
    lease: Lease,
    until: Instant,
    progress: Option<&Value>,
) -> DbResult<Renewal> {
    let mut update = Query::update();
    update.table(Entity).value(Column::LeaseUntil, until.0).cond_where(held(lease));
    if let Some(progress) = progress {
        update.value(Column::Progress, progress.to_string());
    }
    Ok(match returning(c, update).await?.pop() {
        Some(job) if job.cancel_requested => Renewal::CancelRequested,
        Some(_) => Renewal::Held,
        None => Renewal::Lost,
    })
}

/// Ends the job; false when the lease is lost, and then nothing changed.
///
/// # Errors
/// [`DbError::Broken`] for a state that is no end.
pub async fn finish(
    c: &impl ConnectionTrait,
    lease: Lease,
    state: JobState,
    error: Option<&str>,
    now: Instant,
) -> DbResult<bool> {
    if matches!(state, JobState::Queued | JobState::Running) {
        return Err(DbError::Broken("a job can only end in a final state".to_owned()));
    }
    let changed = Entity::update_many()
        .col_expr(Column::State, Expr::value(state.as_str()))
        .col_expr(Column::Error, Expr::value(error))
        .col_expr(Column::LeaseUntil, Expr::value(None::<i64>))
        .col_expr(Column::EndedAt, Expr::value(now.0))
        .filter(held(lease))
        .exec(c)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Hands the job back, to be taken again at once. Its attempt stays counted, since a number given twice would fence
/// nobody; one more is allowed in its place.
pub async fn release(c: &impl ConnectionTrait, lease: Lease, now: Instant) -> DbResult<bool> {
    let changed = Entity::update_many()
        .col_expr(Column::State, Expr::value(JobState::Queued.as_str()))
        .col_expr(Column::LeaseUntil, Expr::value(None::<i64>))
        .col_expr(Column::RunAt, Expr::value(now.0))
        .col_expr(Column::MaxAttempts, next(Column::MaxAttempts))
        .filter(held(lease))
        .exec(c)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Cancels a queued job at once and asks the worker of a running one to stop; false when it has ended already.
pub async fn request_cancel(c: &impl ConnectionTrait, id: JobId, now: Instant) -> DbResult<bool> {
    let queued = || Column::State.eq(JobState::Queued.as_str());
    let state = CaseStatement::new().case(queued(), JobState::Cancelled.as_str()).finally(Expr::col(Column::State));
    let ended = CaseStatement::new().case(queued(), now.0).finally(Expr::col(Column::EndedAt));
    let changed = Entity::update_many()
        .col_expr(Column::CancelRequested, Expr::value(true))
        .col_expr(Column::State, state.into())
        .col_expr(Column::EndedAt, ended.into())
        .filter(Column::Id.eq(id.0))
        .filter(open())
        .exec(c)
        .await?;
    Ok(changed.rows_affected == 1)
}

pub async fn by_id(c: &impl ConnectionTrait, id: JobId) -> DbResult<Option<Job>> {
    one(c, Entity::find_by_id(id.0)).await
}

/// Neither ended nor cancelled; the literals let the planner see that the partial index covers it.
fn open() -> Condition {
    Condition::all().add(Expr::cust("state IN ('queued', 'running')"))
}

/// Running, but its worker has not renewed in time.
fn lapsed(now: Instant) -> Condition {
    Condition::all().add(Column::State.eq(JobState::Running.as_str())).add(Column::LeaseUntil.lte(now.0))
}

/// The fence: only the current attempt of a running job may write.
fn held(lease: Lease) -> Condition {
    Condition::all()
        .add(Column::Id.eq(lease.job.0))
        .add(Column::Attempt.eq(lease.attempt))
        .add(Column::State.eq(JobState::Running.as_str()))
}

async fn returning(c: &impl ConnectionTrait, mut update: UpdateStatement) -> DbResult<Vec<Job>> {
    let rows = c.query_all(update.returning_all()).await?;
    rows.iter().map(|row| Model::from_query_result(row, "")?.into_domain()).collect()
}
