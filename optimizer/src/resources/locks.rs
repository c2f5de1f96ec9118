//! Locks as the search reads them: beginnings of routes, jobs that follow each other, and where jobs were in an earlier plan.

use std::collections::HashMap;

use huilu_model::locks::{Frozen, LockedVisit, PrefixLock};
use huilu_model::{Instance, JobIdx, VehicleIdx};

use super::board::Board;
use super::model::{Kind, Model, Node};
use super::time::Early;

/// Stands for no vehicle, and for no job.
pub(crate) const NONE: u32 = u32::MAX;

/// How every route of a kind begins. Such a kind has one member.
#[derive(Clone, Debug)]
pub(crate) struct Prefix {
    pub(crate) nodes: Vec<Node>,
    /// Unloads that end it in any case.
    pub(crate) unloads: Vec<Node>,
    pub(crate) pin: Option<Pin>,
    /// The frozen part keeps neither its times nor a rule: no route of this kind is possible.
    pub(crate) misfit: bool,
}

/// The frozen part of a route: its first visits with all their times.
#[derive(Clone, Debug)]
pub(crate) struct Pin {
    pub(crate) departure: i64,
    /// Arrival, start and departure.
    pub(crate) visits: Vec<(i64, i64, i64)>,
    /// Number of visits before the break, and its arrival, start and departure.
    pub(crate) pause: Option<(usize, (i64, i64, i64))>,
    /// Nothing comes after it.
    pub(crate) closed: bool,
}

impl Pin {
    /// Where the route goes on: the state after the frozen visits, which cannot be left before `ready`.
    pub(crate) fn early(&self, kind: &Kind, ready: i64) -> Early {
        let left = match (self.visits.last(), self.pause) {
            // A break after the last visit.
            (_, Some((row, pause))) if row == self.visits.len() => pause.2,
            (Some(last), _) => last.2,
            (None, _) => self.departure,
        };
        let left = left.max(ready);
        match kind.pause {
            Some(pause) if self.pause.is_none() && self.departure > pause.closes => {
                Early { after: left, ..Early::NEVER }
            }
            Some(_) if self.pause.is_none() => Early { open: left, ..Early::NEVER },
            _ => Early { rested: left, ..Early::NEVER },
        }
    }
}

/// Where jobs were in the earlier plan, and how many may change.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    pub(crate) most: usize,
    pub(crate) jobs: usize,
    /// By job; [`NONE`] for a job that may go anywhere.
    pub(crate) vehicle: Vec<u32>,
    /// By job: the window it must start in to count as unchanged; `None` where any will do.
    pub(crate) slot: Vec<Option<(i64, i64)>>,
    /// Price of a change too many: more than any plan costs.
    pub(crate) price: i64,
}

/// All that is locked but vehicles and starts, which are part of kinds and windows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Locks {
    /// By job: the jobs it has to follow, and whether directly. Empty where no job has to.
    follows: Vec<Vec<(Node, bool)>>,
    /// By job: how many jobs have to come before it, one after the other.
    depth: Vec<usize>,
    pub(crate) reference: Option<Reference>,
    /// Vehicles of the jobs that not all vehicles may serve.
    allowed: HashMap<JobIdx, Vec<VehicleIdx>>,
    /// Anything at all is locked: the inner loops ask this first.
    pub(crate) any: bool,
}

impl Locks {
    pub(crate) fn new(instance: &Instance) -> Self {
        let locks = &instance.locks;
        let mut follows = Vec::new();
        let mut depth = Vec::new();
        if !locks.sequences.is_empty() {
            follows.resize(instance.jobs.len(), Vec::new());
            depth.resize(instance.jobs.len(), 0);
            for lock in &locks.sequences {
                follows[lock.after].push((lock.before as Node, lock.directly));
            }
            // Locks go round in no circle, so this ends.
            let mut deeper = true;
            while deeper {
                deeper = false;
                for lock in &locks.sequences {
                    if depth[lock.after] <= depth[lock.before] {
                        depth[lock.after] = depth[lock.before] + 1;
                        deeper = true;
                    }
                }
            }
        }
        let reference = locks.changes.as_ref().map(|limit| {
            let mut reference = Reference {
                most: limit.most as usize,
                jobs: limit.before.len(),
                vehicle: vec![NONE; instance.jobs.len()],
                slot: vec![None; instance.jobs.len()],
                price: (i64::MAX >> 4) / (limit.before.len() as i64 + 1),
            };
            for placement in &limit.before {
                let windows = &instance.jobs[placement.job].windows;
                reference.vehicle[placement.job] = placement.vehicle as u32;
                let slot = placement.slot.filter(|_| windows.len() > 1).and_then(|slot| windows.get(slot));
                reference.slot[placement.job] = slot.map(|window| (window.start.0, window.end.0));
            }
            reference
        });
        let any = !(follows.is_empty() && reference.is_none() && locks.prefixes.is_empty());
        Self { follows, depth, reference, allowed: allowed(instance), any }
    }

    pub(crate) fn may_serve(&self, vehicle: VehicleIdx, job: JobIdx) -> bool {
        self.allowed.get(&job).is_none_or(|vehicles| vehicles.contains(&vehicle))
    }

    #[inline]
    pub(crate) fn follows(&self, job: JobIdx) -> &[(Node, bool)] {
        self.follows.get(job).map_or(&[], Vec::as_slice)
    }

    /// The job was part of the earlier plan whose changes are counted.
    #[inline]
    pub(crate) fn was_placed(&self, job: Node) -> bool {
        self.reference.as_ref().is_some_and(|reference| reference.vehicle[job as usize] != NONE)
    }

    pub(crate) fn sequenced(&self) -> bool {
        !self.follows.is_empty()
    }

    #[inline]
    pub(crate) fn depth(&self, job: JobIdx) -> usize {
        self.depth.get(job).copied().unwrap_or(0)
    }

    /// Each job comes after those it has to follow.
    pub(crate) fn in_sequence(&self, visits: &[Node]) -> bool {
        !self.sequenced()
            || visits.iter().enumerate().all(|(row, &node)| {
                self.follows(node as usize).iter().all(|&(before, directly)| {
                    if directly { row > 0 && visits[row - 1] == before } else { visits[..row].contains(&before) }
                })
            })
    }

    /// The job after the gap has to follow the one before it directly.
    pub(crate) fn joined(&self, visits: &[Node], gap: usize) -> bool {
        match (gap.checked_sub(1).and_then(|before| visits.get(before)), visits.get(gap)) {
            (Some(&one), Some(&other)) => self.follows(other as usize).contains(&(one, true)),
            _ => false,
        }
    }
}

/// Which vehicles may serve each job that is locked; beginnings lock their jobs as well, and jobs those that follow them.
pub(crate) fn allowed(instance: &Instance) -> HashMap<JobIdx, Vec<VehicleIdx>> {
    let mut allowed: HashMap<JobIdx, Vec<VehicleIdx>> = HashMap::new();
    let mut meet = |job: JobIdx, vehicles: &[VehicleIdx]| {
        allowed.entry(job).and_modify(|own| own.retain(|v| vehicles.contains(v))).or_insert_with(|| vehicles.to_vec());
    };
    instance.locks.vehicles.iter().for_each(|lock| meet(lock.job, &lock.vehicles));
    for prefix in &instance.locks.prefixes {
        for visit in &prefix.visits {
            if let LockedVisit::Job(job) = *visit {
                meet(job, &[prefix.vehicle]);
            }
        }
    }
    let mut narrower = true;
    while narrower {
        narrower = false;
        for lock in &instance.locks.sequences {
            let Some(before) = allowed.get(&lock.before).cloned() else { continue };
            let known = allowed.get(&lock.after).map_or(instance.vehicles.len(), Vec::len);
            let own = allowed.entry(lock.after).or_insert_with(|| before.clone());
            own.retain(|vehicle| before.contains(vehicle));
            narrower |= own.len() < known;
        }
    }
    allowed
}

/// What makes a vehicle unlike all others, whatever else they share: a beginning of its own, jobs locked to it, an earlier plan
/// whose changes are counted.
pub(crate) fn mark(instance: &Instance, vehicle: VehicleIdx) -> String {
    let locks = &instance.locks;
    if locks.changes.is_some() || locks.prefix_of(vehicle).is_some() {
        return format!("vehicle {vehicle}");
    }
    let own = locks.vehicles.iter().enumerate().filter(|(_, lock)| lock.vehicles.contains(&vehicle));
    format!("locks {:?}", own.map(|(k, _)| k).collect::<Vec<usize>>())
}

/// The windows that locked starts leave of each job's.
pub(crate) fn windows(instance: &Instance, job: JobIdx) -> Vec<huilu_model::Window> {
    let mut windows = instance.jobs[job].windows.clone();
    for lock in instance.locks.starts.iter().filter(|lock| lock.job == job) {
        windows = windows.iter().filter_map(|window| window.meet(lock.window)).collect();
    }
    windows
}

/// The beginning of the routes of `kind`, with its times recomputed.
pub(crate) fn prefix(model: &Model<'_>, kind: &Kind, lock: &PrefixLock) -> Prefix {
    let node = |visit: &LockedVisit| match *visit {
        LockedVisit::Job(job) => job as Node,
        LockedVisit::Unload(outlet) => model.outlet_node(outlet),
    };
    let nodes: Vec<Node> = lock.visits.iter().map(node).collect();
    let unloads = lock.unloads_after.iter().map(|&outlet| model.outlet_node(outlet)).collect();
    let mut prefix = Prefix { nodes, unloads, pin: None, misfit: false };
    if let Some(frozen) = &lock.frozen {
        prefix.pin = pin(model, kind, &prefix.nodes, frozen);
        prefix.misfit = prefix.pin.is_none();
    }
    prefix
}

/// `None` where the visits do not start when they did.
fn pin(model: &Model<'_>, kind: &Kind, nodes: &[Node], frozen: &Frozen) -> Option<Pin> {
    let (mut board, mut terms) = (Board::default(), Vec::new());
    // What is on board at the end is for the rest of the route to unload.
    board.fill(model, kind, nodes, &mut Vec::new());
    board.terms(model, nodes, &mut terms);
    let departure = frozen.departure.0;
    let mut pin = Pin { departure, visits: Vec::new(), pause: None, closed: frozen.closed };
    let (mut t, mut place) = (departure, kind.start);
    for row in 0..=frozen.starts.len() {
        if let Some((before, at)) = frozen.pause.filter(|&(before, _)| before == row) {
            let pause = kind.pause.filter(|pause| t.max(pause.opens) == at.0 && at.0 <= pause.closes)?;
            pin.pause = Some((before, (t, at.0, at.0 + pause.duration)));
            t = at.0 + pause.duration;
        }
        let (Some(&start), Some(&node)) = (frozen.starts.get(row), nodes.get(row)) else { break };
        let arrival = t + model.seconds(kind, place, model.place(node));
        if model.opening(kind, node, arrival) != start.0 {
            return None;
        }
        let term = terms.get(row + 1).copied().unwrap_or(super::time::Term::NONE);
        t = (model.served(node, start.0) + model.stay(place, node) + term.more).max(term.ready);
        pin.visits.push((arrival, start.0, t));
        place = model.place(node);
    }
    (kind.opens..=kind.closes).contains(&departure).then_some(pin)
}
