//! `huilu site`: which sites to open, for an instance file.

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use huilu_optimizer::formats;
use huilu_optimizer::limits::Limits;
use huilu_optimizer::siting::{self, SitingParams};

use super::CliError;
use super::output::{SiteResult, TracePoint, stem, write_json};
use super::say::say;
use super::solve::positive;
use super::stop::{WallClock, on_interrupt};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SiteFormat {
    Cap,
    Pmed,
    Huilu,
}

#[derive(Debug, Args)]
pub(crate) struct SiteArgs {
    /// Instance file
    file: PathBuf,
    #[arg(long, value_enum)]
    format: SiteFormat,
    /// The capacity of every site, for `cap` files that say `capacity` instead of a number
    #[arg(long, value_parser = positive, allow_negative_numbers = true)]
    capacity: Option<f64>,
    /// Wall clock limit, counted from the start of the program
    #[arg(long, default_value_t = 30.0, value_parser = positive, allow_negative_numbers = true)]
    seconds: f64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Accepted for symmetry with `solve`; siting uses one thread
    #[arg(long, default_value_t = 1)]
    threads: u16,
    /// Where to write the result
    #[arg(long)]
    out: PathBuf,
}

pub(crate) fn run(args: &SiteArgs, started: Instant) -> Result<(), CliError> {
    let cancel = on_interrupt();
    let (problem, format) = match args.format {
        SiteFormat::Cap => (formats::cap::read(&args.file, args.capacity).map_err(CliError::input)?, "cap"),
        SiteFormat::Pmed => (formats::pmed::read(&args.file).map_err(CliError::input)?, "pmed"),
        SiteFormat::Huilu => (formats::sites::read(&args.file).map_err(CliError::input)?, "huilu"),
    };
    let clock = WallClock(started);
    let limits = Limits { clock: &clock, seconds: Some(args.seconds), iterations: None, cancel: &cancel };
    let mut trace = Vec::new();
    let solution = siting::solve(&problem, &SitingParams::default(), args.seed, &limits, &mut |point| {
        trace.push(TracePoint {
            seconds: point.seconds,
            iteration: trace.len() as u64,
            cost: point.cost,
            lower_bound: point.lower_bound,
        });
    })
    .map_err(|cause| CliError::Input(format!("{}: {cause}", args.file.display())))?;
    let result = SiteResult {
        peer: "huilu",
        instance: stem(&args.file),
        format,
        cost: solution.cost,
        lower_bound: solution.lower_bound,
        gap: solution.gap(),
        feasible: solution.feasible,
        open: solution.open.iter().map(|site| site + 1).collect(),
        flows: solution.flows.iter().map(|flow| (flow.site + 1, flow.demand + 1, flow.share)).collect(),
        capacity: args.capacity,
        wall_seconds: started.elapsed().as_secs_f64(),
        seed: args.seed,
        trace,
    };
    write_json(&args.out, &result)?;
    say!(
        "{}: cost {:.3}, {} of {} sites open{}",
        problem.name,
        result.cost,
        result.open.len(),
        problem.sites.len(),
        if result.feasible { "" } else { ", NOT feasible" }
    );
    Ok(())
}
