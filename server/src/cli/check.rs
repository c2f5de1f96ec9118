//! `huilu check`: the independent checker on an instance file and a plan.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use huilu_model::{Instance, Plan};
use huilu_optimizer::formats;
use serde_json::Value;

use super::CliError;
use super::instance::{self, RoundingArg, RoutingFormat};
use super::say::say;

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Instance file
    instance: PathBuf,
    /// The plan: a result of `huilu solve`, or the plan alone
    plan: PathBuf,
    /// By default what the result says, `huilu` for a plan alone
    #[arg(long, value_enum)]
    format: Option<RoutingFormat>,
    /// By default what the result says
    #[arg(long, value_enum)]
    rounding: Option<RoundingArg>,
}

pub(crate) fn run(args: &CheckArgs) -> Result<(), CliError> {
    let (instance, plan, _) = read_both(&args.instance, &args.plan, args.format, args.rounding)?;
    let report = huilu_check::check(&instance, &plan);
    for violation in &report.violations {
        say!("{violation}");
    }
    say!("checked:");
    for constraint in &report.constraints {
        let verdict = match constraint.violations {
            0 => "holds".to_owned(),
            n => format!("{n} violations"),
        };
        say!("  {:<26} {:<18} {verdict}", constraint.name, constraint.unit);
    }
    if report.is_clean() {
        say!("accepted: {} routes, {} jobs left out", plan.routes.len(), plan.unassigned.len());
        Ok(())
    } else {
        Err(CliError::Failed(format!("refused: {} violations", report.violations.len())))
    }
}

/// An instance and a plan of it, read as the plan's file says where nobody says otherwise.
pub(super) fn read_both(
    instance: &Path,
    plan: &Path,
    format: Option<RoutingFormat>,
    rounding: Option<RoundingArg>,
) -> Result<(Instance, Plan, RoutingFormat), CliError> {
    let mut value = read(plan)?;
    let format = format.or(said(&value, "format")).unwrap_or(RoutingFormat::Huilu);
    let rounding = rounding.or(said(&value, "rounding"));
    if format == RoutingFormat::Huilu && value.get("balance").is_some() {
        return Err(CliError::Input(format!(
            "{}: this plan empties outlets; `huilu clearing {} --check {}` checks it",
            plan.display(),
            instance.display(),
            plan.display()
        )));
    }
    let (instance, _) = instance::read(instance, format, rounding)?;
    Ok((instance, plan_of(plan, &mut value)?, format))
}

/// A plan from a file: a result of `huilu solve`, or the plan alone.
pub(crate) fn read_plan(path: &Path) -> Result<Plan, CliError> {
    plan_of(path, &mut read(path)?)
}

fn plan_of(path: &Path, value: &mut Value) -> Result<Plan, CliError> {
    let inner = value.get_mut("plan").map(Value::take).unwrap_or_else(|| value.take());
    formats::json::of_value(path, inner).map_err(CliError::input)
}

/// What a result says about itself.
fn said<T: ValueEnum>(result: &Value, field: &str) -> Option<T> {
    result.get(field).and_then(Value::as_str).and_then(|name| T::from_str(name, false).ok())
}

fn read(path: &Path) -> Result<Value, CliError> {
    formats::json::value(path).map_err(CliError::input)
}
