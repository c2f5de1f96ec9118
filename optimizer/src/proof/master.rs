//! The restricted master of routes: which row means what.
//!
//! ```text
//! min   sum_r c_r x_r + sum_j a_j y_j
//! s.t.  sum_r visits_{j,r} x_r + y_j   >= 1         for each job j
//!       sum_{r of kind k} x_r          <= n_k       for each kind k
//!       sum_r q_{l,r} x_r              <= room_l    for each limited outlet and stream, in grams and in litres
//!       sum of trips and moves to s - from s = 0    for each station, where routes are made of trips
//!       sum_r entries_{c,r} x_r + z_c  >= r_c       rounded capacity cuts
//!       sum_r floor(visits / 2) x_r    <= 1         subset-row cuts
//! ```
//!
//! `z_c` costs as much as the dearest absence. `a_j` is the penalty of an optional job (then `y_j <= 1`), or for a mandatory one a price above any detour, so that the master can
//! always be solved. What is covered twice only makes the master cheaper, never a bound wrong.

use super::column::Column;
use super::cuts::{CapacityCut, Cuts, SubsetCut};
use super::generation::{Duals, Master, MasterAnswer};
use super::prices::{Fixed, Prices, Scale};
use super::stations::Stations;
use crate::lp::LpError;
use crate::lp::master::{Relaxed, RestrictedMaster, RowBounds};
use crate::resources::model::{Model, Node};

/// The interior point method cannot be interrupted, nor does it go on from the last solve: over 1,250 columns of 200 rows it takes
/// 0.05 s, so over more than this it would keep a stop waiting.
const MIDDLE_COLUMNS_MAX: usize = 10_000;
/// Amounts enter the LP in thousands of grams or hundreds of litres, near the size of its other numbers.
const AMOUNT: f64 = 1e3;

#[derive(Debug)]
enum Meaning {
    Capacity,
    Subset,
}

#[derive(Debug)]
pub(crate) struct RouteMaster {
    lp: RestrictedMaster,
    scale: Scale,
    n_jobs: usize,
    n_kinds: usize,
    n_limits: usize,
    /// By kind, where routes are made of trips.
    stations: Vec<Option<Stations>>,
    /// By kind: row of its station 0, which is always kept.
    station_rows: Vec<usize>,
    /// First row of a cut.
    first_cut: usize,
    /// Price above which no job's visit is worth more.
    absence: Vec<i64>,
    pub(crate) columns: Vec<Column>,
    /// By column: its index in the LP.
    at: Vec<usize>,
    cuts: Vec<Meaning>,
    pub(crate) relaxed: Relaxed,
    /// The interior point method has come to no end: it is not asked again.
    middle_fails: bool,
}

impl RouteMaster {
    /// `room` is by limit.
    ///
    /// # Errors
    /// [`LpError`] where the LP fails.
    pub(crate) fn new(
        model: &Model<'_>,
        scale: Scale,
        room: &[i64],
        stations: &[Option<Stations>],
    ) -> Result<Self, LpError> {
        let mut rows = vec![RowBounds::at_least(1.0); model.n_jobs];
        rows.extend(model.kinds.iter().map(|kind| RowBounds::at_most(kind.members.len() as f64)));
        rows.extend(room.iter().map(|&room| RowBounds::at_most(room as f64 / AMOUNT)));
        let mut station_rows = Vec::new();
        for own in stations {
            station_rows.push(rows.len());
            let n = own.as_ref().map_or(0, Stations::count);
            rows.extend(
                (0..n).map(|at| if at == 0 { RowBounds::at_least(f64::NEG_INFINITY) } else { RowBounds::equal(0.0) }),
            );
        }
        let first_cut = rows.len();
        let dearest = dearest(&model.absence);
        let mut lp = RestrictedMaster::new(&rows, (dearest / 1e4).max(1e-3))?;
        for (job, &price) in model.absence.iter().enumerate() {
            let upper = if model.instance.jobs[job].penalty.is_some() { 1.0 } else { f64::INFINITY };
            lp.add_column(price as f64, upper, &[(job, 1.0)])?;
        }
        for (kind, (own, &first)) in stations.iter().zip(&station_rows).enumerate() {
            let Some(own) = own else { continue };
            for (from, to) in own.waits() {
                lp.add_column(0.0, f64::INFINITY, &[(first + from, -1.0), (first + to, 1.0)])?;
            }
            for (from, to, cost) in own.known_moves() {
                let leaves = if from == 0 { (model.n_jobs + kind, 1.0) } else { (first + from, -1.0) };
                lp.add_column(scale.float(cost), f64::INFINITY, &[leaves, (first + to, 1.0)])?;
            }
            for (from, cost) in own.homes() {
                lp.add_column(scale.float(cost), f64::INFINITY, &[(first + from, -1.0)])?;
            }
        }
        Ok(Self {
            stations: stations.to_vec(),
            station_rows,
            first_cut,
            lp,
            scale,
            n_jobs: model.n_jobs,
            n_kinds: model.kinds.len(),
            n_limits: room.len(),
            absence: model.absence.clone(),
            columns: Vec::new(),
            at: Vec::new(),
            cuts: Vec::new(),
            relaxed: Relaxed::default(),
            middle_fails: false,
        })
    }

    /// Puts the cut into the master; its coefficients are those of the columns at hand.
    ///
    /// # Errors
    /// [`LpError`] where the LP fails.
    pub(crate) fn add_capacity(&mut self, cut: &CapacityCut) -> Result<(), LpError> {
        let entries = self.coefficients(&|column| cut.coefficient(&column.visits));
        let row = self.lp.add_row(RowBounds::at_least(cut.entries as f64), &entries)?;
        // Where no column at hand enters the set the master can be solved all the same.
        self.lp.add_column(dearest(&self.absence), f64::INFINITY, &[(row, 1.0)])?;
        self.cuts.push(Meaning::Capacity);
        Ok(())
    }

    /// # Errors
    /// [`LpError`] where the LP fails.
    pub(crate) fn add_subset(&mut self, cut: &SubsetCut) -> Result<(), LpError> {
        let entries = self.coefficients(&|column| cut.coefficient(&column.visits));
        self.lp.add_row(RowBounds::at_most(1.0), &entries)?;
        self.cuts.push(Meaning::Subset);
        Ok(())
    }

    fn n_rows(&self) -> usize {
        self.first_cut + self.cuts.len()
    }

    fn coefficients(&self, of: &dyn Fn(&Column) -> i64) -> Vec<(usize, f64)> {
        let all = self.columns.iter().zip(&self.at).map(|(column, &at)| (at, of(column) as f64));
        all.filter(|&(_, factor)| factor != 0.0).collect()
    }

    /// Routes in use, each with its share.
    pub(crate) fn routes(&self) -> Vec<(&Column, f64)> {
        let used = self
            .columns
            .iter()
            .zip(&self.at)
            .map(|(column, &at)| (column, self.relaxed.values.get(at).copied().unwrap_or(0.0)));
        used.filter(|&(_, value)| value > 1e-6).collect()
    }

    /// The same with their visits alone.
    pub(crate) fn shares(&self) -> Vec<(&[Node], f64)> {
        self.routes().into_iter().map(|(column, share)| (&column.visits[..], share)).collect()
    }

    /// As of the last solve, by the simplex method unless it says otherwise.
    pub(crate) fn answer(&self) -> MasterAnswer {
        let duals = &self.relaxed.duals;
        let dual = |row: usize| duals.get(row).copied().unwrap_or(0.0);
        let jobs =
            (0..self.n_jobs).map(|job| self.scale.round(dual(job)).clamp(0, self.scale.fixed(self.absence[job])));
        let kinds = (self.n_jobs..self.n_jobs + self.n_kinds).map(|row| self.scale.round(dual(row)).min(0));
        let mut kinds: Vec<Fixed> = kinds.collect();
        let stations = self.potentials(&mut kinds, &dual);
        let first = self.n_jobs + self.n_kinds;
        let limits = (first..first + self.n_limits).map(|row| self.scale.round(-dual(row) / AMOUNT).max(0));
        let (mut entries, mut subsets) = (Vec::new(), Vec::new());
        for (k, meaning) in self.cuts.iter().enumerate() {
            let dual = dual(self.first_cut + k);
            match meaning {
                Meaning::Capacity => entries.push(self.scale.round(dual).max(0)),
                Meaning::Subset => subsets.push(self.scale.round(-dual).max(0)),
            }
        }
        let prices = Prices { jobs: jobs.collect(), limits: limits.collect(), entries, subsets, stations };
        MasterAnswer { objective: self.relaxed.objective, prices, kinds, duals: Duals::Corner }
    }

    /// Subset-row cuts that the last solve has given a price.
    pub(crate) fn priced_subsets(&self, cuts: &Cuts) -> Vec<SubsetCut> {
        let priced = cuts.subsets.iter().zip(self.answer().prices.subsets).filter(|(_, price)| *price > 0);
        priced.map(|(cut, _)| cut.clone()).collect()
    }

    /// Of all stations; the price of a kind becomes that of its start.
    fn potentials(&self, kinds: &mut [Fixed], dual: &dyn Fn(usize) -> f64) -> Vec<Vec<Fixed>> {
        let own = |kind: usize, price: &mut Fixed| {
            let n = self.stations[kind].as_ref().map_or(0, Stations::count);
            let mut own: Vec<Fixed> = (0..n).map(|at| self.scale.round(dual(self.station_rows[kind] + at))).collect();
            if let Some(start) = own.first_mut() {
                *start = -std::mem::take(price);
            }
            own
        };
        kinds.iter_mut().enumerate().map(|(kind, price)| own(kind, price)).collect()
    }

    /// The column with its rows, under the cuts known to the master.
    ///
    /// # Errors
    /// [`LpError`] where the LP fails.
    pub(crate) fn add_under(&mut self, column: Column, cuts: &Cuts) -> Result<(), LpError> {
        let mut entries: Vec<(usize, f64)> =
            column.jobs(self.n_jobs).iter().map(|&(job, times)| (job as usize, f64::from(times))).collect();
        match column.trip {
            None | Some((0, _)) => entries.push((self.n_jobs + column.kind, 1.0)),
            Some((from, _)) => entries.push((self.station_rows[column.kind] + from, -1.0)),
        }
        if let Some((from, Some(to))) = column.trip {
            // A trip that comes back to where it was moves nothing.
            match from == to {
                true => entries.retain(|&(row, _)| row != self.station_rows[column.kind] + from),
                false => entries.push((self.station_rows[column.kind] + to, 1.0)),
            }
        }
        let first = self.n_jobs + self.n_kinds;
        entries.extend(column.uses.iter().map(|&(limit, amount)| (first + limit, amount as f64 / AMOUNT)));
        let (mut capacity, mut subsets) = (cuts.capacity.iter(), cuts.subsets.iter());
        for (k, meaning) in self.cuts.iter().enumerate() {
            let coefficient = match meaning {
                Meaning::Capacity => capacity.next().map(|cut| cut.coefficient(&column.visits)),
                Meaning::Subset => subsets.next().map(|cut| cut.coefficient(&column.visits)),
            };
            entries.extend(coefficient.filter(|&c| c != 0).map(|c| (self.first_cut + k, c as f64)));
        }
        self.at.push(self.lp.add_column(column.cost as f64, f64::INFINITY, &entries)?);
        self.columns.push(column);
        Ok(())
    }

    /// Drops all but the `most` columns of least reduced cost. The basis is lost.
    ///
    /// # Errors
    /// [`LpError`] where the LP fails.
    pub(crate) fn thin_out(
        &mut self,
        model: &Model<'_>,
        room: &[i64],
        cuts: &Cuts,
        most: usize,
        reduced: &dyn Fn(&Column) -> Fixed,
    ) -> Result<(), LpError> {
        let mut ranked: Vec<(Fixed, Column)> =
            std::mem::take(&mut self.columns).into_iter().map(|column| (reduced(&column), column)).collect();
        ranked.sort_by_key(|(cost, _)| *cost);
        ranked.truncate(most);
        *self = self.with(model, room, cuts, ranked.into_iter().map(|(_, column)| column).collect())?;
        Ok(())
    }

    /// Drops the columns that `keep` refuses. The basis is lost.
    ///
    /// # Errors
    /// [`LpError`] where the LP fails.
    pub(crate) fn keep(
        &mut self,
        model: &Model<'_>,
        room: &[i64],
        cuts: &Cuts,
        keep: &dyn Fn(&Column) -> bool,
    ) -> Result<(), LpError> {
        let kept = std::mem::take(&mut self.columns).into_iter().filter(|column| keep(column)).collect();
        *self = self.with(model, room, cuts, kept)?;
        Ok(())
    }

    /// The same master of other columns, not solved yet.
    ///
    /// # Errors
    /// [`LpError`] where the LP fails.
    pub(crate) fn with(
        &self,
        model: &Model<'_>,
        room: &[i64],
        cuts: &Cuts,
        columns: Vec<Column>,
    ) -> Result<Self, LpError> {
        let mut fresh = Self::new(model, self.scale, room, &self.stations)?;
        cuts.capacity.iter().try_for_each(|cut| fresh.add_capacity(cut))?;
        cuts.subsets.iter().try_for_each(|cut| fresh.add_subset(cut))?;
        columns.into_iter().try_for_each(|column| fresh.add_under(column, cuts))?;
        fresh.middle_fails = self.middle_fails;
        Ok(fresh)
    }

    /// `stop` ends it early, with [`LpError::GivenUp`]. The answer may be a corner although the middle was asked for.
    pub(crate) fn resolve(&mut self, duals: Duals, stop: &dyn Fn() -> bool) -> Result<MasterAnswer, LpError> {
        if duals == Duals::Middle && !self.middle_fails && self.columns.len() <= MIDDLE_COLUMNS_MAX {
            if let Some(middle) = self.lp.solve_middle()? {
                self.relaxed = middle;
                return Ok(MasterAnswer { duals, ..self.answer() });
            }
            self.middle_fails = true;
            if stop() {
                return Err(LpError::GivenUp);
            }
        }
        let relaxed = self.lp.solve_unless(stop)?;
        self.relaxed = relaxed.ok_or_else(|| LpError::Solve("the master has no solution".to_owned()))?;
        Ok(self.answer())
    }
}

fn dearest(absence: &[i64]) -> f64 {
    absence.iter().copied().max().unwrap_or(1) as f64
}

/// The master together with what new columns have to know.
pub(crate) struct UnderCuts<'m, 'i> {
    pub(crate) master: &'m mut RouteMaster,
    pub(crate) cuts: &'m Cuts,
    pub(crate) model: &'m Model<'i>,
    pub(crate) room: &'m [i64],
    pub(crate) columns_per_row: usize,
}

impl Master<Column> for UnderCuts<'_, '_> {
    fn solve(&mut self, duals: Duals, stop: &dyn Fn() -> bool) -> Result<MasterAnswer, LpError> {
        let answer = self.master.resolve(duals, stop)?;
        let most = self.columns_per_row * self.master.n_rows();
        if self.master.columns.len() <= most {
            return Ok(answer);
        }
        let (scale, cuts) = (self.master.scale, self.cuts);
        let reduced = |column: &Column| column.reduced(scale, cuts, &answer.prices) - answer.kinds[column.kind];
        self.master.thin_out(self.model, self.room, cuts, most / 2, &reduced)?;
        self.master.resolve(duals, stop)
    }

    fn add(&mut self, column: Column) -> Result<bool, LpError> {
        let same = |known: &Column| {
            (known.kind, known.cost) == (column.kind, column.cost)
                && known.visits == column.visits
                && known.uses == column.uses
                && known.trip == column.trip
        };
        if self.master.columns.iter().any(same) {
            return Ok(false);
        }
        self.master.add_under(column, self.cuts)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::cases::random;

    #[test]
    fn a_set_that_no_column_enters_leaves_the_master_soluble() {
        let day = random(3, 4, 2, 0);
        let model = Model::new(&day);
        let scale = Scale::new(&model).unwrap();
        let mut master = RouteMaster::new(&model, scale, &[], &vec![None; model.kinds.len()]).unwrap();
        let absent = master.resolve(Duals::Corner, &|| false).unwrap().objective;
        master.add_capacity(&CapacityCut::new(vec![true; 4], 2)).unwrap();
        let answer = master.resolve(Duals::Corner, &|| false).unwrap();
        let dearest = dearest(&model.absence);
        assert!((answer.objective - absent - 2.0 * dearest).abs() < 1e-3 * dearest, "{answer:?}");
        assert_eq!(answer.prices.entries, [scale.fixed(dearest as i64)]);
    }
}
