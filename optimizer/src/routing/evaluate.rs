//! From given visits to a plan: times, loads and costs of routes that somebody else has chosen.

use huilu_model::{Instance, JobIdx, OutletIdx, Plan, VehicleIdx};

use super::model::{Model, Node};
use super::output;
use super::solution::Solution;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Visit {
    Job(JobIdx),
    Unload(OutletIdx),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Evaluated {
    /// Each route as early and as short as its visits allow; jobs of no route are among those left out.
    pub plan: Plan,
    /// Indices of routes that break a rule, serve a job again, or name a vehicle again or something unknown. The plan is
    /// without them.
    pub refused: Vec<usize>,
}

/// The plan of these routes, each a vehicle and its visits in their order.
pub fn evaluate(instance: &Instance, routes: &[(VehicleIdx, Vec<Visit>)]) -> Evaluated {
    let model = Model::new(instance);
    let mut solution = Solution::new(&model);
    let mut served = vec![false; model.n_jobs];
    let mut given = vec![false; solution.routes.len()];
    let mut refused = Vec::new();
    for (k, (vehicle, visits)) in routes.iter().enumerate() {
        let nodes: Option<Vec<Node>> = visits.iter().map(|&visit| node(&model, visit)).collect();
        let free = given.get(*vehicle).is_some_and(|given| !given);
        let Some(nodes) = nodes.filter(|_| free) else {
            refused.push(k);
            continue;
        };
        let mut jobs: Vec<usize> = nodes.iter().filter(|&&node| model.is_job(node)).map(|&job| job as usize).collect();
        let n_jobs = jobs.len();
        jobs.sort_unstable();
        jobs.dedup();
        let once = jobs.len() == n_jobs && jobs.iter().all(|&job| !served[job]);
        if once && solution.replace(&model, *vehicle as u32, |own| own.clone_from(&nodes)) {
            jobs.iter().for_each(|&job| served[job] = true);
            given[*vehicle] = true;
        } else {
            refused.push(k);
        }
    }
    Evaluated { plan: output::plan(&model, &solution), refused }
}

fn node(model: &Model<'_>, visit: Visit) -> Option<Node> {
    match visit {
        Visit::Job(job) => (job < model.n_jobs).then_some(job as Node),
        Visit::Unload(outlet) => (outlet < model.accepts.len()).then(|| model.outlet_node(outlet)),
    }
}
