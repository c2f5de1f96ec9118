//! The search's fast answers against slow and obvious ones, on small random instances with every feature.

use std::sync::atomic::AtomicBool;

use huilu_model::{Instance, Metric, Round, Rule, Shape, StepKind, Verdict};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::cases::{balanced, limited, random};
use super::decompose::Decomposition;
use super::feasibility;
use super::model::{FAR, Model, Node};
use super::neighbours::Neighbours;
use super::route::Route;
use super::schedule::{Course, Term};
use super::solution::{NOWHERE, Solution};
use super::subproblem::Subproblem;
use super::zoning::Zoning;
use super::{Params, impossible, solve};
use crate::limits::{Limits, NoClock};

/// Least duration by trying every departure and every place of the break, step by step.
fn slow_duration(course: &Course<'_>) -> Option<i64> {
    let (kind, visits) = (course.kind, course.visits);
    let mut best: Option<i64> = None;
    for departure in kind.opens.max(course.terms[0].ready)..=kind.closes {
        for break_at in (0..=visits.len()).map(Some).chain([None]) {
            if break_at.is_some() && kind.pause.is_none() {
                continue;
            }
            if let Some(finish) = slow_finish(course, departure, break_at) {
                let excused = kind.pause.is_none_or(|p| finish <= p.closes || departure > p.closes);
                if finish <= kind.closes && (break_at.is_some() || excused) {
                    best = Some(best.map_or(finish - departure, |b| b.min(finish - departure)));
                }
            }
        }
    }
    best
}

fn slow_finish(course: &Course<'_>, departure: i64, break_at: Option<usize>) -> Option<i64> {
    let Course { model, kind, visits, terms, drives: _ } = *course;
    let (mut t, mut place) = (departure, kind.start);
    for k in 0..=visits.len() {
        if let (Some(pause), true) = (kind.pause, break_at == Some(k)) {
            t = t.max(pause.opens);
            if t > pause.closes {
                return None;
            }
            t += pause.duration;
        }
        let to = visits.get(k).map_or(kind.end, |&node| model.place(node));
        t += model.seconds(kind, place, to);
        if let Some(&node) = visits.get(k) {
            let (start, _) = *model.windows(node).iter().find(|window| window.1 >= t)?;
            let data = model.nodes[node as usize];
            t = t.max(start) + data.service + if place == data.place { 0 } else { data.setup };
            t = (t + terms[k + 1].more).max(terms[k + 1].ready);
        }
        place = to;
    }
    Some(t)
}

pub(super) fn shuffled(rng: &mut Xoshiro256PlusPlus, model: &Model<'_>, most: usize) -> Vec<Node> {
    let mut nodes: Vec<Node> = (0..model.nodes.len() as Node).collect();
    for at in (1..nodes.len()).rev() {
        nodes.swap(at, rng.random_range(0..=at));
    }
    nodes.truncate(rng.random_range(1..=most));
    nodes
}

pub(super) fn random_term(rng: &mut Xoshiro256PlusPlus) -> Term {
    let ready = if rng.random_bool(0.2) { rng.random_range(0..40) } else { -FAR };
    Term { more: if rng.random_bool(0.2) { rng.random_range(0..5) } else { 0 }, ready }
}

#[test]
fn the_schedule_of_least_duration_is_the_one_found_by_trying_every_second() {
    let (mut possible, mut with_break) = (0, 0);
    for seed in 0..1_500 {
        let instance = random(seed, 5, 3, 2);
        let model = Model::new(&instance);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        for kind in &model.kinds {
            // With a price on time the duration matters; without, only whether there is a schedule.
            let mut kind = kind.clone();
            kind.per_second = 1;
            let visits = shuffled(&mut rng, &model, 4);
            let terms: Vec<Term> = (0..=visits.len()).map(|_| random_term(&mut rng)).collect();
            let course = Course { model: &model, kind: &kind, visits: &visits, terms: &terms, drives: &[] };
            let fast = course.best_timing();
            let slow = slow_duration(&course);
            assert_eq!(fast.map(|timing| timing.duration()), slow, "seed {seed}, {visits:?}, {kind:?}");
            if let Some(timing) = fast {
                possible += 1;
                let (steps, pause) = course.moments(timing);
                assert_eq!(steps.len(), visits.len());
                assert_eq!(pause.is_some(), timing.with_break);
                with_break += usize::from(timing.with_break);
            }
        }
    }
    assert!(
        possible > 300 && with_break > 30,
        "{possible} possible, {with_break} with a break: the cases are too poor"
    );
}

/// A random route of the first vehicle for each day, and a job that is not on it.
pub(super) fn with_a_job_outside(
    seeds: u64,
    day: impl Fn(u64) -> Instance,
    mut look: impl FnMut(u64, &Model<'_>, &Solution, Node),
) {
    for seed in 0..seeds {
        let day = day(seed);
        let model = Model::new(&day);
        let mut solution = Solution::new(&model);
        let visits = shuffled(&mut Xoshiro256PlusPlus::seed_from_u64(seed), &model, 4);
        solution.replace(&model, 0, |own| own.clone_from(&visits));
        if let Some(job) = (0..model.n_jobs as Node).find(|job| !visits.contains(job)) {
            look(seed, &model, &solution, job);
        }
    }
}

/// Puts a job into each gap of a random route of each day and compares the constant-time look with the full evaluation: it refuses
/// nothing that is possible and, where it `sees_all` limits of the day, promises nothing that is not. Counts what is possible and not.
pub(super) fn compare_looks(
    seeds: u64,
    day: impl Fn(u64) -> Instance,
    sees_all: impl Fn(u64) -> bool,
) -> (usize, usize) {
    let (mut yes, mut no) = (0, 0);
    with_a_job_outside(seeds, day, |seed, model, solution, job| {
        if !model.kinds[solution.routes[0].kind].serves[job as usize] {
            return;
        }
        for gap in 0..=solution.routes[0].visits.len() {
            let quick = feasibility::refusal(model, solution, 0, gap, job as usize);
            let full = solution.clone().replace(model, 0, |own| own.insert(gap, job));
            let agree = if sees_all(seed) { quick.is_none() == full } else { quick.is_none() || !full };
            assert!(agree, "seed {seed} gap {gap}: {quick:?}, {full}, {:?}", solution.routes[0].visits);
            if full { yes += 1 } else { no += 1 }
        }
    });
    (yes, no)
}

#[test]
fn a_constant_time_look_at_an_insertion_agrees_with_the_full_evaluation() {
    let (yes, no) = compare_looks(2_000, |seed| random(seed, 6, 2, 2), |_| true);
    assert!(yes > 300 && no > 300, "{yes} possible, {no} not: the cases are too poor");
}

/// Limits on durations and unloads by weight are left to the full evaluation.
#[test]
fn a_constant_time_look_refuses_nothing_that_is_possible() {
    let (yes, _) = compare_looks(2_000, |seed| limited(seed, 6, 2, 2), |_| false);
    assert!(yes > 300, "{yes} possible: the cases are too poor");
}

/// The least cost over all plans in which at most one outlet is visited after each job.
pub(super) fn slow_optimum(model: &Model<'_>) -> i64 {
    fn go(model: &Model<'_>, solution: &mut Solution, vehicle: usize, visits: &mut Vec<Node>, best: &mut i64) {
        if vehicle == solution.routes.len() {
            if solution.fairness.is_allowed() {
                *best = (*best).min(solution.cost());
            }
            return;
        }
        // This vehicle's route may end here ...
        let kind = solution.routes[vehicle].kind;
        let mut route = Route::new(kind);
        route.visits.clone_from(visits);
        if route.refresh(model) {
            let mut next = solution.clone();
            if next.put(model, vehicle as u32, route) {
                go(model, &mut next, vehicle + 1, &mut Vec::new(), best);
            }
        }
        // ... or go on with a job, and an outlet or none after it.
        for job in 0..model.n_jobs as Node {
            if visits.contains(&job) || solution.vehicle_of(job as usize) != NOWHERE {
                continue;
            }
            visits.push(job);
            go(model, solution, vehicle, visits, best);
            for outlet in 0..model.accepts.len() {
                visits.push(model.outlet_node(outlet));
                go(model, solution, vehicle, visits, best);
                visits.pop();
            }
            visits.pop();
        }
    }
    let mut best = i64::MAX;
    go(model, &mut Solution::new(model), 0, &mut Vec::new(), &mut best);
    best
}

pub(super) fn capped(instance: &Instance, iterations: u64, seed: u64, threads: usize) -> super::Outcome {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(iterations), cancel: &cancel };
    let params = Params { threads, ..Params::default() };
    solve(instance, &params, seed, &limits, &mut |_| {})
}

/// How many of the instances have a better plan than the search finds, and how many jobs it serves in all.
pub(super) fn missed(instances: impl Iterator<Item = Instance>) -> (usize, usize) {
    let (mut missed, mut served) = (0, 0);
    for instance in instances {
        let model = Model::new(&instance);
        let outcome = capped(&instance, 3_000, 1, 1);
        let left = outcome.plan.unassigned.iter();
        let absent: i64 = left
            .filter_map(|left| instance.jobs.iter().position(|job| job.id == left.job))
            .map(|job| model.absence[job])
            .sum();
        let own = outcome.plan.cost.0 - outcome.plan.cost_parts.penalties.0 + absent;
        let slow = slow_optimum(&model);
        assert!(own >= slow, "{}: {own} is less than any plan's {slow}", instance.name);
        missed += usize::from(own > slow);
        served += instance.jobs.len() - outcome.plan.unassigned.len();
    }
    (missed, served)
}

#[test]
fn small_instances_are_solved_to_the_optimum_found_by_enumeration() {
    let day = |seed| if seed < 40 { random(seed, 4, 2, 2) } else { limited(seed, 4, 2, 2) };
    let (missed, served) = missed((0..60).map(day));
    assert!(served > 40, "only {served} jobs served: the cases are too poor");
    // An unload before a job and another after it come in one at a time: where only both together pay, neither does.
    assert!(missed <= 2, "{missed} of 60 optima missed");
}

/// First plans by savings and whole routes for another kind are for days without outlets.
#[test]
fn small_instances_without_outlets_are_solved_to_the_optimum_found_by_enumeration() {
    let (missed, served) = missed((60..120).map(|seed| random(seed, 5, 3, 0)));
    assert!(served > 40, "only {served} jobs served: the cases are too poor");
    assert!(missed <= 2, "{missed} of 60 optima missed");
}

#[test]
fn a_job_is_called_impossible_only_where_no_plan_serves_it() {
    let mut proven = 0;
    for seed in 100..300 {
        let instance = if seed < 200 { random(seed, 3, 2, 2) } else { limited(seed, 3, 2, 2) };
        let model = Model::new(&instance);
        for left in capped(&instance, 200, 1, 1).plan.unassigned {
            let Some(job) = instance.jobs.iter().position(|job| job.id == left.job) else { panic!("unknown job") };
            if left.verdict != Verdict::ProvenInfeasible {
                continue;
            }
            proven += 1;
            assert!(!left.reasons.is_empty());
            for vehicle in 0..instance.vehicles.len() as u32 {
                let mut solution = Solution::new(&model);
                assert!(!solution.replace(&model, vehicle, |own| own.push(job as Node)), "seed {seed} {}", left.job);
                for outlet in 0..instance.outlets.len() {
                    let visits = [job as Node, model.outlet_node(outlet)];
                    let done = solution.replace(&model, vehicle, |own| own.extend(visits));
                    assert!(!done, "seed {seed}: {} can be served", left.job);
                }
            }
        }
    }
    assert!(proven > 20, "only {proven} proofs: the cases are too poor");
}

/// Every fault is a job that the checker, too, finds no route for; with its negative control, the jobs without a fault.
#[test]
fn impossible_mandatory_jobs_are_faults_before_any_search() {
    let (mut faulty, mut sound) = (0, 0);
    for seed in 0..200 {
        let mut parts = (*limited(seed, 4, 2, 2)).clone();
        parts.jobs.iter_mut().for_each(|job| job.penalty = None);
        let instance = Instance::new(parts).expect("still valid");
        let faults = impossible(&instance).0;
        let outcome = capped(&instance, 50, 1, 1);
        for (k, job) in instance.jobs.iter().enumerate() {
            let found = faults.iter().any(|fault| fault.path == format!("jobs[{k}]"));
            let left = outcome.plan.unassigned.iter().find(|left| left.job == job.id);
            assert_eq!(
                found,
                left.is_some_and(|left| left.verdict == Verdict::ProvenInfeasible),
                "seed {seed} {}",
                job.id
            );
            if found { faulty += 1 } else { sound += 1 }
        }
        // The checker refutes what is called impossible and is not.
        assert!(huilu_check::check(&instance, &outcome.plan).only_mandatory_jobs_missing());
    }
    assert!(faulty > 50 && sound > 50, "{faulty} faulty, {sound} sound: the cases are too poor");
}

#[test]
fn without_vehicles_one_fault_says_so_and_optional_jobs_are_none() {
    let mut parts = (*random(1, 5, 0, 2)).clone();
    parts.jobs.iter_mut().for_each(|job| job.penalty = Some(huilu_model::Cost(1)));
    assert!(impossible(&Instance::new(parts.clone()).expect("valid")).0.is_empty());
    parts.jobs[3].penalty = None;
    let faults = impossible(&Instance::new(parts).expect("valid"));
    assert!(faults.to_string().starts_with("NO_VEHICLE vehicles: there is none") && faults.0.len() == 1);
}

#[test]
fn the_same_seed_threads_and_cap_give_the_same_plan() {
    for (n_outlets, threads) in [(3, 1), (3, 2), (0, 1), (0, 2)] {
        let instance = random(7, 30, 5, n_outlets);
        let (one, other) = (capped(&instance, 600, 5, threads), capped(&instance, 600, 5, threads));
        assert_eq!(one.plan, other.plan);
        assert_eq!(one.trace, other.trace);
        assert_eq!(one.iterations, 600 * threads as u64);
    }
}

#[test]
fn the_history_ends_with_the_plan_s_cost() {
    for seed in 0..60 {
        let make = [random, balanced][seed as usize % 2];
        let instance = make(seed, 20, 4, if seed < 20 { 3 } else { 0 });
        let outcome = capped(&instance, if seed < 40 { 300 } else { 1 }, 1, 2);
        let last = outcome.trace.last().expect("the empty plan is the first");
        assert_eq!((last.cost, last.unassigned), (outcome.plan.cost, outcome.plan.unassigned.len()));
        assert_eq!(outcome.plan.cost_parts.total(), outcome.plan.cost);
        assert!(outcome.trace.iter().all(|point| point.lower_bound.is_none()));
    }
}

/// Every claim of a plan is recomputed by code that shares nothing with the search.
#[test]
fn the_independent_checker_accepts_every_plan() {
    let (mut served, mut unloads, mut feasible) = (0, 0, 0);
    for seed in 0..300 {
        let make = [limited, random, balanced][seed as usize % 3];
        let instance = make(seed, 4 + seed as usize % 14, 1 + seed as usize % 5, seed as usize % 4);
        let outcome = capped(&instance, 120, 1, 1 + seed as usize % 2);
        let report = huilu_check::check(&instance, &outcome.plan);
        assert!(report.only_mandatory_jobs_missing(), "seed {seed}: {:#?}", report.violations);
        assert_eq!(report.is_clean(), outcome.feasible, "seed {seed}");
        assert_eq!(report.figures.cost, outcome.plan.cost);
        served += report.figures.jobs_served;
        unloads += report.figures.unloads;
        feasible += usize::from(outcome.feasible);
    }
    assert!(
        served > 500 && unloads > 100 && feasible > 50,
        "{served} served, {unloads} unloads, {feasible} feasible: the cases are too poor"
    );
}

#[test]
fn odd_instances_end_without_a_plan_or_a_panic() {
    let nothing = random(1, 0, 0, 0);
    assert!(capped(&nothing, 10, 1, 1).feasible);
    let no_fleet = capped(&random(1, 5, 0, 2), 10, 1, 1);
    assert_eq!(no_fleet.plan.unassigned.len(), 5);
    assert!(no_fleet.plan.unassigned.iter().all(|left| left.verdict == Verdict::ProvenInfeasible));
    let no_jobs = capped(&random(1, 0, 3, 2), 10, 1, 1);
    assert!(no_jobs.plan.routes.is_empty() && no_jobs.plan.cost.0 == 0);
    assert!(capped(&random(3, 12, 3, 0), 50, 1, 3).plan.cost.0 < FAR);
}

#[test]
fn a_cancelled_search_still_returns_a_plan() {
    let instance = random(11, 40, 5, 3);
    let cancel = AtomicBool::new(true);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: None, cancel: &cancel };
    let outcome = solve(&instance, &Params::default(), 1, &limits, &mut |_| {});
    let stops = outcome.plan.routes.iter().flat_map(|route| &route.steps);
    let served = stops.filter(|step| matches!(step.kind, StepKind::Job { .. })).count();
    assert_eq!(served + outcome.plan.unassigned.len(), 40);
}

/// A day spread over a town, with prices and limits of the plan as a whole.
fn town(seed: u64) -> Instance {
    let mut parts = (*balanced(seed, 60, 14, 4)).clone();
    for position in parts.places.iter_mut().filter_map(|place| place.position.as_mut()) {
        (position.lat, position.lon) = (30.0 + 500.0 * position.lat, 120.0 + 500.0 * position.lon);
    }
    // Eight minutes from end to end, as in the other cases.
    let points = parts.places.iter().filter_map(|place| place.position).map(|at| (at.lon, at.lat)).collect();
    let rule = Rule { factor: 0.0015, round: Round::Up };
    let metric = Metric::new("van".to_owned(), Shape::GreatCircle, points, rule, rule).expect("a metric");
    (parts.travel, parts.compactness) = (vec![metric.into()], None);
    for (k, job) in parts.jobs.iter_mut().enumerate().step_by(2) {
        (job.preferred, job.other_vehicle) = (vec![k % 14], huilu_model::Cost(3 + k as i64));
    }
    Instance::new(parts).expect("still valid")
}

fn zoned(threads: usize) -> Params {
    Params { threads, zones_from: 1, zone_jobs: 15, zone_rounds: 4, partition_zones: threads == 2, ..Params::default() }
}

fn solved(instance: &Instance, params: &Params, iterations: u64) -> super::Outcome {
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(iterations), cancel: &cancel };
    solve(instance, params, 1, &limits, &mut |_| {})
}

#[test]
fn a_day_searched_by_parts_keeps_every_rule_and_repeats() {
    let (mut better, mut served) = (0, 0);
    for seed in 0..24 {
        let (instance, params) = (town(seed), zoned(1 + seed as usize % 3));
        let outcome = solved(&instance, &params, 400);
        let report = huilu_check::check(&instance, &outcome.plan);
        assert!(report.only_mandatory_jobs_missing(), "seed {seed}: {:#?}", report.violations);
        let last = outcome.trace.last().expect("the empty plan is the first");
        assert_eq!((last.cost, last.unassigned), (outcome.plan.cost, outcome.plan.unassigned.len()), "seed {seed}");
        assert_eq!(outcome.plan, solved(&instance, &params, 400).plan, "seed {seed}");
        assert!(outcome.iterations <= 400 * params.threads as u64);
        assert_eq!(outcome.statistics.partitions, u32::from(params.partition_zones), "seed {seed}");
        better += usize::from(outcome.plan.cost < solved(&instance, &params, 0).plan.cost);
        served += report.figures.jobs_served;
    }
    assert!(better > 5 && served > 500, "{better} days got better by parts, {served} jobs served: too poor");
}

#[test]
fn cuts_share_out_all_routes_and_lie_along_other_borders_each_time() {
    let mut moved = 0;
    for seed in 0..10 {
        let instance = town(seed);
        let model = Model::new(&instance);
        let zoning = Decomposition::zoning(&model, &zoned(1)).expect("all jobs have positions");
        let visits = solved(&instance, &Params::default(), 100).plan;
        let solution = planned(&model, &visits);
        let cuts: Vec<_> = (0..4).map(|cut| zoning.groups(&model, &solution, (cut, 15), &|| false)).collect();
        for groups in &cuts {
            let mut vehicles: Vec<u32> = groups.iter().flat_map(|group| group.vehicles.iter().copied()).collect();
            let mut absent: Vec<usize> = groups.iter().flat_map(|g| g.absent.iter().map(|&job| job as usize)).collect();
            vehicles.sort_unstable();
            absent.sort_unstable();
            let used = (0..14).filter(|&v| !solution.routes[v as usize].is_empty());
            assert_eq!(vehicles, used.collect::<Vec<u32>>());
            assert_eq!(absent, solution.absent().collect::<Vec<_>>());
            assert_eq!(groups.iter().map(|group| group.n_jobs).sum::<usize>(), 60);
        }
        moved += cuts.windows(2).filter(|pair| pair[0] != pair[1]).count();
    }
    assert!(moved > 20, "only {moved} of 30 cuts differ from the one before");
}

/// The search's form of a plan.
fn planned(model: &Model<'_>, plan: &huilu_model::Plan) -> Solution {
    let mut solution = Solution::new(model);
    for route in &plan.routes {
        let nodes = route.steps.iter().filter_map(|step| match &step.kind {
            StepKind::Job { job } => model.instance.jobs.iter().position(|own| own.id == *job).map(|k| k as Node),
            StepKind::Unload { outlet } => {
                model.instance.outlets.iter().position(|own| own.id == *outlet).map(|k| model.outlet_node(k))
            }
            _ => None,
        });
        let vehicle = model.instance.vehicles.iter().position(|own| own.id == route.vehicle).expect("known");
        assert!(solution.replace(model, vehicle as u32, |own| own.extend(nodes)));
    }
    solution
}

#[test]
fn what_a_part_saves_is_saved_in_the_whole() {
    let mut parts = 0;
    for seed in 0..20 {
        let instance = town(seed);
        let model = Model::new(&instance);
        let neighbours = Neighbours::new(&model, &Params::default());
        let solution = planned(&model, &solved(&instance, &Params::default(), 100).plan);
        let zoning = Zoning::new(&model).expect("all jobs have positions");
        for group in zoning.groups(&model, &solution, (1, 15), &|| false) {
            let part = Subproblem::new(&model, &neighbours, &solution, &group, &[], 1).expect("a valid part");
            let own = part.model();
            let before = super::search::restore(&own, &part.visits);
            assert_eq!(before.fairness.cost(), solution.fairness.cost(), "seed {seed}: days of others count");
            // One job less in the part costs the whole the same.
            for vehicle in 0..group.vehicles.len() as u32 {
                let (mut less, mut whole) = (before.clone(), solution.clone());
                let Some(at) = less.routes[vehicle as usize].visits.iter().position(|&node| own.is_job(node)) else {
                    continue;
                };
                let done = less.replace(&own, vehicle, |visits| drop(visits.drain(at..=at)));
                let same =
                    whole.replace(&model, group.vehicles[vehicle as usize], |visits| drop(visits.drain(at..=at)));
                assert_eq!(done, same);
                let saved = |less: &Solution, full: &Solution| {
                    (less.floor() - full.floor(), less.fairness.cost() - full.fairness.cost())
                };
                assert_eq!(saved(&less, &before), saved(&whole, &solution), "seed {seed}");
                parts += usize::from(done);
            }
            let back: Vec<(u32, Vec<Node>)> = part.in_whole(&part.visits).collect();
            for (vehicle, visits) in back {
                assert_eq!(solution.routes[vehicle as usize].visits, visits);
            }
        }
    }
    assert!(parts > 60, "only {parts} routes tried: too poor");
}
