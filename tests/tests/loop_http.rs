//! The whole loop over HTTP, on both databases: a resident books, a planner plans and publishes, a collector drives and
//! reports, a planner sites outlets and adopts the answer.
//!
//! Goal: every part is the real one. Method: the built binary with the demo city, PostgreSQL of its own where it is
//! asked for, no word of the server's insides.

use std::time::Duration;

use huilu_tests::{Api, DayInFuture, Postgres, Server, demo_server, finished_run, plan_day};
use serde_json::{Value, json};

const RUN_LIMIT: Duration = Duration::from_secs(150);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loop_runs_on_sqlite() {
    let server = demo_server(None);
    the_loop(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_loop_runs_on_postgresql() {
    let postgres = Postgres::start();
    let url = postgres.create_database("the_loop");
    let server = demo_server(Some(&url));
    the_loop(&server).await;
    drop(server);
}

async fn the_loop(server: &Server) {
    let day = DayInFuture::tomorrow(&server.planner()).await;
    let place = somewhere(&server.planner()).await;

    a_resident_looks_around(&server.resident(), &place, &day).await;
    let booked = a_resident_books(&server.resident(), &place, &day).await;
    let plan = a_planner_plans_and_publishes(&server.planner(), &day, &booked).await;
    a_collector_drives(server, &day, &booked).await;
    a_booking_after_publication_makes_the_plan_stale(server, &place, &day, &plan).await;
    a_planner_sites_outlets(&server.planner(), &day, &plan).await;
}

/// A depot's place: certainly inside the city and on a road.
async fn somewhere(planner: &Api) -> Value {
    let depots = planner.get("/v1/depots").await.expect(200);
    depots["depots"][0]["place"].clone()
}

async fn a_resident_looks_around(resident: &Api, place: &Value, day: &DayInFuture) {
    let materials = resident.get("/v1/materials").await.expect(200);
    let codes: Vec<&str> =
        materials["materials"].as_array().unwrap().iter().filter_map(|m| m["code"].as_str()).collect();
    assert!(codes.contains(&"paper_occ") && codes.len() > 20, "{codes:?}");
    let streams = materials["streams"].as_array().unwrap();
    assert!(streams.iter().any(|s| s["may_not_mix_with"].as_array().is_some_and(|list| !list.is_empty())));

    let at = format!("lat={}&lon={}&datum=wgs84", place["lat"], place["lon"]);
    let slots = resident.get(&format!("/v1/slots?{at}&date={}", day.date)).await.expect(200);
    let free = slots["slots"].as_array().unwrap().iter().filter(|slot| slot["left"].as_i64() > Some(0)).count();
    assert!(free >= 4, "{slots}");

    let nearest = resident.get(&format!("/v1/outlets/nearest?{at}")).await.expect(200);
    let found = nearest["outlets"].as_array().unwrap();
    assert!(!found.is_empty());
    let metres: Vec<i64> = found.iter().filter_map(|o| o["distance_m"].as_i64()).collect();
    assert!(metres.is_sorted(), "nearest first: {metres:?}");
    assert!(found.iter().any(|o| o["basis"] == "foot"), "{nearest}");
}

fn booking(place: &Value, day: &DayInFuture, hour: u32) -> Value {
    json!({
        "place": place,
        "address": "Gate 2, building 5, unit 1",
        "items": [{"material": "paper_occ", "amount_g": 6_000}, {"material": "plastic_pet", "amount_g": 1_500}],
        "window": {"start": day.at(hour), "end": day.at(hour + 2)},
    })
}

/// Returns the id of a booking that stays.
async fn a_resident_books(resident: &Api, place: &Value, day: &DayInFuture) -> String {
    let body = booking(place, day, 9);
    let created = resident.post_once("/v1/bookings", "first", body.clone()).await.expect(201);
    assert_eq!(created["state"], "booked");
    assert_eq!(created["service_date"], day.date.as_str());
    assert_eq!(created["items"][0]["volume_l"], 100, "6 kg of cardboard at 60 g a litre");
    let id = created["id"].as_str().unwrap().to_owned();

    let again = resident.post_once("/v1/bookings", "first", body).await.expect(201);
    assert_eq!(again, created, "the same key is the same booking");
    let other = resident.post_once("/v1/bookings", "first", booking(place, day, 11)).await;
    assert_eq!(other.problem(422)["code"], "IDEMPOTENCY_KEY_REUSED");

    let read = resident.get(&format!("/v1/bookings/{id}")).await.expect(200);
    assert_eq!(read, created);
    let regretted = resident.post("/v1/bookings", booking(place, day, 13)).await.expect(201);
    let regretted = regretted["id"].as_str().unwrap();
    // Sent four times at once with one key: whichever comes first cancels, and none is told that there is nothing left.
    let path = format!("/v1/bookings/{regretted}/cancel");
    let cancel = || resident.post_once(&path, "regretted", json!({"reason": "moved"}));
    let (a, b, c, d) = tokio::join!(cancel(), cancel(), cancel(), cancel());
    for answer in [a, b, c, d] {
        assert_eq!(answer.expect(200)["state"], "cancelled");
    }
    let twice = resident.post(&format!("/v1/bookings/{regretted}/cancel"), json!({})).await;
    assert_eq!(twice.problem(409)["status"], 409);
    let mine = resident.get("/v1/bookings").await.expect(200);
    assert_eq!(mine["bookings"].as_array().unwrap().len(), 2, "a resident sees the own bookings alone: {mine}");
    id
}

async fn a_planner_plans_and_publishes(planner: &Api, day: &DayInFuture, booked: &str) -> String {
    let plan = plan_day(planner, &day.date, 20, RUN_LIMIT).await;
    let id = plan["id"].as_str().unwrap().to_owned();
    let summary = &plan["summary"];
    let (bookings, served) = (summary["bookings"].as_f64().unwrap(), summary["served"].as_f64().unwrap());
    assert!(served >= 0.97 * bookings, "{summary}");
    assert!(summary["unloads"].as_i64() > Some(0), "{summary}");
    // A bound comes with its gap; without one there is the cause.
    let (bound, cause) = (&summary["lower_bound_fen"], &summary["lower_bound_cause"]);
    assert_eq!((bound.is_null(), bound.is_null()), (!cause.is_null(), summary["gap"].is_null()), "{summary}");
    assert!(bound.as_i64().is_none_or(|bound| Some(bound) <= summary["cost_fen"].as_i64()), "{summary}");
    let parts = summary["cost_parts"].as_object().unwrap();
    let total: i64 = parts.values().filter_map(Value::as_i64).sum();
    let difference = (total - summary["cost_fen"].as_i64().unwrap()).abs();
    assert!(difference <= parts.len() as i64, "rounded parts add up to the cost: {summary}");
    for left in plan["unassigned"].as_array().unwrap() {
        assert!(!left["reasons"].as_array().unwrap().is_empty(), "{left}");
    }

    assert_eq!(plan["state"], "proposed");
    let published = planner.post(&format!("/v1/plans/{id}/publish"), json!({})).await.expect(200);
    assert_eq!(published["state"], "published");
    assert_eq!(published["stale"], false);
    let state = planner.get(&format!("/v1/bookings/{booked}")).await.expect(200)["state"].clone();
    let left_out = plan["unassigned"].as_array().unwrap().iter().any(|left| left["booking_id"] == booked);
    assert_eq!(state, if left_out { "booked" } else { "assigned" });
    id
}

async fn a_collector_drives(server: &Server, day: &DayInFuture, booked: &str) {
    let collector = server.collector();
    let list = collector.get(&format!("/v1/routes?date={}", day.date)).await.expect(200);
    let routes = list["routes"].as_array().unwrap();
    assert!(!routes.is_empty());
    for route in routes {
        let steps = route["steps"].as_array().unwrap();
        assert_eq!(steps.first().unwrap()["type"], "start");
        assert_eq!(steps.last().unwrap()["type"], "end");
        let etas: Vec<&str> = steps.iter().filter_map(|step| step["eta"].as_str()).collect();
        assert!(etas.is_sorted(), "{etas:?}");
        assert_eq!(steps.last().unwrap()["load"].as_array().unwrap().len(), 0, "vehicles come home empty");
    }
    let jobs: Vec<(&Value, &Value)> = routes
        .iter()
        .flat_map(|route| route["steps"].as_array().unwrap().iter().map(move |step| (route, step)))
        .filter(|(_, step)| step["type"] == "job")
        .collect();
    let (route, step) = *jobs.iter().find(|(_, step)| step["booking"]["id"] == booked).unwrap_or(&jobs[0]);
    let path = format!("/v1/routes/{}/steps/{}/reports", route["id"].as_str().unwrap(), step["id"].as_str().unwrap());
    let booking_path = format!("/v1/bookings/{}", step["booking"]["id"].as_str().unwrap());
    let materials: Vec<String> = step["booking"]["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|i| i["material"].as_str().unwrap().to_owned())
        .collect();

    let arrived = json!({"client_id": "a-1", "kind": "arrived"});
    assert_eq!(collector.post(&path, arrived.clone()).await.fault_codes(422), ["BAD_IDEMPOTENCY_KEY"]);
    assert_eq!(server.resident().post_once(&path, "r", arrived.clone()).await.problem(403)["code"], "FORBIDDEN");
    let first = collector.post_once(&path, "a", arrived.clone()).await.expect(201);
    assert_eq!(collector.post_once(&path, "a", arrived.clone()).await.expect(201), first, "repeated with its key");
    let other_key = collector.post_once(&path, "b", arrived).await;
    assert!(matches!(other_key.status, 200 | 201), "{other_key:?}");
    assert_eq!(serde_json::from_str::<Value>(&other_key.text).unwrap()["id"], first["id"], "the client id tells it");
    assert_eq!(server.planner().get(&booking_path).await.expect(200)["state"], "arrived");

    let weights: Vec<Value> = materials.iter().map(|m| json!({"material": m, "grams": 4_321})).collect();
    let collected = json!({"client_id": "c-1", "kind": "collected", "weights": weights});
    collector.post_once(&path, "c", collected).await.expect(201);
    let weighed = server.planner().get(&booking_path).await.expect(200);
    assert_eq!(weighed["state"], "weighed");
    assert_eq!(weighed["items"][0]["weighed_g"], 4_321);

    let (route, step) =
        *jobs.iter().find(|(_, step)| step["id"] != path.as_str() && step["booking"]["id"] != booked).unwrap();
    let path = format!("/v1/routes/{}/steps/{}/reports", route["id"].as_str().unwrap(), step["id"].as_str().unwrap());
    collector.post_once(&path, "d", json!({"client_id": "d-1", "kind": "arrived"})).await.expect(201);
    let failed = json!({"client_id": "d-2", "kind": "failed", "reason": "no_show"});
    collector.post_once(&path, "e", failed).await.expect(201);
    let failed = server.planner().get(&format!("/v1/bookings/{}", step["booking"]["id"].as_str().unwrap())).await;
    assert_eq!(failed.expect(200)["state"], "failed");
    let listed = collector.get(&format!("/v1/routes/{}", route["id"].as_str().unwrap())).await.expect(200);
    let reported = listed["steps"].as_array().unwrap().iter().find(|s| s["id"] == step["id"]).unwrap();
    assert_eq!(reported["reported"], "failed");
}

async fn a_booking_after_publication_makes_the_plan_stale(
    server: &Server,
    place: &Value,
    day: &DayInFuture,
    plan: &str,
) {
    server.resident().post("/v1/bookings", booking(place, day, 15)).await.expect(201);
    let plan = server.planner().get(&format!("/v1/plans/{plan}")).await.expect(200);
    assert_eq!(plan["stale"], true);
    assert_eq!(plan["state"], "published");
}

async fn a_planner_sites_outlets(planner: &Api, day: &DayInFuture, first_plan: &str) {
    let question = json!({
        "name": "twelve outlets",
        "sites_max": 12,
        "radius_m": 1_500,
        "candidates": {"kinds": ["existing", "mall", "campus", "cell_centre"]},
        "keep_existing": false,
    });
    let scenario = planner.post("/v1/scenarios", question).await.expect(201);
    let scenario = scenario["id"].as_str().unwrap();
    let run = planner.post(&format!("/v1/scenarios/{scenario}/runs"), json!({"seconds": 20})).await.expect(202);
    let run = run["run"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/scenarios/{scenario}/runs/{run}");
    finished_run(planner, &format!("{path}/events"), RUN_LIMIT).await;
    let answer = planner.get(&path).await.expect(200);
    let result = &answer["result"];
    assert_eq!(result["feasible"], true, "{answer}");
    let open = result["open"].as_array().unwrap();
    assert!(!open.is_empty() && open.len() <= 12, "{result}");
    let (cost, bound) = (result["cost_fen"].as_i64().unwrap(), result["lower_bound_fen"].as_i64().unwrap());
    assert!(bound <= cost && bound > 0, "{result}");
    assert!(result["served_share"].as_f64() > Some(0.3), "{result}");

    let before = open_outlets(planner).await;
    let adopted = planner.post(&format!("/v1/scenarios/{scenario}/adopt"), json!({"run_id": run})).await.expect(200);
    let ids = |key: &str| {
        adopted[key].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let after = open_outlets(planner).await;
    assert!(ids("opened").iter().chain(&ids("kept")).all(|id| after.contains(id)), "{adopted}");
    assert!(ids("closed").iter().all(|id| before.contains(id) && !after.contains(id)), "{adopted}");

    // The next plan stands on the adopted outlets and takes the place of the first.
    let second = plan_day(planner, &day.date, 15, RUN_LIMIT).await;
    let second = second["id"].as_str().unwrap();
    planner.post(&format!("/v1/plans/{second}/publish"), json!({})).await.expect(200);
    assert_eq!(planner.get(&format!("/v1/plans/{first_plan}")).await.expect(200)["state"], "superseded");
    let list = planner.get(&format!("/v1/routes?date={}", day.date)).await.expect(200);
    assert_eq!(list["plan_id"], second);
    let visited = list["routes"].as_array().unwrap().iter().flat_map(|route| route["steps"].as_array().unwrap());
    let visited: Vec<String> = visited.filter_map(|step| step["outlet"]["id"].as_str().map(Into::into)).collect();
    assert!(visited.iter().all(|outlet| after.contains(outlet)), "only open outlets are visited");
}

async fn open_outlets(planner: &Api) -> Vec<String> {
    let mut ids = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = planner.get(&format!("/v1/outlets?limit=200{cursor}")).await.expect(200);
        let active = page["outlets"].as_array().unwrap().iter().filter(|outlet| outlet["active"] == true);
        ids.extend(active.filter_map(|outlet| outlet["id"].as_str().map(String::from)));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return ids,
        }
    }
}
