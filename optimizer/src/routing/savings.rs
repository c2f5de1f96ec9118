//! Savings: every job begins as a route of its own, and the two routes whose joining saves most become one.
//!
//! Source: Clarke and Wright (1964), Operations Research 12(4), 568-581; savings between near neighbours only, as in
//! Accorsi and Vigo (2021), Transportation Science 55(4), 832-856. For instances without unloads on the way.

use super::model::{Model, Node};
use super::neighbours::Neighbours;
use super::route::Route;
use super::solution::Solution;

/// Nearest jobs whose savings are looked at.
const NEAREST: usize = 40;
/// Kinds of vehicles that a plan is built of.
const KINDS_MAX: usize = 6;

/// Kinds to build a plan of, the most common first; none where vehicles unload on the way. With a mixed fleet it is not known before
/// which size serves best.
pub(crate) fn kinds(model: &Model<'_>) -> Vec<usize> {
    let mut kinds: Vec<usize> = (0..model.kinds.len()).collect();
    kinds.sort_by_key(|&kind| std::cmp::Reverse(model.kinds[kind].members.len()));
    let most = match (model.accepts.is_empty(), model.mixed_fleet) {
        (false, _) => 0,
        (true, false) => 1,
        (true, true) => KINDS_MAX,
    };
    kinds.truncate(most);
    kinds
}

/// Jobs or joins between two looks at the time.
const LOOK_EVERY: usize = 256;

/// Savings that are put in order at once.
const PIECE: usize = 1 << 15;

/// Fills the vehicles of one kind. What finds no vehicle, or no way to be served by this kind, stays left out. Once it is `over`, routes are
/// taken as far as they were joined; none where that had not begun.
pub(crate) fn build(
    model: &Model<'_>,
    neighbours: &Neighbours,
    kind: usize,
    solution: &mut Solution,
    over: &dyn Fn() -> bool,
) {
    let Some(mut savings) = savings(model, neighbours, kind, over) else { return };
    let Some(mut joining) = Joining::new(model, kind, over) else { return };
    dearest_first(&mut savings, &mut |some| {
        let goes_on = !over();
        if goes_on {
            some.iter().for_each(|&(_, from, to)| joining.join(model, from, to));
        }
        goes_on
    });
    let mut routes: Vec<Route> = joining.routes.into_iter().filter(|route| !route.is_empty()).collect();
    // Where vehicles are short, the longest routes get one.
    routes.sort_by_key(|route| std::cmp::Reverse(route.visits.len()));
    for mut route in routes {
        let Some(&vehicle) = solution.idle[kind].last() else { break };
        if route.settle(model) {
            solution.put(model, vehicle, route);
        }
    }
}

/// What driving from the first job straight to the second saves.
type Saving = (i64, Node, Node);

/// In no order; `None` where it was over before all were known.
fn savings(model: &Model<'_>, neighbours: &Neighbours, kind: usize, over: &dyn Fn() -> bool) -> Option<Vec<Saving>> {
    let kind = &model.kinds[kind];
    let leg = |from: usize, to: usize| kind.price(model.metres(kind, from, to), model.seconds(kind, from, to));
    let mut list: Vec<Saving> = Vec::with_capacity(model.n_jobs * NEAREST);
    for from in 0..model.n_jobs {
        if from.is_multiple_of(LOOK_EVERY) && over() {
            return None;
        }
        let here = model.place(from as Node);
        let home = leg(here, kind.end);
        list.extend(neighbours.of(from).iter().take(NEAREST).map(|&to| {
            let there = model.place(to);
            (home + leg(kind.start, there) - leg(here, there), from as Node, to)
        }));
    }
    Some(list)
}

/// Hands out the savings in order, a few at a time, until it is refused (`false`). They are sorted half by half: to sort a million at once
/// takes a tenth of a second, in which nobody looks at the time.
fn dearest_first(savings: &mut [Saving], hand_out: &mut dyn FnMut(&[Saving]) -> bool) -> bool {
    let key = |&(saving, from, to): &Saving| (std::cmp::Reverse(saving), from, to);
    if savings.len() > PIECE {
        let middle = savings.len() / 2;
        savings.select_nth_unstable_by_key(middle, key);
        let (first, second) = savings.split_at_mut(middle);
        return hand_out(&[]) && dearest_first(first, hand_out) && dearest_first(second, hand_out);
    }
    savings.sort_unstable_by_key(key);
    savings.chunks(LOOK_EVERY).all(hand_out)
}

struct Joining {
    routes: Vec<Route>,
    /// By job; `usize::MAX` where the kind cannot serve it.
    route_of: Vec<usize>,
    joined: Route,
}

impl Joining {
    /// `None` where it was over before all routes were made.
    fn new(model: &Model<'_>, kind: usize, over: &dyn Fn() -> bool) -> Option<Self> {
        let mut route_of = vec![usize::MAX; model.n_jobs];
        let mut routes = Vec::with_capacity(model.n_jobs);
        for (job, route_of) in route_of.iter_mut().enumerate() {
            if job.is_multiple_of(LOOK_EVERY) && over() {
                return None;
            }
            let mut route = Route::new(kind);
            route.visits.push(job as Node);
            if route.draft(model) {
                *route_of = routes.len();
                routes.push(route);
            }
        }
        Some(Self { routes, route_of, joined: Route::new(kind) })
    }

    /// Joins two routes where `from` ends one and `to` begins the other, where that is possible and cheaper. Without
    /// times a route may be turned round first.
    fn join(&mut self, model: &Model<'_>, from: Node, to: Node) {
        let (one, other) = (self.route_of[from as usize], self.route_of[to as usize]);
        if one == other || one == usize::MAX || other == usize::MAX {
            return;
        }
        let (head, tail) = (&self.routes[one].visits, &self.routes[other].visits);
        let turn_head = head.last() != Some(&from);
        let turn_tail = tail.first() != Some(&to);
        let open = |turned: bool, end: Option<&Node>, node: Node| !turned || (!model.timed && end == Some(&node));
        if !open(turn_head, head.first(), from) || !open(turn_tail, tail.last(), to) {
            return;
        }
        let visits = &mut self.joined.visits;
        visits.clear();
        visits.extend(head);
        if turn_head {
            visits.reverse();
        }
        let middle = visits.len();
        visits.extend(tail);
        if turn_tail {
            visits[middle..].reverse();
        }
        let apart = self.routes[one].whole_cost().saturating_add(self.routes[other].whole_cost());
        if self.joined.draft(model) && self.joined.whole_cost() < apart {
            for &node in &self.routes[other].visits {
                self.route_of[node as usize] = one;
            }
            self.routes[other].visits.clear();
            std::mem::swap(&mut self.routes[one], &mut self.joined);
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    /// More than are sorted at once, many of them alike; and the same up to where it is refused.
    #[test]
    fn savings_come_in_order() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
        let n = 5 * PIECE + 77;
        let savings: Vec<Saving> = (0..n).map(|k| (rng.random_range(-500..500), k as Node, 0)).collect();
        let mut sorted = savings.clone();
        sorted.sort_by_key(|&(saving, from, _)| (std::cmp::Reverse(saving), from));
        for most in [usize::MAX, 3 * PIECE] {
            let mut found: Vec<Saving> = Vec::new();
            let whole = dearest_first(&mut savings.clone(), &mut |some| {
                found.extend(some);
                found.len() < most
            });
            assert_eq!(whole, most > n);
            assert!(found == sorted[..found.len()] && found.len() >= n.min(most), "{} of {n}", found.len());
        }
    }
}
