//! Labelling in one direction: from the start forwards, or from the end backwards, as far as a given clock.
//!
//! Labels lie in buckets by vertex and slice of the clock, each sorted by cost, and are extended slice by slice. A label
//! whose clock has passed `half` is kept but not extended: there the other direction takes over
//! (`pricing.rs`).
//!
//! Source of the bounded bidirectional scheme: Righini and Salani (2006), Discrete Optimization 3(3), 255-273; of buckets: Sadykov, Uchoa and
//! Pessoa (2021), Transportation Science 55(1), 4-28.

use super::bucket::{Bucket, Key};
use super::cuts::Cuts;
use super::freight::ABOARD;
use super::label::{Label, Rules};
use super::network::{Arc, NEVER, NOBODY, Network};
use super::prices::{Fixed, Prices};
use crate::resources::time::passed;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Backward,
}

/// Why a labelling was given up. Nothing may be concluded from what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GivenUp {
    TooManyLabels,
    OutOfTime,
}

/// How thoroughly to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Effort {
    /// Arcs looked at from each vertex, those of least reduced cost; absent: all.
    pub(crate) arcs: Option<usize>,
    /// All rules of dominance are kept.
    pub(crate) exact: bool,
    pub(crate) labels_max: usize,
}

/// Slices of the clock.
const SLICES: usize = 64;
const NO_PARENT: u32 = u32::MAX;
/// Labels extended after which the time is looked at: each goes along all arcs of its vertex, thousands on a large day.
const LOOK_AFTER: usize = 16;

#[derive(Clone, Copy, Debug)]
struct Step {
    vertex: u32,
    parent: u32,
}

#[derive(Debug)]
pub(crate) struct Labelling<'a, const K: usize> {
    network: &'a Network,
    direction: Direction,
    rules: Rules<'a>,
    /// By limit: price of a gram or litre brought.
    limits: &'a [Fixed],
    cuts: &'a Cuts,
    width: i32,
    buckets: Vec<Bucket>,
    /// By id; those that were dropped stay, as others may come from them.
    labels: Vec<Label<K>>,
    /// By bucket: least [`Label::least`].
    floors: Vec<Fixed>,
    history: Vec<Step>,
    /// Vertices with open labels in the slice at hand.
    waiting: Vec<u32>,
    /// By vertex: what last made a label needless there. Most labels are needless, and mostly for the same reason as the one before.
    rivals: Vec<Option<Key>>,
}

impl<'a, const K: usize> Labelling<'a, K> {
    /// Runs until no label is left to extend.
    ///
    /// # Errors
    /// [`GivenUp`] where the limit of labels or `stop` came first.
    pub(crate) fn run(
        network: &'a Network,
        direction: Direction,
        prices: &'a Prices,
        cuts: &'a Cuts,
        half: i32,
        effort: Effort,
        stop: &dyn Fn() -> bool,
    ) -> Result<Self, GivenUp> {
        let n = network.vertices.len();
        let metres = network.metres_max.is_some();
        let rules = Rules {
            per_second: network.per_second,
            metres,
            subsets: &prices.subsets,
            exact: effort.exact,
            durations: network.duration_max.is_some(),
            last_release: if direction == Direction::Forward { network.last_release } else { 0 },
        };
        let mut labelling = Self {
            network,
            direction,
            rules,
            limits: &prices.limits,
            cuts,
            width: network.horizon / SLICES as i32 + 1,
            buckets: (0..n * (SLICES)).map(|_| Bucket::default()).collect(),
            floors: vec![Fixed::MAX; n * (SLICES)],
            labels: Vec::new(),
            history: Vec::new(),
            waiting: Vec::new(),
            rivals: vec![None; n],
        };
        labelling.begin();
        labelling.extend_all(half, effort, stop)?;
        Ok(labelling)
    }

    fn begin(&mut self) {
        let empty = Label {
            cost: 0,
            memory: 0,
            odd: 0,
            marks: 0,
            clock: 0,
            busy: 0,
            limit: NEVER,
            metres: 0,
            ready: 0,
            loads: [0; K],
            id: NO_PARENT,
        };
        let network = self.network;
        if self.direction == Direction::Forward {
            for departure in &network.departures {
                let (clock, limit) = (departure.earliest, departure.latest);
                let fixed = if departure.station == 0 { network.fixed } else { 0 };
                let cost = fixed + network.potentials[departure.station];
                self.insert(departure.vertex, Label { cost, clock, limit, ..empty });
            }
            return;
        }
        for vertex in 0..network.vertices.len() {
            self.begin_at_station(vertex, empty);
            let Some(home) = network.homes[vertex] else { continue };
            let clock = network.horizon - home.high + home.drive;
            // Whatever must leave the vehicle must not come on board any more.
            let marks = if network.freight.marks.iter().any(|marks| marks & ABOARD != 0) { ABOARD } else { 0 };
            self.insert(
                vertex as u32,
                Label {
                    cost: home.cost,
                    memory: network.own_bit(vertex),
                    marks,
                    clock,
                    busy: home.drive,
                    metres: home.metres,
                    ..empty
                },
            );
        }
    }

    /// Backwards, trips that end at an outlet: the later, the less the vehicle is worth there.
    fn begin_at_station(&mut self, vertex: usize, empty: Label<K>) {
        let network = self.network;
        let Some(stations) = network.stations.as_ref().filter(|_| !network.vertices[vertex].leaves) else { return };
        for (_, last) in stations.slices() {
            let Some(station) = network.station(vertex, last) else { return };
            let (cost, clock) = (-network.potentials[station], network.horizon - last);
            self.insert(vertex as u32, Label { cost, clock, ..empty });
        }
    }

    fn slice(&self, clock: i32) -> usize {
        (clock / self.width) as usize
    }

    fn bucket(&self, vertex: usize, slice: usize) -> usize {
        vertex * (SLICES) + slice
    }

    fn extend_all(&mut self, half: i32, effort: Effort, stop: &dyn Fn() -> bool) -> Result<(), GivenUp> {
        let network = self.network;
        let arcs = match self.direction {
            Direction::Forward => &network.forward,
            Direction::Backward => &network.backward,
        };
        let in_time = || if stop() { Err(GivenUp::OutOfTime) } else { Ok(()) };
        let few = |most| arcs.iter().map(|own| in_time().map(|()| cheapest(network, own, most))).collect();
        let few: Option<Vec<Vec<Arc>>> = effort.arcs.map(few).transpose()?;
        let arcs = few.as_ref().unwrap_or(arcs);
        let mut extended = 0_usize;
        for slice in 0..SLICES {
            if slice as i32 * self.width > half {
                break;
            }
            self.waiting = (0..network.vertices.len() as u32)
                .filter(|&v| !self.buckets[self.bucket(v as usize, slice)].keys.is_empty())
                .collect();
            while let Some(vertex) = self.waiting.pop() {
                let bucket = self.bucket(vertex as usize, slice);
                while let Some(id) = self.buckets[bucket].take() {
                    let label = self.labels[id as usize];
                    if label.clock > half {
                        continue;
                    }
                    for arc in &arcs[vertex as usize] {
                        if let Some(next) = self.extend(vertex as usize, &label, arc)
                            && self.insert(arc.to, next) == Some(slice)
                        {
                            self.waiting.push(arc.to);
                        }
                    }
                    if self.history.len() > effort.labels_max {
                        return Err(GivenUp::TooManyLabels);
                    }
                    extended += 1;
                    if extended.is_multiple_of(LOOK_AFTER) {
                        in_time()?;
                    }
                }
                in_time()?;
            }
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn extend(&self, from: usize, label: &Label<K>, arc: &Arc) -> Option<Label<K>> {
        let network = self.network;
        if label.memory & arc.forbidden != 0 {
            return None;
        }
        let clock = passed(label.clock, arc.pre, arc.low, arc.high, arc.post)?;
        if clock > network.horizon {
            return None;
        }
        let mut next = *label;
        next.clock = clock;
        next.limit = label.limit.min(arc.high - label.busy - arc.pre);
        next.busy = label.busy + arc.pre + arc.post;
        next.cost += arc.reduced;
        if let Some(most) = network.metres_max {
            next.metres += arc.metres;
            if next.metres > most {
                return None;
            }
        }
        let to = arc.to as usize;
        if arc.head != NOBODY {
            let head = arc.head as usize;
            if !self.take(head, label, &mut next) {
                return None;
            }
            let (from, to) = (network.vertices[from].row(), network.vertices[to].row());
            next.memory = network.memory.carry(from, to, label.memory) | network.own_bit(arc.to as usize);
        }
        if let Some(most) = network.duration_max
            && next.busy.max(next.clock - next.limit) > most
        {
            return None;
        }
        if !self.rules.subsets.is_empty() {
            self.count(to, arc.head, &mut next);
        }
        next.id = label.id;
        Some(next)
    }

    /// Loads what the head gives, or empties into it.
    #[inline]
    fn take(&self, head: usize, label: &Label<K>, next: &mut Label<K>) -> bool {
        let network = self.network;
        let freight = &network.freight;
        if let Some(job) = network.job(head) {
            let blocked = if self.direction == Direction::Backward && freight.marks[job] & label.marks & ABOARD != 0 {
                true
            } else {
                freight.clashes[job] & label.marks != 0
            };
            if blocked {
                return false;
            }
            if let Some(&release) = network.releases.get(job) {
                match self.direction {
                    Direction::Backward => next.ready = label.ready.max(release),
                    Direction::Forward if release > next.limit => return false,
                    Direction::Forward => next.clock = next.clock.max(release + next.busy),
                }
                if next.clock > network.horizon {
                    return false;
                }
            }
            next.marks |= match self.direction {
                Direction::Forward => freight.marks[job],
                Direction::Backward => freight.marks[job] & !ABOARD,
            };
            for (held, more) in next.loads.iter_mut().zip(freight.load(job)) {
                *held += more;
            }
            return freight.caps().iter().all(|cap| {
                if cap.dims.is_power_of_two() {
                    return next.loads[cap.dims.trailing_zeros() as usize] <= cap.most;
                }
                let of = (0..K).filter(|d| cap.dims >> d & 1 == 1);
                of.map(|d| i64::from(next.loads[d])).sum::<i64>() <= i64::from(cap.most)
            });
        }
        if let Some(outlet) = network.outlet(head) {
            for brought in &freight.brings[outlet] {
                let amount = i64::from(label.loads[brought.dim]) << brought.halved;
                next.cost = next.cost.saturating_add(self.limits[brought.limit].saturating_mul(amount));
            }
            for (d, held) in next.loads.iter_mut().enumerate() {
                if freight.keeps_dims[outlet] >> d & 1 == 0 {
                    *held = 0;
                }
            }
            next.marks &= freight.keeps_marks[outlet] | ABOARD;
            // Backwards the mark stands for "nothing may come on board": an outlet lifts it.
            if next.marks == ABOARD && freight.keeps_marks[outlet] != u64::MAX {
                next.marks = 0;
            }
        }
        true
    }

    /// Keeps account of subset-row cuts.
    #[inline]
    fn count(&self, to: usize, head: u32, next: &mut Label<K>) {
        let (network, cuts) = (self.network, self.cuts);
        let remembered = cuts.remembered(network.vertices[to].row());
        if self.direction == Direction::Forward {
            next.odd &= remembered;
        }
        if head != NOBODY {
            let hits = cuts.hits(network.vertices[head as usize].row());
            let mut second = next.odd & hits;
            while second != 0 {
                next.cost += self.rules.subsets[second.trailing_zeros() as usize];
                second &= second - 1;
            }
            next.odd ^= hits;
        }
        if self.direction == Direction::Backward {
            next.odd &= remembered;
        }
    }

    /// Keeps the label unless another one makes it needless, and drops those that it makes needless. Returns its slice.
    fn insert(&mut self, vertex: u32, mut label: Label<K>) -> Option<usize> {
        let rules = self.rules;
        let slice = self.slice(label.clock);
        let (first, own) = (self.bucket(vertex as usize, 0), self.bucket(vertex as usize, slice));
        let now = label.now(rules.per_second);
        let key = Key {
            least: label.least(rules.per_second),
            memory: if rules.exact { label.memory } else { 0 },
            clock: label.clock,
            load: label.loads.first().copied().unwrap_or(0),
            id: self.labels.len() as u32,
            open: true,
        };
        let better = |other: &Key| other.may_dominate(&key) && rules.dominates(&self.labels[other.id as usize], &label);
        if self.rivals[vertex as usize].as_ref().is_some_and(better) {
            return None;
        }
        for at in (first..=own).rev() {
            if self.floors[at] > now {
                continue;
            }
            for other in &self.buckets[at].keys {
                if other.least > now {
                    break;
                }
                if better(other) {
                    self.rivals[vertex as usize] = Some(*other);
                    return None;
                }
            }
        }
        let labels = &self.labels;
        for at in own..first + SLICES {
            let bucket = &mut self.buckets[at];
            // Without a price on time only what is at least as dear can be dropped.
            let from = match rules.per_second {
                0 => bucket.keys.partition_point(|other| other.least < key.least),
                _ => 0,
            };
            if from == bucket.keys.len() {
                continue;
            }
            bucket.drop_where(from, |other| {
                key.may_dominate(other) && rules.dominates(&label, &labels[other.id as usize])
            });
            self.floors[at] = bucket.keys.first().map_or(Fixed::MAX, |key| key.least);
        }
        self.history.push(Step { vertex, parent: label.id });
        label.id = key.id;
        self.labels.push(label);
        self.buckets[own].insert(key);
        self.floors[own] = self.floors[own].min(key.least);
        Some(slice)
    }

    /// All labels at a vertex whose clock is above `after`.
    pub(crate) fn at(&self, vertex: usize, after: i32) -> impl Iterator<Item = &Label<K>> {
        let from = if after < 0 { 0 } else { self.slice(after).min(SLICES - 1) };
        let buckets = &self.buckets[self.bucket(vertex, from)..self.bucket(vertex, SLICES - 1) + 1];
        let keys = buckets.iter().flat_map(|bucket| &bucket.keys).filter(move |key| key.clock > after);
        keys.map(|key| &self.labels[key.id as usize])
    }

    /// The moment at which the walk of a label begins.
    pub(crate) fn origin(&self, id: u32) -> i32 {
        let mut at = id;
        while self.history[at as usize].parent != NO_PARENT {
            at = self.history[at as usize].parent;
        }
        self.labels[at as usize].clock
    }

    /// The vertices of a label's walk, from where the labelling began.
    pub(crate) fn walk(&self, id: u32) -> Vec<u32> {
        let mut walk = Vec::new();
        let mut at = id;
        while at != NO_PARENT {
            let step = self.history[at as usize];
            walk.push(step.vertex);
            at = step.parent;
        }
        walk.reverse();
        walk
    }

    pub(crate) fn rules(&self) -> Rules<'a> {
        self.rules
    }

    pub(crate) fn n_labels(&self) -> usize {
        self.history.len()
    }
}

/// The arcs of least reduced cost; those that end or begin a trip are always among them.
fn cheapest(network: &Network, arcs: &[Arc], most: usize) -> Vec<Arc> {
    let mut own: Vec<Arc> = arcs.to_vec();
    // The break costs nothing and must stay possible.
    let needed = |arc: &Arc| arc.head == NOBODY || network.job(arc.to as usize).is_none();
    let rank = |arc: &Arc| (!needed(arc), arc.reduced, arc.to);
    let most = most + own.iter().filter(|arc| needed(arc)).count();
    if own.len() > most {
        own.select_nth_unstable_by_key(most, rank);
        own.truncate(most);
    }
    own
}
