//! What the beginning of an earlier plan needs and the day as it is now may no longer have: bookings that were collected, a vehicle
//! that was taken out, an outlet that was closed.

use std::collections::HashSet;

use huilu_model::Problem;
use huilu_model::problem::{PlaceSpec, VisitSpec};

use super::visits;
use crate::domain::plan::Route;

/// Takes them over from the earlier problem.
pub(super) struct Carry<'a> {
    before: &'a Problem,
    /// Ids of the new problem.
    known: HashSet<String>,
}

impl<'a> Carry<'a> {
    pub(super) fn new(before: &'a Problem, problem: &Problem) -> Self {
        let jobs = problem.jobs.iter().map(|job| &job.id);
        let outlets = problem.outlets.iter().map(|outlet| &outlet.id);
        let vehicles = problem.vehicles.iter().map(|vehicle| &vehicle.id);
        Self { before, known: jobs.chain(outlets).chain(vehicles).cloned().collect() }
    }

    /// For the first `stays` visits of a route.
    pub(super) fn take_over(&mut self, problem: &mut Problem, route: &Route, stays: usize) {
        if stays == 0 {
            return;
        }
        let before = self.before;
        let vehicle = route.vehicle.to_string();
        if self.known.insert(vehicle.clone())
            && let Some(mut old) = before.vehicles.iter().find(|old| old.id == vehicle).cloned()
        {
            old.start = self.place(problem, &old.start);
            old.end = old.end.map(|end| self.place(problem, &end));
            problem.vehicles.push(old);
        }
        for visit in visits(route).take(stays) {
            match visit {
                VisitSpec::Job { job } if self.known.insert(job.clone()) => {
                    if let Some(mut old) = before.jobs.iter().find(|old| old.id == job).cloned() {
                        old.place = self.place(problem, &old.place);
                        problem.jobs.push(old);
                    }
                }
                VisitSpec::Unload { outlet } if self.known.insert(outlet.clone()) => {
                    if let Some(mut old) = before.outlets.iter().find(|old| old.id == outlet).cloned() {
                        old.place = self.place(problem, &old.place);
                        problem.outlets.push(old);
                    }
                }
                VisitSpec::Job { .. } | VisitSpec::Unload { .. } => {}
            }
        }
    }

    fn place(&self, problem: &mut Problem, id: &str) -> String {
        let Some(old) = self.before.places.iter().find(|place| place.id == id) else { return id.to_owned() };
        if let Some(same) = problem.places.iter().find(|place| place.position == old.position) {
            return same.id.clone();
        }
        let id = format!("p{}", problem.places.len());
        problem.places.push(PlaceSpec { id: id.clone(), ..old.clone() });
        id
    }
}
