//! What every repository does the same way: rows to domain, bulk inserts, updates that name the version they read.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, Iterable,
    PrimaryKeyToColumn, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use super::error::{DbError, DbResult};

/// A row that is one value of the domain.
pub(super) trait Row: Sized {
    type Domain;

    fn of(value: &Self::Domain) -> DbResult<Self>;

    /// # Errors
    /// [`DbError::Broken`] when a column holds what the domain does not know.
    fn into_domain(self) -> DbResult<Self::Domain>;
}

/// Rows in one statement: enough to make statements rare, few enough to keep them short.
const ROWS_MAX: usize = 500;
/// Bound values in one statement: SQLite takes 32,766, PostgreSQL 65,535.
const BINDS_MAX: usize = 32_000;

/// Inserts all rows with as few statements as the limits allow.
pub(super) async fn insert_rows<E>(c: &impl ConnectionTrait, rows: Vec<E::Model>) -> DbResult<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: Send,
{
    let chunk = (BINDS_MAX / E::Column::iter().count().max(1)).clamp(1, ROWS_MAX);
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let some: Vec<E::ActiveModel> = rows.by_ref().take(chunk).map(IntoActiveModel::into_active_model).collect();
        E::insert_many(some).exec_without_returning(c).await?;
    }
    Ok(())
}

pub(super) async fn insert_all<E>(c: &impl ConnectionTrait, values: &[<E::Model as Row>::Domain]) -> DbResult<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Row,
    E::ActiveModel: Send,
{
    insert_rows::<E>(c, values.iter().map(E::Model::of).collect::<DbResult<_>>()?).await
}

pub(super) async fn insert_one<E>(c: &impl ConnectionTrait, value: &<E::Model as Row>::Domain) -> DbResult<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel> + Row,
    E::ActiveModel: Send,
{
    insert_rows::<E>(c, vec![E::Model::of(value)?]).await
}

pub(super) async fn one<E>(c: &impl ConnectionTrait, select: Select<E>) -> DbResult<Option<<E::Model as Row>::Domain>>
where
    E: EntityTrait,
    E::Model: Row,
{
    select.one(c).await?.map(Row::into_domain).transpose()
}

pub(super) async fn many<E>(c: &impl ConnectionTrait, select: Select<E>) -> DbResult<Vec<<E::Model as Row>::Domain>>
where
    E: EntityTrait,
    E::Model: Row,
{
    select.all(c).await?.into_iter().map(Row::into_domain).collect()
}

/// Writes every column but the key of the one row that `condition` names.
///
/// # Errors
/// [`DbError::Stale`] when there is no such row, which is how a changed version shows.
pub(super) async fn update_one<E>(c: &impl ConnectionTrait, row: E::Model, condition: Condition) -> DbResult<()>
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
{
    let mut columns = row.into_active_model().reset_all();
    for key in E::PrimaryKey::iter() {
        columns.not_set(key.into_column());
    }
    let changed = E::update_many().set(columns).filter(condition).exec(c).await?.rows_affected;
    if changed == 0 { Err(DbError::Stale) } else { Ok(()) }
}

/// Oldest first, from after the cursor.
pub(super) fn ascending<E: EntityTrait>(
    select: Select<E>,
    id: E::Column,
    after: Option<Uuid>,
    limit: u64,
) -> Select<E> {
    let select = match after {
        Some(after) => select.filter(id.gt(after)),
        None => select,
    };
    select.order_by_asc(id).limit(limit)
}

/// Newest first, from before the cursor.
pub(super) fn descending<E: EntityTrait>(
    select: Select<E>,
    id: E::Column,
    before: Option<Uuid>,
    limit: u64,
) -> Select<E> {
    let select = match before {
        Some(before) => select.filter(id.lt(before)),
        None => select,
    };
    select.order_by_desc(id).limit(limit)
}

/// The current value of a column and one more.
pub(super) fn next<C: ColumnTrait>(column: C) -> Expr {
    Expr::col(column).add(1)
}
