//! Whole trips to other vehicles: what a vehicle collects between two unloads goes to one that stays at home, or before, between or after
//! the trips of another. Insertion moves jobs one by one and never sees that a trip costs the same elsewhere and leaves more time to both vehicles.
//!
//! Source: the trip moves of Cattaruzza, Absi, Feillet and Vidal (2014), European Journal of Operational Research 236(3), 833-848, and of
//! François, Arda, Crama and Laporte (2016), European Journal of Operational Research 255(2), 422-441.

use rand::RngExt;

use super::feasibility::{detour, in_time_and_duration};
use super::model::{Model, Node};
use super::route::Route;
use super::solution::Solution;
use super::unloads;

/// Vehicles on the way whose gaps between trips are looked at.
const VEHICLES_TRIED: usize = 6;

/// Jobs between two unloads, and the one that ends them, if there is one.
#[derive(Clone, Copy, Debug)]
struct Trip {
    from: usize,
    to: usize,
    unload: Option<Node>,
}

impl Trip {
    /// One of the trips of the route, each as likely.
    fn draw<R: RngExt>(model: &Model<'_>, rng: &mut R, visits: &[Node]) -> Option<Self> {
        let (mut drawn, mut seen, mut from) = (None, 0, 0);
        for to in 0..=visits.len() {
            let unload = visits.get(to).copied();
            if unload.is_some_and(|node| model.is_job(node)) {
                continue;
            }
            if to > from {
                seen += 1;
                if rng.random_range(0..seen) == 0 {
                    drawn = Some(Self { from, to, unload });
                }
            }
            from = to + 1;
        }
        drawn
    }

    fn jobs<'v>(&self, visits: &'v [Node]) -> &'v [Node] {
        &visits[self.from..self.to]
    }

    /// The trip with the unload that ends it, or the one before it where none does.
    fn whole(&self, model: &Model<'_>, visits: &[Node]) -> Vec<Node> {
        let before = self.from.checked_sub(1).map(|at| visits[at]).filter(|&node| !model.is_job(node));
        self.jobs(visits).iter().copied().chain(self.unload.or(before)).collect()
    }

    fn is_all_of(&self, model: &Model<'_>, visits: &[Node]) -> bool {
        visits.iter().enumerate().all(|(at, &node)| (self.from..self.to).contains(&at) || !model.is_job(node))
    }
}

/// Moves a trip of each route changed since the transaction began, where that costs no more. Drafted only. Where anything is locked
/// vehicles keep their trips.
pub(crate) fn review<R: RngExt>(model: &Model<'_>, rng: &mut R, solution: &mut Solution) {
    if model.locks.any || model.accepts.is_empty() {
        return;
    }
    let touched: Vec<u32> = solution.touched().collect();
    for vehicle in touched {
        let Some(trip) = Trip::draw(model, rng, &solution.routes[vehicle as usize].visits) else { continue };
        if !to_idle(model, solution, vehicle, trip) {
            to_other(model, rng, solution, vehicle, trip);
        }
    }
}

/// To the vehicle at home for which the trip costs least by the way alone.
fn to_idle(model: &Model<'_>, solution: &mut Solution, vehicle: u32, trip: Trip) -> bool {
    let visits = &solution.routes[vehicle as usize].visits;
    if trip.is_all_of(model, visits) {
        return false;
    }
    let moved = trip.whole(model, visits);
    let price = |idle: u32| {
        let route = &solution.routes[idle as usize];
        detour(model, route, 0, &moved).map(|way| way.saturating_add(model.kinds[route.kind].fixed))
    };
    let idle = model.roomiest.iter().filter_map(|&kind| solution.idle[kind].last().copied());
    let cheapest = idle.filter_map(|idle| Some((price(idle)?, idle))).min();
    cheapest.is_some_and(|(_, idle)| transfer(model, solution, (vehicle, trip), idle, |own| own.clone_from(&moved)))
}

/// To the beginning, a gap between two trips or the end of other vehicles, of those drawn, that costs least by the way alone.
fn to_other<R: RngExt>(model: &Model<'_>, rng: &mut R, solution: &mut Solution, vehicle: u32, trip: Trip) -> bool {
    let moved = trip.whole(model, &solution.routes[vehicle as usize].visits);
    let n = solution.routes.len();
    let begin = rng.random_range(0..n);
    let others = (begin..n).chain(0..begin).filter(|&other| other != vehicle as usize);
    let used = others.filter(|&other| !solution.routes[other].is_empty()).take(VEHICLES_TRIED);
    let mut best: Option<(i64, u32, usize)> = None;
    for other in used {
        let route = &solution.routes[other];
        for gap in (0..=route.visits.len()).filter(|&gap| gap == 0 || !model.is_job(route.visits[gap - 1])) {
            let Some(price) = detour(model, route, gap, &moved) else { continue };
            if best.is_none_or(|(least, _, _)| price < least) && in_time_and_duration(model, route, gap, &moved) {
                best = Some((price, other as u32, gap));
            }
        }
    }
    let Some((_, other, gap)) = best else { return false };
    transfer(model, solution, (vehicle, trip), other, |own| {
        own.splice(gap..gap, moved.iter().copied()).for_each(drop);
    })
}

/// Takes the trip from its vehicle and edits the route of the other. `false`, and nothing changes, where that breaks a rule or costs more.
fn transfer(
    model: &Model<'_>,
    solution: &mut Solution,
    (vehicle, trip): (u32, Trip),
    other: u32,
    edit: impl FnOnce(&mut Vec<Node>),
) -> bool {
    let before = floor(solution, vehicle).saturating_add(floor(solution, other));
    let mut left = solution.copy_of(vehicle);
    let end = trip.to + usize::from(trip.unload.is_some());
    left.visits.drain(trip.from..end);
    let mut joined = solution.copy_of(other);
    edit(&mut joined.visits);
    let mut scratch = Route::default();
    let mut possible = |route: &mut Route| {
        let drafted = route.draft(model);
        if drafted {
            unloads::drop_needless(model, route, &mut scratch);
        }
        drafted
    };
    let cheaper = possible(&mut left)
        && possible(&mut joined)
        && left.floor.saturating_add(left.sprawl).saturating_add(joined.floor).saturating_add(joined.sprawl) <= before;
    if !cheaper {
        solution.keep_spare(left);
        solution.keep_spare(joined);
        return false;
    }
    let old = solution.routes[vehicle as usize].clone();
    // The jobs leave their route before they join the other, so that outlets have room for both.
    solution.put(model, vehicle, left)
        && (solution.put(model, other, joined) || {
            solution.put(model, vehicle, old);
            false
        })
}

/// What the vehicle's route costs if it waits nowhere.
fn floor(solution: &Solution, vehicle: u32) -> i64 {
    let route = &solution.routes[vehicle as usize];
    route.floor.saturating_add(route.sprawl)
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::routing::cases::random;
    use crate::routing::search::restore;

    /// On random plans: no job is lost or served twice, nothing becomes dearer, every changed route is what a full evaluation of its
    /// visits says, and what outlets receive agrees with a plan made of the visits anew. Both moves are met.
    #[test]
    fn a_trip_on_another_vehicle_serves_the_same_jobs_for_no_more() {
        let (mut to_idle, mut to_others, mut appended) = (0, 0, 0);
        for seed in 0..4_000 {
            let instance = random(seed, 8, 3, 2);
            let model = Model::new(&instance);
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            let mut solution = Solution::new(&model);
            for vehicle in 0..2_u32 {
                let outlet = model.outlet_node(seed as usize % 2);
                let jobs: Vec<Node> = (0..4).map(|k| 4 * vehicle + k).collect();
                let visits = [jobs[0], jobs[1], outlet, jobs[2], jobs[3], outlet];
                for length in (1..=visits.len()).rev() {
                    if solution.replace(&model, vehicle, |own| *own = visits[..length].to_vec()) {
                        break;
                    }
                }
            }
            let served = |solution: &Solution| -> Vec<bool> {
                (0..model.n_jobs).map(|job| solution.vehicle_of(job) != crate::routing::solution::NOWHERE).collect()
            };
            let used = |solution: &Solution| solution.routes.iter().filter(|route| !route.is_empty()).count();
            let before = (served(&solution), used(&solution), solution.floor());
            let visits: Vec<Vec<Node>> = solution.routes.iter().map(|route| route.visits.clone()).collect();
            solution.begin();
            for vehicle in 0..2 {
                solution.sketch(&model, vehicle, |_| {});
            }
            let drafted = solution.floor();
            review(&model, &mut rng, &mut solution);
            assert_eq!(served(&solution), before.0, "seed {seed}");
            assert!(solution.floor() <= drafted && drafted <= before.2, "seed {seed}");
            for route in &solution.routes {
                let mut again = Route::new(route.kind);
                again.visits.clone_from(&route.visits);
                assert!(again.draft(&model), "seed {seed}");
                assert_eq!((again.floor, again.metres), (route.floor, route.metres), "seed {seed}");
            }
            if solution.routes.iter().zip(&visits).any(|(route, old)| route.visits != *old) {
                let is_longer = |(route, old): (&Route, &Vec<Node>)| {
                    !old.is_empty() && route.visits.len() > old.len() && route.visits.starts_with(old)
                };
                appended += usize::from(solution.routes.iter().zip(&visits).any(is_longer));
                to_idle += usize::from(used(&solution) > before.1);
                to_others += usize::from(used(&solution) <= before.1);
                assert!(solution.settle(&model), "seed {seed}");
                let now: Vec<Vec<Node>> = solution.routes.iter().map(|route| route.visits.clone()).collect();
                let anew = restore(&model, &now);
                assert_eq!(anew.cost(), solution.cost(), "seed {seed}");
                assert!((0..model.room.len()).all(|at| anew.free_room(&model, at) == solution.free_room(&model, at)));
            }
        }
        assert!(to_idle > 5 && to_others > 50, "{to_idle} to idle, {to_others} to others: the cases are too poor");
        assert!(appended > 10, "{appended} after the last unload of another: the cases are too poor");
    }
}
