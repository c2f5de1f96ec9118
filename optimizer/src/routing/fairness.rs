//! How alike the days of vehicles are: what deviations cost, and by how much spreads pass their limits.
//!
//! Of each group the workloads are kept sorted with the sum of their lower half, so that a route's change costs two binary searches
//! and a move of at most so many numbers as the group has vehicles. Measures: Matl, Hartl and Vidal (2018), Transportation Science 52(2),
//! 239-260. Limits may be passed on the way to a plan at a price that rises until they hold, as penalties do in Vidal et al. (2012),
//! Operations Research 60(3), 611-624.

use huilu_model::{Among, Cost, ReasonCode, VehicleIdx};

use super::model::{Model, Workload};
use super::route::Route;

/// Numbers in ascending order, and how far they lie from their median.
#[derive(Clone, Debug, Default)]
struct Deviations {
    sorted: Vec<i64>,
    total: i64,
    /// Numbers in the lower half, the middle one left out, and their sum.
    n_low: usize,
    low: i64,
}

impl Deviations {
    fn insert(&mut self, value: i64) {
        let at = self.sorted.partition_point(|&other| other < value);
        self.sorted.insert(at, value);
        self.total += value;
        if at < self.n_low {
            self.low += value;
            self.n_low += 1;
        }
        self.halve();
    }

    /// One of the numbers of this value, which is among them.
    fn remove(&mut self, value: i64) {
        let at = self.sorted.partition_point(|&other| other < value);
        self.sorted.remove(at);
        self.total -= value;
        if at < self.n_low {
            self.low -= value;
            self.n_low -= 1;
        }
        self.halve();
    }

    fn halve(&mut self) {
        let wanted = self.sorted.len() / 2;
        while self.n_low < wanted {
            self.low += self.sorted[self.n_low];
            self.n_low += 1;
        }
        while self.n_low > wanted {
            self.n_low -= 1;
            self.low -= self.sorted[self.n_low];
        }
    }

    /// What the upper half has more than the lower half.
    fn off_median(&self) -> i64 {
        let middle = if self.sorted.len() % 2 == 1 { self.sorted[self.n_low] } else { 0 };
        self.total - middle - 2 * self.low
    }

    /// How the distances change when `from`, one of the numbers, or a new one where it is absent, becomes `to`.
    fn rise(&self, from: Option<i64>, to: i64) -> i64 {
        let gone = from.map(|from| self.sorted.partition_point(|&other| other < from));
        let n = self.sorted.len() - usize::from(gone.is_some());
        if n == 0 {
            return 0;
        }
        // Any point between the two in the middle of the others is as good a median.
        let other = |k: usize| self.sorted[k + usize::from(gone.is_some_and(|gone| k >= gone))];
        let (low, high) = (other((n - 1) / 2), other(n / 2));
        let off = |value: i64| (low - value).max(value - high).max(0);
        off(to) - from.map_or(0, off)
    }

    fn spread(&self) -> i64 {
        self.sorted.last().zip(self.sorted.first()).map_or(0, |(high, low)| high - low)
    }
}

/// One number of the days of a group.
#[derive(Clone, Debug)]
struct Measure {
    price: i64,
    /// `i64::MAX` where the spread has no limit.
    spread_max: i64,
    days: Deviations,
}

impl Measure {
    fn cost(&self) -> i64 {
        self.price.saturating_mul(self.days.off_median())
    }

    fn rise(&self, strain: f64, from: Option<i64>, to: i64) -> i64 {
        let mut rise = self.price.saturating_mul(self.days.rise(from, to));
        if self.spread_max < i64::MAX
            && let Some((&low, &high)) = self.days.sorted.first().zip(self.days.sorted.last())
        {
            // Near enough: whether it is the day itself that stands at the end is not asked.
            let over = |day: i64| (high.max(day) - low.min(day) - self.spread_max).max(0);
            let relief = from.filter(|&from| from == low).map_or(0, |_| (to - low).min(over(low)));
            rise = rise.saturating_add((strain * (over(to) - over(high) - relief) as f64) as i64);
        }
        rise
    }

    fn excess(&self) -> i64 {
        (self.days.spread() - self.spread_max).max(0)
    }

    /// The limit holds once `from`, one of the numbers, or a new one where it is absent, is `to`; or is passed by no more than now.
    fn allows(&self, from: Option<i64>, to: i64) -> bool {
        let sorted = &self.days.sorted;
        // The least and the greatest of the others.
        let other = |end: usize, next: usize| {
            let gone = sorted.get(end).is_some_and(|&day| from == Some(day));
            sorted.get(if gone { next } else { end }).copied().unwrap_or(to)
        };
        let last = sorted.len().wrapping_sub(1);
        let spread = other(last, last.wrapping_sub(1)).max(to) - other(0, 1).min(to);
        spread <= self.spread_max.max(self.days.spread())
    }
}

#[derive(Clone, Debug)]
struct Group {
    among: Among,
    hours: Measure,
    weight: Measure,
}

impl Group {
    fn counted(&self, day: Workload) -> Workload {
        day.or((self.among == Among::OnDuty).then_some((0, 0)))
    }

    fn insert(&mut self, day: Workload) {
        if let Some((seconds, grams)) = self.counted(day) {
            self.hours.days.insert(seconds);
            self.weight.days.insert(grams);
        }
    }

    fn remove(&mut self, day: Workload) {
        if let Some((seconds, grams)) = self.counted(day) {
            self.hours.days.remove(seconds);
            self.weight.days.remove(grams);
        }
    }
}

/// Price of a unit beyond a limit, to begin with, and how it follows what becomes of the plan.
const STRAIN_FIRST: f64 = 1_000.0;
const STRAIN_UP: f64 = 1.2;
const STRAIN_DOWN: f64 = 0.9;
const STRAIN_MOST: f64 = 1e9;
/// Iterations between two looks at it.
const STRAIN_EVERY: u64 = 50;

/// What plans are compared by when the best is kept. What passes limits on spreads has a fixed price here, so that it may be asked later
/// which of two plans that both pass them is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Worth {
    /// To the search, in which a mandatory job left out has a price too; without what passes limits.
    pub(crate) cost: i64,
    pub(crate) excess: i64,
}

impl Worth {
    pub(crate) fn is_allowed(self) -> bool {
        self.excess == 0
    }

    pub(crate) fn price(self) -> i64 {
        self.cost.saturating_add(self.excess.saturating_mul(STRAIN_FIRST as i64))
    }

    /// A plan that keeps all limits is better than any that does not.
    pub(crate) fn rank(self) -> (bool, i64) {
        (!self.is_allowed(), self.price())
    }

    pub(crate) fn beats(self, other: Self) -> bool {
        self.rank() < other.rank()
    }

    /// Costs no more than `target`, and keeps all limits.
    pub(crate) fn reaches(self, target: Cost) -> bool {
        self.is_allowed() && self.cost <= target.0
    }
}

/// Of a plan under search. Workloads are those of [settled](Route::settle) routes; what is drafted only comes in later.
#[derive(Clone, Debug)]
pub(crate) struct Fairness {
    groups: Vec<Group>,
    /// By vehicle: its groups.
    of: Vec<Vec<u32>>,
    /// By vehicle: as it stands in its groups.
    known: Vec<Workload>,
    /// By vehicle: seconds of waiting and breaks in it.
    idle: Vec<i64>,
    cost: i64,
    excess: i64,
    strain: f64,
}

impl Fairness {
    /// Of the plan in which nobody goes out.
    pub(crate) fn new(model: &Model<'_>) -> Self {
        let balances = &model.instance.balance;
        let mut of = vec![Vec::new(); if balances.is_empty() { 0 } else { model.kind_of.len() }];
        let mut groups = Vec::with_capacity(balances.len());
        for (k, balance) in balances.iter().enumerate() {
            let measure = |price, most: Option<i64>| Measure {
                price,
                spread_max: most.unwrap_or(i64::MAX),
                days: Deviations::default(),
            };
            let mut group = Group {
                among: balance.among,
                hours: measure(balance.cost_per_second.0, balance.spread_max.map(|most| most.0)),
                weight: measure(balance.cost_per_gram.0, balance.spread_max_grams.map(|most| most.0)),
            };
            for &vehicle in &balance.vehicles {
                of[vehicle].push(k as u32);
                group.insert(None);
            }
            model.bystanders.get(k).into_iter().flatten().for_each(|&day| group.insert(day));
            groups.push(group);
        }
        let mut fairness = Self {
            known: vec![None; of.len()],
            idle: vec![0; of.len()],
            of,
            groups,
            cost: 0,
            excess: 0,
            strain: STRAIN_FIRST,
        };
        fairness.sum_up();
        fairness
    }

    /// Tells what a vehicle does now, on a route that is settled.
    pub(crate) fn note(&mut self, vehicle: VehicleIdx, route: &Route) {
        let Some(groups) = self.of.get(vehicle).filter(|groups| !groups.is_empty()) else { return };
        let day = workload(route);
        if self.known[vehicle] == day {
            return;
        }
        for &group in groups {
            let group = &mut self.groups[group as usize];
            group.remove(self.known[vehicle]);
            group.insert(day);
        }
        self.known[vehicle] = day;
        self.idle[vehicle] = (route.duration - route.busy).max(0);
        self.sum_up();
    }

    /// Insertions are judged by [`Fairness::rise`].
    pub(crate) fn matters(&self) -> bool {
        !self.groups.is_empty()
    }

    /// What the price rises by, about, when a vehicle's day grows by so many seconds and grams.
    pub(crate) fn rise(&self, vehicle: VehicleIdx, route: &Route, seconds: i64, grams: i64) -> i64 {
        // As it stands in its groups, and what has been taken out of the route or put in since.
        let before = self.known[vehicle];
        let now = (!route.is_empty()).then(|| (route.busy + self.idle[vehicle], route.board.day_grams()));
        let then = now.map_or((seconds, grams), |(busy, held)| (busy + seconds, held + grams));
        let of_group = |&group: &u32| {
            let group = &self.groups[group as usize];
            let (before, now) = (group.counted(before), group.counted(now));
            let rise = |measure: &Measure, pick: fn((i64, i64)) -> i64| {
                // Both against the others, which do not change.
                let to = |day: i64| measure.rise(self.strain, before.map(pick), day);
                to(pick(then)) - now.map_or(0, |now| to(pick(now)))
            };
            rise(&group.hours, |day| day.0).saturating_add(rise(&group.weight, |day| day.1))
        };
        self.of[vehicle].iter().map(of_group).fold(0, i64::saturating_add)
    }

    /// So much, and no more, may a vehicle's day that grows by so much be worth to those that are compared with it.
    pub(crate) fn most_saved(&self, seconds: i64, grams: i64) -> i64 {
        let group =
            |group: &Group| group.hours.price.saturating_mul(seconds) + group.weight.price.saturating_mul(grams);
        self.groups.iter().map(group).fold(0, i64::saturating_add)
    }

    /// Limits on spreads hold, or are passed by no more than now, should the vehicle take this settled route.
    pub(crate) fn allows(&self, vehicle: VehicleIdx, route: &Route) -> bool {
        self.refusal(vehicle, route).is_none()
    }

    /// The limit on a spread that would be passed, or passed by more than now, should the vehicle take this settled route: as a reason, too
    /// long a day or too heavy a one beside those of the others.
    pub(crate) fn refusal(&self, vehicle: VehicleIdx, route: &Route) -> Option<ReasonCode> {
        let of_group = |&group: &u32| {
            let group = &self.groups[group as usize];
            let (from, (seconds, grams)) = (group.counted(self.known[vehicle]), group.counted(workload(route))?);
            let in_hours = group.hours.allows(from.map(|day| day.0), seconds);
            let in_weight = group.weight.allows(from.map(|day| day.1), grams);
            match (in_hours, in_weight) {
                (true, true) => None,
                (false, _) => Some(ReasonCode::ShiftEnd),
                (true, false) => Some(ReasonCode::Capacity),
            }
        };
        self.of.get(vehicle)?.iter().find_map(of_group)
    }

    /// Some spread has a limit.
    pub(crate) fn has_limits(&self) -> bool {
        let limited = |measure: &Measure| measure.spread_max < i64::MAX;
        self.groups.iter().any(|group| limited(&group.hours) || limited(&group.weight))
    }

    /// As the vehicle's groups know it.
    pub(crate) fn day_of(&self, vehicle: VehicleIdx) -> Workload {
        self.known[vehicle]
    }

    fn sum_up(&mut self) {
        let measures = || self.groups.iter().flat_map(|group| [&group.hours, &group.weight]);
        let cost = measures().map(Measure::cost).fold(0, i64::saturating_add);
        let excess = measures().map(Measure::excess).fold(0, i64::saturating_add);
        (self.cost, self.excess) = (cost, excess);
    }

    /// Part of the plan's cost.
    pub(crate) fn cost(&self) -> i64 {
        self.cost
    }

    /// All limits on spreads hold.
    pub(crate) fn is_allowed(&self) -> bool {
        self.excess == 0
    }

    /// By how much limits are passed.
    pub(crate) fn excess(&self) -> i64 {
        self.excess
    }

    /// What the search pays: the cost, and what is beyond the limits.
    pub(crate) fn price(&self) -> i64 {
        if self.excess == 0 { self.cost } else { self.cost.saturating_add((self.strain * self.excess as f64) as i64) }
    }

    /// Makes limits dearer while they are passed, and cheaper while they hold.
    pub(crate) fn adapt(&mut self, iteration: u64) {
        if self.groups.is_empty() || !iteration.is_multiple_of(STRAIN_EVERY) {
            return;
        }
        let factor = if self.excess > 0 { STRAIN_UP } else { STRAIN_DOWN };
        self.strain = (self.strain * factor).clamp(1.0, STRAIN_MOST);
    }
}

/// Seconds and grams of a settled route.
pub(crate) fn workload(route: &Route) -> Workload {
    if route.is_empty() {
        return None;
    }
    Some((route.duration, route.board.day_grams()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn deviations_are_those_of_the_definition(changes in proptest::collection::vec((any::<bool>(), -50_i64..50), 1..60)) {
            let (mut fast, mut slow): (Deviations, Vec<i64>) = Default::default();
            for (goes, value) in changes {
                if goes && !slow.is_empty() {
                    let gone = slow.swap_remove(value.unsigned_abs() as usize % slow.len());
                    fast.remove(gone);
                } else {
                    slow.push(value);
                    fast.insert(value);
                }
                // The median is a number from which the distances add up to least.
                let least = slow.iter().map(|m| slow.iter().map(|v| (v - m).abs()).sum::<i64>()).min();
                prop_assert_eq!(fast.off_median(), least.unwrap_or(0));
                let spread = |days: &[i64]| days.iter().max().zip(days.iter().min()).map_or(0, |(high, low)| high - low);
                prop_assert_eq!(fast.spread(), spread(&slow));
                let measure = Measure { price: 0, spread_max: 20, days: fast.clone() };
                let (from, mut then) = (slow.first().copied(), slow.clone());
                then.splice(..slow.len().min(1), [value / 2]);
                prop_assert_eq!(measure.allows(from, value / 2), spread(&then) <= spread(&slow).max(20));
            }
        }
    }
}
