//! Turn restrictions as sequences of arcs: where each relation's members lie in the graph.

use std::collections::{HashMap, HashSet};

use super::Arc;
use crate::osm::{MISSING_NODE, RawOsm, RawWay};
use crate::restriction::{TurnRestriction, TurnRule, Via};
use crate::summary::RestrictionFate;

/// At least two arcs, each beginning where the one before ends. Whoever has driven all but the last must not go on into
/// the last, or ([`TurnRule::Only`]) whoever has driven the first must go on through all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sequence {
    pub(super) arcs: Vec<u32>,
    pub(super) rule: TurnRule,
}

/// Finds arcs by node and way.
pub(super) struct Finder<'a> {
    raw: &'a RawOsm,
    arcs: &'a [Arc],
    /// Arcs by the node that they leave, and by the one that they enter.
    pub(super) leaving: HashMap<u32, Vec<u32>>,
    entering: HashMap<u32, Vec<u32>>,
    ways: HashMap<i64, &'a RawWay>,
}

/// Nodes at which the members of restrictions may meet: chains have to end there.
pub(super) fn meeting_nodes<'a>(raw: &RawOsm, turns: impl Iterator<Item = &'a TurnRestriction>) -> Vec<u32> {
    let mut nodes = Vec::new();
    let mut via_ways: HashSet<i64> = HashSet::new();
    for turn in turns {
        match &turn.via {
            Via::Node(id) => nodes.extend(raw.node_index(*id)),
            Via::Ways(ids) => via_ways.extend(ids),
        }
    }
    nodes.extend(raw.ways.iter().filter(|way| via_ways.contains(&way.id)).flat_map(ends));
    nodes
}

/// First and last node of a way; none where it is cut off by the border of the file.
fn ends(way: &RawWay) -> Vec<u32> {
    match (way.nodes.first(), way.nodes.last()) {
        (Some(&first), Some(&last)) if !way.nodes.contains(&MISSING_NODE) => vec![first, last],
        _ => Vec::new(),
    }
}

impl<'a> Finder<'a> {
    pub(super) fn new(raw: &'a RawOsm, arcs: &'a [Arc]) -> Self {
        let (mut leaving, mut entering) = (HashMap::<u32, Vec<u32>>::new(), HashMap::<u32, Vec<u32>>::new());
        for (k, arc) in arcs.iter().enumerate() {
            leaving.entry(arc.tail).or_default().push(k as u32);
            entering.entry(arc.head).or_default().push(k as u32);
        }
        Self { raw, arcs, leaving, entering, ways: raw.ways.iter().map(|way| (way.id, way)).collect() }
    }

    /// The sequences of one relation, and what became of it: used where at least one of its turns could be placed.
    pub(super) fn sequences(&self, relation: &[TurnRestriction]) -> (Vec<Sequence>, RestrictionFate) {
        let mut found = Vec::new();
        let mut worst = RestrictionFate::RoadsClosed;
        for turn in relation {
            match self.place(turn) {
                Ok(arcs) => found.push(Sequence { arcs, rule: turn.rule }),
                Err(RestrictionFate::RoadsClosed) => {}
                Err(fate) => worst = fate,
            }
        }
        let fate = if found.is_empty() { worst } else { RestrictionFate::Used };
        (found, fate)
    }

    fn place(&self, turn: &TurnRestriction) -> Result<Vec<u32>, RestrictionFate> {
        match &turn.via {
            Via::Node(id) => {
                let via = self.raw.node_index(*id).ok_or(RestrictionFate::Incomplete)?;
                let (from, to) = (self.into(via, turn.from), self.out_of(via, turn.to));
                match (from.as_slice(), to.as_slice()) {
                    ([], _) | (_, []) => Err(RestrictionFate::RoadsClosed),
                    (&[from], &[to]) => Ok(vec![from, to]),
                    _ => Err(RestrictionFate::Ambiguous),
                }
            }
            Via::Ways(ids) => self.place_over_ways(turn, ids),
        }
    }

    /// Tries the ways in the order of the relation and in reverse, from either end of the first one.
    fn place_over_ways(&self, turn: &TurnRestriction, ids: &[i64]) -> Result<Vec<u32>, RestrictionFate> {
        let find = |id: &i64| self.ways.get(id).copied().filter(|way| ends(way).len() == 2);
        let ways: Vec<&RawWay> = ids.iter().map(find).collect::<Option<_>>().ok_or(RestrictionFate::Incomplete)?;
        let reversed: Vec<&RawWay> = ways.iter().rev().copied().collect();
        let orders = if ways.len() == 1 { vec![ways] } else { vec![ways, reversed] };
        let mut found: Vec<Vec<u32>> = Vec::new();
        let mut touching = false;
        for order in orders {
            for start in order.first().map(|way| ends(way)).unwrap_or_default() {
                let Some(meetings) = meetings(&order, start) else { continue };
                let end = meetings[meetings.len() - 1];
                if !(self.touches(turn.from, start) && self.touches(turn.to, end)) {
                    continue;
                }
                touching = true;
                let (from, to) = (self.into(start, turn.from), self.out_of(end, turn.to));
                if from.len() > 1 || to.len() > 1 {
                    return Err(RestrictionFate::Ambiguous);
                }
                let legs = order.iter().zip(meetings.windows(2));
                let over: Option<Vec<Vec<u32>>> =
                    legs.map(|(way, pair)| self.along(way.id, pair[0], pair[1])).collect();
                if let (&[from], &[to], Some(over)) = (from.as_slice(), to.as_slice(), over) {
                    found.push([vec![from], over.concat(), vec![to]].concat());
                }
            }
        }
        found.dedup();
        match found.len() {
            1 => Ok(found.remove(0)),
            0 if touching => Err(RestrictionFate::RoadsClosed),
            0 => Err(RestrictionFate::Disconnected),
            _ => Err(RestrictionFate::Ambiguous),
        }
    }

    /// Arcs that enter a node on a way.
    fn into(&self, node: u32, way: i64) -> Vec<u32> {
        let all = self.entering.get(&node).map_or(&[][..], Vec::as_slice);
        all.iter().copied().filter(|&k| self.is_way(self.arcs[k as usize].way_at_head, way)).collect()
    }

    /// Arcs that leave a node on a way.
    fn out_of(&self, node: u32, way: i64) -> Vec<u32> {
        let all = self.leaving.get(&node).map_or(&[][..], Vec::as_slice);
        all.iter().copied().filter(|&k| self.is_way(self.arcs[k as usize].way_at_tail, way)).collect()
    }

    fn is_way(&self, index: u32, id: i64) -> bool {
        self.raw.ways[index as usize].id == id
    }

    fn touches(&self, way: i64, node: u32) -> bool {
        self.ways.get(&way).is_some_and(|way| way.nodes.contains(&node))
    }

    /// The arcs from one end of a way to the other; `None` where that direction is closed or the way crosses itself.
    fn along(&self, way: i64, start: u32, end: u32) -> Option<Vec<u32>> {
        let mut arcs: Vec<u32> = Vec::new();
        let mut node = start;
        while node != end || arcs.is_empty() {
            let mut onward = self.out_of(node, way);
            if let Some(&last) = arcs.last() {
                onward.retain(|&k| self.arcs[k as usize].chain != self.arcs[last as usize].chain);
            }
            let &[next] = onward.as_slice() else { return None };
            if arcs.contains(&next) {
                return None;
            }
            arcs.push(next);
            node = self.arcs[next as usize].head;
        }
        Some(arcs)
    }
}

/// The ends at which a row of ways meet when it is driven from `start`, an end of the first one: one more than ways.
fn meetings(ways: &[&RawWay], start: u32) -> Option<Vec<u32>> {
    let mut nodes = vec![start];
    for way in ways {
        let here = nodes[nodes.len() - 1];
        let &[first, last] = ends(way).as_slice() else { return None };
        match here {
            _ if here == first => nodes.push(last),
            _ if here == last => nodes.push(first),
            _ => return None,
        }
    }
    Some(nodes)
}
