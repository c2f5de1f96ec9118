//! Who may call what: every operation of the document is tried by every role, and must hold to the roles it documents.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::{Api, COLLECTOR, ELSEWHERE, NOBODY, PLANNER, RESIDENT};
use crate::http::openapi;

/// Method, path with ids filled in, whether it takes a body, and the roles it documents.
fn operations() -> Vec<(Method, String, bool, Vec<String>)> {
    let document = serde_json::to_value(openapi::document()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let Ok(method) = Method::from_bytes(method.to_uppercase().as_bytes()) else { continue };
            let roles = operation["security"][0]["bearer"].as_array().cloned().unwrap_or_default();
            let roles = roles.iter().map(|role| role.as_str().unwrap().to_owned()).collect();
            let mut filled = String::new();
            for part in path.split('/').skip(1) {
                filled.push('/');
                filled.push_str(if part.starts_with('{') { "0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a10" } else { part });
            }
            all.push((method, filled, operation["requestBody"].is_object(), roles));
        }
    }
    all
}

#[actix_web::test]
async fn every_operation_holds_to_the_roles_it_documents() {
    let api = Api::new().await;
    let operations = operations();
    assert!(operations.len() >= 25, "only {} operations", operations.len());
    for (method, path, takes_body, roles) in &operations {
        if path.starts_with("/v1/session") || !path.starts_with("/v1/") {
            continue;
        }
        assert!(!roles.is_empty(), "{method} {path} documents no role");
        let body = takes_body.then(|| json!({}));
        for who in [RESIDENT, COLLECTOR, PLANNER] {
            let answer = api.call(who, method.clone(), path, body.as_ref(), "").await;
            let allowed = roles.iter().any(|role| role == who);
            assert_eq!(answer.status != 403, allowed, "{who}: {method} {path}: {}", answer.text);
            assert!(answer.status < 500 || answer.body["code"] == "UNAVAILABLE", "{method} {path}: {}", answer.text);
        }
        api.call(NOBODY, method.clone(), path, body.as_ref(), "").await.refused(401, "SIGN_IN_NEEDED");
        api.call("guessed", method.clone(), path, body.as_ref(), "").await.refused(401, "TOKEN_REFUSED");
        api.call("revoked", method.clone(), path, body.as_ref(), "").await.refused(401, "TOKEN_REFUSED");
    }
}

#[actix_web::test]
async fn another_citys_planner_finds_nothing() {
    let api = Api::new().await;
    let booking = api.city.book(1).await[0];
    let (vehicle, outlet, depot) = (api.city.vehicle.id, api.city.outlet.id, api.city.vehicle.depot);
    let own = [
        format!("/v1/bookings/{booking}"),
        format!("/v1/vehicles/{vehicle}"),
        format!("/v1/outlets/{outlet}"),
        format!("/v1/depots/{depot}"),
    ];
    for path in &own {
        api.get(PLANNER, path).await.expect(200);
        api.get(ELSEWHERE, path).await.refused(404, "NOT_FOUND");
    }
    for path in &own[1..] {
        api.patch(ELSEWHERE, path, &json!({})).await.refused(404, "NOT_FOUND");
        api.delete(ELSEWHERE, path).await.refused(404, "NOT_FOUND");
    }
    for (path, list) in [("/v1/bookings", "bookings"), ("/v1/vehicles", "vehicles"), ("/v1/outlets", "outlets")] {
        assert_eq!(api.get(ELSEWHERE, path).await.expect(200)[list], json!([]), "{path}");
    }
    let cells = api.get(ELSEWHERE, "/v1/map/cells?date=2026-11-25").await;
    assert_eq!(cells.expect(200)["features"], json!([]));
}

#[actix_web::test]
async fn a_session_cookie_is_as_good_as_a_token_for_this_sites_pages_alone() {
    let api = Api::new().await;
    let opened = api.post(NOBODY, "/v1/session", &json!({ "token": RESIDENT })).await;
    assert_eq!(opened.expect(200)["role"], "resident");
    assert_eq!(opened.body["today"], "2026-11-24");
    let cookie = opened.headers.get("set-cookie").unwrap().to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "browsers would drop it over plain HTTP: {cookie}");
    let pair = cookie.split(';').next().unwrap().to_owned();
    let request =
        |method: Method, path: &str| TestRequest::with_uri(path).method(method).insert_header(("Cookie", pair.clone()));
    let read = api.send(request(Method::GET, "/v1/session")).await;
    assert_eq!(read.expect(200), &opened.body);
    let change = |site: &'static str| {
        request(Method::POST, "/v1/bookings").insert_header(("Sec-Fetch-Site", site)).set_json(super::wish())
    };
    api.send(change("cross-site")).await.refused(403, "CROSS_SITE");
    api.send(change("same-origin")).await.expect(201);
    let closed = api.send(request(Method::DELETE, "/v1/session")).await;
    assert_eq!(closed.status, 204);
    assert!(closed.headers.get("set-cookie").unwrap().to_str().unwrap().contains("Max-Age=0"));
    api.post(NOBODY, "/v1/session", &json!({ "token": "guessed" })).await.refused(401, "TOKEN_REFUSED");
    let blank: Value = api.post(NOBODY, "/v1/session", &json!({ "token": "" })).await.body;
    assert_eq!(blank["errors"][0]["pointer"], "/token");
}
