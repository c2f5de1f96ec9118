//! Lists and sums.

use huilu_model::{Grams, Litres};
use huilu_server::db::bookings::{BookingFilter, DemandRow};
use huilu_server::db::{Db, bookings, outlets, tokens};
use huilu_server::domain::TokenId;
use huilu_server::domain::access::{Role, Token};
use huilu_server::domain::booking::{Booking, BookingState};

use crate::fixtures::{NOW, booking, cell, day, item, operator, outlet};

pub(crate) async fn cursors_walk_through_all_rows_once(db: &Db) {
    let op = operator(db).await.id;
    let points: Vec<_> = (0..23).map(|_| outlet(op)).collect();
    let stops: Vec<_> = (0..23).map(|_| booking(op)).collect();
    let tx = db.begin().await.unwrap();
    outlets::insert_many(&*tx, &points).await.unwrap();
    bookings::insert_many(&*tx, &stops).await.unwrap();
    tx.commit().await.unwrap();

    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = outlets::page(db.read(), op, cursor, 5).await.unwrap();
        cursor = page.last().map(|outlet| outlet.id.0);
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    assert_eq!(seen, points);

    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        let page = bookings::page(db.read(), op, &BookingFilter::default(), cursor, 5).await.unwrap();
        cursor = page.last().map(|booking| booking.id.0);
        if page.is_empty() {
            break;
        }
        seen.extend(page);
        // A booking that comes in between moves no page.
        let tx = db.begin().await.unwrap();
        bookings::insert(&*tx, &booking(op)).await.unwrap();
        tx.commit().await.unwrap();
    }
    seen.reverse();
    assert_eq!(seen, stops);
}

pub(crate) async fn filters_of_bookings_and_their_order(db: &Db) {
    let op = operator(db).await.id;
    let resident = Token {
        id: TokenId::new(),
        operator: op,
        role: Role::Resident,
        label: String::new(),
        vehicle: None,
        hash: op.to_string(),
        created: NOW,
        revoked: None,
    };
    let mut all = Vec::new();
    for n in 0..8 {
        let mut one = booking(op);
        one.resident = (n & 1 > 0).then_some(resident.id);
        one.service_date = if n & 2 > 0 { day("2026-11-26") } else { day("2026-11-27") };
        one.state = if n & 4 > 0 { BookingState::Booked } else { BookingState::Cancelled };
        all.push(one);
    }
    let tx = db.begin().await.unwrap();
    tokens::insert(&*tx, &resident).await.unwrap();
    bookings::insert_many(&*tx, &all).await.unwrap();
    tx.commit().await.unwrap();
    for bits in 0..8 {
        let filter = BookingFilter {
            resident: (bits & 1 > 0).then_some(resident.id),
            service_date: (bits & 2 > 0).then(|| day("2026-11-26")),
            state: (bits & 4 > 0).then_some(BookingState::Booked),
        };
        let fits = |one: &&Booking| {
            filter.resident.is_none_or(|resident| one.resident == Some(resident))
                && filter.service_date.is_none_or(|date| one.service_date == date)
                && filter.state.is_none_or(|state| one.state == state)
        };
        let expected: Vec<Booking> = all.iter().rev().filter(fits).cloned().collect();
        assert_eq!(bookings::page(db.read(), op, &filter, None, 10).await.unwrap(), expected, "{filter:?}");
    }
}

pub(crate) async fn demand_is_summed_by_cell_and_material(db: &Db) {
    let op = operator(db).await.id;
    let next_cell = cell().grid_ring_fast(1).flatten().next().unwrap();
    let one = |cell, date: &str, state, items| Booking { cell, service_date: day(date), state, items, ..booking(op) };
    let all = [
        one(cell(), "2026-11-25", BookingState::Booked, vec![item("glass", 1, 1)]),
        one(cell(), "2026-11-26", BookingState::Booked, vec![item("glass", 100, 2), item("paper_occ", 1_000, 30)]),
        one(cell(), "2026-11-27", BookingState::Completed, vec![item("glass", 250, 5)]),
        one(next_cell, "2026-11-27", BookingState::Assigned, vec![item("glass", 7, 3)]),
        one(cell(), "2026-11-27", BookingState::Cancelled, vec![item("glass", 9_999, 99)]),
        one(cell(), "2026-11-28", BookingState::Booked, vec![item("glass", 1, 1)]),
    ];
    let tx = db.begin().await.unwrap();
    bookings::insert_many(&*tx, &all).await.unwrap();
    tx.commit().await.unwrap();
    let row = |cell, material: &str, grams, litres, bookings| DemandRow {
        cell,
        material: material.to_owned(),
        grams: Grams(grams),
        litres: Litres(litres),
        bookings,
    };
    let mut expected =
        vec![row(cell(), "glass", 350, 7, 2), row(cell(), "paper_occ", 1_000, 30, 1), row(next_cell, "glass", 7, 3, 1)];
    expected.sort_by(|a, b| (a.cell, &a.material).cmp(&(b.cell, &b.material)));
    let demand = bookings::demand(db.read(), op, day("2026-11-26"), day("2026-11-27")).await.unwrap();
    assert_eq!(demand, expected);
}
