//! Greedy insertion with blinks: each job goes to its cheapest place, alone or with a new unload before or after it.
//!
//! Source: Christiaens and Vanden Berghe (2020), Transportation Science 54(2), 417-433, extended with unloads.

use huilu_model::ReasonCode;
use rand::RngExt;

use super::board::bits;
use super::model::{FAR, Model, Node};
use super::neighbours::{CHAIN_MAX, Chain, Neighbours};
use super::params::Params;
use super::schedule::{Early, Late};
use super::solution::{NOWHERE, Solution};

/// How many of the cheapest places are kept, for when an exact look refuses the first.
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
}

pub(crate) struct Inserter<'m, 'a, R> {
    pub(crate) model: &'m Model<'a>,
    pub(crate) neighbours: &'m Neighbours,
    pub(crate) params: &'m Params,
    pub(crate) rng: &'m mut R,
    pub(crate) effort: &'m mut Effort,
}

impl<R: RngExt> Inserter<'_, '_, R> {
    /// Puts `job` at its cheapest place. `false` where none was found or none is worth its price of absence.
    /// `thorough`: where no place around its neighbours is left, all others are tried; otherwise only now and then.
    pub(crate) fn insert(&mut self, solution: &mut Solution, job: usize, thorough: bool) -> bool {
        let mut kept: Vec<Candidate> = Vec::with_capacity(KEPT + 1);
        if self.params.use_h3_neighbours {
            self.around_neighbours(solution, job, &mut kept);
            self.idle_vehicles(solution, job, &mut kept);
            if kept.is_empty() && (thorough || self.rng.random_bool(self.params.wide_chance)) {
                self.everywhere(solution, job, &mut kept);
            }
        } else {
            self.everywhere(solution, job, &mut kept);
            self.idle_vehicles(solution, job, &mut kept);
        }
        let placed = kept.iter().any(|candidate| {
            solution.replace(self.model, candidate.vehicle, |visits| candidate.splice(job as Node, visits))
        });
        self.effort.insertions += u64::from(placed);
        placed
    }

    fn around_neighbours(&mut self, solution: &Solution, job: usize, kept: &mut Vec<Candidate>) {
        let neighbours = self.neighbours;
        for &other in neighbours.of(job) {
            let vehicle = solution.route_of[other as usize];
            if vehicle != NOWHERE {
                let index = solution.index_of[other as usize] as usize;
                self.consider(solution, job, vehicle, index, kept);
                self.consider(solution, job, vehicle, index + 1, kept);
            }
        }
    }

    fn everywhere(&mut self, solution: &Solution, job: usize, kept: &mut Vec<Candidate>) {
        for vehicle in 0..solution.routes.len() {
            let visits = solution.routes[vehicle].visits.len();
            for gap in 0..=visits {
                if visits > 0 {
                    self.consider(solution, job, vehicle as u32, gap, kept);
                }
            }
        }
    }

    fn idle_vehicles(&mut self, solution: &Solution, job: usize, kept: &mut Vec<Candidate>) {
        for idle in &solution.idle {
            if let Some(&vehicle) = idle.last() {
                self.consider(solution, job, vehicle, 0, kept);
            }
        }
    }

    fn consider(&mut self, solution: &Solution, job: usize, vehicle: u32, gap: usize, kept: &mut Vec<Candidate>) {
        let model = self.model;
        let route = &solution.routes[vehicle as usize];
        let kind = &model.kinds[route.kind];
        if !kind.serves[job] || (self.params.blink > 0.0 && self.rng.random_bool(self.params.blink)) {
            return;
        }
        self.effort.places_tried += 1;
        let fixed = if route.is_empty() { kind.fixed } else { 0 };
        let node = job as Node;
        let bar = kept.get(KEPT - 1).map_or(i64::MAX, |last| last.delta);
        // With an unload it would be dearer still.
        let Some(least) = detour(model, solution, vehicle, gap, &[node]) else { return };
        if least > model.absence[job] || least.saturating_add(fixed) >= bar {
            return;
        }
        let mut offer = |unload: Unload, visits: &[Node], fee: i64, fits: &dyn Fn() -> bool| {
            let Some(delta) = detour(model, solution, vehicle, gap, visits) else { return };
            let delta = delta + fee;
            let bar = if kept.len() < KEPT { i64::MAX } else { kept[kept.len() - 1].delta };
            // The fixed cost of a vehicle is paid by all its jobs, not by the first alone.
            if delta > model.absence[job] || delta.saturating_add(fixed) >= bar {
                return;
            }
            if fits() && (!model.timed || in_time(model, solution, vehicle, gap, visits)) {
                let delta = delta.saturating_add(fixed);
                let at = kept.partition_point(|other| other.delta <= delta);
                kept.insert(at, Candidate { delta, vehicle, gap, unload });
                kept.truncate(KEPT);
            }
        };
        if fits_plain(model, solution, vehicle, gap, job) {
            offer(Unload::None, &[node], 0, &|| true);
            return;
        }
        for &chain in self.neighbours.chains(kind.profile, job) {
            let outlets = || chain_outlets(model, &chain);
            let fee: i64 = outlets().map(|outlet| model.gate_fees[outlet]).sum();
            let accepted = outlets().fold(0, |set, outlet| set | model.accepts[outlet]);
            let mut visits = [node; CHAIN_MAX + 2];
            visits[1..=chain.nodes().len()].copy_from_slice(chain.nodes());
            visits[chain.nodes().len() + 1] = node;
            let (after, before) = (&visits[..=chain.nodes().len()], &visits[1..chain.nodes().len() + 2]);
            offer(Unload::After(chain), after, fee, &|| fits_before_unload(model, solution, vehicle, gap, job, &chain));
            if route.board.present(gap) & accepted != 0 {
                offer(Unload::Before(chain), before, fee, &|| {
                    fits_after_unload(model, solution, vehicle, gap, job, &chain)
                });
            }
        }
    }
}

fn chain_outlets<'m>(model: &'m Model<'_>, chain: &'m Chain) -> impl Iterator<Item = usize> + 'm {
    chain.nodes().iter().filter_map(|&node| model.outlet(node))
}

/// Rise of the cost of driving and working when `visits` come in at `gap`; `None` where there is no way or the
/// vehicle cannot go that far.
fn detour(model: &Model<'_>, solution: &Solution, vehicle: u32, gap: usize, visits: &[Node]) -> Option<i64> {
    let route = &solution.routes[vehicle as usize];
    let kind = &model.kinds[route.kind];
    let (from, to) = (route.place_after(model, gap), route.place_next(model, gap));
    let (mut metres, mut seconds, mut place) = (0, 0, from);
    for &node in visits {
        let next = model.place(node);
        metres += model.metres(kind, place, next);
        if kind.per_second != 0 {
            seconds += model.seconds(kind, place, next) + model.stay(place, node);
        }
        place = next;
    }
    metres += model.metres(kind, place, to);
    if metres >= FAR {
        return None;
    }
    if !route.is_empty() {
        metres -= model.metres(kind, from, to);
    }
    if route.metres + metres > kind.metres_max {
        return None;
    }
    if kind.per_second != 0 {
        seconds += model.seconds(kind, place, to);
        if seconds >= FAR {
            return None;
        }
        if !route.is_empty() {
            seconds -= model.seconds(kind, from, to);
            if let Some(&next) = route.visits.get(gap) {
                seconds += model.stay(place, next) - model.stay(from, next);
            }
        }
    }
    Some(metres.saturating_mul(kind.per_metre).saturating_add(seconds.saturating_mul(kind.per_second)))
}

fn in_time(model: &Model<'_>, solution: &Solution, vehicle: u32, gap: usize, visits: &[Node]) -> bool {
    let route = &solution.routes[vehicle as usize];
    let kind = &model.kinds[route.kind];
    let mut early: Early = route.early[gap];
    let mut place = route.place_after(model, gap);
    for &node in visits {
        early = early.visit(model, kind, place, node);
        place = model.place(node);
    }
    match route.visits.get(gap) {
        Some(&next) => early.visit(model, kind, place, next).fits(route.late[gap + 1]),
        None => early.fits(Late::at_end(kind).before_end(model, kind, place)),
    }
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
    if detour(model, solution, vehicle, gap, &[job as Node]).is_none() {
        let kind = &model.kinds[route.kind];
        let (from, to, here) = (route.place_after(model, gap), route.place_next(model, gap), model.place(job as Node));
        let cut_off = model.metres(kind, from, here) >= FAR || model.metres(kind, here, to) >= FAR;
        return Some(if cut_off { ReasonCode::Unreachable } else { ReasonCode::MaxDistance });
    }
    if model.timed && !in_time(model, solution, vehicle, gap, &[job as Node]) {
        return Some(ReasonCode::TimeWindow);
    }
    (!fits_plain(model, solution, vehicle, gap, job)).then_some(ReasonCode::Capacity)
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
