//! `huilu check`: the independent checker on a `huilu` instance file and a plan.

use std::path::{Path, PathBuf};

use clap::Args;
use huilu_model::{Instance, Plan, Problem};
use serde::de::DeserializeOwned;

use super::CliError;

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Instance in the `huilu` format
    instance: PathBuf,
    /// The plan: a result of `huilu solve`, or the plan alone
    plan: PathBuf,
}

pub(crate) fn run(args: &CheckArgs) -> Result<(), CliError> {
    let problem: Problem = read(&args.instance)?;
    let instance = Instance::try_from(&problem)
        .map_err(|faults| CliError::Input(format!("{}: {faults}", args.instance.display())))?;
    let mut value: serde_json::Value = read(&args.plan)?;
    let inner = value.get_mut("plan").map(serde_json::Value::take).unwrap_or(value);
    let plan: Plan =
        serde_json::from_value(inner).map_err(|cause| CliError::Input(format!("{}: {cause}", args.plan.display())))?;
    let report = huilu_check::check(&instance, &plan);
    for violation in &report.violations {
        println!("{violation}");
    }
    if report.is_clean() {
        println!("accepted: {} routes, {} jobs left out", plan.routes.len(), plan.unassigned.len());
        Ok(())
    } else {
        Err(CliError::Failed(format!("refused: {} violations", report.violations.len())))
    }
}

fn read<T: DeserializeOwned>(path: &Path) -> Result<T, CliError> {
    let text =
        std::fs::read_to_string(path).map_err(|cause| CliError::Input(format!("{}: {cause}", path.display())))?;
    serde_json::from_str(&text)
        .map_err(|cause| CliError::Input(format!("{}:{}: {cause}", path.display(), cause.line())))
}
