//! Which routes hold a booking: what is known of one counts on all of them.

use sea_orm_migration::prelude::*;

use crate::schema::index;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index(manager, "route_steps_booking", "route_steps", &["booking_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut dropped = Index::drop();
        dropped.name("route_steps_booking").table("route_steps");
        manager.drop_index(dropped).await
    }
}
