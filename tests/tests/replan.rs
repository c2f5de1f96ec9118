//! A day planned again while it is driven, through a worker.
//!
//! Goal: what was reported, frozen or promised stays, and no more changes than was allowed. Method: the built binary with the
//! demo city on PostgreSQL; a plan is published and partly driven, pickups are booked, a second plan is ordered from the first
//! with `warm_start`, `freeze_before`, `max_changed` and `locks`; both are exported and the second is given to the independent
//! checker, which refuses it once what was frozen is tampered with.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

use huilu_model::plan::StepKind;
use huilu_model::{Instance, Plan, Problem};
use huilu_tests::{Api, DayInFuture, Postgres, Server, ServerOptions, finished_run, plan_day, run_huilu, wait_for};
use serde_json::{Value, json};

const RUN_LIMIT: Duration = Duration::from_secs(150);
/// Two seconds are promised; the rest is for a busy machine.
const CANCELLED_WITHIN: Duration = Duration::from_secs(10);
const MAX_CHANGED: usize = 4;
const NEW_BOOKINGS: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_driven_day_is_planned_again_through_a_worker() {
    let postgres = Postgres::start();
    let url = postgres.create_database("replan");
    let folder = tempfile::tempdir().unwrap();
    let options = ServerOptions::default().seeded(&["--city", "demo", "--seed", "1"]);
    let server = Server::start(&options.database(Some(&url)).data(folder.path()));
    let (planner, resident, collector) = (server.planner(), server.resident(), server.collector());
    let day = DayInFuture::tomorrow(&planner).await;

    let first = plan_day(&planner, &day.date, 8, RUN_LIMIT).await;
    let first = first["id"].as_str().unwrap().to_owned();
    planner.post(&format!("/v1/plans/{first}/publish"), json!({})).await.expect(200);
    let routes = planner.get(&format!("/v1/routes?date={}", day.date)).await.expect(200)["routes"].clone();
    let routes = routes.as_array().unwrap();
    let reported = report_some(&collector, routes).await;
    let booked = book(&planner, &resident, &day).await;

    let freeze = day.at(10);
    let (locks, promised) = promises(routes, &day.at(13));
    let order = json!({
        "service_date": day.date, "seconds": 8, "seed": 3, "threads": 2,
        "warm_start": first, "freeze_before": freeze, "max_changed": MAX_CHANGED, "locks": locks,
    });
    faults_have_stable_codes(&planner, &order, &promised).await;

    let second = planner.post("/v1/plans", order).await.expect(202)["id"].as_str().unwrap().to_owned();
    finished_run(&planner, &format!("/v1/plans/{second}/events"), RUN_LIMIT).await;

    let (_, before) = exported(&first, &url, folder.path());
    let (problem, after) = exported(&second, &url, folder.path());
    assert_eq!(problem.max_changed, Some(MAX_CHANGED as u32));
    let instance = Instance::try_from(&problem).unwrap();
    let report = huilu_check::check(&instance, &after);
    assert!(report.is_clean(), "{:#?}", report.violations);

    // The same by hand: what left before the freeze, or was reported, is where it was.
    let frozen_until = freeze_of(&freeze);
    let (was, is) = (by_vehicle(&before), by_vehicle(&after));
    let mut frozen = 0;
    for (vehicle, steps) in &was {
        let kept = steps.iter().take_while(|(kind, leaves)| {
            *leaves < frozen_until || matches!(kind, StepKind::Job { job } if reported.contains(job))
        });
        let kept: Vec<&StepKind> = kept.map(|(kind, _)| kind).collect();
        frozen += kept.len();
        let now: Vec<&StepKind> = is.get(vehicle).into_iter().flatten().map(|(kind, _)| kind).collect();
        assert!(now.starts_with(&kept), "{vehicle} was to keep {kept:?}, and has {now:?}");
    }
    assert!(frozen > 20, "only {frozen} visits were frozen");
    let (served_before, served) = (vehicles_of(&before), vehicles_of(&after));
    let changed = served_before.iter().filter(|(job, vehicle)| served.get(*job) != Some(vehicle)).count();
    assert!(changed <= MAX_CHANGED, "{changed} bookings changed");
    let new = booked.iter().filter(|id| served.contains_key(id.as_str())).count();
    assert!(new > 0, "none of the new bookings is served");
    println!(
        "{frozen} visits frozen, {changed} of {} bookings changed, {new} of {NEW_BOOKINGS} new ones served",
        served_before.len()
    );

    // Negative control: the first two visits of a frozen route change places.
    let mut tampered = after.clone();
    let is_frozen = |route: &&mut huilu_model::PlannedRoute| {
        let pair = route.steps.get(1..3).unwrap_or_default();
        pair.len() == 2
            && pair.iter().all(|step| matches!(step.kind, StepKind::Job { .. }) && step.departure_s < frozen_until)
    };
    tampered.routes.iter_mut().find(is_frozen).expect("a route with two frozen pickups").steps.swap(1, 2);
    let codes: Vec<String> =
        huilu_check::check(&instance, &tampered).violations.iter().map(ToString::to_string).collect();
    assert!(codes.iter().any(|text| text.contains("LOCK")), "{codes:#?}");

    a_run_that_is_cancelled_ends_soon(&planner, &day).await;
}

/// In another process on another connection: the worker hears of it, and ends the child that searches.
async fn a_run_that_is_cancelled_ends_soon(planner: &Api, day: &DayInFuture) {
    let order = json!({"service_date": day.date, "seconds": 300, "threads": 1});
    let id = planner.post("/v1/plans", order).await.expect(202)["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/plans/{id}");
    let in_state = async |state: &'static str| {
        let ask = async || {
            let plan = planner.get(&path).await.expect(200);
            (plan["run"]["state"] == state).then_some(plan)
        };
        wait_for(state, RUN_LIMIT, ask).await
    };
    in_state("RUNNING").await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let told = Instant::now();
    planner.post(&format!("{path}/cancel"), json!({})).await.expect(202);
    in_state("CANCELLED").await;
    println!("cancelled within {} ms", told.elapsed().as_millis());
    assert!(told.elapsed() < CANCELLED_WITHIN, "{:?}", told.elapsed());
    let again = planner.post(&format!("{path}/cancel"), json!({})).await;
    assert_eq!(again.problem(409)["code"], "RUN_ENDED");
}

/// On three routes the first pickup was made. Returns the bookings.
async fn report_some(collector: &Api, routes: &[Value]) -> BTreeSet<String> {
    let mut reported = BTreeSet::new();
    for route in routes.iter().take(3) {
        let steps = route["steps"].as_array().unwrap();
        let Some(step) = steps.iter().find(|step| step["type"] == "job") else { continue };
        let path =
            format!("/v1/routes/{}/steps/{}/reports", route["id"].as_str().unwrap(), step["id"].as_str().unwrap());
        let key = step["id"].as_str().unwrap();
        let arrived = json!({"client_id": key, "kind": "arrived"});
        collector.post_once(&path, key, arrived).await.expect(201);
        reported.insert(step["booking"]["id"].as_str().unwrap().to_owned());
    }
    assert!(reported.len() == 3, "{reported:?}");
    reported
}

async fn book(planner: &Api, resident: &Api, day: &DayInFuture) -> Vec<String> {
    let depots = planner.get("/v1/depots").await.expect(200);
    let mut booked = Vec::new();
    for k in 0..NEW_BOOKINGS {
        let hour = 13 + (k as u32 % 3);
        let order = json!({
            "place": depots["depots"][0]["place"],
            "address": format!("unit {k}"),
            "items": [{"material": "paper_occ", "amount_g": 4_000}],
            "window": {"start": day.at(hour), "end": day.at(hour + 2)},
        });
        let created = resident.post("/v1/bookings", order).await.expect(201);
        booked.push(created["id"].as_str().unwrap().to_owned());
    }
    booked
}

/// Locks of each type that the first plan keeps, on stops after `from`; and the bookings that they name.
fn promises(routes: &[Value], from: &str) -> (Value, Vec<String>) {
    let id = |step: &Value| step["booking"]["id"].as_str().unwrap().to_owned();
    let late: Vec<(&Value, Vec<&Value>)> = routes
        .iter()
        .map(|route| {
            let steps = route["steps"].as_array().unwrap().iter();
            (route, steps.filter(|step| step["type"] == "job" && step["start"].as_str().unwrap() > from).collect())
        })
        .filter(|(_, late): &(_, Vec<_>)| late.len() >= 2)
        .collect();
    assert!(late.len() >= 3, "too few routes run after {from}");
    let (stays, follows, starts) = (&late[0], &late[1], &late[2]);
    let window = &starts.1[0]["booking"]["window"];
    let locks = json!([
        {"type": "vehicle", "booking_id": id(stays.1[0]), "vehicle_ids": [stays.0["vehicle_id"]]},
        {"type": "sequence", "booking_id": id(follows.1[0]), "next_id": id(follows.1[1])},
        {"type": "start", "booking_id": id(starts.1[0]), "start": window["start"], "end": window["end"]},
    ]);
    (locks, vec![id(follows.1[0]), id(follows.1[1])])
}

async fn faults_have_stable_codes(planner: &Api, order: &Value, bookings: &[String]) {
    let with = |field: &str, value: Value| {
        let mut wrong = order.clone();
        wrong[field] = value;
        wrong
    };
    let sequence = |one: &str, other: &str| json!({"type": "sequence", "booking_id": one, "next_id": other});
    let (one, other) = (bookings[0].as_str(), bookings[1].as_str());
    let nobody = "0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a10";
    let mut from_nowhere = order.clone();
    from_nowhere.as_object_mut().unwrap().remove("warm_start");
    let days_ago = json!("2001-01-01T10:00:00+08:00");
    for (wrong, codes) in [
        (with("locks", json!([{"type": "vehicle", "booking_id": one, "vehicle_ids": [nobody]}])), "UNKNOWN_VALUE"),
        (with("locks", json!([sequence(one, other), sequence(other, one)])), "LOCK_CYCLE"),
        (with("freeze_before", days_ago), "OUT_OF_RANGE"),
        (with("freeze_before", json!("soon")), "BAD_INSTANT"),
        (from_nowhere, "CONTRADICTION"),
        (with("max_changed", json!(-1)), "OUT_OF_RANGE"),
    ] {
        assert_eq!(planner.post("/v1/plans", wrong.clone()).await.fault_codes(422), [codes], "{wrong}");
    }
    let unknown = planner.post("/v1/plans", with("warm_start", json!(nobody))).await;
    assert_eq!(unknown.problem(409)["code"], "WARM_START_UNKNOWN");
}

/// The instance, its matrices filled, and the plan as `huilu export plan` writes them.
fn exported(plan: &str, url: &str, data: &Path) -> (Problem, Plan) {
    let out = data.join(plan);
    let (data, folder) = (data.to_str().unwrap(), out.to_str().unwrap());
    let run = run_huilu(&["export", "plan", plan, "--database-url", url, "--data-dir", data, "--out", folder]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    (serde_json::from_str(&read("instance.json")).unwrap(), serde_json::from_str(&read("plan.json")).unwrap())
}

/// Seconds of the day.
fn freeze_of(at: &str) -> huilu_model::Seconds {
    huilu_model::Seconds(at[11..13].parse::<i64>().unwrap() * 3_600)
}

/// Visits of each vehicle in their order, each with when the vehicle left for it.
fn by_vehicle(plan: &Plan) -> BTreeMap<&str, Vec<(StepKind, huilu_model::Seconds)>> {
    let visits = |route: &huilu_model::PlannedRoute| {
        let mut leaves = route.steps[0].departure_s;
        let mut visits = Vec::new();
        for step in &route.steps {
            if matches!(step.kind, StepKind::Job { .. } | StepKind::Unload { .. }) {
                visits.push((step.kind.clone(), leaves));
                leaves = step.departure_s;
            }
        }
        visits
    };
    plan.routes.iter().map(|route| (route.vehicle.as_str(), visits(route))).collect()
}

fn vehicles_of(plan: &Plan) -> BTreeMap<&str, &str> {
    let jobs = plan.routes.iter().flat_map(|route| {
        route.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Job { job } => Some((job.as_str(), route.vehicle.as_str())),
            _ => None,
        })
    });
    jobs.collect()
}
