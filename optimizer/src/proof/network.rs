//! The routes of one kind of vehicle as walks through a network: what pricing searches.
//!
//! A *vertex* is a node of the model with one of its windows, once before and once after the break: so every rule about time
//! becomes a window on an arc. Each visit has exactly one start that is allowed, the first; choosing a later window
//! instead is a walk too, but never better, because leaving later never means arriving earlier.
//!
//! An *arc* takes a label's clock `t` to `max(t + pre, low) + post` if `t + pre <= high`. Where time matters the clock is time,
//! otherwise it is the load, which makes a classical capacity look like a horizon. Arcs exist in both directions; backwards the clock runs
//! from the end: `horizon - t`. Both have the same form, so one labelling serves both.

use huilu_model::JobIdx;

use super::freight::Freight;
use super::ng::Memory;
use super::prices::{Fixed, Scale};
use super::stations::Stations;
use crate::resources::model::{FAR, Kind, Model, Node};

/// Head of an arc that visits nothing.
pub(crate) const NOBODY: u32 = u32::MAX;

/// No limit among instants and metres of a label; twice of it still fits.
pub(crate) const NEVER: i32 = 1 << 29;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Vertex {
    /// `None` is the vehicle's start.
    pub(crate) node: Option<Node>,
    /// The break is no longer due.
    pub(crate) rested: bool,
    /// An outlet as the beginning of a trip, where routes are made of trips; then all others at outlets are ends of trips.
    pub(crate) leaves: bool,
    window: usize,
}

impl Vertex {
    /// Row of [`Memory`].
    pub(crate) fn row(self) -> usize {
        self.node.map_or(0, |node| node as usize + 1)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arc {
    pub(crate) to: u32,
    /// The vertex that the arc leads to in the direction of travel: whose load and price it bears. [`NOBODY`] for a break.
    pub(crate) head: u32,
    pub(crate) pre: i32,
    pub(crate) low: i32,
    pub(crate) high: i32,
    pub(crate) post: i32,
    pub(crate) metres: i32,
    /// Bit that must not be set in the memory of a label that takes this arc.
    pub(crate) forbidden: u64,
    /// Metres and fees, in steps of the scale; the price of duration is the label's.
    pub(crate) cost: Fixed,
    /// `cost` less what the visit earns.
    pub(crate) reduced: Fixed,
}

/// The way home from a vertex, or the way out to the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Home {
    pub(crate) drive: i32,
    /// Latest arrival.
    pub(crate) high: i32,
    pub(crate) metres: i32,
    pub(crate) cost: Fixed,
}

/// A departure: earliest and latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Departure {
    pub(crate) vertex: u32,
    pub(crate) earliest: i32,
    pub(crate) latest: i32,
    /// Of [`Network::stations`]; 0 is the start.
    pub(crate) station: usize,
}

#[derive(Clone, Debug)]
pub(crate) struct Network {
    pub(crate) kind: usize,
    pub(crate) vertices: Vec<Vertex>,
    pub(crate) forward: Vec<Vec<Arc>>,
    pub(crate) backward: Vec<Vec<Arc>>,
    pub(crate) homes: Vec<Option<Home>>,
    pub(crate) departures: Vec<Departure>,
    pub(crate) horizon: i32,
    /// Price of a second on the way, in steps of the scale.
    pub(crate) per_second: Fixed,
    /// Cost of using a vehicle at all, in steps of the scale.
    pub(crate) fixed: Fixed,
    pub(crate) metres_max: Option<i32>,
    /// Of a route from departure to return, where the clock is time.
    pub(crate) duration_max: Option<i32>,
    pub(crate) memory: Memory,
    pub(crate) freight: Freight,
    /// By vertex: bit of its own job.
    own: Vec<u64>,
    /// Where trips begin and end; absent where whole routes are searched.
    pub(crate) stations: Option<Stations>,
    /// By station.
    pub(crate) potentials: Vec<Fixed>,
    /// By job: no trip with it begins earlier. Empty where none matters, or whole routes are searched.
    pub(crate) releases: Vec<i32>,
    /// The last of them.
    pub(crate) last_release: i32,
    pub(crate) scale: Scale,
}

/// Why a kind of vehicle has no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// A shift or a range does not fit 29 bits.
    TooLarge,
    /// It was no longer waited for.
    Stopped,
}

impl Network {
    /// That of a large day takes seconds: `stop` ends it early.
    pub(crate) fn new(
        model: &Model<'_>,
        kind_idx: usize,
        ng_size: usize,
        scale: Scale,
        freight: Freight,
        trips: bool,
        stop: &dyn Fn() -> bool,
    ) -> Result<Self, Unfit> {
        let kind = &model.kinds[kind_idx];
        let clock = Clock::new(model, kind, &freight).ok_or(Unfit::TooLarge)?;
        let loads = matches!(clock, Clock::Load { .. }).then_some(&freight);
        let memory = Memory::new(model, kind, ng_size, loads);
        let metres_max = (kind.metres_max < FAR - 1).then_some(kind.metres_max);
        let metres_max = match metres_max {
            Some(metres) if metres >= i64::from(NEVER) => return Err(Unfit::TooLarge),
            other => other.map(|metres| metres as i32),
        };
        let stations = match clock {
            Clock::Time { opens, .. } if trips => Some(Stations::new(model, kind, scale, opens, clock.horizon())),
            _ => None,
        };
        let vertices = vertices(model, kind, clock, stations.is_some());
        let n = vertices.len();
        let releases = match stations {
            Some(_) if model.has_releases() => releases(model, kind),
            _ => Vec::new(),
        };
        let mut network = Self {
            kind: kind_idx,
            forward: vec![Vec::new(); n],
            backward: vec![Vec::new(); n],
            homes: vec![None; n],
            departures: departures(model, kind, clock, &vertices, stations.as_ref()),
            horizon: clock.horizon(),
            per_second: scale.fixed(kind.per_second),
            fixed: scale.fixed(kind.fixed),
            metres_max,
            duration_max: match clock {
                Clock::Time { .. } if kind.duration_max < i64::from(clock.horizon()) => Some(kind.duration_max as i32),
                _ => None,
            },
            memory,
            freight,
            own: Vec::new(),
            potentials: vec![0; stations.as_ref().map_or(1, Stations::count)],
            last_release: releases.iter().copied().max().unwrap_or(0),
            releases,
            stations,
            scale,
            vertices,
        };
        network.own = (0..n)
            .map(|at| network.job(at).map_or(0, |job| network.memory.bit(network.vertices[at].row(), job)))
            .collect();
        for from in 0..n {
            if stop() {
                return Err(Unfit::Stopped);
            }
            network.homes[from] = network.home(model, kind, clock, from);
            for to in 0..n {
                let arc = network.arc(model, kind, clock, from, to).or_else(|| network.rest(kind, clock, from, to));
                if let Some(arc) = arc {
                    let back = network.mirrored(arc, from);
                    network.backward[to].push(back);
                    network.forward[from].push(arc);
                }
            }
        }
        if matches!(clock, Clock::Load { .. }) {
            network.freight.forget_first();
        }
        Ok(network)
    }

    /// Lets nodes remember more jobs ([`Memory::grow`]).
    pub(crate) fn remember(&mut self, more: &[(usize, u32)]) -> bool {
        if !self.memory.grow(more) {
            return false;
        }
        let bit = |memory: &Memory, at: u32, job: Option<JobIdx>| {
            job.map_or(0, |job| memory.bit(self.vertices[at as usize].row(), job))
        };
        self.own = (0..self.vertices.len()).map(|at| bit(&self.memory, at as u32, self.job(at))).collect();
        let forbidden = |at: u32, arc: &Arc| {
            let visited = self.job(arc.to as usize).filter(|_| arc.head != NOBODY);
            bit(&self.memory, at, visited)
        };
        let both = [&self.forward, &self.backward].map(|arcs| -> Vec<Vec<u64>> {
            let of = |(at, own): (usize, &Vec<Arc>)| own.iter().map(|arc| forbidden(at as u32, arc)).collect();
            arcs.iter().enumerate().map(of).collect()
        });
        for (arcs, bits) in [&mut self.forward, &mut self.backward].into_iter().zip(both) {
            for (arc, bits) in arcs.iter_mut().flatten().zip(bits.into_iter().flatten()) {
                arc.forbidden = bits;
            }
        }
        true
    }

    fn place(&self, model: &Model<'_>, kind: &Kind, vertex: usize) -> usize {
        self.vertices[vertex].node.map_or(kind.start, |node| model.place(node))
    }

    fn home(&self, model: &Model<'_>, kind: &Kind, clock: Clock, from: usize) -> Option<Home> {
        // A vehicle that goes nowhere is not used.
        let node = self.vertices[from].node?;
        if self.stations.is_some() && !model.is_job(node) {
            return None;
        }
        let place = self.place(model, kind, from);
        let (seconds, metres) = (model.seconds(kind, place, kind.end), model.metres(kind, place, kind.end));
        if seconds >= FAR || metres >= FAR {
            return None;
        }
        let cost = self.scale.fixed(kind.per_metre * metres);
        let metres = metres.min(i64::from(NEVER)) as i32;
        let Clock::Time { opens, closes } = clock else {
            return Some(Home { drive: 0, high: self.horizon, metres, cost });
        };
        let by = match kind.pause {
            Some(pause) if !self.vertices[from].rested => closes.min(pause.closes),
            _ => closes,
        };
        (by - opens >= seconds).then(|| Home { drive: seconds as i32, high: (by - opens) as i32, metres, cost })
    }

    fn arc(&self, model: &Model<'_>, kind: &Kind, clock: Clock, from: usize, to: usize) -> Option<Arc> {
        let (tail, head) = (self.vertices[from], self.vertices[to]);
        let node = head.node?;
        let of_trip = || match tail.node {
            Some(node) if !model.is_job(node) => tail.leaves && model.is_job(head.node.unwrap_or(node)),
            Some(_) => true,
            None => model.is_job(node),
        };
        if tail.rested != head.rested || tail.node == head.node || head.leaves {
            return None;
        }
        if self.stations.is_some() && !of_trip() {
            return None;
        }
        let (place, next) = (self.place(model, kind, from), model.place(node));
        let (seconds, metres) = (model.seconds(kind, place, next), model.metres(kind, place, next));
        if seconds >= FAR || metres >= FAR {
            return None;
        }
        let gate = model.outlet(node).map_or(0, |outlet| model.gate_fees[outlet]);
        let job = model.is_job(node).then_some(node as JobIdx);
        let other = job.map_or(0, |job| kind.unpreferred(job));
        let cost = self.scale.fixed(kind.per_metre * metres + gate + other);
        let metres = metres.min(i64::from(NEVER)) as i32;
        let forbidden = job.map_or(0, |job| self.memory.bit(tail.row(), job));
        let (pre, low, high, post) = match clock {
            Clock::Load { .. } => (job.map_or(0, |job| self.freight.load(job)[0]), 0, self.horizon, 0),
            Clock::Time { opens, closes } => {
                let (start, end) = model.windows_of(kind, node)[head.window];
                let (low, high) = ((start - opens).max(0), end.min(closes) - opens);
                let stay = model.stay(place, node);
                if low > high || seconds > high || low + stay > closes - opens {
                    return None;
                }
                let leaves = tail.node.filter(|_| !tail.leaves).map_or(0, |node| {
                    (model.windows_of(kind, node)[tail.window].0 - opens).max(0) + model.nodes[node as usize].service
                });
                if leaves + seconds > high {
                    return None;
                }
                (seconds as i32, low as i32, high as i32, stay as i32)
            }
        };
        Some(Arc { to: to as u32, head: to as u32, pre, low, high, post, metres, forbidden, cost, reduced: cost })
    }

    fn mirrored(&self, arc: Arc, from: usize) -> Arc {
        let visits = self.job(from).filter(|_| arc.head != NOBODY);
        Arc {
            to: from as u32,
            pre: arc.post,
            low: self.horizon - arc.high,
            high: self.horizon - arc.low,
            post: arc.pre,
            forbidden: visits.map_or(0, |job| self.memory.bit(self.vertices[arc.to as usize].row(), job)),
            ..arc
        }
    }

    /// In both directions.
    pub(crate) fn n_arcs(&self) -> usize {
        self.forward.iter().chain(&self.backward).map(Vec::len).sum()
    }

    pub(crate) fn job(&self, vertex: usize) -> Option<JobIdx> {
        let node = self.vertices[vertex].node? as usize;
        (node < self.freight.marks.len()).then_some(node)
    }

    pub(crate) fn outlet(&self, vertex: usize) -> Option<usize> {
        (self.vertices[vertex].node? as usize).checked_sub(self.freight.marks.len())
    }

    /// The bit of the vertex's own job in its memory.
    #[inline]
    pub(crate) fn own_bit(&self, vertex: usize) -> u64 {
        self.own[vertex]
    }

    /// The station that a trip ends at whose last vertex is this one, by when it is done there.
    pub(crate) fn station(&self, vertex: usize, clock: i32) -> Option<usize> {
        let (stations, outlet) = (self.stations.as_ref()?, self.outlet(vertex)?);
        Some(stations.at(outlet, self.vertices[vertex].rested, clock))
    }

    /// The break, as an arc from a vertex before it to the same after it.
    fn rest(&self, kind: &Kind, clock: Clock, from: usize, to: usize) -> Option<Arc> {
        let (Some(pause), Clock::Time { opens, closes }) = (kind.pause, clock) else { return None };
        let (before, after) = (self.vertices[from], self.vertices[to]);
        let same = (before.node, before.window, before.leaves) == (after.node, after.window, after.leaves);
        let ends = self.stations.is_some() && self.outlet(from).is_some() && !before.leaves;
        if before.rested || !after.rested || !same || ends {
            return None;
        }
        let (low, high) = ((pause.opens - opens).max(0), pause.closes.min(closes) - opens);
        let arc = |low: i64| Arc {
            to: to as u32,
            head: NOBODY,
            pre: 0,
            low: low as i32,
            high: high as i32,
            post: pause.duration as i32,
            metres: 0,
            forbidden: 0,
            cost: 0,
            reduced: 0,
        };
        (low <= high && low + pause.duration <= closes - opens).then(|| arc(low))
    }
}

/// What the clock of a label counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Clock {
    /// Seconds since `opens`, up to `closes`.
    Time { opens: i64, closes: i64 },
    /// The first sum of the freight.
    Load { most: i32 },
}

impl Clock {
    /// `None` where the shift does not fit.
    fn new(model: &Model<'_>, kind: &Kind, freight: &Freight) -> Option<Self> {
        if let (false, true, Some(cap)) = (model.timed, model.accepts.is_empty(), freight.caps().first())
            && cap.dims == 1
        {
            return Some(Self::Load { most: cap.most });
        }
        let closes = kind.closes.min(latest_finish(model, kind));
        (closes - kind.opens < i64::from(NEVER)).then_some(Self::Time { opens: kind.opens, closes })
    }

    fn horizon(self) -> i32 {
        match self {
            Self::Time { opens, closes } => (closes - opens) as i32,
            Self::Load { most } => most,
        }
    }
}

/// No schedule that waits for nothing but windows and releases ends later: after the last window has opened and the last job is
/// released there is only driving, service and the break, and each job is served once.
fn latest_finish(model: &Model<'_>, kind: &Kind) -> i64 {
    let leg = model.instance.travel.get(kind.profile).map_or(0, |travel| i64::from(travel.longest_seconds()));
    let stays = model.nodes[..model.n_jobs].iter().map(|node| node.setup + node.service).fold(0, i64::saturating_add);
    let unload = model.nodes[model.n_jobs..].iter().map(|node| node.setup + node.service).max().unwrap_or(0);
    // Between two jobs a vehicle may visit every outlet once, to empty different streams.
    let unloads = if model.accepts.is_empty() { 0 } else { (model.n_jobs as i64 + 1) * model.accepts.len() as i64 };
    let opens = (0..model.nodes.len() as Node).flat_map(|node| model.windows_of(kind, node)).map(|window| window.0);
    let rest = kind.pause.map_or(0, |pause| pause.closes + 1 + pause.duration);
    let released = (0..model.n_jobs).map(|job| model.release(job)).max().unwrap_or(0);
    let last = opens.max().unwrap_or(0).max(kind.opens).max(rest).max(released);
    last.saturating_add(leg.saturating_mul(model.n_jobs as i64 + unloads + 2))
        .saturating_add(unload.saturating_mul(unloads))
        .saturating_add(stays)
}

fn vertices(model: &Model<'_>, kind: &Kind, clock: Clock, trips: bool) -> Vec<Vertex> {
    let with_break = kind.pause.is_some() && matches!(clock, Clock::Time { .. });
    let mut vertices = Vec::new();
    for rested in if with_break { vec![false, true] } else { vec![true] } {
        vertices.push(Vertex { node: None, rested, leaves: false, window: 0 });
        for node in 0..model.nodes.len() as Node {
            if model.is_job(node) && !kind.serves[node as usize] {
                continue;
            }
            if let Clock::Load { .. } = clock {
                // Every node has a window that is never missed; which of several it is does not matter.
                vertices.push(Vertex { node: Some(node), rested, leaves: false, window: 0 });
                continue;
            }
            if trips && !model.is_job(node) {
                vertices.push(Vertex { node: Some(node), rested, leaves: true, window: 0 });
            }
            for (window, &(start, end)) in model.windows_of(kind, node).iter().enumerate() {
                if end >= kind.opens && start <= kind.closes {
                    vertices.push(Vertex { node: Some(node), rested, leaves: false, window });
                }
            }
        }
    }
    vertices
}

/// By job: seconds after the clock began.
fn releases(model: &Model<'_>, kind: &Kind) -> Vec<i32> {
    let of = |job: JobIdx| (model.release(job) - kind.opens).clamp(0, i64::from(NEVER)) as i32;
    (0..model.n_jobs).map(of).collect()
}

fn departures(
    model: &Model<'_>,
    kind: &Kind,
    clock: Clock,
    vertices: &[Vertex],
    stations: Option<&Stations>,
) -> Vec<Departure> {
    let starts = vertices.iter().enumerate().filter(|(_, vertex)| vertex.node.is_none());
    let departure = |(at, vertex): (usize, &Vertex)| {
        let Clock::Time { opens, closes } = clock else {
            return Some(Departure { vertex: at as u32, earliest: 0, latest: clock.horizon(), station: 0 });
        };
        // A vehicle that leaves after the window of the break owes none.
        let from = match kind.pause {
            Some(pause) if vertex.rested => (pause.closes + 1).max(opens),
            _ => opens,
        };
        let departure = Departure {
            vertex: at as u32,
            earliest: (from - opens) as i32,
            latest: (closes - opens) as i32,
            station: 0,
        };
        (from <= closes).then_some(departure)
    };
    let mut departures: Vec<Departure> = starts.filter_map(departure).collect();
    let Some(stations) = stations else { return departures };
    for (at, vertex) in vertices.iter().enumerate().filter(|(_, vertex)| vertex.leaves) {
        let Some(outlet) = vertex.node.and_then(|node| model.outlet(node)) else { continue };
        departures.extend(stations.slices().map(|(earliest, latest)| Departure {
            vertex: at as u32,
            earliest,
            latest,
            station: stations.at(outlet, vertex.rested, earliest),
        }));
    }
    departures
}
