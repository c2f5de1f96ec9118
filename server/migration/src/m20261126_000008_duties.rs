//! Which vehicle drives for which published plan of a day: for one of them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{string, uuid};

use crate::schema::{belonging, drop_all, index, primary, references};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // The key is what keeps two plans from sharing a vehicle, whatever the code above did.
        let duties = belonging("duties")
            .col(string("service_date"))
            .col(uuid("vehicle_id"))
            .col(uuid("plan_id"))
            .primary_key(&mut primary(&["operator_id", "service_date", "vehicle_id"]))
            .foreign_key(&mut references("duties", "vehicle_id", "vehicles"))
            .foreign_key(&mut references("duties", "plan_id", "plans"))
            .take();
        manager.create_table(duties).await?;
        index(manager, "duties_plan", "duties", &["plan_id"]).await?;
        // Plans that were published before; where two share a vehicle already, one of them keeps it.
        let published = "INSERT INTO duties (operator_id, service_date, vehicle_id, plan_id) \
            SELECT routes.operator_id, routes.service_date, routes.vehicle_id, routes.plan_id \
            FROM routes JOIN plans ON plans.id = routes.plan_id WHERE plans.state = 'published' \
            ON CONFLICT DO NOTHING";
        manager.get_connection().execute_unprepared(published).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["duties"]).await
    }
}
