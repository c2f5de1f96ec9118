//! The contracted graph that any speeds share: every turn and every shortcut that contraction could need.

use super::dissection;
use crate::graph::Graph;

/// Arcs in contraction order, and a chordal supergraph of their turns.
///
/// Vertices are ranks: rank 0 is contracted first. An edge joins a lower to a higher rank and stands for both
/// directions. The higher neighbours of a vertex are all joined to one another; the lowest of them is its parent in the
/// elimination tree, and all of them are its ancestors there.
#[derive(Debug, PartialEq)]
pub(crate) struct Hierarchy {
    /// Arc of the graph at each rank.
    pub(crate) order: Vec<u32>,
    pub(super) rank: Vec<u32>,
    /// Of each vertex its first index into `up`; one more than vertices.
    pub(crate) first_up: Vec<u32>,
    /// Higher neighbours, ascending. An index into this array names an edge.
    pub(crate) up: Vec<u32>,
    /// Of each vertex its first index into `down`; one more than vertices.
    first_down: Vec<u32>,
    /// Lower neighbours, ascending, and the edge that joins them.
    down: Vec<(u32, u32)>,
}

impl Hierarchy {
    pub(crate) fn new(graph: &Graph) -> Self {
        let order = dissection::order(graph);
        let (first_up, up) = contract(graph, &order);
        Self::assemble(order, first_up, up)
    }

    /// The hierarchy from what a file holds; `None` where the parts do not fit together or do not belong to `graph`.
    pub(crate) fn from_parts(graph: &Graph, order: Vec<u32>, first_up: Vec<u32>, up: Vec<u32>) -> Option<Self> {
        let n = graph.n_arcs();
        let mut seen = vec![false; n];
        let mut is_new = |arc: u32| seen.get_mut(arc as usize).is_some_and(|seen| !std::mem::replace(seen, true));
        let each_once = order.iter().all(|&arc| is_new(arc));
        let fits = each_once
            && order.len() == n
            && first_up.len() == n + 1
            && first_up[0] == 0
            && first_up.is_sorted()
            && first_up[n] as usize == up.len();
        let higher = |v: usize| {
            let up = &up[first_up[v] as usize..first_up[v + 1] as usize];
            up.first().is_none_or(|&lowest| lowest as usize > v)
                && up.last().is_none_or(|&highest| (highest as usize) < n)
                && up.is_sorted_by(|a, b| a < b)
        };
        if !(fits && (0..n).all(higher)) {
            return None;
        }
        let hierarchy = Self::assemble(order, first_up, up);
        let known =
            |a: u32, b: u32| a == b || hierarchy.edge_between(hierarchy.rank_of(a), hierarchy.rank_of(b)).is_some();
        let turns_fit = (0..n as u32).all(|arc| graph.turns_of(arc).iter().all(|turn| known(arc, turn.to)));
        (hierarchy.is_chordal() && turns_fit).then_some(hierarchy)
    }

    fn assemble(order: Vec<u32>, first_up: Vec<u32>, up: Vec<u32>) -> Self {
        let n = order.len();
        let mut rank = vec![0; n];
        for (r, &arc) in order.iter().enumerate() {
            rank[arc as usize] = r as u32;
        }
        let mut first_down = vec![0_u32; n + 1];
        for &higher in &up {
            first_down[higher as usize + 1] += 1;
        }
        for v in 0..n {
            first_down[v + 1] += first_down[v];
        }
        let mut place = first_down.clone();
        let mut down = vec![(0, 0); up.len()];
        for v in 0..n {
            for edge in first_up[v]..first_up[v + 1] {
                let place = &mut place[up[edge as usize] as usize];
                down[*place as usize] = (v as u32, edge);
                *place += 1;
            }
        }
        Self { order, rank, first_up, up, first_down, down }
    }

    /// Number of arcs.
    pub(crate) fn n(&self) -> usize {
        self.order.len()
    }

    /// Edges of the chordal supergraph, each standing for both directions.
    pub(crate) fn n_edges(&self) -> usize {
        self.up.len()
    }

    /// Vertices on the longest way up the elimination tree.
    pub(crate) fn height(&self) -> usize {
        let mut height = vec![1; self.n()];
        for v in (0..self.n() as u32).rev() {
            if let Some(parent) = self.parent(v) {
                height[v as usize] = height[parent as usize] + 1;
            }
        }
        height.into_iter().max().unwrap_or(0)
    }

    #[inline]
    pub(crate) fn rank_of(&self, arc: u32) -> u32 {
        self.rank[arc as usize]
    }

    /// Edges from a vertex to higher ones.
    #[inline]
    pub(super) fn edges_up(&self, v: u32) -> std::ops::Range<usize> {
        self.first_up[v as usize] as usize..self.first_up[v as usize + 1] as usize
    }

    /// Lower neighbours of a vertex, each with the edge.
    #[inline]
    pub(super) fn edges_down(&self, v: u32) -> &[(u32, u32)] {
        &self.down[self.first_down[v as usize] as usize..self.first_down[v as usize + 1] as usize]
    }

    pub(super) fn parent(&self, v: u32) -> Option<u32> {
        self.up[self.edges_up(v)].first().copied()
    }

    /// The edge between two vertices, whichever is the higher.
    pub(crate) fn edge_between(&self, a: u32, b: u32) -> Option<usize> {
        let (low, high) = (a.min(b), a.max(b));
        let edges = self.edges_up(low);
        self.up[edges.clone()].binary_search(&high).ok().map(|k| edges.start + k)
    }

    /// The vertices and all their ancestors in the elimination tree, ascending.
    pub(super) fn with_ancestors(&self, vertices: impl IntoIterator<Item = u32>, marked: &mut [bool]) -> Vec<u32> {
        let mut found = Vec::new();
        for start in vertices {
            let mut at = Some(start);
            while let Some(v) = at.filter(|&v| !std::mem::replace(&mut marked[v as usize], true)) {
                found.push(v);
                at = self.parent(v);
            }
        }
        found.sort_unstable();
        for &v in &found {
            marked[v as usize] = false;
        }
        found
    }

    /// Whether the higher neighbours of each vertex but the lowest are neighbours of that lowest one, which makes them
    /// all neighbours of one another.
    pub(crate) fn is_chordal(&self) -> bool {
        (0..self.n() as u32).all(|v| {
            let Some((&parent, rest)) = self.up[self.edges_up(v)].split_first() else {
                return true;
            };
            let mut known = self.up[self.edges_up(parent)].iter();
            rest.iter().all(|higher| known.any(|known| known == higher))
        })
    }
}

/// Contracts arc after arc: its higher neighbours become neighbours of one another. It is enough to pass them on to the
/// lowest of them.
fn contract(graph: &Graph, order: &[u32]) -> (Vec<u32>, Vec<u32>) {
    const NONE: u32 = u32::MAX;
    let n = order.len();
    let mut rank = vec![0_u32; n];
    for (r, &arc) in order.iter().enumerate() {
        rank[arc as usize] = r as u32;
    }
    let mut turns = Vec::with_capacity(graph.turns.len());
    for (arc, &from) in rank.iter().enumerate() {
        let to = graph.turns_of(arc as u32).iter().map(|turn| rank[turn.to as usize]);
        turns.extend(to.filter(|&to| to != from).map(|to| (from.min(to), from.max(to))));
    }
    turns.sort_unstable();
    turns.dedup();
    let mut turns = turns.into_iter().peekable();

    let (mut first_up, mut up) = (vec![0_u32], Vec::<u32>::new());
    // Children of each vertex in the elimination tree, as linked lists.
    let (mut first_child, mut sibling) = (vec![NONE; n], vec![NONE; n]);
    let mut neighbours: Vec<u32> = Vec::new();
    let mut met = vec![NONE; n];
    for v in 0..n as u32 {
        neighbours.clear();
        let mut meet = |higher: u32| {
            if std::mem::replace(&mut met[higher as usize], v) != v {
                neighbours.push(higher);
            }
        };
        while let Some((_, higher)) = turns.next_if(|&(lower, _)| lower == v) {
            meet(higher);
        }
        let mut child = first_child[v as usize];
        while child != NONE {
            // The child's lowest higher neighbour is `v` itself.
            let edges = first_up[child as usize] as usize + 1..first_up[child as usize + 1] as usize;
            up[edges].iter().for_each(|&higher| meet(higher));
            child = sibling[child as usize];
        }
        neighbours.sort_unstable();
        if let Some(&parent) = neighbours.first() {
            sibling[v as usize] = std::mem::replace(&mut first_child[parent as usize], v);
        }
        up.extend(&neighbours);
        first_up.push(up.len() as u32);
    }
    (first_up, up)
}
