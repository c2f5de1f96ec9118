//! Table `depots`.

use sea_orm::entity::prelude::*;

use super::{datum_name, place};
use crate::db::error::DbResult;
use crate::db::query::Row;
use crate::domain::amount::Names;
use crate::domain::fleet::Depot;
use crate::domain::{DepotId, Instant, OperatorId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "depots")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operator_id: Uuid,
    pub name_zh: String,
    pub name_en: String,
    pub lat: f64,
    pub lon: f64,
    pub entered_lat: f64,
    pub entered_lon: f64,
    pub entered_datum: String,
    pub active: bool,
    pub created_at: i64,
    pub updated_at: i64,
    pub version: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Model {
    type Domain = Depot;

    fn of(depot: &Depot) -> DbResult<Self> {
        Ok(Self {
            id: depot.id.0,
            operator_id: depot.operator.0,
            name_zh: depot.names.zh.clone(),
            name_en: depot.names.en.clone(),
            lat: depot.place.at.lat,
            lon: depot.place.at.lon,
            entered_lat: depot.place.entered.lat,
            entered_lon: depot.place.entered.lon,
            entered_datum: datum_name(&depot.place)?,
            active: depot.active,
            created_at: depot.created.0,
            updated_at: depot.updated.0,
            version: depot.version,
        })
    }

    fn into_domain(self) -> DbResult<Depot> {
        Ok(Depot {
            id: DepotId(self.id),
            operator: OperatorId(self.operator_id),
            names: Names { zh: self.name_zh, en: self.name_en },
            place: place(self.lat, self.lon, self.entered_lat, self.entered_lon, self.entered_datum)?,
            active: self.active,
            created: Instant(self.created_at),
            updated: Instant(self.updated_at),
            version: self.version,
        })
    }
}
