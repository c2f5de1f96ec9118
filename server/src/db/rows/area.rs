//! Table `areas`.

use sea_orm::entity::prelude::*;

use crate::db::codec::code;
use crate::db::error::DbResult;
use crate::db::query::Row;
use crate::domain::amount::Names;
use crate::domain::area::Area;
use crate::domain::{AreaId, OperatorId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "areas")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operator_id: Uuid,
    pub parent_id: Option<Uuid>,
    pub level: String,
    pub code: Option<String>,
    pub name_zh: String,
    pub name_en: String,
    pub polygon: Option<String>,
    pub households: Option<i64>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Model {
    type Domain = Area;

    fn of(area: &Area) -> DbResult<Self> {
        Ok(Self {
            id: area.id.0,
            operator_id: area.operator.0,
            parent_id: area.parent.map(|parent| parent.0),
            level: area.level.to_string(),
            code: area.code.clone(),
            name_zh: area.names.zh.clone(),
            name_en: area.names.en.clone(),
            polygon: area.polygon.clone(),
            households: area.households,
        })
    }

    fn into_domain(self) -> DbResult<Area> {
        Ok(Area {
            id: AreaId(self.id),
            operator: OperatorId(self.operator_id),
            parent: self.parent_id.map(AreaId),
            level: code("level", &self.level)?,
            code: self.code,
            names: Names { zh: self.name_zh, en: self.name_en },
            polygon: self.polygon,
            households: self.households,
        })
    }
}
