//! Plans, their routes, and what collectors reported about the steps.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, blob_null, double, integer, string, string_null, text, text_null, uuid,
    uuid_null,
};

use crate::schema::{belonging, drop_all, index, on, owned, primary, references, run, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut plans = owned("plans");
        run(&mut plans)
            .col(string("service_date"))
            .col(string("state"))
            .col(string("engine_version"))
            .col(string("input_hash"))
            .col(big_integer_null("cost"))
            .col(big_integer_null("cost_scale"))
            .col(text_null("cost_parts"))
            .col(big_integer_null("lower_bound"))
            .col(text_null("summary"))
            .col(string_null("stale"))
            .col(big_integer_null("published_at"))
            .col(big_integer("version"));
        manager.create_table(plans).await?;
        index(manager, "plans_operator", "plans", &["operator_id", "id"]).await?;
        index(manager, "plans_day", "plans", &["operator_id", "service_date", "id"]).await?;
        // Two planners who publish at once: the second is refused here, whatever the code above did.
        manager
            .create_index(
                on("plans_published", "plans", &["operator_id", "service_date"])
                    .unique()
                    .and_where(Expr::cust("state = 'published'"))
                    .take(),
            )
            .await?;

        // Beside the plan: lists of plans must not read megabytes.
        manager
            .create_table(
                belonging("plan_snapshots")
                    .col(uuid("plan_id").primary_key())
                    .col(blob("gzip"))
                    .col(blob_null("duals_gzip"))
                    .foreign_key(&mut references("plan_snapshots", "plan_id", "plans"))
                    .take(),
            )
            .await?;

        manager
            .create_table(
                owned("routes")
                    .col(uuid("plan_id"))
                    .col(string("service_date"))
                    .col(uuid("vehicle_id"))
                    .col(big_integer("cost"))
                    .col(big_integer("cost_scale"))
                    .col(big_integer("duration_s"))
                    .col(big_integer("distance_m"))
                    .foreign_key(&mut references("routes", "plan_id", "plans"))
                    .foreign_key(&mut references("routes", "vehicle_id", "vehicles"))
                    .take(),
            )
            .await?;
        index(manager, "routes_plan", "routes", &["plan_id", "id"]).await?;

        manager
            .create_table(
                owned("route_steps")
                    .col(uuid("route_id"))
                    .col(integer("position"))
                    .col(string("kind"))
                    .col(uuid_null("booking_id"))
                    .col(uuid_null("outlet_id"))
                    .col(double("lat"))
                    .col(double("lon"))
                    .col(big_integer("arrival_s"))
                    .col(big_integer("start_s"))
                    .col(big_integer("departure_s"))
                    .col(big_integer("distance_m"))
                    .col(text("load"))
                    .foreign_key(&mut references("route_steps", "route_id", "routes"))
                    .foreign_key(&mut references("route_steps", "booking_id", "bookings"))
                    .foreign_key(&mut references("route_steps", "outlet_id", "outlets"))
                    .take(),
            )
            .await?;
        unique(manager, "route_steps_position", "route_steps", &["route_id", "position"]).await?;

        manager
            .create_table(
                belonging("unassigned_bookings")
                    .col(uuid("plan_id"))
                    .col(uuid("booking_id"))
                    .col(string("verdict"))
                    .col(text("reasons"))
                    .primary_key(&mut primary(&["plan_id", "booking_id"]))
                    .foreign_key(&mut references("unassigned_bookings", "plan_id", "plans"))
                    .foreign_key(&mut references("unassigned_bookings", "booking_id", "bookings"))
                    .take(),
            )
            .await?;

        manager
            .create_table(
                owned("step_reports")
                    .col(uuid("route_id"))
                    .col(uuid("step_id"))
                    .col(string("client_id"))
                    .col(string("kind"))
                    .col(text("weights"))
                    .col(string_null("reason"))
                    .col(uuid_null("actor_id"))
                    .col(big_integer("happened_at"))
                    .col(big_integer("received_at"))
                    .foreign_key(&mut references("step_reports", "route_id", "routes"))
                    .foreign_key(&mut references("step_reports", "step_id", "route_steps"))
                    .take(),
            )
            .await?;
        unique(manager, "step_reports_client", "step_reports", &["route_id", "client_id"]).await?;
        index(manager, "step_reports_step", "step_reports", &["step_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["step_reports", "unassigned_bookings", "route_steps", "routes", "plan_snapshots", "plans"])
            .await
    }
}
