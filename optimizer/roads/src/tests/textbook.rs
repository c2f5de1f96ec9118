//! The same question answered the plain way: Dijkstra over the directed pieces of the ways as the file draws them, with
//! nothing contracted, packed or dropped. Shares with the real search only the reading of tags.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use crate::access::{barrier_blocks, way_use};
use crate::osm::{MISSING_NODE, RawOsm};
use crate::profile::ProfileSpec;
use crate::restriction::{self, TurnRule};

#[derive(Clone, Copy, Debug)]
struct Piece {
    from: u32,
    to: u32,
    way: usize,
    /// Position in the way, which tells a piece from its twin in a way that is drawn twice.
    at: usize,
    seconds: f64,
    metres: f64,
}

/// Turning back is known at dead ends only ([`crate::UTurns::DeadEnds`]).
pub(super) struct Textbook {
    pieces: Vec<Piece>,
    leaving: HashMap<u32, Vec<usize>>,
    blocked: HashSet<u32>,
    /// (way, node, way)
    forbidden: HashSet<(i64, u32, i64)>,
    /// Each restriction forbids every other turn: of two that contradict each other nothing is left.
    only: HashMap<(i64, u32), HashSet<i64>>,
    way_ids: Vec<i64>,
    u_turn_s: f64,
    /// Pairs of nodes outside the part that the graph keeps: not to be driven through.
    dropped: HashSet<(u32, u32)>,
}

impl Textbook {
    pub(super) fn new(raw: &RawOsm, spec: &ProfileSpec) -> Self {
        let mut pieces = Vec::new();
        for (way, drawn) in raw.ways.iter().enumerate() {
            let Ok(used) = way_use(spec, &drawn.tags) else { continue };
            for (at, pair) in drawn.nodes.windows(2).enumerate() {
                let (a, b) = (pair[0], pair[1]);
                if a == MISSING_NODE || b == MISSING_NODE || a == b {
                    continue;
                }
                let metres = raw.points[a as usize].distance_m(raw.points[b as usize]);
                for (from, to, kmh) in [(a, b, used.forward_kmh), (b, a, used.backward_kmh)] {
                    if let Some(kmh) = kmh {
                        pieces.push(Piece { from, to, way, at, seconds: metres / kmh * 3.6, metres });
                    }
                }
            }
        }
        let mut leaving: HashMap<u32, Vec<usize>> = HashMap::new();
        for (k, piece) in pieces.iter().enumerate() {
            leaving.entry(piece.from).or_default().push(k);
        }
        let blocked =
            raw.barriers.iter().filter(|(_, tags)| barrier_blocks(spec, tags)).map(|&(node, _)| node).collect();
        let way_ids: Vec<i64> = raw.ways.iter().map(|way| way.id).collect();
        let (mut forbidden, mut only) = (HashSet::new(), HashMap::<_, HashSet<i64>>::new());
        for turn in raw.restrictions.iter().filter_map(|one| restriction::read(spec, one).ok()).flatten() {
            let Some(via) = raw.node_index(turn.via) else { continue };
            let count = |into: bool, id: i64| {
                pieces.iter().filter(|p| way_ids[p.way] == id && (if into { p.to } else { p.from }) == via).count()
            };
            // Roads that run on through the node say nothing definite.
            if count(true, turn.from) == 1 && count(false, turn.to) == 1 {
                match turn.rule {
                    TurnRule::Forbidden => {
                        forbidden.insert((turn.from, via, turn.to));
                    }
                    TurnRule::Only => {
                        only.entry((turn.from, via)).or_default().insert(turn.to);
                    }
                }
            }
        }
        Self { pieces, leaving, blocked, forbidden, only, way_ids, u_turn_s: spec.u_turn_s, dropped: HashSet::new() }
    }

    /// Leaves out the roads that the graph dropped; islands may lead out of the kept part or into it.
    pub(super) fn drop_all_but(&mut self, kept: &[(u32, u32)]) {
        self.dropped = self.node_pairs().into_iter().filter(|pair| !kept.contains(pair)).collect();
    }

    fn next(&self, k: usize) -> Vec<(usize, f64)> {
        let piece = &self.pieces[k];
        let id = self.way_ids[piece.way];
        let allowed = |&other: &usize| {
            let to = self.way_ids[self.pieces[other].way];
            !self.forbidden.contains(&(id, piece.to, to))
                && self.only.get(&(id, piece.to)).is_none_or(|must| must.iter().all(|&one| one == to))
        };
        let back = |&other: &usize| {
            let other = &self.pieces[other];
            other.way == piece.way && other.at == piece.at && other.to == piece.from
        };
        let out = self.leaving.get(&piece.to).map_or(&[][..], Vec::as_slice);
        if !self.blocked.contains(&piece.to) {
            let onward: Vec<_> = out.iter().filter(|k| allowed(k) && !back(k)).map(|&k| (k, 0.0)).collect();
            if !onward.is_empty() {
                return onward;
            }
        }
        out.iter().filter(|k| allowed(k) && back(k)).map(|&k| (k, self.u_turn_s)).collect()
    }

    /// Directed pieces between two nodes, in either direction.
    fn between(&self, (a, b): (u32, u32)) -> impl Iterator<Item = usize> + '_ {
        let ends = [(a, b), (b, a)];
        (0..self.pieces.len()).filter(move |&k| ends.contains(&(self.pieces[k].from, self.pieces[k].to)))
    }

    /// Seconds and metres from the middle of one piece to the middles of others, each given by its nodes.
    pub(super) fn search_from_middle(&self, from: (u32, u32), to: &[(u32, u32)]) -> Vec<Option<(f64, f64)>> {
        // Cost until the start of each piece; keys are whole nanoseconds, so that they can be ordered.
        let mut label = vec![(u64::MAX, f64::INFINITY); self.pieces.len()];
        let mut heap = BinaryHeap::new();
        let nanos = |seconds: f64| (seconds * 1e9).round() as u64;
        let relax = |heap: &mut BinaryHeap<_>, label: &mut Vec<(u64, f64)>, k: usize, time: u64, metres: f64| {
            for (next, penalty) in self.next(k) {
                let Piece { from, to, .. } = self.pieces[next];
                if self.dropped.contains(&(from.min(to), from.max(to))) {
                    continue;
                }
                let reached = (time + nanos(penalty), metres);
                if reached < label[next] {
                    label[next] = reached;
                    heap.push(Reverse((reached.0, next)));
                }
            }
        };
        for k in self.between(from) {
            let piece = self.pieces[k];
            relax(&mut heap, &mut label, k, nanos(piece.seconds / 2.0), piece.metres / 2.0);
        }
        while let Some(Reverse((time, k))) = heap.pop() {
            if time == label[k].0 {
                let piece = self.pieces[k];
                let metres = label[k].1 + piece.metres;
                relax(&mut heap, &mut label, k, time + nanos(piece.seconds), metres);
            }
        }
        let reach = |&to: &(u32, u32)| {
            if to == from {
                return Some((0.0, 0.0));
            }
            let best = self.between(to).filter(|&k| label[k].0 != u64::MAX).map(|k| {
                let piece = self.pieces[k];
                (label[k].0 as f64 * 1e-9 + piece.seconds / 2.0, label[k].1 + piece.metres / 2.0)
            });
            best.min_by(|a, b| a.0.total_cmp(&b.0))
        };
        to.iter().map(reach).collect()
    }

    /// Every pair of nodes joined by a piece, once.
    pub(super) fn node_pairs(&self) -> Vec<(u32, u32)> {
        let mut pairs: Vec<_> = self.pieces.iter().map(|p| (p.from.min(p.to), p.from.max(p.to))).collect();
        pairs.sort_unstable();
        pairs.dedup();
        pairs
    }
}
