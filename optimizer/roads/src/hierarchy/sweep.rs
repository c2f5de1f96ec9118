//! From several places to many at once: the sources' climbs side by side, then one sweep down to the targets.
//!
//! The costs from [`LANES`] sources lie beside each other, so that an edge is read once for all of them and the sweep
//! walks through memory in order.
//!
//! # Source
//! Delling, Goldberg and Werneck (2011), Faster Batched Shortest Paths in Road Networks, ATMOS (RPHAST).

use super::elimination::Hierarchy;
use super::metric::Metric;
use crate::weight::Weight;

/// Sources that are swept side by side.
pub(crate) const LANES: usize = 16;

pub(crate) type Lanes = [Weight; LANES];

const UNSELECTED: u32 = u32::MAX;

/// The part of the hierarchy that leads down to a set of targets.
#[derive(Debug)]
pub(crate) struct Selection {
    /// Of each vertex its place among those selected, the highest vertex first.
    place: Vec<u32>,
    /// Of each place its first index into `edges`; one more than places.
    first: Vec<u32>,
    /// Place of the higher vertex and cost.
    edges: Vec<(u32, Weight)>,
}

impl Selection {
    /// `targets` are arcs of the graph.
    pub(crate) fn new(hierarchy: &Hierarchy, metric: &Metric, targets: impl IntoIterator<Item = u32>) -> Self {
        let mut place = vec![UNSELECTED; hierarchy.n()];
        let mut vertices: Vec<u32> = Vec::new();
        let mut select = |v: u32, vertices: &mut Vec<u32>| {
            if std::mem::replace(&mut place[v as usize], 0) == UNSELECTED {
                vertices.push(v);
            }
        };
        for arc in targets {
            select(hierarchy.rank_of(arc), &mut vertices);
        }
        let mut k = 0;
        while let Some(&v) = vertices.get(k) {
            for &(higher, _) in metric.downward.of(v) {
                select(higher, &mut vertices);
            }
            k += 1;
        }
        vertices.sort_unstable_by(|a, b| b.cmp(a));
        let mut selection = Self { place, first: vec![0], edges: Vec::new() };
        for (k, &v) in vertices.iter().enumerate() {
            selection.place[v as usize] = k as u32;
            let edges = metric.downward.of(v).iter();
            selection.edges.extend(edges.map(|&(higher, weight)| (selection.place[higher as usize], weight)));
            selection.first.push(selection.edges.len() as u32);
        }
        selection
    }

    fn n(&self) -> usize {
        self.first.len() - 1
    }
}

/// Working memory of one thread; reused from sweep to sweep.
#[derive(Debug)]
pub(crate) struct Sweep {
    /// Costs from the sources to the selected vertices.
    reached: Vec<Lanes>,
    /// Costs from the sources to the vertices that they climb to.
    climbed: Vec<Lanes>,
    /// Of each vertex that is climbed its place in `climbed`.
    climb_place: Vec<u32>,
    marked: Vec<bool>,
}

impl Sweep {
    pub(crate) fn new(hierarchy: &Hierarchy, selection: &Selection) -> Self {
        Self {
            reached: vec![[Weight::MAX; LANES]; selection.n()],
            climbed: Vec::new(),
            climb_place: vec![0; hierarchy.n()],
            marked: vec![false; hierarchy.n()],
        }
    }

    /// Finds the costs from up to [`LANES`] sources, each given by arcs and what it costs to stand at their start.
    pub(crate) fn run(
        &mut self,
        hierarchy: &Hierarchy,
        metric: &Metric,
        selection: &Selection,
        sources: &[&[(u32, Weight)]],
    ) {
        let starts = sources.iter().copied().flatten().map(|&(arc, _)| hierarchy.rank_of(arc));
        let vertices = hierarchy.with_ancestors(starts, &mut self.marked);
        self.climbed.clear();
        self.climbed.resize(vertices.len(), [Weight::MAX; LANES]);
        for (k, &v) in vertices.iter().enumerate() {
            self.climb_place[v as usize] = k as u32;
        }
        for (lane, source) in sources.iter().enumerate() {
            for &(arc, cost) in *source {
                let place = self.climb_place[hierarchy.rank_of(arc) as usize] as usize;
                let label = &mut self.climbed[place][lane];
                *label = cost.min(*label);
            }
        }
        for (k, &v) in vertices.iter().enumerate() {
            let below = self.climbed[k];
            for &(higher, weight) in metric.upward.of(v) {
                lower(&mut self.climbed[self.climb_place[higher as usize] as usize], &below, weight);
            }
        }

        self.reached.fill([Weight::MAX; LANES]);
        for (&v, climbed) in vertices.iter().zip(&self.climbed) {
            if let Some(reached) = self.reached.get_mut(selection.place[v as usize] as usize) {
                *reached = *climbed;
            }
        }
        for (k, range) in selection.first.windows(2).enumerate() {
            let mut here = self.reached[k];
            for &(higher, weight) in &selection.edges[range[0] as usize..range[1] as usize] {
                lower(&mut here, &self.reached[higher as usize], weight);
            }
            self.reached[k] = here;
        }
    }

    /// Costs from the sources of the last sweep to the start of a selected arc.
    pub(crate) fn costs(&self, hierarchy: &Hierarchy, selection: &Selection, arc: u32) -> &Lanes {
        &self.reached[selection.place[hierarchy.rank_of(arc) as usize] as usize]
    }
}

/// Lowers each lane to the cost by way of another vertex.
#[inline(always)]
fn lower(lanes: &mut Lanes, from: &Lanes, weight: Weight) {
    for (lane, from) in lanes.iter_mut().zip(from) {
        *lane = from.plus(weight).min(*lane);
    }
}
