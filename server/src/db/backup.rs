//! A copy of the embedded database, made while a server is using it, and a look whether a copy is whole.

use std::path::Path;

use sea_orm::sqlx::{self, ConnectOptions, Connection, Row};

use super::error::{DbError, DbResult};
use super::sqlite::reader_options;

/// Writes all that is committed into the new file `to`, compacted. It reads one snapshot, so the server goes on.
///
/// # Errors
/// [`DbError::Unavailable`] where `from` cannot be read or `to` cannot be written.
pub async fn copy_sqlite(from: &Path, to: &Path) -> DbResult<()> {
    let target = to.to_str().ok_or_else(|| DbError::Broken("the name of the copy is not UTF-8".to_owned()))?;
    let mut connection = reader_options(from).connect().await?;
    sqlx::query("VACUUM INTO ?").bind(target).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Whether every page of the file is as SQLite left it.
///
/// # Errors
/// [`DbError::Unavailable`] or [`DbError::Broken`] where the file is no database at all.
pub async fn sqlite_is_whole(file: &Path) -> DbResult<bool> {
    let mut connection = reader_options(file).immutable(true).connect().await?;
    let said: String = sqlx::query("PRAGMA integrity_check").fetch_one(&mut connection).await?.try_get(0)?;
    connection.close().await?;
    Ok(said == "ok")
}
