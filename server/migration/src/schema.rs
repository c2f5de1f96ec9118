//! Short words for what every migration writes.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, big_integer_null, double, integer, string, string_null, text_null, uuid};

/// A table whose rows have an id and belong to an operator.
pub(crate) fn owned(name: &'static str) -> TableCreateStatement {
    belonging(name).col(uuid("id").primary_key()).take()
}

/// A table whose rows belong to an operator and have another key.
pub(crate) fn belonging(name: &'static str) -> TableCreateStatement {
    Table::create()
        .table(name)
        .col(uuid("operator_id"))
        .foreign_key(&mut references(name, "operator_id", "operators"))
        .take()
}

/// The column names a row of the other table by its `id`.
pub(crate) fn references(table: &'static str, column: &'static str, target: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().name(format!("{table}_{column}_fk")).from(table, column).to(target, "id").take()
}

pub(crate) fn primary(columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create();
    for column in columns {
        index.col(*column);
    }
    index.primary().take()
}

/// WGS-84 and what was entered.
pub(crate) fn place(table: &mut TableCreateStatement) -> &mut TableCreateStatement {
    table
        .col(double("lat"))
        .col(double("lon"))
        .col(double("entered_lat"))
        .col(double("entered_lon"))
        .col(string("entered_datum"))
}

pub(crate) fn names(table: &mut TableCreateStatement) -> &mut TableCreateStatement {
    table.col(string("name_zh")).col(string("name_en"))
}

pub(crate) fn versioned(table: &mut TableCreateStatement) -> &mut TableCreateStatement {
    table.col(big_integer("created_at")).col(big_integer("updated_at")).col(big_integer("version"))
}

/// The solving behind a plan or a scenario's answer. Its job is no foreign key: finished jobs may be cleared away.
pub(crate) fn run(table: &mut TableCreateStatement) -> &mut TableCreateStatement {
    table
        .col(string("run_state"))
        .col(uuid("job_id"))
        .col(big_integer("seed"))
        .col(integer("threads"))
        .col(sea_orm_migration::schema::double_null("run_seconds"))
        .col(big_integer_null("run_iterations"))
        .col(text_null("run_progress"))
        .col(string_null("run_error"))
        .col(big_integer("run_created_at"))
        .col(big_integer_null("run_started_at"))
        .col(big_integer_null("run_ended_at"))
}

pub(crate) async fn index(
    manager: &SchemaManager<'_>,
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    manager.create_index(on(name, table, columns).take()).await
}

pub(crate) async fn unique(
    manager: &SchemaManager<'_>,
    name: &'static str,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    manager.create_index(on(name, table, columns).unique().take()).await
}

/// An index still without its kind.
pub(crate) fn on(name: &'static str, table: &'static str, columns: &[&'static str]) -> IndexCreateStatement {
    let mut index = Index::create().name(name).table(table).take();
    for column in columns {
        index.col(*column);
    }
    index
}

/// Drops the tables in this order, their indexes with them.
pub(crate) async fn drop_all(manager: &SchemaManager<'_>, tables: &[&'static str]) -> Result<(), DbErr> {
    for table in tables {
        manager.drop_table(Table::drop().table(*table).take()).await?;
    }
    Ok(())
}
