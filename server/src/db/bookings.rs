//! Bookings with their items.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use h3o::CellIndex;
use huilu_model::{Grams, Litres};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::codec::{cell, code, day_text, whole};
use super::error::{DbError, DbResult};
use super::query::{descending, insert_rows, next};
use super::rows::{booking, booking_item};
use crate::domain::booking::{Booking, BookingItem, BookingState};
use crate::domain::{BookingId, Instant, OperatorId, TokenId};

/// Ids in one statement.
const IDS_MAX: usize = 1_000;

/// All that is set must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BookingFilter {
    pub resident: Option<TokenId>,
    pub service_date: Option<NaiveDate>,
    pub state: Option<BookingState>,
}

/// What a cell wants collected of a material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandRow {
    pub cell: CellIndex,
    /// Its code.
    pub material: String,
    pub grams: Grams,
    pub litres: Litres,
    pub bookings: u64,
}

/// What a cell wants collected on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellDemand {
    pub cell: CellIndex,
    pub bookings: u64,
    pub grams: Grams,
    pub litres: Litres,
}

pub async fn insert(c: &impl ConnectionTrait, booking: &Booking) -> DbResult<()> {
    insert_many(c, std::slice::from_ref(booking)).await
}

pub async fn insert_many(c: &impl ConnectionTrait, bookings: &[Booking]) -> DbResult<()> {
    let rows = bookings.iter().map(booking::Model::of).collect::<DbResult<_>>()?;
    insert_rows::<booking::Entity>(c, rows).await?;
    let items = bookings.iter().flat_map(booking_item::Model::of).collect::<DbResult<_>>()?;
    insert_rows::<booking_item::Entity>(c, items).await
}

/// Writes what changes after booking: state, weights, items that were weighed without having been booked, time of the
/// change. The version must be the one that was read.
///
/// # Errors
/// [`DbError::Stale`] when another change came first.
pub async fn update(c: &impl ConnectionTrait, booking: &Booking) -> DbResult<()> {
    use booking::{Column, Entity};
    let changed = Entity::update_many()
        .col_expr(Column::State, Expr::value(booking.state.as_str()))
        .col_expr(Column::UpdatedAt, Expr::value(booking.updated.0))
        .col_expr(Column::Version, next(Column::Version))
        .filter(Column::Id.eq(booking.id.0))
        .filter(Column::OperatorId.eq(booking.operator.0))
        .filter(Column::Version.eq(booking.version))
        .exec(c)
        .await?;
    if changed.rows_affected == 0 {
        return Err(DbError::Stale);
    }
    let items = booking_item::Model::of(booking).collect::<DbResult<Vec<_>>>()?;
    let weighed: Vec<booking_item::ActiveModel> =
        items.into_iter().filter(|item| item.weighed_g.is_some()).map(IntoActiveModel::into_active_model).collect();
    if weighed.is_empty() {
        return Ok(());
    }
    let mut known = OnConflict::columns([booking_item::Column::BookingId, booking_item::Column::Material]);
    known.update_column(booking_item::Column::WeighedG);
    booking_item::Entity::insert_many(weighed).on_conflict(known).exec_without_returning(c).await?;
    Ok(())
}

pub async fn by_id(c: &impl ConnectionTrait, op: OperatorId, id: BookingId) -> DbResult<Option<Booking>> {
    Ok(by_ids(c, op, &[id]).await?.pop())
}

/// Those that exist, by id.
pub async fn by_ids(c: &impl ConnectionTrait, op: OperatorId, ids: &[BookingId]) -> DbResult<Vec<Booking>> {
    let mut ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut bookings = Vec::with_capacity(ids.len());
    for some in ids.chunks(IDS_MAX) {
        let select =
            of_operator(op).filter(booking::Column::Id.is_in(some.iter().copied())).order_by_asc(booking::Column::Id);
        bookings.extend(with_items(c, select).await?);
    }
    Ok(bookings)
}

/// Newest first, from before the cursor.
pub async fn page(
    c: &impl ConnectionTrait,
    op: OperatorId,
    filter: &BookingFilter,
    before: Option<Uuid>,
    limit: u64,
) -> DbResult<Vec<Booking>> {
    let filters = Condition::all()
        .add_option(filter.resident.map(|resident| booking::Column::ResidentId.eq(resident.0)))
        .add_option(filter.service_date.map(|date| booking::Column::ServiceDate.eq(day_text(date))))
        .add_option(filter.state.map(|state| booking::Column::State.eq(state.as_str())));
    with_items(c, descending(of_operator(op).filter(filters), booking::Column::Id, before, limit)).await
}

/// What a plan of the day has to consider, by id.
pub async fn awaiting(c: &impl ConnectionTrait, op: OperatorId, date: NaiveDate) -> DbResult<Vec<Booking>> {
    let states = BookingState::ALL.iter().filter(|state| state.awaits_pickup()).map(|state| state.as_str());
    let select = of_operator(op)
        .filter(booking::Column::ServiceDate.eq(day_text(date)))
        .filter(booking::Column::State.is_in(states))
        .order_by_asc(booking::Column::Id);
    with_items(c, select).await
}

/// As [`awaiting`], their states alone.
pub async fn states_awaiting(
    c: &impl ConnectionTrait,
    op: OperatorId,
    date: NaiveDate,
) -> DbResult<Vec<(BookingId, BookingState)>> {
    let states = BookingState::ALL.iter().filter(|state| state.awaits_pickup()).map(|state| state.as_str());
    let found: Vec<(Uuid, String)> = of_operator(op)
        .select_only()
        .columns([booking::Column::Id, booking::Column::State])
        .filter(booking::Column::ServiceDate.eq(day_text(date)))
        .filter(booking::Column::State.is_in(states))
        .order_by_asc(booking::Column::Id)
        .into_tuple()
        .all(c)
        .await?;
    found.into_iter().map(|(id, state)| Ok((BookingId(id), code("state", &state)?))).collect()
}

/// Moves those of the bookings that are in one of the states `from`; returns how many.
pub async fn set_states(
    c: &impl ConnectionTrait,
    op: OperatorId,
    ids: &[BookingId],
    from: &[BookingState],
    to: BookingState,
    at: Instant,
) -> DbResult<u64> {
    use booking::{Column, Entity};
    let mut moved = 0;
    for some in ids.chunks(IDS_MAX) {
        let changed = Entity::update_many()
            .col_expr(Column::State, Expr::value(to.as_str()))
            .col_expr(Column::UpdatedAt, Expr::value(at.0))
            .col_expr(Column::Version, next(Column::Version))
            .filter(Column::Id.is_in(some.iter().map(|id| id.0)))
            .filter(Column::OperatorId.eq(op.0))
            .filter(Column::State.is_in(from.iter().map(|state| state.as_str())))
            .exec(c)
            .await?;
        moved += changed.rows_affected;
    }
    Ok(moved)
}

/// Demand of a day without drafts and cancelled bookings, by cell; a booking counts once whatever it holds.
pub async fn by_cell(c: &impl ConnectionTrait, op: OperatorId, date: NaiveDate) -> DbResult<Vec<CellDemand>> {
    use booking::{Column, Entity};
    // PostgreSQL sums BIGINT into NUMERIC.
    let sum = |column| Expr::col(column).sum().cast_as(Alias::new("bigint"));
    let states = BookingState::ALL.iter().filter(|state| state.holds_slot()).map(|state| state.as_str());
    let select = Query::select()
        .column(Column::Cell)
        .expr_as(Expr::col(Column::Id).count(), Alias::new("bookings"))
        .expr_as(sum(Column::Grams), Alias::new("grams"))
        .expr_as(sum(Column::Litres), Alias::new("litres"))
        .from(Entity)
        .and_where(Expr::col(Column::OperatorId).eq(op.0))
        .and_where(Expr::col(Column::ServiceDate).eq(day_text(date)))
        .and_where(Expr::col(Column::State).is_in(states))
        .group_by_columns([Column::Cell])
        .order_by(Column::Cell, sea_orm::Order::Asc)
        .take();
    let rows = c.query_all(&select).await?;
    let demand = |row: sea_orm::QueryResult| {
        Ok(CellDemand {
            cell: cell("cell", row.try_get_by("cell")?)?,
            bookings: whole("bookings", row.try_get_by("bookings")?)?,
            grams: Grams(row.try_get_by("grams")?),
            litres: Litres(row.try_get_by("litres")?),
        })
    };
    rows.into_iter().map(demand).collect()
}

/// Demand of the days `from` to `to`, both included, without drafts and cancelled bookings; by cell and material. What
/// was handed over without having been booked is none.
pub async fn demand(
    c: &impl ConnectionTrait,
    op: OperatorId,
    from: NaiveDate,
    to: NaiveDate,
) -> DbResult<Vec<DemandRow>> {
    let (of_booking, of_item) = (|column| (booking::Entity, column), |column| (booking_item::Entity, column));
    // PostgreSQL sums BIGINT into NUMERIC.
    let sum = |column| Expr::col(of_item(column)).sum().cast_as(Alias::new("bigint"));
    let states = BookingState::ALL.iter().filter(|state| state.holds_slot()).map(|state| state.as_str());
    let select = Query::select()
        .column(of_booking(booking::Column::Cell))
        .column(of_item(booking_item::Column::Material))
        .expr_as(sum(booking_item::Column::Grams), Alias::new("grams"))
        .expr_as(sum(booking_item::Column::Litres), Alias::new("litres"))
        .expr_as(Expr::col(of_item(booking_item::Column::BookingId)).count(), Alias::new("bookings"))
        .from(booking::Entity)
        .inner_join(
            booking_item::Entity,
            Expr::col(of_item(booking_item::Column::BookingId)).equals(of_booking(booking::Column::Id)),
        )
        .and_where(Expr::col(of_booking(booking::Column::OperatorId)).eq(op.0))
        .and_where(Expr::col(of_booking(booking::Column::ServiceDate)).between(day_text(from), day_text(to)))
        .and_where(Expr::col(of_booking(booking::Column::State)).is_in(states))
        .and_where(Expr::col(of_item(booking_item::Column::Grams)).gt(0))
        .group_by_columns([of_booking(booking::Column::Cell)])
        .group_by_columns([of_item(booking_item::Column::Material)])
        .order_by(of_booking(booking::Column::Cell), sea_orm::Order::Asc)
        .order_by(of_item(booking_item::Column::Material), sea_orm::Order::Asc)
        .take();
    c.query_all(&select)
        .await?
        .into_iter()
        .map(|row| {
            Ok(DemandRow {
                cell: cell("cell", row.try_get_by("cell")?)?,
                material: row.try_get_by("material")?,
                grams: Grams(row.try_get_by("grams")?),
                litres: Litres(row.try_get_by("litres")?),
                bookings: whole("bookings", row.try_get_by("bookings")?)?,
            })
        })
        .collect()
}

fn of_operator(op: OperatorId) -> Select<booking::Entity> {
    booking::Entity::find().filter(booking::Column::OperatorId.eq(op.0))
}

/// Two statements for each thousand bookings, none for each booking.
async fn with_items(c: &impl ConnectionTrait, select: Select<booking::Entity>) -> DbResult<Vec<Booking>> {
    let rows = select.all(c).await?;
    let mut items: BTreeMap<Uuid, Vec<BookingItem>> = BTreeMap::new();
    for some in rows.chunks(IDS_MAX) {
        let of_some = booking_item::Entity::find()
            .filter(booking_item::Column::BookingId.is_in(some.iter().map(|row| row.id)))
            .order_by_asc(booking_item::Column::BookingId)
            .order_by_asc(booking_item::Column::Position);
        for item in of_some.all(c).await? {
            items.entry(item.booking_id).or_default().push(item.into_domain());
        }
    }
    rows.into_iter()
        .map(|row| {
            let own = items.remove(&row.id).unwrap_or_default();
            row.into_domain(own)
        })
        .collect()
}
