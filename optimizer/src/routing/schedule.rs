//! When a sequence of visits happens: the departure, and the moments that follow from it. What a visit does to time is said in
//! `resources::time`; an insertion is tested by extending the forward state over the new visits and comparing it with the
//! backward one: O(1). Loads and money are not known here.

use super::locks::Pin;
use super::model::{FAR, Kind, Model, Node};
pub(crate) use super::time::{Early, Late, Term, Terms};

#[inline]
pub(super) fn term(terms: &Terms, row: usize) -> Term {
    terms.get(row).copied().unwrap_or(Term::NONE)
}

/// The visits of a vehicle with all that decides when they can happen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course<'c> {
    pub(crate) model: &'c Model<'c>,
    pub(crate) kind: &'c Kind,
    pub(crate) visits: &'c [Node],
    pub(crate) terms: &'c Terms,
    /// Seconds of driving from each row to the next, where they are known: a schedule asks for them many times over, and legs that follow from
    /// coordinates are dear.
    pub(crate) drives: &'c [i64],
}

/// A departure and what it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timing {
    pub(crate) departure: i64,
    pub(crate) finish: i64,
    pub(crate) with_break: bool,
    /// Visits before the break, where it matters.
    pub(crate) row: Option<usize>,
    /// Price of late starts and overtime.
    pub(crate) extra: i64,
}

impl Timing {
    pub(crate) fn duration(&self) -> i64 {
        self.finish - self.departure
    }
}

impl Course<'_> {
    fn place_before(&self, row: usize) -> usize {
        if row == 0 { self.kind.start } else { self.model.place(self.visits[row - 1]) }
    }

    /// From row `row` to the next, or to the end.
    #[inline]
    pub(super) fn drive(&self, row: usize) -> i64 {
        self.drives.get(row).copied().unwrap_or_else(|| {
            let next = self.visits.get(row).map_or(self.kind.end, |&node| self.model.place(node));
            self.model.seconds(self.kind, self.place_before(row), next)
        })
    }

    fn forward(&self, from: Early) -> Early {
        self.forward_after(0, from)
    }

    /// From the state after the first `row` visits to the end.
    fn forward_after(&self, row: usize, from: Early) -> Early {
        let mut early = from;
        for (row, &node) in self.visits.iter().enumerate().skip(row) {
            let way = (self.place_before(row), self.drive(row));
            early = early.visit_after(self.model, self.kind, way, node, term(self.terms, row + 1));
        }
        early.finish_after(self.kind, self.drive(self.visits.len()))
    }

    fn backward(&self, deadline: i64) -> Late {
        let n = self.visits.len();
        let mut late = Late::by(self.kind, deadline).before_way_home(self.kind, self.drive(n));
        for (row, &node) in self.visits.iter().enumerate().rev() {
            let way = (self.place_before(row), self.drive(row));
            late = late.before_way(self.model, self.kind, way, node, term(self.terms, row + 1));
        }
        late
    }

    /// The schedule of least price, which is that of least duration (and the earliest among those) but where late starts, overtime
    /// or queues want another; `None` where there is none.
    pub(crate) fn best_timing(&self) -> Option<Timing> {
        self.best_timing_below(i64::MAX)
    }

    /// The same if it costs less than `ceiling`.
    pub(crate) fn best_timing_below(&self, ceiling: i64) -> Option<Timing> {
        let below = |timing: &Timing| self.price_of(timing) < ceiling;
        if let Some(pin) = self.kind.pin() {
            let timing = self.timing_after(pin)?;
            return Some(Timing { extra: self.extra(timing), ..timing }).filter(below);
        }
        if self.queues() {
            return self.cheapest(ceiling);
        }
        // With what it costs besides it is no cheaper, and no other is shorter.
        let shortest = self.shortest().filter(below)?;
        if self.extra(shortest) == 0 { Some(shortest) } else { self.cheapest(ceiling) }
    }

    pub(super) fn price_of(&self, timing: &Timing) -> i64 {
        self.kind.per_second.saturating_mul(timing.duration()).saturating_add(timing.extra)
    }

    /// Late starts and overtime of a schedule.
    fn extra(&self, timing: Timing) -> i64 {
        let late = |node: Node| !self.model.late.of(node as usize).is_empty();
        let mut extra = self.kind.overtime(timing.finish);
        if !self.model.late.is_empty() && self.visits.iter().any(|&node| late(node)) {
            let (moments, _) = self.moments(timing);
            extra +=
                self.visits.iter().zip(moments).map(|(&node, at)| self.model.lateness(node, at.start)).sum::<i64>();
        }
        extra
    }

    /// Some visit may have to queue.
    fn queues(&self) -> bool {
        let busy = |node: Node| self.model.outlet(node).is_some_and(|at| !self.model.queues.of(at).is_empty());
        !self.model.queues.is_empty() && self.visits.iter().any(|&node| busy(node))
    }

    fn shortest(&self) -> Option<Timing> {
        let (opens, closes) = (self.kind.opens.max(term(self.terms, 0).ready), self.kind.closes);
        let Some(pause) = self.kind.pause else { return self.best_departure(opens, closes, false) };
        let short = self.best_departure(opens, closes.min(pause.closes), false);
        let after = self.best_departure(opens.max(pause.closes + 1), closes, false);
        let rested = self.best_departure(opens, closes, true);
        [short, rested, after].into_iter().flatten().min_by_key(|t| (t.duration(), t.departure))
    }

    /// The departure is frozen: the earliest return is the shortest route.
    fn timing_after(&self, pin: &Pin) -> Option<Timing> {
        let (kind, from) = (self.kind, pin.visits.len());
        let end = self.forward_after(from, pin.early(kind, term(self.terms, from).ready));
        let short = kind.pause.map_or(FAR, |pause| if end.open <= pause.closes { end.open } else { FAR });
        let finish = end.rested.min(end.after).min(short);
        // A break inside the frozen part is one as well.
        let with_break = kind.pause.is_some() && finish == end.rested;
        (finish <= kind.closes).then_some(Timing { departure: pin.departure, finish, with_break, row: None, extra: 0 })
    }

    /// The least duration among departures from `opens` on and finishes until `closes`.
    ///
    /// `finish(departure)` only ever rises; its flat pieces end where a visit reaches the end of a window. So: take the
    /// earliest finish, leave as late as it allows, and where waiting remains look beyond the window that holds it.
    fn best_departure(&self, opens: i64, closes: i64, with_break: bool) -> Option<Timing> {
        let never = Early { open: FAR, rested: FAR, after: FAR };
        let finish_from = |t: i64| {
            if with_break {
                self.forward(Early { open: t, ..never }).rested
            } else {
                // Without a pause the `rested` state is the only one kept, with one `after` never rests.
                let bare = self.kind.pause.is_none();
                let end = self.forward(if bare { Early { rested: t, ..never } } else { Early { after: t, ..never } });
                end.rested.min(end.after)
            }
        };
        let any_will_do = !self.kind.minds_time();
        let mut departure = opens;
        let mut best: Option<Timing> = None;
        let windows = self.visits.iter().map(|&node| self.model.windows_of(self.kind, node).len()).sum::<usize>() + 2;
        for _ in 0..windows {
            let finish = finish_from(departure);
            if finish > closes || finish >= FAR {
                break;
            }
            let late = self.backward(finish);
            let latest = if with_break { late.due } else { late.free };
            let timing = Timing { departure: latest.max(departure), finish, with_break, row: None, extra: 0 };
            if best.is_none_or(|b| timing.duration() < b.duration()) {
                best = Some(timing);
            }
            if any_will_do || timing.duration() <= self.busy_seconds(with_break) {
                break;
            }
            departure = timing.departure + 1;
        }
        best
    }

    /// Driving, service and break: no schedule is shorter.
    pub(super) fn busy_seconds(&self, with_break: bool) -> i64 {
        let visit = |(row, &node): (usize, &Node)| {
            self.drive(row) + self.model.stay(self.place_before(row), node) + term(self.terms, row + 1).more
        };
        let pause = self.kind.pause.filter(|_| with_break).map_or(0, |pause| pause.duration);
        self.visits.iter().enumerate().map(visit).sum::<i64>() + self.drive(self.visits.len()) + pause
    }

    /// The schedule that `timing` stands for: a moment for each visit, and for the break the number of visits before it.
    pub(crate) fn moments(&self, timing: Timing) -> Moments {
        if let Some((row, _)) = self.kind.pin().and_then(|pin| pin.pause) {
            return self.run(timing, Some(row)).unwrap_or_default();
        }
        if timing.row.is_some() {
            return self.run(timing, timing.row).unwrap_or_default();
        }
        if timing.with_break {
            let from = self.kind.pin().map_or(0, |pin| pin.visits.len());
            // After a visit rather than at the start, where both do.
            if let Some(found) = (from..=self.visits.len()).rev().find_map(|row| self.run(timing, Some(row))) {
                return found;
            }
        }
        self.run(timing, None).unwrap_or_default()
    }

    fn run(&self, timing: Timing, break_before: Option<usize>) -> Option<Moments> {
        let (model, kind) = (self.model, self.kind);
        let (mut out, mut taken) = (Vec::with_capacity(self.visits.len()), None);
        let (mut t, mut place) = (timing.departure, kind.start);
        for row in 0..=self.visits.len() {
            if let (Some(pause), true) = (kind.pause, break_before == Some(row)) {
                let start = t.max(pause.opens);
                if start > pause.closes {
                    return None;
                }
                taken = Some((row, Moment { arrival: t, start, departure: start + pause.duration }));
                t = start + pause.duration;
            }
            let Some(&node) = self.visits.get(row) else { break };
            let arrival = t + self.drive(row);
            let start = model.opening(kind, node, arrival);
            if start >= FAR {
                return None;
            }
            let term = term(self.terms, row + 1);
            t = (model.served(node, start) + model.stay(place, node) + term.more).max(term.ready);
            out.push(Moment { arrival, start, departure: t });
            place = model.place(node);
        }
        (t + self.drive(self.visits.len()) <= timing.finish).then_some((out, taken))
    }
}

/// A moment for each visit, and for the break the number of visits before it.
pub(crate) type Moments = (Vec<Moment>, Option<(usize, Moment)>);

/// One moment of a schedule: arrival, start, departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) arrival: i64,
    pub(crate) start: i64,
    pub(crate) departure: i64,
}
