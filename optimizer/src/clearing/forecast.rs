//! What will come in: mean daily inflow by weekday from exponential smoothing, and the spread around it.
//!
//! Simple exponential smoothing with weekday factors (Hyndman and Athanasopoulos, *Forecasting: Principles and Practice*,
//! 3rd ed. 2021, sections 8.1 and 3.4), days taken as independent. Sums over several days are taken as gamma distributed:
//! never negative, skewed to the right as deliveries are. Its quantiles are by Wilson and Hilferty (1931), *The Distribution of
//! Chi-square*, PNAS 17(12), 684-688.

use super::normal;

/// Variance of weekday factors from outlet to outlet, assumed: a fifth up or down.
const FACTOR_VARIANCE: f64 = 0.04;
/// Below two weeks each weekday was seen at most once or twice: no factors.
const FACTORS_FROM_DAYS: usize = 14;
/// A history of so many days stands alone.
pub(super) const DAYS_ENOUGH: usize = 7;
/// Standard deviation over mean of a day where only a mean is known.
const SPREAD_UNKNOWN: f64 = 0.7;

/// Inflow of one quantity, in its unit per day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Series {
    /// Per day of an average week.
    level: f64,
    /// By weekday, Monday first; their mean is 1.
    factors: [f64; 7],
    /// Variance of a day over the square of its mean.
    day_spread: f64,
    /// The same of the level itself: an error that all days share.
    level_spread: f64,
}

/// Mean and variance of what comes in over a span.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Inflow {
    pub mean: f64,
    pub variance: f64,
}

impl Series {
    /// Nothing comes in.
    pub const NONE: Self = Self { level: 0.0, factors: [1.0; 7], day_spread: 0.0, level_spread: 0.0 };

    /// Where only a mean is known.
    pub fn assumed(level: f64) -> Self {
        let square = SPREAD_UNKNOWN * SPREAD_UNKNOWN;
        Self { level, factors: [1.0; 7], day_spread: square, level_spread: square / 4.0 }
    }

    /// From `(weekday, amount)` of observed days, oldest first. Below a week, `prior` fills up.
    pub fn observed(days: &[(usize, f64)], smoothing: f64, prior: Self) -> Self {
        if days.is_empty() {
            return prior;
        }
        let (factors, factor_spread) = factors(days);
        // A weekday on which nothing ever came tells nothing of the level.
        let plain: Vec<f64> = days
            .iter()
            .filter(|day| factors[day.0] > 0.0)
            .map(|&(weekday, amount)| amount / factors[weekday])
            .collect();
        // The mean of the first days is the start, so that one odd first day does not last.
        let first = &plain[..plain.len().min(DAYS_ENOUGH)];
        let mut level = first.iter().sum::<f64>() / first.len() as f64;
        let (mut squares, mut weight) = (0.0, 0.0);
        for &amount in &plain {
            let error = amount - level;
            squares = (1.0 - smoothing / 2.0) * squares + error * error;
            weight = (1.0 - smoothing / 2.0) * weight + 1.0;
            level += smoothing * error;
        }
        // One-step errors hold the noise of the day and the error of the level: (1 + a / (2 - a)) of the noise.
        let carried = smoothing / (2.0 - smoothing);
        let noise = squares / weight / (1.0 + carried);
        let own = if level > 0.0 {
            let day_spread = noise / (level * level);
            Self { level, factors, day_spread: day_spread + factor_spread, level_spread: day_spread * carried }
        } else {
            Self { factors, ..Self::NONE }
        };
        own.mixed(prior, days.len() as f64 / DAYS_ENOUGH as f64)
    }

    fn mixed(self, prior: Self, share: f64) -> Self {
        if share >= 1.0 {
            return self;
        }
        let mix = |own: f64, other: f64| share * own + (1.0 - share) * other;
        Self {
            level: mix(self.level, prior.level),
            factors: self.factors,
            day_spread: mix(self.day_spread, prior.day_spread),
            level_spread: mix(self.level_spread, prior.level_spread),
        }
    }

    /// Both together; their days are taken as independent.
    pub fn plus(self, other: Self) -> Self {
        let level = self.level + other.level;
        if level <= 0.0 {
            return Self::NONE;
        }
        let (a, b) = (self.level / level, other.level / level);
        let mut factors = [0.0; 7];
        for (day, factor) in factors.iter_mut().enumerate() {
            *factor = a * self.factors[day] + b * other.factors[day];
        }
        Self {
            level,
            factors,
            day_spread: a * a * self.day_spread + b * b * other.day_spread,
            level_spread: a * a * self.level_spread + b * b * other.level_spread,
        }
    }

    pub fn per_day(self) -> f64 {
        self.level
    }

    /// Over `days` days (a part of the last one counts in proportion) from the begin of a weekday.
    pub fn over(self, weekday: usize, days: f64) -> Inflow {
        let (mut mean, mut squares) = (0.0, 0.0);
        let mut left = days;
        let mut day = weekday;
        while left > 0.0 {
            let part = left.min(1.0);
            let expected = self.level * self.factors[day % 7];
            mean += part * expected;
            squares += part * expected * expected;
            left -= 1.0;
            day += 1;
        }
        Inflow { mean, variance: self.day_spread * squares + self.level_spread * mean * mean }
    }
}

impl Inflow {
    /// Not exceeded with the probability `share`.
    pub fn quantile(self, share: f64) -> f64 {
        if self.mean <= 0.0 || self.variance <= 0.0 {
            return self.mean.max(0.0);
        }
        let ninth = self.variance / (self.mean * self.mean) / 9.0;
        let root = 1.0 - ninth + normal::quantile(share) * ninth.sqrt();
        self.mean * root.max(0.0).powi(3)
    }

    /// Chance that more than `room` comes in.
    pub fn exceeds(self, room: f64) -> f64 {
        if room < 0.0 {
            return 1.0;
        }
        if self.mean <= 0.0 || self.variance <= 0.0 {
            return if self.mean > room { 1.0 } else { 0.0 };
        }
        let ninth = self.variance / (self.mean * self.mean) / 9.0;
        1.0 - normal::cdf(((room / self.mean).cbrt() - 1.0 + ninth) / ninth.sqrt())
    }
}

/// Weekday over the mean, and the variance that is left in a factor.
///
/// An empirical Bayes estimate: the noisier the days are against how far weekdays are apart elsewhere, the more a factor is
/// drawn towards 1.
fn factors(days: &[(usize, f64)]) -> ([f64; 7], f64) {
    let mean = days.iter().map(|day| day.1).sum::<f64>() / days.len() as f64;
    if days.len() < FACTORS_FROM_DAYS || mean <= 0.0 {
        return ([1.0; 7], 0.0);
    }
    let of = |weekday: usize| days.iter().filter(move |day| day.0 == weekday).map(|day| day.1 / mean);
    let (mut sums, mut counts, mut squares) = ([0.0; 7], [0.0; 7], 0.0);
    for weekday in 0..7 {
        counts[weekday] = of(weekday).count() as f64;
        sums[weekday] = of(weekday).sum::<f64>();
        let middle = sums[weekday] / counts[weekday].max(1.0);
        squares += of(weekday).map(|ratio| (ratio - middle).powi(2)).sum::<f64>();
    }
    let noise = squares / (days.len() as f64 - 7.0).max(1.0);
    let damping = noise / FACTOR_VARIANCE;
    let mut factors = [1.0; 7];
    for weekday in 0..7 {
        let weight = counts[weekday] + damping;
        if weight > 0.0 {
            factors[weekday] = (sums[weekday] + damping) / weight;
        }
    }
    let left = FACTOR_VARIANCE * damping / (days.len() as f64 / 7.0 + damping);
    let scale = 7.0 / factors.iter().sum::<f64>();
    (factors.map(|factor| factor * scale), left)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    #[test]
    fn a_steady_inflow_is_forecast_as_it_is_and_without_spread() {
        let days: Vec<(usize, f64)> = (0..28).map(|day| (day % 7, 40.0)).collect();
        let series = Series::observed(&days, 0.2, Series::NONE);
        let week = series.over(3, 7.0);
        assert!((week.mean - 280.0).abs() < 1e-9 && week.variance < 1e-9, "{week:?}");
        assert!((series.over(0, 1.5).mean - 60.0).abs() < 1e-9);
        assert_eq!((week.exceeds(279.0), week.exceeds(281.0)), (1.0, 0.0));
    }

    #[test]
    fn weekends_are_told_from_workdays() {
        let amount = |weekday: usize| if weekday >= 5 { 90.0 } else { 30.0 };
        let days: Vec<(usize, f64)> = (0..56).map(|day| (day % 7, amount(day % 7))).collect();
        let series = Series::observed(&days, 0.2, Series::NONE);
        let (friday, saturday) = (series.over(4, 1.0).mean, series.over(5, 1.0).mean);
        assert!((28.0..40.0).contains(&friday) && (75.0..92.0).contains(&saturday), "{friday} {saturday}");
    }

    #[test]
    fn a_level_that_doubles_is_followed_within_two_weeks() {
        let amount = |day: usize| if day < 28 { 20.0 } else { 40.0 };
        let days: Vec<(usize, f64)> = (0..42).map(|day| (day % 7, amount(day))).collect();
        let level = Series::observed(&days, 0.2, Series::NONE).per_day();
        assert!((37.0..40.0).contains(&level), "{level}");
    }

    #[test]
    fn few_days_are_filled_up_with_the_prior() {
        let prior = Series::assumed(10.0);
        assert_eq!(Series::observed(&[], 0.2, prior), prior);
        let two = Series::observed(&[(0, 38.0), (1, 38.0)], 0.2, prior).per_day();
        assert!((two - (10.0 + 28.0 * 2.0 / 7.0)).abs() < 1e-9, "{two}");
    }

    /// The quantile must hold what it says: 95 of 100 sums of gamma distributed days stay below it.
    #[test]
    fn the_quantile_is_exceeded_as_often_as_it_says() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(7);
        // A sum of two exponentials is a gamma of shape 2, spread 0.7.
        let mut day = || -> f64 { (0..2).map(|_| -15.0 * (1.0 - rng.random::<f64>()).ln()).sum() };
        let (mut over, mut chance, trials) = (0, 0.0, 4_000);
        for _ in 0..trials {
            let days: Vec<(usize, f64)> = (0..42).map(|k| (k % 7, day())).collect();
            let ahead = Series::observed(&days, 0.1, Series::NONE).over(0, 2.0);
            let came = day() + day();
            over += u32::from(came > ahead.quantile(0.95));
            chance += ahead.exceeds(60.0) / f64::from(trials);
        }
        let share = f64::from(over) / f64::from(trials);
        assert!((0.03..0.075).contains(&share), "exceeded in {share}");
        // The mean of two days is 60: a skewed sum exceeds it in somewhat less than half of all cases.
        assert!((0.36..0.52).contains(&chance), "{chance}");
    }

    #[test]
    fn chance_and_quantile_are_each_others_inverse() {
        let inflow = Inflow { mean: 80.0, variance: 900.0 };
        for share in [0.5, 0.8, 0.95, 0.99] {
            assert!((inflow.exceeds(inflow.quantile(share)) - (1.0 - share)).abs() < 1e-5);
        }
        assert_eq!(inflow.exceeds(-1.0), 1.0);
    }
}
