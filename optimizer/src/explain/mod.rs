//! Why a plan is as it is: a verdict on each job left out, what would serve it, where the fleet is short, and what a change
//! that somebody proposes would cost.
//!
//! Who knows what: `alone` proves that a job cannot be served, by `ways` and `timetable`; `standing` is a plan laid over its instance,
//! `offers` the places for one more job on it; `focus`, `field` and `relax` find the least relaxation that serves a job; `worth` what is
//! proven of its price; `shortage` sums up; `change`, `bill` and `lenient` answer "why not mine". Nothing here searches: other jobs stay
//! where the plan has them.

pub(crate) mod alone;
mod bill;
mod change;
mod field;
mod focus;
mod lenient;
pub(crate) mod offers;
mod relax;
mod shortage;
pub(crate) mod standing;
#[cfg(test)]
pub(crate) mod tests;
mod timetable;
pub(crate) mod ways;
mod worth;

use huilu_model::{Cost, Instance, Plan, ReasonCode, Verdict};
use serde::{Deserialize, Serialize};

pub use bill::{Bill, Items};
pub use change::{BadMove, BadQuestion, BrokenRule, Move, RouteChange, RouteFigures, WhatIf};
pub use field::{Field, SubjectKind, Unit};
pub use relax::{Change, Relaxation};
pub use shortage::{AREA_RESOLUTION, Lack, Shortage};
pub use standing::Misfit;
pub use worth::{ServingBound, prove_not_worth_it};

use crate::limits::Limits;
use crate::resources::model::Model;
use crate::routing::reasons;
use alone::{Question, Verdict as Alone};
use standing::Standing;
use ways::Ways;

/// What to explain, and how far to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExplainParams {
    /// Only this job.
    pub job: Option<String>,
    /// Look for relaxations.
    pub relax: bool,
    /// Vehicles whose rules are loosened: those that the job costs the least detour.
    pub vehicles_max: usize,
}

impl Default for ExplainParams {
    fn default() -> Self {
        Self { job: None, relax: true, vehicles_max: 12 }
    }
}

/// What a verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Evidence {
    /// Every vehicle and every order of unloads was tried for the job, with all that company on the route could help.
    Enumeration,
    /// A lower bound on every plan that serves the job lies above the cost of this plan.
    Bound,
    /// The cheapest place for the job on the routes as they are costs more than its penalty. Other routes might serve it for less.
    CheapestPlace,
    /// Nothing is proven.
    None,
}

/// What stands against the job on vehicles that are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VehicleReason {
    pub vehicles: Vec<String>,
    /// Loosening any one of them would do; only all of them where `together` is set.
    pub codes: Vec<ReasonCode>,
    pub together: bool,
    /// No route of these vehicles serves the job. Otherwise the codes say what stands against it on their routes as they are.
    pub proven: bool,
}

/// A place for the job on the routes as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheapestPlace {
    pub vehicle: String,
    /// Stops (jobs and unloads) before it.
    pub position: usize,
    /// Outlets that come in with it, in their order.
    pub unloads: Vec<String>,
    /// What the routes cost more.
    pub cost: Cost,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    pub job: String,
    pub verdict: Verdict,
    pub evidence: Evidence,
    pub reasons: Vec<VehicleReason>,
    /// Of leaving it out; absent for a mandatory job.
    pub penalty: Option<Cost>,
    /// Absent where the job has no place on any route.
    pub cheapest: Option<CheapestPlace>,
    /// Cheapest first.
    pub relax: Vec<Relaxation>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanations {
    /// [`Cost`] units in one fen.
    pub cost_scale: i64,
    pub cost: Cost,
    /// Of the jobs left out, in the order of the instance.
    pub jobs: Vec<Explanation>,
    /// A limit was reached: jobs or relaxations are missing, and shortages do not count the jobs that are.
    #[serde(default)]
    pub cut_short: bool,
    pub shortages: Vec<Shortage>,
}

/// Explains each job that the plan leaves out, or as many as there is time for. Shortages are those of all of them, also where only
/// one is explained.
///
/// # Errors
/// Where the plan is not one of this instance, or the job asked for is unknown.
pub fn explain(
    instance: &Instance,
    plan: &Plan,
    params: &ExplainParams,
    limits: &Limits<'_>,
) -> Result<Explanations, Misfit> {
    let model = Model::new(instance);
    let mut standing = Standing::new(&model, plan)?;
    let ways = Ways::new(&model);
    let only = params.job.as_deref().map(|id| standing.names.job(id)).transpose()?;
    let absent: Vec<usize> = standing.solution.absent().collect();
    let mut jobs = Vec::new();
    let mut servable = Vec::new();
    // The one asked for comes first, so that it has the time.
    let order = only.into_iter().filter(|job| absent.contains(job));
    for job in order.chain(absent.iter().copied().filter(|&job| only != Some(job))) {
        if limits.reached(0) {
            break;
        }
        let verdicts = verdicts(&model, &ways, job);
        if !all_proven(&verdicts) {
            servable.push(job);
        }
        if only.is_none_or(|only| only == job) {
            jobs.push(explain_job(&mut standing, &verdicts, job, params, limits));
        }
    }
    servable.sort_unstable();
    let shortages = shortage::shortages(&standing, plan, &servable);
    Ok(Explanations { cost_scale: instance.cost_scale, cost: plan.cost, jobs, cut_short: limits.reached(0), shortages })
}

/// Evaluates changes of a plan, made one after the other.
///
/// # Errors
/// Where the plan is not one of this instance, or a change names what is not there.
pub fn what_if(instance: &Instance, plan: &Plan, moves: &[Move]) -> Result<WhatIf, BadQuestion> {
    let model = Model::new(instance);
    let standing = Standing::new(&model, plan)?;
    change::what_if(&standing, moves)
}

/// By kind of vehicle.
fn verdicts(model: &Model<'_>, ways: &Ways<'_, '_>, job: usize) -> Vec<Alone> {
    (0..model.kinds.len()).map(|kind| Question { model, ways, kind, job }.verdict()).collect()
}

fn all_proven(verdicts: &[Alone]) -> bool {
    verdicts.iter().all(|verdict| matches!(verdict, Alone::Proven(_)))
}

fn explain_job(
    standing: &mut Standing<'_, '_>,
    verdicts: &[Alone],
    job: usize,
    params: &ExplainParams,
    limits: &Limits<'_>,
) -> Explanation {
    let model = standing.model;
    let data = &model.instance.jobs[job];
    let reasons = vehicle_reasons(standing, verdicts, job);
    let proven = all_proven(verdicts);
    let place = if proven { None } else { standing.cheapest_place(job) };
    let too_dear = place.as_ref().zip(data.penalty).is_some_and(|(place, penalty)| place.cost > penalty.0);
    let (verdict, evidence) = match (proven, too_dear) {
        (true, _) => (Verdict::ProvenInfeasible, Evidence::Enumeration),
        (false, true) => (Verdict::NotWorthIt, Evidence::CheapestPlace),
        (false, false) => (Verdict::SearchLimit, Evidence::None),
    };
    let relax = match params.relax {
        true => relax::relaxations(standing, job, &nearest_vehicles(standing, job, params.vehicles_max), limits),
        false => Vec::new(),
    };
    Explanation {
        job: data.id.clone(),
        verdict,
        evidence,
        reasons,
        penalty: data.penalty,
        cheapest: place.map(|place| {
            let unloads = place.offer.visits.iter().filter_map(|&node| model.outlet(node));
            CheapestPlace {
                vehicle: model.instance.vehicles[place.vehicle].id.clone(),
                position: place.offer.gap,
                unloads: unloads.map(|outlet| model.instance.outlets[outlet].id.clone()).collect(),
                cost: Cost(place.cost),
            }
        }),
        relax,
    }
}

fn vehicle_reasons(standing: &Standing<'_, '_>, verdicts: &[Alone], job: usize) -> Vec<VehicleReason> {
    let model = standing.model;
    let id = |&vehicle: &usize| model.instance.vehicles[vehicle].id.clone();
    let mut reasons = Vec::new();
    for (kind, verdict) in model.kinds.iter().zip(verdicts) {
        match verdict {
            Alone::Proven(causes) | Alone::Unclear(causes) => reasons.push(VehicleReason {
                vehicles: kind.members.iter().map(id).collect(),
                codes: causes.codes(),
                together: causes.together,
                proven: matches!(verdict, Alone::Proven(_)),
            }),
            Alone::Possible => {
                for &vehicle in &kind.members {
                    let Some(code) = reasons::refusal(model, &standing.solution, vehicle as u32, job) else { continue };
                    let vehicles = vec![id(&vehicle)];
                    reasons.push(VehicleReason { vehicles, codes: vec![code], together: false, proven: false });
                }
            }
        }
    }
    if model.kinds.is_empty() {
        let codes = vec![ReasonCode::NoVehicle];
        reasons.push(VehicleReason { vehicles: Vec::new(), codes, together: false, proven: true });
    }
    reasons
}

/// Those that the job costs the least detour, whatever their rules say.
fn nearest_vehicles(standing: &Standing<'_, '_>, job: usize, most: usize) -> Vec<usize> {
    let least = |&vehicle: &usize| {
        let route = &standing.solution.routes[vehicle];
        offers::offers(standing.model, route, job).into_iter().map(|offer| offer.least).min().unwrap_or(i64::MAX)
    };
    let mut vehicles: Vec<usize> = standing.vehicles().collect();
    vehicles.sort_by_cached_key(least);
    vehicles.truncate(most);
    vehicles
}
