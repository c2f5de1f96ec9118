//! Matrices and routes on a city's roads: one street in the shape of a U.

use huilu_model::Datum;
use serde_json::{Value, json};

use super::{Api, COLLECTOR, ELSEWHERE, PLANNER, RESIDENT};
use crate::app::import;

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
    assert_eq!(body["source"], json!({ "kind": "roads", "note": null, "stands_in": null }));

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

#[actix_web::test]
async fn what_is_reached_grows_with_the_limit_and_follows_the_street() {
    let api = Api::new().await;
    let ask = |limits: Value| json!({ "profile": "foot", "datum": "wgs84", "from": { "lat": 22.21, "lon": 113.5 }, "limits_s": limits });
    let answer = api.post(PLANNER, "/v1/travel/reach", &ask(json!([300, 600]))).await;
    let features = answer.expect(200)["features"].as_array().unwrap();
    assert_eq!(answer.headers.get("content-type").unwrap(), "application/geo+json");
    let told =
        |k: usize| (features[k]["properties"]["limit_s"].as_u64(), features[k]["properties"]["area_m2"].as_f64());
    let ((widest, far), (narrowest, near)) = (told(0), told(1));
    assert_eq!((widest, narrowest), (Some(600), Some(300)));
    // Walking 1.2 m/s for 300 s is 360 m each way along the street; hexagons of 2,150 m2 are 43 to 50 m across.
    assert!((25_000.0..50_000.0).contains(&near.unwrap()), "{near:?}");
    // Twice the street, but as many ends.
    assert!((1.8..2.0).contains(&(far.unwrap() / near.unwrap())), "{near:?} {far:?}");
    let lats = |k: usize| -> Vec<f64> {
        let ring = features[k]["geometry"]["coordinates"][0][0].as_array().unwrap();
        ring.iter().map(|at| at[1].as_f64().unwrap()).collect()
    };
    let north = lats(1).into_iter().fold(f64::MIN, f64::max);
    assert!(((north - 22.21) * 111_195.0 - 360.0).abs() < 60.0, "{north}");
    let rings = features[1]["geometry"]["coordinates"][0].as_array().unwrap();
    let ring = rings[0].as_array().unwrap();
    assert_eq!(ring.first(), ring.last());
    let within = |at: &Value| (at[0].as_f64().unwrap() - 113.5).abs() < 0.001;
    assert!(ring.iter().all(within), "the area keeps to the street: {ring:?}");

    let mut far_off = ask(json!([300]));
    far_off["from"]["lon"] = json!(113.6);
    api.post(PLANNER, "/v1/travel/reach", &far_off).await.refused(409, "TOO_FAR_FROM_ROAD");
    let fault = |code: &str, at: &str| (code.to_owned(), at.to_owned());
    let wrong = with(ask(json!([0])), "depart", json!("25:00"));
    let faults = api.post(PLANNER, "/v1/travel/reach", &wrong).await.faults();
    assert_eq!(faults, [fault("BAD_TIME_OF_DAY", "/depart"), fault("OUT_OF_RANGE", "/limits_s/0")]);
}

#[actix_web::test]
async fn a_closed_zone_keeps_its_profiles_out_at_its_hours() {
    let api = Api::new().await;
    let ring = json!([[113.49, 22.195], [113.502, 22.195], [113.502, 22.205], [113.49, 22.205], [113.49, 22.195]]);
    let zones = json!({ "type": "FeatureCollection", "features": [{
        "type": "Feature",
        "properties": { "name": "old town", "profiles": ["van"], "hours": "07:00-09:00" },
        "geometry": { "type": "Polygon", "coordinates": [ring] },
    }] });
    let services = &api.city.services;
    let import = async |bytes: String| {
        import::closures(services, api.city.operator(), "zones.geojson", bytes.as_bytes(), Datum::Wgs84).await
    };
    let seconds = async |profile: &str, depart: Option<&str>| {
        let mut asked = with(question(), "profile", json!(profile));
        if let Some(depart) = depart {
            asked["depart"] = json!(depart);
        }
        let answer = api.post(PLANNER, "/v1/travel/matrix", &asked).await;
        let body = answer.expect(200);
        (body["seconds"][0][1].as_u64(), body["snapped"][1]["closed_by"].as_str().map(str::to_owned))
    };
    let (open, none) = seconds("van", Some("08:00")).await;
    assert!(open.is_some() && none.is_none(), "control: nothing is closed yet");
    let imported = import(zones.to_string()).await.unwrap();
    assert_eq!((imported.zones, imported.again), (1, false));
    assert!(import(zones.to_string()).await.unwrap().again);
    let (closed, why) = seconds("van", Some("08:00")).await;
    assert_eq!(closed, None);
    assert!(why.unwrap().contains("old town"));
    assert!(seconds("van", Some("10:00")).await.0.is_some());
    assert!(seconds("van", None).await.0.is_some());
    assert!(seconds("truck", Some("08:00")).await.0.is_some());
    // Who starts on a closed road gets nowhere, and is told why.
    let reach = async |depart: &str| {
        let from = json!({ "lat": 22.2, "lon": 113.5 });
        let asked = json!({ "profile": "van", "datum": "wgs84", "from": from, "limits_s": [60], "depart": depart });
        api.post(PLANNER, "/v1/travel/reach", &asked).await.expect(200)["features"].as_array().unwrap().clone()
    };
    let shut = reach("08:00").await;
    assert_eq!((shut.len(), &shut[0]["geometry"]["type"]), (1, &json!("Point")), "{shut:?}");
    assert!(shut[0]["properties"]["closed_by"].as_str().unwrap().contains("old town"));
    let open = reach("10:00").await;
    assert_eq!((open.len(), &open[1]["geometry"]["coordinates"]), (2, &json!([113.5, 22.2])), "control: {open:?}");
    assert_eq!(
        (&open[0]["geometry"]["type"], &open[1]["properties"]["closed_by"]),
        (&json!("MultiPolygon"), &json!(null))
    );
    let bad = import(zones.to_string().replace("07:00", "soon")).await.unwrap_err().to_string();
    assert!(bad.contains("zones.geojson: feature 1: old town"), "{bad}");
    assert_eq!(seconds("van", Some("08:00")).await.0, None, "what was there stays");
    let elsewhere = zones.to_string().replace("22.", "52.");
    let bad = import(elsewhere.clone()).await.unwrap_err().to_string();
    assert!(bad.contains("outside of the city"), "{bad}");
    assert_eq!(seconds("van", Some("08:00")).await.0, None, "what was there stays");
    let feature = |text: &str| serde_json::from_str::<Value>(text).unwrap()["features"][0].clone();
    let both = with(zones.clone(), "features", json!([zones["features"][0], feature(&elsewhere)]));
    let imported = import(both.to_string()).await.unwrap();
    assert_eq!((imported.zones, imported.outside.len()), (2, 1), "one of two is only told");
    import(json!({ "type": "FeatureCollection", "features": [] }).to_string()).await.unwrap();
    assert!(seconds("van", Some("08:00")).await.0.is_some(), "an empty file opens everything");
}
