//! Closing the gap: arcs that no better plan needs leave the network, and where few routes are left, the plan is settled over all of them.
//!
//! One pass for each kind of vehicle: label in both directions as far as it goes, fix arcs (`fixing.rs`), enumerate (`enumeration.rs`).
//! Then cuts over the list of routes (`stock.rs`), and branch and bound over those that are left.

use super::column::Column;
use super::completion::Completions;
use super::cuts::{Cuts, SubsetCut, subset_row};
use super::enumeration::{Enumeration, JOBS_MAX, Most};
use super::fixing::Needless;
use super::fleet::Priced;
use super::joining::Joining;
use super::label::{Rules, by_dims};
use super::labelling::{Direction, Effort, GivenUp, Labelling};
use super::network::Network;
use super::prices::{Fixed, Prices};
use crate::lp::partition::{self, PartitionProblem, Settled, settle};
use crate::resources::model::Model;

/// What one pass may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effects {
    /// Of labelling in one direction.
    pub(crate) labels_max: usize,
    pub(crate) most: Most,
}

/// What a pass left of a kind: arcs gone, and all routes where they are few.
#[derive(Debug)]
struct Sifted {
    needless: Needless,
    routes: Result<Vec<Column>, GivenUp>,
}

/// All routes are searched as whole ones, and both ways: what the passes can be made for.
pub(crate) fn may_close(model: &Model<'_>, kinds: &[Priced]) -> bool {
    let plain = |network: &Network| network.stations.is_none() && network.freight.whole;
    model.accepts.is_empty() && model.n_jobs <= JOBS_MAX && kinds.iter().all(|kind| plain(&kind.network))
}

/// Takes arcs out of the networks that no plan below the bars has, and gives all routes of such plans where they are few. `bars` is
/// by kind, of these very prices.
///
/// # Errors
/// [`GivenUp`] where a limit came first; then the networks are as they were.
pub(crate) fn sift(
    kinds: &mut [Priced],
    prices: &Prices,
    cuts: &Cuts,
    bars: &[Fixed],
    effects: Effects,
    stop: &dyn Fn() -> bool,
) -> Result<(usize, Option<Vec<Column>>), GivenUp> {
    let entered = |tail, head| cuts.entered(&prices.entries, tail, head);
    let mut sifted = Vec::new();
    for (kind, &bar) in kinds.iter_mut().zip(bars) {
        kind.network.reprice(prices, &entered);
        let (network, bar) = (&kind.network, bar.max(0));
        sifted.push(by_dims!(network.freight.n_dims, K => sift_one::<K>(network, prices, cuts, bar, effects, stop))?);
    }
    let gone = kinds.iter_mut().zip(&sifted).map(|(kind, sifted)| sifted.needless.leave(&mut kind.network)).sum();
    let routes: Result<Vec<Vec<Column>>, GivenUp> = sifted.into_iter().map(|sifted| sifted.routes).collect();
    Ok((gone, routes.ok().map(|routes| routes.concat())))
}

fn sift_one<const K: usize>(
    network: &Network,
    prices: &Prices,
    cuts: &Cuts,
    bar: Fixed,
    effects: Effects,
    stop: &dyn Fn() -> bool,
) -> Result<Sifted, GivenUp> {
    let effort = Effort { arcs: None, exact: true, labels_max: effects.labels_max };
    let label = |direction| Labelling::<K>::run(network, direction, prices, cuts, network.horizon, effort, stop);
    let backward = label(Direction::Backward)?;
    let completions = Completions::new(Joining { network, subsets: &prices.subsets }, &backward);
    drop(backward);
    let forward = label(Direction::Forward)?;
    let needless = Needless::find(network, &forward, &completions, bar);
    let rules = Rules { subsets: &[], ..forward.rules() };
    let enumeration = Enumeration { forward: &forward, completions: &completions, rules, bar, most: effects.most };
    Ok(Sifted { needless, routes: enumeration.run(stop) })
}

/// Violated subset-row cuts that count all visits of a route: over a list of routes nothing has to be forgotten.
pub(crate) fn unforgetting(
    model: &Model<'_>,
    routes: &[(&[u32], f64)],
    known: &[SubsetCut],
    most: usize,
) -> Vec<SubsetCut> {
    let memory: Vec<u32> = (0..model.nodes.len() as u32).collect();
    let found = subset_row::separate(model, routes, &[], most + known.len());
    let cuts = found.into_iter().map(|cut| SubsetCut { memory: memory.clone(), ..cut });
    cuts.filter(|cut| !known.contains(cut)).take(most).collect()
}

/// The columns as a set partitioning, with the cuts as rows.
pub(crate) fn problem(model: &Model<'_>, columns: &[Column], cuts: &[SubsetCut]) -> PartitionProblem {
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
    }
}

/// The best choice among all columns, or a bound on it.
pub(crate) fn settled(problem: PartitionProblem, seconds: Option<f64>) -> Option<Settled> {
    settle(&problem, seconds).ok()
}
