//! How good the forecast is: each day's forecast of the next two days against what came, beside the mean of the last week.

use huilu_optimizer::clearing::Series;

use crate::WARM_UP;
use crate::town::Town;

/// Days that a forecast looks ahead: until the next run.
const AHEAD: usize = 2;
/// Days of history.
const BEHIND: usize = 56;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BackTest {
    forecasts: u32,
    came: f64,
    error: f64,
    naive_error: f64,
    below_95: u32,
    below_80: u32,
}

impl BackTest {
    pub(crate) fn add(&mut self, town: &Town) {
        for today in WARM_UP..town.inflow.len().saturating_sub(AHEAD) {
            for point in 0..town.points {
                for stream in 0..2 {
                    let amount = |day: usize| town.inflow[day][point][stream] as f64;
                    let past: Vec<(usize, f64)> =
                        (today.saturating_sub(BEHIND)..today).map(|day| (day % 7, amount(day))).collect();
                    let ahead = Series::observed(&past, 0.2, Series::NONE).over(today % 7, AHEAD as f64);
                    let came: f64 = (today..today + AHEAD).map(amount).sum();
                    let week = (today - 7..today).map(amount).sum::<f64>() / 7.0 * AHEAD as f64;
                    self.forecasts += 1;
                    self.came += came;
                    self.error += (came - ahead.mean).abs();
                    self.naive_error += (came - week).abs();
                    self.below_95 += u32::from(came <= ahead.quantile(0.95));
                    self.below_80 += u32::from(came <= ahead.quantile(0.8));
                }
            }
        }
    }

    pub(crate) fn print(&self) {
        let share = |count: u32| 100.0 * f64::from(count) / f64::from(self.forecasts.max(1));
        println!(
            "back-test, {} forecasts of {AHEAD} days: off by {:.1} % on average (mean of the last week: {:.1} %); {:.1} % of what \
             came lies below the 95 % line, {:.1} % below the 80 % line",
            self.forecasts,
            100.0 * self.error / self.came,
            100.0 * self.naive_error / self.came,
            share(self.below_95),
            share(self.below_80),
        );
    }
}
