//! Why a job was left out.
//!
//! `ProvenInfeasible` is said only after every kind of vehicle was tried on the job alone: skills and load against the
//! empty vehicle; the way there and back with windows, shift, break and range; and, where the vehicle must come home
//! empty, with a visit to each outlet that takes all of it. Serving more jobs on the same route adds driving, service
//! and load, so it cannot help. Where only a chain of several outlets could empty the vehicle, not all chains are
//! tried and nothing is claimed; nor where only its setup or its release stand against the job, which others on the route can
//! take away.

use std::collections::BTreeMap;

use huilu_model::{Reason, ReasonCode, Unassigned, Verdict};

use super::insertion;
use super::model::{FAR, Kind, LoadObstacle, Model, Node, obstacle_of_load};
use super::schedule::{Course, Term};
use super::solution::Solution;

/// What stands between one kind of vehicle and the job when there is nothing else to do.
enum Alone {
    Possible,
    Proven(ReasonCode),
    /// Refused by what was tried, which was not everything.
    Unclear(ReasonCode),
}

pub(crate) fn explain(model: &Model<'_>, solution: &Solution, job: usize) -> Unassigned {
    let alone: Vec<Alone> = model.kinds.iter().map(|kind| alone(model, kind, job)).collect();
    if let Some(proven) = proven(model, job, &alone) {
        return proven;
    }
    let id = model.instance.jobs[job].id.clone();
    let mut seen: BTreeMap<ReasonCode, usize> = BTreeMap::new();
    for verdict in &alone {
        if let Alone::Proven(code) | Alone::Unclear(code) = verdict {
            *seen.entry(*code).or_default() += 1;
        }
    }
    for vehicle in 0..solution.routes.len() as u32 {
        if let Some(code) = refusal(model, solution, vehicle, job) {
            *seen.entry(code).or_default() += 1;
        }
    }
    let mut ranked: Vec<(usize, ReasonCode)> = seen.into_iter().map(|(code, times)| (times, code)).collect();
    ranked.sort_by_key(|&(times, code)| (std::cmp::Reverse(times), code));
    let reasons = ranked.into_iter().take(2).map(|(_, code)| Reason { code, vehicle: None }).collect();
    Unassigned { job: id, verdict: Verdict::SearchLimit, reasons }
}

/// The verdict on a job that no vehicle can serve even with nothing else to do; `None` where that is not proven.
pub(crate) fn impossible_alone(model: &Model<'_>, job: usize) -> Option<Unassigned> {
    let alone: Vec<Alone> = model.kinds.iter().map(|kind| alone(model, kind, job)).collect();
    proven(model, job, &alone)
}

fn proven(model: &Model<'_>, job: usize, alone: &[Alone]) -> Option<Unassigned> {
    if !alone.iter().all(|verdict| matches!(verdict, Alone::Proven(_))) {
        return None;
    }
    let mut reasons: Vec<Reason> = Vec::new();
    for (kind, verdict) in model.kinds.iter().zip(alone) {
        if let Alone::Proven(code) = verdict {
            let vehicles = kind.members.iter().map(|&v| model.instance.vehicles[v].id.clone());
            reasons.extend(vehicles.map(|id| Reason { code: *code, vehicle: Some(id) }));
        }
    }
    if model.kinds.is_empty() {
        reasons.push(Reason { code: ReasonCode::NoVehicle, vehicle: None });
    }
    let job = model.instance.jobs[job].id.clone();
    Some(Unassigned { job, verdict: Verdict::ProvenInfeasible, reasons: joined(reasons) })
}

/// One reason for the whole fleet where all vehicles have the same.
fn joined(reasons: Vec<Reason>) -> Vec<Reason> {
    match reasons.first() {
        Some(first) if reasons.iter().all(|reason| reason.code == first.code) => {
            vec![Reason { code: first.code, vehicle: None }]
        }
        _ => reasons,
    }
}

fn alone(model: &Model<'_>, kind: &Kind, job: usize) -> Alone {
    let data = &model.instance.jobs[job];
    let vehicle = kind.members.first().map(|&v| &model.instance.vehicles[v]);
    if vehicle.is_none_or(|vehicle| data.skills & !vehicle.skills != 0) {
        return Alone::Proven(ReasonCode::Skill);
    }
    match obstacle_of_load(kind, data, &model.clashes) {
        Some(LoadObstacle::TooMuch) => return Alone::Proven(ReasonCode::Capacity),
        Some(LoadObstacle::Clash) => return Alone::Proven(ReasonCode::IncompatibleLoad),
        None => {}
    }
    let node = job as Node;
    if let Some(stands) = obstacle_alone(model, kind, job, &[node], None) {
        return stands;
    }
    let streams = model.streams_of(job);
    if !kind.end_empty || streams == 0 {
        return Alone::Possible;
    }
    let anywhere = model.accepts.iter().fold(0, |set, accepts| set | accepts);
    if streams & !anywhere != 0 {
        return Alone::Proven(ReasonCode::OutletFull);
    }
    let in_parts =
        (0..model.accepts.len()).any(|outlet| streams & model.accepts[outlet] != 0) && streams.count_ones() > 1;
    let (mut first, mut proven) = (None, !in_parts);
    for outlet in (0..model.accepts.len()).filter(|&outlet| streams & !model.accepts[outlet] == 0) {
        let full = model.loads(job).iter().any(|load| {
            let room = model.room[outlet * model.n_streams + load.stream];
            load.grams > room.0 || load.litres > room.1
        });
        let stands = if full {
            Some(Alone::Proven(ReasonCode::OutletFull))
        } else {
            let grams = model.loads(job).iter().map(|load| load.grams).sum();
            let unload = Term { more: model.unload_by_weight(outlet, grams), ..Term::NONE };
            obstacle_alone(model, kind, job, &[node, model.outlet_node(outlet)], Some(unload))
        };
        match stands {
            None | Some(Alone::Possible) => return Alone::Possible,
            Some(Alone::Proven(code)) => first = first.or(Some(code)),
            Some(Alone::Unclear(code)) => (first, proven) = (first.or(Some(code)), false),
        }
    }
    match first {
        Some(code) if proven => Alone::Proven(code),
        code => Alone::Unclear(code.unwrap_or(ReasonCode::OutletFull)),
    }
}

/// What stands against these visits, the job and perhaps an unload after it, on a route of their own. It is proven where it
/// still does without what company on the route could take away: the setup, by a visit at the same place before, and the
/// release, by waiting for it at an outlet that is nearer than home.
fn obstacle_alone(model: &Model<'_>, kind: &Kind, job: usize, visits: &[Node], unload: Option<Term>) -> Option<Alone> {
    let released = Term { more: 0, ready: model.release(job) };
    let strict: Vec<Term> = [released, Term::NONE].into_iter().chain(unload).collect();
    let code = obstacle(model, kind, visits, &strict)?;
    let setup = model.nodes[job].setup;
    let at_home = if model.accepts.is_empty() { released } else { Term::NONE };
    let in_company: Vec<Term> = [at_home, Term { more: -setup, ..Term::NONE }].into_iter().chain(unload).collect();
    let stands = in_company == strict || obstacle(model, kind, visits, &in_company).is_some();
    Some(if stands { Alone::Proven(code) } else { Alone::Unclear(code) })
}

/// Why the vehicle cannot drive these visits, loads aside.
fn obstacle(model: &Model<'_>, kind: &Kind, visits: &[Node], terms: &[Term]) -> Option<ReasonCode> {
    let opens = terms.iter().map(|term| term.ready).fold(kind.opens, i64::max);
    let (mut place, mut metres, mut t, mut late) = (kind.start, 0, opens, false);
    for next in visits.iter().map(|&node| Some(node)).chain([None]) {
        let to = next.map_or(kind.end, |node| model.place(node));
        let (leg, drive) = (model.metres(kind, place, to), model.seconds(kind, place, to));
        if leg >= FAR || drive >= FAR {
            return Some(ReasonCode::Unreachable);
        }
        metres += leg;
        t += drive;
        if let Some(node) = next {
            t = model.opening(node, t);
            if t >= FAR {
                late = true;
                t = 0;
            }
            t += model.stay(place, node);
        }
        place = to;
    }
    if metres > kind.metres_max {
        return Some(ReasonCode::MaxDistance);
    }
    match (Course { model, kind, visits, terms }).best_timing() {
        Some(timing) if timing.duration() <= kind.duration_max => return None,
        Some(_) => return Some(ReasonCode::ShiftEnd),
        None => {}
    }
    Some(match () {
        () if late => ReasonCode::TimeWindow,
        () if t > kind.closes => ReasonCode::ShiftEnd,
        () => ReasonCode::Break,
    })
}

/// What most often stands against the job on this route as it is; `None` where it has a place.
fn refusal(model: &Model<'_>, solution: &Solution, vehicle: u32, job: usize) -> Option<ReasonCode> {
    let route = &solution.routes[vehicle as usize];
    let kind = &model.kinds[route.kind];
    if !kind.serves[job] {
        let skills = kind.members.first().map_or(0, |&v| model.instance.vehicles[v].skills);
        let unskilled = model.instance.jobs[job].skills & !skills != 0;
        return Some(if unskilled { ReasonCode::Skill } else { ReasonCode::Capacity });
    }
    let mut seen: BTreeMap<ReasonCode, usize> = BTreeMap::new();
    for gap in 0..=route.visits.len() {
        *seen.entry(insertion::refusal(model, solution, vehicle, gap, job)?).or_default() += 1;
    }
    // Where the time was there, what was missing then is the firmer reason.
    let firm = [ReasonCode::Capacity, ReasonCode::MaxDistance].into_iter().find(|code| seen.contains_key(code));
    firm.or_else(|| seen.into_iter().max_by_key(|&(_, times)| times).map(|(code, _)| code))
}
