//! The independent check of a clearing plan: the routing plan by [`check`](crate::check), then the mass balance of every
//! outlet over the day.
//!
//! Everything is recomputed from the network, the jobs and the order of steps: loads on board, what an unload brings,
//! what is in each outlet when. Two readings of time are taken, each on the safe side: nothing is taken before it was
//! wholly unloaded (never below zero), and room counts as free only once the vehicle that made it has left (never above
//! capacity).

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use huilu_model::clearing::{ClearingPlan, ClearingStage, Due, Movement, Network, OutletBalance, OutletState, Tier};
use huilu_model::plan::StreamLoad;
use huilu_model::problem::{JobSpec, JobWindowSpec, OutletSpec};
use huilu_model::{Instance, Problem, StepKind};

/// Grams and litres by stream.
type Amount = BTreeMap<String, (i128, i128)>;

/// A broken rule or a false claim of a clearing plan. The names are part of the API and do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClearingCode {
    WrongNetwork,
    /// The routing problem contradicts itself or is not one of this network.
    Problem,
    /// A violation of the routing plan.
    Routes,
    /// A job takes from no outlet, or from more than one.
    Take,
    /// More is taken than is there at that moment.
    BelowZero,
    /// More is brought than there is room for at that moment.
    AboveCapacity,
    /// Something was picked up and not unloaded.
    NotUnloaded,
    /// The balance claims another content, at the begin, after a movement or in the end.
    Balance,
    /// The plan is called feasible, but an outlet that must be emptied is not.
    Feasible,
    /// A decision counts other jobs than there are.
    Decision,
}

impl ClearingCode {
    pub fn name(self) -> &'static str {
        match self {
            Self::WrongNetwork => "WRONG_NETWORK",
            Self::Problem => "PROBLEM",
            Self::Routes => "ROUTES",
            Self::Take => "TAKE",
            Self::BelowZero => "BELOW_ZERO",
            Self::AboveCapacity => "ABOVE_CAPACITY",
            Self::NotUnloaded => "NOT_UNLOADED",
            Self::Balance => "BALANCE",
            Self::Feasible => "FEASIBLE",
            Self::Decision => "DECISION",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClearingViolation {
    pub code: ClearingCode,
    pub cause: String,
}

impl fmt::Display for ClearingViolation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code.name(), self.cause)
    }
}

/// Something moves at an outlet: in or out, from the start of the visit to its end.
#[derive(Clone, Debug)]
struct Move {
    start: i64,
    done: i64,
    into: bool,
    amount: Amount,
}

/// Everything that is wrong with the plan; empty where all holds.
pub fn check_clearing(network: &Network, answer: &ClearingPlan) -> Vec<ClearingViolation> {
    let mut log = Vec::new();
    let mut tell = |code: ClearingCode, cause: String| log.push(ClearingViolation { code, cause });
    if answer.network != network.name {
        tell(ClearingCode::WrongNetwork, format!("the plan is of `{}`, not of `{}`", answer.network, network.name));
    }
    for (k, stage) in answer.stages.iter().enumerate() {
        if answer.stages[..k].iter().any(|before| before.tier == stage.tier) {
            tell(ClearingCode::Problem, format!("{:?} is emptied by two plans", stage.tier));
        }
        check_stage(network, stage, &mut tell);
    }

    let mut source: HashMap<&str, &str> = HashMap::new();
    for take in &answer.takes {
        let known = network.outlets.iter().any(|outlet| outlet.id == take.outlet);
        if source.insert(&take.job, &take.outlet).is_some() || !known {
            tell(ClearingCode::Take, format!("`{}` takes from more than one outlet, or from none", take.job));
        }
    }
    let all_jobs = || answer.stages.iter().flat_map(|stage| &stage.problem.jobs);
    let jobs: HashMap<&str, Amount> = all_jobs().map(|job| (job.id.as_str(), amount(&job.loads))).collect();
    for job in all_jobs() {
        let place = source.get(job.id.as_str()).and_then(|id| network.outlets.iter().find(|outlet| outlet.id == *id));
        if place.is_none_or(|outlet| outlet.place != job.place) {
            tell(ClearingCode::Take, format!("`{}` is not where it takes from", job.id));
        }
        if let Some(outlet) = place.filter(|outlet| !empties(outlet, job)) {
            tell(ClearingCode::Problem, format!("`{}` is not as `{}` is emptied", job.id, outlet.id));
        }
    }

    let mut moves: HashMap<&str, Vec<Move>> = HashMap::new();
    let mut served: Vec<&str> = Vec::new();
    for route in answer.stages.iter().flat_map(|stage| &stage.plan.routes) {
        let mut on_board = Amount::new();
        for step in &route.steps {
            let (start, done) = (step.start_s.0, step.departure_s.0);
            match &step.kind {
                StepKind::Job { job } => {
                    served.push(job);
                    let Some(taken) = jobs.get(job.as_str()) else { continue };
                    add(&mut on_board, taken, 1);
                    if let Some(outlet) = source.get(job.as_str()) {
                        let amount = taken.clone();
                        moves.entry(outlet).or_default().push(Move { start, done, into: false, amount });
                    }
                }
                StepKind::Unload { outlet } => {
                    let streams = network.outlets.iter().find(|one| one.id == *outlet).map(|one| &one.streams);
                    let mut amount = std::mem::take(&mut on_board);
                    on_board =
                        amount.extract_if(.., |stream, _| !streams.is_some_and(|all| all.contains(stream))).collect();
                    moves.entry(outlet).or_default().push(Move { start, done, into: true, amount });
                }
                StepKind::Start | StepKind::Break | StepKind::End => {}
            }
        }
        if on_board.values().any(|&pair| pair != (0, 0)) {
            tell(ClearingCode::NotUnloaded, format!("`{}` comes home with {on_board:?}", route.vehicle));
        }
    }

    for outlet in &network.outlets {
        let mut start = amount(&outlet.fill);
        if let Some(decision) = answer.decisions.iter().find(|decision| decision.outlet == outlet.id) {
            if decision.expected.iter().any(|load| load.grams.0 < 0 || load.litres.0 < 0) {
                tell(ClearingCode::Decision, format!("`{}` expects less than nothing", outlet.id));
            }
            add(&mut start, &amount(&decision.expected), 1);
        }
        let moved = moves.remove(outlet.id.as_str()).unwrap_or_default();
        let end = over_the_day(&outlet.id, &start, &amount(&outlet.capacity), &moved, &mut tell);
        let claimed = answer.balance.iter().find(|balance| balance.outlet == outlet.id);
        if claimed.is_none_or(|balance| trimmed(&amount(&balance.end)) != trimmed(&end)) {
            tell(ClearingCode::Balance, format!("`{}` ends with {:?}", outlet.id, trimmed(&end)));
        }
        if claimed.is_some_and(|balance| !adds_up(outlet, balance)) {
            tell(ClearingCode::Balance, format!("the movements of `{}` do not add up", outlet.id));
        }
    }

    let mut complete = true;
    for decision in &answer.decisions {
        let own: Vec<&str> =
            source.iter().filter(|(_, outlet)| **outlet == decision.outlet).map(|(job, _)| *job).collect();
        let done = own.iter().filter(|job| served.contains(job)).count();
        if (own.len(), done) != (decision.jobs as usize, decision.jobs_served as usize) {
            tell(ClearingCode::Decision, format!("`{}` has {} jobs, {done} served", decision.outlet, own.len()));
        }
        // At least one load of what must be emptied has to go; how many more is the forecast's business.
        complete &= decision.due > Due::Mandatory || done > 0;
    }
    if answer.feasible && !complete {
        tell(ClearingCode::Feasible, "an outlet that must be emptied is not".to_owned());
    }
    log
}

/// The routes of one tier, by the checker of routing plans.
fn check_stage(network: &Network, stage: &ClearingStage, tell: &mut impl FnMut(ClearingCode, String)) {
    let vehicles = match stage.tier {
        Tier::CollectionPoint => &network.vans,
        Tier::TransferStation | Tier::SortingCenter => &network.trucks,
    };
    if stage.problem.vehicles != *vehicles {
        tell(ClearingCode::Problem, "the vehicles are not those of the network".to_owned());
    }
    for outlet in &stage.problem.outlets {
        if !network.outlets.iter().any(|one| one.id == outlet.id && unloads_at(one, outlet)) {
            tell(ClearingCode::Problem, format!("`{}` is not the outlet of the network", outlet.id));
        }
    }
    let problem = Problem {
        places: network.places.clone(),
        matrices: network.matrices.clone(),
        metrics: network.metrics.clone(),
        streams: network.streams.clone(),
        incompatible_streams: network.incompatible_streams.clone(),
        ..stage.problem.clone()
    };
    match Instance::try_from(&problem) {
        Err(faults) => tell(ClearingCode::Problem, faults.to_string()),
        Ok(instance) => {
            for violation in crate::check(&instance, &stage.plan).violations {
                tell(ClearingCode::Routes, violation.to_string());
            }
        }
    }
}

/// Whether the routing problem has the outlet as it is. Its room is the business of the mass balance.
fn unloads_at(outlet: &OutletState, claimed: &OutletSpec) -> bool {
    let real = OutletSpec {
        id: outlet.id.clone(),
        place: outlet.place.clone(),
        streams: outlet.streams.clone(),
        hours: claimed.hours.clone(),
        capacity: claimed.capacity.clone(),
        unload_s: outlet.unload_s,
        unload_per_100kg_s: outlet.unload_per_100kg_s,
        gate_fee: outlet.gate_fee,
        ..OutletSpec::default()
    };
    real == *claimed && claimed.hours.iter().all(|window| is_open(outlet, window.start.0, window.end.0))
}

/// Whether the job takes the time that emptying the outlet takes, while it is open. Its price is the planner's business.
fn empties(outlet: &OutletState, job: &JobSpec) -> bool {
    let grams: i128 = job.loads.iter().map(|load| i128::from(load.grams.0)).sum();
    let by_mass = i128::from(outlet.clearing_per_100kg_s.0) * grams / 100_000;
    let real = JobSpec {
        id: job.id.clone(),
        place: outlet.place.clone(),
        loads: job.loads.clone(),
        time_windows: job.time_windows.clone(),
        setup_s: outlet.clearing_s,
        service_s: job.service_s,
        penalty: job.penalty,
        ..JobSpec::default()
    };
    let plain = |window: &JobWindowSpec| window.soft_end.is_none() && window.late_cost_per_h.is_none();
    real == *job
        && i128::from(job.service_s.0) == by_mass
        && job.time_windows.iter().all(|window| plain(window) && is_open(outlet, window.start.0, window.end.0))
}

/// All the time; without hours an outlet is open all day.
fn is_open(outlet: &OutletState, start: i64, end: i64) -> bool {
    if outlet.hours.is_empty() {
        return 0 <= start && end <= 86_400;
    }
    outlet.hours.iter().any(|window| window.start.0 <= start && end <= window.end.0)
}

/// From the network's fill through every movement.
fn adds_up(outlet: &OutletState, balance: &OutletBalance) -> bool {
    let mut content = amount(&outlet.fill);
    let mut sound = trimmed(&amount(&balance.start)) == trimmed(&content);
    for change in &balance.changes {
        add(&mut content, &amount(&change.amount), if change.movement == Movement::Taken { -1 } else { 1 });
        sound &= trimmed(&amount(&change.content)) == trimmed(&content);
    }
    sound && trimmed(&amount(&balance.end)) == trimmed(&content)
}

/// Follows one outlet and returns what is in it in the end.
fn over_the_day(
    outlet: &str,
    start: &Amount,
    capacity: &Amount,
    moves: &[Move],
    tell: &mut impl FnMut(ClearingCode, String),
) -> Amount {
    // What is certainly there: in when done, out when started; in before out in the same second.
    let mut certain: Vec<(i64, bool, &Amount)> =
        moves.iter().map(|one| (if one.into { one.done } else { one.start }, !one.into, &one.amount)).collect();
    certain.sort_by_key(|&(at, out, _)| (at, out));
    let mut content = start.clone();
    for (at, out, moved) in certain {
        add(&mut content, moved, if out { -1 } else { 1 });
        if content.values().any(|&(grams, litres)| grams < 0 || litres < 0) {
            tell(ClearingCode::BelowZero, format!("`{outlet}` holds {content:?} at {at} s"));
        }
    }
    // What may be there at most: in when started, out when done; out before in in the same second.
    let mut possible: Vec<(i64, bool, &Amount)> =
        moves.iter().map(|one| (if one.into { one.start } else { one.done }, one.into, &one.amount)).collect();
    possible.sort_by_key(|&(at, into, _)| (at, into));
    let mut most = start.clone();
    for (at, into, moved) in possible {
        add(&mut most, moved, if into { 1 } else { -1 });
        let over = |(stream, &(grams, litres)): (&String, &(i128, i128))| {
            moved.contains_key(stream) && capacity.get(stream).is_some_and(|limit| grams > limit.0 || litres > limit.1)
        };
        if into && most.iter().any(over) {
            tell(ClearingCode::AboveCapacity, format!("`{outlet}` holds {most:?} at {at} s"));
        }
    }
    content
}

fn amount(loads: &[StreamLoad]) -> Amount {
    let mut sum = Amount::new();
    for load in loads {
        let entry = sum.entry(load.stream.clone()).or_default();
        *entry = (entry.0 + i128::from(load.grams.0), entry.1 + i128::from(load.litres.0));
    }
    sum
}

fn add(sum: &mut Amount, more: &Amount, sign: i128) {
    for (stream, &(grams, litres)) in more {
        let entry = sum.entry(stream.clone()).or_default();
        *entry = (entry.0 + sign * grams, entry.1 + sign * litres);
    }
}

fn trimmed(amount: &Amount) -> Amount {
    amount.iter().filter(|(_, pair)| **pair != (0, 0)).map(|(stream, &pair)| (stream.clone(), pair)).collect()
}
