//! What the commands that need the database share: where the data lies, and the services opened on it.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use tempfile::TempDir;

use super::CliError;
use crate::app::{AppError, Services};
use crate::db::backup::copy_sqlite;
use crate::db::{Db, DbError, operators};
use crate::domain::SystemClock;
use crate::domain::operator::Operator;

#[derive(Clone, Debug, Args)]
pub(crate) struct DataArgs {
    /// Folder of the embedded database, the prepared roads and the tokens
    #[arg(long, default_value = "data")]
    pub(crate) data_dir: PathBuf,
    /// A PostgreSQL address (postgres://...) instead of the embedded SQLite database
    #[arg(long, env = "HUILU_DATABASE_URL", hide_env_values = true)]
    pub(crate) database_url: Option<String>,
}

impl DataArgs {
    /// The embedded database's file.
    pub(crate) fn sqlite_file(&self) -> PathBuf {
        self.data_dir.join("huilu.db")
    }

    pub(crate) fn embedded(&self) -> bool {
        self.database_url.is_none()
    }

    /// Makes the folder where there is none. It will hold addresses and tokens: only its owner may look into it.
    pub(crate) fn make_folder(&self) -> Result<(), CliError> {
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder
            .create(&self.data_dir)
            .map_err(|cause| CliError::Input(format!("--data-dir {}: {cause}", self.data_dir.display())))
    }

    /// Opens the database, brings its schema up to date and makes the services.
    pub(crate) async fn open(&self) -> Result<Services, CliError> {
        self.make_folder()?;
        let url = match &self.database_url {
            Some(url) if url.starts_with("postgres://") || url.starts_with("postgresql://") => url.clone(),
            Some(_) => return Err(CliError::input("--database-url: only postgres:// addresses are known")),
            None => sqlite_url(&self.sqlite_file()),
        };
        self.services(&url).await
    }

    /// For commands that only read: the embedded database is copied first, so that a server may go on using it. The
    /// folder of the copy goes when it is dropped.
    pub(crate) async fn open_copy(&self) -> Result<(Services, Option<TempDir>), CliError> {
        if !self.embedded() {
            return Ok((self.open().await?, None));
        }
        if !self.sqlite_file().exists() {
            return Err(CliError::Input(format!("{}: no database is here", self.sqlite_file().display())));
        }
        let folder = tempfile::tempdir().map_err(CliError::failed)?;
        let copy = folder.path().join("huilu.db");
        copy_sqlite(&self.sqlite_file(), &copy).await.map_err(database)?;
        Ok((self.services(&sqlite_url(&copy)).await?, Some(folder)))
    }

    async fn services(&self, url: &str) -> Result<Services, CliError> {
        let db = Db::open(url).await.map_err(database)?;
        db.migrate().await.map_err(database)?;
        let data_dir = std::path::absolute(&self.data_dir).map_err(CliError::failed)?;
        Ok(Services::new(db, Arc::new(SystemClock), &data_dir))
    }
}

fn sqlite_url(file: &Path) -> String {
    format!("sqlite:{}", file.display())
}

pub(crate) fn database(error: DbError) -> CliError {
    CliError::Failed(format!("the database: {error}"))
}

/// A refusal names the caller's mistake; anything else is a failure.
pub(crate) fn refused(error: AppError) -> CliError {
    match error {
        AppError::Conflict { detail, .. } => CliError::Input(detail),
        AppError::Invalid(faults) => {
            let lines: Vec<String> = faults.iter().map(|fault| format!("{} {}", fault.message, fault.remedy)).collect();
            CliError::Input(lines.join("\n"))
        }
        other => CliError::Failed(other.to_string()),
    }
}

/// The city with this key.
pub(crate) async fn city(services: &Services, key: &str) -> Result<Operator, CliError> {
    let found = operators::by_key(services.db.read(), key).await.map_err(database)?;
    found.ok_or_else(|| {
        CliError::Input(format!(
            "--city {key}: no such city; `huilu import osm FILE --city {key} --zone ZONE` makes one"
        ))
    })
}

/// Runs one command's future on a runtime of its own.
pub(crate) fn block_on<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CliError::failed)?;
    runtime.block_on(work)
}

/// Log lines on standard error: `RUST_LOG` chooses, by default what an operator wants to see.
pub(crate) fn log(default: &str) {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let plain = std::env::var_os("NO_COLOR").is_some();
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(!plain && std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .try_init();
}
