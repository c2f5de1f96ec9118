//! Turns the search's routes into a plan with all its claims: times, loads, metres, costs.

use huilu_model::plan::StreamLoad;
use huilu_model::{Cost, CostParts, Grams, Litres, Metres, Plan, PlannedRoute, Seconds, Step, StepKind};

use super::board::Board;
use super::model::{ANYWHERE, Model};
use super::reasons;
use super::route::Route;
use super::schedule::Moment;
use super::solution::Solution;
use crate::explain::ways::Patience;

pub(crate) fn plan(model: &Model<'_>, solution: &Solution) -> Plan {
    plan_within(model, solution, Patience::ENDLESS)
}

/// Once the patience is over, jobs left out get no more than a glance.
pub(crate) fn plan_within(model: &Model<'_>, solution: &Solution, patience: Patience<'_>) -> Plan {
    let mut parts = CostParts::default();
    let mut routes = Vec::new();
    for (vehicle, route) in solution.routes.iter().enumerate().filter(|(_, route)| !route.is_empty()) {
        routes.extend(planned(model, vehicle, route, &mut parts));
    }
    parts.fairness = Cost(solution.fairness.cost());
    parts.compactness = Cost(solution.routes.iter().map(|route| route.sprawl).sum());
    parts.penalties = solution.absent().filter_map(|job| model.instance.jobs[job].penalty).sum();
    Plan {
        instance: model.instance.name.clone(),
        cost_scale: model.instance.cost_scale,
        cost: parts.total(),
        cost_parts: parts,
        lower_bound: None,
        routes,
        unassigned: reasons::explain_all(model, solution, patience),
    }
}

fn planned(model: &Model<'_>, vehicle: usize, route: &Route, parts: &mut CostParts) -> Option<PlannedRoute> {
    let kind = &model.kinds[route.kind];
    // A route under search always has a schedule; one without is no part of a plan.
    let timing = route.timing(model)?;
    let (visits, pause) = route.course(model).moments(timing);
    let mut board = Board::default();
    board.fill_all(model, kind, &route.visits);
    let place_id = |place: usize| model.instance.places[place].id.clone();
    let step = |kind: StepKind, place: usize, at: Moment, metres: i64, row: usize| Step {
        kind,
        place: place_id(place),
        arrival_s: Seconds(at.arrival),
        start_s: Seconds(at.start),
        departure_s: Seconds(at.departure),
        distance_m: Metres(metres),
        load: load(model, &board, row),
    };
    let still = |t: i64| Moment { arrival: t, start: t, departure: t };
    let mut steps = vec![step(StepKind::Start, kind.start, still(timing.departure), 0, 0)];
    let (mut place, mut metres) = (kind.start, 0);
    for row in 0..=route.visits.len() {
        if let Some((_, at)) = pause.filter(|&(before, _)| before == row) {
            steps.push(step(StepKind::Break, place, at, metres, row));
        }
        let Some((&node, &at)) = route.visits.get(row).zip(visits.get(row)) else { break };
        metres += model.metres(kind, place, model.place(node));
        place = model.place(node);
        let what = match model.outlet(node) {
            Some(outlet) => StepKind::Unload { outlet: model.instance.outlets[outlet].id.clone() },
            None => StepKind::Job { job: model.instance.jobs[node as usize].id.clone() },
        };
        steps.push(step(what, place, at, metres, row + 1));
    }
    metres += model.metres(kind, place, kind.end);
    let left = steps.last().map_or(timing.departure, |last| last.departure_s.0);
    let finish = left + model.seconds(kind, place, kind.end);
    let end = if kind.end == ANYWHERE { place } else { kind.end };
    steps.push(step(StepKind::End, end, still(finish), metres, route.visits.len()));

    let duration = finish - timing.departure;
    let own = CostParts {
        fixed: Cost(kind.fixed),
        time: Cost(kind.per_second.saturating_mul(duration)),
        distance: Cost(kind.per_metre.saturating_mul(metres)),
        gate_fees: Cost(route.gate_fees),
        lateness: Cost(timing.extra - kind.overtime(finish)),
        overtime: Cost(kind.overtime(finish)),
        preference: Cost(route.preference),
        ..CostParts::default()
    };
    *parts += own;
    Some(PlannedRoute {
        vehicle: model.instance.vehicles[vehicle].id.clone(),
        cost: own.total(),
        duration_s: Seconds(duration),
        distance_m: Metres(metres),
        steps,
    })
}

fn load(model: &Model<'_>, board: &Board, row: usize) -> Vec<StreamLoad> {
    let held = model.instance.streams.iter().enumerate().filter_map(|(stream, name)| {
        let (grams, litres) = board.held(model, row, stream);
        let aboard = grams != 0 || litres != 0;
        aboard.then(|| StreamLoad { stream: name.clone(), grams: Grams(grams), litres: Litres(litres) })
    });
    held.collect()
}
