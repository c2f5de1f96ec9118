//! What a graph carries beside its arrays, as it is stored.

use serde::{Deserialize, Serialize};

use crate::conditions::TimedClosure;
use crate::graph::Graph;
use crate::osm::Compound;
use crate::profile::ProfileSpec;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct GraphNotes {
    spec: ProfileSpec,
    timed: Vec<TimedClosure>,
    keeps_left: bool,
    compounds: Vec<Compound>,
}

impl GraphNotes {
    pub(crate) fn of(graph: &Graph) -> Self {
        Self {
            spec: graph.spec.clone(),
            timed: graph.timed.clone(),
            keeps_left: graph.keeps_left,
            compounds: graph.compounds.clone(),
        }
    }

    pub(crate) fn to_json(&self) -> Vec<u8> {
        // Plain data with text keys: nothing in it can fail to be written.
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(crate) fn from_json(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    /// `None` where the notes are about another graph.
    pub(crate) fn put_into(self, graph: Graph) -> Option<Graph> {
        let known = self.timed.iter().flat_map(|timed| &timed.arcs).all(|&arc| (arc as usize) < graph.n_arcs());
        let closed = self.compounds.iter().all(|one| one.ring.len() >= 4 && !one.entrances.is_empty());
        let fits = known && closed && self.spec.profile == graph.profile();
        fits.then_some(Graph {
            spec: self.spec,
            timed: self.timed,
            keeps_left: self.keeps_left,
            compounds: self.compounds,
            ..graph
        })
    }
}
