//! Buildings.

use std::collections::BTreeSet;

use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, Func, LikeExpr};
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

/// Those whose names hold the text in either language, the nearest to it first: the names that are it, then those that begin
/// with it, each by the length of the name that holds it, and by id.
pub async fn named(c: &impl ConnectionTrait, op: OperatorId, part: &str, limit: u64) -> DbResult<Vec<Building>> {
    let spellings = spellings(part);
    let holds = |name: Column, (before, after): (&str, &str)| {
        spellings.iter().fold(Condition::any(), |any, spelling| {
            let pattern = LikeExpr::new(format!("{before}{}{after}", escaped(spelling))).escape('\\');
            any.add(Func::lower(Expr::col(name)).like(pattern))
        })
    };
    let either = |around| Condition::any().add(holds(Column::NameZh, around)).add(holds(Column::NameEn, around));
    let nearness = CaseStatement::new().case(either(IS), 0).case(either(BEGINS), 1).finally(2);
    let length = CaseStatement::new()
        .case(holds(Column::NameZh, HOLDS), Func::char_length(Expr::col(Column::NameZh)))
        .finally(Func::char_length(Expr::col(Column::NameEn)));
    let select = Entity::find()
        .filter(Column::OperatorId.eq(op.0))
        .filter(either(HOLDS))
        .order_by_asc(Expr::Case(Box::new(nearness)))
        .order_by_asc(Expr::Case(Box::new(length)))
        .order_by_asc(Column::Id)
        .limit(limit);
    many(c, select).await
}

/// What may stand before and after the text.
const IS: (&str, &str) = ("", "");
const BEGINS: (&str, &str) = ("", "%");
const HOLDS: (&str, &str) = ("%", "%");

/// The text as the database may hold it, once it has put the letters into lower case that it can: SQLite knows those of ASCII
/// alone, and leaves the others as small, as capital, or as words begin with a capital.
fn spellings(part: &str) -> BTreeSet<String> {
    let mut words = String::new();
    let mut begins = true;
    for character in part.chars() {
        if begins {
            words.extend(character.to_uppercase());
        } else {
            words.extend(character.to_lowercase());
        }
        begins = !character.is_alphanumeric();
    }
    [part.to_owned(), part.to_lowercase(), part.to_uppercase(), words]
        .map(|spelling| spelling.to_ascii_lowercase())
        .into()
}

/// Whatever a person types stands for itself.
fn escaped(part: &str) -> String {
    let mut escaped = String::new();
    for character in part.chars() {
        if matches!(character, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
