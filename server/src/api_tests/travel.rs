//! Matrices and routes on a city's roads: one street in the shape of a U.

use serde_json::{Value, json};

use super::{Api, COLLECTOR, ELSEWHERE, PLANNER, RESIDENT};

/// The two ends of the street and its foot; the last point lies two kilometres from any road.
fn points() -> Value {
    json!([
        { "lat": 22.22, "lon": 113.500 },
        { "lat": 22.20, "lon": 113.500 },
        { "lat": 22.22, "lon": 113.506 },
        { "lat": 22.22, "lon": 113.530 },
    ])
}

fn question() -> Value {
    json!({ "profile": "van", "datum": "wgs84", "points": points() })
}

fn with(mut body: Value, field: &str, value: Value) -> Value {
    body[field] = value;
    body
}

#[actix_web::test]
async fn a_matrix_follows_the_street_and_says_what_lies_too_far_from_it() {
    let api = Api::new().await;
    let answer = api.post(PLANNER, "/v1/travel/matrix", &question()).await;
    let body = answer.expect(200);
    assert_eq!(answer.headers.get("content-type").unwrap(), "application/json");
    let metres = |from: usize, to: usize| body["metres"][from][to].as_f64().unwrap();
    // 0.02 degrees of latitude are 2,224 m; the foot of the U is 0.006 degrees of longitude.
    assert!((metres(0, 1) - 2_224.0).abs() < 5.0, "{body}");
    assert!((metres(0, 2) - (2.0 * 2_224.0 + 618.0)).abs() < 10.0, "{body}");
    assert_eq!(metres(1, 1), 0.0);
    assert!(body["seconds"][0][2].as_u64().unwrap() > body["seconds"][0][1].as_u64().unwrap());
    assert_eq!(body["seconds"][0][3], Value::Null);
    assert_eq!(body["metres"][3][0], Value::Null);
    assert_eq!(body["snapped"][3], Value::Null);
    assert!(body["snapped"][0]["distance_m"].as_f64().unwrap() < 1.0);
    assert_eq!(body["source"], json!({ "kind": "roads", "note": null }));

    let part = with(with(question(), "sources", json!([2])), "targets", json!([1, 0]));
    let answer = api.post(PLANNER, "/v1/travel/matrix", &part).await;
    let part = answer.expect(200);
    assert_eq!(part["metres"], json!([[body["metres"][2][1], body["metres"][2][0]]]));
    assert_eq!(part["snapped"], body["snapped"]);
}

#[actix_web::test]
async fn a_route_leads_through_all_points_or_says_where_it_cannot() {
    let api = Api::new().await;
    let through = |indices: &[usize]| {
        let all = points();
        with(question(), "points", indices.iter().map(|&k| all[k].clone()).collect())
    };
    let matrix = api.post(PLANNER, "/v1/travel/matrix", &question()).await;
    let answer = api.post(COLLECTOR, "/v1/travel/route", &through(&[0, 2, 1])).await;
    let body = answer.expect(200);
    assert_eq!(body["legs"][0]["metres"], matrix.body["metres"][0][2]);
    assert_eq!(body["legs"][1]["seconds"], matrix.body["seconds"][2][1]);
    let sum = |field: &str| body["legs"].as_array().unwrap().iter().map(|leg| leg[field].as_u64().unwrap()).sum();
    assert_eq!((body["seconds"].as_u64(), body["metres"].as_u64()), (Some(sum("seconds")), Some(sum("metres"))));
    let line = body["line"].as_array().unwrap();
    assert_eq!(line.first(), Some(&json!({ "lat": 22.22, "lon": 113.5 })));
    assert_eq!(line.last(), Some(&json!({ "lat": 22.2, "lon": 113.5 })));
    assert!(line.windows(2).all(|pair| pair[0] != pair[1]), "{body}");

    let broken = api.post(PLANNER, "/v1/travel/route", &through(&[0, 1, 3])).await;
    let body = broken.expect(200);
    assert!(body["legs"][0].is_object() && body["legs"][1].is_null(), "{body}");
    assert!(body["seconds"].is_null() && body["metres"].is_null() && body["line"].is_null(), "{body}");
    assert!(body["snapped"][2].is_null());
}

#[actix_web::test]
async fn every_fault_of_a_question_is_told() {
    let api = Api::new().await;
    let fault = |code: &str, at: &str| (code.to_owned(), at.to_owned());
    let wrong = json!({
        "profile": "boat",
        "points": [{ "lat": 22.2, "lon": 113.5 }, { "lat": 95.0, "lon": 113.5 }],
        "sources": [0, 2],
        "targets": [],
        "when": "now",
    });
    let faults = api.post(PLANNER, "/v1/travel/matrix", &wrong).await.faults();
    let expected = [
        fault("MISSING_DATUM", "/datum"),
        fault("OUT_OF_RANGE", "/points/1/lat"),
        fault("UNKNOWN_VALUE", "/profile"),
        fault("OUT_OF_RANGE", "/sources/1"),
        fault("OUT_OF_RANGE", "/targets"),
        fault("UNKNOWN_FIELD", "/when"),
    ];
    assert_eq!(faults, expected);

    let many: Value = (0..2_001).map(|_| json!({ "lat": 22.2, "lon": 113.5 })).collect();
    let faults = api.post(PLANNER, "/v1/travel/matrix", &with(question(), "points", many.clone())).await.faults();
    assert_eq!(faults, [fault("OUT_OF_RANGE", "/points")]);
    let row = with(with(question(), "points", many), "sources", json!([0]));
    api.post(PLANNER, "/v1/travel/matrix", &row).await.expect(200);

    let one = with(question(), "points", json!([{ "lat": 22.2, "lon": 113.5 }]));
    assert_eq!(api.post(PLANNER, "/v1/travel/route", &one).await.faults(), [fault("OUT_OF_RANGE", "/points")]);
    api.post(PLANNER, "/v1/travel/matrix", &one).await.expect(200);
}

#[actix_web::test]
async fn only_who_plans_may_ask_and_only_where_roads_are() {
    let api = Api::new().await;
    api.post(RESIDENT, "/v1/travel/matrix", &question()).await.refused(403, "FORBIDDEN");
    api.post(COLLECTOR, "/v1/travel/matrix", &question()).await.refused(403, "FORBIDDEN");
    api.post(RESIDENT, "/v1/travel/route", &question()).await.refused(403, "FORBIDDEN");
    api.post(ELSEWHERE, "/v1/travel/matrix", &question()).await.refused(409, "NO_ROADS");
}
