//! Jobs that nobody can serve, in a problem that has other faults.
//!
//! Whether a job can be served is asked of a whole instance, so what is broken is taken out first: a job with a fault says
//! nothing about the others, nor does a wrong price. Where anything else is broken the question has no answer yet.

use huilu_model::{Fault, FaultCode, Faults, Instance, Problem, Shape};

use crate::routing;

/// What [`routing::impossible`] says about the parts of `problem` that have none of the `faults`.
pub(super) fn unservable(problem: &Problem, faults: &Faults) -> Faults {
    let mut found = Faults::default();
    if problem.vehicles.is_empty() && problem.jobs.iter().any(|job| job.penalty.is_none()) {
        found.add(FaultCode::NoVehicle, "vehicles", "there is none, but jobs that must be served");
        return found;
    }
    let Some((rest, jobs)) = without(problem, faults) else { return found };
    let Ok(instance) = Instance::try_from(&rest) else { return found };
    found = routing::impossible(&instance);
    found.0.iter_mut().for_each(|fault| renumber(fault, &jobs));
    found
}

/// The problem without what is broken, and the numbers of the jobs that are left; nothing where more than that is broken.
fn without(problem: &Problem, faults: &Faults) -> Option<(Problem, Vec<usize>)> {
    let mut rest = problem.clone();
    let by_positions = problem.metrics.iter().any(|metric| metric.shape == Shape::GreatCircle);
    let mut healthy = vec![true; problem.jobs.len()];
    for path in faults.0.iter().map(|fault| fault.path.as_str()) {
        if let Some(k) = entry(path, "jobs") {
            *healthy.get_mut(k)? = false;
        } else if let Some(k) = entry(path, "vehicles").filter(|_| path.contains("].costs.")) {
            rest.vehicles.get_mut(k)?.costs = Default::default();
            rest.vehicles.get_mut(k)?.overtime_from = None;
        } else if let Some(k) = entry(path, "places").filter(|_| path.ends_with("].position") && !by_positions) {
            rest.places.get_mut(k)?.position = None;
        } else if !path.starts_with("balance[") && !path.starts_with("compactness") {
            return None;
        }
    }
    // Neither decides who can serve whom, and both name what may be gone.
    (rest.balance, rest.compactness) = (Vec::new(), None);
    if healthy.contains(&false) && !(rest.locks.is_empty() && rest.warm_start.is_none()) {
        return None;
    }
    let jobs: Vec<usize> = (0..healthy.len()).filter(|&k| healthy[k]).collect();
    rest.jobs = jobs.iter().map(|&k| problem.jobs[k].clone()).collect();
    Some((rest, jobs))
}

/// `3` of `jobs[3]` and `jobs[3].id`.
fn entry(path: &str, list: &str) -> Option<usize> {
    path.strip_prefix(list)?.strip_prefix('[')?.split_once(']')?.0.parse().ok()
}

/// Back to the numbers of the file.
fn renumber(fault: &mut Fault, jobs: &[usize]) {
    if let Some(&given) = entry(&fault.path, "jobs").and_then(|k| jobs.get(k)) {
        fault.path = format!("jobs[{given}]");
    }
}
