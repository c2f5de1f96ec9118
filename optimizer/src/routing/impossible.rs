//! Mandatory jobs that no vehicle can serve, found before any search: an instance with one of them contradicts itself.

use std::collections::{HashMap, HashSet};

use huilu_model::{FaultCode, Faults, Instance, ReasonCode};

use super::model::Model;
use super::reasons;
use super::solution::Solution;
use crate::explain::ways::Ways;

/// All of them, and beginnings of routes that cannot be; empty where there is none. A job that may be left out at a price is no fault: its verdict says why it was.
pub fn impossible(instance: &Instance) -> Faults {
    let mut faults = Faults::default();
    let mandatory = || instance.jobs.iter().enumerate().filter(|(_, job)| job.penalty.is_none());
    if instance.vehicles.is_empty() {
        if mandatory().next().is_some() {
            faults.add(FaultCode::NoVehicle, "vehicles", "there is none, but jobs that must be served");
        }
        return faults;
    }
    let model = Model::new(instance);
    let ways = Ways::new(&model);
    let begun = Solution::new(&model);
    for (v, vehicle) in instance.vehicles.iter().enumerate() {
        let kind = &model.kinds[model.kind_of[v]];
        if kind.locked_rows() > 0 && !kind.begins(&begun.routes[v].visits) {
            let cause = format!("`{}` cannot begin as it is locked or frozen and keep all rules and times", vehicle.id);
            faults.add(FaultCode::FrozenMisfit, format!("vehicles[{v}]"), cause);
        }
    }
    // The file knows the parts of a pickup as one job, which stands where the first of them does.
    let mut first_part = HashMap::new();
    let mut told = HashSet::new();
    for (k, job) in mandatory() {
        let at = job.whole.map_or(k, |whole| *first_part.entry(whole).or_insert(k));
        if told.contains(&at) {
            continue;
        }
        if let Some(left) = reasons::impossible_alone(&model, &ways, k) {
            told.insert(at);
            let first = left.reasons.first().map_or(ReasonCode::Capacity, |reason| reason.code);
            // Whatever else stands against it, nobody may serve it.
            let open = (0..instance.vehicles.len()).any(|vehicle| model.locks.may_serve(vehicle, k));
            let (code, cause) = explained(if open { first } else { ReasonCode::Lock });
            faults.add(code, format!("jobs[{at}]"), format!("`{}` must be served, but {cause}", job.id));
        }
    }
    faults
}

fn explained(code: ReasonCode) -> (FaultCode, &'static str) {
    match code {
        ReasonCode::Unreachable => (FaultCode::JobUnreachable, "no vehicle that may serve it has a way there and home"),
        ReasonCode::MaxDistance => (FaultCode::JobUnreachable, "it lies beyond the range of every vehicle"),
        ReasonCode::TimeWindow => (FaultCode::JobTooLate, "every vehicle comes after its windows have closed"),
        ReasonCode::ShiftEnd => (FaultCode::JobTooLate, "no vehicle is back from it in time"),
        ReasonCode::Break => (FaultCode::JobTooLate, "no vehicle can take its break and serve it"),
        ReasonCode::Skill => (FaultCode::JobUnservable, "no vehicle has the skills for it"),
        ReasonCode::OutletFull => (FaultCode::JobUnservable, "no outlet can take its load"),
        ReasonCode::IncompatibleLoad => (FaultCode::JobUnservable, "its own streams may not mix in any vehicle"),
        ReasonCode::Area => (FaultCode::JobUnservable, "every vehicle is banned from its zone at its hours"),
        ReasonCode::Lock => (FaultCode::JobUnservable, "no vehicle may serve it under the locks and what is frozen"),
        ReasonCode::Capacity | ReasonCode::NoVehicle => (FaultCode::JobUnservable, "no vehicle has room for it"),
    }
}
