//! Every place for one more job on a route, with the new unloads that may come with it, cheapest first.

use super::standing::Standing;
use crate::resources::model::{FAR, Model, Node};
use crate::routing::insertion;
use crate::routing::route::Route;
use crate::routing::solution::Solution;

/// Outlets looked at around a job: the nearest.
const OUTLETS_NEAR: usize = 8;
/// The same where one unload comes before the job and another after it.
const OUTLETS_BOTH: usize = 3;

/// A place on a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Visits before it.
    pub(crate) gap: usize,
    /// The job and the unloads that come in with it, in their order.
    pub(crate) visits: Vec<Node>,
    /// The route becomes dearer by this at least.
    pub(crate) least: i64,
}

impl Offer {
    /// What the route costs with it more than without, fairness and compactness aside; `None` where that breaks a rule. The solution is
    /// left as it was.
    pub(crate) fn cost(&self, model: &Model<'_>, solution: &mut Solution, vehicle: u32) -> Option<i64> {
        let before = solution.routes[vehicle as usize].cost;
        solution.begin();
        let taken = solution.replace(model, vehicle, |visits| self.splice(visits));
        let cost = solution.routes[vehicle as usize].cost - before;
        if taken {
            solution.roll_back(model);
        }
        taken.then_some(cost)
    }

    pub(crate) fn splice(&self, visits: &mut Vec<Node>) {
        visits.splice(self.gap..self.gap, self.visits.iter().copied());
    }
}

/// In no order; those that no road leads to are left out.
pub(crate) fn offers(model: &Model<'_>, route: &Route, job: usize) -> Vec<Offer> {
    let patterns = patterns(model, route.kind, job);
    let waited = route.cost - route.floor;
    let gaps = (0..=route.visits.len()).flat_map(|gap| patterns.iter().map(move |pattern| (gap, pattern)));
    let offer = |(gap, visits): (usize, &Vec<Node>)| {
        // A second stop at the outlet that is there already is never needed.
        let last = gap.checked_sub(1).map(|before| route.visits[before]);
        let doubled =
            |node: Option<&Node>, other: Option<Node>| node.is_some_and(|&n| !model.is_job(n) && other == Some(n));
        if doubled(visits.first(), last) || doubled(visits.last(), route.visits.get(gap).copied()) {
            return None;
        }
        let least = detour(model, route, gap, visits)? - waited;
        Some(Offer { gap, visits: visits.clone(), least })
    };
    gaps.filter_map(offer).collect()
}

/// The job alone, with unloads after it, before it, or both.
fn patterns(model: &Model<'_>, kind: usize, job: usize) -> Vec<Vec<Node>> {
    let (kind, node) = (&model.kinds[kind], job as Node);
    let mut near: Vec<usize> = (0..model.accepts.len()).collect();
    let way = |outlet: usize| {
        let place = model.place(model.outlet_node(outlet));
        model.metres(kind, model.place(node), place).saturating_add(model.metres(kind, place, model.place(node)))
    };
    near.sort_by_key(|&outlet| way(outlet));
    let streams = model.streams_of(job);
    let whole = |outlet: usize| streams & !model.accepts[outlet] == 0;
    let mut after: Vec<Vec<Node>> =
        near.iter().filter(|&&o| whole(o)).take(OUTLETS_NEAR).map(|&o| vec![model.outlet_node(o)]).collect();
    // Where it takes several outlets to be rid of the job.
    let parts: Vec<usize> = near.iter().copied().filter(|&o| !whole(o) && streams & model.accepts[o] != 0).collect();
    let parts = &parts[..parts.len().min(OUTLETS_NEAR)];
    for &one in parts {
        after.push(vec![model.outlet_node(one)]);
        for &other in parts.iter().filter(|&&other| streams & !(model.accepts[one] | model.accepts[other]) == 0) {
            after.push(vec![model.outlet_node(one), model.outlet_node(other)]);
        }
    }
    let before: Vec<Node> = near.iter().take(OUTLETS_NEAR).map(|&outlet| model.outlet_node(outlet)).collect();
    let mut patterns = vec![vec![node]];
    patterns.extend(after.iter().map(|unloads| [&[node], &unloads[..]].concat()));
    patterns.extend(before.iter().map(|&unload| vec![unload, node]));
    for &unload in before.iter().take(OUTLETS_BOTH) {
        patterns.extend(after.iter().take(OUTLETS_BOTH).map(|unloads| [&[unload, node], &unloads[..]].concat()));
    }
    patterns
}

/// What driving and working cost more, waiting aside; `None` where there is no way.
fn detour(model: &Model<'_>, route: &Route, gap: usize, visits: &[Node]) -> Option<i64> {
    let kind = &model.kinds[route.kind];
    let (from, to) = (route.place_after(model, gap), route.place_next(model, gap));
    let (mut metres, mut seconds, mut fees, mut place) = (0, 0, 0, from);
    for &node in visits {
        let next = model.place(node);
        metres += model.metres(kind, place, next);
        seconds += model.seconds(kind, place, next) + model.stay(place, node);
        fees += model.outlet(node).map_or(0, |outlet| model.gate_fees[outlet]);
        place = next;
    }
    metres += model.metres(kind, place, to);
    seconds += model.seconds(kind, place, to);
    if metres >= FAR || seconds >= FAR {
        return None;
    }
    let mut cost = fees;
    if route.is_empty() {
        cost += kind.fixed;
    } else {
        metres -= model.metres(kind, from, to);
        seconds -= model.seconds(kind, from, to);
    }
    if let Some(&next) = route.visits.get(gap) {
        seconds += model.stay(place, next) - model.stay(from, next);
    }
    // An unload that comes in before another takes over part of its work, rounded up to a second each.
    let rounding = if model.has_terms() { visits.len() as i64 + 1 } else { 0 };
    Some(cost + kind.price(metres, seconds - rounding))
}

/// The cheapest place for a job on any route of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) vehicle: usize,
    pub(crate) offer: Offer,
    /// What the plan's routes cost more with it.
    pub(crate) cost: i64,
}

impl Standing<'_, '_> {
    /// Over all vehicles, by the evaluator of the search; `None` where the job has no place.
    pub(crate) fn cheapest_place(&mut self, job: usize) -> Option<Place> {
        let mut all: Vec<(usize, Offer)> = Vec::new();
        for vehicle in self.vehicles() {
            let route = &self.solution.routes[vehicle];
            if self.model.kinds[route.kind].serves[job] {
                all.extend(offers(self.model, route, job).into_iter().map(|offer| (vehicle, offer)));
            }
        }
        all.sort_by_key(|(_, offer)| offer.least);
        let mut best: Option<Place> = None;
        for (vehicle, offer) in all {
            if best.as_ref().is_some_and(|best| best.cost <= offer.least) {
                break;
            }
            let route = &self.solution.routes[vehicle];
            if !insertion::may_be_in_time(self.model, route, offer.gap, &offer.visits) {
                continue;
            }
            if let Some(cost) = offer.cost(self.model, &mut self.solution, vehicle as u32)
                && best.as_ref().is_none_or(|best| cost < best.cost)
            {
                best = Some(Place { vehicle, offer, cost });
            }
        }
        best
    }
}
