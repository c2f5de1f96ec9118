//! `huilu migrate`, `huilu backup` and `huilu restore`: looking after the database.

use std::path::{Path, PathBuf};

use clap::Args;

use super::CliError;
use super::say::say;
use super::service::{DataArgs, block_on, database};
use crate::db::backup::{copy_sqlite, sqlite_is_whole};

#[derive(Debug, Args)]
pub(crate) struct MigrateArgs {
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Where to write the copy; it must not exist yet
    file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    #[command(flatten)]
    data: DataArgs,
    /// A copy made by `huilu backup`
    file: PathBuf,
}

/// Opening brings the schema up to date, so there is nothing more to do than to say so.
pub(crate) fn migrate(args: &MigrateArgs) -> Result<(), CliError> {
    block_on(async {
        args.data.open().await?.db.close().await;
        say!("the schema is up to date");
        Ok(())
    })
}

pub(crate) fn backup(args: &BackupArgs) -> Result<(), CliError> {
    embedded_only(&args.data, "pg_dump")?;
    if args.file.exists() {
        return Err(CliError::Input(format!("{}: exists already; name another file", args.file.display())));
    }
    if !args.data.sqlite_file().exists() {
        return Err(CliError::Input(format!("{}: no database is here", args.data.sqlite_file().display())));
    }
    block_on(async {
        copy_sqlite(&args.data.sqlite_file(), &args.file).await.map_err(database)?;
        let bytes = std::fs::metadata(&args.file).map_or(0, |meta| meta.len());
        say!("{}: {bytes} bytes, every booking and event of {}", args.file.display(), args.data.data_dir.display());
        say!("prepared roads and tokens are files beside the database: keep `roads/` and `tokens-*.json` too");
        Ok(())
    })
}

/// Lays the copy where no database is; an existing one is never overwritten.
pub(crate) fn restore(args: &RestoreArgs) -> Result<(), CliError> {
    embedded_only(&args.data, "pg_restore")?;
    let target = args.data.sqlite_file();
    if target.exists() {
        return Err(CliError::Input(format!(
            "{}: a database is here already; move it away first, it is not overwritten",
            target.display()
        )));
    }
    args.data.make_folder()?;
    block_on(async {
        let broken =
            |cause: String| CliError::Input(format!("{}: no whole copy of a database: {cause}", args.file.display()));
        match sqlite_is_whole(&args.file).await {
            Ok(true) => {}
            Ok(false) => return Err(broken("its pages contradict each other".to_owned())),
            Err(cause) => return Err(broken(cause.to_string())),
        }
        copy(&args.file, &target)?;
        args.data.open().await?.db.close().await;
        say!("{}: restored", target.display());
        say!("lay `roads/` and `tokens-*.json` of the old folder beside it: without them nothing can be planned");
        Ok(())
    })
}

fn copy(from: &Path, to: &Path) -> Result<(), CliError> {
    let named = |path: &Path| {
        let path = path.to_owned();
        move |cause: std::io::Error| CliError::Input(format!("{}: {cause}", path.display()))
    };
    let mut beside = to.as_os_str().to_owned();
    beside.push(".part");
    let beside = Path::new(&beside);
    std::fs::copy(from, beside).map_err(named(from))?;
    std::fs::rename(beside, to).map_err(named(to))
}

fn embedded_only(data: &DataArgs, instead: &str) -> Result<(), CliError> {
    if data.embedded() {
        return Ok(());
    }
    Err(CliError::Input(format!("PostgreSQL has a better tool for this: use {instead}")))
}
