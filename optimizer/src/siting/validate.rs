//! Validation of a siting problem: every fault with its path, none repaired.

use std::collections::HashSet;

use huilu_model::site::{SiteProblem, SiteStatus};
use huilu_model::{Datum, FaultCode, Faults, Wgs84};

/// Above this a sum of costs could no longer be told apart to a thousandth of its unit.
const NUMBER_MAX: f64 = 1e12;

/// Lists everything that is wrong or contradictory in the problem.
///
/// # Errors
/// All faults found, with paths such as `arcs[3][0].cost`.
pub fn validate(problem: &SiteProblem) -> Result<(), Faults> {
    let mut faults = Faults::default();
    sites(problem, &mut faults);
    demand(problem, &mut faults);
    arcs(problem, &mut faults);
    limits(problem, &mut faults);
    faults.or(())
}

fn number(faults: &mut Faults, path: String, value: f64) {
    if value.is_nan() || value > NUMBER_MAX {
        faults.add(FaultCode::NumberTooLarge, path, format!("{value} is no number up to {NUMBER_MAX:e}"));
    } else if value < 0.0 {
        faults.add(FaultCode::NegativeNumber, path, format!("{value} is negative"));
    }
}

fn position(faults: &mut Faults, path: String, at: Option<Wgs84>) {
    if let Some(Err(nowhere)) = at.map(|at| Datum::Wgs84.to_wgs84(at.lat, at.lon)) {
        faults.add(FaultCode::PlaceOutOfRange, path, nowhere.to_string());
    }
}

fn ids<'a>(faults: &mut Faults, list: &str, ids: impl Iterator<Item = &'a str>) {
    let mut seen = HashSet::new();
    for (k, id) in ids.enumerate() {
        if id.is_empty() {
            faults.add(FaultCode::EmptyId, format!("{list}[{k}].id"), "is empty");
        } else if !seen.insert(id) {
            faults.add(FaultCode::DuplicateId, format!("{list}[{k}].id"), format!("`{id}` was used before"));
        }
    }
}

fn sites(problem: &SiteProblem, faults: &mut Faults) {
    ids(faults, "sites", problem.sites.iter().map(|s| s.id.as_str()));
    for (k, site) in problem.sites.iter().enumerate() {
        number(faults, format!("sites[{k}].opening_cost"), site.opening_cost);
        position(faults, format!("sites[{k}].position"), site.position);
        if let Some(capacity) = site.capacity {
            number(faults, format!("sites[{k}].capacity"), capacity);
        }
    }
}

fn demand(problem: &SiteProblem, faults: &mut Faults) {
    ids(faults, "demand", problem.demand.iter().map(|d| d.id.as_str()));
    for (k, point) in problem.demand.iter().enumerate() {
        number(faults, format!("demand[{k}].flow"), point.flow);
        position(faults, format!("demand[{k}].position"), point.position);
    }
}

fn arcs(problem: &SiteProblem, faults: &mut Faults) {
    if problem.arcs.len() != problem.demand.len() {
        let message = format!("{} lists for {} demand points", problem.arcs.len(), problem.demand.len());
        faults.add(FaultCode::MatrixSize, "arcs", message);
    }
    let mut last_seen = vec![usize::MAX; problem.sites.len()];
    for (j, list) in problem.arcs.iter().enumerate() {
        for (k, arc) in list.iter().enumerate() {
            number(faults, format!("arcs[{j}][{k}].cost"), arc.cost);
            match last_seen.get_mut(arc.site) {
                None => faults.add(
                    FaultCode::UnknownReference,
                    format!("arcs[{j}][{k}].site"),
                    format!("{} of {} sites", arc.site, problem.sites.len()),
                ),
                Some(seen) if *seen == j => {
                    faults.add(FaultCode::DuplicateId, format!("arcs[{j}][{k}].site"), format!("{} twice", arc.site));
                }
                Some(seen) => *seen = j,
            }
        }
    }
}

fn limits(problem: &SiteProblem, faults: &mut Faults) {
    if let Some(cost) = problem.unserved_cost {
        number(faults, "unserved_cost".to_owned(), cost);
    }
    let required = problem.sites.iter().filter(|site| site.status == SiteStatus::Required);
    if let Some(most) = problem.sites_max {
        let n = required.clone().count();
        if n > most {
            faults.add(FaultCode::Contradiction, "sites_max", format!("{n} sites are required, {most} may be open"));
        }
    }
    if let Some(budget) = problem.budget {
        number(faults, "budget".to_owned(), budget);
        let spent: f64 = required.map(|site| site.opening_cost).sum();
        if spent > budget * (1.0 + 1e-9) + 1e-9 {
            faults.add(
                FaultCode::Contradiction,
                "budget",
                format!("the required sites cost {spent}, {budget} is given"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use huilu_model::site::{Arc, DemandPoint, Site};

    use super::*;

    #[test]
    fn all_faults_are_listed_with_their_paths() {
        let site = |id: &str, status, opening_cost| Site {
            id: id.to_owned(),
            position: None,
            status,
            opening_cost,
            capacity: Some(-1.0),
        };
        let problem = SiteProblem {
            name: "faulty".to_owned(),
            sites: vec![
                site("a", SiteStatus::Required, 5.0),
                site("a", SiteStatus::Required, f64::NAN),
                site("", SiteStatus::Closed, 1.0),
            ],
            demand: vec![DemandPoint { id: "d".to_owned(), position: None, flow: -2.0 }],
            arcs: vec![
                vec![Arc { site: 0, cost: 1.0 }, Arc { site: 0, cost: 1.0 }, Arc { site: 9, cost: f64::INFINITY }],
                vec![],
            ],
            sites_max: Some(1),
            budget: Some(-3.0),
            unserved_cost: Some(-1.0),
            single_source: false,
        };
        let found = validate(&problem).unwrap_err();
        let paths: Vec<&str> = found.0.iter().map(|f| f.path.as_str()).collect();
        let mut expected = vec!["sites[0].capacity", "sites[1].capacity", "sites[2].capacity", "sites[1].opening_cost"];
        expected.extend(["sites[1].id", "sites[2].id", "demand[0].flow", "arcs", "arcs[0][1].site"]);
        expected.extend(["arcs[0][2].site", "arcs[0][2].cost", "sites_max", "budget", "unserved_cost"]);
        for path in expected {
            assert!(paths.contains(&path), "{path} is missing in {paths:?}");
        }
    }
}
