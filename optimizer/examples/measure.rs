//! One run on the CPU clock of its process, so that runs on a busy machine stay comparable:
//! `cargo run -p huilu-optimizer --example measure -- FILE vrplib|solomon|cordeau|waste|huilu CPU_SECONDS SEED [name=value ...]`,
//! where `name=value` sets a field of `Params`. Prints one line: file, seed, cost, jobs left out, iterations, violations,
//! statistics; with `iterations=N` it ends after so many, as the same on any machine, with `out=FILE` also writes what tables need as JSON, with `plan=FILE` the plan. `tests/bench/paired.py` and `tests/bench/classes.py`
//! run it over many files, seeds and settings.

mod clock;

use std::path::Path;
use std::sync::atomic::AtomicBool;

use huilu_model::{Instance, StepKind};
use huilu_optimizer::formats::{cordeau, huilu, solomon, vrplib, waste};
use huilu_optimizer::limits::Limits;
use huilu_optimizer::routing::{self, Outcome, Params};

use clock::ProcessCpu;

type Failure = Box<dyn std::error::Error>;

fn set(params: &mut Params, name: &str, value: &str) -> Result<(), Failure> {
    match name {
        "use_h3_neighbours" => params.use_h3_neighbours = value.parse()?,
        "use_set_partitioning" => params.use_set_partitioning = value.parse()?,
        "removed_on_average" => params.removed_on_average = value.parse()?,
        "string_max" => params.string_max = value.parse()?,
        "split_chance" => params.split_chance = value.parse()?,
        "split_more" => params.split_more = value.parse()?,
        "ruin_in_time" => params.ruin_in_time = value.parse()?,
        "blink" => params.blink = value.parse()?,
        "neighbours" => params.neighbours = value.parse()?,
        "neighbours_unloading" => params.neighbours_unloading = value.parse()?,
        "wide_chance" => params.wide_chance = value.parse()?,
        "outlets_tried" => params.outlets_tried = value.parse()?,
        "temperature_first" => params.temperature_first = value.parse()?,
        "temperature_first_timed" => params.temperature_first_timed = value.parse()?,
        "temperature_first_mixed" => params.temperature_first_mixed = value.parse()?,
        "temperature_last" => params.temperature_last = value.parse()?,
        "absent_tried" => params.absent_tried = value.parse()?,
        "wave_chance" => params.wave_chance = value.parse()?,
        "absent_wave" => params.absent_wave = value.parse()?,
        "absence_first" => params.absence_first = value.parse()?,
        "absence_rounds" => params.absence_rounds = value.parse()?,
        "regroup_chance" => params.regroup_chance = value.parse()?,
        "unload_review" => params.unload_review = value.parse()?,
        "shed_rounds" => params.shed_rounds = value.parse()?,
        "shed_share" => params.shed_share = value.parse()?,
        "early_rejection" => params.early_rejection = value.parse()?,
        "insertion_orders" => params.insertion_orders = value.parse()?,
        "opening_draws" => params.opening_draws = value.parse()?,
        "refit_chance" => params.refit_chance = value.parse()?,
        "trip_chance" => params.trip_chance = value.parse()?,
        "use_zones" => params.use_zones = value.parse()?,
        "zones_from" => params.zones_from = value.parse()?,
        "zone_jobs" => params.zone_jobs = value.parse()?,
        "zone_rounds" => params.zone_rounds = value.parse()?,
        "rounds" => params.rounds = value.parse()?,
        "pool_max" => params.pool_max = value.parse()?,
        "partition_nodes" => params.partition_nodes = value.parse()?,
        "partition_from" => params.partition_from = value.parse()?,
        "partition_share" => params.partition_share = value.parse()?,
        _ => return Err(format!("no such parameter: {name}").into()),
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [file, format, seconds, seed, settings @ ..] = &words[..] else {
        return Err("usage: measure FILE vrplib|solomon|cordeau|waste|huilu CPU_SECONDS SEED [name=value ...]".into());
    };
    let path = Path::new(file);
    let instance = match format.as_str() {
        "vrplib" => vrplib::read(path, None)?.0,
        "solomon" => solomon::read(path, None)?.0,
        "cordeau" => cordeau::read(path, None)?.0,
        "waste" => waste::read(path, None)?.0,
        "huilu" => huilu::read(path)?,
        other => return Err(format!("unknown format `{other}`").into()),
    };
    let (mut params, mut out, mut plan, mut iterations) = (Params::default(), None, None, None);
    for setting in settings {
        match setting.split_once('=').ok_or("a setting is name=value")? {
            ("out", file) => out = Some(file),
            ("plan", file) => plan = Some(file),
            ("iterations", cap) => iterations = Some(cap.parse()?),
            (name, value) => set(&mut params, name, value)?,
        }
    }
    let cancel = AtomicBool::new(false);
    // Reading the file is not part of the budget.
    let clock = ProcessCpu::start()?;
    // A capped run repeats only without a clock.
    let seconds = if iterations.is_none() { Some(seconds.parse()?) } else { None };
    let limits = Limits { clock: &clock, seconds, iterations, cancel: &cancel };
    let outcome = routing::solve(&instance, &params, seed.parse()?, &limits, &mut |_| {});
    let violations: Vec<String> =
        huilu_check::check(&instance, &outcome.plan).violations.iter().map(ToString::to_string).collect();
    println!(
        "{} {seed} {} {} {} {} {:?}",
        path.file_stem().unwrap_or_default().to_string_lossy(),
        outcome.plan.cost.0 as f64 / instance.cost_scale as f64,
        outcome.plan.unassigned.len(),
        outcome.iterations,
        violations.len(),
        outcome.statistics
    );
    if let Some(file) = plan {
        std::fs::write(file, serde_json::to_string(&outcome.plan)?)?;
    }
    if let Some(file) = out {
        std::fs::write(file, summary(&instance, &outcome, &violations).to_string())?;
    }
    Ok(())
}

/// What tables need of a run. A plan that the checker finds fault with is not feasible, whatever the search says.
fn summary(instance: &Instance, outcome: &Outcome, violations: &[String]) -> serde_json::Value {
    let plan = &outcome.plan;
    let money = |cost: i64| cost as f64 / instance.cost_scale as f64;
    let steps = plan.routes.iter().flat_map(|route| &route.steps);
    serde_json::json!({
        "cost": money(plan.cost.0),
        "fixed": money(plan.cost_parts.fixed.0),
        "feasible": outcome.feasible && violations.is_empty(),
        "violations": violations.iter().take(3).collect::<Vec<_>>(),
        "vehicles": plan.routes.len(),
        "unloads": steps.filter(|step| matches!(step.kind, StepKind::Unload { .. })).count(),
        "plan_seconds": plan.routes.iter().map(|route| route.duration_s.0).sum::<i64>(),
        "unassigned": plan.unassigned.len(),
        "iterations": outcome.iterations,
        "partitions": outcome.statistics.partitions,
        "partitions_better": outcome.statistics.partitions_better,
        "partition_saved": money(outcome.statistics.partition_saved.0),
    })
}
