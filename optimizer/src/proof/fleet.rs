//! Pricing over the whole fleet: each kind of vehicle on its own network, with the same prices.

use super::column::Column;
use super::cuts::Cuts;
use super::generation::Pricer;
use super::labelling::{Effort, GivenUp};
use super::network::Network;
use super::prices::{Fixed, Prices, Scale};
use super::pricing::{Found, Half, Task};

/// One kind of vehicle as pricing keeps it between rounds.
#[derive(Debug)]
pub(crate) struct Priced {
    pub(crate) network: Network,
    half: Half,
}

impl Priced {
    pub(crate) fn new(network: Network) -> Self {
        Self { network, half: Half::default() }
    }
}

pub(crate) struct FleetPricer<'a> {
    pub(crate) kinds: &'a mut [Priced],
    pub(crate) cuts: &'a Cuts,
    pub(crate) scale: Scale,
    /// From quick to complete.
    pub(crate) efforts: &'a [Effort],
    /// Columns of one kind in one round.
    pub(crate) columns_max: usize,
    pub(crate) stop: &'a dyn Fn() -> bool,
}

impl Pricer<Column> for FleetPricer<'_> {
    fn efforts(&self) -> usize {
        self.efforts.len()
    }

    fn price(&mut self, prices: &Prices, thresholds: &[Fixed], effort: usize) -> Result<Vec<Found<Column>>, GivenUp> {
        let entered = |tail, head| self.cuts.entered(&prices.entries, tail, head);
        let mut found = Vec::with_capacity(self.kinds.len());
        for (kind, &threshold) in self.kinds.iter_mut().zip(thresholds) {
            kind.network.reprice(prices, &entered, self.stop)?;
            let task = Task {
                network: &kind.network,
                prices,
                cuts: self.cuts,
                effort: self.efforts[effort],
                threshold,
                most: self.columns_max,
                stop: self.stop,
            };
            found.push(task.price(&mut kind.half)?);
        }
        Ok(found)
    }

    fn mend(&self, prices: &mut Prices) {
        for (kind, own) in self.kinds.iter().zip(&mut prices.stations) {
            kind.network.stations.iter().for_each(|stations| stations.mend(own));
        }
    }

    fn reduced(&self, column: &Column, prices: &Prices) -> Fixed {
        column.reduced(self.scale, self.cuts, prices)
    }
}
