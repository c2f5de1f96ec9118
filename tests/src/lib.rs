//! Harness of the end-to-end tests: the built binary on a free port, its own PostgreSQL, HTTP calls that say what failed.
//!
//! It deliberately knows nothing of the server's insides: what it needs it reads from the command line's output and over
//! HTTP, as an operator would.

mod api;
mod binary;
mod day;
mod events;
mod postgres;
mod server;

pub use api::{Answer, Api};
pub use binary::{huilu, run_huilu, shared_data, workspace_root};
pub use day::{DayInFuture, demo_server, finished_run, plan_day};
pub use events::Event;
pub use postgres::Postgres;
pub use server::{Server, ServerOptions};

use std::time::{Duration, Instant};

/// Asks again and again until `ask` has an answer.
///
/// # Panics
/// When there is none after `limit`.
pub async fn wait_for<T, F: Future<Output = Option<T>>>(what: &str, limit: Duration, mut ask: impl FnMut() -> F) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        assert!(started.elapsed() < limit, "{what}: not within {limit:?}");
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
}
