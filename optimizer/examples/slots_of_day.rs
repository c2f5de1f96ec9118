//! CPU time of slot prices on a real day, on the clock of the thread: `cargo run -p huilu-optimizer --example slots_of_day -- INSTANCE.json`,
//! a day as `huilu export plan` writes it. The doors of some of its own pickups ask for eight slots of two hours each, on a plan at hand.

use std::path::Path;
use std::sync::atomic::AtomicBool;

mod thread_clock;

use huilu_model::plan::StreamLoad;
use huilu_model::problem::JobSpec;
use huilu_model::{Instance, Job, Seconds, Window};
use huilu_optimizer::formats::huilu;
use huilu_optimizer::limits::{Limits, NoClock};
use huilu_optimizer::routing::{self, Params};
use huilu_optimizer::slots::{Asked, Desk};

use thread_clock::cpu_s;

/// Pickups that ask, spread over the day's list.
const ASKED: usize = 24;
const SLOTS: i64 = 8;
/// Of the search before: a plan as one has it in the morning.
const ITERATIONS: u64 = 2_000;

/// One more pickup like this one.
fn like(instance: &Instance, job: &Job) -> Asked {
    let load = |load: &huilu_model::Load| StreamLoad {
        stream: instance.streams[load.stream].clone(),
        grams: load.grams,
        litres: load.litres,
    };
    let loads = job.loads.iter().map(load).collect();
    let slot = |k: i64| Window { start: Seconds(21_600 + 7_200 * k), end: Seconds(28_800 + 7_200 * k) };
    Asked {
        job: JobSpec { loads, setup_s: job.setup, service_s: job.service, ..JobSpec::default() },
        place: Some(job.place),
        slots: (0..SLOTS).map(slot).collect(),
        ..Asked::default()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::args().nth(1).ok_or("usage: slots_of_day INSTANCE.json")?;
    let instance = huilu::read(Path::new(&file))?;
    let every = instance.jobs.len().div_ceil(ASKED).max(1);
    let questions: Vec<Asked> = instance.jobs.iter().step_by(every).map(|job| like(&instance, job)).collect();
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(ITERATIONS), cancel: &cancel };
    let plan = routing::solve(&instance, &Params::default(), 1, &limits, &mut |_| {}).plan;
    let (routes, left_out) = (plan.routes.len(), plan.unassigned.len());
    let mut desk = Desk::new(instance, plan, None)?;
    let (mut each_ms, mut open) = (Vec::new(), 0);
    for asked in &questions {
        let began = cpu_s();
        let (back, quotes) = desk.ask(asked)?;
        each_ms.push((cpu_s() - began) * 1_000.0);
        open += quotes.iter().filter(|quote| quote.place.is_some()).count();
        desk = back;
    }
    // The clock moves in ticks of some milliseconds: a mean is finer than the questions it is of.
    let mean = each_ms.iter().sum::<f64>() / each_ms.len().max(1) as f64;
    each_ms.sort_by(f64::total_cmp);
    let (Some(median), Some(most)) = (each_ms.get(each_ms.len() / 2), each_ms.last()) else {
        return Err("the day has no pickups".into());
    };
    println!(
        "{routes} routes, {left_out} left out: {} questions of {SLOTS} slots, {open} slots open, {mean:.1} ms (mean), {median:.1} ms (median), {most:.1} ms (most)",
        questions.len()
    );
    Ok(())
}
