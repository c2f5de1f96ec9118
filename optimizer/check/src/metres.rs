//! Metres of the ways: after each step, of the route, and against the vehicle's range.

use crate::stops::Trip;
use crate::violation::{Code, Violation};

/// Returns the metres of the route.
pub(crate) fn check(trip: &Trip<'_>, log: &mut Vec<Violation>) -> i128 {
    let mut sum: i128 = 0;
    for (k, step, _) in trip.steps() {
        match trip.legs[k] {
            Some(leg) => {
                sum += leg.metres;
                trip.same(log, Code::StepDistance, k, step.distance_m.0, sum);
            }
            // The missing way is a finding of its own; the rest is checked from what the plan says here.
            None => sum = step.distance_m.0.into(),
        }
    }
    trip.route_same(log, Code::RouteDistance, trip.planned.distance_m.0, sum);
    if let Some(most) = trip.vehicle.max_distance
        && sum > most.0.into()
    {
        log.push(trip.route_violation(Code::MaxDistance).figures(sum, most.0));
    }
    sum
}
