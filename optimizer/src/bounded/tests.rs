//! A run with a bound: it ends when plan and bound are near enough, claims nothing that does not hold, and repeats where it must.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, mpsc};
use std::time::{Duration, Instant};

use huilu_model::instance::Parts;
use huilu_model::{Cost, Grams, Instance, Litres, Load, Seconds, Verdict};

use super::board::Board;
use super::{Bounded, BoundedParams, Standing, lane, solve};
use crate::limits::{Clock, Limits, NoClock};
use crate::proof::{self, BoundPoint, Known, NoBound};
use crate::resources::model::Model;
use crate::routing::cases::{balanced, city, limited, locked, random};
use crate::routing::solution::Solution;
use crate::routing::{self, Progress, output};

struct Wall(Instant);

impl Clock for Wall {
    fn elapsed_s(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

fn with_threads(threads: usize) -> BoundedParams {
    BoundedParams { search: routing::Params { threads, ..routing::Params::default() }, ..BoundedParams::default() }
}

/// What came out, and all that was told on the way.
fn timed(day: &Instance, params: &BoundedParams, seconds: f64) -> (Bounded, Vec<Standing>) {
    let (clock, cancel, mut told) = (Wall(Instant::now()), AtomicBool::new(false), Vec::new());
    let limits = Limits { clock: &clock, seconds: Some(seconds), iterations: None, cancel: &cancel };
    let bounded = solve(day, None, params, 1, &limits, &mut |standing| told.push(*standing));
    (bounded, told)
}

fn capped(day: &Instance, params: &BoundedParams) -> Bounded {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(200), cancel: &cancel };
    solve(day, None, params, 7, &limits, &mut |_| {})
}

/// Every pickup may be left out, every cost belongs to a route, and pricing knows every rule.
fn plain(seed: u64, n_jobs: usize, n_vehicles: usize) -> Instance {
    let mut parts = Parts::clone(&random(seed, n_jobs, n_vehicles, 1));
    for job in &mut parts.jobs {
        (job.release, job.late) = (None, Vec::new());
        job.penalty = job.penalty.or(Some(Cost(150)));
    }
    parts.vehicles.iter_mut().for_each(|car| (car.overtime_from, car.cost_overtime) = (None, Cost(0)));
    for outlet in &mut parts.outlets {
        (outlet.unload_per_100kg, outlet.queues) = (Seconds(0), Vec::new());
        outlet.capacity.fill(None);
    }
    (parts.balance, parts.compactness) = (Vec::new(), None);
    Instance::new(parts).unwrap()
}

/// The run stops its own searches once it knows enough. That is no hurry: what no vehicle can serve is said to be so.
#[test]
fn a_run_that_stops_itself_still_proves_what_no_vehicle_can_serve() {
    let mut parts = Parts::clone(&plain(4, 6, 1));
    parts.jobs[0].loads = vec![Load { stream: 0, grams: Grams(1_000_000), litres: Litres(1) }];
    parts.jobs[0].penalty = Some(Cost(150));
    let day = Instance::new(parts).unwrap();
    for threads in [1, 2] {
        let params = BoundedParams { stop_gap: Some(0.9), search_share: 0.01, ..with_threads(threads) };
        let (bounded, _) = timed(&day, &params, 20.0);
        assert!(bounded.outcome.plan.gap().is_some_and(|gap| gap <= 0.9), "{threads} threads");
        let left = bounded.outcome.plan.unassigned.iter().find(|left| left.job == "j0").unwrap();
        assert_eq!(left.verdict, Verdict::ProvenInfeasible, "{threads} threads");
    }
}

#[test]
fn what_the_search_has_proven_of_jobs_left_out_is_said_of_the_plan_of_the_proof_too() {
    let mut kept = 0;
    for seed in 0..60 {
        let known = crate::explain::tests::planned(&random(seed, 8, 2, 2), 100);
        let mut better = known.clone();
        for left in &mut better.unassigned {
            (left.verdict, left.reasons) = (Verdict::SearchLimit, Vec::new());
        }
        lane::keep_proofs(&known, &mut better);
        for (left, before) in better.unassigned.iter().zip(&known.unassigned) {
            assert_eq!(left.verdict, before.verdict, "seed {seed}: {left:?}");
            if before.verdict == Verdict::ProvenInfeasible {
                assert_eq!(left, before, "seed {seed}");
                kept += 1;
            }
        }
    }
    assert!(kept > 20, "{kept} proofs: the cases are too poor");
}

/// The proof finds a better plan than the one in which nobody goes out, and does not prove once more what no vehicle can serve.
#[test]
fn a_plan_of_the_proof_keeps_what_is_known_of_jobs_left_out() {
    let mut parts = Parts::clone(&plain(4, 6, 2));
    parts.jobs[0].loads = vec![Load { stream: 0, grams: Grams(1_000_000), litres: Litres(1) }];
    let day = Instance::new(parts).unwrap();
    let model = Model::new(&day);
    let mut outcome = capped(&day, &with_threads(1)).outcome;
    outcome.plan = output::plan(&model, &Solution::new(&model));
    let (params, worst) = (with_threads(1), outcome.plan.cost);
    let (clock, cancel, stop) = (Wall(Instant::now()), AtomicBool::new(false), AtomicBool::new(false));
    let limits = Limits { clock: &clock, seconds: Some(60.0), iterations: None, cancel: &cancel };
    let verdict = |plan: &huilu_model::Plan| {
        plan.unassigned.iter().find(|left| left.job == "j0").map(|left| left.verdict).expect("nobody can serve it")
    };
    assert_eq!(verdict(&outcome.plan), Verdict::ProvenInfeasible);
    let known = Known { plan: Some(&outcome.plan), pool: Some(&outcome.pool) };
    let found = proof::prove_from(&day, known, &params.proof, &limits, &mut |_| {}).plan.expect("a better plan");
    assert_eq!(verdict(&found), Verdict::SearchLimit, "by itself");
    let mut told = |_: &Standing| {};
    let board = Mutex::new(Board::new(None, &stop, &mut told));
    let lane = lane::Lane { instance: &day, params: &params, whole: &limits, limits, board: &board };
    let worked = lane.prove(outcome, &limits);
    assert!(worked.outcome.plan.cost < worst, "the plan is that of the proof");
    assert_eq!(verdict(&worked.outcome.plan), Verdict::ProvenInfeasible);
}

#[test]
fn a_small_day_ends_early_with_a_gap_of_nothing_on_one_thread_and_on_two() {
    // The master's answer is then one route: nothing is left between its bound and the best plan.
    let one_van = plain(4, 5, 1);
    for threads in [1, 2] {
        let began = Instant::now();
        let mut params = with_threads(threads);
        params.search_share = 0.01;
        let (bounded, told) = timed(&one_van, &params, 120.0);
        assert!(began.elapsed() < Duration::from_secs(60), "{threads} threads took {:?}", began.elapsed());
        assert_eq!(bounded.outcome.plan.lower_bound, Some(bounded.outcome.plan.cost), "{threads} threads");
        assert_eq!((bounded.outcome.plan.gap(), bounded.cause), (Some(0.0), None));
        assert!(bounded.bound_kind.is_some());
        let last = told.last().unwrap();
        assert_eq!((last.gap, last.progress.lower_bound), (Some(0.0), Some(bounded.outcome.plan.cost)));
        assert!(told.windows(2).all(|pair| pair[0].progress.cost >= pair[1].progress.cost), "plans only get better");
        let bounds: Vec<Option<Cost>> = told.iter().map(|one| one.progress.lower_bound).collect();
        assert!(bounds.is_sorted(), "and so do bounds");
        assert_eq!(bounded.outcome.trace.last().unwrap().lower_bound, Some(bounded.outcome.plan.cost));
    }
}

/// The same day with a wish for less goes on until it has less: the negative control.
#[test]
fn a_run_ends_as_soon_as_the_gap_is_as_small_as_wished() {
    // Rules that pricing leaves out keep bound and plan apart.
    let mut parts = Parts::clone(&city(11, 14, 3, 1));
    parts.jobs.iter_mut().for_each(|job| job.penalty = job.penalty.or(Some(Cost(150))));
    (parts.balance, parts.compactness) = (Vec::new(), None);
    let day = Instance::new(parts).unwrap();
    for threads in [1, 2] {
        let wish = |gap| BoundedParams { stop_gap: Some(gap), search_share: 0.05, ..with_threads(threads) };
        let (early, _) = timed(&day, &wish(0.9), 60.0);
        let gap = early.outcome.plan.gap().unwrap();
        assert!(gap <= 0.9, "{gap}");
        let began = Instant::now();
        let (late, told) = timed(&day, &wish(gap - 1e-9), 60.0);
        assert!(late.outcome.plan.gap().unwrap() < gap, "a bound of any kind was not yet the best");
        assert!(began.elapsed() < Duration::from_secs(50) && told.len() > 1, "{:?}", began.elapsed());
    }
}

#[test]
fn under_an_iteration_cap_the_plan_is_that_of_the_search_alone() {
    for (seed, threads) in [(3, 1), (4, 2), (5, 3)] {
        let day = city(seed, 12, 3, 2);
        let params = with_threads(threads);
        let cancel = AtomicBool::new(false);
        let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(200), cancel: &cancel };
        let alone = routing::solve(&day, &params.search, 7, &limits, &mut |_| {});
        let (first, second) = (capped(&day, &params), capped(&day, &params));
        let plan = |run: &Bounded| huilu_model::Plan { lower_bound: None, ..run.outcome.plan.clone() };
        assert_eq!(plan(&first), alone.plan, "seed {seed}, {threads} threads");
        assert_eq!(first.outcome.plan, second.outcome.plan, "the bound of a small day repeats as well");
        assert_eq!(first.outcome.iterations, alone.iterations);
    }
}

#[test]
fn a_bound_is_never_shown_against_a_cost_that_it_does_not_cover() {
    let (mut bounded, mut none, mut uncovered) = (0, 0, 0);
    for seed in 0..120 {
        let day = match seed % 4 {
            0 => random(seed, 7, 2, 1),
            1 => limited(seed, 7, 3, 1),
            2 => balanced(seed, 7, 3, 1),
            _ => match locked(seed, 7, 3, 1) {
                Ok(day) => day,
                Err(_) => continue,
            },
        };
        let run = capped(&day, &with_threads(1));
        let plan = &run.outcome.plan;
        let incomplete =
            plan.unassigned.iter().any(|left| day.jobs.iter().any(|job| job.id == left.job && job.penalty.is_none()));
        assert_eq!(plan.lower_bound.is_none(), run.cause.is_some(), "seed {seed}");
        assert_eq!(run.cause == Some(NoBound::PlanIncomplete), incomplete, "seed {seed}");
        assert!(
            !matches!(run.cause, Some(NoBound::AbovePlan { .. } | NoBound::Broken)),
            "seed {seed}: {:?}",
            run.cause
        );
        let Some(bound) = plan.lower_bound else {
            none += 1;
            continue;
        };
        assert!(bound <= plan.cost_parts.bounded(), "seed {seed}");
        bounded += 1;
        for point in run.outcome.trace.iter().filter(|point| point.lower_bound.is_some()) {
            assert!(point.covered.is_some_and(|covered| point.lower_bound <= Some(covered)), "seed {seed}");
        }
        let last = run.outcome.trace.last().unwrap();
        if run.outcome.feasible {
            assert_eq!((last.cost, last.covered), (plan.cost, Some(plan.cost_parts.bounded())), "seed {seed}");
        }
        uncovered += usize::from(plan.cost_parts.bounded() < plan.cost);
    }
    assert!(bounded > 60 && none > 5 && uncovered > 5, "{bounded} bounded, {none} not, {uncovered} with other parts");
}

#[test]
fn a_day_too_large_for_the_memory_has_a_plan_and_a_cause() {
    let mut params = with_threads(1);
    params.proof.arcs_max = 10;
    let run = capped(&plain(2, 8, 3), &params);
    assert_eq!((run.outcome.plan.lower_bound, run.cause), (None, Some(NoBound::TooLarge)));
    assert!(run.outcome.feasible && run.prices.is_empty() && run.bound_kind.is_none());
}

/// For what has to happen at once: the threads of other tests may have the cores for a while.
const AT_ONCE: Duration = Duration::from_secs(10);

#[test]
fn whoever_cancels_has_the_best_plan_at_once_also_while_a_proof_runs() {
    for (threads, proving) in [(1, false), (1, true), (2, false), (2, true)] {
        let (day, cancel) = (plain(11, 14, 3), AtomicBool::new(false));
        let clock = Wall(Instant::now());
        let limits = Limits { clock: &clock, seconds: Some(60.0), iterations: None, cancel: &cancel };
        // Nothing but the word from outside may end it before the minute is over; the proof begins after some seconds.
        let params = BoundedParams { stop_gap: Some(-1.0), search_share: 0.05, ..with_threads(threads) };
        let mut cancelled = None;
        let run = solve(&day, None, &params, 1, &limits, &mut |standing| {
            if !proving || standing.progress.lower_bound.is_some() {
                cancel.store(true, Ordering::Relaxed);
                cancelled.get_or_insert_with(Instant::now);
            }
        });
        let took = cancelled.expect("it has something to tell").elapsed();
        assert!(took < AT_ONCE, "{threads} threads, proving {proving}: {took:?}");
        assert!(run.outcome.feasible);
        assert!(!proving || run.outcome.plan.lower_bound.is_some(), "{:?}", run.cause);
    }
}

/// The search calls what panics, as its own faults would.
#[test]
fn a_panic_of_the_search_ends_the_run_and_reaches_the_caller() {
    for threads in [1, 2, 3] {
        let (ended, end) = mpsc::channel();
        std::thread::spawn(move || {
            let (day, cancel) = (plain(11, 14, 3), AtomicBool::new(false));
            let clock = Wall(Instant::now());
            let limits = Limits { clock: &clock, seconds: Some(300.0), iterations: None, cancel: &cancel };
            let told = &mut |_: &Standing| panic!("told so by the test");
            let run = AssertUnwindSafe(|| solve(&day, None, &with_threads(threads), 1, &limits, told));
            let _ = ended.send(catch_unwind(run).err().and_then(|cause| cause.downcast_ref::<&str>().copied()));
        });
        assert_eq!(end.recv_timeout(AT_ONCE), Ok(Some("told so by the test")), "{threads} threads");
    }
}

fn point(cost: i64, covered: Option<i64>) -> Progress {
    let covered = covered.map(Cost);
    Progress { seconds: 1.0, iteration: 1, cost: Cost(cost), unassigned: 0, covered, lower_bound: None }
}

/// What is told after these plans and bounds, and whether that ended the run.
fn after(stop_gap: Option<f64>, steps: &[Result<(i64, Option<i64>), i64>]) -> (Option<Standing>, bool) {
    let (stop, mut last) = (AtomicBool::new(false), None);
    let mut told = |standing: &Standing| last = Some(*standing);
    let mut board = Board::new(stop_gap, &stop, &mut told);
    for step in steps {
        match *step {
            Ok((cost, covered)) => board.plan(&point(cost, covered)),
            Err(bound) => board.bound(&BoundPoint { seconds: 2.0, lower_bound: Cost(bound) }),
        }
    }
    (last, stop.into_inner())
}

#[test]
fn the_gap_is_of_what_the_bound_covers_and_decides_when_to_end() {
    let gap = |stop_gap, steps: &[_]| {
        let (last, stopped) = after(stop_gap, steps);
        (last.and_then(|standing| standing.gap), stopped)
    };
    assert_eq!(gap(None, &[Ok((1_000, Some(800))), Err(600)]), (Some(0.25), false));
    assert_eq!(gap(Some(0.25), &[Ok((1_000, Some(800))), Err(600)]), (Some(0.25), true));
    assert_eq!(gap(Some(0.24), &[Err(600), Ok((1_000, Some(800)))]), (Some(0.25), false));
    assert_eq!(gap(None, &[Ok((1_000, Some(800))), Err(800)]), (Some(0.0), false), "200 may still be saved");
    assert_eq!(gap(Some(0.0), &[Ok((1_000, Some(800))), Err(800)]), (Some(0.0), true), "who asks for it has it");
    assert_eq!(gap(None, &[Err(800), Ok((800, Some(800)))]), (Some(0.0), true));
    assert_eq!(gap(Some(0.5), &[Ok((900, None)), Err(800)]), (None, false), "of a plan that leaves a must out");
    assert_eq!(gap(None, &[Ok((900, None)), Err(800), Ok((1_000, Some(1_000)))]), (Some(0.2), false));
    assert_eq!(gap(Some(0.1), &[Ok((100, Some(100))), Err(90), Ok((95, Some(95))), Err(80)]), (Some(5.0 / 95.0), true));
}

#[test]
fn a_bound_above_a_plan_is_withdrawn_and_none_is_believed_after_it() {
    for steps in [[Ok((100, Some(100))), Err(101), Err(50)], [Err(101), Ok((100, Some(100))), Err(50)]] {
        let (last, stopped) = after(Some(0.9), &steps);
        let last = last.unwrap();
        assert_eq!((last.gap, last.progress.lower_bound, stopped), (None, None, false));
    }
    let day = plain(2, 6, 3);
    let outcome = capped(&day, &with_threads(1)).outcome;
    let above = outcome.plan.cost.0 + 1;
    let (stop, mut told) = (AtomicBool::new(false), |_: &Standing| {});
    let mut board = Board::new(None, &stop, &mut told);
    board.bound(&BoundPoint { seconds: 1.0, lower_bound: Cost(above) });
    let mut worked = lane::Worked { outcome, bound_kind: None, cause: None, prices: vec![1.0; 6] };
    Mutex::new(board).into_inner().unwrap().sign(&day, &mut worked);
    assert_eq!(worked.outcome.plan.lower_bound, None);
    assert_eq!(worked.cause, Some(NoBound::AbovePlan { bound: above, cost: above - 1 }));
    assert!(worked.prices.is_empty());
}
