//! Locks as the file says them, resolved to [`Locks`].

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::Problem;
use crate::fault::{FaultCode, Faults};
use crate::instance::Window;
use crate::locks::{LockedVisit, Locks, PrefixLock, SequenceLock, StartLock, VehicleLock};
use crate::units::Seconds;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum LockSpec {
    /// None but these vehicles may serve the job.
    Vehicle { job: String, vehicles: Vec<String> },
    /// `after` is served only on the route that serves `before`, and later.
    Sequence {
        before: String,
        after: String,
        /// With no other visit between them.
        #[serde(default)]
        directly: bool,
    },
    /// The visit starts in this interval.
    Start { job: String, start: Seconds, end: Seconds },
    /// The route of the vehicle begins with these visits.
    Prefix { vehicle: String, visits: Vec<VisitSpec> },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum VisitSpec {
    Job { job: String },
    Unload { outlet: String },
}

pub(super) fn resolve(problem: &Problem, faults: &mut Faults) -> Locks {
    let mut names = Names {
        jobs: index(problem.jobs.iter().map(|job| job.id.as_str())),
        vehicles: index(problem.vehicles.iter().map(|vehicle| vehicle.id.as_str())),
        outlets: index(problem.outlets.iter().map(|outlet| outlet.id.as_str())),
        faults,
    };
    let mut locks = Locks::default();
    for (k, spec) in problem.locks.iter().enumerate() {
        names.lock(&format!("locks[{k}]"), spec, &mut locks);
    }
    locks
}

fn index<'a>(ids: impl Iterator<Item = &'a str>) -> HashMap<&'a str, usize> {
    ids.enumerate().map(|(k, id)| (id, k)).collect()
}

struct Names<'a> {
    jobs: HashMap<&'a str, usize>,
    vehicles: HashMap<&'a str, usize>,
    outlets: HashMap<&'a str, usize>,
    faults: &'a mut Faults,
}

impl Names<'_> {
    fn known(
        &mut self,
        table: fn(&Self) -> (&HashMap<&str, usize>, &'static str),
        path: &str,
        id: &str,
    ) -> Option<usize> {
        let (known, list) = table(self);
        let found = known.get(id).copied();
        if found.is_none() {
            self.faults.add(FaultCode::UnknownReference, path, format!("`{id}` is not in `{list}`"));
        }
        found
    }

    fn job(&mut self, path: &str, id: &str) -> Option<usize> {
        self.known(|names| (&names.jobs, "jobs"), path, id)
    }

    fn vehicle(&mut self, path: &str, id: &str) -> Option<usize> {
        self.known(|names| (&names.vehicles, "vehicles"), path, id)
    }

    fn visit(&mut self, path: &str, visit: &VisitSpec) -> Option<LockedVisit> {
        match visit {
            VisitSpec::Job { job } => self.job(path, job).map(LockedVisit::Job),
            VisitSpec::Unload { outlet } => {
                self.known(|names| (&names.outlets, "outlets"), path, outlet).map(LockedVisit::Unload)
            }
        }
    }

    fn lock(&mut self, path: &str, spec: &LockSpec, locks: &mut Locks) {
        match spec {
            LockSpec::Vehicle { job, vehicles } => {
                let job = self.job(path, job);
                let known: Vec<usize> = vehicles.iter().filter_map(|id| self.vehicle(path, id)).collect();
                // A part of a lock would say what nobody said.
                let job = job.filter(|_| known.len() == vehicles.len());
                locks.vehicles.extend(job.map(|job| VehicleLock { job, vehicles: known }));
            }
            LockSpec::Sequence { before, after, directly } => {
                if let (Some(before), Some(after)) = (self.job(path, before), self.job(path, after)) {
                    locks.sequences.push(SequenceLock { before, after, directly: *directly });
                }
            }
            LockSpec::Start { job, start, end } => {
                if start > end {
                    let cause = format!("ends at {end} before it begins at {start}");
                    self.faults.add(FaultCode::WindowReversed, path, cause);
                }
                let window = Window { start: *start, end: *end };
                locks.starts.extend(self.job(path, job).map(|job| StartLock { job, window }));
            }
            LockSpec::Prefix { vehicle, visits } => {
                let vehicle = self.vehicle(path, vehicle);
                let known: Vec<LockedVisit> = visits.iter().filter_map(|visit| self.visit(path, visit)).collect();
                let vehicle = vehicle.filter(|_| known.len() == visits.len());
                let prefix = |vehicle| PrefixLock { vehicle, visits: known, ..PrefixLock::default() };
                locks.prefixes.extend(vehicle.map(prefix));
            }
        }
    }
}
