//! Dijkstra's algorithm over arcs. An arc's label is the cost until the vehicle stands at the *start* of that arc, the
//! turn into it included.

use crate::graph::{Graph, NO_ARC};
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
    fn exceeded_by(self, cost: Weight) -> bool {
        match self {
            ReachLimit::Seconds(limit) => cost.ms() > limit.saturating_mul(1_000),
            ReachLimit::Metres(limit) => cost.cm() > limit.saturating_mul(100),
        }
    }
}

/// Labels of one search; reused from search to search.
#[derive(Debug)]
pub(crate) struct Search {
    pub(crate) label: Vec<Weight>,
    heap: MinHeap,
}

impl Search {
    pub(crate) fn new(graph: &Graph) -> Self {
        Self { label: vec![Weight::MAX; graph.n_arcs()], heap: MinHeap::new(graph.n_arcs()) }
    }

    /// Forgets the last search and starts from a place: every arc that follows what is left of the place's edge.
    fn start(&mut self, graph: &Graph, from: &Snap, mut note: impl FnMut(u32, u32)) {
        self.label.fill(Weight::MAX);
        self.heap.clear();
        for arc in departures(graph, from) {
            let rest = graph.arc_weight(arc).minus(graph.arc_weight_to(arc, from.along_cm));
            self.relax(graph, arc, rest, &mut note);
        }
    }

    /// `cost` is that of reaching the end of `arc`.
    #[inline]
    fn relax(&mut self, graph: &Graph, arc: u32, cost: Weight, note: &mut impl FnMut(u32, u32)) {
        for turn in graph.turns_of(arc) {
            let reached = cost.plus(Weight::new(turn.penalty_ms, 0));
            let label = &mut self.label[turn.to as usize];
            if reached < *label {
                *label = reached;
                self.heap.push(turn.to, reached);
                note(turn.to, arc);
            }
        }
    }

    /// Settles arcs until `wanted` of those for which `is_target` holds are settled, or all.
    pub(crate) fn run(&mut self, graph: &Graph, from: &Snap, is_target: &[bool], mut wanted: usize) {
        self.start(graph, from, |_, _| {});
        while wanted > 0
            && let Some((label, arc)) = self.heap.pop()
        {
            if is_target[arc as usize] {
                wanted -= 1;
            }
            self.relax(graph, arc, label.plus(graph.arc_weight(arc)), &mut |_, _| {});
        }
    }

    /// Settles arcs until no label within the limit is left to settle.
    pub(crate) fn run_within(&mut self, graph: &Graph, from: &Snap, limit: ReachLimit) {
        self.start(graph, from, |_, _| {});
        // A length bound may not cut branches: a slower path that is short enough must not stand in for the fastest one
        // that is too long. So branches beyond the bound are followed for as long as some branch is inside it, or may
        // still prove the fastest into an arc whose start is inside.
        let mut inside = self.label.iter().filter(|&&l| l != Weight::MAX && !limit.exceeded_by(l)).count();
        let mut farthest = Weight::ZERO;
        while (inside > 0 || self.heap.min().is_some_and(|least| least < farthest))
            && let Some((label, arc)) = self.heap.pop()
        {
            let cost = label.plus(graph.arc_weight(arc));
            if !limit.exceeded_by(label) {
                inside -= 1;
                farthest = farthest.max(cost);
            }
            for turn in graph.turns_of(arc) {
                let reached = cost.plus(Weight::new(turn.penalty_ms, 0));
                let label = &mut self.label[turn.to as usize];
                if reached < *label {
                    let was_inside = *label != Weight::MAX && !limit.exceeded_by(*label);
                    inside += usize::from(!limit.exceeded_by(reached));
                    inside -= usize::from(was_inside);
                    *label = reached;
                    self.heap.push(turn.to, reached);
                }
            }
        }
    }

    /// The arcs from the place's own edge to the target's, both included; empty where the target lies ahead on the
    /// same edge. `None` where no path leads there.
    pub(crate) fn run_path(&mut self, graph: &Graph, from: &Snap, to: &Snap) -> Option<(Weight, Vec<u32>)> {
        let mut parent = vec![NO_ARC; graph.n_arcs()];
        self.start(graph, from, |arc, before| parent[arc as usize] = before);
        // The cheapest way in through an arc of the target's edge: (cost, arc).
        let mut best: Option<(Weight, u32)> = None;
        while let Some((label, arc)) = self.heap.pop() {
            if best.is_some_and(|(cost, _)| label >= cost) {
                break;
            }
            if graph.arc_edge[arc as usize] >> 1 == to.edge {
                let cost = label.plus(graph.arc_weight_to(arc, to.along_cm));
                if best.is_none_or(|(known, _)| cost < known) {
                    best = Some((cost, arc));
                }
            }
            self.relax(graph, arc, label.plus(graph.arc_weight(arc)), &mut |arc, before| parent[arc as usize] = before);
        }
        if let Some(direct) = ahead(graph, from, to)
            && best.is_none_or(|(cost, _)| direct <= cost)
        {
            return Some((direct, Vec::new()));
        }
        let (cost, last) = best?;
        let starts: Vec<u32> = departures(graph, from).collect();
        let mut arcs = vec![last];
        let mut arc = last;
        // The parent of a first arc is an arc of the place's own edge, which may itself have been settled as a loop;
        // the label tells the first arcs apart: they were reached at the cost of the rest of the place's edge.
        loop {
            let before = parent[arc as usize];
            if before == NO_ARC {
                return None;
            }
            arcs.push(before);
            if starts.contains(&before) && self.is_first(graph, from, before, arc) {
                break;
            }
            arc = before;
        }
        arcs.reverse();
        Some((cost, arcs))
    }

    /// Whether the label of `arc` comes straight from the place on `start`, not from a later visit of `start`.
    fn is_first(&self, graph: &Graph, from: &Snap, start: u32, arc: u32) -> bool {
        let rest = graph.arc_weight(start).minus(graph.arc_weight_to(start, from.along_cm));
        graph
            .turns_of(start)
            .iter()
            .any(|turn| turn.to == arc && rest.plus(Weight::new(turn.penalty_ms, 0)) == self.label[arc as usize])
    }

    /// Cost of reaching a place, by the labels of the last search from `from`.
    pub(crate) fn cost(&self, graph: &Graph, from: &Snap, to: &Snap) -> Weight {
        let entered = arcs_at(graph, to)
            .filter(|&arc| self.label[arc as usize] != Weight::MAX)
            .map(|arc| self.label[arc as usize].plus(graph.arc_weight_to(arc, to.along_cm)))
            .min();
        let direct = ahead(graph, from, to);
        entered.into_iter().chain(direct).min().unwrap_or(Weight::MAX)
    }
}

/// All arcs of a place's edge: a journey to it may arrive by any.
pub(crate) fn arcs_at(graph: &Graph, at: &Snap) -> impl Iterator<Item = u32> + use<> {
    graph.arcs_of(at.edge, false).chain(graph.arcs_of(at.edge, true))
}

/// The one or two arcs by which a journey leaves a place.
fn departures(graph: &Graph, at: &Snap) -> impl Iterator<Item = u32> + use<> {
    graph.arcs_of(at.edge, false).take(1).chain(graph.arcs_of(at.edge, true).take(1))
}

/// Cost of driving on along the same edge, where `to` lies ahead of `from`.
fn ahead(graph: &Graph, from: &Snap, to: &Snap) -> Option<Weight> {
    if from.edge != to.edge {
        return None;
    }
    let direct = |arc| {
        let (start, end) = (graph.arc_weight_to(arc, from.along_cm), graph.arc_weight_to(arc, to.along_cm));
        (end >= start).then(|| end.minus(start))
    };
    departures(graph, from).filter_map(direct).min()
}

impl Graph {
    /// Seconds and metres of the fastest paths from a place to each target within the limit; `None` for the others.
    pub fn within(&self, from: &Snap, limit: ReachLimit, targets: &[Option<Snap>]) -> Vec<Option<(u32, u32)>> {
        let mut search = Search::new(self);
        search.run_within(self, from, limit);
        let reached = |to: &Snap| {
            let cost = search.cost(self, from, to);
            (cost != Weight::MAX && !limit.exceeded_by(cost)).then(|| (cost.seconds(), cost.metres()))
        };
        targets.iter().map(|target| target.as_ref().and_then(reached)).collect()
    }
}
