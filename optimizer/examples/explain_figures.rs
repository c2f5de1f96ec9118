//! CPU time of slot prices and explanations on a made-up day, on the clock of the thread:
//! `cargo run -p huilu-optimizer --example explain_figures -- STOPS SEED`.
//!
//! Doors lie on a square of ten kilometres; vans of 400 kg unload at ten yards. Fifty bookings ask for eight slots of two hours each.

mod thread_clock;

use std::sync::atomic::AtomicBool;

use huilu_model::instance::Parts;
use huilu_model::{
    Compartment, Cost, Grams, Instance, Job, Litres, Load, Matrix, Outlet, Place, Seconds, StreamSet, Vehicle, Window,
};
use huilu_optimizer::explain::{ExplainParams, explain};
use huilu_optimizer::limits::{Limits, NoClock};
use huilu_optimizer::routing::{self, Params};
use huilu_optimizer::slots::with_pricer;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use thread_clock::cpu_s;

type Failure = Box<dyn std::error::Error>;

const ASKED: usize = 50;
const SLOTS: i64 = 8;
const YARDS: usize = 10;

fn day(stops: usize, seed: u64) -> Parts {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let n_places = 1 + YARDS + stops + ASKED;
    let points: Vec<(f64, f64)> =
        (0..n_places).map(|_| (rng.random_range(0.0..10_000.0), rng.random_range(0.0..10_000.0))).collect();
    let metres: Vec<u32> = points
        .iter()
        .flat_map(|a| points.iter().map(move |b| (1.3 * (a.0 - b.0).hypot(a.1 - b.1)).ceil() as u32))
        .collect();
    let window = |start: i64, end: i64| Window { start: Seconds(start), end: Seconds(end) };
    let slot = |k: i64| window(28_800 + 4_500 * k, 28_800 + 4_500 * k + 7_200);
    let mut job = |id: String, place: usize, window: Window| Job {
        id,
        place,
        loads: vec![Load { stream: 0, grams: Grams(rng.random_range(5_000..20_000)), litres: Litres(100) }],
        windows: vec![window],
        setup: Seconds(60),
        service: Seconds(240),
        penalty: Some(Cost(3_000 * 18_000)),
        ..Job::default()
    };
    let mut jobs: Vec<Job> =
        (0..stops).map(|k| job(format!("stop {k}"), 1 + YARDS + k, slot(k as i64 % SLOTS))).collect();
    for k in 0..ASKED {
        let asked = job(String::new(), 1 + YARDS + stops + k, slot(0));
        jobs.extend((0..SLOTS).map(|s| Job { id: format!("asked {k} {s}"), windows: vec![slot(s)], ..asked.clone() }));
    }
    let vehicle = |k: usize| Vehicle {
        id: format!("van {k}"),
        grams: Grams(400_000),
        compartments: vec![Compartment { streams: StreamSet(1), grams: Grams(400_000), litres: Litres(4_000) }],
        shift: window(28_800, 72_000),
        cost_fixed: Cost(5_000 * 18_000),
        cost_per_second: Cost(3_000 * 5),
        cost_per_metre: Cost(80 * 18),
        end_empty: true,
        ..Vehicle::default()
    };
    let outlet = |k: usize| Outlet {
        id: format!("yard {k}"),
        place: 1 + k,
        streams: StreamSet(1),
        windows: vec![window(28_800, 72_000)],
        capacity: vec![None],
        unload: Seconds(600),
        ..Outlet::default()
    };
    Parts {
        name: "figures".to_owned(),
        cost_scale: 18_000,
        streams: vec!["paper".to_owned()],
        places: (0..n_places).map(|k| Place { id: k.to_string(), ..Place::default() }).collect(),
        travel: vec![
            Matrix {
                profile: "van".to_owned(),
                size: n_places,
                seconds: metres.iter().map(|&metres| metres / 6).collect(),
                metres,
            }
            .into(),
        ],
        jobs,
        vehicles: (0..stops / 35).map(vehicle).collect(),
        outlets: (0..YARDS).map(outlet).collect(),
        ..Parts::default()
    }
}

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [stops, seed] = &words[..] else { return Err("usage: explain_figures STOPS SEED".into()) };
    let (stops, seed) = (stops.parse::<usize>()?, seed.parse::<u64>()?);
    let parts = day(stops, seed);
    let mut without = parts.clone();
    without.jobs.truncate(stops);
    let without = Instance::new(without)?;
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(3_000), cancel: &cancel };
    let params = Params { use_set_partitioning: false, ..Params::default() };
    let plan = routing::solve(&without, &params, seed, &limits, &mut |_| {}).plan;
    let instance = Instance::new(parts)?;
    let began = cpu_s();
    let (mut each, mut open) = with_pricer(&instance, &plan, |pricer| {
        let mut open = 0;
        let each = (0..ASKED).map(|k| {
            let first = stops + k * SLOTS as usize;
            let began = cpu_s();
            let slots: Vec<usize> = (first..first + SLOTS as usize).collect();
            open += pricer.prices(&slots).iter().flatten().count();
            (cpu_s() - began) * 1_000.0
        });
        (each.collect::<Vec<f64>>(), open)
    })?;
    each.sort_by(f64::total_cmp);
    open /= ASKED;
    let setup = (cpu_s() - began) * 1_000.0 - each.iter().sum::<f64>();
    println!(
        "{stops} stops, {} vans out, {} left out: {SLOTS} slots of a booking in {:.1} ms (median), {:.1} ms (most), {open} open; set up in {setup:.1} ms",
        plan.routes.len(),
        plan.unassigned.len(),
        each[ASKED / 2],
        each[ASKED - 1],
    );
    let began = cpu_s();
    let params = ExplainParams { job: Some("asked 0 0".to_owned()), ..ExplainParams::default() };
    let limits = Limits { clock: &NoClock, seconds: None, iterations: None, cancel: &AtomicBool::new(false) };
    let explained = explain(&instance, &plan, &params, &limits)?;
    let relaxations = explained.jobs.first().map_or(0, |left| left.relax.len());
    println!("one job explained, {relaxations} relaxations, in {:.2} s", cpu_s() - began);
    Ok(())
}
