//! For each job its nearest jobs. Candidates come from rings of H3 cells around the job, and are then
//! ordered by the matrix; places without a position are compared by the matrix alone, or by where they lie in a plane.

use std::collections::HashMap;

use h3o::{CellIndex, LatLng, Resolution};
use huilu_model::JobIdx;

use super::legs::{Hub, Legs, Ways};
use super::model::{Kind, Model, Node};
use super::params::Params;
use super::plane::Plane;
use super::unloadings::Unloadings;

/// About 170 m from centre to corner: a few bookings to a cell in a dense city.
const RESOLUTION: Resolution = Resolution::Nine;
/// Radii of the disks that are tried, in cells; beyond them every job is compared.
const RADII: [u32; 5] = [1, 3, 6, 12, 24];

/// Ways kept beside the lists at most, up to 16 bytes each.
const WAYS_MAX: usize = 4 << 20;

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
    pub(crate) unloadings: Unloadings,
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
        let (mut jobs, mut starts, mut known) = (Vec::new(), vec![0], 0);
        let mut unloadings = Unloadings::until(model, over);
        for (job, cell) in cells.iter().enumerate() {
            if job >= KNOWN_LEAST && job.is_multiple_of(LOOK_EVERY) && over() {
                break;
            }
            let around = cell.filter(|_| complete).and_then(|cell| around(cell, &members, wanted));
            let around = around.or_else(|| plane.as_ref().map(|plane| plane.around(job, wanted)));
            let candidates = around.as_deref().unwrap_or(&everyone);
            pairs_compared += candidates.len() as u64;
            jobs.extend(nearest(model, job, candidates, wanted));
            starts.push(jobs.len() as u32);
            unloadings.add(model, job, params.outlets_tried);
            known = job + 1;
        }
        let profiles = model.instance.travel.len();
        starts.resize(model.n_jobs + 1, jobs.len() as u32);
        unloadings.close(model);
        let legs = (0..profiles).map(|profile| Legs::until(model, profile, over)).collect();
        let least = least_prices(model, &jobs, &starts, over);
        let few = jobs.len() * profiles <= WAYS_MAX;
        let ways =
            (0..profiles).map(|profile| if few { ways(model, profile, &jobs, &starts, over) } else { Ways::Absent });
        let ways = ways.collect();
        Self { jobs, starts, least, ways, legs, unloadings, known, pairs_compared }
    }

    /// The lists of the job were made before it was over.
    pub(crate) fn knows(&self, job: JobIdx) -> bool {
        job < self.known
    }

    /// The nearest jobs, nearest first.
    pub(crate) fn of(&self, job: JobIdx) -> &[u32] {
        &self.jobs[self.range(job)]
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
    let mut keyed: Vec<(u64, u32)> = candidates
        .iter()
        .filter(|&&other| other as usize != job)
        .map(|&other| {
            let there = model.place(other);
            let both_ways = u64::from(travel.metres(here, there)) + u64::from(travel.metres(there, here));
            (both_ways, other)
        })
        .collect();
    if keyed.len() > wanted {
        keyed.select_nth_unstable(wanted);
        keyed.truncate(wanted);
    }
    keyed.sort_unstable();
    keyed.into_iter().map(|(_, other)| other).collect()
}
