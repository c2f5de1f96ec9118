//! Pickups larger than a vehicle: one that is marked `splittable` and that no vehicle holds becomes as few parts, of as even
//! a size, as fit one. The parts are jobs of their own; what they are parts of stays in [`Parts::wholes`].

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use crate::fault::{FaultCode, Faults};
use crate::instance::{Job, JobIdx, Load, Parts, StreamIdx, Vehicle, Whole};
use crate::locks::{LockedVisit, StartLock, VehicleLock};
use crate::units::{Cost, Grams, Litres, Seconds};

/// A pickup in more parts than this is left as it is: then no vehicle can serve it, which is said.
const PARTS_MAX: i64 = 1_000;

/// Of all pickups together.
const PARTS_OF_DAY_MAX: usize = 100_000;

/// The first part stands where the whole stood, so that no other job's index changes; the others come after all jobs. Locks of the
/// whole on vehicles and starts hold for each part; one that gives it a place among other visits is a fault.
pub(crate) fn split(mut parts: Parts, splittable: &[bool], faults: &mut Faults) -> Parts {
    // A share of a negative amount would be another number than the one in the file.
    let amounts =
        |job: &Job| job.service.0 >= 0 && job.loads.iter().all(|load| load.grams.0 >= 0 && load.litres.0 >= 0);
    let asked = |k: JobIdx| splittable.get(k).copied().unwrap_or(false);
    let wanted: Vec<JobIdx> = (0..parts.jobs.len()).filter(|&k| asked(k) && amounts(&parts.jobs[k])).collect();
    if wanted.is_empty() {
        return parts;
    }
    let crew = distinct(&parts.vehicles);
    let counts = wanted.into_iter().map(|job| (job, fewest(&parts, &crew, job))).filter(|&(_, n)| n > 1);
    let counts: Vec<(JobIdx, i64)> = counts.collect();
    let all = counts.iter().map(|&(_, n)| n as usize).sum::<usize>();
    if all > PARTS_OF_DAY_MAX {
        let message = format!("{all} parts of splittable jobs, {PARTS_OF_DAY_MAX} allowed");
        faults.add(FaultCode::TooMany, "jobs", message);
        return parts;
    }
    let n_given = parts.jobs.len();
    let mut pieces_of: HashMap<JobIdx, Range<usize>> = HashMap::new();
    for (job, n) in counts {
        let whole = parts.jobs[job].clone();
        let at = parts.wholes.len();
        parts.wholes.push(Whole { id: whole.id.clone(), loads: whole.loads.clone() });
        let mut pieces = (0..n).map(|piece| part(&whole, at, piece, n));
        if let Some(first) = pieces.next() {
            parts.jobs[job] = first;
        }
        let from = parts.jobs.len();
        parts.jobs.extend(pieces);
        pieces_of.insert(job, from..parts.jobs.len());
    }
    lock(&mut parts, &pieces_of, faults);
    unambiguous(&parts, n_given, faults);
    parts
}

/// `pieces_of`: all parts but the first, which has the index that locks name.
fn lock(parts: &mut Parts, pieces_of: &HashMap<JobIdx, Range<usize>>, faults: &mut Faults) {
    let locks = &mut parts.locks;
    for k in 0..locks.vehicles.len() {
        let lock = locks.vehicles[k].clone();
        let pieces = pieces_of.get(&lock.job).cloned().unwrap_or_default();
        locks.vehicles.extend(pieces.map(|job| VehicleLock { job, ..lock.clone() }));
    }
    for k in 0..locks.starts.len() {
        let lock = locks.starts[k];
        let pieces = pieces_of.get(&lock.job).cloned().unwrap_or_default();
        locks.starts.extend(pieces.map(|job| StartLock { job, ..lock }));
    }
    let in_order = locks.sequences.iter().flat_map(|lock| [lock.before, lock.after]);
    let visits = locks.prefixes.iter().flat_map(|prefix| &prefix.visits);
    let begun = visits.filter_map(|&visit| if let LockedVisit::Job(job) = visit { Some(job) } else { None });
    for (job, pieces) in in_order.chain(begun).filter_map(|job| pieces_of.get_key_value(&job)) {
        let id = &parts.wholes[parts.jobs[*job].whole.unwrap_or_default()].id;
        let n = pieces.len() + 1;
        let message = format!("`{id}` is picked up in {n} parts, which have no one place in an order");
        faults.add(FaultCode::LockSequence, "locks", message);
    }
}

/// A part may not be called like another of the `n_given` jobs of the file.
fn unambiguous(parts: &Parts, n_given: usize, faults: &mut Faults) {
    let of_parts: HashMap<&str, usize> =
        parts.jobs.iter().filter_map(|job| Some((job.id.as_str(), job.whole?))).collect();
    for (k, job) in parts.jobs[..n_given].iter().enumerate().filter(|(_, job)| job.whole.is_none()) {
        if let Some(&whole) = of_parts.get(job.id.as_str()) {
            let (id, whole) = (&job.id, &parts.wholes[whole].id);
            let message = format!("`{id}` is also the id of a part of `{whole}`, which is split");
            faults.add(FaultCode::DuplicateId, format!("jobs[{k}]"), message);
        }
    }
}

/// Vehicles of which none holds just what another does.
fn distinct(vehicles: &[Vehicle]) -> Vec<&Vehicle> {
    let mut seen = HashSet::new();
    let room = |vehicle: &Vehicle| {
        let parts = vehicle.compartments.iter().map(|part| (part.streams.0, part.grams, part.litres));
        let day = (vehicle.max_day_grams, vehicle.max_day_litres);
        (vehicle.skills, vehicle.grams, parts.collect::<Vec<_>>(), day)
    };
    vehicles.iter().filter(|vehicle| seen.insert(room(vehicle))).collect()
}

/// The least number of parts of which each fits someone; 1 also where no number does. The largest part gets no larger with
/// their number.
fn fewest(parts: &Parts, crew: &[&Vehicle], job: JobIdx) -> i64 {
    if fits_someone(parts, crew, job, 1) || !fits_someone(parts, crew, job, PARTS_MAX) {
        return 1;
    }
    let (mut too_few, mut enough) = (1, PARTS_MAX);
    while enough - too_few > 1 {
        let middle = (too_few + enough) / 2;
        if fits_someone(parts, crew, job, middle) {
            enough = middle;
        } else {
            too_few = middle;
        }
    }
    enough
}

/// Money and service are shared like the load, so that they add up to the whole's; each part has its own setup and, when it is
/// late, its own price of lateness.
fn part(whole: &Job, at: usize, piece: i64, n: i64) -> Job {
    let share = |amount: i64| share(amount, piece, n);
    Job {
        id: format!("{}#{}", whole.id, piece + 1),
        loads: loads(&whole.loads, piece, n).collect(),
        service: Seconds(share(whole.service.0)),
        penalty: whole.penalty.map(|penalty| Cost(share(penalty.0))),
        other_vehicle: Cost(share(whole.other_vehicle.0)),
        whole: Some(at),
        ..whole.clone()
    }
}

/// Shares over all pieces add up to the amount and differ by at most one.
fn share(amount: i64, piece: i64, n: i64) -> i64 {
    let upto = |pieces: i64| (i128::from(amount) * i128::from(pieces) / i128::from(n)) as i64;
    upto(piece + 1) - upto(piece)
}

fn loads(whole: &[Load], piece: i64, n: i64) -> impl Iterator<Item = Load> {
    whole.iter().map(move |load| Load {
        stream: load.stream,
        grams: Grams(share(load.grams.0, piece, n)),
        litres: Litres(share(load.litres.0, piece, n)),
    })
}

/// The largest of `n` pieces fits an empty vehicle with the skills for it. The last piece is never smaller than another.
fn fits_someone(parts: &Parts, crew: &[&Vehicle], job: JobIdx, n: i64) -> bool {
    let job = &parts.jobs[job];
    let largest: Vec<Load> = loads(&job.loads, n - 1, n).filter(|load| load.grams.0 > 0 || load.litres.0 > 0).collect();
    crew.iter().any(|vehicle| job.skills & !vehicle.skills == 0 && holds(parts, vehicle, &largest))
}

fn holds(parts: &Parts, vehicle: &Vehicle, loads: &[Load]) -> bool {
    let sum = |of: &dyn Fn(&Load) -> i64, within: &dyn Fn(StreamIdx) -> bool| -> i128 {
        loads.iter().filter(|load| within(load.stream)).map(|load| i128::from(of(load))).sum()
    };
    let (grams, litres) = (|load: &Load| load.grams.0, |load: &Load| load.litres.0);
    let clash = |one: &Load, other: &Load| {
        let (a, b) = (one.stream, other.stream);
        parts.incompatible.iter().any(|&pair| pair == (a, b) || pair == (b, a))
    };
    let total = |of: &dyn Fn(&Load) -> i64| sum(of, &|_| true);
    let below = |amount: i128, most: Option<i64>| most.is_none_or(|most| amount <= most.into());
    let taken = |load: &Load| vehicle.compartments.iter().any(|part| part.streams.contains(load.stream));
    let room = vehicle.compartments.iter().all(|part| {
        let within = |stream: StreamIdx| part.streams.contains(stream);
        let inside = || loads.iter().filter(|load| within(load.stream));
        sum(&grams, &within) <= part.grams.0.into()
            && sum(&litres, &within) <= part.litres.0.into()
            && !inside().any(|one| inside().any(|other| clash(one, other)))
    });
    loads.iter().all(taken)
        && room
        && total(&grams) <= vehicle.grams.0.into()
        && below(total(&grams), vehicle.max_day_grams.map(|most| most.0))
        && below(total(&litres), vehicle.max_day_litres.map(|most| most.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::instance::{Compartment, StreamSet, Window};
    use crate::locks::{PrefixLock, SequenceLock};

    fn split(parts: Parts, splittable: &[bool]) -> Parts {
        let mut faults = Faults::default();
        let parts = super::split(parts, splittable, &mut faults);
        assert!(faults.0.is_empty(), "{faults:?}");
        parts
    }

    fn refused(parts: Parts, splittable: &[bool]) -> Vec<(FaultCode, String)> {
        let mut faults = Faults::default();
        super::split(parts, splittable, &mut faults);
        faults.0.into_iter().map(|fault| (fault.code, fault.path)).collect()
    }

    fn day(loads: &[(i64, i64)], room: (i64, i64), skills: u64) -> Parts {
        let job = Job {
            id: "big".to_owned(),
            loads: loads
                .iter()
                .enumerate()
                .map(|(stream, &(grams, litres))| Load { stream, grams: Grams(grams), litres: Litres(litres) })
                .collect(),
            windows: vec![Window { start: Seconds(0), end: Seconds(9) }],
            service: Seconds(7),
            penalty: Some(Cost(11)),
            other_vehicle: Cost(3),
            ..Job::default()
        };
        let vehicle = |id: &str, times: i64, skills: u64| Vehicle {
            id: id.to_owned(),
            grams: Grams(room.0 * times),
            compartments: vec![Compartment {
                streams: StreamSet(0b11),
                grams: Grams(room.0 * times),
                litres: Litres(room.1 * times),
            }],
            skills,
            ..Vehicle::default()
        };
        Parts {
            streams: vec!["paper".to_owned(), "metal".to_owned()],
            jobs: vec![Job { skills, ..job.clone() }, Job { id: "after".to_owned(), loads: Vec::new(), ..job }],
            vehicles: vec![vehicle("trike", 1, 0b1), vehicle("truck", 3, 0)],
            ..Parts::default()
        }
    }

    #[test]
    fn what_one_vehicle_holds_stays_whole_and_what_only_an_unskilled_one_holds_does_not() {
        let fits = day(&[(30, 3)], (10, 10), 0);
        assert_eq!(split(fits.clone(), &[true, true]), fits, "the truck holds it");
        assert_eq!(split(day(&[(90, 3)], (10, 10), 0), &[false, false]).jobs.len(), 2, "nobody asked");
        let skilled = split(day(&[(30, 3)], (10, 10), 1), &[true, false]);
        let ids: Vec<&str> = skilled.jobs.iter().map(|job| job.id.as_str()).collect();
        assert_eq!(ids, ["big#1", "after", "big#2", "big#3"]);
        assert_eq!(skilled.wholes, [Whole { id: "big".to_owned(), loads: fits.jobs[0].loads.clone() }]);
        let nobody = day(&[(90, 3)], (10, 10), 0b10);
        assert_eq!(split(nobody.clone(), &[true, false]), nobody, "no vehicle has the skill");
    }

    /// Twelve parts for the trike, four for the truck.
    fn locked(change: impl FnOnce(&mut Parts)) -> Parts {
        let mut parts = day(&[(120, 3)], (10, 10), 0);
        change(&mut parts);
        parts
    }

    #[test]
    fn locks_on_vehicles_and_starts_hold_for_every_part() {
        let window = Window { start: Seconds(1), end: Seconds(2) };
        let parts = locked(|parts| {
            parts.locks.vehicles =
                vec![VehicleLock { job: 1, vehicles: vec![0] }, VehicleLock { job: 0, vehicles: vec![1] }];
            parts.locks.starts = vec![StartLock { job: 0, window }];
        });
        let parts = split(parts, &[true, false]);
        let of_truck = |job| parts.locks.vehicles.contains(&VehicleLock { job, vehicles: vec![1] });
        assert_eq!((0..5).map(of_truck).collect::<Vec<_>>(), [true, false, true, true, true]);
        assert_eq!(parts.locks.vehicles.len(), 5);
        assert_eq!(parts.locks.starts.iter().map(|lock| lock.job).collect::<Vec<_>>(), [0, 2, 3, 4]);
    }

    #[test]
    fn a_split_job_has_no_place_in_a_locked_order() {
        let refused_as_locked = [(FaultCode::LockSequence, "locks".to_owned())];
        let in_order = |parts: &mut Parts| {
            parts.locks.sequences = vec![SequenceLock { before: 1, after: 0, directly: false }];
        };
        let first = |parts: &mut Parts| {
            let visits = vec![LockedVisit::Job(0)];
            parts.locks.prefixes = vec![PrefixLock { visits, ..PrefixLock::default() }];
        };
        assert_eq!(refused(locked(in_order), &[true, false]), refused_as_locked);
        assert_eq!(refused(locked(first), &[true, false]), refused_as_locked);
        assert_eq!(refused(locked(first), &[false, false]), [], "what stays whole has its place");
    }

    #[test]
    fn a_negative_amount_stays_whole_to_be_refused_as_the_file_has_it() {
        for grams in [(120, -7), (-7, 120)] {
            let parts = day(&[(grams.0, 3), (grams.1, 3)], (10, 10), 0);
            assert_eq!(split(parts.clone(), &[true, false]), parts);
        }
    }

    #[test]
    fn ids_of_parts_are_not_taken_from_other_jobs() {
        let parts = locked(|parts| parts.jobs[1].id = "big#2".to_owned());
        assert_eq!(refused(parts, &[true, false]), [(FaultCode::DuplicateId, "jobs[1]".to_owned())]);
    }

    /// What fits nobody in any number of parts, for a fleet of a thousand, and what becomes too many parts together.
    #[test]
    fn a_large_day_is_split_or_refused_at_once() {
        let of = |n_jobs: usize, grams: i64| {
            let mut parts = day(&[(grams, 1)], (10, 10), 0);
            parts.vehicles = (0..1_000).map(|_| parts.vehicles[0].clone()).collect();
            parts.jobs = (0..n_jobs).map(|k| Job { id: format!("big{k}"), ..parts.jobs[0].clone() }).collect();
            parts
        };
        assert_eq!(split(of(30_000, 1_000_000_000), &[true; 30_000]).wholes.len(), 0);
        assert_eq!(split(of(100, 10_000), &[true; 100]).jobs.len(), 100_000);
        assert_eq!(refused(of(101, 10_000), &[true; 101]), [(FaultCode::TooMany, "jobs".to_owned())]);
    }

    proptest! {
        /// Grams, litres, money and service of the parts are those of the whole; each part fits; one part fewer would not.
        #[test]
        fn parts_conserve_the_whole_and_are_the_fewest(
            loads in proptest::collection::vec((0_i64..5_000, 0_i64..5_000), 1..3),
            room in (8_i64..300, 8_i64..300),
        ) {
            let before = day(&loads, room, 0);
            let after = split(before.clone(), &[true, false]);
            let parts: Vec<&Job> = after.jobs.iter().filter(|job| job.whole == Some(0)).collect();
            if parts.is_empty() {
                prop_assert!(holds(&before, &before.vehicles[1], &before.jobs[0].loads));
                return Ok(());
            }
            let whole = &before.jobs[0];
            for (k, load) in whole.loads.iter().enumerate() {
                prop_assert_eq!(parts.iter().map(|part| part.loads[k].grams).sum::<Grams>(), load.grams);
                prop_assert_eq!(parts.iter().map(|part| part.loads[k].litres.0).sum::<i64>(), load.litres.0);
            }
            prop_assert_eq!(parts.iter().map(|part| part.service.0).sum::<i64>(), whole.service.0);
            prop_assert_eq!(parts.iter().filter_map(|part| part.penalty).sum::<Cost>(), Cost(11));
            prop_assert_eq!(parts.iter().map(|part| part.other_vehicle).sum::<Cost>(), Cost(3));
            prop_assert!(parts.iter().all(|part| holds(&before, &before.vehicles[1], &part.loads)));
            let fewer = parts.len() as i64 - 1;
            prop_assert!(!fits_someone(&before, &distinct(&before.vehicles), 0, fewer));
        }
    }
}
