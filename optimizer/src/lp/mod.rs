//! The seam to linear programming: models are written with `good_lp` and solved by HiGHS. Nothing outside this
//! folder touches either of them.
//!
//! What the seam takes care of, because each was met in practice:
//! - HiGHS always gets one thread: another number of threads within one process makes its next solve fail.
//! - Options are set on the HiGHS model itself: `try_into_inner` drops those set on the `good_lp` model before.
//! - A stop by time or nodes is no error: the dual bound is kept even where no incumbent was found.
//! - Wall-clock limits break repeatability; where an answer must repeat, give a node limit and no seconds.
//!
//! A constant in the objective is not seen by HiGHS: the objective and the bound here are those of the linear part.

use good_lp::solvers::highs::HighsProblem;
use highs::{HighsModelStatus, HighsSolutionStatus, Model, SolvedModel};

pub(crate) mod location;
pub(crate) mod master;
pub(crate) mod partition;

/// When a solve may stop, and where it starts. Everything absent is unlimited.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SolveOptions<'a> {
    /// Relative gap between incumbent and bound at which a mixed-integer solve may stop; 0 solves to the end.
    pub(crate) mip_gap: f64,
    /// Branch-and-bound nodes: a limit that repeats.
    pub(crate) node_limit: Option<u64>,
    /// Wall clock: a limit that does not repeat.
    pub(crate) seconds: Option<f64>,
    /// Simplex iterations: a limit that repeats. The next solve of the same model goes on from where it came to.
    pub(crate) simplex_iterations: Option<i32>,
    /// The model has integer columns: the bound is that of branch and bound, not the objective of the LP.
    pub(crate) integer: bool,
    /// Only solutions of a mixed-integer model that cost less are looked for; where there are none it is infeasible.
    pub(crate) cutoff: Option<f64>,
    /// A feasible value for every column, in the order the columns were added.
    pub(crate) start: Option<&'a [f64]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// Solved to the asked gap.
    Optimal,
    Infeasible,
    Unbounded,
    /// A limit came first.
    Stopped,
    /// A linear program's solution is there, but not as exact as it should be.
    Imprecise,
}

/// What a solve found out.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) status: Status,
    /// Of the solution in `columns`; absent where none was found.
    pub(crate) objective: Option<f64>,
    /// Proven bound on the objective, as HiGHS states it (not yet rounded to the safe side). Absent where nothing
    /// was proved. For a pure LP it is the optimum.
    pub(crate) dual_bound: Option<f64>,
    /// Value of every column; empty without a solution.
    pub(crate) columns: Vec<f64>,
    /// Dual of every row of a pure LP; meaningless for a model with integer columns.
    pub(crate) row_duals: Vec<f64>,
}

/// HiGHS or the seam to it failed. None of these says anything about the problem itself.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(crate) enum LpError {
    #[error("the model could not be handed to HiGHS: {0}")]
    Model(String),
    #[error("HiGHS refused the option `{0}`")]
    RefusedOption(&'static str),
    #[error("HiGHS refused the initial solution")]
    RefusedStart,
    #[error("HiGHS failed while solving: {0}")]
    Solve(String),
    /// No failure: whoever asked would not wait any longer.
    #[error("the solve was given up before it was over")]
    GivenUp,
}

/// Takes the HiGHS model out of a `good_lp` one and makes it quiet and single-threaded.
pub(crate) fn take_model(problem: HighsProblem) -> Result<Model, LpError> {
    let mut model = problem.try_into_inner().map_err(|e| LpError::Model(e.to_string()))?;
    silence(&mut model)?;
    Ok(model)
}

/// No output, one thread.
fn silence(model: &mut Model) -> Result<(), LpError> {
    set(model, "output_flag", false)?;
    set(model, "threads", 1)?;
    set(model, "parallel", "off")
}

/// Solves a model from [`take_model`]. The solved model is handed back so that columns and rows can be added and
/// the next solve starts from its basis (`Model::from(solved)`).
pub(crate) fn run(mut model: Model, options: &SolveOptions<'_>) -> Result<(SolvedModel, Outcome), LpError> {
    set(&mut model, "mip_rel_gap", options.mip_gap.max(0.0))?;
    // The absolute gap would otherwise end a solve of small costs early.
    set(&mut model, "mip_abs_gap", 1e-9)?;
    set(&mut model, "mip_max_nodes", options.node_limit.map_or(i32::MAX, |n| i32::try_from(n).unwrap_or(i32::MAX)))?;
    set(&mut model, "objective_bound", options.cutoff.unwrap_or(f64::INFINITY))?;
    // HiGHS counts the time of all solves of one model together.
    let limit = options.seconds.map_or(f64::INFINITY, |s| s.max(0.0));
    set(&mut model, "time_limit", limit)?;
    set(&mut model, "simplex_iteration_limit", options.simplex_iterations.unwrap_or(i32::MAX))?;
    // HiGHS refuses a start for a model without columns.
    if let Some(start) = options.start.filter(|start| !start.is_empty()) {
        model.try_set_solution(Some(start), None, None, None).map_err(|_| LpError::RefusedStart)?;
    }
    let solved = model.try_solve().map_err(|e| LpError::Solve(format!("{e:?}")))?;
    let outcome = outcome(&solved, options.integer)?;
    Ok((solved, outcome))
}

/// [`take_model`] and [`run`] for a model that is solved once.
pub(crate) fn solve(problem: HighsProblem, options: &SolveOptions<'_>) -> Result<Outcome, LpError> {
    run(take_model(problem)?, options).map(|(_, outcome)| outcome)
}

fn set(model: &mut Model, name: &'static str, value: impl highs::HighsOptionValue) -> Result<(), LpError> {
    model.try_set_option(name, value).map_err(|_| LpError::RefusedOption(name))
}

fn outcome(solved: &SolvedModel, integer: bool) -> Result<Outcome, LpError> {
    let status = match solved.status() {
        HighsModelStatus::Optimal | HighsModelStatus::ModelEmpty => Status::Optimal,
        HighsModelStatus::Infeasible | HighsModelStatus::UnboundedOrInfeasible => Status::Infeasible,
        HighsModelStatus::Unbounded => Status::Unbounded,
        HighsModelStatus::ReachedTimeLimit
        | HighsModelStatus::ReachedIterationLimit
        | HighsModelStatus::ReachedSolutionLimit
        | HighsModelStatus::ReachedInterrupt
        | HighsModelStatus::ReachedMemoryLimit
        | HighsModelStatus::ObjectiveBound
        | HighsModelStatus::ObjectiveTarget => Status::Stopped,
        HighsModelStatus::Unknown if !integer => Status::Imprecise,
        other => return Err(LpError::Solve(format!("{other:?}"))),
    };
    let empty = solved.status() == HighsModelStatus::ModelEmpty;
    let found = empty || solved.primal_solution_status() == HighsSolutionStatus::Feasible;
    let solution = solved.get_solution();
    let objective = found.then(|| solved.objective_value());
    let dual_bound = if integer {
        solved.double_info_value(c"mip_dual_bound").ok().filter(|bound| bound.is_finite())
    } else {
        objective.filter(|_| status == Status::Optimal)
    };
    Ok(Outcome {
        status,
        objective,
        dual_bound,
        columns: if found { solution.columns().to_vec() } else { Vec::new() },
        row_duals: solution.dual_rows().to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use good_lp::{SolverModel, constraint, variable, variables};

    use super::*;

    /// max 5a + 4b + 3c with weights 2, 3, 1 and room for 5: a and c and, as an LP, two thirds of b.
    fn knapsack(integer: bool) -> HighsProblem {
        let mut vars = variables!();
        let kind = || if integer { variable().binary() } else { variable().clamp(0, 1) };
        let (a, b, c) = (vars.add(kind()), vars.add(kind()), vars.add(kind()));
        vars.minimise(-5.0 * a - 4.0 * b - 3.0 * c)
            .using(good_lp::solvers::highs::highs)
            .with(constraint!(2.0 * a + 3.0 * b + c <= 5.0))
    }

    #[test]
    fn an_lp_yields_its_optimum_as_bound_and_its_duals() {
        let outcome = solve(knapsack(false), &SolveOptions::default()).unwrap();
        assert_eq!(outcome.status, Status::Optimal);
        assert!((outcome.objective.unwrap() + 8.0 + 8.0 / 3.0).abs() < 1e-9);
        assert!((outcome.dual_bound.unwrap() + 8.0 + 8.0 / 3.0).abs() < 1e-9);
        assert!((outcome.row_duals[0] + 4.0 / 3.0).abs() < 1e-9, "one more unit of room is worth 4/3");
    }

    #[test]
    fn a_mip_yields_its_own_bound() {
        let outcome = solve(knapsack(true), &SolveOptions { integer: true, ..Default::default() }).unwrap();
        assert_eq!(outcome.status, Status::Optimal);
        assert!((outcome.objective.unwrap() + 9.0).abs() < 1e-9, "a and b");
        assert!((outcome.dual_bound.unwrap() + 9.0).abs() < 1e-6);
    }

    #[test]
    fn an_infeasible_model_is_an_outcome_and_no_error() {
        let mut vars = variables!();
        let x = vars.add(variable().binary());
        let problem = vars.minimise(x).using(good_lp::solvers::highs::highs).with(constraint!(x >= 2.0));
        let outcome = solve(problem, &SolveOptions::default()).unwrap();
        assert_eq!(outcome.status, Status::Infeasible);
        assert!(outcome.objective.is_none() && outcome.columns.is_empty());
    }

    #[test]
    fn a_start_is_used_where_no_node_may_be_searched() {
        let start = [1.0, 0.0, 1.0];
        let options = SolveOptions { integer: true, node_limit: Some(0), start: Some(&start), ..Default::default() };
        let outcome = solve(knapsack(true), &options).unwrap();
        assert!(outcome.objective.unwrap() <= -8.0 + 1e-9);
        assert!(outcome.dual_bound.unwrap() <= outcome.objective.unwrap() + 1e-6);
    }

    #[test]
    fn columns_added_to_a_solved_model_keep_the_basis() {
        let model = take_model(knapsack(false)).unwrap();
        let (solved, before) = run(model, &SolveOptions::default()).unwrap();
        let mut model = Model::from(solved);
        let row = model.try_add_row(..=1.0, []).unwrap();
        model.try_add_column(-10.0, 0.0..=1.0, [(row, 1.0)]).unwrap();
        let (_, after) = run(model, &SolveOptions::default()).unwrap();
        assert!((after.objective.unwrap() - (before.objective.unwrap() - 10.0)).abs() < 1e-9);
        assert_eq!(after.columns.len(), 4);
    }
}
