//! One process for each SQLite file: two servers would each believe that they hold every job and the only writer.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use super::error::{DbError, DbResult};

/// Held as long as the database is open; the system lets go of it when the process dies, however it dies.
#[derive(Debug)]
pub(super) struct InstanceLock {
    file: File,
}

impl InstanceLock {
    /// # Errors
    /// [`DbError::Unavailable`] when another process has the database open, or the lock file cannot be made.
    pub(super) fn take(database: &Path) -> DbResult<Self> {
        let path = Self::path(database);
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(|error| DbError::Unavailable(format!("cannot open {}: {error}", path.display())))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file }),
            Err(TryLockError::WouldBlock) => Err(DbError::Unavailable(format!(
                "{} is in use by another huilu process (it holds {}); one at a time",
                database.display(),
                path.display()
            ))),
            Err(TryLockError::Error(error)) => {
                Err(DbError::Unavailable(format!("cannot lock {}: {error}", path.display())))
            }
        }
    }

    /// Lets another process in; nothing of the database may be open any more.
    pub(super) fn release(&self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the lock of the database could not be released");
        }
    }

    fn path(database: &Path) -> PathBuf {
        let mut name = database.as_os_str().to_owned();
        name.push(".lock");
        PathBuf::from(name)
    }
}
