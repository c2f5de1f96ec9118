//! From the roads of a file to the graph of one profile: usable ways are cut at junctions, turns are connected under
//! the restrictions, and the largest strongly connected part is kept.

mod chains;
mod histories;
mod sequences;
mod turns;

use std::collections::BTreeMap;

use crate::access::{WayUse, barrier_blocks, way_use};
use crate::conditions::TimedClosure;
use crate::graph::{Graph, NO_ARC, Turn};
use crate::hours::WeeklyHours;
use crate::osm::RawOsm;
use crate::profile::ProfileSpec;
use crate::restriction::{self, TurnRestriction};
use crate::scc;
use crate::summary::{Dropped, ProfileSummary, RestrictionFate};
use chains::Chain;
use histories::Histories;
use sequences::Finder;
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
    for node in sequences::meeting_nodes(raw, restrictions.iter().flatten()) {
        forced_junction[node as usize] = true;
    }
    let chains = chains::trace(raw, &uses, &forced_junction);
    let arcs = arcs(&chains);
    let finder = Finder::new(raw, &arcs);
    let mut placed = Vec::new();
    for relation in &restrictions {
        let (sequences, fate) = finder.sequences(relation);
        placed.extend(sequences);
        *fates.entry(fate).or_default() += 1;
    }
    let histories = Histories::new(arcs.len(), &placed);
    let turns = turns::connect(spec, &arcs, &finder, &blocked, &histories);
    let kept = KeptPart::find(&chains, &arcs, &histories, &turns);
    let graph = assemble(raw, spec, &chains, &arcs, &histories, &turns, &kept.chains);

    let summary = ProfileSummary {
        profile: spec.profile,
        ways_kept: uses.iter().flatten().count(),
        ways_dropped,
        km: graph.edge_cm.iter().map(|&cm| f64::from(cm)).sum::<f64>() / 100_000.0,
        edges: graph.n_edges(),
        arcs: graph.n_arcs(),
        largest_part_share: kept.share,
        parts_dropped: kept.parts_dropped,
        restrictions: fates,
        timed_ways: uses
            .iter()
            .flatten()
            .filter(|used| used.shut.forward.is_some() || used.shut.backward.is_some())
            .count(),
        conditions_unread: uses.iter().flatten().map(|used| used.shut.unread).sum(),
    };
    (graph, summary)
}

/// The largest strongly connected part, by length.
struct KeptPart {
    /// Whether each chain belongs to it with either direction. The other direction is kept too: where restrictions
    /// close its far end it can still be left, or entered, by a vehicle that stops on the edge.
    chains: Vec<bool>,
    /// Its length by that of all arcs, 0 to 1.
    share: f64,
    parts_dropped: usize,
}

impl KeptPart {
    fn find(chains: &[Chain], arcs: &[Arc], histories: &Histories, turns: &Turns) -> Self {
        let (component, n_components) = scc::components(&turns.first, &turns.targets());
        // The copies of an arc are one and the same road: each part counts it once.
        let mut parts_of_arc: Vec<Vec<u32>> = vec![Vec::new(); arcs.len()];
        for (state, &part) in component.iter().enumerate() {
            let parts = &mut parts_of_arc[histories.arc(state as u32) as usize];
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        let mut length = vec![0_u64; n_components];
        for (arc, parts) in arcs.iter().zip(&parts_of_arc) {
            for &part in parts {
                length[part as usize] += u64::from(chains[arc.chain as usize].cm);
            }
        }
        let largest = (0..n_components).max_by_key(|&part| (length[part], std::cmp::Reverse(part)));
        let mut kept = vec![false; chains.len()];
        for (arc, parts) in arcs.iter().zip(&parts_of_arc) {
            kept[arc.chain as usize] |= parts.iter().any(|&part| Some(part as usize) == largest);
        }
        let mut dropped: Vec<u32> = arcs
            .iter()
            .zip(&parts_of_arc)
            .filter(|(arc, _)| !kept[arc.chain as usize])
            .flat_map(|(_, p)| p.clone())
            .collect();
        dropped.sort_unstable();
        dropped.dedup();
        let total: u64 = arcs.iter().map(|arc| u64::from(chains[arc.chain as usize].cm)).sum();
        let share = largest.map_or(0.0, |part| length[part] as f64 / total.max(1) as f64);
        Self { chains: kept, share, parts_dropped: dropped.len() }
    }
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

/// Packs the arcs of the kept chains into the arrays that the search runs on, neighbours in space beside each other and
/// the copies of an arc behind it.
fn assemble(
    raw: &RawOsm,
    spec: &ProfileSpec,
    chains: &[Chain],
    arcs: &[Arc],
    histories: &Histories,
    turns: &Turns,
    kept: &[bool],
) -> Graph {
    // States of each chain along and against it; plain arcs have the lowest numbers and so come first.
    let mut chain_states = vec![[Vec::new(), Vec::new()]; chains.len()];
    for state in 0..histories.n_states() as u32 {
        let arc = arcs[histories.arc(state) as usize];
        chain_states[arc.chain as usize][usize::from(arc.backward)].push(state);
    }
    let mut order: Vec<u32> = (0..chains.len() as u32).filter(|&c| kept[c as usize]).collect();
    order.sort_by_cached_key(|&c| chains[c as usize].nodes.first().map(|&node| morton(raw, node)));

    let mut graph = Graph::empty(spec.clone());
    let mut new_index = vec![NO_ARC; histories.n_states()];
    let mut old_index = Vec::new();
    for &c in &order {
        let chain = &chains[c as usize];
        let edge = graph.n_edges() as u32;
        graph.points.extend(chain.nodes.iter().map(|&node| raw.points[node as usize]));
        graph.edge_first_point.push(graph.points.len() as u32);
        graph.edge_cm.push(chain.cm);
        graph.edge_class.push(chain.class.index() as u8);
        for (direction, states) in chain_states[c as usize].iter().enumerate() {
            for &old in states {
                new_index[old as usize] = graph.n_arcs() as u32;
                old_index.push(old);
                graph.arc_edge.push(edge << 1 | direction as u32);
                graph.arc_ms.push(arcs[histories.arc(old) as usize].ms);
            }
            graph.first_arc.push(graph.n_arcs() as u32);
        }
    }
    let mut shut: BTreeMap<&WeeklyHours, Vec<u32>> = BTreeMap::new();
    for (arc, &old) in old_index.iter().enumerate() {
        let Arc { chain, backward, .. } = arcs[histories.arc(old) as usize];
        let chain = &chains[chain as usize];
        if let Some(hours) = if backward { &chain.backward_shut } else { &chain.forward_shut } {
            shut.entry(hours).or_default().push(arc as u32);
        }
    }
    graph.timed = shut.into_iter().map(|(hours, arcs)| TimedClosure { hours: hours.clone(), arcs }).collect();
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
