//! Many-to-many tables: sources in blocks of lanes, blocks side by side on several threads.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use huilu_model::{Matrix, UNREACHABLE};
use rayon::prelude::*;

use crate::hierarchy::{LANES, Lanes, Selection, Sweep};
use crate::router::Router;
use crate::snap::Snap;
use crate::weight::Weight;

/// Seconds and metres of the fastest paths from each source to each target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub n_sources: usize,
    pub n_targets: usize,
    /// One row of `n_targets` for each source; [`UNREACHABLE`] where no path leads.
    pub seconds: Vec<u32>,
    /// Of the same paths.
    pub metres: Vec<u32>,
}

impl Table {
    /// Seconds and metres from one source to one target; `None` where no path leads.
    pub fn get(&self, source: usize, target: usize) -> Option<(u32, u32)> {
        let at = source * self.n_targets + target;
        (self.seconds[at] != UNREACHABLE).then(|| (self.seconds[at], self.metres[at]))
    }
}

/// Places that are the same point of the graph, searched once.
struct Distinct {
    snaps: Vec<Snap>,
    /// Of each place asked for its index into `snaps`.
    of_place: Vec<Option<usize>>,
    /// Of each of `snaps` the first place that is there.
    owner: Vec<usize>,
}

impl Distinct {
    fn new(places: &[Option<Snap>]) -> Self {
        let mut known: HashMap<(u32, u32, [bool; 2]), usize> = HashMap::new();
        let (mut snaps, mut owner) = (Vec::new(), Vec::new());
        let point = |(place, snap): (usize, &Option<Snap>)| {
            let snap = (*snap)?;
            let served = [snap.allows(false), snap.allows(true)];
            Some(*known.entry((snap.edge, snap.along_cm, served)).or_insert_with(|| {
                snaps.push(snap);
                owner.push(place);
                snaps.len() - 1
            }))
        };
        let of_place = places.iter().enumerate().map(point).collect();
        Self { snaps, of_place, owner }
    }
}

/// A source with its arcs and the rows that its answers go to.
struct Source<'a> {
    snap: Snap,
    starts: Vec<(u32, Weight)>,
    seconds: &'a mut [u32],
    metres: &'a mut [u32],
}

impl Router {
    /// Seconds and metres of the fastest paths between all places.
    ///
    /// Entries from and to places that are `None` are [`UNREACHABLE`], and so are pairs with no path; a place is at no
    /// distance from itself. `threads` of 0 means one for each core. `progress` is told the sources done so far; it is
    /// called from several threads, and its last call says `places.len()`.
    pub fn matrix(&self, places: &[Option<Snap>], threads: usize, progress: &(dyn Fn(usize) + Sync)) -> Matrix {
        let size = places.len();
        let Table { mut seconds, mut metres, .. } = self.table(places, places, threads, progress);
        for place in 0..size {
            seconds[place * size + place] = 0;
            metres[place * size + place] = 0;
        }
        Matrix { profile: self.profile().to_string(), size, seconds, metres }
    }

    /// Seconds and metres of the fastest paths from each source to each target; otherwise as [`Router::matrix`].
    pub fn table(
        &self,
        sources: &[Option<Snap>],
        targets: &[Option<Snap>],
        threads: usize,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Table {
        let (n_sources, n_targets) = (sources.len(), targets.len());
        let mut seconds = vec![UNREACHABLE; n_sources * n_targets];
        let mut metres = vec![UNREACHABLE; n_sources * n_targets];
        if n_targets > 0 {
            let mut rows = || self.fill(sources, targets, &mut seconds, &mut metres, progress);
            match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
                Ok(pool) => pool.install(rows),
                // No threads to be had: the caller's own pool serves.
                Err(_) => rows(),
            }
        }
        progress(n_sources);
        Table { n_sources, n_targets, seconds, metres }
    }

    fn fill(
        &self,
        sources: &[Option<Snap>],
        targets: &[Option<Snap>],
        seconds: &mut [u32],
        metres: &mut [u32],
        progress: &(dyn Fn(usize) + Sync),
    ) {
        let (from, to) = (Distinct::new(sources), Distinct::new(targets));
        let costs = self.costs();
        let arrivals: Vec<Vec<(u32, Weight)>> = to.snaps.iter().map(|snap| costs.arrivals(snap).collect()).collect();
        let mut on_edge: HashMap<u32, Vec<usize>> = HashMap::new();
        for (target, snap) in to.snaps.iter().enumerate() {
            on_edge.entry(snap.edge).or_default().push(target);
        }
        let (hierarchy, metric) = (&*self.hierarchy, &*self.metric);
        let selection = Selection::new(hierarchy, metric, arrivals.iter().flatten().map(|&(arc, _)| arc));

        let rows = seconds.chunks_mut(targets.len()).zip(metres.chunks_mut(targets.len())).enumerate();
        let mut blocks: Vec<Source<'_>> = rows
            .filter_map(|(place, (seconds, metres))| {
                let snap = from.of_place[place].filter(|&point| from.owner[point] == place).map(|p| from.snaps[p])?;
                Some(Source { snap, starts: costs.starts(&snap), seconds, metres })
            })
            .collect();
        // Neighbours climb the same way.
        blocks.sort_by_key(|source| source.starts.first().map(|&(arc, _)| hierarchy.rank_of(arc)));

        let done = AtomicUsize::new(0);
        blocks.par_chunks_mut(LANES).for_each_init(
            || (Sweep::new(hierarchy, &selection), vec![[Weight::MAX; LANES]; to.snaps.len()]),
            |(sweep, reached), block| {
                let starts: Vec<_> = block.iter().map(|source| source.starts.as_slice()).collect();
                sweep.run(hierarchy, metric, &selection, &starts);
                for (reached, arrivals) in reached.iter_mut().zip(&arrivals) {
                    *reached =
                        arrive(arrivals.iter().map(|&(arc, rest)| (sweep.costs(hierarchy, &selection, arc), rest)));
                }
                for (lane, source) in block.iter_mut().enumerate() {
                    for &target in on_edge.get(&source.snap.edge).into_iter().flatten() {
                        if let Some(direct) = costs.ahead(&source.snap, &to.snaps[target]) {
                            reached[target][lane] = reached[target][lane].min(direct);
                        }
                    }
                    let entries = source.seconds.iter_mut().zip(source.metres.iter_mut());
                    for (target, (seconds, metres)) in to.of_place.iter().zip(entries) {
                        if let Some(cost) = target.map(|t| reached[t][lane]).filter(|&cost| cost < Weight::MAX) {
                            (*seconds, *metres) = (cost.seconds(), cost.metres());
                        }
                    }
                }
                progress(done.fetch_add(block.len(), Ordering::Relaxed) + block.len());
            },
        );
        for (place, point) in from.of_place.iter().enumerate() {
            if let Some(owner) = point.map(|point| from.owner[point]).filter(|&owner| owner != place) {
                let row = owner * targets.len()..(owner + 1) * targets.len();
                seconds.copy_within(row.clone(), place * targets.len());
                metres.copy_within(row, place * targets.len());
            }
        }
    }
}

/// The cheapest arrival of each lane.
fn arrive<'a>(arrivals: impl Iterator<Item = (&'a Lanes, Weight)>) -> Lanes {
    let mut best = [Weight::MAX; LANES];
    for (lanes, rest) in arrivals {
        for (best, &lane) in best.iter_mut().zip(lanes) {
            *best = lane.plus(rest).min(*best);
        }
    }
    best
}
