//! What a clearing run answered, as it was checked: with its routes alone nobody could check it again.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::blob_null;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let answer = blob_null("answer_gzip").take();
        manager.alter_table(Table::alter().table("plan_snapshots").add_column(answer).take()).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.alter_table(Table::alter().table("plan_snapshots").drop_column("answer_gzip").take()).await
    }
}
