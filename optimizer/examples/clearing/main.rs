//! Clearing runs over a month: by forecast and price, by a fixed calendar, by thresholds; the same inflow for all.
//!
//! `cargo run -p huilu-optimizer --example clearing -- [POINTS] [DAYS] [SEEDS] [ITERATIONS]`. Every day is planned by the
//! ordinary engine, checked independently, and then driven with what people really brought: a van takes what is there as
//! far as it has room. What does not fit into an outlet in the evening counts as overflow and is lost from the books.
//! Transfer stations are emptied by forecast under every rule.

mod back_test;
mod town;

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;

use back_test::BackTest;
use huilu_model::StepKind;
use huilu_model::clearing::{ClearingPlan, ClearingRule, Tier};
use huilu_optimizer::clearing;
use huilu_optimizer::limits::{Limits, NoClock};
use huilu_optimizer::routing::Params;
use town::{Town, history, litres, load, town};

/// Days before the first one that is counted: histories, and the first fills.
const WARM_UP: usize = 28;

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    overflows: u32,
    overflow_kg: f64,
    km: f64,
    van_km: f64,
    kg: f64,
    visits: u32,
    cost: f64,
    infeasible_days: u32,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<usize> = std::env::args().skip(1).map(|word| word.parse()).collect::<Result<_, _>>()?;
    let word = |k: usize, default: usize| words.get(k).copied().unwrap_or(default);
    let (points, days, seeds, iterations) = (word(0, 48), word(1, 28), word(2, 5), word(3, 1_500));
    let forecast = |service_level: f64| (ClearingRule::Forecast, service_level);
    let plain = |rule: ClearingRule| (rule, 0.95);
    let rules = [
        ("forecast 95 %", forecast(0.95)),
        ("forecast 80 %", forecast(0.8)),
        ("forecast 99 %", forecast(0.99)),
        ("calendar 1 day", plain(ClearingRule::Calendar { every_days: 1 })),
        ("calendar 2 days", plain(ClearingRule::Calendar { every_days: 2 })),
        ("calendar 3 days", plain(ClearingRule::Calendar { every_days: 3 })),
        ("threshold 30 %", plain(ClearingRule::Threshold { share: 0.3 })),
        ("threshold 40 %", plain(ClearingRule::Threshold { share: 0.4 })),
        ("threshold 50 %", plain(ClearingRule::Threshold { share: 0.5 })),
        ("threshold 70 %", plain(ClearingRule::Threshold { share: 0.7 })),
    ];
    let mut back_test = BackTest::default();
    (1..=seeds as u64).for_each(|seed| back_test.add(&town(seed, points, WARM_UP + days)));
    back_test.print();
    println!(
        "{points} points, {days} days after {WARM_UP} of warm-up, seeds 1 to {seeds}, {iterations} iterations a tier and day"
    );
    println!(
        "{:<16} {:>9} {:>11} {:>8} {:>8} {:>8} {:>9} {:>8} {:>9} {:>10}",
        "rule", "overflows", "overflow kg", "visits", "km", "van km", "kg", "kg/km", "yuan/t", "infeasible"
    );
    let mut base: Vec<Sums> = Vec::new();
    for (name, rule) in rules {
        let runs: Vec<Sums> = (1..=seeds as u64)
            .map(|seed| driven(&town(seed, points, WARM_UP + days), rule, days, iterations as u64))
            .collect();
        let mean = |pick: &dyn Fn(&Sums) -> f64| runs.iter().map(pick).sum::<f64>() / seeds as f64;
        println!(
            "{name:<16} {:>9.1} {:>11.1} {:>8.1} {:>8.1} {:>8.1} {:>9.0} {:>8.2} {:>9.1} {:>10.1}",
            mean(&|s| f64::from(s.overflows)),
            mean(&|s| s.overflow_kg),
            mean(&|s| f64::from(s.visits)),
            mean(&|s| s.km),
            mean(&|s| s.van_km),
            mean(&|s| s.kg),
            mean(&|s| s.kg / s.km),
            mean(&|s| s.cost / 100.0 / (s.kg / 1_000.0)),
            mean(&|s| f64::from(s.infeasible_days)),
        );
        if base.is_empty() {
            base = runs;
            continue;
        }
        let paired = |pick: &dyn Fn(&Sums) -> f64| {
            let ratios = runs.iter().zip(&base).map(|(one, ours)| pick(one) / pick(ours) - 1.0);
            let all: Vec<f64> = ratios.map(|ratio| 100.0 * ratio).collect();
            let low = all.iter().copied().fold(f64::INFINITY, f64::min);
            let high = all.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            format!("{:+.1} % ({low:+.1} to {high:+.1})", all.iter().sum::<f64>() / all.len() as f64)
        };
        println!("    against forecast, by seed: km {}, yuan/t {}", paired(&|s| s.km), paired(&|s| s.cost / s.kg));
    }
    Ok(())
}

/// What is in each outlet, in grams by stream.
type Fill = HashMap<String, [i64; 2]>;

fn driven(town: &Town, (rule, service_level): (ClearingRule, f64), days: usize, iterations: u64) -> Sums {
    let mut sums = Sums::default();
    let mut fill = Fill::new();
    let mut cleared: HashMap<String, usize> = HashMap::new();
    // The calendar does not empty everything on the same day.
    for (k, outlet) in town.network.outlets.iter().enumerate() {
        cleared.insert(outlet.id.clone(), WARM_UP - 1 - k % 3);
        fill.insert(outlet.id.clone(), [0; 2]);
        if k < town.points {
            let since = &town.inflow[WARM_UP - 1 - k % 3..WARM_UP];
            let sum = |stream: usize| since.iter().map(|day| day[k][stream]).sum::<i64>();
            fill.insert(outlet.id.clone(), capped(town, k, [sum(0), sum(1)]).0);
        }
    }
    for today in WARM_UP..WARM_UP + days {
        let mut network = town.network.clone();
        network.weekday = (today % 7) as u8;
        network.settings.rule = rule;
        network.settings.service_level = service_level;
        for (k, outlet) in network.outlets.iter_mut().enumerate() {
            let held = fill[&outlet.id];
            outlet.fill = (0..2).filter(|&stream| held[stream] > 0).map(|stream| load(stream, held[stream])).collect();
            outlet.cleared_days_ago = Some((today - cleared[&outlet.id]) as u32);
            if k < town.points {
                outlet.history = history(town, k, today, 56);
            }
        }
        let cancel = AtomicBool::new(false);
        let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(iterations), cancel: &cancel };
        let plan = clearing::plan(&network, &Params::default(), 1, &limits, &mut |_| {});
        let plan = plan.unwrap_or_else(|faults| panic!("the generator makes sound networks: {faults}"));
        let violations = huilu_check::check_clearing(&network, &plan);
        assert!(violations.is_empty(), "{violations:?}");
        sums.infeasible_days += u32::from(!plan.feasible);
        drive(town, &plan, today, &mut fill, &mut cleared, &mut sums);
    }
    sums
}

/// Two thirds of a day's inflow have come when a vehicle is there; the rest, and all of outlets that are left alone, comes
/// by the evening. Then what does not fit is lost.
fn drive(
    town: &Town,
    plan: &ClearingPlan,
    today: usize,
    fill: &mut Fill,
    cleared: &mut HashMap<String, usize>,
    sums: &mut Sums,
) {
    let ids: Vec<&str> = town.network.outlets.iter().take(town.points).map(|outlet| outlet.id.as_str()).collect();
    let before = |amount: i64| amount * 2 / 3;
    for (k, id) in ids.iter().enumerate() {
        if let Some(held) = fill.get_mut(*id) {
            let came = town.inflow[today][k].map(before);
            let (kept, lost) = capped(town, k, [held[0] + came[0], held[1] + came[1]]);
            *held = kept;
            spilled(lost, sums);
        }
    }
    let source: HashMap<&str, &str> = plan.takes.iter().map(|take| (take.job.as_str(), take.outlet.as_str())).collect();
    for stage in &plan.stages {
        for route in &stage.plan.routes {
            sums.km += route.distance_m.0 as f64 / 1_000.0;
            if stage.tier == Tier::CollectionPoint {
                sums.van_km += route.distance_m.0 as f64 / 1_000.0;
            }
            sums.cost += route.cost.0 as f64 / stage.plan.cost_scale as f64;
            let room = stage.problem.vehicles.iter().find(|vehicle| vehicle.id == route.vehicle);
            let Some(room) = room.map(|vehicle| (vehicle.capacity_g.0, vehicle.compartments[0].capacity_l.0)) else {
                continue;
            };
            let mut on_board = [0_i64; 2];
            for step in &route.steps {
                match &step.kind {
                    StepKind::Job { job } => {
                        let id = source[job.as_str()];
                        let planned = stage.problem.jobs.iter().find(|one| one.id == *job);
                        let held = fill[id];
                        let mut taken = [0_i64; 2];
                        for stream in 0..2 {
                            // A station's load is what was ordered; a point is emptied.
                            let ordered = planned.map_or(0, |one| {
                                one.loads.iter().filter(|l| l.stream == town::STREAMS[stream]).map(|l| l.grams.0).sum()
                            });
                            let wanted = if stage.tier == Tier::CollectionPoint {
                                held[stream]
                            } else {
                                ordered.min(held[stream])
                            };
                            let free_g = room.0 - on_board.iter().sum::<i64>();
                            let free_l = room.1 - (0..2).map(|s| litres(s, on_board[s])).sum::<i64>();
                            let by_volume = free_l.max(0) * wanted / litres(stream, wanted).max(1);
                            taken[stream] = wanted.min(free_g).min(by_volume).max(0);
                            on_board[stream] += taken[stream];
                        }
                        fill.insert(id.to_owned(), [held[0] - taken[0], held[1] - taken[1]]);
                        cleared.insert(id.to_owned(), today);
                        if stage.tier == Tier::CollectionPoint {
                            sums.visits += 1;
                            sums.kg += taken.iter().sum::<i64>() as f64 / 1_000.0;
                        }
                    }
                    StepKind::Unload { outlet } => {
                        let held = fill[outlet];
                        fill.insert(outlet.clone(), [held[0] + on_board[0], held[1] + on_board[1]]);
                        on_board = [0; 2];
                    }
                    StepKind::Start | StepKind::Break | StepKind::End => {}
                }
            }
        }
    }
    for (k, id) in ids.iter().enumerate() {
        if let Some(held) = fill.get_mut(*id) {
            let rest = town.inflow[today][k].map(|amount| amount - before(amount));
            let (kept, lost) = capped(town, k, [held[0] + rest[0], held[1] + rest[1]]);
            *held = kept;
            spilled(lost, sums);
        }
    }
}

fn spilled(lost: i64, sums: &mut Sums) {
    if lost > 0 {
        sums.overflows += 1;
        sums.overflow_kg += lost as f64 / 1_000.0;
    }
}

/// What stays in a collection point, and the grams that do not fit.
fn capped(town: &Town, point: usize, held: [i64; 2]) -> ([i64; 2], i64) {
    let most = |stream: usize| town.network.outlets[point].capacity[stream].grams.0;
    let kept = [held[0].min(most(0)), held[1].min(most(1))];
    (kept, held[0] + held[1] - kept[0] - kept[1])
}
