//! The zones of a city that are closed to vehicles at given hours: one file for each operator, the last one imported.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect};

use super::codec::{gunzip, gzip, name, named};
use super::error::DbResult;
use super::query::insert_rows;
use super::rows::closed_zones::{Column, Entity, Model};
use crate::domain::travel::ClosedZones;
use crate::domain::{Instant, OperatorId};

/// The operator's zones from now on, instead of those before. `sha256` is that of the file.
pub async fn replace(
    c: &impl ConnectionTrait,
    op: OperatorId,
    zones: &ClosedZones,
    sha256: &str,
    at: Instant,
) -> DbResult<()> {
    Entity::delete_many().filter(Column::OperatorId.eq(op.0)).exec(c).await?;
    let row = Model {
        operator_id: op.0,
        datum: name("datum", &zones.datum)?,
        sha256: sha256.to_owned(),
        geojson_gzip: gzip(&zones.geojson)?,
        imported_at: at.0,
    };
    insert_rows::<Entity>(c, vec![row]).await
}

/// Absent where none were imported.
pub async fn of_operator(c: &impl ConnectionTrait, op: OperatorId) -> DbResult<Option<ClosedZones>> {
    let Some(row) = Entity::find_by_id(op.0).one(c).await? else { return Ok(None) };
    let geojson = gunzip("geojson_gzip", &row.geojson_gzip)?;
    Ok(Some(ClosedZones { datum: named("datum", row.datum)?, geojson }))
}

/// Digest of the file and datum that the zones came from, without reading them.
pub async fn key(c: &impl ConnectionTrait, op: OperatorId) -> DbResult<Option<String>> {
    let columns = Entity::find_by_id(op.0).select_only().column(Column::Sha256).column(Column::Datum);
    let row: Option<(String, String)> = columns.into_tuple().one(c).await?;
    Ok(row.map(|(sha256, datum)| format!("{sha256} {datum}")))
}
