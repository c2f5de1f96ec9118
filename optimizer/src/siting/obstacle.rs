//! What makes a siting problem unsatisfiable, as far as it can be seen without solving it.

use huilu_model::site::{SiteProblem, SiteStatus};

/// A limit that cannot be kept. Indices are those of the problem.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Obstacle {
    #[error("demand point {demand} is within reach of no site that may be open")]
    OutOfReach { demand: usize },
    #[error(
        "demand point {demand} has the flow {flow} and may not be split; no site within reach takes more than {largest}"
    )]
    TooLargeForAnySite { demand: usize, flow: f64, largest: f64 },
    #[error("all demand is {flow}; the {sites} largest sites together take {capacity}")]
    CapacityShort { flow: f64, capacity: f64, sites: usize },
    #[error("even the cheapest site costs more than the budget {budget} leaves")]
    BudgetShort { budget: f64 },
}

impl Obstacle {
    /// Stable name of the kind of obstacle.
    pub fn code(&self) -> &'static str {
        match self {
            Obstacle::OutOfReach { .. } => "OUT_OF_REACH",
            Obstacle::TooLargeForAnySite { .. } => "TOO_LARGE_FOR_ANY_SITE",
            Obstacle::CapacityShort { .. } => "CAPACITY_SHORT",
            Obstacle::BudgetShort { .. } => "BUDGET_SHORT",
        }
    }
}

/// Every obstacle that can be told apart from the rest; always empty where demand may stay unserved. Limits that only
/// clash together show when the problem is solved (`feasible: false` with no obstacle here).
pub fn obstacles(problem: &SiteProblem) -> Vec<Obstacle> {
    let mut found = Vec::new();
    if problem.unserved_cost.is_some() {
        return found;
    }
    let usable = |i: usize| problem.sites[i].status != SiteStatus::Closed;
    let room = |i: usize| problem.sites[i].capacity.unwrap_or(f64::INFINITY);
    for (demand, (point, arcs)) in problem.demand.iter().zip(&problem.arcs).enumerate() {
        if point.flow <= 0.0 {
            continue;
        }
        let mut within = arcs.iter().filter(|arc| usable(arc.site)).peekable();
        if within.peek().is_none() {
            found.push(Obstacle::OutOfReach { demand });
            continue;
        }
        let largest = within.map(|arc| room(arc.site)).fold(0.0, f64::max);
        if problem.single_source && largest < point.flow * (1.0 - 1e-9) {
            found.push(Obstacle::TooLargeForAnySite { demand, flow: point.flow, largest });
        }
    }
    let flow: f64 = problem.demand.iter().map(|point| point.flow).sum();
    // Required sites count in any case; the largest of the others fill the number up.
    let mut sites: Vec<usize> = (0..problem.sites.len()).filter(|&i| usable(i)).collect();
    let required = |i: &usize| problem.sites[*i].status == SiteStatus::Required;
    sites.sort_by(|a, b| required(b).cmp(&required(a)).then(room(*b).total_cmp(&room(*a))));
    sites.truncate(problem.sites_max.unwrap_or(usize::MAX));
    let capacity: f64 = sites.iter().map(|&i| room(i)).sum();
    if capacity < flow * (1.0 - 1e-9) {
        found.push(Obstacle::CapacityShort { flow, capacity, sites: sites.len() });
    }
    if let Some(budget) = problem.budget {
        let none_required = !problem.sites.iter().any(|site| site.status == SiteStatus::Required);
        let cheapest = (0..problem.sites.len()).filter(|&i| usable(i)).map(|i| problem.sites[i].opening_cost);
        if flow > 0.0 && none_required && cheapest.fold(f64::INFINITY, f64::min) > budget * (1.0 + 1e-9) + 1e-9 {
            found.push(Obstacle::BudgetShort { budget });
        }
    }
    found
}
