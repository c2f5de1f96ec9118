//! What several end-to-end tests do alike: seed a city, serve it, plan a day.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{Api, Server, ServerOptions};

/// A day on the city's clock, and its offset.
#[derive(Clone, Debug)]
pub struct DayInFuture {
    pub date: String,
}

impl DayInFuture {
    /// The day after today: what a seeded city has bookings for.
    ///
    /// # Panics
    /// When the server does not say which day it is.
    pub async fn tomorrow(planner: &Api) -> Self {
        let session = planner.get("/v1/session").await.expect(200);
        let today: chrono::NaiveDate = session["today"].as_str().unwrap().parse().unwrap();
        Self { date: today.succ_opt().unwrap().to_string() }
    }

    /// So many hours after midnight; every seeded city lies at UTC+8.
    pub fn at(&self, hour: u32) -> String {
        format!("{}T{hour:02}:00:00+08:00", self.date)
    }
}

/// Serves the demo city, made from seed 1; in a folder of its own where no database is named.
pub fn demo_server(database_url: Option<&str>) -> Server {
    Server::start(&ServerOptions::default().seeded(&["--city", "demo", "--seed", "1"]).database(database_url))
}

/// Plans a day and waits until the run has succeeded; progress came as events.
///
/// # Panics
/// When the order is refused or its run does not succeed within the limit.
pub async fn plan_day(planner: &Api, date: &str, seconds: u32, limit: Duration) -> Value {
    let order = json!({"service_date": date, "seconds": seconds, "seed": 1, "threads": 2});
    let accepted = planner.post("/v1/plans", order).await.expect(202);
    let id = accepted["id"].as_str().unwrap().to_owned();
    finished_run(planner, &format!("/v1/plans/{id}/events"), limit).await;
    planner.get(&format!("/v1/plans/{id}")).await.expect(200)
}

/// Follows a run's events to its end.
///
/// # Panics
/// When it does not succeed, or its cost ever grows.
pub async fn finished_run(planner: &Api, path: &str, limit: Duration) {
    let events = planner.events(path, limit, |event| event.name == "end").await;
    let last = events.last().unwrap_or_else(|| panic!("GET {path}: no event"));
    assert_eq!(last.data["state"], "SUCCEEDED", "{}", last.data);
    let costs: Vec<i64> = events.iter().filter_map(|event| event.data["cost_fen"].as_i64()).collect();
    assert!(!costs.is_empty(), "GET {path}: no incumbent was told");
    assert!(costs.is_sorted_by(|a, b| a >= b), "incumbents only get better: {costs:?}");
}
