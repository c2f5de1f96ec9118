//! A limit on the spread of a number of days, the greatest less the least, as a price that rises until it is kept.
//!
//! The price is not on the spread itself: with dozens of vehicles hardly a move changes the longest or the shortest of all days, so it would
//! tell a search nothing. It is on what each day lies outside of the *band*, an interval a little narrower than the limit, the one for which these distances
//! add up to least: nothing only where the limit holds, and less with each day that comes nearer. Prices of broken rules that follow
//! the search: Gendreau, Hertz and Laporte (1994), Management Science 40(10), 1276-1290; Cordeau and Laporte (2001), Journal of the
//! Operational Research Society 52(8), 928-936.

/// Iterations between two looks at the price, until the limit has held once and afterwards, and how it follows what becomes of the plan.
/// Days with many rules may have a few hundred iterations in all.
const EVERY_FIRST: u64 = 20;
const EVERY: u64 = 50;
const UP: f64 = 1.2;
const DOWN: f64 = 0.9;
/// Of the first price: no less, so that it is soon back where a limit seldom matters.
const LEAST: f64 = 0.05;
/// Of what a unit costs with all that is at stake: no more, or it empties whole days for a few seconds too much.
const MOST: f64 = 5.0;
/// Until a plan says what a unit costs.
const UNKNOWN: f64 = 1_000.0;
/// The part of a limit that the band is narrower by, as days that lie a little outside cost too little to be moved.
const MARGIN: i64 = 50;

/// Price of a unit beyond a limit: of a second or a gram.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Strain {
    least: f64,
    now: f64,
    most: f64,
    held: bool,
}

impl Default for Strain {
    fn default() -> Self {
        Self { least: UNKNOWN * LEAST, now: UNKNOWN, most: UNKNOWN * MOST, held: false }
    }
}

impl Strain {
    /// To begin with what a unit of days costs that together have `units` and cost `cost`; `at_stake` is what else may have to be paid to
    /// keep the limit.
    pub(crate) fn of_days(units: i64, cost: i64, at_stake: i64) -> Option<Self> {
        let first = (units > 0).then(|| (cost as f64 / units as f64).max(1.0))?;
        let most = MOST * (first + at_stake as f64 / units as f64);
        Some(Self { least: first * LEAST, now: first, most: most.max(UNKNOWN), held: false })
    }

    /// Dearer while the limit is passed, cheaper while it holds.
    fn follow(&mut self, excess: i64) {
        self.held |= excess == 0;
        let factor = if excess > 0 { UP } else { DOWN };
        self.now = (self.now * factor).clamp(self.least, self.most);
    }

    fn price(self, units: i64) -> i64 {
        if units == 0 { 0 } else { (self.now * units as f64) as i64 }
    }
}

/// Where a day lies outside of a band.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Short,
    Long,
}

#[derive(Clone, Debug)]
pub(crate) struct Limit {
    most: i64,
    /// Least and greatest number that lies in a best band.
    band: (i64, i64),
    /// By how much all days together lie outside of it, which has a price.
    beyond: i64,
    excess: i64,
    /// By how much a day falls short of the band at most: of those looked at, and of those drafted since.
    short: i64,
    short_drafted: i64,
    pub(crate) strain: Strain,
}

impl Limit {
    pub(crate) fn new(most: i64) -> Self {
        let band = (i64::MIN, i64::MAX);
        Self { most, band, beyond: 0, excess: 0, short: 0, short_drafted: 0, strain: Strain::default() }
    }

    /// The days have changed; they are sorted.
    pub(crate) fn look_at(&mut self, sorted: &[i64]) {
        // The longest day with the shortest, the second longest with the second shortest, and so on: any band leaves at least what two lie
        // apart too much, and as each pair lies between the one before, one band leaves no more of any of them.
        let n = sorted.len();
        let apart = |k: usize| sorted[n - 1 - k] - sorted[k];
        let too_much = |most: i64| (0..n / 2).map(apart).map(move |apart| apart - most).take_while(|&more| more > 0);
        let width = self.most - self.most / MARGIN;
        self.excess = too_much(self.most).sum();
        self.beyond = too_much(width).sum();
        let pairs = too_much(width).count();
        // Inside the last pair that lies apart too much, and around the first that does not.
        let (mut low, mut high) = (i64::MIN, i64::MAX);
        if let Some(k) = pairs.checked_sub(1) {
            (low, high) = (sorted[k], sorted[n - 1 - k]);
        }
        if pairs < n - pairs {
            low = low.max(sorted[n - 1 - pairs].saturating_sub(width));
            high = high.min(sorted[pairs].saturating_add(width));
        }
        self.band = (low, high);
        self.short = sorted.first().map_or(0, |&first| self.short_of(first));
    }

    pub(crate) fn most(&self) -> i64 {
        self.most
    }

    pub(crate) fn side(&self, day: i64) -> Option<Side> {
        match (day < self.band.0, day > self.band.1) {
            (true, _) => Some(Side::Short),
            (_, true) => Some(Side::Long),
            (false, false) => None,
        }
    }

    fn short_of(&self, day: i64) -> i64 {
        self.band.0.saturating_sub(day).max(0)
    }

    /// A day that is only drafted.
    pub(crate) fn draft(&mut self, day: i64) {
        self.short_drafted = self.short_drafted.max(self.short_of(day));
    }

    /// What was drafted has been looked at, or never came to be.
    pub(crate) fn forget_drafts(&mut self) {
        self.short_drafted = 0;
    }

    /// What the longest day with the shortest, the second longest with the second shortest and so on lie apart too much, together.
    pub(crate) fn excess(&self) -> i64 {
        self.excess
    }

    pub(crate) fn price(&self) -> i64 {
        self.strain.price(self.beyond)
    }

    fn outside(&self, day: i64) -> i64 {
        day.saturating_sub(self.band.1).max(0) + self.short_of(day)
    }

    /// What the price rises by when a day, or none, becomes another.
    pub(crate) fn rise(&self, now: Option<i64>, then: i64) -> i64 {
        self.strain.price(self.outside(then) - now.map_or(0, |now| self.outside(now)))
    }

    /// What a day that grows by so much may save at most.
    pub(crate) fn most_saved(&self, growth: i64) -> i64 {
        self.strain.price(growth.min(self.short.max(self.short_drafted)))
    }

    pub(crate) fn adapt(&mut self, iteration: u64) {
        if iteration.is_multiple_of(if self.strain.held { EVERY } else { EVERY_FIRST }) {
            self.strain.follow(self.excess);
        }
    }

    /// The limit holds once `from`, one of the days, or a new one where it is absent, is `to`; or is passed by no more than now.
    pub(crate) fn allows(&self, sorted: &[i64], from: Option<i64>, to: i64) -> bool {
        // The least and the greatest of the others.
        let other = |end: usize, next: usize| {
            let gone = sorted.get(end).is_some_and(|&day| from == Some(day));
            sorted.get(if gone { next } else { end }).copied().unwrap_or(to)
        };
        let last = sorted.len().wrapping_sub(1);
        let spread = other(last, last.wrapping_sub(1)).max(to) - other(0, 1).min(to);
        let now = sorted.last().zip(sorted.first()).map_or(0, |(high, low)| high - low);
        spread <= self.most.max(now)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// By trying every band.
    fn least_outside(days: &[i64], width: i64) -> i64 {
        let outside = |low: i64| days.iter().map(|&day| (low - day).max(0) + (day - low - width).max(0)).sum::<i64>();
        (-200..60).map(outside).min().unwrap_or(0)
    }

    fn looked_at(most: i64, days: &[i64]) -> Limit {
        let mut limit = Limit::new(most);
        limit.strain = Strain { least: 0.5, now: 1.0, most: 1e6, held: false };
        limit.look_at(days);
        limit
    }

    fn spread(days: &[i64]) -> i64 {
        days.iter().max().zip(days.iter().min()).map_or(0, |(high, low)| high - low)
    }

    proptest! {
        #[test]
        fn the_price_is_on_what_lies_outside_of_the_best_band(
            mut days in proptest::collection::vec(-50_i64..50, 0..9), most in 0_i64..120, then in -50_i64..50,
        ) {
            days.sort_unstable();
            let (limit, width) = (looked_at(most, &days), most - most / MARGIN);
            prop_assert_eq!(limit.price(), least_outside(&days, width));
            prop_assert_eq!(limit.excess(), least_outside(&days, most));
            prop_assert_eq!(limit.excess() == 0, spread(&days) <= most);
            // The band may move as well, so that the price rises by no more than what is said.
            let from = days.first().copied();
            let mut moved = days.clone();
            moved.splice(..days.len().min(1), [then]);
            prop_assert!(least_outside(&moved, width) - limit.price() <= limit.rise(from, then));
            prop_assert_eq!(limit.allows(&days, from, then), spread(&moved) <= spread(&days).max(most));
        }

        #[test]
        fn a_day_that_grows_saves_no_more_than_the_most(
            mut days in proptest::collection::vec(-50_i64..50, 1..9), most in 0_i64..120, at in 0_usize..9, growth in 0_i64..40,
        ) {
            days.sort_unstable();
            let day = days[at % days.len()];
            let limit = looked_at(most, &days);
            prop_assert!(-limit.rise(Some(day), day + growth) <= limit.most_saved(growth));
            // A drafted day counts from when it is told until it is forgotten.
            let mut drafted = limit.clone();
            drafted.draft(day - 30);
            prop_assert!(-limit.rise(Some(day - 30), day - 30 + growth) <= drafted.most_saved(growth));
            drafted.forget_drafts();
            prop_assert_eq!(drafted.most_saved(growth), limit.most_saved(growth));
        }
    }

    #[test]
    fn a_price_rises_until_its_limit_holds_and_then_falls() {
        let mut limit = looked_at(10, &[0, 5, 30]);
        limit.strain = Strain::of_days(35, 3_500, 7_000).expect("days of something");
        assert_eq!(limit.price(), 20 * 100);
        (1..=EVERY_FIRST).for_each(|iteration| limit.adapt(iteration));
        assert_eq!(limit.price(), 20 * 120);
        (1..=100 * EVERY).for_each(|iteration| limit.adapt(iteration));
        assert_eq!(limit.price(), 20 * 5 * 300, "no dearer than all of it");
        limit.look_at(&[0, 5, 10]);
        assert_eq!(limit.price(), 0);
        (1..=100 * EVERY).for_each(|iteration| limit.adapt(iteration));
        limit.look_at(&[0, 5, 30]);
        assert_eq!(limit.price(), 20 * 5);
    }
}
