//! How alike the days of the vehicles of a group are: what deviations cost, and whether the spread is allowed.

use std::collections::HashMap;

use huilu_model::{Among, Instance, VehicleIdx};

use crate::cost::wide;
use crate::stops::{Stop, Trip};
use crate::violation::{Code, Violation};

/// Seconds on the way and grams picked up, by vehicle that has a route.
#[derive(Debug, Default)]
pub(crate) struct Days(HashMap<VehicleIdx, (i128, i128)>);

impl Days {
    pub(crate) fn add(&mut self, trip: &Trip<'_>, vehicle: VehicleIdx, seconds: i128) {
        let jobs = trip.stops.iter().filter_map(|&stop| if let Stop::Job(job) = stop { Some(job) } else { None });
        let loads = jobs.flat_map(|job| &trip.instance.jobs[job].loads);
        let grams: i128 = loads.map(|load| i128::from(load.grams.0)).sum();
        let day = self.0.entry(vehicle).or_default();
        *day = (day.0 + seconds, day.1 + grams);
    }

    /// Checks the spreads of all groups and adds up what they cost.
    pub(crate) fn check(&self, instance: &Instance, log: &mut Vec<Violation>) -> i128 {
        let mut cost = 0;
        for (k, balance) in instance.balance.iter().enumerate() {
            let mut days: Vec<(i128, i128)> = Vec::new();
            for vehicle in &balance.vehicles {
                match (self.0.get(vehicle), balance.among) {
                    (Some(&day), _) => days.push(day),
                    (None, Among::OnDuty) => days.push((0, 0)),
                    (None, Among::Used) => {}
                }
            }
            let seconds: Vec<i128> = days.iter().map(|day| day.0).collect();
            let grams: Vec<i128> = days.iter().map(|day| day.1).collect();
            cost += wide(balance.cost_per_second) * off_median(&seconds);
            cost += wide(balance.cost_per_gram) * off_median(&grams);
            for (code, values, most) in [
                (Code::SpreadHours, &seconds, balance.spread_max.map(|most| most.0)),
                (Code::SpreadWeight, &grams, balance.spread_max_grams.map(|most| most.0)),
            ] {
                if let (Some(most), Some(high), Some(low)) = (most, values.iter().max(), values.iter().min())
                    && high - low > most.into()
                {
                    log.push(Violation::new(code).about(format!("balance[{k}]")).figures(high - low, most));
                }
            }
        }
        cost
    }
}

/// Sum of the distances from the median.
pub(crate) fn off_median(values: &[i128]) -> i128 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let median = sorted.get(sorted.len() / 2).copied().unwrap_or(0);
    values.iter().map(|value| (value - median).abs()).sum()
}
