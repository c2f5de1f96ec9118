//! Column generation over a list of routes that is complete: pricing is a look at each.
//!
//! Once all routes of a better plan are enumerated nothing has to be labelled any more, so cuts may have any memory. The bounds stay exact, as
//! reduced costs are whole numbers, and routes that the gap rules out leave the list.

use super::column::Column;
use super::cuts::{Cuts, SubsetCut};
use super::generation::Pricer;
use super::labelling::GivenUp;
use super::prices::{Fixed, Prices, Scale};
use super::pricing::Found;

#[derive(Clone, Debug)]
pub(crate) struct Stock {
    pub(crate) columns: Vec<Column>,
    /// By column: subset-row cuts that it pays for, and how often.
    paid: Vec<Vec<(usize, i64)>>,
    n_kinds: usize,
    n_cuts: usize,
    scale: Scale,
}

impl Stock {
    pub(crate) fn new(columns: Vec<Column>, n_kinds: usize, scale: Scale) -> Self {
        Self { paid: vec![Vec::new(); columns.len()], columns, n_kinds, n_cuts: 0, scale }
    }

    /// The next cut in the order of the master.
    pub(crate) fn add_cut(&mut self, cut: &SubsetCut) {
        for (column, paid) in self.columns.iter().zip(&mut self.paid) {
            let times = cut.coefficient(&column.visits);
            if times != 0 {
                paid.push((self.n_cuts, times));
            }
        }
        self.n_cuts += 1;
    }

    fn reduced(&self, at: usize, prices: &Prices) -> Fixed {
        let column = &self.columns[at];
        let jobs: Fixed = column.visits.iter().filter_map(|&node| prices.jobs.get(node as usize)).sum();
        let cuts: Fixed = self.paid[at].iter().map(|&(cut, times)| prices.subsets.get(cut).unwrap_or(&0) * times).sum();
        self.scale.fixed(column.cost) - jobs + cuts
    }

    /// Drops routes that are not below the bar of their kind; gives the number of those left.
    pub(crate) fn keep_below(&mut self, prices: &Prices, bars: &[Fixed]) -> usize {
        let below = (0..self.columns.len()).map(|at| self.reduced(at, prices) < bars[self.columns[at].kind]).collect();
        self.retain(below);
        self.columns.len()
    }

    /// Drops routes that are not wanted.
    pub(crate) fn keep(&mut self, wanted: impl Fn(&Column) -> bool) {
        self.retain(self.columns.iter().map(wanted).collect());
    }

    fn retain(&mut self, wanted: Vec<bool>) {
        let mut of_columns = wanted.iter();
        self.columns.retain(|_| of_columns.next() == Some(&true));
        let mut of_paid = wanted.iter();
        self.paid.retain(|_| of_paid.next() == Some(&true));
    }

    /// The `most` columns of least reduced cost.
    pub(crate) fn best(&self, prices: &Prices, most: usize) -> Vec<Column> {
        let mut ranked: Vec<(Fixed, usize)> =
            (0..self.columns.len()).map(|at| (self.reduced(at, prices), at)).collect();
        ranked.sort_unstable();
        ranked.into_iter().take(most).map(|(_, at)| self.columns[at].clone()).collect()
    }
}

/// The stock under the cuts of the master.
pub(crate) struct StockPricer<'s> {
    pub(crate) stock: &'s Stock,
    pub(crate) cuts: &'s Cuts,
    /// Columns of one kind in one round.
    pub(crate) columns_max: usize,
}

impl Pricer<Column> for StockPricer<'_> {
    fn efforts(&self) -> usize {
        1
    }

    fn price(&mut self, prices: &Prices, thresholds: &[Fixed], _effort: usize) -> Result<Vec<Found<Column>>, GivenUp> {
        let mut ranked: Vec<Vec<(Fixed, usize)>> = vec![Vec::new(); self.stock.n_kinds];
        let mut least = vec![0; self.stock.n_kinds];
        for (at, column) in self.stock.columns.iter().enumerate() {
            let reduced = self.stock.reduced(at, prices);
            least[column.kind] = reduced.min(least[column.kind]);
            if reduced < thresholds[column.kind] {
                ranked[column.kind].push((reduced, at));
            }
        }
        let found = ranked.into_iter().zip(least).map(|(mut ranked, least)| {
            ranked.sort_unstable();
            ranked.truncate(self.columns_max);
            let columns = ranked.into_iter().map(|(cost, at)| (cost, self.stock.columns[at].clone())).collect();
            Found { least, columns, n_labels: 0 }
        });
        Ok(found.collect())
    }

    fn reduced(&self, column: &Column, prices: &Prices) -> Fixed {
        column.reduced(self.stock.scale, self.cuts, prices)
    }
}
