//! Booking, reading and cancelling: what is refused and why, who sees what, and what a booking leaves behind.

use serde_json::{Value, json};

use super::{Api, COLLECTOR, NEIGHBOUR, PLANNER, RESIDENT, wish};
use crate::domain::BookingId;
use crate::domain::booking::BookingState;
use crate::domain::event::EventKind;

/// A wish with one change is refused with exactly these faults, and nothing is written.
struct Check {
    api: Api,
}

impl Check {
    async fn refuses(&self, what: &str, change: impl Fn(&mut Value), expected: &[(&str, &str)]) {
        let mut wish = wish();
        change(&mut wish);
        let answer = self.api.post(RESIDENT, "/v1/bookings", &wish).await;
        let faults = answer.faults();
        let faults: Vec<(&str, &str)> = faults.iter().map(|(code, at)| (code.as_str(), at.as_str())).collect();
        assert_eq!(faults, expected, "{what}: {}", answer.text);
    }
}

type Case = (&'static str, Box<dyn Fn(&mut Value)>, &'static [(&'static str, &'static str)]);

fn case(
    what: &'static str,
    change: impl Fn(&mut Value) + 'static,
    expected: &'static [(&'static str, &'static str)],
) -> Case {
    (what, Box::new(change), expected)
}

fn window(start: &'static str, end: &'static str) -> impl Fn(&mut Value) {
    move |wish| wish["window"] = json!({ "start": start, "end": end })
}

fn item(material: &'static str, amount: i64) -> impl Fn(&mut Value) {
    move |wish| wish["items"] = json!([{ "material": material, "amount_g": amount }])
}

fn place(lat: f64, lon: f64, datum: &'static str) -> impl Fn(&mut Value) {
    move |wish| wish["place"] = json!({ "lat": lat, "lon": lon, "datum": datum })
}

#[actix_web::test]
async fn each_fault_of_a_wish_is_told_by_code_and_place() {
    let check = Check { api: Api::new().await };
    let cases: Vec<Case> = vec![
        case("unknown material", item("plutonium", 1), &[("UNKNOWN_MATERIAL", "/items/0/material")]),
        case("material in capitals", item("PAPER_OCC", 1), &[("UNKNOWN_MATERIAL", "/items/0/material")]),
        case("a stream is no material", item("paper", 1), &[("UNKNOWN_MATERIAL", "/items/0/material")]),
        case("nothing", item("paper_occ", 0), &[("AMOUNT_NOT_POSITIVE", "/items/0/amount_g")]),
        case("less than nothing", item("paper_occ", -1), &[("AMOUNT_NOT_POSITIVE", "/items/0/amount_g")]),
        case("over two tonnes", item("paper_occ", 2_000_001), &[("AMOUNT_TOO_LARGE", "/items/0/amount_g")]),
        case("the largest number", item("paper_occ", i64::MAX), &[("AMOUNT_TOO_LARGE", "/items/0/amount_g")]),
        case(
            "over two tonnes together",
            |wish| {
                wish["items"] = json!([
                    { "material": "paper_occ", "amount_g": 1_500_000 },
                    { "material": "paper_news", "amount_g": 1_500_000 },
                ]);
            },
            &[("AMOUNT_TOO_LARGE", "/items")],
        ),
        case(
            "kilograms with a fraction",
            |wish| wish["items"][0]["amount_g"] = json!(1.5),
            &[("WRONG_TYPE", "/items/0/amount_g")],
        ),
        case(
            "an amount as text",
            |wish| wish["items"][0]["amount_g"] = json!("6000"),
            &[("WRONG_TYPE", "/items/0/amount_g")],
        ),
        case(
            "a material twice",
            |wish| wish["items"][1]["material"] = json!("paper_occ"),
            &[("DUPLICATE_ITEM", "/items/1/material")],
        ),
        case("no items", |wish| wish["items"] = json!([]), &[("OUT_OF_RANGE", "/items")]),
        case(
            "too many items",
            |wish| wish["items"] = json!(vec![json!({ "material": "paper_occ", "amount_g": 1 }); 21]),
            &[("OUT_OF_RANGE", "/items")],
        ),
        case(
            "items missing",
            |wish| drop(wish.as_object_mut().unwrap().remove("items")),
            &[("MISSING_FIELD", "/items")],
        ),
        case(
            "datum missing",
            |wish| drop(wish["place"].as_object_mut().unwrap().remove("datum")),
            &[("MISSING_DATUM", "/place/datum")],
        ),
        case("datum unknown", place(22.2, 113.5, "pz90"), &[("UNKNOWN_VALUE", "/place/datum")]),
        case("datum in capitals", place(22.2, 113.5, "WGS84"), &[("UNKNOWN_VALUE", "/place/datum")]),
        case("another city", place(31.2, 121.5, "wgs84"), &[("OUTSIDE_SERVICE_AREA", "/place")]),
        case("just outside", place(21.9999, 113.5, "wgs84"), &[("OUTSIDE_SERVICE_AREA", "/place")]),
        case("null island", place(0.0, 0.0, "wgs84"), &[("OUTSIDE_SERVICE_AREA", "/place")]),
        case("latitude and longitude swapped", place(113.5, 22.2, "wgs84"), &[("OUT_OF_RANGE", "/place/lat")]),
        case("longitude beyond the date line", place(22.2, 180.5, "wgs84"), &[("OUT_OF_RANGE", "/place/lon")]),
        case("coordinates as text", |wish| wish["place"]["lat"] = json!("22.2"), &[("WRONG_TYPE", "/place/lat")]),
        case("place as a list", |wish| wish["place"] = json!([113.5, 22.2]), &[("WRONG_TYPE", "/place")]),
        case(
            "in the past",
            window("2026-11-24T10:00:00+08:00", "2026-11-24T11:30:00+08:00"),
            &[("WINDOW_IN_PAST", "/window/start")],
        ),
        case(
            "a second in the past",
            window("2026-11-24T11:59:59+08:00", "2026-11-24T14:00:00+08:00"),
            &[("WINDOW_IN_PAST", "/window/start")],
        ),
        case(
            "reversed",
            window("2026-11-25T12:00:00+08:00", "2026-11-25T10:00:00+08:00"),
            &[("WINDOW_REVERSED", "/window")],
        ),
        case(
            "without length",
            window("2026-11-25T10:00:00+08:00", "2026-11-25T10:00:00+08:00"),
            &[("WINDOW_REVERSED", "/window")],
        ),
        case(
            "too short by a second",
            window("2026-11-25T10:00:00+08:00", "2026-11-25T10:29:59+08:00"),
            &[("WINDOW_TOO_SHORT", "/window")],
        ),
        case(
            "before the day begins",
            window("2026-11-25T05:59:00+08:00", "2026-11-25T08:00:00+08:00"),
            &[("WINDOW_OUTSIDE_HOURS", "/window")],
        ),
        case(
            "after the day ends",
            window("2026-11-25T21:00:00+08:00", "2026-11-25T22:01:00+08:00"),
            &[("WINDOW_OUTSIDE_HOURS", "/window")],
        ),
        case(
            "ten in the morning, but in London",
            window("2026-11-25T15:00:00Z", "2026-11-25T15:45:00Z"),
            &[("WINDOW_OUTSIDE_HOURS", "/window")],
        ),
        case(
            "over midnight",
            window("2026-11-25T21:00:00+08:00", "2026-11-26T07:00:00+08:00"),
            &[("WINDOW_NOT_ONE_DAY", "/window")],
        ),
        case(
            "fifteen days ahead",
            window("2026-12-09T10:00:00+08:00", "2026-12-09T12:00:00+08:00"),
            &[("TOO_FAR_AHEAD", "/window/start")],
        ),
        case(
            "a century ahead and at night",
            window("2126-11-25T02:00:00+08:00", "2126-11-25T02:10:00+08:00"),
            &[("WINDOW_OUTSIDE_HOURS", "/window"), ("WINDOW_TOO_SHORT", "/window"), ("TOO_FAR_AHEAD", "/window/start")],
        ),
        case(
            "without offset",
            window("2026-11-25T10:00:00", "2026-11-25T12:00:00+08:00"),
            &[("BAD_INSTANT", "/window/start")],
        ),
        case(
            "no instants at all",
            window("tomorrow", "2026-02-30T12:00:00+08:00"),
            &[("BAD_INSTANT", "/window/end"), ("BAD_INSTANT", "/window/start")],
        ),
        case("an unknown field", |wish| wish["price"] = json!(1), &[("UNKNOWN_FIELD", "/price")]),
        case(
            "a field that only answers have",
            |wish| wish["state"] = json!("completed"),
            &[("UNKNOWN_FIELD", "/state")],
        ),
        case("an address as null", |wish| wish["address"] = json!(null), &[("WRONG_TYPE", "/address")]),
        case(
            "an address that never ends",
            |wish| wish["address"] = json!("x".repeat(201)),
            &[("OUT_OF_RANGE", "/address")],
        ),
        case(
            "everything at once",
            |wish| {
                *wish = json!({
                    "place": { "lat": 31.2, "lon": 121.5, "datum": "gcj02" },
                    "items": [{ "material": "plutonium", "amount_g": 0 }],
                    "window": { "start": "2026-11-23T23:00:00+08:00", "end": "2026-11-23T23:10:00+08:00" },
                    "rush": true,
                });
            },
            &[
                ("AMOUNT_NOT_POSITIVE", "/items/0/amount_g"),
                ("UNKNOWN_MATERIAL", "/items/0/material"),
                ("OUTSIDE_SERVICE_AREA", "/place"),
                ("UNKNOWN_FIELD", "/rush"),
                ("WINDOW_OUTSIDE_HOURS", "/window"),
                ("WINDOW_TOO_SHORT", "/window"),
                ("WINDOW_IN_PAST", "/window/start"),
            ],
        ),
        case(
            "faults of shape and of meaning together",
            |wish| {
                wish["place"].as_object_mut().unwrap().remove("datum");
                wish["items"][0]["material"] = json!("plutonium");
            },
            &[("UNKNOWN_MATERIAL", "/items/0/material"), ("MISSING_DATUM", "/place/datum")],
        ),
    ];
    assert!(cases.len() >= 40, "the table has lost cases");
    for (what, change, expected) in &cases {
        check.refuses(what, change, expected).await;
    }
    assert_eq!(check.api.events().await, (0, 0), "a refused booking leaves nothing behind");
    // Negative control: the wish itself is sound, so each case fails for its change alone.
    check.api.post(RESIDENT, "/v1/bookings", &wish()).await.expect(201);
}

#[actix_web::test]
async fn the_edges_of_what_is_allowed_are_allowed() {
    let api = Api::new().await;
    let windows = [
        ("2026-11-24T12:00:00+08:00", "2026-11-24T12:30:00+08:00"),
        ("2026-11-25T06:00:00+08:00", "2026-11-25T22:00:00+08:00"),
        ("2026-12-08T10:00:00+08:00", "2026-12-08T12:00:00+08:00"),
        ("2026-11-25T02:00:00Z", "2026-11-25T12:00:00.000+08:00"),
    ];
    for (start, end) in windows {
        let mut wish = wish();
        window(start, end)(&mut wish);
        api.post(RESIDENT, "/v1/bookings", &wish).await.expect(201);
    }
    let mut heaviest = wish();
    item("paper_occ", 2_000_000)(&mut heaviest);
    api.post(RESIDENT, "/v1/bookings", &heaviest).await.expect(201);
}

#[actix_web::test]
async fn a_booking_keeps_what_was_entered_and_answers_in_wgs84() {
    let api = Api::new().await;
    let mut wish = wish();
    place(22.5, 113.3, "gcj02")(&mut wish);
    let answer = api.post(RESIDENT, "/v1/bookings", &wish).await;
    let booking = answer.expect(201).clone();
    assert_eq!(answer.headers.get("location").unwrap(), &format!("/v1/bookings/{}", answer.id()));
    assert_eq!(booking["place"]["datum"], "wgs84");
    let shift = (booking["place"]["lon"].as_f64().unwrap() - 113.3).abs();
    assert!((0.003..0.008).contains(&shift), "GCJ-02 lies some five hundred metres east of WGS-84 here: {shift}");
    assert_eq!(booking["service_date"], "2026-11-25");
    assert_eq!(booking["window"]["start"], "2026-11-25T10:00:00+08:00");
    assert_eq!(
        booking["items"][0],
        json!({ "material": "paper_occ", "amount_g": 6000, "volume_l": 120, "weighed_g": null })
    );

    let id: BookingId = answer.id().parse().unwrap();
    let stored = api.city.booking(id).await;
    assert_eq!((stored.place.entered.lat, stored.place.entered.lon), (22.5, 113.3));
    assert_eq!(stored.items[0].price.0, 50, "the price is the one posted when it was booked");
    assert_eq!((stored.grams.0, stored.litres.0, stored.penalty.0), (56_000, 1_120, 3_000 + 56 * 70));
    assert_eq!(api.city.history(id.0).await, [EventKind::BookingBooked]);
    assert_eq!(api.events().await, (1, 1));
}

#[actix_web::test]
async fn residents_see_and_cancel_their_own_bookings_only() {
    let api = Api::new().await;
    let mine = api.post(RESIDENT, "/v1/bookings", &wish()).await.id();
    let theirs = api.post(NEIGHBOUR, "/v1/bookings", &wish()).await.id();
    let path = format!("/v1/bookings/{theirs}");
    let ids = async |who| -> Vec<String> {
        let list = api.get(who, "/v1/bookings").await;
        let bookings = list.expect(200)["bookings"].as_array().unwrap().clone();
        bookings.iter().map(|booking| booking["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(RESIDENT).await, std::slice::from_ref(&mine));
    assert_eq!(ids(PLANNER).await, [theirs.clone(), mine.clone()], "newest first");
    let absent = api.get(RESIDENT, &format!("/v1/bookings/{}", BookingId::new())).await;
    let other = api.get(RESIDENT, &path).await;
    other.refused(404, "NOT_FOUND");
    let without_trace = |answer: &Value| {
        let mut answer = answer.clone();
        answer["trace"] = Value::Null;
        answer
    };
    assert_eq!(without_trace(&absent.body), without_trace(&other.body), "nothing tells absent from not allowed");
    api.post(RESIDENT, &format!("{path}/cancel"), &json!({})).await.refused(404, "NOT_FOUND");
    api.get(COLLECTOR, &path).await.refused(403, "FORBIDDEN");
    // The door is for who booked and for who goes there.
    assert_eq!(api.get(NEIGHBOUR, &path).await.expect(200)["address"], "Tower 2, 3A");
    assert_eq!(api.get(PLANNER, &path).await.expect(200)["address"], Value::Null);
    let all = api.get(PLANNER, "/v1/bookings").await;
    let doors = all.expect(200)["bookings"].as_array().unwrap().iter();
    assert!(doors.clone().count() == 2 && doors.clone().all(|booking| booking["address"].is_null()), "{}", all.text);
    api.get(super::ELSEWHERE, &path).await.refused(404, "NOT_FOUND");
    assert_eq!(api.city.state(theirs.parse().unwrap()).await, BookingState::Booked);
}

#[actix_web::test]
async fn a_list_is_read_in_pages_without_gaps_or_repeats() {
    let api = Api::new().await;
    let mut booked = Vec::new();
    for _ in 0..5 {
        booked.push(api.post(RESIDENT, "/v1/bookings", &wish()).await.id());
    }
    booked.reverse();
    let mut seen: Vec<String> = Vec::new();
    let mut path = "/v1/bookings?limit=2&date=2026-11-25&state=booked".to_owned();
    for _ in 0..3 {
        let page = api.get(RESIDENT, &path).await.expect(200).clone();
        let entries = page["bookings"].as_array().unwrap().clone();
        seen.extend(entries.iter().map(|entry| entry["id"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/v1/bookings?limit=2&date=2026-11-25&state=booked&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, booked);
    assert_eq!(api.get(RESIDENT, "/v1/bookings?date=2026-11-26").await.expect(200)["bookings"], json!([]));
    assert_eq!(api.get(RESIDENT, "/v1/bookings?state=cancelled").await.expect(200)["bookings"], json!([]));
    let faults = api.get(RESIDENT, "/v1/bookings?limit=0&cursor=x&state=lost&date=2026-13-01").await.faults();
    let expected =
        [("BAD_CURSOR", "cursor"), ("BAD_DATE", "date"), ("OUT_OF_RANGE", "limit"), ("UNKNOWN_VALUE", "state")];
    assert_eq!(faults, expected.map(|(code, at)| (code.to_owned(), at.to_owned())));
}

#[actix_web::test]
async fn a_booking_is_cancelled_once() {
    let api = Api::new().await;
    let id = api.post(RESIDENT, "/v1/bookings", &wish()).await.id();
    let path = format!("/v1/bookings/{id}/cancel");
    let cancelled = api.post(RESIDENT, &path, &json!({ "reason": "moved house" })).await;
    assert_eq!(cancelled.expect(200)["state"], "cancelled");
    api.post(RESIDENT, &path, &json!({})).await.refused(409, "NOT_CANCELLABLE");
    let id: BookingId = id.parse().unwrap();
    assert_eq!(api.city.history(id.0).await, [EventKind::BookingBooked, EventKind::BookingCancelled]);
}

#[actix_web::test]
async fn a_weighed_booking_is_no_longer_cancelled() {
    let api = Api::new().await;
    for &state in BookingState::ALL {
        let id = api.city.book(1).await[0];
        set_state(&api, id, state).await;
        let answer = api.post(PLANNER, &format!("/v1/bookings/{id}/cancel"), &json!({})).await;
        let expected = if state.allows(BookingState::Cancelled) { 200 } else { 409 };
        assert_eq!(answer.status, expected, "{state}: {}", answer.text);
    }
}

async fn set_state(api: &Api, id: BookingId, state: BookingState) {
    let mut booking = api.city.booking(id).await;
    booking.state = state;
    let tx = api.city.services.db.begin().await.unwrap();
    crate::db::bookings::update(&*tx, &booking).await.unwrap();
    tx.commit().await.unwrap();
}

#[actix_web::test]
async fn booking_and_cancelling_make_the_published_plan_stale_once() {
    let api = Api::new().await;
    let served = api.city.book(1).await;
    let plan = api.city.solved(&served).await;
    api.post(PLANNER, &format!("/v1/plans/{plan}/publish"), &json!({})).await.expect(200);
    let stale = async || api.get(PLANNER, &format!("/v1/plans/{plan}")).await.expect(200)["stale"].clone();
    assert_eq!(stale().await, false);
    let mut another_day = wish();
    window("2026-11-26T10:00:00+08:00", "2026-11-26T12:00:00+08:00")(&mut another_day);
    api.post(RESIDENT, "/v1/bookings", &another_day).await.expect(201);
    assert_eq!(stale().await, false, "another day's booking is none of its business");
    let id = api.post(RESIDENT, "/v1/bookings", &wish()).await.id();
    assert_eq!(stale().await, true);
    api.post(RESIDENT, &format!("/v1/bookings/{id}/cancel"), &json!({})).await.expect(200);
    let told = api.city.history(plan.0).await.into_iter().filter(|&kind| kind == EventKind::PlanStale).count();
    assert_eq!(told, 1);
}
