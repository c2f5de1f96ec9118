//! Searches one file for `SEARCH_SECONDS`, then bounds it for `SECONDS`, both on the CPU clock of the process and one thread:
//! `cargo run -p huilu-optimizer --example bound -- FILE vrplib|solomon|huilu SECONDS SEARCH_SECONDS [name=value ...]`,
//! where `name=value` sets a field of `ProofParams`, and `cancel=SECONDS` tells the proof to end so long after its beginning by the wall. Prints how the proof went; with `out=FILE` also writes what tables need as JSON.
//! `tests/bench/bounds.py` runs it over whole sets.

mod clock;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use huilu_optimizer::formats::{huilu, solomon, vrplib};
use huilu_optimizer::limits::{Clock, Limits};
use huilu_optimizer::proof::{self, ProofParams};
use huilu_optimizer::routing::{self, Params};

use clock::ProcessCpu;

type Failure = Box<dyn std::error::Error>;

fn set(params: &mut ProofParams, name: &str, value: &str) -> Result<(), Failure> {
    match name {
        "ng_size" => params.ng_size = value.parse()?,
        "labels_max" => params.labels_max = value.parse()?,
        "columns_max" => params.columns_max = value.parse()?,
        "roomy" => params.roomy = value.parse()?,
        "smoothing" => params.smoothing = value.parse()?,
        "columns_per_row" => params.columns_per_row = value.parse()?,
        "dives" => params.dives = value.parse()?,
        "use_cuts" => params.use_cuts = value.parse()?,
        "closing_gap" => params.closing_gap = value.parse()?,
        "routes_max" => params.routes_max = value.parse()?,
        "settled_max" => params.settled_max = value.parse()?,
        "stop_gap" => params.stop_gap = value.parse()?,
        "trips" => params.trips = Some(value.parse()?),
        "hours" => params.hours = Some(value.parse()?),
        "walks_from" => params.walks_from = value.parse()?,
        "arcs_max" => params.arcs_max = value.parse()?,
        _ => return Err(format!("no such parameter: {name}").into()),
    }
    Ok(())
}

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [file, format, seconds, search_seconds, settings @ ..] = &words[..] else {
        return Err("usage: bound FILE vrplib|solomon|huilu SECONDS SEARCH_SECONDS [name=value ...]".into());
    };
    let instance = match format.as_str() {
        "vrplib" => vrplib::read(Path::new(file), None)?.0,
        "solomon" => solomon::read(Path::new(file), None)?.0,
        "huilu" => huilu::read(Path::new(file))?,
        other => return Err(format!("unknown format `{other}`").into()),
    };
    let (mut params, mut out, mut cancelled_after) = (ProofParams::default(), None, None);
    for setting in settings {
        match setting.split_once('=').ok_or("a setting is name=value")? {
            ("out", file) => out = Some(file),
            ("cancel", after) => cancelled_after = Some(Duration::try_from_secs_f64(after.parse()?)?),
            (name, value) => set(&mut params, name, value)?,
        }
    }
    static CANCEL: AtomicBool = AtomicBool::new(false);
    let clock = ProcessCpu::start()?;
    let limits = Limits { clock: &clock, seconds: Some(search_seconds.parse()?), iterations: None, cancel: &CANCEL };
    let found = routing::solve(&instance, &Params::default(), 1, &limits, &mut |_| {});
    let scale = instance.cost_scale as f64;
    let cost = found.plan.cost.0 as f64 / scale;
    let searched_s = clock.elapsed_s();
    println!("{}: plan {cost} after {searched_s:.1} s", instance.name);
    let clock = ProcessCpu::start()?;
    let limits = Limits { clock: &clock, seconds: Some(seconds.parse()?), iterations: None, cancel: &CANCEL };
    let began = Instant::now();
    if let Some(after) = cancelled_after {
        std::thread::spawn(move || {
            std::thread::sleep(after);
            CANCEL.store(true, Ordering::Relaxed);
        });
    }
    let known = proof::Known { plan: Some(&found.plan), pool: Some(&found.pool) };
    let proof = proof::prove_from(&instance, known, &params, &limits, &mut |point| {
        println!("  {:8.2} s  {}", point.seconds, point.lower_bound.0 as f64 / scale);
    });
    if let Some(late) = cancelled_after.and_then(|after| began.elapsed().checked_sub(after)) {
        println!("{}: ended {:.0} ms after it was told to", instance.name, 1e3 * late.as_secs_f64());
    }
    let bound = proof.lower_bound.map(|bound| bound.0 as f64 / scale);
    let cost = proof.plan.as_ref().map_or(cost, |plan| plan.cost.0 as f64 / scale);
    let proved_s = clock.elapsed_s();
    println!(
        "{} plan {cost} bound {bound:?} gap {:.3} % {:?} {:?} root solved {} in {proved_s:.2} s {:?}",
        instance.name,
        bound.map_or(f64::NAN, |bound| 100.0 * (cost - bound) / cost),
        proof.bound_kind,
        proof.cause,
        proof.root_solved,
        proof.statistics
    );
    if let Some(out) = out {
        let result = serde_json::json!({
            "cost": cost,
            "feasible": found.feasible || proof.plan.is_some(),
            "lower_bound": bound,
            "bound_kind": proof.bound_kind.map(|kind| kind.name()),
            "cause": proof.cause.map(|cause| cause.code()),
            "root_solved": proof.root_solved,
            "search_seconds": searched_s,
            "proof_seconds": proved_s,
        });
        std::fs::write(out, result.to_string())?;
    }
    Ok(())
}
