//! Proof that a job is not worth its penalty.

use huilu_model::{Cost, Instance, Plan};
use serde::{Deserialize, Serialize};

use super::standing::Standing;
use super::{Evidence, Explanation};
use crate::limits::Limits;
use crate::proof::{ProofParams, prove};
use crate::resources::model::Model;
use crate::routing::output;
use huilu_model::Verdict;

/// What is known of all plans that serve a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServingBound {
    /// No plan that serves the job (and all mandatory ones) costs less.
    pub lower_bound: Cost,
    /// `lower_bound` less the cost of this plan without the job's penalty: serving it adds at least so much to this plan's cost.
    pub adds: Cost,
    /// The plan leaves the job out and costs less than any plan that serves it.
    pub proven: bool,
}

/// Bounds every plan that serves the job, by making it mandatory: the dual price of its row then has no ceiling, and column
/// generation over all routes gives a lower bound. Where that lies above the cost of `plan`, which leaves the job out, no best plan serves
/// it. That cost is counted anew: what the plan claims is not asked. `None` for an unknown or mandatory job, where no bound was reached, and
/// for plans that say nothing of it: those that do not fit the instance, serve the job, leave a mandatory one out or break a promise.
pub fn prove_not_worth_it(
    instance: &Instance,
    plan: &Plan,
    job: &str,
    params: &ProofParams,
    limits: &Limits<'_>,
) -> Option<ServingBound> {
    let k = instance.jobs.iter().position(|known| known.id == job)?;
    let penalty = instance.jobs[k].penalty?;
    let cost = cost_without(instance, plan, k)?;
    let mut parts = (**instance).clone();
    parts.jobs[k].penalty = None;
    let serving = Instance::new(parts).ok()?;
    let lower_bound = prove(&serving, None, params, limits, &mut |_| {}).lower_bound?;
    let adds = lower_bound - (cost - penalty);
    Some(ServingBound { lower_bound, adds, proven: lower_bound > cost })
}

/// Cost of the plan, if it leaves the job out and is one that may be driven.
fn cost_without(instance: &Instance, plan: &Plan, job: usize) -> Option<Cost> {
    let model = Model::new(instance);
    let solution = Standing::new(&model, plan).ok()?.solution;
    let complete = solution.absent().all(|left| instance.jobs[left].penalty.is_some());
    let leaves_out = solution.absent().any(|left| left == job);
    (complete && leaves_out && solution.keeps_promises(&model) && solution.fairness.is_allowed())
        .then(|| output::plan(&model, &solution).cost)
}

impl Explanation {
    /// Takes in what a bound says of the job.
    pub fn settle(&mut self, bound: &ServingBound) {
        if bound.proven && self.verdict != Verdict::ProvenInfeasible {
            (self.verdict, self.evidence) = (Verdict::NotWorthIt, Evidence::Bound);
        }
    }
}
