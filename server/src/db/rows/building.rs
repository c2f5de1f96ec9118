//! Table `buildings`.

use huilu_model::Wgs84;
use sea_orm::entity::prelude::*;

use crate::db::codec::{cell, cell_bits, code};
use crate::db::error::DbResult;
use crate::db::query::Row;
use crate::domain::amount::Names;
use crate::domain::area::Building;
use crate::domain::{AreaId, BuildingId, OperatorId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "buildings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operator_id: Uuid,
    pub area_id: Option<Uuid>,
    pub kind: String,
    pub name_zh: Option<String>,
    pub name_en: Option<String>,
    pub lat: f64,
    pub lon: f64,
    pub cell: i64,
    pub gate_lat: Option<f64>,
    pub gate_lon: Option<f64>,
    pub households: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Model {
    type Domain = Building;

    fn of(building: &Building) -> DbResult<Self> {
        Ok(Self {
            id: building.id.0,
            operator_id: building.operator.0,
            area_id: building.area.map(|area| area.0),
            kind: building.kind.to_string(),
            name_zh: building.name.as_ref().map(|name| name.zh.clone()),
            name_en: building.name.as_ref().map(|name| name.en.clone()),
            lat: building.at.lat,
            lon: building.at.lon,
            cell: cell_bits(building.cell),
            gate_lat: building.gate.map(|gate| gate.lat),
            gate_lon: building.gate.map(|gate| gate.lon),
            households: building.households,
        })
    }

    fn into_domain(self) -> DbResult<Building> {
        Ok(Building {
            id: BuildingId(self.id),
            operator: OperatorId(self.operator_id),
            area: self.area_id.map(AreaId),
            kind: code("kind", &self.kind)?,
            name: self.name_zh.zip(self.name_en).map(|(zh, en)| Names { zh, en }),
            at: Wgs84 { lat: self.lat, lon: self.lon },
            cell: cell("cell", self.cell)?,
            gate: self.gate_lat.zip(self.gate_lon).map(|(lat, lon)| Wgs84 { lat, lon }),
            households: self.households,
        })
    }
}
