//! The instance as the search reads it: jobs and outlets in one table of nodes, identical vehicles joined into
//! kinds, and plain `i64` numbers (seconds, metres, grams, litres, cost units) so that the inner loops stay small.
//!
//! It holds no search state and decides nothing.

use std::collections::HashMap;

use super::locks::{self, Locks, Pin, Prefix};
use huilu_model::{Instance, JobIdx, OutletIdx, Travel, UNREACHABLE, Vehicle, VehicleIdx};

use super::hours::{self, Slots};
use super::time::passed;
use crate::routing::compactness;
use crate::routing::fairness::Workload;

/// A job or an outlet: jobs come first, then outlets.
pub(crate) type Node = u32;

/// Stands for "never" among instants and for "no way" among distances; sums of a few thousand of it still fit.
pub(crate) const FAR: i64 = 1 << 48;

/// The end of a route that ends where its last visit was: every place is as good, and there already.
/// It fits 32 bits, as places do where they are kept short.
pub(crate) const ANYWHERE: usize = u32::MAX as usize;

#[derive(Clone, Copy, Debug)]
pub(crate) struct NodeData {
    pub(crate) place: usize,
    windows: (u32, u32),
    pub(crate) setup: i64,
    pub(crate) service: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Amount {
    pub(crate) stream: usize,
    pub(crate) grams: i64,
    pub(crate) litres: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pause {
    pub(crate) opens: i64,
    pub(crate) closes: i64,
    pub(crate) duration: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) streams: u32,
    pub(crate) grams: i64,
    pub(crate) litres: i64,
}

/// A sum of loads that may not pass `most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Room {
    pub(crate) streams: u32,
    /// Of litres; otherwise of grams.
    pub(crate) litres: bool,
    pub(crate) most: i64,
}

impl Room {
    pub(crate) fn sum(&self, loads: &[Amount]) -> i64 {
        let within = loads.iter().filter(|load| self.streams >> load.stream & 1 == 1);
        within.map(|load| if self.litres { load.litres } else { load.grams }).sum()
    }
}

/// Vehicles that differ in nothing but their id.
#[derive(Clone, Debug)]
pub(crate) struct Kind {
    pub(crate) members: Vec<VehicleIdx>,
    pub(crate) profile: usize,
    pub(crate) start: usize,
    /// May be [`ANYWHERE`].
    pub(crate) end: usize,
    pub(crate) opens: i64,
    pub(crate) closes: i64,
    pub(crate) pause: Option<Pause>,
    pub(crate) fixed: i64,
    pub(crate) per_second: i64,
    pub(crate) per_metre: i64,
    /// Each second of a route after it costs `per_overtime` more; [`FAR`] where there is no such price.
    pub(crate) overtime_from: i64,
    pub(crate) per_overtime: i64,
    /// By job: what this kind costs more than a preferred one. Empty where it never does.
    pub(crate) unpreferred: Vec<i64>,
    /// By node, where bans leave less of its windows than there is; empty without bans.
    windows: Vec<(u32, u32)>,
    pub(crate) metres_max: i64,
    pub(crate) duration_max: i64,
    pub(crate) jobs_max: usize,
    /// Grams and litres picked up on the whole route.
    pub(crate) day_max: (i64, i64),
    pub(crate) grams: i64,
    pub(crate) parts: Vec<Part>,
    /// Compartment of each stream, `usize::MAX` where there is none.
    pub(crate) part_of: Vec<usize>,
    pub(crate) end_empty: bool,
    /// How long its days are is compared with others.
    pub(crate) compared: bool,
    /// By job: skills, bans, compartments and locks allow it, and its load fits the empty vehicle.
    pub(crate) serves: Vec<bool>,
    pub(crate) prefix: Option<Prefix>,
}

impl Kind {
    /// Visits that begin every route.
    #[inline]
    pub(crate) fn locked_rows(&self) -> usize {
        self.prefix.as_ref().map_or(0, |prefix| prefix.nodes.len())
    }

    #[inline]
    pub(crate) fn pin(&self) -> Option<&Pin> {
        self.prefix.as_ref()?.pin.as_ref()
    }

    /// The route begins as it has to, and nothing follows a frozen end.
    pub(crate) fn begins(&self, visits: &[Node]) -> bool {
        self.prefix.as_ref().is_none_or(|prefix| {
            let closed = prefix.pin.as_ref().is_some_and(|pin| pin.closed);
            !prefix.misfit && visits.starts_with(&prefix.nodes) && (!closed || visits.len() == prefix.nodes.len())
        })
    }

    #[inline]
    pub(crate) fn price(&self, metres: i64, seconds: i64) -> i64 {
        metres.saturating_mul(self.per_metre).saturating_add(seconds.saturating_mul(self.per_second))
    }

    /// How long a route takes is priced, limited or compared.
    #[inline]
    pub(crate) fn minds_time(&self) -> bool {
        self.per_second != 0 || self.duration_max < FAR || self.compared
    }

    /// Every sum of loads on board that is limited: of each compartment, and the payload over all.
    pub(crate) fn rooms(&self) -> impl Iterator<Item = Room> + '_ {
        let of_part = |part: &Part| {
            let room = |litres, most| Room { streams: part.streams, litres, most };
            [room(false, part.grams), room(true, part.litres)]
        };
        let payload = Room { streams: u32::MAX, litres: false, most: self.grams };
        self.parts.iter().flat_map(of_part).chain([payload])
    }

    /// Bans leave it less than others of the windows.
    #[inline]
    pub(crate) fn is_banned(&self) -> bool {
        !self.windows.is_empty()
    }

    #[inline]
    pub(crate) fn overtime(&self, finish: i64) -> i64 {
        (finish - self.overtime_from).max(0).saturating_mul(self.per_overtime)
    }

    #[inline]
    pub(crate) fn unpreferred(&self, job: JobIdx) -> i64 {
        self.unpreferred.get(job).copied().unwrap_or(0)
    }
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
    /// Vehicles differ in more than their id.
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
        model.absence = model.prices_of_absence();
        model.timed = model.time_can_matter();
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

    fn prices_of_absence(&self) -> Vec<i64> {
        let reach = self.travel.iter().map(|travel| travel.longest_metres()).max().map_or(0, i64::from);
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
            least.zip(most).map_or(0, |(least, most)| most - least)
        };
        let sprawl = self.sprawl_price.saturating_mul(extent(|at| at.0) + extent(|at| at.1));
        let longest = self.kinds.iter().map(|kind| kind.closes - kind.opens).max().unwrap_or(0).max(0);
        let grams = self.loads.iter().map(|load| load.grams).fold(0, i64::saturating_add);
        let of_balance = |balance: &huilu_model::Balance| {
            let (hours, weight) = (balance.cost_per_second.0, balance.cost_per_gram.0);
            hours.saturating_mul(longest).saturating_add(weight.saturating_mul(grams))
        };
        let balance = self.instance.balance.iter().map(of_balance).fold(0, i64::saturating_add);
        jobs.saturating_add(sprawl).saturating_add(balance)
    }

    fn time_can_matter(&self) -> bool {
        let leg = self.travel.iter().map(|travel| travel.longest_seconds()).max().map_or(0, i64::from);
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

fn roomiest(kinds: &[Kind]) -> Vec<usize> {
    let room = |kind: &Kind| (kind.grams, kind.parts.iter().map(|part| part.litres).fold(0, i64::saturating_add));
    let mut order: Vec<usize> = (0..kinds.len()).collect();
    order.sort_by_key(|&kind| std::cmp::Reverse(room(&kinds[kind])));
    order
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

/// Everything of a vehicle but its id, as a key.
fn alike(vehicle: &Vehicle) -> String {
    let Vehicle {
        id: _,
        profile,
        start,
        end,
        open_end,
        grams,
        compartments,
        shift,
        pause,
        cost_fixed,
        cost_per_second,
        cost_per_metre,
        overtime_from,
        cost_overtime,
        bans,
        skills,
        max_distance,
        max_duration,
        max_jobs,
        max_day_grams,
        max_day_litres,
        end_empty,
    } = vehicle;
    let limits = (max_distance, max_duration, max_jobs, max_day_grams, max_day_litres);
    let costs = (cost_fixed, cost_per_second, cost_per_metre, overtime_from, cost_overtime);
    let way = (profile, start, (!open_end).then_some(end));
    format!("{way:?} {grams} {compartments:?} {shift:?} {pause:?} {costs:?} {bans:?} {skills} {limits:?} {end_empty}")
}

fn kinds(instance: &Instance, clashes: &[u32]) -> (Vec<Kind>, Vec<usize>) {
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut kinds: Vec<Kind> = Vec::new();
    let mut kind_of = Vec::with_capacity(instance.vehicles.len());
    let member = instance.balance.iter().map(|balance| {
        let mut member = vec![false; instance.vehicles.len()];
        balance.vehicles.iter().for_each(|&vehicle| member[vehicle] = true);
        member
    });
    let member: Vec<Vec<bool>> = member.collect();
    let (locked, allowed) = (!instance.locks.is_empty(), locks::allowed(instance));
    let frozen = |v: VehicleIdx| instance.locks.prefix_of(v).is_some_and(|prefix| prefix.frozen.is_some());
    for (v, vehicle) in instance.vehicles.iter().enumerate() {
        let prefer = |job: &huilu_model::Job| !job.preferred.is_empty() && !job.preferred.contains(&v);
        let unpreferred: Vec<i64> =
            instance.jobs.iter().map(|job| if prefer(job) { job.other_vehicle.0 } else { 0 }).collect();
        let unpreferred = if unpreferred.iter().any(|&cost| cost > 0) { unpreferred } else { Vec::new() };
        // Vehicles that are compared with others than their like are of another kind.
        let groups: Vec<usize> = (0..instance.balance.len()).filter(|&k| member[k][v]).collect();
        let mark = if locked { locks::mark(instance, v) } else { String::new() };
        let at = *known.entry(format!("{} {groups:?} {unpreferred:?} {mark}", alike(vehicle))).or_insert_with(|| {
            let hours = |&k: &usize| instance.balance[k].minds_hours();
            let compared = groups.iter().any(hours);
            let mut kind = Kind { compared, unpreferred, ..kind(instance, vehicle, clashes) };
            if let Some(freeze) = instance.locks.freeze_before.filter(|_| !frozen(v)) {
                kind.opens = kind.opens.max(freeze.0);
            }
            for (&job, _) in allowed.iter().filter(|(_, vehicles)| !vehicles.contains(&v)) {
                kind.serves[job] = false;
            }
            kinds.push(kind);
            kinds.len() - 1
        });
        kinds[at].members.push(v);
        kind_of.push(at);
    }
    (kinds, kind_of)
}

fn kind(instance: &Instance, vehicle: &Vehicle, clashes: &[u32]) -> Kind {
    let parts: Vec<Part> = vehicle
        .compartments
        .iter()
        .map(|part| Part { streams: part.streams.0, grams: part.grams.0, litres: part.litres.0 })
        .collect();
    let part_of: Vec<usize> = (0..instance.streams.len().max(1))
        .map(|stream| parts.iter().position(|part| part.streams >> stream & 1 == 1).unwrap_or(usize::MAX))
        .collect();
    let mut kind = Kind {
        members: Vec::new(),
        profile: vehicle.profile,
        start: vehicle.start,
        end: if vehicle.open_end { ANYWHERE } else { vehicle.end },
        opens: vehicle.shift.start.0,
        closes: vehicle.shift.end.0,
        pause: vehicle.pause.map(|pause| Pause {
            opens: pause.window.start.0,
            closes: pause.window.end.0,
            duration: pause.duration.0,
        }),
        fixed: vehicle.cost_fixed.0,
        per_second: vehicle.cost_per_second.0,
        per_metre: vehicle.cost_per_metre.0,
        overtime_from: vehicle.overtime_from.filter(|_| vehicle.cost_overtime.0 > 0).map_or(FAR, |from| from.0),
        per_overtime: vehicle.cost_overtime.0,
        unpreferred: Vec::new(),
        windows: Vec::new(),
        metres_max: vehicle.max_distance.map_or(FAR - 1, |metres| metres.0.min(FAR - 1)),
        duration_max: vehicle.max_duration.map_or(FAR, |seconds| seconds.0),
        jobs_max: vehicle.max_jobs.map_or(usize::MAX, |jobs| jobs as usize),
        day_max: (
            vehicle.max_day_grams.map_or(i64::MAX, |grams| grams.0),
            vehicle.max_day_litres.map_or(i64::MAX, |litres| litres.0),
        ),
        grams: vehicle.grams.0,
        parts,
        part_of,
        end_empty: vehicle.end_empty,
        compared: false,
        serves: Vec::new(),
        prefix: None,
    };
    kind.serves = instance
        .jobs
        .iter()
        .map(|job| {
            kind.jobs_max > 0 && job.skills & !vehicle.skills == 0 && obstacle_of_load(&kind, job, clashes).is_none()
        })
        .collect();
    kind
}

/// Gives the kind the windows that its bans leave, after all others in the list.
fn ban(instance: &Instance, kind: &mut Kind, nodes: &[NodeData], windows: &mut Vec<(i64, i64)>) {
    let Some(vehicle) = kind.members.first().map(|&v| &instance.vehicles[v]).filter(|v| !v.bans.is_empty()) else {
        return;
    };
    for (node, data) in nodes.iter().enumerate() {
        let all = &windows[data.windows.0 as usize..data.windows.1 as usize];
        let left = hours::allowed(instance, vehicle, data.place, all);
        if let Some(serves) = kind.serves.get_mut(node) {
            *serves &= !left.is_empty();
        }
        kind.windows.push((windows.len() as u32, (windows.len() + left.len()) as u32));
        windows.extend(left);
    }
}

/// Why the empty vehicle cannot take the job's load at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoadObstacle {
    /// A stream has no compartment, or too little room.
    TooMuch,
    /// Streams of this one job may not share a compartment.
    Clash,
}

pub(crate) fn obstacle_of_load(kind: &Kind, job: &huilu_model::Job, clashes: &[u32]) -> Option<LoadObstacle> {
    let loads = amounts(job);
    let part = |load: &Amount| kind.part_of[load.stream];
    if loads.iter().any(|load| part(load) == usize::MAX) {
        return Some(LoadObstacle::TooMuch);
    }
    let clash = |one: &Amount, other: &Amount| part(one) == part(other) && clashes[one.stream] >> other.stream & 1 == 1;
    if loads.iter().any(|one| loads.iter().any(|other| clash(one, other))) {
        return Some(LoadObstacle::Clash);
    }
    let day = |litres: bool, most: i64| Room { streams: u32::MAX, litres, most };
    let mut rooms = kind.rooms().chain([day(false, kind.day_max.0), day(true, kind.day_max.1)]);
    rooms.any(|room| room.sum(&loads) > room.most).then_some(LoadObstacle::TooMuch)
}

/// The job's load, without streams of which there is nothing.
fn amounts(job: &huilu_model::Job) -> Vec<Amount> {
    let real = job.loads.iter().filter(|load| load.grams.0 > 0 || load.litres.0 > 0);
    real.map(|l| Amount { stream: l.stream, grams: l.grams.0, litres: l.litres.0 }).collect()
}
