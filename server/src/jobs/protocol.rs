//! What the server and a solving child process say to each other: one JSON line in, JSON lines out.
//!
//! The parent keeps the child's standard input open; its end tells the child that nobody waits for the answer any more.

use std::path::PathBuf;

use huilu_model::clearing::{ClearingPlan, Network};
use huilu_model::site::{SiteProblem, SiteSolution};
use huilu_model::{Cost, Plan, Problem};
use serde::{Deserialize, Serialize};

use crate::domain::plan::BoundSummary;
use crate::domain::travel::{ClosedZones, ProfileTravel};
use crate::travel::MatrixChoice;

/// The first and only line on the child's standard input.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkOrder {
    pub work: Work,
    pub limits: WorkLimits,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Work {
    /// Routes for a day. Where `travel` is given the problem's matrices are empty and the child gets them.
    Route { problem: Box<Problem>, travel: Option<TravelOrder> },
    /// Routes that empty outlets. Where `travel` is given the network's matrices are empty and the child gets them.
    Clear { network: Box<Network>, travel: Option<TravelOrder> },
    /// Sites for a city. Its arcs are measured already: the child needs no roads.
    Site { problem: Box<SiteProblem> },
}

/// Where the child gets seconds and metres.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TravelOrder {
    /// The prepared road network; absent where the city has none.
    pub network: Option<PathBuf>,
    /// With the secrets of the services' addresses: an order is never stored.
    pub matrices: MatrixChoice,
    /// Zones that the own roads keep vehicles out of, at any time.
    pub closed: Option<ClosedZones>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkLimits {
    /// Wall clock of the search; the preparation of matrices is not counted.
    pub seconds: Option<f64>,
    pub iterations: Option<u64>,
    pub seed: u64,
    pub threads: usize,
    /// A route job ends once its gap is no more.
    #[serde(default)]
    pub stop_gap: Option<f64>,
    /// A route job only searches: an earlier child died, and the plan must not be lost to the proof again.
    #[serde(default)]
    pub without_proof: bool,
    /// Address space the child may use.
    pub memory_mib: Option<u64>,
}

/// One line of the child's standard output.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum WorkEvent {
    /// Matrices are being computed: `done` of `total` pairs.
    Preparing { done: usize, total: usize },
    /// A better plan, or a better bound. Costs are in the instance's unit; the gap is of the parts that the bound speaks of.
    Incumbent {
        seconds: f64,
        iteration: u64,
        cost: Cost,
        unassigned: usize,
        lower_bound: Option<Cost>,
        gap: Option<f64>,
    },
    /// A better choice of sites; fen a day.
    SitesIncumbent { seconds: f64, cost: f64, lower_bound: Option<f64> },
    /// Last line of a route job. The plan has passed the independent checker.
    Planned {
        plan: Box<Plan>,
        feasible: bool,
        iterations: u64,
        seconds: f64,
        prepare_seconds: f64,
        bound: BoundSummary,
        /// What one job more of its kind is worth, in cost units, in the problem's order: the prices of the best bound, or where there
        /// is none those of the last set partitioning, which speak of its pool of routes only. Absent where there was neither.
        #[serde(default)]
        duals: Option<Vec<f64>>,
        /// Where the matrices came from; empty where the problem had them.
        #[serde(default)]
        travel: Vec<ProfileTravel>,
    },
    /// Last line of a clearing job. The plan has passed the independent checker.
    Cleared { plan: Box<ClearingPlan>, iterations: u64, seconds: f64, prepare_seconds: f64, travel: Vec<ProfileTravel> },
    /// Last line of a site job. The answer has passed the independent check.
    Sited { solution: Box<SiteSolution> },
    /// Last line of a job that cannot be done.
    Failed { error: String },
}
