//! The database schema, step by step: one migration for each group of tables, the same for SQLite and PostgreSQL.
//!
//! A migration that was ever released never changes; later ones expand, backfill, contract. None of them imports the
//! server's entities, which move on while a migration stays what it was.
//!
//! Kinds of columns: ids are UUIDs; instants are milliseconds since the epoch, UTC; days are `YYYY-MM-DD`; cells are the
//! bits of an H3 index; lists and documents are JSON text; money is fen, mass grams, volume litres.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DatabaseTransaction;

mod m20261125_000001_operators;
mod m20261125_000002_outlets_fleet;
mod m20261125_000003_bookings;
mod m20261125_000004_plans;
mod m20261125_000005_scenarios;
mod m20261125_000006_work;
mod m20261125_000007_clearing;
mod m20261126_000008_duties;
mod m20261126_000009_stocks;
mod m20261126_000010_holding;
mod m20261126_000011_clearing_answers;
mod schema;

#[derive(Clone, Copy, Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261125_000001_operators::Migration),
            Box::new(m20261125_000002_outlets_fleet::Migration),
            Box::new(m20261125_000003_bookings::Migration),
            Box::new(m20261125_000004_plans::Migration),
            Box::new(m20261125_000005_scenarios::Migration),
            Box::new(m20261125_000006_work::Migration),
            Box::new(m20261125_000007_clearing::Migration),
            Box::new(m20261126_000008_duties::Migration),
            Box::new(m20261126_000009_stocks::Migration),
            Box::new(m20261126_000010_holding::Migration),
            Box::new(m20261126_000011_clearing_answers::Migration),
        ]
    }
}

/// Applies what is pending; all of it or, when the caller's transaction is dropped, nothing.
///
/// # Errors
/// What the database says about the first step that fails.
pub async fn up(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    Migrator::up(transaction, None).await
}

/// Takes every step back: all data is gone.
///
/// # Errors
/// What the database says about the first step that fails.
pub async fn down(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    Migrator::down(transaction, None).await
}

/// Takes the latest steps back, as tests of the step after them need it.
///
/// # Errors
/// What the database says about the first step that fails.
pub async fn down_by(transaction: &DatabaseTransaction, steps: u32) -> Result<(), DbErr> {
    Migrator::down(transaction, Some(steps)).await
}
