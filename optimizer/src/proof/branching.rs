//! Branch and bound over a list of routes: where cuts no longer help, two jobs are on one route or they are not.
//!
//! Each node has a list of its own, solved like the whole one (`stock.rs`), of which it holds only what is left of the routes that all share: the lists become shorter from node to node, as routes go that the branch
//! forbids and routes that the gap rules out. Nodes are searched depth first, jobs together before jobs apart, so that plans are
//! found early; each of them rules out more.
//!
//! A bound of a node holds for it alone. That of the list is the least of all nodes that are left.
//!
//! Source: Ryan and Foster (1981), in Wren (ed.), Computer Scheduling of Public Transport, 269-280.

use super::BoundKind;
use super::answers;
use super::column::Column;
use super::cuts::{Cuts, SubsetCut};
use super::generation::End;
use super::master::RouteMaster;
use super::prices::Prices;
use super::prove::Proving;
use super::stock::{Stock, StockPricer};
use crate::limits::Limits;
use crate::lp::LpError;

/// Columns of one round, and of the first master of a node for each of its rows.
const COLUMNS: usize = 200;
const FIRST_PER_ROW: usize = 4;
/// Shares nearer than this to 0 or 1 are that.
const WHOLE: f64 = 1e-6;

/// Routes of one branch.
struct Open {
    stock: Stock,
    /// Near those at which its master is solved.
    prices: Prices,
    bound: i64,
    depth: usize,
}

impl Proving<'_, '_> {
    /// Searches all plans made of the columns that cost less than `below`, and notes the bound that comes of it.
    ///
    /// # Errors
    /// [`LpError`] where the LP fails.
    pub(super) fn branch_out(
        &mut self,
        columns: Vec<Column>,
        subsets: Vec<SubsetCut>,
        prices: Prices,
        mut below: i64,
    ) -> Result<(), LpError> {
        let (n_nodes, n_kinds) = (self.model.nodes.len(), self.model.kinds.len());
        let mut stock = Stock::new(columns, n_kinds, self.scale);
        subsets.iter().for_each(|cut| stock.add_cut(cut));
        let mut cuts = Cuts::new(n_nodes);
        cuts.subsets = subsets;
        let mut open = vec![Open { stock, prices, bound: 0, depth: 0 }];
        // Bounds of nodes that are not branched any more; the plan without routes is in no list.
        let mut left = self.nobody_goes_out().unwrap_or(i64::MAX);
        while let Some(mut node) = open.pop() {
            if let Some(bound) = self.fathomed(&node, below) {
                left = left.min(bound);
                continue;
            }
            let statistics = &mut self.proof.statistics;
            statistics.nodes += 1;
            statistics.depth = statistics.depth.max(node.depth);
            let mut master = self.master_of(&node, &cuts)?;
            let mut pricer = StockPricer { stock: &node.stock, cuts: &cuts, columns_max: COLUMNS };
            let done = self.generate(&mut master, &mut pricer, &cuts, None)?;
            if let Some(best) = done.best {
                node.bound = node.bound.max(best.bound);
                let bars = self.bounding.bars(&best.prices, &cuts, &best.least, below);
                node.stock.keep_below(&best.prices, &bars);
                node.prices = best.prices;
            }
            if done.end == End::OutOfTime || self.pricing().reached(0) {
                open.push(node);
                break;
            }
            if let Some(bound) = self.fathomed(&node, below) {
                left = left.min(bound);
                continue;
            }
            let routes = master.routes();
            if routes.iter().all(|(_, share)| *share > 1.0 - WHOLE) {
                let chosen: Vec<Column> = routes.into_iter().map(|(column, _)| column.clone()).collect();
                let limits = Limits { iterations: None, ..*self.limits };
                self.take(answers::better_plan(self.model, &chosen, &[], &self.start, &limits));
                below = below.min(self.bounded);
                left = left.min(node.bound);
                continue;
            }
            let Some(pair) = halved(&routes, self.model.n_jobs) else {
                left = left.min(node.bound);
                continue;
            };
            let of = |column: &Column| pair.iter().filter(|&&job| column.visits.contains(&job)).count();
            for apart in [true, false] {
                let mut stock = node.stock.clone();
                stock.keep(|column| if apart { of(column) < 2 } else { of(column) != 1 });
                open.push(Open { stock, prices: node.prices.clone(), bound: node.bound, depth: node.depth + 1 });
            }
        }
        let bound = open.iter().map(|node| node.bound).fold(left.min(below), i64::min);
        self.note(bound, BoundKind::Elementary);
        Ok(())
    }

    /// The bound of a node that needs no branching: it is enough, or no route is left.
    fn fathomed(&self, node: &Open, below: i64) -> Option<i64> {
        if node.stock.len() == 0 {
            return Some(i64::MAX);
        }
        (node.bound >= below.min(self.enough)).then_some(node.bound)
    }

    /// What the plan without routes costs, where all jobs may be left out.
    fn nobody_goes_out(&self) -> Option<i64> {
        let penalties = self.model.instance.jobs.iter().map(|job| job.penalty.map(|penalty| penalty.0));
        penalties.sum::<Option<i64>>()
    }

    fn master_of(&self, node: &Open, cuts: &Cuts) -> Result<RouteMaster, LpError> {
        let none = vec![None; self.model.kinds.len()];
        let mut master = RouteMaster::new(self.model, self.scale, &[], &none)?;
        cuts.subsets.iter().try_for_each(|cut| master.add_subset(cut))?;
        let rows = self.model.n_jobs + self.model.kinds.len() + cuts.subsets.len();
        let first = node.stock.best(&node.prices, FIRST_PER_ROW * rows);
        first.into_iter().try_for_each(|column| master.add_under(column, cuts))?;
        Ok(master)
    }
}

/// The two jobs that are most nearly half on one route.
fn halved(routes: &[(&Column, f64)], n_jobs: usize) -> Option<[u32; 2]> {
    let mut together = vec![0.0; n_jobs * n_jobs];
    for (column, share) in routes {
        let jobs = column.jobs(n_jobs);
        for (k, (one, _)) in jobs.iter().enumerate() {
            jobs[k + 1..].iter().for_each(|(other, _)| together[*one as usize * n_jobs + *other as usize] += share);
        }
    }
    let split = together.iter().enumerate().filter(|(_, share)| (WHOLE..=1.0 - WHOLE).contains(*share));
    let (at, _) = split.min_by(|a, b| (a.1 - 0.5).abs().total_cmp(&(b.1 - 0.5).abs()))?;
    Some([(at / n_jobs) as u32, (at % n_jobs) as u32])
}
