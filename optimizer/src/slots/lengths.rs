//! How long a route takes at least once visits have come in, in time that does not grow with the route: the pieces before and after the gap
//! are prepared once, and joined with what comes in. A break makes several pieces of each, one for each place that it can have.
//!
//! Exact where every visit has one window and nothing but windows, the shift and the break holds it up, as on most days; elsewhere less than
//! the truth: several windows count as the one around them, and prices of lateness, queues, releases and weight as nothing.
//!
//! Sources: Savelsbergh (1992), ORSA Journal on Computing 4(2), 146-154 (forward slack); Vidal, Crainic, Gendreau and Prins (2013),
//! Computers & Operations Research 40(1), 475-489 (joined pieces); there without breaks.

use std::ops::Range;

use crate::resources::model::{FAR, Kind, Model, Node, Pause};
use crate::routing::route::Route;
use crate::routing::span::Span;

/// What comes in between two visits of a route.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block<'b> {
    pub(super) gap: usize,
    pub(super) visits: &'b [Node],
    /// Seconds to drive to the first visit, and from the last.
    pub(super) into: i64,
    pub(super) out: i64,
}

/// The rest of a route from the visit after a gap on.
#[derive(Clone, Debug, Default)]
struct Tail {
    /// Without a break.
    free: Option<Span>,
    /// For who has not had the break yet: it comes later, or the route ends before it is due.
    open: Range<usize>,
}

#[derive(Clone, Debug, Default)]
struct Gap {
    /// From the start to the visit before the gap, the break not yet taken.
    open: Option<Span>,
    /// The same where no break is due any more.
    free: Range<usize>,
    /// By whether the next visit has to be set up.
    tails: [Tail; 2],
    /// When it can be reached at the earliest, and the visit after it has to be begun at the latest, whatever the break.
    hours: (i64, i64),
    /// Of the whole route, whatever comes in, by whether the next visit is set up then.
    floors: [Floor; 2],
}

/// What a route with something in the gap takes at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Floor {
    /// Without the gap: what is waited elsewhere stays.
    busy: i64,
    /// From the last departure to the first return.
    apart: i64,
}

impl Default for Floor {
    fn default() -> Self {
        Self { busy: FAR, apart: FAR }
    }
}

/// The pieces of one route.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lengths {
    /// Visits that are frozen, before which nothing comes in.
    frozen: usize,
    /// By gap, from that after the frozen visits on.
    gaps: Vec<Gap>,
    pieces: Vec<Span>,
}

impl Lengths {
    pub(crate) fn new(model: &Model<'_>, route: &Route) -> Self {
        let frozen = model.kinds[route.kind].pin().map_or(0, |pin| pin.visits.len());
        if frozen > route.visits.len() {
            return Self::default();
        }
        let gaps = vec![Gap::default(); route.visits.len() + 1 - frozen];
        let mut lengths = Self { frozen, gaps, pieces: Vec::new() };
        lengths.fill_heads(model, route);
        lengths.fill_tails(model, route);
        lengths.fill_floors(model.kinds[route.kind].pause);
        lengths
    }

    fn fill_heads(&mut self, model: &Model<'_>, route: &Route) {
        let kind = &model.kinds[route.kind];
        let (mut open, mut free) = beginnings(kind);
        for gap in self.frozen..=route.visits.len() {
            if gap > self.frozen {
                let from = route.place_after(model, gap - 1);
                let (drive, own) =
                    (drive(model, kind, from, route.visits[gap - 1]), at(model, kind, from, route.visits[gap - 1]));
                let visit = |head: Span| own.and_then(|own| head.then(drive, own));
                open = open.and_then(visit);
                free = free.into_iter().filter_map(visit).collect();
            }
            let rested = open.zip(kind.pause).and_then(|(head, pause)| head.then(0, rest(pause)));
            rested.into_iter().for_each(|rested| keep(&mut free, rested));
            let kept = self.store(&free);
            let own = &mut self.gaps[gap - self.frozen];
            (own.open, own.free) = (open, kept);
        }
    }

    fn fill_tails(&mut self, model: &Model<'_>, route: &Route) {
        let (kind, n) = (&model.kinds[route.kind], route.visits.len());
        let end = |closes: i64| Some(Span { duration: 0, earliest: kind.opens, latest: closes });
        let short = kind.pause.and_then(|pause| end(kind.closes.min(pause.closes)));
        let (mut free, mut open) = (end(kind.closes), Vec::from_iter(short));
        let tail = Tail { free, open: self.store(&open) };
        self.gaps[n - self.frozen].tails = [tail.clone(), tail];
        for row in (self.frozen..n).rev() {
            let (node, from) = (route.visits[row], route.place_after(model, row));
            let leg = route.visits.get(row + 1).map_or_else(
                || model.seconds(kind, model.place(node), kind.end),
                |&next| drive(model, kind, model.place(node), next),
            );
            let sets_up = [model.place(node), usize::MAX];
            let tails = sets_up.map(|from| {
                let own = at(model, kind, from, node);
                let mut all = Vec::new();
                if let Some(own) = own {
                    open.iter().filter_map(|&tail| own.then(leg, tail)).for_each(|tail| keep(&mut all, tail));
                    let rested =
                        kind.pause.zip(free).and_then(|(pause, free)| own.then(0, rest(pause))?.then(leg, free));
                    rested.into_iter().for_each(|tail| keep(&mut all, tail));
                }
                (own.zip(free).and_then(|(own, free)| own.then(leg, free)), all)
            });
            let stored = tails.clone().map(|(free, open)| Tail { free, open: self.store(&open) });
            self.gaps[row - self.frozen].tails = stored;
            let [without, with] = tails;
            (free, open) = if from == model.place(node) { without } else { with };
        }
    }

    fn store(&mut self, pieces: &[Span]) -> Range<usize> {
        let from = self.pieces.len();
        self.pieces.extend_from_slice(pieces);
        from..self.pieces.len()
    }

    /// Seconds that the route takes at least with the block; `None` where it cannot keep its hours then.
    pub(super) fn with(&self, model: &Model<'_>, route: &Route, block: &Block<'_>) -> Option<i64> {
        let kind = &model.kinds[route.kind];
        let gap = self.gaps.get(block.gap.checked_sub(self.frozen)?)?;
        let from = route.place_after(model, block.gap);
        let last = block.visits.last().map_or(from, |&node| model.place(node));
        let tail = &gap.tails[usize::from(sets_up(model, route, block.gap, last))];
        let mut least: Option<i64> = None;
        let mut note = |whole: Option<Span>| {
            if let Some(whole) = whole {
                least = Some(least.map_or(whole.duration, |least| least.min(whole.duration)));
            }
        };
        let through = passage(model, kind, from, block.visits, None)?;
        if let Some(rest) = tail.free.and_then(|tail| through.then(block.out, tail)) {
            self.pieces[gap.free.clone()].iter().for_each(|head| note(head.then(block.into, rest)));
        }
        let Some(open) = gap.open else { return least };
        if let Some(head) = open.then(block.into, through) {
            self.pieces[tail.open.clone()].iter().for_each(|&tail| note(head.then(block.out, tail)));
        }
        if let Some(free) = tail.free {
            for row in 1..=block.visits.len() {
                let through = passage(model, kind, from, block.visits, Some(row));
                note(through.and_then(|through| open.then(block.into, through)?.then(block.out, free)));
            }
        }
        least
    }

    fn fill_floors(&mut self, pause: Option<Pause>) {
        let pieces = &self.pieces;
        let end = |piece: &Span| piece.earliest + piece.duration;
        for gap in &mut self.gaps {
            let heads = || pieces[gap.free.clone()].iter().chain(&gap.open);
            let tails = gap.tails.iter().flat_map(|tail| pieces[tail.open.clone()].iter().chain(&tail.free));
            let soonest = heads().map(end).min().unwrap_or(FAR);
            gap.hours = (soonest, tails.map(|tail| tail.latest).max().unwrap_or(-FAR));
            let least = |pieces: &[Span]| pieces.iter().map(|piece| piece.duration).min().unwrap_or(FAR);
            let departs = heads().map(|head| head.latest).max().unwrap_or(-FAR);
            let open = gap.open.map_or(FAR, |head| head.duration);
            gap.floors = std::array::from_fn(|set_up| {
                let tail = &gap.tails[set_up];
                let free = tail.free.map_or(FAR, |tail| tail.duration);
                let (rested, resting) =
                    (least(&pieces[gap.free.clone()]) + free, open + least(&pieces[tail.open.clone()]));
                let within = pause.map_or(FAR, |pause| open + pause.duration + free);
                let returns = pieces[tail.open.clone()].iter().chain(&tail.free).map(end).min().unwrap_or(FAR);
                Floor { busy: rested.min(resting).min(within), apart: returns - departs }
            });
        }
    }

    /// Seconds that the route takes at least where so many pass from the visit before the gap to the one after it, in whatever hours.
    pub(super) fn floor(&self, gap: usize, sets_up: bool, between: i64) -> i64 {
        let own = gap.checked_sub(self.frozen).and_then(|row| self.gaps.get(row));
        own.map_or(FAR, |gap| {
            let floor = gap.floors[usize::from(sets_up)];
            (floor.busy + between).max(floor.apart)
        })
    }

    /// `false` where a visit with this window comes too late or too early at the gap, however near it is.
    pub(super) fn may_meet(&self, gap: usize, window: (i64, i64)) -> bool {
        let own = gap.checked_sub(self.frozen).and_then(|row| self.gaps.get(row));
        own.is_some_and(|gap| gap.hours.0 <= window.1 && window.0 <= gap.hours.1)
    }

    /// The same of all gaps: `false` where it comes too late or too early at each of them.
    pub(super) fn may_ever_meet(&self, window: (i64, i64)) -> bool {
        self.gaps.iter().any(|gap| gap.hours.0 <= window.1 && window.0 <= gap.hours.1)
    }
}

/// What a route begins with, the break not yet taken, or none due.
fn beginnings(kind: &Kind) -> (Option<Span>, Vec<Span>) {
    if let Some(pin) = kind.pin() {
        // Under way: how it came here does not change. Releases may be earlier than they were.
        let here = pin.early(kind, -FAR);
        let begun = |moment: i64| {
            let span = Span { duration: moment - pin.departure, earliest: pin.departure, latest: pin.departure };
            (moment < FAR).then_some(span)
        };
        return (begun(here.open), [begun(here.rested), begun(here.after)].into_iter().flatten().collect());
    }
    let start =
        |opens: i64| (opens <= kind.closes).then_some(Span { duration: 0, earliest: opens, latest: kind.closes });
    match kind.pause {
        None => (None, Vec::from_iter(start(kind.opens))),
        Some(pause) => (start(kind.opens), Vec::from_iter(start(kind.opens.max(pause.closes + 1)))),
    }
}

/// Whether the visit after the gap is set up by who comes from this place.
pub(super) fn sets_up(model: &Model<'_>, route: &Route, gap: usize, from: usize) -> bool {
    route.visits.get(gap).is_some_and(|&next| model.place(next) != from)
}

fn rest(pause: Pause) -> Span {
    Span { duration: pause.duration, earliest: pause.opens, latest: pause.closes }
}

fn drive(model: &Model<'_>, kind: &Kind, from: usize, node: Node) -> i64 {
    model.seconds(kind, from, model.place(node))
}

/// A visit that is come to from this place; `None` where it has no window.
fn at(model: &Model<'_>, kind: &Kind, from: usize, node: Node) -> Option<Span> {
    let windows = model.windows_of(kind, node);
    let (first, last) = (windows.first()?, windows.last()?);
    Some(Span { duration: model.stay(from, node), earliest: first.0, latest: last.1 })
}

/// Visits from the start of the first to the end of the last, the break after so many of them.
fn passage(model: &Model<'_>, kind: &Kind, from: usize, visits: &[Node], rest_after: Option<usize>) -> Option<Span> {
    let (mut through, mut place): (Option<Span>, usize) = (None, from);
    for (row, &node) in visits.iter().enumerate() {
        let own = at(model, kind, place, node)?;
        let met = through.map_or(Some(own), |through| through.then(drive(model, kind, place, node), own))?;
        through = match kind.pause.filter(|_| rest_after == Some(row + 1)) {
            Some(pause) => Some(met.then(0, rest(pause))?),
            None => Some(met),
        };
        place = model.place(node);
    }
    through
}

/// Adds a piece to those beside which none is always as good.
fn keep(pieces: &mut Vec<Span>, new: Span) {
    let ends = |piece: &Span| piece.duration + piece.earliest;
    let covers = |one: &Span, other: &Span| {
        one.latest >= other.latest && one.duration <= other.duration && ends(one) <= ends(other)
    };
    if !pieces.iter().any(|known| covers(known, &new)) {
        pieces.retain(|known| !covers(&new, known));
        pieces.push(new);
    }
}

#[cfg(test)]
mod tests {
    use huilu_model::{Instance, Seconds};

    use super::*;
    use crate::routing::cases::{city, one_way, random};
    use crate::routing::schedule::Course;

    /// One window each, and no prices or rules of time beside the shift and the break.
    fn plain(seed: u64) -> Instance {
        let mut parts = (*if seed.is_multiple_of(2) { random(seed, 6, 2, 2) } else { one_way(seed, 6, 2, 2) }).clone();
        for (k, job) in parts.jobs.iter_mut().enumerate() {
            job.windows.truncate(1);
            (job.setup, job.release) = (Seconds(seed as i64 % 4), None);
            job.place = if k % 3 == 2 { 1 } else { job.place };
        }
        parts.outlets.iter_mut().for_each(|outlet| outlet.windows.truncate(1));
        parts.vehicles.iter_mut().for_each(|vehicle| vehicle.cost_per_second.0 += 1);
        Instance::new(parts).expect("one window is as valid as two")
    }

    /// Seconds by the schedule itself and at least, for blocks of one and two visits in every gap of routes of three.
    fn compared(instance: &Instance, mut each: impl FnMut(Option<i64>, Option<i64>, bool)) {
        let model = Model::new(instance);
        let n = model.nodes.len() as Node;
        for (kind, code) in
            (0..model.kinds.len()).flat_map(|kind| (0..n * n * n).step_by(7).map(move |code| (kind, code)))
        {
            let mut route = Route::new(kind);
            route.visits = vec![code % n, code / n % n, code / n / n];
            let kind = &model.kinds[kind];
            let exact = |visits: &[Node]| Course { model: &model, kind, visits, terms: &[], drives: &[] }.best_timing();
            if exact(&route.visits).is_none() {
                continue;
            }
            let lengths = Lengths::new(&model, &route);
            for (gap, first) in (0..=3).flat_map(|gap| (0..n).map(move |first| (gap, first))) {
                for visits in [vec![first], vec![first, (first + code) % n]] {
                    let last = model.place(visits[visits.len() - 1]);
                    let into = model.seconds(kind, route.place_after(&model, gap), model.place(first));
                    let out = model.seconds(kind, last, route.place_next(&model, gap));
                    let least = lengths.with(&model, &route, &Block { gap, visits: &visits, into, out });
                    let stays = model.stay(route.place_after(&model, gap), first)
                        + visits.get(1).map_or(0, |&second| {
                            model.seconds(kind, model.place(first), last) + model.stay(model.place(first), second)
                        });
                    let set_up = sets_up(&model, &route, gap, last);
                    let floor = lengths.floor(gap, set_up, into + stays + out);
                    assert!(least.is_none_or(|least| floor <= least), "{visits:?} at {gap} of {:?}", route.visits);
                    let mut longer = route.visits.clone();
                    longer.splice(gap..gap, visits.iter().copied());
                    let timing = exact(&longer);
                    let rests = timing.is_some_and(|timing| timing.with_break);
                    for node in visits.iter().filter(|&&node| least.is_some() && model.is_job(node)) {
                        let window = model.windows_of(kind, *node);
                        assert!(
                            lengths.may_meet(gap, (window[0].0, window[window.len() - 1].1)),
                            "{longer:?} at {gap}"
                        );
                    }
                    each(timing.map(|timing| timing.duration()), least, rests);
                }
            }
        }
    }

    #[test]
    fn the_least_duration_is_that_of_the_exact_schedule_where_only_windows_and_breaks_count() {
        let (mut possible, mut impossible, mut rested) = (0, 0, 0);
        for seed in 0..60 {
            compared(&plain(seed), |exact, least, rests| {
                assert_eq!(least, exact, "seed {seed}");
                if exact.is_some() {
                    possible += 1
                } else {
                    impossible += 1
                }
                rested += usize::from(rests);
            });
        }
        assert!(
            possible > 3_000 && impossible > 3_000 && rested > 1_000,
            "{possible}, {impossible}, {rested} with a break"
        );
    }

    #[test]
    fn elsewhere_it_is_no_more_than_the_truth() {
        let (mut possible, mut shorter) = (0, 0);
        for seed in 0..90 {
            compared(&city(seed, 6, 2, 2), |exact, least, _| {
                let Some(exact) = exact else { return };
                assert!(least.is_some_and(|least| least <= exact), "seed {seed}: {least:?} of {exact}");
                possible += 1;
                shorter += usize::from(least < Some(exact));
            });
        }
        assert!(possible > 3_000 && shorter > 100, "{possible} possible, {shorter} shorter");
    }
}
