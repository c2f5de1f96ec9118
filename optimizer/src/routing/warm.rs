//! From an earlier plan to a solution of today: what is gone is dropped, and routes that break a rule are made possible by leaving
//! jobs out. These are inserted again afterwards, like new ones.

use std::collections::{HashMap, HashSet};
use std::fmt;

use huilu_model::{Plan, StepKind};

use super::model::{Model, Node};
use super::route::Route;
use super::search::Visits;

/// What of an earlier plan could not be taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    UnknownVehicle(String),
    UnknownJob(String),
    UnknownOutlet(String),
    /// It is on a route already.
    JobAgain(String),
    /// So many jobs had to leave the route of this vehicle.
    RouteRepaired {
        vehicle: String,
        left_out: usize,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownVehicle(id) => write!(out, "the earlier plan's vehicle `{id}` is no longer there"),
            Self::UnknownJob(id) => write!(out, "the earlier plan's job `{id}` is no longer there"),
            Self::UnknownOutlet(id) => write!(out, "the earlier plan's outlet `{id}` is no longer there"),
            Self::JobAgain(id) => write!(out, "the earlier plan serves `{id}` more than once"),
            Self::RouteRepaired { vehicle, left_out } => {
                write!(
                    out,
                    "the earlier route of `{vehicle}` breaks a rule now; {left_out} of its jobs were planned anew"
                )
            }
        }
    }
}

/// The plan's visits by vehicle, each route possible by itself.
pub(crate) fn read(model: &Model<'_>, plan: &Plan) -> (Visits, Vec<Notice>) {
    let instance = model.instance;
    let jobs: HashMap<&str, usize> = instance.jobs.iter().enumerate().map(|(k, job)| (job.id.as_str(), k)).collect();
    let outlets: HashMap<&str, usize> = instance.outlets.iter().enumerate().map(|(k, o)| (o.id.as_str(), k)).collect();
    let vehicles: HashMap<&str, usize> =
        instance.vehicles.iter().enumerate().map(|(k, v)| (v.id.as_str(), k)).collect();
    let (mut visits, mut notices) = (vec![Vec::new(); instance.vehicles.len()], Vec::new());
    let mut served = HashSet::new();
    for planned in &plan.routes {
        let Some(&vehicle) = vehicles.get(planned.vehicle.as_str()) else {
            notices.push(Notice::UnknownVehicle(planned.vehicle.clone()));
            continue;
        };
        let mut route: Vec<Node> = Vec::new();
        for step in &planned.steps {
            match &step.kind {
                StepKind::Job { job } => match jobs.get(job.as_str()) {
                    Some(&known) if served.insert(known) => route.push(known as Node),
                    Some(_) => notices.push(Notice::JobAgain(job.clone())),
                    None => notices.push(Notice::UnknownJob(job.clone())),
                },
                StepKind::Unload { outlet } => match outlets.get(outlet.as_str()) {
                    Some(&known) => route.push(model.outlet_node(known)),
                    None => notices.push(Notice::UnknownOutlet(outlet.clone())),
                },
                StepKind::Start | StepKind::Break | StepKind::End => {}
            }
        }
        if visits[vehicle].is_empty() {
            let left_out = repair(model, vehicle, &mut route);
            if left_out > 0 {
                notices.push(Notice::RouteRepaired { vehicle: planned.vehicle.clone(), left_out });
            }
            visits[vehicle] = route;
        }
    }
    (visits, notices)
}

/// Takes jobs out until the route is possible: one that alone stands in its way, or else the last. Returns how many.
fn repair(model: &Model<'_>, vehicle: usize, visits: &mut Vec<Node>) -> usize {
    let mut route = Route::new(model.kind_of[vehicle]);
    let locked = model.kinds[route.kind].locked_rows();
    let mut possible = |visits: &[Node]| {
        route.visits.clear();
        route.visits.extend_from_slice(visits);
        route.refresh(model)
    };
    let mut left_out = 0;
    while !visits.is_empty() && !possible(visits) {
        let without = |at: usize| [&visits[..at], &visits[at + 1..]].concat();
        let jobs: Vec<usize> = (locked..visits.len()).filter(|&at| model.is_job(visits[at])).collect();
        // From behind: what comes first was promised first.
        let culprit = jobs.iter().rev().copied().find(|&at| possible(&without(at)));
        match culprit.or(jobs.last().copied()) {
            Some(at) => {
                visits.remove(at);
                left_out += 1;
            }
            None => visits.clear(),
        }
    }
    left_out
}
