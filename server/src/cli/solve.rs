//! `huilu solve`: routes for an instance file.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use huilu_model::instance::Parts;
use huilu_model::replan::Keep;
use huilu_model::{Cost, Faults, Instance, Plan, PlannedRoute, Seconds, Step, StepKind};
use huilu_optimizer::formats::Rounding;
use huilu_optimizer::limits::Limits;
use huilu_optimizer::proof::{self, BoundKind, Known, NoBound, Proof, ProofParams};
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
    /// Wall clock limit, counted from the start of the program
    #[arg(long, default_value_t = 30.0, value_parser = positive, allow_negative_numbers = true)]
    seconds: f64,
    /// Iteration cap; alone with a seed and a thread count it makes the answer repeatable
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

pub(crate) fn run(args: &SolveArgs, started: Instant) -> Result<(), CliError> {
    let (instance, rounding, warm) = instance::read_with_plan(&args.file, args.format, args.rounding)?;
    let (instance, warm) = kept(args, instance, warm)?;
    let impossible = routing::impossible(&instance);
    if !impossible.0.is_empty() {
        return Err(CliError::Input(format!("{}: {impossible}", args.file.display())));
    }
    let file =
        FileNames { format: args.format, seconds: rounding.map_or(1, |rounding| Rounding::from(rounding).scale()) };
    let clock = WallClock(started);
    let cancel = on_interrupt();
    let limits = Limits { clock: &clock, seconds: Some(args.seconds), iterations: args.iterations, cancel: &cancel };
    let params = routing::Params {
        threads: args.threads.map_or_else(all_cores, usize::from),
        use_h3_neighbours: !args.no_cells,
        use_set_partitioning: !args.no_set_partitioning,
        ..routing::Params::default()
    };
    let share = if args.bound { SEARCH_SHARE } else { 1.0 };
    let searching = Limits { seconds: Some(args.seconds * share), ..limits };
    let mut outcome = match &warm {
        Some(plan) => routing::solve_from(&instance, plan, &params, args.seed, &searching, &mut |_| {}),
        None => routing::solve(&instance, &params, args.seed, &searching, &mut |_| {}),
    };
    for notice in &outcome.notices {
        eprintln!("huilu: {notice}");
    }
    // Who has had enough does not wait for a proof.
    let proof = (args.bound && !limits.cancelled()).then(|| bounded(&instance, &mut outcome, &limits, args.stop_gap));
    if let Some(fault @ NoBound::AbovePlan { .. }) = proof.as_ref().and_then(|proof| proof.cause) {
        return Err(CliError::Failed(format!("--bound: {fault}")));
    }
    if args.bound && outcome.plan.lower_bound.is_none_or(|bound| bound < outcome.plan.cost) {
        let target = args.stop_gap.zip(outcome.plan.lower_bound).map(|(gap, bound)| target(bound, gap));
        let params = routing::Params { target, ..params };
        search_on(&instance, &mut outcome, &params, args.seed, &limits)?;
    }
    let scale = instance.cost_scale as f64;
    let result = SolveResult {
        peer: "huilu",
        instance: stem(&args.file),
        format: instance::name(&args.format),
        rounding: rounding.map(|rounding| instance::name(&rounding)),
        cost: outcome.plan.cost.0 as f64 / scale,
        lower_bound: outcome.plan.lower_bound.map(|bound| bound.0 as f64 / scale),
        bound_kind: proof.as_ref().and_then(|proof| proof.bound_kind).map(BoundKind::name),
        bound_leaves_out: if proof.is_some() { proof::leaves_out(&instance) } else { &[] },
        gap: outcome.plan.gap(),
        feasible: outcome.feasible,
        routes: outcome.plan.routes.iter().map(|route| file.clients(route)).collect(),
        route_depots: file.is_literature().then(|| file.depots(&instance, &outcome.plan)),
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
    if let Some(cause) = proof.and_then(|proof| proof.cause) {
        eprintln!("huilu: --bound: no lower bound was proven: {cause}");
    }
    say!("{}", summary(&instance, &result.plan, result.feasible));
    Ok(())
}

/// Proves a bound from the plan found, and puts it into the plan and behind the trace. The proof ends by the clock, so under an
/// iteration cap, which promises that the plan repeats, a better plan that it finds is not taken.
fn bounded(instance: &Instance, outcome: &mut routing::Outcome, limits: &Limits<'_>, stop_gap: Option<f64>) -> Proof {
    let repeatable = limits.iterations.is_some();
    let limits = Limits { iterations: None, ..*limits };
    let params = ProofParams { stop_gap: stop_gap.unwrap_or(0.0), ..ProofParams::default() };
    let last = outcome.trace.last().copied();
    let trace = &mut outcome.trace;
    let known = Known { plan: Some(&outcome.plan), pool: Some(&outcome.pool) };
    let mut found = proof::prove_from(instance, known, &params, &limits, &mut |point| {
        trace.extend(last.map(|last| routing::Progress {
            seconds: point.seconds,
            lower_bound: Some(point.lower_bound),
            ..last
        }));
    });
    // The proof leaves promises between routes out, so its own plans may break them.
    if let Some(plan) = found.plan.take().filter(|_| !repeatable && instance.locks.is_empty()) {
        outcome.trace.extend(last.map(|last| routing::Progress {
            seconds: limits.clock.elapsed_s(),
            cost: plan.cost,
            unassigned: plan.unassigned.len(),
            lower_bound: found.lower_bound,
            ..last
        }));
        outcome.plan = plan;
    }
    outcome.plan.lower_bound = found.lower_bound;
    found
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
    let instance = locked.map_err(|faults| CliError::Input(format!("{}: {faults}", file.display())))?;
    Ok((instance, Some(plan)))
}

/// A plan that costs no more is within `gap` of the bound.
fn target(bound: Cost, gap: f64) -> Cost {
    Cost((bound.0 as f64 / (1.0 - gap)).floor() as i64)
}

/// What the proof has left of the time goes to another search, from the plan at hand.
fn search_on(
    instance: &Instance,
    outcome: &mut routing::Outcome,
    params: &routing::Params,
    seed: u64,
    limits: &Limits<'_>,
) -> Result<(), CliError> {
    let no_time = limits.seconds_left().is_none_or(|left| left < WORTH_SEARCHING_S);
    let good_enough = outcome.feasible && params.target.is_some_and(|target| outcome.plan.cost <= target);
    if limits.cancelled() || limits.iterations.is_some() || no_time || good_enough {
        return Ok(());
    }
    let again = routing::solve_from(instance, &outcome.plan, params, seed.wrapping_add(1), limits, &mut |_| {});
    if !is_better(&again, outcome) {
        return Ok(());
    }
    let cost = again.plan.cost_parts.bounded();
    if let Some(bound) = outcome.plan.lower_bound.filter(|&bound| bound > cost) {
        let fault = NoBound::AbovePlan { bound: bound.0, cost: cost.0 };
        return Err(CliError::Failed(format!("--bound: {fault}")));
    }
    go_on_with(outcome, again);
    Ok(())
}

/// A feasible plan is better than one that is not, whatever they cost. Of two that are not, the cheaper may serve less.
fn is_better(one: &routing::Outcome, other: &routing::Outcome) -> bool {
    one.feasible && (!other.feasible || one.plan.cost < other.plan.cost)
}

/// Takes over a later search's outcome: its trace goes behind the one so far, and the bound stays.
fn go_on_with(outcome: &mut routing::Outcome, mut again: routing::Outcome) {
    let lower_bound = outcome.plan.lower_bound;
    let mut trace = std::mem::take(&mut outcome.trace);
    let before = trace.last().map_or(0, |point| point.iteration);
    // From the earlier plan on: what the search passed through on its way there is no progress.
    let first =
        again.trace.iter().position(|point| again.feasible != outcome.feasible || point.cost < outcome.plan.cost);
    trace.extend(again.trace.drain(first.unwrap_or(again.trace.len())..).map(|point| routing::Progress {
        iteration: before + point.iteration,
        lower_bound,
        ..point
    }));
    *outcome = routing::Outcome { trace, iterations: outcome.iterations + again.iterations, ..again };
    outcome.plan.lower_bound = lower_bound;
}

/// Seconds below which another search is not begun.
const WORTH_SEARCHING_S: f64 = 2.0;

/// Part of the time limit that the search gets where a bound is asked for.
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
        "{}: cost {:.3}, {} routes, {} of {} jobs served{}",
        instance.name,
        plan.cost.0 as f64 / instance.cost_scale as f64,
        plan.routes.len(),
        instance.jobs.len() - plan.unassigned.len(),
        instance.jobs.len(),
        if feasible { "" } else { ", NOT feasible" }
    )
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use huilu_model::{Compartment, Grams, Job, Litres, Load, Matrix, Place, StreamSet, Vehicle, Window};

    use super::*;

    /// Two vehicles and two jobs of a kilogram, a kilometre away.
    fn day(payload: i64) -> Instance {
        let always = Window { start: Seconds(0), end: Seconds(86_400) };
        let (grams, litres) = (Grams(payload), Litres(10));
        let vehicle = |k: usize| Vehicle {
            id: format!("v{k}"),
            grams,
            compartments: vec![Compartment { streams: StreamSet(1), grams, litres }],
            shift: always,
            cost_per_metre: Cost(1),
            ..Vehicle::default()
        };
        let job = |k: usize| Job {
            id: format!("j{k}"),
            place: 1,
            loads: vec![Load { stream: 0, grams: Grams(1_000), litres: Litres(1) }],
            windows: vec![always],
            ..Job::default()
        };
        let legs = vec![0, 1_000, 1_000, 0];
        Instance::new(Parts {
            name: "day".to_owned(),
            cost_scale: 1,
            streams: vec!["paper".to_owned()],
            places: (0..2).map(|k| Place { id: format!("p{k}"), ..Place::default() }).collect(),
            travel: vec![Matrix { profile: "van".to_owned(), size: 2, seconds: legs.clone(), metres: legs }.into()],
            jobs: (0..2).map(job).collect(),
            vehicles: (0..2).map(vehicle).collect(),
            ..Parts::default()
        })
        .unwrap()
    }

    fn solved(instance: &Instance) -> routing::Outcome {
        let cancel = AtomicBool::new(false);
        let limits = Limits { clock: &WallClock(Instant::now()), seconds: None, iterations: Some(20), cancel: &cancel };
        routing::solve(instance, &routing::Params::default(), 1, &limits, &mut |_| {})
    }

    /// The dear plan has a route for each job; the proof finds the one for both.
    #[test]
    fn under_an_iteration_cap_the_plan_is_the_searchs_and_not_the_proofs() {
        let instance = day(2_000);
        let dear = solved(&day(1_000));
        assert_eq!(dear.plan.cost, Cost(4_000));
        for (iterations, cost) in [(Some(20), 4_000), (None, 2_000)] {
            let cancel = AtomicBool::new(false);
            let limits = Limits { clock: &WallClock(Instant::now()), seconds: Some(20.0), iterations, cancel: &cancel };
            let mut outcome = dear.clone();
            let proof = bounded(&instance, &mut outcome, &limits, None);
            assert_eq!(
                (outcome.plan.cost, outcome.plan.lower_bound),
                (Cost(cost), proof.lower_bound),
                "{iterations:?}"
            );
            assert_eq!(outcome.trace.last().map(|point| point.cost), Some(outcome.plan.cost));
        }
    }

    #[test]
    fn a_feasible_plan_goes_before_a_cheaper_one_that_is_not_and_brings_its_trace() {
        let dear = solved(&day(1_000));
        let mut cheap = solved(&day(2_000));
        assert!(is_better(&cheap, &dear) && !is_better(&dear, &cheap) && !is_better(&dear, &dear));
        cheap.feasible = false;
        cheap.plan.lower_bound = Some(Cost(7));
        assert!(is_better(&dear, &cheap) && !is_better(&cheap, &dear));
        let iterations = cheap.iterations + dear.iterations;
        go_on_with(&mut cheap, dear.clone());
        assert!(cheap.feasible);
        assert_eq!(cheap.plan, Plan { lower_bound: Some(Cost(7)), ..dear.plan });
        assert_eq!(cheap.trace.last().map(|point| point.cost), Some(cheap.plan.cost));
        assert_eq!(cheap.iterations, iterations);
    }
}
