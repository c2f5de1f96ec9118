//! The cheapest places for a job that a look has found so far.

use super::model::Node;
use super::unloadings::Chain;

/// A place for a job.
#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate {
    /// Estimated rise of cost; exact but for waiting.
    pub(super) delta: i64,
    pub(super) vehicle: u32,
    /// Visits before it.
    pub(super) gap: usize,
    pub(super) unload: Unload,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unload {
    None,
    Before(Chain),
    After(Chain),
}

impl Candidate {
    pub(super) fn splice(&self, job: Node, visits: &mut Vec<Node>) {
        match self.unload {
            Unload::None => visits.insert(self.gap, job),
            Unload::Before(chain) => {
                drop(visits.splice(self.gap..self.gap, chain.nodes().iter().copied().chain([job])))
            }
            Unload::After(chain) => {
                drop(visits.splice(self.gap..self.gap, [job].into_iter().chain(chain.nodes().iter().copied())));
            }
        }
    }
}

/// The cheapest places found so far, at most `most` of them, none dearer than `ceiling`.
#[derive(Debug)]
pub(super) struct Places {
    pub(super) kept: Vec<Candidate>,
    most: usize,
    pub(super) ceiling: i64,
    /// A place that costs more will not be kept.
    pub(super) limit: i64,
}

impl Places {
    pub(super) fn new(most: usize, ceiling: i64) -> Self {
        Self { kept: Vec::with_capacity(most + 1), most, ceiling, limit: ceiling }
    }

    /// A place at this cost, and `fixed` for a vehicle not yet used, would be kept. The fixed cost is paid by all the
    /// jobs of a vehicle, hence it is not held against the ceiling of one.
    #[inline]
    pub(super) fn welcome(&self, delta: i64, fixed: i64) -> bool {
        delta <= self.ceiling
            && (self.kept.len() < self.most || delta.saturating_add(fixed) < self.kept[self.most - 1].delta)
    }

    pub(super) fn keep(&mut self, candidate: Candidate) {
        let at = self.kept.partition_point(|other| other.delta <= candidate.delta);
        self.kept.insert(at, candidate);
        self.kept.truncate(self.most);
        if let Some(dearest) = self.kept.get(self.most - 1) {
            self.limit = self.ceiling.min(dearest.delta - 1);
        }
    }
}
