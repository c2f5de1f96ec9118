//! The end of a proof: once the bound is near the best plan, what no better plan needs is ruled out, until nothing is left.

use super::answers;
use super::closing::{Pains, may_close, problem, settled, sift, unforgetting};
use super::column::Column;
use super::cuts::Cuts;
use super::enumeration::Most;
use super::fixing::Legs;
use super::fleet::Priced;
use super::generation::{Best, End};
use super::master::RouteMaster;
use super::prove::Proving;
use super::stock::{Stock, StockPricer};
use super::{BoundKind, ProofParams};
use crate::limits::Limits;
use crate::lp::LpError;
use crate::resources::model::Node;

/// Costs below which routes are enumerated, as parts of the way from the bound to the best plan.
const CUTOFFS: [f64; 4] = [1.0, 0.5, 0.25, 0.1];
/// Part of the time left that one pass may take.
const PASS_SHARE: f64 = 0.3;
/// Labels of one direction in a pass.
const PASS_LABELS: usize = 400_000;
/// Partial routes for each route that may be enumerated.
const PARTIAL_PER_ROUTE: usize = 12;
/// So few routes go to branch and bound at once.
const SETTLED_AT_ONCE: usize = 1_500;
/// Rounds of cuts over the list of routes, and cuts in each.
const STOCK_ROUNDS: usize = 30;
const STOCK_CUTS: usize = 40;
/// Columns of one round over the list, and of the first master for each of its rows.
const STOCK_COLUMNS: usize = 200;
const FIRST_PER_ROW: usize = 5;

impl Pains {
    fn of(params: &ProofParams) -> Self {
        let routes = params.routes_max;
        Self {
            labels_max: PASS_LABELS.min(params.labels_max),
            most: Most { partial: routes.saturating_mul(PARTIAL_PER_ROUTE), routes },
        }
    }
}

impl Proving<'_, '_> {
    /// Fixes arcs at the best prices of the last run and, where few routes are left, settles the plan over them; `true` where
    /// nothing is left to do. Nothing is tried again unless the gap is `narrower` times as wide as it was.
    ///
    /// # Errors
    /// [`LpError`] where the LP fails.
    pub(super) fn close(
        &mut self,
        master: &mut RouteMaster,
        kinds: &mut [Priced],
        cuts: &Cuts,
        best: Option<&Best>,
        narrower: f64,
    ) -> Result<bool, LpError> {
        let (Some(best), true) = (best, may_close(self.model, kinds) && self.bounded < i64::MAX) else {
            return Ok(false);
        };
        let known = self.proof.lower_bound.map_or(best.bound, |known| known.0.max(best.bound));
        let gap = (self.bounded - known) as f64 / (self.bounded as f64).max(1.0);
        if gap > self.params.closing_gap || gap > narrower * self.sifted {
            return Ok(false);
        }
        self.sifted = gap;
        // Where the routes of all better plans are too many, those of much better ones may be few.
        let parts = CUTOFFS.map(|part| known + (part * (self.bounded - known) as f64).ceil() as i64);
        let bars = parts.map(|below| self.bounding.bars(&best.prices, cuts, &best.least, below));
        let slice = self.slice(PASS_SHARE);
        let pains = Pains::of(self.params);
        let Ok(sifted) = sift(kinds, &best.prices, cuts, &bars, pains, &|| slice.reached(0)) else {
            return Ok(false);
        };
        self.below = self.below.min(self.bounded);
        let gone = kinds.iter_mut().zip(&sifted.needless).map(|(kind, needless)| needless.leave(&mut kind.network));
        self.proof.statistics.arcs_fixed += gone.sum::<usize>();
        if let Some((at, routes)) = sifted.routes {
            self.proof.statistics.routes = routes.len();
            let proven_below = parts[at];
            if self.settle(routes, best, proven_below)? || at == 0 {
                return Ok(true);
            }
        }
        let legs: Vec<Legs> = kinds.iter().map(|kind| Legs::of(&kind.network)).collect();
        let most = master.columns.len();
        let keep = |column: &Column| legs[column.kind].allow(column);
        master.thin_out(self.model, &self.bounding.room, cuts, most, &|_| 0, &keep)?;
        Ok(false)
    }

    /// The limits of a part of the time that is left for pricing.
    fn slice(&self, share: f64) -> Limits<'_> {
        let pricing = self.pricing();
        let now = pricing.clock.elapsed_s();
        Limits { seconds: pricing.seconds.map(|end| now + share * (end - now)), iterations: None, ..pricing }
    }

    /// Solves the problem over a list of all routes that a plan cheaper than `below` may have; `true` where that leaves nothing to do.
    fn settle(&mut self, routes: Vec<Column>, best: &Best, below: i64) -> Result<bool, LpError> {
        let before = self.below;
        self.below = before.min(below);
        let done = self.settle_below(routes, best, below);
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
        for _ in 0..STOCK_ROUNDS {
            let mut pricer = StockPricer { stock: &stock, cuts: &cuts, columns_max: STOCK_COLUMNS };
            let done = self.generate(&mut master, &mut pricer, &cuts, kind)?;
            if self.proven() || done.end == End::OutOfTime {
                return Ok(());
            }
            if let Some(best) = done.best {
                let bars = self.bounding.bars(&best.prices, &cuts, &best.least, below);
                if stock.keep_below(&best.prices, &bars) <= SETTLED_AT_ONCE {
                    break;
                }
            }
            let routes = master.routes();
            let routes: Vec<(&[Node], f64)> =
                routes.iter().map(|(column, share)| (&column.visits[..], *share)).collect();
            let found = unforgetting(model, &routes, &cuts.subsets, STOCK_CUTS);
            if found.is_empty() {
                break;
            }
            for cut in found {
                master.add_subset(&cut)?;
                stock.add_cut(&cut);
                cuts.subsets.push(cut);
            }
        }
        cuts.subsets = master.priced_subsets(&cuts);
        let partition = problem(model, &stock.columns, &cuts.subsets);
        let limits = Limits { iterations: None, ..*self.limits };
        let Some(settled) = settled(partition, &self.pricing(), &limits) else { return Ok(()) };
        if let Some(bound) = settled.bound {
            // Above the cost below which routes were enumerated where no such plan is left: then that is the bound.
            self.note(bound.ceil() as i64, kind);
        }
        if let Some(chosen) = settled.chosen {
            let chosen: Vec<Column> = chosen.into_iter().map(|at| stock.columns[at].clone()).collect();
            self.take(answers::better_plan(model, &chosen, &[], &self.start, &limits));
        }
        Ok(())
    }
}
