//! Names to indices: what each step of a route stands for, whether the order is sound, and where the vehicle is.

use std::collections::HashMap;

use huilu_model::{
    Instance, JobIdx, OutletIdx, PlaceIdx, PlannedRoute, Step, StepKind, StreamIdx, Vehicle, VehicleIdx,
};

use crate::legs::Leg;
use crate::violation::{Code, Violation};

pub(crate) struct Names<'a> {
    pub(crate) places: HashMap<&'a str, PlaceIdx>,
    pub(crate) jobs: HashMap<&'a str, JobIdx>,
    pub(crate) vehicles: HashMap<&'a str, VehicleIdx>,
    pub(crate) outlets: HashMap<&'a str, OutletIdx>,
    pub(crate) streams: HashMap<&'a str, StreamIdx>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(instance: &'a Instance) -> Self {
        fn index<'a>(ids: impl Iterator<Item = &'a String>) -> HashMap<&'a str, usize> {
            ids.enumerate().map(|(k, id)| (id.as_str(), k)).collect()
        }
        Self {
            places: index(instance.places.iter().map(|place| &place.id)),
            jobs: index(instance.jobs.iter().map(|job| &job.id)),
            vehicles: index(instance.vehicles.iter().map(|vehicle| &vehicle.id)),
            outlets: index(instance.outlets.iter().map(|outlet| &outlet.id)),
            streams: index(instance.streams.iter()),
        }
    }
}

/// What a step stands for in the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Start,
    Job(JobIdx),
    Outlet(OutletIdx),
    Break,
    End,
    /// A job or an outlet that the instance does not know.
    Unknown,
}

/// Resolves the steps of a route and checks their order.
pub(crate) fn resolve(names: &Names<'_>, route: usize, planned: &PlannedRoute, log: &mut Vec<Violation>) -> Vec<Stop> {
    let last = planned.steps.len().saturating_sub(1);
    let mut stops = Vec::with_capacity(planned.steps.len());
    for (k, step) in planned.steps.iter().enumerate() {
        let mut add = |code| log.push(Violation::new(code).at_step(route, planned, k));
        let stop = match &step.kind {
            StepKind::Start => Stop::Start,
            StepKind::End => Stop::End,
            StepKind::Break => Stop::Break,
            StepKind::Job { job } => names.jobs.get(job.as_str()).map_or(Stop::Unknown, |&job| Stop::Job(job)),
            StepKind::Unload { outlet } => {
                names.outlets.get(outlet.as_str()).map_or(Stop::Unknown, |&outlet| Stop::Outlet(outlet))
            }
        };
        match (&step.kind, stop) {
            (StepKind::Job { .. }, Stop::Unknown) => add(Code::UnknownJob),
            (_, Stop::Unknown) => add(Code::UnknownOutlet),
            (_, Stop::Start) if k != 0 => add(Code::StepMisplaced),
            (_, Stop::End) if k != last => add(Code::StepMisplaced),
            _ => {}
        }
        stops.push(stop);
    }
    let mut add = |code| log.push(Violation::new(code).on_route(route, planned));
    if stops.first() != Some(&Stop::Start) {
        add(Code::StartMissing);
    }
    if stops.last() != Some(&Stop::End) {
        add(Code::EndMissing);
    }
    if stops.iter().all(|stop| matches!(stop, Stop::Start | Stop::Break | Stop::End)) {
        add(Code::EmptyRoute);
    }
    stops
}

/// One route of a known vehicle, as the passes read it.
pub(crate) struct Trip<'a> {
    pub(crate) instance: &'a Instance,
    pub(crate) planned: &'a PlannedRoute,
    pub(crate) vehicle: &'a Vehicle,
    pub(crate) vehicle_idx: VehicleIdx,
    pub(crate) stops: Vec<Stop>,
    /// Where each step is by the instance, whatever the plan says; `None` for unknown stops at unknown places.
    pub(crate) places: Vec<Option<PlaceIdx>>,
    /// The way into each step; `None` where there is none or nobody knows.
    pub(crate) legs: Vec<Option<Leg>>,
    route: usize,
}

impl<'a> Trip<'a> {
    /// Checks places, skills and that there are ways between the steps.
    pub(crate) fn new(
        instance: &'a Instance,
        names: &Names<'_>,
        route: usize,
        planned: &'a PlannedRoute,
        vehicle_idx: VehicleIdx,
        stops: Vec<Stop>,
        log: &mut Vec<Violation>,
    ) -> Self {
        let vehicle = &instance.vehicles[vehicle_idx];
        let mut trip = Self {
            instance,
            planned,
            vehicle,
            vehicle_idx,
            places: Vec::with_capacity(stops.len()),
            legs: Vec::with_capacity(stops.len()),
            stops,
            route,
        };
        for (k, step) in planned.steps.iter().enumerate() {
            let claimed = names.places.get(step.place.as_str()).copied();
            let before = k.checked_sub(1).and_then(|before| trip.places[before]);
            let place = match trip.stops[k] {
                Stop::Start => Some(vehicle.start),
                Stop::End if vehicle.open_end => before,
                Stop::End => Some(vehicle.end),
                Stop::Job(job) => Some(instance.jobs[job].place),
                Stop::Outlet(outlet) => Some(instance.outlets[outlet].place),
                Stop::Break => before,
                Stop::Unknown => claimed,
            };
            if claimed.is_none() {
                log.push(trip.violation(Code::UnknownPlace, k).claimed(step.place.as_str()));
            } else if place.is_some() && claimed != place {
                let id = place.map_or("", |place| instance.places[place].id.as_str());
                log.push(trip.violation(Code::WrongPlace, k).figures(step.place.as_str(), id));
            }
            if let Stop::Job(job) = trip.stops[k]
                && instance.jobs[job].skills & !vehicle.skills != 0
            {
                log.push(trip.violation(Code::MissingSkill, k));
            }
            let leg = match (k, trip.stops[k], before, place) {
                (0, ..) | (_, Stop::Break, ..) => Some(Leg::NONE),
                (_, Stop::End, ..) if vehicle.open_end => Some(Leg::NONE),
                (_, _, Some(from), Some(to)) => {
                    let leg = Leg::between(instance, vehicle, from, to);
                    if leg.is_none() {
                        log.push(trip.violation(Code::UnreachableLeg, k));
                    }
                    leg
                }
                _ => None,
            };
            trip.places.push(place);
            trip.legs.push(leg);
        }
        trip
    }

    /// Index, claim and meaning of each step.
    pub(crate) fn steps(&self) -> impl Iterator<Item = (usize, &'a Step, Stop)> {
        self.planned.steps.iter().zip(&self.stops).enumerate().map(|(k, (step, &stop))| (k, step, stop))
    }

    pub(crate) fn violation(&self, code: Code, step: usize) -> Violation {
        Violation::new(code).at_step(self.route, self.planned, step)
    }

    pub(crate) fn route_violation(&self, code: Code) -> Violation {
        Violation::new(code).on_route(self.route, self.planned)
    }

    /// A claim of a step against what follows from the instance.
    pub(crate) fn same(&self, log: &mut Vec<Violation>, code: Code, step: usize, claimed: i64, recomputed: i128) {
        if i128::from(claimed) != recomputed {
            log.push(self.violation(code, step).figures(claimed, recomputed));
        }
    }

    /// A claim of the whole route against what follows from the instance.
    pub(crate) fn route_same(&self, log: &mut Vec<Violation>, code: Code, claimed: i64, recomputed: i128) {
        if i128::from(claimed) != recomputed {
            log.push(self.route_violation(code).figures(claimed, recomputed));
        }
    }
}
