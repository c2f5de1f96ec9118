//! Planted cases, and random days on which the independent check must find nothing.

use std::sync::atomic::AtomicBool;

use huilu_check::{ClearingCode, check_clearing};
use huilu_model::clearing::{
    Basis, ClearingPlan, ClearingRule, DayInflow, Decision, Due, Movement, Network, Order, OutletState, Tier,
};
use huilu_model::plan::StreamLoad;
use huilu_model::problem::{CompartmentSpec, CostSpec, JobSpec, MetricSpec, PlaceSpec, VehicleSpec, WindowSpec};
use huilu_model::{FaultCode, Grams, Litres, Round, Seconds, Shape};
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::limits::{Limits, NoClock};
use crate::routing::Params;

const HOUR: i64 = 3_600;

fn load(stream: &str, kg: i64) -> StreamLoad {
    // Loose: 50 grams to the litre.
    StreamLoad { stream: stream.to_owned(), grams: Grams(kg * 1_000), litres: Litres(kg * 20) }
}

fn outlet(id: &str, tier: Tier, capacity_kg: i64, fill_kg: i64) -> OutletState {
    OutletState {
        id: id.to_owned(),
        place: id.to_owned(),
        tier,
        streams: vec!["paper".to_owned()],
        capacity: vec![load("paper", capacity_kg)],
        fill: vec![load("paper", fill_kg)],
        cleared_days_ago: None,
        history: Vec::new(),
        households: None,
        hours: Vec::new(),
        clearing_s: Seconds(300),
        clearing_per_100kg_s: Seconds(300),
        unload_s: Seconds(600),
        unload_per_100kg_s: Seconds(60),
        gate_fee: 0,
    }
}

/// The same inflow on each of the last `days` days.
fn steady(mut outlet: OutletState, kg: i64, days: u32) -> OutletState {
    let day = |days_ago| DayInflow { days_ago, inflow: vec![load("paper", kg)] };
    outlet.history = (1..=days).map(day).collect();
    outlet
}

fn vehicle(id: &str, kg: i64, end_h: i64) -> VehicleSpec {
    VehicleSpec {
        id: id.to_owned(),
        profile: "van".to_owned(),
        start: "depot".to_owned(),
        end: Some("depot".to_owned()),
        capacity_g: Grams(kg * 1_000),
        compartments: vec![CompartmentSpec {
            streams: vec!["paper".to_owned(), "glass".to_owned()],
            capacity_g: Grams(kg * 1_000),
            capacity_l: Litres(kg * 20),
        }],
        shift: WindowSpec { start: Seconds(8 * HOUR), end: Seconds(end_h * HOUR) },
        costs: CostSpec { fixed: 5_000, per_hour: 4_000, per_km: 150, ..CostSpec::default() },
        end_empty: true,
        ..VehicleSpec::default()
    }
}

/// Outlets on a plane in metres, the depot at its middle.
fn network(outlets: Vec<(OutletState, f64, f64)>) -> Network {
    let mut places = vec![PlaceSpec { id: "depot".to_owned(), ..PlaceSpec::default() }];
    let mut points = vec![(0.0, 0.0)];
    for (outlet, x, y) in &outlets {
        places.push(PlaceSpec { id: outlet.place.clone(), ..PlaceSpec::default() });
        points.push((*x, *y));
    }
    Network {
        name: "town".to_owned(),
        streams: vec!["paper".to_owned(), "glass".to_owned()],
        places,
        metrics: vec![MetricSpec {
            profile: "van".to_owned(),
            shape: Shape::Euclidean,
            points: Some(points),
            metres_per_unit: 1.0,
            seconds_per_unit: 0.15,
            round: Round::Nearest,
        }],
        outlets: outlets.into_iter().map(|(outlet, ..)| outlet).collect(),
        vans: vec![vehicle("van", 150, 18)],
        trucks: vec![vehicle("truck", 500, 20)],
        weekday: 0,
        next_run_days: 1,
        ..Network::default()
    }
}

fn planned(network: &Network) -> ClearingPlan {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(300), cancel: &cancel };
    let answer = super::plan(network, &Params::default(), 1, &limits, &mut |_| {}).unwrap();
    let violations = check_clearing(network, &answer);
    assert!(violations.is_empty(), "{violations:?}");
    answer
}

fn jobs(answer: &ClearingPlan) -> Vec<&JobSpec> {
    answer.stages.iter().flat_map(|stage| &stage.problem.jobs).collect()
}

fn of<'a>(answer: &'a ClearingPlan, outlet: &str) -> &'a Decision {
    answer.decisions.iter().find(|decision| decision.outlet == outlet).unwrap()
}

fn faults(network: &Network) -> Vec<(FaultCode, String)> {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(1), cancel: &cancel };
    let faults = super::plan(network, &Params::default(), 1, &limits, &mut |_| {}).unwrap_err();
    faults.0.into_iter().map(|fault| (fault.code, fault.path)).collect()
}

fn station(fill_kg: i64) -> OutletState {
    outlet("station", Tier::TransferStation, 1_000, fill_kg)
}

fn center() -> OutletState {
    outlet("center", Tier::SortingCenter, 100_000, 0)
}

#[test]
fn what_overflows_tomorrow_is_emptied_today_and_what_is_nearly_empty_is_not() {
    let answer = planned(&network(vec![
        (steady(outlet("full", Tier::CollectionPoint, 100, 75), 20, 14), 3_000.0, 0.0),
        (steady(outlet("empty", Tier::CollectionPoint, 100, 4), 4, 14), -3_000.0, 0.0),
        (station(0), 0.0, 3_000.0),
        (center(), 0.0, 9_000.0),
    ]));
    assert!(answer.feasible);
    let (full, empty) = (of(&answer, "full"), of(&answer, "empty"));
    assert_eq!((full.due, full.basis, full.jobs_served), (Due::Mandatory, Basis::History, 1));
    // 75 kg and 20 a day: 95 tonight, 115 tomorrow night.
    assert_eq!(full.overflow_in_days, Some(1));
    assert_eq!((empty.due, empty.jobs, empty.price), (Due::NotDue, 0, None));
    assert!(empty.overflow_in_days > Some(15) && empty.overflow_risk < 1e-6);
    // What will be there when the van comes: three quarters of a day more.
    let job = jobs(&answer)[0];
    assert_eq!(job.loads[0].grams, Grams(75_000 + 15_000));
}

#[test]
fn an_outlet_beside_the_way_is_taken_along_and_a_far_one_waits() {
    let half_full = |id| steady(outlet(id, Tier::CollectionPoint, 100, 55), 12, 14);
    let mut town = network(vec![
        (steady(outlet("must", Tier::CollectionPoint, 100, 90), 12, 14), 4_000.0, 0.0),
        (half_full("beside"), 3_950.0, 20.0),
        (half_full("far"), -30_000.0, 0.0),
        (station(0), 0.0, 500.0),
        (center(), 0.0, 9_000.0),
    ]);
    town.vans = vec![vehicle("van", 400, 18)];
    let answer = planned(&town);
    let due = |id| (of(&answer, id).due, of(&answer, id).jobs_served);
    assert_eq!(due("must"), (Due::Mandatory, 1));
    assert_eq!(due("beside"), (Due::Optional, 1));
    assert_eq!(due("far"), (Due::Optional, 0));
}

#[test]
fn the_price_grows_with_the_fill() {
    let price = |fill| {
        let answer = planned(&network(vec![
            (steady(outlet("point", Tier::CollectionPoint, 100, fill), 6, 14), 9_000.0, 0.0),
            (outlet("other", Tier::CollectionPoint, 100, 0), 9_000.0, 3_000.0),
            (station(0), 0.0, 500.0),
            (center(), 0.0, 9_000.0),
        ]));
        of(&answer, "point").price.unwrap_or(0)
    };
    let prices: Vec<i64> = [10, 40, 60, 80, 95].into_iter().map(price).collect();
    assert!(prices.windows(2).all(|pair| pair[0] < pair[1]), "{prices:?}");
}

#[test]
fn more_than_its_capacity_is_said_and_comes_first_where_not_all_can_be_emptied() {
    let mut town = network(vec![
        (steady(outlet("late", Tier::CollectionPoint, 100, 98), 20, 14), 200.0, 0.0),
        (steady(outlet("over", Tier::CollectionPoint, 100, 130), 20, 14), -20_000.0, 0.0),
        (station(0), -20_000.0, 500.0),
        (center(), 0.0, 9_000.0),
    ]);
    town.vans[0].capacity_g = Grams(160_000);
    town.vans[0].compartments[0].capacity_g = Grams(160_000);
    town.vans[0].compartments[0].capacity_l = Litres(3_200);
    // One job and no more.
    town.vans[0].max_jobs = Some(1);
    let answer = planned(&town);
    assert!(!answer.feasible);
    assert_eq!((of(&answer, "over").due, of(&answer, "over").jobs_served), (Due::Overfull, 1));
    assert_eq!((of(&answer, "late").due, of(&answer, "late").jobs_served), (Due::Mandatory, 0));
    assert!(answer.notes.iter().any(|note| note.contains("`over` holds more than its capacity (130 %)")));
    assert!(answer.notes.iter().any(|note| note.contains("do not suffice")));
}

#[test]
fn trucks_take_what_vans_have_brought_and_no_sooner() {
    let answer = planned(&network(vec![
        (steady(outlet("a", Tier::CollectionPoint, 100, 95), 20, 14), 3_000.0, 0.0),
        (steady(outlet("b", Tier::CollectionPoint, 100, 95), 20, 14), 3_000.0, 500.0),
        (steady(outlet("station", Tier::TransferStation, 500, 250), 40, 14), 0.0, 3_000.0),
        (center(), 0.0, 9_000.0),
    ]));
    assert!(answer.feasible && answer.order == Order::VansFirst);
    let balance = answer.balance.iter().find(|balance| balance.outlet == "station").unwrap();
    let movements: Vec<Movement> = balance.changes.iter().map(|change| change.movement).collect();
    assert_eq!(movements, [Movement::Delivered, Movement::Delivered, Movement::Taken]);
    assert!(balance.end.is_empty(), "{balance:?}");
    let center = answer.balance.iter().find(|balance| balance.outlet == "center").unwrap();
    // 250 there, 2 x (95 + 15) by vans.
    assert_eq!(center.end, [load("paper", 470)]);
}

#[test]
fn where_the_station_is_full_trucks_go_first_and_vans_wait_for_the_room() {
    let answer = planned(&network(vec![
        (steady(outlet("a", Tier::CollectionPoint, 100, 95), 20, 14), 3_000.0, 0.0),
        (steady(outlet("station", Tier::TransferStation, 400, 390), 100, 14), 0.0, 3_000.0),
        (center(), 0.0, 9_000.0),
    ]));
    assert!(answer.feasible && answer.order == Order::TrucksFirst, "{:?}", answer.decisions);
    let balance = answer.balance.iter().find(|balance| balance.outlet == "station").unwrap();
    let movements: Vec<Movement> = balance.changes.iter().map(|change| change.movement).collect();
    assert_eq!(movements.first(), Some(&Movement::Taken));
    assert_eq!(movements.last(), Some(&Movement::Delivered));
}

#[test]
fn a_station_holding_several_truckloads_is_several_jobs_that_lose_nothing() {
    let mut town = network(vec![
        (steady(outlet("station", Tier::TransferStation, 2_000, 1_901), 100, 14), 0.0, 3_000.0),
        (center(), 0.0, 9_000.0),
    ]);
    town.trucks[0].shift.end = Seconds(24 * HOUR);
    let answer = planned(&town);
    let sum: i64 = jobs(&answer).iter().map(|job| job.loads[0].grams.0).sum();
    assert_eq!((jobs(&answer).len(), sum), (4, 1_901_000));
    assert!(jobs(&answer).iter().all(|job| job.loads[0].grams.0 <= 500_000));
    // One load is enough for tomorrow's 100 kg; the others go where that is worth it.
    assert!(answer.feasible && of(&answer, "station").jobs_served >= 1);
}

#[test]
fn without_a_history_the_next_best_is_named() {
    let plain = |id| outlet(id, Tier::CollectionPoint, 100, 30);
    let mut households = plain("households");
    households.households = Some(10);
    let mut since = plain("since");
    since.cleared_days_ago = Some(3);
    let answer = planned(&network(vec![
        (plain("capacity"), 1_000.0, 0.0),
        (households, 2_000.0, 0.0),
        (since, 3_000.0, 0.0),
        (steady(plain("short"), 10, 3), 4_000.0, 0.0),
        (station(0), 0.0, 3_000.0),
        (center(), 0.0, 9_000.0),
    ]));
    let forecast = |id| {
        let decision = of(&answer, id);
        (decision.basis, (decision.inflow_kg_per_day * 100.0).round() / 100.0)
    };
    assert_eq!(forecast("capacity"), (Basis::Capacity, 14.29));
    assert_eq!(forecast("households"), (Basis::Households, 7.25));
    assert_eq!(forecast("since"), (Basis::SinceCleared, 10.0));
    // Three days of ten, four of a seventh of the capacity.
    assert_eq!(forecast("short"), (Basis::ShortHistory, 12.45));
    assert_eq!(of(&answer, "station").basis, Basis::CollectionPoints);
}

#[test]
fn the_rules_that_need_no_forecast_are_kept() {
    let mut town = network(vec![
        (steady(outlet("a", Tier::CollectionPoint, 100, 71), 1, 14), 3_000.0, 0.0),
        (steady(outlet("b", Tier::CollectionPoint, 100, 69), 60, 14), 3_000.0, 500.0),
        (station(0), 0.0, 3_000.0),
        (center(), 0.0, 9_000.0),
    ]);
    town.settings.rule = ClearingRule::Threshold { share: 0.7 };
    let answer = planned(&town);
    assert_eq!((of(&answer, "a").due, of(&answer, "b").due), (Due::Mandatory, Due::NotDue));
    town.settings.rule = ClearingRule::Calendar { every_days: 3 };
    town.outlets[0].cleared_days_ago = Some(2);
    town.outlets[1].cleared_days_ago = Some(3);
    let answer = planned(&town);
    assert_eq!((of(&answer, "a").due, of(&answer, "b").due), (Due::NotDue, Due::Mandatory));
}

#[test]
fn streams_that_may_not_mix_leave_in_jobs_of_their_own() {
    let mut point = steady(outlet("point", Tier::CollectionPoint, 100, 90), 20, 14);
    point.streams.push("glass".to_owned());
    point.fill.push(load("glass", 30));
    let mut station = station(0);
    station.streams.push("glass".to_owned());
    let mut town = network(vec![(point, 3_000.0, 0.0), (station, 0.0, 3_000.0), (center(), 0.0, 9_000.0)]);
    town.incompatible_streams = vec![("glass".to_owned(), "paper".to_owned())];
    let answer = planned(&town);
    let own: Vec<&str> = jobs(&answer).into_iter().map(|job| job.id.as_str()).filter(|id| id.contains('/')).collect();
    assert_eq!(own, ["point/1", "point/2"]);
    // The centre takes no glass, and it is said.
    assert!(answer.notes.iter().any(|note| note.contains("No outlet takes the `glass`")), "{:?}", answer.notes);
}

#[test]
fn every_fault_is_named_before_anything_is_planned() {
    let mut bad = outlet("bad", Tier::CollectionPoint, 100, -5);
    bad.history = vec![DayInflow { days_ago: 0, inflow: vec![load("gold", 1)] }];
    let mut town = network(vec![(bad, 0.0, 0.0), (outlet("bad", Tier::SortingCenter, 1, 0), 0.0, 0.0)]);
    town.weekday = 9;
    town.settings.service_level = f64::NAN;
    town.trucks[0].id = "van".to_owned();
    let found = faults(&town);
    let has = |code: FaultCode, path: &str| found.iter().any(|(c, p)| *c == code && p == path);
    assert!(has(FaultCode::NegativeNumber, "outlets[0].fill[0].grams"), "{found:?}");
    assert!(has(FaultCode::NumberTooLarge, "outlets[0].history[0].days_ago"));
    assert!(has(FaultCode::UnknownReference, "outlets[0].history[0].inflow[0].stream"));
    assert!(has(FaultCode::DuplicateId, "outlets[1]"));
    assert!(has(FaultCode::NumberTooLarge, "weekday"));
    assert!(has(FaultCode::Contradiction, "settings.service_level"));
    assert!(has(FaultCode::DuplicateId, "vans[0]"));
}

#[test]
fn no_vehicles_and_no_outlets_are_an_answer_and_no_panic() {
    let mut town =
        network(vec![(outlet("a", Tier::CollectionPoint, 100, 120), 3_000.0, 0.0), (center(), 0.0, 9_000.0)]);
    town.vans.clear();
    town.trucks.clear();
    let answer = planned(&town);
    assert!(answer.notes.iter().any(|note| note.contains("There are no vans")), "{:?}", answer.notes);
    assert_eq!((of(&answer, "a").due, of(&answer, "a").jobs), (Due::Overfull, 0));
    assert!(!answer.feasible && planned(&network(Vec::new())).feasible);
}

#[test]
fn what_must_be_emptied_and_cannot_be_is_no_feasible_day() {
    let town =
        |point: OutletState| network(vec![(point, 3_000.0, 0.0), (station(0), 0.0, 3_000.0), (center(), 0.0, 9_000.0)]);
    let full = || steady(outlet("a", Tier::CollectionPoint, 100, 95), 20, 14);
    type Change = fn(&mut Network);
    let changes: [(&str, Change); 5] = [
        ("all vans are elsewhere", |town| town.vans.clear()),
        ("no box for the stream", |town| town.vans[0].compartments[0].streams = vec!["glass".to_owned()]),
        ("more parts than a day has", |town| town.vans[0].capacity_g = Grams(100)),
        ("no outlet takes it", |town| town.outlets[1].streams = vec!["glass".to_owned()]),
        ("nothing is amiss", |_| {}),
    ];
    for (change, apply) in changes {
        let mut town = town(full());
        apply(&mut town);
        for outlet in &mut town.outlets {
            let streams = outlet.streams.clone();
            outlet.capacity.retain(|load| streams.contains(&load.stream));
            outlet.fill.retain(|load| streams.contains(&load.stream));
        }
        let answer = planned(&town);
        let possible = change == "nothing is amiss";
        assert_eq!((of(&answer, "a").due, answer.feasible), (Due::Mandatory, possible), "{change}");
        assert_eq!(of(&answer, "a").jobs_served, u32::from(possible), "{change}");
        let said = answer.notes.iter().any(|note| note.contains("No vehicle can empty `a`"));
        assert_eq!(said, !possible, "{change}: {:?}", answer.notes);
    }
    // One of two streams has to stay.
    let mut two = full();
    two.streams.push("glass".to_owned());
    two.capacity.push(load("glass", 100));
    two.fill.push(load("glass", 120));
    let mut town = town(two);
    town.outlets[1].streams.push("glass".to_owned());
    town.vans[0].compartments[0].streams = vec!["paper".to_owned()];
    let answer = planned(&town);
    assert_eq!((of(&answer, "a").due, of(&answer, "a").jobs_served), (Due::Overfull, 1));
    assert!(!answer.feasible);
    // What need not be emptied is out of nobody's reach.
    let idle =
        planned(&network(vec![(outlet("b", Tier::CollectionPoint, 100, 0), 3_000.0, 0.0), (center(), 0.0, 9e3)]));
    assert!(idle.feasible);
}

#[test]
fn without_stations_vans_drive_to_the_sorting_centre() {
    let answer = planned(&network(vec![
        (steady(outlet("a", Tier::CollectionPoint, 100, 95), 20, 14), 3_000.0, 0.0),
        (center(), 0.0, 9_000.0),
    ]));
    assert_eq!(of(&answer, "a").jobs_served, 1);
}

/// Negative control: each claim of a sound plan, falsified, is found.
#[test]
fn the_check_finds_what_was_tampered_with() {
    let town = network(vec![
        (steady(outlet("a", Tier::CollectionPoint, 100, 95), 20, 14), 3_000.0, 0.0),
        (steady(outlet("station", Tier::TransferStation, 420, 300), 20, 14), 0.0, 3_000.0),
        (center(), 0.0, 9_000.0),
    ]);
    let sound = planned(&town);
    let codes = |change: &dyn Fn(&mut ClearingPlan, &mut Network)| {
        let (mut answer, mut network) = (sound.clone(), town.clone());
        change(&mut answer, &mut network);
        check_clearing(&network, &answer).into_iter().map(|violation| violation.code).collect::<Vec<_>>()
    };
    let has = |code: ClearingCode, change: &dyn Fn(&mut ClearingPlan, &mut Network)| {
        let found = codes(change);
        assert!(found.contains(&code), "{code:?} not in {found:?}");
    };
    has(ClearingCode::WrongNetwork, &|answer, _| answer.network.push('!'));
    has(ClearingCode::Balance, &|answer, _| answer.balance[2].end[0].grams.0 += 1);
    has(ClearingCode::Take, &|answer, _| answer.takes[0].outlet = "center".to_owned());
    has(ClearingCode::Routes, &|answer, _| answer.stages[0].plan.cost.0 += 1);
    has(ClearingCode::Problem, &|answer, _| answer.stages[0].problem.vehicles[0].capacity_g.0 += 1);
    has(ClearingCode::Problem, &|answer, _| answer.stages[0].problem.outlets[0].place = "depot".to_owned());
    has(ClearingCode::Problem, &|answer, _| answer.stages[0].problem.outlets[0].gate_fee = 1);
    has(ClearingCode::Problem, &|answer, _| answer.stages[0].problem.outlets[0].unload_s = Seconds(1));
    has(ClearingCode::Problem, &|answer, _| answer.stages[0].problem.outlets[0].hours[0].end.0 += 1);
    has(ClearingCode::Problem, &|answer, _| answer.stages[0].problem.outlets[0].streams.push("glass".to_owned()));
    has(ClearingCode::Problem, &|answer, _| answer.stages[0].problem.jobs[0].setup_s = Seconds(1));
    has(ClearingCode::Problem, &|answer, _| answer.stages[0].problem.jobs[0].service_s = Seconds(1));
    has(ClearingCode::Problem, &|answer, _| answer.stages[0].problem.jobs[0].time_windows[0].end.0 += 1);
    has(ClearingCode::Problem, &|answer, _| answer.stages.push(answer.stages[0].clone()));
    has(ClearingCode::Problem, &|_, network| {
        network.outlets[0].hours = vec![WindowSpec { start: Seconds(9 * HOUR), end: Seconds(10 * HOUR) }];
    });
    has(ClearingCode::Balance, &|answer, _| answer.balance[0].start[0].grams.0 += 1);
    has(ClearingCode::Balance, &|answer, _| answer.balance[1].changes[0].content[0].grams.0 += 1);
    has(ClearingCode::Decision, &|answer, _| answer.decisions[0].jobs_served += 1);
    has(ClearingCode::Feasible, &|answer, _| {
        answer.stages[0].plan.routes.retain(|route| route.vehicle != "van");
    });
    // Less in the morning: the truck takes what is not there.
    has(ClearingCode::BelowZero, &|_, network| network.outlets[1].fill[0].grams.0 -= 1);
    // A smaller station: the van's load overflows it.
    has(ClearingCode::AboveCapacity, &|_, network| network.outlets[1].capacity[0].grams.0 = 320_000);
}

/// Forty points, three stations, one centre; histories of four weeks with noise.
fn random(seed: u64) -> Network {
    let rng = &mut Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut outlets = Vec::new();
    for k in 0..rng.random_range(3..16) {
        let capacity = rng.random_range(40..150);
        let mean = capacity as f64 / rng.random_range(2.0..9.0);
        let mut point =
            outlet(&format!("p{k}"), Tier::CollectionPoint, capacity, rng.random_range(0..capacity * 11 / 10));
        let days = rng.random_range(0..30);
        let day =
            |days_ago| DayInflow { days_ago, inflow: vec![load("paper", (mean * rng.random_range(0.2..1.8)) as i64)] };
        point.history = (1..=days).map(day).collect();
        outlets.push((point, rng.random_range(-5e3..5e3), rng.random_range(-5e3..5e3)));
    }
    for k in 0..rng.random_range(0..3) {
        let capacity = rng.random_range(300..1_500);
        let station = outlet(&format!("s{k}"), Tier::TransferStation, capacity, rng.random_range(0..=capacity));
        outlets.push((station, rng.random_range(-5e3..5e3), rng.random_range(-5e3..5e3)));
    }
    outlets.push((center(), 9_000.0, 9_000.0));
    let mut town = network(outlets);
    town.weekday = rng.random_range(0..7);
    town.next_run_days = rng.random_range(1..4);
    town.vans.push(vehicle("second", rng.random_range(50..200), 16));
    if rng.random_bool(0.3) {
        town.trucks.clear();
    }
    town
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Mass is conserved and no plan overflows a station: [`planned`] has the independent check look at every answer.
    #[test]
    fn random_days_pass_the_independent_check(seed in 0_u64..1_000_000) {
        let town = random(seed);
        let answer = planned(&town);
        // What is picked up arrives: what points and stations lost is in stations and centres.
        let sum = |loads: &[StreamLoad]| loads.iter().map(|load| load.grams.0).sum::<i64>();
        let start: i64 = answer.balance.iter().map(|balance| sum(&balance.start)).sum();
        let end: i64 = answer.balance.iter().map(|balance| sum(&balance.end)).sum();
        let expected: i64 = answer.decisions.iter().map(|decision| sum(&decision.expected)).sum();
        prop_assert_eq!(start + expected, end);
    }
}
