//! What depends on the hour of a visit beyond its windows: the price of starting late, queues at outlets, and the hours at which
//! a vehicle is banned from a zone.

use huilu_model::{Instance, Vehicle};

use super::model::{Model, Node};

/// From `from` to `until`, both included: a price for each second since `from`, or a wait in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) from: i64,
    pub(crate) until: i64,
    pub(crate) amount: i64,
}

/// Slots by job or by outlet, ascending and disjoint.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slots {
    list: Vec<Slot>,
    /// Empty where there is no slot at all.
    ranges: Vec<(u32, u32)>,
}

impl Slots {
    fn new(of: impl Iterator<Item = Vec<Slot>>) -> Self {
        let mut slots = Self::default();
        for own in of {
            let from = slots.list.len() as u32;
            slots.list.extend(own);
            slots.ranges.push((from, slots.list.len() as u32));
        }
        if slots.list.is_empty() { Self::default() } else { slots }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    #[inline]
    pub(crate) fn of(&self, at: usize) -> &[Slot] {
        self.ranges.get(at).map_or(&[], |&(from, to)| &self.list[from as usize..to as usize])
    }
}

/// By job: prices of a late start.
pub(crate) fn late(instance: &Instance) -> Slots {
    let priced = |job: &huilu_model::Job| {
        let priced = job.late.iter().filter(|late| late.per_second.0 > 0);
        priced.map(|l| Slot { from: l.window.start.0, until: l.window.end.0, amount: l.per_second.0 }).collect()
    };
    Slots::new(instance.jobs.iter().map(priced))
}

/// By outlet: waits before unloading.
pub(crate) fn queues(instance: &Instance) -> Slots {
    let busy = |outlet: &huilu_model::Outlet| {
        let busy = outlet.queues.iter().filter(|queue| queue.wait.0 > 0);
        busy.map(|q| Slot { from: q.window.start.0, until: q.window.end.0, amount: q.wait.0 }).collect()
    };
    Slots::new(instance.outlets.iter().map(busy))
}

/// What is left of windows between the bans of a vehicle at a place.
pub(crate) fn allowed(instance: &Instance, vehicle: &Vehicle, place: usize, windows: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut left = windows.to_vec();
    let Some(zone) = instance.places[place].zone else { return left };
    for ban in vehicle.bans.iter().filter(|ban| ban.zone == zone) {
        let (from, until) = (ban.window.start.0, ban.window.end.0);
        let pieces = |&(start, end): &(i64, i64)| [(start, end.min(from - 1)), (start.max(until + 1), end)];
        left = left.iter().flat_map(pieces).filter(|(start, end)| start <= end).collect();
    }
    left
}

impl Model<'_> {
    #[inline]
    pub(crate) fn lateness(&self, node: Node, start: i64) -> i64 {
        let slot = self.late.of(node as usize).iter().find(|slot| slot.from <= start && start <= slot.until);
        slot.map_or(0, |slot| (start - slot.from).saturating_mul(slot.amount))
    }

    /// What a start from `earliest` on costs at least. Where windows go on after the soft end's own, waiting for them is free.
    pub(crate) fn lateness_at_least(&self, node: Node, earliest: i64) -> i64 {
        let slot = self.late.of(node as usize).iter().find(|slot| slot.from <= earliest && earliest <= slot.until);
        let last = self.windows(node).last().map_or(0, |window| window.1);
        slot.filter(|slot| slot.until >= last).map_or(0, |_| self.lateness(node, earliest))
    }

    /// When a vehicle that comes to `node` at `start` is served. Never earlier for who comes later.
    #[inline]
    pub(crate) fn served(&self, node: Node, start: i64) -> i64 {
        if self.queues.is_empty() {
            return start;
        }
        let Some(outlet) = self.outlet(node) else { return start };
        let busy = self.queues.of(outlet).iter().find(|slot| slot.from <= start && start <= slot.until);
        busy.map_or(start, |slot| (start + slot.amount).min(slot.until))
    }

    /// The latest moment to come to `node` and be served by `by`.
    #[inline]
    pub(crate) fn coming(&self, node: Node, mut by: i64) -> i64 {
        if self.queues.is_empty() {
            return by;
        }
        let Some(outlet) = self.outlet(node) else { return by };
        for slot in self.queues.of(outlet).iter().rev() {
            if slot.from <= by && by < slot.until {
                // In the queue early enough, or before its hours begin.
                by = if by - slot.amount >= slot.from { by - slot.amount } else { slot.from - 1 };
                if by >= slot.from {
                    break;
                }
            }
        }
        by
    }
}
