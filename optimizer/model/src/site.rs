//! Siting: which outlets to open so that the demand of the cells is served at the least cost.
//! Money and flow are per day; money is in fen for a city and in the file's unit for a benchmark.

use serde::{Deserialize, Serialize};

use crate::datum::Wgs84;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SiteStatus {
    /// May be opened.
    Candidate,
    /// Stays open (an existing outlet to keep).
    Required,
    /// Stays closed.
    Closed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    pub id: String,
    #[serde(default)]
    pub position: Option<Wgs84>,
    pub status: SiteStatus,
    /// Paid for each day it is open.
    pub opening_cost: f64,
    /// Flow it can take in a day; absent is unlimited.
    #[serde(default)]
    pub capacity: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemandPoint {
    /// A cell and stream for a city, a client of a benchmark.
    pub id: String,
    #[serde(default)]
    pub position: Option<Wgs84>,
    /// Flow in a day.
    pub flow: f64,
}

/// A site that may serve a demand point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arc {
    pub site: usize,
    /// Of serving the *whole* flow of the demand point from this site.
    pub cost: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteProblem {
    pub name: String,
    pub sites: Vec<Site>,
    pub demand: Vec<DemandPoint>,
    /// By demand point; sites beyond the coverage radius are simply absent.
    pub arcs: Vec<Vec<Arc>>,
    /// At most so many open sites, required ones counted.
    #[serde(default)]
    pub sites_max: Option<usize>,
    /// At most so much opening cost in all, required ones counted.
    #[serde(default)]
    pub budget: Option<f64>,
    /// Price of leaving one unit of flow unserved; absent means all must be served.
    #[serde(default)]
    pub unserved_cost: Option<f64>,
    /// A demand point is served by one site only (p-median); otherwise it may be split.
    #[serde(default)]
    pub single_source: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteSolution {
    /// False where no choice of sites satisfies the problem; then the least bad one is given.
    pub feasible: bool,
    pub cost: f64,
    /// Proven: no choice of sites costs less. Absent where none was proved.
    pub lower_bound: Option<f64>,
    pub open: Vec<usize>,
    pub flows: Vec<Flow>,
    /// Share of the total flow that is served.
    pub served_share: f64,
}

impl SiteSolution {
    /// `(cost - lower_bound) / cost`, a fraction.
    pub fn gap(&self) -> Option<f64> {
        let bound = self.lower_bound?;
        Some(if self.cost.abs() < 1e-9 { 0.0 } else { ((self.cost - bound) / self.cost).max(0.0) })
    }
}

/// `share` (0 to 1) of the demand point's flow goes to the site.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    pub site: usize,
    pub demand: usize,
    pub share: f64,
}
