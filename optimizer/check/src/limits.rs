//! What a vehicle may do in one day: jobs served, grams and litres picked up.

use crate::loads::Amount;
use crate::stops::{Stop, Trip};
use crate::violation::{Code, Violation};

pub(crate) fn check(trip: &Trip<'_>, log: &mut Vec<Violation>) {
    let jobs = || trip.stops.iter().filter_map(|&stop| if let Stop::Job(job) = stop { Some(job) } else { None });
    let served = jobs().count() as i128;
    if let Some(most) = trip.vehicle.max_jobs.map(i128::from)
        && served > most
    {
        log.push(trip.route_violation(Code::MaxJobs).figures(served, most));
    }
    let mut picked_up = Amount::default();
    for load in jobs().flat_map(|job| &trip.instance.jobs[job].loads) {
        picked_up += Amount { grams: load.grams.0.into(), litres: load.litres.0.into() };
    }
    for (unit, amount, most) in [
        ("grams", picked_up.grams, trip.vehicle.max_day_grams.map(|grams| grams.0)),
        ("litres", picked_up.litres, trip.vehicle.max_day_litres.map(|litres| litres.0)),
    ] {
        if let Some(most) = most
            && amount > most.into()
        {
            log.push(trip.route_violation(Code::DayLoad).about(unit).figures(amount, most));
        }
    }
}
