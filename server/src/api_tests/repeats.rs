//! Requests that come again: with the same key they happen once.

use actix_web::http::Method;
use futures_util::future::join_all;
use huilu_model::Seconds;
use serde_json::{Value, json};

use super::{Answer, Api, NEIGHBOUR, PLANNER, RESIDENT, wish};

async fn book(api: &Api, who: &str, wish: &Value, key: &str) -> Answer {
    api.call(who, Method::POST, "/v1/bookings", Some(wish), key).await
}

#[actix_web::test]
async fn the_same_key_gives_the_same_answer_and_happens_once() {
    let api = Api::new().await;
    let first = book(&api, RESIDENT, &wish(), "k1").await;
    first.expect(201);
    assert!(first.headers.get("idempotency-replayed").is_none());
    let again = book(&api, RESIDENT, &wish(), "k1").await;
    assert_eq!((again.status, &again.text), (201, &first.text));
    assert_eq!(again.headers.get("location"), first.headers.get("location"));
    assert_eq!(again.headers.get("idempotency-replayed").unwrap(), "true");
    assert_eq!(api.events().await, (1, 1));
    // Another key, another client: another booking.
    assert_ne!(book(&api, RESIDENT, &wish(), "k2").await.id(), first.id());
    assert_ne!(book(&api, NEIGHBOUR, &wish(), "k1").await.id(), first.id());
    assert_eq!(api.events().await, (3, 3));
}

#[actix_web::test]
async fn a_key_belongs_to_one_request() {
    let api = Api::new().await;
    book(&api, RESIDENT, &wish(), "k1").await.expect(201);
    let mut other = wish();
    other["items"][0]["amount_g"] = json!(6001);
    book(&api, RESIDENT, &other, "k1").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    let id = book(&api, RESIDENT, &wish(), "k1").await.id();
    let path = format!("/v1/bookings/{id}/cancel");
    api.call(RESIDENT, Method::POST, &path, Some(&json!({})), "k1").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(api.events().await, (1, 1));
}

#[actix_web::test]
async fn an_answer_is_repeated_when_the_request_would_be_refused_by_now() {
    let api = Api::new().await;
    let first = book(&api, RESIDENT, &wish(), "k1").await;
    api.city.clock.advance(Seconds(3 * 86_400));
    let again = book(&api, RESIDENT, &wish(), "k1").await;
    assert_eq!((again.status, again.text), (201, first.text));
    // Negative control: without the key the window lies in the past.
    let refused = book(&api, RESIDENT, &wish(), "").await.faults();
    assert_eq!(refused, [("WINDOW_IN_PAST".to_owned(), "/window/start".to_owned())]);
}

#[actix_web::test]
async fn a_refused_request_leaves_its_key_free() {
    let api = Api::new().await;
    let mut wrong = wish();
    wrong["items"][0]["amount_g"] = json!(0);
    book(&api, RESIDENT, &wrong, "k1").await.faults();
    book(&api, RESIDENT, &wish(), "k1").await.expect(201);
}

#[actix_web::test]
async fn side_by_side_the_same_key_happens_once() {
    let api = Api::new().await;
    let wish = wish();
    let answers = join_all((0..16).map(|_| book(&api, RESIDENT, &wish, "k1"))).await;
    for answer in &answers {
        assert_eq!((answer.status, &answer.text), (201, &answers[0].text));
    }
    assert_eq!(api.events().await, (1, 1));
}

#[actix_web::test]
async fn every_creation_honours_its_key() {
    let api = Api::new().await;
    let depot =
        json!({ "name": { "zh": "站", "en": "Depot" }, "place": { "lat": 22.2, "lon": 113.5, "datum": "wgs84" } });
    let outlet = json!({
        "name": { "zh": "点", "en": "Point" }, "kind": "smart_bin",
        "place": { "lat": 22.2, "lon": 113.5, "datum": "wgs84" }, "streams": ["paper"],
    });
    for (path, body) in [("/v1/depots", &depot), ("/v1/outlets", &outlet)] {
        let first = api.call(PLANNER, Method::POST, path, Some(body), path).await;
        first.expect(201);
        let again = api.call(PLANNER, Method::POST, path, Some(body), path).await;
        assert_eq!((again.status, again.text), (201, first.text), "{path}");
    }
}

#[actix_web::test]
async fn a_key_that_cannot_be_one_is_refused() {
    let api = Api::new().await;
    for key in [" ", &"x".repeat(256)] {
        let refused = book(&api, RESIDENT, &wish(), key).await.faults();
        assert_eq!(refused, [("BAD_IDEMPOTENCY_KEY".to_owned(), "Idempotency-Key".to_owned())], "{key:?}");
    }
}
