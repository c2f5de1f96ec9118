//! Table `routes`; the steps stand in their own.

use huilu_model::{Cost, Metres, Seconds};
use sea_orm::entity::prelude::*;

use crate::db::codec::{code, day_text};
use crate::db::error::DbResult;
use crate::domain::plan::{Route, RouteStep};
use crate::domain::{OperatorId, PlanId, RouteId, VehicleId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "routes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub operator_id: Uuid,
    pub plan_id: Uuid,
    pub service_date: String,
    pub vehicle_id: Uuid,
    pub cost: i64,
    pub cost_scale: i64,
    pub duration_s: i64,
    pub distance_m: i64,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Model {
    pub(in crate::db) fn of(route: &Route) -> Self {
        Self {
            id: route.id.0,
            operator_id: route.operator.0,
            plan_id: route.plan.0,
            service_date: day_text(route.service_date),
            vehicle_id: route.vehicle.0,
            cost: route.cost.0,
            cost_scale: route.cost_scale,
            duration_s: route.duration.0,
            distance_m: route.distance.0,
        }
    }

    pub(in crate::db) fn into_domain(self, steps: Vec<RouteStep>) -> DbResult<Route> {
        Ok(Route {
            id: RouteId(self.id),
            plan: PlanId(self.plan_id),
            operator: OperatorId(self.operator_id),
            service_date: code("service_date", &self.service_date)?,
            vehicle: VehicleId(self.vehicle_id),
            cost: Cost(self.cost),
            cost_scale: self.cost_scale,
            duration: Seconds(self.duration_s),
            distance: Metres(self.distance_m),
            steps,
        })
    }
}
