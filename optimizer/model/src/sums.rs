//! Bounds on what the numbers of an instance can add up to, taken before any search adds them.
//!
//! Each number by itself is at most [`NUMBER_LIMIT`](crate::instance::NUMBER_LIMIT); a thousand vehicles at that price
//! would still pass the end of an `i64`. The bounds are those of any plan that keeps to the shifts, serves no job twice
//! and unloads no vehicle that is empty.

use crate::balance;
use crate::fault::{FaultCode, Faults};
use crate::instance::{Job, Late, Parts, Vehicle};

/// Half of what an `i64` holds: the other half is for prices of the search that are no part of a plan's cost.
pub const SUM_LIMIT: i64 = 1 << 62;

/// Adds a fault for each sum that could pass [`SUM_LIMIT`]. The parts have no other fault.
pub(crate) fn validate(faults: &mut Faults, parts: &Parts) {
    let mut limited = |path: &str, sum: i128| {
        if sum > i128::from(SUM_LIMIT) {
            let message = format!("may add up to {sum} in a plan, more than {SUM_LIMIT}");
            faults.add(FaultCode::NumberTooLarge, path, message);
        }
    };
    let loads = || parts.jobs.iter().flat_map(|job| &job.loads);
    limited("jobs.loads.grams", sum(loads().map(|load| load.grams.0)));
    limited("jobs.loads.litres", sum(loads().map(|load| load.litres.0)));

    let driving = Driving::of(parts);
    limited("matrices.seconds", driving.seconds(parts));

    let costs = [
        ("vehicles.costs.fixed", sum(parts.vehicles.iter().map(|vehicle| vehicle.cost_fixed.0))),
        ("vehicles.costs.per_hour", parts.vehicles.iter().map(shift_cost).sum()),
        ("vehicles.costs.per_km", driving.cost(parts)),
        ("outlets.gate_fee", driving.unloads * greatest(parts.outlets.iter().map(|outlet| outlet.gate_fee.0))),
        ("vehicles.costs.overtime_per_hour", parts.vehicles.iter().map(overtime_cost).sum()),
        ("jobs.time_windows.late_cost_per_h", parts.jobs.iter().map(lateness_cost).sum()),
        ("jobs.other_vehicle_cost", sum(parts.jobs.iter().map(|job| job.other_vehicle.0))),
        ("jobs.penalty", sum(parts.jobs.iter().filter_map(|job| job.penalty).map(|penalty| penalty.0))),
    ];
    let costs = costs.into_iter().chain(balance::dearest(parts)).collect::<Vec<_>>();
    let total = costs.iter().map(|(_, cost)| cost).sum();
    if let Some((path, _)) = costs.iter().max_by_key(|(_, cost)| cost) {
        limited(path, total);
    }
}

/// How often vehicles drive from place to place, at most.
struct Driving {
    unloads: i128,
    legs: i128,
}

impl Driving {
    fn of(parts: &Parts) -> Self {
        let n_loads = parts.jobs.iter().map(|job| job.loads.len()).sum::<usize>() as i128;
        let unloads = if parts.outlets.is_empty() { 0 } else { n_loads };
        Self { unloads, legs: parts.jobs.len() as i128 + unloads + parts.vehicles.len() as i128 }
    }

    /// The latest instant that a vehicle could still be busy at.
    fn seconds(&self, parts: &Parts) -> i128 {
        let windows = parts.jobs.iter().flat_map(|job| &job.windows);
        let windows = windows.chain(parts.outlets.iter().flat_map(|outlet| &outlet.windows));
        let ends = windows.map(|window| window.end.0).chain(parts.vehicles.iter().map(|vehicle| vehicle.shift.end.0));
        let pauses = parts.vehicles.iter().filter_map(|vehicle| vehicle.pause).map(|pause| pause.duration.0);
        let releases = parts.jobs.iter().filter_map(|job| job.release).map(|release| release.0);
        let per_gram = greatest(parts.outlets.iter().map(|outlet| outlet.unload_per_100kg.0));
        greatest(ends.chain(releases))
            // Each gram is unloaded once, and each visit may round up by a second.
            + sum(parts.jobs.iter().flat_map(|job| &job.loads).map(|load| load.grams.0)) * per_gram / 100_000
            + self.unloads
            + sum(parts.jobs.iter().map(|job| job.setup.0))
            + sum(parts.jobs.iter().map(|job| job.service.0))
            + sum(pauses)
            + self.unloads * greatest(parts.outlets.iter().map(|outlet| outlet.unload.0))
            + self.unloads * greatest(parts.outlets.iter().flat_map(|outlet| &outlet.queues).map(|queue| queue.wait.0))
            + self.legs * greatest(parts.travel.iter().map(|travel| travel.longest_seconds().into()))
    }

    fn cost(&self, parts: &Parts) -> i128 {
        let longest: Vec<i64> = parts.travel.iter().map(|travel| travel.longest_metres().into()).collect();
        let dearest = |vehicle: &Vehicle| i128::from(vehicle.cost_per_metre.0) * i128::from(longest[vehicle.profile]);
        self.legs * parts.vehicles.iter().map(dearest).max().unwrap_or(0)
    }
}

fn shift_cost(vehicle: &Vehicle) -> i128 {
    let seconds = i128::from(vehicle.shift.end.0) - i128::from(vehicle.shift.start.0);
    i128::from(vehicle.cost_per_second.0) * seconds
}

fn overtime_cost(vehicle: &Vehicle) -> i128 {
    let from = vehicle.overtime_from.unwrap_or(vehicle.shift.end);
    i128::from(vehicle.cost_overtime.0) * (i128::from(vehicle.shift.end.0) - i128::from(from.0)).max(0)
}

fn lateness_cost(job: &Job) -> i128 {
    let of = |late: &Late| i128::from(late.per_second.0) * i128::from(late.window.end.0 - late.window.start.0);
    job.late.iter().map(of).max().unwrap_or(0)
}

fn sum(values: impl Iterator<Item = i64>) -> i128 {
    values.map(i128::from).sum()
}

fn greatest(values: impl Iterator<Item = i64>) -> i128 {
    values.max().map_or(0, |value| value.max(0).into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::instance::{Instance, Load, NUMBER_LIMIT, Outlet, Place, StreamSet, Window};
    use crate::matrix::{Matrix, UNREACHABLE};
    use crate::units::{Cost, Grams, Litres, Seconds};

    /// So many vehicles and jobs, all alike, an outlet, and a leg of this length between any two places.
    fn day(n_vehicles: usize, n_jobs: usize, leg: u32) -> Parts {
        let window = Window { start: Seconds(0), end: Seconds(86_400) };
        let job = |k: usize| Job {
            id: format!("j{k}"),
            place: 1,
            loads: vec![Load { stream: 0, grams: Grams(1), litres: Litres(1) }],
            windows: vec![window],
            setup: Seconds(60),
            service: Seconds(60),
            skills: 0,
            penalty: Some(Cost(1)),
            ..Job::default()
        };
        let vehicle = |k: usize| Vehicle {
            id: format!("v{k}"),
            profile: 0,
            start: 0,
            end: 0,
            grams: Grams(1),
            compartments: Vec::new(),
            shift: window,
            cost_fixed: Cost(1),
            cost_per_second: Cost(1),
            cost_per_metre: Cost(1),
            skills: 0,
            end_empty: true,
            ..Vehicle::default()
        };
        let outlet = Outlet {
            id: "o".to_owned(),
            place: 0,
            streams: StreamSet(1),
            windows: vec![window],
            capacity: vec![None],
            unload: Seconds(300),
            gate_fee: Cost(1),
            ..Outlet::default()
        };
        let entries = vec![0, leg, leg, UNREACHABLE];
        Parts {
            name: "sums".to_owned(),
            cost_scale: 1,
            streams: vec!["paper".to_owned()],
            skills: Vec::new(),
            places: ["depot", "door"].map(|id| Place { id: id.to_owned(), ..Place::default() }).to_vec(),
            travel: vec![
                Matrix { profile: "van".to_owned(), size: 2, seconds: entries.clone(), metres: entries }.into(),
            ],
            jobs: (0..n_jobs).map(job).collect(),
            vehicles: (0..n_vehicles).map(vehicle).collect(),
            outlets: vec![outlet],
            ..Parts::default()
        }
    }

    fn refused(parts: Parts) -> Vec<(FaultCode, String)> {
        let faults = Instance::new(parts).err().unwrap_or_default();
        faults.0.into_iter().map(|fault| (fault.code, fault.path)).collect()
    }

    #[test]
    fn each_sum_that_may_overflow_is_refused_although_its_numbers_are_not() {
        let too_large = |path: &str| vec![(FaultCode::NumberTooLarge, path.to_owned())];
        let changed = |change: &dyn Fn(&mut Parts)| {
            let mut parts = day(4, 4, 10_000);
            change(&mut parts);
            refused(parts)
        };
        let dear = Cost(NUMBER_LIMIT);
        assert_eq!(changed(&|_| {}), []);
        assert_eq!(changed(&|parts| parts.vehicles[0].cost_fixed = dear), [], "one alone is no danger");
        let per_second = changed(&|parts| parts.vehicles.iter_mut().for_each(|one| one.cost_per_second = dear));
        assert_eq!(per_second, too_large("vehicles.costs.per_hour"));
        let per_metre = changed(&|parts| {
            parts.vehicles[2].cost_per_metre = dear;
            let entries = vec![0, UNREACHABLE - 1, 1, 0];
            let matrix = Matrix { profile: "van".to_owned(), size: 2, seconds: entries.clone(), metres: entries };
            parts.travel = vec![matrix.into()];
        });
        assert_eq!(per_metre, too_large("vehicles.costs.per_km"));

        let mut many = day(1, 0, 0);
        many.jobs = day(0, 300_000, 0).jobs;
        assert_eq!(refused(many.clone()), []);
        many.jobs.iter_mut().for_each(|job| job.penalty = Some(dear));
        assert_eq!(refused(many.clone()), too_large("jobs.penalty"));
        many.jobs.iter_mut().for_each(|job| (job.penalty, job.service) = (None, Seconds(NUMBER_LIMIT)));
        assert_eq!(refused(many.clone()), too_large("matrices.seconds"));
        many.jobs.iter_mut().for_each(|job| (job.service, job.loads[0].grams) = (Seconds(0), Grams(NUMBER_LIMIT)));
        assert_eq!(refused(many), too_large("jobs.loads.grams"));
    }

    /// Its price would be that of seconds before the day, of which the sum over shifts knows nothing.
    #[test]
    fn overtime_from_before_the_shift_is_a_fault() {
        let since = |from: i64| {
            let mut parts = day(1, 1, 1);
            (parts.vehicles[0].overtime_from, parts.vehicles[0].cost_overtime) = (Some(Seconds(from)), Cost(1_000_000));
            refused(parts)
        };
        assert_eq!(since(0), []);
        let early = [(FaultCode::Contradiction, "vehicles[0].overtime_from".to_owned())];
        assert_eq!(since(-17_000_000_000_000), early);
        assert_eq!(since(-1), early);
    }

    #[test]
    fn instants_at_the_end_of_an_i64_are_faults() {
        let mut parts = day(1, 1, 1);
        parts.jobs[0].windows[0].start = Seconds(i64::MIN);
        assert_eq!(refused(parts), [(FaultCode::NumberTooLarge, "jobs[0].time_windows[0]".to_owned())]);
    }

    proptest! {
        /// Whatever is accepted, its dearest plan fits: every vehicle all day long, every leg the longest.
        #[test]
        fn what_is_accepted_adds_up(
            n_vehicles in 1_usize..40,
            n_jobs in 0_usize..40,
            leg in prop_oneof![0_u32..100_000, Just(UNREACHABLE - 1)],
            bits in (0_u32..45, 0_u32..45, 0_u32..45, 0_u32..45, 0_u32..45),
        ) {
            let mut parts = day(n_vehicles, n_jobs, leg);
            let price = |bits: u32| Cost(1 << bits);
            for vehicle in &mut parts.vehicles {
                vehicle.cost_fixed = price(bits.0);
                vehicle.cost_per_second = price(bits.1);
                vehicle.cost_per_metre = price(bits.2);
            }
            parts.outlets[0].gate_fee = price(bits.3);
            parts.jobs.iter_mut().for_each(|job| job.penalty = Some(price(bits.4)));
            if let Ok(instance) = Instance::new(parts) {
                let mut cost = 0_i64;
                let mut pay = |price: Cost, times: i64| {
                    cost = price.0.checked_mul(times).and_then(|more| cost.checked_add(more)).unwrap();
                };
                for vehicle in &instance.vehicles {
                    pay(vehicle.cost_fixed, 1);
                    pay(vehicle.cost_per_second, 86_400);
                }
                // To each job, from it to the outlet, and home.
                pay(instance.vehicles[0].cost_per_metre, i64::from(leg) * (2 * n_jobs + n_vehicles) as i64);
                pay(instance.outlets[0].gate_fee, n_jobs as i64);
                instance.jobs.iter().filter_map(|job| job.penalty).for_each(|penalty| pay(penalty, 1));
            }
        }
    }
}
