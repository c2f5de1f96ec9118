//! What visits that come in at a gap of a route would do to it: the way, the time, the load. Looked at before the route is changed, in
//! constant time but for the unloads a load passes.

use huilu_model::ReasonCode;

use super::board::bits;
use super::legs::Hub;
use super::model::{FAR, Kind, Model, Node};
use super::route::Route;
use super::schedule::{Late, Term};
use super::solution::Solution;
use super::span::Spans;
use super::trip::early_after;
use super::unloadings::Chain;

pub(super) fn chain_outlets<'m>(model: &'m Model<'_>, chain: &'m Chain) -> impl Iterator<Item = usize> + 'm {
    chain.nodes().iter().filter_map(|&node| model.outlet(node))
}

/// Price of going from `from` to `to` by way of the job, whose ways are known: what [`detour`] says and the leg that is left out, or less
/// where that depends on other visits.
#[inline]
pub(crate) fn rise(
    model: &Model<'_>,
    kind: &Kind,
    (job, place): (usize, usize),
    (from, there): (usize, (i64, i64)),
    (to, back): (usize, (i64, i64)),
) -> i64 {
    if !kind.minds_time() {
        return kind.price(there.0 + back.0, 0);
    }
    if to == place {
        // The next visit may save its setup.
        return i64::MIN >> 2;
    }
    kind.price(there.0 + back.0, there.1 + back.1 + model.stay(from, job as Node))
}

/// Rise of the cost of driving and working when `visits` come in at `gap`; `None` where there is no way or the
/// vehicle cannot go that far.
pub(super) fn detour(model: &Model<'_>, route: &Route, gap: usize, visits: &[Node]) -> Option<i64> {
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
    if kind.minds_time() {
        seconds += model.seconds(kind, place, to);
    }
    longer_by(model, route, gap, place, (metres, seconds))
}

/// [`detour`] of one job, whose legs the hub has at hand.
#[inline]
pub(super) fn detour_of(model: &Model<'_>, route: &Route, gap: usize, job: Node, hub: &Hub<'_>) -> Option<i64> {
    let kind = &model.kinds[route.kind];
    let from = route.place_after(model, gap);
    let (there, back) = (hub.from(from), hub.to(route.place_next(model, gap)));
    let seconds = if kind.minds_time() { there.1 + back.1 + model.stay(from, job) } else { 0 };
    longer_by(model, route, gap, hub.place, (there.0 + back.0, seconds))
}

/// Rise of the cost where the leg after `gap` visits gives way to so many metres and seconds, the last of them from `place`.
#[inline]
fn longer_by(model: &Model<'_>, route: &Route, gap: usize, place: usize, way: (i64, i64)) -> Option<i64> {
    let kind = &model.kinds[route.kind];
    let (from, to) = (route.place_after(model, gap), route.place_next(model, gap));
    let (metres, mut seconds) = way;
    if metres >= FAR || seconds >= FAR {
        return None;
    }
    if kind.minds_time()
        && let Some(&next) = route.visits.get(gap)
    {
        seconds += model.stay(place, next) - model.stay(from, next);
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
pub(super) fn lateness(model: &Model<'_>, route: &Route, gap: usize, visits: &[Node]) -> i64 {
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

/// [`in_time`] for one job, whose legs the hub has at hand.
fn in_time_alone(model: &Model<'_>, route: &Route, gap: usize, job: Node, hub: &Hub<'_>) -> bool {
    if model.has_terms() {
        return in_time(model, route, gap, &[job]);
    }
    let (kind, from) = (&model.kinds[route.kind], route.place_after(model, gap));
    let early = route.early[gap].visit_after(model, kind, (from, hub.from(from).1), job, Term::NONE);
    match route.visits.get(gap) {
        Some(&next) => {
            let way = (hub.place, hub.to(model.place(next)).1);
            early.visit_after(model, kind, way, next, Term::NONE).fits(route.late[gap + 1])
        }
        None => early.fits(Late::at_end(kind).before_end(model, kind, hub.place)),
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

pub(super) fn in_time_and_duration(model: &Model<'_>, route: &Route, gap: usize, visits: &[Node]) -> bool {
    !model.timed || (in_time(model, route, gap, visits) && in_duration(model, route, gap, visits))
}

/// [`in_time_and_duration`] for one job, whose legs the hub has at hand.
pub(super) fn job_in_time_and_duration(model: &Model<'_>, route: &Route, gap: usize, job: Node, hub: &Hub<'_>) -> bool {
    !model.timed || (in_time_alone(model, route, gap, job, hub) && in_duration(model, route, gap, &[job]))
}

/// `false` only where the visits come too late for sure; what unloads and releases do to others a full evaluation has to tell.
pub(crate) fn may_be_in_time(model: &Model<'_>, route: &Route, gap: usize, visits: &[Node]) -> bool {
    !model.timed || model.has_terms() || in_time(model, route, gap, visits)
}

/// `false` only where what the job of `visits` loads does not fit for sure: at the fullest moment before it is unloaded, or where it is. What
/// new unloads change for others later on a full evaluation has to tell.
pub(crate) fn may_fit(model: &Model<'_>, solution: &Solution, vehicle: u32, gap: usize, visits: &[Node]) -> bool {
    let Some(at) = visits.iter().position(|&node| model.is_job(node)) else { return true };
    let (job, board) = (visits[at] as usize, &solution.routes[vehicle as usize].board);
    let (kind, aboard) = (&model.kinds[model.kind_of[vehicle as usize]], model.streams_of(job));
    if !board.has_day_for(model, kind, job) {
        return false;
    }
    if visits.len() == 1 {
        return fits_plain(model, solution, vehicle, gap, job);
    }
    let accepted = visits[..at].iter().filter_map(|&node| model.outlet(node)).fold(0, |set, o| set | model.accepts[o]);
    let emptied = (at > 0).then(|| (gap, board.present(gap) & accepted));
    // Unloaded right away, or where the next unload is.
    let peak = if at + 1 < visits.len() { gap } else { board.next_unload(gap) };
    if !board.takes(model, kind, peak, job, aboard, emptied) {
        return false;
    }
    match visits {
        // One unload brings its outlet no less than before, whatever comes later.
        &[_, unload] if at == 0 => model.outlet(unload).is_none_or(|outlet| {
            !model.limited[outlet] || room_for_job(model, solution, outlet, job, aboard & model.accepts[outlet])
        }),
        _ => true,
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
pub(super) fn fits_plain(model: &Model<'_>, solution: &Solution, vehicle: u32, gap: usize, job: usize) -> bool {
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
pub(super) fn fits_before_unload(
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
pub(super) fn fits_after_unload(
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

#[cfg(test)]
mod tests {
    use huilu_model::Instance;

    use super::*;
    use crate::routing::cases::{city, random};
    use crate::routing::tests::with_a_job_outside;

    /// In each gap of a random route, a job alone and a job with an unload on either side. Counts what is possible.
    fn compare(seeds: u64, day: impl Fn(u64) -> Instance) -> usize {
        let mut possible = 0;
        with_a_job_outside(seeds, day, |seed, model, solution, job| {
            let route = &solution.routes[0];
            if model.has_terms() || route.is_empty() {
                return;
            }
            let preference = model.kinds[route.kind].unpreferred(job as usize);
            let outlets = (0..model.accepts.len()).map(|outlet| model.outlet_node(outlet));
            let with_unload = outlets.flat_map(|outlet| [vec![job, outlet], vec![outlet, job]]);
            for new in std::iter::once(vec![job]).chain(with_unload) {
                for gap in 0..=route.visits.len() {
                    let mut longer = solution.clone();
                    if !longer.replace(model, 0, |own| drop(own.splice(gap..gap, new.clone()))) {
                        continue;
                    }
                    possible += 1;
                    let outlets = new.iter().filter_map(|&node| model.outlet(node));
                    let fees: i64 = outlets.map(|outlet| model.gate_fees[outlet]).sum();
                    let told = detour(model, route, gap, &new).map(|way| way + fees + preference);
                    let rise = longer.routes[0].floor - route.floor;
                    assert_eq!(told, Some(rise), "seed {seed} gap {gap}: {new:?} into {:?}", route.visits);
                }
            }
        });
        possible
    }

    /// But for waiting, late starts and overtime the rise of cost that an insertion is judged by is that of the full evaluation.
    #[test]
    fn the_rise_that_is_told_is_the_rise_that_comes() {
        let (plain, of_city) =
            (compare(8_000, |seed| random(seed, 6, 2, 2)), compare(12_000, |seed| city(seed, 6, 2, 2)));
        assert!(plain > 500 && of_city > 300, "{plain} and {of_city} possible: the cases are too poor");
    }
}
