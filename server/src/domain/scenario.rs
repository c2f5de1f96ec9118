//! Siting scenarios: a question about outlets, and its answers.

use serde_json::Value;

use super::ids::{OperatorId, RunId, ScenarioId};
use super::plan::Run;
use super::time::Instant;

/// The question is kept as the planner asked it; `app` knows its form.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    pub id: ScenarioId,
    pub operator: OperatorId,
    pub name: String,
    pub question: Value,
    /// The run whose answer became today's outlets.
    pub adopted: Option<RunId>,
    pub created: Instant,
    pub updated: Instant,
    pub version: i64,
}

/// An answer without the instance it was computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioRun {
    pub id: RunId,
    pub scenario: ScenarioId,
    pub operator: OperatorId,
    pub run: Run,
    /// SHA-256 of the input in hexadecimal.
    pub input_hash: String,
    pub engine_version: String,
    pub outcome: Option<ScenarioOutcome>,
}

/// Money in fen a day; fractions of a fen because flows are.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioOutcome {
    pub cost: f64,
    /// Proven by the MIP.
    pub lower_bound: Option<f64>,
    pub feasible: bool,
    /// In the form that `app` gives it.
    pub result: Value,
}
