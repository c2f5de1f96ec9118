//! What was brought to outlets and taken from them, by day and stream.

use chrono::NaiveDate;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::codec::day_text;
use super::error::DbResult;
use super::query::{Row, many};
use super::rows::stock::{Column, Entity, Model};
use crate::domain::stock::StockDay;
use crate::domain::{OperatorId, OutletId};

const KEY: [Column; 4] = [Column::OperatorId, Column::OutletId, Column::ServiceDate, Column::Stream];
const SUMS: [Column; 4] = [Column::InG, Column::InL, Column::OutG, Column::OutL];

/// Adds to what is known of each day; a day must not be named twice.
pub async fn add(c: &impl ConnectionTrait, days: &[StockDay]) -> DbResult<()> {
    if days.is_empty() {
        return Ok(());
    }
    let mut insert = Query::insert();
    insert.into_table(Entity).columns(KEY.into_iter().chain(SUMS));
    for day in days {
        let row = Model::of(day)?;
        insert.values_panic([
            row.operator_id.into(),
            row.outlet_id.into(),
            row.service_date.into(),
            row.stream.into(),
            row.in_g.into(),
            row.in_l.into(),
            row.out_g.into(),
            row.out_l.into(),
        ]);
    }
    let mut on_conflict = OnConflict::columns(KEY);
    for sum in SUMS {
        on_conflict.value(sum, Expr::col((Entity, sum)).add(Expr::col((Alias::new("excluded"), sum))));
    }
    c.execute(insert.on_conflict(on_conflict)).await?;
    Ok(())
}

/// Of all outlets from that day on, by outlet, day and stream.
pub async fn since(c: &impl ConnectionTrait, op: OperatorId, since: NaiveDate) -> DbResult<Vec<StockDay>> {
    let select = Entity::find()
        .filter(Column::OperatorId.eq(op.0))
        .filter(Column::ServiceDate.gte(day_text(since)))
        .order_by_asc(Column::OutletId)
        .order_by_asc(Column::ServiceDate)
        .order_by_asc(Column::Stream);
    many(c, select).await
}

/// Of one outlet from that day on, by day and stream.
pub async fn of_outlet(
    c: &impl ConnectionTrait,
    op: OperatorId,
    outlet: OutletId,
    since: NaiveDate,
) -> DbResult<Vec<StockDay>> {
    let select = Entity::find()
        .filter(Column::OperatorId.eq(op.0))
        .filter(Column::OutletId.eq(outlet.0))
        .filter(Column::ServiceDate.gte(day_text(since)))
        .order_by_asc(Column::ServiceDate)
        .order_by_asc(Column::Stream);
    many(c, select).await
}
