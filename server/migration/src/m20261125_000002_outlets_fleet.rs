//! Outlets, depots, vehicles, and the tokens of those who use them.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, boolean, string, string_null, text, uuid, uuid_null};

use crate::schema::{drop_all, index, names, owned, place, references, unique, versioned};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut outlets = owned("outlets");
        place(names(versioned(&mut outlets)))
            .col(string("kind"))
            .col(string_null("host"))
            .col(string("status"))
            .col(big_integer("cell"))
            .col(uuid_null("area_id"))
            .col(text("streams"))
            .col(text("capacity"))
            .col(boolean("accepts_collectors"))
            .col(text("hours"))
            .col(big_integer("unload_s"))
            .col(big_integer("gate_fee_fen"))
            .col(big_integer("opening_cost_fen"))
            .foreign_key(&mut references("outlets", "area_id", "areas"));
        manager.create_table(outlets).await?;
        index(manager, "outlets_operator", "outlets", &["operator_id", "id"]).await?;
        index(manager, "outlets_status", "outlets", &["operator_id", "status", "id"]).await?;

        let mut depots = owned("depots");
        place(names(versioned(&mut depots))).col(boolean("active"));
        manager.create_table(depots).await?;
        index(manager, "depots_operator", "depots", &["operator_id", "id"]).await?;

        let mut vehicles = owned("vehicles");
        versioned(&mut vehicles)
            .col(string("name"))
            .col(string_null("preset"))
            .col(string("profile"))
            .col(uuid("depot_id"))
            .col(big_integer("capacity_g"))
            .col(text("compartments"))
            .col(big_integer("shift_start_s"))
            .col(big_integer("shift_end_s"))
            .col(big_integer_null("pause_from_s"))
            .col(big_integer_null("pause_until_s"))
            .col(big_integer_null("pause_s"))
            .col(big_integer("fixed_fen"))
            .col(big_integer("per_hour_fen"))
            .col(big_integer("per_km_fen"))
            .col(text("skills"))
            .col(boolean("active"))
            .foreign_key(&mut references("vehicles", "depot_id", "depots"));
        manager.create_table(vehicles).await?;
        index(manager, "vehicles_operator", "vehicles", &["operator_id", "id"]).await?;

        manager
            .create_table(
                owned("tokens")
                    .col(string("role"))
                    .col(string("label"))
                    .col(uuid_null("vehicle_id"))
                    .col(string("hash"))
                    .col(big_integer("created_at"))
                    .col(big_integer_null("revoked_at"))
                    .foreign_key(&mut references("tokens", "vehicle_id", "vehicles"))
                    .take(),
            )
            .await?;
        unique(manager, "tokens_hash", "tokens", &["hash"]).await?;
        index(manager, "tokens_operator", "tokens", &["operator_id", "id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["tokens", "vehicles", "depots", "outlets"]).await
    }
}
