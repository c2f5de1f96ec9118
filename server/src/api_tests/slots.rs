//! Slots: what is shown, and that no race overbooks one.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{Api, RESIDENT, wish};
use crate::domain::policy::SLOT_CAPACITY;

const SLOTS: &str = "/v1/slots?lat=22.1987&lon=113.5439&datum=wgs84";

/// What is left of the slot that begins at this local time.
async fn left(api: &Api, date: &str, start: &str) -> i64 {
    let answer = api.get(RESIDENT, &format!("{SLOTS}&date={date}")).await;
    let slots = answer.expect(200)["slots"].as_array().unwrap().clone();
    let begins = format!("{date}T{start}:00+08:00");
    let slot = slots.iter().find(|slot| slot["window"]["start"] == begins).unwrap();
    assert_eq!(slot["capacity"], SLOT_CAPACITY);
    slot["left"].as_i64().unwrap()
}

#[actix_web::test]
async fn a_day_has_eight_slots_and_passed_ones_are_gone() {
    let api = Api::new().await;
    let answer = api.get(RESIDENT, &format!("{SLOTS}&date=2026-11-24")).await;
    let list = answer.expect(200);
    let slots = list["slots"].as_array().unwrap();
    let starts: Vec<&str> = slots.iter().map(|slot| &slot["window"]["start"].as_str().unwrap()[11..16]).collect();
    assert_eq!(starts, ["06:00", "08:00", "10:00", "12:00", "14:00", "16:00", "18:00", "20:00"]);
    let left: Vec<i64> = slots.iter().map(|slot| slot["left"].as_i64().unwrap()).collect();
    assert_eq!(left, [0, 0, 0, 12, 12, 12, 12, 12], "the clock stands at noon");
    assert_eq!((&list["time_zone"], &list["date"]), (&json!("Asia/Shanghai"), &json!("2026-11-24")));
    assert!(list["cell"].as_str().unwrap().starts_with("89"), "cells of resolution 9");
}

#[actix_web::test]
async fn bookings_take_and_cancellations_give_back_their_place() {
    let api = Api::new().await;
    let id = api.post(RESIDENT, "/v1/bookings", &wish()).await.id();
    assert_eq!(left(&api, "2026-11-25", "10:00").await, SLOT_CAPACITY - 1);
    assert_eq!(left(&api, "2026-11-25", "12:00").await, SLOT_CAPACITY);
    api.post(RESIDENT, &format!("/v1/bookings/{id}/cancel"), &json!({})).await.expect(200);
    assert_eq!(left(&api, "2026-11-25", "10:00").await, SLOT_CAPACITY);
    api.post(RESIDENT, &format!("/v1/bookings/{id}/cancel"), &json!({})).await.refused(409, "NOT_CANCELLABLE");
    assert_eq!(left(&api, "2026-11-25", "10:00").await, SLOT_CAPACITY, "nothing is given back twice");
}

#[actix_web::test]
async fn a_race_for_a_slot_has_as_many_winners_as_places() {
    let api = Api::new().await;
    let wish = wish();
    let racers = SLOT_CAPACITY as usize * 2;
    let answers = join_all((0..racers).map(|_| api.post(RESIDENT, "/v1/bookings", &wish))).await;
    let won = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(won, SLOT_CAPACITY as usize);
    answers.iter().filter(|answer| answer.status != 201).for_each(|answer| answer.refused(409, "SLOT_FULL"));
    assert_eq!(left(&api, "2026-11-25", "10:00").await, 0);
    assert_eq!(api.events().await, (won as u64, won as u64), "who lost left no event");
    let booked = api.get(RESIDENT, "/v1/bookings?limit=100").await.expect(200)["bookings"].as_array().unwrap().len();
    assert_eq!(booked, won);
    // Another cell has places of its own.
    let mut elsewhere = wish.clone();
    elsewhere["place"]["lat"] = json!(22.3);
    api.post(RESIDENT, "/v1/bookings", &elsewhere).await.expect(201);
}

#[actix_web::test]
async fn faults_of_the_query_are_told_at_once() {
    let api = Api::new().await;
    let check = async |query: &str, expected: &[(&str, &str)]| {
        let faults = api.get(RESIDENT, &format!("/v1/slots?{query}")).await.faults();
        let faults: Vec<(&str, &str)> = faults.iter().map(|(code, at)| (code.as_str(), at.as_str())).collect();
        assert_eq!(faults, expected, "{query}");
    };
    check("lat=22.2&lon=113.5&date=2026-11-25", &[("MISSING_DATUM", "datum")]).await;
    check("lat=22.2&lon=113.5&datum=wgs&date=2026-11-25", &[("UNKNOWN_DATUM", "datum")]).await;
    check("lat=NaN&lon=inf&datum=wgs84&date=2026-11-25", &[("WRONG_TYPE", "lat"), ("WRONG_TYPE", "lon")]).await;
    check("lat=95&lon=113.5&datum=wgs84&date=2026-11-25", &[("NOT_ON_EARTH", "lat")]).await;
    check("lat=31&lon=121&datum=wgs84&date=25.11.2026", &[("BAD_DATE", "date"), ("OUTSIDE_SERVICE_AREA", "lat")]).await;
    check("lat=22.2&lon=113.5&datum=wgs84&date=2026-12-09", &[("TOO_FAR_AHEAD", "date")]).await;
    check("lat=22.2&lon=113.5&datum=wgs84&date=2026-11-25&radius=1", &[("UNKNOWN_PARAMETER", "radius")]).await;
    check(
        "lat=north&lon=113.5&date=soon&x=1",
        &[("BAD_DATE", "date"), ("MISSING_DATUM", "datum"), ("WRONG_TYPE", "lat"), ("UNKNOWN_PARAMETER", "x")],
    )
    .await;
    let sound: Value = api.get(RESIDENT, &format!("{SLOTS}&date=2026-12-08")).await.expect(200).clone();
    assert_eq!(sound["slots"][0]["left"], SLOT_CAPACITY);
}
