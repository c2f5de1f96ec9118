//! Closing the gap: arcs that no better plan needs leave the network, and where few routes are left, the plan is settled over all of them.
//!
//! One pass for each kind of vehicle: label in both directions as far as it goes, fix arcs (`fixing.rs`), enumerate (`enumeration.rs`).
//! Then cuts over the list of routes (`stock.rs`), and branch and bound over those that are left.

use super::column::Column;
use super::completion::Completions;
use super::cuts::{Cuts, SubsetCut, rank_one, subset_row};
use super::enumeration::{Enumeration, JOBS_MAX, Most};
use super::fixing::Needless;
use super::fleet::Priced;
use super::joining::Joining;
use super::label::{Rules, by_dims};
use super::labelling::{Direction, Effort, GivenUp, Labelling};
use super::network::Network;
use super::prices::{Fixed, Prices};
use crate::limits::Limits;
use crate::lp::partition::{self, PartitionProblem, Settled, settle};
use crate::resources::model::Model;
use crate::routing::recombine::aside;

/// What one pass may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pains {
    /// Of labelling in one direction.
    pub(crate) labels_max: usize,
    pub(crate) most: Most,
}

/// What a pass found.
#[derive(Debug)]
pub(crate) struct Sifted {
    /// By kind: what is part of no route below the first bar.
    pub(crate) needless: Vec<Needless>,
    /// All routes below one of the bars, the first at which they are few, and which it was.
    pub(crate) routes: Option<(usize, Vec<Column>)>,
}

/// All routes are searched as whole ones, and both ways: what the passes can be made for.
pub(crate) fn may_close(model: &Model<'_>, kinds: &[Priced]) -> bool {
    let plain = |network: &Network| network.stations.is_none() && network.freight.whole;
    model.accepts.is_empty() && model.n_jobs <= JOBS_MAX && kinds.iter().all(|kind| plain(&kind.network))
}

/// Looks for arcs that no plan below the first bars has, and for all routes of plans below some bars. Each of `bars` is by kind, and of
/// these very prices; the highest come first. Routes are enumerated below those from `from` on.
///
/// # Errors
/// [`GivenUp`] where a limit came first.
pub(crate) fn sift(
    kinds: &mut [Priced],
    prices: &Prices,
    cuts: &Cuts,
    bars: &[Vec<Fixed>],
    mut from: usize,
    mut pains: Pains,
    stop: &dyn Fn() -> bool,
) -> Result<Sifted, GivenUp> {
    let (n_kinds, routes_max) = (kinds.len(), pains.most.routes);
    let entered = |tail, head| cuts.entered(&prices.entries, tail, head);
    let (mut needless, mut routes): (Vec<Needless>, Vec<Column>) = (Vec::new(), Vec::new());
    for (k, kind) in kinds.iter_mut().enumerate() {
        kind.network.reprice(prices, &entered, stop)?;
        // One allowance for all: what a kind leaves over goes to the next.
        pains.most.routes = (routes_max - routes.len()) / (n_kinds - k);
        let own: Vec<Fixed> = bars.iter().map(|bars| bars[k].max(0)).collect();
        let task = Sifting { network: &kind.network, prices, cuts, bars: &own, from, pains, stop };
        let (gone, at, below) = task.run()?;
        needless.push(gone);
        from = at;
        routes.extend(below);
    }
    // Where a later kind needed a lower bar, the routes of earlier ones are more than it takes.
    Ok(Sifted { needless, routes: (from < bars.len()).then_some((from, routes)) })
}

/// A pass for one kind of vehicle.
struct Sifting<'a> {
    network: &'a Network,
    prices: &'a Prices,
    cuts: &'a Cuts,
    bars: &'a [Fixed],
    /// The first bar at which routes are enumerated; none are where it is none of them.
    from: usize,
    pains: Pains,
    stop: &'a dyn Fn() -> bool,
}

impl Sifting<'_> {
    /// Also the bar at which routes were few.
    fn run(&self) -> Result<(Needless, usize, Vec<Column>), GivenUp> {
        by_dims!(self.network.freight.n_dims(), K => self.with::<K>())
    }

    fn with<const K: usize>(&self) -> Result<(Needless, usize, Vec<Column>), GivenUp> {
        let network = self.network;
        let effort = Effort { arcs: None, exact: true, labels_max: self.pains.labels_max };
        let label = |direction| {
            Labelling::<K>::run(network, direction, self.prices, self.cuts, network.horizon, effort, self.stop)
        };
        let backward = label(Direction::Backward)?;
        let completions = Completions::new(Joining { network, subsets: &self.prices.subsets }, &backward);
        drop(backward);
        let forward = label(Direction::Forward)?;
        let first = self.bars.first().copied().unwrap_or(Fixed::MAX);
        let needless = Needless::find(network, &forward, &completions, first, self.stop)?;
        let rules = Rules { subsets: &[], ..forward.rules() };
        let (bars, most) = (self.bars.get(self.from..).unwrap_or(&[]), self.pains.most);
        if bars.is_empty() {
            return Ok((needless, self.bars.len(), Vec::new()));
        }
        let all = Enumeration { forward: &forward, completions: &completions, rules, bars, most };
        let (lowered, routes) = all.run(self.stop).unwrap_or((bars.len(), Vec::new()));
        Ok((needless, self.from + lowered, routes))
    }
}

/// Violated subset-row cuts that count all visits of a route: over a list of routes nothing has to be forgotten.
pub(crate) fn unforgetting(
    model: &Model<'_>,
    routes: &[(&[u32], f64)],
    known: &[SubsetCut],
    most: usize,
    stop: &dyn Fn() -> bool,
) -> Vec<SubsetCut> {
    let memory: Vec<u32> = (0..model.nodes.len() as u32).collect();
    let found = subset_row::separate(model, routes, &[], most + known.len(), stop);
    let cuts = found.into_iter().map(|cut| SubsetCut { memory: memory.clone(), ..cut });
    let mut cuts: Vec<SubsetCut> = cuts.filter(|cut| !known.contains(cut)).take(most).collect();
    // Cuts over more jobs are mostly those over three again, and a little: they come when these run out.
    if cuts.len() < most / 2 {
        cuts.extend(rank_one::separate(model, routes, known, most - cuts.len(), stop));
    }
    cuts
}

/// The columns as a set partitioning that costs less than `below`, with the cuts as rows.
pub(crate) fn problem(model: &Model<'_>, columns: &[Column], cuts: &[SubsetCut], below: i64) -> PartitionProblem {
    let column = |column: &Column| partition::Column {
        cost: column.cost as f64,
        kind: column.kind,
        jobs: column.jobs(model.n_jobs).into_iter().map(|(job, _)| job).collect(),
        uses: cuts
            .iter()
            .enumerate()
            .map(|(row, cut)| (row, cut.coefficient(&column.visits) as f64))
            .filter(|(_, times)| *times != 0.0)
            .collect(),
    };
    PartitionProblem {
        absence: model.absence.iter().map(|&price| price as f64).collect(),
        fleet: model.kinds.iter().map(|kind| kind.members.len()).collect(),
        limits: vec![1.0; cuts.len()],
        columns: columns.iter().map(column).collect(),
        incumbent: Vec::new(),
        below: Some(below),
    }
}

/// The best choice among all columns, or a bound on it. HiGHS works until `working` is over and is waited for until `waiting` is, so that
/// what it proved by then is not lost. It goes by the clock on the wall, on which a second of the limits takes `pace` seconds.
pub(crate) fn settled(
    problem: PartitionProblem,
    working: &Limits<'_>,
    waiting: &Limits<'_>,
    pace: f64,
) -> Option<Settled> {
    let seconds = working.seconds_left().map(|seconds| seconds * pace);
    aside(move || settle(&problem, seconds).ok(), waiting).flatten()
}
