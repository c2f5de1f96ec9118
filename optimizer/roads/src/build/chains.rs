//! Cuts usable ways at junctions and joins what lies between them: a chain is a stretch of road without a choice, of
//! one class and one speed in each direction. Nothing is known here about turns.

use crate::access::WayUse;
use crate::class::RoadClass;
use crate::hours::WeeklyHours;
use crate::osm::{MISSING_NODE, RawOsm};

/// No city's road runs straight for so many metres between two nodes: the file is wrong there.
const STRAIGHT_MAX_M: f64 = 100_000.0;

#[derive(Clone, Debug)]
pub(super) struct Chain {
    /// At least two; the first and the last are junctions.
    pub(super) nodes: Vec<u32>,
    /// Indices of the ways at the first and at the last node.
    pub(super) first_way: u32,
    pub(super) last_way: u32,
    pub(super) class: RoadClass,
    pub(super) cm: u32,
    /// Milliseconds along and against `nodes`; absent where that direction is closed.
    pub(super) forward_ms: Option<u32>,
    pub(super) backward_ms: Option<u32>,
    /// Hours at which a direction is shut.
    pub(super) forward_shut: Option<WeeklyHours>,
    pub(super) backward_shut: Option<WeeklyHours>,
    pub(super) destination_only: bool,
    pub(super) no_stopping: bool,
}

/// Two consecutive nodes of a usable way.
#[derive(Clone, Copy, Debug)]
struct Segment {
    from: u32,
    to: u32,
    way: u32,
}

/// Speed (as bits, to be compared) and shut hours of one direction of a stretch.
type Direction<'a> = (Option<u64>, Option<&'a WeeklyHours>);

/// Class, whether only for destinations, whether without stopping.
type Kind = (RoadClass, bool, bool);

/// What a stretch allows away from one of its ends and towards it.
type Flow<'a> = (Kind, Direction<'a>, Direction<'a>);

struct Tracer<'a> {
    raw: &'a RawOsm,
    uses: &'a [Option<WayUse>],
    segments: Vec<Segment>,
    /// Segments at each node, as adjacency array.
    first: Vec<u32>,
    at_node: Vec<u32>,
}

pub(super) fn trace(raw: &RawOsm, uses: &[Option<WayUse>], forced_junction: &[bool]) -> Vec<Chain> {
    let tracer = Tracer::new(raw, uses);
    let mut junction: Vec<bool> =
        (0..raw.points.len()).map(|node| forced_junction[node] || !tracer.passes_through(node as u32)).collect();
    let mut visited = vec![false; tracer.segments.len()];
    let mut chains = Vec::new();
    for node in 0..raw.points.len() as u32 {
        if junction[node as usize] {
            tracer.trace_from(node, &junction, &mut visited, &mut chains);
        }
    }
    // What is left are rings that meet no other road: any node may serve as their junction.
    for k in 0..tracer.segments.len() {
        if !visited[k] {
            let node = tracer.segments[k].from;
            junction[node as usize] = true;
            tracer.trace_from(node, &junction, &mut visited, &mut chains);
        }
    }
    chains
}

impl<'a> Tracer<'a> {
    fn new(raw: &'a RawOsm, uses: &'a [Option<WayUse>]) -> Self {
        let mut segments = Vec::new();
        for (k, way) in raw.ways.iter().enumerate().filter(|&(k, _)| uses[k].is_some()) {
            for pair in way.nodes.windows(2) {
                let (from, to) = (pair[0], pair[1]);
                if from == MISSING_NODE || to == MISSING_NODE || from == to {
                    continue;
                }
                if raw.points[from as usize].distance_m(raw.points[to as usize]) <= STRAIGHT_MAX_M {
                    segments.push(Segment { from, to, way: k as u32 });
                }
            }
        }
        let mut first = vec![0_u32; raw.points.len() + 1];
        for segment in &segments {
            first[segment.from as usize + 1] += 1;
            first[segment.to as usize + 1] += 1;
        }
        for node in 0..raw.points.len() {
            first[node + 1] += first[node];
        }
        let mut fill = first.clone();
        let mut at_node = vec![0_u32; 2 * segments.len()];
        for (k, segment) in segments.iter().enumerate() {
            for node in [segment.from, segment.to] {
                let slot = &mut fill[node as usize];
                at_node[*slot as usize] = k as u32;
                *slot += 1;
            }
        }
        Self { raw, uses, segments, first, at_node }
    }

    fn at(&self, node: u32) -> &[u32] {
        &self.at_node[self.first[node as usize] as usize..self.first[node as usize + 1] as usize]
    }

    fn far_end(&self, segment: u32, node: u32) -> u32 {
        let Segment { from, to, .. } = self.segments[segment as usize];
        if from == node { to } else { from }
    }

    fn flow(&self, segment: u32, node: u32) -> Option<Flow<'_>> {
        let Segment { from, way, .. } = self.segments[segment as usize];
        let used = self.uses[way as usize].as_ref()?;
        let along = (used.forward_kmh.map(f64::to_bits), used.shut.forward.as_ref());
        let against = (used.backward_kmh.map(f64::to_bits), used.shut.backward.as_ref());
        let kind = (used.class, used.destination_only, used.no_stopping);
        Some(if from == node { (kind, along, against) } else { (kind, against, along) })
    }

    /// Whether the node merely continues one road: two segments, and what flows in at one flows out at the other.
    fn passes_through(&self, node: u32) -> bool {
        let &[a, b] = self.at(node) else {
            return false;
        };
        match (self.flow(a, node), self.flow(b, node)) {
            (Some((kind, away, towards)), Some(other)) => a != b && other == (kind, towards, away),
            _ => false,
        }
    }

    fn trace_from(&self, start: u32, junction: &[bool], visited: &mut [bool], chains: &mut Vec<Chain>) {
        for &first_segment in self.at(start) {
            if visited[first_segment as usize] {
                continue;
            }
            let Some(((class, destination_only, no_stopping), along, against)) = self.flow(first_segment, start) else {
                continue;
            };
            let mut nodes = vec![start];
            let mut metres = 0.0;
            let (mut node, mut segment) = (start, first_segment);
            loop {
                visited[segment as usize] = true;
                let next = self.far_end(segment, node);
                metres += self.raw.points[node as usize].distance_m(self.raw.points[next as usize]);
                nodes.push(next);
                node = next;
                let onwards = self.at(node).iter().find(|&&other| !visited[other as usize]);
                match onwards {
                    Some(&other) if !junction[node as usize] => segment = other,
                    _ => break,
                }
            }
            let kmh = |bits: Option<u64>| bits.map(f64::from_bits);
            chains.push(Chain {
                nodes,
                first_way: self.segments[first_segment as usize].way,
                last_way: self.segments[segment as usize].way,
                class,
                cm: whole(metres * 100.0),
                forward_ms: kmh(along.0).map(|kmh| whole(metres / kmh * 3_600.0)),
                backward_ms: kmh(against.0).map(|kmh| whole(metres / kmh * 3_600.0)),
                forward_shut: along.1.cloned(),
                backward_shut: against.1.cloned(),
                destination_only,
                no_stopping,
            });
        }
    }
}

/// Rounded, and at least one, so that no stretch of road is free.
fn whole(value: f64) -> u32 {
    value.round().clamp(1.0, f64::from(i32::MAX)) as u32
}
