//! Table `stocks`.

use sea_orm::entity::prelude::*;

use crate::db::codec::{code, day_text};
use crate::db::error::DbResult;
use crate::db::query::Row;
use crate::domain::stock::{Moved, StockDay, StockKey};
use crate::domain::{OperatorId, OutletId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stocks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub operator_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub outlet_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub service_date: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub stream: String,
    pub in_g: i64,
    pub in_l: i64,
    pub out_g: i64,
    pub out_l: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Row for Model {
    type Domain = StockDay;

    fn of(day: &StockDay) -> DbResult<Self> {
        Ok(Self {
            operator_id: day.key.operator.0,
            outlet_id: day.key.outlet.0,
            service_date: day_text(day.key.service_date),
            stream: day.key.stream.clone(),
            in_g: day.moved.brought.0,
            in_l: day.moved.brought.1,
            out_g: day.moved.taken.0,
            out_l: day.moved.taken.1,
        })
    }

    fn into_domain(self) -> DbResult<StockDay> {
        let key = StockKey {
            operator: OperatorId(self.operator_id),
            outlet: OutletId(self.outlet_id),
            service_date: code("service_date", &self.service_date)?,
            stream: self.stream,
        };
        Ok(StockDay { key, moved: Moved { brought: (self.in_g, self.in_l), taken: (self.out_g, self.out_l) } })
    }
}
