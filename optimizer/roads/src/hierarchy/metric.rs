//! Costs of turns and shortcuts for given travel times of the arcs.

use super::elimination::Hierarchy;
use crate::costs::ArcCosts;
use crate::graph::Graph;
use crate::weight::Weight;

/// Costs of the hierarchy's edges in both directions, and the searches' own copy of those that matter.
#[derive(Debug)]
pub(crate) struct Metric {
    /// Travel time of each arc of the graph.
    pub(crate) arc_ms: Vec<u32>,
    /// Of each edge the least cost from its lower to its higher vertex by way of vertices below both.
    pub(super) up: Vec<Weight>,
    /// Likewise from its higher to its lower vertex.
    pub(super) down: Vec<Weight>,
    /// Edges that some fastest path climbs.
    pub(super) upward: Star,
    /// Edges that some fastest path descends, by their lower vertex.
    pub(super) downward: Star,
}

impl Metric {
    pub(crate) fn new(hierarchy: &Hierarchy, graph: &Graph, arc_ms: Vec<u32>) -> Self {
        let (mut up, mut down) = turn_costs(hierarchy, &ArcCosts { graph, arc_ms: &arc_ms });
        customise(hierarchy, &mut up, &mut down);
        let (least_up, least_down) = perfect(hierarchy, &up, &down);
        let upward = Star::new(hierarchy, &up, &least_up);
        let downward = Star::new(hierarchy, &down, &least_down);
        Self { arc_ms, up, down, upward, downward }
    }

    /// Edges that fastest paths climb, and those that they descend.
    pub(crate) fn n_edges(&self) -> (usize, usize) {
        (self.upward.edges.len(), self.downward.edges.len())
    }

    /// Least cost between the two vertices of an edge by way of vertices below both.
    pub(super) fn edge_weight(&self, edge: usize, rising: bool) -> Weight {
        if rising { self.up[edge] } else { self.down[edge] }
    }
}

/// Edges of one direction by their lower vertex.
#[derive(Debug)]
pub(super) struct Star {
    first: Vec<u32>,
    /// Higher vertex and cost.
    edges: Vec<(u32, Weight)>,
}

impl Star {
    /// Keeps the edges that can be travelled and that no detour over higher vertices undercuts.
    fn new(hierarchy: &Hierarchy, weight: &[Weight], least: &[Weight]) -> Self {
        let mut star = Self { first: Vec::with_capacity(hierarchy.n() + 1), edges: Vec::new() };
        star.first.push(0);
        for v in 0..hierarchy.n() as u32 {
            let needed = hierarchy.edges_up(v).filter(|&e| weight[e] < Weight::MAX && weight[e] == least[e]);
            star.edges.extend(needed.map(|e| (hierarchy.up[e], weight[e])));
            star.first.push(star.edges.len() as u32);
        }
        star
    }

    #[inline]
    pub(super) fn of(&self, v: u32) -> &[(u32, Weight)] {
        &self.edges[self.first[v as usize] as usize..self.first[v as usize + 1] as usize]
    }
}

/// Costs of the graph's own turns; those of shortcuts are still unreached.
fn turn_costs(hierarchy: &Hierarchy, costs: &ArcCosts<'_>) -> (Vec<Weight>, Vec<Weight>) {
    let mut up = vec![Weight::MAX; hierarchy.n_edges()];
    let mut down = up.clone();
    for arc in 0..hierarchy.n() as u32 {
        let from = hierarchy.rank_of(arc);
        for turn in costs.graph.turns_of(arc) {
            let to = hierarchy.rank_of(turn.to);
            // A loop's turn into itself shortens no path to any other arc.
            if let Some(edge) = hierarchy.edge_between(from, to) {
                let weight = if from < to { &mut up[edge] } else { &mut down[edge] };
                *weight = costs.turn_weight(arc, turn).min(*weight);
            }
        }
    }
    (up, down)
}

/// Calls `relax(e, f, g)` for every triangle of a vertex x with higher neighbours z < y, where e = xz, f = xy, g = zy;
/// triangles of the same z together, the z in the given order.
fn triangles(hierarchy: &Hierarchy, middles: impl Iterator<Item = u32>, mut relax: impl FnMut(usize, usize, usize)) {
    let mut edge_to = vec![0_u32; hierarchy.n()];
    for z in middles {
        for g in hierarchy.edges_up(z) {
            edge_to[hierarchy.up[g] as usize] = g as u32;
        }
        for &(x, e) in hierarchy.edges_down(z) {
            let e = e as usize;
            for f in e + 1..hierarchy.edges_up(x).end {
                // The higher neighbours of x are neighbours of one another: there is an edge from z.
                relax(e, f, edge_to[hierarchy.up[f] as usize] as usize);
            }
        }
    }
}

/// Lowers every edge to the least cost over its lower triangles.
fn customise(hierarchy: &Hierarchy, up: &mut [Weight], down: &mut [Weight]) {
    triangles(hierarchy, 0..hierarchy.n() as u32, |e, f, g| {
        up[g] = up[g].min(down[e].plus(up[f]));
        down[g] = down[g].min(down[f].plus(up[e]));
    });
}

/// The least cost between the two vertices of every edge by any way, higher vertices included.
fn perfect(hierarchy: &Hierarchy, up: &[Weight], down: &[Weight]) -> (Vec<Weight>, Vec<Weight>) {
    let (mut up, mut down) = (up.to_vec(), down.to_vec());
    triangles(hierarchy, (0..hierarchy.n() as u32).rev(), |e, f, g| {
        let (up_e, up_f, down_e, down_f) = (up[e], up[f], down[e], down[f]);
        up[e] = up_e.min(up_f.plus(down[g]));
        up[f] = up_f.min(up_e.plus(up[g]));
        down[e] = down_e.min(up[g].plus(down_f));
        down[f] = down_f.min(down[g].plus(down_e));
    });
    (up, down)
}
