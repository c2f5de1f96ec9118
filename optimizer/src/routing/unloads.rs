//! Moves of the unloads inside one route: drop what is needless, go to another outlet, unload earlier or later.
//!
//! The idea of treating intermediate facilities as moves of their own: Crevier, Cordeau and Laporte (2007),
//! European Journal of Operational Research 176(2), 756-773.

use super::model::{FAR, Model, Node};
use super::neighbours::Neighbours;
use super::route::Route;
use super::solution::Solution;

/// Drops every unload without which the drafted route stays possible and becomes no dearer. A route left without jobs
/// becomes empty. `scratch` is overwritten.
pub(crate) fn drop_needless(model: &Model<'_>, route: &mut Route, scratch: &mut Route) {
    if !route.visits.iter().any(|&node| model.is_job(node)) {
        if model.kinds[route.kind].locked_rows() == 0 {
            route.visits.clear();
            route.draft(model);
        }
        return;
    }
    for at in (model.kinds[route.kind].locked_rows()..route.visits.len()).rev() {
        if model.is_job(route.visits[at]) || !route.board.may_skip_unload(&model.kinds[route.kind], at) {
            continue;
        }
        scratch.copy_visits(route);
        scratch.visits.remove(at);
        if scratch.draft(model) && scratch.cost <= route.cost {
            std::mem::swap(route, scratch);
        }
    }
}

/// Improves the unloads of `vehicle` one by one: dropped, moved by up to two visits, or sent to another outlet.
/// Takes the first improvement found for each.
pub(crate) fn review(model: &Model<'_>, neighbours: &Neighbours, solution: &mut Solution, vehicle: u32) {
    let mut at = model.kinds[solution.routes[vehicle as usize].kind].locked_rows();
    while at < solution.routes[vehicle as usize].visits.len() {
        let route = &solution.routes[vehicle as usize];
        if !model.is_job(route.visits[at])
            && let Some(better) = improve(model, neighbours, route, at)
        {
            // Refused where the outlet has no room left: then all stays as it was.
            solution.put(model, vehicle, better);
        }
        at += 1;
    }
}

fn improve(model: &Model<'_>, neighbours: &Neighbours, route: &Route, at: usize) -> Option<Route> {
    let outlet = route.visits[at];
    let gain = route.cost - route.floor + saved(model, route, at);
    let attempt = |to: usize, node: Option<Node>| {
        // Without waiting the change would cost this much; with it, no less.
        let price = node.map_or(Some(0), |node| paid(model, route, at, to, node));
        if price.is_none_or(|price| price >= gain) {
            return None;
        }
        let mut other = Route::new(route.kind);
        other.visits.clone_from(&route.visits);
        other.visits.remove(at);
        if let Some(node) = node {
            other.visits.insert(to, node);
        }
        let cheaper = |other: &Route| other.cost < route.cost;
        (other.draft(model) && cheaper(&other) && other.settle_below(model, route.cost) && cheaper(&other))
            .then_some(other)
    };
    if let Some(better) = attempt(at, None) {
        return Some(better);
    }
    for to in at.saturating_sub(2)..=(at + 2).min(route.visits.len() - 1) {
        let before = to.checked_sub(1).and_then(|k| route.visits.get(k)).copied();
        let near = before
            .filter(|&node| model.is_job(node))
            .map_or(&[][..], |job| neighbours.unloadings.of(model.kinds[route.kind].profile, job as usize));
        let near =
            near.iter().map(|unloading| unloading.chain.nodes()).filter(|chain| chain.len() == 1).map(|chain| chain[0]);
        for node in std::iter::once(outlet).chain(near) {
            if (to, node) != (at, outlet)
                && let Some(better) = attempt(to, Some(node))
            {
                return Some(better);
            }
        }
    }
    None
}

/// Price of a visit to an outlet between two places, less the way past it.
fn price_between(model: &Model<'_>, route: &Route, from: usize, node: Node, to: usize) -> i64 {
    let kind = &model.kinds[route.kind];
    let leg = |from: usize, to: usize| kind.price(model.metres(kind, from, to), model.seconds(kind, from, to));
    let here = model.place(node);
    let fee = model.outlet(node).map_or(0, |outlet| model.gate_fees[outlet]);
    leg(from, here) + leg(here, to) - leg(from, to) + kind.price(0, model.stay(from, node)) + fee
}

fn saved(model: &Model<'_>, route: &Route, at: usize) -> i64 {
    price_between(model, route, route.place_after(model, at), route.visits[at], route.place_next(model, at + 1))
}

/// For `node` at `to` once the visit `at` is gone; `None` where the way is cut off.
fn paid(model: &Model<'_>, route: &Route, at: usize, to: usize, node: Node) -> Option<i64> {
    let index = |k: usize| if k >= at { k + 1 } else { k };
    let from = match to.checked_sub(1) {
        Some(before) => model.place(route.visits[index(before)]),
        None => model.kinds[route.kind].start,
    };
    let price = price_between(model, route, from, node, route.place_next(model, index(to)));
    (price < FAR).then_some(price)
}
