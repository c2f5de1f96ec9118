//! How alike the days of vehicles are: what deviations cost, and by how much spreads pass their limits.
//!
//! Of each group the workloads are kept sorted with the sum of their lower half, so that a route's change costs two binary searches
//! and a move of at most so many numbers as the group has vehicles. Measures: Matl, Hartl and Vidal (2018), Transportation Science 52(2),
//! 239-260. Limits may be passed on the way to a plan, at a price of their own (`spread`).

use huilu_model::{Among, Cost, ReasonCode, VehicleIdx};

use super::model::{Model, Workload};
use super::route::Route;
pub(crate) use super::spread::Side;
use super::spread::{Limit, Strain};

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
}

/// One number of the days of a group.
#[derive(Clone, Debug)]
struct Measure {
    price: i64,
    limit: Option<Limit>,
    days: Deviations,
}

impl Measure {
    fn new(price: i64, spread_max: Option<i64>) -> Self {
        Self { price, limit: spread_max.map(Limit::new), days: Deviations::default() }
    }

    fn look_at_limit(&mut self) {
        if let Some(limit) = &mut self.limit {
            limit.look_at(&self.days.sorted);
        }
    }

    fn cost(&self) -> i64 {
        self.price.saturating_mul(self.days.off_median())
    }

    /// Between the days of a route now and then, both against the others, which do not change: `before` is how they know it.
    fn rise(&self, before: Option<i64>, now: Option<i64>, then: i64) -> i64 {
        let to = |day: i64| self.price.saturating_mul(self.days.rise(before, day));
        let strained = self.limit.as_ref().map_or(0, |limit| limit.rise(now, then));
        (to(then) - now.map_or(0, to)).saturating_add(strained)
    }

    fn most_saved(&self, growth: i64) -> i64 {
        let relief = self.limit.as_ref().map_or(0, |limit| limit.most_saved(growth));
        self.price.saturating_mul(growth).saturating_add(relief)
    }

    /// Where a day lies outside of the band, while the limit is passed.
    fn side(&self, day: i64) -> Option<Side> {
        self.limit.as_ref().filter(|limit| limit.excess() > 0)?.side(day)
    }

    fn allows(&self, from: Option<i64>, to: i64) -> bool {
        self.limit.as_ref().is_none_or(|limit| limit.allows(&self.days.sorted, from, to))
    }
}

#[derive(Clone, Debug)]
struct Group {
    among: Among,
    hours: Measure,
    weight: Measure,
}

impl Group {
    fn look_at_limits(&mut self) {
        self.hours.look_at_limit();
        self.weight.look_at_limit();
    }

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

/// Price of a unit beyond limits where plans are compared.
const EXCESS_PRICE: i64 = 1_000;

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
        self.cost.saturating_add(self.excess.saturating_mul(EXCESS_PRICE))
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

/// What a limit on a spread counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Unit {
    Seconds,
    Grams,
}

impl Unit {
    pub(crate) fn of(self, day: (i64, i64)) -> i64 {
        match self {
            Self::Seconds => day.0,
            Self::Grams => day.1,
        }
    }
}

/// A limit that is passed, and the days of those who go out, or of all on duty.
#[derive(Clone, Debug)]
pub(crate) struct Passed {
    pub(crate) group: usize,
    pub(crate) among: Among,
    pub(crate) unit: Unit,
    pub(crate) most: i64,
    pub(crate) days: Vec<(VehicleIdx, i64)>,
}

/// Of a plan under search. Workloads are those of [settled](Route::settle) routes; what is drafted only comes in later.
#[derive(Clone, Debug)]
pub(crate) struct Fairness {
    groups: Vec<Group>,
    /// Some spread has a limit.
    limited: bool,
    /// By vehicle: its groups.
    of: Vec<Vec<u32>>,
    /// By vehicle: as it stands in its groups.
    known: Vec<Workload>,
    /// By vehicle: seconds of waiting and breaks in it.
    idle: Vec<i64>,
    cost: i64,
    excess: i64,
    /// What the search pays for it.
    strained: i64,
}

impl Fairness {
    /// Of the plan in which nobody goes out.
    pub(crate) fn new(model: &Model<'_>) -> Self {
        let balances = &model.instance.balance;
        let mut of = vec![Vec::new(); if balances.is_empty() { 0 } else { model.kind_of.len() }];
        let mut groups = Vec::with_capacity(balances.len());
        for (k, balance) in balances.iter().enumerate() {
            let mut group = Group {
                among: balance.among,
                hours: Measure::new(balance.cost_per_second.0, balance.spread_max.map(|most| most.0)),
                weight: Measure::new(balance.cost_per_gram.0, balance.spread_max_grams.map(|most| most.0)),
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
            limited: groups.iter().any(|group| group.hours.limit.is_some() || group.weight.limit.is_some()),
            groups,
            cost: 0,
            excess: 0,
            strained: 0,
        };
        fairness.groups.iter_mut().for_each(Group::look_at_limits);
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
            group.look_at_limits();
        }
        self.known[vehicle] = day;
        self.idle[vehicle] = (route.duration - route.busy).max(0);
        self.sum_up();
    }

    /// Insertions are judged by [`Fairness::rise`].
    pub(crate) fn matters(&self) -> bool {
        !self.groups.is_empty()
    }

    fn drafted(&self, vehicle: VehicleIdx, route: &Route) -> Workload {
        (!route.is_empty()).then(|| (route.busy + self.idle[vehicle], route.board.day_grams()))
    }

    /// Tells what a vehicle is to do, on a route that is not settled.
    pub(crate) fn draft(&mut self, vehicle: VehicleIdx, route: &Route) {
        if !self.limited || self.of[vehicle].is_empty() {
            return;
        }
        let now = self.drafted(vehicle, route);
        for &group in &self.of[vehicle] {
            let group = &mut self.groups[group as usize];
            let Some(day) = group.counted(now) else { continue };
            for (measure, day) in [(&mut group.hours, day.0), (&mut group.weight, day.1)] {
                measure.limit.iter_mut().for_each(|limit| limit.draft(day));
            }
        }
    }

    pub(crate) fn forget_drafts(&mut self) {
        if self.limited {
            self.limits().for_each(Limit::forget_drafts);
        }
    }

    /// What the price rises by, about, when a vehicle's day grows by so many seconds and grams.
    pub(crate) fn rise(&self, vehicle: VehicleIdx, route: &Route, seconds: i64, grams: i64) -> i64 {
        // As it stands in its groups, and what has been taken out of the route or put in since.
        let (before, now) = (self.known[vehicle], self.drafted(vehicle, route));
        let then = now.map_or((seconds, grams), |(busy, held)| (busy + seconds, held + grams));
        let of_group = |&group: &u32| {
            let group = &self.groups[group as usize];
            let (before, now) = (group.counted(before), group.counted(now));
            let rise = |measure: &Measure, pick: fn((i64, i64)) -> i64| {
                measure.rise(before.map(pick), now.map(pick), pick(then))
            };
            rise(&group.hours, |day| day.0).saturating_add(rise(&group.weight, |day| day.1))
        };
        self.of[vehicle].iter().map(of_group).fold(0, i64::saturating_add)
    }

    /// So much, and no more, may a vehicle's day that grows by so much be worth to those that are compared with it.
    pub(crate) fn most_saved(&self, seconds: i64, grams: i64) -> i64 {
        let group = |group: &Group| group.hours.most_saved(seconds).saturating_add(group.weight.most_saved(grams));
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
        self.limited
    }

    /// As the vehicle's groups know it.
    pub(crate) fn day_of(&self, vehicle: VehicleIdx) -> Workload {
        self.known[vehicle]
    }

    fn sum_up(&mut self) {
        let measures = || self.groups.iter().flat_map(|group| [&group.hours, &group.weight]);
        self.cost = measures().map(Measure::cost).fold(0, i64::saturating_add);
        let limits = || measures().filter_map(|measure| measure.limit.as_ref());
        self.excess = limits().map(Limit::excess).fold(0, i64::saturating_add);
        self.strained = limits().map(Limit::price).fold(0, i64::saturating_add);
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
        self.cost.saturating_add(self.strained)
    }

    /// Days outside of the band of a limit that is passed, once for each such band and side.
    pub(crate) fn outside(&self) -> Vec<(VehicleIdx, Side)> {
        let mut outside = Vec::new();
        for (vehicle, groups) in self.of.iter().enumerate() {
            let Some((seconds, grams)) = self.known[vehicle] else { continue };
            for group in groups.iter().map(|&group| &self.groups[group as usize]) {
                let sides = [group.hours.side(seconds), group.weight.side(grams)];
                outside.extend(sides.into_iter().flatten().map(|side| (vehicle, side)));
            }
        }
        outside
    }

    /// One of the limits that are passed.
    pub(crate) fn passed(&self) -> Option<Passed> {
        let is_passed = |measure: &Measure| measure.limit.as_ref().filter(|limit| limit.excess() > 0).map(Limit::most);
        let (k, unit, most) = self.groups.iter().enumerate().find_map(|(k, group)| {
            let hours = is_passed(&group.hours).map(|most| (k, Unit::Seconds, most));
            hours.or_else(|| is_passed(&group.weight).map(|most| (k, Unit::Grams, most)))
        })?;
        let group = &self.groups[k];
        let members = (0..self.of.len()).filter(|&vehicle| self.of[vehicle].contains(&(k as u32)));
        let day = |vehicle: VehicleIdx| group.counted(self.known[vehicle]).map(|day| (vehicle, unit.of(day)));
        Some(Passed { group: k, among: group.among, unit, most, days: members.filter_map(day).collect() })
    }

    fn limits(&mut self) -> impl Iterator<Item = &mut Limit> {
        let measures = self.groups.iter_mut().flat_map(|group| [&mut group.hours, &mut group.weight]);
        measures.filter_map(|measure| measure.limit.as_mut())
    }

    /// Makes limits dearer while they are passed, and cheaper while they hold.
    pub(crate) fn adapt(&mut self, iteration: u64) {
        if !self.limited {
            return;
        }
        self.limits().for_each(|limit| limit.adapt(iteration));
        self.sum_up();
    }

    /// Prices of limits begin with what a second and a gram of these days cost; `at_stake` is what jobs left out and
    /// vehicles sent out may cost at most.
    pub(crate) fn price_limits(&mut self, cost: i64, at_stake: i64) {
        let total = |pick: fn((i64, i64)) -> i64| self.known.iter().flatten().copied().map(pick).sum::<i64>();
        let of_unit = |units: i64| Strain::of_days(units, cost, at_stake);
        let (second, gram) = (of_unit(total(|day| day.0)), of_unit(total(|day| day.1)));
        for group in &mut self.groups {
            for (measure, first) in [(&mut group.hours, second), (&mut group.weight, gram)] {
                if let Some((limit, first)) = measure.limit.as_mut().zip(first) {
                    limit.strain = first;
                }
            }
        }
        self.sum_up();
    }

    /// Goes on with the prices of limits that another plan of the same search has come to.
    pub(crate) fn take_over(&mut self, other: &Self) {
        for (group, other) in self.groups.iter_mut().zip(&other.groups) {
            for (own, other) in [(&mut group.hours, &other.hours), (&mut group.weight, &other.weight)] {
                if let Some((own, other)) = own.limit.as_mut().zip(other.limit.as_ref()) {
                    own.strain = other.strain;
                }
            }
        }
        self.sum_up();
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
            }
        }
    }
}
