//! Greedy insertion with blinks: each job goes to its cheapest place, alone or with a new unload before or after it.
//!
//! Source: Christiaens and Vanden Berghe (2020), Transportation Science 54(2), 417-433, extended with unloads.

use huilu_model::ReasonCode;
use rand::RngExt;

use super::beginnings;
use super::board::bits;
use super::legs::Hub;
use super::model::{FAR, Kind, Model, Node};
use super::neighbours::{CHAIN_MAX, Chain, Neighbours};
use super::opening::Opening;
use super::params::Params;
use super::route::Route;
use super::schedule::{Late, Term};
use super::solution::{NOWHERE, Solution};
use super::span::Spans;
use super::trip::early_after;
use crate::resources::compactness;

/// How many of the cheapest places are kept on a second look, after an exact evaluation has refused the first.
const KEPT: usize = 4;

/// A place for a job.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    /// Estimated rise of cost; exact but for waiting.
    delta: i64,
    vehicle: u32,
    /// Visits before it.
    gap: usize,
    unload: Unload,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unload {
    None,
    Before(Chain),
    After(Chain),
}

impl Candidate {
    fn splice(&self, job: Node, visits: &mut Vec<Node>) {
        match self.unload {
            Unload::None => visits.insert(self.gap, job),
            Unload::Before(chain) => {
                drop(visits.splice(self.gap..self.gap, chain.nodes().iter().copied().chain([job])))
            }
            Unload::After(chain) => {
                drop(visits.splice(self.gap..self.gap, [job].into_iter().chain(chain.nodes().iter().copied())));
            }
        }
    }
}

/// Counts kept over a whole search.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Effort {
    pub(crate) places_tried: u64,
    pub(crate) insertions: u64,
    pub(crate) routes_shed: u64,
}

/// The cheapest places found so far, at most `most` of them, none dearer than `ceiling`.
#[derive(Debug)]
struct Places {
    kept: Vec<Candidate>,
    most: usize,
    ceiling: i64,
    /// A place that costs more will not be kept.
    limit: i64,
}

impl Places {
    fn new(most: usize, ceiling: i64) -> Self {
        Self { kept: Vec::with_capacity(most + 1), most, ceiling, limit: ceiling }
    }

    /// A place at this cost, and `fixed` for a vehicle not yet used, would be kept. The fixed cost is paid by all the
    /// jobs of a vehicle, hence it is not held against the ceiling of one.
    #[inline]
    fn welcome(&self, delta: i64, fixed: i64) -> bool {
        delta <= self.ceiling
            && (self.kept.len() < self.most || delta.saturating_add(fixed) < self.kept[self.most - 1].delta)
    }

    fn keep(&mut self, candidate: Candidate) {
        let at = self.kept.partition_point(|other| other.delta <= candidate.delta);
        self.kept.insert(at, candidate);
        self.kept.truncate(self.most);
        if let Some(dearest) = self.kept.get(self.most - 1) {
            self.limit = self.ceiling.min(dearest.delta - 1);
        }
    }
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
        for (other, least) in neighbours.with_least(job) {
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
            if opens + service + hub.to(here).1 <= spot.starts
                && rise(model, kind, &hub, job, spot.before as usize, here) - spot.leg_in <= places.limit
            {
                self.consider(solution, job, spot.vehicle, index, places);
            }
            if spot.leaves + hub.from(here).1 <= closes
                && rise(model, kind, &hub, job, here, spot.after as usize) - spot.leg_out <= places.limit
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
        let fixed = if route.is_empty() { self.opening.fixed(model, kind, job) } else { 0 };
        let node = job as Node;
        // With an unload it would be dearer still.
        let Some(way) = detour(model, route, gap, &[node]) else { return };
        let shared = self.shared(solution, vehicle, gap, job).saturating_add(kind.unpreferred(job));
        let least = way.saturating_add(shared);
        // Only a place that would be taken needs to be overlooked.
        if !places.welcome(least, fixed) || (self.params.blink > 0.0 && self.rng.random_bool(self.params.blink)) {
            return;
        }
        if fits_plain(model, solution, vehicle, gap, job) {
            if in_time_and_duration(model, route, gap, &[node]) {
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
        let loadable = route.board.takes(model, kind, gap, job, model.streams_of(job), None);
        for chain in self.neighbours.chains(kind.profile, job) {
            let n = chain.nodes().len();
            let fee: i64 = chain_outlets(model, chain).map(|outlet| model.gate_fees[outlet]).sum();
            let work: i64 = chain.nodes().iter().map(|&outlet| model.nodes[outlet as usize].service).sum();
            // The way to an outlet comes on top.
            if !places.welcome(least + fee + kind.price(0, work), fixed) {
                continue;
            }
            let mut visits = [node; CHAIN_MAX + 2];
            visits[1..=n].copy_from_slice(chain.nodes());
            let mut offer = |unload: Unload, visits: &[Node], fits: &dyn Fn() -> bool| {
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
            if loadable {
                offer(Unload::After(*chain), &visits[..=n], &|| {
                    fits_before_unload(model, solution, vehicle, gap, job, chain)
                });
            }
            let accepted = chain_outlets(model, chain).fold(0, |set, outlet| set | model.accepts[outlet]);
            // With releases an unload is worth its while for the trip that it opens.
            if route.board.present(gap) & accepted != 0 || model.has_releases() {
                offer(Unload::Before(*chain), &visits[1..n + 2], &|| {
                    fits_after_unload(model, solution, vehicle, gap, job, chain)
                });
            }
        }
    }
}

fn chain_outlets<'m>(model: &'m Model<'_>, chain: &'m Chain) -> impl Iterator<Item = usize> + 'm {
    chain.nodes().iter().filter_map(|&node| model.outlet(node))
}

/// Price of going from `from` to `to` by way of the job: what [`detour`] says and the leg that is left out, or less where that
/// depends on other visits.
#[inline]
pub(crate) fn rise(model: &Model<'_>, kind: &Kind, hub: &Hub<'_>, job: usize, from: usize, to: usize) -> i64 {
    let (there, back) = (hub.from(from), hub.to(to));
    if !kind.minds_time() {
        return kind.price(there.0 + back.0, 0);
    }
    if to == hub.place {
        // The next visit may save its setup.
        return i64::MIN >> 2;
    }
    kind.price(there.0 + back.0, there.1 + back.1 + model.stay(from, job as Node))
}

/// Rise of the cost of driving and working when `visits` come in at `gap`; `None` where there is no way or the
/// vehicle cannot go that far.
fn detour(model: &Model<'_>, route: &Route, gap: usize, visits: &[Node]) -> Option<i64> {
    let kind = &model.kinds[route.kind];
    let (from, to) = (route.place_after(model, gap), route.place_next(model, gap));
    let (mut metres, mut seconds, mut place) = (0, 0, from);
    for &node in visits {
        let next = model.place(node);
        metres += model.metres(kind, place, next);
        if kind.minds_time() {
            seconds += model.seconds(kind, place, next) + model.stay(place, node);
        }
        place = next;
    }
    metres += model.metres(kind, place, to);
    if metres >= FAR {
        return None;
    }
    if kind.minds_time() {
        seconds += model.seconds(kind, place, to);
        if seconds >= FAR {
            return None;
        }
        if let Some(&next) = route.visits.get(gap) {
            seconds += model.stay(place, next) - model.stay(from, next);
        }
    }
    let left_out = if route.is_empty() { 0 } else { route.legs[gap] };
    let reaches = kind.metres_max >= FAR - 1 || {
        let leg = if route.is_empty() { 0 } else { model.metres(kind, from, to) };
        route.metres + metres - leg <= kind.metres_max
    };
    // Waiting comes on top: that is for the full evaluation to see.
    let in_a_day = kind.duration_max >= FAR || {
        let leg = if route.is_empty() { 0 } else { model.seconds(kind, from, to) };
        route.busy + seconds - leg <= kind.duration_max
    };
    (reaches && in_a_day).then(|| kind.price(metres, seconds) - left_out)
}

/// What the new visits cost at least for starting late; what they make later is for the full evaluation to see.
fn lateness(model: &Model<'_>, route: &Route, gap: usize, visits: &[Node]) -> i64 {
    let Some(at) = visits.iter().position(|&node| !model.late.of(node as usize).is_empty()) else { return 0 };
    let from = at.checked_sub(1).map_or_else(|| route.place_after(model, gap), |before| model.place(visits[before]));
    let leaves = early_after(model, route, gap, &visits[..=at]).soonest();
    model.lateness_at_least(visits[at], leaves - model.stay(from, visits[at]))
}

fn in_time(model: &Model<'_>, route: &Route, gap: usize, visits: &[Node]) -> bool {
    let kind = &model.kinds[route.kind];
    let early = early_after(model, route, gap, visits);
    let place = visits.last().map_or_else(|| route.place_after(model, gap), |&node| model.place(node));
    let term = route.terms.get(gap + 1).copied().unwrap_or(Term::NONE);
    match route.visits.get(gap) {
        Some(&next) => early.visit(model, kind, place, next, term).fits(route.late[gap + 1]),
        None => early.fits(Late::at_end(kind).before_end(model, kind, place)),
    }
}

/// For visits that are [`in_time`]: the route need not take too long, waiting included. Where that takes more than a glance it
/// is left to the draft.
fn in_duration(model: &Model<'_>, route: &Route, gap: usize, visits: &[Node]) -> bool {
    let kind = &model.kinds[route.kind];
    kind.duration_max >= FAR || !Spans::apply(model, kind) || {
        let ends = (route.place_after(model, gap), route.place_next(model, gap));
        route.spans.with(model, kind, gap, visits, ends) <= kind.duration_max
    }
}

fn in_time_and_duration(model: &Model<'_>, route: &Route, gap: usize, visits: &[Node]) -> bool {
    !model.timed || (in_time(model, route, gap, visits) && in_duration(model, route, gap, visits))
}

/// `false` only where the visits come too late for sure; what unloads and releases do to others a full evaluation has to tell.
pub(crate) fn may_be_in_time(model: &Model<'_>, route: &Route, gap: usize, visits: &[Node]) -> bool {
    !model.timed || model.has_terms() || in_time(model, route, gap, visits)
}

/// Why the job cannot stand at `gap` of a route as it is; `None` where it can (whatever it costs).
pub(crate) fn refusal(
    model: &Model<'_>,
    solution: &Solution,
    vehicle: u32,
    gap: usize,
    job: usize,
) -> Option<ReasonCode> {
    let route = &solution.routes[vehicle as usize];
    if detour(model, route, gap, &[job as Node]).is_none() {
        let kind = &model.kinds[route.kind];
        let (from, to, here) = (route.place_after(model, gap), route.place_next(model, gap), model.place(job as Node));
        let cut_off = model.metres(kind, from, here) >= FAR || model.metres(kind, here, to) >= FAR;
        let limit = if kind.metres_max < FAR - 1 { ReasonCode::MaxDistance } else { ReasonCode::ShiftEnd };
        return Some(if cut_off { ReasonCode::Unreachable } else { limit });
    }
    if model.timed && !in_time(model, route, gap, &[job as Node]) {
        return Some(ReasonCode::TimeWindow);
    }
    if model.timed && !in_duration(model, route, gap, &[job as Node]) {
        return Some(ReasonCode::ShiftEnd);
    }
    let kind = &model.kinds[route.kind];
    let fits = route.board.has_day_for(model, kind, job) && fits_plain(model, solution, vehicle, gap, job);
    (!fits).then_some(ReasonCode::Capacity)
}

/// The load fits at every peak until it is unloaded, and what unloads it has room.
fn fits_plain(model: &Model<'_>, solution: &Solution, vehicle: u32, gap: usize, job: usize) -> bool {
    fits_until_unloaded(model, solution, vehicle, gap, job, model.streams_of(job), None)
}

fn fits_until_unloaded(
    model: &Model<'_>,
    solution: &Solution,
    vehicle: u32,
    gap: usize,
    job: usize,
    mut aboard: u32,
    mut emptied: Option<(usize, u32)>,
) -> bool {
    let route = &solution.routes[vehicle as usize];
    let kind = &model.kinds[route.kind];
    let mut row = gap;
    while aboard != 0 {
        let peak = route.board.next_unload(row);
        if !route.board.takes(model, kind, peak, job, aboard, emptied.take()) {
            return false;
        }
        let Some(outlet) = route.visits.get(peak).and_then(|&node| model.outlet(node)) else {
            return !kind.end_empty;
        };
        let leaving = aboard & model.accepts[outlet];
        if model.limited[outlet] && !room_for_job(model, solution, outlet, job, leaving) {
            return false;
        }
        aboard &= !leaving;
        row = peak + 1;
    }
    true
}

fn room_for_job(model: &Model<'_>, solution: &Solution, outlet: usize, job: usize, streams: u32) -> bool {
    let leaving = model.loads(job).iter().filter(|load| streams >> load.stream & 1 == 1);
    leaving.into_iter().all(|load| solution.room_for(model, outlet, load.stream, load.grams, load.litres))
}

/// Job, then new unloads, at `gap`; what they do not take stays on board. Later peaks only fall.
fn fits_before_unload(
    model: &Model<'_>,
    solution: &Solution,
    vehicle: u32,
    gap: usize,
    job: usize,
    chain: &Chain,
) -> bool {
    let route = &solution.routes[vehicle as usize];
    let mut aboard = model.streams_of(job);
    let fits = route.board.takes(model, &model.kinds[route.kind], gap, job, aboard, None)
        && chain_outlets(model, chain).all(|outlet| {
            let leaving = aboard & model.accepts[outlet];
            aboard &= !leaving;
            !model.limited[outlet] || room_for_job(model, solution, outlet, job, leaving)
        });
    fits && fits_until_unloaded(model, solution, vehicle, gap, job, aboard, None)
}

/// New unloads, then the job, at `gap`.
fn fits_after_unload(
    model: &Model<'_>,
    solution: &Solution,
    vehicle: u32,
    gap: usize,
    job: usize,
    chain: &Chain,
) -> bool {
    let board = &solution.routes[vehicle as usize].board;
    let mut taken = 0;
    let room = chain_outlets(model, chain).all(|outlet| {
        let leaving = board.present(gap) & model.accepts[outlet] & !taken;
        taken |= leaving;
        !model.limited[outlet]
            || bits(leaving).all(|stream| {
                let (grams, litres) = board.held(model, gap, stream);
                solution.room_for(model, outlet, stream, grams, litres)
            })
    });
    room && fits_until_unloaded(model, solution, vehicle, gap, job, model.streams_of(job), Some((gap, taken)))
}
