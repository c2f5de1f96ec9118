//! Goal: what was acknowledged is there after a restart, even when the disk was full in between.
//!
//! When COMMIT fails for want of space SQLite rolls back by itself, the driver does not notice, and after a second failure
//! every later "commit" merely ends a savepoint of a transaction that never ends. The guard of the writer's pool throws
//! such a connection away. Method: a small file system of its own is filled, commits fail, it is freed, rows are written
//! and acknowledged, the database is opened again. Without the guard the same must lose rows, or the test proves nothing.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use huilu_model::Datum;
use huilu_server::db::{Db, DbError, DbResult, operators};
use huilu_server::domain::amount::Names;
use huilu_server::domain::operator::Operator;
use huilu_server::domain::place::Bounds;
use huilu_server::domain::{Instant, OperatorId};
use tempfile::TempDir;

/// A file system of a few megabytes in memory; unmounted when dropped, whatever happened.
struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Absent where this user may not mount.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(folder.path()).output();
        mount.ok().filter(|output| output.status.success()).map(|_| Self { folder })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes up all the space that is left; returns the file to remove again.
    fn fill(&self) -> PathBuf {
        let path = self.path().join("ballast");
        let mut file = File::create(&path).unwrap();
        for size in [65_536, 4_096, 1] {
            while file.write_all(&vec![0; size]).is_ok() {}
        }
        path
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: a connection that the failed test left open must not keep it mounted.
        let unmounted = Command::new("umount").arg("--lazy").arg(self.path()).status();
        if !unmounted.is_ok_and(|status| status.success()) {
            eprintln!("could not unmount {}", self.path().display());
        }
    }
}

fn operator(n: usize) -> Operator {
    Operator {
        id: OperatorId::new(),
        key: format!("city-{n}"),
        names: Names { zh: "城".to_owned(), en: "City".to_owned() },
        zone: "Asia/Macau".parse().unwrap(),
        bounds: Bounds { south: 0.0, west: 0.0, north: 1.0, east: 1.0 },
        datum: Datum::Wgs84,
        roads: None,
        created: Instant(0),
    }
}

async fn store(db: &Db, row: &Operator) -> DbResult<()> {
    let tx = db.begin().await?;
    operators::insert(&*tx, row).await?;
    tx.commit().await
}

const WRITTEN: usize = 100;

/// Rows acknowledged after the disk had been full, and those of them that a restart finds.
async fn acknowledged_and_found(disk: &SmallDisk, guarded: bool) -> (usize, usize) {
    let url = format!("sqlite:{}", disk.path().join("huilu.db").display());
    let db = if guarded { Db::open(&url).await.unwrap() } else { Db::open_unguarded(&url).await.unwrap() };
    db.migrate().await.unwrap();
    store(&db, &operator(1_000)).await.unwrap();

    let ballast = disk.fill();
    // Whatever room the last pages of the write-ahead log had is used up first; then at least two commits fail.
    let mut failed = 0;
    for n in 2_000..2_100 {
        match store(&db, &operator(n)).await {
            Ok(()) => {}
            Err(DbError::Unavailable(_)) => failed += 1,
            Err(error) => panic!("a full disk is no reason to try no more: {error}"),
        }
        if failed == 2 {
            break;
        }
    }
    assert_eq!(failed, 2, "the disk was never full");
    std::fs::remove_file(ballast).unwrap();

    let mut acknowledged = Vec::new();
    for n in 0..WRITTEN {
        let row = operator(n);
        if store(&db, &row).await.is_ok() {
            acknowledged.push(row.id);
        }
    }
    db.close().await;

    let db = Db::open(&url).await.unwrap();
    let mut found = 0;
    for id in &acknowledged {
        found += usize::from(operators::by_id(db.read(), *id).await.unwrap().is_some());
    }
    assert!(operators::by_key(db.read(), "city-1000").await.unwrap().is_some(), "what was there before is still there");
    db.close().await;
    (acknowledged.len(), found)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost() {
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: mounting a small tmpfs needs root");
        return;
    };
    assert_eq!(acknowledged_and_found(&disk, true).await, (WRITTEN, WRITTEN));
}

/// The negative control.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_guard_rows_are_lost() {
    let Some(disk) = SmallDisk::mount() else {
        println!("skipped: mounting a small tmpfs needs root");
        return;
    };
    let (acknowledged, found) = acknowledged_and_found(&disk, false).await;
    println!("without the guard {found} of {acknowledged} acknowledged rows were found");
    assert!(found < acknowledged, "the driver seems to be cured: {found} of {acknowledged} found");
}
