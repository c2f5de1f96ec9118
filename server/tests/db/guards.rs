//! What keeps a database whole: one process, readers that cannot write, migrations that go both ways, silent errors.

use huilu_server::db::{Db, DbError, bookings, outlets, plans};
use huilu_server::domain::plan::{Plan, PlanKind, PlanState};
use huilu_server::domain::{AreaId, OperatorId};
use sea_orm::{ConnectionTrait, Statement};

use crate::fixtures::{booking, day, operator, outlet, plan};

/// Addresses are personal; logs and answers show errors.
pub(crate) async fn errors_hold_no_stored_values(db: &Db) {
    let op = operator(db).await.id;
    let mut stop = booking(op);
    stop.note = Some("SECRET".to_owned());
    stop.items.push(stop.items[0].clone());
    let mut dangling = outlet(op);
    dangling.area = Some(AreaId::new());
    dangling.names.en = "SECRET".to_owned();

    let tx = db.begin().await.unwrap();
    let twice = bookings::insert(&*tx, &stop).await.unwrap_err();
    drop(tx);
    assert!(matches!(twice, DbError::Duplicate(_)), "{twice}");
    let tx = db.begin().await.unwrap();
    let broken = outlets::insert(&*tx, &dangling).await.unwrap_err();
    drop(tx);
    assert!(matches!(broken, DbError::Broken(_)), "{broken}");
    for error in [twice, broken] {
        let text = format!("{error} {error:?}");
        for secret in ["SECRET", &stop.id.to_string(), &dangling.id.to_string(), "plastic_pet"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}

#[tokio::test]
async fn a_second_process_is_refused_until_the_first_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let url = crate::url_in(&folder);
    let first = Db::open(&url).await.unwrap();
    let refused = Db::open(&url).await.unwrap_err();
    assert!(matches!(&refused, DbError::Unavailable(_)) && refused.to_string().contains("another huilu process"));
    let clone = first.clone();
    first.close().await;
    let second = Db::open(&url).await.unwrap();
    assert!(clone.begin().await.is_err(), "a clone of what was closed is closed");
    second.close().await;
}

#[tokio::test]
async fn addresses_of_other_kinds_are_refused() {
    for url in ["mysql://localhost/huilu", "huilu.db", "", "sqlite::memory:", "sqlite:file?mode=memory"] {
        assert!(matches!(Db::open(url).await, Err(DbError::Broken(_))), "{url}");
    }
    let nowhere = Db::open("sqlite:/no/such/folder/huilu.db").await.unwrap_err();
    assert!(matches!(nowhere, DbError::Unavailable(_)), "{nowhere}");
}

#[tokio::test]
async fn settings_are_those_that_durability_needs() {
    let (db, _folder) = crate::sqlite().await;
    let tx = db.begin().await.unwrap();
    for (pragma, value) in [("synchronous", 2_i64), ("foreign_keys", 1)] {
        assert_eq!(number(&*tx, pragma).await, value, "{pragma}");
    }
    assert_eq!(text(&*tx, "PRAGMA journal_mode").await, ["wal"]);
    // Readers cannot write.
    let refused = db.read().execute_unprepared("DELETE FROM outlets").await.map_err(DbError::from);
    assert!(matches!(refused, Err(DbError::Broken(_))), "{refused:?}");
}

#[tokio::test]
async fn migrations_go_up_down_and_up_again() {
    let (db, _folder) = crate::sqlite().await;
    let tables = "SELECT name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name";
    let schema = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name";
    let first = text(db.read(), schema).await;
    assert!(first.len() > 40, "{first:?}");
    db.migrate().await.unwrap();
    assert_eq!(text(db.read(), schema).await, first, "nothing was pending");
    let op = operator(&db).await.id;
    let tx = db.begin().await.unwrap();
    for kind in PlanKind::ALL {
        let published = Plan { kind: *kind, state: PlanState::Published, ..plan(op, day("2026-11-26")) };
        plans::insert(&*tx, &published, plans::pack("{}").unwrap()).await.unwrap();
    }
    tx.commit().await.unwrap();
    db.unmigrate().await.unwrap();
    assert_eq!(text(db.read(), tables).await, ["seaql_migrations"]);
    db.migrate().await.unwrap();
    assert_eq!(text(db.read(), schema).await, first);
}

#[tokio::test]
async fn every_table_names_its_operator() {
    let (db, _folder) = crate::sqlite().await;
    let without = "SELECT m.name FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND NOT EXISTS \
                   (SELECT 1 FROM pragma_table_info(m.name) p WHERE p.name = 'operator_id') ORDER BY m.name";
    assert_eq!(text(db.read(), without).await, ["operators", "seaql_migrations"]);
    let tx = db.begin().await.unwrap();
    let orphan = outlet(OperatorId::new());
    assert!(matches!(outlets::insert(&*tx, &orphan).await, Err(DbError::Broken(_))));
}

async fn number(c: &impl ConnectionTrait, pragma: &str) -> i64 {
    let statement = Statement::from_string(c.get_database_backend(), format!("PRAGMA {pragma}"));
    c.query_one_raw(statement).await.unwrap().unwrap().try_get_by(0).unwrap()
}

async fn text(c: &impl ConnectionTrait, sql: &str) -> Vec<String> {
    let statement = Statement::from_string(c.get_database_backend(), sql);
    c.query_all_raw(statement).await.unwrap().iter().map(|row| row.try_get_by(0).unwrap()).collect()
}
