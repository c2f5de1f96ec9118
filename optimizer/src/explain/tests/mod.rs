//! What is said of a job left out, against days small enough to try everything, and against planted cases.

mod planted;
mod plants;
mod running;
mod shortage;
mod soundness;
mod what_if;

use std::sync::atomic::AtomicBool;

use huilu_model::instance::Parts;
use huilu_model::locks::StartLock;
use huilu_model::{Instance, Matrix, Plan, Seconds, StepKind, UNREACHABLE, Window};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{ExplainParams, Explanations, Misfit, explain};
use crate::limits::{Limits, NoClock};
use crate::resources::model::{Model, Node};
use crate::routing::cases::{city, limited};
use crate::routing::solution::Solution;
use crate::routing::{Params, solve};

pub(crate) fn planned(instance: &Instance, iterations: u64) -> Plan {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(iterations), cancel: &cancel };
    solve(instance, &Params::default(), 1, &limits, &mut |_| {}).plan
}

/// With all the time it takes.
pub(super) fn ask(instance: &Instance, plan: &Plan, params: &ExplainParams) -> Result<Explanations, Misfit> {
    let cancel = AtomicBool::new(false);
    explain(instance, plan, params, &Limits { clock: &NoClock, seconds: None, iterations: None, cancel: &cancel })
}

/// Jobs and outlets on a vehicle's route, in their order.
pub(crate) fn stops(plan: &Plan, vehicle: &str) -> Vec<String> {
    let route = plan.routes.iter().find(|route| route.vehicle == vehicle);
    let stop = |kind: &StepKind| match kind {
        StepKind::Job { job } => Some(job.clone()),
        StepKind::Unload { outlet } => Some(outlet.clone()),
        StepKind::Start | StepKind::Break | StepKind::End => None,
    };
    route.iter().flat_map(|route| &route.steps).filter_map(|step| stop(&step.kind)).collect()
}

/// As [`limited`], but roads need not keep the triangle inequality: some are missing, some are far longer than a detour.
pub(super) fn crooked(seed: u64, n_jobs: usize, n_vehicles: usize, n_outlets: usize) -> Instance {
    let mut parts: Parts = (*limited(seed, n_jobs, n_vehicles, n_outlets)).clone();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0xc00c);
    let size = parts.places.len();
    let mut legs: Vec<u32> = (0..size * size).map(|at| parts.travel[0].seconds(at / size, at % size)).collect();
    for (at, leg) in legs.iter_mut().enumerate() {
        if at / size != at % size {
            *leg = match rng.random_range(0..10) {
                0 => UNREACHABLE,
                1 | 2 => *leg * 5,
                _ => *leg,
            };
        }
    }
    parts.travel = vec![Matrix { profile: "van".to_owned(), size, seconds: legs.clone(), metres: legs }.into()];
    Instance::new(parts).expect("still valid")
}

/// As [`city`], with promised starts and hours that have passed.
pub(super) fn promised(seed: u64, n_jobs: usize, n_vehicles: usize, n_outlets: usize) -> Instance {
    let mut parts: Parts = (*city(seed, n_jobs, n_vehicles, n_outlets)).clone();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x9a0);
    for (job, data) in parts.jobs.iter().enumerate() {
        if rng.random_bool(0.4) {
            let own = data.windows[rng.random_range(0..data.windows.len())];
            let start = rng.random_range(own.start.0..=own.end.0);
            let window = Window { start: Seconds(start), end: Seconds(start + rng.random_range(0..20)) };
            parts.locks.starts.push(StartLock { job, window });
        }
    }
    parts.locks.freeze_before = rng.random_bool(0.5).then(|| Seconds(rng.random_range(5..30)));
    Instance::new(parts).expect("each lock leaves a moment of a window")
}

/// Every route of a vehicle that serves `job`: all orders of all sets of jobs, with up to two unloads between any two.
pub(super) fn some_route_serves(model: &Model<'_>, vehicle: usize, job: usize) -> bool {
    struct Trial<'t, 'a> {
        model: &'t Model<'a>,
        solution: Solution,
        vehicle: u32,
        job: usize,
    }
    fn grow(trial: &mut Trial<'_, '_>, visits: &mut Vec<Node>, unloads: usize) -> bool {
        let model = trial.model;
        if visits.contains(&(trial.job as Node))
            && trial.solution.replace(model, trial.vehicle, |own| own.clone_from(visits))
        {
            return true;
        }
        for next in 0..model.nodes.len() as Node {
            let is_job = model.is_job(next);
            if (is_job && visits.contains(&next)) || (!is_job && unloads == 2) || visits.last() == Some(&next) {
                continue;
            }
            visits.push(next);
            let found = grow(trial, visits, if is_job { 0 } else { unloads + 1 });
            visits.pop();
            if found {
                return true;
            }
        }
        false
    }
    let mut trial = Trial { model, solution: Solution::new(model), vehicle: vehicle as u32, job };
    grow(&mut trial, &mut Vec::new(), 0)
}
