//! What lies within a limit of a place: other places, and the roads themselves.

use huilu_model::Wgs84;

use crate::router::Router;
use crate::search::{ReachLimit, Search};
use crate::snap::Snap;
use crate::weight::Weight;

/// A stretch of road in the direction of travel, all of it within the limit.
#[derive(Clone, Debug, PartialEq)]
pub struct ReachedStretch {
    /// Edge of the graph.
    pub edge: u32,
    /// Where it begins and ends, from the start of the edge's line; falling where the vehicle drives against it.
    pub along_cm: [u32; 2],
    /// Its line, beginning where the vehicle comes from.
    pub line: Vec<Wgs84>,
    /// Until its beginning and until its end.
    pub seconds: [u32; 2],
    /// Of the fastest path until its beginning and until its end.
    pub metres: [u32; 2],
}

impl Router {
    /// Seconds and metres of the fastest paths from a place to each target within the limit; `None` for the others.
    pub fn within(&self, from: &Snap, limit: ReachLimit, targets: &[Option<Snap>]) -> Vec<Option<(u32, u32)>> {
        let search = Search::within(self.costs(), from, limit);
        let reached = |to: &Snap| {
            let cost = search.cost(to);
            (cost < Weight::MAX && !limit.exceeded_by(cost)).then(|| (cost.seconds(), cost.metres()))
        };
        targets.iter().map(|target| target.as_ref().and_then(reached)).collect()
    }

    /// All stretches of road that can be reached within the limit, each direction of a road for itself.
    pub fn reach(&self, from: &Snap, limit: ReachLimit) -> Vec<ReachedStretch> {
        let (graph, costs) = (self.graph(), self.costs());
        let search = Search::within(costs, from, limit);
        let departing = costs.departures(from).map(|(arc, rest)| (arc, from.along_cm, Weight::ZERO, rest));
        let entered = (0..graph.n_arcs() as u32)
            .map(|arc| (arc, graph.arc_end_cm(arc, true), search.label(arc), costs.arc_weight(arc)))
            .filter(|&(_, _, label, weight)| label < Weight::MAX && weight < Weight::MAX && !limit.exceeded_by(label));
        departing
            .chain(entered)
            .map(|(arc, start_cm, label, rest)| self.stretch(limit, arc, start_cm, label, rest))
            .collect()
    }

    /// As much of what is `rest` of an arc from `start_cm` on as lies within the limit.
    fn stretch(&self, limit: ReachLimit, arc: u32, start_cm: u32, label: Weight, rest: Weight) -> ReachedStretch {
        let graph = self.graph();
        let (left, whole) = match limit {
            ReachLimit::Seconds(limit) => (limit.saturating_mul(1_000) - label.ms(), rest.ms()),
            ReachLimit::Metres(limit) => (limit.saturating_mul(100) - label.cm(), rest.cm()),
        };
        let share = |of: u32| (u64::from(of) * u64::from(left.min(whole)) / u64::from(whole.max(1))) as u32;
        let part = if left >= whole { rest } else { Weight::new(share(rest.ms()), share(rest.cm())) };
        let end = label.plus(part);
        let end_cm =
            if graph.arc_end_cm(arc, true) == 0 { start_cm + part.cm() } else { start_cm.saturating_sub(part.cm()) };
        let edge = graph.arc_edge[arc as usize] >> 1;
        ReachedStretch {
            edge,
            along_cm: [start_cm, end_cm],
            line: graph.line_between(edge, start_cm, end_cm),
            seconds: [label.seconds(), end.seconds()],
            metres: [label.metres(), end.metres()],
        }
    }
}
