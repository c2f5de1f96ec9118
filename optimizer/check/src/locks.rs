//! Locks: vehicles, order, beginnings of routes, frozen times, and how much of an earlier plan has changed. (Locked starts are
//! windows: see `times`.)

use std::collections::HashMap;

use huilu_model::locks::{LockedVisit, PrefixLock, SequenceLock};
use huilu_model::{Instance, JobIdx, Plan, StepKind, VehicleIdx, Window};

use crate::stops::{Names, Stop, Trip};
use crate::times::{holds, wide};
use crate::violation::{Code, Violation};

/// The windows in which a job may start.
pub(crate) fn windows(instance: &Instance, job: JobIdx) -> Vec<Window> {
    let locks: Vec<Window> =
        instance.locks.starts.iter().filter(|lock| lock.job == job).map(|lock| lock.window).collect();
    let narrow = |window: &Window| {
        let start = locks.iter().map(|lock| lock.start).fold(window.start, Ord::max);
        let end = locks.iter().map(|lock| lock.end).fold(window.end, Ord::min);
        Window { start, end }
    };
    instance.jobs[job].windows.iter().map(narrow).filter(|window| window.start <= window.end).collect()
}

/// Every vehicle lock of the job names the vehicle, and no beginning of another vehicle's route holds the job.
pub(crate) fn may_serve(instance: &Instance, vehicle: VehicleIdx, job: JobIdx) -> bool {
    let locks = &instance.locks;
    let of_others = locks.prefixes.iter().filter(|prefix| prefix.vehicle != vehicle);
    locks.vehicles.iter().filter(|lock| lock.job == job).all(|lock| lock.vehicles.contains(&vehicle))
        && !of_others.flat_map(|prefix| &prefix.visits).any(|&visit| visit == LockedVisit::Job(job))
}

/// A job that has to follow another is never served alone.
pub(crate) fn follows(instance: &Instance, job: JobIdx) -> bool {
    instance.locks.sequences.iter().any(|lock| lock.after == job)
}

/// One route.
pub(crate) fn check(trip: &Trip<'_>, log: &mut Vec<Violation>) {
    let locks = &trip.instance.locks;
    for (k, _, stop) in trip.steps() {
        let Stop::Job(job) = stop else { continue };
        if !may_serve(trip.instance, trip.vehicle_idx, job) {
            log.push(trip.violation(Code::LockedElsewhere, k).claimed(trip.vehicle.id.as_str()));
        }
        for lock in locks.sequences.iter().filter(|lock| lock.after == job) {
            if !in_sequence(trip, k, lock) {
                let before = trip.instance.jobs[lock.before].id.as_str();
                let found = trip.violation(Code::LockedSequence, k);
                log.push(found.figures("not after it", before));
            }
        }
    }
    match locks.prefixes.iter().find(|prefix| prefix.vehicle == trip.vehicle_idx) {
        Some(prefix) => begins(trip, prefix, log),
        None => sets_out(trip, log),
    }
}

fn in_sequence(trip: &Trip<'_>, after: usize, lock: &SequenceLock) -> bool {
    let before = Stop::Job(lock.before);
    let mut earlier = trip.stops[..after].iter().rev().filter(|&&stop| stop != Stop::Break);
    if lock.directly { earlier.next() == Some(&before) } else { earlier.any(|&stop| stop == before) }
}

fn sets_out(trip: &Trip<'_>, log: &mut Vec<Violation>) {
    if let (Some(freeze), Some(start)) = (trip.instance.locks.freeze_before, trip.planned.steps.first())
        && start.departure_s < freeze
    {
        log.push(trip.route_violation(Code::BeforeFreeze).figures(start.departure_s.0, freeze.0));
    }
}

/// Break steps count for the order only where the beginning is frozen.
fn begins(trip: &Trip<'_>, prefix: &PrefixLock, log: &mut Vec<Violation>) {
    let visits: Vec<(usize, Stop)> = trip
        .steps()
        .filter(|(_, _, stop)| !matches!(stop, Stop::Start | Stop::Break | Stop::End))
        .map(|(k, _, stop)| (k, stop))
        .collect();
    let wanted = |visit: &LockedVisit| match *visit {
        LockedVisit::Job(job) => Stop::Job(job),
        LockedVisit::Unload(outlet) => Stop::Outlet(outlet),
    };
    for (n, visit) in prefix.visits.iter().enumerate() {
        if visits.get(n).map(|&(_, stop)| stop) != Some(wanted(visit)) {
            log.push(
                trip.route_violation(Code::LockedBeginning).figures("another visit", format!("visit {n}").as_str()),
            );
            return;
        }
    }
    let Some(frozen) = &prefix.frozen else { return sets_out(trip, log) };
    let steps = &trip.planned.steps;
    let mut times: Vec<(usize, i64)> = vec![(0, frozen.departure.0)];
    times.extend(frozen.starts.iter().zip(&visits).map(|(start, &(k, _))| (k, start.0)));
    for (k, at) in times {
        let claimed = steps.get(k).map_or(0, |step| step.start_s.0);
        if claimed != at {
            log.push(trip.violation(Code::FrozenTime, k).figures(claimed, at));
        }
    }
    // A break of the frozen part stands where it stood; none comes into the part later.
    let last = frozen.starts.len().checked_sub(1).and_then(|n| visits.get(n)).map_or(0, |&(k, _)| k);
    let rest = (0..steps.len()).find(|&k| trip.stops[k] == Stop::Break);
    let visits_before = |k: usize| visits.iter().filter(|&&(at, _)| at < k).count();
    let found = rest.filter(|&k| k < last || frozen.pause.is_some());
    let stands = found.map(|k| (visits_before(k), steps[k].start_s.0));
    let stood = frozen.pause.map(|(row, at)| (row, at.0));
    if stands != stood {
        let claimed = stands.map_or(0, |(_, at)| at);
        log.push(trip.route_violation(Code::FrozenTime).about("break").figures(claimed, stood.map_or(0, |(_, at)| at)));
    }
    if frozen.closed && visits.len() > prefix.visits.len() {
        log.push(trip.route_violation(Code::FrozenEnd));
    }
}

/// What concerns the plan as a whole.
pub(crate) fn check_plan(instance: &Instance, plan: &Plan, names: &Names<'_>, log: &mut Vec<Violation>) {
    let mut served: HashMap<JobIdx, (VehicleIdx, i128)> = HashMap::new();
    let mut driving = Vec::new();
    for route in &plan.routes {
        let Some(&vehicle) = names.vehicles.get(route.vehicle.as_str()) else { continue };
        driving.push(vehicle);
        for step in &route.steps {
            if let StepKind::Job { job } = &step.kind
                && let Some(&job) = names.jobs.get(job.as_str())
            {
                served.insert(job, (vehicle, wide(step.start_s)));
            }
        }
    }
    for prefix in &instance.locks.prefixes {
        if !prefix.visits.is_empty() && !driving.contains(&prefix.vehicle) {
            let mut found = Violation::new(Code::LockedBeginning);
            found.vehicle = Some(instance.vehicles[prefix.vehicle].id.clone());
            log.push(found.claimed("no route"));
        }
    }
    let Some(limit) = &instance.locks.changes else { return };
    let stays = |placement: &&huilu_model::locks::Placement| {
        served.get(&placement.job).is_some_and(|&(vehicle, start)| {
            let slot = placement.slot.map(|slot| instance.jobs[placement.job].windows[slot]);
            vehicle == placement.vehicle && slot.is_none_or(|window| holds(window, start))
        })
    };
    let changed = limit.before.len() - limit.before.iter().filter(stays).count();
    if changed as i128 > limit.most.into() {
        log.push(Violation::new(Code::TooManyChanges).figures(changed as i128, i128::from(limit.most)));
    }
}
