//! Vehicles whose trips are the same: what they may serve and carry, which way they drive, where trips begin and end.
//!
//! Kinds that differ only in shift, break, place at night, fixed cost or prices of time make one class: those enter what an hour costs (`rent.rs`), not trips.

use crate::resources::model::{ANYWHERE, Kind, Model, Node, Room};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Start,
    Outlet(usize),
    End,
}

/// Where trips begin or end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Station {
    pub(super) place: usize,
    pub(super) role: Role,
    /// Seconds that a visit takes, and its fee.
    pub(super) stay: i64,
    pub(super) fee: i64,
}

#[derive(Clone, Debug)]
pub(super) struct Class {
    /// Of the model. All that is said of trips holds for each of them.
    pub(super) kinds: Vec<usize>,
    /// Jobs that it serves; what follows is by index in here.
    pub(super) jobs: Vec<usize>,
    /// Hull of all windows within the shifts; nothing where time does not matter.
    pub(super) windows: Vec<(i64, i64)>,
    /// One sum that vehicles have room for; of the jobs it is what each adds.
    pub(super) loads: Vec<i64>,
    pub(super) room: i64,
    /// The longest break; 0 without any.
    pub(super) rest: i64,
    pub(super) stations: Vec<Station>,
    /// What a vehicle costs before it moves, where a trip is all that it does.
    pub(super) fixed: i64,
    /// Trips may go home with what they have on board.
    pub(super) home_laden: bool,
}

/// Absent where numbers are too large.
pub(super) fn classes(model: &Model<'_>) -> Option<Vec<Class>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for k in 0..model.kinds.len() {
        match groups.iter_mut().find(|group| alike(model, &model.kinds[group[0]], &model.kinds[k])) {
            Some(group) => group.push(k),
            None => groups.push(vec![k]),
        }
    }
    groups.into_iter().map(|kinds| Class::new(model, kinds)).collect()
}

fn alike(model: &Model<'_>, one: &Kind, other: &Kind) -> bool {
    let windows =
        || (0..model.nodes.len() as Node).all(|node| model.windows_of(one, node) == model.windows_of(other, node));
    (one.profile, one.per_metre, one.end_empty, one.grams)
        == (other.profile, other.per_metre, other.end_empty, other.grams)
        && one.parts == other.parts
        && one.part_of == other.part_of
        && one.serves == other.serves
        && one.unpreferred == other.unpreferred
        && (one.is_banned() == other.is_banned() && (!one.is_banned() || windows()))
}

impl Class {
    fn new(model: &Model<'_>, kinds: Vec<usize>) -> Option<Self> {
        let kind = &model.kinds[kinds[0]];
        let all = || kinds.iter().map(|&k| &model.kinds[k]);
        let opens = all().map(|kind| kind.opens).min()?;
        let closes = all().map(|kind| kind.closes).max()?;
        if model.timed && closes - opens >= 1 << 29 {
            return None;
        }
        let (mut jobs, mut windows) = (Vec::new(), Vec::new());
        for job in (0..model.n_jobs).filter(|&job| kind.serves[job]) {
            let own = model.windows_of(kind, job as Node);
            let (Some(first), Some(last)) = (own.first(), own.last()) else { continue };
            let hull = (first.0.max(opens), last.1.min(closes));
            if !model.timed {
                jobs.push(job);
                windows.push((0, 0));
            } else if hull.0 <= hull.1 && model.nodes[job].service <= closes - opens {
                jobs.push(job);
                windows.push(hull);
            }
        }
        let rest = all().filter_map(|kind| kind.pause).map(|pause| pause.duration).max().unwrap_or(0);
        let (loads, room) = loads(model, kind, &jobs);
        let stations = stations(model, &kinds);
        let home_laden = !kind.end_empty || jobs.iter().any(|&job| model.loads(job).is_empty());
        let fixed = if model.accepts.is_empty() { all().map(|kind| kind.fixed).min()? } else { 0 };
        Some(Self { kinds, jobs, windows, loads, room, rest, stations, fixed, home_laden })
    }

    pub(super) fn kind<'m>(&self, model: &'m Model<'_>) -> &'m Kind {
        &model.kinds[self.kinds[0]]
    }

    /// A trip may begin at this station.
    pub(super) fn begins_trips(&self, station: usize) -> bool {
        self.stations[station].role != Role::End && self.stations[station].place != ANYWHERE
    }

    /// A trip may end at this station.
    pub(super) fn ends_trips(&self, station: usize) -> bool {
        match self.stations[station].role {
            Role::Start => false,
            Role::Outlet(_) => true,
            Role::End => self.home_laden,
        }
    }
}

/// The sum that all jobs together fill most often; without one, as many jobs as there are.
fn loads(model: &Model<'_>, kind: &Kind, jobs: &[usize]) -> (Vec<i64>, i64) {
    let total = |room: &Room| jobs.iter().map(|&job| room.sum(model.loads(job))).fold(0, i64::saturating_add);
    let rooms = kind.rooms().map(|room| (total(&room), room)).filter(|(total, room)| *total > room.most);
    let filled = |(total, room): &(i64, Room)| *total as f64 / room.most.max(1) as f64;
    match rooms.max_by(|a, b| filled(a).total_cmp(&filled(b))) {
        Some((_, room)) => (jobs.iter().map(|&job| room.sum(model.loads(job))).collect(), room.most.max(1)),
        None => (vec![1; jobs.len()], jobs.len().max(1) as i64),
    }
}

fn stations(model: &Model<'_>, kinds: &[usize]) -> Vec<Station> {
    let mut stations: Vec<Station> = Vec::new();
    let mut add = |station: Station| {
        if !stations.contains(&station) {
            stations.push(station);
        }
    };
    for kind in kinds.iter().map(|&k| &model.kinds[k]) {
        add(Station { place: kind.start, role: Role::Start, stay: 0, fee: 0 });
        add(Station { place: kind.end, role: Role::End, stay: 0, fee: 0 });
    }
    for outlet in 0..model.accepts.len() {
        let data = &model.nodes[model.outlet_node(outlet) as usize];
        let role = Role::Outlet(outlet);
        add(Station { place: data.place, role, stay: data.service, fee: model.gate_fees[outlet] });
    }
    stations
}
