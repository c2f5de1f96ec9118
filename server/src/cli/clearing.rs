//! `huilu clearing`: which outlets to empty today, and the routes of vans and trucks for it.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use clap::Args;
use huilu_model::clearing::{ClearingPlan, Due, Network};
use huilu_optimizer::limits::Limits;
use huilu_optimizer::{clearing, formats, routing};

use super::CliError;
use super::output::write_json;
use super::say::say;
use super::solve::{all_cores, positive, seconds};
use super::stop::{WallClock, on_interrupt};

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["out", "check"])))]
pub(crate) struct ClearingArgs {
    /// The network with its fills, as JSON
    file: PathBuf,
    /// Wall clock limit, counted from the start of the program. By default 30; none where `--iterations` stands alone
    #[arg(long, value_parser = positive, allow_negative_numbers = true)]
    seconds: Option<f64>,
    /// Iteration cap of each tier; without `--seconds`, with a seed and a thread count, it makes the answer repeatable
    #[arg(long)]
    iterations: Option<u64>,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Worker threads; by default one for each core
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
    /// Where to write the plan
    #[arg(long)]
    out: Option<PathBuf>,
    /// Check a plan of the network instead of making one
    #[arg(long)]
    check: Option<PathBuf>,
}

pub(crate) fn run(args: &ClearingArgs, started: Instant) -> Result<(), CliError> {
    let read = || formats::clearing::read(&args.file).map_err(CliError::input);
    match (&args.check, &args.out) {
        (Some(plan), _) => check(&read()?, plan),
        (None, Some(out)) => {
            let cancel = on_interrupt();
            plan(args, &read()?, out, started, &cancel)
        }
        // The command line asks for one of them.
        (None, None) => Ok(()),
    }
}

fn plan(
    args: &ClearingArgs,
    network: &Network,
    out: &Path,
    started: Instant,
    cancel: &AtomicBool,
) -> Result<(), CliError> {
    let clock = WallClock(started);
    let limits =
        Limits { clock: &clock, seconds: seconds(args.seconds, args.iterations), iterations: args.iterations, cancel };
    let threads = args.threads.map_or_else(all_cores, usize::from);
    let params = routing::Params { threads, ..routing::Params::default() };
    let answer = clearing::plan(network, &params, args.seed, &limits, &mut |_| {})
        .map_err(|faults| CliError::Input(format!("{}: {faults}", args.file.display())))?;
    if let Some(violation) = huilu_check::check_clearing(network, &answer).first() {
        return Err(CliError::Failed(format!("the independent checker refused the plan: {violation}")));
    }
    write_json(out, &answer)?;
    for note in &answer.notes {
        say!("{note}");
    }
    say!("{}", summary(&answer));
    Ok(())
}

fn check(network: &Network, file: &Path) -> Result<(), CliError> {
    let answer = formats::json::value(file).and_then(|value| formats::json::of_value::<ClearingPlan>(file, value));
    let answer = answer.map_err(CliError::input)?;
    let violations = huilu_check::check_clearing(network, &answer);
    for violation in &violations {
        say!("{violation}");
    }
    if violations.is_empty() {
        say!("accepted: {}", summary(&answer));
        Ok(())
    } else {
        Err(CliError::Failed(format!("refused: {} violations", violations.len())))
    }
}

fn summary(answer: &ClearingPlan) -> String {
    let routes = answer.routes();
    let count = |due: Due| answer.decisions.iter().filter(move |decision| decision.due == due);
    let served = |due: Due| count(due).filter(|decision| decision.jobs_served > 0).count();
    let must = count(Due::Overfull).count() + count(Due::Mandatory).count();
    format!(
        "{}: {} of {must} outlets emptied that must be, {} of {} that may be; {} routes, {:.1} km{}",
        answer.network,
        served(Due::Overfull) + served(Due::Mandatory),
        served(Due::Optional),
        count(Due::Optional).count(),
        routes.routes.len(),
        routes.routes.iter().map(|route| route.distance_m.0).sum::<i64>() as f64 / 1_000.0,
        if answer.feasible { "" } else { ", NOT feasible" }
    )
}
