//! SQLite as a server's database: one writer, many readers, nothing acknowledged that is not on the disk.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{ConnectOptions, Connection, Sqlite};
use sea_orm::{DatabaseConnection, SqlxSqliteConnector};

use super::error::{DbError, DbResult};
use super::lock::InstanceLock;

/// How long a statement waits for another connection's lock; only a checkpoint or a backup holds one.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a request waits for its turn: a bulk import may hold the writer for some seconds.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(20);
const READERS: u32 = 8;

/// Whether connections that are still inside a transaction are thrown away before they are lent out again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guard {
    On,
    /// Only to show what happens without it.
    Off,
}

#[derive(Debug)]
pub(super) struct Pools {
    pub(super) writer: DatabaseConnection,
    pub(super) readers: DatabaseConnection,
    pub(super) lock: InstanceLock,
}

/// Opens or creates the file.
///
/// # Errors
/// [`DbError::Unavailable`] when the file is in use or cannot be opened, [`DbError::Broken`] for an address without a file.
pub(super) async fn open(url: &str, guard: Guard) -> DbResult<Pools> {
    if url.contains(":memory:") || url.contains("mode=memory") {
        return Err(DbError::Broken("a database in memory has no second connection; name a file".to_owned()));
    }
    let options = SqliteConnectOptions::from_str(url)?
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .journal_mode(SqliteJournalMode::Wal)
        // Each commit reaches the disk before it is acknowledged; NORMAL would lose the last ones with the power.
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging();
    let file: PathBuf = options.get_filename().to_owned();
    let lock = InstanceLock::take(&file)?;

    // First come, first served on one connection: several writers would wait for SQLite's lock by sleeping, unfairly.
    let writer = writer_pool(guard).connect_with(options).await?;
    let readers = pool(READERS).connect_with(reader_options(&file)).await?;
    Ok(Pools {
        writer: SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
        readers: SqlxSqliteConnector::from_sqlx_sqlite_pool(readers),
        lock,
    })
}

pub(super) fn reader_options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .read_only(true)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging()
}

fn pool(connections: u32) -> PoolOptions<Sqlite> {
    PoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
        // The file is local: there is no server that might have hung up.
        .test_before_acquire(false)
}

/// When COMMIT fails (disk full, I/O error) SQLite has rolled back already, so that the driver's own ROLLBACK fails too
/// and its count of open transactions stays one too high. After a second such failure every later "commit" merely ends
/// a savepoint inside a transaction that never ends: acknowledged, invisible to others and gone after a restart. A
/// connection that comes back like that is closed, and a new one takes its place.
fn writer_pool(guard: Guard) -> PoolOptions<Sqlite> {
    let pool = pool(1);
    if guard == Guard::Off {
        return pool;
    }
    pool.before_acquire(|connection, _| {
        Box::pin(async move {
            // A rollback may still be queued: the ping comes back after it.
            connection.ping().await?;
            let clean = !connection.is_in_transaction();
            if !clean {
                tracing::warn!("a connection was left inside a transaction and is replaced");
            }
            Ok(clean)
        })
    })
}
