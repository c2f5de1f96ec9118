//! Events and their outbox, written in the transaction of the change itself.

use chrono::NaiveDate;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

use super::codec::day_text;
use super::error::DbResult;
use super::query::insert_rows;
use super::rows::event::{Column, Entity, Model};
use super::rows::{booking, outbox, plan};
use crate::domain::OperatorId;
use crate::domain::event::{Event, EventKind, NewEvent, SubjectKind};
use crate::domain::plan::PlanKind;

/// Events in one statement.
const EVENTS_MAX: usize = 500;

/// Appends the events, each with its outbox row.
pub async fn append(c: &impl ConnectionTrait, events: &[NewEvent]) -> DbResult<()> {
    for some in events.chunks(EVENTS_MAX) {
        let mut insert = Query::insert();
        insert.into_table(Entity).columns([
            Column::OperatorId,
            Column::Kind,
            Column::SubjectKind,
            Column::SubjectId,
            Column::ActorId,
            Column::At,
            Column::Data,
        ]);
        for event in some {
            insert.values_panic([
                event.operator.0.into(),
                event.kind.as_str().into(),
                event.subject_kind.as_str().into(),
                event.subject.into(),
                event.actor.map(|actor| actor.0).into(),
                event.at.0.into(),
                event.data.to_string().into(),
            ]);
        }
        insert.returning(Query::returning().columns([Column::Seq, Column::OperatorId]));
        let mut rows = Vec::with_capacity(some.len());
        for row in c.query_all(&insert).await? {
            rows.push(outbox::Model { event_seq: row.try_get_by("seq")?, operator_id: row.try_get_by("operator_id")? });
        }
        insert_rows::<outbox::Entity>(c, rows).await?;
    }
    Ok(())
}

/// What happened to one thing, in order.
pub async fn of_subject(c: &impl ConnectionTrait, op: OperatorId, subject: Uuid) -> DbResult<Vec<Event>> {
    Entity::find()
        .filter(Column::OperatorId.eq(op.0))
        .filter(Column::SubjectId.eq(subject))
        .order_by_asc(Column::Seq)
        .all(c)
        .await?
        .into_iter()
        .map(Model::into_domain)
        .collect()
}

/// Number of the latest event of any operator; 0 before the first.
pub async fn latest(c: &impl ConnectionTrait) -> DbResult<i64> {
    let seq: Option<Option<i64>> =
        Entity::find().select_only().column_as(Column::Seq.max(), "seq").into_tuple().one(c).await?;
    Ok(seq.flatten().unwrap_or(0))
}

/// Numbers of the events after `seq` that may change what a plan of this day and kind is computed from. Every change leaves an
/// event in its own transaction, so for who has the operator [locked](super::operators::lock) the same numbers as before mean that
/// nothing was changed in between and nothing is being changed. The highest alone does not say so: on PostgreSQL a transaction may
/// commit a lower one later.
pub async fn of_day_after(
    c: &impl ConnectionTrait,
    op: OperatorId,
    (date, kind): (NaiveDate, PlanKind),
    seq: i64,
) -> DbResult<Vec<i64>> {
    let is = |kind: SubjectKind| Column::SubjectKind.eq(kind.as_str());
    let fleet_or_outlets = [SubjectKind::Outlet, SubjectKind::Depot, SubjectKind::Vehicle, SubjectKind::Operator];
    // Full outlets are a consequence, not a change.
    let fleet_or_outlets = Column::SubjectKind
        .is_in(fleet_or_outlets.map(|kind| kind.as_str()))
        .and(Column::Kind.ne(EventKind::OutletFull.as_str()));
    let handed_over = [EventKind::PlanPublished, EventKind::PlanSuperseded].map(|kind| kind.as_str());
    let plans = Query::select()
        .column(plan::Column::Id)
        .from(plan::Entity)
        .and_where(Expr::col((plan::Entity, plan::Column::Id)).equals((Entity, Column::SubjectId)))
        .and_where(Expr::col((plan::Entity, plan::Column::ServiceDate)).eq(day_text(date)))
        .take();
    let plans = is(SubjectKind::Plan).and(Column::Kind.is_in(handed_over)).and(Expr::exists(plans));
    let driven = match kind {
        PlanKind::Collection => {
            let bookings = Query::select()
                .column(booking::Column::Id)
                .from(booking::Entity)
                .and_where(Expr::col((booking::Entity, booking::Column::Id)).equals((Entity, Column::SubjectId)))
                .and_where(Expr::col((booking::Entity, booking::Column::ServiceDate)).eq(day_text(date)))
                .take();
            is(SubjectKind::Booking).and(Expr::exists(bookings))
        }
        PlanKind::Clearing => is(SubjectKind::Route).and(Column::Kind.eq(EventKind::RouteReported.as_str())),
    };
    let select = Entity::find()
        .select_only()
        .column(Column::Seq)
        .filter(Column::Seq.gt(seq))
        .filter(Column::OperatorId.eq(op.0))
        .filter(Condition::any().add(fleet_or_outlets).add(plans).add(driven))
        .order_by_asc(Column::Seq);
    Ok(select.into_tuple().all(c).await?)
}

pub async fn count(c: &impl ConnectionTrait, op: OperatorId) -> DbResult<u64> {
    Ok(Entity::find().filter(Column::OperatorId.eq(op.0)).count(c).await?)
}

/// Events that nobody has sent on yet.
pub async fn outbox_count(c: &impl ConnectionTrait, op: OperatorId) -> DbResult<u64> {
    Ok(outbox::Entity::find().filter(outbox::Column::OperatorId.eq(op.0)).count(c).await?)
}
