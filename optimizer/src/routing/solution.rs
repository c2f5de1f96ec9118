//! A whole plan under search: one slot for each vehicle, the jobs left out, and what outlets have received.
//! Changes are journalled so that a rejected iteration costs only what it touched.

use super::beginnings;
use super::board::Delivery;
use super::fairness::{Fairness, Worth};
use super::locks::{self, Reference};
use super::model::{FAR, Model, Node};
use super::route::Route;

pub(crate) const NOWHERE: u32 = u32::MAX;
/// Reach of a job beside a vehicle's start or end or an outlet: any neighbour may go in between.
pub(crate) const OPEN: i64 = i64::MAX >> 2;

/// Where a job is, and what a look at its neighbourhood needs of the route, all in one place: an insertion looks at
/// dozens of neighbours and at very few of their routes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spot {
    /// [`NOWHERE`]: left out, and nothing else here counts.
    pub(crate) vehicle: u32,
    /// Among the visits of the route.
    pub(crate) index: u32,
    /// Where the vehicle comes from and goes to.
    pub(crate) before: u32,
    pub(crate) after: u32,
    /// Prices of the legs to the job and from it.
    pub(crate) leg_in: i64,
    pub(crate) leg_out: i64,
    /// Earliest departure and latest start, whatever became of the break.
    pub(crate) leaves: i64,
    pub(crate) starts: i64,
}

impl Default for Spot {
    fn default() -> Self {
        Self { vehicle: NOWHERE, index: 0, before: 0, after: 0, leg_in: 0, leg_out: 0, leaves: -FAR, starts: FAR }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Solution {
    /// By vehicle.
    pub(crate) routes: Vec<Route>,
    /// By job.
    pub(crate) spots: Vec<Spot>,
    /// By job: the dearer of the legs to it and from it, which no place beside it saves more than; [`OPEN`] where a start, an
    /// end or an outlet is beside it, `-OPEN` where the job is left out.
    pub(crate) reach: Vec<i64>,
    /// By vehicle: grams that it can still take, where nothing is unloaded on the way.
    pub(crate) rooms: Vec<i64>,
    /// By kind: vehicles without visits; the last one is used next.
    pub(crate) idle: Vec<Vec<u32>>,
    /// By outlet and stream: grams and litres received.
    received: Vec<(i64, i64)>,
    /// With what jobs cost for lying apart.
    pub(crate) cost_routes: i64,
    pub(crate) fairness: Fairness,
    /// Prices of absence of the jobs left out.
    pub(crate) cost_absent: i64,
    pub(crate) n_absent: usize,
    /// Jobs that are where they were in an earlier plan, and jobs of it that are left out: counted where changes are.
    kept: usize,
    lost: usize,
    /// For each change too many.
    cost_changes: i64,
    journal: Vec<(u32, Route)>,
    stamp: Vec<u64>,
    step: u64,
    /// Routes no longer in use, whose memory the next ones take.
    spare: Vec<Route>,
}

impl Solution {
    pub(crate) fn new(model: &Model<'_>) -> Self {
        let mut solution = Self::at_home(model);
        if model.locks.any {
            beginnings::begin(model, &mut solution);
        }
        solution
    }

    /// Nobody has set out, not even a vehicle with a locked beginning: for routes that are known.
    pub(crate) fn at_home(model: &Model<'_>) -> Self {
        let mut routes: Vec<Route> = model.kind_of.iter().map(|&kind| Route::new(kind)).collect();
        for route in &mut routes {
            route.refresh(model);
        }
        let idle = model.kinds.iter().map(|k| k.members.iter().rev().map(|&v| v as u32).collect()).collect();
        let reference = model.locks.reference.as_ref();
        let mut solution = Self {
            stamp: vec![0; routes.len()],
            rooms: vec![i64::MAX; routes.len()],
            reach: vec![-OPEN; model.n_jobs],
            routes,
            spots: vec![Spot::default(); model.n_jobs],
            idle,
            received: vec![(0, 0); model.accepts.len() * model.n_streams],
            cost_routes: 0,
            fairness: Fairness::new(model),
            cost_absent: model.absence.iter().sum(),
            n_absent: model.n_jobs,
            kept: 0,
            lost: reference.map_or(0, |reference| reference.jobs),
            cost_changes: 0,
            journal: Vec::new(),
            step: 1,
            spare: Vec::new(),
        };
        solution.count_changes(model);
        solution
    }

    fn count_changes(&mut self, model: &Model<'_>) {
        if let Some(reference) = &model.locks.reference {
            let too_many = (reference.jobs - self.kept).saturating_sub(reference.most);
            self.cost_changes = reference.price * too_many as i64;
        }
    }

    /// No more jobs have changed than may.
    pub(crate) fn keeps_promises(&self, model: &Model<'_>) -> bool {
        self.cost_changes == 0
            && model
                .kinds
                .iter()
                .filter(|kind| kind.locked_rows() > 0)
                .all(|kind| kind.members.iter().all(|&vehicle| kind.begins(&self.routes[vehicle].visits)))
    }

    /// The job was with this vehicle in the earlier plan, or there is a change to spare for it.
    pub(crate) fn may_move(&self, reference: &Reference, job: usize, vehicle: u32) -> bool {
        let before = reference.vehicle[job];
        before == locks::NONE || before == vehicle || reference.jobs - self.lost - self.kept < reference.most
    }

    /// What the search pays for a settled solution.
    pub(crate) fn cost(&self) -> i64 {
        self.floor().saturating_add(self.fairness.price())
    }

    /// What a settled solution is compared by with the best.
    pub(crate) fn worth(&self) -> Worth {
        Worth { cost: self.floor().saturating_add(self.fairness.cost()), excess: self.fairness.excess() }
    }

    /// What a drafted solution costs at least: how long routes take, and hence how alike they are, is not known yet.
    pub(crate) fn floor(&self) -> i64 {
        self.cost_routes.saturating_add(self.cost_absent).saturating_add(self.cost_changes)
    }

    /// [`NOWHERE`] where the job is left out.
    #[inline]
    pub(crate) fn vehicle_of(&self, job: usize) -> u32 {
        self.spots[job].vehicle
    }

    /// Starts a transaction: [`Solution::roll_back`] returns to this state.
    pub(crate) fn begin(&mut self) {
        self.step += 1;
        self.fairness.forget_drafts();
        let dropped = self.journal.drain(..).map(|(_, old)| old);
        self.spare.extend(dropped);
    }

    /// Vehicles whose routes changed since [`Solution::begin`].
    pub(crate) fn touched(&self) -> impl Iterator<Item = u32> + '_ {
        self.journal.iter().map(|&(v, _)| v)
    }

    pub(crate) fn roll_back(&mut self, model: &Model<'_>) {
        let mut journal = std::mem::take(&mut self.journal);
        for (vehicle, _) in &journal {
            self.detach(model, *vehicle);
        }
        for (vehicle, old) in journal.drain(..) {
            let rejected = std::mem::replace(&mut self.routes[vehicle as usize], old);
            self.spare.push(rejected);
            self.attach(model, vehicle);
            self.fairness.note(vehicle as usize, &self.routes[vehicle as usize]);
        }
        self.journal = journal;
        self.step += 1;
    }

    /// A route with the visits of `vehicle`, to be changed, drafted and [put](Self::put) in its place.
    pub(crate) fn copy_of(&mut self, vehicle: u32) -> Route {
        let mut copy = self.spare.pop().unwrap_or_default();
        copy.copy_visits(&self.routes[vehicle as usize]);
        copy
    }

    pub(crate) fn keep_spare(&mut self, route: Route) {
        self.spare.push(route);
    }

    /// Replaces the visits of `vehicle`. `false`, and nothing changes, where the result breaks a rule.
    pub(crate) fn replace(&mut self, model: &Model<'_>, vehicle: u32, edit: impl FnOnce(&mut Vec<Node>)) -> bool {
        self.change(model, vehicle, edit, |route, model, _| route.refresh(model))
    }

    /// Like [`Solution::replace`], but the route is only drafted: [`Solution::settle`] has to follow.
    pub(crate) fn sketch(&mut self, model: &Model<'_>, vehicle: u32, edit: impl FnOnce(&mut Vec<Node>)) -> bool {
        self.change(model, vehicle, edit, |route, model, old| route.redraft(model, old))
    }

    fn change(
        &mut self,
        model: &Model<'_>,
        vehicle: u32,
        edit: impl FnOnce(&mut Vec<Node>),
        evaluate: impl FnOnce(&mut Route, &Model<'_>, &Route) -> bool,
    ) -> bool {
        let mut changed = self.copy_of(vehicle);
        edit(&mut changed.visits);
        if evaluate(&mut changed, model, &self.routes[vehicle as usize]) {
            return self.put(model, vehicle, changed);
        }
        self.spare.push(changed);
        false
    }

    /// Makes the cost exact after [`Solution::sketch`]. `false` where a route has no schedule after all.
    pub(crate) fn settle(&mut self, model: &Model<'_>) -> bool {
        self.settle_below(model, i64::MAX)
    }

    /// The same, given up (`false`) as soon as it is certain that the solution does not cost less than `ceiling`.
    pub(crate) fn settle_below(&mut self, model: &Model<'_>, ceiling: i64) -> bool {
        let unrouted = self.cost_absent.saturating_add(self.cost_changes);
        self.journal.iter().all(|&(vehicle, _)| {
            let route = &mut self.routes[vehicle as usize];
            self.cost_routes -= route.cost;
            let possible = route.settle_below(model, ceiling.saturating_sub(self.cost_routes).saturating_sub(unrouted));
            self.cost_routes += route.cost;
            if possible {
                self.fairness.note(vehicle as usize, route);
            }
            possible
        })
    }

    /// Puts a drafted route in place of the vehicle's own, if outlets have room for it.
    pub(crate) fn put(&mut self, model: &Model<'_>, vehicle: u32, route: Route) -> bool {
        let at = vehicle as usize;
        self.receive(model, at, -1);
        if !self.has_room(model, &route.deliveries) {
            self.receive(model, at, 1);
            self.spare.push(route);
            return false;
        }
        let old = std::mem::replace(&mut self.routes[at], route);
        self.receive(model, at, 1);
        self.cost_routes += self.routes[at].whole_cost() - old.whole_cost();
        if self.routes[at].settled {
            self.fairness.note(at, &self.routes[at]);
        } else {
            self.fairness.draft(at, &self.routes[at]);
        }
        self.kept = self.kept + self.routes[at].kept - old.kept;
        self.locate(model, vehicle);
        for &node in old.visits.iter().filter(|&&node| model.is_job(node)) {
            let spot = self.spots[node as usize];
            if spot.vehicle == vehicle && self.routes[at].visits.get(spot.index as usize) != Some(&node) {
                self.leave_out(model, node);
            }
        }
        match (old.is_empty(), self.routes[at].is_empty()) {
            (true, false) => self.set_idle(vehicle, false),
            (false, true) => self.set_idle(vehicle, true),
            _ => {}
        }
        if self.stamp[at] == self.step {
            self.spare.push(old);
        } else {
            self.stamp[at] = self.step;
            self.journal.push((vehicle, old));
        }
        self.count_changes(model);
        true
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

    /// Grams and litres that are free at an entry of `room`: an outlet and a stream.
    pub(crate) fn free_room(&self, model: &Model<'_>, at: usize) -> (i64, i64) {
        let (has, room) = (self.received[at], model.room[at]);
        (room.0.saturating_sub(has.0), room.1.saturating_sub(has.1))
    }

    pub(crate) fn room_for(&self, model: &Model<'_>, outlet: usize, stream: usize, grams: i64, litres: i64) -> bool {
        let at = outlet * model.n_streams + stream;
        let (has, room) = (self.received[at], model.room[at]);
        has.0.saturating_add(grams) <= room.0 && has.1.saturating_add(litres) <= room.1
    }

    fn detach(&mut self, model: &Model<'_>, vehicle: u32) {
        let at = vehicle as usize;
        for k in 0..self.routes[at].visits.len() {
            let node = self.routes[at].visits[k];
            // A job may already stand in another route when several are put back at once.
            if model.is_job(node) && self.vehicle_of(node as usize) == vehicle {
                self.leave_out(model, node);
            }
        }
        self.receive(model, at, -1);
        self.cost_routes -= self.routes[at].whole_cost();
        self.kept -= self.routes[at].kept;
        if self.routes[at].is_empty() {
            self.set_idle(vehicle, false);
        }
    }

    fn attach(&mut self, model: &Model<'_>, vehicle: u32) {
        let at = vehicle as usize;
        self.locate(model, vehicle);
        self.receive(model, at, 1);
        self.cost_routes += self.routes[at].whole_cost();
        self.kept += self.routes[at].kept;
        if self.routes[at].is_empty() {
            self.set_idle(vehicle, true);
        }
        self.count_changes(model);
    }

    fn leave_out(&mut self, model: &Model<'_>, job: Node) {
        self.spots[job as usize].vehicle = NOWHERE;
        self.reach[job as usize] = -OPEN;
        self.cost_absent += model.absence[job as usize];
        self.n_absent += 1;
        self.lost += usize::from(model.locks.was_placed(job));
    }

    /// Tells each job on the route where it is.
    fn locate(&mut self, model: &Model<'_>, vehicle: u32) {
        let route = &self.routes[vehicle as usize];
        let kind = &model.kinds[route.kind];
        self.rooms[vehicle as usize] = if model.accepts.is_empty() { route.board.room(kind) } else { i64::MAX };
        let (mut before, mut open_before) = (kind.start, true);
        for (row, &node) in route.visits.iter().enumerate() {
            let next = route.visits.get(row + 1);
            let open_after = next.is_none_or(|&next| !model.is_job(next));
            let after = next.map_or(kind.end, |&next| model.place(next));
            let here = model.place(node);
            if model.is_job(node) {
                let job = node as usize;
                if self.spots[job].vehicle == NOWHERE {
                    self.cost_absent -= model.absence[job];
                    self.n_absent -= 1;
                    self.lost -= usize::from(model.locks.was_placed(node));
                }
                let (leaves, starts) = if model.timed {
                    // An unload that comes in may let the trip leave before the last of its jobs is released.
                    let soonest = if model.has_releases() { -FAR } else { route.early[row + 1].soonest() };
                    (soonest, route.late[row + 1].latest() - model.nodes[job].service)
                } else {
                    (-FAR, FAR)
                };
                let (leg_in, leg_out) = (route.legs[row], route.legs[row + 1]);
                let (before, after, index) = (before as u32, after as u32, row as u32);
                self.spots[job] = Spot { vehicle, index, before, after, leg_in, leg_out, leaves, starts };
                self.reach[job] = if open_before || open_after { OPEN } else { leg_in.max(leg_out) };
            }
            before = here;
            open_before = !model.is_job(node);
        }
    }

    /// Adds (`sign` 1) or takes back (`sign` -1) what the route brings to outlets.
    fn receive(&mut self, model: &Model<'_>, at: usize, sign: i64) {
        for d in &self.routes[at].deliveries {
            let sum = &mut self.received[d.outlet * model.n_streams + d.stream];
            *sum = (sum.0 + sign * d.grams, sum.1 + sign * d.litres);
        }
    }

    fn set_idle(&mut self, vehicle: u32, idle: bool) {
        let list = &mut self.idle[self.routes[vehicle as usize].kind];
        if idle {
            list.push(vehicle);
        } else if let Some(at) = list.iter().rposition(|&v| v == vehicle) {
            list.remove(at);
        }
    }

    pub(crate) fn absent(&self) -> impl Iterator<Item = usize> + '_ {
        self.spots.iter().enumerate().filter(|(_, spot)| spot.vehicle == NOWHERE).map(|(job, _)| job)
    }
}
