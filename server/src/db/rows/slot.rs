//! Table `slots`.

use sea_orm::entity::prelude::*;

use crate::db::codec::{cell, cell_bits, code, day_text, whole};
use crate::db::error::DbResult;
use crate::db::query::Row;
use crate::domain::OperatorId;
use crate::domain::slot::{SlotKey, SlotUsage};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "slots")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub operator_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub service_date: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub cell: i64,
    #[sea_orm(primary_key, auto_increment = false)]
    pub slot: i32,
    pub capacity: i64,
    pub used: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Model {
    type Domain = SlotUsage;

    fn of(usage: &SlotUsage) -> DbResult<Self> {
        Ok(Self {
            operator_id: usage.key.operator.0,
            service_date: day_text(usage.key.service_date),
            cell: cell_bits(usage.key.cell),
            slot: i32::from(usage.key.index),
            capacity: usage.capacity,
            used: usage.used,
        })
    }

    fn into_domain(self) -> DbResult<SlotUsage> {
        let key = SlotKey {
            operator: OperatorId(self.operator_id),
            cell: cell("cell", self.cell)?,
            service_date: code("service_date", &self.service_date)?,
            index: whole("slot", i64::from(self.slot))?,
        };
        Ok(SlotUsage { key, capacity: self.capacity, used: self.used })
    }
}
