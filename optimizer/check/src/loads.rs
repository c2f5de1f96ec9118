//! What is on board after each step: by stream, by compartment, in all; what outlets receive; empty at the end.

use std::ops::AddAssign;

use huilu_model::{JobIdx, OutletIdx, Step};

use crate::accounts::Accounts;
use crate::stops::{Names, Stop, Trip};
use crate::violation::{Code, Violation};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) grams: i128,
    pub(crate) litres: i128,
}

impl Amount {
    pub(crate) fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        self.grams += other.grams;
        self.litres += other.litres;
    }
}

pub(crate) fn check(trip: &Trip<'_>, names: &Names<'_>, accounts: &mut Accounts<'_>, log: &mut Vec<Violation>) {
    let mut aboard = vec![Amount::default(); trip.instance.streams.len()];
    for (k, step, stop) in trip.steps() {
        match stop {
            Stop::Job(job) => pick_up(trip, log, k, job, &mut aboard),
            Stop::Outlet(outlet) => {
                let accepted = trip.instance.outlets[outlet].streams;
                for (stream, held) in aboard.iter_mut().enumerate().filter(|&(stream, _)| accepted.contains(stream)) {
                    accounts.deliver(outlet, stream, std::mem::take(held));
                }
            }
            Stop::Start | Stop::Break | Stop::End | Stop::Unknown => {}
        }
        let outlet = if let Stop::Outlet(outlet) = stop { Some(outlet) } else { None };
        compare(trip, names, log, k, step, outlet, &aboard);
    }
    if trip.vehicle.end_empty {
        for (stream, left) in aboard.iter().enumerate().filter(|(_, left)| !left.is_none()) {
            let found = trip.route_violation(Code::NotEmptyAtEnd).about(trip.instance.streams[stream].as_str());
            log.push(found.figures(format!("{} g, {} l", left.grams, left.litres).as_str(), "nothing"));
        }
    }
}

/// By step: what an unload there takes off the vehicle, all streams together.
pub(crate) fn delivered_grams(trip: &Trip<'_>) -> Vec<i128> {
    let mut aboard = vec![0_i128; trip.instance.streams.len()];
    let delivered = trip.stops.iter().map(|&stop| match stop {
        Stop::Job(job) => {
            trip.instance.jobs[job].loads.iter().for_each(|load| aboard[load.stream] += i128::from(load.grams.0));
            0
        }
        Stop::Outlet(outlet) => {
            let accepted = trip.instance.outlets[outlet].streams;
            let taken = aboard.iter_mut().enumerate().filter(|(stream, _)| accepted.contains(*stream));
            taken.map(|(_, held)| std::mem::take(held)).sum()
        }
        Stop::Start | Stop::Break | Stop::End | Stop::Unknown => 0,
    });
    delivered.collect()
}

/// Adds the job's loads. Loads grow here only, so the limits are checked here, for what the job touches.
fn pick_up(trip: &Trip<'_>, log: &mut Vec<Violation>, k: usize, job: JobIdx, aboard: &mut [Amount]) {
    let mut touched = Vec::new();
    for load in &trip.instance.jobs[job].loads {
        let amount = Amount { grams: load.grams.0.into(), litres: load.litres.0.into() };
        aboard[load.stream] += amount;
        if amount.is_none() {
            continue;
        }
        match trip.instance.compartment_of(trip.vehicle_idx, load.stream) {
            Some(part) if touched.contains(&part) => {}
            Some(part) => touched.push(part),
            None => {
                let stream = trip.instance.streams[load.stream].as_str();
                log.push(trip.violation(Code::NoCompartment, k).about(stream));
            }
        }
    }
    for part in touched {
        compartment(trip, log, k, part, aboard);
    }
    let payload: i128 = aboard.iter().map(|amount| amount.grams).sum();
    if payload > trip.vehicle.grams.0.into() {
        log.push(trip.violation(Code::Payload, k).figures(payload, trip.vehicle.grams.0));
    }
}

fn compartment(trip: &Trip<'_>, log: &mut Vec<Violation>, k: usize, part: usize, aboard: &[Amount]) {
    let limits = &trip.vehicle.compartments[part];
    let inside: Vec<usize> =
        (0..aboard.len()).filter(|&s| limits.streams.contains(s) && !aboard[s].is_none()).collect();
    let mut sum = Amount::default();
    for &stream in &inside {
        sum += aboard[stream];
    }
    let name = format!("compartment {part}");
    if sum.grams > limits.grams.0.into() {
        log.push(trip.violation(Code::CompartmentGrams, k).about(name.as_str()).figures(sum.grams, limits.grams.0));
    }
    if sum.litres > limits.litres.0.into() {
        log.push(trip.violation(Code::CompartmentLitres, k).about(name.as_str()).figures(sum.litres, limits.litres.0));
    }
    for (at, &one) in inside.iter().enumerate() {
        for &other in inside[at + 1..].iter().filter(|&&other| trip.instance.may_not_mix(one, other)) {
            let streams = &trip.instance.streams;
            let found = trip.violation(Code::IncompatibleStreams, k).about(name.as_str());
            log.push(found.claimed(format!("{} and {}", streams[one], streams[other]).as_str()));
        }
    }
}

/// The load that the plan claims after a step against what is on board.
fn compare(
    trip: &Trip<'_>,
    names: &Names<'_>,
    log: &mut Vec<Violation>,
    k: usize,
    step: &Step,
    outlet: Option<OutletIdx>,
    aboard: &[Amount],
) {
    let mut claimed: Vec<Option<Amount>> = vec![None; aboard.len()];
    for load in &step.load {
        let Some(&stream) = names.streams.get(load.stream.as_str()) else {
            log.push(trip.violation(Code::UnknownStream, k).about(load.stream.as_str()));
            continue;
        };
        if claimed[stream].is_some() {
            log.push(trip.violation(Code::StreamTwice, k).about(load.stream.as_str()));
        }
        let amount = claimed[stream].get_or_insert_default();
        *amount += Amount { grams: load.grams.0.into(), litres: load.litres.0.into() };
    }
    for (stream, &held) in aboard.iter().enumerate() {
        let claim = claimed[stream].unwrap_or_default();
        let accepted = outlet.map(|outlet| trip.instance.outlets[outlet].streams.contains(stream));
        let mut same = |unit: &str, claim: i128, held: i128| {
            let code = match accepted {
                Some(true) if claim > held => Code::NotEmptied,
                Some(false) if claim < held => Code::StreamNotAccepted,
                _ => Code::StepLoad,
            };
            if claim != held {
                let subject = format!("{} {unit}", trip.instance.streams[stream]);
                log.push(trip.violation(code, k).about(subject).figures(claim, held));
            }
        };
        same("grams", claim.grams, held.grams);
        same("litres", claim.litres, held.litres);
    }
}
