//! `huilu export`: what the database holds, as files that stand on their own.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::CliError;
use super::output::write_json;
use super::say::say;
use super::service::{DataArgs, block_on, city, database, refused};
use crate::app::AppError;
use crate::app::export::{self, Exported};
use crate::db::operators;
use crate::domain::PlanId;

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The instance and the routes of a plan: `huilu check` recomputes them, `huilu solve` solves the day again; of a
    /// clearing plan its network, and `huilu clearing` does both
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
    /// Folder for `instance.json` (of a clearing plan `network.json`) and `plan.json`
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
        let exported = export::any(&services, &operator, args.plan, None).await;
        let exported = exported.map_err(|error| match error {
            AppError::NotFound => CliError::Input(format!("{}: {} has no such plan", args.plan, operator.key)),
            other => refused(other),
        })?;
        std::fs::create_dir_all(&args.out)
            .map_err(|cause| CliError::Input(format!("--out {}: {cause}", args.out.display())))?;
        let (instance, plan) = (args.out.join("instance.json"), args.out.join("plan.json"));
        match exported {
            Exported::Collection(problem, found) => {
                write_json(&instance, &problem)?;
                write_json(&plan, &found)?;
                say!("{}: {} jobs, {} routes", args.out.display(), problem.jobs.len(), found.routes.len());
            }
            Exported::Clearing(network, answer) => {
                let file = args.out.join("network.json");
                write_json(&file, &network)?;
                write_json(&plan, &answer)?;
                let routes = answer.routes().routes.len();
                say!("{}: {} outlets, {routes} routes", args.out.display(), network.outlets.len());
                say!("huilu clearing {} --check {} recomputes it", file.display(), plan.display());
            }
        }
        services.db.close().await;
        Ok(())
    })
}
