//! Prices of a round of pricing, put on the arcs of a network.

use super::labelling::GivenUp;
use super::network::Network;
use super::prices::{Fixed, Prices};
use crate::resources::model::Node;

impl Network {
    /// Puts the prices on the arcs. `entered(tail, head)` is what entering the sets of cuts earns.
    ///
    /// Potentials of stations are copied from those of the kind.
    ///
    /// # Errors
    /// [`GivenUp::OutOfTime`] where `stop` came first: some arcs then bear other prices still.
    pub(crate) fn reprice(
        &mut self,
        prices: &Prices,
        entered: &dyn Fn(Option<Node>, Node) -> Fixed,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), GivenUp> {
        let own = self.potentials.iter_mut().zip(prices.stations.get(self.kind).into_iter().flatten());
        own.for_each(|(potential, &price)| *potential = price);
        let n_jobs = self.freight.marks.len();
        let vertices = &self.vertices;
        let earned = |tail: u32, head: u32| {
            let Some(node) = vertices.get(head as usize).and_then(|vertex| vertex.node) else { return 0 };
            let visit = if (node as usize) < n_jobs { prices.jobs[node as usize] } else { 0 };
            visit + entered(vertices[tail as usize].node, node)
        };
        for (at, (forward, backward)) in self.forward.iter_mut().zip(&mut self.backward).enumerate() {
            if stop() {
                return Err(GivenUp::OutOfTime);
            }
            forward.iter_mut().for_each(|arc| arc.reduced = arc.cost - earned(at as u32, arc.head));
            backward.iter_mut().for_each(|arc| arc.reduced = arc.cost - earned(arc.to, arc.head));
        }
        Ok(())
    }
}
