//! Routes that have to begin in a given way: what a vehicle does when nothing else is asked of it. It makes its locked visits, and
//! unloads what it may not come home with.

use super::locks::NONE;
use super::model::{Model, Node};
use super::solution::Solution;

/// Most unloads that end a beginning.
const UNLOADS_MAX: usize = 3;

/// Sends all vehicles with a locked beginning on their way, as far as rules and the room of outlets allow.
pub(crate) fn begin(model: &Model<'_>, solution: &mut Solution) {
    for kind in model.kinds.iter().filter(|kind| kind.locked_rows() > 0) {
        for &vehicle in &kind.members {
            reset(model, solution, vehicle as u32);
        }
    }
}

/// Leaves a vehicle nothing but its locked beginning and the unloads that it then needs; any other vehicle stays at home. `false`, and
/// nothing changes, where that is not possible.
pub(crate) fn reset(model: &Model<'_>, solution: &mut Solution, vehicle: u32) -> bool {
    let kind = &model.kinds[model.kind_of[vehicle as usize]];
    let Some(prefix) = &kind.prefix else { return solution.sketch(model, vehicle, Vec::clear) };
    let as_before = || prefix.nodes.iter().chain(&prefix.unloads).copied();
    let mut visits = prefix.nodes.clone();
    for _ in 0..=UNLOADS_MAX {
        if solution.replace(model, vehicle, |own| own.clone_from(&visits)) {
            return true;
        }
        if !prefix.unloads.is_empty() && solution.replace(model, vehicle, |own| *own = as_before().collect()) {
            return true;
        }
        // The outlets from near to far: the first that makes the route possible, else the one that takes most.
        let aboard = left_aboard(model, &visits);
        let from = visits.last().map_or(kind.start, |&node| model.place(node));
        let mut outlets: Vec<Node> = (0..model.accepts.len())
            .filter(|&outlet| model.accepts[outlet] & aboard != 0)
            .map(|outlet| model.outlet_node(outlet))
            .collect();
        outlets.sort_by_key(|&node| (model.seconds(kind, from, model.place(node)), node));
        let last = |node: Node, own: &mut Vec<Node>| {
            own.clone_from(&visits);
            own.push(node);
        };
        if outlets.iter().any(|&node| solution.replace(model, vehicle, |own| last(node, own))) {
            return true;
        }
        let taken = |node: &Node| model.outlet(*node).map_or(0, |o| (model.accepts[o] & aboard).count_ones());
        let Some(&most) = outlets.iter().rev().max_by_key(|node| taken(node)) else { return false };
        visits.push(most);
    }
    false
}

/// Streams that the last visit leaves on board.
fn left_aboard(model: &Model<'_>, visits: &[Node]) -> u32 {
    visits.iter().fold(0, |aboard, &node| match model.outlet(node) {
        Some(outlet) => aboard & !model.accepts[outlet],
        None => aboard | model.streams_of(node as usize),
    })
}

/// The job may not stand at this gap for the sake of a lock.
pub(crate) fn forbids(model: &Model<'_>, solution: &Solution, job: usize, vehicle: u32, gap: usize) -> bool {
    let route = &solution.routes[vehicle as usize];
    let kind = &model.kinds[route.kind];
    let closed = || kind.pin().is_some_and(|pin| pin.closed);
    if gap < kind.locked_rows() || closed() {
        return true;
    }
    let moves = |reference| !solution.may_move(reference, job, vehicle);
    if model.locks.reference.as_ref().is_some_and(moves) {
        return true;
    }
    model.locks.sequenced()
        && (model.locks.joined(&route.visits, gap)
            || model.locks.follows(job).iter().any(|&(before, directly)| {
                let spot = &solution.spots[before as usize];
                let index = spot.index as usize;
                spot.vehicle == NONE
                    || spot.vehicle != vehicle
                    || if directly { index + 1 != gap } else { index >= gap }
            }))
}
