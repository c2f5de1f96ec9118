//! Work that outlives a request: durable, leased, fenced.

use serde_json::Value;

use super::codes::coded;
use super::ids::{JobId, OperatorId};
use super::time::Instant;

coded! {
    JobKind as "job kind" {
        /// Routes for a day; the payload names the plan.
        SolvePlan = "solve_plan",
        /// Sites for a scenario; the payload names the run.
        SolveScenario = "solve_scenario",
    }
}

coded! {
    JobState as "job state" {
        /// Waits for its time and a worker.
        Queued = "queued",
        /// A worker holds a lease on it.
        Running = "running",
        Succeeded = "succeeded",
        /// It cannot be done; trying again would not help.
        Failed = "failed",
        Cancelled = "cancelled",
        /// Its workers died too often.
        Dead = "dead",
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub id: JobId,
    pub operator: OperatorId,
    pub kind: JobKind,
    pub payload: Value,
    pub state: JobState,
    /// Not before.
    pub run_at: Instant,
    pub lease_until: Option<Instant>,
    /// Counted before running, so that a job that kills its worker is counted too. While it runs this is the fencing
    /// token: a worker whose attempt is no longer the current one can change nothing.
    pub attempt: i32,
    pub max_attempts: i32,
    pub progress: Option<Value>,
    pub cancel_requested: bool,
    pub error: Option<String>,
    pub created: Instant,
    pub ended: Option<Instant>,
}

/// The right to work on a job: what [`Job::attempt`] was when it was leased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lease {
    pub job: JobId,
    pub attempt: i32,
}

impl Job {
    pub fn lease(&self) -> Lease {
        Lease { job: self.id, attempt: self.attempt }
    }
}
