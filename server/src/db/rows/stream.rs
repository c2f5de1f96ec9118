//! Table `streams`. A stream alone does not know its operator: the catalogue does.

use sea_orm::entity::prelude::*;

use crate::domain::OperatorId;
use crate::domain::amount::Names;
use crate::domain::catalogue::Stream;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "streams")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub operator_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
    pub rank: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(in crate::db) fn of(operator: OperatorId, stream: &Stream) -> Self {
        Self {
            operator_id: operator.0,
            code: stream.code.clone(),
            name_zh: stream.names.zh.clone(),
            name_en: stream.names.en.clone(),
            rank: stream.rank,
        }
    }

    pub(in crate::db) fn into_domain(self) -> Stream {
        Stream { code: self.code, names: Names { zh: self.name_zh, en: self.name_en }, rank: self.rank }
    }
}
