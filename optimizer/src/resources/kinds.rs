//! Vehicles as a search reads them: identical ones joined into kinds, with all that a kind may carry, cost and serve.

use std::collections::HashMap;

use huilu_model::{Instance, JobIdx, Vehicle, VehicleIdx};

use super::hours;
use super::locks::{self, Pin, Prefix};
use super::model::{ANYWHERE, FAR, Node, NodeData};

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
    pub(super) windows: Vec<(u32, u32)>,
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

pub(super) fn roomiest(kinds: &[Kind]) -> Vec<usize> {
    let room = |kind: &Kind| (kind.grams, kind.parts.iter().map(|part| part.litres).fold(0, i64::saturating_add));
    let mut order: Vec<usize> = (0..kinds.len()).collect();
    order.sort_by_key(|&kind| std::cmp::Reverse(room(&kinds[kind])));
    order
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

pub(super) fn kinds(instance: &Instance, clashes: &[u32]) -> (Vec<Kind>, Vec<usize>) {
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
    // Vehicles may be as many as jobs: what all of them share is looked at once.
    let loads: Vec<Vec<Amount>> = instance.jobs.iter().map(amounts).collect();
    let choosy =
        instance.jobs.iter().enumerate().filter(|(_, job)| !job.preferred.is_empty() && job.other_vehicle.0 > 0);
    let choosy: Vec<(usize, &huilu_model::Job)> = choosy.collect();
    for (v, vehicle) in instance.vehicles.iter().enumerate() {
        let mut unpreferred = Vec::new();
        for (job, data) in choosy.iter().filter(|(_, data)| !data.preferred.contains(&v)) {
            unpreferred.resize(instance.jobs.len(), 0);
            unpreferred[*job] = data.other_vehicle.0;
        }
        // Vehicles that are compared with others than their like are of another kind.
        let groups: Vec<usize> = (0..instance.balance.len()).filter(|&k| member[k][v]).collect();
        let mark = if locked { locks::mark(instance, v) } else { String::new() };
        let at = *known.entry(format!("{} {groups:?} {unpreferred:?} {mark}", alike(vehicle))).or_insert_with(|| {
            let hours = |&k: &usize| instance.balance[k].minds_hours();
            let compared = groups.iter().any(hours);
            // Many kinds differ in where they start alone.
            let like = |kind: &&Kind| !locked && as_large(vehicle, &instance.vehicles[kind.members[0]]);
            let serves = kinds.iter().find(like).map(|kind| kind.serves.clone());
            let mut kind = Kind { compared, unpreferred, ..kind(instance, vehicle, &loads, clashes, serves) };
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

/// The one takes any load that the other does.
fn as_large(one: &Vehicle, other: &Vehicle) -> bool {
    let size = |vehicle: &Vehicle| {
        let day = (vehicle.max_day_grams, vehicle.max_day_litres, vehicle.max_jobs);
        (vehicle.skills, vehicle.grams, day)
    };
    size(one) == size(other) && one.compartments == other.compartments
}

/// `serves` where it is known which jobs' loads it takes.
fn kind(
    instance: &Instance,
    vehicle: &Vehicle,
    loads: &[Vec<Amount>],
    clashes: &[u32],
    serves: Option<Vec<bool>>,
) -> Kind {
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
    let takes = |(job, loads): (&huilu_model::Job, &Vec<Amount>)| {
        kind.jobs_max > 0 && job.skills & !vehicle.skills == 0 && obstacle(&kind, loads, clashes).is_none()
    };
    kind.serves = serves.unwrap_or_else(|| instance.jobs.iter().zip(loads).map(takes).collect());
    kind
}

/// Gives the kind the windows that its bans leave, after all others in the list.
pub(super) fn ban(instance: &Instance, kind: &mut Kind, nodes: &[NodeData], windows: &mut Vec<(i64, i64)>) {
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
    obstacle(kind, &amounts(job), clashes)
}

fn obstacle(kind: &Kind, loads: &[Amount], clashes: &[u32]) -> Option<LoadObstacle> {
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
    rooms.any(|room| room.sum(loads) > room.most).then_some(LoadObstacle::TooMuch)
}

/// The job's load, without streams of which there is nothing.
pub(super) fn amounts(job: &huilu_model::Job) -> Vec<Amount> {
    let real = job.loads.iter().filter(|load| load.grams.0 > 0 || load.litres.0 > 0);
    real.map(|l| Amount { stream: l.stream, grams: l.grams.0, litres: l.litres.0 }).collect()
}
