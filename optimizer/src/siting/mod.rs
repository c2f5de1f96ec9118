//! Siting: which sites to open so that the demand is served at the least cost, with a proven lower bound.
//!
//! It knows sites, demand points and the cost between them; it deliberately knows no streets, no vehicles and no
//! database. [`solve`] takes any [`SiteProblem`]; [`city`] makes one from the cells of a city, [`verify`] recomputes
//! a solution without sharing code with the search. The models are written down in `docs/formulation.md`.

mod assignment;
pub mod city;
mod interchange;
mod lagrangian;
mod network;
mod obstacle;
mod search;
mod validate;
pub mod verify;

#[cfg(test)]
mod benchmark_tests;
#[cfg(test)]
mod city_tests;
#[cfg(test)]
mod tests;

use huilu_model::Faults;
use huilu_model::site::{Flow, SiteProblem, SiteSolution};

pub use obstacle::{Obstacle, obstacles};
pub use validate::validate;

use crate::limits::Limits;
use crate::lp::location::SHARE_MIN;
use assignment::Incumbent;
use network::{LeavePrice, deterrent, network};
use search::Search;

/// How hard to search. The defaults suit everything from a benchmark of 16 sites to a city.
#[derive(Clone, Debug, PartialEq)]
pub struct SitingParams {
    /// Relative gap between cost and bound at which the solve may stop.
    pub mip_gap: f64,
    /// Branch-and-bound nodes. Give one (and no seconds) where the answer must repeat and the instance is too large to
    /// be solved to the end.
    pub node_limit: Option<u64>,
    /// Up to this many links (site serves demand point) the mixed-integer program is solved at once; beyond, the
    /// Lagrangian bound shrinks it first.
    pub exact_links_max: usize,
    /// Beyond this many links left, the mixed-integer program is not tried and the search goes on instead.
    pub mip_links_max: usize,
    /// Iterations of the subgradient method between two local searches from its sites.
    pub heuristic_every: u64,
    /// Rounds of iterated local search before the mixed-integer program.
    pub perturbations: u64,
}

impl Default for SitingParams {
    fn default() -> Self {
        Self {
            mip_gap: 1e-6,
            node_limit: None,
            exact_links_max: 3_000,
            mip_links_max: 200_000,
            heuristic_every: 10,
            perturbations: 100,
        }
    }
}

/// Told at each better solution or noticeably better bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SitingProgress {
    /// On the clock of the limits.
    pub seconds: f64,
    /// Subgradient steps and rounds of local search so far.
    pub iteration: u64,
    pub cost: f64,
    pub lower_bound: Option<f64>,
}

/// Why there is no solution at all. That a problem cannot be satisfied is no error: see [`SiteSolution::feasible`].
#[derive(Debug, thiserror::Error)]
pub enum SitingError {
    #[error("the siting problem is faulty: {0}")]
    Faulty(#[from] Faults),
    #[error("the linear programming engine failed: {0}")]
    Engine(String),
}

impl SitingError {
    /// Stable name of the kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            SitingError::Faulty(_) => "SITING_FAULTY",
            SitingError::Engine(_) => "SITING_ENGINE",
        }
    }
}

/// Chooses sites. The same problem, parameters, seed and iteration or node caps give the same answer as long as no
/// limit of seconds cuts in.
///
/// Where nothing satisfies the problem, `feasible` is false and the solution is the best at a price of unserved flow ten
/// times what serving can cost; its cost covers opening and service alone, it has no bound, and [`obstacles`] tells what
/// stands in the way.
///
/// # Errors
/// [`SitingError::Faulty`] with every fault of the problem; [`SitingError::Engine`] where HiGHS fails.
pub fn solve(
    problem: &SiteProblem,
    params: &SitingParams,
    seed: u64,
    limits: &Limits<'_>,
    on_progress: &mut dyn FnMut(&SitingProgress),
) -> Result<SiteSolution, SitingError> {
    validate(problem)?;
    let engine = |e: crate::lp::LpError| SitingError::Engine(e.to_string());
    if obstacles(problem).is_empty() {
        let net = network(problem, LeavePrice::AsStated);
        let found = Search::new(&net, params, seed, limits, on_progress).run().map_err(engine)?;
        if let Some(best) = found.incumbent {
            return Ok(solution(problem, &best, true, found.bound));
        }
    }
    let net = network(problem, LeavePrice::Deterrent(deterrent(problem)));
    let found = Search::new(&net, params, seed, limits, &mut |_| {}).run().map_err(engine)?;
    let nothing = Incumbent { open: net.required.clone(), shares: Vec::new(), cost: 0.0 };
    Ok(solution(problem, &found.incumbent.unwrap_or(nothing), false, None))
}

/// In the problem's own money and order; the cost is summed anew.
fn solution(problem: &SiteProblem, best: &Incumbent, feasible: bool, bound: Option<f64>) -> SiteSolution {
    let open: Vec<usize> = (0..problem.sites.len()).filter(|&i| best.open[i]).collect();
    let mut cost: f64 = open.iter().map(|&i| problem.sites[i].opening_cost).sum();
    let mut served = vec![0.0_f64; problem.demand.len()];
    let mut flows = Vec::with_capacity(best.shares.len());
    for &(demand, site, share) in best.shares.iter().filter(|(_, _, share)| *share > SHARE_MIN) {
        if let Some(arc) = problem.arcs[demand].iter().find(|arc| arc.site == site) {
            cost += arc.cost * share;
            served[demand] += share;
            flows.push(Flow { site, demand, share });
        }
    }
    flows.sort_by_key(|flow| (flow.demand, flow.site));
    let (mut total, mut taken) = (0.0, 0.0);
    for (point, share) in problem.demand.iter().zip(&served) {
        total += point.flow;
        taken += point.flow * share.min(1.0);
        cost += problem.unserved_cost.unwrap_or(0.0) * point.flow * (1.0 - share).max(0.0);
    }
    let served_share = if total > 0.0 { taken / total } else { 1.0 };
    SiteSolution { feasible, cost, lower_bound: bound.map(|bound| bound.min(cost)), open, flows, served_share }
}
