//! Greedy insertion with blinks: each job goes to its cheapest place, alone or with a new unload before or after it.
//!
//! Source: Christiaens and Vanden Berghe (2020), Transportation Science 54(2), 417-433, extended with unloads.

use rand::RngExt;

use super::beginnings;
use super::feasibility::{
    chain_outlets, detour, detour_of, fits_after_unload, fits_before_unload, fits_plain, in_time_and_duration,
    job_in_time_and_duration, lateness, rise,
};
use super::glance::Glance;
use super::model::{FAR, Model, Node};
use super::neighbours::Neighbours;
use super::opening::Opening;
use super::params::Params;
use super::places::{Candidate, Places, Unload};
use super::solution::{NOWHERE, Solution};
use super::unloadings::CHAIN_MAX;
use crate::resources::compactness;

/// How many of the cheapest places are kept on a second look, after an exact evaluation has refused the first.
const KEPT: usize = 4;

/// Counts kept over a whole search.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Effort {
    pub(crate) places_tried: u64,
    pub(crate) insertions: u64,
    pub(crate) routes_shed: u64,
}

/// Where an insertion looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Around the job's neighbours, and now and then everywhere if nothing is left there.
    Near,
    /// Around its neighbours, and everywhere if nothing is left there.
    Far,
    /// Everywhere.
    Everywhere,
}

pub(crate) struct Inserter<'m, 'a, R> {
    pub(crate) model: &'m Model<'a>,
    pub(crate) neighbours: &'m Neighbours,
    pub(crate) params: &'m Params,
    pub(crate) opening: Opening,
    pub(crate) rng: &'m mut R,
    pub(crate) effort: &'m mut Effort,
}

impl<R: RngExt> Inserter<'_, '_, R> {
    /// Puts `job` at its cheapest place, drafted only. `false` where none was found or none is worth its price of
    /// absence.
    pub(crate) fn insert(&mut self, solution: &mut Solution, job: usize, reach: Reach) -> bool {
        [1, KEPT].into_iter().any(|most| {
            let ceiling = self.model.absence[job].saturating_add(self.fairest(solution, job));
            let mut places = Places::new(most, ceiling);
            self.look(solution, job, reach, &mut places);
            let placed = places.kept.iter().any(|candidate| {
                solution.sketch(self.model, candidate.vehicle, |visits| candidate.splice(job as Node, visits))
            });
            self.effort.insertions += u64::from(placed);
            placed || places.kept.is_empty()
        })
    }

    fn look(&mut self, solution: &Solution, job: usize, reach: Reach, places: &mut Places) {
        if self.params.use_h3_neighbours && reach != Reach::Everywhere {
            self.around_neighbours(solution, job, places);
            self.idle_vehicles(solution, job, places);
            self.after_beginnings(solution, job, places);
            if places.kept.is_empty() && (reach == Reach::Far || self.rng.random_bool(self.params.wide_chance)) {
                self.everywhere(solution, job, places);
            }
        } else {
            self.everywhere(solution, job, places);
            self.idle_vehicles(solution, job, places);
        }
    }

    /// Tries the places before and after each neighbour, cheapest looks first: one number for the neighbour, then what its
    /// spot tells of load, time and cost, and only then its route.
    fn around_neighbours(&mut self, solution: &Solution, job: usize, places: &mut Places) {
        let (model, neighbours) = (self.model, self.neighbours);
        let service = model.nodes[job].service;
        let windows = model.windows(job as Node);
        // Without windows (a faulty instance has none) nothing fits anyway.
        let (opens, closes) = (windows.first().map_or(FAR, |w| w.0), windows.last().map_or(-FAR, |w| w.1));
        let grams: i64 = model.loads(job).iter().map(|load| load.grams).sum();
        for (at, other, least) in neighbours.with_least(job) {
            if least.saturating_sub(solution.reach[other as usize]) > places.limit {
                continue;
            }
            let spot = &solution.spots[other as usize];
            if spot.vehicle == NOWHERE || grams > solution.rooms[spot.vehicle as usize] {
                continue;
            }
            let kind = &model.kinds[model.kind_of[spot.vehicle as usize]];
            let hub = neighbours.around(model, kind, job);
            let here = model.place(other);
            let index = spot.index as usize;
            let (to, from) = neighbours.way(at, kind, &hub, here);
            let (before, after) = (spot.before as usize, spot.after as usize);
            let rise = |one, two| rise(model, kind, (job, hub.place), one, two);
            if opens + service + to.1 <= spot.starts
                && rise((before, hub.from(before)), (here, to)) - spot.leg_in <= places.limit
            {
                self.consider(solution, job, spot.vehicle, index, places);
            }
            if spot.leaves + from.1 <= closes
                && rise((here, from), (after, hub.to(after))) - spot.leg_out <= places.limit
            {
                self.consider(solution, job, spot.vehicle, index + 1, places);
            }
        }
    }

    fn everywhere(&mut self, solution: &Solution, job: usize, places: &mut Places) {
        for vehicle in 0..solution.routes.len() {
            let visits = solution.routes[vehicle].visits.len();
            for gap in 0..=visits {
                if visits > 0 {
                    self.consider(solution, job, vehicle as u32, gap, places);
                }
            }
        }
    }

    fn idle_vehicles(&mut self, solution: &Solution, job: usize, places: &mut Places) {
        let ceiling = places.ceiling;
        if self.opening.at_a_loss {
            places.ceiling = FAR;
        }
        for vehicle in self.opening.idle(self.model, solution) {
            self.consider(solution, job, vehicle, 0, places);
        }
        places.ceiling = ceiling;
    }

    /// What one more job in a route costs the plan as a whole; never negative.
    fn shared(&self, solution: &Solution, vehicle: u32, gap: usize, job: usize) -> i64 {
        let (model, route) = (self.model, &solution.routes[vehicle as usize]);
        let sprawl = compactness::of_insertion(model, &route.visits, job);
        if !solution.fairness.matters() {
            return sprawl;
        }
        let kind = &model.kinds[route.kind];
        let (from, here, to) = (route.place_after(model, gap), model.place(job as Node), route.place_next(model, gap));
        let skipped = if route.is_empty() { 0 } else { model.seconds(kind, from, to) };
        let way = model.seconds(kind, from, here) + model.seconds(kind, here, to) - skipped;
        let seconds = way + model.stay(from, job as Node);
        let grams: i64 = model.loads(job).iter().map(|load| load.grams).sum();
        let rise = solution.fairness.rise(vehicle as usize, route, seconds, grams);
        sprawl.saturating_add(rise.saturating_add(self.fairest(solution, job)).max(0))
    }

    /// What a job is worth at most where it makes days more alike. It is counted as a price of all other places.
    fn fairest(&self, solution: &Solution, job: usize) -> i64 {
        if !solution.fairness.matters() {
            return 0;
        }
        let grams = self.model.loads(job).iter().map(|load| load.grams).sum();
        let data = &self.model.nodes[job];
        solution.fairness.most_saved(data.setup + data.service, grams)
    }

    /// Right after a locked beginning that ends with an unload, where no neighbour leads to.
    fn after_beginnings(&mut self, solution: &Solution, job: usize, places: &mut Places) {
        let model = self.model;
        if !model.locks.any {
            return;
        }
        for kind in model.kinds.iter().filter(|kind| kind.locked_rows() > 0) {
            let gap = kind.locked_rows();
            for &vehicle in &kind.members {
                let visits = &solution.routes[vehicle].visits;
                let led = |at: Option<usize>| at.and_then(|at| visits.get(at)).is_some_and(|&node| model.is_job(node));
                if visits.len() >= gap && !led(gap.checked_sub(1)) && !led(Some(gap)) {
                    self.consider(solution, job, vehicle as u32, gap, places);
                }
            }
        }
    }

    fn consider(&mut self, solution: &Solution, job: usize, vehicle: u32, gap: usize, places: &mut Places) {
        let model = self.model;
        let route = &solution.routes[vehicle as usize];
        let kind = &model.kinds[route.kind];
        if !kind.serves[job] || !route.board.has_day_for(model, kind, job) {
            return;
        }
        if model.locks.any && beginnings::forbids(model, solution, job, vehicle, gap) {
            return;
        }
        self.effort.places_tried += 1;
        // Where nothing is unloaded on the way no place on a full route helps.
        let grams: i64 = model.loads(job).iter().map(|load| load.grams).sum();
        if grams > solution.rooms[vehicle as usize] {
            return;
        }
        let fixed = if route.is_empty() { self.opening.fixed(model, kind, job) } else { 0 };
        let node = job as Node;
        // With an unload it would be dearer still.
        let hub = self.neighbours.around(model, kind, job);
        let Some(way) = detour_of(model, route, gap, node, &hub) else { return };
        let shared = self.shared(solution, vehicle, gap, job).saturating_add(kind.unpreferred(job));
        let least = way.saturating_add(shared);
        // Only a place that would be taken needs to be overlooked.
        if !places.welcome(least, fixed) || (self.params.blink > 0.0 && self.rng.random_bool(self.params.blink)) {
            return;
        }
        if fits_plain(model, solution, vehicle, gap, job) {
            if job_in_time_and_duration(model, route, gap, node, &hub) {
                let delta = least.saturating_add(lateness(model, route, gap, &[node]));
                if places.welcome(delta, fixed) {
                    places.keep(Candidate { delta: delta.saturating_add(fixed), vehicle, gap, unload: Unload::None });
                }
            }
            // A trip of its own may be worth it all the same, when its jobs are not released together.
            if !model.has_releases() {
                return;
            }
        }
        let unloadings = self.neighbours.unloadings.of(kind.profile, job);
        if unloadings.is_empty() {
            return;
        }
        let glance = Glance::new(model, self.neighbours, solution, (vehicle, gap), (node, &hub));
        let mut loadable = None;
        for unloading in unloadings {
            let chain = &unloading.chain;
            let n = chain.nodes().len();
            let fee: i64 = chain_outlets(model, chain).map(|outlet| model.gate_fees[outlet]).sum();
            if !places.welcome(least + fee + kind.price(0, unloading.work), fixed) {
                continue;
            }
            let promises = |places: &Places, least: Option<i64>| {
                least.is_some_and(|least| places.welcome(least + fee + shared, fixed))
            };
            let mut visits = [node; CHAIN_MAX + 2];
            visits[1..=n].copy_from_slice(chain.nodes());
            let offer = |places: &mut Places, unload: Unload, visits: &[Node], fits: &dyn Fn() -> bool| {
                let Some(way) = detour(model, route, gap, visits) else { return };
                let delta = way + fee + shared;
                if !places.welcome(delta, fixed) || !fits() || !in_time_and_duration(model, route, gap, visits) {
                    return;
                }
                let delta = delta.saturating_add(lateness(model, route, gap, visits));
                if places.welcome(delta, fixed) {
                    places.keep(Candidate { delta: delta.saturating_add(fixed), vehicle, gap, unload });
                }
            };
            if promises(places, glance.unloaded_after(unloading))
                && *loadable
                    .get_or_insert_with(|| route.board.takes(model, kind, gap, job, model.streams_of(job), None))
            {
                offer(places, Unload::After(*chain), &visits[..=n], &|| {
                    fits_before_unload(model, solution, vehicle, gap, job, chain)
                });
            }
            let accepted = chain_outlets(model, chain).fold(0, |set, outlet| set | model.accepts[outlet]);
            // With releases an unload is worth its while for the trip that it opens.
            if promises(places, glance.unloaded_before(unloading))
                && (route.board.present(gap) & accepted != 0 || model.has_releases())
            {
                offer(places, Unload::Before(*chain), &visits[1..n + 2], &|| {
                    fits_after_unload(model, solution, vehicle, gap, job, chain)
                });
            }
        }
    }
}
