//! Siting scenarios: which outlets to open, asked as a question and answered with a bound.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::{LocalName, Position};
use crate::outlet::OutletKind;
use crate::plan::Run;
use crate::travel::TravelSource;

/// Needs `sites_max` or `budget_fen_per_day`, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateScenario {
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// At most so many open outlets, those to keep counted.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 10_000)]
    pub sites_max: Option<u32>,
    /// At most so much for all open outlets in a day, those to keep counted.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1_000_000_000_000_u64)]
    pub budget_fen_per_day: Option<i64>,
    /// Residents walk no farther than this to an outlet, along the foot network.
    #[schema(minimum = 50, maximum = 20_000, example = 1_000)]
    pub radius_m: u32,
    /// Where outlets may be opened; existing ones are candidates all the same.
    #[serde(default)]
    #[schema(nullable = false)]
    pub candidates: Option<Candidates>,
    /// Whether today's outlets stay open whatever it costs.
    #[serde(default)]
    pub keep_existing: bool,
    /// Price of a kilogram that no outlet within reach takes; high by default, so that coverage comes first.
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 1_000_000)]
    pub unserved_fen_per_kg: Option<i64>,
}

/// Kinds of generated candidates, places of the planner's own, or both.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Candidates {
    #[serde(default)]
    pub kinds: Vec<CandidateKind>,
    #[serde(default)]
    #[schema(max_items = 1_000)]
    pub sites: Vec<CandidateSite>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CandidateKind {
    /// Outlets that exist today.
    Existing,
    Mall,
    Campus,
    /// Centres of the H3 cells with demand.
    CellCentre,
}

/// A place that the planner has in mind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CandidateSite {
    pub name: LocalName,
    pub place: Position,
    /// Rent, staff and machine for each day it is open.
    #[schema(minimum = 0, maximum = 100_000_000)]
    pub opening_fen_per_day: i64,
    /// What it can take in a day; absent is unlimited.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 1_000_000_000_000_u64)]
    pub capacity_g_per_day: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Scenario {
    pub id: String,
    pub name: String,
    pub sites_max: Option<u32>,
    pub budget_fen_per_day: Option<i64>,
    pub radius_m: u32,
    pub keep_existing: bool,
    /// Newest first.
    pub runs: Vec<Run>,
    /// The run whose answer became today's outlets.
    pub adopted_run_id: Option<String>,
    #[schema(format = DateTime)]
    pub created_at: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScenarioList {
    pub scenarios: Vec<Scenario>,
    pub next_cursor: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRun {
    /// Wall clock of the search.
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 3_600)]
    pub seconds: Option<u32>,
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 9_007_199_254_740_991_u64)]
    pub seed: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScenarioRun {
    pub scenario_id: String,
    pub run: Run,
    /// Once the run has succeeded.
    pub result: Option<SitingResult>,
}

/// Money is per day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SitingResult {
    /// False where no choice of outlets satisfies the scenario; then the least bad one is given.
    pub feasible: bool,
    pub cost_fen: i64,
    pub lower_bound_fen: Option<i64>,
    pub gap: Option<f64>,
    pub opening_fen: i64,
    /// Share of the demand within reach of an open outlet that takes it, 0 to 1.
    pub served_share: f64,
    pub open: Vec<ChosenSite>,
    /// Where the walking distances came from.
    pub travel: TravelSource,
}

/// An outlet of the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ChosenSite {
    pub id: String,
    pub name: LocalName,
    pub kind: OutletKind,
    /// Set where it exists today.
    pub outlet_id: Option<String>,
    pub place: Position,
    pub opening_fen: i64,
    /// What comes in on a day.
    pub mass_g: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdoptScenario {
    /// A run of the scenario that has succeeded.
    pub run_id: String,
}

/// What changed; the next plan uses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Adoption {
    pub scenario_id: String,
    pub run_id: String,
    pub opened: Vec<String>,
    pub kept: Vec<String>,
    pub closed: Vec<String>,
}
