//! A proof that is stopped at any moment has a bound that holds, or none.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use huilu_model::{Cost, Instance};

use super::{ProofParams, best_by_brute_force, priced, random};
use crate::limits::{Clock, Limits, NoClock};
use crate::proof::{Proof, prove};
use crate::routing::{self, Params};

/// A second passes with each look: so a limit comes at every place where one is asked for, between two kinds of vehicles, too.
#[derive(Default)]
struct Looks(AtomicU64);

impl Clock for Looks {
    fn elapsed_s(&self) -> f64 {
        self.0.fetch_add(1, Ordering::Relaxed) as f64
    }
}

/// The proof and the looks at the clock; stopped after so many.
fn stopped(day: &Instance, begun: &huilu_model::Plan, walks_from: usize, seconds: f64) -> (Proof, u64) {
    let (clock, cancel) = (Looks::default(), AtomicBool::new(false));
    let limits = Limits { clock: &clock, seconds: Some(seconds), iterations: None, cancel: &cancel };
    let params = ProofParams { ng_size: 1, closing_gap: 1.0, walks_from, ..ProofParams::default() };
    let proof = prove(day, Some(begun), &params, &limits, &mut |_| {});
    (proof, clock.0.load(Ordering::Relaxed))
}

#[test]
fn a_bound_holds_wherever_its_proof_is_stopped() {
    let (mut bounds, mut none, mut cut_short, mut fixed) = (0, 0, 0, 0);
    for seed in 0..40 {
        let day = priced(&random(seed, 4 + (seed % 3) as usize, 2, 0));
        let Some(best) = best_by_brute_force(&day) else { continue };
        let cancel = AtomicBool::new(false);
        let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(1), cancel: &cancel };
        let begun = routing::solve(&day, &Params::default(), seed, &limits, &mut |_| {}).plan;
        // On every other day walks come first.
        let walks_from = if seed % 2 == 0 { 0 } else { usize::MAX };
        let (whole, looks) = stopped(&day, &begun, walks_from, 1e9);
        for part in 1..20 {
            let (proof, _) = stopped(&day, &begun, walks_from, (looks * part) as f64 / 10.0);
            let Some(bound) = proof.lower_bound else {
                none += 1;
                continue;
            };
            assert!(bound <= Cost(best), "seed {seed}, {part} tenths of {looks} looks: {bound:?} above {best}");
            bounds += 1;
            cut_short += usize::from(whole.lower_bound.is_some_and(|whole| bound < whole));
            fixed += usize::from(proof.statistics.arcs_fixed > 0);
        }
    }
    assert!(
        bounds > 100 && none > 10 && cut_short > 5 && fixed > 3,
        "{bounds} bounds, {none} without, {cut_short} cut short, {fixed} with arcs fixed: the cases are too poor"
    );
}
