//! What makes a relaxation tighter once its master is solved: labels count and remember more, and cuts.

use super::column::Column;
use super::cuts::{Cuts, SUBSETS_MAX, capacity, subset_row};
use super::fleet::Priced;
use super::master::RouteMaster;
use super::prove::Proving;
use crate::lp::LpError;

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
        // What is remembered, and room for cuts, cost the master its solution.
        let lessons = lessons(master, kinds, self.model.n_jobs);
        let cut = slow && self.cut_by_subsets(master, cuts)?;
        Ok(self.remember(&lessons, master, kinds, cuts)? || cut || (!slow && self.cut_by_subsets(master, cuts)?))
    }

    /// Counts loads where a route in use passes a capacity that was left out, `repeats` of a job counted or not; `false` where none does.
    ///
    /// # Errors
    /// [`LpError`] where the LP fails.
    pub(super) fn weigh(
        &mut self,
        master: &mut RouteMaster,
        kinds: &mut [Priced],
        cuts: &Cuts,
        repeats: bool,
    ) -> Result<bool, LpError> {
        let passes = |column: &Column| {
            let freight = &kinds[column.kind].network.freight;
            freight.passes(&column.visits) && (repeats || freight.passes_once(&column.visits))
        };
        Ok(master.routes().iter().any(|(column, _)| passes(column)) && self.count_loads(master, kinds, cuts)?)
    }

    /// Lets labels carry whatever loads were left out, and drops the routes that this forbids; `false` where nothing was.
    ///
    /// # Errors
    /// [`LpError`] where the LP fails.
    pub(super) fn count_loads(
        &mut self,
        master: &mut RouteMaster,
        kinds: &mut [Priced],
        cuts: &Cuts,
    ) -> Result<bool, LpError> {
        if !kinds.iter().any(|kind| kind.network.freight.is_left_out()) {
            return Ok(false);
        }
        let passes = |column: &Column| kinds[column.kind].network.freight.passes(&column.visits);
        master.keep(self.model, &self.bounding.room, cuts, &|column| !passes(column))?;
        kinds.iter_mut().for_each(|kind| kind.network.freight.count());
        self.counts = true;
        // Routes that were too many may be few now.
        (self.sifted, self.too_many) = (f64::INFINITY, f64::INFINITY);
        self.proof.statistics.weighed += 1;
        Ok(true)
    }

    /// Lets labels learn these lessons, and drops the routes that this forbids; `false` where there is nothing to learn.
    fn remember(
        &mut self,
        lessons: &[Vec<(usize, u32)>],
        master: &mut RouteMaster,
        kinds: &mut [Priced],
        cuts: &Cuts,
    ) -> Result<bool, LpError> {
        if !kinds.iter_mut().zip(lessons).fold(false, |any, (kind, own)| any | kind.network.remember(own)) {
            return Ok(false);
        }
        let allows = |column: &Column| kinds[column.kind].network.memory.allows(&column.visits, self.model.n_jobs);
        master.keep(self.model, &self.bounding.room, cuts, &allows)?;
        self.proof.statistics.memories += 1;
        Ok(true)
    }

    /// Adds violated rounded capacity cuts; `false` where there are none.
    fn cut_by_capacity(&mut self, master: &mut RouteMaster, cuts: &mut Cuts) -> Result<bool, LpError> {
        let stop = || self.out_of_time();
        let found = capacity::separate(self.model, &master.shares(), &cuts.capacity, 25, &stop);
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
        let stop = || self.out_of_time();
        let found = subset_row::separate(self.model, &master.shares(), &cuts.subsets, 15, &stop);
        let full = !found.is_empty() && cuts.subsets.len() + found.len() > SUBSETS_MAX;
        if full && cuts.drop_idle(&master.answer().prices.subsets) {
            // Prices are of cuts by their number.
            self.first = None;
            master.keep(self.model, &self.bounding.room, cuts, &|_| true)?;
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

/// By kind: what labels have to learn so that no route in use goes round its cheapest circle. All circles at once would make memories so
/// large that pricing takes many times as long.
fn lessons(master: &RouteMaster, kinds: &[Priced], n_jobs: usize) -> Vec<Vec<(usize, u32)>> {
    let mut lessons: Vec<Vec<(usize, u32)>> = vec![Vec::new(); kinds.len()];
    for (column, _) in master.routes() {
        lessons[column.kind].extend(kinds[column.kind].network.memory.lesson(&column.visits, n_jobs));
    }
    lessons
}
