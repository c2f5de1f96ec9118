//! A small balanced cut of a street network: inertial flow.
//!
//! The junctions are sorted along a direction; the first share of them becomes the source of a flow, the last share its
//! sink, and the least cut between the two is the cut. The best of several directions is kept.
//!
//! # Source
//! Schild and Sommer (2015), On Balanced Separators in Road Networks, SEA; maximum flow after Dinic (1970).

use std::collections::VecDeque;

use rayon::prelude::*;

/// Share of the junctions at either end that a cut may not touch.
const FIXED_SHARE: f64 = 0.25;

/// Directions of the sweep, as multiples of longitude and latitude.
const DIRECTIONS: [[i64; 2]; 4] = [[1, 0], [0, 1], [1, 1], [1, -1]];

/// In parts of more junctions than this the directions are tried side by side.
const PARALLEL_FROM: usize = 2_000;

/// Part of a street network, its junctions numbered from 0.
#[derive(Debug, Default)]
pub(super) struct Part {
    /// Place of each junction on a plane.
    pub(super) at: Vec<[i32; 2]>,
    pub(super) streets: Vec<Street>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Street {
    pub(super) ends: [u32; 2],
    /// What cutting it costs.
    pub(super) size: u32,
    /// Edge of the graph.
    pub(super) edge: u32,
}

impl Part {
    /// The junctions for which `side` is `wanted`, and the streets among them.
    pub(super) fn side(&self, side: &[bool], wanted: bool) -> Self {
        let mut number = vec![0; self.at.len()];
        let mut at = Vec::new();
        for (v, &point) in self.at.iter().enumerate().filter(|&(v, _)| side[v] == wanted) {
            number[v] = at.len() as u32;
            at.push(point);
        }
        let inside = self.streets.iter().filter(|street| street.ends.iter().all(|&v| side[v as usize] == wanted));
        let streets = inside.map(|s| Street { ends: s.ends.map(|v| number[v as usize]), ..*s }).collect();
        Self { at, streets }
    }
}

/// For each junction whether it lies on the first side. Both sides hold at least one junction; `part` needs two.
pub(super) fn bisect(part: &Part) -> Vec<bool> {
    let n = part.at.len();
    let network = Network::new(part);
    // Size of the cut for each junction on the smaller side.
    let cut = |direction: &[i64; 2]| {
        let (size, side) = network.cut_across(part, *direction);
        let first = side.iter().filter(|&&first| first).count();
        (f64::from(size) / first.min(n - first) as f64, side)
    };
    let cuts: Vec<(f64, Vec<bool>)> = match n {
        2 => return vec![true, false],
        ..PARALLEL_FROM => DIRECTIONS.iter().map(cut).collect(),
        _ => DIRECTIONS.par_iter().map(cut).collect(),
    };
    cuts.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).map_or_else(Vec::new, |(_, side)| side)
}

/// Streets by the junctions they leave.
struct Network {
    /// Of each junction its first index into `out`.
    first: Vec<u32>,
    /// Half-edges by the junction they leave; halves 2e and 2e + 1 belong together.
    out: Vec<u32>,
    head: Vec<u32>,
    capacity: Vec<u32>,
}

impl Network {
    fn new(part: &Part) -> Self {
        let n = part.at.len();
        let mut first = vec![0_u32; n + 1];
        for &junction in part.streets.iter().flat_map(|street| &street.ends) {
            first[junction as usize + 1] += 1;
        }
        for v in 0..n {
            first[v + 1] += first[v];
        }
        let mut place = first.clone();
        let mut out = vec![0; 2 * part.streets.len()];
        let (mut head, mut capacity) = (Vec::with_capacity(out.len()), Vec::with_capacity(out.len()));
        for &Street { ends: [a, b], size, .. } in &part.streets {
            for (from, to) in [(a, b), (b, a)] {
                out[place[from as usize] as usize] = head.len() as u32;
                place[from as usize] += 1;
                head.push(to);
                capacity.push(size);
            }
        }
        Self { first, out, head, capacity }
    }

    fn cut_across(&self, part: &Part, [east, north]: [i64; 2]) -> (u32, Vec<bool>) {
        let n = part.at.len();
        let fixed = ((n as f64 * FIXED_SHARE) as usize).max(1);
        let mut junctions: Vec<u32> = (0..n as u32).collect();
        junctions.sort_unstable_by_key(|&v| {
            let [x, y] = part.at[v as usize];
            (east * i64::from(x) + north * i64::from(y), v)
        });
        Flow::new(self).least_cut(&junctions[..fixed], &junctions[n - fixed..])
    }

    fn leaving(&self, v: usize) -> std::ops::Range<usize> {
        self.first[v] as usize..self.first[v + 1] as usize
    }
}

/// A flow through undirected streets.
struct Flow<'a> {
    network: &'a Network,
    /// What each half-edge can still carry.
    residual: Vec<u32>,
    level: Vec<u32>,
    /// Next half-edge of each junction to try.
    next: Vec<u32>,
    queue: VecDeque<u32>,
    role: Vec<Role>,
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Source,
    Free,
    Sink,
}

const UNSEEN: u32 = u32::MAX;

impl<'a> Flow<'a> {
    fn new(network: &'a Network) -> Self {
        let n = network.first.len() - 1;
        Self {
            network,
            residual: network.capacity.clone(),
            level: vec![UNSEEN; n],
            next: vec![0; n],
            queue: VecDeque::new(),
            role: vec![Role::Free; n],
        }
    }

    /// Size of the least cut between the two sets, and for each junction whether it lies on the sources' side. Of the
    /// least cuts the one nearest to either set, whichever halves the part better.
    fn least_cut(mut self, sources: &[u32], sinks: &[u32]) -> (u32, Vec<bool>) {
        for &v in sources {
            self.role[v as usize] = Role::Source;
        }
        for &v in sinks {
            self.role[v as usize] = Role::Sink;
        }
        let mut size = 0;
        while self.levels(sources, |residual, half| residual[half as usize] > 0) {
            self.next.copy_from_slice(&self.network.first[..self.network.first.len() - 1]);
            for &source in sources {
                while let Some(pushed) = self.augment(source) {
                    size += pushed;
                }
            }
        }
        let near_sources: Vec<bool> = self.level.iter().map(|&level| level != UNSEEN).collect();
        self.levels(sinks, |residual, half| residual[(half ^ 1) as usize] > 0);
        let near_sinks: Vec<bool> = self.level.iter().map(|&level| level == UNSEEN).collect();
        let smaller = |side: &[bool]| {
            let first = side.iter().filter(|&&first| first).count();
            first.min(side.len() - first)
        };
        let side = if smaller(&near_sources) >= smaller(&near_sinks) { near_sources } else { near_sinks };
        (size, side)
    }

    /// Distance of each junction from `from` along half-edges that `usable` says; whether a sink is among those reached.
    fn levels(&mut self, from: &[u32], usable: impl Fn(&[u32], u32) -> bool) -> bool {
        self.level.fill(UNSEEN);
        self.queue.clear();
        for &v in from {
            self.level[v as usize] = 0;
            self.queue.push_back(v);
        }
        let mut reached = false;
        while let Some(v) = self.queue.pop_front() {
            reached |= self.role[v as usize] == Role::Sink;
            for &half in &self.network.out[self.network.leaving(v as usize)] {
                let to = self.network.head[half as usize] as usize;
                if self.level[to] == UNSEEN && usable(&self.residual, half) {
                    self.level[to] = self.level[v as usize] + 1;
                    self.queue.push_back(to as u32);
                }
            }
        }
        reached
    }

    /// Pushes flow along one path of rising levels from `source` to any sink.
    fn augment(&mut self, source: u32) -> Option<u32> {
        let mut path: Vec<u32> = Vec::new();
        let mut v = source as usize;
        while self.role[v] != Role::Sink {
            if self.next[v] < self.network.first[v + 1] {
                let half = self.network.out[self.next[v] as usize];
                let to = self.network.head[half as usize] as usize;
                if self.residual[half as usize] > 0 && self.level[to] == self.level[v] + 1 {
                    path.push(half);
                    v = to;
                } else {
                    self.next[v] += 1;
                }
            } else {
                // A dead end: step back and try the next half-edge there.
                let half = path.pop()?;
                v = self.network.head[(half ^ 1) as usize] as usize;
                self.next[v] += 1;
            }
        }
        let pushed = path.iter().map(|&half| self.residual[half as usize]).min()?;
        for half in path {
            self.residual[half as usize] -= pushed;
            self.residual[(half ^ 1) as usize] += pushed;
        }
        Some(pushed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(at: Vec<[i32; 2]>, streets: impl IntoIterator<Item = ([u32; 2], u32)>) -> Part {
        let streets = streets.into_iter().zip(0..).map(|((ends, size), edge)| Street { ends, size, edge }).collect();
        Part { at, streets }
    }

    fn cut_size(part: &Part, side: &[bool]) -> u32 {
        part.streets.iter().filter(|s| side[s.ends[0] as usize] != side[s.ends[1] as usize]).map(|s| s.size).sum()
    }

    #[test]
    fn two_blocks_of_houses_are_cut_at_the_bridge_between_them() {
        // Two squares of four junctions with diagonals, joined by one street.
        let at = (0..8).map(|v| [(v % 2) + 10 * (v / 4), (v / 2) % 2]).collect();
        let block = |o: u32| [[o, o + 1], [o, o + 2], [o, o + 3], [o + 1, o + 2], [o + 1, o + 3], [o + 2, o + 3]];
        let part = part(at, block(0).into_iter().chain(block(4)).chain([[3, 4]]).map(|ends| (ends, 2)));
        let side = bisect(&part);
        assert_eq!(cut_size(&part, &side), 2);
        assert!(side[..4].iter().all(|&s| s == side[0]) && side[4..].iter().all(|&s| s != side[0]), "{side:?}");
    }

    proptest! {
        #[test]
        fn a_cut_is_as_small_as_the_least_over_all_sides(
            pairs in prop::collection::vec((0_u32..8, 0_u32..8, 1_u32..3), 0..20),
        ) {
            let part = part((0..8).map(|v| [v, 0]).collect(), pairs.into_iter().map(|(a, b, size)| ([a, b], size)));
            let (size, side) = Flow::new(&Network::new(&part)).least_cut(&[0, 1], &[6, 7]);
            prop_assert!(side[0] && side[1] && !side[6] && !side[7]);
            prop_assert_eq!(size, cut_size(&part, &side));
            for subset in 0..16_u32 {
                let other: Vec<bool> = (0..8).map(|v| v < 2 || (v < 6 && subset >> (v - 2) & 1 == 1)).collect();
                prop_assert!(size <= cut_size(&part, &other));
            }
        }
    }
}
