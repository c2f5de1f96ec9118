//! Siting scenarios and their answers.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{blob, boolean_null, double_null, string, text, text_null, uuid, uuid_null};

use crate::schema::{belonging, drop_all, index, owned, references, run, versioned};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut scenarios = owned("scenarios");
        versioned(&mut scenarios).col(string("name")).col(text("question")).col(uuid_null("adopted_run_id"));
        manager.create_table(scenarios).await?;
        index(manager, "scenarios_operator", "scenarios", &["operator_id", "id"]).await?;

        let mut runs = owned("scenario_runs");
        run(&mut runs)
            .col(uuid("scenario_id"))
            .col(string("input_hash"))
            .col(string("engine_version"))
            .col(double_null("cost"))
            .col(double_null("lower_bound"))
            .col(boolean_null("feasible"))
            .col(text_null("result"))
            .foreign_key(&mut references("scenario_runs", "scenario_id", "scenarios"));
        manager.create_table(runs).await?;
        index(manager, "scenario_runs_scenario", "scenario_runs", &["scenario_id", "id"]).await?;

        manager
            .create_table(
                belonging("scenario_inputs")
                    .col(uuid("run_id").primary_key())
                    .col(blob("gzip"))
                    .foreign_key(&mut references("scenario_inputs", "run_id", "scenario_runs"))
                    .take(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["scenario_inputs", "scenario_runs", "scenarios"]).await
    }
}
