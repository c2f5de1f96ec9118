//! Events and their outbox, written in the transaction of the change itself.

use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::error::DbResult;
use super::query::insert_rows;
use super::rows::event::{Column, Entity, Model};
use super::rows::outbox;
use crate::domain::OperatorId;
use crate::domain::event::{Event, NewEvent};

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

/// Number of the latest event of any operator; 0 before the first. Every change leaves an event in its own transaction,
/// so the same number twice means that nothing was changed in between.
pub async fn latest(c: &impl ConnectionTrait) -> DbResult<i64> {
    let seq: Option<Option<i64>> =
        Entity::find().select_only().column_as(Column::Seq.max(), "seq").into_tuple().one(c).await?;
    Ok(seq.flatten().unwrap_or(0))
}

pub async fn count(c: &impl ConnectionTrait, op: OperatorId) -> DbResult<u64> {
    Ok(Entity::find().filter(Column::OperatorId.eq(op.0)).count(c).await?)
}

/// Events that nobody has sent on yet.
pub async fn outbox_count(c: &impl ConnectionTrait, op: OperatorId) -> DbResult<u64> {
    Ok(outbox::Entity::find().filter(outbox::Column::OperatorId.eq(op.0)).count(c).await?)
}
