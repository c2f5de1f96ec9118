//! Heat maps from which no household can be read: cells with fewer than `k` households are not shown by themselves.

use std::collections::{BTreeMap, BTreeSet};

use h3o::{CellIndex, Resolution};
use huilu_model::Grams;
use serde::{Deserialize, Serialize};

/// A cell of a heat map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeatCell {
    pub cell: CellIndex,
    /// Different households behind the figure.
    pub n_households: u32,
    pub mass: Grams,
}

/// What happens to a cell with too few households.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BelowThreshold {
    /// It is left out.
    Suppress,
    /// It joins the other small cells of its parent, again and again up to this resolution; what is still too small
    /// there is left out.
    MergeUpTo(Resolution),
}

/// A map that may be shown, and what it leaves out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heat {
    /// Sorted by cell; each has at least `k` households. A cell coarser than the others stands for those of its
    /// children that were too small, not for all of them.
    pub cells: Vec<HeatCell>,
    /// Households and mass of what was left out, for totals inside the house. Not for publication: beside a
    /// published total it would give the left-out cells away.
    pub withheld_households: u64,
    pub withheld_mass: Grams,
}

/// Counts the different households of each cell and sums their mass. `H` is whatever tells households apart; a
/// household is expected in one cell only.
pub fn tally<H: Ord>(items: impl IntoIterator<Item = (CellIndex, H, Grams)>) -> Vec<HeatCell> {
    let mut cells: BTreeMap<CellIndex, (BTreeSet<H>, Grams)> = BTreeMap::new();
    for (cell, household, mass) in items {
        let sum = cells.entry(cell).or_insert_with(|| (BTreeSet::new(), Grams::ZERO));
        sum.0.insert(household);
        sum.1 += mass;
    }
    let heat = |(cell, (households, mass)): (CellIndex, (BTreeSet<H>, Grams))| HeatCell {
        cell,
        n_households: u32::try_from(households.len()).unwrap_or(u32::MAX),
        mass,
    };
    cells.into_iter().map(heat).collect()
}

/// Makes a map of cells in which every figure stands for at least `k` households.
pub fn roll_up(cells: &[HeatCell], k: u32, below: BelowThreshold) -> Heat {
    let mut shown: Vec<HeatCell> = Vec::new();
    // Small cells by resolution, so that all children of a parent are known before the parent is looked at.
    let mut small: BTreeMap<Resolution, BTreeMap<CellIndex, HeatCell>> = BTreeMap::new();
    let join = |level: &mut BTreeMap<Resolution, BTreeMap<CellIndex, HeatCell>>, part: HeatCell| {
        let level = level.entry(part.cell.resolution()).or_default();
        let whole = level.entry(part.cell).or_insert(HeatCell { n_households: 0, mass: Grams::ZERO, ..part });
        whole.n_households = whole.n_households.saturating_add(part.n_households);
        whole.mass += part.mass;
    };
    for &cell in cells {
        join(&mut small, cell);
    }
    let (mut withheld_households, mut withheld_mass) = (0_u64, Grams::ZERO);
    while let Some((resolution, level)) = small.pop_last() {
        for (_, part) in level {
            let parent = match below {
                BelowThreshold::MergeUpTo(coarsest) if resolution > coarsest => {
                    resolution.pred().and_then(|coarser| part.cell.parent(coarser))
                }
                _ => None,
            };
            match parent {
                _ if part.n_households >= k => shown.push(part),
                Some(parent) => join(&mut small, HeatCell { cell: parent, ..part }),
                None => {
                    withheld_households += u64::from(part.n_households);
                    withheld_mass += part.mass;
                }
            }
        }
    }
    shown.sort_by_key(|shown| shown.cell);
    Heat { cells: shown, withheld_households, withheld_mass }
}
