//! Table `operators`.

use huilu_model::Datum;
use sea_orm::entity::prelude::*;

use crate::db::codec::{code, name, named};
use crate::db::error::DbResult;
use crate::db::query::Row;
use crate::domain::amount::Names;
use crate::domain::operator::Operator;
use crate::domain::place::Bounds;
use crate::domain::{Instant, OperatorId};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "operators")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub key: String,
    pub name_zh: String,
    pub name_en: String,
    pub zone: String,
    pub south: f64,
    pub west: f64,
    pub north: f64,
    pub east: f64,
    pub datum: String,
    pub roads: Option<String>,
    pub created_at: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Model {
    type Domain = Operator;

    fn of(operator: &Operator) -> DbResult<Self> {
        Ok(Self {
            id: operator.id.0,
            key: operator.key.clone(),
            name_zh: operator.names.zh.clone(),
            name_en: operator.names.en.clone(),
            zone: operator.zone.to_string(),
            south: operator.bounds.south,
            west: operator.bounds.west,
            north: operator.bounds.north,
            east: operator.bounds.east,
            datum: name("datum", &operator.datum)?,
            roads: operator.roads.clone(),
            created_at: operator.created.0,
        })
    }

    fn into_domain(self) -> DbResult<Operator> {
        Ok(Operator {
            id: OperatorId(self.id),
            key: self.key,
            names: Names { zh: self.name_zh, en: self.name_en },
            zone: code("zone", &self.zone)?,
            bounds: Bounds { south: self.south, west: self.west, north: self.north, east: self.east },
            datum: named::<Datum>("datum", self.datum)?,
            roads: self.roads,
            created: Instant(self.created_at),
        })
    }
}
