//! Slots: taken one at a time, never beyond their capacity, however many ask at once.

use chrono::NaiveDate;
use h3o::CellIndex;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::codec::{cell_bits, day_text};
use super::error::DbResult;
use super::query::{Row, many};
use super::rows::slot::{Column, Entity, Model};
use crate::domain::OperatorId;
use crate::domain::slot::{SlotKey, SlotUsage};

const KEY: [Column; 4] = [Column::OperatorId, Column::ServiceDate, Column::Cell, Column::Slot];

/// Takes one place; false when the slot is full. One statement, so that nobody can come in between; the capacity is the
/// current one and may have changed since the last place was taken.
pub async fn take(c: &impl ConnectionTrait, key: &SlotKey, capacity: i64) -> DbResult<bool> {
    if capacity <= 0 {
        return Ok(false);
    }
    let mut on_conflict = OnConflict::columns(KEY);
    on_conflict
        .value(Column::Used, Expr::col((Entity, Column::Used)).add(1))
        .value(Column::Capacity, capacity)
        .action_and_where(Expr::col((Entity, Column::Used)).lt(capacity));
    let row = Model::of(&SlotUsage { key: *key, capacity, used: 1 })?;
    let insert = insert_of(&[row], on_conflict);
    Ok(c.execute(&insert).await?.rows_affected() == 1)
}

/// Gives one place back.
pub async fn release(c: &impl ConnectionTrait, key: &SlotKey) -> DbResult<()> {
    Entity::update_many()
        .col_expr(Column::Used, Expr::col(Column::Used).sub(1))
        .filter(Column::OperatorId.eq(key.operator.0))
        .filter(Column::ServiceDate.eq(day_text(key.service_date)))
        .filter(Column::Cell.eq(cell_bits(key.cell)))
        .filter(Column::Slot.eq(i32::from(key.index)))
        .filter(Column::Used.gt(0))
        .exec(c)
        .await?;
    Ok(())
}

/// The slots of a cell and day that somebody ever took, by index.
pub async fn usage(
    c: &impl ConnectionTrait,
    op: OperatorId,
    cell: CellIndex,
    date: NaiveDate,
) -> DbResult<Vec<SlotUsage>> {
    let select = Entity::find()
        .filter(Column::OperatorId.eq(op.0))
        .filter(Column::ServiceDate.eq(day_text(date)))
        .filter(Column::Cell.eq(cell_bits(cell)))
        .order_by_asc(Column::Slot);
    many(c, select).await
}

/// Adds what bookings that came in bulk use to what is used already; a slot must not be named twice.
///
/// Nothing is refused: where more is used than the capacity, the capacity grows to it. That of a slot nobody took before
/// is the one given.
pub async fn record_many(c: &impl ConnectionTrait, usages: &[SlotUsage]) -> DbResult<()> {
    for some in usages.chunks(500) {
        let grown = |usage: &SlotUsage| SlotUsage { capacity: Ord::max(usage.capacity, usage.used), ..*usage };
        let rows = some.iter().map(|usage| Model::of(&grown(usage))).collect::<DbResult<Vec<_>>>()?;
        let capacity = Expr::col((Entity, Column::Capacity));
        let used = Expr::col((Entity, Column::Used)).add(Expr::col((Alias::new("excluded"), Column::Used)));
        // SQLite's MAX is PostgreSQL's GREATEST; both know CASE.
        let larger = Expr::case(capacity.clone().lt(used.clone()), used.clone()).finally(capacity);
        let mut on_conflict = OnConflict::columns(KEY);
        on_conflict.value(Column::Capacity, larger).value(Column::Used, used);
        c.execute(&insert_of(&rows, on_conflict)).await?;
    }
    Ok(())
}

fn insert_of(rows: &[Model], on_conflict: OnConflict) -> sea_orm::sea_query::InsertStatement {
    let mut insert = Query::insert();
    insert.into_table(Entity).columns(KEY.into_iter().chain([Column::Capacity, Column::Used]));
    for row in rows {
        insert.values_panic([
            row.operator_id.into(),
            row.service_date.as_str().into(),
            row.cell.into(),
            row.slot.into(),
            row.capacity.into(),
            row.used.into(),
        ]);
    }
    insert.on_conflict(on_conflict).take()
}
