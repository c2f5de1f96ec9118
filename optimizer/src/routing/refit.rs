//! Whole routes on other vehicles: a changed route goes to an idle vehicle of another kind (another size, price or depot), or
//! two routes exchange their vehicles. Insertion chooses a vehicle for the first job of a route and never looks back.
//!
//! Source: the vehicle (depot) assignment moves of Penna, Subramanian and Ochi (2013), Journal of Heuristics 19(2), 201-232,
//! and of Vidal, Crainic, Gendreau, Lahrichi and Rei (2012), Operations Research 60(3), 611-624.

use super::model::{FAR, Model};
use super::route::Route;
use super::solution::Solution;

/// Kinds of vehicles tried in full for one route, by their estimates.
const TRIED: usize = 3;

/// Tries other vehicles for the routes changed since the transaction began, and takes what is cheaper. Drafted only. Where
/// anything is locked vehicles keep their routes.
pub(crate) fn review(model: &Model<'_>, solution: &mut Solution) {
    if model.locks.any {
        return;
    }
    let touched: Vec<u32> = solution.touched().collect();
    for vehicle in touched {
        if !solution.routes[vehicle as usize].is_empty() && !to_idle(model, solution, vehicle) {
            exchange(model, solution, vehicle);
        }
    }
}

fn to_idle(model: &Model<'_>, solution: &mut Solution, vehicle: u32) -> bool {
    let route = &solution.routes[vehicle as usize];
    let mut kinds: Vec<(i64, usize)> = (0..model.kinds.len())
        .filter(|&kind| kind != route.kind && !solution.idle[kind].is_empty())
        .map(|kind| (estimate(model, route, kind), kind))
        .filter(|&(price, _)| price < route.cost)
        .collect();
    kinds.sort_unstable();
    let better = kinds.iter().take(TRIED).find_map(|&(_, kind)| on_kind(model, route, kind, route.cost));
    let Some(better) = better else { return false };
    let Some(&idle) = solution.idle[better.kind].last() else { return false };
    let old = solution.routes[vehicle as usize].clone();
    // Cleared first, so that nothing is brought to an outlet twice.
    solution.sketch(model, vehicle, Vec::clear);
    solution.put(model, idle, better) || {
        solution.put(model, vehicle, old);
        false
    }
}

/// The exchange of vehicles with another route that promises most.
fn exchange(model: &Model<'_>, solution: &mut Solution, vehicle: u32) {
    let route = &solution.routes[vehicle as usize];
    let elsewhere: Vec<i64> = (0..model.kinds.len()).map(|kind| estimate(model, route, kind)).collect();
    let best = solution
        .routes
        .iter()
        .enumerate()
        .filter(|(_, other)| !other.is_empty() && other.kind != route.kind)
        .filter_map(|(at, other)| {
            let left = route.cost.saturating_add(other.cost) - elsewhere[other.kind];
            // Not looked at closer where the first half alone costs too much.
            (left > 0).then(|| (left - estimate(model, other, route.kind), at)).filter(|&(gain, _)| gain > 0)
        })
        .max();
    let Some((_, at)) = best else { return };
    let other = &solution.routes[at];
    let before = route.cost.saturating_add(other.cost);
    let Some(one) = on_kind(model, route, other.kind, before) else { return };
    let Some(two) = on_kind(model, other, route.kind, before - one.cost) else { return };
    let (old_one, old_two) = (route.clone(), other.clone());
    let (one_at, two_at) = (vehicle, at as u32);
    solution.sketch(model, one_at, Vec::clear);
    solution.sketch(model, two_at, Vec::clear);
    if !(solution.put(model, one_at, two) && solution.put(model, two_at, one)) {
        solution.sketch(model, one_at, Vec::clear);
        solution.put(model, one_at, old_one);
        solution.put(model, two_at, old_two);
    }
}

/// What the route would cost on a vehicle of this kind, if it may and waits nowhere; [`FAR`] where it surely cannot.
fn estimate(model: &Model<'_>, route: &Route, kind: usize) -> i64 {
    let (old, new) = (&model.kinds[route.kind], &model.kinds[kind]);
    let (Some(&first), Some(&last)) = (route.visits.first(), route.visits.last()) else { return 0 };
    if model.accepts.is_empty() && route.board.room(new) < 0 {
        return FAR;
    }
    if new.profile != old.profile {
        // The way itself differs: only the fixed cost is known.
        return new.fixed;
    }
    let (first, last) = (model.place(first), model.place(last));
    let ends = |length: &dyn Fn(usize, usize) -> i64| {
        length(new.start, first) + length(last, new.end) - length(old.start, first) - length(last, old.end)
    };
    let metres = route.metres + ends(&|from, to| model.metres(new, from, to));
    let seconds = route.busy + ends(&|from, to| model.seconds(new, from, to));
    if metres > new.metres_max || seconds > new.duration_max {
        return FAR;
    }
    new.fixed.saturating_add(new.price(metres, seconds)).saturating_add(route.gate_fees)
}

/// The same visits, drafted for a vehicle of this kind, where that is possible and costs less than `ceiling`.
fn on_kind(model: &Model<'_>, route: &Route, kind: usize, ceiling: i64) -> Option<Route> {
    let mut other = Route::new(kind);
    other.visits.clone_from(&route.visits);
    (other.draft(model) && other.cost < ceiling).then_some(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::cases::random;
    use crate::routing::model::Node;

    /// On random plans: no job is lost or served twice, and nothing becomes dearer. Both moves are met.
    #[test]
    fn other_vehicles_serve_the_same_jobs_for_less() {
        let (mut moved, mut exchanged) = (0, 0);
        for seed in 0..2_500 {
            let instance = random(seed, 6, 3, 2);
            let model = Model::new(&instance);
            let mut solution = Solution::new(&model);
            for vehicle in 0..2_u32 {
                let jobs: Vec<Node> = (0..3).map(|k| 3 * vehicle + k).filter(|k| (seed >> k) & 1 == 0).collect();
                let outlet = model.outlet_node(seed as usize % 2);
                let visits: Vec<Node> = jobs.iter().copied().chain([outlet]).collect();
                solution.replace(&model, vehicle, |own| own.clone_from(&visits));
            }
            let served = |solution: &Solution| -> Vec<bool> {
                solution.spots.iter().map(|spot| spot.vehicle != crate::routing::solution::NOWHERE).collect()
            };
            let used = |solution: &Solution| solution.routes.iter().map(|route| !route.is_empty()).collect::<Vec<_>>();
            let before = (served(&solution), used(&solution), solution.floor());
            let visits: Vec<Vec<Node>> = solution.routes.iter().map(|route| route.visits.clone()).collect();
            solution.begin();
            for vehicle in 0..2 {
                solution.sketch(&model, vehicle, |_| {});
            }
            review(&model, &mut solution);
            assert_eq!(served(&solution), before.0, "seed {seed}");
            assert!(solution.floor() <= before.2, "seed {seed}");
            let changed = solution.routes.iter().zip(&visits).any(|(route, old)| route.visits != *old);
            moved += usize::from(used(&solution) != before.1);
            exchanged += usize::from(changed && used(&solution) == before.1);
        }
        assert!(moved > 20 && exchanged > 5, "{moved} moved, {exchanged} exchanged: the cases are too poor");
    }
}
