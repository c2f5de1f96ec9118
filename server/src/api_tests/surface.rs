//! What holds whatever is asked: wrong paths, methods and bodies, headers of every answer, the page, the document.

use actix_web::http::Method;
use actix_web::test::TestRequest;
use serde_json::{Value, json};

use super::{Api, NOBODY, PLANNER, RESIDENT, wish};

#[actix_web::test]
async fn wrong_paths_and_methods_are_problems() {
    let api = Api::new().await;
    for path in ["/v2/bookings", "/v1", "/v1/", "/v1/bookings/", "/v1/nothing", "/nothing", "/v1/map", "/.git/config"] {
        api.get(PLANNER, path).await.refused(404, "NOT_FOUND");
    }
    for id in ["1", "x", "0193f2a0-7c1e-7bb2-9c11", "%00", "..%2F"] {
        api.get(PLANNER, &format!("/v1/bookings/{id}")).await.refused(404, "NOT_FOUND");
    }
    for (method, path, allowed) in [
        (Method::PUT, "/v1/bookings", "GET, POST"),
        (Method::DELETE, "/v1/bookings/0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a10", "GET"),
        (Method::POST, "/v1/materials", "GET"),
        (Method::POST, "/health", "GET"),
    ] {
        let answer = api.call(PLANNER, method, path, None, "").await;
        answer.refused(405, "METHOD_NOT_ALLOWED");
        assert_eq!(answer.headers.get("allow").unwrap(), allowed, "{path}");
    }
}

#[actix_web::test]
async fn bodies_that_cannot_be_read_are_problems() {
    let api = Api::new().await;
    let post = |body: String| {
        TestRequest::post().uri("/v1/bookings").insert_header(("Authorization", "Bearer resident")).set_payload(body)
    };
    let json = |body: String| post(body).insert_header(("Content-Type", "application/json"));
    api.send(post(wish().to_string())).await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    api.send(post(wish().to_string()).insert_header(("Content-Type", "text/plain")))
        .await
        .refused(415, "UNSUPPORTED_MEDIA_TYPE");
    for broken in ["{", "{\"place\":", "[1,]", "\u{feff}{}", "{} {}", "nul"] {
        let faults = api.send(json(broken.to_owned())).await.faults();
        assert_eq!(faults, [("NOT_JSON".to_owned(), String::new())], "{broken}");
    }
    for odd in ["[]", "null", "1", "\"booking\""] {
        let faults = api.send(json(odd.to_owned())).await.faults();
        assert_eq!(faults[0], ("WRONG_TYPE".to_owned(), String::new()), "{odd}");
    }
    let huge = format!("{{\"address\":\"{}\"}}", "x".repeat(300 << 10));
    api.send(json(huge.clone())).await.refused(413, "BODY_TOO_LARGE");
    // Who may not ask at all learns only that.
    let anonymous = TestRequest::post().uri("/v1/bookings").insert_header(("Content-Type", "application/json"));
    api.send(anonymous.set_payload(huge)).await.refused(401, "SIGN_IN_NEEDED");
}

#[actix_web::test]
async fn unknown_query_parameters_are_refused_everywhere() {
    let api = Api::new().await;
    let unknown = |name: &str| ("UNKNOWN_PARAMETER".to_owned(), name.to_owned());
    for path in ["/v1/bookings", "/v1/materials", "/v1/session", "/v1/map/outlets", "/v1/outlets"] {
        let faults = api.get(RESIDENT, &format!("{path}?page=2&x=")).await.faults();
        assert_eq!(faults, [unknown("page"), unknown("x")], "{path}");
        api.get(NOBODY, &format!("{path}?page=2")).await.refused(401, "SIGN_IN_NEEDED");
    }
    let faults = api.post(RESIDENT, "/v1/bookings?dry_run=1", &wish()).await.faults();
    assert_eq!(faults, [unknown("dry_run")]);
    assert_eq!(api.events().await, (0, 0));
}

#[actix_web::test]
async fn every_answer_is_guarded() {
    let api = Api::new().await;
    let answers = [
        api.get(NOBODY, "/health").await,
        api.get(NOBODY, "/").await,
        api.get(NOBODY, "/nothing").await,
        api.get(RESIDENT, "/v1/materials").await,
        api.get(NOBODY, "/v1/materials").await,
        api.post(RESIDENT, "/v1/bookings", &json!({})).await,
    ];
    for answer in &answers {
        for header in ["content-security-policy", "x-content-type-options", "referrer-policy", "cache-control"] {
            assert!(answer.headers.contains_key(header), "{header} is missing: {}", answer.text);
        }
    }
    assert_eq!(answers[0].expect(200)["status"], "ok");
    assert_eq!(answers[3].headers.get("cache-control").unwrap(), "no-store");
    assert!(answers[4].headers.contains_key("www-authenticate"));
}

#[actix_web::test]
async fn the_document_describes_every_problem_an_operation_can_give() {
    let api = Api::new().await;
    let answer = api.get(NOBODY, "/openapi.json").await;
    let document = answer.expect(200);
    let book = &document["paths"]["/v1/bookings"]["post"];
    let statuses: Vec<&String> = book["responses"].as_object().unwrap().keys().collect();
    assert_eq!(statuses, ["201", "400", "401", "403", "408", "409", "413", "415", "422", "500", "503"]);
    let problem = &book["responses"]["422"]["content"]["application/problem+json"]["schema"]["$ref"];
    assert_eq!(problem, "#/components/schemas/Problem");
    assert_eq!(book["parameters"][0]["name"], "Idempotency-Key");
    assert_eq!(
        book["security"],
        json!([{ "bearer": ["resident", "planner"] }, { "session": ["resident", "planner"] }])
    );
    let slots = document["paths"]["/v1/slots"]["get"]["parameters"].as_array().unwrap();
    let names: Vec<&str> = slots.iter().map(|parameter| parameter["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["lat", "lon", "datum", "date"]);
    assert_eq!(document["components"]["schemas"]["CreateBooking"]["additionalProperties"], false);
    let mut ids: Vec<&str> = Vec::new();
    for item in document["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let asks = operation["parameters"].as_array().is_some_and(|all| all.iter().any(|one| one["in"] == "query"));
            assert!(!asks || operation["responses"]["422"].is_object(), "{operation}");
            ids.push(operation["operationId"].as_str().unwrap());
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{operation}");
            assert!(operation["tags"].as_array().is_some_and(|tags| tags.len() == 1), "{operation}");
        }
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "operation ids are unique");
    assert_eq!(unresolved(document, document), Vec::<String>::new());
}

/// References that lead nowhere.
fn unresolved(document: &Value, part: &Value) -> Vec<String> {
    match part {
        Value::Object(fields) => {
            let own = fields.get("$ref").and_then(Value::as_str);
            let lost = own.filter(|target| document.pointer(target.trim_start_matches('#')).is_none());
            let inner = fields.values().flat_map(|inner| unresolved(document, inner));
            lost.map(str::to_owned).into_iter().chain(inner).collect()
        }
        Value::Array(entries) => entries.iter().flat_map(|inner| unresolved(document, inner)).collect(),
        _ => Vec::new(),
    }
}
