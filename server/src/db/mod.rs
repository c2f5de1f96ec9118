//! Persistence on SQLite and PostgreSQL: domain in, domain out, one file for each kind of row.
//!
//! Repository functions take the connection from their caller, which decides between [`Db::read`] and a transaction of
//! [`Db::begin`]. Knows nothing of requests, optimizer or time: instants are passed in.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, SqliteTransactionMode,
    TransactionOptions, TransactionTrait,
};

pub mod backup;
mod codec;
mod error;
mod lock;
mod query;
pub mod rows;
mod sqlite;

pub mod areas;
pub mod bookings;
pub mod buildings;
pub mod catalogue;
pub mod closures;
pub mod depots;
pub mod duties;
pub mod events;
pub mod idempotency;
pub mod jobs;
pub mod operators;
pub mod outlets;
pub mod plans;
pub mod reports;
pub mod routes;
pub mod scenarios;
pub mod slots;
pub mod stocks;
pub mod tokens;
pub mod vehicles;

pub use error::{DbError, DbResult};

use sqlite::Guard;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// An open database; clones share it.
#[derive(Clone, Debug)]
pub struct Db(Arc<Inner>);

#[derive(Debug)]
enum Inner {
    Sqlite(sqlite::Pools),
    Postgres(DatabaseConnection),
}

/// Connections to one PostgreSQL server from one process; its default limit of 100 leaves room for several.
const POSTGRES_CONNECTIONS: u32 = 16;
const POSTGRES_ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// Replicas that start together migrate one after the other; any number serves that nobody else uses.
const MIGRATION_LOCK: i64 = 0x0068_7569_6c75;

impl Db {
    /// Opens `sqlite:/path/file.db`, created if absent, or `postgres://...`.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when there is no connection or the SQLite file is in use, [`DbError::Broken`] for an address
    /// of neither kind.
    pub async fn open(url: &str) -> DbResult<Self> {
        Self::open_with(url, Guard::On).await
    }

    /// SQLite without the guard of its writer: loses acknowledged writes after disk errors. It exists so that the guard's
    /// test can show that it is the guard that saves them.
    ///
    /// # Errors
    /// As for [`Db::open`].
    #[doc(hidden)]
    pub async fn open_unguarded(url: &str) -> DbResult<Self> {
        Self::open_with(url, Guard::Off).await
    }

    async fn open_with(url: &str, guard: Guard) -> DbResult<Self> {
        let inner = if url.starts_with("sqlite:") {
            Inner::Sqlite(sqlite::open(url, guard).await?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let mut options = ConnectOptions::new(url.replacen("postgresql://", "postgres://", 1));
            options
                .max_connections(POSTGRES_CONNECTIONS)
                .acquire_timeout(POSTGRES_ACQUIRE_TIMEOUT)
                .connect_timeout(POSTGRES_ACQUIRE_TIMEOUT)
                .sqlx_logging(false);
            Inner::Postgres(Database::connect(options).await?)
        } else {
            return Err(DbError::Broken(
                "the address of the database begins with neither `sqlite:` nor `postgres://`".to_owned(),
            ));
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Brings the schema up to date: all steps or none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn migrate(&self) -> DbResult<()> {
        let tx = self.begin_migration().await?;
        huilu_migration::up(&tx).await?;
        tx.commit().await
    }

    /// Takes every step of the schema back, and all data with it.
    ///
    /// # Errors
    /// What the database says.
    pub async fn unmigrate(&self) -> DbResult<()> {
        let tx = self.begin_migration().await?;
        huilu_migration::down(&tx).await?;
        tx.commit().await
    }

    async fn begin_migration(&self) -> DbResult<Tx> {
        let tx = self.begin().await?;
        if self.backend() == Backend::Postgres {
            tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
        }
        Ok(tx)
    }

    pub fn backend(&self) -> Backend {
        match *self.0 {
            Inner::Sqlite(_) => Backend::Sqlite,
            Inner::Postgres(_) => Backend::Postgres,
        }
    }

    /// For reading. On SQLite these connections cannot write.
    pub fn read(&self) -> &DatabaseConnection {
        match &*self.0 {
            Inner::Sqlite(pools) => &pools.readers,
            Inner::Postgres(pool) => pool,
        }
    }

    /// Begins a transaction that may write; on SQLite it waits for its turn and then holds the only writer.
    ///
    /// # Errors
    /// [`DbError::Unavailable`] when its turn does not come in time.
    pub async fn begin(&self) -> DbResult<Tx> {
        let writer = match &*self.0 {
            Inner::Sqlite(pools) => &pools.writer,
            Inner::Postgres(pool) => pool,
        };
        let options = TransactionOptions {
            // Takes the write lock at once: a transaction that began by reading could not be sure to get it later.
            sqlite_transaction_mode: (self.backend() == Backend::Sqlite).then_some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Tx(writer.begin_with_options(options).await?))
    }

    /// Waits for what is going on and closes all connections; another process may open the file afterwards.
    pub async fn close(self) {
        match &*self.0 {
            Inner::Sqlite(pools) => {
                // Readers first: the last connection to close folds the write-ahead log into the file.
                pools.readers.get_sqlite_connection_pool().close().await;
                pools.writer.get_sqlite_connection_pool().close().await;
                pools.lock.release();
            }
            Inner::Postgres(pool) => pool.get_postgres_connection_pool().close().await,
        }
    }
}

/// A transaction that may write; rolled back when dropped.
#[derive(Debug)]
pub struct Tx(DatabaseTransaction);

impl Tx {
    /// # Errors
    /// The transaction is rolled back then, except that a connection to PostgreSQL lost at this very moment leaves it open
    /// which: asking again with the same idempotency key heals that.
    pub async fn commit(self) -> DbResult<()> {
        Ok(self.0.commit().await?)
    }
}

impl Deref for Tx {
    type Target = DatabaseTransaction;

    fn deref(&self) -> &DatabaseTransaction {
        &self.0
    }
}
