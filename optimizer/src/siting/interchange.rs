//! Local search over the open sites of an uncapacitated network: open one, shut one, or exchange one for another,
//! always the best such move (vertex substitution of Teitz and Bart 1968, Operations Research 16, 955-961, evaluated as
//! in Whitaker 1983, INFOR 21, 95-108: gain of the newcomer, loss of the leaver, and what they share).
//!
//! One pass over all links finds the best move of the whole neighbourhood.

use rand::{Rng, RngExt};

use crate::lp::location::Network;

/// Moves that improve by less than this part of the cost are rounding noise.
const IMPROVEMENT_MIN: f64 = 1e-12;

#[derive(Debug)]
pub(super) struct Interchange<'a> {
    net: &'a Network,
    by_site: Vec<Vec<(usize, f64)>>,
    /// Cost of not serving: the stated price, or more than any solution costs.
    unserved: Vec<f64>,
}

#[derive(Clone, Copy, Debug)]
struct Move {
    opens: Option<usize>,
    shuts: Option<usize>,
    delta: f64,
}

/// By demand point: cost and site of the nearest open site, cost of the second nearest. The price of leaving stands in
/// where there is none.
#[derive(Debug)]
struct Nearest {
    site: Vec<Option<usize>>,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl<'a> Interchange<'a> {
    pub(super) fn new(net: &'a Network) -> Self {
        let dearest: f64 = net.links.iter().filter_map(|links| links.last().map(|link| link.cost)).sum();
        let prohibitive = 1.0 + dearest + net.opening.iter().sum::<f64>();
        let unserved = net.leave.iter().map(|leave| leave.min(prohibitive)).collect();
        Self { net, by_site: net.by_site(), unserved }
    }

    /// Improves `open` until no single move does, or `stop` says so. Capacities are not looked at.
    pub(super) fn descend(&self, open: &mut [bool], stop: &mut dyn FnMut() -> bool) {
        loop {
            let nearest = self.nearest(open);
            let cost: f64 = nearest.first.iter().sum();
            let best = self.best_move(open, &nearest);
            match best {
                Some(found) if found.delta < -IMPROVEMENT_MIN * cost.max(1.0) => {
                    if let Some(i) = found.opens {
                        open[i] = true;
                    }
                    if let Some(r) = found.shuts {
                        open[r] = false;
                    }
                }
                _ => return,
            }
            if stop() {
                return;
            }
        }
    }

    /// Exchanges `strength` random open sites for random shut ones; the limits stay kept.
    pub(super) fn perturb(&self, open: &mut [bool], strength: usize, rng: &mut impl Rng) {
        for _ in 0..strength {
            let leavers: Vec<usize> = (0..open.len()).filter(|&i| open[i] && !self.net.required[i]).collect();
            let comers: Vec<usize> = (0..open.len()).filter(|&i| !open[i] && self.net.usable[i]).collect();
            if leavers.is_empty() || comers.is_empty() {
                return;
            }
            let (out, into) = (leavers[rng.random_range(0..leavers.len())], comers[rng.random_range(0..comers.len())]);
            open[out] = false;
            open[into] = true;
            if !self.net.within_limits(open) {
                open[out] = true;
                open[into] = false;
            }
        }
    }

    fn nearest(&self, open: &[bool]) -> Nearest {
        let n = self.net.n_demand();
        let mut nearest = Nearest { site: vec![None; n], first: self.unserved.clone(), second: self.unserved.clone() };
        for (j, links) in self.net.links.iter().enumerate() {
            let mut reach = links.iter().filter(|link| open[link.site] && link.cost <= self.unserved[j]);
            if let Some(link) = reach.next() {
                nearest.site[j] = Some(link.site);
                nearest.first[j] = link.cost;
                if let Some(link) = reach.next() {
                    nearest.second[j] = link.cost;
                }
            }
        }
        nearest
    }

    fn best_move(&self, open: &[bool], nearest: &Nearest) -> Option<Move> {
        let net = self.net;
        let opened: Vec<usize> = (0..open.len()).filter(|&i| open[i]).collect();
        let spent: f64 = opened.iter().map(|&i| net.opening[i]).sum();
        let mut slot = vec![usize::MAX; open.len()];
        for (k, &i) in opened.iter().enumerate() {
            slot[i] = k;
        }
        // What shutting each open site costs.
        let mut loss: Vec<f64> = opened.iter().map(|&i| -net.opening[i]).collect();
        for (j, site) in nearest.site.iter().enumerate() {
            if let Some(site) = site {
                loss[slot[*site]] += nearest.second[j] - nearest.first[j];
            }
        }
        let mut best: Option<Move> = None;
        let mut offer = |found: Move| {
            if best.is_none_or(|best| found.delta < best.delta) {
                best = Some(found);
            }
        };
        for (k, &r) in opened.iter().enumerate() {
            if !net.required[r] {
                offer(Move { opens: None, shuts: Some(r), delta: loss[k] });
            }
        }
        let mut shared = vec![0.0; opened.len()];
        for i in (0..open.len()).filter(|&i| !open[i] && net.usable[i]) {
            shared.fill(0.0);
            let mut gain = 0.0;
            for &(j, cost) in &self.by_site[i] {
                if cost >= nearest.second[j] && cost >= nearest.first[j] {
                    continue;
                }
                gain += (nearest.first[j] - cost).max(0.0);
                if let Some(site) = nearest.site[j] {
                    // If the nearest left as well, the newcomer would take its place instead of the second.
                    shared[slot[site]] += nearest.second[j] - nearest.first[j].max(cost);
                }
            }
            let alone = net.opening[i] - gain;
            if opened.len() < net.sites_max && spent + net.opening[i] <= net.budget {
                offer(Move { opens: Some(i), shuts: None, delta: alone });
            }
            for (k, &r) in opened.iter().enumerate() {
                if !net.required[r] && spent + net.opening[i] - net.opening[r] <= net.budget {
                    offer(Move { opens: Some(i), shuts: Some(r), delta: alone + loss[k] - shared[k] });
                }
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::lp::location::Link;

    fn cost(net: &Network, unserved: &[f64], open: &[bool]) -> f64 {
        let opening: f64 = (0..open.len()).filter(|&i| open[i]).map(|i| net.opening[i]).sum();
        let service =
            net.links.iter().zip(unserved).map(|(links, &unserved)| {
                links.iter().filter(|l| open[l.site]).map(|l| l.cost).fold(unserved, f64::min)
            });
        opening + service.sum::<f64>()
    }

    proptest! {
        /// The best move's delta equals the difference of two costs counted from scratch, and no other is better.
        #[test]
        fn the_best_move_is_the_best_of_all_moves(
            opening in proptest::collection::vec(0_u8..20, 5),
            costs in proptest::collection::vec(0_u8..50, 30),
            mask in 0_u8..32,
        ) {
            let links: Vec<Vec<Link>> = (0..6).map(|j| {
                let mut links: Vec<Link> = (0..5)
                    .filter(|i| costs[j * 5 + i] > 5)
                    .map(|site| Link { site, cost: f64::from(costs[j * 5 + site]) })
                    .collect();
                links.sort_by(|a, b| a.cost.total_cmp(&b.cost));
                links
            }).collect();
            let net = Network {
                opening: opening.iter().map(|&c| f64::from(c)).collect(),
                capacity: vec![f64::INFINITY; 5],
                required: vec![false, true, false, false, false],
                usable: vec![true; 5],
                flow: vec![1.0; 6],
                leave: vec![40.0, 40.0, 40.0, f64::INFINITY, 40.0, 40.0],
                links,
                sites_max: 4,
                budget: 45.0,
                single_source: false,
            };
            let open: Vec<bool> = (0..5).map(|i| i == 1 || mask >> i & 1 == 1).collect();
            prop_assume!(net.within_limits(&open));
            let search = Interchange::new(&net);
            let here = cost(&net, &search.unserved, &open);
            let mut smallest = f64::INFINITY;
            for opens in [None, Some(0), Some(2), Some(3), Some(4)] {
                for shuts in [None, Some(0), Some(2), Some(3), Some(4)] {
                    let mut moved = open.clone();
                    if opens.is_some_and(|i: usize| open[i]) || shuts.is_some_and(|r: usize| !open[r]) {
                        continue;
                    }
                    opens.into_iter().for_each(|i: usize| moved[i] = true);
                    shuts.into_iter().for_each(|r: usize| moved[r] = false);
                    if moved != open && net.within_limits(&moved) {
                        smallest = smallest.min(cost(&net, &search.unserved, &moved) - here);
                    }
                }
            }
            match search.best_move(&open, &search.nearest(&open)) {
                Some(found) => prop_assert!((found.delta - smallest).abs() < 1e-9, "{} {smallest}", found.delta),
                None => prop_assert!(smallest.is_infinite()),
            }
        }
    }
}
