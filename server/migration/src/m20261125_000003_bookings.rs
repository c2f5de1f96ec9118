//! Bookings with their items, and the slots they take up.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, boolean_null, integer, integer_null, string, string_null, uuid, uuid_null,
};

use crate::schema::{belonging, drop_all, index, owned, place, primary, references, versioned};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut bookings = owned("bookings");
        place(versioned(&mut bookings))
            .col(string("state"))
            .col(uuid_null("resident_id"))
            .col(uuid_null("building_id"))
            .col(uuid_null("area_id"))
            .col(big_integer("cell"))
            .col(string_null("address"))
            .col(integer_null("floor"))
            .col(boolean_null("lift"))
            .col(string_null("note"))
            .col(string("service_date"))
            .col(big_integer("window_start_s"))
            .col(big_integer("window_end_s"))
            .col(big_integer("window_start_at"))
            .col(big_integer("window_end_at"))
            .col(big_integer("grams"))
            .col(big_integer("litres"))
            .col(big_integer("penalty_fen"))
            .foreign_key(&mut references("bookings", "resident_id", "tokens"))
            .foreign_key(&mut references("bookings", "building_id", "buildings"))
            .foreign_key(&mut references("bookings", "area_id", "areas"));
        manager.create_table(bookings).await?;
        // One for each order in which bookings are listed; newest first reads them backwards.
        index(manager, "bookings_operator", "bookings", &["operator_id", "id"]).await?;
        index(manager, "bookings_resident", "bookings", &["operator_id", "resident_id", "id"]).await?;
        index(manager, "bookings_state", "bookings", &["operator_id", "state", "id"]).await?;
        index(manager, "bookings_day", "bookings", &["operator_id", "service_date", "id"]).await?;
        index(manager, "bookings_day_state", "bookings", &["operator_id", "service_date", "state", "id"]).await?;

        manager
            .create_table(
                belonging("booking_items")
                    .col(uuid("booking_id"))
                    .col(integer("position"))
                    .col(string("material"))
                    .col(big_integer("grams"))
                    .col(big_integer("litres"))
                    .col(big_integer_null("pieces"))
                    .col(big_integer("price_fen"))
                    .col(big_integer_null("weighed_g"))
                    .primary_key(&mut primary(&["booking_id", "material"]))
                    .foreign_key(&mut references("booking_items", "booking_id", "bookings"))
                    .take(),
            )
            .await?;

        manager
            .create_table(
                belonging("slots")
                    .col(big_integer("cell"))
                    .col(string("service_date"))
                    .col(integer("slot"))
                    .col(big_integer("capacity"))
                    .col(big_integer("used"))
                    .primary_key(&mut primary(&["operator_id", "service_date", "cell", "slot"]))
                    .check(Expr::cust("used >= 0"))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["slots", "booking_items", "bookings"]).await
    }
}
