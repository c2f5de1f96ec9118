//! A clearing plan of the service, taken out of it and checked by itself.
//!
//! Goal: what a planner ordered is what `huilu export plan` writes, and whoever has the files can have it checked and planned again.
//! Method: the built binary with the demo city; a day is planned and its crews unload, an outlet is made too small, a clearing plan
//! is ordered; then `huilu clearing` reads the files, which refuses them once they are tampered with.

use std::path::Path;
use std::time::Duration;

use huilu_tests::{Api, DayInFuture, Server, ServerOptions, plan_day, run_huilu};
use serde_json::{Value, json};

const RUN_LIMIT: Duration = Duration::from_secs(150);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exported_clearing_plan_is_checked_and_planned_again() {
    let folder = tempfile::tempdir().unwrap();
    let options = ServerOptions::default().seeded(&["--city", "demo", "--seed", "1"]);
    let server = Server::start(&options.data(folder.path()));
    let planner = server.planner();
    let day = DayInFuture::tomorrow(&planner).await;
    let collection = plan_day(&planner, &day.date, 5, RUN_LIMIT).await;
    planner.post(&format!("/v1/plans/{}/publish", text(&collection["id"])), json!({})).await.expect(200);
    overfill(&planner, &server.collector(), &day).await;

    let next = day.date.parse::<chrono::NaiveDate>().unwrap().succ_opt().unwrap().to_string();
    let order = json!({"service_date": next, "kind": "clearing", "seconds": 3, "threads": 1});
    let clearing = planner.post("/v1/plans", order).await.expect(202)["id"].as_str().unwrap().to_owned();
    let events = planner.events(&format!("/v1/plans/{clearing}/events"), RUN_LIMIT, |event| event.name == "end").await;
    assert_eq!(events.last().unwrap().data["state"], "SUCCEEDED", "{events:?}");
    let told = planner.get(&format!("/v1/plans/{clearing}")).await.expect(200);
    assert!(told["summary"]["vehicles_used"].as_i64() > Some(0), "somebody drives: {}", told["summary"]);
    drop(server);

    let out = folder.path().join("export");
    let data = folder.path().to_str().unwrap();
    said(&["export", "plan", &clearing, "--data-dir", data, "--out", path(&out)], 0);
    let (network, plan) = (out.join("network.json"), out.join("plan.json"));
    let accepted = said(&["clearing", path(&network), "--check", path(&plan)], 0);
    assert!(accepted.starts_with("accepted: "), "{accepted}");
    let exported = read(&plan);
    let kilometres: i64 = routes(&exported).iter().filter_map(|route| route["distance_m"].as_i64()).sum();
    assert_eq!(told["summary"]["distance_m"], kilometres, "the plan that was shown");

    let again = out.join("again.json");
    said(&["clearing", path(&network), "--iterations", "200", "--threads", "1", "--out", path(&again)], 0);
    said(&["clearing", path(&network), "--check", path(&again)], 0);

    let mut tampered = exported;
    tampered["balance"][0]["end"] = json!([{"stream": "paper", "grams": 999_999_999, "litres": 0}]);
    std::fs::write(&plan, tampered.to_string()).unwrap();
    let refused = said(&["clearing", path(&network), "--check", path(&plan)], 1);
    assert!(refused.contains("BALANCE"), "{refused}");
    let wrong = said(&["check", path(&network), path(&plan)], 2);
    assert!(wrong.contains("huilu clearing") && wrong.contains("--check"), "{wrong}");
}

/// The day's crews unload, and the outlet that takes most often is made too small for it.
async fn overfill(planner: &Api, collector: &Api, day: &DayInFuture) {
    let listed = planner.get(&format!("/v1/routes?date={}", day.date)).await.expect(200);
    let mut visits: Vec<(usize, String)> = Vec::new();
    for route in listed["routes"].as_array().unwrap() {
        for step in route["steps"].as_array().unwrap().iter().filter(|step| step["type"] == "unload") {
            let id = text(&step["id"]);
            let report = json!({"client_id": id, "kind": "arrived"});
            collector
                .post_once(&format!("/v1/routes/{}/steps/{id}/reports", text(&route["id"])), id, report)
                .await
                .expect(201);
            let outlet = text(&step["outlet"]["id"]);
            match visits.iter_mut().find(|(_, known)| known == outlet) {
                Some((count, _)) => *count += 1,
                None => visits.push((1, outlet.to_owned())),
            }
        }
    }
    visits.sort_by(|a, b| b.cmp(a));
    for (_, outlet) in &visits {
        let path = format!("/v1/outlets/{outlet}");
        let known = planner.get(&path).await.expect(200);
        if known["kind"] == "sorting_center" {
            continue;
        }
        let streams = known["streams"].as_array().unwrap();
        let capacity: Vec<Value> =
            streams.iter().map(|stream| json!({"stream": stream, "mass_g": 10_000, "volume_l": 200})).collect();
        planner.patch(&path, json!({ "capacity": capacity })).await.expect(200);
        return;
    }
    panic!("nobody unloads at a station or a point: {visits:?}");
}

fn routes(plan: &Value) -> Vec<Value> {
    let stages = plan["stages"].as_array().unwrap();
    stages.iter().flat_map(|stage| stage["plan"]["routes"].as_array().unwrap().clone()).collect()
}

/// What a command says, that it ends with this code.
fn said(arguments: &[&str], code: i32) -> String {
    let output = run_huilu(arguments);
    let said = [output.stdout.as_slice(), output.stderr.as_slice()].map(String::from_utf8_lossy).concat();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
    said
}

fn read(file: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text"))
}

fn path(file: &Path) -> &str {
    file.to_str().unwrap()
}
