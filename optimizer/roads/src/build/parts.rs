//! Which roads are kept: those from where everything can be reached and that can be reached from everywhere.

use super::Arc;
use super::chains::Chain;
use super::histories::Histories;
use super::sequences::Finder;
use super::turns::{Openings, States, Turns, connect};
use crate::access::Access;
use crate::osm::RawOsm;
use crate::profile::ProfileSpec;
use crate::scc;
use crate::summary::Island;

pub(super) struct Kept {
    /// Of each chain: open to through traffic, only for destinations, or dropped.
    pub(super) roads: Vec<Access>,
    /// Whether each plain arc lies on a round trip through the largest open part. Chains are kept with both directions:
    /// where restrictions close the far end of one it can still be left, or entered, by a vehicle that stops there.
    pub(super) through: Vec<bool>,
}

/// The largest strongly connected part of the roads that are open to everybody; besides, all that is connected with it
/// through roads and barriers for destinations only. What lies behind these is itself only for destinations.
pub(super) fn keep(
    spec: &ProfileSpec,
    chains: &[Chain],
    arcs: &[Arc],
    finder: &Finder,
    barriers: &[Access],
    histories: &Histories,
) -> Kept {
    let part = |roads: &[Access], barriers: &[Access], wanted: &[bool]| {
        let states = States::new(arcs, roads, histories);
        let turns = connect(spec, arcs, finder, &Openings { roads, barriers }, &states);
        largest_part(chains, arcs, &states, &turns, wanted)
    };
    let restricted = |chain: &Chain| chain.destination_only;
    let all_open = vec![Access::Open; chains.len()];
    let open_barriers: Vec<Access> =
        barriers.iter().map(|&one| if one == Access::Destination { Access::Open } else { one }).collect();
    if !chains.iter().any(restricted) && !barriers.contains(&Access::Destination) {
        let through = part(&all_open, barriers, &vec![true; chains.len()]);
        let open = chains_of(chains, arcs, &through);
        let roads = open.iter().map(|&open| if open { Access::Open } else { Access::Closed }).collect();
        return Kept { roads, through };
    }
    let public: Vec<Access> =
        chains.iter().map(|chain| if restricted(chain) { Access::Closed } else { Access::Open }).collect();
    let wanted: Vec<bool> = public.iter().map(|&road| road == Access::Open).collect();
    let through = part(&public, barriers, &wanted);
    let core = chains_of(chains, arcs, &through);
    if !core.contains(&true) {
        // All roads are private ones, as in the file of one compound: to its own people it is open.
        let through = part(&all_open, &open_barriers, &vec![true; chains.len()]);
        let open = chains_of(chains, arcs, &through);
        let roads = open.iter().map(|&open| if open { Access::Open } else { Access::Closed }).collect();
        return Kept { roads, through };
    }
    let connected = chains_of(chains, arcs, &part(&all_open, &open_barriers, &core));
    let road = |(&core, &connected): (&bool, &bool)| match (core, connected) {
        (true, _) => Access::Open,
        (false, true) => Access::Destination,
        (false, false) => Access::Closed,
    };
    Kept { roads: core.iter().zip(&connected).map(road).collect(), through }
}

/// The plain arcs of the strongly connected part with the greatest length of `wanted` chains.
fn largest_part(chains: &[Chain], arcs: &[Arc], states: &States, turns: &Turns, wanted: &[bool]) -> Vec<bool> {
    let (component, n_components) = scc::components(&turns.first, &turns.targets());
    // The copies of an arc are one and the same road: each part counts it once.
    let mut parts_of_arc: Vec<Vec<u32>> = vec![Vec::new(); arcs.len()];
    for (state, &part) in component.iter().enumerate() {
        let parts = &mut parts_of_arc[states.arc(state as u32) as usize];
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    let mut length = vec![0_u64; n_components];
    for (arc, parts) in arcs.iter().zip(&parts_of_arc).filter(|(arc, _)| wanted[arc.chain as usize]) {
        for &part in parts {
            length[part as usize] += u64::from(chains[arc.chain as usize].cm);
        }
    }
    let largest = (0..n_components)
        .filter(|&part| length[part] > 0)
        .max_by_key(|&part| (length[part], std::cmp::Reverse(part)))
        .map(|part| part as u32);
    parts_of_arc.iter().map(|parts| largest.is_some_and(|largest| parts.contains(&largest))).collect()
}

fn chains_of(chains: &[Chain], arcs: &[Arc], of_arc: &[bool]) -> Vec<bool> {
    let mut found = vec![false; chains.len()];
    for (arc, &inside) in arcs.iter().zip(of_arc) {
        found[arc.chain as usize] |= inside;
    }
    found
}

/// The dropped roads, put together where they touch, the longest part first.
pub(super) fn islands(raw: &RawOsm, chains: &[Chain], roads: &[Access]) -> Vec<Island> {
    let dropped: Vec<usize> = (0..chains.len()).filter(|&c| roads[c] == Access::Closed).collect();
    // Union-find over nodes.
    let mut root: Vec<u32> = (0..raw.points.len() as u32).collect();
    fn find(root: &mut [u32], node: u32) -> u32 {
        let mut at = node;
        while root[at as usize] != at {
            root[at as usize] = root[root[at as usize] as usize];
            at = root[at as usize];
        }
        at
    }
    for &c in &dropped {
        for pair in chains[c].nodes.windows(2) {
            let (a, b) = (find(&mut root, pair[0]), find(&mut root, pair[1]));
            root[a as usize] = b;
        }
    }
    let mut parts: std::collections::BTreeMap<u32, Vec<usize>> = std::collections::BTreeMap::new();
    for &c in &dropped {
        parts.entry(find(&mut root, chains[c].nodes[0])).or_default().push(c);
    }
    let island = |members: &Vec<usize>| {
        let cm: f64 = members.iter().map(|&c| f64::from(chains[c].cm)).sum();
        let longest = members.iter().copied().max_by_key(|&c| chains[c].cm)?;
        let nodes = &chains[longest].nodes;
        Some(Island { km: cm / 100_000.0, at: raw.points[nodes[nodes.len() / 2] as usize].wgs84() })
    };
    let mut islands: Vec<Island> = parts.values().filter_map(island).collect();
    islands.sort_by(|a, b| b.km.total_cmp(&a.km));
    islands
}
