//! Locks: what a plan may no longer decide, because it was promised or has happened.
//!
//! All ordinary rules hold beside them, so a plan under locks is a plan without them as well, and a bound without them is a bound.

use std::collections::{HashMap, HashSet};

use crate::fault::{FaultCode, Faults};
use crate::instance::{JobIdx, OutletIdx, Parts, Vehicle, VehicleIdx, Window};
use crate::units::Seconds;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Locks {
    pub vehicles: Vec<VehicleLock>,
    pub sequences: Vec<SequenceLock>,
    pub starts: Vec<StartLock>,
    /// At most one for each vehicle.
    pub prefixes: Vec<PrefixLock>,
    /// No vehicle without a frozen start sets out earlier.
    pub freeze_before: Option<Seconds>,
    pub changes: Option<ChangeLimit>,
}

/// None but these vehicles may serve the job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VehicleLock {
    pub job: JobIdx,
    pub vehicles: Vec<VehicleIdx>,
}

/// `after` is served only on the route that serves `before`, and later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequenceLock {
    pub before: JobIdx,
    pub after: JobIdx,
    /// With no other visit between them; a break may be.
    pub directly: bool,
}

/// The visit starts inside one of the job's windows *and* this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartLock {
    pub job: JobIdx,
    pub window: Window,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LockedVisit {
    Job(JobIdx),
    Unload(OutletIdx),
}

/// The route of the vehicle begins with these visits, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrefixLock {
    pub vehicle: VehicleIdx,
    pub visits: Vec<LockedVisit>,
    pub frozen: Option<Frozen>,
    /// Unloads that came later in the earlier plan: with them the vehicle can come home whatever else is left out.
    pub unloads_after: Vec<OutletIdx>,
}

/// Times that stay as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    pub departure: Seconds,
    /// Of the first visits; others may follow that are locked in their order alone.
    pub starts: Vec<Seconds>,
    /// Number of visits before the break, and when it starts.
    pub pause: Option<(usize, Seconds)>,
    /// The vehicle was on its way home, so nothing follows.
    pub closed: bool,
}

/// At most so many jobs of an earlier plan may be served by another vehicle, in another of their windows, or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeLimit {
    pub most: u32,
    /// At most one for each job.
    pub before: Vec<Placement>,
}

/// Where a job was in the earlier plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    pub job: JobIdx,
    pub vehicle: VehicleIdx,
    /// Index of the job's window that held its start; `None` where none of today's did: then only the vehicle counts.
    pub slot: Option<usize>,
}

impl Locks {
    /// Nothing is locked at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub fn prefix_of(&self, vehicle: VehicleIdx) -> Option<&PrefixLock> {
        self.prefixes.iter().find(|prefix| prefix.vehicle == vehicle)
    }
}

impl Window {
    /// What both have in common.
    pub fn meet(self, other: Self) -> Option<Self> {
        let common = Self { start: self.start.max(other.start), end: self.end.min(other.end) };
        (common.start <= common.end).then_some(common)
    }
}

/// Unknown indices, and locks that contradict each other or the rest of the instance. Whether a frozen start of a day can be
/// driven at all is for the search's evaluator to say.
pub(crate) fn validate(faults: &mut Faults, parts: &Parts) {
    let before = faults.0.len();
    references(faults, parts);
    if faults.0.len() == before {
        starts(faults, parts);
        prefixes(faults, parts);
        let order = sequences(faults, parts);
        vehicles(faults, parts, &order);
    }
}

fn references(faults: &mut Faults, parts: &Parts) {
    let locks = &parts.locks;
    let visits = || locks.prefixes.iter().flat_map(|prefix| &prefix.visits);
    let changes = locks.changes.iter().flat_map(|limit| &limit.before);
    let jobs = locks.vehicles.iter().map(|lock| lock.job);
    let jobs = jobs.chain(locks.sequences.iter().flat_map(|lock| [lock.before, lock.after]));
    let jobs = jobs.chain(locks.starts.iter().map(|lock| lock.job)).chain(changes.clone().map(|place| place.job));
    let in_visits = visits().filter_map(|&visit| if let LockedVisit::Job(job) = visit { Some(job) } else { None });
    for job in jobs.chain(in_visits).filter(|&job| job >= parts.jobs.len()) {
        faults.add(FaultCode::UnknownReference, "locks", format!("job {job} is not in `jobs`"));
    }
    let outlets =
        visits().filter_map(|&visit| if let LockedVisit::Unload(outlet) = visit { Some(outlet) } else { None });
    for outlet in outlets.chain(locks.prefixes.iter().flat_map(|prefix| prefix.unloads_after.iter().copied())) {
        if outlet >= parts.outlets.len() {
            faults.add(FaultCode::UnknownReference, "locks", format!("outlet {outlet} is not in `outlets`"));
        }
    }
    let named = locks.vehicles.iter().flat_map(|lock| &lock.vehicles);
    let named = named.chain(locks.prefixes.iter().map(|prefix| &prefix.vehicle));
    for &vehicle in named.chain(changes.map(|placement| &placement.vehicle)) {
        if vehicle >= parts.vehicles.len() {
            faults.add(FaultCode::UnknownReference, "locks", format!("vehicle {vehicle} is not in `vehicles`"));
        }
    }
    let limit = crate::instance::NUMBER_LIMIT;
    let windows = locks.starts.iter().flat_map(|lock| [lock.window.start, lock.window.end]);
    let frozen = locks.prefixes.iter().filter_map(|prefix| prefix.frozen.as_ref());
    let times = frozen.flat_map(|frozen| {
        let pause = frozen.pause.map(|(_, at)| at);
        frozen.starts.iter().copied().chain([frozen.departure]).chain(pause)
    });
    if windows.chain(times).chain(locks.freeze_before).any(|at| at.0.unsigned_abs() > limit.unsigned_abs()) {
        faults.add(FaultCode::NumberTooLarge, "locks", format!("an instant lies beyond {limit} seconds"));
    }
}

fn starts(faults: &mut Faults, parts: &Parts) {
    let mut common: HashMap<JobIdx, Vec<Window>> = HashMap::new();
    for lock in &parts.locks.starts {
        let job = &parts.jobs[lock.job];
        let left = common.entry(lock.job).or_insert_with(|| job.windows.clone());
        *left = left.iter().filter_map(|window| window.meet(lock.window)).collect();
        if left.is_empty() {
            let cause = format!("`{}` is to start from {} to {}", job.id, lock.window.start, lock.window.end);
            faults.add(FaultCode::LockStart, "locks", format!("{cause}, where none of its windows is open"));
        }
    }
}

fn prefixes(faults: &mut Faults, parts: &Parts) {
    let (mut vehicles, mut jobs) = (HashSet::new(), HashMap::new());
    for prefix in &parts.locks.prefixes {
        let id = &parts.vehicles[prefix.vehicle].id;
        if !vehicles.insert(prefix.vehicle) {
            faults.add(FaultCode::LockTwice, "locks", format!("`{id}` has more than one locked beginning"));
        }
        for visit in &prefix.visits {
            if let LockedVisit::Job(job) = *visit
                && let Some(other) = jobs.insert(job, prefix.vehicle)
            {
                let (job, other) = (&parts.jobs[job].id, &parts.vehicles[other].id);
                faults.add(FaultCode::LockTwice, "locks", format!("`{job}` is locked to `{other}` and to `{id}`"));
            }
        }
    }
}

/// Jobs of sequence locks, each after those it has to follow; cycles and pairs that cannot both hold are faults.
fn sequences(faults: &mut Faults, parts: &Parts) -> Vec<SequenceLock> {
    let locks = &parts.locks.sequences;
    let (mut next, mut last) = (HashMap::new(), HashMap::new());
    for lock in locks.iter().filter(|lock| lock.directly) {
        let clash = |known: Option<JobIdx>, own: JobIdx| known.is_some_and(|known| known != own);
        if clash(next.insert(lock.before, lock.after), lock.after)
            || clash(last.insert(lock.after, lock.before), lock.before)
        {
            let (one, other) = (&parts.jobs[lock.before].id, &parts.jobs[lock.after].id);
            let cause = format!("`{one}` directly before `{other}` contradicts another direct order");
            faults.add(FaultCode::LockSequence, "locks", cause);
        }
    }
    let mut open: Vec<SequenceLock> = locks.clone();
    let mut ordered = Vec::with_capacity(locks.len());
    loop {
        let waiting: HashSet<JobIdx> = open.iter().map(|lock| lock.after).collect();
        let (ready, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(|lock| !waiting.contains(&lock.before));
        if ready.is_empty() {
            if let Some(lock) = rest.first() {
                let (one, other) = (&parts.jobs[lock.before].id, &parts.jobs[lock.after].id);
                let cause = format!("`{one}` before `{other}` is part of a circle, or follows one");
                faults.add(FaultCode::LockCycle, "locks", cause);
            }
            break;
        }
        ordered.extend(ready);
        open = rest;
    }
    for prefix in &parts.locks.prefixes {
        let place = |job: JobIdx| prefix.visits.iter().position(|&visit| visit == LockedVisit::Job(job));
        for lock in locks {
            let Some(after) = place(lock.after) else { continue };
            let before = place(lock.before);
            if before.is_none_or(|before| before >= after || (lock.directly && before + 1 != after)) {
                let (one, other) = (&parts.jobs[lock.before].id, &parts.jobs[lock.after].id);
                let vehicle = &parts.vehicles[prefix.vehicle].id;
                let cause = format!("`{other}` is locked into the beginning of `{vehicle}` without `{one}` before it");
                faults.add(FaultCode::LockSequence, "locks", cause);
            }
        }
    }
    ordered
}

/// Each locked job needs a vehicle that all its locks allow and that has the skills and the room, and jobs that follow each other need
/// one that may serve both. What is frozen has happened: where it parts two jobs, the later one is left out, and the day has a plan.
fn vehicles(faults: &mut Faults, parts: &Parts, order: &[SequenceLock]) {
    let allowed = allowed_by(&parts.locks, |prefix| &prefix.visits);
    let mut named: Vec<JobIdx> = allowed.keys().copied().collect();
    named.sort_unstable();
    for &job in &named {
        let data = &parts.jobs[job];
        let some = allowed[&job].iter().any(|&vehicle| takes(parts, &parts.vehicles[vehicle], job));
        if !some {
            let cause = format!("no vehicle that `{}` is locked to has the skills and the room for it", data.id);
            faults.add(FaultCode::LockVehicle, "locks", cause);
        }
    }
    let mut allowed = allowed_by(&parts.locks, |prefix| {
        let frozen = prefix.frozen.as_ref().map_or(0, |frozen| frozen.starts.len());
        prefix.visits.get(frozen..).unwrap_or(&[])
    });
    for lock in order {
        let Some(before) = allowed.get(&lock.before).cloned() else { continue };
        meet(&mut allowed, lock.after, &before);
        if allowed[&lock.after].is_empty() && !before.is_empty() {
            let (one, other) = (&parts.jobs[lock.before].id, &parts.jobs[lock.after].id);
            let cause = format!("no vehicle may serve both `{one}` and `{other}`, which have to follow each other");
            faults.add(FaultCode::LockSequence, "locks", cause);
        }
    }
}

/// Vehicles of the jobs that not all may serve, by vehicle locks and by these visits of each locked beginning.
fn allowed_by(locks: &Locks, begun: fn(&PrefixLock) -> &[LockedVisit]) -> HashMap<JobIdx, Vec<VehicleIdx>> {
    let mut allowed = HashMap::new();
    locks.vehicles.iter().for_each(|lock| meet(&mut allowed, lock.job, &lock.vehicles));
    for prefix in &locks.prefixes {
        for visit in begun(prefix) {
            if let LockedVisit::Job(job) = *visit {
                meet(&mut allowed, job, &[prefix.vehicle]);
            }
        }
    }
    allowed
}

/// Only these vehicles, too, may serve the job.
fn meet(allowed: &mut HashMap<JobIdx, Vec<VehicleIdx>>, job: JobIdx, vehicles: &[VehicleIdx]) {
    let known = allowed.entry(job).or_insert_with(|| vehicles.to_vec());
    known.retain(|vehicle| vehicles.contains(vehicle));
}

/// Skills, compartments and payload of the empty vehicle.
fn takes(parts: &Parts, vehicle: &Vehicle, job: JobIdx) -> bool {
    let job = &parts.jobs[job];
    let mut held = vec![(0_i64, 0_i64); vehicle.compartments.len()];
    let placed = job.loads.iter().filter(|load| load.grams.0 > 0 || load.litres.0 > 0).all(|load| {
        let part = vehicle.compartments.iter().position(|part| part.streams.contains(load.stream));
        part.is_some_and(|part| {
            held[part] = (held[part].0.saturating_add(load.grams.0), held[part].1.saturating_add(load.litres.0));
            true
        })
    });
    let fits =
        |(held, part): (&(i64, i64), &crate::instance::Compartment)| held.0 <= part.grams.0 && held.1 <= part.litres.0;
    job.skills & !vehicle.skills == 0
        && placed
        && held.iter().zip(&vehicle.compartments).all(fits)
        && held.iter().map(|held| held.0).fold(0, i64::saturating_add) <= vehicle.grams.0
}
