//! What is left to do once a search is told to end, and what is claimed then; and new bookings in a running day, counted by work.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use huilu_model::instance::Parts;
use huilu_model::replan::Keep;
use huilu_model::{
    Compartment, Cost, Faults, Grams, Instance, Job, Litres, Load, Metric, Outlet, Place, Rule, Seconds, Shape,
    StreamSet, Vehicle, Verdict, Window,
};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::cases::random;
use super::feasibility;
use super::model::{Model, Node};
use super::neighbours::Neighbours;
use super::savings;
use super::solution::Solution;
use super::zoning::Zoning;
use super::{Params, output, reasons, solve, solve_from};
use crate::explain::ways::Patience;
use crate::limits::{Clock, Limits, NoClock};

/// A plan that leaves half of the jobs out.
fn half(model: &Model<'_>) -> Solution {
    let mut solution = Solution::new(model);
    for job in (0..model.n_jobs as Node).step_by(2) {
        let outlet = model.outlet_node(0);
        (0..2).any(|vehicle| solution.replace(model, vehicle, |own| own.splice(0..0, [job, outlet]).for_each(drop)));
    }
    solution
}

/// However early they are given up, proofs claim nothing that they would not claim in the end.
#[test]
fn proofs_given_up_half_way_claim_nothing() {
    let (mut same, mut fewer) = (0, 0);
    for seed in 0..120 {
        let instance = random(seed, 10, 2, 2);
        let model = Model::new(&instance);
        let solution = half(&model);
        let careful = output::plan(&model, &solution).unassigned;
        for legs in (0..14_000).step_by(311) {
            let cut = output::plan_within(&model, &solution, Patience { legs, over: &|| false }).unassigned;
            let mut given_up = false;
            for (careful, cut) in careful.iter().zip(&cut) {
                assert_eq!(careful.job, cut.job);
                if cut.verdict == Verdict::ProvenInfeasible {
                    assert_eq!(careful, cut, "seed {seed}, {legs} legs");
                    assert!(!given_up, "seed {seed}, {legs} legs: proven after the end");
                    same += 1;
                } else if careful.verdict == Verdict::ProvenInfeasible {
                    given_up = true;
                    fewer += 1;
                }
            }
        }
    }
    assert!(same > 500 && fewer > 500, "{same} proven, {fewer} given up: the cases are too poor");
}

/// In haste a job is looked at here and there; what is said of it was met there.
#[test]
fn codes_said_in_haste_were_met_at_a_gap() {
    let mut said = 0;
    for seed in 0..200 {
        let instance = random(seed, 10, 3, 2);
        let model = Model::new(&instance);
        let solution = half(&model);
        for (job, word) in solution.absent().zip(output::plan_within(&model, &solution, Patience::SPENT).unassigned) {
            let mut met = BTreeSet::new();
            for vehicle in 0..solution.routes.len() as u32 {
                met.extend(reasons::refusal(&model, &solution, vehicle, job));
                let gaps = 0..=solution.routes[vehicle as usize].visits.len();
                met.extend(gaps.filter_map(|gap| feasibility::refusal(&model, &solution, vehicle, gap, job)));
            }
            assert_eq!(word.verdict, Verdict::SearchLimit);
            assert!(word.reasons.iter().all(|reason| met.contains(&reason.code)), "seed {seed}: {word:?}, met {met:?}");
            said += word.reasons.len();
        }
    }
    assert!(said > 300, "{said} reasons: the cases are too poor");
}

/// Lists are made for as many jobs as there is time for, and a first plan is tried with these.
#[test]
fn lists_end_with_the_time() {
    let instance = random(5, 400, 20, 3);
    let model = Model::new(&instance);
    let looks = Cell::new(0);
    let over = || {
        looks.set(looks.get() + 1);
        looks.get() > 3
    };
    let neighbours = Neighbours::until(&model, &Params::default(), &over);
    assert!(neighbours.knows(0) && !neighbours.knows(100), "three looks are not enough for a hundred jobs");
    assert!(neighbours.pairs_compared <= 100 * 400, "{} pairs", neighbours.pairs_compared);
    assert!((100..400).all(|job| neighbours.of(job).is_empty() && neighbours.unloadings.of(0, job).is_empty()));
    let cancel = AtomicBool::new(true);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: None, cancel: &cancel };
    let outcome = solve(&instance, &Params::default(), 1, &limits, &mut |_| {});
    assert!(outcome.statistics.pairs_compared <= 100 * 400, "{} pairs", outcome.statistics.pairs_compared);
    assert!(huilu_check::check(&instance, &outcome.plan).only_mandatory_jobs_missing());
}

/// However late in it a cut is told to end, it makes no groups; and with time enough the same ones as ever.
#[test]
fn a_cut_that_is_told_to_end_makes_no_groups() {
    let instance = Instance::new(town(3_000)).expect("a valid day");
    let model = Model::new(&instance);
    let (solution, zoning) = (Solution::new(&model), Zoning::new(&model).expect("places"));
    let groups = |most: usize| {
        let looks = Cell::new(0);
        let over = || {
            looks.set(looks.get() + 1);
            looks.get() > most
        };
        (zoning.groups(&model, &solution, (1, 300), &over), looks.get())
    };
    let (whole, looks) = groups(usize::MAX);
    assert!(whole.len() > 3 && looks > 6, "{} groups, {looks} looks", whole.len());
    assert!((0..looks).all(|most| groups(most).0.is_empty()));
    assert_eq!(groups(looks).0, whole);
}

/// The same of savings: what was joined before it was over becomes routes, and nothing where that had not begun.
#[test]
fn savings_that_are_told_to_end_leave_a_plan() {
    let mut parts = town(1_500);
    parts.outlets.clear();
    parts.vehicles.iter_mut().for_each(|vehicle| vehicle.end_empty = false);
    let instance = Instance::new(parts).expect("a valid day");
    let model = Model::new(&instance);
    let neighbours = Neighbours::new(&model, &Params::default());
    let placed = |most: usize| {
        let (mut solution, looks) = (Solution::new(&model), Cell::new(0));
        savings::build(&model, &neighbours, 0, &mut solution, &|| {
            looks.set(looks.get() + 1);
            looks.get() > most
        });
        assert!(solution.routes.iter().all(|route| route.settled));
        (model.n_jobs - solution.n_absent, looks.get())
    };
    let (all, looks) = placed(usize::MAX);
    assert!(looks > 100, "{looks} looks");
    // To know the savings and to make the first routes takes a look for every 256 jobs each.
    assert_eq!(placed(11).0, 0);
    let half = placed(looks / 2).0;
    assert!(0 < half && half <= all, "{half} of {all}");
}

struct Wall(Instant);

impl Clock for Wall {
    fn elapsed_s(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// A day of pickups in a town of six kilometres by six, from eight to six.
fn town(n_jobs: usize) -> Parts {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
    let n_places = n_jobs + 5;
    let points = (0..n_places).map(|_| (rng.random_range(0.0..6_000.0), rng.random_range(0.0..6_000.0))).collect();
    let rule = |factor| Rule { factor, round: huilu_model::Round::Nearest };
    let metric = Metric::new("van".to_owned(), Shape::Euclidean, points, rule(1.3), rule(0.2));
    let day = Window { start: Seconds(8 * 3600), end: Seconds(18 * 3600) };
    let job = |k: usize| {
        let start = 8 * 3600 + 1800 * rng.random_range(0..17);
        Job {
            id: format!("j{k}"),
            place: k,
            loads: vec![Load { stream: 0, grams: Grams(11_000), litres: Litres(200) }],
            windows: vec![Window { start: Seconds(start), end: Seconds(start + 7200) }],
            service: Seconds(180),
            penalty: Some(Cost(5_000)),
            ..Job::default()
        }
    };
    let jobs = (0..n_jobs).map(job).collect();
    let part = Compartment { streams: StreamSet(1), grams: Grams(600_000), litres: Litres(6_000) };
    let vehicle = |k: usize| Vehicle {
        id: format!("v{k}"),
        start: n_jobs,
        end: n_jobs,
        grams: Grams(600_000),
        compartments: vec![part.clone()],
        shift: day,
        cost_fixed: Cost(1_000),
        cost_per_second: Cost(1),
        end_empty: true,
        ..Vehicle::default()
    };
    let outlet = |k: usize| Outlet {
        id: format!("o{k}"),
        place: n_jobs + 1 + k,
        streams: StreamSet(1),
        windows: vec![day],
        capacity: vec![None],
        unload: Seconds(300),
        ..Outlet::default()
    };
    Parts {
        name: "town".to_owned(),
        cost_scale: 1,
        streams: vec!["paper".to_owned()],
        places: (0..n_places).map(|k| Place { id: format!("p{k}"), ..Place::default() }).collect(),
        travel: vec![metric.expect("a metric").into()],
        jobs,
        vehicles: (0..45).map(vehicle).collect(),
        outlets: (0..4).map(outlet).collect(),
        ..Parts::default()
    }
}

/// Two seconds are asked for on an idle machine: loading, insertion and answer. Counted here: places that are tried for them, and in
/// seconds only what no slow machine would need.
#[test]
fn fifty_new_bookings_enter_a_running_day_of_1_500_stops() {
    let parts = town(1_550);
    let before = Instance::new(Parts { jobs: parts.jobs[..1_500].to_vec(), ..parts.clone() }).expect("a valid day");
    let cancel = AtomicBool::new(false);
    let clock = Wall(Instant::now());
    let limits = Limits { clock: &clock, seconds: Some(60.0), iterations: None, cancel: &cancel };
    let first = Params { target: Some(Cost(i64::MAX)), ..Params::default() };
    let plan = solve(&before, &first, 1, &limits, &mut |_| {}).plan;
    assert!(plan.unassigned.len() < 30, "{} left out: the day is too full", plan.unassigned.len());

    // At ten: some have been served, and the new ones can be served by anybody from noon on.
    let mut day = parts;
    let late = Window { start: Seconds(12 * 3600), end: Seconds(18 * 3600) };
    day.jobs[1_500..].iter_mut().for_each(|job| job.windows = vec![late]);
    let (keep, mut faults) = (Keep { freeze_before: Some(Seconds(10 * 3600)), max_changed: None }, Faults::default());
    keep.lock(&mut day, Some(&plan), &mut faults);
    let running = Instance::new(day).expect("a plan of the same day can be frozen");
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(1), cancel: &cancel };
    let started = Instant::now();
    let outcome = solve_from(&running, &plan, &Params::default(), 1, &limits, &mut |_| {});
    let took = started.elapsed().as_secs_f64();
    let new = outcome.plan.unassigned.iter().filter(|left| running.jobs[1_500..].iter().any(|job| job.id == left.job));
    let (new, tried) = (new.count(), outcome.statistics.places_tried);
    println!("{took:.2} s, {tried} places, {} insertions, {new} left out", outcome.statistics.insertions);
    assert!(huilu_check::check(&running, &outcome.plan).is_clean());
    assert!(new <= 2, "{new} of 50 left out");
    assert!(tried < 200_000, "{tried} places tried: as many as a look at the whole day for each of them");
    assert!(took < 10.0, "{took} s");
}
