//! `huilu explain`: why a plan leaves jobs out, what would serve them, and what a change that somebody proposes would cost.

mod moves;
mod words;

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use huilu_model::{Instance, Plan};
use huilu_optimizer::explain::{
    ExplainParams, Explanations, Move, ServingBound, WhatIf, explain, prove_not_worth_it, what_if,
};
use huilu_optimizer::limits::Limits;
use huilu_optimizer::proof::ProofParams;
use serde::Serialize;

use super::CliError;
use super::check;
use super::instance::{RoundingArg, RoutingFormat};
use super::say::say;
use super::solve::positive;
use super::stop::{WallClock, on_interrupt};
use words::Words;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// 简体中文
    #[value(name = "zh-CN")]
    Chinese,
    /// English
    #[value(name = "en")]
    English,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// Instance file
    file: PathBuf,
    /// The plan: a result of `huilu solve`, or the plan alone
    #[arg(long)]
    plan: PathBuf,
    /// By default what the result says, `huilu` for a plan alone
    #[arg(long, value_enum)]
    format: Option<RoutingFormat>,
    /// By default what the result says
    #[arg(long, value_enum)]
    rounding: Option<RoundingArg>,
    /// Only this job
    #[arg(long)]
    job: Option<String>,
    /// A change to look at instead; several are made one after the other. `J to V`, `J to V at N` (after N stops), `drop J`,
    /// `swap J and K`, `swap routes V and W`, `route V: A B C` (jobs and outlets in their order)
    #[arg(long = "move", value_name = "CHANGE")]
    moves: Vec<String>,
    /// Seconds for each job to prove that serving it costs more than leaving it out
    #[arg(long, value_parser = positive)]
    prove: Option<f64>,
    /// Vehicles whose rules are loosened: those nearest to the job
    #[arg(long, default_value_t = 12)]
    vehicles: usize,
    #[arg(long, value_enum, default_value_t = Language::Chinese)]
    lang: Language,
    /// Say it as JSON
    #[arg(long)]
    json: bool,
}

/// What is known of one job by a bound.
#[derive(Debug, Serialize)]
struct Bounded {
    job: String,
    #[serde(flatten)]
    bound: ServingBound,
}

#[derive(Debug, Serialize)]
struct Answer {
    #[serde(flatten)]
    explanations: Explanations,
    bounds: Vec<Bounded>,
}

pub(crate) fn run(args: &ExplainArgs, started: Instant) -> Result<(), CliError> {
    let (instance, plan, format) = check::read_both(&args.file, &args.plan, args.format, args.rounding)?;
    let words = Words { language: args.lang, money: format == RoutingFormat::Huilu, instance: &instance };
    let at_plan = |cause: &dyn std::fmt::Display| CliError::Input(format!("{}: {cause}", args.plan.display()));
    if !args.moves.is_empty() {
        let moves: Vec<Move> = args.moves.iter().map(|text| moves::parse(text)).collect::<Result<_, _>>()?;
        let answer = what_if(&instance, &plan, &moves).map_err(|cause| at_plan(&cause))?;
        return tell(args.json, &answer, |answer: &WhatIf| words.what_if(answer));
    }
    let params = ExplainParams { job: args.job.clone(), vehicles_max: args.vehicles, ..ExplainParams::default() };
    let (clock, cancel) = (WallClock(started), on_interrupt());
    let limits = Limits { clock: &clock, seconds: None, iterations: None, cancel: &cancel };
    let mut explanations = explain(&instance, &plan, &params, &limits).map_err(|cause| at_plan(&cause))?;
    let bounds = match args.prove {
        Some(seconds) => bounds(&instance, &plan, &mut explanations, seconds, &limits),
        None => Vec::new(),
    };
    tell(args.json, &Answer { explanations, bounds }, |answer: &Answer| {
        let bound = |job: &str| answer.bounds.iter().find(|bounded| bounded.job == job).map(|bounded| bounded.bound);
        words.explanations(&answer.explanations, &bound)
    })
}

fn bounds(
    instance: &Instance,
    plan: &Plan,
    explanations: &mut Explanations,
    seconds: f64,
    limits: &Limits<'_>,
) -> Vec<Bounded> {
    let mut bounds = Vec::new();
    for left in &mut explanations.jobs {
        let limits = Limits { seconds: Some(limits.clock.elapsed_s() + seconds), ..*limits };
        if let Some(bound) = prove_not_worth_it(instance, plan, &left.job, &ProofParams::default(), &limits) {
            left.settle(&bound);
            bounds.push(Bounded { job: left.job.clone(), bound });
        }
    }
    bounds
}

fn tell<T: Serialize>(json: bool, answer: &T, words: impl FnOnce(&T) -> Vec<String>) -> Result<(), CliError> {
    if json {
        say!("{}", serde_json::to_string_pretty(answer).map_err(CliError::failed)?);
    } else {
        words(answer).iter().for_each(|line| say!("{line}"));
    }
    Ok(())
}
