//! `huilu solve-job`: solves one work order from standard input. It knows no database, and of the network
//! only the routing servers that the operator chose.
//!
//! A process of its own gives what a thread cannot: HiGHS has no callback to stop it, so cancelling is killing, and a
//! hostile instance can only exhaust its own memory.

use std::io::{BufRead, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use huilu_model::clearing::Network;
use huilu_model::site::{SiteProblem, SiteSolution};
use huilu_model::{FaultCode, Instance, Plan, Problem};
use huilu_optimizer::bounded::{self, Bounded, BoundedParams, Standing};
use huilu_optimizer::clearing;
use huilu_optimizer::limits::Limits;
use huilu_optimizer::proof::{self, NoBound, ProofParams};
use huilu_optimizer::routing;
use huilu_optimizer::siting::{self, SitingParams};

use super::CliError;
use super::stop::WallClock;
use crate::domain::plan::BoundSummary;
use crate::domain::travel::ProfileTravel;
use crate::jobs::protocol::{TravelOrder, Work, WorkEvent, WorkLimits, WorkOrder};
use crate::travel::{self, FileProviders};

/// About what an arc of the proof takes, a label with its history, and a route with the partial ones that are tried for it.
const ARC_BYTES: usize = 64;
const LABEL_BYTES: usize = 128;
const ROUTE_BYTES: usize = 2_048;

pub(crate) fn run(started: Instant) -> Result<(), CliError> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(CliError::failed)?;
    let order: WorkOrder =
        serde_json::from_str(&line).map_err(|cause| CliError::Input(format!("work order: {cause}")))?;
    drop(line);
    if let Some(mib) = order.limits.memory_mib {
        let bytes = mib.saturating_mul(1 << 20);
        rlimit::setrlimit(rlimit::Resource::AS, bytes, bytes).map_err(CliError::failed)?;
    }
    let cancel = cancelled_with_the_parent();
    let done = match order.work {
        Work::Route { problem, travel } => route(*problem, travel, &order.limits, started, &cancel),
        Work::Clear { network, travel } => clear(*network, travel, &order.limits, started, &cancel),
        Work::Site { problem } => site(&problem, &order.limits, started, &cancel),
    };
    match done {
        Ok(event) => say(&event),
        Err(error) => {
            say(&WorkEvent::Failed { error: error.clone() });
            return Err(CliError::Failed(error));
        }
    }
    Ok(())
}

fn route(
    mut problem: Problem,
    travel: Option<TravelOrder>,
    work: &WorkLimits,
    started: Instant,
    cancel: &AtomicBool,
) -> Result<WorkEvent, String> {
    let travel = match travel {
        Some(order) => matrices(&mut problem, order, work.threads)?,
        None => Vec::new(),
    };
    let instance = Instance::try_from(&problem).map_err(|faults| faults.to_string())?;
    let prepare_seconds = started.elapsed().as_secs_f64();
    let clock = WallClock(started);
    let limits = limits(work, &clock, work.seconds.map(|seconds| seconds + prepare_seconds), cancel);
    let params = bounded_params(work);
    // A mandatory job without a vehicle still leaves a plan for the others; a beginning that cannot be leaves none.
    let mut misfits = routing::impossible(&instance);
    misfits.0.retain(|fault| fault.code == FaultCode::FrozenMisfit);
    if !misfits.0.is_empty() {
        return Err(misfits.to_string());
    }
    let mut told = |standing: &Standing| {
        let point = &standing.progress;
        say(&WorkEvent::Incumbent {
            seconds: point.seconds - prepare_seconds,
            iteration: point.iteration,
            cost: point.cost,
            unassigned: point.unassigned,
            lower_bound: point.lower_bound,
            gap: standing.gap,
        });
    };
    let warm = problem.warm_start.as_ref();
    let Bounded { outcome, bound_kind, cause, prices } = if work.without_proof {
        search_alone(&instance, warm, &params.search, work.seed, &limits, &mut told)
    } else {
        bounded::solve(&instance, warm, &params, work.seed, &limits, &mut told)
    };
    if let Some(fault @ (NoBound::AbovePlan { .. } | NoBound::LpFailed | NoBound::Broken)) = cause {
        eprintln!("huilu: the plan has no lower bound: {fault}");
    }
    let report = huilu_check::check(&instance, &outcome.plan);
    // A least bad plan may leave mandatory jobs out, and must say so; anything else is a fault of the search.
    if !report.only_mandatory_jobs_missing() || report.is_clean() != outcome.feasible {
        let first: Vec<String> = report.violations.iter().take(3).map(ToString::to_string).collect();
        return Err(format!("the independent checker refused the plan: {}", first.join("; ")));
    }
    Ok(WorkEvent::Planned {
        plan: Box::new(outcome.plan),
        feasible: outcome.feasible,
        iterations: outcome.iterations,
        seconds: started.elapsed().as_secs_f64() - prepare_seconds,
        prepare_seconds,
        bound: BoundSummary {
            kind: bound_kind.map(|kind| kind.name().to_owned()),
            leaves_out: match cause {
                None => proof::leaves_out(&instance).iter().map(|&part| part.to_owned()).collect(),
                Some(_) => Vec::new(),
            },
            cause: cause.and_then(|cause| cause.code().parse().ok()),
        },
        duals: Some(prices)
            .filter(|prices| !prices.is_empty())
            .or(outcome.duals.map(|duals| duals.0))
            // JSON knows no infinity.
            .filter(|duals| duals.iter().all(|price| price.is_finite())),
        travel,
    })
}

/// What is left to do after a process that also proved has died: the plan has no bound, and the fault is the program's.
fn search_alone(
    instance: &Instance,
    warm: Option<&Plan>,
    params: &routing::Params,
    seed: u64,
    limits: &Limits<'_>,
    told: &mut dyn FnMut(&Standing),
) -> Bounded {
    let mut on_progress = |point: &routing::Progress| told(&Standing { progress: *point, gap: None });
    let outcome = match warm {
        Some(plan) => routing::solve_from(instance, plan, params, seed, limits, &mut on_progress),
        None => routing::solve(instance, params, seed, limits, &mut on_progress),
    };
    Bounded { outcome, bound_kind: None, cause: Some(NoBound::Broken), prices: Vec::new() }
}

/// The proof may take a part of the memory: a plan must not be lost to it.
fn bounded_params(work: &WorkLimits) -> BoundedParams {
    let mut proof = ProofParams::default();
    if let Some(mib) = work.memory_mib {
        let bytes = usize::try_from(mib.saturating_mul(1 << 20)).unwrap_or(usize::MAX);
        proof.arcs_max = proof.arcs_max.min(bytes / 4 / ARC_BYTES);
        proof.labels_max = proof.labels_max.min(bytes / 8 / LABEL_BYTES);
        proof.routes_max = proof.routes_max.min(bytes / 8 / ROUTE_BYTES);
    }
    BoundedParams {
        search: routing::Params { threads: work.threads, ..routing::Params::default() },
        proof,
        stop_gap: work.stop_gap,
        ..BoundedParams::default()
    }
}

fn clear(
    mut network: Network,
    travel: Option<TravelOrder>,
    work: &WorkLimits,
    started: Instant,
    cancel: &AtomicBool,
) -> Result<WorkEvent, String> {
    let mut travelled = Vec::new();
    if let Some(order) = travel {
        let vehicles = network.vans.iter().chain(&network.trucks).cloned().collect();
        let mut frame = Problem { places: network.places.clone(), vehicles, ..Problem::default() };
        travelled = matrices(&mut frame, order, work.threads)?;
        network.matrices = frame.matrices;
    }
    let prepare_seconds = started.elapsed().as_secs_f64();
    let clock = WallClock(started);
    let limits = limits(work, &clock, work.seconds.map(|seconds| seconds + prepare_seconds), cancel);
    let params = routing::Params { threads: work.threads, ..routing::Params::default() };
    let mut iterations = 0;
    let plan = clearing::plan(&network, &params, work.seed, &limits, &mut |point| iterations = point.iteration);
    let plan = plan.map_err(|faults| faults.to_string())?;
    if let Some(violation) = huilu_check::check_clearing(&network, &plan).first() {
        return Err(format!("the independent checker refused the plan: {violation}"));
    }
    Ok(WorkEvent::Cleared {
        plan: Box::new(plan),
        iterations,
        seconds: started.elapsed().as_secs_f64() - prepare_seconds,
        prepare_seconds,
        travel: travelled,
    })
}

/// Fills the problem's matrices from the sources that were chosen, and tells how far that is a hundred times or so.
fn matrices(problem: &mut Problem, order: TravelOrder, threads: usize) -> Result<Vec<ProfileTravel>, String> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|cause| cause.to_string())?;
    let sources =
        FileProviders::new(order.matrices, order.network, order.closed.as_ref()).map_err(|cause| cause.to_string())?;
    let told = AtomicUsize::new(0);
    let progress = move |done: usize, total: usize| {
        if done >= told.load(Ordering::Relaxed) + (total / 100).max(1) {
            told.store(done, Ordering::Relaxed);
            say(&WorkEvent::Preparing { done, total });
        }
    };
    let fallback = sources.choice().fallback;
    let attached =
        travel::attach_matrices(problem, |profile| sources.of(profile), fallback, threads, Arc::new(progress));
    runtime.block_on(attached).map_err(|cause| cause.to_string())
}

fn site(problem: &SiteProblem, work: &WorkLimits, started: Instant, cancel: &AtomicBool) -> Result<WorkEvent, String> {
    let clock = WallClock(started);
    let limits = limits(work, &clock, work.seconds, cancel);
    let solution = siting::solve(problem, &SitingParams::default(), work.seed, &limits, &mut |point| {
        say(&WorkEvent::SitesIncumbent { seconds: point.seconds, cost: point.cost, lower_bound: point.lower_bound });
    })
    .map_err(|cause| cause.to_string())?;
    sited(problem, solution)
}

/// The answer, if it holds without believing the search.
fn sited(problem: &SiteProblem, solution: SiteSolution) -> Result<WorkEvent, String> {
    match siting::verify::verify(problem, &solution).first() {
        None => Ok(WorkEvent::Sited { solution: Box::new(solution) }),
        Some(violation) => Err(format!("the independent check refused the answer: {violation}")),
    }
}

fn limits<'a>(work: &WorkLimits, clock: &'a WallClock, seconds: Option<f64>, cancel: &'a AtomicBool) -> Limits<'a> {
    Limits { clock, seconds, iterations: work.iterations, cancel }
}

/// A parent that is gone wants no answer: the end of standard input stops the search.
fn cancelled_with_the_parent() -> Arc<AtomicBool> {
    let cancel = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&cancel);
    std::thread::spawn(move || {
        let mut rest = [0_u8; 64];
        let mut input = std::io::stdin().lock();
        while matches!(input.read(&mut rest), Ok(read) if read > 0) {}
        raised.store(true, Ordering::Relaxed);
    });
    cancel
}

/// Writes one line. A parent that has gone cannot be told so; the search stops through [`cancelled_with_the_parent`].
fn say(event: &WorkEvent) {
    if let Ok(line) = serde_json::to_string(event) {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::BoundCause;
    use huilu_model::plan::StreamLoad;
    use huilu_model::problem::{CompartmentSpec, CostSpec, JobSpec, JobWindowSpec, PlaceSpec, VehicleSpec, WindowSpec};
    use huilu_model::site::{Arc as Way, DemandPoint, Flow, Site, SiteStatus};
    use huilu_model::{Grams, Litres, Matrix, Seconds};

    /// One van and five pickups along a street; each metre costs, and each pickup left out costs more.
    fn street() -> Problem {
        let at: Vec<i64> = vec![0, 900, 2_100, 2_500, 4_000, 5_200];
        let legs: Vec<u32> = at.iter().flat_map(|a| at.iter().map(move |b| (a - b).unsigned_abs() as u32)).collect();
        let day = WindowSpec { start: Seconds(0), end: Seconds(86_400) };
        let job = |k: usize| JobSpec {
            id: format!("j{k}"),
            place: format!("p{k}"),
            loads: vec![StreamLoad { stream: "paper".to_owned(), grams: Grams(1_000), litres: Litres(10) }],
            time_windows: vec![JobWindowSpec { start: day.start, end: day.end, ..JobWindowSpec::default() }],
            penalty: Some(5_000),
            ..JobSpec::default()
        };
        let vehicle = VehicleSpec {
            id: "van".to_owned(),
            profile: "van".to_owned(),
            start: "p0".to_owned(),
            capacity_g: Grams(3_000),
            compartments: vec![CompartmentSpec {
                streams: vec!["paper".to_owned()],
                capacity_g: Grams(3_000),
                capacity_l: Litres(100),
            }],
            shift: day,
            costs: CostSpec { fixed: 100, per_hour: 1_000, per_km: 200, ..CostSpec::default() },
            ..VehicleSpec::default()
        };
        Problem {
            name: "street".to_owned(),
            streams: vec!["paper".to_owned()],
            places: (0..at.len()).map(|k| PlaceSpec { id: format!("p{k}"), ..PlaceSpec::default() }).collect(),
            matrices: vec![Matrix { profile: "van".to_owned(), size: at.len(), seconds: legs.clone(), metres: legs }],
            jobs: (1..at.len()).map(job).collect(),
            vehicles: vec![vehicle],
            ..Problem::default()
        }
    }

    fn work(stop_gap: Option<f64>, memory_mib: Option<u64>) -> WorkLimits {
        WorkLimits {
            seconds: Some(60.0),
            iterations: None,
            seed: 1,
            threads: 2,
            stop_gap,
            without_proof: false,
            memory_mib,
        }
    }

    #[test]
    fn a_day_whose_plan_is_proved_to_be_the_best_ends_early_with_a_gap_of_nothing() {
        let began = Instant::now();
        let done = route(street(), None, &work(None, Some(2_048)), began, &AtomicBool::new(false)).unwrap();
        let WorkEvent::Planned { plan, feasible, bound, duals, .. } = done else { panic!("{done:?}") };
        assert!(began.elapsed().as_secs_f64() < 40.0, "a minute was allowed, and not needed");
        assert!(feasible);
        assert_eq!((plan.lower_bound, plan.gap()), (Some(plan.cost), Some(0.0)));
        assert!(bound.kind.is_some() && bound.leaves_out.is_empty() && bound.cause.is_none(), "{bound:?}");
        assert_eq!(duals.map(|prices| prices.len()), Some(5), "the prices of the best bound");
    }

    #[test]
    fn a_day_that_the_memory_is_too_small_for_has_a_plan_and_says_why_it_has_no_bound() {
        let mut work = work(None, Some(0));
        (work.seconds, work.iterations) = (None, Some(50));
        let done = route(street(), None, &work, Instant::now(), &AtomicBool::new(false)).unwrap();
        let WorkEvent::Planned { plan, bound, .. } = done else { panic!("{done:?}") };
        assert_eq!((plan.lower_bound, plan.gap()), (None, None));
        assert_eq!((bound.kind, bound.cause), (None, Some(BoundCause::TooLarge)));
    }

    /// Under a limit that lets the same day have its bound: the negative control is the first test.
    #[test]
    fn a_day_whose_proof_must_not_run_has_a_plan_and_says_that_a_fault_took_its_bound() {
        let work = WorkLimits { seconds: Some(0.5), without_proof: true, ..work(None, Some(2_048)) };
        let done = route(street(), None, &work, Instant::now(), &AtomicBool::new(false)).unwrap();
        let WorkEvent::Planned { plan, feasible, bound, .. } = done else { panic!("{done:?}") };
        assert!(feasible && !plan.routes.is_empty());
        assert_eq!((plan.lower_bound, plan.gap()), (None, None));
        assert_eq!((bound.kind, bound.cause), (None, Some(BoundCause::InternalFault)));
        assert!(bound.leaves_out.is_empty());
    }

    #[test]
    fn every_cause_of_the_optimizer_has_its_name_in_the_server() {
        for cause in [
            NoBound::OutOfTime,
            NoBound::TooManyLabels,
            NoBound::TooLarge,
            NoBound::NumbersTooLarge,
            NoBound::PlanIncomplete,
            NoBound::LpFailed,
            NoBound::AbovePlan { bound: 2, cost: 1 },
            NoBound::Broken,
        ] {
            assert!(cause.code().parse::<BoundCause>().is_ok(), "{cause}");
        }
    }
    #[test]
    fn a_siting_answer_that_breaks_its_limits_is_refused_with_the_first_violation() {
        let site = |id: &str| Site {
            id: id.to_owned(),
            position: None,
            status: SiteStatus::Candidate,
            opening_cost: 100.0,
            capacity: None,
        };
        let problem = SiteProblem {
            name: "two sites".to_owned(),
            sites: vec![site("a"), site("b")],
            demand: vec![DemandPoint { id: "d".to_owned(), position: None, flow: 1.0 }],
            arcs: vec![vec![Way { site: 0, cost: 10.0 }, Way { site: 1, cost: 20.0 }]],
            sites_max: Some(1),
            budget: None,
            unserved_cost: None,
            single_source: false,
        };
        let good = SiteSolution {
            feasible: true,
            cost: 110.0,
            lower_bound: Some(110.0),
            open: vec![0],
            flows: vec![Flow { site: 0, demand: 0, share: 1.0 }],
            served_share: 1.0,
        };
        assert!(matches!(sited(&problem, good.clone()), Ok(WorkEvent::Sited { .. })));
        let many = SiteSolution { open: vec![0, 1], cost: 210.0, ..good };
        let refused = sited(&problem, many).unwrap_err();
        assert!(refused.starts_with("the independent check refused the answer: "), "{refused}");
    }
}
