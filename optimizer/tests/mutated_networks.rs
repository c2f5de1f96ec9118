//! Damaged files of siting and clearing problems. Each reader refuses them with one line that names the file, or takes them in;
//! then a short search answers and the independent checker finds nothing. Nothing panics or hangs.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use huilu_model::site::{SiteProblem, SiteStatus};
use huilu_optimizer::formats::{self, FormatError};
use huilu_optimizer::limits::{Limits, NoClock};
use huilu_optimizer::{clearing, routing, siting};
use proptest::prelude::*;

mod damage;

use damage::{blows, damaged};

const CAP: &str = " 3 4\n 120 75.5\n capacity 60\n 90 0\n 20\n 10 20.25 30\n 35\n 5 6 7 40\n 1 2 3\n 0\n 8 8 8\n";
const PMED: &str = " 5 6 2\n1 2 10\n2 3 4\n3 4 1\n4 5 7\n1 5 3\n2 3 6\n";

const SITES: &str = r#"{
 "name": "small", "sites_max": 2, "budget": 500, "unserved_cost": 9.5, "single_source": false,
 "sites": [
  {"id": "a", "status": "required", "opening_cost": 120, "capacity": 60, "position": {"lat": 22.1, "lon": 113.5}},
  {"id": "b", "status": "candidate", "opening_cost": 75.5},
  {"id": "c", "status": "closed", "opening_cost": 0, "capacity": 10}
 ],
 "demand": [
  {"id": "x", "flow": 20},
  {"id": "y", "flow": 35.5},
  {"id": "z", "flow": 0}
 ],
 "arcs": [
  [{"site": 0, "cost": 10}, {"site": 1, "cost": 20.25}],
  [{"site": 0, "cost": 5}, {"site": 1, "cost": 6}, {"site": 2, "cost": 7}],
  []
 ]
}"#;

/// The example of the documentation.
fn clearing_example() -> &'static str {
    let page = include_str!("../docs/clearing.md");
    page.split("```json").nth(1).and_then(|rest| rest.split("```").next()).expect("an example")
}

/// What was read; nothing where it was refused with one line that begins with the file.
fn taken<T>(
    name: &str,
    bytes: &[u8],
    read: impl Fn(&Path) -> Result<T, FormatError>,
) -> Result<Option<T>, TestCaseError> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name);
    std::fs::write(&file, bytes).expect("a file");
    match read(&file) {
        Ok(read) => Ok(Some(read)),
        Err(fault) => {
            let line = fault.to_string();
            prop_assert!(line.starts_with(&file.display().to_string()), "{line}");
            prop_assert!(!line.contains('\n') && line.len() < 5_000 && !fault.faults.0.is_empty(), "{line}");
            Ok(None)
        }
    }
}

/// The answer to a problem that is not faulty keeps to it, recomputed with the problem's own numbers.
fn answers(problem: &SiteProblem) -> Result<(), TestCaseError> {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(50), cancel: &cancel };
    let Ok(found) = siting::solve(problem, &siting::SitingParams::default(), 1, &limits, &mut |_| {}) else {
        return Ok(());
    };
    let is_open = |site: usize| found.open.contains(&site);
    for flow in &found.flows {
        let known = problem.arcs[flow.demand].iter().any(|arc| arc.site == flow.site);
        prop_assert!(known && is_open(flow.site) && flow.share > 0.0 && flow.share < 1.0 + 1e-6, "{flow:?}");
    }
    prop_assert!(found.cost.is_finite() && (0.0..=1.0).contains(&found.served_share), "{found:?}");
    prop_assert!(found.lower_bound.is_none_or(|bound| bound <= found.cost), "{found:?}");
    if !found.feasible {
        return Ok(());
    }
    prop_assert!(problem.sites_max.is_none_or(|most| found.open.len() <= most), "{found:?}");
    for (k, site) in problem.sites.iter().enumerate() {
        let stays = match site.status {
            SiteStatus::Required => is_open(k),
            SiteStatus::Closed => !is_open(k),
            SiteStatus::Candidate => true,
        };
        let flows = found.flows.iter().filter(|flow| flow.site == k);
        let taken: f64 = flows.map(|flow| flow.share * problem.demand[flow.demand].flow).sum();
        let fits = site.capacity.is_none_or(|limit| taken <= limit + 1e-6 * limit.abs().max(1.0));
        prop_assert!(stays && fits, "{}: {found:?}", site.id);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn cap_files(blows in blows()) {
        let read = taken("case.txt", &damaged(CAP, &blows), |file| formats::cap::read(file, Some(80.0)))?;
        prop_assert!(read.is_some() || !blows.is_empty());
        if let Some(problem) = read {
            prop_assert!(problem.arcs.len() == problem.demand.len());
            prop_assert!(problem.arcs.iter().flatten().all(|arc| arc.site < problem.sites.len() && arc.cost >= 0.0));
            prop_assert!(problem.sites.iter().all(|site| site.capacity.is_some_and(|limit| limit >= 0.0)));
            answers(&problem)?;
        }
    }

    #[test]
    fn pmed_files(blows in blows()) {
        let read = taken("case.txt", &damaged(PMED, &blows), formats::pmed::read)?;
        prop_assert!(read.is_some() || !blows.is_empty());
        if let Some(problem) = read {
            prop_assert!(problem.sites_max.is_some_and(|p| p <= problem.sites.len()));
            prop_assert!(problem.arcs.iter().flatten().all(|arc| arc.site < problem.sites.len() && arc.cost.is_finite()));
            answers(&problem)?;
        }
    }

    #[test]
    fn site_files(blows in blows()) {
        let read = taken("case.json", &damaged(SITES, &blows), formats::sites::read)?;
        prop_assert!(read.is_some() || !blows.is_empty());
        if let Some(problem) = read {
            answers(&problem)?;
        }
    }

    #[test]
    fn anything_at_all(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        taken("case.txt", &bytes, |file| formats::cap::read(file, None))?;
        taken("case.txt", &bytes, formats::pmed::read)?;
        taken("case.json", &bytes, formats::clearing::read)?;
        taken("case.json", &bytes, formats::sites::read)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn clearing_files(blows in blows()) {
        let read = taken("case.json", &damaged(clearing_example(), &blows), formats::clearing::read)?;
        prop_assert!(read.is_some() || !blows.is_empty());
        let Some(network) = read else { return Ok(()) };
        let cancel = AtomicBool::new(false);
        let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(20), cancel: &cancel };
        if let Ok(plan) = clearing::plan(&network, &routing::Params::default(), 1, &limits, &mut |_| {}) {
            let found = huilu_check::check_clearing(&network, &plan);
            prop_assert!(found.is_empty(), "{found:?}");
        }
    }
}
