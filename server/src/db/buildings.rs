//! Buildings.

use sea_orm::sea_query::{Expr, ExprTrait, Func, LikeExpr};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::error::DbResult;
use super::query::{insert_all, many};
use super::rows::building::{Column, Entity};
use crate::domain::OperatorId;
use crate::domain::area::{Building, BuildingKind};

pub async fn insert_many(c: &impl ConnectionTrait, buildings: &[Building]) -> DbResult<()> {
    insert_all::<Entity>(c, buildings).await
}

/// Those of any of the kinds, by id.
pub async fn of_kinds(c: &impl ConnectionTrait, op: OperatorId, kinds: &[BuildingKind]) -> DbResult<Vec<Building>> {
    let select = Entity::find()
        .filter(Column::OperatorId.eq(op.0))
        .filter(Column::Kind.is_in(kinds.iter().map(|kind| kind.as_str())))
        .order_by_asc(Column::Id);
    many(c, select).await
}

/// Those whose names hold the text in either language, by kind and id.
pub async fn named(c: &impl ConnectionTrait, op: OperatorId, part: &str, limit: u64) -> DbResult<Vec<Building>> {
    let pattern = pattern(&part.to_lowercase());
    let holds = |name: Column| Func::lower(Expr::col(name)).like(LikeExpr::new(pattern.clone()).escape('\\'));
    let select = Entity::find()
        .filter(Column::OperatorId.eq(op.0))
        .filter(Condition::any().add(holds(Column::NameZh)).add(holds(Column::NameEn)))
        .order_by_asc(Column::Kind)
        .order_by_asc(Column::Id)
        .limit(limit);
    many(c, select).await
}

/// Whatever a person types stands for itself.
fn pattern(part: &str) -> String {
    let mut pattern = String::from("%");
    for character in part.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
