//! `huilu solve`: routes for an instance file.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use huilu_model::instance::Parts;
use huilu_model::replan::Keep;
use huilu_model::{Faults, Instance, Plan, PlannedRoute, Seconds, Step, StepKind};
use huilu_optimizer::bounded::{self, Bounded, BoundedParams};
use huilu_optimizer::formats::{FormatError, Rounding};
use huilu_optimizer::limits::Limits;
use huilu_optimizer::proof::{self, BoundKind, NoBound};
use huilu_optimizer::routing;
use serde_json::Value;

use super::CliError;
use super::check::read_plan;
use super::instance::{self, RoundingArg, RoutingFormat};
use super::output::{FileStep, SolveResult, TracePoint, stem, write_json};
use super::say::say;
use super::stop::{WallClock, on_interrupt};

#[derive(Debug, Args)]
pub(crate) struct SolveArgs {
    /// Instance file
    file: PathBuf,
    #[arg(long, value_enum)]
    format: RoutingFormat,
    /// How coordinates become distances; by default what the format's literature uses
    #[arg(long, value_enum)]
    rounding: Option<RoundingArg>,
    /// Wall clock limit, counted from the start of the program. By default 30; none where `--iterations` stands alone
    #[arg(long, value_parser = positive, allow_negative_numbers = true)]
    seconds: Option<f64>,
    /// Iteration cap; without `--seconds`, with a seed and a thread count, it makes the answer repeatable
    #[arg(long)]
    iterations: Option<u64>,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Worker threads; by default one for each core
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Switch the H3 neighbour lists off (for measurements)
    #[arg(long)]
    no_cells: bool,
    /// Switch set partitioning off (for measurements)
    #[arg(long)]
    no_set_partitioning: bool,
    /// Spend part of the time limit on a proven lower bound. Where none is proven the result says null, and a line why
    #[arg(long)]
    bound: bool,
    /// With `--bound`: stop as soon as cost and bound are so near, as a fraction of the cost
    #[arg(long, requires = "bound", value_parser = fraction, allow_negative_numbers = true)]
    stop_gap: Option<f64>,
    /// Start from an earlier plan: a result of `huilu solve`, or the plan alone. It may be outdated
    #[arg(long)]
    warm_start: Option<PathBuf>,
    /// What starts before this second of the instance's time stays as it is in the earlier plan
    #[arg(long, requires = "warm_start", allow_negative_numbers = true)]
    freeze_before: Option<i64>,
    /// Jobs of the earlier plan that may change their vehicle or their time window, or be left out
    #[arg(long, requires = "warm_start")]
    max_changed: Option<u32>,
    /// Where to write the result
    #[arg(long)]
    out: PathBuf,
    /// Where to write all that is wrong with the instance, as JSON: an empty list where nothing is
    #[arg(long)]
    faults: Option<PathBuf>,
}

fn fraction(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..1.0).contains(&value) => Ok(value),
        _ => Err("a fraction from 0 to below 1 is needed".to_owned()),
    }
}

pub(super) fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("a number above 0 is needed".to_owned()),
    }
}

/// Where nobody gives a limit.
const SECONDS_DEFAULT: f64 = 30.0;

/// The clock that a run goes by: none where its iterations are counted and no seconds are asked for, so that the answer does not
/// depend on how fast the machine is.
pub(super) fn seconds(asked: Option<f64>, iterations: Option<u64>) -> Option<f64> {
    asked.or(iterations.is_none().then_some(SECONDS_DEFAULT))
}

pub(crate) fn run(args: &SolveArgs, started: Instant) -> Result<(), CliError> {
    let done = plan(args, started);
    let faults = match &done {
        Ok(()) => &Faults::default(),
        Err(CliError::Refused(refused)) => &refused.faults,
        Err(_) => return done,
    };
    let written = args.faults.as_ref().map_or(Ok(()), |file| write_json(file, faults));
    match (&done, written) {
        // What is wrong with the instance is said last, as without the file.
        (Err(_), Err(unwritten)) => eprintln!("huilu: {unwritten}"),
        (_, written) => written?,
    }
    done
}

fn plan(args: &SolveArgs, started: Instant) -> Result<(), CliError> {
    let cancel = on_interrupt();
    let (instance, rounding, warm) = instance::read_with_plan(&args.file, args.format, args.rounding)?;
    let (instance, warm) = kept(args, instance, warm)?;
    let impossible = routing::impossible(&instance);
    if !impossible.0.is_empty() {
        return Err(FormatError::listing(&args.file, None, impossible).into());
    }
    let clock = WallClock(started);
    let limits = Limits {
        clock: &clock,
        seconds: seconds(args.seconds, args.iterations),
        iterations: args.iterations,
        cancel: &cancel,
    };
    let params = routing::Params {
        threads: args.threads.map_or_else(all_cores, usize::from),
        use_h3_neighbours: !args.no_cells,
        use_set_partitioning: !args.no_set_partitioning,
        ..routing::Params::default()
    };
    let solved = solve(args, &instance, warm.as_ref(), params, &limits);
    report(args, &instance, rounding, solved, started)
}

/// Writes the result and says how it came out. A fault of the proof is told after that: the plan stands.
fn report(
    args: &SolveArgs,
    instance: &Instance,
    rounding: Option<RoundingArg>,
    solved: Solved,
    started: Instant,
) -> Result<(), CliError> {
    let Solved { outcome, bound_kind, cause } = solved;
    for notice in &outcome.notices {
        eprintln!("huilu: {notice}");
    }
    let file =
        FileNames { format: args.format, seconds: rounding.map_or(1, |rounding| Rounding::from(rounding).scale()) };
    let scale = instance.cost_scale as f64;
    let result = SolveResult {
        peer: "huilu",
        instance: stem(&args.file),
        format: instance::name(&args.format),
        rounding: rounding.map(|rounding| instance::name(&rounding)),
        cost: outcome.plan.cost.0 as f64 / scale,
        lower_bound: outcome.plan.lower_bound.map(|bound| bound.0 as f64 / scale),
        bound_kind: bound_kind.map(BoundKind::name),
        bound_leaves_out: if args.bound { proof::leaves_out(instance) } else { &[] },
        bound_cause: cause.map(NoBound::code),
        gap: outcome.plan.gap(),
        feasible: outcome.feasible,
        routes: outcome.plan.routes.iter().map(|route| file.clients(route)).collect(),
        route_depots: file.is_literature().then(|| file.depots(instance, &outcome.plan)),
        route_vehicles: outcome.plan.routes.iter().map(|route| file.id(&route.vehicle)).collect(),
        steps: file.is_literature().then(|| outcome.plan.routes.iter().map(|route| file.steps(route)).collect()),
        unassigned: outcome.plan.unassigned.iter().map(|left| file.id(&left.job)).collect(),
        wall_seconds: started.elapsed().as_secs_f64(),
        seed: args.seed,
        trace: outcome
            .trace
            .iter()
            .map(|point| TracePoint {
                seconds: point.seconds,
                iteration: point.iteration,
                cost: point.cost.0 as f64 / scale,
                lower_bound: point.lower_bound.map(|bound| bound.0 as f64 / scale),
            })
            .collect(),
        plan: outcome.plan,
    };
    write_json(&args.out, &result)?;
    say!("{}", summary(instance, &result.plan, result.feasible));
    match cause {
        Some(fault @ (NoBound::AbovePlan { .. } | NoBound::Broken)) => {
            Err(CliError::Failed(format!("--bound: {fault}")))
        }
        Some(cause) => {
            eprintln!("huilu: --bound: no lower bound was proven: {cause}");
            Ok(())
        }
        None => Ok(()),
    }
}

/// What came out, with a bound where one was asked for.
struct Solved {
    outcome: routing::Outcome,
    bound_kind: Option<BoundKind>,
    cause: Option<NoBound>,
}

fn solve(
    args: &SolveArgs,
    instance: &Instance,
    warm: Option<&Plan>,
    search: routing::Params,
    limits: &Limits<'_>,
) -> Solved {
    if args.bound {
        let params =
            BoundedParams { search, stop_gap: args.stop_gap, search_share: SEARCH_SHARE, ..BoundedParams::default() };
        let Bounded { outcome, bound_kind, cause, .. } =
            bounded::solve(instance, warm, &params, args.seed, limits, &mut |_| {});
        return Solved { outcome, bound_kind, cause };
    }
    let outcome = match warm {
        Some(plan) => routing::solve_from(instance, plan, &search, args.seed, limits, &mut |_| {}),
        None => routing::solve(instance, &search, args.seed, limits, &mut |_| {}),
    };
    Solved { outcome, bound_kind: None, cause: None }
}

/// The instance with what has to stay of the earlier plan, and that plan.
fn kept(args: &SolveArgs, instance: Instance, warm: Option<Plan>) -> Result<(Instance, Option<Plan>), CliError> {
    let Some(file) = &args.warm_start else { return Ok((instance, warm)) };
    let plan = read_plan(file)?;
    if args.freeze_before.is_none() && args.max_changed.is_none() {
        return Ok((instance, Some(plan)));
    }
    let keep = Keep { freeze_before: args.freeze_before.map(Seconds), max_changed: args.max_changed };
    let mut parts = Parts::clone(&instance);
    drop(instance);
    let mut faults = Faults::default();
    keep.lock(&mut parts, Some(&plan), &mut faults);
    let locked = faults.or(()).and_then(|()| Instance::new(parts));
    let instance = locked.map_err(|faults| FormatError::listing(file, None, faults))?;
    Ok((instance, Some(plan)))
}

/// Part of the time limit that the search gets where one thread does everything: who asks for a bound wants a good one.
const SEARCH_SHARE: f64 = 0.4;

pub(crate) fn all_cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Ids and times of a plan as the instance's file counts them.
struct FileNames {
    format: RoutingFormat,
    /// Units of the plan in one unit of time of the file.
    seconds: i64,
}

impl FileNames {
    fn is_literature(&self) -> bool {
        self.format != RoutingFormat::Huilu
    }

    /// Files of the literature count clients, vehicles and landfills; a `huilu` file names them.
    fn id(&self, id: &str) -> Value {
        match id.parse::<u64>() {
            Ok(number) if self.is_literature() => Value::from(number),
            _ => Value::from(id),
        }
    }

    fn clients(&self, route: &PlannedRoute) -> Vec<Value> {
        let jobs = route.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Job { job } => Some(self.id(job)),
            _ => None,
        });
        jobs.collect()
    }

    /// Where each route starts, counted from 1: the readers put depots first among the places.
    fn depots(&self, instance: &Instance, plan: &Plan) -> Vec<usize> {
        let start = |route: &PlannedRoute| instance.vehicles.iter().find(|vehicle| vehicle.id == route.vehicle);
        plan.routes.iter().filter_map(start).map(|vehicle| vehicle.start + 1).collect()
    }

    fn steps(&self, route: &PlannedRoute) -> Vec<FileStep> {
        let time = |at: huilu_model::Seconds| at.0 as f64 / self.seconds as f64;
        let step = |step: &Step| {
            let (kind, id) = match &step.kind {
                StepKind::Start => ("start", None),
                StepKind::Job { job } => ("job", Some(self.id(job))),
                StepKind::Unload { outlet } => ("unload", Some(self.id(outlet))),
                StepKind::Break => ("break", None),
                StepKind::End => ("end", None),
            };
            let (arrival, start, departure) = (time(step.arrival_s), time(step.start_s), time(step.departure_s));
            FileStep { kind, id, arrival, start, departure }
        };
        route.steps.iter().map(step).collect()
    }
}

fn summary(instance: &Instance, plan: &Plan, feasible: bool) -> String {
    format!(
        "{}: cost {:.3}, {} routes, {} of {} jobs served{}{}",
        instance.name,
        plan.cost.0 as f64 / instance.cost_scale as f64,
        plan.routes.len(),
        instance.jobs.len() - plan.unassigned.len(),
        instance.jobs.len(),
        if feasible { "" } else { ", NOT feasible" },
        plan.gap().map(|gap| format!(", gap {:.2} %", 100.0 * gap)).unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use huilu_optimizer::limits::NoClock;

    use super::*;

    const SQUARE: &str = "NAME : square\nTYPE : CVRP\nDIMENSION : 4\nEDGE_WEIGHT_TYPE : EUC_2D\nCAPACITY : 10\nNODE_COORD_SECTION\n\
        1 0 0\n2 0 9\n3 9 9\n4 9 0\nDEMAND_SECTION\n1 0\n2 4\n3 4\n4 4\nDEPOT_SECTION\n1\n-1\nEOF\n";

    #[test]
    fn iterations_alone_know_no_clock() {
        for (asked, iterations, expected) in [
            (None, None, Some(30.0)),
            (None, Some(50), None),
            (Some(2.0), None, Some(2.0)),
            (Some(2.0), Some(50), Some(2.0)),
        ] {
            assert_eq!(seconds(asked, iterations), expected);
        }
    }

    #[test]
    fn a_fault_of_the_proof_costs_the_bound_and_not_the_plan() {
        #[derive(clap::Parser)]
        struct Asked {
            #[command(flatten)]
            solve: SolveArgs,
        }
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(path("in"), SQUARE).unwrap();
        let words = ["solve", &path("in"), "--format", "vrplib", "--bound", "--out", &path("out")];
        let args = <Asked as clap::Parser>::parse_from(words).solve;
        let (instance, rounding, _) = instance::read_with_plan(&args.file, args.format, args.rounding).unwrap();
        let report_with = |cause| {
            let cancel = AtomicBool::new(false);
            let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(50), cancel: &cancel };
            let params = routing::Params { threads: 1, ..routing::Params::default() };
            let outcome = routing::solve(&instance, &params, 1, &limits, &mut |_| {});
            let _ = std::fs::remove_file(path("out"));
            let told = report(&args, &instance, rounding, Solved { outcome, bound_kind: None, cause }, Instant::now());
            let result = std::fs::read_to_string(path("out")).expect("the plan is written");
            (told, serde_json::from_str::<Value>(&result).unwrap())
        };
        for (cause, fails) in [
            (NoBound::Broken, true),
            (NoBound::AbovePlan { bound: 2, cost: 1 }, true),
            // No fault: negative control.
            (NoBound::OutOfTime, false),
        ] {
            let (told, result) = report_with(Some(cause));
            assert_eq!(matches!(told, Err(CliError::Failed(_))), fails, "{cause}");
            assert_eq!((&result["lower_bound"], &result["gap"]), (&Value::Null, &Value::Null));
            assert_eq!(result["bound_cause"], cause.code());
            assert_eq!((&result["feasible"], result["routes"].as_array().map(Vec::len)), (&Value::Bool(true), Some(2)));
        }
    }
}
