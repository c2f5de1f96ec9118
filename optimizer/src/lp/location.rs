//! Capacitated location as a mixed-integer program, and the transportation LP of a fixed choice of sites.
//!
//! The model (names as in the code; `docs/formulation.md` says the same at length):
//!
//! ```text
//! min  Σ opening[i] y[i] + Σ cost[i,j] x[i,j] + Σ leave[j] u[j]
//!      Σ_i x[i,j] + u[j] = 1                        demand point j is served or left
//!      Σ_j flow[j] x[i,j] <= capacity[i] y[i]       where the capacity is finite
//!      x[i,j] <= y[i]                               strong linking, Balinski (1965)
//!      Σ y[i] <= sites_max,  Σ opening[i] y[i] <= budget,  y[i] = 1 where required
//!      Σ capacity[i] y[i] >= what must be served,  Σ y[i] >= the fewest sites that can take it
//! ```
//!
//! Large models get the strong linking rows lazily: an LP is solved, violated ones are added, and so on; the mixed-integer
//! model then holds the rows that were ever violated, and the weak sum of the others, which keeps it correct.
//!
//! This file knows no geography, no ids and no file format.

use good_lp::solvers::highs::{HighsProblem, highs};
use good_lp::{Expression, SolverModel, constraint, variable, variables};
use highs::RowProblem;

use super::{LpError, Outcome, SolveOptions, Status, run, silence, solve};

/// A site that may serve a demand point, and what serving its whole flow from there costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Link {
    pub(crate) site: usize,
    pub(crate) cost: f64,
}

/// The numbers of a location problem. Infinite means: no limit, or for `leave`: must be served.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    /// By site.
    pub(crate) opening: Vec<f64>,
    pub(crate) capacity: Vec<f64>,
    pub(crate) required: Vec<bool>,
    /// False for closed sites and for those proven not worth opening; they have no links.
    pub(crate) usable: Vec<bool>,
    /// By demand point.
    pub(crate) flow: Vec<f64>,
    pub(crate) leave: Vec<f64>,
    /// By demand point, cheapest first.
    pub(crate) links: Vec<Vec<Link>>,
    pub(crate) sites_max: usize,
    pub(crate) budget: f64,
    pub(crate) single_source: bool,
}

impl Network {
    pub(crate) fn n_sites(&self) -> usize {
        self.opening.len()
    }

    pub(crate) fn n_demand(&self) -> usize {
        self.flow.len()
    }

    pub(crate) fn n_links(&self) -> usize {
        self.links.iter().map(Vec::len).sum()
    }

    /// Flow that may not be left unserved.
    pub(crate) fn mandatory_flow(&self) -> f64 {
        self.flow.iter().zip(&self.leave).filter(|(_, leave)| leave.is_infinite()).map(|(flow, _)| flow).sum()
    }

    /// No fewer sites have the capacity for the mandatory flow, the required ones counted. More than there are usable
    /// sites where even all are too small.
    pub(crate) fn sites_min(&self) -> usize {
        // Capacities are kept to the same relative error everywhere.
        let must = self.mandatory_flow() * (1.0 - 1e-9);
        let of = |required: bool| (0..self.n_sites()).filter(move |&i| self.usable[i] && self.required[i] == required);
        let mut room: f64 = of(true).map(|i| self.capacity[i]).sum();
        let mut others: Vec<f64> = of(false).map(|i| self.capacity[i]).collect();
        others.sort_by(|a, b| b.total_cmp(a));
        let mut n = of(true).count();
        for capacity in others {
            if room >= must {
                return n;
            }
            room += capacity;
            n += 1;
        }
        if room >= must { n } else { n + 1 }
    }
}

/// Demand point, site, share.
pub(crate) type Share = (usize, usize, f64);

/// What the mixed-integer program found.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    pub(crate) status: Status,
    pub(crate) dual_bound: Option<f64>,
    /// Open sites and shares of the best solution; absent where none was found.
    pub(crate) found: Option<(Vec<bool>, Vec<Share>)>,
}

/// Up to this many links every strong linking row is written down at once.
const EAGER_LINKS_MAX: usize = 12_000;
/// Rounds of adding violated linking rows.
const LINK_ROUNDS_MAX: usize = 20;
/// `x[i,j] - y[i]` beyond this counts as violated.
const LINK_VIOLATION: f64 = 1e-3;
/// Smaller shares are noise of the floating-point solve.
pub(crate) const SHARE_MIN: f64 = 1e-9;

/// Solves the mixed-integer program. `start` is a feasible choice of sites with its shares; `elapsed_s` is the
/// caller's clock and is asked only where `options.seconds` is given.
pub(crate) fn solve_mip(
    net: &Network,
    start: Option<(&[bool], &[Share])>,
    options: &SolveOptions<'_>,
    elapsed_s: &dyn Fn() -> f64,
) -> Result<Located, LpError> {
    let began = elapsed_s();
    let left = || options.seconds.map(|s| (s - (elapsed_s() - began)).max(0.0));
    let columns = Columns::new(net);
    let linked = if net.n_links() > EAGER_LINKS_MAX { violated_links(net, &columns, &left)? } else { Linked::all(net) };
    let start = start.map(|(open, shares)| columns.values(net, open, shares));
    let rows = rows(net, &columns, &linked);
    // A model whose every site is closed is a plain LP, and HiGHS then states no bound of branch and bound.
    let integer = columns.defs.iter().any(|def| def.integer);
    let with = |start| SolveOptions { integer, seconds: left(), start, ..*options };
    let mut outcome = solve(mixed_integer(&columns.defs, &rows), &with(start.as_deref()))?;
    // With a start HiGHS (1.16) may call a point optimal that its presolve made up: objective and bound are then those
    // of no column values. Seen with sites that cost nothing to open; without a start it is right.
    if start.is_some() && !columns.cost_is_that_of(&outcome) {
        outcome = solve(mixed_integer(&columns.defs, &rows), &with(None))?;
    }
    Ok(columns.read(net, &outcome))
}

/// Shares of the cheapest service by the `open` sites, without single sourcing; `None` where they cannot serve all
/// that must be served.
pub(crate) fn transport(net: &Network, open: &[bool]) -> Result<Option<Vec<Share>>, LpError> {
    let links = net.links.iter().map(|links| links.iter().copied().filter(|link| open[link.site]).collect());
    let fixed = Network {
        opening: vec![0.0; net.n_sites()],
        required: open.to_vec(),
        usable: open.to_vec(),
        links: links.collect(),
        sites_max: net.n_sites(),
        budget: f64::INFINITY,
        single_source: false,
        ..net.clone()
    };
    if fixed.links.iter().zip(&fixed.leave).any(|(links, leave)| links.is_empty() && leave.is_infinite()) {
        return Ok(None);
    }
    let mut columns = Columns::new(&fixed);
    columns.defs.iter_mut().for_each(|def| def.integer = false);
    let problem = mixed_integer(&columns.defs, &rows(&fixed, &columns, &Linked::none(&fixed)));
    let outcome = solve(problem, &SolveOptions::default())?;
    if outcome.status != Status::Optimal {
        return Ok(None);
    }
    Ok(columns.read(&fixed, &outcome).found.map(|(_, shares)| shares))
}

#[derive(Clone, Copy)]
struct ColumnDef {
    cost: f64,
    low: f64,
    high: f64,
    integer: bool,
}

/// A row `low <= Σ factor column <= high`, columns by index.
struct Row {
    terms: Vec<(usize, f64)>,
    low: f64,
    high: f64,
}

impl Row {
    fn at_most(terms: Vec<(usize, f64)>, high: f64) -> Self {
        Self { terms, low: f64::NEG_INFINITY, high }
    }
}

/// Which column is which.
struct Columns {
    defs: Vec<ColumnDef>,
    /// By site; absent where it is not usable.
    y: Vec<Option<usize>>,
    /// By demand point: the column of its first link; the others follow.
    x: Vec<usize>,
    /// By demand point; absent where it must be served.
    u: Vec<Option<usize>>,
}

impl Columns {
    fn new(net: &Network) -> Self {
        let mut defs = Vec::with_capacity(net.n_links() + net.n_sites() + net.n_demand());
        let mut add = |cost, low, integer| {
            defs.push(ColumnDef { cost, low, high: 1.0, integer });
            defs.len() - 1
        };
        let y = (0..net.n_sites())
            .map(|i| net.usable[i].then(|| add(net.opening[i], f64::from(u8::from(net.required[i])), true)))
            .collect();
        let mut x = Vec::with_capacity(net.n_demand());
        let mut u = Vec::with_capacity(net.n_demand());
        for (links, &leave) in net.links.iter().zip(&net.leave) {
            let mut first = None;
            for link in links {
                let at = add(link.cost, 0.0, net.single_source);
                first.get_or_insert(at);
            }
            x.push(first.unwrap_or(0));
            u.push(leave.is_finite().then(|| add(leave, 0.0, net.single_source)));
        }
        Self { defs, y, x, u }
    }

    /// The column values of a known solution.
    fn values(&self, net: &Network, open: &[bool], shares: &[Share]) -> Vec<f64> {
        let mut values = vec![0.0; self.defs.len()];
        for (y, &open) in self.y.iter().zip(open) {
            if let (&Some(y), true) = (y, open) {
                values[y] = 1.0;
            }
        }
        let mut left = vec![1.0_f64; net.n_demand()];
        for &(j, site, share) in shares {
            if let Some(at) = net.links[j].iter().position(|link| link.site == site) {
                values[self.x[j] + at] = share;
                left[j] -= share;
            }
        }
        for (u, left) in self.u.iter().zip(left) {
            if let Some(u) = *u {
                values[u] = left.max(0.0);
            }
        }
        values
    }

    /// The objective that was told is the one of the column values, to the tolerance of the solve.
    fn cost_is_that_of(&self, outcome: &Outcome) -> bool {
        let Some(told) = outcome.objective else { return true };
        let cost: f64 = self.defs.iter().zip(&outcome.columns).map(|(def, value)| def.cost * value).sum();
        (cost - told).abs() <= 1e-6 * told.abs().max(1.0)
    }

    fn read(&self, net: &Network, outcome: &Outcome) -> Located {
        let value = |at: usize| outcome.columns.get(at).copied().unwrap_or(0.0);
        let found = outcome.objective.map(|_| {
            let open: Vec<bool> = self.y.iter().map(|y| y.is_some_and(|y| value(y) > 0.5)).collect();
            let mut shares = Vec::new();
            for (j, links) in net.links.iter().enumerate() {
                for (at, link) in links.iter().enumerate() {
                    let share = value(self.x[j] + at).min(1.0);
                    if share > SHARE_MIN && open[link.site] {
                        shares.push((j, link.site, share));
                    }
                }
            }
            (open, shares)
        });
        Located { status: outcome.status, dual_bound: outcome.dual_bound, found }
    }
}

/// Which strong linking rows the model holds, beside `Network::links`.
struct Linked(Vec<Vec<bool>>);

impl Linked {
    fn all(net: &Network) -> Self {
        Self(net.links.iter().map(|links| vec![true; links.len()]).collect())
    }

    fn none(net: &Network) -> Self {
        Self(net.links.iter().map(|links| vec![false; links.len()]).collect())
    }

    /// The cheapest links bind most often; a demand point without flow is not held by the capacity row.
    fn first(net: &Network) -> Self {
        let row = |(links, &flow): (&Vec<Link>, &f64)| (0..links.len()).map(|at| at < 3 || flow <= 0.0).collect();
        Self(net.links.iter().zip(&net.flow).map(row).collect())
    }
}

fn rows(net: &Network, columns: &Columns, linked: &Linked) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut loads: Vec<Vec<(usize, f64)>> = vec![Vec::new(); net.n_sites()];
    let mut weak: Vec<Vec<(usize, f64)>> = vec![Vec::new(); net.n_sites()];
    for (j, links) in net.links.iter().enumerate() {
        let mut row = Vec::with_capacity(links.len() + 1);
        for (at, link) in links.iter().enumerate() {
            let x = columns.x[j] + at;
            row.push((x, 1.0));
            let Some(y) = columns.y[link.site] else { continue };
            let capacitated = net.capacity[link.site].is_finite();
            if capacitated && net.flow[j] > 0.0 {
                loads[link.site].push((x, net.flow[j]));
            }
            if linked.0[j][at] {
                rows.push(Row::at_most(vec![(x, 1.0), (y, -1.0)], 0.0));
            } else if !capacitated {
                weak[link.site].push((x, 1.0));
            }
        }
        row.extend(columns.u[j].map(|u| (u, 1.0)));
        rows.push(Row { terms: row, low: 1.0, high: 1.0 });
    }
    for (i, y) in columns.y.iter().enumerate() {
        let Some(y) = *y else { continue };
        for (mut terms, most) in [(std::mem::take(&mut loads[i]), net.capacity[i]), {
            let terms = std::mem::take(&mut weak[i]);
            let n = terms.len() as f64;
            (terms, n)
        }] {
            if !terms.is_empty() {
                terms.push((y, -most));
                rows.push(Row::at_most(terms, 0.0));
            }
        }
    }
    let each = |weight: &dyn Fn(usize) -> f64| {
        columns.y.iter().enumerate().filter_map(|(i, y)| y.map(|y| (y, weight(i)))).collect::<Vec<_>>()
    };
    let most = net.capacity.iter().zip(&net.usable).filter(|(_, usable)| **usable).map(|(capacity, _)| capacity);
    if most.sum::<f64>().is_finite() {
        // Implied by the rows above, but together: branch and bound rounds them up.
        rows.push(Row::at_most(each(&|i| -net.capacity[i]), -net.mandatory_flow() * (1.0 - 1e-9)));
        rows.push(Row::at_most(each(&|_| -1.0), -(net.sites_min() as f64)));
    }
    if net.sites_max < net.n_sites() {
        rows.push(Row::at_most(each(&|_| 1.0), net.sites_max as f64));
    }
    if net.budget.is_finite() {
        rows.push(Row::at_most(each(&|i| net.opening[i]), net.budget));
    }
    rows
}

/// The model in `good_lp`'s words.
fn mixed_integer(defs: &[ColumnDef], rows: &[Row]) -> HighsProblem {
    let mut vars = variables!();
    let columns: Vec<_> = defs
        .iter()
        .map(|def| {
            let column = variable().clamp(def.low, def.high);
            vars.add(if def.integer { column.integer() } else { column })
        })
        .collect();
    let mut cost = Expression::with_capacity(defs.len());
    for (&column, def) in columns.iter().zip(defs) {
        cost.add_mul(def.cost, column);
    }
    let mut problem = vars.minimise(cost).using(highs);
    for row in rows {
        let mut sum = Expression::with_capacity(row.terms.len());
        for &(at, factor) in &row.terms {
            sum.add_mul(factor, columns[at]);
        }
        problem.add_constraint(if row.low == row.high {
            constraint!(sum == row.high)
        } else {
            constraint!(sum <= row.high)
        });
    }
    problem
}

/// Solves the LP relaxation, adding linking rows as they are violated, and returns those ever needed.
///
/// Written on the HiGHS model itself: rows can be added to a solved model only through its own column handles.
fn violated_links(net: &Network, columns: &Columns, left: &dyn Fn() -> Option<f64>) -> Result<Linked, LpError> {
    let mut linked = Linked::first(net);
    let mut relaxed = RowProblem::default();
    let handles: Vec<_> = columns.defs.iter().map(|def| relaxed.add_column(def.cost, def.low..=def.high)).collect();
    for row in rows(net, columns, &linked) {
        relaxed.add_row(row.low..=row.high, row.terms.iter().map(|&(at, factor)| (handles[at], factor)));
    }
    let refused = |e| LpError::Model(format!("{e:?}"));
    let mut model = relaxed.try_optimise(highs::Sense::Minimise).map_err(refused)?;
    silence(&mut model)?;
    // At most half of the time goes into choosing rows; HiGHS counts the time of all rounds together.
    let seconds = left().map(|s| s / 2.0);
    for _ in 0..LINK_ROUNDS_MAX {
        let (solved, outcome) = run(model, &SolveOptions { seconds, ..Default::default() })?;
        if outcome.status != Status::Optimal {
            break;
        }
        model = highs::Model::from(solved);
        let mut added = 0;
        for (j, links) in net.links.iter().enumerate() {
            for (at, link) in links.iter().enumerate() {
                let Some(y) = columns.y[link.site] else { continue };
                let x = columns.x[j] + at;
                if !linked.0[j][at] && outcome.columns[x] > outcome.columns[y] + LINK_VIOLATION {
                    linked.0[j][at] = true;
                    added += 1;
                    model.try_add_row(..=0.0, [(handles[x], 1.0), (handles[y], -1.0)]).map_err(refused)?;
                }
            }
        }
        if added == 0 {
            break;
        }
    }
    Ok(linked)
}
