//! For each job its nearest jobs and outlets. Candidates come from rings of H3 cells around the job, and are then
//! ordered by the matrix; places without a position are compared by the matrix alone, or by where they lie in a plane.

use std::collections::HashMap;

use h3o::{CellIndex, LatLng, Resolution};
use huilu_model::JobIdx;

use super::legs::{Hub, Legs, Ways};
use super::model::{Kind, Model, Node};
use super::params::Params;
use super::plane::Plane;

/// About 170 m from centre to corner: a few bookings to a cell in a dense city.
const RESOLUTION: Resolution = Resolution::Nine;
/// Radii of the disks that are tried, in cells; beyond them every job is compared.
const RADII: [u32; 5] = [1, 3, 6, 12, 24];

/// Ways kept beside the lists at most, 16 bytes each.
const WAYS_MAX: usize = 4 << 20;

/// Jobs up to which all are compared in space and time; beyond only those that are near in space.
const COMPARED_IN_TIME_MAX: usize = 2_000;

/// Outlets in one chain at most.
pub(crate) const CHAIN_MAX: usize = 4;

/// Outlets visited one after the other; nearly always one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chain {
    nodes: [Node; CHAIN_MAX],
    len: usize,
}

impl Chain {
    fn with(mut self, node: Node) -> Self {
        self.nodes[self.len] = node;
        self.len += 1;
        self
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes[..self.len]
    }
}

#[derive(Debug)]
pub(crate) struct Neighbours {
    /// All lists one after the other; `starts` has one entry more than there are jobs.
    jobs: Vec<u32>,
    starts: Vec<u32>,
    /// Beside `jobs`: no kind of vehicle serves the job for less beside this neighbour, the leg that it leaves out aside.
    least: Vec<i64>,
    /// By profile, beside `jobs`: the ways between the job and this neighbour, so that a look along a list need not leave it. Absent
    /// where there are more than [`WAYS_MAX`].
    ways: Vec<Ways>,
    /// By profile.
    legs: Vec<Legs>,
    /// By profile and job: ways to unload all its streams, nearest first.
    chains: Vec<Vec<Vec<Chain>>>,
    /// Beside `jobs`: the nearest in space and time, nearest first; empty where times never bind.
    in_time: Vec<u32>,
    /// Jobs whose lists were made, the first ones.
    known: usize,
    /// Pairs of jobs whose distance was looked up.
    pub(crate) pairs_compared: u64,
}

/// Jobs whose lists are made in any case, so that a first plan can be made of them.
const KNOWN_LEAST: usize = 16;
/// Jobs between two looks at the time.
const LOOK_EVERY: usize = 16;

impl Neighbours {
    #[cfg(test)]
    pub(crate) fn new(model: &Model<'_>, params: &Params) -> Self {
        Self::until(model, params, &|| false)
    }

    /// Once it is `over`, the jobs whose turn has not come are left without neighbours and outlets.
    pub(crate) fn until(model: &Model<'_>, params: &Params, over: &dyn Fn() -> bool) -> Self {
        let cells: Vec<Option<CellIndex>> = (0..model.n_jobs)
            .map(|job| {
                let at = model.instance.places[model.place(job as Node)].position?;
                LatLng::new(at.lat, at.lon).ok().map(|place| place.to_cell(RESOLUTION))
            })
            .collect();
        let mut members: HashMap<CellIndex, Vec<u32>> = HashMap::new();
        for (job, cell) in cells.iter().enumerate() {
            if let Some(cell) = cell {
                members.entry(*cell).or_default().push(job as u32);
            }
        }
        let everyone: Vec<u32> = (0..model.n_jobs as u32).collect();
        let complete = params.use_h3_neighbours && cells.iter().all(Option::is_some);
        let wanted = if model.accepts.is_empty() { params.neighbours } else { params.neighbours_unloading };
        let plane = Plane::new(model);
        let mut pairs_compared = 0;
        let (mut jobs, mut starts, mut in_time) = (Vec::new(), vec![0], Vec::new());
        let profiles = model.instance.travel.len();
        let mut chains = vec![Vec::with_capacity(model.n_jobs); profiles];
        let mut known = 0;
        for (job, cell) in cells.iter().enumerate() {
            if job >= KNOWN_LEAST && job.is_multiple_of(LOOK_EVERY) && over() {
                break;
            }
            let around = cell.filter(|_| complete).and_then(|cell| around(cell, &members, wanted));
            let around = around.or_else(|| plane.as_ref().map(|plane| plane.around(job, wanted)));
            let candidates = around.as_deref().unwrap_or(&everyone);
            pairs_compared += candidates.len() as u64;
            jobs.extend(nearest(model, job, candidates, wanted));
            if model.timed && params.ruin_in_time > 0.0 {
                let candidates = if model.n_jobs <= COMPARED_IN_TIME_MAX { &everyone } else { candidates };
                in_time.extend(nearest_in_time(model, job, candidates, wanted));
                debug_assert_eq!(in_time.len(), jobs.len(), "both lists of a job are as long");
            }
            starts.push(jobs.len() as u32);
            for (profile, own) in chains.iter_mut().enumerate() {
                own.push(self::chains(model, profile, job, params.outlets_tried));
            }
            known = job + 1;
        }
        starts.resize(model.n_jobs + 1, jobs.len() as u32);
        chains.iter_mut().for_each(|own| own.resize(model.n_jobs, Vec::new()));
        let legs = (0..profiles).map(|profile| Legs::until(model, profile, over)).collect();
        let least = least_prices(model, &jobs, &starts, over);
        let few = jobs.len() * profiles <= WAYS_MAX;
        let ways =
            (0..profiles).map(|profile| if few { ways(model, profile, &jobs, &starts, over) } else { Ways::Absent });
        let ways = ways.collect();
        Self { jobs, starts, least, ways, legs, chains, in_time, known, pairs_compared }
    }

    /// The lists of the job were made before it was over.
    pub(crate) fn knows(&self, job: JobIdx) -> bool {
        job < self.known
    }

    /// The nearest jobs, nearest first.
    pub(crate) fn of(&self, job: JobIdx) -> &[u32] {
        &self.jobs[self.range(job)]
    }

    /// The nearest jobs in space and time, nearest first; empty where times never bind.
    pub(crate) fn in_time(&self, job: JobIdx) -> &[u32] {
        self.in_time.get(self.range(job)).unwrap_or(&[])
    }

    /// Where the job's list begins and ends among all lists.
    #[inline]
    fn range(&self, job: JobIdx) -> std::ops::Range<usize> {
        self.starts[job] as usize..self.starts[job + 1] as usize
    }

    /// The nearest jobs, nearest first, and the least price of a place beside each, the leg that it leaves out aside; with a number
    /// for [`Neighbours::way`].
    #[inline]
    pub(crate) fn with_least(&self, job: JobIdx) -> impl Iterator<Item = (usize, u32, i64)> + '_ {
        let range = self.range(job);
        let least = self.least[range.clone()].iter().copied();
        range.clone().zip(self.jobs[range].iter().copied()).zip(least).map(|((at, other), least)| (at, other, least))
    }

    /// Metres and seconds from the hub to the neighbour at its place, and from there.
    #[inline]
    pub(crate) fn way(&self, at: usize, kind: &Kind, hub: &Hub<'_>, place: usize) -> ((i64, i64), (i64, i64)) {
        self.ways[kind.profile].far(at).unwrap_or_else(|| (hub.to(place), hub.from(place)))
    }

    /// The legs of a job's place.
    #[inline]
    pub(crate) fn around<'l>(&'l self, model: &'l Model<'l>, kind: &'l Kind, job: JobIdx) -> Hub<'l> {
        self.legs[kind.profile].around(model, kind, model.place(job as Node))
    }

    pub(crate) fn chains(&self, profile: usize, job: JobIdx) -> &[Chain] {
        &self.chains[profile][job]
    }
}

/// The ways along all lists, by one profile.
fn ways(model: &Model<'_>, profile: usize, jobs: &[u32], starts: &[u32], over: &dyn Fn() -> bool) -> Ways {
    let pairs = starts.windows(2).enumerate().flat_map(|(job, list)| {
        let others = &jobs[list[0] as usize..list[1] as usize];
        others.iter().map(move |&other| (model.place(job as Node), model.place(other)))
    });
    Ways::between(model, profile, pairs, over)
}

/// A place beside a neighbour has another job at its other end. If that one is nearer it has its own turn; if not, it is at
/// least as far in its direction as the nearest of all that follow. Once it is `over`, the least is whatever there is: every place gets its look.
fn least_prices(model: &Model<'_>, jobs: &[u32], starts: &[u32], over: &dyn Fn() -> bool) -> Vec<i64> {
    let tariff = |kind: &Kind| (kind.profile, kind.per_metre, kind.per_second);
    let mut kinds: Vec<&Kind> = model.kinds.iter().collect();
    kinds.sort_by_key(|kind| tariff(kind));
    kinds.dedup_by_key(|kind| tariff(kind));
    let mut least = vec![i64::MAX; jobs.len()];
    for (job, list) in starts.windows(2).enumerate() {
        if job.is_multiple_of(LOOK_EVERY) && over() {
            least[list[0] as usize..].fill(i64::MIN >> 2);
            break;
        }
        let here = model.place(job as Node);
        for kind in &kinds {
            let leg = |from: usize, to: usize| kind.price(model.metres(kind, from, to), model.seconds(kind, from, to));
            let service = kind.price(0, model.nodes[job].service);
            let (mut least_to, mut least_from) = (i64::MAX, i64::MAX);
            for at in (list[0] as usize..list[1] as usize).rev() {
                let there = model.place(jobs[at]);
                let (to, from) = (leg(here, there), leg(there, here));
                least_to = least_to.min(to);
                least_from = least_from.min(from);
                let before = least_from.saturating_add(to);
                let after = from.saturating_add(least_to);
                // At the same place a setup may be saved.
                let price = if here == there { i64::MIN >> 2 } else { before.min(after).saturating_add(service) };
                least[at] = least[at].min(price);
            }
        }
    }
    least
}

/// Jobs in the smallest disk that holds more than `wanted` of them.
fn around(cell: CellIndex, members: &HashMap<CellIndex, Vec<u32>>, wanted: usize) -> Option<Vec<u32>> {
    RADII.iter().find_map(|&radius| {
        let disk: Vec<CellIndex> = cell.grid_disk(radius);
        let mut found: Vec<u32> =
            disk.iter().filter_map(|near| members.get(near)).flat_map(|jobs| jobs.iter().copied()).collect();
        found.sort_unstable();
        (found.len() > wanted).then_some(found)
    })
}

fn nearest(model: &Model<'_>, job: JobIdx, candidates: &[u32], wanted: usize) -> Vec<u32> {
    let Some(travel) = model.instance.travel.first() else { return Vec::new() };
    let here = model.place(job as Node);
    let keyed: Vec<(u64, u32)> = candidates
        .iter()
        .filter(|&&other| other as usize != job)
        .map(|&other| {
            let there = model.place(other);
            let both_ways = u64::from(travel.metres(here, there)) + u64::from(travel.metres(there, here));
            (both_ways, other)
        })
        .collect();
    least(keyed, wanted)
}

/// The `wanted` jobs of least key, ascending.
fn least<K: Ord>(mut keyed: Vec<(K, u32)>, wanted: usize) -> Vec<u32> {
    if keyed.len() > wanted {
        keyed.select_nth_unstable(wanted);
        keyed.truncate(wanted);
    }
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, other)| other).collect()
}

/// The nearest jobs by the way, a fifth of the least waiting and the least lateness of the better order of both.
///
/// Source: Vidal, Crainic, Gendreau and Prins (2013), Computers & Operations Research 40(1), 475-489.
fn nearest_in_time(model: &Model<'_>, job: JobIdx, candidates: &[u32], wanted: usize) -> Vec<u32> {
    let Some(travel) = model.instance.travel.first() else { return Vec::new() };
    let span = |job: JobIdx| {
        let windows = model.windows(job as Node);
        (windows.first().map_or(0, |w| w.0), windows.last().map_or(i64::MAX >> 2, |w| w.1))
    };
    let after = |one: JobIdx, other: JobIdx| {
        let seconds = i64::from(travel.seconds(model.place(one as Node), model.place(other as Node)));
        let busy = model.nodes[one].service + seconds;
        let ((opens, closes), (next_opens, next_closes)) = (span(one), span(other));
        let wait = (next_opens - closes - busy).max(0);
        let late = (opens + busy - next_closes).max(0);
        5 * seconds + wait + 5 * late
    };
    let keyed: Vec<(i64, u32)> = candidates
        .iter()
        .filter(|&&other| other as usize != job)
        .map(|&other| (after(job, other as usize).min(after(other as usize, job)), other))
        .collect();
    least(keyed, wanted)
}

/// The nearest outlets that take every stream of the job, and those nearer still that take a part (the rest may be
/// unloaded later on the route). Where none takes all: chains from outlets that take a part to the nearest that take
/// what is left.
fn chains(model: &Model<'_>, profile: usize, job: JobIdx, wanted: usize) -> Vec<Chain> {
    let (here, streams) = (model.place(job as Node), model.streams_of(job));
    // Jobs without a load may want trips of their own for their release alone.
    let opens_trips = streams == 0 && model.has_releases();
    let mut useful: Vec<(u32, usize)> = reachable(model, profile, here)
        .filter(|&(_, outlet)| opens_trips || streams & model.accepts[outlet] != 0)
        .collect();
    useful.sort_unstable();
    let single = |&(_, outlet): &(u32, usize)| Chain::default().with(model.outlet_node(outlet));
    let whole = |&(_, outlet): &(u32, usize)| streams & !model.accepts[outlet] == 0;
    if let Some(nearest) = useful.iter().position(whole) {
        let parts = useful[..nearest].iter().take(wanted);
        return parts.chain(useful[nearest..].iter().filter(|at| whole(at)).take(wanted)).map(single).collect();
    }
    let first = &useful[..useful.len().min(wanted)];
    let whole = first.iter().filter_map(|&(_, outlet)| completed(model, profile, streams, outlet));
    first.iter().map(single).chain(whole).collect()
}

fn completed(model: &Model<'_>, profile: usize, streams: u32, first: usize) -> Option<Chain> {
    let mut chain = Chain::default().with(model.outlet_node(first));
    let mut left = streams & !model.accepts[first];
    let mut place = model.place(model.outlet_node(first));
    while left != 0 {
        let (_, outlet) = reachable(model, profile, place)
            .filter(|&(_, outlet)| left & model.accepts[outlet] != 0)
            .min()
            .filter(|_| chain.len < CHAIN_MAX)?;
        chain = chain.with(model.outlet_node(outlet));
        left &= !model.accepts[outlet];
        place = model.place(model.outlet_node(outlet));
    }
    Some(chain)
}

fn reachable<'m>(model: &'m Model<'_>, profile: usize, from: usize) -> impl Iterator<Item = (u32, usize)> + 'm {
    let travel = &model.instance.travel[profile];
    (0..model.accepts.len()).filter_map(move |outlet| {
        let place = model.place(model.outlet_node(outlet));
        travel.reachable(from, place).then(|| (travel.seconds(from, place), outlet))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::limits::{Limits, NoClock};
    use crate::routing::cases::random;
    use crate::routing::solve;

    /// Lists in space and time are as long as those in space, and differ where windows do.
    #[test]
    fn ruins_in_space_and_time_keep_all_rules() {
        let (mut others, mut timed) = (0, 0);
        for seed in 0..120 {
            let day = random(seed, 9, 3, (seed % 3) as usize);
            let params = Params { ruin_in_time: 0.5, neighbours: 3, neighbours_unloading: 3, ..Params::default() };
            let model = Model::new(&day);
            let neighbours = Neighbours::new(&model, &params);
            for job in 0..model.n_jobs {
                let (near, in_time) = (neighbours.of(job), neighbours.in_time(job));
                timed += usize::from(model.timed);
                assert_eq!(in_time.len(), if model.timed { near.len() } else { 0 }, "seed {seed}");
                assert!(in_time.iter().all(|&other| other as usize != job && (other as usize) < model.n_jobs));
                others += usize::from(model.timed && in_time.iter().any(|other| !near.contains(other)));
            }
            let cancel = AtomicBool::new(false);
            let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(200), cancel: &cancel };
            let plan = solve(&day, &params, seed, &limits, &mut |_| {}).plan;
            let report = huilu_check::check(&day, &plan);
            assert!(report.only_mandatory_jobs_missing(), "seed {seed}: {:?}", report.violations);
        }
        assert!(timed > 300 && others > 100, "{others} of {timed} lists differ: the cases are too poor");
    }
}
