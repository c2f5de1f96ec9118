//! The same question answered the plain way: Dijkstra over the directed pieces of the ways as the file draws them, with
//! nothing contracted, packed or dropped. Shares with the real search only the reading of tags.
//!
//! Restrictions over whole ways are kept as lists of nodes; a search remembers with each piece how far along which of
//! these lists the vehicle has come.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use crate::access::{Access, barrier_access, way_use};
use crate::osm::{MISSING_NODE, RawOsm};
use crate::profile::ProfileSpec;
use crate::restriction::{self, TurnRule, Via};

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

/// A restriction over whole ways: from a way, over ways drawn through these nodes, into a way.
#[derive(Debug)]
struct Detour {
    from: i64,
    nodes: Vec<u32>,
    /// Way of each step between two of `nodes`.
    over: Vec<i64>,
    to: i64,
    rule: TurnRule,
}

/// Which detours a vehicle is on, and at which of their nodes, sorted; and whether it has come from outside into roads
/// for destinations only.
type Memory = (Vec<(usize, usize)>, bool);

/// Cost until the start of a piece: whole nanoseconds, so that they can be ordered, and metres.
type Label = (u64, f64);

/// Turning back is known at dead ends only ([`crate::UTurns::DeadEnds`]).
pub(super) struct Textbook {
    pieces: Vec<Piece>,
    leaving: HashMap<u32, Vec<usize>>,
    blocked: HashSet<u32>,
    /// Barriers that are opened to who has business behind them.
    private: HashSet<u32>,
    /// (way, node, way)
    forbidden: HashSet<(i64, u32, i64)>,
    /// Each restriction forbids every other turn: of two that contradict each other nothing is left.
    only: HashMap<(i64, u32), HashSet<i64>>,
    detours: Vec<Detour>,
    way_ids: Vec<i64>,
    u_turn_s: f64,
    /// Pairs of nodes, the lower first, that only journeys use that start or end there.
    destinations: HashSet<(u32, u32)>,
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
        let barriers = |access: Access| -> HashSet<u32> {
            raw.barriers
                .iter()
                .filter(|(_, tags)| barrier_access(spec, tags) == access)
                .map(|&(node, _)| node)
                .collect()
        };
        let (blocked, private) = (barriers(Access::Closed), barriers(Access::Destination));
        let way_ids: Vec<i64> = raw.ways.iter().map(|way| way.id).collect();
        let (mut forbidden, mut only) = (HashSet::new(), HashMap::<_, HashSet<i64>>::new());
        let mut detours = Vec::new();
        for turn in raw.restrictions.iter().filter_map(|one| restriction::read(spec, one).ok()).flatten() {
            let count = |into: bool, id: i64, node: u32| {
                pieces.iter().filter(|p| way_ids[p.way] == id && (if into { p.to } else { p.from }) == node).count()
            };
            let node = match &turn.via {
                Via::Node(node) => *node,
                Via::Ways(ids) => {
                    let mut found: Vec<Detour> = Vec::new();
                    for (nodes, over) in drawn_over(raw, ids) {
                        let (first, last) = (nodes[0], nodes[nodes.len() - 1]);
                        let open = nodes.windows(2).zip(&over).all(|(pair, &id)| {
                            pieces.iter().any(|p| way_ids[p.way] == id && (p.from, p.to) == (pair[0], pair[1]))
                        });
                        if open && count(true, turn.from, first) == 1 && count(false, turn.to, last) == 1 {
                            found.push(Detour { from: turn.from, nodes, over, to: turn.to, rule: turn.rule });
                        }
                    }
                    if found.len() == 1 {
                        detours.append(&mut found);
                    }
                    continue;
                }
            };
            let Some(via) = raw.node_index(node) else { continue };
            // Roads that run on through the node say nothing definite.
            if count(true, turn.from, via) == 1 && count(false, turn.to, via) == 1 {
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
        let u_turn_s = spec.u_turn_s;
        let (destinations, dropped) = (HashSet::new(), HashSet::new());
        Self { pieces, leaving, blocked, private, forbidden, only, detours, way_ids, u_turn_s, destinations, dropped }
    }

    /// Leaves out the roads that the graph dropped; islands may lead out of the kept part or into it.
    pub(super) fn drop_all_but(&mut self, kept: &[(u32, u32)]) {
        self.dropped = self.node_pairs().into_iter().filter(|pair| !kept.contains(pair)).collect();
    }

    /// Roads for destinations only; which roads lie behind them is taken from the graph.
    pub(super) fn keep_for_destinations(&mut self, pairs: impl Iterator<Item = (u32, u32)>) {
        self.destinations = pairs.map(|(a, b)| (a.min(b), a.max(b))).collect();
    }

    fn is_destination(&self, k: usize) -> bool {
        let Piece { from, to, .. } = self.pieces[k];
        self.destinations.contains(&(from.min(to), from.max(to)))
    }

    /// What a vehicle remembers at the end of a piece that it entered with `memory`.
    fn remember(&self, k: usize, (memory, arrived): &Memory) -> Memory {
        let piece = &self.pieces[k];
        let id = self.way_ids[piece.way];
        let mut now = Vec::new();
        for (d, detour) in self.detours.iter().enumerate() {
            if id == detour.from && piece.to == detour.nodes[0] {
                now.push((d, 0));
            }
            for &(_, at) in memory.iter().filter(|&&(other, _)| other == d) {
                let onward = detour.nodes.get(at + 1).is_some_and(|&next| next == piece.to);
                if onward && detour.over[at] == id && detour.nodes[at] == piece.from {
                    now.push((d, at + 1));
                }
            }
        }
        now.sort_unstable();
        (now, *arrived)
    }

    /// Whether what a vehicle remembers lets it go on into a piece.
    fn detours_allow(&self, memory: &[(usize, usize)], other: usize) -> bool {
        let next = &self.pieces[other];
        memory.iter().all(|&(d, at)| {
            let detour = &self.detours[d];
            let id = self.way_ids[next.way];
            let onward = match detour.nodes.get(at + 1) {
                Some(&node) => id == detour.over[at] && next.to == node,
                None => id == detour.to,
            };
            match detour.rule {
                TurnRule::Forbidden => at + 1 < detour.nodes.len() || !onward,
                TurnRule::Only => onward,
            }
        })
    }

    /// Pieces that may follow, what turning into them takes, and whether the vehicle has then arrived.
    fn next(&self, k: usize, (memory, arrived): &Memory) -> Vec<(usize, f64, bool)> {
        let piece = &self.pieces[k];
        let id = self.way_ids[piece.way];
        let allowed = |&other: &usize| {
            let to = self.way_ids[self.pieces[other].way];
            !self.forbidden.contains(&(id, piece.to, to))
                && self.only.get(&(id, piece.to)).is_none_or(|must| must.iter().all(|&one| one == to))
                && self.detours_allow(memory, other)
        };
        let back = |&other: &usize| {
            let other = &self.pieces[other];
            other.way == piece.way && other.at == piece.at && other.to == piece.from
        };
        let (here, arrived) = (self.is_destination(k), *arrived);
        let turn = |other: usize, penalty: f64| match self.is_destination(other) {
            true => Some((other, penalty, arrived || !here)),
            false => (!arrived).then_some((other, penalty, false)),
        };
        let passes = |other: &usize| !self.private.contains(&piece.to) || here || self.is_destination(*other);
        let out = self.leaving.get(&piece.to).map_or(&[][..], Vec::as_slice);
        let mut turns = Vec::new();
        if !self.blocked.contains(&piece.to) {
            let kept = |&k: &usize| {
                let Piece { from, to, .. } = self.pieces[k];
                !self.dropped.contains(&(from.min(to), from.max(to)))
            };
            let onward = out.iter().copied().filter(|k| kept(k) && allowed(k) && !back(k) && passes(k));
            turns.extend(onward.filter_map(|other| turn(other, 0.0)));
        }
        if turns.iter().all(|&(_, _, then)| then && !arrived) {
            let around = out.iter().copied().filter(|k| allowed(k) && back(k));
            let around: Vec<_> = around.filter_map(|other| turn(other, self.u_turn_s)).collect();
            turns.extend(around);
        }
        turns
    }

    /// Directed pieces between two nodes, in either direction.
    fn between(&self, (a, b): (u32, u32)) -> impl Iterator<Item = usize> + '_ {
        let ends = [(a, b), (b, a)];
        (0..self.pieces.len()).filter(move |&k| ends.contains(&(self.pieces[k].from, self.pieces[k].to)))
    }

    /// Seconds and metres from the middle of one piece to the middles of others, each given by its nodes.
    pub(super) fn search_from_middle(&self, from: (u32, u32), to: &[(u32, u32)]) -> Vec<Option<(f64, f64)>> {
        let mut labels: HashMap<(usize, Memory), Label> = HashMap::new();
        let mut heap = BinaryHeap::new();
        let nanos = |seconds: f64| (seconds * 1e9).round() as u64;
        let relax = |heap: &mut BinaryHeap<_>,
                     labels: &mut HashMap<(usize, Memory), Label>,
                     k: usize,
                     memory: &Memory,
                     (time, metres): Label| {
            let memory = self.remember(k, memory);
            for (next, penalty, arrived) in self.next(k, &memory) {
                let reached = (time + nanos(penalty), metres);
                let memory: Memory = (memory.0.clone(), arrived);
                let label = labels.entry((next, memory.clone())).or_insert((u64::MAX, f64::INFINITY));
                if reached < *label {
                    *label = reached;
                    heap.push(Reverse((reached.0, next, memory)));
                }
            }
        };
        for k in self.between(from) {
            let piece = self.pieces[k];
            relax(&mut heap, &mut labels, k, &Memory::default(), (nanos(piece.seconds / 2.0), piece.metres / 2.0));
        }
        while let Some(Reverse((time, k, memory))) = heap.pop() {
            let (best, metres) = labels[&(k, memory.clone())];
            if time == best {
                let piece = self.pieces[k];
                relax(&mut heap, &mut labels, k, &memory, (time + nanos(piece.seconds), metres + piece.metres));
            }
        }
        let mut best_of_piece: HashMap<usize, Label> = HashMap::new();
        for ((k, _), &label) in &labels {
            let best = best_of_piece.entry(*k).or_insert(label);
            if label < *best {
                *best = label;
            }
        }
        let reach = |&to: &(u32, u32)| {
            if to == from {
                return Some((0.0, 0.0));
            }
            let best = self.between(to).filter_map(|k| {
                let piece = self.pieces[k];
                let label = best_of_piece.get(&k)?;
                Some((label.0 as f64 * 1e-9 + piece.seconds / 2.0, label.1 + piece.metres / 2.0))
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

/// The lines, and the way of each of their steps, that these ways make when driven one after the other: in the given
/// order or in reverse, from either end of the first one.
fn drawn_over(raw: &RawOsm, ids: &[i64]) -> Vec<(Vec<u32>, Vec<i64>)> {
    let mut orders = vec![ids.to_vec()];
    if ids.len() > 1 {
        orders.push(ids.iter().rev().copied().collect());
    }
    let mut lines = Vec::new();
    for order in orders {
        let mut partial: Vec<(Vec<u32>, Vec<i64>)> = vec![(Vec::new(), Vec::new())];
        for id in order {
            let Some(way) = raw.ways.iter().find(|way| way.id == id) else { return Vec::new() };
            if way.nodes.contains(&MISSING_NODE) {
                return Vec::new();
            }
            let mut backwards = way.nodes.clone();
            backwards.reverse();
            let mut longer = Vec::new();
            for (nodes, over) in &partial {
                for line in [&way.nodes, &backwards] {
                    if nodes.last().is_none_or(|last| *last == line[0]) {
                        let (mut nodes, mut over) = (nodes.clone(), over.clone());
                        nodes.extend(&line[usize::from(!nodes.is_empty())..]);
                        over.resize(nodes.len() - 1, id);
                        longer.push((nodes, over));
                    }
                }
            }
            partial = longer;
        }
        lines.extend(partial);
    }
    lines
}
