//! The command line: one file per command, and the exit codes that all of them share.
//!
//! 0: done (a plan that is not feasible included), 1: it failed for no fault of the caller's, 2: the input or a flag is
//! wrong; then one line says which file, where and why.

use std::process::ExitCode;
use std::time::Instant;

use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use huilu_optimizer::formats::FormatError;

mod check;
mod child;
mod clearing;
mod demo;
mod explain;
mod export;
mod import;
mod instance;
mod migrate;
mod output;
mod roads;
mod say;
mod seed;
mod serve;
mod service;
mod site;
mod solve;
mod stop;
mod travel;

/// Why a command did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The caller's input: exit code 2.
    #[error("{0}")]
    Input(String),
    /// The caller's file, with all that is wrong with it: exit code 2.
    #[error(transparent)]
    Refused(#[from] FormatError),
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
#[command(name = "huilu", version)]
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
    /// Plan which outlets vans and trucks empty today, and write the plan as JSON
    Clearing(clearing::ClearingArgs),
    /// Recompute a plan with the independent checker
    Check(check::CheckArgs),
    /// Why a plan leaves jobs out, what would serve them, and what a change of it would cost
    Explain(explain::ExplainArgs),
    /// Travel times and distances between points, from an OpenStreetMap file
    Matrix(roads::MatrixArgs),
    /// The road line through points in their order, from an OpenStreetMap file, as GeoJSON
    Route(roads::RouteArgs),
    /// Serve the API and the page; on SQLite also solve
    Serve(serve::ServeArgs),
    /// Solve jobs from a PostgreSQL database until told to end
    Worker(serve::WorkerArgs),
    /// Put a whole city into the database: the demo, or a real one from its files
    Seed(seed::SeedArgs),
    /// Take in one of a city's files
    Import(import::ImportArgs),
    /// Write what the database holds as files
    Export(export::ExportArgs),
    /// Bring the database's schema up to date
    Migrate(migrate::MigrateArgs),
    /// Copy the embedded database while it is in use
    Backup(migrate::BackupArgs),
    /// Lay a copy where no database is
    Restore(migrate::RestoreArgs),
    /// Solve one job from standard input and report on standard output (started by the server)
    #[command(hide = true)]
    SolveJob,
}

/// What clap has against the command line, without the usage that it adds on lines of their own.
fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let told =
        text.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
    let words: Vec<&str> = told.filter(|line| !line.is_empty()).collect();
    words.join(" ").trim_start_matches("error: ").replace(" tip:", "; tip:")
}

/// Runs the command that the process was started with.
pub fn run() -> ExitCode {
    let started = Instant::now();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let code = if error.use_stderr() { 2 } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
        Err(error) => {
            eprintln!("huilu: {}", one_line(&error));
            return ExitCode::from(2);
        }
    };
    let done = match cli.command {
        Command::Solve(args) => solve::run(&args, started),
        Command::Site(args) => site::run(&args, started),
        Command::Clearing(args) => clearing::run(&args, started),
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(&args, started),
        Command::Matrix(args) => roads::matrix(&args),
        Command::Route(args) => roads::route(&args),
        Command::Serve(args) => serve::serve(&args),
        Command::Worker(args) => serve::worker(&args),
        Command::Seed(args) => seed::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Migrate(args) => migrate::migrate(&args),
        Command::Backup(args) => migrate::backup(&args),
        Command::Restore(args) => migrate::restore(&args),
        Command::SolveJob => child::run(started),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("huilu: {error}");
            ExitCode::from(if matches!(error, CliError::Failed(_)) { 1 } else { 2 })
        }
    }
}
