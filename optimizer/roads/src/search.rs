//! Dijkstra's algorithm over arcs, for everything near a place. An arc's label is the cost until the vehicle stands at
//! the *start* of that arc, the turn into it included.

use crate::costs::ArcCosts;
use crate::heap::MinHeap;
use crate::snap::Snap;
use crate::weight::Weight;

/// Bound of a search over everything near a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReachLimit {
    Seconds(u32),
    /// Of the fastest path.
    Metres(u32),
}

impl ReachLimit {
    pub(crate) fn exceeded_by(self, cost: Weight) -> bool {
        match self {
            ReachLimit::Seconds(limit) => cost.ms() > limit.saturating_mul(1_000),
            ReachLimit::Metres(limit) => cost.cm() > limit.saturating_mul(100),
        }
    }
}

/// Labels of the arcs whose start lies within a limit, and of some beyond.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    costs: ArcCosts<'a>,
    from: Snap,
    label: Vec<Weight>,
}

impl<'a> Search<'a> {
    /// Settles arcs until no label within the limit is left to settle.
    pub(crate) fn within(costs: ArcCosts<'a>, from: &Snap, limit: ReachLimit) -> Self {
        let n_arcs = costs.graph.n_arcs();
        let mut label = vec![Weight::MAX; n_arcs];
        let mut heap = MinHeap::new(n_arcs);
        // A length bound may not cut branches: a slower path that is short enough must not stand in for the fastest one
        // that is too long. So branches beyond the bound are followed for as long as some branch is inside it, or may
        // still prove the fastest into an arc whose start is inside.
        let mut inside = 0_usize;
        let mut relax = |arc: u32, reached: Weight, heap: &mut MinHeap, inside: &mut usize| {
            let label = &mut label[arc as usize];
            if reached < *label {
                let was_inside = *label < Weight::MAX && !limit.exceeded_by(*label);
                *inside += usize::from(!limit.exceeded_by(reached));
                *inside -= usize::from(was_inside);
                *label = reached;
                heap.push(arc, reached);
            }
        };
        for (arc, reached) in costs.starts(from) {
            relax(arc, reached, &mut heap, &mut inside);
        }
        let mut farthest = Weight::ZERO;
        while (inside > 0 || heap.min().is_some_and(|least| least < farthest))
            && let Some((reached, arc)) = heap.pop()
        {
            let cost = reached.plus(costs.arc_weight(arc));
            if !limit.exceeded_by(reached) {
                inside -= 1;
                farthest = if cost < Weight::MAX { farthest.max(cost) } else { farthest };
            }
            if cost < Weight::MAX {
                for turn in costs.graph.turns_of(arc) {
                    relax(turn.to, cost.plus(Weight::new(turn.penalty_ms, 0)), &mut heap, &mut inside);
                }
            }
        }
        Self { costs, from: *from, label }
    }

    /// Cost of reaching the start of an arc.
    pub(crate) fn label(&self, arc: u32) -> Weight {
        self.label[arc as usize]
    }

    /// Cost of reaching a place.
    pub(crate) fn cost(&self, to: &Snap) -> Weight {
        let entered = self.costs.arrivals(to).map(|(arc, rest)| self.label(arc).plus(rest)).min();
        let direct = self.costs.ahead(&self.from, to);
        entered.into_iter().chain(direct).min().unwrap_or(Weight::MAX).min(Weight::MAX)
    }
}
