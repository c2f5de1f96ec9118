//! Administrative areas.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::error::DbResult;
use super::query::{Row, ascending, insert_rows, many, one};
use super::rows::area::{Column, Entity, Model};
use crate::domain::amount::Names;
use crate::domain::area::Area;
use crate::domain::{AreaId, OperatorId};

/// Takes them in any order: parents are inserted before their children.
pub async fn insert_many(c: &impl ConnectionTrait, areas: &[Area]) -> DbResult<()> {
    let mut waiting: BTreeSet<AreaId> = areas.iter().map(|area| area.id).collect();
    let mut rest: Vec<&Area> = areas.iter().collect();
    while !rest.is_empty() {
        let (mut ready, blocked): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|area| area.parent.is_none_or(|parent| !waiting.contains(&parent)));
        rest = blocked;
        if ready.is_empty() {
            // A circle of parents: one statement for all of them is their only chance, and the database judges it.
            ready = std::mem::take(&mut rest);
        }
        for area in &ready {
            waiting.remove(&area.id);
        }
        insert_rows::<Entity>(c, ready.into_iter().map(Model::of).collect::<DbResult<_>>()?).await?;
    }
    Ok(())
}

pub async fn by_id(c: &impl ConnectionTrait, op: OperatorId, id: AreaId) -> DbResult<Option<Area>> {
    one(c, Entity::find_by_id(id.0).filter(Column::OperatorId.eq(op.0))).await
}

/// By id, from after the cursor.
pub async fn page(c: &impl ConnectionTrait, op: OperatorId, after: Option<Uuid>, limit: u64) -> DbResult<Vec<Area>> {
    many(c, ascending(Entity::find().filter(Column::OperatorId.eq(op.0)), Column::Id, after, limit)).await
}

pub async fn all(c: &impl ConnectionTrait, op: OperatorId) -> DbResult<Vec<Area>> {
    many(c, Entity::find().filter(Column::OperatorId.eq(op.0)).order_by_asc(Column::Id)).await
}

/// Of those with these ids; without their polygons, which are large.
pub async fn names(
    c: &impl ConnectionTrait,
    op: OperatorId,
    ids: &BTreeSet<AreaId>,
) -> DbResult<HashMap<AreaId, Names>> {
    let rows: Vec<(Uuid, String, String)> = Entity::find()
        .select_only()
        .columns([Column::Id, Column::NameZh, Column::NameEn])
        .filter(Column::OperatorId.eq(op.0))
        .filter(Column::Id.is_in(ids.iter().map(|id| id.0)))
        .into_tuple()
        .all(c)
        .await?;
    Ok(rows.into_iter().map(|(id, zh, en)| (AreaId(id), Names { zh, en })).collect())
}
