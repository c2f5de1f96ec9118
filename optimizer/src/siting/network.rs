//! From a validated siting problem to the bare numbers the search works on.

use huilu_model::site::{SiteProblem, SiteStatus};

use crate::lp::location::{Link, Network, Share};

/// What leaving demand unserved costs the search, per unit of flow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LeavePrice {
    /// As the problem says: its own price, or not allowed at all.
    AsStated,
    /// Not the problem's own price but one that keeps as much as possible served: for the least bad choice.
    Deterrent(f64),
}

/// Closed sites lose their links; links that cost more than leaving the demand unserved are never used and go too.
pub(super) fn network(problem: &SiteProblem, price: LeavePrice) -> Network {
    let leave: Vec<f64> = problem
        .demand
        .iter()
        .map(|point| match (price, problem.unserved_cost) {
            _ if point.flow <= 0.0 => 0.0,
            (LeavePrice::Deterrent(price), _) => price * point.flow,
            (LeavePrice::AsStated, Some(price)) => price * point.flow,
            (LeavePrice::AsStated, None) => f64::INFINITY,
        })
        .collect();
    let usable: Vec<bool> = problem.sites.iter().map(|site| site.status != SiteStatus::Closed).collect();
    let links = problem.arcs.iter().zip(&leave).map(|(arcs, &leave)| {
        let mut links: Vec<Link> = arcs
            .iter()
            .filter(|arc| usable[arc.site] && arc.cost <= leave)
            .map(|arc| Link { site: arc.site, cost: arc.cost })
            .collect();
        links.sort_by(|a, b| a.cost.total_cmp(&b.cost).then(a.site.cmp(&b.site)));
        links
    });
    let links: Vec<Vec<Link>> = links.collect();
    let mut net = Network {
        opening: problem.sites.iter().map(|site| site.opening_cost).collect(),
        capacity: problem.sites.iter().map(|site| site.capacity.unwrap_or(f64::INFINITY)).collect(),
        required: problem.sites.iter().map(|site| site.status == SiteStatus::Required).collect(),
        usable,
        flow: problem.demand.iter().map(|point| point.flow).collect(),
        leave,
        links,
        sites_max: problem.sites_max.unwrap_or(problem.sites.len()).min(problem.sites.len()),
        // Room for the rounding of a sum of opening costs.
        budget: problem.budget.map_or(f64::INFINITY, |budget| budget * (1.0 + 1e-9) + 1e-9),
        single_source: problem.single_source,
    };
    // A capacity that all the flow within reach cannot fill is none: this often makes the problem uncapacitated.
    let mut reachable = vec![0.0; net.n_sites()];
    for (links, &flow) in net.links.iter().zip(&net.flow) {
        for link in links {
            reachable[link.site] += flow;
        }
    }
    for (capacity, reachable) in net.capacity.iter_mut().zip(reachable) {
        if *capacity >= reachable {
            *capacity = f64::INFINITY;
        }
    }
    // Without capacities the nearest open site takes all: nothing would be split anyway.
    net.single_source &= !net.uncapacitated();
    net
}

/// Price per unit of flow that makes serving worth more than any choice of sites could save by not serving.
pub(super) fn deterrent(problem: &SiteProblem) -> f64 {
    let flow: f64 = problem.demand.iter().map(|point| point.flow).sum();
    let opening: f64 = problem.sites.iter().map(|site| site.opening_cost).sum();
    let dearest = problem
        .demand
        .iter()
        .zip(&problem.arcs)
        .flat_map(|(point, arcs)| arcs.iter().filter(|_| point.flow > 0.0).map(|arc| arc.cost / point.flow));
    let dearest = dearest.fold(0.0, f64::max);
    10.0 * (dearest + if flow > 0.0 { opening / flow } else { 0.0 }) + 1.0
}

impl Network {
    pub(super) fn uncapacitated(&self) -> bool {
        self.capacity.iter().zip(&self.usable).all(|(capacity, usable)| capacity.is_infinite() || !usable)
    }

    /// Every cost is a whole number and demand is not split: then so is the cost of every solution.
    pub(super) fn integral(&self) -> bool {
        let whole = |v: &f64| v.is_infinite() || v.fract() == 0.0;
        (self.single_source || self.uncapacitated())
            && self.opening.iter().all(whole)
            && self.leave.iter().all(whole)
            && self.links.iter().flatten().all(|link| whole(&link.cost))
    }

    /// Demand points and costs by site.
    pub(super) fn by_site(&self) -> Vec<Vec<(usize, f64)>> {
        let mut lists = vec![Vec::new(); self.n_sites()];
        for (j, links) in self.links.iter().enumerate() {
            for link in links {
                lists[link.site].push((j, link.cost));
            }
        }
        lists
    }

    /// Number and opening cost of the open sites keep within the limits.
    pub(super) fn within_limits(&self, open: &[bool]) -> bool {
        let n = open.iter().filter(|&&open| open).count();
        let spent: f64 = open.iter().zip(&self.opening).filter(|(open, _)| **open).map(|(_, cost)| cost).sum();
        n <= self.sites_max && spent <= self.budget
    }

    pub(super) fn cost(&self, open: &[bool], shares: &[Share]) -> f64 {
        let opening: f64 = open.iter().zip(&self.opening).filter(|(open, _)| **open).map(|(_, cost)| cost).sum();
        let mut left = vec![1.0_f64; self.n_demand()];
        let mut service = 0.0;
        for &(j, site, share) in shares {
            if let Some(link) = self.links[j].iter().find(|link| link.site == site) {
                service += share * link.cost;
                left[j] -= share;
            }
        }
        let unserved = left.iter().zip(&self.leave).filter(|(left, _)| **left > 1e-9).map(|(left, leave)| left * leave);
        opening + service + unserved.sum::<f64>()
    }
}
