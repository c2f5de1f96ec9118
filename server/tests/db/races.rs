//! What must hold when several ask at once.

use std::collections::BTreeSet;
use std::time::Duration;

use huilu_server::db::{Db, DbError, bookings, duties, events, outlets, plans, scenarios, slots, stocks, vehicles};
use huilu_server::domain::booking::BookingState;
use huilu_server::domain::event::{EventKind, NewEvent, SubjectKind};
use huilu_server::domain::scenario::Scenario;
use huilu_server::domain::slot::{SlotKey, SlotUsage};
use huilu_server::domain::stock::{Moved, StockDay, StockKey};
use huilu_server::domain::{Instant, ScenarioId};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::fixtures::{NOW, booking, cell, day, fleet, operator, plan};

/// 64 residents, 50 places: exactly 50 get one, and their bookings stand beside.
pub(crate) async fn the_last_places_go_to_as_many_as_there_are(db: &Db) {
    let op = operator(db).await.id;
    let key = SlotKey { operator: op, cell: cell(), service_date: day("2026-11-26"), index: 5 };
    let mut residents = JoinSet::new();
    for _ in 0..64 {
        let db = db.clone();
        residents.spawn(async move {
            let tx = db.begin().await.unwrap();
            if !slots::take(&*tx, &key, 50).await.unwrap() {
                return false;
            }
            bookings::insert(&*tx, &booking(op)).await.unwrap();
            tx.commit().await.unwrap();
            true
        });
    }
    let served = residents.join_all().await.into_iter().filter(|&taken| taken).count();
    assert_eq!(served, 50);
    let usage = || async { slots::usage(db.read(), op, key.cell, key.service_date).await.unwrap() };
    assert_eq!(usage().await, [SlotUsage { key, capacity: 50, used: 50 }]);
    assert_eq!(bookings::awaiting(db.read(), op, key.service_date).await.unwrap().len(), 50);

    // A place that was given back is taken again, once; a smaller capacity throws nobody out.
    let tx = db.begin().await.unwrap();
    slots::release(&*tx, &key).await.unwrap();
    assert!(!slots::take(&*tx, &key, 49).await.unwrap());
    assert!(slots::take(&*tx, &key, 50).await.unwrap());
    assert!(!slots::take(&*tx, &key, 50).await.unwrap());
    assert!(!slots::take(&*tx, &SlotKey { index: 6, ..key }, 0).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(usage().await, [SlotUsage { key, capacity: 50, used: 50 }]);
}

pub(crate) async fn an_update_must_name_the_version_it_read(db: &Db) {
    let op = operator(db).await.id;
    let (_, van, point) = fleet(db, op).await;
    let stop = booking(op);
    let scenario = Scenario {
        id: ScenarioId::new(),
        operator: op,
        name: "a".to_owned(),
        question: Value::Null,
        adopted: None,
        created: NOW,
        updated: NOW,
        version: 1,
    };
    let tx = db.begin().await.unwrap();
    bookings::insert(&*tx, &stop).await.unwrap();
    scenarios::insert(&*tx, &scenario).await.unwrap();
    tx.commit().await.unwrap();

    // Two planners read the same version: the first writes, the second is told.
    for expected in [Ok(()), Err(DbError::Stale)] {
        let tx = db.begin().await.unwrap();
        assert_eq!(outlets::update(&*tx, &point).await, expected);
        assert_eq!(vehicles::update(&*tx, &van).await, expected);
        assert_eq!(bookings::update(&*tx, &stop).await, expected);
        assert_eq!(scenarios::update(&*tx, &scenario).await, expected);
        tx.commit().await.unwrap();
    }
    assert_eq!(outlets::by_id(db.read(), op, point.id).await.unwrap().unwrap().version, 2);
    assert_eq!(vehicles::by_id(db.read(), op, van.id).await.unwrap().unwrap().version, 2);
    assert_eq!(bookings::by_id(db.read(), op, stop.id).await.unwrap().unwrap().version, 2);
    assert_eq!(scenarios::by_id(db.read(), op, scenario.id).await.unwrap().unwrap().version, 2);
}

pub(crate) async fn another_operator_finds_and_changes_nothing(db: &Db) {
    let (op, other) = (operator(db).await.id, operator(db).await.id);
    let (_, van, point) = fleet(db, op).await;
    let stop = booking(op);
    let tx = db.begin().await.unwrap();
    bookings::insert(&*tx, &stop).await.unwrap();
    tx.commit().await.unwrap();

    let mut stolen = point.clone();
    stolen.operator = other;
    let mut theirs = stop.clone();
    theirs.operator = other;
    let tx = db.begin().await.unwrap();
    assert_eq!(outlets::update(&*tx, &stolen).await, Err(DbError::Stale));
    assert_eq!(bookings::update(&*tx, &theirs).await, Err(DbError::Stale));
    let from = [BookingState::Booked];
    let moved = bookings::set_states(&*tx, other, &[stop.id], &from, BookingState::Cancelled, NOW).await.unwrap();
    assert_eq!(moved, 0);
    tx.commit().await.unwrap();
    assert_eq!(outlets::by_id(db.read(), other, point.id).await.unwrap(), None);
    assert_eq!(vehicles::by_id(db.read(), other, van.id).await.unwrap(), None);
    assert_eq!(bookings::by_id(db.read(), other, stop.id).await.unwrap(), None);
    assert_eq!(bookings::by_id(db.read(), op, stop.id).await.unwrap(), Some(stop));
}

/// No booking without its event, no event without its booking.
pub(crate) async fn a_dropped_transaction_leaves_nothing(db: &Db) {
    let op = operator(db).await.id;
    let stop = booking(op);
    let event = NewEvent {
        operator: op,
        kind: EventKind::BookingBooked,
        subject_kind: SubjectKind::Booking,
        subject: stop.id.0,
        actor: None,
        at: Instant(1),
        data: Value::Null,
    };
    for commits in [false, true] {
        let tx = db.begin().await.unwrap();
        bookings::insert(&*tx, &stop).await.unwrap();
        events::append(&*tx, std::slice::from_ref(&event)).await.unwrap();
        if commits {
            tx.commit().await.unwrap();
        } else {
            drop(tx);
        }
        let found = bookings::by_id(db.read(), op, stop.id).await.unwrap().is_some();
        let rows = (events::count(db.read(), op).await.unwrap(), events::outbox_count(db.read(), op).await.unwrap());
        assert_eq!((found, rows), if commits { (true, (1, 1)) } else { (false, (0, 0)) });
    }
}

/// A request that is dropped in the middle of its transaction (a worker that shuts down, a time-out) takes nobody else's
/// writes with it, and what it did not commit is not there.
pub(crate) async fn abandoned_requests_take_nothing_along(db: &Db) {
    let op = operator(db).await.id;
    let mut committed = Vec::new();
    for n in 0..60_u32 {
        let stop = booking(op);
        let id = stop.id;
        let db = db.clone();
        let request = async move {
            let tx = db.begin().await.unwrap();
            bookings::insert(&*tx, &stop).await.unwrap();
            tx.commit().await.unwrap();
        };
        // Long enough for anything between "not yet begun" and "committed".
        let patience = Duration::from_micros(u64::from(n % 20) * 100);
        let in_time = n % 3 == 0;
        if in_time {
            request.await;
            committed.push(id);
        } else {
            // Whether it still got through is the database's secret.
            let _ = tokio::time::timeout(patience, request).await;
        }
    }
    let found: Vec<_> = bookings::by_ids(db.read(), op, &committed).await.unwrap().iter().map(|stop| stop.id).collect();
    assert_eq!(found, committed);
    // Half a booking, without its items, would be one too many.
    let all = bookings::awaiting(db.read(), op, day("2026-11-26")).await.unwrap();
    assert!(all.len() >= committed.len() && all.iter().all(|stop| stop.items.len() == 2));
}

/// Without any lock: the key alone lets one of sixteen plans have the vehicle.
pub(crate) async fn a_vehicle_that_two_plans_want_goes_to_one_of_them(db: &Db) {
    let op = operator(db).await.id;
    let (_, van, _) = fleet(db, op).await;
    let mut planners = JoinSet::new();
    for _ in 0..16 {
        let (db, plan) = (db.clone(), plan(op, day("2026-11-26")));
        planners.spawn(async move {
            let tx = db.begin().await.unwrap();
            plans::insert(&*tx, &plan, plans::pack("{}").unwrap()).await.unwrap();
            let busy = duties::take(&*tx, &plan, &BTreeSet::from([van.id])).await.unwrap();
            tx.commit().await.unwrap();
            busy.is_empty()
        });
    }
    assert_eq!(planners.join_all().await.into_iter().filter(|&has_it| has_it).count(), 1);
}

pub(crate) async fn what_is_added_at_once_is_all_there(db: &Db) {
    let op = operator(db).await.id;
    let (_, _, point) = fleet(db, op).await;
    let today = day("2026-11-26");
    let mut crews = JoinSet::new();
    for n in 1..=32 {
        let db = db.clone();
        let key = StockKey { operator: op, outlet: point.id, service_date: today, stream: "paper".to_owned() };
        crews.spawn(async move {
            let tx = db.begin().await.unwrap();
            stocks::add(&*tx, &[StockDay { key, moved: Moved { brought: (n, 2 * n), taken: (-n, 1) } }]).await.unwrap();
            tx.commit().await.unwrap();
        });
    }
    crews.join_all().await;
    let known = stocks::since(db.read(), op, today).await.unwrap();
    let sums: Vec<Moved> = known.iter().map(|day| day.moved).collect();
    assert_eq!(sums, [Moved { brought: (528, 1_056), taken: (-528, 32) }]);
    assert_eq!(stocks::of_outlet(db.read(), op, point.id, today).await.unwrap(), known);
    assert_eq!(stocks::since(db.read(), op, day("2026-11-27")).await.unwrap(), []);
}
