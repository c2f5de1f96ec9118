//! Published optima of the OR-Library, where the data lie beside the checkout.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use huilu_model::site::SiteProblem;

use super::verify::verify;
use super::*;
use crate::formats::{cap, pmed};
use crate::limits::NoClock;

fn data(file: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/benchmarks").join(file);
    if path.is_file() {
        return Some(path);
    }
    println!("skipped: {} is not there", path.display());
    None
}

fn solves_to(problem: &SiteProblem, optimum: f64) {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: None, cancel: &cancel };
    let solution = solve(problem, &SitingParams::default(), 1, &limits, &mut |_| {}).unwrap();
    assert_eq!(verify(problem, &solution), vec![], "{}", problem.name);
    // The published values are rounded to three decimals.
    let slack = 1e-3 + 2e-6 * optimum;
    assert!((solution.cost - optimum).abs() <= slack, "{}: {} is not {optimum}", problem.name, solution.cost);
    let bound = solution.lower_bound.unwrap();
    assert!(bound <= optimum + 1e-3 && bound >= optimum - slack, "{}: bound {bound} of {optimum}", problem.name);
}

#[test]
fn warehouse_location_reaches_the_published_optima() {
    let known = [("cap41", 1040444.375), ("cap71", 932615.75), ("cap101", 796648.4375), ("cap131", 793439.5625)];
    for (name, optimum) in known {
        if let Some(file) = data(&format!("cflp-orlib/{name}.txt")) {
            solves_to(&cap::read(&file, None).unwrap(), optimum);
        }
    }
}

#[test]
fn p_median_reaches_the_published_optima() {
    for (name, optimum) in [("pmed1", 5819.0), ("pmed5", 1355.0)] {
        if let Some(file) = data(&format!("pmed-orlib/{name}.txt")) {
            solves_to(&pmed::read(&file).unwrap(), optimum);
        }
    }
}
