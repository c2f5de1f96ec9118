//! Dual prices as whole numbers.
//!
//! A bound must hold to the last digit, and the duals of an LP are floats. So they are rounded once to multiples of
//! `2^-shift` cost units, and from there on all arithmetic is exact: *any* prices give a valid Lagrangian bound, also
//! rounded ones. What is lost by rounding is tightness far below one cost unit.

use crate::resources::model::Model;

/// Money in steps of `2^-shift` cost units.
pub(crate) type Fixed = i64;

/// Steps that the longest walk of a relaxed route can have without its sum leaving an `i64`.
const STEPS_BITS: u32 = 17;
/// Finer steps bring nothing.
const SHIFT_MAX: u32 = 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scale {
    pub(crate) shift: u32,
}

impl Scale {
    /// The finest steps with which no route's sum overflows; `None` where the numbers of the instance are too large.
    pub(crate) fn new(model: &Model<'_>) -> Option<Self> {
        let leg = model.instance.travel.iter().map(|travel| i64::from(travel.longest_metres())).max().unwrap_or(0);
        let dearest = |kind: &crate::resources::model::Kind| {
            let hours = kind.per_second.saturating_mul(kind.closes - kind.opens);
            let other = kind.unpreferred.iter().copied().max().unwrap_or(0);
            kind.fixed.saturating_add(hours).saturating_add(kind.per_metre.saturating_mul(leg)).saturating_add(other)
        };
        let step = model.kinds.iter().map(dearest).max().unwrap_or(0);
        let gate = model.gate_fees.iter().copied().max().unwrap_or(0);
        let absence = model.absence.iter().copied().max().unwrap_or(0);
        let largest = step.saturating_add(gate).saturating_add(absence).max(1);
        let bits = 64 - largest.leading_zeros();
        let free = 62_u32.checked_sub(STEPS_BITS + bits)?;
        Some(Self { shift: free.min(SHIFT_MAX) })
    }

    /// Of a whole number of cost units.
    pub(crate) fn fixed(self, cost: i64) -> Fixed {
        cost << self.shift
    }

    /// To the nearest step; what is no number counts as nothing.
    pub(crate) fn round(self, price: f64) -> Fixed {
        (price * (1_u64 << self.shift) as f64).round() as Fixed
    }

    /// The least whole number of cost units that is not below: all plans cost whole numbers.
    pub(crate) fn ceil(self, value: i128) -> i128 {
        -((-value) >> self.shift)
    }

    pub(crate) fn float(self, value: Fixed) -> f64 {
        value as f64 / (1_u64 << self.shift) as f64
    }
}

/// A price for each row of the master, in fixed point. All but those of vehicle kinds are kept; the rows of kinds are
/// accounted for in the bound itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Prices {
    /// By job: for one visit. Never negative, never above the price of leaving the job out.
    pub(crate) jobs: Vec<Fixed>,
    /// By limit: to be paid for each gram or litre brought. Never negative.
    pub(crate) limits: Vec<Fixed>,
    /// By rounded capacity cut: earned by each entry into its set. Never negative.
    pub(crate) entries: Vec<Fixed>,
    /// By subset-row cut: to be paid for each second visit. Never negative.
    pub(crate) subsets: Vec<Fixed>,
    /// By kind and station, where routes are made of trips: what a vehicle that stands there is worth. That of the start is never
    /// negative, as a vehicle need not be used.
    pub(crate) stations: Vec<Vec<Fixed>>,
}

impl Prices {
    /// All prices times `share`.
    pub(crate) fn scaled(&self, share: f64) -> Self {
        let scale = |prices: &[Fixed]| prices.iter().map(|&price| (price as f64 * share) as Fixed).collect();
        Self {
            jobs: scale(&self.jobs),
            limits: scale(&self.limits),
            entries: scale(&self.entries),
            subsets: scale(&self.subsets),
            stations: self.stations.iter().map(|own| scale(own)).collect(),
        }
    }

    /// The point `share` of the way from `self` to `other`; lists that are shorter count as zero beyond their end.
    pub(crate) fn towards(&self, other: &Self, share: f64) -> Self {
        let mix = |from: &[Fixed], to: &[Fixed]| {
            let at = |list: &[Fixed], k: usize| list.get(k).copied().unwrap_or(0);
            let step = |k: usize| at(from, k) + ((at(to, k) - at(from, k)) as f64 * share).round() as Fixed;
            (0..from.len().max(to.len())).map(step).collect()
        };
        Self {
            jobs: mix(&self.jobs, &other.jobs),
            limits: mix(&self.limits, &other.limits),
            entries: mix(&self.entries, &other.entries),
            subsets: mix(&self.subsets, &other.subsets),
            stations: self.stations.iter().zip(&other.stations).map(|(from, to)| mix(from, to)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use huilu_model::instance::Parts;
    use huilu_model::{Cost, Instance};

    use super::*;
    use crate::routing::cases::random;

    /// A price that stands for "never".
    #[test]
    fn a_walk_of_jobs_for_another_vehicle_overflows_nothing() {
        let never = 16_000_000_000_000;
        let mut parts = Parts::clone(&random(1, 4, 2, 0));
        for job in &mut parts.jobs {
            (job.preferred, job.other_vehicle, job.penalty) = (vec![0], Cost(never), Some(Cost(1_000_000)));
        }
        let day = Instance::new(parts).unwrap();
        let scale = Scale::new(&Model::new(&day)).unwrap();
        assert!(i128::from(never) << (scale.shift + STEPS_BITS) < 1 << 62, "shift {}", scale.shift);
    }

    #[test]
    fn rounding_up_never_passes_the_value_by_a_whole_unit() {
        let scale = Scale { shift: 4 };
        for value in -70_i128..70 {
            let up = scale.ceil(value);
            assert!(up * 16 >= value && (up - 1) * 16 < value, "{value} became {up}");
        }
        assert_eq!(scale.round(2.5), 40);
        assert_eq!(scale.fixed(-3), -48);
    }
}
