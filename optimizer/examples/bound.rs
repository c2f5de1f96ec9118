//! Bounds one file and prints how the proof went: `cargo run -p huilu-optimizer --example bound -- FILE FORMAT SECONDS
//! [SEARCH_SECONDS] [NG] [cuts|nocuts] [SMOOTHING] [COLUMNS_PER_ROW] [COLUMNS_MAX]`. For quick looks; the figures of record come from `huilu solve --bound`.

mod clock;

use std::path::Path;
use std::sync::atomic::AtomicBool;

use huilu_optimizer::formats::{huilu, solomon, vrplib};
use huilu_optimizer::limits::{Clock, Limits};
use huilu_optimizer::proof::{self, ProofParams};
use huilu_optimizer::routing::{self, Params};

use clock::ProcessCpu;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [file, format, seconds, ..] = &words[..] else {
        return Err(
            "usage: bound FILE vrplib|solomon|huilu SECONDS [SEARCH_SECONDS] [NG] [cuts|nocuts] [SMOOTHING] [COLUMNS_PER_ROW] [COLUMNS_MAX] [trips|routes]".into()
        );
    };
    let instance = match format.as_str() {
        "vrplib" => vrplib::read(Path::new(file), None)?.0,
        "solomon" => solomon::read(Path::new(file), None)?.0,
        "huilu" => huilu::read(Path::new(file))?,
        other => return Err(format!("unknown format `{other}`").into()),
    };
    let search_seconds: f64 = words.get(3).map_or(Ok(2.0), |word| word.parse())?;
    let mut params = ProofParams::default();
    if let Some(size) = words.get(4) {
        params.ng_size = size.parse()?;
    }
    params.use_cuts = words.get(5).is_none_or(|word| word != "nocuts");
    let number = |at: usize, default: f64| words.get(at).map_or(Ok(default), |word| word.parse());
    params.smoothing = number(6, params.smoothing)?;
    params.columns_per_row = number(7, params.columns_per_row as f64)? as usize;
    params.columns_max = number(8, params.columns_max as f64)? as usize;
    params.trips = words.get(9).map(|word| word == "trips");
    let cancel = AtomicBool::new(false);
    let clock = ProcessCpu::start()?;
    let limits = Limits { clock: &clock, seconds: Some(search_seconds), iterations: None, cancel: &cancel };
    let found = routing::solve(&instance, &Params::default(), 1, &limits, &mut |_| {});
    let scale = instance.cost_scale as f64;
    let cost = found.plan.cost.0 as f64 / scale;
    println!("{}: plan {cost} after {:.1} s", instance.name, clock.elapsed_s());
    let clock = ProcessCpu::start()?;
    let limits = Limits { clock: &clock, seconds: Some(seconds.parse()?), iterations: None, cancel: &cancel };
    let known = proof::Known { plan: Some(&found.plan), pool: Some(&found.pool) };
    let proof = proof::prove_from(&instance, known, &params, &limits, &mut |point| {
        println!("  {:8.2} s  {}", point.seconds, point.lower_bound.0 as f64 / scale);
    });
    let bound = proof.lower_bound.map(|bound| bound.0 as f64 / scale);
    let cost = proof.plan.as_ref().map_or(cost, |plan| plan.cost.0 as f64 / scale);
    println!(
        "{} plan {cost} bound {bound:?} gap {:.3} % {:?} {:?} root solved {} in {:.2} s {:?}",
        instance.name,
        bound.map_or(f64::NAN, |bound| 100.0 * (cost - bound) / cost),
        proof.bound_kind,
        proof.cause,
        proof.root_solved,
        clock.elapsed_s(),
        proof.statistics
    );
    Ok(())
}
