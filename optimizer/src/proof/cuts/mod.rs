//! Cuts that tighten the bound, as pricing sees them.
//!
//! A *rounded capacity cut* says how often vehicles must enter a set of jobs; its price sits on arcs. A *subset-row cut* says that of three jobs at most one route
//! serves two or more; its price is paid at the second visit, so labels count visits while they are in the cut's memory.

pub(crate) mod capacity;
pub(crate) mod rank_one;
pub(crate) mod subset_row;

use crate::resources::model::Node;

pub(crate) use capacity::CapacityCut;
pub(crate) use subset_row::SubsetCut;

/// Subset-row cuts that a label can count.
pub(crate) const SUBSETS_MAX: usize = 128;

/// A bit for each subset-row cut: whether an odd number of visits was counted.
pub(crate) type Parities = u128;

#[derive(Clone, Debug, Default)]
pub(crate) struct Cuts {
    pub(crate) capacity: Vec<CapacityCut>,
    pub(crate) subsets: Vec<SubsetCut>,
    /// By row of memory (0 the start, `1 + node` a node): subset-row cuts that the node's job is in.
    hits: Vec<Parities>,
    /// By row of memory: subset-row cuts that are not forgotten there.
    remembered: Vec<Parities>,
}

impl Cuts {
    pub(crate) fn new(n_nodes: usize) -> Self {
        Self { hits: vec![0; n_nodes + 1], remembered: vec![0; n_nodes + 1], ..Self::default() }
    }

    /// One over three jobs, which labels count; `false` where there is no room for another.
    pub(crate) fn add_subset(&mut self, cut: SubsetCut) -> bool {
        let bit = self.subsets.len();
        if bit >= SUBSETS_MAX {
            return false;
        }
        for &job in &cut.jobs {
            self.hits[job as usize + 1] |= 1 << bit;
        }
        for &node in &cut.memory {
            self.remembered[node as usize + 1] |= 1 << bit;
        }
        self.subsets.push(cut);
        true
    }

    /// Makes room: only subset-row cuts with a price are kept; `false` where all have one.
    pub(crate) fn drop_idle(&mut self, prices: &[i64]) -> bool {
        let before = self.subsets.len();
        let kept: Vec<SubsetCut> = std::mem::take(&mut self.subsets)
            .into_iter()
            .enumerate()
            .filter(|(at, _)| prices.get(*at).is_some_and(|&price| price > 0))
            .map(|(_, cut)| cut)
            .collect();
        self.hits.fill(0);
        self.remembered.fill(0);
        for cut in kept {
            self.add_subset(cut);
        }
        self.subsets.len() < before
    }

    #[inline]
    pub(crate) fn hits(&self, row: usize) -> Parities {
        self.hits[row]
    }

    #[inline]
    pub(crate) fn remembered(&self, row: usize) -> Parities {
        self.remembered[row]
    }

    /// What the prices of capacity cuts make of an arc.
    pub(crate) fn entered(&self, prices: &[i64], tail: Option<Node>, head: Node) -> i64 {
        let entered =
            self.capacity.iter().zip(prices).filter(|(cut, price)| **price != 0 && cut.entered_by(tail, head));
        entered.map(|(_, price)| price).sum()
    }
}
