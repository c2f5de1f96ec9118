//! Pickups larger than a vehicle: one that is marked `splittable` and that no vehicle holds becomes as few parts, of as even
//! a size, as fit one. The parts are jobs of their own; what they are parts of stays in [`Parts::wholes`].

use crate::instance::{Job, Load, Parts, StreamIdx, Vehicle, Whole};
use crate::units::{Cost, Grams, Litres, Seconds};

/// A pickup in more parts than this is left as it is: then no vehicle can serve it, which is said.
const PARTS_MAX: i64 = 1_000;

/// The first part stands where the whole stood, so that no other job's index changes; the others come after all jobs.
pub(crate) fn split(mut parts: Parts, splittable: &[bool]) -> Parts {
    for k in 0..parts.jobs.len() {
        if !splittable.get(k).copied().unwrap_or(false) {
            continue;
        }
        let Some(n) = (1..=PARTS_MAX).find(|&n| fits_someone(&parts, k, n)).filter(|&n| n > 1) else { continue };
        let whole = parts.jobs[k].clone();
        let at = parts.wholes.len();
        parts.wholes.push(Whole { id: whole.id.clone(), loads: whole.loads.clone() });
        let mut pieces = (0..n).map(|piece| part(&whole, at, piece, n));
        if let Some(first) = pieces.next() {
            parts.jobs[k] = first;
        }
        parts.jobs.extend(pieces);
    }
    parts
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
fn fits_someone(parts: &Parts, job: usize, n: i64) -> bool {
    let job = &parts.jobs[job];
    let largest: Vec<Load> = loads(&job.loads, n - 1, n).filter(|load| load.grams.0 > 0 || load.litres.0 > 0).collect();
    parts.vehicles.iter().any(|vehicle| job.skills & !vehicle.skills == 0 && holds(parts, vehicle, &largest))
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
            prop_assert!(!fits_someone(&before, 0, fewer));
        }
    }
}
