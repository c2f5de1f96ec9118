//! `huilu export`: what the database holds, as files that stand on their own.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::CliError;
use super::output::write_json;
use super::say::say;
use super::service::{DataArgs, block_on, city, database, refused};
use crate::app::{AppError, export};
use crate::db::operators;
use crate::domain::PlanId;

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The instance and the routes of a plan: `huilu check` recomputes them, `huilu solve` solves the day again
    Plan(PlanArgs),
}

#[derive(Debug, Args)]
struct PlanArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Id of the plan
    plan: PlanId,
    /// Short name of the city; needed where the database holds several
    #[arg(long)]
    city: Option<String>,
    /// Folder for `instance.json` and `plan.json`
    #[arg(long)]
    out: PathBuf,
}

pub(crate) fn run(args: &ExportArgs) -> Result<(), CliError> {
    let What::Plan(args) = &args.what;
    block_on(async {
        let (services, _copy) = args.data.open_copy().await?;
        let operator = match &args.city {
            Some(key) => city(&services, key).await?,
            None => {
                let mut all = operators::all(services.db.read()).await.map_err(database)?;
                match (all.pop(), all.is_empty()) {
                    (Some(only), true) => only,
                    (None, _) => return Err(CliError::input("no city is in this database")),
                    (Some(_), false) => return Err(CliError::input("--city: the database holds several; name one")),
                }
            }
        };
        let exported = export::plan(&services, &operator, args.plan, None).await;
        let (problem, plan) = exported.map_err(|error| match error {
            AppError::NotFound => CliError::Input(format!("{}: {} has no such plan", args.plan, operator.key)),
            other => refused(other),
        })?;
        std::fs::create_dir_all(&args.out)
            .map_err(|cause| CliError::Input(format!("--out {}: {cause}", args.out.display())))?;
        write_json(&args.out.join("instance.json"), &problem)?;
        write_json(&args.out.join("plan.json"), &plan)?;
        say!("{}: {} jobs, {} routes", args.out.display(), problem.jobs.len(), plan.routes.len());
        services.db.close().await;
        Ok(())
    })
}
