//! Independent verification of a siting solution: cost, shares, capacities and limits recomputed from the problem.
//!
//! It shares no code with the search and knows nothing of how the solution was found. Comparisons of floating-point
//! sums allow a relative error of [`TOLERANCE`].

use std::collections::HashSet;

use huilu_model::site::{SiteProblem, SiteSolution, SiteStatus};

/// Relative to the larger of the two numbers compared, and never below this many units.
pub const TOLERANCE: f64 = 1e-6;

/// One way in which a solution does not fit its problem.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Violation {
    #[error("site {0} does not exist")]
    UnknownSite(usize),
    #[error("site {0} is listed as open twice")]
    OpenTwice(usize),
    #[error("site {0} is closed and listed as open")]
    ClosedIsOpen(usize),
    #[error("site {0} is required and not open")]
    RequiredIsShut(usize),
    #[error("{open} sites are open, {most} may be")]
    TooManySites { open: usize, most: usize },
    #[error("opening costs {spent}, the budget is {budget}")]
    OverBudget { spent: f64, budget: f64 },
    #[error("flow {flow} names a site, demand point or arc that does not exist")]
    UnknownArc { flow: usize },
    #[error("flow {flow} leads to a site that is not open")]
    ShutSite { flow: usize },
    #[error("flow {flow} has the share {share}")]
    ShareOutOfRange { flow: usize, share: f64 },
    #[error("demand point {demand} is served with the share {share}")]
    NotServedOnce { demand: usize, share: f64 },
    #[error("demand point {demand} is served by several sites")]
    Split { demand: usize },
    #[error("site {site} takes {load}, its capacity is {capacity}")]
    OverCapacity { site: usize, load: f64, capacity: f64 },
    #[error("cost {stated} is stated, it is {actual}")]
    WrongCost { stated: f64, actual: f64 },
    #[error("served share {stated} is stated, it is {actual}")]
    WrongServedShare { stated: f64, actual: f64 },
    #[error("the lower bound {bound} lies above the cost {cost}")]
    BoundAboveCost { bound: f64, cost: f64 },
}

fn exceeds(value: f64, limit: f64) -> bool {
    value > limit + TOLERANCE * limit.abs().max(1.0)
}

fn differ(a: f64, b: f64) -> bool {
    (a - b).abs() > TOLERANCE * a.abs().max(b.abs()).max(1.0)
}

/// Every violation; empty where the solution holds. A solution that calls itself infeasible may leave demand
/// unserved, and its cost then leaves out the price of that; nothing else is forgiven.
pub fn verify(problem: &SiteProblem, solution: &SiteSolution) -> Vec<Violation> {
    let mut found = Vec::new();
    let open = opened(problem, solution, &mut found);
    let (mut cost, mut spent) = (0.0, 0.0);
    for &i in &open {
        spent += problem.sites[i].opening_cost;
    }
    if let Some(most) = problem.sites_max
        && open.len() > most
    {
        found.push(Violation::TooManySites { open: open.len(), most });
    }
    if let Some(budget) = problem.budget
        && exceeds(spent, budget)
    {
        found.push(Violation::OverBudget { spent, budget });
    }
    cost += spent;

    let mut load = vec![0.0; problem.sites.len()];
    let mut served = vec![0.0; problem.demand.len()];
    let mut sources = vec![0_usize; problem.demand.len()];
    for (k, flow) in solution.flows.iter().enumerate() {
        let arc = problem.arcs.get(flow.demand).and_then(|arcs| arcs.iter().find(|arc| arc.site == flow.site));
        let Some(arc) = arc else {
            found.push(Violation::UnknownArc { flow: k });
            continue;
        };
        if !open.contains(&flow.site) {
            found.push(Violation::ShutSite { flow: k });
        }
        if !(flow.share > 0.0 && flow.share <= 1.0 + TOLERANCE) {
            found.push(Violation::ShareOutOfRange { flow: k, share: flow.share });
        }
        cost += arc.cost * flow.share;
        load[flow.site] += problem.demand[flow.demand].flow * flow.share;
        served[flow.demand] += flow.share;
        sources[flow.demand] += 1;
    }
    for (site, (&load, of)) in load.iter().zip(&problem.sites).enumerate() {
        if let Some(capacity) = of.capacity
            && exceeds(load, capacity)
        {
            found.push(Violation::OverCapacity { site, load, capacity });
        }
    }
    let (mut total, mut taken) = (0.0, 0.0);
    for (demand, (&share, point)) in served.iter().zip(&problem.demand).enumerate() {
        let must = solution.feasible && problem.unserved_cost.is_none() && point.flow > 0.0;
        if exceeds(share, 1.0) || (must && share < 1.0 - TOLERANCE) {
            found.push(Violation::NotServedOnce { demand, share });
        }
        if problem.single_source && (sources[demand] > 1 || (share > TOLERANCE && share < 1.0 - TOLERANCE)) {
            found.push(Violation::Split { demand });
        }
        cost += problem.unserved_cost.unwrap_or(0.0) * point.flow * (1.0 - share).max(0.0);
        total += point.flow;
        taken += point.flow * share;
    }
    if differ(cost, solution.cost) {
        found.push(Violation::WrongCost { stated: solution.cost, actual: cost });
    }
    let actual = if total > 0.0 { taken / total } else { 1.0 };
    if differ(actual, solution.served_share) {
        found.push(Violation::WrongServedShare { stated: solution.served_share, actual });
    }
    if let Some(bound) = solution.lower_bound
        && exceeds(bound, solution.cost)
    {
        found.push(Violation::BoundAboveCost { bound, cost: solution.cost });
    }
    found
}

fn opened(problem: &SiteProblem, solution: &SiteSolution, found: &mut Vec<Violation>) -> HashSet<usize> {
    let mut open = HashSet::new();
    for &i in &solution.open {
        let Some(site) = problem.sites.get(i) else {
            found.push(Violation::UnknownSite(i));
            continue;
        };
        if !open.insert(i) {
            found.push(Violation::OpenTwice(i));
        }
        if site.status == SiteStatus::Closed {
            found.push(Violation::ClosedIsOpen(i));
        }
    }
    for (i, site) in problem.sites.iter().enumerate() {
        if site.status == SiteStatus::Required && !open.contains(&i) {
            found.push(Violation::RequiredIsShut(i));
        }
    }
    open
}

#[cfg(test)]
mod tests {
    use huilu_model::site::{Arc, DemandPoint, Flow, Site};

    use super::*;

    /// Two demand points of 4 and 6; site 0 takes 7 for 10 a day, site 1 is required and takes all for 1 a day.
    /// Served whole by site 1 this costs 1 + 5 + 9 = 15.
    fn case() -> (SiteProblem, SiteSolution) {
        let site = |id: &str, status, opening_cost, capacity| Site {
            id: id.to_owned(),
            position: None,
            status,
            opening_cost,
            capacity,
        };
        let point = |id: &str, flow| DemandPoint { id: id.to_owned(), position: None, flow };
        let problem = SiteProblem {
            name: "hand-made".to_owned(),
            sites: vec![
                site("a", SiteStatus::Candidate, 10.0, Some(7.0)),
                site("b", SiteStatus::Required, 1.0, None),
                site("c", SiteStatus::Closed, 0.0, None),
            ],
            demand: vec![point("x", 4.0), point("y", 6.0)],
            arcs: vec![
                vec![Arc { site: 0, cost: 1.0 }, Arc { site: 1, cost: 5.0 }],
                vec![Arc { site: 0, cost: 2.0 }, Arc { site: 1, cost: 9.0 }, Arc { site: 2, cost: 0.0 }],
            ],
            sites_max: Some(2),
            budget: Some(11.0),
            unserved_cost: None,
            single_source: false,
        };
        let flows = vec![Flow { site: 1, demand: 0, share: 1.0 }, Flow { site: 1, demand: 1, share: 1.0 }];
        let solution = SiteSolution {
            feasible: true,
            cost: 15.0,
            lower_bound: Some(15.0),
            open: vec![1],
            flows,
            served_share: 1.0,
        };
        (problem, solution)
    }

    fn tampered(change: impl Fn(&mut SiteProblem, &mut SiteSolution)) -> Vec<Violation> {
        let (mut problem, mut solution) = case();
        change(&mut problem, &mut solution);
        verify(&problem, &solution)
    }

    #[test]
    fn a_right_solution_passes() {
        assert_eq!(tampered(|_, _| {}), []);
        // Half of y to site 0: opening 11, x 5, y 1 + 4.5.
        let split = tampered(|_, s| {
            s.open.push(0);
            s.flows[1].share = 0.5;
            s.flows.push(Flow { site: 0, demand: 1, share: 0.5 });
            s.cost = 21.5;
        });
        assert_eq!(split, []);
    }

    #[test]
    fn every_kind_of_tampering_is_seen() {
        let has =
            |found: Vec<Violation>, wanted: fn(&Violation) -> bool| assert!(found.iter().any(wanted), "{found:?}");
        has(tampered(|_, s| s.open = vec![]), |v| *v == Violation::RequiredIsShut(1));
        has(tampered(|_, s| s.flows[0].site = 0), |v| *v == Violation::ShutSite { flow: 0 });
        has(tampered(|_, s| s.open.push(2)), |v| *v == Violation::ClosedIsOpen(2));
        has(tampered(|_, s| s.open.push(7)), |v| *v == Violation::UnknownSite(7));
        has(tampered(|_, s| s.open.push(1)), |v| *v == Violation::OpenTwice(1));
        has(tampered(|p, s| (p.sites_max = Some(1), s.open.push(0)).1), |v| {
            matches!(v, Violation::TooManySites { .. })
        });
        has(tampered(|p, _| p.budget = Some(0.5)), |v| matches!(v, Violation::OverBudget { .. }));
        has(tampered(|p, _| p.sites[1].capacity = Some(9.0)), |v| matches!(v, Violation::OverCapacity { site: 1, .. }));
        has(tampered(|_, s| s.cost = 14.0), |v| matches!(v, Violation::WrongCost { .. }));
        has(tampered(|_, s| s.lower_bound = Some(15.1)), |v| matches!(v, Violation::BoundAboveCost { .. }));
        has(tampered(|_, s| s.flows.truncate(1)), |v| matches!(v, Violation::NotServedOnce { demand: 1, .. }));
        has(tampered(|_, s| s.flows[0].share = -0.1), |v| matches!(v, Violation::ShareOutOfRange { .. }));
        has(tampered(|_, s| s.served_share = 0.9), |v| matches!(v, Violation::WrongServedShare { .. }));
        has(tampered(|_, s| s.flows[0].demand = 5), |v| matches!(v, Violation::UnknownArc { .. }));
        let split = tampered(|p, s| {
            p.single_source = true;
            s.open.push(0);
            s.flows[1].share = 0.5;
            s.flows.push(Flow { site: 0, demand: 1, share: 0.5 });
        });
        has(split, |v| *v == Violation::Split { demand: 1 });
    }
}
