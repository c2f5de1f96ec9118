//! Money: what each route costs, the parts of the plan's cost, their sum, and the lower bound.

use huilu_model::{Cost, Job, Late, Plan};

use crate::stops::{Stop, Trip};
use crate::violation::{Code, Violation};

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sums {
    pub(crate) fixed: i128,
    pub(crate) time: i128,
    pub(crate) distance: i128,
    pub(crate) gate_fees: i128,
    pub(crate) penalties: i128,
    pub(crate) fairness: i128,
    pub(crate) compactness: i128,
    pub(crate) lateness: i128,
    pub(crate) overtime: i128,
    pub(crate) preference: i128,
}

impl Sums {
    pub(crate) fn total(&self) -> i128 {
        self.bounded() + self.fairness + self.compactness
    }

    /// What a lower bound speaks of.
    fn bounded(&self) -> i128 {
        let own = self.fixed + self.time + self.distance + self.gate_fees;
        own + self.penalties + self.lateness + self.overtime + self.preference
    }

    /// Adds a route of so many seconds and metres, and checks its own cost.
    pub(crate) fn add_route(&mut self, trip: &Trip<'_>, seconds: i128, metres: i128, log: &mut Vec<Violation>) {
        let before = self.total();
        self.fixed += wide(trip.vehicle.cost_fixed);
        self.time += wide(trip.vehicle.cost_per_second) * seconds;
        self.distance += wide(trip.vehicle.cost_per_metre) * metres;
        for (_, step, stop) in trip.steps() {
            match stop {
                Stop::Outlet(outlet) => self.gate_fees += wide(trip.instance.outlets[outlet].gate_fee),
                Stop::Job(job) => {
                    let job = &trip.instance.jobs[job];
                    self.lateness += lateness(job, step.start_s.0.into());
                    if !job.preferred.is_empty() && !job.preferred.contains(&trip.vehicle_idx) {
                        self.preference += wide(job.other_vehicle);
                    }
                }
                Stop::Start | Stop::Break | Stop::End | Stop::Unknown => {}
            }
        }
        if let (Some(from), Some(last)) = (trip.vehicle.overtime_from, trip.planned.steps.last()) {
            let beyond = i128::from(last.departure_s.0) - i128::from(from.0);
            self.overtime += wide(trip.vehicle.cost_overtime) * beyond.max(0);
        }
        trip.route_same(log, Code::RouteCost, trip.planned.cost.0, self.total() - before);
    }

    pub(crate) fn check(&self, plan: &Plan, log: &mut Vec<Violation>) {
        let claims = &plan.cost_parts;
        for (code, claimed, recomputed) in [
            (Code::CostFixed, claims.fixed, self.fixed),
            (Code::CostTime, claims.time, self.time),
            (Code::CostDistance, claims.distance, self.distance),
            (Code::CostGateFees, claims.gate_fees, self.gate_fees),
            (Code::CostPenalties, claims.penalties, self.penalties),
            (Code::CostFairness, claims.fairness, self.fairness),
            (Code::CostCompactness, claims.compactness, self.compactness),
            (Code::CostLateness, claims.lateness, self.lateness),
            (Code::CostOvertime, claims.overtime, self.overtime),
            (Code::CostPreference, claims.preference, self.preference),
            (Code::CostTotal, plan.cost, self.total()),
        ] {
            if wide(claimed) != recomputed {
                log.push(Violation::new(code).figures(claimed.0, recomputed));
            }
        }
        if let Some(bound) = plan.lower_bound
            && wide(bound) > self.bounded()
        {
            log.push(Violation::new(Code::BoundAboveCost).figures(bound.0, self.bounded()));
        }
    }
}

fn lateness(job: &Job, start: i128) -> i128 {
    let inside = |late: &&Late| (late.window.start.0.into()..=late.window.end.0.into()).contains(&start);
    job.late.iter().find(inside).map_or(0, |late| wide(late.per_second) * (start - i128::from(late.window.start.0)))
}

pub(crate) fn wide(cost: Cost) -> i128 {
    cost.0.into()
}
