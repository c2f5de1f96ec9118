//! The junctions that a graph's edges join, found from its turns: two edges meet where a turn leads from one into the
//! other. Edges that touch on the map without a turn between them do not meet.

use crate::graph::Graph;

/// Streets between junctions; the plane graph that dissection cuts.
#[derive(Debug)]
pub(super) struct Junctions {
    /// Longitude and latitude of each junction, in 1e-7 degrees.
    pub(super) at: Vec<[i32; 2]>,
    /// Of each edge of the graph the junctions at its start and end.
    pub(super) ends: Vec<[u32; 2]>,
}

impl Junctions {
    pub(super) fn of(graph: &Graph) -> Self {
        let n_edges = graph.n_edges();
        // An edge's start is 2e and its end 2e + 1, so that an arc's tail is its tagged edge and its head the other.
        let mut groups = DisjointSets::new(2 * n_edges);
        for (arc, &tail) in graph.arc_edge.iter().enumerate() {
            for turn in graph.turns_of(arc as u32) {
                groups.unite(tail ^ 1, graph.arc_edge[turn.to as usize]);
            }
        }
        const UNNUMBERED: u32 = u32::MAX;
        let mut number = vec![UNNUMBERED; 2 * n_edges];
        let mut at = Vec::new();
        let mut ends = vec![[0; 2]; n_edges];
        for (edge, ends) in ends.iter_mut().enumerate() {
            let points = graph.edge_points(edge as u32);
            for (side, end) in ends.iter_mut().enumerate() {
                let root = groups.find((2 * edge + side) as u32) as usize;
                if number[root] == UNNUMBERED {
                    number[root] = at.len() as u32;
                    let point = if side == 0 { points.first() } else { points.last() };
                    at.push(point.map_or([0; 2], |point| [point.lon, point.lat]));
                }
                *end = number[root];
            }
        }
        Self { at, ends }
    }
}

/// Union-find with path halving.
struct DisjointSets(Vec<u32>);

impl DisjointSets {
    fn new(n: usize) -> Self {
        Self((0..n as u32).collect())
    }

    fn find(&mut self, mut item: u32) -> u32 {
        while self.0[item as usize] != item {
            let above = self.0[self.0[item as usize] as usize];
            self.0[item as usize] = above;
            item = above;
        }
        item
    }

    fn unite(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}
