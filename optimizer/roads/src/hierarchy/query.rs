//! Fastest path between two places: both ends climb the elimination tree, and the shortcuts of the best meeting are
//! unpacked into arcs.

use super::elimination::Hierarchy;
use super::metric::{Metric, Star};
use crate::costs::ArcCosts;
use crate::graph::Graph;
use crate::weight::Weight;

const NONE: u32 = u32::MAX;

/// Labels of a climb from one end.
struct Climb {
    label: Vec<Weight>,
    /// Vertex below, from which each label came.
    below: Vec<u32>,
    /// Vertices that may hold a label, ascending.
    vertices: Vec<u32>,
}

impl Climb {
    fn new(hierarchy: &Hierarchy, star: &Star, from: &[(u32, Weight)]) -> Self {
        let n = hierarchy.n();
        let (mut label, mut below) = (vec![Weight::MAX; n], vec![NONE; n]);
        for &(v, cost) in from {
            label[v as usize] = label[v as usize].min(cost);
        }
        let vertices = hierarchy.with_ancestors(from.iter().map(|&(v, _)| v), &mut vec![false; n]);
        for &v in &vertices {
            let reached = label[v as usize];
            for &(higher, weight) in star.of(v) {
                let through = reached.plus(weight);
                if through < label[higher as usize] {
                    label[higher as usize] = through;
                    below[higher as usize] = v;
                }
            }
        }
        Self { label, below, vertices }
    }

    /// Vertices from `top` down to the end that the climb began with.
    fn way_down(&self, top: u32) -> Vec<u32> {
        let mut way = vec![top];
        let mut v = top;
        while self.below[v as usize] != NONE {
            v = self.below[v as usize];
            way.push(v);
        }
        way
    }
}

impl Hierarchy {
    /// Least cost from the start of any arc in `from` to the start of any arc in `to`, each with what it costs to get
    /// there or to go on from there, and the arcs of such a path, both ends included. `None` where there is no path.
    pub(crate) fn fastest(
        &self,
        graph: &Graph,
        metric: &Metric,
        from: &[(u32, Weight)],
        to: &[(u32, Weight)],
    ) -> Option<(Weight, Vec<u32>)> {
        let ranked =
            |ends: &[(u32, Weight)]| -> Vec<_> { ends.iter().map(|&(a, cost)| (self.rank_of(a), cost)).collect() };
        let forward = Climb::new(self, &metric.upward, &ranked(from));
        let backward = Climb::new(self, &metric.downward, &ranked(to));
        let met = |&v: &u32| (forward.label[v as usize].plus(backward.label[v as usize]), v);
        let (cost, top) = forward.vertices.iter().map(met).min()?;
        if cost >= Weight::MAX {
            return None;
        }
        let mut vertices = forward.way_down(top);
        vertices.reverse();
        vertices.extend(&backward.way_down(top)[1..]);
        let mut arcs = vec![self.order[vertices[0] as usize]];
        let costs = ArcCosts { graph, arc_ms: &metric.arc_ms };
        for step in vertices.windows(2) {
            self.unpack(&costs, metric, step[0], step[1], &mut arcs)?;
        }
        Some((cost, arcs))
    }

    /// Adds the arcs behind an edge of the hierarchy, without the first.
    fn unpack(&self, costs: &ArcCosts<'_>, metric: &Metric, from: u32, to: u32, arcs: &mut Vec<u32>) -> Option<()> {
        let mut left = vec![(from, to)];
        while let Some((from, to)) = left.pop() {
            let weight = metric.edge_weight(self.edge_between(from, to)?, from < to);
            let (first, last) = (self.order[from as usize], self.order[to as usize]);
            let mut turns = costs.graph.turns_of(first).iter();
            if turns.any(|turn| turn.to == last && costs.turn_weight(first, turn) == weight) {
                arcs.push(last);
                continue;
            }
            let (low, high) = (from.min(to), from.max(to));
            let middle = self.edges_down(low).iter().find_map(|&(v, to_low)| {
                let to_high = self.edge_between(v, high)?;
                let (first, second) = if from < to { (to_low as usize, to_high) } else { (to_high, to_low as usize) };
                (metric.down[first].plus(metric.up[second]) == weight).then_some(v)
            })?;
            left.push((middle, to));
            left.push((from, middle));
        }
        Some(())
    }
}
