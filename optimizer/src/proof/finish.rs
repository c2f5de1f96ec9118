//! The end of a proof: once the bound is near the best plan, what no better plan needs is ruled out, until nothing is left.

use super::answers;
use super::closing::{Pains, may_close, problem, settled, sift, unforgetting};
use super::column::Column;
use super::cuts::{Cuts, SubsetCut};
use super::enumeration::Most;
use super::fixing::Legs;
use super::fleet::Priced;
use super::generation::{Best, Duals, End};
use super::master::RouteMaster;
use super::prices::Fixed;
use super::prove::Proving;
use super::stock::{Stock, StockPricer};
use super::{BoundKind, ProofParams};
use crate::limits::Limits;
use crate::lp::LpError;

/// Costs below which routes are enumerated at last, as parts of the way from the bound to the best plan.
const CUTOFFS: [f64; 8] = [1.0, 0.8, 0.65, 0.5, 0.35, 0.25, 0.15, 0.1];
/// A gap of this part of the one before is worth another pass over all arcs.
const NARROWER: f64 = 0.75;
/// Below such a gap routes may be few: before, only arcs are fixed.
const ENUMERATED_GAP: f64 = 0.01;
/// Below such a gap another plan is looked for among the master's routes, for a part of the time left: each unit less leaves fewer routes.
const ANSWERED_GAP: f64 = 0.02;
const ANSWER_SHARE: f64 = 0.1;
/// Where routes were too many, the gap must be so many times as wide for another trial.
const FEWER: f64 = 0.7;
/// Part of the time left that one pass may take.
const PASS_SHARE: f64 = 0.3;
/// Labels of one direction in a pass.
const PASS_LABELS: usize = 400_000;
/// Partial routes for each route that may be enumerated.
const PARTIAL_PER_ROUTE: usize = 6;
/// Cuts have come to their end when in so many rounds one after another they closed no more than this part of the gap.
const STUCK: f64 = 0.03;
const STUCK_ROUNDS: usize = 3;
/// The master of a list is cleared of needless columns when the list has become so many times as long.
const SHRUNK: f64 = 0.7;
/// Rounds of cuts over the list of routes, and cuts in each.
const STOCK_ROUNDS: usize = 30;
const STOCK_CUTS: usize = 40;
/// Columns of one round over the list, and of the first master for each of its rows.
const STOCK_COLUMNS: usize = 200;
const FIRST_PER_ROW: usize = 5;
/// Whoever waits longer has stopped.
const PACE_MAX: f64 = 10.0;

/// What a pass over all arcs has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// Nothing has changed.
    Nothing,
    /// Arcs have left the networks, and columns the master, which has no solution any more.
    Arcs,
    /// Nothing is left to do.
    All,
}

impl Pains {
    fn of(params: &ProofParams) -> Self {
        let routes = params.routes_max;
        Self {
            labels_max: PASS_LABELS.min(params.labels_max),
            most: Most { partial: routes.saturating_mul(PARTIAL_PER_ROUTE), routes },
        }
    }
}

impl<'a> Proving<'a, '_> {
    /// Fixes arcs at the best prices of the last run and, where few routes are left, settles the plan over them.
    /// Nothing is tried again before the gap is a good deal narrower, unless it is the `last` pass.
    ///
    /// # Errors
    /// [`LpError`] where the LP fails.
    pub(super) fn close(
        &mut self,
        master: &mut RouteMaster,
        kinds: &mut [Priced],
        cuts: &Cuts,
        best: Option<&Best>,
        last: bool,
    ) -> Result<Closed, LpError> {
        let (Some(best), true) = (best, may_close(self.model, kinds) && self.bounded < i64::MAX) else {
            return Ok(Closed::Nothing);
        };
        // How many arcs and routes are left is decided by these prices, also where more is known.
        let gap_to = |plan: i64| (plan - best.bound) as f64 / (plan as f64).max(1.0);
        if gap_to(self.bounded) < ANSWERED_GAP && !self.answered {
            self.answered = true;
            self.answer(master, ANSWER_SHARE);
        }
        let gap = gap_to(self.bounded);
        let known = self.proof.lower_bound.map_or(best.bound, |known| known.0.max(best.bound));
        if gap > self.params.closing_gap || (!last && gap > NARROWER * self.sifted) {
            return Ok(Closed::Nothing);
        }
        self.sifted = self.sifted.min(gap);
        // Where the routes of all better plans are too many, at last those of much better ones may be few.
        let parts = CUTOFFS.map(|part| known + (part * (self.bounded - known) as f64).ceil() as i64);
        let parts = &parts[..if last { parts.len() } else { 1 }];
        let bars: Vec<Vec<Fixed>> =
            parts.iter().map(|&below| self.bounding.bars(&best.prices, cuts, &best.least, below)).collect();
        let enumerating = last || gap < ENUMERATED_GAP && gap < FEWER * self.too_many;
        let slice = self.slice(PASS_SHARE);
        let pains = Pains::of(self.params);
        let from = if enumerating { 0 } else { bars.len() };
        let Ok(sifted) = sift(kinds, &best.prices, cuts, &bars, from, pains, &|| slice.reached(0)) else {
            return Ok(Closed::Nothing);
        };
        self.below = self.below.min(self.bounded);
        let gone = kinds.iter_mut().zip(&sifted.needless).map(|(kind, needless)| needless.leave(&mut kind.network));
        let gone = gone.sum::<usize>();
        self.proof.statistics.arcs_fixed += gone;
        if let Some((at, routes)) = sifted.routes {
            self.proof.statistics.routes = routes.len();
            let proven_below = parts[at];
            if self.settle(routes, best, proven_below)? || at == 0 {
                return Ok(Closed::All);
            }
        } else if enumerating {
            self.too_many = gap;
        }
        if gone == 0 {
            return Ok(Closed::Nothing);
        }
        let legs: Vec<Legs> = kinds.iter().map(|kind| Legs::of(&kind.network)).collect();
        master.keep(self.model, &self.bounding.room, cuts, &|column| legs[column.kind].allow(column))?;
        Ok(Closed::Arcs)
    }

    /// The limits of a part of the time that is left for pricing.
    fn slice(&self, share: f64) -> Limits<'a> {
        let pricing = self.pricing();
        Limits { seconds: pricing.moment(share), iterations: None, ..pricing }
    }

    /// Solves the problem over a list of all routes that a plan cheaper than `below` may have; `true` where that leaves nothing to do.
    fn settle(&mut self, routes: Vec<Column>, best: &Best, below: i64) -> Result<bool, LpError> {
        let before = self.below;
        self.below = before.min(below);
        // The cuts of a list are others.
        let first = self.first.take();
        let done = self.settle_below(routes, best, below);
        self.first = first;
        self.below = before;
        done?;
        Ok(self.proven() || self.pricing().reached(0))
    }

    /// Cuts first, then branch and bound.
    fn settle_below(&mut self, routes: Vec<Column>, best: &Best, below: i64) -> Result<(), LpError> {
        let (model, kind) = (self.model, BoundKind::Elementary);
        let mut stock = Stock::new(routes, model.kinds.len(), self.scale);
        let mut cuts = Cuts::new(model.nodes.len());
        let none = vec![None; model.kinds.len()];
        let mut master = RouteMaster::new(model, self.scale, &[], &none)?;
        for column in stock.best(&best.prices, FIRST_PER_ROW * (model.n_jobs + model.kinds.len())) {
            master.add_under(column, &cuts)?;
        }
        let (mut objective, mut stuck) = (0.0, 0);
        for _ in 0..STOCK_ROUNDS {
            let mut pricer = StockPricer { stock: &stock, cuts: &cuts, columns_max: STOCK_COLUMNS };
            let done = self.generate(&mut master, &mut pricer, &cuts, Some(kind))?;
            if self.proven() || done.end == End::OutOfTime {
                return Ok(());
            }
            if let Some(best) = done.best {
                let before = stock.len();
                let bars = self.bounding.bars(&best.prices, &cuts, &best.least, below);
                let kept = stock.keep_below(&best.prices, &bars);
                // Cuts that close little only make the LP of branch and bound larger.
                let closed = done.objective - objective > STUCK * (below as f64 - done.objective);
                (objective, stuck) = (done.objective, if closed { 0 } else { stuck + 1 });
                if kept <= self.params.settled_max || stuck == STUCK_ROUNDS {
                    break;
                }
                if (kept as f64) < SHRUNK * before as f64 {
                    let reduced = |column: &Column| column.reduced(self.scale, &cuts, &best.prices);
                    let bars = self.bounding.bars(&best.prices, &cuts, &best.least, below);
                    let keep = |column: &Column| reduced(column) < bars[column.kind];
                    master.keep(model, &[], &cuts, &keep)?;
                    if master.resolve(Duals::Corner, &|| self.pricing().reached(0)).is_err() {
                        return Ok(());
                    }
                }
            }
            let found = unforgetting(model, &master.shares(), &cuts.subsets, STOCK_CUTS, &|| self.pricing().reached(0));
            if found.is_empty() && self.pricing().reached(0) {
                return Ok(());
            }
            if found.is_empty() {
                break;
            }
            for cut in found {
                // Each is counted on all routes of the list.
                if self.pricing().reached(0) {
                    return Ok(());
                }
                master.add_subset(&cut)?;
                stock.add_cut(&cut);
                cuts.subsets.push(cut);
            }
        }
        let subsets = master.priced_subsets(&cuts);
        let columns = stock.into_columns();
        if columns.len() > self.params.settled_max {
            let mut prices = master.answer().prices;
            prices.subsets.retain(|&price| price > 0);
            return self.branch_out(columns, subsets, prices, below);
        }
        if let Some(bound) = self.branch(&columns, &subsets, below) {
            // No plan is better than the one known where that is the bound.
            self.note(bound.ceil() as i64, kind);
        }
        Ok(())
    }

    /// Branch and bound over columns for plans that cost less than `below`: takes a better plan, and gives a bound on those made of the columns.
    fn branch(&mut self, columns: &[Column], cuts: &[SubsetCut], below: i64) -> Option<f64> {
        let partition = problem(self.model, columns, cuts, below);
        let limits = Limits { iterations: None, ..*self.limits };
        let settled = settled(partition, &self.pricing(), &limits, self.pace())?;
        if let Some(chosen) = settled.chosen {
            let chosen: Vec<Column> = chosen.into_iter().map(|at| columns[at].clone()).collect();
            self.take(answers::better_plan(self.model, &chosen, &[], &self.start, &limits));
        }
        settled.bound
    }

    /// Seconds on the wall for each of the limits' so far: on a busy machine the process is not always running.
    fn pace(&self) -> f64 {
        let spent = self.limits.clock.elapsed_s() - self.began;
        if spent > 0.0 { (self.wall.elapsed().as_secs_f64() / spent).clamp(1.0, PACE_MAX) } else { 1.0 }
    }
}
