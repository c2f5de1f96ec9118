//! Diving: routes of the solved master are taken for certain one after the other, and after each the master is solved again, with quick looks
//! for routes that go with those taken. It gives plans and no bounds.
//!
//! Source: Sadykov, Vanderbeck, Pessoa, Tahiri and Uchoa (2019), INFORMS Journal on Computing 31(2), 251-267 (strong diving without its
//! limited backtracking).

use super::answers;
use super::column::Column;
use super::cuts::Cuts;
use super::fleet::{FleetPricer, Priced};
use super::generation::{Duals, Pricer};
use super::labelling::Effort;
use super::master::RouteMaster;
use super::prices::Fixed;
use super::prove::Proving;
use crate::lp::LpError;

/// Routes with so much of a vehicle are taken together with the one that has most.
const CERTAIN: f64 = 0.9;
/// Looks for more routes after each choice.
const LOOKS: usize = 25;
/// Quick looks, as pricing takes them first.
const ARCS: [Option<usize>; 3] = [Some(5), Some(12), None];

impl Proving<'_, '_> {
    /// Dives from the solution of the master, for a part of the time that is left; a better plan becomes the best.
    ///
    /// # Errors
    /// [`LpError`] where the LP fails.
    pub(super) fn dive(
        &mut self,
        master: &RouteMaster,
        kinds: &mut [Priced],
        cuts: &Cuts,
        share: f64,
    ) -> Result<(), LpError> {
        if self.start.is_empty() || kinds.iter().any(|kind| kind.network.stations.is_some()) {
            return Ok(());
        }
        let limits = self.part(share);
        let stop = || limits.reached(0);
        let efforts = ARCS.map(|arcs| Effort { arcs, exact: false, labels_max: self.params.labels_max });
        let columns_max = self.params.columns_max;
        let mut pricer = FleetPricer { kinds, cuts, scale: self.scale, efforts: &efforts, columns_max, stop: &stop };
        let mut dive = Dive { proving: self, master, cuts, taken: Vec::new(), served: Vec::new() };
        let chosen = dive.run(&mut pricer, &stop)?;
        self.proof.statistics.dives += 1;
        let Some(chosen) = chosen else { return Ok(()) };
        let before = self.cost;
        self.take(answers::better_plan(self.model, &chosen, &[], &self.start, &limits));
        self.proof.statistics.dives_better += usize::from(self.cost < before);
        Ok(())
    }
}

struct Dive<'d, 'a, 'i> {
    proving: &'d Proving<'a, 'i>,
    master: &'d RouteMaster,
    cuts: &'d Cuts,
    /// For certain.
    taken: Vec<Column>,
    /// By job: on one of those.
    served: Vec<bool>,
}

impl Dive<'_, '_, '_> {
    /// The routes of the last master, those taken among them; `None` where time was up before, or no better plan can come of it.
    fn run(&mut self, pricer: &mut FleetPricer<'_>, stop: &dyn Fn() -> bool) -> Result<Option<Vec<Column>>, LpError> {
        let model = self.proving.model;
        self.served = vec![false; model.n_jobs];
        let columns = self.master.columns.iter().filter(|column| !too_full(pricer, column)).cloned().collect();
        let mut master = self.master.with(model, &self.proving.rooms.room, self.cuts, columns)?;
        loop {
            match self.solve(&mut master, pricer, stop) {
                Err(LpError::GivenUp) => return Ok(None),
                Err(error) => return Err(error),
                Ok(()) => {}
            }
            if master.relaxed.objective >= self.proving.bounded as f64 {
                return Ok(None);
            }
            let shares: Vec<(Column, f64)> =
                master.routes().into_iter().map(|(column, share)| (column.clone(), share)).collect();
            if !self.choose(&shares) || stop() {
                return Ok(Some(shares.into_iter().map(|(column, _)| column).collect()));
            }
            let fits = |column: &Column| self.taken.contains(column) || !self.meets(column);
            let kept = std::mem::take(&mut master.columns).into_iter().filter(fits).collect();
            master = self.master.with(model, &self.proving.rooms.room, self.cuts, kept)?;
        }
    }

    /// Some job of the column is served for certain.
    fn meets(&self, column: &Column) -> bool {
        column.visits.iter().any(|&node| self.served.get(node as usize) == Some(&true))
    }

    /// Takes the routes that are nearest to certain; `false` where no share is left to decide.
    fn choose(&mut self, shares: &[(Column, f64)]) -> bool {
        let n_jobs = self.proving.model.n_jobs;
        let mut open: Vec<&(Column, f64)> = shares
            .iter()
            .filter(|(column, _)| !self.meets(column) && column.jobs(n_jobs).iter().all(|&(_, times)| times == 1))
            .collect();
        open.sort_by(|a, b| b.1.total_cmp(&a.1));
        let before = self.taken.len();
        for (column, share) in open {
            let first = self.taken.len() == before;
            if (first || *share >= CERTAIN) && !self.meets(column) {
                column.jobs(n_jobs).iter().for_each(|&(job, _)| self.served[job as usize] = true);
                self.taken.push(column.clone());
            }
        }
        self.taken.len() > before
    }

    /// Solves the master, with quick looks at routes of jobs that are not served yet: the others are worth nothing to them.
    fn solve(
        &self,
        master: &mut RouteMaster,
        pricer: &mut FleetPricer<'_>,
        stop: &dyn Fn() -> bool,
    ) -> Result<(), LpError> {
        for _ in 0..LOOKS {
            let answer = master.resolve(Duals::Corner, stop)?;
            let mut prices = answer.prices;
            for (price, _) in prices.jobs.iter_mut().zip(&self.served).filter(|(_, served)| **served) {
                *price = 0;
            }
            let thresholds: Vec<Fixed> = answer.kinds.iter().map(|&kind| kind.min(0) - 1).collect();
            let found = (0..pricer.efforts()).find_map(|effort| match pricer.price(&prices, &thresholds, effort) {
                Err(_) => Some(Err(LpError::GivenUp)),
                Ok(found) => {
                    let columns: Vec<Column> =
                        found.into_iter().flat_map(|found| found.columns).map(|(_, column)| column).collect();
                    let new = columns.into_iter().filter(|column| {
                        !self.meets(column) && !too_full(pricer, column) && !master.columns.contains(column)
                    });
                    let new: Vec<Column> = new.collect();
                    (!new.is_empty()).then_some(Ok(new))
                }
            });
            let Some(found) = found else { return Ok(()) };
            found?.into_iter().try_for_each(|column| master.add_under(column, self.cuts))?;
        }
        master.resolve(Duals::Corner, stop).map(|_| ())
    }
}

/// A route that no vehicle can drive.
fn too_full(pricer: &FleetPricer<'_>, column: &Column) -> bool {
    pricer.kinds[column.kind].network.freight.passes(&column.visits)
}
