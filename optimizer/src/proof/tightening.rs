//! What makes a relaxation tighter once its master is solved: labels count and remember more, and cuts.

use super::column::Column;
use super::cuts::{Cuts, SUBSETS_MAX, capacity, subset_row};
use super::fleet::Priced;
use super::master::RouteMaster;
use super::prove::Proving;
use crate::lp::LpError;
use crate::resources::model::Node;

impl Proving<'_, '_> {
    /// From what makes labels no longer to what makes them differ most, which comes as well where the last step was `slow`; `false` where
    /// nothing is left to tighten.
    ///
    /// # Errors
    /// [`LpError`] where the LP fails.
    pub(super) fn tighten(
        &mut self,
        master: &mut RouteMaster,
        kinds: &mut [Priced],
        cuts: &mut Cuts,
        slow: bool,
    ) -> Result<bool, LpError> {
        if self.cut_by_capacity(master, cuts)? {
            return Ok(true);
        }
        // Cuts first: what is remembered costs the master its solution.
        let cut = slow && self.cut_by_subsets(master, cuts)?;
        Ok(self.remember(master, kinds, cuts)? || cut || (!slow && self.cut_by_subsets(master, cuts)?))
    }

    /// Lets labels carry what was left out where a route in use passes a capacity, and drops such routes; `false` where none does.
    ///
    /// # Errors
    /// [`LpError`] where the LP fails.
    pub(super) fn weigh(
        &mut self,
        master: &mut RouteMaster,
        kinds: &mut [Priced],
        cuts: &Cuts,
    ) -> Result<bool, LpError> {
        let overfull = |column: &Column| kinds[column.kind].network.freight.overfull(&column.visits);
        let over: Vec<usize> =
            master.routes().iter().filter(|(column, _)| overfull(column)).map(|(column, _)| column.kind).collect();
        if over.is_empty() {
            return Ok(false);
        }
        let (most, keep) = (master.columns.len(), |column: &Column| !over.contains(&column.kind) || !overfull(column));
        master.thin_out(self.model, &self.bounding.room, cuts, most, &|_| 0, &keep)?;
        over.into_iter().for_each(|kind| kinds[kind].network.freight.count());
        self.proof.statistics.weighed += 1;
        Ok(true)
    }

    /// Lets labels remember what keeps each route in use from its shortest circle, and drops the routes that this forbids; `false` where none goes
    /// round. All circles at once would make memories so large that pricing takes many times as long.
    fn remember(&mut self, master: &mut RouteMaster, kinds: &mut [Priced], cuts: &Cuts) -> Result<bool, LpError> {
        let n_jobs = self.model.n_jobs;
        let mut more: Vec<Vec<(usize, u32)>> = vec![Vec::new(); kinds.len()];
        for (column, _) in master.routes() {
            let circles = kinds[column.kind].network.memory.circles(&column.visits, n_jobs);
            more[column.kind].extend(circles.into_iter().min_by_key(Vec::len).into_iter().flatten());
        }
        let grown = kinds.iter_mut().zip(&more).map(|(kind, more)| kind.network.remember(more)).filter(|&grown| grown);
        if grown.count() == 0 {
            return Ok(false);
        }
        let keep = |column: &Column| kinds[column.kind].network.memory.allows(&column.visits, n_jobs);
        let most = master.columns.len();
        master.thin_out(self.model, &self.bounding.room, cuts, most, &|_| 0, &keep)?;
        self.proof.statistics.memories += 1;
        Ok(true)
    }

    /// Adds violated rounded capacity cuts; `false` where there are none.
    fn cut_by_capacity(&mut self, master: &mut RouteMaster, cuts: &mut Cuts) -> Result<bool, LpError> {
        let found = {
            let routes = master.routes();
            let routes = shares(&routes);
            capacity::separate(self.model, &routes, &cuts.capacity, 25, &|| self.out_of_time())
        };
        self.proof.statistics.capacity_cuts += found.len();
        let any = !found.is_empty();
        for cut in found {
            master.add_capacity(&cut)?;
            cuts.capacity.push(cut);
        }
        Ok(any)
    }

    /// The same with subset-row cuts.
    fn cut_by_subsets(&mut self, master: &mut RouteMaster, cuts: &mut Cuts) -> Result<bool, LpError> {
        let found = {
            let routes = master.routes();
            let routes = shares(&routes);
            subset_row::separate(self.model, &routes, &cuts.subsets, 15, &|| self.out_of_time())
        };
        if !found.is_empty() && cuts.subsets.len() + found.len() > SUBSETS_MAX {
            cuts.drop_idle(&master.answer().prices.subsets);
            // Prices are of cuts by their number.
            self.first = None;
            let most = master.columns.len();
            master.thin_out(self.model, &self.bounding.room, cuts, most, &|_| 0, &|_| true)?;
        }
        let mut any = false;
        for cut in found {
            if cuts.add_subset(cut.clone()) {
                master.add_subset(&cut)?;
                self.proof.statistics.subset_cuts += 1;
                any = true;
            }
        }
        Ok(any)
    }
}

fn shares<'c>(routes: &[(&'c Column, f64)]) -> Vec<(&'c [Node], f64)> {
    routes.iter().map(|(column, share)| (&column.visits[..], *share)).collect()
}
