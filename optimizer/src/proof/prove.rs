//! The course of a proof: a relaxation that can be priced, its master solved, then cuts as time allows.

use std::time::Instant;

use huilu_model::{Cost, Instance, Plan};

use super::answers;
use super::bound::Bounding;
use super::column::Column;
use super::cuts::Cuts;
use super::detail::Detail;
use super::finish::Closed;
use super::fleet::{FleetPricer, Priced};
use super::freight::Freight;
use super::generation::{Best, Course, End, Generated, Pricer, generate};
use super::labelling::Effort;
use super::master::{RouteMaster, UnderCuts};
use super::network::{Network, Unfit};
use super::prices::{Prices, Scale};
use super::rooms::Rooms;
use super::{BoundKind, BoundPoint, Known, NoBound, Proof, ProofParams};
use crate::limits::Limits;
use crate::lp::LpError;
use crate::resources::model::{Model, Node};
use crate::routing::pool::PooledRoute;
use crate::routing::search::Visits;

/// Part of the time after which all routes are looked at without waiting for quick looks to find nothing.
const HURRY_SHARE: f64 = 0.4;
/// The same after a first bound by walks.
const HURRY_SHARE_WALKED: f64 = 0.25;
/// The same where one such look has given a bound already.
const HURRY_SHARE_BOUNDED: f64 = 0.75;
/// Part of the time that is kept for a last answer in whole routes.
const RESERVE_SHARE: f64 = 0.08;
/// Parts of the time left that are spent on answers once the master is solved, and once no cut is found any more.
const FIRST_ANSWER_SHARE: f64 = 0.08;
const LAST_ANSWER_SHARE: f64 = 0.6;
const DIVE_SHARE: f64 = 0.08;
/// So many rounds of cuts one after another that close no more than this part of the gap are a stall.
const STALLS: usize = 6;
const STALLED: f64 = 0.02;
/// Routes of the search in the first master, for each of its rows.
const WARM_COLUMNS_PER_ROW: usize = 20;

pub(super) fn prove(
    instance: &Instance,
    known: Known<'_>,
    params: &ProofParams,
    limits: &Limits<'_>,
    on_bound: &mut dyn FnMut(&BoundPoint),
) -> Proof {
    let model = Model::new(instance);
    let unproven = |cause| Proof { cause: Some(cause), ..Proof::default() };
    let left_out = |plan: &Plan| {
        let mandatory = |id: &String| instance.jobs.iter().any(|job| job.id == *id && job.penalty.is_none());
        plan.unassigned.iter().any(|left| mandatory(&left.job))
    };
    if known.plan.is_some_and(left_out) {
        return unproven(NoBound::PlanIncomplete);
    }
    let Some(scale) = Scale::new(&model) else {
        return unproven(NoBound::NumbersTooLarge);
    };
    let mut course = Proving::new(&model, known, params, limits, scale, on_bound);
    if let Err(cause) = course.run() {
        course.proof.cause = course.proof.lower_bound.is_none().then_some(cause);
    }
    course.checked()
}

/// No bound on the plan rises above this, or needs to.
fn enough(plan: &Plan, stop_gap: f64) -> i64 {
    let near = (plan.cost.0 as f64 * (1.0 - stop_gap)).ceil() as i64;
    if stop_gap > 0.0 { near.min(plan.cost_parts.bounded().0) } else { plan.cost_parts.bounded().0 }
}

pub(super) struct Proving<'a, 'i> {
    pub(super) model: &'a Model<'i>,
    pub(super) params: &'a ProofParams,
    pub(super) limits: &'a Limits<'a>,
    pub(super) scale: Scale,
    /// Prices of a first bound, or of the best of the last solve, until they are used.
    pub(super) first: Option<Prices>,
    /// All that vehicles hold is counted from here on.
    pub(super) counts: bool,
    /// There were such prices.
    walked: bool,
    pub(super) bounding: Bounding,
    /// On the clock of the limits.
    pub(super) began: f64,
    /// The same: since when routes are priced.
    priced_from: f64,
    /// Visits of the best plan, by vehicle; none without one.
    pub(super) start: Visits,
    /// Routes that the search has met, the newest last.
    pub(super) pool: &'a [PooledRoute],
    /// Cost of the best plan, and the least that any plan has of what a bound speaks of.
    pub(super) cost: Cost,
    pub(super) bounded: i64,
    /// A bound of so much ends the proof.
    pub(super) enough: i64,
    /// Arcs that only plans of this cost or more take may be gone, so no bound is above it.
    pub(super) below: i64,
    /// Gap at which arcs were last fixed, as a share of the cost.
    pub(super) sifted: f64,
    /// Gap at which routes were last too many.
    pub(super) too_many: f64,
    /// A plan was looked for among the master's routes when the gap was small.
    pub(super) answered: bool,
    pub(super) wall: Instant,
    pub(super) rooms: Rooms,
    pub(super) proof: Proof,
    pub(super) on_bound: &'a mut dyn FnMut(&BoundPoint),
}

impl<'a, 'i> Proving<'a, 'i> {
    pub(super) fn new(
        model: &'a Model<'i>,
        known: Known<'a>,
        params: &'a ProofParams,
        limits: &'a Limits<'a>,
        scale: Scale,
        on_bound: &'a mut dyn FnMut(&BoundPoint),
    ) -> Self {
        let (rooms, now) = (Rooms::new(model), limits.clock.elapsed_s());
        Self {
            model,
            params,
            limits,
            scale,
            first: None,
            counts: false,
            walked: false,
            bounding: Bounding::new(model, scale, rooms.room.clone(), false),
            began: now,
            priced_from: now,
            start: known.plan.map_or(Vec::new(), |plan| answers::visits_of(model, plan)),
            pool: known.pool.map_or(&[], |pool| &pool.0),
            cost: known.plan.map_or(Cost(i64::MAX), |plan| plan.cost),
            bounded: known.plan.map_or(i64::MAX, |plan| plan.cost_parts.bounded().0),
            enough: known.plan.map_or(i64::MAX, |plan| enough(plan, params.stop_gap)),
            below: i64::MAX,
            sifted: f64::INFINITY,
            too_many: f64::INFINITY,
            answered: false,
            wall: Instant::now(),
            rooms,
            proof: Proof::default(),
            on_bound,
        }
    }

    /// A bound above a plan that exists is no bound: something is wrong in here, and nothing is claimed.
    fn checked(self) -> Proof {
        let (mut proof, cost) = (self.proof, self.bounded);
        if let Some(bound) = proof.lower_bound.filter(|bound| bound.0 > cost) {
            proof.cause = Some(NoBound::AbovePlan { bound: bound.0, cost });
            (proof.lower_bound, proof.bound_kind) = (None, None);
        }
        proof
    }

    fn run(&mut self) -> Result<(), NoBound> {
        if self.params.hours == Some(true) {
            return self.by_hours();
        }
        let mut detail = Detail::first(self.model, self.params, &self.start);
        let mut first = None;
        let mut begun = false;
        loop {
            self.bounding = Bounding::new(self.model, self.scale, self.rooms.room.clone(), detail.trips);
            let mut kinds = match self.kinds(detail) {
                Err(NoBound::TooLarge) if self.params.hours.is_none() => return self.by_hours(),
                other => other?,
            };
            if !begun {
                (begun, first) = (true, self.first_by_hours());
                self.walked = first.is_some();
                self.priced_from = self.limits.clock.elapsed_s();
            }
            if self.proven() {
                return Ok(());
            }
            self.first.clone_from(&first);
            match self.attempt(&mut kinds)? {
                End::TooManyLabels => match detail.coarser(!self.model.accepts.is_empty()) {
                    Some(coarser) if !self.is_priced() || (self.counts && !self.proof.root_solved) => detail = coarser,
                    _ => return Err(NoBound::TooManyLabels),
                },
                End::OutOfTime => return Err(NoBound::OutOfTime),
                End::Solved | End::Enough => return Ok(()),
            }
        }
    }

    fn kinds(&self, detail: Detail) -> Result<Vec<Priced>, NoBound> {
        let limit_of = |outlet, stream| self.rooms.limit_of(outlet, stream);
        let network = |k: usize| {
            let mut freight = Freight::new(self.model, &self.model.kinds[k], &limit_of, detail.coarse);
            if !self.counts && self.params.roomy > 0.0 && self.model.timed && self.model.accepts.is_empty() {
                freight.leave_out(&self.routes_of(k), self.params.roomy);
            }
            let stop = || self.out_of_time();
            Network::new(self.model, k, detail.ng_size, self.scale, freight, detail.trips, &stop).map(Priced::new)
        };
        let square = |k: usize| self.model.kinds[k].serves.iter().filter(|&&serves| serves).count().pow(2);
        let all: usize = (0..self.model.kinds.len()).map(square).sum();
        let (mut kinds, mut arcs, mut seen) = (Vec::new(), 0, 0);
        for k in 0..self.model.kinds.len() {
            let kind = network(k).map_err(|unfit| match unfit {
                Unfit::TooLarge => NoBound::NumbersTooLarge,
                Unfit::Stopped => NoBound::OutOfTime,
            })?;
            arcs += kind.network.n_arcs();
            seen += square(k);
            // As many for the others as for these: it is seen before memory is full.
            if arcs as f64 * (all as f64 / seen.max(1) as f64) > self.params.arcs_max as f64 {
                return Err(NoBound::TooLarge);
            }
            kinds.push(kind);
        }
        Ok(kinds)
    }

    /// Routes of one kind in the best plan.
    fn routes_of(&self, kind: usize) -> Vec<&[Node]> {
        let routes =
            self.start.iter().zip(&self.model.kind_of).filter(|(visits, of)| **of == kind && !visits.is_empty());
        routes.map(|(visits, _)| &visits[..]).collect()
    }

    /// Pricing is over when only the time of the last answer is left.
    pub(super) fn pricing(&self) -> Limits<'a> {
        let share = if self.start.is_empty() { 1.0 } else { 1.0 - RESERVE_SHARE };
        let seconds = self.limits.seconds.map(|end| self.began + share * (end - self.began));
        Limits { seconds, ..*self.limits }
    }

    pub(super) fn out_of_time(&self) -> bool {
        self.pricing().reached(self.proof.statistics.rounds as u64)
    }

    /// Pricing over all routes has given a bound.
    fn is_priced(&self) -> bool {
        self.proof.bound_kind.is_some_and(|kind| kind != BoundKind::TripHours)
    }

    pub(super) fn proven(&self) -> bool {
        self.proof.lower_bound.is_some_and(|bound| bound.0 >= self.enough.min(self.below))
    }

    /// Solves the master over one relaxation, then tightens it by cuts until nothing is gained any more.
    fn attempt(&mut self, kinds: &mut [Priced]) -> Result<End, NoBound> {
        let failed = |_: LpError| NoBound::LpFailed;
        let stations: Vec<_> = kinds.iter().map(|kind| kind.network.stations.clone()).collect();
        let mut master = RouteMaster::new(self.model, self.scale, &self.rooms.room, &stations).map_err(failed)?;
        let mut cuts = Cuts::new(self.model.nodes.len());
        if stations.iter().all(Option::is_none) {
            for column in self.first_columns() {
                master.add_under(column, &cuts).map_err(failed)?;
            }
        }
        let kind = bound_kind(kinds);
        let (mut objective, mut stalls, mut fixed) = (0.0, 0, false);
        // Of the master, at the last pass with nothing left to tighten.
        let mut swept = f64::NEG_INFINITY;
        loop {
            let done = self.solve(&mut master, kinds, &cuts, kind).map_err(failed)?;
            let end = done.end;
            self.proof.statistics.columns = master.columns.len();
            // Full vehicles end many labels.
            if end == End::TooManyLabels && self.count_loads(&mut master, kinds, &cuts).map_err(failed)? {
                continue;
            }
            if end != End::Solved && end != End::Enough {
                if end == End::OutOfTime && !self.proven() {
                    self.answer(&master, 1.0);
                }
                return Ok(end);
            }
            let repeats = !self.params.use_cuts;
            if !self.proven() && self.weigh(&mut master, kinds, &cuts, repeats).map_err(failed)? {
                continue;
            }
            if !self.proof.root_solved && !self.proven() {
                self.answer(&master, FIRST_ANSWER_SHARE);
                if !self.proven() && self.params.dives {
                    self.dive(&master, kinds, &cuts, DIVE_SHARE).map_err(failed)?;
                }
            }
            self.proof.root_solved = true;
            if self.proven() || !self.params.use_cuts || self.out_of_time() {
                return Ok(end);
            }
            if !std::mem::take(&mut fixed) {
                // Cuts that close little are given up for a while, as routes may be few enough already, or a better plan among them.
                let closed = done.objective - objective > STALLED * (self.bounded as f64 - done.objective);
                (objective, stalls) = (done.objective, if closed { 0 } else { stalls + 1 });
                match self.close(&mut master, kinds, &cuts, done.best.as_ref(), stalls == STALLS).map_err(failed)? {
                    Closed::All => return Ok(End::Enough),
                    // Cuts are made from a solution.
                    Closed::Arcs => {
                        fixed = true;
                        continue;
                    }
                    Closed::Nothing => {}
                }
            }
            let slow = stalls > 0 && self.bounded < i64::MAX;
            let tighter = self.tighten(&mut master, kinds, &mut cuts, slow).map_err(failed)?;
            if self.out_of_time() {
                self.answer(&master, 1.0);
                return Ok(End::OutOfTime);
            }
            if !tighter {
                // Circles that memories are too full for may still be too much for the vehicle.
                if self.weigh(&mut master, kinds, &cuts, true).map_err(failed)? {
                    continue;
                }
                match self.close(&mut master, kinds, &cuts, done.best.as_ref(), true).map_err(failed)? {
                    Closed::All => return Ok(End::Enough),
                    Closed::Arcs if done.objective - swept > STALLED * (self.bounded as f64 - done.objective) => {
                        (swept, fixed) = (done.objective, true);
                        continue;
                    }
                    Closed::Arcs | Closed::Nothing => {}
                }
                self.answer(&master, LAST_ANSWER_SHARE);
                return Ok(end);
            }
        }
    }

    fn column(&self, kind: usize, visits: &[Node]) -> Option<Column> {
        Column::of_route(self.model, kind, visits, &|outlet, stream| self.rooms.limit_of(outlet, stream))
    }

    /// The routes of the best plan.
    pub(super) fn plan_columns(&self) -> Vec<Column> {
        let used = self.start.iter().enumerate().filter(|(_, visits)| !visits.is_empty());
        used.filter_map(|(vehicle, visits)| self.column(self.model.kind_of[vehicle], visits)).collect()
    }

    /// The plan's routes, and the newest of the search's.
    fn first_columns(&self) -> Vec<Column> {
        let model = self.model;
        let mut first = self.plan_columns();
        let most = WARM_COLUMNS_PER_ROW * (model.n_jobs + model.kinds.len());
        for route in self.pool.iter().rev().take(most).take_while(|_| !self.out_of_time()) {
            let own = self.column(route.kind, &route.visits);
            first.extend(own.filter(|own| !self.start.contains(&own.visits)));
        }
        first
    }

    /// Looks for a better plan among the master's routes, for part of the time that is left.
    pub(super) fn answer(&mut self, master: &RouteMaster, share: f64) {
        if self.start.is_empty() || self.limits.cancelled() {
            return;
        }
        let limits = self.part(share);
        self.take(answers::better_plan(self.model, &master.columns, self.pool, &self.start, &limits));
    }

    /// The limits of a part of the time that is left.
    pub(super) fn part(&self, share: f64) -> Limits<'a> {
        Limits { seconds: self.limits.moment(share), iterations: None, ..*self.limits }
    }

    /// Goes on from a plan if it is cheaper.
    pub(super) fn take(&mut self, plan: Option<Plan>) {
        let Some(plan) = plan.filter(|plan| plan.cost < self.cost) else { return };
        self.cost = plan.cost;
        self.bounded = self.bounded.min(plan.cost_parts.bounded().0);
        self.enough = self.enough.min(enough(&plan, self.params.stop_gap));
        self.start = answers::visits_of(self.model, &plan);
        self.proof.plan = Some(plan);
    }

    fn solve(
        &mut self,
        master: &mut RouteMaster,
        kinds: &mut [Priced],
        cuts: &Cuts,
        kind: BoundKind,
    ) -> Result<Generated, LpError> {
        let efforts = efforts(self.params.labels_max);
        let (pricing, rounds) = (self.pricing(), self.proof.statistics.rounds as u64);
        let stop = || pricing.reached(rounds);
        let columns_max = self.params.columns_max;
        let mut pricer = FleetPricer { kinds, cuts, scale: self.scale, efforts: &efforts, columns_max, stop: &stop };
        self.generate(master, &mut pricer, cuts, Some(kind))
    }

    /// Solves the master over all routes that the pricer knows; their bounds count if they are of a kind, as those of all routes are.
    pub(super) fn generate(
        &mut self,
        master: &mut RouteMaster,
        pricer: &mut dyn Pricer<Column>,
        cuts: &Cuts,
        kind: Option<BoundKind>,
    ) -> Result<Generated, LpError> {
        let (limits, rounds) = (self.limits, self.proof.statistics.rounds as u64);
        let pricing = self.pricing();
        let stop = || pricing.reached(rounds);
        let (bounded, walked) = (self.is_priced(), self.walked);
        let (began, seconds) = (self.priced_from, limits.seconds);
        let hurry = |now_bounded: bool| {
            let share = match bounded || now_bounded {
                true => HURRY_SHARE_BOUNDED,
                false if walked => HURRY_SHARE_WALKED,
                false => HURRY_SHARE,
            };
            seconds.is_some_and(|end| limits.clock.elapsed_s() > began + share * (end - began))
        };
        let bounding = self.bounding.clone();
        let bound = |prices: &Prices, least: &[i64]| bounding.bound(prices, cuts, least);
        let first = kind.and_then(|_| self.first.take());
        let course = Course {
            bound: &bound,
            enough: self.enough.min(self.below),
            tolerance: (self.scale.fixed(1) / 1_000).max(1),
            smoothing: self.params.smoothing,
            hurry: &hurry,
            stop: &stop,
            first: first.clone(),
            // Over a list of routes a look is cheap.
            slow: self.walked && kind.is_some() && !self.proof.root_solved,
        };
        let (room, columns_per_row) = (&bounding.room, self.params.columns_per_row);
        let mut under = UnderCuts { master, cuts, model: self.model, room, columns_per_row };
        let mut told = |bound| kind.into_iter().for_each(|kind| self.note(bound, kind));
        let done = generate(&mut under, pricer, &course, &mut told)?;
        if kind.is_some() {
            self.first = done.best.as_ref().map(|best| best.prices.clone()).or(first);
        }
        self.proof.statistics.rounds += done.rounds;
        self.proof.statistics.rounds_complete += done.rounds_complete;
        if let (Some(Best { bound, prices, .. }), Some(_)) = (&done.best, kind)
            && self.proof.lower_bound == Some(Cost((*bound).min(self.below)))
        {
            self.proof.prices = prices.jobs.iter().map(|&price| self.scale.float(price)).collect();
        }
        Ok(done)
    }

    /// Keeps a bound if it is the best.
    pub(super) fn note(&mut self, bound: i64, kind: BoundKind) {
        let bound = Cost(bound.min(self.below));
        if self.proof.lower_bound.is_none_or(|known| known < bound) {
            self.proof.lower_bound = Some(bound);
            self.proof.bound_kind = Some(kind);
            let point = BoundPoint { seconds: self.limits.clock.elapsed_s(), lower_bound: bound };
            self.proof.trace.push(point);
            (self.on_bound)(&point);
        }
    }
}

fn bound_kind(kinds: &[Priced]) -> BoundKind {
    match () {
        () if kinds.iter().any(|kind| kind.network.stations.is_some()) => BoundKind::Trips,
        () if kinds.iter().any(|kind| kind.network.freight.relaxed) => BoundKind::NgRouteWholeUnloads,
        () if kinds.iter().all(|kind| kind.network.memory.is_elementary()) => BoundKind::Elementary,
        () => BoundKind::NgRoute,
    }
}

/// From a quick look along the cheapest arcs to a look at all routes.
fn efforts(labels_max: usize) -> [Effort; 5] {
    let quick = |arcs| Effort { arcs, exact: false, labels_max };
    let exact = |arcs| Effort { arcs, exact: true, labels_max };
    [quick(Some(5)), quick(Some(12)), quick(None), exact(Some(8)), exact(None)]
}
