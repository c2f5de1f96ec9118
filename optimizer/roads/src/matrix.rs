//! Many-to-many matrices: one search for each distinct place, side by side on several threads.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use huilu_model::{Matrix, UNREACHABLE};
use rayon::prelude::*;

use crate::graph::Graph;
use crate::search::{Search, arcs_at};
use crate::snap::Snap;
use crate::weight::Weight;

/// Places that are the same point of the graph, searched once.
struct Distinct {
    snaps: Vec<Snap>,
    /// Of each place asked for its index into `snaps`.
    of_place: Vec<Option<usize>>,
}

impl Distinct {
    fn new(places: &[Option<Snap>]) -> Self {
        let mut known: HashMap<(u32, u32), usize> = HashMap::new();
        let mut snaps = Vec::new();
        let of_place = places
            .iter()
            .map(|place| {
                let snap = (*place)?;
                Some(*known.entry((snap.edge, snap.along_cm)).or_insert_with(|| {
                    snaps.push(snap);
                    snaps.len() - 1
                }))
            })
            .collect();
        Self { snaps, of_place }
    }
}

impl Graph {
    /// Seconds and metres of the fastest paths between all places.
    ///
    /// Entries from and to places that are `None` are [`UNREACHABLE`], and so are pairs with no path; a place is at no
    /// distance from itself. `threads` of 0 means one for each core. `progress` is told the sources done so far; it is
    /// called from several threads, and its last call says `snaps.len()`.
    pub fn matrix(&self, snaps: &[Option<Snap>], threads: usize, progress: &(dyn Fn(usize) + Sync)) -> Matrix {
        let size = snaps.len();
        let mut seconds = vec![UNREACHABLE; size * size];
        let mut metres = vec![UNREACHABLE; size * size];
        let distinct = Distinct::new(snaps);
        let mut rows = || self.fill(&distinct, &mut seconds, &mut metres, progress);
        match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
            Ok(pool) => pool.install(rows),
            // No threads to be had: the caller's own pool serves.
            Err(_) => rows(),
        }
        for place in 0..size {
            seconds[place * size + place] = 0;
            metres[place * size + place] = 0;
        }
        progress(size);
        Matrix { profile: self.profile().to_string(), size, seconds, metres }
    }

    fn fill(&self, distinct: &Distinct, seconds: &mut [u32], metres: &mut [u32], progress: &(dyn Fn(usize) + Sync)) {
        let size = distinct.of_place.len();
        if size == 0 {
            return;
        }
        let mut is_target = vec![false; self.n_arcs()];
        for arc in distinct.snaps.iter().flat_map(|snap| arcs_at(self, snap)) {
            is_target[arc as usize] = true;
        }
        let n_targets = is_target.iter().filter(|&&target| target).count();

        // The first place of each distinct point owns the search; rows of the others are copied afterwards.
        let mut owner = vec![usize::MAX; distinct.snaps.len()];
        for (place, point) in distinct.of_place.iter().enumerate() {
            if let Some(point) = point
                && owner[*point] == usize::MAX
            {
                owner[*point] = place;
            }
        }
        let done = AtomicUsize::new(0);
        let every = (size / 200).max(1);
        seconds.par_chunks_mut(size).zip(metres.par_chunks_mut(size)).enumerate().for_each_init(
            || (Search::new(self), vec![Weight::MAX; distinct.snaps.len()]),
            |(search, cost), (place, (seconds, metres))| {
                if let Some(point) = distinct.of_place[place]
                    && owner[point] == place
                {
                    let from = &distinct.snaps[point];
                    search.run(self, from, &is_target, n_targets);
                    for (cost, to) in cost.iter_mut().zip(&distinct.snaps) {
                        *cost = search.cost(self, from, to);
                    }
                    for ((to, seconds), metres) in distinct.of_place.iter().zip(seconds).zip(metres) {
                        if let Some(cost) = to.map(|to| cost[to]).filter(|&cost| cost != Weight::MAX) {
                            (*seconds, *metres) = (cost.seconds(), cost.metres());
                        }
                    }
                }
                let so_far = done.fetch_add(1, Ordering::Relaxed) + 1;
                if so_far.is_multiple_of(every) {
                    progress(so_far);
                }
            },
        );
        for (place, point) in distinct.of_place.iter().enumerate() {
            if let Some(source) = point.map(|point| owner[point]).filter(|&source| source != place) {
                seconds.copy_within(source * size..(source + 1) * size, place * size);
                metres.copy_within(source * size..(source + 1) * size, place * size);
            }
        }
    }
}
