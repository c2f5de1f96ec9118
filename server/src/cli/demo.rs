//! What `huilu serve --demo` does beyond serving: the demo city in an empty database, bookings for tomorrow whenever it
//! is looked at, and a first plan.

use std::sync::Arc;
use std::time::Duration;

use chrono::{Days, NaiveDate};
use huilu_api_spec::plan::{CreatePlan, Plan, PlanSummary, RunState};
use huilu_seeds::demo;

use super::CliError;
use super::say::say;
use super::seed::plant;
use super::service::{database, refused};
use crate::app::{Actor, Services, import, planning, sessions};
use crate::db::{bookings, operators, plans};
use crate::domain::access::Role;
use crate::domain::operator::Operator;
use crate::domain::plan::PlanKind;

/// The demo's own number: everybody sees the same city.
const SEED: u64 = 1;
const POLL: Duration = Duration::from_millis(500);

/// The demo city, ready for the day after today.
#[derive(Debug)]
pub(crate) struct Demo {
    operator: Operator,
    /// Tomorrow on its clock.
    date: NaiveDate,
}

impl Demo {
    /// Seeds the city into a database without one; gives it bookings for tomorrow where it has none.
    pub(crate) async fn prepare(services: &Services) -> Result<Self, CliError> {
        if operators::all(services.db.read()).await.map_err(database)?.is_empty() {
            plant(services, demo::generate(SEED, super::seed::today()).map_err(CliError::failed)?, None).await?;
        }
        let found = operators::by_key(services.db.read(), demo::KEY).await.map_err(database)?;
        let operator = found.ok_or_else(|| {
            CliError::input(
                "--demo: this database holds another city; serve it without --demo, or name another --data-dir",
            )
        })?;
        if !operator.roads.as_ref().is_some_and(|key| services.roads_file(key).exists()) {
            say!("preparing its roads anew ...");
            let pbf = demo::generate(SEED, super::seed::today()).map_err(CliError::failed)?.roads_pbf;
            import::roads(services, &operator, import::RoadsSource::plain(pbf), Arc::new(|_| {}))
                .await
                .map_err(refused)?;
        }
        let today = operator.zone.date_of(services.clock.now());
        let date = today.checked_add_days(Days::new(1)).unwrap_or(today);
        if bookings::awaiting(services.db.read(), operator.id, date).await.map_err(database)?.is_empty() {
            let city = demo::generate(SEED, today).map_err(CliError::failed)?;
            let added = import::open_bookings(services, &operator, &city.bookings).await.map_err(refused)?;
            say!("{added} bookings for {date}");
        }
        Ok(Self { operator, date })
    }

    /// Makes and publishes the plan for tomorrow unless there is one, and prints its figures.
    pub(crate) async fn first_plan(&self, services: &Services, seconds: u32) -> Result<(), CliError> {
        let read = services.db.read();
        let planner = self.planner(services).await?;
        if let Some(published) =
            plans::published(read, self.operator.id, self.date, PlanKind::Collection).await.map_err(database)?
        {
            let plan = planning::get(services, &planner, &published.id.to_string()).await.map_err(refused)?;
            print_figures(&plan);
            return Ok(());
        }
        say!("planning {} for {seconds} s ...", self.date);
        let order = CreatePlan {
            service_date: self.date.to_string(),
            kind: huilu_api_spec::plan::PlanKind::Collection,
            seconds: Some(seconds),
            seed: Some(SEED),
            ..CreatePlan::default()
        };
        let created = planning::order(services, &planner, order).await.map_err(refused)?;
        let mut told = None;
        let plan = loop {
            tokio::time::sleep(POLL).await;
            let plan = planning::get(services, &planner, &created.id).await.map_err(refused)?;
            if plan.run.cost_fen != told {
                told = plan.run.cost_fen;
                let yuan = told.map_or(0.0, |fen| fen as f64 / 100.0);
                let left_out = plan.run.unassigned.unwrap_or_default();
                say!("  {:5.1} s  {yuan:.2} yuan, {left_out} left out", plan.run.seconds.unwrap_or_default());
            }
            match plan.run.state {
                RunState::Queued | RunState::Running => {}
                RunState::Succeeded => break plan,
                RunState::Failed | RunState::Cancelled => {
                    let cause = plan.run.error.unwrap_or_else(|| "it was cancelled".to_owned());
                    return Err(CliError::Failed(cause));
                }
            }
        };
        let published = planning::publish_now(services, &planner, &plan.id).await.map_err(refused)?;
        print_figures(&published);
        Ok(())
    }

    async fn planner(&self, services: &Services) -> Result<Actor, CliError> {
        let tokens = import::tokens(services, &self.operator).await.map_err(refused)?;
        let token = tokens.get(Role::Planner.as_str()).cloned().unwrap_or_default();
        let actor = sessions::who(services, &token).await.map_err(refused)?;
        actor.ok_or_else(|| CliError::failed("the planner's token is not known"))
    }
}

fn print_figures(plan: &Plan) {
    let Some(summary) = &plan.summary else { return };
    let share = 100.0 * summary.served as f64 / (summary.bookings.max(1)) as f64;
    say!("the plan of {}:", plan.service_date);
    say!("  {} of {} bookings served ({share:.1} %)", summary.served, summary.bookings);
    say!(
        "  {} vehicles, {:.0} km, {:.0} hours, {} unloads, {:.0} kg",
        summary.vehicles_used,
        summary.distance_m as f64 / 1_000.0,
        summary.duration_s as f64 / 3_600.0,
        summary.unloads,
        summary.mass_g as f64 / 1_000.0
    );
    let cost = summary.cost_fen as f64 / 100.0;
    match (summary.lower_bound_fen, summary.gap) {
        (Some(bound), Some(gap)) => {
            say!(
                "  {cost:.2} yuan; proven: no plan costs less than {:.2} (gap {:.1} %)",
                bound as f64 / 100.0,
                gap * 100.0
            );
        }
        _ => say!("  {cost:.2} yuan; no lower bound is proven: {}", cause(summary)),
    }
    for (code, count) in planning::reasons_counted(plan) {
        say!("  left out {count}: {code}");
    }
}

/// Why there is no bound, as the API names it.
fn cause(summary: &PlanSummary) -> String {
    let cause = summary.lower_bound_cause.and_then(|cause| serde_json::to_value(cause).ok());
    cause.and_then(|cause| cause.as_str().map(str::to_owned)).unwrap_or_default()
}
