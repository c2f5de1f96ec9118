//! One vehicle's sequence of visits with everything derived from it. [`Route::refresh`] is the only evaluator: all
//! costs and all rules of a single route are decided there; outlet room, which routes share, in `solution.rs`.

use super::board::{Board, Delivery};
use super::model::{FAR, Kind, Model, Node};
use super::schedule::{Early, Late, Timing, best_timing};

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
    pub(crate) metres: i64,
    pub(crate) duration: i64,
    pub(crate) gate_fees: i64,
    /// Fixed cost, time, distance and gate fees; 0 without visits.
    pub(crate) cost: i64,
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

    /// Recomputes everything after a change of `visits`. `false` where the route breaks a rule; then only `visits`
    /// is meaningful.
    pub(crate) fn refresh(&mut self, model: &Model<'_>) -> bool {
        let kind = &model.kinds[self.kind];
        (self.metres, self.duration, self.gate_fees, self.cost) = (0, 0, 0, 0);
        if !self.board.fill(model, kind, &self.visits, &mut self.deliveries) {
            return false;
        }
        if !self.drive(model, kind) || (model.timed && !self.schedule(model, kind)) {
            return false;
        }
        if self.visits.is_empty() {
            (self.metres, self.duration) = (0, 0);
            return true;
        }
        if model.timed && kind.per_second != 0 {
            let Some(timing) = self.timing(model) else { return false };
            self.duration = timing.duration();
        }
        self.gate_fees =
            self.visits.iter().filter_map(|&node| model.outlet(node)).map(|outlet| model.gate_fees[outlet]).sum();
        self.cost = kind
            .fixed
            .saturating_add(kind.per_second.saturating_mul(self.duration))
            .saturating_add(kind.per_metre.saturating_mul(self.metres))
            .saturating_add(self.gate_fees);
        true
    }

    fn drive(&mut self, model: &Model<'_>, kind: &Kind) -> bool {
        let mut place = kind.start;
        for row in 0..=self.visits.len() {
            let next = self.place_next(model, row);
            let leg = model.metres(kind, place, next);
            if !self.visits.is_empty() && (leg >= FAR || model.seconds(kind, place, next) >= FAR) {
                return false;
            }
            self.metres += leg;
            place = next;
        }
        self.visits.is_empty() || self.metres <= kind.metres_max
    }

    fn schedule(&mut self, model: &Model<'_>, kind: &Kind) -> bool {
        let n = self.visits.len();
        self.early.clear();
        self.early.push(Early::at_start(kind));
        let mut place = kind.start;
        for &node in &self.visits {
            let last = self.early[self.early.len() - 1];
            self.early.push(last.visit(model, kind, place, node));
            place = model.place(node);
        }
        self.late.clear();
        self.late.resize(n + 1, Late::at_end(kind));
        self.late[n] = Late::at_end(kind).before_end(model, kind, place);
        for row in (0..n).rev() {
            let from = self.place_after(model, row);
            self.late[row] = self.late[row + 1].before_visit(model, kind, from, self.visits[row]);
        }
        n == 0 || self.early[0].fits(self.late[0])
    }

    /// The schedule of least duration; `None` where none exists.
    pub(crate) fn timing(&self, model: &Model<'_>) -> Option<Timing> {
        best_timing(model, &model.kinds[self.kind], &self.visits)
    }
}
