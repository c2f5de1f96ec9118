//! The course of a proof: a relaxation that can be priced, its master solved, then cuts as time allows.

use std::collections::HashMap;

use huilu_model::{Cost, Instance, Plan, StepKind};

use super::bound::Bounding;
use super::column::Column;
use super::cuts::{Cuts, capacity, subset_row};
use super::fleet::{FleetPricer, Priced};
use super::freight::Freight;
use super::generation::{Course, End, generate};
use super::labelling::Effort;
use super::master::{RouteMaster, UnderCuts};
use super::network::{Network, Unfit};
use super::prices::{Prices, Scale};
use super::{BoundKind, BoundPoint, NoBound, Proof, ProofParams, ProofStatistics};
use crate::limits::Limits;
use crate::lp::LpError;
use crate::resources::model::{Model, Node};

/// Limited outlets and streams as rows of the master: grams at an even index, litres after it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rooms {
    at: HashMap<(usize, usize), usize>,
    pub(crate) room: Vec<i64>,
}

impl Rooms {
    pub(crate) fn new(model: &Model<'_>) -> Self {
        let mut rooms = Self::default();
        for outlet in (0..model.accepts.len()).filter(|&outlet| model.limited[outlet]) {
            for stream in (0..model.n_streams).filter(|&stream| model.accepts[outlet] >> stream & 1 == 1) {
                let (grams, litres) = model.room[outlet * model.n_streams + stream];
                if grams != i64::MAX {
                    rooms.at.insert((outlet, stream), rooms.room.len());
                    rooms.room.extend([grams, litres]);
                }
            }
        }
        rooms
    }

    pub(crate) fn limit_of(&self, outlet: usize, stream: usize) -> Option<usize> {
        self.at.get(&(outlet, stream)).copied()
    }
}

/// Part of the time after which all routes are looked at without waiting for quick looks to find nothing.
const HURRY_SHARE: f64 = 0.4;
/// The same where there is a bound already.
const HURRY_SHARE_BOUNDED: f64 = 0.75;

/// How much a label knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Detail {
    ng_size: usize,
    /// Outlets empty a vehicle whole.
    coarse: bool,
}

impl Detail {
    /// The next coarser, if any.
    fn coarser(self) -> Option<Self> {
        match self {
            Self { ng_size: 5.., .. } => Some(Self { ng_size: 4, ..self }),
            Self { coarse: false, .. } => Some(Self { coarse: true, ..self }),
            Self { ng_size: 2.., .. } => Some(Self { ng_size: self.ng_size / 2, ..self }),
            _ => None,
        }
    }
}

pub(super) fn prove(
    instance: &Instance,
    incumbent: Option<&Plan>,
    params: &ProofParams,
    limits: &Limits<'_>,
    on_bound: &mut dyn FnMut(&BoundPoint),
) -> Proof {
    let model = Model::new(instance);
    let mut proof = Proof {
        lower_bound: None,
        bound_kind: None,
        cause: None,
        root_solved: false,
        trace: Vec::new(),
        prices: Vec::new(),
        statistics: ProofStatistics::default(),
    };
    let left_out = |plan: &Plan| {
        let mandatory = |id: &String| instance.jobs.iter().any(|job| job.id == *id && job.penalty.is_none());
        plan.unassigned.iter().any(|left| mandatory(&left.job))
    };
    if incumbent.is_some_and(left_out) {
        proof.cause = Some(NoBound::PlanIncomplete);
        return proof;
    }
    let Some(scale) = Scale::new(&model) else {
        proof.cause = Some(NoBound::NumbersTooLarge);
        return proof;
    };
    let rooms = Rooms::new(&model);
    let mut course = Proving {
        model: &model,
        params,
        limits,
        scale,
        bounding: Bounding::new(&model, scale, rooms.room.clone()),
        began: limits.clock.elapsed_s(),
        start: incumbent.map_or(Vec::new(), |plan| columns_of(&model, plan, &rooms)),
        enough: incumbent.map_or(i64::MAX, |plan| enough(plan, params.stop_gap)),
        rooms,
        proof,
        on_bound,
    };
    if let Err(cause) = course.run() {
        course.proof.cause = course.proof.lower_bound.is_none().then_some(cause);
    }
    course.proof
}

/// No bound on the plan rises above this, or needs to.
fn enough(plan: &Plan, stop_gap: f64) -> i64 {
    let near = (plan.cost.0 as f64 * (1.0 - stop_gap)).ceil() as i64;
    if stop_gap > 0.0 { near.min(plan.cost_parts.bounded().0) } else { plan.cost_parts.bounded().0 }
}

/// The plan's routes as columns.
fn columns_of(model: &Model<'_>, plan: &Plan, rooms: &Rooms) -> Vec<Column> {
    let instance = model.instance;
    let jobs: HashMap<&str, usize> = instance.jobs.iter().enumerate().map(|(k, job)| (job.id.as_str(), k)).collect();
    let outlets: HashMap<&str, usize> = instance.outlets.iter().enumerate().map(|(k, o)| (o.id.as_str(), k)).collect();
    let vehicles: HashMap<&str, usize> =
        instance.vehicles.iter().enumerate().map(|(k, v)| (v.id.as_str(), k)).collect();
    let column = |route: &huilu_model::PlannedRoute| {
        let kind = model.kind_of[*vehicles.get(route.vehicle.as_str())?];
        let visit = |step: &huilu_model::Step| match &step.kind {
            StepKind::Job { job } => jobs.get(job.as_str()).map(|&job| job as Node),
            StepKind::Unload { outlet } => outlets.get(outlet.as_str()).map(|&outlet| model.outlet_node(outlet)),
            StepKind::Start | StepKind::Break | StepKind::End => None,
        };
        let visits: Vec<Node> = route.steps.iter().filter_map(visit).collect();
        Column::of_route(model, kind, &visits, &|outlet, stream| rooms.limit_of(outlet, stream))
    };
    plan.routes.iter().filter_map(column).collect()
}

struct Proving<'a, 'i> {
    model: &'a Model<'i>,
    params: &'a ProofParams,
    limits: &'a Limits<'a>,
    scale: Scale,
    bounding: Bounding,
    /// On the clock of the limits.
    began: f64,
    start: Vec<Column>,
    enough: i64,
    rooms: Rooms,
    proof: Proof,
    on_bound: &'a mut dyn FnMut(&BoundPoint),
}

impl Proving<'_, '_> {
    fn run(&mut self) -> Result<(), NoBound> {
        let mut detail = Detail { ng_size: self.params.ng_size, coarse: false };
        loop {
            let mut kinds = self.kinds(detail)?;
            match self.attempt(&mut kinds)? {
                End::TooManyLabels => match detail.coarser() {
                    Some(coarser) if self.proof.lower_bound.is_none() => detail = coarser,
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
            let freight = Freight::new(self.model, &self.model.kinds[k], &limit_of, detail.coarse);
            Network::new(self.model, k, detail.ng_size, self.scale, freight).map(Priced::new)
        };
        let kinds: Result<Vec<Priced>, Unfit> = (0..self.model.kinds.len()).map(network).collect();
        kinds.map_err(|Unfit::TooLarge| NoBound::NumbersTooLarge)
    }

    fn out_of_time(&self) -> bool {
        let rounds = self.proof.statistics.rounds as u64;
        self.limits.reached(rounds)
    }

    /// Solves the master over one relaxation, then tightens it by cuts until nothing is gained any more.
    fn attempt(&mut self, kinds: &mut [Priced]) -> Result<End, NoBound> {
        let failed = |_: LpError| NoBound::LpFailed;
        let mut master = RouteMaster::new(self.model, self.scale, &self.rooms.room).map_err(failed)?;
        let mut cuts = Cuts::new(self.model.nodes.len());
        for column in self.start.clone() {
            master.add_under(column, &cuts).map_err(failed)?;
        }
        let kind = bound_kind(kinds);
        loop {
            let end = self.solve(&mut master, kinds, &cuts, kind).map_err(failed)?;
            self.proof.statistics.columns = master.columns.len();
            if end != End::Solved && end != End::Enough {
                return Ok(end);
            }
            self.proof.root_solved = true;
            let proven = self.proof.lower_bound.is_some_and(|bound| bound.0 >= self.enough);
            if proven || !self.params.use_cuts || self.out_of_time() {
                return Ok(end);
            }
            if !self.tighten(&mut master, &mut cuts).map_err(failed)? {
                return Ok(end);
            }
        }
    }

    fn solve(
        &mut self,
        master: &mut RouteMaster,
        kinds: &mut [Priced],
        cuts: &Cuts,
        kind: BoundKind,
    ) -> Result<End, LpError> {
        let efforts = efforts(self.params.labels_max);
        let (limits, rounds) = (self.limits, self.proof.statistics.rounds as u64);
        let stop = || limits.reached(rounds);
        let bounded = self.proof.lower_bound.is_some();
        let (began, seconds) = (self.began, limits.seconds);
        let hurry = |now_bounded: bool| {
            let share = if bounded || now_bounded { HURRY_SHARE_BOUNDED } else { HURRY_SHARE };
            seconds.is_some_and(|end| limits.clock.elapsed_s() > began + share * (end - began))
        };
        let (bounding, proof, on_bound) = (&self.bounding, &mut self.proof, &mut self.on_bound);
        let mut better = |bound: i64| {
            if proof.lower_bound.is_none_or(|known| known.0 < bound) {
                proof.lower_bound = Some(Cost(bound));
                proof.bound_kind = Some(kind);
                let point = BoundPoint { seconds: limits.clock.elapsed_s(), lower_bound: Cost(bound) };
                proof.trace.push(point);
                on_bound(&point);
            }
        };
        let bound = |prices: &Prices, least: &[i64]| bounding.bound(prices, cuts, least);
        let tolerance = (self.scale.fixed(1) / 1_000).max(1);
        let course = Course {
            bound: &bound,
            enough: self.enough,
            tolerance,
            smoothing: self.params.smoothing,
            hurry: &hurry,
            stop: &stop,
        };
        let columns_max = self.params.columns_max;
        let mut pricer = FleetPricer { kinds, cuts, scale: self.scale, efforts: &efforts, columns_max, stop: &stop };
        let mut under = UnderCuts {
            master,
            cuts,
            model: self.model,
            room: &self.bounding.room,
            columns_per_row: self.params.columns_per_row,
        };
        let done = generate(&mut under, &mut pricer, &course, &mut better)?;
        self.proof.statistics.rounds += done.rounds;
        self.proof.statistics.rounds_complete += done.rounds_complete;
        if let Some((bound, prices)) = done.best
            && self.proof.lower_bound == Some(Cost(bound))
        {
            self.proof.prices = prices.jobs.iter().map(|&price| self.scale.float(price)).collect();
        }
        Ok(done.end)
    }

    /// Adds violated cuts; `false` where there are none.
    fn tighten(&mut self, master: &mut RouteMaster, cuts: &mut Cuts) -> Result<bool, LpError> {
        let (capacity, subsets) = {
            let routes = master.routes();
            let routes: Vec<(&[Node], f64)> =
                routes.iter().map(|(column, share)| (&column.visits[..], *share)).collect();
            let capacity = capacity::separate(self.model, &routes, &cuts.capacity, 25);
            (capacity, subset_row::separate(self.model, &routes, &cuts.subsets, 15))
        };
        let mut added = false;
        for cut in capacity {
            master.add_capacity(&cut)?;
            cuts.capacity.push(cut);
            self.proof.statistics.capacity_cuts += 1;
            added = true;
        }
        if !added {
            for cut in subsets {
                if cuts.add_subset(cut.clone()) {
                    master.add_subset(&cut)?;
                    self.proof.statistics.subset_cuts += 1;
                    added = true;
                }
            }
        }
        Ok(added)
    }
}

fn bound_kind(kinds: &[Priced]) -> BoundKind {
    match () {
        () if kinds.iter().any(|kind| kind.network.freight.relaxed) => BoundKind::NgRouteWholeUnloads,
        () if kinds.iter().all(|kind| kind.network.memory.is_elementary()) => BoundKind::Elementary,
        () => BoundKind::NgRoute,
    }
}

/// From a quick look along the cheapest arcs to a look at all routes.
fn efforts(labels_max: usize) -> [Effort; 4] {
    let quick = |arcs| Effort { arcs, exact: false, labels_max };
    [quick(Some(5)), quick(Some(12)), quick(None), Effort { arcs: None, exact: true, labels_max }]
}
