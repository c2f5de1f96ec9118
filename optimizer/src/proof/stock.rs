//! Column generation over a list of routes that is complete: pricing is a look at each.
//!
//! Once all routes of a better plan are enumerated nothing has to be labelled any more, so cuts may have any memory. The bounds stay exact, as
//! reduced costs are whole numbers, and routes that the gap rules out leave the list.

use std::rc::Rc;

use super::column::Column;
use super::cuts::{Cuts, SubsetCut};
use super::generation::Pricer;
use super::labelling::GivenUp;
use super::prices::{Fixed, Prices, Scale};
use super::pricing::Found;

/// Clones share the routes, and each knows which are left to it.
#[derive(Clone, Debug)]
pub(crate) struct Stock {
    routes: Rc<Vec<Listed>>,
    /// Indices of the routes, ascending.
    left: Vec<u32>,
    n_kinds: usize,
    n_cuts: usize,
    scale: Scale,
}

#[derive(Clone, Debug)]
struct Listed {
    column: Column,
    /// Subset-row cuts that it pays for, and how often.
    paid: Vec<(usize, i64)>,
}

impl Stock {
    pub(crate) fn new(columns: Vec<Column>, n_kinds: usize, scale: Scale) -> Self {
        let left = (0..columns.len() as u32).collect();
        let listed = columns.into_iter().map(|column| Listed { column, paid: Vec::new() });
        Self { routes: Rc::new(listed.collect()), left, n_kinds, n_cuts: 0, scale }
    }

    pub(crate) fn len(&self) -> usize {
        self.left.len()
    }

    fn listed(&self) -> impl Iterator<Item = &Listed> {
        self.left.iter().map(|&at| &self.routes[at as usize])
    }

    pub(crate) fn into_columns(self) -> Vec<Column> {
        let is_left = |at: usize| self.left.binary_search(&(at as u32)).is_ok();
        let listed = Rc::unwrap_or_clone(self.routes).into_iter().enumerate();
        listed.filter(|(at, _)| is_left(*at)).map(|(_, listed)| listed.column).collect()
    }

    /// The next cut in the order of the master.
    pub(crate) fn add_cut(&mut self, cut: &SubsetCut) {
        for listed in Rc::make_mut(&mut self.routes) {
            let times = cut.coefficient(&listed.column.visits);
            if times != 0 {
                listed.paid.push((self.n_cuts, times));
            }
        }
        self.n_cuts += 1;
    }

    fn reduced(&self, listed: &Listed, prices: &Prices) -> Fixed {
        let Listed { column, paid } = listed;
        let jobs: Fixed = column.visits.iter().filter_map(|&node| prices.jobs.get(node as usize)).sum();
        let cuts: Fixed = paid.iter().map(|&(cut, times)| prices.subsets.get(cut).unwrap_or(&0) * times).sum();
        self.scale.fixed(column.cost) - jobs + cuts
    }

    /// Drops routes that are not below the bar of their kind; gives the number of those left.
    pub(crate) fn keep_below(&mut self, prices: &Prices, bars: &[Fixed]) -> usize {
        self.retain(self.listed().map(|listed| self.reduced(listed, prices) < bars[listed.column.kind]).collect());
        self.len()
    }

    /// Drops routes that are not wanted.
    pub(crate) fn keep(&mut self, wanted: impl Fn(&Column) -> bool) {
        self.retain(self.listed().map(|listed| wanted(&listed.column)).collect());
    }

    fn retain(&mut self, wanted: Vec<bool>) {
        let mut wanted = wanted.into_iter();
        self.left.retain(|_| wanted.next() == Some(true));
        // What no clone reads any more is not kept.
        if let Some(routes) = Rc::get_mut(&mut self.routes) {
            let (mut at, mut left) = (0, self.left.iter().peekable());
            routes.retain(|_| {
                at += 1;
                left.next_if_eq(&&(at - 1)).is_some()
            });
            self.left = (0..routes.len() as u32).collect();
        }
    }

    /// The `most` columns of least reduced cost.
    pub(crate) fn best(&self, prices: &Prices, most: usize) -> Vec<Column> {
        let mut ranked: Vec<(Fixed, usize, &Column)> =
            self.listed().enumerate().map(|(at, listed)| (self.reduced(listed, prices), at, &listed.column)).collect();
        ranked.sort_unstable_by_key(|&(reduced, at, _)| (reduced, at));
        ranked.into_iter().take(most).map(|(.., column)| column.clone()).collect()
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
        let mut ranked: Vec<Vec<(Fixed, usize, &Column)>> = vec![Vec::new(); self.stock.n_kinds];
        let mut least = vec![0; self.stock.n_kinds];
        for (at, listed) in self.stock.listed().enumerate() {
            let (column, reduced) = (&listed.column, self.stock.reduced(listed, prices));
            least[column.kind] = reduced.min(least[column.kind]);
            if reduced < thresholds[column.kind] {
                ranked[column.kind].push((reduced, at, column));
            }
        }
        let found = ranked.into_iter().zip(least).map(|(mut ranked, least)| {
            ranked.sort_unstable_by_key(|&(reduced, at, _)| (reduced, at));
            ranked.truncate(self.columns_max);
            let columns = ranked.into_iter().map(|(cost, _, column)| (cost, column.clone())).collect();
            Found { least, columns, n_labels: 0 }
        });
        Ok(found.collect())
    }

    fn reduced(&self, column: &Column, prices: &Prices) -> Fixed {
        column.reduced(self.stock.scale, self.cuts, prices)
    }
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::super::prices::{Prices, Scale};
    use super::Stock;
    use crate::proof::column::Column;
    use crate::proof::cuts::{Cuts, SubsetCut};
    use crate::proof::generation::Pricer;
    use crate::proof::stock::StockPricer;
    use crate::resources::model::Model;
    use crate::routing::cases::random;

    /// Routes of jobs `k` and `k + 1` or `k + 2`, of two kinds.
    fn columns() -> Vec<Column> {
        let pairs = (0..7).flat_map(|k| [(k, k + 1), (k, k + 2)]);
        let column = |(k, (one, other)): (usize, (u32, u32))| Column {
            kind: k % 2,
            visits: vec![one, other],
            cost: (k as i64 * 7) % 11,
            uses: Vec::new(),
            trip: None,
        };
        pairs.enumerate().map(column).collect()
    }

    /// A clone reads the routes of the other, and prices and drops the same as a list of its own.
    #[test]
    fn clones_share_their_routes_and_answer_like_lists_of_their_own() {
        let day = random(1, 9, 2, 0);
        let model = Model::new(&day);
        let scale = Scale::new(&model).unwrap();
        let cuts = Cuts::new(model.nodes.len());
        let cut = SubsetCut::of_three([0, 1, 2], (0..9).collect());
        let prices = Prices { jobs: (0..9).map(|k| scale.fixed(k % 4)).collect(), ..Prices::default() };
        let prices = Prices { subsets: vec![scale.fixed(2)], ..prices };
        let stock_of = |columns: Vec<Column>| {
            let mut stock = Stock::new(columns, 2, scale);
            stock.add_cut(&cut);
            stock
        };
        let priced = |stock: &Stock| {
            let found =
                StockPricer { stock, cuts: &cuts, columns_max: 3 }.price(&prices, &[scale.fixed(9); 2], 0).unwrap();
            found.into_iter().map(|found| (found.least, found.columns)).collect::<Vec<_>>()
        };
        let wanted = |column: &Column| column.visits[0] != 3 && column.cost != 7;
        let whole = stock_of(columns());
        let mut own = stock_of(columns().into_iter().filter(wanted).collect());
        let mut clone = whole.clone();
        clone.keep(wanted);
        assert!(Rc::ptr_eq(&clone.routes, &whole.routes));
        assert_eq!((priced(&clone), clone.best(&prices, 5)), (priced(&own), own.best(&prices, 5)));
        // Negative control: what was dropped would have told.
        assert_ne!(priced(&whole), priced(&own));
        assert_eq!(whole.clone().into_columns(), columns());
        assert_eq!(clone.clone().into_columns(), own.clone().into_columns());
        // The last one drops what it does not need.
        drop(whole);
        let bars = [scale.fixed(4), scale.fixed(6)];
        let left = own.keep_below(&prices, &bars);
        assert!(left > 0 && left < clone.len());
        assert_eq!(clone.keep_below(&prices, &bars), left);
        assert_eq!(clone.routes.len(), left);
        assert_eq!((priced(&clone), clone.into_columns()), (priced(&own), own.into_columns()));
    }
}
