//! What a plan costs, taken apart: where its hours go, and all that is paid besides.

use std::collections::HashMap;

use huilu_model::{Cost, Instance, Plan, PlannedRoute, Seconds, StepKind, Vehicle};
use serde::{Deserialize, Serialize};

/// In cost units. The parts add up to the plan's cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bill {
    pub fixed: Cost,
    /// Paid hours, by what they are spent on.
    pub driving: Cost,
    pub service: Cost,
    pub unloading: Cost,
    pub waiting: Cost,
    pub breaks: Cost,
    pub distance: Cost,
    pub gate_fees: Cost,
    pub penalties: Cost,
    pub fairness: Cost,
    pub compactness: Cost,
    /// Of visits that start after the soft end of their window.
    pub lateness: Cost,
    pub overtime: Cost,
    /// Of jobs served by another vehicle than those preferred.
    pub preference: Cost,
}

/// Names and amounts, in the order of the fields.
pub type Items = [(&'static str, Cost); 14];

impl Bill {
    pub fn of(instance: &Instance, plan: &Plan) -> Self {
        let cars: HashMap<&str, &Vehicle> = instance.vehicles.iter().map(|car| (car.id.as_str(), car)).collect();
        let parts = &plan.cost_parts;
        let mut bill = Self {
            fixed: parts.fixed,
            distance: parts.distance,
            gate_fees: parts.gate_fees,
            penalties: parts.penalties,
            fairness: parts.fairness,
            compactness: parts.compactness,
            lateness: parts.lateness,
            overtime: parts.overtime,
            preference: parts.preference,
            ..Self::default()
        };
        for route in &plan.routes {
            if let Some(car) = cars.get(route.vehicle.as_str()) {
                bill.add_hours(instance, car, route);
            }
        }
        debug_assert_eq!(bill.total(), plan.cost, "a part of the cost has no name");
        bill
    }

    fn add_hours(&mut self, instance: &Instance, car: &Vehicle, route: &PlannedRoute) {
        let pay = |seconds: Seconds| Cost(car.cost_per_second.0.saturating_mul(seconds.0));
        let mut left = None;
        for step in &route.steps {
            self.driving += pay(Seconds(step.arrival_s.0 - left.unwrap_or(step.arrival_s).0));
            self.waiting += pay(Seconds(step.start_s.0 - step.arrival_s.0));
            let spent = pay(Seconds(step.departure_s.0 - step.start_s.0));
            match &step.kind {
                StepKind::Job { .. } => self.service += spent,
                StepKind::Unload { outlet } => {
                    let queued = pay(queued(instance, outlet, step.start_s));
                    self.waiting += queued;
                    self.unloading += spent - queued;
                }
                StepKind::Break => self.breaks += spent,
                StepKind::Start | StepKind::End => self.waiting += spent,
            }
            left = Some(step.departure_s);
        }
    }

    pub fn items(&self) -> Items {
        [
            ("fixed", self.fixed),
            ("driving", self.driving),
            ("service", self.service),
            ("unloading", self.unloading),
            ("waiting", self.waiting),
            ("breaks", self.breaks),
            ("distance", self.distance),
            ("gate_fees", self.gate_fees),
            ("penalties", self.penalties),
            ("fairness", self.fairness),
            ("compactness", self.compactness),
            ("lateness", self.lateness),
            ("overtime", self.overtime),
            ("preference", self.preference),
        ]
    }

    pub fn total(&self) -> Cost {
        self.items().into_iter().map(|(_, cost)| cost).sum()
    }

    /// Part by part what this costs more than `before`.
    pub fn less(&self, before: &Self) -> Self {
        Self {
            fixed: self.fixed - before.fixed,
            driving: self.driving - before.driving,
            service: self.service - before.service,
            unloading: self.unloading - before.unloading,
            waiting: self.waiting - before.waiting,
            breaks: self.breaks - before.breaks,
            distance: self.distance - before.distance,
            gate_fees: self.gate_fees - before.gate_fees,
            penalties: self.penalties - before.penalties,
            fairness: self.fairness - before.fairness,
            compactness: self.compactness - before.compactness,
            lateness: self.lateness - before.lateness,
            overtime: self.overtime - before.overtime,
            preference: self.preference - before.preference,
        }
    }
}

/// Seconds in the queue of an outlet for who comes to its door at `start`.
fn queued(instance: &Instance, outlet: &str, start: Seconds) -> Seconds {
    let outlet = instance.outlets.iter().find(|known| known.id == outlet);
    let busy = outlet
        .and_then(|outlet| outlet.queues.iter().find(|queue| queue.window.start <= start && start <= queue.window.end));
    busy.map_or(Seconds(0), |queue| Seconds(queue.wait.0.min(queue.window.end.0 - start.0)))
}
