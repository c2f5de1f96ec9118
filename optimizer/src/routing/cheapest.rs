//! The cheapest schedule of a sequence of visits where moments have prices: starts after a soft end, seconds of overtime, queues.
//!
//! A schedule follows from its departure and the place of its break. So the clock at each visit is a function of the
//! departure, made of pieces on which it stands still (something is waited for) or runs along, and the price so far is linear on each.
//! The pieces are carried from visit to visit; the least total lies at an end of one. A break may follow any visit, so those that
//! have taken it are carried beside those that have not. Exact, with several windows, too.
//!
//! What costs no less than another and is no earlier is dropped on the way, as who is earlier never pays more later: so few pieces are left,
//! however many visits there are.
//!
//! Source of carrying piecewise linear functions along a route: Hashimoto, Ibaraki, Imahori and Yagiura (2006), Discrete Applied
//! Mathematics 154(16), 2271-2290. There each start may be chosen; here it is the first that is allowed.

use super::model::{Kind, Model, Node, Pause};
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
    /// Visits before the break, once it is taken.
    row: Option<usize>,
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

    fn clock_at(self, departure: i64) -> i64 {
        if self.runs { self.clock + (departure - self.from) } else { self.clock }
    }

    fn least(self) -> i64 {
        self.price.min(self.price_at(self.to))
    }

    /// From the departure to the clock.
    fn least_seconds(self) -> i64 {
        self.clock_at(self.to) - self.to
    }

    /// Whatever follows, leaving at `departure` of the other is no dearer and no longer than any departure of this piece, where each second
    /// costs `per_second`.
    fn is_beaten_at(self, departure: i64, other: Self, per_second: i64) -> bool {
        // The end is no later for the other, so who leaves later saves these seconds.
        let with_saved = |at: i64| self.price_at(at).saturating_add(per_second.saturating_mul(departure - at));
        departure >= self.to
            && other.clock_at(departure) <= self.clock
            && other.price_at(departure) <= with_saved(self.from).min(with_saved(self.to))
    }

    /// The same of each departure of this piece and the same one of the other.
    fn is_covered(self, other: Self) -> bool {
        let no_worse = |at: i64| other.clock_at(at) <= self.clock_at(at) && other.price_at(at) <= self.price_at(at);
        other.from <= self.from && other.to >= self.to && no_worse(self.from) && no_worse(self.to)
    }

    fn is_beaten(self, other: Self, per_second: i64) -> bool {
        self.is_covered(other)
            || [other.from, other.to].into_iter().any(|departure| self.is_beaten_at(departure, other, per_second))
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

impl Course<'_> {
    /// The schedule of least price: of its duration, late starts and overtime; the shortest among those, then the earliest.
    /// `None` where none costs less than `ceiling`.
    pub(super) fn cheapest(&self, ceiling: i64) -> Option<Timing> {
        let (opens, closes) = (self.kind.opens.max(term(self.terms, 0).ready), self.kind.closes);
        let mut best = Best { ceiling, timing: None };
        match self.kind.pause {
            None => self.look(opens, closes, None, &mut best),
            Some(pause) => {
                // No break is due on a route that returns before its window closes, or that leaves later.
                self.look(opens, closes.min(pause.closes), None, &mut best);
                self.look(opens.max(pause.closes + 1), closes, None, &mut best);
                self.look(opens, closes, Some(pause), &mut best);
            }
        }
        best.timing
    }

    /// Departures from `opens` on and returns until `closes`, with the break if there is one.
    fn look(&self, opens: i64, closes: i64, pause: Option<Pause>, best: &mut Best) {
        if opens > closes {
            return;
        }
        let (model, kind) = (self.model, self.kind);
        // Driving and work to come, and the break where it is due.
        let mut busy = self.busy_seconds(false);
        let first = Piece { from: opens, to: closes, clock: opens, runs: true, price: 0, slope: 0, row: None };
        // Where a break has to be taken and was not, and all others.
        let (mut due, mut free) = if pause.is_some() { (vec![first], Vec::new()) } else { (Vec::new(), vec![first]) };
        let mut next = Vec::new();
        let mut place = kind.start;
        let sooner_is_better = self.visits.iter().all(|&node| model.sooner_is_cheaper(kind, node));
        for row in 0..=self.visits.len() {
            if let Some(pause) = pause {
                let rested =
                    |&piece: &Piece| piece.cut(pause.closes).0.map_or([None, None], |piece| piece.wait(pause.opens));
                let rested = due.iter().flat_map(rested).flatten();
                free.extend(rested.map(|piece| Piece { row: Some(row), ..piece.later(pause.duration) }));
            }
            let Some(&node) = self.visits.get(row) else { break };
            if sooner_is_better {
                drop_beaten(&mut due, kind.per_second);
                drop_beaten(&mut free, kind.per_second);
            }
            let passage = Passage {
                model,
                kind,
                node,
                drive: self.drive(row),
                stay: model.stay(place, node),
                term: term(self.terms, row + 1),
            };
            for (pieces, rest) in [(&mut due, pause.map_or(0, |pause| pause.duration)), (&mut free, 0)] {
                let hopeful = |piece: &Piece| {
                    let seconds = piece.least_seconds() + busy + rest;
                    piece.clock <= closes
                        && best.admits(kind.per_second.saturating_mul(seconds).saturating_add(piece.least()))
                };
                pieces.drain(..).filter(hopeful).for_each(|piece| passage.carry(piece, &mut next));
                std::mem::swap(pieces, &mut next);
            }
            busy -= passage.drive + passage.stay + passage.term.more;
            place = model.place(node);
        }
        let home = self.drive(self.visits.len());
        // After a visit rather than at the start, where both do.
        free.sort_by_key(|piece| std::cmp::Reverse(piece.row));
        for piece in free {
            let Some(back) = piece.later(home).cut(closes).0 else { continue };
            let (regular, beyond) = back.cut(kind.overtime_from);
            let beyond = beyond.map(|piece| piece.pay(kind.per_overtime, kind.overtime_from));
            regular.into_iter().chain(beyond).for_each(|piece| self.ends(piece, best));
        }
    }

    /// Both ends of a piece whose clock is the return.
    fn ends(&self, piece: Piece, best: &mut Best) {
        // Who stands still is away for less the later the departure.
        let first = if piece.runs { piece.from } else { piece.from.max(piece.clock - self.kind.duration_max) };
        for departure in [first, piece.to] {
            let finish = if piece.runs { piece.clock + (departure - piece.from) } else { piece.clock };
            let duration = finish - departure;
            if departure > piece.to || duration > self.kind.duration_max {
                continue;
            }
            let row = piece.row;
            let timing = Timing { departure, finish, with_break: row.is_some(), row, extra: piece.price_at(departure) };
            best.offer(self.price_of(&timing), timing);
        }
    }
}

/// The best schedule so far.
struct Best {
    /// What it costs; before there is one, what it may not reach.
    ceiling: i64,
    timing: Option<Timing>,
}

impl Best {
    /// One that costs no less than this may be better.
    fn admits(&self, least: i64) -> bool {
        if self.timing.is_some() { least <= self.ceiling } else { least < self.ceiling }
    }

    fn offer(&mut self, price: i64, timing: Timing) {
        let better = match self.timing {
            None => price < self.ceiling,
            Some(known) => {
                let key = |price: i64, timing: &Timing| (price, timing.duration(), timing.departure);
                key(price, &timing) < key(self.ceiling, &known)
            }
        };
        if better {
            *self = Self { ceiling: price, timing: Some(timing) };
        }
    }
}

/// Keeps what no other beats; of two that beat each other, the later one.
fn drop_beaten(pieces: &mut Vec<Piece>, per_second: i64) {
    let mut at = 0;
    while at < pieces.len() {
        let piece = pieces[at];
        let beaten = pieces.iter().enumerate().any(|(k, &other)| k != at && piece.is_beaten(other, per_second));
        if beaten {
            pieces.remove(at);
        } else {
            at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use huilu_model::{Break, Cost, Instance, Late, Matrix, Seconds, Window};

    use super::*;
    use crate::routing::city_tests::two_vehicles;

    /// The third job may be served late from 96 on, at a price, and from 131 on at none. Windows that touch are one to all that knows no
    /// prices, so the vehicle that has its break early, and comes soon, is not better than the one that comes late enough.
    #[test]
    fn who_comes_sooner_may_pay_more_where_windows_touch() {
        let window = |start: i64, end: i64| Window { start: Seconds(start), end: Seconds(end) };
        let seconds = [[0, 10, 10, 10], [10, 0, 10, 10], [10, 10, 0, 11], [10, 10, 11, 0]].concat();
        let day = |first_ends: i64| {
            let mut parts = two_vehicles(|parts| {
                parts.jobs.truncate(3);
                parts.places.truncate(4);
                parts.travel = vec![
                    Matrix { profile: "van".into(), size: 4, metres: vec![0; 16], seconds: seconds.clone() }.into(),
                ];
                let windows =
                    [vec![window(30, 30)], vec![window(70, 80)], vec![window(85, first_ends), window(131, 200)]];
                for (k, (job, windows)) in parts.jobs.iter_mut().zip(windows).enumerate() {
                    (job.place, job.windows, job.setup, job.service) =
                        (k + 1, windows, Seconds(0), Seconds([0, 20, 5][k]));
                }
                parts.jobs[2].late = vec![Late { window: window(95, first_ends), per_second: Cost(1_000) }];
                parts.vehicles.truncate(1);
                let pause = Break { window: window(30, 95), duration: Seconds(30) };
                (parts.vehicles[0].pause, parts.vehicles[0].shift) = (Some(pause), window(0, 400));
            });
            parts.name = "touching".into();
            Instance::new(parts).expect("valid")
        };
        let price = |day: &Instance| {
            let model = Model::new(day);
            let course = Course { model: &model, kind: &model.kinds[0], visits: &[0, 1, 2], terms: &[], drives: &[] };
            course.best_timing().map(|timing| course.price_of(&timing))
        };
        assert_eq!(price(&day(129)), price(&day(130)));
        assert_eq!(price(&day(130)), Some(126));
    }
}
