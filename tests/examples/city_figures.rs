//! The figures of the README, measured: a day of each city, what H3 neighbour lists and set partitioning bring, and how
//! fast a server starts a second time. Nothing is asserted.
//!
//! `cargo build -p huilu-server && cargo run -p huilu-tests --example city_figures [SECONDS]` (`make bench` does both).

use std::path::Path;
use std::time::{Duration, Instant};

use huilu_tests::{Api, Server, ServerOptions, run_huilu, shared_data};
use serde_json::{Value, json};

const SEEDS: [&str; 3] = ["1", "2", "3"];
const VARIANTS: [(&str, &[&str]); 3] =
    [("all on", &[]), ("no H3 neighbours", &["--no-cells"]), ("no set partitioning", &["--no-set-partitioning"])];

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let seconds: u32 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(30);
    println!("a day of each city, {seconds} s on 2 threads, seed 1");
    println!("| city | bookings | served | vehicles | km | hours | kg | unloads | yuan | wall s | second start s |");
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    let mut instances = Vec::new();
    let folder = tempfile::tempdir().expect("a temporary folder");
    for city in ["demo", "macau", "chengdu"] {
        let data = folder.path().join(city);
        let mut flags = vec!["--city".to_owned(), city.to_owned()];
        if city != "demo" {
            let Some(files) = shared_data("data/real", city) else { continue };
            flags.extend(["--files".to_owned(), files.display().to_string()]);
        }
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        if let Some(instance) = day(city, &flags, seconds, &data).await {
            instances.push((city, instance));
        }
    }
    println!();
    println!("equal time ({seconds} s, 2 threads, seeds {}): cost relative to all on", SEEDS.join(" "));
    println!("| city | variant | cost (mean) | ratio | jobs left out (mean) |");
    println!("|---|---|---|---|---|");
    for (city, instance) in &instances {
        let mut base = None;
        for (name, flags) in VARIANTS {
            let (cost, left_out) = solved(instance, flags, seconds, folder.path());
            let base = *base.get_or_insert(cost);
            println!("| {city} | {name} | {cost:.0} | {:.4} | {left_out:.1} |", cost / base);
        }
    }
}

/// Prints the row of one city and returns its exported instance.
async fn day(city: &str, flags: &[&str], seconds: u32, data: &Path) -> Option<std::path::PathBuf> {
    let server = Server::start(&ServerOptions::default().seeded(flags).data(data));
    let planner = server.planner();
    let today = planner.get("/v1/session").await.expect(200)["today"].as_str()?.to_owned();
    let date = today.parse::<chrono::NaiveDate>().ok()?.succ_opt()?.to_string();
    let started = Instant::now();
    let plan = planned(&planner, &date, seconds).await;
    let wall = started.elapsed().as_secs_f64();
    let id = plan["id"].as_str()?.to_owned();
    planner.post(&format!("/v1/plans/{id}/publish"), json!({})).await.expect(200);
    drop(server);
    let second = Server::start(&ServerOptions::default().data(data)).started_in().as_secs_f64();
    let n = |key: &str| plan["summary"][key].as_f64().unwrap_or_default();
    println!(
        "| {city} | {} | {} ({:.1} %) | {} | {:.0} | {:.0} | {:.0} | {} | {:.2} | {wall:.1} | {second:.2} |",
        n("bookings"),
        n("served"),
        100.0 * n("served") / n("bookings"),
        n("vehicles_used"),
        n("distance_m") / 1e3,
        n("duration_s") / 3_600.0,
        n("mass_g") / 1e3,
        n("unloads"),
        n("cost_fen") / 100.0,
    );
    let out = data.join("export");
    let export = ["export", "plan", &id, "--data-dir", data.to_str()?, "--out", out.to_str()?];
    let said = run_huilu(&export);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    Some(out.join("instance.json"))
}

async fn planned(planner: &Api, date: &str, seconds: u32) -> Value {
    let order = json!({"service_date": date, "seconds": seconds, "seed": 1, "threads": 2});
    let id = planner.post("/v1/plans", order).await.expect(202)["id"].as_str().unwrap_or_default().to_owned();
    let limit = Duration::from_secs(u64::from(seconds) + 300);
    planner.events(&format!("/v1/plans/{id}/events"), limit, |event| event.name == "end").await;
    planner.get(&format!("/v1/plans/{id}")).await.expect(200)
}

/// Mean cost and mean number of jobs left out over the seeds.
fn solved(instance: &Path, flags: &[&str], seconds: u32, folder: &Path) -> (f64, f64) {
    let out = folder.join("solved.json");
    let (mut cost, mut left_out) = (0.0, 0.0);
    for seed in SEEDS {
        let seconds = seconds.to_string();
        let (instance, out) = (instance.display().to_string(), out.display().to_string());
        let mut arguments = vec![
            "solve",
            &instance,
            "--format",
            "huilu",
            "--seconds",
            &seconds,
            "--threads",
            "2",
            "--seed",
            seed,
            "--out",
            &out,
        ];
        arguments.extend(flags);
        let said = run_huilu(&arguments);
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        let text = std::fs::read_to_string(&out).expect("the result was written");
        let result: Value = serde_json::from_str(&text).expect("the result is JSON");
        cost += result["cost"].as_f64().unwrap_or_default();
        left_out += result["unassigned"].as_array().map_or(0, Vec::len) as f64;
    }
    (cost / SEEDS.len() as f64, left_out / SEEDS.len() as f64)
}
