//! What can go wrong with the database, as callers need to tell it apart. No message holds a stored value.

use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

pub type DbResult<T> = Result<T, DbError>;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DbError {
    /// Connection, lock, pool or disk: the same may succeed later.
    #[error("the database cannot be used now: {0}")]
    Unavailable(String),
    /// A unique index already has such a row.
    #[error("there is such a row already: {0}")]
    Duplicate(String),
    /// The version that was read is no longer the current one, or the row is another operator's.
    #[error("somebody else changed it in between")]
    Stale,
    /// A row that cannot be read, a broken reference, anything else.
    #[error("the database does not fit: {0}")]
    Broken(String),
}

impl DbError {
    /// A stored value of this column that is none of its kind.
    pub(super) fn unreadable(column: &str) -> Self {
        Self::Broken(format!("`{column}` holds no readable value"))
    }
}

impl From<DbErr> for DbError {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(constraint)) = error.sql_err() {
            return Self::Duplicate(constraint);
        }
        match &error {
            DbErr::ConnectionAcquire(reason) => Self::Unavailable(reason.to_string()),
            DbErr::Conn(RuntimeErr::SqlxError(cause)) => Self::Unavailable(summary(cause)),
            DbErr::Conn(_) => Self::Unavailable("no connection".to_owned()),
            DbErr::Exec(RuntimeErr::SqlxError(cause)) | DbErr::Query(RuntimeErr::SqlxError(cause)) => {
                if passes(cause) {
                    Self::Unavailable(summary(cause))
                } else {
                    Self::Broken(summary(cause))
                }
            }
            DbErr::Migration(reason) => Self::Broken(reason.clone()),
            DbErr::RecordNotInserted | DbErr::RecordNotUpdated => Self::Broken("no row was changed".to_owned()),
            // Texts of the other kinds may quote what was stored.
            _ => Self::Broken("a row or a statement does not fit the schema".to_owned()),
        }
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        if passes(&error) { Self::Unavailable(summary(&error)) } else { Self::Broken(summary(&error)) }
    }
}

/// Whether the cause lies outside of the statement and may be gone when it is tried again.
fn passes(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => true,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
                // The low byte is the kind: busy, locked, out of memory, I/O error, disk full, cannot open.
                code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 7 | 10 | 13 | 14))
            } else {
                // Connection lost, rolled back for another's sake, out of resources, shut down, system error, no lock.
                ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class)) || code == "55P03"
            }
        }
        _ => false,
    }
}

/// The kind of an error and where it struck; PostgreSQL puts values into its texts, SQLite does not.
fn summary(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default().into_owned();
            if error.try_downcast_ref::<sqlx::sqlite::SqliteError>().is_some() {
                return format!("SQLite {code}: {}", error.message());
            }
            match error.constraint().or(error.table()) {
                Some(place) => format!("SQLSTATE {code} at {place}"),
                None => format!("SQLSTATE {code}"),
            }
        }
        sqlx::Error::Io(error) => format!("I/O: {}", error.kind()),
        sqlx::Error::Tls(_) => "TLS failed".to_owned(),
        sqlx::Error::PoolTimedOut => "no free connection in time".to_owned(),
        sqlx::Error::PoolClosed => "the pool is closed".to_owned(),
        sqlx::Error::WorkerCrashed => "the connection's thread is gone".to_owned(),
        sqlx::Error::BeginFailed => "a transaction could not begin".to_owned(),
        sqlx::Error::Configuration(_) => "the address of the database is not understood".to_owned(),
        sqlx::Error::ColumnNotFound(column) => format!("no column `{column}`"),
        sqlx::Error::ColumnDecode { index, .. } => format!("column {index} holds no readable value"),
        _ => "the driver refuses the statement or its answer".to_owned(),
    }
}
