//! What one thread of a run does: search, prove from what was found, and search on in what is left of the time.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;

use huilu_model::{Instance, Plan, Unassigned, Verdict};

use super::BoundedParams;
use super::board::{self, Board};
use crate::limits::Limits;
use crate::proof::{self, BoundKind, Known, NoBound, ProofParams};
use crate::routing::{self, Outcome};

/// Seconds below which another search is not begun.
const WORTH_SEARCHING_S: f64 = 2.0;

pub(super) struct Lane<'l, 'b> {
    pub(super) instance: &'l Instance,
    pub(super) params: &'l BoundedParams,
    /// Of the run as its caller set them.
    pub(super) whole: &'l Limits<'l>,
    /// The same, but that the run may stop itself.
    pub(super) limits: Limits<'l>,
    pub(super) board: &'l Mutex<Board<'b>>,
}

/// What came of it. The bound itself is on the board.
#[derive(Debug)]
pub(super) struct Worked {
    pub(super) outcome: Outcome,
    pub(super) bound_kind: Option<BoundKind>,
    pub(super) cause: Option<NoBound>,
    pub(super) prices: Vec<f64>,
}

impl Worked {
    pub(super) fn without_bound(outcome: Outcome, cause: NoBound) -> Self {
        Self { outcome, bound_kind: None, cause: Some(cause), prices: Vec::new() }
    }

    /// Takes the better of two outcomes; what was proved holds for both.
    pub(super) fn join(&mut self, other: Outcome) {
        let iterations = self.outcome.iterations + other.iterations;
        let duals = other.duals.clone().or(self.outcome.duals.take());
        if !is_better(&self.outcome, &other) {
            self.outcome = other;
        }
        (self.outcome.iterations, self.outcome.duals) = (iterations, duals);
    }
}

/// A feasible plan is better than one that is not, whatever they cost. Of two that are not, the cheaper may serve less.
fn is_better(one: &Outcome, other: &Outcome) -> bool {
    one.feasible && (!other.feasible || one.plan.cost < other.plan.cost)
}

/// A job that no route can serve is left out by every plan, for the same reasons.
pub(super) fn keep_proofs(known: &Plan, plan: &mut Plan) {
    let proven = known.unassigned.iter().filter(|left| left.verdict == Verdict::ProvenInfeasible);
    let proven: HashMap<&str, &Unassigned> = proven.map(|left| (left.job.as_str(), left)).collect();
    for left in &mut plan.unassigned {
        if let Some(&proven) = proven.get(left.job.as_str()) {
            left.clone_from(proven);
        }
    }
}

impl Lane<'_, '_> {
    pub(super) fn search(&self, warm: Option<&Plan>, threads: usize, seed: u64, limits: &Limits<'_>) -> Outcome {
        let params = routing::Params { threads, ..self.params.search.clone() };
        let mut told = |point: &routing::Progress| board::lock(self.board).plan(point);
        routing::solve_within(self.instance, warm, &params, seed, (limits, self.whole), &mut told)
    }

    /// A plan that the proof finds is taken only where no promise between routes, which it leaves out, can be broken by it, and
    /// where the plan need not repeat.
    pub(super) fn prove(&self, mut outcome: Outcome, limits: &Limits<'_>) -> Worked {
        // Who has had enough does not wait for a proof.
        if limits.cancelled() {
            return Worked::without_bound(outcome, NoBound::OutOfTime);
        }
        let params = ProofParams { stop_gap: self.params.stop_gap.unwrap_or(0.0), ..self.params.proof.clone() };
        let known = Known { plan: outcome.feasible.then_some(&outcome.plan), pool: Some(&outcome.pool) };
        let told = &mut |point: &proof::BoundPoint| board::lock(self.board).bound(point);
        let proving = || proof::prove_from(self.instance, known, &params, limits, told);
        // A plan is not lost to a fault of its proof.
        let Ok(found) = catch_unwind(AssertUnwindSafe(proving)) else {
            return Worked::without_bound(outcome, NoBound::Broken);
        };
        let free =
            self.limits.iterations.is_none() && self.instance.locks.is_empty() && self.instance.balance.is_empty();
        if let Some(mut plan) = found.plan.filter(|plan| free && outcome.feasible && plan.cost < outcome.plan.cost) {
            board::lock(self.board).plan(&routing::Progress {
                seconds: limits.clock.elapsed_s(),
                iteration: 0,
                cost: plan.cost,
                unassigned: plan.unassigned.len(),
                covered: Some(plan.cost_parts.bounded()),
                lower_bound: None,
            });
            keep_proofs(&outcome.plan, &mut plan);
            outcome.plan = plan;
        }
        outcome.plan.lower_bound = found.lower_bound;
        Worked { outcome, bound_kind: found.bound_kind, cause: found.cause, prices: found.prices }
    }

    /// All of it. `until` ends the first search, on the clock of the limits.
    pub(super) fn alone(&self, warm: Option<&Plan>, threads: usize, seed: u64, until: Option<f64>) -> Worked {
        let first = self.search(warm, threads, seed, &Limits { seconds: until, ..self.limits });
        let mut worked = self.prove(first, &self.limits);
        let worth = self.limits.seconds_left().is_some_and(|left| left >= WORTH_SEARCHING_S);
        if worth && !self.limits.cancelled() {
            let again = self.search(Some(&worked.outcome.plan), threads, seed.wrapping_add(1), &self.limits);
            worked.join(again);
        }
        worked
    }
}
