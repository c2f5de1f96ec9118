//! A matrix of any size, some rows at a time: 60,000 places have 29 GB of figures.

use std::sync::atomic::{AtomicUsize, Ordering};

use huilu_roads::{Router, Snap, Table};

/// Pairs whose figures are held in memory, at most, 8 bytes each.
const PAIRS_AT_ONCE: usize = 1 << 26;

/// Some rows of a matrix, the sources from `first` on.
pub(super) struct Rows {
    pub(super) first: usize,
    pub(super) table: Table,
}

/// All rows in their order, computed when they are asked for; a place is at no distance from itself. `progress` is told how
/// many sources are done.
pub(super) fn all<'a>(
    router: &'a Router,
    places: &'a [Option<Snap>],
    threads: usize,
    progress: &'a (dyn Fn(usize) + Sync),
) -> impl Iterator<Item = Rows> + 'a {
    blocks(router, places, threads, progress, PAIRS_AT_ONCE)
}

fn blocks<'a>(
    router: &'a Router,
    places: &'a [Option<Snap>],
    threads: usize,
    progress: &'a (dyn Fn(usize) + Sync),
    pairs_at_once: usize,
) -> impl Iterator<Item = Rows> + 'a {
    let at_once = (pairs_at_once / places.len().max(1)).max(1);
    let furthest = AtomicUsize::new(0);
    places.chunks(at_once).enumerate().map(move |(k, sources)| {
        let first = k * at_once;
        let mut table = router.table(sources, places, threads, &|done| {
            if first + done > furthest.fetch_max(first + done, Ordering::Relaxed) {
                progress(first + done);
            }
        });
        for source in 0..sources.len() {
            let itself = source * places.len() + first + source;
            (table.seconds[itself], table.metres[itself]) = (0, 0);
        }
        Rows { first, table }
    })
}

#[cfg(test)]
mod tests {
    use huilu_roads::{Profile, RoadNetwork};

    use super::*;

    #[test]
    fn blocks_of_rows_are_the_matrix() {
        let demo = huilu_seeds::demo::generate(1, chrono::Utc::now().date_naive()).unwrap();
        let (network, _) = RoadNetwork::from_pbf(&demo.roads_pbf).unwrap();
        let router = network.router(Profile::Van);
        let mut places: Vec<_> = demo.buildings.iter().take(16).map(|one| router.snap(one.place, 200.0)).collect();
        places.push(None);
        let whole = router.matrix(&places, 1, &|_| {});
        for pairs_at_once in [1, 40, 17 * 16, 17 * 17, 1 << 20] {
            let (mut seconds, mut metres, mut rows) = (Vec::new(), Vec::new(), 0);
            let told = AtomicUsize::new(0);
            let progress = |done| told.store(done, Ordering::Relaxed);
            for block in blocks(&router, &places, 1, &progress, pairs_at_once) {
                assert_eq!(block.first, rows);
                rows += block.table.n_sources;
                seconds.extend(block.table.seconds);
                metres.extend(block.table.metres);
            }
            assert!((seconds, metres) == (whole.seconds.clone(), whole.metres.clone()), "{pairs_at_once} at once");
            assert_eq!((rows, told.load(Ordering::Relaxed)), (17, 17));
        }
    }
}
