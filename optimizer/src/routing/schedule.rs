//! When a sequence of visits can happen: windows, setup, shift and break.
//!
//! All transitions are first-in-first-out (leaving later never means arriving earlier), also with several windows, so
//! "earliest departure" forwards and "latest departure" backwards decide feasibility exactly, and an insertion is
//! tested by extending the forward state over the new visits and comparing it with the backward one: O(1).
//! The break adds states instead of a search over its position.
//!
//! Source of the forward/backward scheme: Savelsbergh (1992), ORSA Journal on Computing 4(2), 146-154, there without
//! breaks and with one window. Loads and money are not known here.

use super::model::{FAR, Kind, Model, Node, Pause};

/// Earliest departures, by what happened to the break so far. [`FAR`] or more: impossible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Early {
    /// It has not been taken.
    pub(crate) open: i64,
    /// It has been taken, or the vehicle has none.
    pub(crate) rested: i64,
    /// The vehicle left only after the window of the break had closed, so none is due.
    pub(crate) after: i64,
}

/// Latest departures that leave the rest of the route possible. Below `-FAR / 2`: impossible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Late {
    /// The break is still to be taken.
    pub(crate) due: i64,
    /// No break any more.
    pub(crate) free: i64,
    /// No break at all, because the route ends before its window closes.
    pub(crate) short: i64,
}

impl Early {
    const NEVER: Self = Self { open: FAR, rested: FAR, after: FAR };

    pub(crate) fn at_start(kind: &Kind) -> Self {
        match kind.pause {
            None => Self { rested: kind.opens, ..Self::NEVER },
            Some(pause) => Self { open: kind.opens, rested: FAR, after: kind.opens.max(pause.closes + 1) },
        }
    }

    /// The state after one more leg, whose single-state effect is `step`.
    #[inline]
    fn advance(self, kind: &Kind, step: impl Fn(i64) -> i64) -> Self {
        match kind.pause {
            None => Self { rested: step(self.rested), ..Self::NEVER },
            Some(pause) => Self {
                open: step(self.open),
                rested: step(self.rested.min(rest(pause, self.open))),
                after: step(self.after),
            },
        }
    }

    /// Drives from `from` to `node`, waits, and serves it.
    #[inline]
    pub(crate) fn visit(self, model: &Model<'_>, kind: &Kind, from: usize, node: Node) -> Self {
        let drive = model.seconds(kind, from, model.place(node));
        let stay = model.stay(from, node);
        self.advance(kind, |t| {
            let start = model.opening(node, t + drive);
            if start >= FAR { FAR } else { start + stay }
        })
    }

    #[inline]
    pub(crate) fn finish(self, model: &Model<'_>, kind: &Kind, from: usize) -> Self {
        let drive = model.seconds(kind, from, kind.end);
        self.advance(kind, |t| (t + drive).min(FAR))
    }

    /// Over all states.
    #[inline]
    pub(crate) fn soonest(self) -> i64 {
        self.open.min(self.rested).min(self.after)
    }

    /// The route can go on from here.
    #[inline]
    pub(crate) fn fits(self, late: Late) -> bool {
        self.rested <= late.free || self.open <= late.due.max(late.short) || self.after <= late.free
    }
}

/// Departure after a break begun at `t` or as soon as its window opens.
#[inline]
fn rest(pause: Pause, t: i64) -> i64 {
    let start = t.max(pause.opens);
    if start <= pause.closes { start + pause.duration } else { FAR }
}

/// Latest moment to begin waiting for a break that must be over by `bound`.
#[inline]
fn rest_before(pause: Pause, bound: i64) -> i64 {
    let start = pause.closes.min(bound - pause.duration);
    if start >= pause.opens { start } else { -FAR }
}

impl Late {
    pub(crate) fn at_end(kind: &Kind) -> Self {
        Self::by(kind, kind.closes)
    }

    /// Over all states.
    #[inline]
    pub(crate) fn latest(self) -> i64 {
        self.due.max(self.free).max(self.short)
    }

    fn by(kind: &Kind, deadline: i64) -> Self {
        let short = kind.pause.map_or(-FAR, |pause| deadline.min(pause.closes));
        Self { due: -FAR, free: deadline, short }
    }

    #[inline]
    fn retreat(self, kind: &Kind, back: impl Fn(i64) -> i64) -> Self {
        let free = back(self.free);
        match kind.pause {
            None => Self { due: -FAR, free, short: -FAR },
            Some(pause) => Self { due: back(self.due).max(rest_before(pause, free)), free, short: back(self.short) },
        }
    }

    /// From the latest departure at `node` to that at `from`.
    #[inline]
    pub(crate) fn before_visit(self, model: &Model<'_>, kind: &Kind, from: usize, node: Node) -> Self {
        let drive = model.seconds(kind, from, model.place(node));
        let stay = model.stay(from, node);
        self.retreat(kind, |bound| (model.closing(node, bound - stay) - drive).max(-FAR))
    }

    #[inline]
    pub(crate) fn before_end(self, model: &Model<'_>, kind: &Kind, from: usize) -> Self {
        let drive = model.seconds(kind, from, kind.end);
        self.retreat(kind, |bound| (bound - drive).max(-FAR))
    }
}

/// A departure and what it leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timing {
    pub(crate) departure: i64,
    pub(crate) finish: i64,
    pub(crate) with_break: bool,
}

impl Timing {
    pub(crate) fn duration(&self) -> i64 {
        self.finish - self.departure
    }
}

fn forward(model: &Model<'_>, kind: &Kind, visits: &[Node], from: Early) -> Early {
    let (mut early, mut place) = (from, kind.start);
    for &node in visits {
        early = early.visit(model, kind, place, node);
        place = model.place(node);
    }
    early.finish(model, kind, place)
}

fn backward(model: &Model<'_>, kind: &Kind, visits: &[Node], deadline: i64) -> Late {
    let place_before = |k: usize| if k == 0 { kind.start } else { model.place(visits[k - 1]) };
    let mut late = Late::by(kind, deadline).before_end(model, kind, place_before(visits.len()));
    for (k, &node) in visits.iter().enumerate().rev() {
        late = late.before_visit(model, kind, place_before(k), node);
    }
    late
}

/// The schedule of least duration (and the earliest among those), or `None` where there is none.
pub(crate) fn best_timing(model: &Model<'_>, kind: &Kind, visits: &[Node]) -> Option<Timing> {
    let Some(pause) = kind.pause else { return best_departure(model, kind, visits, kind.opens, kind.closes, false) };
    let short = best_departure(model, kind, visits, kind.opens, kind.closes.min(pause.closes), false);
    let after = best_departure(model, kind, visits, kind.opens.max(pause.closes + 1), kind.closes, false);
    let rested = best_departure(model, kind, visits, kind.opens, kind.closes, true);
    [short, rested, after].into_iter().flatten().min_by_key(|t| (t.duration(), t.departure))
}

/// The least duration among departures from `opens` on and finishes until `closes`.
///
/// `finish(departure)` only ever rises; its flat pieces end where a visit reaches the end of a window. So: take the
/// earliest finish, leave as late as it allows, and where waiting remains look beyond the window that holds it.
fn best_departure(
    model: &Model<'_>,
    kind: &Kind,
    visits: &[Node],
    opens: i64,
    closes: i64,
    with_break: bool,
) -> Option<Timing> {
    let never = Early { open: FAR, rested: FAR, after: FAR };
    let finish_from = |t: i64| {
        if with_break {
            forward(model, kind, visits, Early { open: t, ..never }).rested
        } else {
            // Without a pause the `rested` state is the only one kept, with one `after` never rests.
            let start = if kind.pause.is_none() { Early { rested: t, ..never } } else { Early { after: t, ..never } };
            let end = forward(model, kind, visits, start);
            end.rested.min(end.after)
        }
    };
    let mut departure = opens;
    let mut best: Option<Timing> = None;
    let busy = visits.iter().map(|&node| model.windows(node).len()).sum::<usize>() + 2;
    for _ in 0..busy {
        let finish = finish_from(departure);
        if finish > closes || finish >= FAR {
            break;
        }
        let late = backward(model, kind, visits, finish);
        let latest = if with_break { late.due } else { late.free };
        let timing = Timing { departure: latest.max(departure), finish, with_break };
        if best.is_none_or(|b| timing.duration() < b.duration()) {
            best = Some(timing);
        }
        if kind.per_second == 0 || timing.duration() <= busy_seconds(model, kind, visits, with_break) {
            break;
        }
        departure = timing.departure + 1;
    }
    best
}

/// Driving, service and break: no schedule is shorter.
fn busy_seconds(model: &Model<'_>, kind: &Kind, visits: &[Node], with_break: bool) -> i64 {
    let (mut sum, mut place) = (0, kind.start);
    for &node in visits {
        sum += model.seconds(kind, place, model.place(node)) + model.stay(place, node);
        place = model.place(node);
    }
    sum + model.seconds(kind, place, kind.end) + kind.pause.filter(|_| with_break).map_or(0, |p| p.duration)
}

/// One moment of a schedule: arrival, start, departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) arrival: i64,
    pub(crate) start: i64,
    pub(crate) departure: i64,
}

/// The schedule that `timing` stands for: a moment for each visit, and for the break the number of visits before it.
pub(crate) fn moments(
    model: &Model<'_>,
    kind: &Kind,
    visits: &[Node],
    timing: Timing,
) -> (Vec<Moment>, Option<(usize, Moment)>) {
    let run = |break_before: Option<usize>| {
        let (mut out, mut pause_at, mut t, mut place) =
            (Vec::with_capacity(visits.len()), None, timing.departure, kind.start);
        let mut take = |k: usize, t: &mut i64| {
            if let (Some(pause), true) = (kind.pause, break_before == Some(k)) {
                let start = (*t).max(pause.opens);
                if start > pause.closes {
                    return false;
                }
                pause_at = Some((k, Moment { arrival: *t, start, departure: start + pause.duration }));
                *t = start + pause.duration;
            }
            true
        };
        for (k, &node) in visits.iter().enumerate() {
            if !take(k, &mut t) {
                return None;
            }
            let arrival = t + model.seconds(kind, place, model.place(node));
            let start = model.opening(node, arrival);
            if start >= FAR {
                return None;
            }
            t = start + model.stay(place, node);
            out.push(Moment { arrival, start, departure: t });
            place = model.place(node);
        }
        if !take(visits.len(), &mut t) {
            return None;
        }
        (t + model.seconds(kind, place, kind.end) <= timing.finish).then_some((out, pause_at))
    };
    if timing.with_break {
        // After a visit rather than at the start, where both do.
        if let Some(found) = (0..=visits.len()).rev().find_map(|k| run(Some(k))) {
            return found;
        }
    }
    run(None).unwrap_or_default()
}
