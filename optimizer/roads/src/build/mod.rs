//! From the roads of a file to the graph of one profile: usable ways are cut at junctions, turns are connected under
//! the restrictions, and the largest strongly connected part is kept.

mod chains;
mod turns;

use std::collections::BTreeMap;

use crate::access::{WayUse, barrier_blocks, way_use};
use crate::graph::{Graph, NO_ARC, Turn};
use crate::osm::RawOsm;
use crate::profile::ProfileSpec;
use crate::restriction::{self, TurnRestriction};
use crate::scc;
use crate::summary::{Dropped, ProfileSummary, RestrictionFate};
use chains::Chain;
use turns::Turns;

/// One direction of a chain.
#[derive(Clone, Copy, Debug)]
struct Arc {
    chain: u32,
    backward: bool,
    tail: u32,
    head: u32,
    /// Index of the way at the tail and at the head.
    way_at_tail: u32,
    way_at_head: u32,
    ms: u32,
}

/// Builds the graph; a profile that may use none of the roads gets an empty one.
pub(crate) fn build(raw: &RawOsm, spec: &ProfileSpec) -> (Graph, ProfileSummary) {
    let mut ways_dropped: BTreeMap<Dropped, usize> = BTreeMap::new();
    let uses: Vec<Option<WayUse>> = raw
        .ways
        .iter()
        .map(|way| way_use(spec, &way.tags).map_err(|reason| *ways_dropped.entry(reason).or_default() += 1).ok())
        .collect();
    let mut fates: BTreeMap<RestrictionFate, usize> = BTreeMap::new();
    let mut restrictions: Vec<Vec<TurnRestriction>> = Vec::new();
    for relation in &raw.restrictions {
        match restriction::read(spec, relation) {
            Ok(turns) => restrictions.push(turns),
            Err(fate) => *fates.entry(fate).or_default() += 1,
        }
    }

    let mut blocked = vec![false; raw.points.len()];
    for (node, tags) in &raw.barriers {
        blocked[*node as usize] = barrier_blocks(spec, tags);
    }
    let mut forced_junction = blocked.clone();
    for turn in restrictions.iter().flatten() {
        if let Some(node) = raw.node_index(turn.via) {
            forced_junction[node as usize] = true;
        }
    }
    let chains = chains::trace(raw, &uses, &forced_junction);
    let arcs = arcs(&chains);
    let turns = turns::connect(raw, spec, &arcs, &blocked, &restrictions, &mut fates);

    let (component, n_components) = scc::components(&turns.first, &turns.targets());
    let mut length = vec![0_u64; n_components];
    for (arc, &part) in arcs.iter().zip(&component) {
        length[part as usize] += u64::from(chains[arc.chain as usize].cm);
    }
    let largest = (0..n_components).max_by_key(|&part| (length[part], std::cmp::Reverse(part)));
    // An edge belongs to the part with either direction. The other direction is kept too: where restrictions close its
    // far end it can still be left, or entered, by a vehicle that stops on the edge.
    let mut kept_chain = vec![false; chains.len()];
    for (arc, &part) in arcs.iter().zip(&component) {
        kept_chain[arc.chain as usize] |= Some(part as usize) == largest;
    }
    let keep: Vec<bool> = arcs.iter().map(|arc| kept_chain[arc.chain as usize]).collect();
    let graph = assemble(raw, spec, &chains, &arcs, &turns, &keep);

    let total: u64 = length.iter().sum();
    let summary = ProfileSummary {
        profile: spec.profile,
        ways_kept: uses.iter().flatten().count(),
        ways_dropped,
        km: graph.edge_cm.iter().map(|&cm| f64::from(cm)).sum::<f64>() / 100_000.0,
        edges: graph.n_edges(),
        arcs: graph.n_arcs(),
        largest_part_share: largest.map_or(0.0, |part| length[part] as f64 / total.max(1) as f64),
        parts_dropped: n_components.saturating_sub(1),
        restrictions: fates,
    };
    (graph, summary)
}

fn arcs(chains: &[Chain]) -> Vec<Arc> {
    let mut arcs = Vec::with_capacity(2 * chains.len());
    for (k, chain) in chains.iter().enumerate() {
        let (Some(&start), Some(&end)) = (chain.nodes.first(), chain.nodes.last()) else {
            continue;
        };
        let chain_idx = k as u32;
        if let Some(ms) = chain.forward_ms {
            let (way_at_tail, way_at_head) = (chain.first_way, chain.last_way);
            arcs.push(Arc { chain: chain_idx, backward: false, tail: start, head: end, way_at_tail, way_at_head, ms });
        }
        if let Some(ms) = chain.backward_ms {
            let (way_at_tail, way_at_head) = (chain.last_way, chain.first_way);
            arcs.push(Arc { chain: chain_idx, backward: true, tail: end, head: start, way_at_tail, way_at_head, ms });
        }
    }
    arcs
}

/// Packs the kept arcs into the arrays that the search runs on, neighbours in space beside each other.
fn assemble(raw: &RawOsm, spec: &ProfileSpec, chains: &[Chain], arcs: &[Arc], turns: &Turns, keep: &[bool]) -> Graph {
    let mut chain_arcs = vec![[NO_ARC; 2]; chains.len()];
    for (k, arc) in arcs.iter().enumerate().filter(|&(k, _)| keep[k]) {
        chain_arcs[arc.chain as usize][usize::from(arc.backward)] = k as u32;
    }
    let mut order: Vec<u32> = (0..chains.len() as u32).filter(|&c| chain_arcs[c as usize] != [NO_ARC; 2]).collect();
    order.sort_by_cached_key(|&c| chains[c as usize].nodes.first().map(|&node| morton(raw, node)));

    let mut graph = Graph::empty(spec.profile);
    let mut new_index = vec![NO_ARC; arcs.len()];
    for &c in &order {
        let chain = &chains[c as usize];
        let edge = graph.n_edges() as u32;
        graph.points.extend(chain.nodes.iter().map(|&node| raw.points[node as usize]));
        graph.edge_first_point.push(graph.points.len() as u32);
        graph.edge_cm.push(chain.cm);
        graph.edge_class.push(chain.class.index() as u8);
        let mut pair = [NO_ARC; 2];
        for (direction, &old) in chain_arcs[c as usize].iter().enumerate().filter(|(_, old)| **old != NO_ARC) {
            let arc = graph.n_arcs() as u32;
            pair[direction] = arc;
            new_index[old as usize] = arc;
            graph.arc_edge.push(edge << 1 | direction as u32);
            graph.arc_ms.push(arcs[old as usize].ms);
        }
        graph.edge_arcs.push(pair);
    }
    let mut old_index = vec![0_u32; graph.n_arcs()];
    for (old, &new) in new_index.iter().enumerate().filter(|(_, new)| **new != NO_ARC) {
        old_index[new as usize] = old as u32;
    }
    for &old in &old_index {
        for turn in turns.of(old as usize) {
            let to = new_index[turn.to as usize];
            if to != NO_ARC {
                graph.turns.push(Turn { to, penalty_ms: turn.penalty_ms });
            }
        }
        graph.first_turn.push(graph.turns.len() as u32);
    }
    graph
}

/// Position on a Z-shaped space-filling curve.
fn morton(raw: &RawOsm, node: u32) -> u64 {
    let spread = |value: i32| {
        let mut bits = u64::from(value as u32 ^ 0x8000_0000);
        for (shift, mask) in [
            (16, 0x0000_ffff_0000_ffff),
            (8, 0x00ff_00ff_00ff_00ff),
            (4, 0x0f0f_0f0f_0f0f_0f0f),
            (2, 0x3333_3333_3333_3333),
            (1, 0x5555_5555_5555_5555),
        ] {
            bits = (bits | (bits << shift)) & mask;
        }
        bits
    };
    let point = raw.points[node as usize];
    spread(point.lat) << 1 | spread(point.lon)
}
