//! Which arc may follow which at a junction: barriers, turn restrictions and turning back.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Arc;
use crate::graph::Turn;
use crate::osm::RawOsm;
use crate::profile::{ProfileSpec, UTurns};
use crate::restriction::{TurnRestriction, TurnRule};
use crate::summary::RestrictionFate;

/// Turns by the arc they leave, as adjacency array.
pub(super) struct Turns {
    pub(super) first: Vec<u32>,
    turns: Vec<Turn>,
}

impl Turns {
    pub(super) fn of(&self, arc: usize) -> &[Turn] {
        &self.turns[self.first[arc] as usize..self.first[arc + 1] as usize]
    }

    pub(super) fn targets(&self) -> Vec<u32> {
        self.turns.iter().map(|turn| turn.to).collect()
    }
}

/// Arcs by the node they leave or enter.
type ByNode = HashMap<u32, Vec<u32>>;

pub(super) fn connect(
    raw: &RawOsm,
    spec: &ProfileSpec,
    arcs: &[Arc],
    blocked: &[bool],
    restrictions: &[Vec<TurnRestriction>],
    fates: &mut BTreeMap<RestrictionFate, usize>,
) -> Turns {
    let (mut leaving, mut entering) = (ByNode::new(), ByNode::new());
    for (k, arc) in arcs.iter().enumerate() {
        leaving.entry(arc.tail).or_default().push(k as u32);
        entering.entry(arc.head).or_default().push(k as u32);
    }
    let mut forbidden: HashSet<(u32, u32)> = HashSet::new();
    for relation in restrictions {
        let fate = apply(raw, arcs, &leaving, &entering, relation, &mut forbidden);
        *fates.entry(fate).or_default() += 1;
    }

    let u_turn_ms = (spec.u_turn_s.clamp(0.0, 3_600.0) * 1_000.0).round() as u32;
    let mut first = vec![0_u32];
    let mut turns = Vec::new();
    for (k, arc) in arcs.iter().enumerate() {
        let out: &[u32] = leaving.get(&arc.head).map_or(&[], Vec::as_slice);
        let back = |to: u32| {
            let next = arcs[to as usize];
            next.chain == arc.chain && next.backward != arc.backward
        };
        let before = turns.len();
        if !blocked[arc.head as usize] {
            let onward = out.iter().filter(|&&to| !back(to) && !forbidden.contains(&(k as u32, to)));
            turns.extend(onward.map(|&to| Turn { to, penalty_ms: 0 }));
        }
        if spec.u_turns == UTurns::Anywhere || turns.len() == before {
            let around = out.iter().filter(|&&to| back(to) && !forbidden.contains(&(k as u32, to)));
            turns.extend(around.map(|&to| Turn { to, penalty_ms: u_turn_ms }));
        }
        first.push(turns.len() as u32);
    }
    Turns { first, turns }
}

/// Adds the turns that a restriction forbids.
fn apply(
    raw: &RawOsm,
    arcs: &[Arc],
    leaving: &ByNode,
    entering: &ByNode,
    relation: &[TurnRestriction],
    forbidden: &mut HashSet<(u32, u32)>,
) -> RestrictionFate {
    let mut fate = RestrictionFate::RoadsClosed;
    for turn in relation {
        let Some(via) = raw.node_index(turn.via) else {
            return RestrictionFate::Incomplete;
        };
        let out: &[u32] = leaving.get(&via).map_or(&[], Vec::as_slice);
        let on_way = |way: u32, id: i64| raw.ways[way as usize].id == id;
        let from: Vec<u32> = entering.get(&via).map_or(&[][..], Vec::as_slice).to_vec();
        let from: Vec<u32> = from.into_iter().filter(|&k| on_way(arcs[k as usize].way_at_head, turn.from)).collect();
        let to: Vec<u32> = out.iter().copied().filter(|&k| on_way(arcs[k as usize].way_at_tail, turn.to)).collect();
        match (from.as_slice(), to.as_slice()) {
            ([], _) | (_, []) => {}
            (&[from], &[to]) => {
                fate = RestrictionFate::Used;
                match turn.rule {
                    TurnRule::Forbidden => {
                        forbidden.insert((from, to));
                    }
                    TurnRule::Only => forbidden.extend(out.iter().filter(|&&k| k != to).map(|&k| (from, k))),
                }
            }
            _ if fate == RestrictionFate::RoadsClosed => fate = RestrictionFate::Ambiguous,
            _ => {}
        }
    }
    fate
}
