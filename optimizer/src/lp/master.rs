//! The restricted master of column generation, kept warm: columns and rows are added to the solved model and the next
//! solve starts from its basis.
//!
//! It is a linear program with rows handed in as bounds, and knows neither routes nor what a row means. Costs are
//! divided by `unit`, so that HiGHS sees numbers about a thousand; duals come back in the caller's unit. They are floats with
//! HiGHS's tolerances: whoever makes a bound of them must not trust their last digits.

use highs::{Col, Model, Row, RowProblem, Sense, SolvedModel};

use super::{LpError, Outcome, SolveOptions, Status, run, set, silence};

/// `lower <= row <= upper`; infinite ends are open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RowBounds {
    pub(crate) lower: f64,
    pub(crate) upper: f64,
}

impl RowBounds {
    pub(crate) fn at_least(lower: f64) -> Self {
        Self { lower, upper: f64::INFINITY }
    }

    pub(crate) fn equal(value: f64) -> Self {
        Self { lower: value, upper: value }
    }

    pub(crate) fn at_most(upper: f64) -> Self {
        Self { lower: f64::NEG_INFINITY, upper }
    }
}

/// The optimum of the master over the columns it has.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Relaxed {
    pub(crate) objective: f64,
    /// By column, in the order they were added.
    pub(crate) values: Vec<f64>,
    /// By row: what one unit more of its right-hand side costs.
    pub(crate) duals: Vec<f64>,
}

const DUAL_SIMPLEX: i32 = 1;
const PRIMAL_SIMPLEX: i32 = 4;
/// More than most solves of a warm master need, and over within a second or so on the largest.
const FIRST_SLICE: i32 = 500;

/// The interior point method comes to its end in some dozens, if at all.
const MIDDLE_ITERATIONS: i32 = 80;

enum State {
    Fresh(Model),
    Solved(SolvedModel),
    /// Only while a solve is under way, or after it failed.
    Gone,
}

pub(crate) struct RestrictedMaster {
    state: State,
    unit: f64,
    rows: Vec<Row>,
    columns: Vec<Col>,
    /// There is no basis, or rows have come since the last solve, so that it is no longer primal feasible.
    begins_dual: bool,
    /// Simplex iterations after which a solve first asks whether it is still waited for.
    first_slice: i32,
    middle_iterations: i32,
}

impl std::fmt::Debug for RestrictedMaster {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sizes = (self.rows.len(), self.columns.len());
        out.debug_struct("RestrictedMaster").field("rows and columns", &sizes).field("unit", &self.unit).finish()
    }
}

impl RestrictedMaster {
    /// # Errors
    /// [`LpError`] where HiGHS refuses the rows.
    pub(crate) fn new(rows: &[RowBounds], unit: f64) -> Result<Self, LpError> {
        let mut model =
            Model::try_new(RowProblem::default()).map_err(|status| LpError::Model(format!("{status:?}")))?;
        model.set_sense(Sense::Minimise);
        silence(&mut model)?;
        set(&mut model, "solver", "simplex")?;
        let mut master = Self {
            state: State::Fresh(model),
            unit,
            rows: Vec::new(),
            columns: Vec::new(),
            begins_dual: true,
            first_slice: FIRST_SLICE,
            middle_iterations: MIDDLE_ITERATIONS,
        };
        for &bounds in rows {
            master.add_row(bounds, &[])?;
        }
        Ok(master)
    }

    /// A column with values from 0 to `upper`; `entries` are rows and coefficients.
    ///
    /// # Errors
    /// [`LpError`] where HiGHS refuses it.
    pub(crate) fn add_column(&mut self, cost: f64, upper: f64, entries: &[(usize, f64)]) -> Result<usize, LpError> {
        let rows: Vec<(Row, f64)> = entries.iter().map(|&(row, factor)| (self.rows[row], factor)).collect();
        let cost = cost / self.unit;
        let column = self.model()?.try_add_column(cost, 0.0..=upper, rows);
        self.columns.push(column.map_err(|status| LpError::Model(format!("{status:?}")))?);
        Ok(self.columns.len() - 1)
    }

    /// A row over columns that are there already.
    ///
    /// # Errors
    /// [`LpError`] where HiGHS refuses it.
    pub(crate) fn add_row(&mut self, bounds: RowBounds, entries: &[(usize, f64)]) -> Result<usize, LpError> {
        let columns: Vec<(Col, f64)> = entries.iter().map(|&(at, factor)| (self.columns[at], factor)).collect();
        let row = self.model()?.try_add_row(bounds.lower..=bounds.upper, columns);
        self.rows.push(row.map_err(|status| LpError::Model(format!("{status:?}")))?);
        self.begins_dual = true;
        Ok(self.rows.len() - 1)
    }

    /// Solves to optimality from the last basis; `None` where the rows contradict each other.
    ///
    /// HiGHS cannot be interrupted, so it works in slices, and `stop` is asked between them. They are counted in simplex iterations,
    /// not in seconds, so that the answer repeats, and each is twice as long as the one before, so that it comes.
    ///
    /// # Errors
    /// [`LpError`] where HiGHS fails; [`LpError::GivenUp`] where `stop` said so: the master then stands as it did before.
    pub(crate) fn solve_unless(&mut self, stop: &dyn Fn() -> bool) -> Result<Option<Relaxed>, LpError> {
        // New columns leave the old basis primal feasible, new rows dual feasible.
        let strategy = if self.begins_dual { DUAL_SIMPLEX } else { PRIMAL_SIMPLEX };
        let model = self.model()?;
        set(model, "simplex_strategy", strategy)?;
        let mut slice = self.first_slice;
        let mut outcome = self.slice(slice)?;
        while outcome.status == Status::Stopped && slice < i32::MAX {
            if stop() {
                set(self.model()?, "presolve", "choose")?;
                return Err(LpError::GivenUp);
            }
            // A presolved model keeps no basis to go on from.
            set(self.model()?, "presolve", "off")?;
            slice = slice.saturating_mul(2);
            outcome = self.slice(slice)?;
        }
        if slice != self.first_slice {
            set(self.model()?, "presolve", "choose")?;
        }
        self.begins_dual = false;
        match outcome.status {
            Status::Infeasible => Ok(None),
            status => match self.relaxed(outcome) {
                None => Err(LpError::Solve(format!("the master ended as {status:?}"))),
                found => Ok(found),
            },
        }
    }

    /// `None` where there is no optimum.
    fn relaxed(&self, outcome: Outcome) -> Option<Relaxed> {
        let objective = outcome.objective.filter(|_| outcome.status == Status::Optimal)?;
        let duals = outcome.row_duals.iter().map(|dual| dual * self.unit).collect();
        Some(Relaxed { objective: objective * self.unit, values: outcome.columns, duals })
    }

    /// The same by the interior point method without crossover: duals and values lie in the middle of all optimal ones. `None` where it comes to no
    /// end within its iterations, or to an imprecise one.
    ///
    /// # Errors
    /// [`LpError`] where HiGHS fails.
    pub(crate) fn solve_middle(&mut self) -> Result<Option<Relaxed>, LpError> {
        let most = self.middle_iterations;
        let model = self.model()?;
        set(model, "solver", "ipx")?;
        set(model, "run_crossover", "off")?;
        set(model, "ipm_iteration_limit", most)?;
        // Duals of what presolve takes out would not lie in the middle.
        set(model, "presolve", "off")?;
        let outcome = self.run(&SolveOptions::default())?;
        let model = self.model()?;
        set(model, "solver", "simplex")?;
        set(model, "presolve", "choose")?;
        self.begins_dual = true;
        Ok(self.relaxed(outcome))
    }

    /// [`solve_unless`](Self::solve_unless), to the end.
    ///
    /// # Errors
    /// [`LpError`] where HiGHS fails.
    #[cfg(test)]
    pub(crate) fn solve(&mut self) -> Result<Option<Relaxed>, LpError> {
        self.solve_unless(&|| false)
    }

    fn slice(&mut self, simplex_iterations: i32) -> Result<Outcome, LpError> {
        self.run(&SolveOptions { simplex_iterations: Some(simplex_iterations), ..SolveOptions::default() })
    }

    fn run(&mut self, options: &SolveOptions<'_>) -> Result<Outcome, LpError> {
        self.model()?;
        let State::Fresh(model) = std::mem::replace(&mut self.state, State::Gone) else {
            return Err(LpError::Model("the master is gone".to_owned()));
        };
        let (solved, outcome) = run(model, options)?;
        self.state = State::Solved(solved);
        Ok(outcome)
    }

    fn model(&mut self) -> Result<&mut Model, LpError> {
        self.state = match std::mem::replace(&mut self.state, State::Gone) {
            State::Solved(solved) => State::Fresh(Model::from(solved)),
            other => other,
        };
        match &mut self.state {
            State::Fresh(model) => Ok(model),
            _ => Err(LpError::Model("the master is gone after a failed solve".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two jobs; alone they cost 10 and 12, together 15.
    #[test]
    fn columns_and_rows_enter_a_solved_master_and_the_duals_follow() {
        let mut master = RestrictedMaster::new(&[RowBounds::at_least(1.0), RowBounds::at_least(1.0)], 5.0).unwrap();
        master.add_column(10.0, f64::INFINITY, &[(0, 1.0)]).unwrap();
        master.add_column(12.0, f64::INFINITY, &[(1, 1.0)]).unwrap();
        let first = master.solve().unwrap().unwrap();
        assert!((first.objective - 22.0).abs() < 1e-9);
        assert!((first.duals[0] - 10.0).abs() < 1e-9 && (first.duals[1] - 12.0).abs() < 1e-9);
        let both = master.add_column(15.0, f64::INFINITY, &[(0, 1.0), (1, 1.0)]).unwrap();
        let second = master.solve().unwrap().unwrap();
        assert!((second.objective - 15.0).abs() < 1e-9);
        assert!((second.values[both] - 1.0).abs() < 1e-9);
        // At most half of the joint route: the rest is served alone.
        let row = master.add_row(RowBounds::at_most(0.5), &[(both, 1.0)]).unwrap();
        let third = master.solve().unwrap().unwrap();
        assert!((third.objective - 18.5).abs() < 1e-9);
        assert!((third.duals[row] + 7.0).abs() < 1e-9, "half a unit more saves 3.5");
    }

    /// A route of two jobs, and each alone for as much: any split of its price between them is optimal.
    #[test]
    fn the_interior_point_method_ends_in_the_middle_of_the_duals() {
        let mut master = RestrictedMaster::new(&[RowBounds::at_least(1.0), RowBounds::at_least(1.0)], 5.0).unwrap();
        for job in 0..2 {
            master.add_column(20.0, f64::INFINITY, &[(job, 1.0)]).unwrap();
        }
        master.add_column(20.0, f64::INFINITY, &[(0, 1.0), (1, 1.0)]).unwrap();
        let corner = master.solve().unwrap().unwrap();
        let middle = master.solve_middle().unwrap().unwrap();
        for solved in [&corner, &middle] {
            assert!((solved.objective - 20.0).abs() < 1e-4 && (solved.duals.iter().sum::<f64>() - 20.0).abs() < 1e-4);
        }
        assert!(corner.duals.iter().all(|dual| !(2.0..18.0).contains(dual)), "{corner:?}");
        assert!(middle.duals.iter().all(|dual| (5.0..15.0).contains(dual)), "{middle:?}");
        // The simplex method goes on after it, also with what has come since.
        master.add_column(1.0, f64::INFINITY, &[(1, 1.0)]).unwrap();
        let after = master.solve().unwrap().unwrap();
        assert!((after.objective - 20.0).abs() < 1e-9, "{after:?}");
        assert!((-1e-9..=1.0 + 1e-9).contains(&after.duals[1]), "{after:?}");
        master.add_row(RowBounds::at_least(2.0), &[(3, 1.0)]).unwrap();
        assert!((master.solve_middle().unwrap().unwrap().objective - 22.0).abs() < 1e-4);
        // Cut short it has no answer, and the simplex method still has.
        master.middle_iterations = 1;
        master.add_column(2.0, f64::INFINITY, &[(0, 1.0)]).unwrap();
        assert_eq!(master.solve_middle().unwrap(), None);
        assert!((master.solve().unwrap().unwrap().objective - 4.0).abs() < 1e-9);
    }

    #[test]
    fn rows_that_no_column_can_keep_are_an_answer() {
        let mut master = RestrictedMaster::new(&[RowBounds::at_least(1.0)], 1.0).unwrap();
        master.add_column(1.0, 0.5, &[(0, 1.0)]).unwrap();
        assert_eq!(master.solve().unwrap(), None);
        master.add_column(7.0, 1.0, &[(0, 1.0)]).unwrap();
        assert!((master.solve().unwrap().unwrap().objective - 4.0).abs() < 1e-9);
    }

    /// Routes of a few of 60 jobs each, in no order; alone each job costs more.
    fn tangled() -> RestrictedMaster {
        let mut state = 1_u64;
        let mut next = move |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut master = RestrictedMaster::new(&[RowBounds::at_least(1.0); 60], 10.0).unwrap();
        for job in 0..60 {
            master.add_column(90.0, f64::INFINITY, &[(job, 1.0)]).unwrap();
        }
        for _ in 0..600 {
            let mut jobs: Vec<usize> = (0..5).map(|_| next(60) as usize).collect();
            jobs.sort_unstable();
            jobs.dedup();
            let entries: Vec<(usize, f64)> = jobs.into_iter().map(|job| (job, 1.0)).collect();
            master.add_column(60.0 + next(90) as f64, f64::INFINITY, &entries).unwrap();
        }
        master
    }

    #[test]
    fn a_solve_in_slices_has_the_same_optimum_and_ends_between_them_when_nobody_waits() {
        let whole = tangled().solve_unless(&|| panic!("one slice is enough")).unwrap().unwrap();
        let mut sliced = tangled();
        sliced.first_slice = 2;
        let asked = std::cell::Cell::new(0);
        let count_to = |most: u32| {
            let asked = &asked;
            move || {
                asked.set(asked.get() + 1);
                asked.get() > most
            }
        };
        assert_eq!(sliced.solve_unless(&count_to(2)), Err(LpError::GivenUp));
        assert_eq!(asked.get(), 3);
        // What was given up goes on later, also with more columns and rows.
        let answer = sliced.solve().unwrap().unwrap();
        assert!((answer.objective - whole.objective).abs() < 1e-6, "{} and {}", answer.objective, whole.objective);
        let mut whole = tangled();
        whole.solve().unwrap();
        for master in [&mut whole, &mut sliced] {
            let route = master.add_column(10.0, f64::INFINITY, &[(0, 1.0), (1, 1.0), (2, 1.0)]).unwrap();
            master.add_row(RowBounds::at_most(0.5), &[(route, 1.0)]).unwrap();
        }
        let (whole, sliced) = (whole.solve().unwrap().unwrap(), sliced.solve().unwrap().unwrap());
        assert!((whole.objective - sliced.objective).abs() < 1e-6, "{} and {}", whole.objective, sliced.objective);
    }
}
