//! Who drives for which published plan of a day.

use std::collections::BTreeSet;

use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::codec::day_text;
use super::error::DbResult;
use super::rows::duty::{Column, Entity};
use crate::domain::plan::Plan;
use crate::domain::{PlanId, VehicleId};

const COLUMNS: [Column; 4] = [Column::OperatorId, Column::ServiceDate, Column::VehicleId, Column::PlanId];
/// Vehicles in one statement.
const VEHICLES_MAX: usize = 500;

/// Has the vehicles drive for the plan on its day; returns those that drive for another one, which stay with it.
pub async fn take(c: &impl ConnectionTrait, plan: &Plan, vehicles: &BTreeSet<VehicleId>) -> DbResult<Vec<VehicleId>> {
    let mut taken = BTreeSet::new();
    let vehicles: Vec<VehicleId> = vehicles.iter().copied().collect();
    for some in vehicles.chunks(VEHICLES_MAX) {
        let mut insert = Query::insert();
        insert.into_table(Entity).columns(COLUMNS);
        for vehicle in some {
            insert.values_panic([
                plan.operator.0.into(),
                day_text(plan.service_date).into(),
                vehicle.0.into(),
                plan.id.0.into(),
            ]);
        }
        insert.on_conflict(OnConflict::new().do_nothing().to_owned());
        insert.returning(Query::returning().column(Column::VehicleId));
        for row in c.query_all(&insert).await? {
            taken.insert(VehicleId(row.try_get_by("vehicle_id")?));
        }
    }
    Ok(vehicles.into_iter().filter(|vehicle| !taken.contains(vehicle)).collect())
}

/// The plan is driven no more.
pub async fn release(c: &impl ConnectionTrait, plan: PlanId) -> DbResult<()> {
    Entity::delete_many().filter(Column::PlanId.eq(plan.0)).exec(c).await?;
    Ok(())
}

pub async fn of_plan(c: &impl ConnectionTrait, plan: PlanId) -> DbResult<Vec<VehicleId>> {
    let select = Entity::find().select_only().column(Column::VehicleId).filter(Column::PlanId.eq(plan.0));
    let found: Vec<Uuid> = select.order_by_asc(Column::VehicleId).into_tuple().all(c).await?;
    Ok(found.into_iter().map(VehicleId).collect())
}
