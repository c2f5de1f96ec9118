//! Integer answers: the best plan that the routes of the master can be put together to.
//!
//! The restricted master heuristic: its columns, made real routes by dropping what a relaxed route visits again, join the routes of the
//! search in one pool, and set partitioning over that pool is solved by branch and bound. It improves plans and proves nothing.

use std::collections::HashMap;

use huilu_model::{Plan, StepKind};

use super::column::Column;
use crate::explain::ways::Patience;
use crate::limits::Limits;
use crate::resources::model::{Model, Node};
use crate::routing::output;
use crate::routing::params::Params;
use crate::routing::pool::{Pool, PooledRoute};
use crate::routing::recombine::recombine;
use crate::routing::route::Route;
use crate::routing::search::Visits;

/// Branch-and-bound nodes of one answer.
const NODES: u64 = 300;

/// The visits of a plan, by vehicle.
pub(crate) fn visits_of(model: &Model<'_>, plan: &Plan) -> Visits {
    let instance = model.instance;
    let jobs: HashMap<&str, usize> = instance.jobs.iter().enumerate().map(|(k, job)| (job.id.as_str(), k)).collect();
    let outlets: HashMap<&str, usize> = instance.outlets.iter().enumerate().map(|(k, o)| (o.id.as_str(), k)).collect();
    let vehicles: HashMap<&str, usize> =
        instance.vehicles.iter().enumerate().map(|(k, v)| (v.id.as_str(), k)).collect();
    let visit = |step: &huilu_model::Step| match &step.kind {
        StepKind::Job { job } => jobs.get(job.as_str()).map(|&job| job as Node),
        StepKind::Unload { outlet } => outlets.get(outlet.as_str()).map(|&outlet| model.outlet_node(outlet)),
        StepKind::Start | StepKind::Break | StepKind::End => None,
    };
    let mut visits = vec![Vec::new(); instance.vehicles.len()];
    for route in &plan.routes {
        if let Some(&vehicle) = vehicles.get(route.vehicle.as_str()) {
            visits[vehicle] = route.steps.iter().filter_map(visit).collect();
        }
    }
    visits
}

/// The route that a column stands for, without second visits to a job; `None` where it breaks a rule that pricing leaves out.
pub(crate) fn real(model: &Model<'_>, column: &Column) -> Option<PooledRoute> {
    let mut route = Route::new(column.kind);
    let mut served = vec![false; model.n_jobs];
    for &node in &column.visits {
        let again = served.get_mut(node as usize).is_some_and(|served| std::mem::replace(served, true));
        if !again {
            route.visits.push(node);
        }
    }
    route.refresh(model).then(|| PooledRoute::new(model, &route))
}

/// A plan cheaper than that of `incumbent`, if one is found within the limits. Of the jobs that it leaves out nothing is proven here: those
/// that no route serves are known since the search, and looking for proofs of the others would take time for nothing.
pub(crate) fn better_plan(
    model: &Model<'_>,
    columns: &[Column],
    known: &[PooledRoute],
    incumbent: &Visits,
    limits: &Limits<'_>,
) -> Option<Plan> {
    let mut pool = Pool::new(columns.len() + known.len() + incumbent.len() + 4);
    known
        .iter()
        .cloned()
        .chain(columns.iter().take_while(|_| !limits.reached(0)).filter_map(|column| real(model, column)))
        .for_each(|route| pool.add(route));
    let params = Params { partition_nodes: NODES, partition_share: 1.0, ..Params::default() };
    let better = recombine(model, &params, limits, &mut pool, incumbent).better;
    let better = better.filter(|solution| solution.keeps_promises(model))?;
    Some(output::plan_within(model, &better, Patience::SPENT))
}
