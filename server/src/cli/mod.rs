//! The command line: one file per command, and the exit codes that all of them share.
//!
//! 0: done (a plan that is not feasible included), 1: it failed for no fault of the caller's, 2: the input or a flag is
//! wrong; then one line says which file, where and why.

use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, Subcommand};

mod check;
mod child;
mod output;
mod roads;
mod site;
mod solve;
mod stop;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The caller's input: exit code 2.
    #[error("{0}")]
    Input(String),
    /// Anything else: exit code 1.
    #[error("{0}")]
    Failed(String),
}

impl CliError {
    pub(crate) fn input(cause: impl std::fmt::Display) -> Self {
        Self::Input(cause.to_string())
    }

    pub(crate) fn failed(cause: impl std::fmt::Display) -> Self {
        Self::Failed(cause.to_string())
    }
}

/// Huilu 回路: collector routes and outlet sites for internet recycling.
#[derive(Debug, Parser)]
#[command(name = "huilu", version, about, long_about = None)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Plan the routes of an instance file and write the result as JSON
    Solve(solve::SolveArgs),
    /// Choose the sites of an instance file and write the result as JSON
    Site(site::SiteArgs),
    /// Recompute a plan with the independent checker
    Check(check::CheckArgs),
    /// Travel times and distances between points, from an OpenStreetMap file
    Matrix(roads::MatrixArgs),
    /// The road line through points in their order, from an OpenStreetMap file, as GeoJSON
    Route(roads::RouteArgs),
    /// Solve one job from standard input and report on standard output (started by the server)
    #[command(hide = true)]
    SolveJob,
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let started = Instant::now();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap prints help and version to standard output and faults to standard error.
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let done = match cli.command {
        Command::Solve(args) => solve::run(&args, started),
        Command::Site(args) => site::run(&args, started),
        Command::Check(args) => check::run(&args),
        Command::Matrix(args) => roads::matrix(&args),
        Command::Route(args) => roads::route(&args),
        Command::SolveJob => child::run(started),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("huilu: {error}");
            ExitCode::from(if matches!(error, CliError::Input(_)) { 2 } else { 1 })
        }
    }
}
