//! Set partitioning over a pool of routes: which routes together serve the jobs at the least cost.
//!
//! min sum c_r x_r + sum a_j y_j, with a row for each job (sum of its routes + y_j >= 1, y_j at the price of leaving
//! it out), for each kind of vehicle (at most so many routes) and for each limited outlet and stream. The rows of jobs
//! are covering rows: a job in two chosen routes is later taken out of one of them, which never costs more.
//!
//! The optimum over a pool says nothing about routes outside of it: it is no lower bound of the problem. The
//! duals of the linear relaxation are prices of the pool's rows, in cost units.

use good_lp::{Expression, Variable, constraint, variable, variables};
use good_lp::{SolverModel, solvers::highs::highs};

use super::{LpError, SolveOptions, Status, run, solve, take_model};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Column {
    pub(crate) cost: f64,
    pub(crate) kind: usize,
    pub(crate) jobs: Vec<u32>,
    /// Index of a limit, and how much of it the route uses.
    pub(crate) uses: Vec<(usize, f64)>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PartitionProblem {
    /// By job: the price of leaving it out.
    pub(crate) absence: Vec<f64>,
    /// By kind: number of vehicles.
    pub(crate) fleet: Vec<usize>,
    /// Room of limited outlets, by stream and unit.
    pub(crate) limits: Vec<f64>,
    pub(crate) columns: Vec<Column>,
    /// Columns of a known solution; the search starts from it.
    pub(crate) incumbent: Vec<usize>,
    /// Where all is settled: only choices that cost less are asked for, and all cost whole units.
    pub(crate) below: Option<i64>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Partition {
    /// Columns chosen; absent where nothing better than the incumbent was found in time.
    pub(crate) chosen: Option<Vec<usize>>,
    /// By job: dual price of the linear relaxation, in cost units, never negative.
    pub(crate) job_duals: Vec<f64>,
}

/// Most columns handed to branch and bound, those of least reduced cost.
const MIP_COLUMNS: usize = 2_500;

/// Solves the linear relaxation, drops the columns that cannot be in a better solution, then branches.
///
/// # Errors
/// [`LpError`] where HiGHS fails; `Ok(None)` where the relaxation was not finished in time.
pub(crate) fn partition(
    problem: &PartitionProblem,
    nodes: u64,
    seconds: Option<f64>,
) -> Result<Option<Partition>, LpError> {
    let unit = scale(problem);
    let everything: Vec<usize> = (0..problem.columns.len()).collect();
    let relaxed = SolveOptions { seconds, ..SolveOptions::default() };
    let (_, lp) =
        run(take_model(build(problem, &everything, unit, Form { integer: false, covering: true }).0)?, &relaxed)?;
    let (Status::Optimal, Some(bound)) = (lp.status, lp.objective) else { return Ok(None) };
    let duals = &lp.row_duals;
    let n_jobs = problem.absence.len();
    let job_duals: Vec<f64> = duals.iter().take(n_jobs).map(|dual| (dual * unit).max(0.0)).collect();

    let known = incumbent_cost(problem) / unit;
    let reduced = |column: &Column| {
        let jobs: f64 = column.jobs.iter().map(|&job| duals[job as usize]).sum();
        let uses: f64 =
            column.uses.iter().map(|&(limit, amount)| duals[n_jobs + problem.fleet.len() + limit] * amount).sum();
        column.cost / unit - jobs - duals[n_jobs + column.kind] - uses
    };
    // A column whose reduced cost closes the whole gap is in no better solution over this pool.
    let mut ranked: Vec<(f64, usize)> = problem
        .columns
        .iter()
        .enumerate()
        .map(|(k, column)| (reduced(column), k))
        .filter(|&(cost, k)| cost < known - bound || problem.incumbent.contains(&k))
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut kept: Vec<usize> = ranked.into_iter().map(|(_, k)| k).take(MIP_COLUMNS).collect();
    kept.extend(problem.incumbent.iter().filter(|k| !kept.contains(k)).copied().collect::<Vec<_>>());

    let (model, columns) = build(problem, &kept, unit, Form { integer: true, covering: true });
    let mut start = vec![0.0; columns];
    for (at, k) in kept.iter().enumerate() {
        start[at] = f64::from(u8::from(problem.incumbent.contains(k)));
    }
    for (job, left_out) in left_out(problem).into_iter().enumerate() {
        start[kept.len() + job] = f64::from(u8::from(left_out));
    }
    let options = SolveOptions {
        mip_gap: 1e-6,
        node_limit: Some(nodes),
        seconds,
        integer: true,
        start: Some(&start),
        ..SolveOptions::default()
    };
    let outcome = solve(model, &options)?;
    let better = outcome.objective.is_some_and(|objective| objective < known - 1e-6);
    let chosen = better.then(|| (0..kept.len()).filter(|&at| outcome.columns[at] > 0.5).map(|at| kept[at]).collect());
    Ok(Some(Partition { chosen, job_duals }))
}

/// What branch and bound found out over all columns.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Settled {
    /// In cost units: no choice of columns that serves each job once costs less, as far as the tolerances of HiGHS allow to
    /// say. Absent where nothing was proved.
    pub(crate) bound: Option<f64>,
    pub(crate) chosen: Option<Vec<usize>>,
}

/// HiGHS's tolerances as a share of the optimum.
const TOLERANCE: f64 = 1e-6;
/// A difference of this much in the numbers that HiGHS sees is above all its tolerances; it looks at costs to a thousandth at best.
const SEEN: f64 = 1e-2;

/// Branch and bound over all columns, to the end or until the time is over; each job is served once or left out.
///
/// # Errors
/// [`LpError`] where HiGHS fails.
pub(crate) fn settle(problem: &PartitionProblem, seconds: Option<f64>) -> Result<Settled, LpError> {
    let unit = scale(problem);
    let everything: Vec<usize> = (0..problem.columns.len()).collect();
    let (model, _) = build(problem, &everything, unit, Form { integer: true, covering: false });
    let cutoff = problem.below.map(|below| (below as f64 - 0.5) / unit);
    let options = SolveOptions { integer: true, seconds, cutoff, ..SolveOptions::default() };
    let outcome = solve(model, &options)?;
    if let (Status::Infeasible, Some(below)) = (outcome.status, problem.below) {
        // Where half a unit is less than HiGHS sees, a choice that is cheaper by a little may have gone unseen.
        let unseen = if 0.5 / unit < SEEN { (TOLERANCE * (below as f64).abs()).ceil() } else { 0.0 };
        return Ok(Settled { bound: Some(below as f64 - unseen), chosen: None });
    }
    let found = outcome.objective.is_some();
    let chosen: Option<Vec<usize>> =
        found.then(|| everything.into_iter().filter(|&at| outcome.columns[at] > 0.5).collect());
    // What the choice costs is added up here: where HiGHS says something else, as it has been seen to from a start of ours, none of its
    // words is believed.
    let cost = chosen.as_ref().map(|chosen| choice_cost(problem, chosen) / unit);
    let agreed = cost.zip(outcome.objective).is_none_or(|(cost, told)| (cost - told).abs() <= TOLERANCE * told.abs());
    // Every job may be left out at its price, so without a cost to stay below there is a choice, and whoever says there is none proves nothing.
    let bound = outcome.dual_bound.filter(|_| agreed).map(|bound| (bound - TOLERANCE * bound.abs()) * unit);
    Ok(Settled { bound, chosen })
}

fn choice_cost(problem: &PartitionProblem, chosen: &[usize]) -> f64 {
    let mut absent = vec![true; problem.absence.len()];
    let columns = || chosen.iter().map(|&at| &problem.columns[at]);
    columns().flat_map(|column| &column.jobs).for_each(|&job| absent[job as usize] = false);
    let missed = absent.into_iter().zip(&problem.absence).filter(|(absent, _)| *absent);
    columns().map(|column| column.cost).sum::<f64>() + missed.map(|(_, price)| price).sum::<f64>()
}

/// Costs are divided by this, so that HiGHS sees numbers about a thousand.
fn scale(problem: &PartitionProblem) -> f64 {
    let sum: f64 = problem.columns.iter().map(|column| column.cost).sum();
    (sum / problem.columns.len().max(1) as f64 / 1_000.0).max(1.0)
}

fn incumbent_cost(problem: &PartitionProblem) -> f64 {
    choice_cost(problem, &problem.incumbent)
}

fn left_out(problem: &PartitionProblem) -> Vec<bool> {
    let mut left_out = vec![true; problem.absence.len()];
    for &k in &problem.incumbent {
        problem.columns[k].jobs.iter().for_each(|&job| left_out[job as usize] = false);
    }
    left_out
}

#[derive(Clone, Copy, Debug)]
struct Form {
    integer: bool,
    /// Jobs may be served more than once.
    covering: bool,
}

/// Columns: the kept routes, then one for each job left out. Rows: jobs, kinds, limits.
fn build(
    problem: &PartitionProblem,
    kept: &[usize],
    unit: f64,
    form: Form,
) -> (good_lp::solvers::highs::HighsProblem, usize) {
    let mut vars = variables!();
    let routes: Vec<Variable> = kept
        .iter()
        .map(|_| vars.add(if form.integer { variable().binary() } else { variable().clamp(0, 1) }))
        .collect();
    let absent: Vec<Variable> = problem.absence.iter().map(|_| vars.add(variable().clamp(0, 1))).collect();
    let mut objective = Expression::default();
    let mut cover: Vec<Expression> = absent.iter().map(|&y| Expression::from(y)).collect();
    let mut fleet = vec![Expression::default(); problem.fleet.len()];
    let mut room = vec![Expression::default(); problem.limits.len()];
    for (&k, &x) in kept.iter().zip(&routes) {
        let column = &problem.columns[k];
        objective += (column.cost / unit) * x;
        column.jobs.iter().for_each(|&job| cover[job as usize] += x);
        fleet[column.kind] += x;
        column.uses.iter().for_each(|&(limit, amount)| room[limit] += amount * x);
    }
    for (&price, &y) in problem.absence.iter().zip(&absent) {
        objective += (price / unit) * y;
    }
    let columns = kept.len() + problem.absence.len();
    let mut model = vars.minimise(objective).using(highs);
    for row in cover {
        model.add_constraint(if form.covering { constraint!(row >= 1.0) } else { constraint!(row == 1.0) });
    }
    for (row, &vehicles) in fleet.into_iter().zip(&problem.fleet) {
        model.add_constraint(constraint!(row <= vehicles as f64));
    }
    for (row, &limit) in room.into_iter().zip(&problem.limits) {
        model.add_constraint(constraint!(row <= limit));
    }
    (model, columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(cost: f64, kind: usize, jobs: &[u32]) -> Column {
        Column { cost, kind, jobs: jobs.to_vec(), uses: Vec::new() }
    }

    #[test]
    fn the_cheapest_combination_is_found_and_jobs_have_prices() {
        let problem = PartitionProblem {
            absence: vec![100.0; 4],
            fleet: vec![2],
            limits: vec![],
            columns: vec![
                column(10.0, 0, &[0, 1]),
                column(10.0, 0, &[2, 3]),
                column(9.0, 0, &[0, 2]),
                column(14.0, 0, &[1, 3]),
            ],
            incumbent: vec![2, 3],
            below: None,
        };
        let answer = partition(&problem, 100, None).unwrap().unwrap();
        assert_eq!(answer.chosen, Some(vec![0, 1]));
        assert!(answer.job_duals.iter().all(|&price| price >= 0.0));
        assert!(answer.job_duals.iter().sum::<f64>() >= 20.0 - 1e-6, "the jobs pay for the routes");
    }

    #[test]
    fn a_job_dearer_to_serve_than_to_leave_is_left_and_outlet_room_holds() {
        let mut problem = PartitionProblem {
            absence: vec![5.0, 50.0, 50.0],
            fleet: vec![3],
            limits: vec![10.0],
            columns: vec![column(10.0, 0, &[0]), column(10.0, 0, &[1]), column(12.0, 0, &[2])],
            incumbent: vec![0],
            below: None,
        };
        problem.columns[1].uses = vec![(0, 6.0)];
        problem.columns[2].uses = vec![(0, 6.0)];
        let answer = partition(&problem, 100, None).unwrap().unwrap();
        assert_eq!(answer.chosen, Some(vec![1]), "both would overfill the outlet");
    }

    /// Two routes of the three pairs of jobs cover all; no choice serves each once.
    #[test]
    fn what_is_settled_serves_each_job_once() {
        let pairs = vec![column(10.0, 0, &[0, 1]), column(10.0, 0, &[1, 2]), column(10.0, 0, &[0, 2])];
        let mut problem = PartitionProblem {
            absence: vec![100.0; 3],
            fleet: vec![3],
            limits: vec![],
            columns: pairs,
            incumbent: vec![],
            below: None,
        };
        let settled = settle(&problem, None).unwrap();
        assert!(settled.bound.is_some_and(|bound| (109.99..=110.0).contains(&bound)), "{settled:?}");
        assert_eq!(settled.chosen.map(|chosen| chosen.len()), Some(1));
        problem.columns.push(column(7.0, 0, &[2]));
        let settled = settle(&problem, None).unwrap();
        assert!(settled.bound.is_some_and(|bound| (16.99..=17.0).contains(&bound)), "{settled:?}");
        assert_eq!(settled.chosen, Some(vec![0, 3]));
    }

    /// The best choice costs 17: nothing costs less, and 18 is more.
    #[test]
    fn what_is_no_cheaper_is_not_settled_on() {
        let pairs = vec![column(10.0, 0, &[0, 1]), column(10.0, 0, &[1, 2]), column(7.0, 0, &[2])];
        let settled = |below: i64| {
            let below = Some(below);
            let (absence, columns) = (vec![100.0; 3], pairs.clone());
            let problem = PartitionProblem { absence, fleet: vec![3], columns, below, ..PartitionProblem::default() };
            settle(&problem, None).unwrap()
        };
        assert_eq!(settled(17), Settled { bound: Some(17.0), chosen: None });
        let cheaper = settled(18);
        assert_eq!(cheaper.chosen, Some(vec![0, 2]));
        assert!(cheaper.bound.is_some_and(|bound| (16.99..=17.0).contains(&bound)), "{cheaper:?}");
    }

    /// HiGHS sees costs divided by about a million, and may not see the best choice where it is cheaper by so little.
    #[test]
    fn no_bound_stands_above_a_choice_that_is_cheaper_by_less_than_is_seen() {
        const BEST: i64 = 1_700_000_000;
        let pairs = [column(1e9, 0, &[0, 1]), column(1e9, 0, &[1, 2]), column(7e8, 0, &[2])];
        for margin in [1, 10, 100, 1_000, 10_000, 100_000] {
            let (absence, columns, below) = (vec![1e10; 3], pairs.to_vec(), Some(BEST + margin));
            let problem = PartitionProblem { absence, fleet: vec![3], columns, below, ..PartitionProblem::default() };
            let settled = settle(&problem, None).unwrap();
            assert!(settled.bound.is_none_or(|bound| bound <= BEST as f64), "{margin}: {settled:?}");
        }
    }

    #[test]
    fn nothing_better_than_the_incumbent_is_said_to_be_nothing() {
        let problem = PartitionProblem {
            absence: vec![100.0; 2],
            fleet: vec![1],
            limits: vec![],
            columns: vec![column(10.0, 0, &[0, 1]), column(8.0, 0, &[0])],
            incumbent: vec![0],
            below: None,
        };
        assert_eq!(partition(&problem, 100, None).unwrap().unwrap().chosen, None);
    }
}
