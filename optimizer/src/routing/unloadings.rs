//! For each job the nearest ways to unload it.

use huilu_model::{JobIdx, UNREACHABLE};

use super::model::{ANYWHERE, FAR, Model, Node};
use super::near_outlets::NearOutlets;

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

/// A way to unload all streams of a job, or some, with what it takes to get there. Ways are metres and seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unloading {
    pub(crate) chain: Chain,
    /// From the job through all outlets, and through all of them to the job.
    pub(crate) after: (i64, i64),
    pub(crate) before: (i64, i64),
    /// Seconds at the outlets, queues aside.
    pub(crate) work: i64,
    /// The place of the last outlet.
    pub(crate) last: usize,
}

impl Unloading {
    fn new(model: &Model<'_>, profile: usize, job: JobIdx, chain: Chain) -> Self {
        let travel = &model.instance.travel[profile];
        let here = model.place(job as Node);
        let places: Vec<usize> = chain.nodes().iter().map(|&node| model.place(node)).collect();
        let along = |places: &[usize]| {
            let far = |entry: u32| if entry == UNREACHABLE { FAR } else { i64::from(entry) };
            let legs =
                places.windows(2).map(|leg| (far(travel.metres(leg[0], leg[1])), far(travel.seconds(leg[0], leg[1]))));
            legs.fold((0, 0), |sum, leg| (sum.0 + leg.0, sum.1 + leg.1))
        };
        let with = |before: &[usize], after: &[usize]| along(&[before, &places, after].concat());
        Self {
            chain,
            after: with(&[here], &[]),
            before: with(&[], &[here]),
            work: chain.nodes().iter().map(|&node| model.nodes[node as usize].service).sum(),
            last: places.last().copied().unwrap_or(here),
        }
    }
}

/// All of them, by profile.
#[derive(Debug)]
pub(crate) struct Unloadings {
    /// By profile: of each job the ways to unload all its streams, or some, nearest first; one list after the other, as so many lists of
    /// their own would take long to give back.
    lists: Vec<Vec<Unloading>>,
    /// Where the list of each job begins; one entry more than there are jobs.
    starts: Vec<Vec<u32>>,
    /// By profile.
    near: Vec<NearOutlets>,
}

impl Unloadings {
    /// Without lists: jobs are [added](Self::add) one by one, as long as there is time.
    pub(crate) fn until(model: &Model<'_>, over: &dyn Fn() -> bool) -> Self {
        let profiles = 0..model.instance.travel.len();
        Self {
            lists: vec![Vec::new(); profiles.len()],
            starts: vec![vec![0]; profiles.len()],
            near: profiles.map(|profile| NearOutlets::until(model, profile, over)).collect(),
        }
    }

    /// The next job's lists.
    pub(crate) fn add(&mut self, model: &Model<'_>, job: JobIdx, outlets_tried: usize) {
        for (profile, lists) in self.lists.iter_mut().enumerate() {
            let chains = chains(model, profile, job, outlets_tried);
            lists.extend(chains.into_iter().map(|chain| Unloading::new(model, profile, job, chain)));
            self.starts[profile].push(lists.len() as u32);
        }
    }

    /// No list for all other jobs.
    pub(crate) fn close(&mut self, model: &Model<'_>) {
        let ends = self.lists.iter().map(|list| list.len() as u32);
        self.starts.iter_mut().zip(ends).for_each(|(starts, end)| starts.resize(model.n_jobs + 1, end));
    }

    /// Ways to unload all streams of the job, or some, nearest first.
    pub(crate) fn of(&self, profile: usize, job: JobIdx) -> &[Unloading] {
        let starts = &self.starts[profile];
        &self.lists[profile][starts[job] as usize..starts[job + 1] as usize]
    }

    /// Metres and seconds to the nearest outlet, each the least over all.
    #[inline]
    pub(crate) fn way_in(&self, profile: usize, place: usize) -> (i64, i64) {
        self.near[profile].to[place]
    }

    /// The same from there; nothing where a route may end anywhere.
    #[inline]
    pub(crate) fn way_out(&self, profile: usize, place: usize) -> (i64, i64) {
        if place == ANYWHERE { (0, 0) } else { self.near[profile].from[place] }
    }
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
