//! `huilu solve`: routes for an instance file.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use huilu_model::{Instance, Plan, StepKind};
use huilu_optimizer::formats::{self, Rounding};
use huilu_optimizer::limits::Limits;
use huilu_optimizer::routing;
use serde_json::Value;

use super::CliError;
use super::output::{SolveResult, TracePoint, stem, write_json};
use super::stop::{WallClock, on_interrupt};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SolveFormat {
    Vrplib,
    Solomon,
    Huilu,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RoundingArg {
    /// To the nearest integer
    Nint,
    /// Truncated to one decimal
    Dimacs,
    /// Double precision (kept to three decimals)
    Exact,
}

impl From<RoundingArg> for Rounding {
    fn from(arg: RoundingArg) -> Self {
        match arg {
            RoundingArg::Nint => Rounding::Nint,
            RoundingArg::Dimacs => Rounding::Dimacs,
            RoundingArg::Exact => Rounding::Exact,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct SolveArgs {
    /// Instance file
    file: PathBuf,
    #[arg(long, value_enum)]
    format: SolveFormat,
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
    /// Ask for a proven lower bound. No method here proves one for routes yet: the result says null, and a line why
    #[arg(long)]
    bound: bool,
    /// Where to write the result
    #[arg(long)]
    out: PathBuf,
}

pub(super) fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(value),
        _ => Err("a number above 0 is needed".to_owned()),
    }
}

pub(crate) fn run(args: &SolveArgs, started: Instant) -> Result<(), CliError> {
    let rounding = args.rounding.map(Rounding::from);
    let (instance, rounding, format) = match args.format {
        SolveFormat::Vrplib => {
            let (instance, rounding) = formats::vrplib::read(&args.file, rounding).map_err(CliError::input)?;
            (instance, Some(rounding), "vrplib")
        }
        SolveFormat::Solomon => {
            let (instance, rounding) = formats::solomon::read(&args.file, rounding).map_err(CliError::input)?;
            (instance, Some(rounding), "solomon")
        }
        SolveFormat::Huilu => (formats::huilu::read(&args.file).map_err(CliError::input)?, None, "huilu"),
    };
    let clock = WallClock(started);
    let cancel = on_interrupt();
    let limits = Limits { clock: &clock, seconds: Some(args.seconds), iterations: args.iterations, cancel: &cancel };
    let params = routing::Params {
        threads: args.threads.map_or_else(all_cores, usize::from),
        use_h3_neighbours: !args.no_cells,
        use_set_partitioning: !args.no_set_partitioning,
        ..routing::Params::default()
    };
    let outcome = routing::solve(&instance, &params, args.seed, &limits, &mut |_| {});
    let scale = instance.cost_scale as f64;
    let result = SolveResult {
        peer: "huilu",
        instance: stem(&args.file),
        format,
        rounding: rounding.map(rounding_name),
        cost: outcome.plan.cost.0 as f64 / scale,
        lower_bound: outcome.plan.lower_bound.map(|bound| bound.0 as f64 / scale),
        gap: outcome.plan.gap(),
        feasible: outcome.feasible,
        routes: outcome.plan.routes.iter().map(|route| jobs_of(route, format)).collect(),
        route_vehicles: outcome.plan.routes.iter().map(|route| route.vehicle.clone()).collect(),
        unassigned: outcome.plan.unassigned.iter().map(|left| client(&left.job, format)).collect(),
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
    if args.bound && result.lower_bound.is_none() {
        eprintln!("huilu: --bound: no lower bound was proven; it takes a pricing round over all routes");
    }
    println!("{}", summary(&instance, &result.plan, result.feasible));
    Ok(())
}

pub(crate) fn all_cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn rounding_name(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::Nint => "nint",
        Rounding::Dimacs => "dimacs",
        Rounding::Exact => "exact",
    }
}

fn jobs_of(route: &huilu_model::PlannedRoute, format: &str) -> Vec<Value> {
    route
        .steps
        .iter()
        .filter_map(|step| match &step.kind {
            StepKind::Job { job } => Some(client(job, format)),
            _ => None,
        })
        .collect()
}

/// Literature formats count clients; a `huilu` file names them.
fn client(id: &str, format: &str) -> Value {
    match id.parse::<u64>() {
        Ok(number) if format != "huilu" => Value::from(number),
        _ => Value::from(id),
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
