//! Slots: what is shown, and that no race overbooks one.

use std::time::Duration;

use futures_util::future::join_all;
use huilu_model::Seconds;
use serde_json::{Value, json};

use super::explain::planned;
use super::{Api, COLLECTOR, RESIDENT, wish};
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

/// A pickup beside the first booking.
fn question() -> Value {
    json!({
        "place": { "lat": 22.1, "lon": 113.505, "datum": "wgs84" },
        "items": [{ "material": "paper_occ", "amount_g": 6000 }],
        "date": "2026-11-25",
    })
}

/// `question` with one field changed.
fn with(field: &str, value: Value) -> Value {
    let mut question = question();
    question[field] = value;
    question
}

#[actix_web::test]
async fn each_slot_of_a_planned_day_has_its_price_or_its_reasons() {
    let (api, plan, _) = planned().await;
    let answer = api.post(RESIDENT, "/v1/slots", &question()).await;
    let body = answer.expect(200);
    assert_eq!((&body["plan_id"], &body["stale"]), (&json!(plan), &json!(false)), "{body}");
    let offers = body["offers"].as_array().unwrap();
    assert_eq!(offers.len(), 8);
    let feasible: Vec<&Value> = offers.iter().filter(|offer| offer["feasible"] == true).collect();
    assert!(!feasible.is_empty(), "{body}");
    for offer in offers {
        if offer["feasible"] == true {
            assert!(offer["marginal_fen"].as_i64().unwrap() > 0, "{offer}");
            assert_eq!((&offer["price_fen"], &offer["reasons"]), (&offer["marginal_fen"], &json!([])), "{offer}");
        } else {
            assert!(!offer["reasons"].as_array().unwrap().is_empty(), "{offer}");
            assert_eq!((&offer["marginal_fen"], &offer["price_fen"]), (&Value::Null, &Value::Null), "{offer}");
        }
    }
    let before = feasible[0].clone();
    // Nothing was stored, and another question in between changes nothing.
    let heavy = with("items", json!([{ "material": "paper_occ", "amount_g": 1_900_000 }]));
    let answer = api.post(RESIDENT, "/v1/slots", &heavy).await;
    for offer in answer.expect(200)["offers"].as_array().unwrap() {
        assert_eq!(offer["feasible"], false, "{offer}");
        assert_eq!(offer["reasons"][0], "CAPACITY", "{offer}");
    }
    let lost = with("place", json!({ "lat": 22.9, "lon": 113.9, "datum": "wgs84" }));
    let answer = api.post(RESIDENT, "/v1/slots", &lost).await;
    for offer in answer.expect(200)["offers"].as_array().unwrap() {
        assert_eq!((&offer["feasible"], &offer["reasons"]), (&json!(false), &json!(["UNREACHABLE"])), "{offer}");
    }
    let answer = api.post(RESIDENT, "/v1/slots", &question()).await;
    let again = answer.expect(200)["offers"].as_array().unwrap().clone();
    assert!(again.contains(&before), "{again:?}");
}

#[actix_web::test]
async fn a_full_slot_is_not_offered_and_a_day_without_routes_has_no_prices() {
    let (api, _, _) = planned().await;
    let mut booking = wish();
    booking["place"] = question()["place"].clone();
    booking["items"] = question()["items"].clone();
    let full = |body: &Value| {
        let offers = body["offers"].as_array().unwrap().clone();
        offers.into_iter().find(|offer| offer["window"]["start"] == "2026-11-25T10:00:00+08:00").unwrap()
    };
    for _ in 0..SLOT_CAPACITY {
        api.post(RESIDENT, "/v1/bookings", &booking).await.expect(201);
    }
    let answer = api.post(RESIDENT, "/v1/slots", &question()).await;
    let offer = full(answer.expect(200));
    assert_eq!((&offer["feasible"], &offer["reasons"][0]), (&json!(false), &json!("SLOT_FULL")), "{offer}");
    api.post(RESIDENT, "/v1/slots", &with("date", json!("2026-11-26"))).await.refused(409, "NO_PLAN");
}

#[actix_web::test]
async fn a_day_that_has_passed_is_answered_without_its_distances() {
    let (api, _, _) = planned().await;
    std::fs::remove_file(api.city.services.roads_file(api.city.operator().roads.as_deref().unwrap())).unwrap();
    api.post(RESIDENT, "/v1/slots", &question()).await.refused(409, "NO_ROADS");
    api.city.clock.advance(Seconds(2 * 86_400));
    let answer = api.post(RESIDENT, "/v1/slots", &question()).await;
    for offer in answer.expect(200)["offers"].as_array().unwrap() {
        assert_eq!((&offer["feasible"], &offer["reasons"]), (&json!(false), &json!(["SLOT_PASSED"])), "{offer}");
    }
}

#[actix_web::test]
async fn a_plan_is_set_up_in_turn_with_explanations_and_on_the_roads_already_loaded() {
    let (api, _, _) = planned().await;
    let services = &api.city.services;
    services.roads(api.city.operator()).await.unwrap();
    std::fs::remove_file(services.roads_file(api.city.operator().roads.as_deref().unwrap())).unwrap();
    let heavy = services.heavy.acquire().await.unwrap();
    let question = question();
    let waiting = api.post(RESIDENT, "/v1/slots", &question);
    assert!(tokio::time::timeout(Duration::from_millis(300), waiting).await.is_err(), "an explanation is under way");
    drop(heavy);
    // Who hung up has it set up all the same, and it is set up once.
    api.post(RESIDENT, "/v1/slots", &question).await.expect(200);
    let _heavy = services.heavy.acquire().await.unwrap();
    api.post(RESIDENT, "/v1/slots", &question).await.expect(200);
}

#[actix_web::test]
async fn a_question_for_prices_has_all_its_faults_told_and_collectors_ask_none() {
    let api = Api::new().await;
    let mut odd = with("place", json!({ "lat": 31.0, "lon": 121.0, "datum": "wgs84" }));
    odd["items"] = json!([{ "material": "gold", "amount_g": -5 }]);
    odd["date"] = json!("soon");
    odd["expected_share"] = json!(0.5);
    let faults = api.post(RESIDENT, "/v1/slots", &odd).await.faults();
    let codes: Vec<&str> = faults.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["BAD_DATE", "AMOUNT_NOT_POSITIVE", "UNKNOWN_MATERIAL", "OUTSIDE_SERVICE_AREA"], "{faults:?}");
    api.post(RESIDENT, "/v1/slots", &with("expected_share", json!(1.5))).await.expect(422);
    api.post(RESIDENT, "/v1/slots", &with("date", json!("2027-11-26"))).await.expect(422);
    assert_eq!(api.post(COLLECTOR, "/v1/slots", &question()).await.status, 403);
}
