//! A whole plan under search: one slot for each vehicle, the jobs left out, and what outlets have received.
//! Changes are journalled so that a rejected iteration costs only what it touched.

use super::board::Delivery;
use super::model::{Model, Node};
use super::route::Route;

pub(crate) const NOWHERE: u32 = u32::MAX;

#[derive(Clone, Debug)]
pub(crate) struct Solution {
    /// By vehicle.
    pub(crate) routes: Vec<Route>,
    /// By job: vehicle, or [`NOWHERE`].
    pub(crate) route_of: Vec<u32>,
    /// By job: index among the visits of its route.
    pub(crate) index_of: Vec<u32>,
    /// By kind: vehicles without visits; the last one is used next.
    pub(crate) idle: Vec<Vec<u32>>,
    /// By outlet and stream: grams and litres received.
    received: Vec<(i64, i64)>,
    pub(crate) cost_routes: i64,
    /// Prices of absence of the jobs left out.
    pub(crate) cost_absent: i64,
    pub(crate) n_absent: usize,
    journal: Vec<(u32, Route)>,
    stamp: Vec<u64>,
    step: u64,
}

impl Solution {
    pub(crate) fn new(model: &Model<'_>) -> Self {
        let mut routes: Vec<Route> = model.kind_of.iter().map(|&kind| Route::new(kind)).collect();
        for route in &mut routes {
            route.refresh(model);
        }
        let idle = model.kinds.iter().map(|k| k.members.iter().rev().map(|&v| v as u32).collect()).collect();
        Self {
            stamp: vec![0; routes.len()],
            routes,
            route_of: vec![NOWHERE; model.n_jobs],
            index_of: vec![0; model.n_jobs],
            idle,
            received: vec![(0, 0); model.accepts.len() * model.n_streams],
            cost_routes: 0,
            cost_absent: model.absence.iter().sum(),
            n_absent: model.n_jobs,
            journal: Vec::new(),
            step: 1,
        }
    }

    pub(crate) fn cost(&self) -> i64 {
        self.cost_routes.saturating_add(self.cost_absent)
    }

    /// Starts a transaction: [`Solution::roll_back`] returns to this state.
    pub(crate) fn begin(&mut self) {
        self.step += 1;
        self.journal.clear();
    }

    /// Vehicles whose routes changed since [`Solution::begin`].
    pub(crate) fn touched(&self) -> impl Iterator<Item = u32> + '_ {
        self.journal.iter().map(|&(v, _)| v)
    }

    pub(crate) fn roll_back(&mut self, model: &Model<'_>) {
        let journal = std::mem::take(&mut self.journal);
        for (vehicle, _) in &journal {
            self.detach(model, *vehicle);
        }
        for (vehicle, old) in journal {
            self.routes[vehicle as usize] = old;
            self.attach(model, vehicle);
        }
        self.step += 1;
    }

    /// Replaces the visits of `vehicle`. `false`, and nothing changes, where the result breaks a rule.
    pub(crate) fn replace(&mut self, model: &Model<'_>, vehicle: u32, edit: impl FnOnce(&mut Vec<Node>)) -> bool {
        let at = vehicle as usize;
        let mut changed = Route::new(self.routes[at].kind);
        changed.visits.clone_from(&self.routes[at].visits);
        edit(&mut changed.visits);
        changed.refresh(model) && self.put(model, vehicle, changed)
    }

    /// Puts an evaluated route in place of the vehicle's own, if outlets have room for it.
    pub(crate) fn put(&mut self, model: &Model<'_>, vehicle: u32, route: Route) -> bool {
        let at = vehicle as usize;
        self.detach(model, vehicle);
        let old = std::mem::replace(&mut self.routes[at], route);
        let fits = self.has_room(model, &self.routes[at].deliveries);
        if fits {
            if self.stamp[at] != self.step {
                self.stamp[at] = self.step;
                self.journal.push((vehicle, old));
            }
        } else {
            self.routes[at] = old;
        }
        self.attach(model, vehicle);
        fits
    }

    fn has_room(&self, model: &Model<'_>, deliveries: &[Delivery]) -> bool {
        deliveries.iter().enumerate().all(|(i, d)| {
            if !model.limited[d.outlet] {
                return true;
            }
            let same = |other: &&Delivery| other.outlet == d.outlet && other.stream == d.stream;
            let brought = deliveries[..=i].iter().filter(same);
            let (grams, litres) = brought.fold((0, 0), |sum, d| (sum.0 + d.grams, sum.1 + d.litres));
            self.room_for(model, d.outlet, d.stream, grams, litres)
        })
    }

    pub(crate) fn room_for(&self, model: &Model<'_>, outlet: usize, stream: usize, grams: i64, litres: i64) -> bool {
        let at = outlet * model.n_streams + stream;
        let (has, room) = (self.received[at], model.room[at]);
        has.0.saturating_add(grams) <= room.0 && has.1.saturating_add(litres) <= room.1
    }

    fn detach(&mut self, model: &Model<'_>, vehicle: u32) {
        let route = &self.routes[vehicle as usize];
        for &node in route.visits.iter().filter(|&&node| model.is_job(node)) {
            // A job may already stand in another route when several are put back at once.
            if self.route_of[node as usize] == vehicle {
                self.route_of[node as usize] = NOWHERE;
                self.cost_absent += model.absence[node as usize];
                self.n_absent += 1;
            }
        }
        for d in &route.deliveries {
            let sum = &mut self.received[d.outlet * model.n_streams + d.stream];
            *sum = (sum.0 - d.grams, sum.1 - d.litres);
        }
        self.cost_routes -= route.cost;
        if route.is_empty() {
            let idle = &mut self.idle[route.kind];
            if let Some(at) = idle.iter().rposition(|&v| v == vehicle) {
                idle.remove(at);
            }
        }
    }

    fn attach(&mut self, model: &Model<'_>, vehicle: u32) {
        let route = &self.routes[vehicle as usize];
        for (index, &node) in route.visits.iter().enumerate() {
            if model.is_job(node) {
                if self.route_of[node as usize] == NOWHERE {
                    self.cost_absent -= model.absence[node as usize];
                    self.n_absent -= 1;
                }
                self.route_of[node as usize] = vehicle;
                self.index_of[node as usize] = index as u32;
            }
        }
        for d in &route.deliveries {
            let sum = &mut self.received[d.outlet * model.n_streams + d.stream];
            *sum = (sum.0 + d.grams, sum.1 + d.litres);
        }
        self.cost_routes += route.cost;
        if route.is_empty() {
            self.idle[route.kind].push(vehicle);
        }
    }

    pub(crate) fn absent(&self) -> impl Iterator<Item = usize> + '_ {
        self.route_of.iter().enumerate().filter(|&(_, &route)| route == NOWHERE).map(|(job, _)| job)
    }
}
