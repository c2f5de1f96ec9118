//! Lagrangian lower bound: the rows "demand point j is served once" are priced instead of kept.
//!
//! For multipliers λ every site then decides alone which demand it would take (a continuous knapsack within its
//! capacity), and the best sites within the limits on number or budget are opened, never fewer than the capacities
//! demand. *Any* λ yields a valid bound; the subgradient method looks for good ones. The bound of the best λ is at least
//! that of the strong LP relaxation, and better where the fewest sites matter.
//!
//! Sources: Held, Wolfe and Crowder (1974), Mathematical Programming 6, 62-88 (subgradient); Camerini, Fratta and
//! Maffioli (1975), Mathematical Programming Study 3, 26-34 (deflected direction); Beasley (1993), European Journal of
//! Operational Research 65, 383-399 (location problems, and fixing of variables by the bound).

use crate::lp::location::{Link, Network};

/// Weight of the previous direction in the next one.
const DEFLECTION: f64 = 0.3;
/// Iterations without a better bound before the step is halved.
const PATIENCE: u32 = 15;
/// A bound better by less than this part of itself does not count as better.
const GAIN_MIN: f64 = 1e-5;
/// The method ends when its step has shrunk to this.
const STEP_MIN: f64 = 2e-3;
/// Relative error allowed for the rounding of a bound summed in double precision.
const ROUNDING: f64 = 1e-9;

/// One evaluation: the bound, and the relaxed solution behind it.
#[derive(Clone, Debug)]
pub(super) struct Relaxed {
    pub(super) bound: f64,
    /// Cost of opening each site less what its demand is worth at these multipliers.
    pub(super) reduced: Vec<f64>,
    /// How far each site is opened: 0 or 1, a fraction only where the budget cuts.
    pub(super) opened: Vec<f64>,
    /// Sum of the shares each demand point gets in the relaxed solution.
    pub(super) served: Vec<f64>,
}

/// The state of the subgradient method.
#[derive(Debug)]
pub(super) struct Lagrangian<'a> {
    net: &'a Network,
    by_site: Vec<Vec<(usize, f64)>>,
    multipliers: Vec<f64>,
    direction: Vec<f64>,
    step: f64,
    stale: u32,
    best: Option<(Relaxed, Vec<f64>)>,
}

impl<'a> Lagrangian<'a> {
    pub(super) fn new(net: &'a Network) -> Self {
        // The second-cheapest link is close to what the best multipliers of location problems look like.
        let start = |links: &Vec<Link>, leave: f64| match links.as_slice() {
            [] if leave.is_finite() => leave,
            [] => 0.0,
            [only] => only.cost.min(leave),
            [_, second, ..] => second.cost.min(leave),
        };
        Self {
            net,
            by_site: net.by_site(),
            multipliers: net.links.iter().zip(&net.leave).map(|(links, &leave)| start(links, leave)).collect(),
            direction: vec![0.0; net.n_demand()],
            step: 1.5,
            stale: 0,
            best: None,
        }
    }

    pub(super) fn finished(&self) -> bool {
        self.step < STEP_MIN
    }

    /// The best valid bound so far, rounded to the safe side.
    pub(super) fn bound(&self) -> Option<f64> {
        self.best.as_ref().map(|(relaxed, _)| relaxed.bound - ROUNDING * relaxed.bound.abs().max(1.0))
    }

    /// Evaluates the multipliers, then moves them towards a better bound. `upper` is the cost of the best known
    /// solution, if any. Returns the evaluation.
    pub(super) fn iterate(&mut self, upper: Option<f64>) -> Relaxed {
        let relaxed = self.evaluate(&self.multipliers);
        let gain =
            self.best.as_ref().map_or(f64::INFINITY, |(best, _)| (relaxed.bound - best.bound) / best.bound.abs());
        if gain > 0.0 {
            self.best = Some((relaxed.clone(), self.multipliers.clone()));
        }
        if gain > GAIN_MIN {
            self.stale = 0;
        } else {
            self.stale += 1;
            if self.stale >= PATIENCE {
                self.stale = 0;
                self.step /= 2.0;
                if let Some((_, multipliers)) = &self.best {
                    self.multipliers.clone_from(multipliers);
                    self.direction.fill(0.0);
                }
            }
        }
        self.advance(&relaxed, upper);
        relaxed
    }

    fn advance(&mut self, relaxed: &Relaxed, upper: Option<f64>) {
        let mut norm = 0.0;
        for (direction, served) in self.direction.iter_mut().zip(&relaxed.served) {
            *direction = (1.0 - served) + DEFLECTION * *direction;
            norm += *direction * *direction;
        }
        if norm < 1e-12 {
            // Every demand point is served exactly once: these multipliers cannot be improved.
            self.step = 0.0;
            return;
        }
        let best = self.best.as_ref().map_or(relaxed.bound, |(best, _)| best.bound);
        let target = upper.filter(|upper| *upper > relaxed.bound).unwrap_or(best + 0.05 * best.abs().max(1.0));
        let length = self.step * (target - relaxed.bound).max(1e-6 * best.abs().max(1e-6)) / norm;
        for (j, multiplier) in self.multipliers.iter_mut().enumerate() {
            *multiplier = (*multiplier + length * self.direction[j]).clamp(0.0, self.net.leave[j]);
        }
    }

    fn evaluate(&self, multipliers: &[f64]) -> Relaxed {
        let net = self.net;
        let mut taken: Vec<Vec<(usize, f64)>> = Vec::with_capacity(net.n_sites());
        let mut reduced = Vec::with_capacity(net.n_sites());
        for i in 0..net.n_sites() {
            let (worth, shares) = knapsack(net, &self.by_site[i], net.capacity[i], multipliers);
            reduced.push(net.opening[i] - worth);
            taken.push(shares);
        }
        let opened = choose(net, &reduced);
        let mut served = vec![0.0; net.n_demand()];
        let mut bound = 0.0;
        for (i, &part) in opened.iter().enumerate() {
            if part > 0.0 {
                bound += part * reduced[i];
                for &(j, share) in &taken[i] {
                    served[j] += part * share;
                }
            }
        }
        // Multipliers never exceed the price of leaving, so an unserved demand point pays exactly its multiplier.
        for (j, &multiplier) in multipliers.iter().enumerate() {
            bound += multiplier;
            if multiplier >= net.leave[j] && served[j] < 1.0 {
                served[j] = 1.0;
            }
        }
        Relaxed { bound, reduced, opened, served }
    }

    /// The network without the sites and links that no solution cheaper than `upper` uses, and with the sites
    /// required that every such solution opens.
    pub(super) fn fixed(&self, upper: f64) -> Network {
        let mut net = self.net.clone();
        let Some((relaxed, multipliers)) = &self.best else { return net };
        let upper = upper + ROUNDING * upper.abs().max(1.0);
        // Fixing reasons about the numbers alone; the budget only makes solutions dearer.
        let free: Vec<usize> = (0..net.n_sites()).filter(|&i| net.usable[i] && !net.required[i]).collect();
        let slots = Slots::new(&net);
        let ranked = ranked(&net, &relaxed.reduced);
        let n = slots.taken(&ranked, &relaxed.reduced);
        let reduced_at = |k: usize| ranked.get(k).map(|&i| relaxed.reduced[i]);
        // What must be paid in place of a chosen site: where the fewest are open, the next; else at best the next.
        let instead = match reduced_at(n) {
            Some(next) if n <= slots.least => next,
            Some(next) => next.min(0.0),
            None if n <= slots.least => f64::INFINITY,
            None => 0.0,
        };
        // What is saved beside an added site: where the most are open, the last chosen; else that if it saves at all.
        let spared = match n.checked_sub(1).and_then(reduced_at) {
            Some(last) if n >= slots.most => last,
            Some(last) => last.max(0.0),
            None => 0.0,
        };
        let base: f64 = multipliers.iter().sum::<f64>()
            + (0..net.n_sites()).filter(|&i| net.required[i]).map(|i| relaxed.reduced[i]).sum::<f64>()
            + ranked[..n].iter().map(|&i| relaxed.reduced[i]).sum::<f64>();
        let mut in_best = net.required.clone();
        for &i in &ranked[..n] {
            in_best[i] = true;
        }
        // Bound where the site is open.
        let mut forced = vec![base; net.n_sites()];
        for &i in &free {
            if in_best[i] {
                if base - relaxed.reduced[i] + instead > upper {
                    net.required[i] = true;
                }
            } else {
                forced[i] = base + relaxed.reduced[i] - spared;
                if slots.most == 0 || forced[i] > upper {
                    net.usable[i] = false;
                }
            }
        }
        let whole = net.single_source || net.uncapacitated();
        let usable = &net.usable;
        for (j, links) in net.links.iter_mut().enumerate() {
            links.retain(|link| {
                usable[link.site] && !(whole && forced[link.site] + (link.cost - multipliers[j]).max(0.0) > upper)
            });
        }
        net
    }
}

/// What a site would take of the demand at these multipliers, and what that is worth: a continuous knapsack.
fn knapsack(net: &Network, list: &[(usize, f64)], capacity: f64, multipliers: &[f64]) -> (f64, Vec<(usize, f64)>) {
    let mut wanted: Vec<(usize, f64)> =
        list.iter().map(|&(j, cost)| (j, multipliers[j] - cost)).filter(|&(_, worth)| worth > 0.0).collect();
    let flow: f64 = wanted.iter().map(|&(j, _)| net.flow[j]).sum();
    if flow <= capacity {
        let worth = wanted.iter().map(|&(_, worth)| worth).sum();
        wanted.iter_mut().for_each(|entry| entry.1 = 1.0);
        return (worth, wanted);
    }
    // Best worth for each unit of flow first; what has no flow takes no room.
    let density = |&(j, worth): &(usize, f64)| if net.flow[j] > 0.0 { worth / net.flow[j] } else { f64::INFINITY };
    wanted.sort_by(|a, b| density(b).total_cmp(&density(a)).then(a.0.cmp(&b.0)));
    let (mut room, mut worth) = (capacity, 0.0);
    let mut shares = Vec::new();
    for (j, value) in wanted {
        let share = if net.flow[j] > room { room / net.flow[j] } else { 1.0 };
        if share <= 0.0 {
            break;
        }
        worth += share * value;
        room -= share * net.flow[j];
        shares.push((j, share));
    }
    (worth, shares)
}

/// How many sites may be opened beside the required ones: at least what the mandatory flow needs, at most what
/// `sites_max` leaves.
struct Slots {
    least: usize,
    most: usize,
}

impl Slots {
    fn new(net: &Network) -> Self {
        let required = net.required.iter().filter(|&&required| required).count();
        let least = net.sites_min().saturating_sub(required);
        Self { least, most: net.sites_max.saturating_sub(required).max(least) }
    }

    /// How many of the ranked sites are best opened: those that lower the bound, as far as the numbers allow.
    fn taken(&self, ranked: &[usize], reduced: &[f64]) -> usize {
        let worth = ranked.iter().take_while(|&&i| reduced[i] < 0.0).count();
        worth.clamp(self.least, self.most).min(ranked.len())
    }
}

/// The sites that may be opened or not, cheapest reduced cost first.
fn ranked(net: &Network, reduced: &[f64]) -> Vec<usize> {
    let mut ranked: Vec<usize> = (0..net.n_sites()).filter(|&i| net.usable[i] && !net.required[i]).collect();
    ranked.sort_by(|&a, &b| reduced[a].total_cmp(&reduced[b]).then(a.cmp(&b)));
    ranked
}

/// The best sites to open at these reduced costs: within the numbers, or within the budget (in parts), whichever bounds
/// better. Keeping both limits at once would be a hard problem of its own, and either alone is valid.
fn choose(net: &Network, reduced: &[f64]) -> Vec<f64> {
    let mut by_number: Vec<f64> = net.required.iter().map(|&required| if required { 1.0 } else { 0.0 }).collect();
    let mut by_budget = by_number.clone();
    let mut ranked = ranked(net, reduced);
    let n = Slots::new(net).taken(&ranked, reduced);
    for &i in &ranked[..n] {
        by_number[i] = 1.0;
    }
    if net.budget.is_infinite() {
        return by_number;
    }
    let mut room = net.budget - net.opening.iter().zip(&net.required).filter(|(_, r)| **r).map(|(c, _)| c).sum::<f64>();
    let density = |i: usize| if net.opening[i] > 0.0 { reduced[i] / net.opening[i] } else { f64::NEG_INFINITY };
    ranked.retain(|&i| reduced[i] < 0.0);
    ranked.sort_by(|&a, &b| density(a).total_cmp(&density(b)).then(a.cmp(&b)));
    for i in ranked {
        let part = if net.opening[i] > room { (room / net.opening[i]).max(0.0) } else { 1.0 };
        by_budget[i] = part;
        room -= part * net.opening[i];
    }
    let worth = |opened: &[f64]| opened.iter().zip(reduced).map(|(part, cost)| part * cost).sum::<f64>();
    if worth(&by_budget) > worth(&by_number) { by_budget } else { by_number }
}
