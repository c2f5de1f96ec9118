//! Operators, their areas and buildings, and their catalogue of materials.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, blob, double, double_null, integer, string, string_null, text, text_null, uuid,
    uuid_null,
};

use crate::schema::{belonging, drop_all, index, names, owned, primary, references, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut operators = Table::create().table("operators").col(uuid("id").primary_key()).take();
        names(&mut operators)
            .col(string("key"))
            .col(string("zone"))
            .col(double("south"))
            .col(double("west"))
            .col(double("north"))
            .col(double("east"))
            .col(string("datum"))
            .col(string_null("roads"))
            .col(big_integer("created_at"));
        manager.create_table(operators).await?;
        unique(manager, "operators_key", "operators", &["key"]).await?;

        // Beside the operator, whom every request reads.
        manager
            .create_table(
                belonging("closed_zones")
                    .col(string("datum"))
                    .col(string("sha256"))
                    .col(blob("geojson_gzip"))
                    .col(big_integer("imported_at"))
                    .primary_key(&mut primary(&["operator_id"]))
                    .take(),
            )
            .await?;

        let mut areas = owned("areas");
        names(&mut areas)
            .col(uuid_null("parent_id"))
            .col(string("level"))
            .col(string_null("code"))
            .col(text_null("polygon"))
            .col(big_integer_null("households"))
            .foreign_key(&mut references("areas", "parent_id", "areas"));
        manager.create_table(areas).await?;
        index(manager, "areas_operator", "areas", &["operator_id", "id"]).await?;

        manager
            .create_table(
                owned("buildings")
                    .col(uuid_null("area_id"))
                    .col(string("kind"))
                    .col(string_null("name_zh"))
                    .col(string_null("name_en"))
                    .col(double("lat"))
                    .col(double("lon"))
                    .col(big_integer("cell"))
                    .col(double_null("gate_lat"))
                    .col(double_null("gate_lon"))
                    .col(big_integer("households"))
                    .foreign_key(&mut references("buildings", "area_id", "areas"))
                    .take(),
            )
            .await?;
        index(manager, "buildings_kind", "buildings", &["operator_id", "kind", "id"]).await?;

        let mut streams = belonging("streams");
        names(&mut streams)
            .col(string("code"))
            .col(integer("rank"))
            .primary_key(&mut primary(&["operator_id", "code"]));
        manager.create_table(streams).await?;

        manager
            .create_table(
                belonging("stream_conflicts")
                    .col(string("first"))
                    .col(string("second"))
                    .primary_key(&mut primary(&["operator_id", "first", "second"]))
                    .take(),
            )
            .await?;

        let mut materials = belonging("materials");
        names(&mut materials)
            .col(string("code"))
            .col(string("stream"))
            .col(string("class"))
            .col(string("unit"))
            .col(double("density_kg_m3"))
            .col(big_integer_null("piece_grams"))
            .col(big_integer_null("piece_litres"))
            .col(big_integer("price_fen"))
            .col(double_null("co2e_kg_per_kg"))
            .col(text("flags"))
            .col(string("source"))
            .col(string("as_of"))
            .primary_key(&mut primary(&["operator_id", "code"]))
            .foreign_key(
                ForeignKey::create()
                    .name("materials_stream_fk")
                    .from("materials", ("operator_id", "stream"))
                    .to("streams", ("operator_id", "code")),
            );
        manager.create_table(materials).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(
            manager,
            &["materials", "stream_conflicts", "streams", "buildings", "areas", "closed_zones", "operators"],
        )
        .await
    }
}
