//! One vehicle's sequence of visits with everything derived from it: the only evaluator. All costs and all rules of a
//! single route are decided here; outlet room, which routes share, in `solution.rs`.
//!
//! Evaluation comes in two steps. [`Route::draft`] decides every rule, and prices the route as if it never waited.
//! [`Route::settle`] then finds the schedule of least duration, which is dear and does not matter for a plan that is
//! too expensive even without waiting.

use super::board::{Board, Delivery};
use super::locks::Reference;
use super::model::{FAR, Kind, Model, Node};
use super::schedule::{Course, Early, Late, Term, Timing};
use super::span::Spans;
use crate::resources::compactness;

#[derive(Clone, Debug, Default)]
pub(crate) struct Route {
    pub(crate) kind: usize,
    pub(crate) visits: Vec<Node>,
    /// Earliest departures: row `k` after the first `k` visits.
    pub(crate) early: Vec<Early>,
    /// Latest departures: row `k` after the first `k` visits.
    pub(crate) late: Vec<Late>,
    pub(crate) board: Board,
    pub(crate) deliveries: Vec<Delivery>,
    /// Filled where the duration is limited and [`Spans::apply`].
    pub(crate) spans: Spans,
    /// Price of driving from each row to the next; the last leg goes to the end.
    pub(crate) legs: Vec<i64>,
    /// Seconds of driving from each row to the next: looked up once, where the table would be asked in each draft.
    drives: Vec<i64>,
    /// Empty where no visit owes anything to others.
    pub(crate) terms: Vec<Term>,
    pub(crate) metres: i64,
    /// Driving, setup, service and unloading: no schedule is shorter.
    pub(crate) busy: i64,
    /// From departure to return; of a route that is settled and whose kind minds it.
    pub(crate) duration: i64,
    pub(crate) gate_fees: i64,
    /// For jobs that prefer other vehicles.
    pub(crate) preference: i64,
    /// Late starts and overtime; at least so much until the route is settled.
    extra: i64,
    /// Of jobs that lie off the route's middle; part of the plan's cost, not of the route's.
    pub(crate) sprawl: i64,
    /// All but penalties; 0 without visits. A lower bound until the route is settled.
    pub(crate) cost: i64,
    pub(crate) settled: bool,
    /// The cost as it would be without any waiting, late start or overtime.
    pub(crate) floor: i64,
    /// Jobs that are where they were in the earlier plan whose changes are counted.
    pub(crate) kept: usize,
}

/// What a changed route shares with the one it came from: the first `head` visits and the last `tail`.
struct Common<'o> {
    old: &'o Route,
    head: usize,
    tail: usize,
}

impl<'o> Common<'o> {
    fn of(old: &'o Route, new: &Route) -> Self {
        let head = old.visits.iter().zip(&new.visits).take_while(|(one, other)| one == other).count();
        let (rest_old, rest) = (old.visits[head..].iter().rev(), new.visits[head..].iter().rev());
        let tail = rest_old.zip(rest).take_while(|(one, other)| one == other).count();
        Self { old, head, tail }
    }
}

impl Route {
    pub(crate) fn new(kind: usize) -> Self {
        Self { kind, ..Self::default() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.visits.is_empty()
    }

    /// Where the vehicle is after the first `row` visits.
    #[inline]
    pub(crate) fn place_after(&self, model: &Model<'_>, row: usize) -> usize {
        if row == 0 { model.kinds[self.kind].start } else { model.place(self.visits[row - 1]) }
    }

    /// Where it goes next after the first `row` visits.
    #[inline]
    pub(crate) fn place_next(&self, model: &Model<'_>, row: usize) -> usize {
        self.visits.get(row).map_or(model.kinds[self.kind].end, |&node| model.place(node))
    }

    /// Takes over the visits of another route; everything else waits for [`Route::draft`].
    pub(crate) fn copy_visits(&mut self, other: &Self) {
        self.kind = other.kind;
        self.visits.clone_from(&other.visits);
    }

    /// Recomputes everything after a change of `visits`. `false` where the route breaks a rule; then only `visits`
    /// is meaningful.
    pub(crate) fn refresh(&mut self, model: &Model<'_>) -> bool {
        self.draft(model) && self.settle(model)
    }

    /// All of [`Route::refresh`] but the exact duration.
    pub(crate) fn draft(&mut self, model: &Model<'_>) -> bool {
        self.evaluate(model, None)
    }

    /// The same for a route that has come from `old`, of the same kind and drafted, by a change of some visits: what the
    /// visits before and after them decide alone is taken over.
    pub(crate) fn redraft(&mut self, model: &Model<'_>, old: &Self) -> bool {
        // With terms visits depend on those far away, and a route under way begins in the middle.
        let alone = !model.has_terms() && model.kinds[self.kind].pin().is_none();
        let same = (alone && !old.is_empty() && !self.is_empty()).then(|| Common::of(old, self));
        self.evaluate(model, same)
    }

    fn evaluate(&mut self, model: &Model<'_>, same: Option<Common<'_>>) -> bool {
        let kind = &model.kinds[self.kind];
        (self.cost, self.gate_fees, self.preference, self.extra) = (0, 0, 0, 0);
        (self.duration, self.kept) = (0, 0);
        self.sprawl = compactness::cost(model, &self.visits);
        if model.locks.any && !(kind.begins(&self.visits) && model.locks.in_sequence(&self.visits)) {
            return false;
        }
        if !self.board.fill(model, kind, &self.visits, &mut self.deliveries) {
            return false;
        }
        self.board.terms(model, &self.visits, &mut self.terms);
        let possible = match same {
            Some(same) => {
                self.drive_again(model, kind, &same) && (!model.timed || self.schedule_again(model, kind, &same))
            }
            None => self.drive(model, kind) && (!model.timed || self.schedule(model, kind)),
        };
        if !possible {
            return false;
        }
        let priced = kind.minds_time() || kind.per_overtime > 0 || !model.late.is_empty();
        self.settled = self.visits.is_empty() || !model.timed || !priced;
        if !self.visits.is_empty() {
            if !model.accepts.is_empty() {
                let outlets = self.visits.iter().filter_map(|&node| model.outlet(node));
                self.gate_fees = outlets.map(|outlet| model.gate_fees[outlet]).sum();
            }
            if !kind.unpreferred.is_empty() {
                let jobs = self.visits.iter().filter(|&&node| model.is_job(node));
                self.preference = jobs.map(|&job| kind.unpreferred(job as usize)).sum();
            }
            self.cost = self.price(kind, self.busy);
            if model.timed && (!model.late.is_empty() || kind.per_overtime > 0) {
                self.extra = self.extra_at_least(model, kind);
            }
        }
        self.floor = self.cost;
        self.cost = self.cost.saturating_add(self.extra);
        if let Some(reference) = &model.locks.reference {
            self.kept = self.unchanged(model, kind, reference);
        }
        // A route that takes too long breaks a rule, so its exact duration cannot wait.
        kind.duration_max >= FAR || (self.busy <= kind.duration_max && self.keeps_duration(model, kind))
    }

    fn keeps_duration(&mut self, model: &Model<'_>, kind: &Kind) -> bool {
        if !Spans::apply(model, kind) {
            return self.settle(model);
        }
        let duration = self.spans.fill(model, kind, &self.visits);
        if !self.visits.is_empty() {
            (self.duration, self.cost) = (duration, self.price(kind, duration));
        }
        self.settled = true;
        self.visits.is_empty() || duration <= kind.duration_max
    }

    /// Makes the cost of a drafted route exact. `false` where it has no schedule after all.
    pub(crate) fn settle(&mut self, model: &Model<'_>) -> bool {
        self.settle_below(model, i64::MAX)
    }

    /// The same, given up (`false`) as soon as it is certain that the route does not cost less than `ceiling`.
    pub(crate) fn settle_below(&mut self, model: &Model<'_>, ceiling: i64) -> bool {
        if !self.settled {
            let kind = &model.kinds[self.kind];
            let of_time = ceiling.saturating_sub(self.price(kind, 0));
            let Some(timing) = self.course(model).best_timing_below(of_time) else { return false };
            if timing.duration() > kind.duration_max {
                return false;
            }
            (self.duration, self.extra) = (timing.duration(), timing.extra);
            self.cost = self.price(kind, self.duration).saturating_add(self.extra);
            self.settled = true;
        }
        true
    }

    /// With what its jobs cost for lying apart.
    pub(crate) fn whole_cost(&self) -> i64 {
        self.cost.saturating_add(self.sprawl)
    }

    /// What the duration costs, late starts and overtime included.
    pub(crate) fn price_of_time(&self, kind: &Kind) -> i64 {
        if self.is_empty() { 0 } else { self.cost.saturating_sub(self.price(kind, 0)) }
    }

    fn price(&self, kind: &Kind, duration: i64) -> i64 {
        let own = kind.fixed.saturating_add(kind.price(self.metres, duration));
        own.saturating_add(self.gate_fees).saturating_add(self.preference)
    }

    /// Vehicles have kinds of their own where this is asked.
    fn unchanged(&self, model: &Model<'_>, kind: &Kind, reference: &Reference) -> usize {
        let Some(&vehicle) = kind.members.first() else { return 0 };
        let own = |node: Node| model.is_job(node) && reference.vehicle[node as usize] == vehicle as u32;
        let stayed = self.visits.iter().filter(|&&node| own(node)).count();
        let slotted = |node: Node| own(node) && reference.slot[node as usize].is_some();
        if !self.visits.iter().any(|&node| slotted(node)) {
            return stayed;
        }
        // Only the schedule itself says in which of its windows a job is served.
        let Some(timing) = self.timing(model) else { return 0 };
        let (moments, _) = self.course(model).moments(timing);
        let moved = self.visits.iter().zip(&moments).filter(|&(&node, at)| {
            let slot = if slotted(node) { reference.slot[node as usize] } else { None };
            slot.is_some_and(|(opens, closes)| !(opens..=closes).contains(&at.start))
        });
        stayed - moved.count()
    }

    fn drive(&mut self, model: &Model<'_>, kind: &Kind) -> bool {
        (self.metres, self.busy) = (0, 0);
        self.legs.clear();
        self.drives.clear();
        if self.visits.is_empty() {
            return true;
        }
        let mut place = kind.start;
        for row in 0..=self.visits.len() {
            let next = self.place_next(model, row);
            let (metres, seconds) = (model.metres(kind, place, next), model.seconds(kind, place, next));
            if metres >= FAR || seconds >= FAR {
                return false;
            }
            self.metres += metres;
            self.busy += seconds + self.visits.get(row).map_or(0, |&node| model.stay(place, node));
            self.busy += self.terms.get(row + 1).map_or(0, |term| term.more);
            self.legs.push(kind.price(metres, seconds));
            self.drives.push(seconds);
            place = next;
        }
        self.metres <= kind.metres_max
    }

    fn schedule(&mut self, model: &Model<'_>, kind: &Kind) -> bool {
        let n = self.visits.len();
        self.early.clear();
        let term = |row: usize| self.terms.get(row).copied().unwrap_or(Term::NONE);
        let mut place = kind.start;
        let from = match kind.pin() {
            Some(pin) => {
                // Jobs that are not released when the trip they would join has left are too late for it.
                let left = |row: usize| if row == 0 { pin.departure } else { pin.visits[row - 1].2 };
                let held_up = |row: usize| term(row).ready > left(row);
                // Who has begun the break has left the last visit.
                let rests = pin.pause.is_some_and(|(row, _)| row == pin.visits.len());
                let n_left = pin.visits.len() + usize::from(rests || pin.visits.is_empty());
                if (0..n_left).any(held_up) {
                    return false;
                }
                self.early.resize(pin.visits.len(), Early::NEVER);
                self.early.push(pin.early(kind, term(pin.visits.len()).ready));
                place = self.place_after(model, pin.visits.len());
                pin.visits.len()
            }
            None => {
                self.early.push(Early::at_start(kind, term(0)));
                0
            }
        };
        for (row, &node) in self.visits.iter().enumerate().skip(from) {
            let last = self.early[row];
            self.early.push(last.visit_after(model, kind, (place, self.drives[row]), node, term(row + 1)));
            place = model.place(node);
        }
        self.late.clear();
        self.late.resize(n + 1, Late::at_end(kind));
        self.late[n] = Late::at_end(kind).before_end(model, kind, place);
        for row in (0..n).rev() {
            let from = self.place_after(model, row);
            let way = (from, self.drives[row]);
            self.late[row] = self.late[row + 1].before_way(model, kind, way, self.visits[row], term(row + 1));
        }
        let from = kind.pin().map_or(0, |pin| pin.visits.len());
        n == 0 || self.early[from].fits(self.late[from])
    }

    /// [`Route::drive`] where only the legs between the common visits are new.
    fn drive_again(&mut self, model: &Model<'_>, kind: &Kind, same: &Common<'_>) -> bool {
        let Common { old, head, tail } = *same;
        let (last, last_old) = (self.visits.len() - tail, old.visits.len() - tail);
        (self.metres, self.busy) = (old.metres, old.busy);
        for row in head..=last_old {
            self.metres -= model.metres(kind, old.place_after(model, row), old.place_next(model, row));
            self.busy -= old.drives[row] + old.stay(model, row);
        }
        self.legs.clear();
        self.drives.clear();
        self.legs.extend_from_slice(&old.legs[..head]);
        self.drives.extend_from_slice(&old.drives[..head]);
        for row in head..=last {
            let (from, to) = (self.place_after(model, row), self.place_next(model, row));
            let (metres, seconds) = (model.metres(kind, from, to), model.seconds(kind, from, to));
            if metres >= FAR || seconds >= FAR {
                return false;
            }
            self.metres += metres;
            self.busy += seconds + self.stay(model, row);
            self.legs.push(kind.price(metres, seconds));
            self.drives.push(seconds);
        }
        self.legs.extend_from_slice(&old.legs[last_old + 1..]);
        self.drives.extend_from_slice(&old.drives[last_old + 1..]);
        self.metres <= kind.metres_max
    }

    /// At the visit that follows row `row`, without terms.
    fn stay(&self, model: &Model<'_>, row: usize) -> i64 {
        self.visits.get(row).map_or(0, |&node| model.stay(self.place_after(model, row), node))
    }

    /// [`Route::schedule`] without terms: earliest departures from the first change on, latest from the last change back,
    /// each until it meets what was there before.
    fn schedule_again(&mut self, model: &Model<'_>, kind: &Kind, same: &Common<'_>) -> bool {
        let Common { old, head, tail } = *same;
        let (n, n_old) = (self.visits.len(), old.visits.len());
        self.early.clear();
        self.early.extend_from_slice(&old.early[..=head]);
        for row in head + 1..=n {
            let from = self.place_after(model, row - 1);
            let way = (from, self.drives[row - 1]);
            let early = self.early[row - 1].visit_after(model, kind, way, self.visits[row - 1], Term::NONE);
            self.early.push(early);
            let after = n - row;
            if after < tail && early == old.early[n_old - after] {
                self.early.extend_from_slice(&old.early[n_old - after + 1..]);
                break;
            }
        }
        self.late.clear();
        self.late.resize(n + 1, Late::at_end(kind));
        // After the first of the common last visits all is as it was.
        self.late[n + 1 - tail..].copy_from_slice(&old.late[n_old + 1 - tail..]);
        for row in (0..=n - tail).rev() {
            let from = self.place_after(model, row);
            let late = match self.visits.get(row) {
                Some(&next) => self.late[row + 1].before_way(model, kind, (from, self.drives[row]), next, Term::NONE),
                None => Late::at_end(kind).before_end(model, kind, from),
            };
            self.late[row] = late;
            if row <= head && late == old.late[row] {
                self.late[..row].copy_from_slice(&old.late[..row]);
                break;
            }
        }
        self.early[0].fits(self.late[0])
    }

    /// Late starts and overtime of a vehicle that is everywhere as early as it can be there at all.
    fn extra_at_least(&self, model: &Model<'_>, kind: &Kind) -> i64 {
        let n = self.visits.len();
        let back = self.early[n].finish(model, kind, self.place_after(model, n)).soonest();
        let mut extra = if back < FAR { kind.overtime(back) } else { 0 };
        let (mut from, frozen) = (kind.start, kind.pin().map_or(0, |pin| pin.visits.len()));
        for (row, &node) in self.visits.iter().enumerate() {
            // Frozen visits start when they did.
            if row >= frozen && model.is_job(node) && !model.late.is_empty() {
                let start = self.early[row + 1].soonest() - model.stay(from, node);
                extra += if start < FAR { model.lateness_at_least(node, start) } else { 0 };
            }
            from = model.place(node);
        }
        extra
    }

    /// The schedule of least price; `None` where none exists.
    pub(crate) fn timing(&self, model: &Model<'_>) -> Option<Timing> {
        self.course(model).best_timing()
    }

    pub(crate) fn course<'c>(&'c self, model: &'c Model<'_>) -> Course<'c> {
        let kind = &model.kinds[self.kind];
        Course { model, kind, visits: &self.visits, terms: &self.terms, drives: &self.drives }
    }
}
