//! Time over a visit: windows, setup, service, releases, shift and break.
//!
//! All transitions are first-in-first-out (leaving later never means arriving earlier), also with several windows, so
//! "earliest departure" forwards and "latest departure" backwards decide feasibility exactly. The break adds states instead of a
//! search over its position.
//!
//! Source of the forward/backward scheme: Savelsbergh (1992), ORSA Journal on Computing 4(2), 146-154, there without
//! breaks and with one window.

use super::model::{FAR, Kind, Model, Node, Pause};

/// The clock after a passage: a way of `pre`, waiting until `low` at the earliest, then a stay of `post`. `None` who arrives after
/// `high`. It is the one transition of time: the search runs it over each window of a visit, the proof along arcs (where load is the
/// clock, too).
#[inline]
pub(crate) fn passed<T>(clock: T, pre: T, low: T, high: T, post: T) -> Option<T>
where
    T: Copy + Ord + std::ops::Add<Output = T>,
{
    let arrival = clock + pre;
    (arrival <= high).then(|| arrival.max(low) + post)
}

/// What a visit owes to the visits around it: an unload takes longer the more it takes off, and is not left before the jobs of
/// the trip after it are released. The first term is the start's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// On top of the stay.
    pub(crate) more: i64,
    /// No departure before.
    pub(crate) ready: i64,
}

impl Term {
    pub(crate) const NONE: Self = Self { more: 0, ready: -FAR };
}

/// A term for the start and one for each visit; none at all where no visit owes anything to others.
pub(crate) type Terms = [Term];

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
    pub(crate) const NEVER: Self = Self { open: FAR, rested: FAR, after: FAR };

    pub(crate) fn at_start(kind: &Kind, term: Term) -> Self {
        let opens = kind.opens.max(term.ready);
        match kind.pause {
            None => Self { rested: opens, ..Self::NEVER },
            Some(pause) => Self { open: opens, rested: FAR, after: opens.max(pause.closes + 1) },
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
    pub(crate) fn visit(self, model: &Model<'_>, kind: &Kind, from: usize, node: Node, term: Term) -> Self {
        let drive = model.seconds(kind, from, model.place(node));
        self.visit_after(model, kind, (from, drive), node, term)
    }

    /// The same where it is known how long the way takes.
    #[inline]
    pub(crate) fn visit_after(
        self,
        model: &Model<'_>,
        kind: &Kind,
        (from, drive): (usize, i64),
        node: Node,
        term: Term,
    ) -> Self {
        let stay = model.stay(from, node);
        self.advance(kind, |t| {
            let start = model.opening(kind, node, t + drive);
            if start >= FAR { FAR } else { (model.served(node, start) + stay + term.more).max(term.ready) }
        })
    }

    #[inline]
    pub(crate) fn finish(self, model: &Model<'_>, kind: &Kind, from: usize) -> Self {
        self.finish_after(kind, model.seconds(kind, from, kind.end))
    }

    /// The same where it is known how long the way takes.
    #[inline]
    pub(crate) fn finish_after(self, kind: &Kind, drive: i64) -> Self {
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

    pub(crate) fn by(kind: &Kind, deadline: i64) -> Self {
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

    /// From the latest departure at `node` to that at `from`, `drive` seconds before it.
    #[inline]
    pub(crate) fn before_way(
        self,
        model: &Model<'_>,
        kind: &Kind,
        (from, drive): (usize, i64),
        node: Node,
        term: Term,
    ) -> Self {
        let stay = model.stay(from, node) + term.more;
        self.retreat(kind, |bound| {
            if bound < term.ready {
                return -FAR;
            }
            (model.closing(kind, node, model.coming(node, bound - stay)) - drive).max(-FAR)
        })
    }

    #[inline]
    pub(crate) fn before_end(self, model: &Model<'_>, kind: &Kind, from: usize) -> Self {
        self.before_way_home(kind, model.seconds(kind, from, kind.end))
    }

    /// The same where it is known how long the way takes.
    #[inline]
    pub(crate) fn before_way_home(self, kind: &Kind, drive: i64) -> Self {
        self.retreat(kind, |bound| (bound - drive).max(-FAR))
    }
}
