//! The catalogue of materials, written and read whole.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};

use super::error::DbResult;
use super::query::insert_rows;
use super::rows::{material, stream, stream_conflict};
use crate::domain::OperatorId;
use crate::domain::catalogue::Catalogue;

/// Puts this catalogue in the place of the operator's former one. Bookings keep the codes and prices they were made with.
pub async fn replace(c: &impl ConnectionTrait, op: OperatorId, catalogue: &Catalogue) -> DbResult<()> {
    material::Entity::delete_many().filter(material::Column::OperatorId.eq(op.0)).exec(c).await?;
    stream_conflict::Entity::delete_many().filter(stream_conflict::Column::OperatorId.eq(op.0)).exec(c).await?;
    stream::Entity::delete_many().filter(stream::Column::OperatorId.eq(op.0)).exec(c).await?;

    let streams = catalogue.streams.iter().map(|stream| stream::Model::of(op, stream)).collect();
    insert_rows::<stream::Entity>(c, streams).await?;
    let conflicts = catalogue.incompatible.iter().map(|(first, second)| stream_conflict::Model {
        operator_id: op.0,
        first: first.clone(),
        second: second.clone(),
    });
    insert_rows::<stream_conflict::Entity>(c, conflicts.collect()).await?;
    let materials = catalogue.materials.iter().map(|material| material::Model::of(op, material));
    insert_rows::<material::Entity>(c, materials.collect::<DbResult<_>>()?).await
}

pub async fn load(c: &impl ConnectionTrait, op: OperatorId) -> DbResult<Catalogue> {
    let streams = stream::Entity::find()
        .filter(stream::Column::OperatorId.eq(op.0))
        .order_by_asc(stream::Column::Rank)
        .order_by_asc(stream::Column::Code);
    let conflicts = stream_conflict::Entity::find()
        .filter(stream_conflict::Column::OperatorId.eq(op.0))
        .order_by_asc(stream_conflict::Column::First)
        .order_by_asc(stream_conflict::Column::Second);
    let materials =
        material::Entity::find().filter(material::Column::OperatorId.eq(op.0)).order_by_asc(material::Column::Code);
    Ok(Catalogue {
        streams: streams.all(c).await?.into_iter().map(stream::Model::into_domain).collect(),
        incompatible: conflicts.all(c).await?.into_iter().map(|pair| (pair.first, pair.second)).collect(),
        materials: materials.all(c).await?.into_iter().map(material::Model::into_domain).collect::<DbResult<_>>()?,
    })
}
