//! Table `unassigned_bookings`.

use sea_orm::entity::prelude::*;

use crate::db::codec::{json, json_text, name, named};
use crate::db::error::DbResult;
use crate::domain::plan::UnassignedBooking;
use crate::domain::{BookingId, OperatorId, PlanId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "unassigned_bookings")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub plan_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub booking_id: Uuid,
    pub operator_id: Uuid,
    pub verdict: String,
    pub reasons: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(in crate::db) fn of(operator: OperatorId, plan: PlanId, left_out: &UnassignedBooking) -> DbResult<Self> {
        Ok(Self {
            plan_id: plan.0,
            booking_id: left_out.booking.0,
            operator_id: operator.0,
            verdict: name("verdict", &left_out.verdict)?,
            reasons: json_text("reasons", &left_out.reasons)?,
        })
    }

    pub(in crate::db) fn into_domain(self) -> DbResult<UnassignedBooking> {
        Ok(UnassignedBooking {
            booking: BookingId(self.booking_id),
            verdict: named("verdict", self.verdict)?,
            reasons: json("reasons", &self.reasons)?,
        })
    }
}
