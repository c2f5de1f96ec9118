//! A large table from a service that answers small ones: cut into blocks, asked for side by side, put together again.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use futures_util::future::BoxFuture;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::provider::{RoadPoint, ServiceError, Table, TableAsk, TravelError};

/// Blocks that are asked for at once: enough to keep a service of several threads busy.
const BLOCKS_AT_ONCE: usize = 4;

/// Rows and columns of a table, as positions among its sources and targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
}

impl Block {
    pub(super) fn pairs(&self) -> usize {
        self.rows.len() * self.columns.len()
    }

    /// Two halves along the longer side; none of a single pair.
    fn halves(&self) -> Option<[Block; 2]> {
        let split = |range: &Range<usize>| {
            let middle = range.start + range.len() / 2;
            (range.start..middle, middle..range.end)
        };
        if self.pairs() <= 1 {
            return None;
        }
        if self.rows.len() >= self.columns.len() {
            let (first, second) = split(&self.rows);
            Some([Block { rows: first, ..self.clone() }, Block { rows: second, ..self.clone() }])
        } else {
            let (first, second) = split(&self.columns);
            Some([Block { columns: first, ..self.clone() }, Block { columns: second, ..self.clone() }])
        }
    }
}

/// What a service says to a block.
#[derive(Debug)]
pub(super) enum BlockAnswer {
    /// Seconds and metres row by row, and where points of the question (by index) meet the road, as far as it was told.
    Values { seconds: Vec<u32>, metres: Vec<u32>, snapped: Vec<(usize, RoadPoint)> },
    /// More pairs than it takes at once.
    TooBig,
    /// Some place of the block spoils the whole of it; parts may have ways.
    NoWay,
}

/// A service that answers tables block by block.
pub(super) trait Blocks: Sync {
    fn size(&self) -> &BlockSize;

    fn block<'a>(&'a self, ask: &'a TableAsk, block: &'a Block) -> BoxFuture<'a, Result<BlockAnswer, ServiceError>>;

    /// It refused even a single pair as too big.
    fn takes_nothing(&self) -> ServiceError;
}

/// How large blocks may be. The number of pairs is learnt from refusals and kept for later tables.
#[derive(Debug)]
pub(super) struct BlockSize {
    pub(super) pairs: AtomicUsize,
    /// Sources and targets together, where the question's length is limited.
    pub(super) places: usize,
}

impl BlockSize {
    pub(super) fn new(pairs: usize, places: usize) -> Self {
        Self { pairs: AtomicUsize::new(pairs), places }
    }

    /// Cuts rows x columns into blocks that are as square as the limits allow.
    fn cut(&self, whole: &Block) -> Vec<Block> {
        let pairs = self.pairs.load(Ordering::Relaxed).max(1);
        let (rows, columns) = (whole.rows.len().max(1), whole.columns.len().max(1));
        let side = pairs.isqrt().max(1);
        let mut height = rows.min(side);
        let width = columns.min(pairs / height).min((self.places.saturating_sub(height)).max(1));
        // A few columns leave room for more rows.
        height = rows.min(pairs / width).min((self.places.saturating_sub(width)).max(1));
        let starts = |range: &Range<usize>, step: usize| {
            let end = range.end;
            range.clone().step_by(step).map(move |start| start..(start + step).min(end)).collect::<Vec<_>>()
        };
        let columns = starts(&whole.columns, width);
        let block = |rows: Range<usize>| {
            columns
                .iter()
                .map(move |columns| Block { rows: rows.clone(), columns: columns.clone() })
                .collect::<Vec<_>>()
        };
        starts(&whole.rows, height).into_iter().flat_map(block).collect()
    }

    /// A block of so many pairs was too big.
    fn refuse(&self, pairs: usize) {
        self.pairs.fetch_min((pairs / 4).max(1), Ordering::Relaxed);
    }
}

/// Asks for the whole table in blocks that the service takes. Places that the roads are too far from are settled.
///
/// # Errors
/// What the service fails with.
pub(super) async fn tiled(service: &impl Blocks, ask: &TableAsk) -> Result<Table, TravelError> {
    let assembly = Assembly { ask, table: Mutex::new(Table::unreachable(ask)), done: AtomicUsize::new(0) };
    let whole = Block { rows: 0..ask.sources.len(), columns: 0..ask.targets.len() };
    let mut blocks = service.size().cut(&whole).into_iter();
    // The first block alone finds out how large the others may be.
    if let Some(first) = blocks.next() {
        assembly.fill(service, first).await?;
    }
    let rest: Vec<Block> = blocks.flat_map(|block| service.size().cut(&block)).collect();
    let filling = rest.into_iter().map(|block| assembly.fill(service, block));
    stream::iter(filling).buffer_unordered(BLOCKS_AT_ONCE).try_collect::<()>().await?;
    let mut table = assembly.table.into_inner().unwrap_or_else(PoisonError::into_inner);
    table.settle(ask);
    Ok(table)
}

/// A table that is being put together.
struct Assembly<'a> {
    ask: &'a TableAsk,
    table: Mutex<Table>,
    /// Pairs.
    done: AtomicUsize,
}

impl Assembly<'_> {
    /// Fetches a block, in parts where it must be.
    async fn fill(&self, service: &impl Blocks, block: Block) -> Result<(), ServiceError> {
        let mut waiting = vec![block];
        while let Some(block) = waiting.pop() {
            match service.block(self.ask, &block).await? {
                BlockAnswer::Values { seconds, metres, snapped } => {
                    let mut table = self.table.lock().unwrap_or_else(PoisonError::into_inner);
                    table.lay(block.rows.clone(), block.columns.clone(), &seconds, &metres);
                    for (point, at) in snapped {
                        table.snapped[point] = at.near();
                    }
                }
                BlockAnswer::TooBig => {
                    service.size().refuse(block.pairs());
                    if block.pairs() <= 1 {
                        return Err(service.takes_nothing());
                    }
                    waiting.extend(service.size().cut(&block));
                    continue;
                }
                BlockAnswer::NoWay => {
                    if let Some(halves) = block.halves() {
                        waiting.extend(halves);
                        continue;
                    }
                }
            }
            let done = self.done.fetch_add(block.pairs(), Ordering::Relaxed) + block.pairs();
            (self.ask.progress)(done, self.ask.pairs());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn blocks_cover_every_pair_once_and_keep_the_limits(
            rows in 1_usize..60, columns in 1_usize..60, pairs in 1_usize..500, places in 2_usize..50,
        ) {
            let size = BlockSize::new(pairs, places);
            let mut seen = vec![0_u32; rows * columns];
            for block in size.cut(&Block { rows: 0..rows, columns: 0..columns }) {
                prop_assert!(block.pairs() <= pairs && block.rows.len() + block.columns.len() <= places);
                for row in block.rows.clone() {
                    for column in block.columns.clone() {
                        seen[row * columns + column] += 1;
                    }
                }
            }
            prop_assert!(seen.iter().all(|&times| times == 1));
        }

        #[test]
        fn halving_ends_at_single_pairs(rows in 1_usize..9, columns in 1_usize..9) {
            let mut waiting = vec![Block { rows: 0..rows, columns: 0..columns }];
            let mut single = 0;
            while let Some(block) = waiting.pop() {
                match block.halves() {
                    Some(halves) => waiting.extend(halves),
                    None => single += block.pairs(),
                }
            }
            prop_assert_eq!(single, rows * columns);
        }
    }
}
