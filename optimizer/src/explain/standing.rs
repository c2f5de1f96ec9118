//! A plan laid over the instance that it answers, ready to be asked about.

use std::collections::HashMap;

use huilu_model::{Plan, PlannedRoute, StepKind};

use crate::resources::model::{Model, Node};
use crate::routing::solution::Solution;

/// Why a plan cannot be asked about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    #[error("the plan names the vehicle `{0}`, which the instance does not have")]
    UnknownVehicle(String),
    #[error("the plan names the job `{0}`, which the instance does not have")]
    UnknownJob(String),
    #[error("the plan names the outlet `{0}`, which the instance does not have")]
    UnknownOutlet(String),
    #[error("the route of vehicle `{0}` breaks a rule of the instance, or serves a job again")]
    BrokenRoute(String),
}

/// Names to indices.
#[derive(Debug)]
pub(crate) struct Names<'n> {
    jobs: HashMap<&'n str, usize>,
    vehicles: HashMap<&'n str, usize>,
    outlets: HashMap<&'n str, usize>,
}

impl<'n> Names<'n> {
    pub(crate) fn new(model: &Model<'n>) -> Self {
        let instance = model.instance;
        Self {
            jobs: instance.jobs.iter().enumerate().map(|(k, job)| (job.id.as_str(), k)).collect(),
            vehicles: instance.vehicles.iter().enumerate().map(|(k, vehicle)| (vehicle.id.as_str(), k)).collect(),
            outlets: instance.outlets.iter().enumerate().map(|(k, outlet)| (outlet.id.as_str(), k)).collect(),
        }
    }

    pub(crate) fn job(&self, id: &str) -> Result<usize, Misfit> {
        self.jobs.get(id).copied().ok_or_else(|| Misfit::UnknownJob(id.to_owned()))
    }

    pub(crate) fn vehicle(&self, id: &str) -> Result<usize, Misfit> {
        self.vehicles.get(id).copied().ok_or_else(|| Misfit::UnknownVehicle(id.to_owned()))
    }

    pub(crate) fn outlet(&self, id: &str) -> Result<usize, Misfit> {
        self.outlets.get(id).copied().ok_or_else(|| Misfit::UnknownOutlet(id.to_owned()))
    }

    fn visits(&self, model: &Model<'_>, route: &PlannedRoute) -> Result<Vec<Node>, Misfit> {
        let visit = |kind: &StepKind| match kind {
            StepKind::Job { job } => Some(self.job(job).map(|job| job as Node)),
            StepKind::Unload { outlet } => Some(self.outlet(outlet).map(|outlet| model.outlet_node(outlet))),
            StepKind::Start | StepKind::Break | StepKind::End => None,
        };
        route.steps.iter().filter_map(|step| visit(&step.kind)).collect()
    }
}

/// Each vehicle that is used, and of those that are idle one of each kind.
pub(crate) fn vehicles(solution: &Solution) -> impl Iterator<Item = usize> + '_ {
    let used = (0..solution.routes.len()).filter(|&v| !solution.routes[v].is_empty());
    used.chain(solution.idle.iter().filter_map(|idle| idle.last().map(|&v| v as usize)))
}

#[derive(Debug)]
pub(crate) struct Standing<'m, 'a> {
    pub(crate) model: &'m Model<'a>,
    pub(crate) names: Names<'a>,
    pub(crate) solution: Solution,
}

impl<'m, 'a> Standing<'m, 'a> {
    /// # Errors
    /// The first thing in the plan that is not of this instance.
    pub(crate) fn new(model: &'m Model<'a>, plan: &Plan) -> Result<Self, Misfit> {
        let names = Names::new(model);
        let mut solution = Solution::at_home(model);
        let (mut served, mut named) = (vec![false; model.n_jobs], vec![false; model.kind_of.len()]);
        for route in &plan.routes {
            let vehicle = names.vehicle(&route.vehicle)?;
            let visits = names.visits(model, route)?;
            let again =
                visits.iter().any(|&node| model.is_job(node) && std::mem::replace(&mut served[node as usize], true));
            let twice = std::mem::replace(&mut named[vehicle], true);
            if again || twice || !solution.replace(model, vehicle as u32, |own| *own = visits) {
                return Err(Misfit::BrokenRoute(route.vehicle.clone()));
            }
        }
        // Whoever has a locked beginning cannot stay at home.
        let begun = |&v: &usize| model.kinds[model.kind_of[v]].locked_rows() > 0;
        match (0..named.len()).filter(|&v| !named[v]).find(begun) {
            Some(idle) => Err(Misfit::BrokenRoute(model.instance.vehicles[idle].id.clone())),
            None => Ok(Self { model, names, solution }),
        }
    }

    pub(crate) fn vehicles(&self) -> impl Iterator<Item = usize> + '_ {
        vehicles(&self.solution)
    }

    /// Grams and litres of a stream that an outlet receives from all vehicles but perhaps one.
    pub(crate) fn received_from_others(&self, vehicle: Option<usize>, outlet: usize, stream: usize) -> (i64, i64) {
        let others = self.solution.routes.iter().enumerate().filter(|&(other, _)| Some(other) != vehicle);
        let deliveries = others.flat_map(|(_, route)| &route.deliveries);
        let same = deliveries.filter(|delivery| (delivery.outlet, delivery.stream) == (outlet, stream));
        same.fold((0, 0), |sum, delivery| (sum.0 + delivery.grams, sum.1 + delivery.litres))
    }
}
