//! Who is served from where once the open sites are chosen.

use crate::lp::LpError;
use crate::lp::location::{Network, SHARE_MIN, Share, solve_mip, transport};
use crate::lp::{SolveOptions, Status};

/// A choice of sites with its service and its cost in the network's money.
#[derive(Clone, Debug)]
pub(super) struct Incumbent {
    pub(super) open: Vec<bool>,
    pub(super) shares: Vec<Share>,
    pub(super) cost: f64,
}

/// Nodes of the branch and bound that packs undivided demand into the open sites.
const PACKING_NODES_MAX: u64 = 200;

/// The cheapest service by the `open` sites: exact unless demand may not be split and capacities bind, where it is the
/// best found within [`PACKING_NODES_MAX`] nodes. `None` where the sites cannot serve what must be served.
pub(super) fn assign(net: &Network, open: &[bool]) -> Result<Option<Incumbent>, LpError> {
    let nearest = nearest(net, open);
    let shares = match nearest {
        None => return Ok(None),
        Some(shares) if fits(net, &shares) => Some(shares),
        Some(_) if net.single_source => pack(net, open)?,
        Some(_) => transport(net, open)?.map(|shares| whole(net, shares)),
    };
    Ok(shares.map(|shares| incumbent(net, open.to_vec(), shares)))
}

pub(super) fn incumbent(net: &Network, open: Vec<bool>, shares: Vec<Share>) -> Incumbent {
    let cost = net.cost(&open, &shares);
    Incumbent { open, shares, cost }
}

/// Every demand point at its cheapest open site, or unserved where that is cheaper.
fn nearest(net: &Network, open: &[bool]) -> Option<Vec<Share>> {
    let mut shares = Vec::with_capacity(net.n_demand());
    for (j, links) in net.links.iter().enumerate() {
        match links.iter().find(|link| open[link.site]) {
            Some(link) if link.cost <= net.leave[j] => shares.push((j, link.site, 1.0)),
            _ if net.leave[j].is_infinite() => return None,
            _ => {}
        }
    }
    Some(shares)
}

pub(super) fn fits(net: &Network, shares: &[Share]) -> bool {
    let mut load = vec![0.0; net.n_sites()];
    for &(j, site, share) in shares {
        load[site] += net.flow[j] * share;
    }
    load.iter().zip(&net.capacity).all(|(load, capacity)| *load <= capacity * (1.0 + 1e-9))
}

fn pack(net: &Network, open: &[bool]) -> Result<Option<Vec<Share>>, LpError> {
    let links = net.links.iter().map(|links| links.iter().copied().filter(|link| open[link.site]).collect());
    let fixed = Network {
        links: links.collect(),
        required: open.to_vec(),
        usable: open.to_vec(),
        sites_max: net.n_sites(),
        budget: f64::INFINITY,
        ..net.clone()
    };
    let options = SolveOptions { node_limit: Some(PACKING_NODES_MAX), mip_gap: 1e-6, ..Default::default() };
    let located = solve_mip(&fixed, None, &options, &|| 0.0)?;
    if located.status == Status::Infeasible {
        return Ok(None);
    }
    Ok(located.found.map(|(_, shares)| undivided(shares)).filter(|shares| fits(net, shares)))
}

/// Whole shares out of a solution whose integers are only almost whole.
pub(super) fn undivided(shares: Vec<Share>) -> Vec<Share> {
    shares.into_iter().filter(|&(_, _, share)| share > 0.5).map(|(j, site, _)| (j, site, 1.0)).collect()
}

/// Takes the noise of the solve out: shares of a demand point that must be served sum to exactly 1.
pub(super) fn whole(net: &Network, mut shares: Vec<Share>) -> Vec<Share> {
    let mut sum = vec![0.0; net.n_demand()];
    for &(j, _, share) in &shares {
        sum[j] += share;
    }
    for (j, _, share) in &mut shares {
        if net.leave[*j].is_infinite() || sum[*j] > 1.0 - SHARE_MIN {
            *share /= sum[*j];
        }
    }
    shares
}
