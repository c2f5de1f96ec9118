//! One round of pricing, and the same once more at lower prices.

use super::generation::{Course, Pricer};
use super::labelling::GivenUp;
use super::prices::{Fixed, Prices};
use super::pricing::Found;

/// Another look at lower prices is worth its while where it may give so many times the bound.
const WORTH_ANOTHER: f64 = 1.001;
/// So many looks at lower prices follow one look at most: each gains less than the one before.
const LOWERED_MOST: usize = 3;

/// One round of pricing.
pub(super) struct Look<C> {
    pub(super) prices: Prices,
    pub(super) found: Vec<Found<C>>,
    /// By kind.
    pub(super) least: Vec<Fixed>,
    pub(super) bound: i64,
}

impl<C> Look<C> {
    /// # Errors
    /// [`GivenUp`] where a limit came first.
    pub(super) fn at(
        prices: Prices,
        pricer: &mut dyn Pricer<C>,
        course: &Course<'_>,
        thresholds: &[Fixed],
        effort: usize,
    ) -> Result<Self, GivenUp> {
        let found = pricer.price(&prices, thresholds, effort)?;
        let least: Vec<Fixed> = found.iter().map(|kind| kind.least).collect();
        let bound = (course.bound)(&prices, &least);
        Ok(Self { prices, found, least, bound })
    }

    /// Looks again at lower prices as long as that promises a better bound, and keeps what is best; gives the number of looks.
    pub(super) fn look_lower(
        &mut self,
        pricer: &mut dyn Pricer<C>,
        course: &Course<'_>,
        thresholds: &[Fixed],
        effort: usize,
    ) -> usize {
        for looks in 0..LOWERED_MOST {
            let Some(lower) = self.lower(pricer, course) else { return looks };
            // A limit that comes in between leaves what is known.
            let Ok(next) = Self::at(lower, pricer, course, thresholds, effort) else { return looks };
            if !self.improve(next) {
                return looks + 1;
            }
        }
        LOWERED_MOST
    }

    /// Prices lowered all alike until the routes found are worth what they cost: if so are all others, that is a better bound by `WORTH_ANOTHER`
    /// or more. Where a fleet is larger than any plan needs, the bound at the prices themselves counts the dearest mistake for each vehicle.
    fn lower(&self, pricer: &dyn Pricer<C>, course: &Course<'_>) -> Option<Prices> {
        // Stations have prices of either sign.
        if self.bound >= course.enough || self.prices.stations.iter().any(|own| !own.is_empty()) {
            return None;
        }
        let nothing = self.prices.scaled(0.0);
        let columns = self.found.iter().flat_map(|kind| &kind.columns);
        let ratio = |(_, column): &(Fixed, C)| {
            let cost = pricer.reduced(column, &nothing);
            cost as f64 / (cost - pricer.reduced(column, &self.prices)).max(1) as f64
        };
        let share = columns.map(ratio).fold(1.0, f64::min);
        let lower = self.prices.scaled(share);
        let hoped = (course.bound)(&lower, &vec![0; self.least.len()]);
        (share < 1.0 && hoped as f64 > self.bound as f64 * WORTH_ANOTHER).then_some(lower)
    }

    /// Takes the routes of another look, and what it says if that is more; `false` if not.
    fn improve(&mut self, other: Self) -> bool {
        let better = other.bound > self.bound;
        if better {
            (self.prices, self.least, self.bound) = (other.prices, other.least, other.bound);
        }
        for (own, more) in self.found.iter_mut().zip(other.found) {
            own.columns.extend(more.columns);
        }
        better
    }
}
