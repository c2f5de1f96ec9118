//! A city's day at once.

use std::time::Instant as Stopwatch;

use huilu_server::db::{bookings, events};
use huilu_server::domain::event::{EventKind, NewEvent, SubjectKind};
use serde_json::json;

use crate::fixtures::{NOW, booking, day, item, operator};

/// As many statements as are needed and no more: chunks end in the middle of bookings and of items.
#[tokio::test]
async fn chunks_of_rows_are_all_stored() {
    let (db, _folder) = crate::sqlite().await;
    store(&db, 2_345).await;
}

#[tokio::test]
#[ignore = "a measurement; prints how long 25,000 bookings take"]
async fn a_large_city() {
    let (db, _folder) = crate::sqlite().await;
    store(&db, 25_000).await;
}

async fn store(db: &huilu_server::db::Db, count: usize) {
    let op = operator(db).await.id;
    let stops: Vec<_> = (0..count)
        .map(|n| {
            let mut stop = booking(op);
            stop.items.push(item("glass", n as i64 + 1, 1));
            stop
        })
        .collect();
    let booked: Vec<_> = stops
        .iter()
        .map(|stop| NewEvent {
            operator: op,
            kind: EventKind::BookingBooked,
            subject_kind: SubjectKind::Booking,
            subject: stop.id.0,
            actor: None,
            at: NOW,
            data: json!({"grams": stop.grams.0}),
        })
        .collect();
    let watch = Stopwatch::now();
    let tx = db.begin().await.unwrap();
    bookings::insert_many(&*tx, &stops).await.unwrap();
    events::append(&*tx, &booked).await.unwrap();
    tx.commit().await.unwrap();
    println!("{count} bookings with items and events stored in {:?}", watch.elapsed());
    let watch = Stopwatch::now();
    let found = bookings::awaiting(db.read(), op, day("2026-11-26")).await.unwrap();
    println!("read in {:?}", watch.elapsed());
    assert_eq!(found, stops);
    let watch = Stopwatch::now();
    let demand = bookings::demand(db.read(), op, day("2026-11-01"), day("2026-11-30")).await.unwrap();
    println!("summed in {:?}", watch.elapsed());
    assert_eq!(demand.iter().map(|row| row.bookings).collect::<Vec<_>>(), [count as u64; 3]);
}
