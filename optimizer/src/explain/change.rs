//! "Why this route and not mine?": a change that somebody proposes, driven through the same evaluator, and what it would cost.

use huilu_model::{Cost, Metres, Plan, PlannedRoute, Seconds};
use serde::{Deserialize, Serialize};

use super::bill::Bill;
use super::lenient;
use super::offers::open_offers;
use super::standing::{Misfit, Standing};
use crate::resources::model::{Model, Node};
use crate::routing::output;
use crate::routing::route::Route;
use crate::routing::solution::Solution;
use crate::routing::unloads::drop_needless;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Move {
    /// The vehicle serves the job, wherever it was before: at its cheapest place, or after so many stops (jobs and unloads).
    Assign {
        job: String,
        vehicle: String,
        #[serde(default)]
        position: Option<usize>,
    },
    LeaveOut {
        job: String,
    },
    /// Each takes the other's place.
    SwapJobs {
        one: String,
        other: String,
    },
    /// Each vehicle drives the other's stops.
    SwapRoutes {
        one: String,
        other: String,
    },
    /// The vehicle makes exactly these stops: jobs, and outlets to unload at. Jobs of it that are not among them are left out.
    Sequence {
        vehicle: String,
        stops: Vec<String>,
    },
}

/// Why changes cannot be looked at.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadQuestion {
    /// The plan is not one of the instance.
    #[error(transparent)]
    Plan(#[from] Misfit),
    #[error("{cause}")]
    Move {
        /// Of the moves, from 0.
        index: usize,
        cause: BadMove,
    },
}

/// Why a change cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMove {
    #[error(transparent)]
    Unknown(#[from] Misfit),
    #[error("the job `{0}` stands twice among the stops")]
    JobTwice(String),
    #[error("the job `{0}` is on no route")]
    NotOnARoute(String),
    #[error("vehicle `{vehicle}` makes {stops} stops, so nothing can come after {position} of them")]
    BeyondTheEnd { vehicle: String, stops: usize, position: usize },
}

/// A rule that the change breaks, as the independent checker names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokenRule {
    pub code: String,
    pub meaning: String,
    pub vehicle: Option<String>,
    /// Of the vehicle's route; the start is 0.
    pub step: Option<usize>,
    /// The job, outlet, stream or place that it is about.
    pub subject: Option<String>,
    /// What would be, and what may be, in the unit of the rule.
    pub would_be: Option<String>,
    pub limit: Option<String>,
}

/// Of one vehicle's day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteFigures {
    /// Jobs and unloads.
    pub stops: usize,
    pub duration_s: Seconds,
    pub distance_m: Metres,
    pub cost: Cost,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteChange {
    pub vehicle: String,
    pub before: RouteFigures,
    /// Absent where the route breaks a rule.
    pub after: Option<RouteFigures>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIf {
    /// [`Cost`] units in one fen.
    pub cost_scale: i64,
    pub before: Bill,
    /// Absent where a rule is broken.
    pub after: Option<Bill>,
    /// What the change costs more, part by part.
    pub difference: Option<Bill>,
    pub broken: Vec<BrokenRule>,
    pub routes: Vec<RouteChange>,
    /// The plan with the change; absent where a rule is broken.
    pub plan: Option<Plan>,
}

/// The stops of each vehicle while moves are made.
struct Draft<'s, 'm, 'a> {
    standing: &'s Standing<'m, 'a>,
    stops: Vec<Vec<Node>>,
}

pub(crate) fn what_if(standing: &Standing<'_, '_>, moves: &[Move]) -> Result<WhatIf, BadQuestion> {
    let model = standing.model;
    let stops = standing.solution.routes.iter().map(|route| route.visits.clone()).collect();
    let mut draft = Draft { standing, stops };
    for (index, step) in moves.iter().enumerate() {
        draft.make(step).map_err(|cause| BadQuestion::Move { index, cause })?;
    }
    let before = output::plan(model, &standing.solution);
    let changed: Vec<usize> =
        (0..draft.stops.len()).filter(|&v| draft.stops[v] != standing.solution.routes[v].visits).collect();
    let mut after = Solution::at_home(model);
    for (vehicle, stops) in draft.stops.iter().enumerate().filter(|(vehicle, _)| !changed.contains(vehicle)) {
        let _ = after.replace(model, vehicle as u32, |own| own.clone_from(stops));
    }
    let mut broken = Vec::new();
    for &vehicle in &changed {
        if after.replace(model, vehicle as u32, |own| own.clone_from(&draft.stops[vehicle])) {
            continue;
        }
        let others = output::plan(model, &after).routes;
        let found = lenient::broken_rules(model, vehicle, &draft.stops[vehicle], &others);
        // A rule that no checker knows is a rule all the same.
        let named = !found.is_empty();
        broken.extend(found.into_iter().map(BrokenRule::from));
        if !named {
            broken.push(BrokenRule::unnamed(&model.instance.vehicles[vehicle].id));
        }
    }
    let new = output::plan(model, &after);
    if broken.is_empty() {
        // What only the plan as a whole is asked for. Jobs that were missing before are no fault of the change.
        let absent: Vec<&str> = standing.solution.absent().map(|job| model.instance.jobs[job].id.as_str()).collect();
        let missing = |violation: &huilu_check::Violation| {
            violation.code == huilu_check::Code::MandatoryJobLeftOut
                && violation.subject.as_deref().is_some_and(|job| absent.contains(&job))
        };
        let found = huilu_check::check(model.instance, &new).violations;
        broken.extend(found.into_iter().filter(|violation| !missing(violation)).map(BrokenRule::from));
    }
    let feasible = broken.is_empty();
    let bill = Bill::of(model.instance, &before);
    let after = feasible.then(|| Bill::of(model.instance, &new));
    Ok(WhatIf {
        cost_scale: model.instance.cost_scale,
        before: bill,
        after,
        difference: after.map(|after| after.less(&bill)),
        broken,
        routes: changed.iter().map(|&vehicle| route_change(model, vehicle, &before, &new, feasible)).collect(),
        plan: feasible.then_some(new),
    })
}

fn route_change(model: &Model<'_>, vehicle: usize, before: &Plan, after: &Plan, feasible: bool) -> RouteChange {
    let id = &model.instance.vehicles[vehicle].id;
    let figures = |plan: &Plan| plan.routes.iter().find(|route| route.vehicle == *id).map(figures).unwrap_or_default();
    RouteChange { vehicle: id.clone(), before: figures(before), after: feasible.then(|| figures(after)) }
}

fn figures(route: &PlannedRoute) -> RouteFigures {
    use huilu_model::StepKind;
    let stop = |kind: &StepKind| matches!(kind, StepKind::Job { .. } | StepKind::Unload { .. });
    RouteFigures {
        stops: route.steps.iter().filter(|step| stop(&step.kind)).count(),
        duration_s: route.duration_s,
        distance_m: route.distance_m,
        cost: route.cost,
    }
}

impl Draft<'_, '_, '_> {
    fn make(&mut self, step: &Move) -> Result<(), BadMove> {
        let names = &self.standing.names;
        match step {
            Move::Assign { job, vehicle, position } => {
                let (job, vehicle) = (names.job(job)?, names.vehicle(vehicle)?);
                self.take_out(job);
                match *position {
                    Some(position) if position > self.stops[vehicle].len() => Err(BadMove::BeyondTheEnd {
                        vehicle: self.standing.model.instance.vehicles[vehicle].id.clone(),
                        stops: self.stops[vehicle].len(),
                        position,
                    }),
                    Some(position) => {
                        self.stops[vehicle].insert(position, job as Node);
                        Ok(())
                    }
                    None => {
                        self.put_best(job, vehicle);
                        Ok(())
                    }
                }
            }
            Move::LeaveOut { job } => {
                let job = names.job(job)?;
                self.spot(job)?;
                self.take_out(job);
                Ok(())
            }
            Move::SwapJobs { one, other } => {
                let (one, other) = (names.job(one)?, names.job(other)?);
                let (here, there) = (self.spot(one)?, self.spot(other)?);
                self.stops[here.0][here.1] = other as Node;
                self.stops[there.0][there.1] = one as Node;
                Ok(())
            }
            Move::SwapRoutes { one, other } => {
                let (one, other) = (names.vehicle(one)?, names.vehicle(other)?);
                self.stops.swap(one, other);
                Ok(())
            }
            Move::Sequence { vehicle, stops } => {
                let vehicle = names.vehicle(vehicle)?;
                let node = |id: &String| match names.job(id) {
                    Ok(job) => Ok(job as Node),
                    Err(unknown) => {
                        names.outlet(id).map(|outlet| self.standing.model.outlet_node(outlet)).map_err(|_| unknown)
                    }
                };
                let visits: Vec<Node> = stops.iter().map(node).collect::<Result<_, _>>()?;
                let jobs = |upto: usize| visits[..upto].iter().filter(|&&node| self.standing.model.is_job(node));
                for (k, &visit) in visits.iter().enumerate() {
                    if jobs(k).any(|&earlier| earlier == visit) {
                        return Err(BadMove::JobTwice(stops[k].clone()));
                    }
                }
                self.stops[vehicle].clear();
                for &job in visits.iter().filter(|&&node| self.standing.model.is_job(node)) {
                    self.take_out(job as usize);
                }
                self.stops[vehicle] = visits;
                Ok(())
            }
        }
    }

    fn spot(&self, job: usize) -> Result<(usize, usize), BadMove> {
        let found =
            self.stops.iter().enumerate().find_map(|(vehicle, stops)| {
                stops.iter().position(|&node| node == job as Node).map(|at| (vehicle, at))
            });
        found.ok_or_else(|| BadMove::NotOnARoute(self.standing.model.instance.jobs[job].id.clone()))
    }

    /// With the unloads that nothing is left for.
    fn take_out(&mut self, job: usize) {
        let Ok((vehicle, at)) = self.spot(job) else { return };
        self.stops[vehicle].remove(at);
        let model = self.standing.model;
        let mut route = Route::new(model.kind_of[vehicle]);
        route.visits.clone_from(&self.stops[vehicle]);
        if route.draft(model) {
            drop_needless(model, &mut route, &mut Route::new(model.kind_of[vehicle]));
            self.stops[vehicle].clone_from(&route.visits);
        }
    }

    /// At the cheapest place that breaks no rule, or else at the one of the least detour, so that it can be said what it breaks.
    fn put_best(&mut self, job: usize, vehicle: usize) {
        let model = self.standing.model;
        let mut solution = Solution::at_home(model);
        for (other, stops) in self.stops.iter().enumerate() {
            let _ = solution.replace(model, other as u32, |own| own.clone_from(stops));
        }
        let mut all = open_offers(model, &solution, vehicle, job);
        if solution.routes[vehicle].visits != self.stops[vehicle] || all.is_empty() {
            self.stops[vehicle].push(job as Node);
            return;
        }
        all.sort_by_key(|offer| offer.least);
        let mut best = None;
        for (k, offer) in all.iter().enumerate() {
            if best.is_some_and(|(cost, _)| cost <= offer.least) {
                break;
            }
            let ceiling = best.map_or(i64::MAX, |(cost, _)| cost);
            if let Some(cost) = offer.cost(model, &mut solution, vehicle as u32, ceiling) {
                best = Some((cost, k));
            }
        }
        let chosen = best.map_or(0, |(_, k)| k);
        all[chosen].splice(&mut self.stops[vehicle]);
    }
}

impl From<huilu_check::Violation> for BrokenRule {
    fn from(violation: huilu_check::Violation) -> Self {
        Self {
            code: violation.code.name().to_owned(),
            meaning: violation.code.meaning().to_owned(),
            vehicle: violation.vehicle,
            step: violation.step,
            subject: violation.subject,
            would_be: violation.claimed.map(|figure| figure.to_string()),
            limit: violation.recomputed.map(|figure| figure.to_string()),
        }
    }
}

impl BrokenRule {
    fn unnamed(vehicle: &str) -> Self {
        Self {
            code: "REFUSED".to_owned(),
            meaning: "the evaluator refuses the route".to_owned(),
            vehicle: Some(vehicle.to_owned()),
            step: None,
            subject: None,
            would_be: None,
            limit: None,
        }
    }
}
