//! From the roads of a file to the graph of one profile: usable ways are cut at junctions, turns are connected under
//! the restrictions, and the largest strongly connected part is kept.

mod chains;
mod histories;
mod parts;
mod sequences;
mod turns;

use std::collections::BTreeMap;

use crate::access::{Access, WayUse, barrier_access, way_use};
use crate::conditional;
use crate::conditions::TimedClosure;
use crate::graph::{DESTINATION_ONLY, Graph, NO_ARC, NO_STOPPING, THROUGH, Turn};
use crate::hours::WeeklyHours;
use crate::osm::{self, RawOsm, Tags};
use crate::profile::ProfileSpec;
use crate::restriction::{self, TurnRestriction};
use crate::summary::{DrivingSide, Dropped, ProfileSummary, RestrictionFate};
use chains::Chain;
use histories::Histories;
use parts::Kept;
use sequences::Finder;
use turns::{Openings, States, Turns};

/// Dropped parts that a summary names.
const ISLANDS_TOLD: usize = 5;

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
    let mut openings_unread = 0;
    let mut drop_way = |tags: &Tags, reason: Dropped| {
        *ways_dropped.entry(reason).or_default() += 1;
        if reason == Dropped::Access {
            openings_unread += conditional::openings_unread(spec, tags);
        }
    };
    let uses: Vec<Option<WayUse>> = (raw.ways.iter())
        .map(|way| way_use(spec, &way.tags).map_err(|reason| drop_way(&way.tags, reason)).ok())
        .collect();
    let mut fates: BTreeMap<RestrictionFate, usize> = BTreeMap::new();
    let mut restrictions: Vec<Vec<TurnRestriction>> = Vec::new();
    for relation in &raw.restrictions {
        match restriction::read(spec, relation) {
            Ok(turns) => restrictions.push(turns),
            Err(fate) => *fates.entry(fate).or_default() += 1,
        }
    }

    let mut barriers = vec![Access::Open; raw.points.len()];
    for (node, tags) in &raw.barriers {
        barriers[*node as usize] = barrier_access(spec, tags);
    }
    let mut forced_junction: Vec<bool> = barriers.iter().map(|&access| access != Access::Open).collect();
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
    let kept = parts::keep(spec, &chains, &arcs, &finder, &barriers, &histories);
    let openings = Openings { roads: &kept.roads, barriers: &barriers };
    let states = States::new(&arcs, &kept.roads, &histories);
    let turns = turns::connect(spec, &arcs, &finder, &openings, &states);
    let mut graph = assemble(raw, spec, &chains, &arcs, &states, &turns, &kept);
    graph.keeps_left = osm::driving_side(raw, spec.driving_side).0 == DrivingSide::Left;
    graph.compounds.clone_from(&raw.compounds);

    let km = |of: &dyn Fn(usize) -> bool| {
        let cm = chains.iter().enumerate().filter(|&(c, _)| of(c)).map(|(_, chain)| f64::from(chain.cm)).sum::<f64>();
        // Adding up nothing gives minus zero.
        cm.max(0.0) / 100_000.0
    };
    let islands = parts::islands(raw, &chains, &kept.roads);
    let (km_kept, km_dropped) = (km(&|c| kept.roads[c] != Access::Closed), km(&|c| kept.roads[c] == Access::Closed));
    let summary = ProfileSummary {
        profile: spec.profile,
        ways_kept: uses.iter().flatten().count(),
        ways_dropped,
        km: km_kept,
        km_destination_only: km(&|c| kept.roads[c] == Access::Destination),
        km_dropped,
        edges: graph.n_edges(),
        arcs: graph.n_arcs(),
        largest_part_share: if km_kept > 0.0 { km_kept / (km_kept + km_dropped) } else { 0.0 },
        parts_dropped: islands.len(),
        largest_islands: islands.into_iter().take(ISLANDS_TOLD).collect(),
        restrictions: fates,
        timed_ways: uses
            .iter()
            .flatten()
            .filter(|used| used.shut.forward.is_some() || used.shut.backward.is_some())
            .count(),
        conditions_unread: openings_unread + uses.iter().flatten().map(|used| used.shut.unread).sum::<usize>(),
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

/// Packs the arcs of the kept chains into the arrays that the search runs on, neighbours in space beside each other and
/// the copies of an arc behind it.
fn assemble(
    raw: &RawOsm,
    spec: &ProfileSpec,
    chains: &[Chain],
    arcs: &[Arc],
    states: &States,
    turns: &Turns,
    kept: &Kept,
) -> Graph {
    // States of each chain along and against it; plain arcs have the lowest numbers and so come first.
    let mut chain_states = vec![[Vec::new(), Vec::new()]; chains.len()];
    for state in 0..states.len() as u32 {
        let arc = arcs[states.arc(state) as usize];
        chain_states[arc.chain as usize][usize::from(arc.backward)].push(state);
    }
    let mut order: Vec<u32> = (0..chains.len() as u32).filter(|&c| kept.roads[c as usize] != Access::Closed).collect();
    order.sort_by_cached_key(|&c| chains[c as usize].nodes.first().map(|&node| morton(raw, node)));

    let mut graph = Graph::empty(spec.clone());
    let mut new_index = vec![NO_ARC; states.len()];
    let mut old_index = Vec::new();
    for &c in &order {
        let chain = &chains[c as usize];
        let edge = graph.n_edges() as u32;
        graph.points.extend(chain.nodes.iter().map(|&node| raw.points[node as usize]));
        graph.edge_first_point.push(graph.points.len() as u32);
        graph.edge_cm.push(chain.cm);
        graph.edge_class.push(chain.class.index() as u8);
        let mut flags = 0;
        if kept.roads[c as usize] == Access::Destination {
            flags |= DESTINATION_ONLY;
        }
        if chain.no_stopping {
            flags |= NO_STOPPING;
        }
        for (direction, found) in chain_states[c as usize].iter().enumerate() {
            if found.first().is_some_and(|&plain| kept.through[plain as usize]) {
                flags |= THROUGH[direction];
            }
            for &old in found {
                new_index[old as usize] = graph.n_arcs() as u32;
                old_index.push(old);
                graph.arc_edge.push(edge << 1 | direction as u32);
                graph.arc_ms.push(arcs[states.arc(old) as usize].ms);
            }
            graph.first_arc.push(graph.n_arcs() as u32);
        }
        graph.edge_flags.push(flags);
    }
    let mut shut: BTreeMap<&WeeklyHours, Vec<u32>> = BTreeMap::new();
    for (arc, &old) in old_index.iter().enumerate() {
        let Arc { chain, backward, .. } = arcs[states.arc(old) as usize];
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
