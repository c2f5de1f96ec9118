//! Solves one file and prints how the search went: `cargo run -p huilu-optimizer --example solve -- FILE FORMAT SECONDS
//! [SEED] [plain|nocells|nolp] [THREADS]`, with FORMAT one of vrplib, solomon, huilu. For quick looks; the figures of
//! record come from `huilu solve`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use huilu_optimizer::formats::{huilu, solomon, vrplib};
use huilu_optimizer::limits::{Clock, Limits};
use huilu_optimizer::routing::{self, Params};

struct SinceStart(Instant);

impl Clock for SinceStart {
    fn elapsed_s(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [file, format, seconds, ..] = &words[..] else {
        return Err("usage: solve FILE vrplib|solomon|huilu SECONDS [SEED] [plain|nocells|nolp] [THREADS]".into());
    };
    let instance = match format.as_str() {
        "vrplib" => vrplib::read(Path::new(file), None)?.0,
        "solomon" => solomon::read(Path::new(file), None)?.0,
        "huilu" => huilu::read(Path::new(file))?,
        other => return Err(format!("unknown format `{other}`").into()),
    };
    let mode = words.get(4).map_or("plain", String::as_str);
    let params = Params {
        use_h3_neighbours: mode != "nocells",
        use_set_partitioning: mode != "nolp",
        threads: words.get(5).map_or(Ok(1), |word| word.parse())?,
        ..Params::default()
    };
    let cancel = AtomicBool::new(false);
    let clock = SinceStart(Instant::now());
    let limits = Limits { clock: &clock, seconds: Some(seconds.parse()?), iterations: None, cancel: &cancel };
    let seed = words.get(3).map_or(Ok(1), |word| word.parse())?;
    let outcome = routing::solve(&instance, &params, seed, &limits, &mut |_| {});
    let step = (outcome.trace.len() / 12).max(1);
    for point in outcome.trace.iter().step_by(step).chain(outcome.trace.last()) {
        println!(
            "{:8.2} s  iteration {:>9}  cost {}  left out {}",
            point.seconds,
            point.iteration,
            point.cost.0 as f64 / instance.cost_scale as f64,
            point.unassigned
        );
    }
    println!(
        "cost {}, {} routes, {} left out, feasible {}, {} iterations, {:.2} s\n{:?}",
        outcome.plan.cost.0 as f64 / instance.cost_scale as f64,
        outcome.plan.routes.len(),
        outcome.plan.unassigned.len(),
        outcome.feasible,
        outcome.iterations,
        clock.elapsed_s(),
        outcome.statistics
    );
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    for left in &outcome.plan.unassigned {
        let codes: Vec<String> = left.reasons.iter().map(|reason| format!("{:?}", reason.code)).collect();
        *verdicts.entry(format!("{:?} {}", left.verdict, codes.join(" "))).or_default() += 1;
    }
    println!("left out: {verdicts:?}");
    let report = huilu_check::check(&instance, &outcome.plan);
    println!("checker: {} violations", report.violations.len());
    report.violations.iter().take(5).for_each(|violation| println!("  {violation}"));
    Ok(())
}
