//! The instance as the search reads it: jobs and outlets in one table of nodes, identical vehicles joined into
//! kinds, and plain `i64` numbers (seconds, metres, grams, litres, cost units) so that the inner loops stay small.
//!
//! It holds no search state and decides nothing.

use huilu_model::{Instance, JobIdx, OutletIdx, Travel, UNREACHABLE};

use super::compactness;
use super::hours::{self, Slots};
pub(crate) use super::kinds::{Amount, Kind, LoadObstacle, Part, Pause, Room, obstacle_of_load};
use super::kinds::{amounts, ban, kinds, roomiest};
use super::locks::{self, Locks};
use super::time::passed;

/// A job or an outlet: jobs come first, then outlets.
pub(crate) type Node = u32;

/// Seconds from departure to return and grams picked up; absent where the vehicle is not used.
pub(crate) type Workload = Option<(i64, i64)>;

/// Stands for "never" among instants and for "no way" among distances; sums of a few thousand of it still fit.
pub(crate) const FAR: i64 = 1 << 48;

/// The end of a route that ends where its last visit was: every place is as good, and there already.
/// It fits 32 bits, as places do where they are kept short.
pub(crate) const ANYWHERE: usize = u32::MAX as usize;

#[derive(Clone, Copy, Debug)]
pub(crate) struct NodeData {
    pub(crate) place: usize,
    pub(super) windows: (u32, u32),
    pub(crate) setup: i64,
    pub(crate) service: i64,
}

#[derive(Debug)]
pub(crate) struct Model<'a> {
    pub(crate) instance: &'a Instance,
    pub(crate) locks: Locks,
    pub(crate) n_jobs: usize,
    pub(crate) n_streams: usize,
    n_places: usize,
    pub(crate) nodes: Vec<NodeData>,
    windows: Vec<(i64, i64)>,
    loads: Vec<Amount>,
    load_ranges: Vec<(u32, u32)>,
    /// By profile; looked up in every inner loop, hence held directly.
    travel: Vec<&'a Travel>,
    /// By profile: metres and seconds where they are in tables; the inner loops look there first.
    tables: Vec<Option<(&'a [u32], &'a [u32])>>,
    /// By profile: the one table that says all, where there is one.
    one_tables: Vec<Option<&'a [u32]>>,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) kind_of: Vec<usize>,
    /// By stream: those that may not share a compartment with it.
    pub(crate) clashes: Vec<u32>,
    /// By outlet.
    pub(crate) accepts: Vec<u32>,
    pub(crate) gate_fees: Vec<i64>,
    /// By outlet and stream; `i64::MAX` is unlimited.
    pub(crate) room: Vec<(i64, i64)>,
    pub(crate) limited: Vec<bool>,
    /// What leaving a job out costs the search: its penalty, or for a mandatory job more than any detour.
    pub(crate) absence: Vec<i64>,
    /// By job; `-FAR` where it does not matter. Empty where it does for none.
    releases: Vec<i64>,
    /// By job: prices of a late start.
    pub(crate) late: Slots,
    /// By outlet: waits before unloading.
    pub(crate) queues: Slots,
    /// By outlet: seconds for each 100 kg. Empty where weight never matters.
    by_weight: Vec<i64>,
    /// Vehicles differ in more than their id: in what jobs prefer them, or whom they are compared with, if in nothing else.
    pub(crate) mixed_fleet: bool,
    /// Kinds by their room, the largest first.
    pub(crate) roomiest: Vec<usize>,
    /// Some jobs may be left out at a price.
    pub(crate) choosy: bool,
    /// One window each, no setup, nothing owed to other visits.
    pub(crate) plain_times: bool,
    /// False where neither windows nor shifts nor hourly prices can ever matter.
    pub(crate) timed: bool,
    /// Days of vehicles that take no part in the search but are compared with those that do, by group of the balance.
    pub(crate) bystanders: Vec<Vec<Workload>>,
    /// Of a metre off the middle of a route; 0 where compactness has no price.
    pub(crate) sprawl_price: i64,
    /// Metres east and north, by job; empty where jobs have no positions.
    pub(crate) grid: Vec<(i64, i64)>,
}

impl<'a> Model<'a> {
    pub(crate) fn new(instance: &'a Instance) -> Self {
        Self::with_longest(instance, &longest(instance))
    }

    /// Where it is known that no leg of any profile is longer.
    pub(crate) fn with_longest(instance: &'a Instance, longest: &[Leg]) -> Self {
        let n_streams = instance.streams.len().max(1);
        let mut windows: Vec<(i64, i64)> = Vec::new();
        let mut nodes = Vec::with_capacity(instance.jobs.len() + instance.outlets.len());
        let mut node = |place, own: &[huilu_model::Window], setup, service| {
            let from = windows.len() as u32;
            let mut last: Option<(i64, i64)> = None;
            for window in own {
                last = match last {
                    // Two windows without a second between them are one.
                    Some((start, end)) if end + 1 >= window.start.0 => Some((start, window.end.0)),
                    done => {
                        windows.extend(done);
                        Some((window.start.0, window.end.0))
                    }
                };
            }
            windows.extend(last);
            nodes.push(NodeData { place, windows: (from, windows.len() as u32), setup, service });
        };
        for (k, job) in instance.jobs.iter().enumerate() {
            if instance.locks.starts.is_empty() {
                node(job.place, &job.windows, job.setup.0, job.service.0);
            } else {
                node(job.place, &locks::windows(instance, k), job.setup.0, job.service.0);
            }
        }
        instance.outlets.iter().for_each(|outlet| node(outlet.place, &outlet.windows, 0, outlet.unload.0));

        let (mut loads, mut load_ranges) = (Vec::new(), Vec::new());
        for job in &instance.jobs {
            let from = loads.len() as u32;
            loads.extend(amounts(job));
            load_ranges.push((from, loads.len() as u32));
        }
        let mut clashes = vec![0_u32; n_streams];
        for &(one, other) in &instance.incompatible {
            clashes[one] |= 1 << other;
            clashes[other] |= 1 << one;
        }
        let (mut kinds, kind_of) = kinds(instance, &clashes);
        kinds.iter_mut().for_each(|kind| ban(instance, kind, &nodes, &mut windows));
        let room: Vec<(i64, i64)> = instance
            .outlets
            .iter()
            .flat_map(|outlet| {
                (0..n_streams).map(|s| match outlet.capacity.get(s).copied().flatten() {
                    Some((grams, litres)) => (grams.0, litres.0),
                    None => (i64::MAX, i64::MAX),
                })
            })
            .collect();
        let mut model = Self {
            n_jobs: instance.jobs.len(),
            n_streams,
            n_places: instance.places.len(),
            nodes,
            windows,
            loads,
            load_ranges,
            travel: instance.travel.iter().collect(),
            tables: instance.travel.iter().map(Travel::tables).collect(),
            one_tables: instance.travel.iter().map(Travel::one_table).collect(),
            mixed_fleet: kinds.len() > 1,
            roomiest: roomiest(&kinds),
            kinds,
            kind_of,
            clashes,
            accepts: instance.outlets.iter().map(|outlet| outlet.streams.0).collect(),
            gate_fees: instance.outlets.iter().map(|outlet| outlet.gate_fee.0).collect(),
            limited: room.chunks(n_streams).map(|own| own.iter().any(|&r| r != (i64::MAX, i64::MAX))).collect(),
            room,
            absence: Vec::new(),
            releases: releases(instance),
            by_weight: by_weight(instance),
            late: hours::late(instance),
            queues: hours::queues(instance),
            choosy: instance.jobs.iter().any(|job| job.penalty.is_some()),
            plain_times: false,
            timed: true,
            bystanders: Vec::new(),
            sprawl_price: instance.compactness.map_or(0, |price| price.0),
            grid: if instance.compactness.is_some() { compactness::grid(instance) } else { Vec::new() },
            locks: Locks::new(instance),
            instance,
        };
        model.absence = model.prices_of_absence(longest.iter().map(|leg| leg.metres).max().unwrap_or(0));
        model.timed = model.time_can_matter(longest.iter().map(|leg| leg.seconds).max().unwrap_or(0));
        model.plain_times = !model.has_terms()
            && model.late.is_empty()
            && model.queues.is_empty()
            && (0..model.nodes.len() as Node).all(|node| model.windows(node).len() == 1)
            && model.nodes.iter().all(|node| node.setup == 0);
        model.begin_routes();
        model
    }

    #[inline]
    pub(crate) fn is_job(&self, node: Node) -> bool {
        (node as usize) < self.n_jobs
    }

    #[inline]
    pub(crate) fn outlet(&self, node: Node) -> Option<OutletIdx> {
        (node as usize).checked_sub(self.n_jobs)
    }

    #[inline]
    pub(crate) fn outlet_node(&self, outlet: OutletIdx) -> Node {
        (self.n_jobs + outlet) as Node
    }

    #[inline]
    pub(crate) fn place(&self, node: Node) -> usize {
        self.nodes[node as usize].place
    }

    /// Of any vehicle; bans may leave less ([`Model::windows_of`]).
    #[inline]
    pub(crate) fn windows(&self, node: Node) -> &[(i64, i64)] {
        let (from, to) = self.nodes[node as usize].windows;
        &self.windows[from as usize..to as usize]
    }

    /// When this kind of vehicle may start a visit to the node.
    #[inline]
    pub(crate) fn windows_of(&self, kind: &Kind, node: Node) -> &[(i64, i64)] {
        match kind.windows.get(node as usize) {
            Some(&(from, to)) => &self.windows[from as usize..to as usize],
            None => self.windows(node),
        }
    }

    #[inline]
    pub(crate) fn loads(&self, job: JobIdx) -> &[Amount] {
        let (from, to) = self.load_ranges[job];
        &self.loads[from as usize..to as usize]
    }

    pub(crate) fn streams_of(&self, job: JobIdx) -> u32 {
        self.loads(job).iter().fold(0, |set, load| set | 1 << load.stream)
    }

    #[inline]
    pub(crate) fn seconds(&self, kind: &Kind, from: usize, to: usize) -> i64 {
        if to == ANYWHERE {
            return 0;
        }
        far(match self.tables[kind.profile] {
            Some((_, seconds)) => seconds[from * self.n_places + to],
            None => self.travel[kind.profile].seconds(from, to),
        })
    }

    /// The profile's table of both metres and seconds, in both directions, where there is one that holds them all.
    #[inline]
    pub(crate) fn one_table(&self, kind: &Kind) -> Option<&'a [u32]> {
        self.one_tables[kind.profile]
    }

    #[inline]
    pub(crate) fn metres(&self, kind: &Kind, from: usize, to: usize) -> i64 {
        if to == ANYWHERE {
            return 0;
        }
        far(match self.tables[kind.profile] {
            Some((metres, _)) => metres[from * self.n_places + to],
            None => self.travel[kind.profile].metres(from, to),
        })
    }

    /// Time at `node` from the start of the visit until the vehicle leaves.
    #[inline]
    pub(crate) fn stay(&self, from_place: usize, node: Node) -> i64 {
        let data = &self.nodes[node as usize];
        if from_place == data.place { data.service } else { data.setup + data.service }
    }

    /// True where the stay at a visit, or the departure from it, depends on other visits ([`super::time::Term`]).
    #[inline]
    pub(crate) fn has_terms(&self) -> bool {
        !(self.releases.is_empty() && self.by_weight.is_empty())
    }

    #[inline]
    pub(crate) fn has_releases(&self) -> bool {
        !self.releases.is_empty()
    }

    #[inline]
    pub(crate) fn release(&self, job: JobIdx) -> i64 {
        self.releases.get(job).copied().unwrap_or(-FAR)
    }

    /// Seconds that unloading so many grams takes on top.
    #[inline]
    pub(crate) fn unload_by_weight(&self, outlet: OutletIdx, grams: i64) -> i64 {
        let rate = self.by_weight.get(outlet).copied().unwrap_or(0);
        // Sums of a plan fit an i64, products of two of its numbers may not.
        ((i128::from(rate) * i128::from(grams) + 99_999) / 100_000) as i64
    }

    /// Earliest start of a visit for a vehicle that is there at `arrival`; [`FAR`] where no window is left.
    #[inline]
    pub(crate) fn opening(&self, kind: &Kind, node: Node, arrival: i64) -> i64 {
        let start = |&(low, high): &(i64, i64)| passed(arrival, 0, low, high, 0);
        self.windows_of(kind, node).iter().find_map(start).unwrap_or(FAR)
    }

    /// Who comes to the visit sooner never pays more for a late start: not so where lateness for one window is mended by waiting for the next.
    pub(crate) fn sooner_is_cheaper(&self, kind: &Kind, node: Node) -> bool {
        let late = self.late.of(node as usize);
        // Windows that touch are one to all others, and their prices are not.
        late.is_empty()
            || matches!(self.windows_of(kind, node), [window] if late.iter().all(|slot| slot.until >= window.1))
    }

    /// Latest start of a visit not after `bound`; `-FAR` where all windows open later.
    #[inline]
    pub(crate) fn closing(&self, kind: &Kind, node: Node, bound: i64) -> i64 {
        for &(start, end) in self.windows_of(kind, node).iter().rev() {
            if bound >= start {
                return bound.min(end);
            }
        }
        -FAR
    }

    /// Gives vehicles with a locked beginning theirs.
    fn begin_routes(&mut self) {
        for lock in &self.instance.locks.prefixes {
            let kind = self.kind_of[lock.vehicle];
            let prefix = locks::prefix(self, &self.kinds[kind], lock);
            if let Some(pin) = &prefix.pin {
                self.kinds[kind].opens = pin.departure;
            }
            self.kinds[kind].prefix = Some(prefix);
        }
    }

    fn prices_of_absence(&self, reach: i64) -> Vec<i64> {
        let gate = self.gate_fees.iter().copied().max().unwrap_or(0);
        let dearest = |kind: &Kind| {
            kind.fixed
                .saturating_add(kind.per_second.saturating_mul(kind.closes - kind.opens))
                .saturating_add(kind.per_metre.saturating_mul(reach.saturating_mul(4)))
                .saturating_add(kind.overtime(kind.closes))
        };
        let route = self.kinds.iter().map(dearest).max().unwrap_or(0);
        let optional = self.instance.jobs.iter().filter_map(|job| job.penalty).map(|p| p.0).max().unwrap_or(0);
        // A sum over all jobs must fit, whatever the file says.
        let cap = (i64::MAX >> 3) / (self.n_jobs as i64 + 1);
        let mandatory = route
            .saturating_add(gate)
            .saturating_add(self.dearest_for_others())
            .saturating_add(optional)
            .saturating_mul(2)
            .clamp(1_000, cap);
        self.instance.jobs.iter().map(|job| job.penalty.map_or(mandatory, |p| p.0.min(cap))).collect()
    }

    /// What one more visit may cost by what it does to others, beyond the way: all come late, or go to vehicles that are not preferred, a
    /// route reaches across the city, a day grows out of all proportion.
    fn dearest_for_others(&self) -> i64 {
        let worst =
            |late: &huilu_model::Late| late.per_second.0.saturating_mul(late.window.end.0 - late.window.start.0);
        let of_job = |(job, data): (usize, &huilu_model::Job)| {
            let late = data.late.iter().map(worst).max().unwrap_or(0);
            let other = self.kinds.iter().map(|kind| kind.unpreferred(job)).max().unwrap_or(0);
            late.saturating_add(other)
        };
        let jobs = self.instance.jobs.iter().enumerate().map(of_job).fold(0, i64::saturating_add);
        let extent = |pick: fn(&(i64, i64)) -> i64| {
            let (least, most) = (self.grid.iter().map(pick).min(), self.grid.iter().map(pick).max());
            least.zip(most).map_or(0, |(least, most)| most.saturating_sub(least))
        };
        let sprawl = self.sprawl_price.saturating_mul(extent(|at| at.0).saturating_add(extent(|at| at.1)));
        let longest = self.kinds.iter().map(|kind| kind.closes - kind.opens).max().unwrap_or(0).max(0);
        let grams = self.loads.iter().map(|load| load.grams).fold(0, i64::saturating_add);
        let of_balance = |balance: &huilu_model::Balance| {
            let (hours, weight) = (balance.cost_per_second.0, balance.cost_per_gram.0);
            hours.saturating_mul(longest).saturating_add(weight.saturating_mul(grams))
        };
        let balance = self.instance.balance.iter().map(of_balance).fold(0, i64::saturating_add);
        jobs.saturating_add(sprawl).saturating_add(balance)
    }

    fn time_can_matter(&self, leg: i64) -> bool {
        let stay: i64 = self.nodes.iter().map(|node| node.setup + node.service).fold(0, i64::saturating_add);
        let legs = 2 * (self.n_jobs as i64 + 1) + 1;
        let unload: i64 = self.instance.outlets.iter().map(|o| o.unload.0).max().unwrap_or(0);
        let longest = leg.saturating_mul(legs).saturating_add(stay).saturating_add(unload.saturating_mul(legs));
        let priced = |kind: &Kind| kind.per_overtime > 0 || !kind.windows.is_empty();
        let special = !self.late.is_empty() || !self.queues.is_empty() || !self.instance.locks.is_empty();
        if self.has_terms() || special || self.kinds.iter().any(priced) {
            return true;
        }
        self.kinds.iter().any(|kind| {
            let vacuous = |&(start, end): &(i64, i64)| start <= kind.opens && end >= kind.opens.saturating_add(longest);
            kind.per_second != 0
                || kind.pause.is_some()
                || kind.compared
                || kind.closes < kind.opens.saturating_add(longest)
                || !(0..self.nodes.len()).all(|node| self.windows(node as Node).iter().any(vacuous))
        })
    }
}

/// How long the ways of a profile are at most.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Leg {
    pub(crate) metres: i64,
    pub(crate) seconds: i64,
}

/// By profile; a look at every leg there is.
pub(crate) fn longest(instance: &Instance) -> Vec<Leg> {
    let of = |travel: &Travel| Leg { metres: travel.longest_metres().into(), seconds: travel.longest_seconds().into() };
    instance.travel.iter().map(of).collect()
}

fn releases(instance: &Instance) -> Vec<i64> {
    let matters = instance.jobs.iter().any(|job| job.release.is_some());
    let of = |job: &huilu_model::Job| job.release.map_or(-FAR, |release| release.0);
    if matters { instance.jobs.iter().map(of).collect() } else { Vec::new() }
}

fn by_weight(instance: &Instance) -> Vec<i64> {
    let matters = instance.outlets.iter().any(|outlet| outlet.unload_per_100kg.0 > 0);
    let of = |outlet: &huilu_model::Outlet| outlet.unload_per_100kg.0;
    if matters { instance.outlets.iter().map(of).collect() } else { Vec::new() }
}

#[inline]
fn far(entry: u32) -> i64 {
    if entry == UNREACHABLE { FAR } else { i64::from(entry) }
}
