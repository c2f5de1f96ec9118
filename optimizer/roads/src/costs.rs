//! What it costs to travel arcs, whole and in part, with given travel times.

use crate::graph::{Graph, Turn};
use crate::snap::Snap;
use crate::weight::Weight;

/// An arc that takes as long as this, six days, counts as shut; so does [`CLOSED`](crate::CLOSED), which is longer.
pub(crate) const OPEN_BELOW_MS: u32 = 1 << 29;

/// A graph's arcs with travel times, which need not be the graph's own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ArcCosts<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) arc_ms: &'a [u32],
}

impl<'a> ArcCosts<'a> {
    #[inline]
    fn is_open(&self, arc: u32) -> bool {
        self.arc_ms[arc as usize] < OPEN_BELOW_MS
    }

    fn arc_cm(&self, arc: u32) -> u32 {
        self.graph.edge_cm[(self.graph.arc_edge[arc as usize] >> 1) as usize]
    }

    /// From the arc's start to its end; [`Weight::MAX`] where it is closed.
    #[inline]
    pub(crate) fn arc_weight(&self, arc: u32) -> Weight {
        if self.is_open(arc) { Weight::new(self.arc_ms[arc as usize], self.arc_cm(arc)) } else { Weight::MAX }
    }

    /// From the arc's start to the start of the next.
    #[inline]
    pub(crate) fn turn_weight(&self, arc: u32, turn: &Turn) -> Weight {
        self.arc_weight(arc).plus(Weight::new(turn.penalty_ms, 0)).min(Weight::MAX)
    }

    /// From the start of an open arc to a position along its edge's line.
    pub(crate) fn arc_weight_to(&self, arc: u32, along_cm: u32) -> Weight {
        let whole_cm = self.arc_cm(arc);
        let along_cm = along_cm.min(whole_cm);
        let forward = self.graph.arc_edge[arc as usize] & 1 == 0;
        let part_cm = if forward { along_cm } else { whole_cm - along_cm };
        let ms = u64::from(self.arc_ms[arc as usize]) * u64::from(part_cm) / u64::from(whole_cm.max(1));
        Weight::new(ms as u32, part_cm)
    }

    /// The plain arcs by which a vehicle may leave a place, with the cost until their end.
    pub(crate) fn departures(&self, from: &Snap) -> impl Iterator<Item = (u32, Weight)> + use<'a> {
        let (costs, along_cm) = (*self, from.along_cm);
        let served = |backward| if from.allows(backward) { costs.graph.arcs_of(from.edge, backward) } else { 0..0 };
        let [along, against] = [false, true].map(|backward| served(backward).take(1));
        let open = along.chain(against).filter(move |&arc| costs.is_open(arc));
        open.map(move |arc| (arc, costs.arc_weight(arc).minus(costs.arc_weight_to(arc, along_cm))))
    }

    /// The arcs that follow a departure, with the cost until their start.
    pub(crate) fn starts(&self, from: &Snap) -> Vec<(u32, Weight)> {
        let after = |(arc, rest): (u32, Weight)| {
            self.graph.turns_of(arc).iter().map(move |turn| (turn.to, rest.plus(Weight::new(turn.penalty_ms, 0))))
        };
        self.departures(from).flat_map(after).collect()
    }

    /// The arcs by which a vehicle may arrive at a place, whichever way it came, with the cost from their start.
    pub(crate) fn arrivals(&self, to: &Snap) -> impl Iterator<Item = (u32, Weight)> + use<'a> {
        let (costs, along_cm) = (*self, to.along_cm);
        let served = |backward| if to.allows(backward) { costs.graph.arcs_of(to.edge, backward) } else { 0..0 };
        let [along, against] = [false, true].map(served);
        let open = along.chain(against).filter(move |&arc| costs.is_open(arc));
        open.map(move |arc| (arc, costs.arc_weight_to(arc, along_cm)))
    }

    /// Cost of driving on along the same edge, where `to` lies ahead of `from`.
    pub(crate) fn ahead(&self, from: &Snap, to: &Snap) -> Option<Weight> {
        if from.edge != to.edge {
            return None;
        }
        let direct = |(arc, end): (u32, Weight)| {
            let leaves = self.departures(from).any(|(departure, _)| departure == arc);
            let start = self.arc_weight_to(arc, from.along_cm);
            (leaves && end >= start).then(|| end.minus(start))
        };
        self.arrivals(to).filter_map(direct).min()
    }
}
