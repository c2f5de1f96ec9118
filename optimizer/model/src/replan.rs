//! What an earlier plan locks: its frozen beginning, and how much of the rest may change.

use std::collections::HashMap;

use crate::fault::{FaultCode, Faults};
use crate::instance::Parts;
use crate::locks::{ChangeLimit, Frozen, LockedVisit, Placement, PrefixLock};
use crate::plan::{Plan, PlannedRoute, Step, StepKind};
use crate::units::Seconds;

/// What of an earlier plan has to stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// What starts before this instant stays as it is, and so does the visit that a vehicle is on its way to then.
    pub freeze_before: Option<Seconds>,
    /// So many jobs at most may change their vehicle or their window, or be left out.
    pub max_changed: Option<u32>,
}

impl Keep {
    /// Adds the locks that follow from `plan`.
    pub fn lock(self, parts: &mut Parts, plan: Option<&Plan>, faults: &mut Faults) {
        let asked = [("freeze_before", self.freeze_before.is_some()), ("max_changed", self.max_changed.is_some())];
        let Some(plan) = plan else {
            for (path, _) in asked.into_iter().filter(|&(_, asked)| asked) {
                faults.add(FaultCode::Contradiction, path, "needs the plan that it speaks of as `warm_start`");
            }
            return;
        };
        let table = |ids: Vec<&String>| ids.into_iter().enumerate().map(|(k, id)| (id.clone(), k)).collect();
        let names = Names {
            jobs: table(parts.jobs.iter().map(|job| &job.id).collect()),
            vehicles: table(parts.vehicles.iter().map(|vehicle| &vehicle.id).collect()),
            outlets: table(parts.outlets.iter().map(|outlet| &outlet.id).collect()),
        };
        parts.locks.freeze_before = self.freeze_before;
        if let Some(freeze) = self.freeze_before {
            let mut prefixes = std::mem::take(&mut parts.locks.prefixes);
            for (r, route) in plan.routes.iter().enumerate() {
                names.freeze(parts, &format!("warm_start.routes[{r}]"), route, freeze, &mut prefixes, faults);
            }
            parts.locks.prefixes = prefixes;
        }
        parts.locks.changes = self.max_changed.map(|most| names.changes(parts, &plan.routes, most));
    }
}

struct Names {
    jobs: HashMap<String, usize>,
    vehicles: HashMap<String, usize>,
    outlets: HashMap<String, usize>,
}

fn known(faults: &mut Faults, table: &HashMap<String, usize>, list: &str, path: &str, id: &str) -> Option<usize> {
    let found = table.get(id).copied();
    if found.is_none() {
        faults.add(FaultCode::UnknownReference, path, format!("`{id}`, which is frozen, is not in `{list}`"));
    }
    found
}

fn is_visit(step: &Step) -> bool {
    matches!(step.kind, StepKind::Job { .. } | StepKind::Unload { .. })
}

impl Names {
    /// How many steps stay: those that start before `freeze`, the visit that the vehicle is on its way to then (it has left, so it is on
    /// its way to its first, whatever comes between), and a job whose release the trip has waited for.
    fn steps_frozen(&self, parts: &Parts, route: &PlannedRoute, freeze: Seconds) -> usize {
        let steps = &route.steps;
        let first = steps.iter().position(is_visit).unwrap_or(0);
        let next = (first + 1..steps.len()).find(|&k| steps[k - 1].departure_s >= freeze).unwrap_or(steps.len());
        let unload = |step: &Step| matches!(step.kind, StepKind::Unload { .. });
        let Some(opener) = steps[..next.saturating_sub(1)].iter().rposition(unload) else { return next };
        let release = |step: &Step| match &step.kind {
            StepKind::Job { job } => self.jobs.get(job).and_then(|&job| parts.jobs[job].release),
            _ => None,
        };
        let left = Some(steps[opener].departure_s);
        let in_trip = |k: &usize| !steps[opener + 1..=*k].iter().any(unload);
        let awaited = |from: usize, to: usize| (from..to).take_while(in_trip).find(|&k| release(&steps[k]) == left);
        match awaited(next, steps.len()) {
            Some(job) if awaited(opener + 1, next).is_none() => job + 1,
            _ => next,
        }
    }

    fn freeze(
        &self,
        parts: &Parts,
        path: &str,
        route: &PlannedRoute,
        freeze: Seconds,
        prefixes: &mut Vec<PrefixLock>,
        faults: &mut Faults,
    ) {
        let Some(departure) = route.steps.first().map(|step| step.departure_s).filter(|&at| at < freeze) else {
            return;
        };
        let Some(vehicle) = known(faults, &self.vehicles, "vehicles", path, &route.vehicle) else { return };
        let mut frozen = Frozen { departure, starts: Vec::new(), pause: None, closed: false };
        let mut visits = Vec::new();
        for (k, step) in route.steps.iter().enumerate().take(self.steps_frozen(parts, route, freeze)).skip(1) {
            let path = format!("{path}.steps[{k}]");
            let visit = match &step.kind {
                StepKind::Job { job } => known(faults, &self.jobs, "jobs", &path, job).map(LockedVisit::Job),
                StepKind::Unload { outlet } => {
                    known(faults, &self.outlets, "outlets", &path, outlet).map(LockedVisit::Unload)
                }
                StepKind::Break => {
                    frozen.pause = Some((visits.len(), step.start_s));
                    continue;
                }
                StepKind::Start => continue,
                StepKind::End => {
                    frozen.closed = true;
                    break;
                }
            };
            visits.extend(visit);
            frozen.starts.push(step.start_s);
        }
        let at = prefixes.iter().position(|prefix| prefix.vehicle == vehicle && prefix.frozen.is_none());
        let at = at.unwrap_or_else(|| {
            prefixes.push(PrefixLock { vehicle, ..PrefixLock::default() });
            prefixes.len() - 1
        });
        let known = &mut prefixes[at];
        // One locked beginning may go on where the other ends.
        if !known.visits.starts_with(&visits) {
            if !visits.starts_with(&known.visits) {
                let cause = format!("`{}` is locked to another beginning than the one that is frozen", route.vehicle);
                return faults.add(FaultCode::LockTwice, path, cause);
            }
            known.visits = visits;
        }
        known.unloads_after = self.unloads(route, known.visits.len());
        known.frozen = Some(frozen);
    }

    /// Those after the first `visits` of the route, as far as there are outlets for them.
    fn unloads(&self, route: &PlannedRoute, visits: usize) -> Vec<usize> {
        let visited = route.steps.iter().filter(|step| is_visit(step)).skip(visits);
        let outlet = |step: &Step| match &step.kind {
            StepKind::Unload { outlet } => self.outlets.get(outlet).copied(),
            _ => None,
        };
        visited.filter_map(outlet).collect()
    }

    /// Jobs and vehicles that are gone are no changes.
    fn changes(&self, parts: &Parts, routes: &[PlannedRoute], most: u32) -> ChangeLimit {
        let mut before: HashMap<usize, Placement> = HashMap::new();
        for route in routes {
            let Some(&vehicle) = self.vehicles.get(route.vehicle.as_str()) else { continue };
            for step in &route.steps {
                let StepKind::Job { job } = &step.kind else { continue };
                let Some(&job) = self.jobs.get(job.as_str()) else { continue };
                // As an instance sorts them.
                let mut windows = parts.jobs[job].windows.clone();
                windows.sort_by_key(|window| window.start);
                let slot = windows.iter().position(|w| (w.start..=w.end).contains(&step.start_s));
                before.entry(job).or_insert(Placement { job, vehicle, slot });
            }
        }
        let mut before: Vec<Placement> = before.into_values().collect();
        before.sort_unstable_by_key(|placement| placement.job);
        ChangeLimit { most, before }
    }
}
