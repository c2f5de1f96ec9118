//! The course of a siting solve: local search and Lagrangian bound feed each other, the bound then fixes what cannot
//! be part of a better solution, and the mixed-integer program decides the rest.

use std::collections::HashSet;

use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

use super::assignment::{Incumbent, assign, incumbent, undivided, whole};
use super::interchange::Interchange;
use super::lagrangian::{Lagrangian, Relaxed};
use super::{SitingParams, SitingProgress};
use crate::limits::Limits;
use crate::lp::location::{Network, solve_mip};
use crate::lp::{LpError, SolveOptions, Status};

/// HiGHS counts a row as kept that is violated by 1e-6; its bound is lowered by as much before it is called one.
const MIP_SAFETY: f64 = 1e-6;

/// Cutoffs tried one after the other, as parts of the Lagrangian bound above it.
const CUTOFFS: [f64; 4] = [0.002, 0.01, 0.05, f64::INFINITY];

/// What the search leaves behind.
#[derive(Debug)]
pub(super) struct Found {
    /// Absent where no feasible choice of sites was found.
    pub(super) incumbent: Option<Incumbent>,
    pub(super) bound: Option<f64>,
}

pub(super) struct Search<'a> {
    net: &'a Network,
    params: &'a SitingParams,
    limits: &'a Limits<'a>,
    rng: Xoshiro256PlusPlus,
    on_progress: &'a mut dyn FnMut(&SitingProgress),
    iteration: u64,
    incumbent: Option<Incumbent>,
    bound: Option<f64>,
    /// Choices of sites whose service was already worked out.
    tried: HashSet<Vec<bool>>,
}

impl<'a> Search<'a> {
    pub(super) fn new(
        net: &'a Network,
        params: &'a SitingParams,
        seed: u64,
        limits: &'a Limits<'a>,
        on_progress: &'a mut dyn FnMut(&SitingProgress),
    ) -> Self {
        Self {
            net,
            params,
            limits,
            rng: Xoshiro256PlusPlus::seed_from_u64(seed),
            on_progress,
            iteration: 0,
            incumbent: None,
            bound: None,
            tried: HashSet::new(),
        }
    }

    pub(super) fn run(mut self) -> Result<Found, LpError> {
        let net = self.net;
        let interchange = Interchange::new(net);
        self.descend_from(&interchange, net.required.clone())?;
        if net.n_links() <= self.params.exact_links_max {
            if !self.proven() && !self.limits.cancelled() {
                self.mixed_integer(net, f64::INFINITY)?;
            }
        } else {
            let mut lagrangian = Lagrangian::new(net);
            self.subgradient(&mut lagrangian, &interchange)?;
            if net.uncapacitated() && !self.proven() {
                self.iterate_search(&interchange, self.params.perturbations, 0.5)?;
            }
            let closed = self.close(&lagrangian)?;
            if net.uncapacitated() && !closed && !self.proven() {
                self.iterate_search(&interchange, u64::MAX, 1.0)?;
            }
        }
        Ok(Found { incumbent: self.incumbent, bound: self.bound })
    }

    /// Solves what the Lagrangian bound leaves open below a cutoff. Near the bound that is little, and a solution found
    /// below the cutoff is the best of all; where there is none, the cutoff has become a bound, and the next is tried, at
    /// last the cost of the incumbent. False where a mixed-integer program would have been too large.
    fn close(&mut self, lagrangian: &Lagrangian<'_>) -> Result<bool, LpError> {
        let bound = lagrangian.bound().unwrap_or(0.0);
        for part in CUTOFFS {
            let timed_out = self.limits.seconds_left().is_some_and(|left| left <= 0.0);
            if self.proven() || self.limits.cancelled() || timed_out {
                break;
            }
            let known = self.incumbent.as_ref().map_or(f64::INFINITY, |best| {
                // Only what is cheaper counts, and that is cheaper by a whole unit.
                if self.net.integral() { best.cost.round() - 1.0 + MIP_SAFETY } else { best.cost }
            });
            let cutoff = (bound + part * bound.abs()).min(known);
            let rest = lagrangian.fixed(cutoff);
            if rest.n_links() > self.params.mip_links_max {
                return Ok(false);
            }
            self.mixed_integer(&rest, cutoff)?;
            if cutoff == known {
                break;
            }
        }
        Ok(true)
    }

    /// The bound has reached the incumbent.
    fn proven(&self) -> bool {
        let (Some(best), Some(bound)) = (&self.incumbent, self.bound) else { return false };
        // A solve to the asked gap proves a little less once its bound is on the safe side.
        best.cost - bound <= (self.params.mip_gap + 2.0 * MIP_SAFETY) * best.cost.abs()
    }

    fn raise(&mut self, bound: f64) {
        let bound = if self.net.integral() { (bound - MIP_SAFETY).ceil() } else { bound };
        let bound = self.incumbent.as_ref().map_or(bound, |best| bound.min(best.cost));
        if bound.is_finite() && self.bound.is_none_or(|known| bound > known) {
            // Progress is worth a line each tenth of a per mille.
            let telling = self.bound.is_none_or(|known| bound - known > 1e-4 * bound.abs());
            self.bound = Some(bound);
            if telling {
                self.report();
            }
        }
    }

    fn offer(&mut self, found: Incumbent) {
        let better = self.incumbent.as_ref().is_none_or(|best| found.cost < best.cost - 1e-9 * best.cost.abs());
        if better && self.net.within_limits(&found.open) {
            self.incumbent = Some(found);
            self.report();
        }
    }

    fn report(&mut self) {
        if let Some(best) = &self.incumbent {
            let seconds = self.limits.clock.elapsed_s();
            let (iteration, cost, lower_bound) = (self.iteration, best.cost, self.bound);
            (self.on_progress)(&SitingProgress { seconds, iteration, cost, lower_bound });
        }
    }

    /// Works out the service of a choice of sites, once.
    fn try_sites(&mut self, mut open: Vec<bool>) -> Result<(), LpError> {
        if !self.net.within_limits(&open) || !self.tried.insert(open.clone()) {
            return Ok(());
        }
        let Some(mut found) = assign(self.net, &open)? else { return Ok(()) };
        // Sites that serve nobody only cost.
        let mut busy = self.net.required.clone();
        for &(_, site, _) in &found.shares {
            busy[site] = true;
        }
        if busy != open {
            open = busy;
            found = incumbent(self.net, open, found.shares);
        }
        self.offer(found);
        Ok(())
    }

    fn descend_from(&mut self, interchange: &Interchange<'_>, mut open: Vec<bool>) -> Result<Vec<bool>, LpError> {
        let limits = self.limits;
        let mut stop = || limits.cancelled() || limits.seconds_left().is_some_and(|left| left <= 0.0);
        interchange.descend(&mut open, &mut stop);
        let chosen = if self.net.uncapacitated() { open.clone() } else { self.with_capacity(open.clone(), &[]) };
        self.try_sites(chosen)?;
        Ok(open)
    }

    /// Opens further sites until those open can take all flow, cheapest per unit of capacity (after `reduced` cost)
    /// first. The result may still not do where links are missing.
    fn with_capacity(&self, mut open: Vec<bool>, reduced: &[f64]) -> Vec<bool> {
        let net = self.net;
        let must = net.mandatory_flow();
        let mut room: f64 = (0..net.n_sites()).filter(|&i| open[i]).map(|i| net.capacity[i]).sum();
        let price = |i: usize| reduced.get(i).copied().unwrap_or(net.opening[i]).max(0.0) / net.capacity[i].max(1e-9);
        let mut spare: Vec<usize> = (0..net.n_sites()).filter(|&i| !open[i] && net.usable[i]).collect();
        spare.sort_by(|&a, &b| price(a).total_cmp(&price(b)).then(a.cmp(&b)));
        for i in spare {
            if room >= must {
                break;
            }
            open[i] = true;
            room += net.capacity[i];
        }
        open
    }

    fn subgradient(&mut self, lagrangian: &mut Lagrangian<'_>, interchange: &Interchange<'_>) -> Result<(), LpError> {
        let began = self.limits.clock.elapsed_s();
        // The rest of the time belongs to the mixed-integer program.
        let share = self.limits.seconds_left().map(|left| left * 0.4);
        while !lagrangian.finished() && !self.proven() && !self.limits.reached(self.iteration) {
            if share.is_some_and(|share| self.limits.clock.elapsed_s() - began > share) {
                break;
            }
            let relaxed = lagrangian.iterate(self.incumbent.as_ref().map(|best| best.cost));
            if let Some(bound) = lagrangian.bound() {
                self.raise(bound);
            }
            if self.iteration.is_multiple_of(self.params.heuristic_every) {
                self.start_from(&relaxed, interchange)?;
            }
            self.iteration += 1;
        }
        Ok(())
    }

    /// The sites opened by the relaxed solution are a good start for the search.
    fn start_from(&mut self, relaxed: &Relaxed, interchange: &Interchange<'_>) -> Result<(), LpError> {
        let mut open: Vec<bool> = relaxed.opened.iter().map(|&part| part > 0.999).collect();
        if self.net.uncapacitated() {
            if self.tried.insert(open.clone()) {
                self.descend_from(interchange, open)?;
            }
            return Ok(());
        }
        open = self.with_capacity(open, &relaxed.reduced);
        self.try_sites(open)
    }

    /// Iterated local search: exchange some sites at random, descend, keep the better. Ends after `rounds`, at the
    /// limits, or when `share` of the time that was left is used.
    fn iterate_search(&mut self, interchange: &Interchange<'_>, rounds: u64, share: f64) -> Result<(), LpError> {
        let until = self.limits.seconds_left().map(|left| self.limits.clock.elapsed_s() + left * share);
        let endless = rounds == u64::MAX && until.is_none() && self.limits.iterations.is_none();
        let rounds = if endless { self.params.perturbations } else { rounds };
        for round in 0..rounds {
            let past = until.is_some_and(|until| self.limits.clock.elapsed_s() >= until);
            if past || self.proven() || self.limits.reached(self.iteration) {
                break;
            }
            let Some(best) = &self.incumbent else { break };
            let mut open = best.open.clone();
            let strength = 2 + (round % 4) as usize;
            interchange.perturb(&mut open, strength, &mut self.rng);
            self.descend_from(interchange, open)?;
            self.iteration += 1;
        }
        Ok(())
    }

    /// Solves what the bound left open. Every solution cheaper than `cutoff` is one of `rest`.
    fn mixed_integer(&mut self, rest: &Network, cutoff: f64) -> Result<(), LpError> {
        let within = |best: &&Incumbent| {
            best.open.iter().zip(&rest.required).all(|(open, required)| *open || !required)
                && best.shares.iter().all(|&(j, site, _)| rest.links[j].iter().any(|link| link.site == site))
                && best.open.iter().zip(&rest.usable).all(|(open, usable)| !open || *usable)
        };
        let start = self.incumbent.as_ref().filter(within).map(|best| (&best.open[..], &best.shares[..]));
        let options = SolveOptions {
            mip_gap: self.params.mip_gap,
            node_limit: self.params.node_limit,
            seconds: self.limits.seconds_left(),
            ..Default::default()
        };
        let clock = self.limits.clock;
        let located = solve_mip(rest, start, &options, &|| clock.elapsed_s())?;
        if let Some((open, shares)) = located.found {
            let shares = if self.net.single_source { undivided(shares) } else { whole(self.net, shares) };
            // The exact service of the chosen sites is free of the tolerances of the solve.
            let exact = if self.net.single_source { None } else { assign(self.net, &open)? };
            self.offer(exact.unwrap_or_else(|| incumbent(self.net, open, shares)));
        }
        let bound = match (located.status, located.dual_bound) {
            // Nothing cheaper than the cutoff is left; without one, there is nothing at all to bound.
            (Status::Infeasible, _) if cutoff.is_finite() => cutoff_bound(cutoff, self.net.integral()),
            (Status::Infeasible, _) => return Ok(()),
            (_, Some(bound)) => {
                let safe = bound - MIP_SAFETY * bound.abs().max(1.0);
                safe.min(cutoff_bound(cutoff, self.net.integral()))
            }
            (_, None) => return Ok(()),
        };
        self.raise(bound);
        Ok(())
    }
}

/// No solution left out costs less than this: each costs more than the cutoff.
fn cutoff_bound(cutoff: f64, integral: bool) -> f64 {
    if integral { cutoff.floor() + 1.0 } else { cutoff }
}
