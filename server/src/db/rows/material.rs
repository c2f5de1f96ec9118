//! Table `materials`. A material alone does not know its operator: the catalogue does.

use huilu_model::{Grams, Litres};
use sea_orm::entity::prelude::*;

use crate::db::codec::{code, day_text, json, json_text};
use crate::db::error::DbResult;
use crate::domain::OperatorId;
use crate::domain::amount::{Fen, Names};
use crate::domain::catalogue::{Material, Sourced};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "materials")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub operator_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub stream: String,
    pub class: String,
    pub unit: String,
    pub density_kg_m3: f64,
    pub piece_grams: Option<i64>,
    pub piece_litres: Option<i64>,
    pub price_fen: i64,
    pub co2e_kg_per_kg: Option<f64>,
    pub flags: String,
    pub source: String,
    pub as_of: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(in crate::db) fn of(operator: OperatorId, material: &Material) -> DbResult<Self> {
        Ok(Self {
            operator_id: operator.0,
            code: material.code.clone(),
            name_zh: material.names.zh.clone(),
            name_en: material.names.en.clone(),
            stream: material.stream.clone(),
            class: material.class.to_string(),
            unit: material.unit.to_string(),
            density_kg_m3: material.density_kg_m3,
            piece_grams: material.piece.map(|(grams, _)| grams.0),
            piece_litres: material.piece.map(|(_, litres)| litres.0),
            price_fen: material.price.0,
            co2e_kg_per_kg: material.co2e_kg_per_kg,
            flags: json_text("flags", &material.flags)?,
            source: material.sourced.source.clone(),
            as_of: day_text(material.sourced.as_of),
        })
    }

    pub(in crate::db) fn into_domain(self) -> DbResult<Material> {
        Ok(Material {
            code: self.code,
            names: Names { zh: self.name_zh, en: self.name_en },
            stream: self.stream,
            class: code("class", &self.class)?,
            unit: code("unit", &self.unit)?,
            density_kg_m3: self.density_kg_m3,
            piece: self.piece_grams.zip(self.piece_litres).map(|(grams, litres)| (Grams(grams), Litres(litres))),
            price: Fen(self.price_fen),
            co2e_kg_per_kg: self.co2e_kg_per_kg,
            flags: json("flags", &self.flags)?,
            sourced: Sourced { source: self.source, as_of: code("as_of", &self.as_of)? },
        })
    }
}
