//! What crews brought to each outlet and took from it, by day and stream: sums beside the reports they come from.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string, uuid};
use sea_orm_migration::sea_orm::DbBackend;

use crate::schema::{belonging, drop_all, index, primary, references};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let stocks = belonging("stocks")
            .col(uuid("outlet_id"))
            .col(string("service_date"))
            .col(string("stream"))
            .col(big_integer("in_g"))
            .col(big_integer("in_l"))
            .col(big_integer("out_g"))
            .col(big_integer("out_l"))
            .primary_key(&mut primary(&["operator_id", "outlet_id", "service_date", "stream"]))
            .foreign_key(&mut references("stocks", "outlet_id", "outlets"))
            .take();
        manager.create_table(stocks).await?;
        index(manager, "stocks_day", "stocks", &["operator_id", "service_date"]).await?;
        let backend = manager.get_database_backend();
        manager.get_connection().execute_unprepared(&reported_before(backend)).await.map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["stocks"]).await
    }
}

/// Of steps that were reported before, the planned amounts: the load on arrival less the one on leaving, or the other way round.
fn reported_before(backend: DbBackend) -> String {
    let (loads, stream, grams, litres) = match backend {
        DbBackend::Postgres => (
            "jsonb_array_elements(side.load::jsonb) AS one(value)",
            "one.value->>'stream'",
            "(one.value->>'grams')::bigint",
            "(one.value->>'litres')::bigint",
        ),
        _ => (
            "json_each(side.load) AS one",
            "json_extract(one.value, '$.stream')",
            "json_extract(one.value, '$.grams')",
            "json_extract(one.value, '$.litres')",
        ),
    };
    let side = "SELECT step.operator_id, step.route_id, step.outlet_id, step.kind";
    let reported = "WHERE step.kind IN ('unload', 'clear') \
        AND EXISTS (SELECT 1 FROM step_reports WHERE step_reports.step_id = step.id)";
    format!(
        "INSERT INTO stocks (operator_id, outlet_id, service_date, stream, in_g, in_l, out_g, out_l) \
         SELECT operator_id, outlet_id, service_date, stream, \
         SUM(CASE WHEN kind = 'unload' THEN grams ELSE 0 END), SUM(CASE WHEN kind = 'unload' THEN litres ELSE 0 END), \
         SUM(CASE WHEN kind = 'clear' THEN -grams ELSE 0 END), SUM(CASE WHEN kind = 'clear' THEN -litres ELSE 0 END) \
         FROM (SELECT side.operator_id, side.outlet_id, routes.service_date, side.kind, \
         {stream} AS stream, side.sign * {grams} AS grams, side.sign * {litres} AS litres \
         FROM ({side}, before.load, 1 AS sign FROM route_steps AS step JOIN route_steps AS before \
         ON before.route_id = step.route_id AND before.position = step.position - 1 {reported} \
         UNION ALL {side}, step.load, -1 AS sign FROM route_steps AS step {reported}) AS side \
         JOIN routes ON routes.id = side.route_id CROSS JOIN {loads}) AS moved \
         GROUP BY operator_id, outlet_id, service_date, stream HAVING SUM(grams) <> 0 OR SUM(litres) <> 0"
    )
}
