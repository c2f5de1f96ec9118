//! A booking horizon, once with slots given first come first served and once with slots priced by the plan:
//! `cargo run -p huilu-optimizer --example slots_horizon -- REQUESTS SEED VANS`, one line of JSON for each policy.
//!
//! Requests come one after the other, each with a door, kilograms and a slot that suits best; other slots suit less the farther they are. *First come*
//! gives the best slot that a route has a place for. *Priced* shows each slot's surcharge over the cheapest one, three yuan at most; the resident
//! takes the slot of the greatest utility, by the same tastes in both policies. Either way a request without a slot worth taking is lost, and an
//! accepted one is a promise that the day keeps. In the end both days are planned anew, with the same effort.

mod thread_clock;

use std::sync::atomic::AtomicBool;

use huilu_model::instance::Parts;
use huilu_model::plan::StreamLoad;
use huilu_model::problem::JobSpec;
use huilu_model::{
    Compartment, Cost, Grams, Instance, Job, Litres, Load, Matrix, Outlet, Place, Plan, Seconds, StreamSet, Vehicle,
    Window,
};
use huilu_optimizer::limits::{Limits, NoClock};
use huilu_optimizer::routing::{self, Params};
use huilu_optimizer::slots::{Asked, Desk, Quote, Ways};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use thread_clock::cpu_s;

type Failure = Box<dyn std::error::Error>;

const SLOTS: i64 = 8;
/// Where the vans stand, and the yards, in metres.
const DEPOT: (f64, f64) = (5_000.0, 5_000.0);
const YARDS: [(f64, f64); 4] = [(2_500.0, 2_500.0), (7_500.0, 2_500.0), (2_500.0, 7_500.0), (7_500.0, 7_500.0)];
const SCALE: i64 = 18_000;
/// The routes are searched anew after so many bookings.
const ANEW_EVERY: usize = 50;
/// What a resident gives for a slot that is one nearer to the best, in fen: a yuan and a half, on average.
const FEN_PER_SLOT: f64 = 150.0;
/// No surcharge is higher, whatever a slot costs: one that opens a route costs a van's day, and nobody pays that.
const SURCHARGE_MAX_FEN: f64 = 300.0;
/// A slot so much worse than the best one for nothing is not worth booking, in fen.
const PATIENCE_FEN: f64 = 500.0;

/// One resident.
struct Request {
    at: (f64, f64),
    grams: i64,
    /// By slot: what it is worth less than the best, in fen.
    regret: Vec<f64>,
}

fn requests(n: usize, seed: u64) -> Vec<Request> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    // Most want the evening, some the morning.
    let weights = [3.0, 2.0, 1.0, 1.0, 1.0, 2.0, 5.0, 5.0];
    let centres: Vec<(f64, f64)> =
        (0..6).map(|_| (rng.random_range(1_000.0..9_000.0), rng.random_range(1_000.0..9_000.0))).collect();
    let one = |_| {
        let mut draw = rng.random_range(0.0..weights.iter().sum());
        let best = weights.iter().position(|weight| {
            draw -= weight;
            draw < 0.0
        });
        let best = best.unwrap_or(0) as i64;
        let (x, y) = centres[rng.random_range(0..centres.len())];
        let at = (x + rng.random_range(-1_500.0..1_500.0), y + rng.random_range(-1_500.0..1_500.0));
        let per_slot = FEN_PER_SLOT * rng.random_range(0.3..1.7);
        let taste: Vec<f64> = (0..SLOTS).map(|_| rng.random_range(0.0..60.0)).collect();
        let regret = (0..SLOTS).map(|slot| {
            let away = (slot - best).unsigned_abs() as f64;
            if away == 0.0 { 0.0 } else { per_slot * away + taste[slot as usize] }
        });
        Request { at, grams: rng.random_range(5_000..20_000), regret: regret.collect() }
    };
    (0..n).map(one).collect()
}

fn slot(k: i64) -> Window {
    Window { start: Seconds(28_800 + 5_400 * k), end: Seconds(28_800 + 5_400 * (k + 1)) }
}

fn way(a: (f64, f64), b: (f64, f64)) -> (u32, u32) {
    let metres = (1.3 * (a.0 - b.0).hypot(a.1 - b.1)).ceil();
    ((metres / 5.0).ceil() as u32, metres as u32)
}

/// The places of a day: the depot, the yards, then the bookings.
fn points(booked: &[(usize, i64)], all: &[Request]) -> impl Iterator<Item = (f64, f64)> {
    [DEPOT].into_iter().chain(YARDS).chain(booked.iter().map(|&(k, _)| all[k].at))
}

/// The day of the bookings so far.
fn day(booked: &[(usize, i64)], all: &[Request], vans: usize) -> Result<Instance, Failure> {
    let points: Vec<(f64, f64)> = points(booked, all).collect();
    let legs: Vec<(u32, u32)> = points.iter().flat_map(|&a| points.iter().map(move |&b| way(a, b))).collect();
    let job = |(n, &(k, at)): (usize, &(usize, i64))| Job {
        id: format!("request {k}"),
        place: 1 + YARDS.len() + n,
        loads: vec![Load { stream: 0, grams: Grams(all[k].grams), litres: Litres(100) }],
        windows: vec![slot(at)],
        setup: Seconds(60),
        service: Seconds(300),
        // Dear enough that a promise is kept wherever it can be.
        penalty: Some(Cost(100_000 * SCALE)),
        ..Job::default()
    };
    let shift = Window { start: slot(0).start, end: Seconds(slot(SLOTS - 1).end.0 + 3_600) };
    let vehicle = |k: usize| Vehicle {
        id: format!("van {k}"),
        grams: Grams(300_000),
        compartments: vec![Compartment { streams: StreamSet(1), grams: Grams(300_000), litres: Litres(3_000) }],
        shift,
        cost_fixed: Cost(5_000 * SCALE),
        cost_per_second: Cost(3_000 * SCALE / 3_600),
        cost_per_metre: Cost(80 * SCALE / 1_000),
        end_empty: true,
        ..Vehicle::default()
    };
    let outlet = |k: usize| Outlet {
        id: format!("yard {k}"),
        place: 1 + k,
        streams: StreamSet(1),
        windows: vec![shift],
        capacity: vec![None],
        unload: Seconds(600),
        ..Outlet::default()
    };
    Ok(Instance::new(Parts {
        name: "horizon".to_owned(),
        cost_scale: SCALE,
        streams: vec!["paper".to_owned()],
        places: (0..points.len()).map(|k| Place { id: k.to_string(), ..Place::default() }).collect(),
        travel: vec![
            Matrix {
                profile: "van".to_owned(),
                size: points.len(),
                seconds: legs.iter().map(|leg| leg.0).collect(),
                metres: legs.iter().map(|leg| leg.1).collect(),
            }
            .into(),
        ],
        jobs: booked.iter().enumerate().map(job).collect(),
        vehicles: (0..vans).map(vehicle).collect(),
        outlets: (0..YARDS.len()).map(outlet).collect(),
        ..Parts::default()
    })?)
}

/// The day's routes, from those of before where there are any.
fn planned(day: &Instance, before: Option<&Plan>, iterations: u64) -> routing::Outcome {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(iterations), cancel: &cancel };
    match before {
        Some(plan) => routing::solve_from(day, plan, &Params::default(), 1, &limits, &mut |_| {}),
        None => routing::solve(day, &Params::default(), 1, &limits, &mut |_| {}),
    }
}

fn asked(request: &Request, booked: &[(usize, i64)], all: &[Request]) -> Asked {
    let ways: Vec<(u32, u32)> = points(booked, all).map(|point| way(request.at, point)).collect();
    let (seconds, metres): (Vec<u32>, Vec<u32>) = ways.into_iter().unzip();
    Asked {
        job: JobSpec {
            loads: vec![StreamLoad { stream: "paper".to_owned(), grams: Grams(request.grams), litres: Litres(100) }],
            setup_s: Seconds(60),
            service_s: Seconds(300),
            ..JobSpec::default()
        },
        position: None,
        place: None,
        slots: (0..SLOTS).map(slot).collect(),
        ways: vec![Ways {
            seconds_to: seconds.clone(),
            metres_to: metres.clone(),
            seconds_from: seconds,
            metres_from: metres,
        }],
    }
}

/// The slot that the resident takes; none where no slot is worth it.
fn chosen(request: &Request, quotes: &[Quote], priced: Option<f64>) -> Option<i64> {
    let fen = |quote: &Quote| {
        let place = quote.place.as_ref()?;
        let displaced = quote.displacement().0 as f64 * priced.unwrap_or(0.0);
        Some((place.cost.0 as f64 + displaced) / SCALE as f64)
    };
    let cheapest = quotes.iter().filter_map(fen).fold(f64::INFINITY, f64::min);
    let loss = |(k, quote): (usize, &Quote)| {
        let surcharge = (fen(quote)? - cheapest).min(SURCHARGE_MAX_FEN);
        let paid = if priced.is_some() { surcharge } else { 0.0 };
        Some((request.regret[k] + paid, k as i64))
    };
    let best = quotes.iter().enumerate().filter_map(loss).min_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 <= PATIENCE_FEN).then_some(best.1)
}

fn horizon(all: &[Request], vans: usize, priced: Option<f64>) -> Result<serde_json::Value, Failure> {
    let mut booked: Vec<(usize, i64)> = Vec::new();
    let mut plan: Option<Plan> = None;
    let mut prices: Option<Vec<f64>> = None;
    let (mut regret, mut asked_ms, mut none_open) = (0.0, Vec::new(), 0);
    for (k, request) in all.iter().enumerate() {
        let today = day(&booked, all, vans)?;
        let now = match plan.take() {
            Some(plan) => plan,
            None => planned(&today, None, 1).plan,
        };
        let desk = Desk::new(today, now.clone(), prices.as_deref())?;
        let question = asked(request, &booked, all);
        let began = cpu_s();
        let (_, quotes) = desk.ask(&question)?;
        asked_ms.push((cpu_s() - began) * 1_000.0);
        plan = Some(now);
        // The fewer are still to come, the less is displaced.
        let still = 1.0 - k as f64 / all.len() as f64;
        none_open += usize::from(quotes.iter().all(|quote| quote.place.is_none()));
        let Some(slot) = chosen(request, &quotes, priced.map(|share| share * still)) else { continue };
        regret += request.regret[slot as usize];
        booked.push((k, slot));
        let with = day(&booked, all, vans)?;
        let anew = booked.len().is_multiple_of(ANEW_EVERY);
        let outcome = planned(&with, plan.as_ref(), if anew { 3_000 } else { 20 });
        if let Some(duals) = outcome.duals.filter(|_| anew) {
            prices = Some(duals.0);
        }
        plan = Some(outcome.plan);
    }
    let last = day(&booked, all, vans)?;
    let end = planned(&last, plan.as_ref(), 20_000).plan;
    let kilograms = booked.iter().map(|&(k, _)| all[k].grams).sum::<i64>() as f64 / 1_000.0;
    let cost_fen = (end.cost - end.cost_parts.penalties).0 as f64 / SCALE as f64;
    asked_ms.sort_by(f64::total_cmp);
    Ok(serde_json::json!({
        "policy": match priced {
            None => "first come",
            Some(share) if share > 0.0 => "priced, with displacement",
            Some(_) => "priced",
        },
        "requests": all.len(),
        "accepted": booked.len(),
        "no_slot_open": none_open,
        "broken_promises": end.unassigned.len(),
        "kilograms": kilograms,
        "cost_fen": cost_fen,
        "fen_per_kg": cost_fen / kilograms,
        "vans": end.routes.len(),
        "regret_fen": regret / booked.len().max(1) as f64,
        "ask_ms_median": asked_ms[asked_ms.len() / 2],
        "ask_ms_most": asked_ms[asked_ms.len() - 1],
    }))
}

fn main() -> Result<(), Failure> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [n, seed, vans] = &words[..] else { return Err("usage: slots_horizon REQUESTS SEED VANS".into()) };
    let (n, seed, vans) = (n.parse::<usize>()?, seed.parse::<u64>()?, vans.parse::<usize>()?);
    if n == 0 {
        return Err("a horizon without requests has nothing to tell: REQUESTS is 1 or more".into());
    }
    let all = requests(n, seed);
    for priced in [None, Some(0.0), Some(1.0)] {
        println!("{}", horizon(&all, vans, priced)?);
    }
    Ok(())
}
