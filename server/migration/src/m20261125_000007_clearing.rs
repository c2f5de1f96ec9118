//! Plans of two kinds: collection and clearing. Of each kind one may be published for a day.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::string;

use crate::schema::{index, on};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let kind = string("kind").default("collection").take();
        manager.alter_table(Table::alter().table("plans").add_column(kind).take()).await?;
        published_once_for_each(manager, &["operator_id", "service_date", "kind"]).await?;
        // What was delivered and cleared in the last weeks is read by day.
        index(manager, "routes_day", "routes", &["operator_id", "service_date"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.drop_index(dropped("routes_day", "routes")).await?;
        // One plan of a day is published again, and without its kind a clearing plan would pass for one of collection.
        let superseded = "UPDATE plans SET state = 'superseded' WHERE kind = 'clearing' AND state = 'published'";
        manager.get_connection().execute_unprepared(superseded).await?;
        published_once_for_each(manager, &["operator_id", "service_date"]).await?;
        manager.alter_table(Table::alter().table("plans").drop_column("kind").take()).await
    }
}

/// Two planners who publish at once: the second is refused here, whatever the code above did.
async fn published_once_for_each(manager: &SchemaManager<'_>, columns: &[&'static str]) -> Result<(), DbErr> {
    manager.drop_index(dropped("plans_published", "plans")).await?;
    let once = on("plans_published", "plans", columns).unique().and_where(Expr::cust("state = 'published'")).take();
    manager.create_index(once).await
}

fn dropped(name: &'static str, table: &'static str) -> IndexDropStatement {
    let mut drop = Index::drop();
    drop.name(name).table(table);
    drop
}
