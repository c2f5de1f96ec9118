//! The cheapest schedule of a sequence of visits where moments have prices: starts after a soft end, seconds of overtime, queues.
//!
//! A schedule follows from its departure and the place of its break. So the clock at each visit is a function of the
//! departure, made of pieces on which it stands still (something is waited for) or runs along, and the price so far is linear on each.
//! The pieces are carried from visit to visit; the least total lies at an end of one. Exact, with several windows, too.
//!
//! Source of carrying piecewise linear functions along a route: Hashimoto, Ibaraki, Imahori and Yagiura (2006), Discrete Applied
//! Mathematics 154(16), 2271-2290. There each start may be chosen; here it is the first that is allowed.

use super::model::{Kind, Model, Node};
use super::schedule::{Course, Term, Timing, term};

/// Departures from `from` to `to`, both included.
#[derive(Clone, Copy, Debug)]
struct Piece {
    from: i64,
    to: i64,
    /// At the departure `from`; a second later for each second that it is later, where it `runs`.
    clock: i64,
    runs: bool,
    /// At the departure `from`, and its rise by the second.
    price: i64,
    slope: i64,
}

impl Piece {
    /// The part whose clock is at most `at`, and the part beyond.
    fn cut(self, at: i64) -> (Option<Self>, Option<Self>) {
        let last = if self.runs { self.from + (at - self.clock) } else { self.to };
        if self.clock > at {
            (None, Some(self))
        } else if last >= self.to {
            (Some(self), None)
        } else {
            let first = Self { to: last, ..self };
            let price = self.price + self.slope * (last + 1 - self.from);
            (Some(first), Some(Self { from: last + 1, clock: at + 1, price, ..self }))
        }
    }

    /// Both parts after waiting for `low`.
    fn wait(self, low: i64) -> [Option<Self>; 2] {
        let (early, late) = self.cut(low);
        [early.map(|early| Self { clock: low, runs: false, ..early }), late]
    }

    fn later(self, seconds: i64) -> Self {
        Self { clock: self.clock + seconds, ..self }
    }

    /// Pays `rate` for each second of the clock beyond `since`.
    fn pay(self, rate: i64, since: i64) -> Self {
        let slope = self.slope + if self.runs { rate } else { 0 };
        Self { price: self.price + rate * (self.clock - since), slope, ..self }
    }

    fn price_at(self, departure: i64) -> i64 {
        self.price + self.slope * (departure - self.from)
    }

    fn least(self) -> i64 {
        self.price.min(self.price_at(self.to))
    }
}

/// A visit as pieces pass it.
struct Passage<'c> {
    model: &'c Model<'c>,
    kind: &'c Kind,
    node: Node,
    drive: i64,
    stay: i64,
    term: Term,
}

impl Passage<'_> {
    fn carry(&self, piece: Piece, out: &mut Vec<Piece>) {
        let mut rest = Some(piece.later(self.drive));
        for &(low, high) in self.model.windows_of(self.kind, self.node) {
            let Some(now) = rest else { return };
            let (inside, beyond) = now.cut(high);
            rest = beyond;
            let starts = inside.map_or([None, None], |inside| inside.wait(low));
            starts.into_iter().flatten().for_each(|start| self.start(start, out));
        }
    }

    /// Prices of a late start, by piece.
    fn start(&self, piece: Piece, out: &mut Vec<Piece>) {
        let mut rest = Some(piece);
        for slot in self.model.late.of(self.node as usize) {
            let Some(now) = rest else { return };
            let (punctual, late) = now.cut(slot.from);
            punctual.into_iter().for_each(|piece| self.serve(piece, out));
            let (late, beyond) = late.map_or((None, None), |late| late.cut(slot.until));
            late.into_iter().for_each(|piece| self.serve(piece.pay(slot.amount, slot.from), out));
            rest = beyond;
        }
        rest.into_iter().for_each(|piece| self.serve(piece, out));
    }

    fn serve(&self, piece: Piece, out: &mut Vec<Piece>) {
        let Some(outlet) = self.model.outlet(self.node) else { return self.leave(piece, out) };
        let mut rest = Some(piece);
        for slot in self.model.queues.of(outlet) {
            let Some(now) = rest else { return };
            let (before, inside) = now.cut(slot.from - 1);
            before.into_iter().for_each(|piece| self.leave(piece, out));
            let (inside, beyond) = inside.map_or((None, None), |inside| inside.cut(slot.until));
            let (whole, clipped) = inside.map_or((None, None), |inside| inside.cut(slot.until - slot.amount));
            whole.into_iter().for_each(|piece| self.leave(piece.later(slot.amount), out));
            let clipped = clipped.map(|piece| Piece { clock: slot.until, runs: false, ..piece });
            clipped.into_iter().for_each(|piece| self.leave(piece, out));
            rest = beyond;
        }
        rest.into_iter().for_each(|piece| self.leave(piece, out));
    }

    fn leave(&self, piece: Piece, out: &mut Vec<Piece>) {
        out.extend(piece.later(self.stay + self.term.more).wait(self.term.ready).into_iter().flatten());
    }
}

/// When the break is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    /// Never; then the route departs and returns by these moments.
    None { opens: i64, closes: i64 },
    /// So many visits before it.
    Before(usize),
}

impl Course<'_> {
    /// The schedule of least price: of its duration, late starts and overtime; the shortest among those, then the earliest.
    pub(super) fn cheapest(&self) -> Option<Timing> {
        let (opens, closes) = (self.kind.opens.max(term(self.terms, 0).ready), self.kind.closes);
        let mut best = None;
        let Some(pause) = self.kind.pause else {
            self.look(Rest::None { opens, closes }, &mut best);
            return best.map(|(_, timing)| timing);
        };
        self.look(Rest::None { opens, closes: closes.min(pause.closes) }, &mut best);
        self.look(Rest::None { opens: opens.max(pause.closes + 1), closes }, &mut best);
        // After a visit rather than at the start, where both do.
        (0..=self.visits.len()).rev().for_each(|row| self.look(Rest::Before(row), &mut best));
        best.map(|(_, timing)| timing)
    }

    fn look(&self, rest: Rest, best: &mut Option<(i64, Timing)>) {
        let (model, kind) = (self.model, self.kind);
        let (opens, closes) = match rest {
            Rest::None { opens, closes } => (opens, closes),
            Rest::Before(_) => (kind.opens.max(term(self.terms, 0).ready), kind.closes),
        };
        if opens > closes {
            return;
        }
        let busy = self.busy_seconds(rest != Rest::None { opens, closes }).saturating_mul(kind.per_second);
        let hopeless = |piece: &Piece, best: &Option<(i64, Timing)>| {
            best.is_some_and(|(least, _)| busy.saturating_add(piece.least()) > least)
        };
        let mut pieces = vec![Piece { from: opens, to: closes, clock: opens, runs: true, price: 0, slope: 0 }];
        let mut next = Vec::new();
        let mut place = kind.start;
        for row in 0..=self.visits.len() {
            if let (Some(pause), true) = (kind.pause, rest == Rest::Before(row)) {
                let rested =
                    |piece: Piece| piece.cut(pause.closes).0.map_or([None, None], |piece| piece.wait(pause.opens));
                next.extend(pieces.drain(..).flat_map(rested).flatten().map(|piece| piece.later(pause.duration)));
                std::mem::swap(&mut pieces, &mut next);
            }
            let Some(&node) = self.visits.get(row) else { break };
            let passage = Passage {
                model,
                kind,
                node,
                drive: model.seconds(kind, place, model.place(node)),
                stay: model.stay(place, node),
                term: term(self.terms, row + 1),
            };
            pieces.drain(..).filter(|piece| !hopeless(piece, best)).for_each(|piece| passage.carry(piece, &mut next));
            std::mem::swap(&mut pieces, &mut next);
            pieces.retain(|piece| piece.clock <= closes);
            place = model.place(node);
        }
        let home = model.seconds(kind, place, kind.end);
        for piece in pieces {
            let Some(back) = piece.later(home).cut(closes).0 else { continue };
            let (regular, beyond) = back.cut(kind.overtime_from);
            let beyond = beyond.map(|piece| piece.pay(kind.per_overtime, kind.overtime_from));
            regular.into_iter().chain(beyond).for_each(|piece| self.ends(piece, rest, best));
        }
    }

    /// Both ends of a piece whose clock is the return.
    fn ends(&self, piece: Piece, rest: Rest, best: &mut Option<(i64, Timing)>) {
        // Who stands still is away for less the later the departure.
        let first = if piece.runs { piece.from } else { piece.from.max(piece.clock - self.kind.duration_max) };
        for departure in [first, piece.to] {
            let finish = if piece.runs { piece.clock + (departure - piece.from) } else { piece.clock };
            let duration = finish - departure;
            if departure > piece.to || duration > self.kind.duration_max {
                continue;
            }
            let extra = piece.price_at(departure);
            let total = self.kind.per_second.saturating_mul(duration).saturating_add(extra);
            let better =
                |known: &(i64, Timing)| (total, duration, departure) < (known.0, known.1.duration(), known.1.departure);
            if best.as_ref().is_none_or(better) {
                let row = if let Rest::Before(row) = rest { Some(row) } else { None };
                *best = Some((total, Timing { departure, finish, with_break: row.is_some(), row, extra }));
            }
        }
    }
}
