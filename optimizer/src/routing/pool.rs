//! The distinct routes a search has met: the columns of set partitioning. Of routes with the same kind of vehicle and
//! the same jobs only the cheapest is kept; the oldest go first when there are too many.

use std::collections::HashMap;

use super::board::Delivery;
use super::model::{Model, Node};
use super::route::Route;
use super::solution::Solution;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PooledRoute {
    pub(crate) kind: usize,
    pub(crate) visits: Vec<Node>,
    /// Sorted.
    pub(crate) jobs: Vec<u32>,
    pub(crate) cost: i64,
    pub(crate) deliveries: Vec<Delivery>,
    /// As [`Route::kept`].
    pub(crate) kept: usize,
}

impl PooledRoute {
    pub(crate) fn new(model: &Model<'_>, route: &Route) -> Self {
        let mut jobs: Vec<u32> = route.visits.iter().copied().filter(|&node| model.is_job(node)).collect();
        jobs.sort_unstable();
        Self {
            kind: route.kind,
            visits: route.visits.clone(),
            jobs,
            cost: route.whole_cost(),
            deliveries: route.deliveries.clone(),
            kept: route.kept,
        }
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Pool {
    pub(crate) routes: Vec<PooledRoute>,
    known: HashMap<(usize, Vec<u32>), usize>,
    most: usize,
}

impl Pool {
    pub(crate) fn new(most: usize) -> Self {
        Self { most, ..Self::default() }
    }

    pub(crate) fn add_routes(&mut self, model: &Model<'_>, solution: &Solution) {
        for route in solution.routes.iter().filter(|route| !route.is_empty()) {
            self.add(PooledRoute::new(model, route));
        }
    }

    pub(crate) fn add(&mut self, route: PooledRoute) {
        if let Some(&at) = self.known.get(&(route.kind, route.jobs.clone())) {
            if route.cost < self.routes[at].cost {
                self.routes[at] = route;
            }
            return;
        }
        if self.routes.len() >= self.most.max(4) {
            self.routes.drain(..self.most.max(4) / 4);
            self.known = self.routes.iter().enumerate().map(|(k, r)| ((r.kind, r.jobs.clone()), k)).collect();
        }
        self.known.insert((route.kind, route.jobs.clone()), self.routes.len());
        self.routes.push(route);
    }
}
