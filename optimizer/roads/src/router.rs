//! Answers about journeys of one profile: a road graph, its hierarchy and the travel times of one hour.

use std::sync::Arc;

use huilu_model::Wgs84;

use crate::conditions::Conditions;
use crate::costs::ArcCosts;
use crate::graph::Graph;
use crate::hierarchy::{Hierarchy, Metric};
use crate::profile::Profile;
use crate::snap::Snap;

/// Finds fastest paths on the roads of one profile. Cheap to clone: what it holds is shared.
#[derive(Clone, Debug)]
pub struct Router {
    pub(crate) graph: Arc<Graph>,
    pub(crate) hierarchy: Arc<Hierarchy>,
    pub(crate) metric: Arc<Metric>,
}

impl Router {
    pub fn profile(&self) -> Profile {
        self.graph.profile()
    }

    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// As [`Graph::snap`].
    pub fn snap(&self, at: Wgs84, limit_m: f64) -> Option<Snap> {
        self.graph.snap(at, limit_m)
    }

    pub(crate) fn costs(&self) -> ArcCosts<'_> {
        ArcCosts { graph: &self.graph, arc_ms: &self.metric.arc_ms }
    }

    /// The same roads at other travel times, one for each arc.
    pub(crate) fn with_arc_ms(&self, arc_ms: Vec<u32>) -> Self {
        let metric = Arc::new(Metric::new(&self.hierarchy, &self.graph, arc_ms));
        Self { graph: Arc::clone(&self.graph), hierarchy: Arc::clone(&self.hierarchy), metric }
    }

    /// The same roads under other conditions; takes some hundred milliseconds in a large city and
    /// is kept by nobody: [`RoadNetwork::router_at`](crate::RoadNetwork::router_at) remembers.
    pub fn at(&self, conditions: &Conditions<'_>) -> Self {
        self.with_arc_ms(self.graph.arc_ms_at(conditions))
    }
}

/// Size of a prepared hierarchy, for printing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HierarchySize {
    pub arcs: usize,
    pub turns: usize,
    /// Turns and shortcuts between two arcs, whatever their directions.
    pub edges: usize,
    /// Edges that fastest paths climb and descend at the present travel times.
    pub upward: usize,
    pub downward: usize,
    /// Arcs above the lowest, at most.
    pub height: usize,
}

impl Router {
    pub fn hierarchy_size(&self) -> HierarchySize {
        let (upward, downward) = self.metric.n_edges();
        HierarchySize {
            arcs: self.graph.n_arcs(),
            turns: self.graph.turns.len(),
            edges: self.hierarchy.n_edges(),
            upward,
            downward,
            height: self.hierarchy.height(),
        }
    }
}

/// Prepares a hierarchy and travels at the graph's own speeds.
impl From<Graph> for Router {
    fn from(graph: Graph) -> Self {
        let hierarchy = Hierarchy::new(&graph);
        let metric = Metric::new(&hierarchy, &graph, graph.arc_ms.clone());
        Self { graph: Arc::new(graph), hierarchy: Arc::new(hierarchy), metric: Arc::new(metric) }
    }
}
