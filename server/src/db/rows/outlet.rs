//! Table `outlets`.

use huilu_model::Seconds;
use sea_orm::entity::prelude::*;

use super::{datum_name, place};
use crate::db::codec::{cell, cell_bits, code, code_of_some, json, json_text};
use crate::db::error::DbResult;
use crate::db::query::Row;
use crate::domain::amount::{Fen, Names};
use crate::domain::outlet::Outlet;
use crate::domain::{AreaId, Instant, OperatorId, OutletId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "outlets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operator_id: Uuid,
    pub name_zh: String,
    pub name_en: String,
    pub kind: String,
    pub host: Option<String>,
    pub status: String,
    pub lat: f64,
    pub lon: f64,
    pub entered_lat: f64,
    pub entered_lon: f64,
    pub entered_datum: String,
    pub cell: i64,
    pub area_id: Option<Uuid>,
    pub streams: String,
    pub capacity: String,
    pub accepts_collectors: bool,
    pub hours: String,
    pub unload_s: i64,
    pub gate_fee_fen: i64,
    pub opening_cost_fen: i64,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Model {
    type Domain = Outlet;

    fn of(outlet: &Outlet) -> DbResult<Self> {
        Ok(Self {
            id: outlet.id.0,
            operator_id: outlet.operator.0,
            name_zh: outlet.names.zh.clone(),
            name_en: outlet.names.en.clone(),
            kind: outlet.kind.to_string(),
            host: outlet.host.map(|host| host.to_string()),
            status: outlet.status.to_string(),
            lat: outlet.place.at.lat,
            lon: outlet.place.at.lon,
            entered_lat: outlet.place.entered.lat,
            entered_lon: outlet.place.entered.lon,
            entered_datum: datum_name(&outlet.place)?,
            cell: cell_bits(outlet.cell),
            area_id: outlet.area.map(|area| area.0),
            streams: json_text("streams", &outlet.streams)?,
            capacity: json_text("capacity", &outlet.capacity)?,
            accepts_collectors: outlet.accepts_collectors,
            hours: json_text("hours", &outlet.hours)?,
            unload_s: outlet.unload.0,
            gate_fee_fen: outlet.gate_fee.0,
            opening_cost_fen: outlet.opening_cost.0,
            created_at: outlet.created.0,
            updated_at: outlet.updated.0,
            version: outlet.version,
        })
    }

    fn into_domain(self) -> DbResult<Outlet> {
        Ok(Outlet {
            id: OutletId(self.id),
            operator: OperatorId(self.operator_id),
            names: Names { zh: self.name_zh, en: self.name_en },
            kind: code("kind", &self.kind)?,
            host: code_of_some("host", self.host.as_deref())?,
            status: code("status", &self.status)?,
            place: place(self.lat, self.lon, self.entered_lat, self.entered_lon, self.entered_datum)?,
            cell: cell("cell", self.cell)?,
            area: self.area_id.map(AreaId),
            streams: json("streams", &self.streams)?,
            capacity: json("capacity", &self.capacity)?,
            accepts_collectors: self.accepts_collectors,
            hours: json("hours", &self.hours)?,
            unload: Seconds(self.unload_s),
            gate_fee: Fen(self.gate_fee_fen),
            opening_cost: Fen(self.opening_cost_fen),
            created: Instant(self.created_at),
            updated: Instant(self.updated_at),
            version: self.version,
        })
    }
}
