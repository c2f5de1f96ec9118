//! What runs beside the requests: jobs, events with their outbox, stored answers.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, big_pk_auto, boolean, integer, string, string_null, text, text_null, uuid, uuid_null,
};

use crate::schema::{belonging, drop_all, index, on, owned, primary};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                owned("jobs")
                    .col(string("kind"))
                    .col(text("payload"))
                    .col(string("state"))
                    .col(big_integer("run_at"))
                    .col(big_integer_null("lease_until"))
                    .col(integer("attempt"))
                    .col(integer("max_attempts"))
                    .col(text_null("progress"))
                    .col(boolean("cancel_requested"))
                    .col(string_null("error"))
                    .col(big_integer("created_at"))
                    .col(big_integer_null("ended_at"))
                    .take(),
            )
            .await?;
        // Only open jobs: workers ask every moment, and finished ones pile up.
        manager
            .create_index(
                on("jobs_open", "jobs", &["run_at", "id"])
                    .and_where(Expr::cust("state IN ('queued', 'running')"))
                    .take(),
            )
            .await?;

        manager
            .create_table(
                belonging("events")
                    .col(big_pk_auto("seq"))
                    .col(string("kind"))
                    .col(string("subject_kind"))
                    .col(uuid("subject_id"))
                    .col(uuid_null("actor_id"))
                    .col(big_integer("at"))
                    .col(text("data"))
                    .take(),
            )
            .await?;
        index(manager, "events_subject", "events", &["operator_id", "subject_id", "seq"]).await?;

        manager
            .create_table(
                belonging("outbox")
                    .col(big_integer("event_seq").primary_key())
                    .foreign_key(
                        ForeignKey::create()
                            .name("outbox_event_seq_fk")
                            .from("outbox", "event_seq")
                            .to("events", "seq"),
                    )
                    .take(),
            )
            .await?;
        index(manager, "outbox_operator", "outbox", &["operator_id", "event_seq"]).await?;

        manager
            .create_table(
                belonging("idempotency_keys")
                    .col(uuid("actor_id"))
                    .col(string("key"))
                    .col(string("request_hash"))
                    .col(integer("status"))
                    .col(string_null("location"))
                    .col(text("body"))
                    .col(big_integer("created_at"))
                    .primary_key(&mut primary(&["operator_id", "actor_id", "key"]))
                    .take(),
            )
            .await?;
        index(manager, "idempotency_keys_created", "idempotency_keys", &["created_at"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_all(manager, &["idempotency_keys", "outbox", "events", "jobs"]).await
    }
}
