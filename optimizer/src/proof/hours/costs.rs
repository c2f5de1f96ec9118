//! What each leg of a trip costs at given prices, less what the visit at its end earns: the arcs of pricing.
//!
//! Nothing is kept but the square of reduced costs of one class at a time, written anew for each round from the tables of travel.

use super::HourPrices;
use super::class::{Class, Station};
use crate::proof::prices::{Fixed, Scale};
use crate::resources::model::{FAR, Kind, Model, Node};

/// No way; sums of two of it fit.
pub(super) const NO_WAY: Fixed = i64::MAX / 4;

/// Reduced costs of one class, in steps of the scale.
#[derive(Clone, Debug, Default)]
pub(super) struct Costs {
    pub(super) n: usize,
    /// By job and the next.
    pub(super) arcs: Vec<Fixed>,
    /// By job: its price, which is taken off in what goes before and what follows.
    pub(super) earned: Vec<Fixed>,
    /// By job as the first of a trip: cost, and the station that the trip leaves.
    pub(super) first: Vec<(Fixed, usize)>,
    /// By job as the last one: cost, and the station that the trip comes to.
    pub(super) last: Vec<(Fixed, usize)>,
}

/// What the costs of one class are made from.
#[derive(Clone, Copy)]
pub(super) struct Ledger<'l> {
    pub(super) model: &'l Model<'l>,
    pub(super) class: &'l Class,
    pub(super) scale: Scale,
    pub(super) prices: &'l HourPrices,
    /// Of a second of work.
    pub(super) second: Fixed,
}

impl Ledger<'_> {
    fn kind(&self) -> &Kind {
        self.class.kind(self.model)
    }

    /// What so many seconds of work cost; what no shift has time for counts as dear, and not more.
    fn paid(&self, seconds: i64) -> Fixed {
        self.second.saturating_mul(seconds).min(NO_WAY / 8)
    }

    fn place(&self, at: usize) -> usize {
        self.model.nodes[self.class.jobs[at]].place
    }

    /// Seconds from a departure to the next start, less a break that may lie between: the way, or a wait that no choice avoids.
    fn driven(&self, from: usize, at: usize) -> Option<i64> {
        let (class, model) = (self.class, self.model);
        let drive = model.seconds(self.kind(), self.place(from), self.place(at));
        let data = &model.nodes[class.jobs[from]];
        if from == at {
            return None;
        }
        if !model.timed {
            return Some(drive);
        }
        if class.windows[from].0 + data.service + drive > class.windows[at].1 {
            return None;
        }
        let latest = class.windows[from].1 + data.setup + data.service;
        Some(drive.max(class.windows[at].0 - latest - class.rest))
    }

    /// Visits at one place that differ in nothing but their service come in its order, the shortest first. Walks keep no clock: so ordered, every leg is allowed that
    /// was, and none costs more.
    fn turned(&self, from: usize, at: usize) -> bool {
        let (class, model) = (self.class, self.model);
        let (one, other) = (class.jobs[from], class.jobs[at]);
        let (before, after) = (&model.nodes[one], &model.nodes[other]);
        before.place == after.place
            && before.setup == after.setup
            && (before.service, one) > (after.service, other)
            && class.windows[from] == class.windows[at]
            && model.windows_of(self.kind(), one as Node) == model.windows_of(self.kind(), other as Node)
    }

    /// What a visit costs after one at `place`, less what it earns.
    fn visit(&self, place: usize, at: usize) -> Fixed {
        let job = self.class.jobs[at];
        let stay = self.model.stay(place, job as Node);
        self.paid(stay) + self.scale.fixed(self.kind().unpreferred(job)) - self.prices.jobs[job]
    }

    fn metres(&self, from: usize, to: usize) -> Option<Fixed> {
        let metres = self.model.metres(self.kind(), from, to);
        (metres < FAR).then(|| self.scale.fixed(self.kind().per_metre.saturating_mul(metres)))
    }

    /// In any order.
    pub(super) fn leg(&self, from: usize, at: usize) -> Option<Fixed> {
        let metres = self.metres(self.place(from), self.place(at))?;
        Some(metres + self.paid(self.driven(from, at)?) + self.visit(self.place(from), at))
    }

    fn first(&self, at: usize) -> (Fixed, usize) {
        let from = |k: usize| {
            let place = self.class.stations[k].place;
            let drive = self.model.seconds(self.kind(), place, self.place(at));
            let metres = self.metres(place, self.place(at))?;
            let fixed = self.scale.fixed(self.class.fixed);
            (drive < FAR).then(|| (fixed + metres + self.paid(drive) + self.visit(place, at), k))
        };
        let begins = (0..self.class.stations.len()).filter(|&k| self.class.begins_trips(k));
        begins.filter_map(from).min().unwrap_or((NO_WAY, 0))
    }

    fn last(&self, at: usize) -> (Fixed, usize) {
        let to = |k: usize| {
            let Station { place, stay, fee, .. } = self.class.stations[k];
            let drive = self.model.seconds(self.kind(), self.place(at), place);
            let metres = self.metres(self.place(at), place)?;
            (drive < FAR).then(|| (metres + self.scale.fixed(fee) + self.paid(drive + stay), k))
        };
        let ends = (0..self.class.stations.len()).filter(|&k| self.class.ends_trips(k));
        ends.filter_map(to).min().unwrap_or((NO_WAY, 0))
    }

    pub(super) fn write(&self, costs: &mut Costs) {
        let n = self.class.jobs.len();
        costs.n = n;
        costs.arcs.clear();
        costs.arcs.extend(
            (0..n)
                .flat_map(|from| (0..n).map(move |at| (from, at)))
                .map(|(from, at)| if self.turned(from, at) { None } else { self.leg(from, at) }.unwrap_or(NO_WAY)),
        );
        costs.earned = self.class.jobs.iter().map(|&job| self.prices.jobs[job]).collect();
        costs.first = (0..n).map(|at| self.first(at)).collect();
        costs.last = (0..n).map(|at| self.last(at)).collect();
    }

    /// Seconds of work that a walk takes with these costs.
    pub(super) fn work(&self, costs: &Costs, walk: &[usize]) -> i64 {
        let (Some(&head), Some(&tail)) = (walk.first(), walk.last()) else { return 0 };
        let (kind, stations) = (self.kind(), &self.class.stations);
        let (from, to) = (&stations[costs.first[head].1], &stations[costs.last[tail].1]);
        let way = |from: usize, to: usize| self.model.seconds(kind, from, to).min(FAR);
        let mut work = way(from.place, self.place(head)) + way(self.place(tail), to.place) + to.stay;
        let mut place = from.place;
        for (k, &at) in walk.iter().enumerate() {
            work += k.checked_sub(1).map_or(0, |before| self.driven(walk[before], at).unwrap_or(0));
            work += self.model.stay(place, self.class.jobs[at] as Node);
            place = self.place(at);
        }
        work
    }
}
