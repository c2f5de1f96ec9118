//! Outlets, depots and vehicles: opened, changed, closed, and what published plans learn of it.

use serde_json::{Value, json};

use super::{Api, ELSEWHERE, PLANNER, RESIDENT};
use crate::domain::OutletId;
use crate::domain::event::EventKind;

fn outlet() -> Value {
    json!({
        "name": { "zh": "中转站", "en": "Transfer" },
        "kind": "transfer_station",
        "place": { "lat": 22.2, "lon": 113.5, "datum": "wgs84" },
        "streams": ["paper", "glass"],
        "accepts_collectors": true,
        "hours": [{ "opens": "08:00", "closes": "12:00" }, { "opens": "13:00", "closes": "24:00" }],
        "unload_s": 300,
        "gate_fee_fen": -50,
        "capacity": [{ "stream": "paper", "mass_g": 1_000_000, "volume_l": 20_000 }],
    })
}

fn vehicle(depot: &str) -> Value {
    json!({
        "name": "7",
        "profile": "van",
        "depot_id": depot,
        "capacity_g": 600_000,
        "compartments": [
            { "streams": ["paper", "weee"], "capacity_g": 500_000, "capacity_l": 3_000 },
            { "streams": ["glass"], "capacity_g": 100_000, "capacity_l": 300 },
        ],
        "shift": { "opens": "08:00", "closes": "18:00" },
        "pause": { "begins": { "opens": "12:00", "closes": "13:00" }, "duration_s": 1_800 },
        "costs": { "fixed_fen": 9_000, "per_hour_fen": 3_500, "per_km_fen": 80 },
        "skills": ["two_persons"],
    })
}

/// Sets one field, named by its pointer, and expects exactly these faults.
async fn refuses(api: &Api, path: &str, sound: &Value, at: &str, value: Value, expected: &[(&str, &str)]) {
    let mut body = sound.clone();
    *body.pointer_mut(at).unwrap() = value;
    let answer = api.post(PLANNER, path, &body).await;
    let faults = answer.faults();
    let faults: Vec<(&str, &str)> = faults.iter().map(|(code, at)| (code.as_str(), at.as_str())).collect();
    assert_eq!(faults, expected, "{at}: {}", answer.text);
}

#[actix_web::test]
async fn each_fault_of_an_outlet_is_told() {
    let api = Api::new().await;
    let sound = outlet();
    let no = async |at, value, expected| refuses(&api, "/v1/outlets", &sound, at, value, expected).await;
    no("/name/en", json!("  "), &[("EMPTY", "/name/en")]).await;
    no("/name/zh", json!(""), &[("OUT_OF_RANGE", "/name/zh")]).await;
    no("/kind", json!("landfill"), &[("UNKNOWN_VALUE", "/kind")]).await;
    no("/place/lat", json!(50.0), &[("OUTSIDE_SERVICE_AREA", "/place")]).await;
    no("/streams/0", json!("gold"), &[("CONTRADICTION", "/capacity"), ("UNKNOWN_STREAM", "/streams/0")]).await;
    no("/streams/1", json!("paper"), &[("DUPLICATE_ITEM", "/streams/1")]).await;
    no("/streams", json!([]), &[("CONTRADICTION", "/capacity"), ("OUT_OF_RANGE", "/streams")]).await;
    no("/hours/0/opens", json!("8:00"), &[("BAD_TIME_OF_DAY", "/hours/0/opens")]).await;
    no("/hours/0/closes", json!("24:01"), &[("BAD_TIME_OF_DAY", "/hours/0/closes")]).await;
    no("/hours/0/closes", json!("07:00"), &[("HOURS_REVERSED", "/hours/0")]).await;
    no("/hours/0/closes", json!("14:00"), &[("CONTRADICTION", "/hours")]).await;
    no("/unload_s", json!(-1), &[("OUT_OF_RANGE", "/unload_s")]).await;
    no("/gate_fee_fen", json!(i64::MIN), &[("OUT_OF_RANGE", "/gate_fee_fen")]).await;
    no("/capacity/0/stream", json!("weee"), &[("CONTRADICTION", "/capacity")]).await;
    no("/capacity/0/mass_g", json!(-1), &[("OUT_OF_RANGE", "/capacity/0/mass_g")]).await;
    assert_eq!(api.events().await, (0, 0));
    api.post(PLANNER, "/v1/outlets", &sound).await.expect(201);
}

#[actix_web::test]
async fn each_fault_of_a_vehicle_is_told() {
    let api = Api::new().await;
    let depot = api.city.vehicle.depot.to_string();
    let sound = vehicle(&depot);
    let no = async |at, value, expected| refuses(&api, "/v1/vehicles", &sound, at, value, expected).await;
    let stranger = OutletId::new().to_string();
    no("/name", json!(" "), &[("EMPTY", "/name")]).await;
    no("/profile", json!("ship"), &[("UNKNOWN_VALUE", "/profile")]).await;
    no("/depot_id", json!("main"), &[("UNKNOWN_DEPOT", "/depot_id")]).await;
    no("/depot_id", json!(stranger), &[("UNKNOWN_DEPOT", "/depot_id")]).await;
    no("/capacity_g", json!(0), &[("OUT_OF_RANGE", "/capacity_g")]).await;
    no("/compartments", json!([]), &[("OUT_OF_RANGE", "/compartments")]).await;
    no("/compartments/0/streams/0", json!("gold"), &[("UNKNOWN_STREAM", "/compartments/0/streams/0")]).await;
    no("/compartments/1/streams", json!(["weee"]), &[("DUPLICATE_ITEM", "/compartments/1/streams")]).await;
    no(
        "/compartments/0/streams",
        json!(["paper", "glass"]),
        &[("CONTRADICTION", "/compartments/0/streams"), ("DUPLICATE_ITEM", "/compartments/1/streams")],
    )
    .await;
    no("/shift/closes", json!("07:00"), &[("HOURS_REVERSED", "/shift")]).await;
    no("/shift/closes", json!("13:00"), &[("CONTRADICTION", "/pause")]).await;
    no("/pause/duration_s", json!(59), &[("OUT_OF_RANGE", "/pause/duration_s")]).await;
    no("/costs/per_km_fen", json!(-1), &[("OUT_OF_RANGE", "/costs/per_km_fen")]).await;
    no("/skills/0", json!("Two persons"), &[("UNKNOWN_VALUE", "/skills/0")]).await;
    assert_eq!(api.events().await, (0, 0));
    api.post(PLANNER, "/v1/vehicles", &sound).await.expect(201);
}

#[actix_web::test]
async fn an_outlet_is_opened_changed_and_closed() {
    let api = Api::new().await;
    let opened = api.post(PLANNER, "/v1/outlets", &outlet()).await;
    let mut expected = outlet();
    expected["id"] = json!(opened.id());
    expected["active"] = json!(true);
    assert_eq!(opened.expect(201), &expected, "what was sent comes back");
    let path = format!("/v1/outlets/{}", opened.id());

    let changed = api.patch(PLANNER, &path, &json!({ "unload_s": 600 })).await;
    expected["unload_s"] = json!(600);
    assert_eq!(changed.expect(200), &expected, "only the field that was given changes");
    assert_eq!(api.patch(PLANNER, &path, &json!({})).await.expect(200), &expected);
    let refused = api.patch(PLANNER, &path, &json!({ "streams": ["glass"], "active": false })).await.faults();
    let contradiction = ("CONTRADICTION".to_owned(), "/streams".to_owned());
    assert_eq!(refused, [("UNKNOWN_FIELD".to_owned(), "/active".to_owned()), contradiction]);

    assert_eq!(api.delete(PLANNER, &path).await.status, 204);
    assert_eq!(api.delete(PLANNER, &path).await.status, 204, "closed twice is closed");
    assert_eq!(api.get(RESIDENT, &path).await.expect(200)["active"], false);
    api.patch(PLANNER, &path, &json!({ "unload_s": 1 })).await.refused(409, "CLOSED");
    let id: OutletId = opened.id().parse().unwrap();
    let told = [EventKind::OutletCreated, EventKind::OutletChanged, EventKind::OutletClosed];
    assert_eq!(api.city.history(id.0).await, told);
}

#[actix_web::test]
async fn a_depot_is_closed_when_no_vehicle_starts_there() {
    let api = Api::new().await;
    let depot =
        json!({ "name": { "zh": "车场", "en": "Yard" }, "place": { "lat": 22.2, "lon": 113.5, "datum": "wgs84" } });
    let depot = api.post(PLANNER, "/v1/depots", &depot).await;
    depot.expect(201);
    let added = api.post(PLANNER, "/v1/vehicles", &vehicle(&depot.id())).await;
    assert_eq!(added.expect(201)["pause"]["begins"], json!({ "opens": "12:00", "closes": "13:00" }));
    let (yard, van) = (format!("/v1/depots/{}", depot.id()), format!("/v1/vehicles/{}", added.id()));
    api.delete(PLANNER, &yard).await.refused(409, "DEPOT_IN_USE");
    assert_eq!(api.delete(PLANNER, &van).await.status, 204);
    assert_eq!(api.delete(PLANNER, &yard).await.status, 204);
    assert_eq!(api.get(PLANNER, &yard).await.expect(200)["active"], false);
    assert_eq!(api.get(PLANNER, &van).await.expect(200)["active"], false);
    api.patch(PLANNER, &van, &json!({ "name": "8" })).await.refused(409, "RETIRED");
    let faults = api.post(PLANNER, "/v1/vehicles", &vehicle(&depot.id())).await.faults();
    assert_eq!(faults, [("UNKNOWN_DEPOT".to_owned(), "/depot_id".to_owned())], "a closed depot takes no vehicle");
}

#[actix_web::test]
async fn a_change_of_the_fleet_makes_published_plans_stale() {
    let api = Api::new().await;
    let served = api.city.book(1).await;
    let plan = api.city.solved(&served).await;
    api.post(PLANNER, &format!("/v1/plans/{plan}/publish"), &json!({})).await.expect(200);
    let path = format!("/v1/vehicles/{}", api.city.vehicle.id);
    let unchanged = json!({ "name": api.city.vehicle.name });
    api.patch(PLANNER, &path, &unchanged).await.expect(200);
    assert!(!api.city.history(plan.0).await.contains(&EventKind::PlanStale), "nothing differs");
    api.patch(PLANNER, &path, &json!({ "capacity_g": 400_000 })).await.expect(200);
    assert!(api.city.history(plan.0).await.contains(&EventKind::PlanStale));
    assert_eq!(api.get(PLANNER, &format!("/v1/plans/{plan}")).await.expect(200)["stale"], true);
}

#[actix_web::test]
async fn the_nearest_outlets_come_first() {
    let api = Api::new().await;
    for (k, streams) in [(3, json!(["paper"])), (1, json!(["glass"])), (2, json!(["paper", "weee"]))] {
        let mut outlet = outlet();
        outlet["place"]["lat"] = json!(22.2 + f64::from(k) * 0.01);
        outlet["name"]["en"] = json!(format!("{k}"));
        outlet["streams"] = streams;
        outlet["capacity"] = json!([]);
        api.post(ELSEWHERE, "/v1/outlets", &outlet).await.expect(201);
    }
    let nearest = async |more: &str| -> Vec<(String, i64)> {
        let path = format!("/v1/outlets/nearest?lat=22.2&lon=113.5&datum=wgs84{more}");
        let answer = api.get(ELSEWHERE, &path).await;
        let found = answer.expect(200)["outlets"].as_array().unwrap().clone();
        let entry = |found: &Value| {
            assert_eq!(found["basis"], "straight_line", "this city has no roads");
            (found["outlet"]["name"]["en"].as_str().unwrap().to_owned(), found["distance_m"].as_i64().unwrap())
        };
        found.iter().map(entry).collect()
    };
    let degree = 111_195.08;
    let at = |k: i64| (k.to_string(), (degree * 0.01 * k as f64).round() as i64);
    assert_eq!(nearest("").await, [at(1), at(2), at(3)]);
    assert_eq!(nearest("&limit=1").await, [at(1)]);
    assert_eq!(nearest("&stream=paper").await, [at(2), at(3)]);
    assert_eq!(nearest("&material=weee_fridge").await, [at(2)]);
    assert_eq!(nearest("&stream=glass&material=paper_occ").await, []);
    let faults =
        api.get(ELSEWHERE, "/v1/outlets/nearest?lat=22.2&lon=113.5&datum=wgs84&stream=gold&limit=51").await.faults();
    assert_eq!(
        faults,
        [("OUT_OF_RANGE", "limit"), ("UNKNOWN_STREAM", "stream")].map(|(code, at)| (code.to_owned(), at.to_owned()))
    );
}

#[actix_web::test]
async fn the_nearest_outlet_is_the_one_with_the_shortest_walk() {
    let api = Api::new().await;
    for (name, lat, lon) in [("across the gap", 22.22, 113.506), ("down the street", 22.21, 113.5)] {
        let mut outlet = outlet();
        outlet["place"] = json!({ "lat": lat, "lon": lon, "datum": "wgs84" });
        outlet["name"]["en"] = json!(name);
        api.post(PLANNER, "/v1/outlets", &outlet).await.expect(201);
    }
    let answer = api.get(RESIDENT, "/v1/outlets/nearest?lat=22.22&lon=113.5&datum=wgs84").await;
    let found = answer.expect(200)["outlets"].as_array().unwrap();
    let names: Vec<&str> = found.iter().map(|found| found["outlet"]["name"]["en"].as_str().unwrap()).collect();
    assert_eq!(names, ["down the street", "across the gap"], "the fixture's own outlet lies on no road");
    assert!(found.iter().all(|found| found["basis"] == "foot"));
    let metres: Vec<i64> = found.iter().map(|found| found["distance_m"].as_i64().unwrap()).collect();
    assert!((metres[0] - 1_112).abs() < 5, "{metres:?}");
    assert!((metres[1] - (2_224 + 617 + 2_224)).abs() < 10, "{metres:?}");
}

#[actix_web::test]
async fn published_routes_are_drawn_along_the_roads() {
    let api = Api::new().await;
    let roads = api.get(RESIDENT, "/v1/map/roads").await;
    assert_eq!(roads.expect(200)["features"][0]["properties"]["class"], "minor");
    let served = api.city.book(1).await;
    let plan = api.city.solved(&served).await;
    let path = "/v1/map/routes?date=2026-11-25";
    assert_eq!(api.get(PLANNER, path).await.expect(200)["features"], json!([]), "it is not published yet");
    api.post(PLANNER, &format!("/v1/plans/{plan}/publish"), &json!({})).await.expect(200);
    for who in [PLANNER, super::COLLECTOR] {
        let lines = api.get(who, path).await;
        let line = &lines.expect(200)["features"][0];
        assert_eq!(line["properties"]["vehicle_id"], api.city.vehicle.id.to_string());
        assert_eq!(line["properties"]["plan_id"], plan.to_string());
        // Depot, booking and outlet lie ten kilometres from the only street: nothing is drawn where nothing leads.
        assert_eq!(line["geometry"], json!({ "type": "MultiLineString", "coordinates": [] }));
        assert_eq!(line["properties"]["legs_without_way"], 3);
        assert_eq!((&line["properties"]["source"], &line["properties"]["stands_in"]), (&json!("roads"), &json!(null)));
    }
    api.get(RESIDENT, path).await.refused(403, "FORBIDDEN");
}

#[actix_web::test]
async fn the_map_shows_demand_and_outlets() {
    let api = Api::new().await;
    for _ in 0..2 {
        api.post(RESIDENT, "/v1/bookings", &super::wish()).await.expect(201);
    }
    let answer = api.get(PLANNER, "/v1/map/cells?date=2026-11-25").await;
    let cells = answer.expect(200)["features"].as_array().unwrap();
    assert_eq!(cells.len(), 1);
    let demand = &cells[0]["properties"];
    assert_eq!(
        (&demand["bookings"], &demand["mass_g"]),
        (&json!(2), &json!(112_000)),
        "a booking of two materials is one"
    );
    assert_eq!(cells[0]["geometry"]["coordinates"][0].as_array().unwrap().len(), 7);
    assert_eq!(answer.headers.get("content-type").unwrap(), "application/geo+json");
    let outlets = api.get(RESIDENT, "/v1/map/outlets").await;
    let outlet = &outlets.expect(200)["features"][0];
    assert_eq!(outlet["properties"]["id"], api.city.outlet.id.to_string());
    assert_eq!(outlet["geometry"]["coordinates"], json!([113.5, 22.12]), "longitude first");
    assert_eq!(api.get(ELSEWHERE, "/v1/map/roads").await.expect(200)["features"], json!([]));
    assert_eq!(api.get(PLANNER, "/v1/map/routes?date=2026-11-25").await.expect(200)["features"], json!([]));
}

#[actix_web::test]
async fn the_catalogue_names_streams_that_may_not_mix() {
    let api = Api::new().await;
    let list = api.get(RESIDENT, "/v1/materials").await.expect(200).clone();
    let stream = |code: &str| -> Value {
        list["streams"].as_array().unwrap().iter().find(|stream| stream["code"] == code).unwrap().clone()
    };
    assert_eq!(stream("paper")["may_not_mix_with"], json!(["glass"]));
    assert_eq!(stream("glass")["may_not_mix_with"], json!(["paper"]));
    assert_eq!(stream("weee")["may_not_mix_with"], json!([]));
    assert_eq!(list["materials"].as_array().unwrap().len(), 5);
}
