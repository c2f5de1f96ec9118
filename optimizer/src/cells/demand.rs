//! Demand bucketed by cell and stream.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use h3o::{CellIndex, Resolution};
use huilu_model::datum::NotOnEarth;
use huilu_model::{Grams, StreamIdx, Wgs84};
use serde::{Deserialize, Serialize};

use super::cell_of;

/// What one booking hands over of one stream, at its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DemandItem {
    pub at: Wgs84,
    pub stream: StreamIdx,
    pub mass: Grams,
}

/// All demand of one stream in one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellDemand {
    pub cell: CellIndex,
    pub stream: StreamIdx,
    pub mass: Grams,
    /// How many items were summed.
    pub n_items: u32,
}

/// Demand as a rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellFlow {
    pub cell: CellIndex,
    pub stream: StreamIdx,
    pub grams_per_day: f64,
}

/// Sums items by cell and stream; sorted by both.
///
/// # Errors
/// [`NotOnEarth`] for the first item whose place is none.
pub fn bucket(
    items: impl IntoIterator<Item = DemandItem>,
    resolution: Resolution,
) -> Result<Vec<CellDemand>, NotOnEarth> {
    let mut sums = Sums::default();
    for item in items {
        sums.add(cell_of(item.at, resolution)?, item.stream, item.mass, 1);
    }
    Ok(sums.sorted())
}

/// The same demand in the parents of its cells at `resolution`. A cell that is as coarse or coarser stays as it is.
pub fn coarsen(demand: &[CellDemand], resolution: Resolution) -> Vec<CellDemand> {
    let mut sums = Sums::default();
    for of in demand {
        sums.add(of.cell.parent(resolution).unwrap_or(of.cell), of.stream, of.mass, of.n_items);
    }
    sums.sorted()
}

/// What demand collected over `days` is on an average day.
pub fn daily_flows(demand: &[CellDemand], days: NonZeroU32) -> Vec<CellFlow> {
    let rate = |of: &CellDemand| CellFlow {
        cell: of.cell,
        stream: of.stream,
        grams_per_day: of.mass.0 as f64 / f64::from(days.get()),
    };
    demand.iter().map(rate).collect()
}

#[derive(Default)]
struct Sums(BTreeMap<(CellIndex, StreamIdx), (Grams, u32)>);

impl Sums {
    fn add(&mut self, cell: CellIndex, stream: StreamIdx, mass: Grams, n_items: u32) {
        let sum = self.0.entry((cell, stream)).or_default();
        sum.0 += mass;
        sum.1 += n_items;
    }

    fn sorted(self) -> Vec<CellDemand> {
        let entry = |((cell, stream), (mass, n_items))| CellDemand { cell, stream, mass, n_items };
        self.0.into_iter().map(entry).collect()
    }
}
