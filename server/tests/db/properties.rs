//! Whatever the domain can hold, the tables can.

use chrono::{Days, NaiveDate};
use h3o::CellIndex;
use huilu_model::{Datum, Grams, Litres, Seconds, Wgs84};
use huilu_server::db::{Db, bookings, outlets};
use huilu_server::domain::amount::{Fen, Names, StreamAmount};
use huilu_server::domain::booking::{Booking, BookingItem, BookingState, PickupWindow};
use huilu_server::domain::outlet::{DailyHours, HostType, Outlet, OutletKind, OutletStatus};
use huilu_server::domain::place::{Entered, Place, SERVICE_RESOLUTION};
use huilu_server::domain::{BookingId, Instant, OperatorId, OutletId};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::fixtures::operator;

/// Text without NUL, which PostgreSQL cannot hold and which the API refuses.
fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| text.replace('\0', ""))
}

fn place() -> impl Strategy<Value = (Place, CellIndex)> {
    let datum = select(&[Datum::Wgs84, Datum::Gcj02, Datum::Bd09]);
    (-90.0..=90.0, -180.0..=180.0, -90.0..=90.0, -180.0..=180.0, datum).prop_map(
        |(lat, lon, typed_lat, typed_lon, datum)| {
            let place = Place { at: Wgs84 { lat, lon }, entered: Entered { lat: typed_lat, lon: typed_lon, datum } };
            (place, place.cell(SERVICE_RESOLUTION).unwrap())
        },
    )
}

fn day() -> impl Strategy<Value = NaiveDate> {
    (0..80_000_u64).prop_map(|days| NaiveDate::from_ymd_opt(1900, 1, 1).unwrap() + Days::new(days))
}

fn item() -> impl Strategy<Value = BookingItem> {
    (any::<i64>(), any::<i64>(), option::of(any::<i64>()), any::<i64>(), option::of(any::<i64>())).prop_map(
        |(grams, litres, pieces, price, weighed)| BookingItem {
            material: String::new(),
            grams: Grams(grams),
            litres: Litres(litres),
            pieces,
            price: Fen(price),
            weighed: weighed.map(Grams),
        },
    )
}

fn booking(op: OperatorId) -> impl Strategy<Value = Booking> {
    let items = btree_map("[a-z_]{1,12}", item(), 0..6).prop_map(|items| {
        items.into_iter().rev().map(|(material, item)| BookingItem { material, ..item }).collect::<Vec<_>>()
    });
    let texts = (option::of(text()), option::of(any::<i32>()), option::of(any::<bool>()), option::of(text()));
    let numbers = any::<[i64; 10]>();
    (place(), select(BookingState::ALL), day(), items, texts, numbers).prop_map(
        move |((place, cell), state, service_date, items, (address, floor, lift, note), n)| Booking {
            id: BookingId::new(),
            operator: op,
            state,
            resident: None,
            building: None,
            area: None,
            cell,
            place,
            address,
            floor,
            lift,
            note,
            service_date,
            window: PickupWindow {
                start_s: Seconds(n[0]),
                end_s: Seconds(n[1]),
                start: Instant(n[2]),
                end: Instant(n[3]),
            },
            grams: Grams(n[4]),
            litres: Litres(n[5]),
            penalty: Fen(n[6]),
            items,
            created: Instant(n[7]),
            updated: Instant(n[8]),
            version: n[9],
        },
    )
}

fn outlet(op: OperatorId) -> impl Strategy<Value = Outlet> {
    let amount = (text(), any::<i64>(), any::<i64>()).prop_map(|(stream, grams, litres)| StreamAmount {
        stream,
        grams: Grams(grams),
        litres: Litres(litres),
    });
    let hours =
        (any::<i64>(), any::<i64>()).prop_map(|(start, end)| DailyHours { start: Seconds(start), end: Seconds(end) });
    let kinds = (select(OutletKind::ALL), option::of(select(HostType::ALL)), select(OutletStatus::ALL), any::<bool>());
    let lists = (vec(text(), 0..4), vec(amount, 0..4), vec(hours, 0..4));
    (place(), text(), text(), kinds, lists, any::<[i64; 6]>()).prop_map(
        move |((place, cell), zh, en, (kind, host, status, accepts_collectors), (streams, capacity, hours), n)| {
            Outlet {
                id: OutletId::new(),
                operator: op,
                names: Names { zh, en },
                kind,
                host,
                status,
                place,
                cell,
                area: None,
                streams,
                capacity,
                accepts_collectors,
                hours,
                unload: Seconds(n[0]),
                gate_fee: Fen(n[1]),
                opening_cost: Fen(n[2]),
                created: Instant(n[3]),
                updated: Instant(n[4]),
                version: n[5],
            }
        },
    )
}

fn runner() -> TestRunner {
    TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() })
}

pub(crate) async fn any_booking_comes_back(db: &Db) {
    let op = operator(db).await.id;
    let check = |stops: Vec<Booking>| {
        let ids: Vec<BookingId> = stops.iter().map(|stop| stop.id).collect();
        let found = block_in_place(|| {
            Handle::current().block_on(async {
                let tx = db.begin().await.unwrap();
                bookings::insert_many(&*tx, &stops).await.unwrap();
                tx.commit().await.unwrap();
                bookings::by_ids(db.read(), op, &ids).await.unwrap()
            })
        });
        prop_assert_eq!(found, sorted(stops));
        Ok(())
    };
    runner().run(&vec(booking(op), 0..12), check).unwrap();
}

fn sorted(mut stops: Vec<Booking>) -> Vec<Booking> {
    stops.sort_by_key(|stop| stop.id);
    stops
}

pub(crate) async fn any_outlet_comes_back(db: &Db) {
    let op = operator(db).await.id;
    let check = |point: Outlet| {
        let found = block_in_place(|| {
            Handle::current().block_on(async {
                let tx = db.begin().await.unwrap();
                outlets::insert(&*tx, &point).await.unwrap();
                tx.commit().await.unwrap();
                outlets::by_id(db.read(), op, point.id).await.unwrap()
            })
        });
        prop_assert_eq!(found, Some(point));
        Ok(())
    };
    runner().run(&outlet(op), check).unwrap();
}
