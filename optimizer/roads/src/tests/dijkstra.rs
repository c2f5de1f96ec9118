//! Plain Dijkstra over a graph's arcs, written for reading: what the hierarchy must equal to the millisecond and the
//! centimetre. Knows nothing of the code under test but the graph's arrays.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::graph::Graph;
use crate::snap::Snap;

/// Milliseconds and centimetres, compared in this order.
type Cost = (u64, u64);

pub(super) struct Dijkstra<'a> {
    pub(super) graph: &'a Graph,
    /// Travel time of each arc; `None` where it is closed.
    pub(super) arc_ms: Vec<Option<u32>>,
}

impl Dijkstra<'_> {
    /// Cost of a whole arc and of its part up to a position along the edge's line.
    fn arc(&self, arc: u32, along_cm: u32) -> Option<(Cost, Cost)> {
        let tagged = self.graph.arc_edge[arc as usize];
        let (ms, cm) = (u64::from(self.arc_ms[arc as usize]?), u64::from(self.graph.edge_cm[(tagged >> 1) as usize]));
        let part_cm = if tagged & 1 == 0 { u64::from(along_cm) } else { cm - u64::from(along_cm) };
        Some(((ms, cm), (ms * part_cm / cm.max(1), part_cm)))
    }

    /// The arcs of a place's edge in the directions in which it is served.
    fn arcs_at(&self, place: &Snap) -> impl Iterator<Item = u32> + '_ {
        let (edge, served) = (place.edge, [place.allows(false), place.allows(true)]);
        self.arcs_of(edge).filter(move |&arc| served[(self.graph.arc_edge[arc as usize] & 1) as usize])
    }

    fn arcs_of(&self, edge: u32) -> impl Iterator<Item = u32> + '_ {
        (0..self.graph.n_arcs() as u32).filter(move |&arc| self.graph.arc_edge[arc as usize] >> 1 == edge)
    }

    /// Least cost from a place until the start of every arc.
    pub(super) fn labels(&self, from: &Snap) -> Vec<Option<Cost>> {
        let mut label: Vec<Option<Cost>> = vec![None; self.graph.n_arcs()];
        let mut heap = BinaryHeap::new();
        let mut follow = |arc: u32, end: Cost, heap: &mut BinaryHeap<_>| {
            for turn in self.graph.turns_of(arc) {
                let reached = (end.0 + u64::from(turn.penalty_ms), end.1);
                if label[turn.to as usize].is_none_or(|known| reached < known) {
                    label[turn.to as usize] = Some(reached);
                    heap.push(Reverse((reached, turn.to)));
                }
            }
        };
        for arc in self.arcs_at(from) {
            // A vehicle that starts here came no restricted way: of each direction only the first arc.
            let copy = arc > 0 && self.graph.arc_edge[arc as usize - 1] == self.graph.arc_edge[arc as usize];
            if let (false, Some((whole, part))) = (copy, self.arc(arc, from.along_cm)) {
                follow(arc, (whole.0 - part.0, whole.1 - part.1), &mut heap);
            }
        }
        let mut settled = vec![false; self.graph.n_arcs()];
        while let Some(Reverse((reached, arc))) = heap.pop() {
            if !std::mem::replace(&mut settled[arc as usize], true)
                && let Some((whole, _)) = self.arc(arc, 0)
            {
                follow(arc, (reached.0 + whole.0, reached.1 + whole.1), &mut heap);
            }
        }
        label
    }

    /// Least cost from `from`, whose labels are given, to `to`.
    pub(super) fn cost(&self, from: &Snap, labels: &[Option<Cost>], to: &Snap) -> Option<Cost> {
        let mut best: Option<Cost> = None;
        for arc in self.arcs_at(to) {
            let Some((_, part)) = self.arc(arc, to.along_cm) else { continue };
            let entered = labels[arc as usize].map(|label| (label.0 + part.0, label.1 + part.1));
            let leaves = self.arcs_at(from).any(|departure| departure == arc);
            let start = if leaves { self.arc(arc, from.along_cm) } else { None };
            let ahead =
                start.filter(|&(_, start)| start <= part).map(|(_, start)| (part.0 - start.0, part.1 - start.1));
            best = best.into_iter().chain(entered).chain(ahead).min();
        }
        best
    }
}
