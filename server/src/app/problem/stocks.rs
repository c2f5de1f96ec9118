//! What lies in each outlet, from what crews reported: unloading at an outlet fills it, clearing empties it.
//!
//! What residents bring to an outlet by themselves is not reported to anybody and therefore not in here.

use std::collections::{BTreeMap, HashMap};

use chrono::{Datelike, NaiveDate};
use huilu_model::clearing::{ClearingSettings, DayInflow};
use huilu_model::plan::StreamLoad;
use huilu_model::{Grams, Litres};
use huilu_optimizer::clearing::Series;

use crate::domain::OutletId;
use crate::domain::stock::{Amount, Moved, StockDay, held};

/// Beyond this nothing is foreseen.
const AHEAD_DAYS_MAX: i64 = 60;

/// By stream.
type Amounts = BTreeMap<String, Amount>;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stock {
    fill: Amounts,
    delivered: BTreeMap<NaiveDate, Amounts>,
    pub(super) cleared: Option<NaiveDate>,
}

impl Stock {
    /// In the morning of `date`: what is there, and what the days from `today` on bring until then by the history's measure.
    /// Without a history nothing is added. Streams that the outlet no longer takes are left out.
    pub(super) fn fill(&self, date: NaiveDate, today: NaiveDate, streams: &[String]) -> Vec<StreamLoad> {
        let ahead = (date - today).num_days().clamp(0, AHEAD_DAYS_MAX);
        let mut fill = self.fill.clone();
        if ahead > 0 {
            let history = self.history(today, today, streams);
            for stream in streams {
                let arrived = self.delivered.get(&today).and_then(|day| day.get(stream)).copied().unwrap_or_default();
                let expected = |side: fn(&StreamLoad) -> i64| {
                    let of_day = |day: &DayInflow| {
                        let weekday = weekday(today) + 7 - day.days_ago as usize % 7;
                        let amount = day.inflow.iter().find(|load| load.stream == *stream).map_or(0, side);
                        (weekday % 7, amount as f64)
                    };
                    let days: Vec<(usize, f64)> = history.iter().map(of_day).collect();
                    let series = Series::observed(&days, ClearingSettings::default().smoothing, Series::NONE);
                    series.over(weekday(today), ahead as f64).mean.round() as i64
                };
                // What came today is in the fill already.
                let more = (
                    (expected(|load| load.grams.0) - arrived.0).max(0),
                    (expected(|load| load.litres.0) - arrived.1).max(0),
                );
                let held = fill.entry(stream.clone()).or_default();
                *held = (held.0 + more.0, held.1 + more.1);
            }
        }
        loads(&fill, streams)
    }

    /// Delivered on that day, whatever became of it.
    pub(super) fn intake(&self, date: NaiveDate, streams: &[String]) -> Vec<StreamLoad> {
        self.delivered.get(&date).map(|day| loads(day, streams)).unwrap_or_default()
    }

    /// Seen from `date`: from the first delivery to the day before, as far as days have ended before `today`; of those, days
    /// without a delivery brought nothing.
    pub(super) fn history(&self, date: NaiveDate, today: NaiveDate, streams: &[String]) -> Vec<DayInflow> {
        let Some(first) = self.delivered.keys().next() else { return Vec::new() };
        let nothing = Amounts::new();
        let days = first.iter_days().take_while(|day| *day < date.min(today));
        let day = |day: NaiveDate| DayInflow {
            days_ago: u32::try_from((date - day).num_days()).unwrap_or(u32::MAX),
            inflow: loads(self.delivered.get(&day).unwrap_or(&nothing), streams),
        };
        days.map(day).collect()
    }
}

/// From what crews moved each day, by outlet.
pub(super) fn of(days: &[StockDay]) -> HashMap<OutletId, Stock> {
    let mut moved: BTreeMap<(OutletId, &str), Vec<Moved>> = BTreeMap::new();
    let mut stocks: HashMap<OutletId, Stock> = HashMap::new();
    let mut in_order: Vec<&StockDay> = days.iter().collect();
    in_order.sort_by_key(|day| day.key.service_date);
    for StockDay { key, moved: of_day } in in_order {
        let stock = stocks.entry(key.outlet).or_default();
        if of_day.brought != (0, 0) {
            stock.delivered.entry(key.service_date).or_default().insert(key.stream.clone(), of_day.brought);
        }
        if of_day.taken != (0, 0) {
            stock.cleared = Some(key.service_date);
        }
        moved.entry((key.outlet, &key.stream)).or_default().push(*of_day);
    }
    for ((outlet, stream), moved) in moved {
        stocks.entry(outlet).or_default().fill.insert(stream.to_owned(), held(moved));
    }
    stocks
}

/// Monday is 0.
fn weekday(date: NaiveDate) -> usize {
    date.weekday().num_days_from_monday() as usize
}

fn loads(amounts: &Amounts, streams: &[String]) -> Vec<StreamLoad> {
    let known = amounts.iter().filter(|(stream, amount)| streams.contains(stream) && **amount != (0, 0));
    known
        .map(|(stream, &(grams, litres))| StreamLoad {
            stream: stream.clone(),
            grams: Grams(grams),
            litres: Litres(litres),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// Four weeks of 10 kg a day until yesterday, 4 kg so far today.
    fn steady(today: NaiveDate) -> Stock {
        let amounts = |kg: i64| Amounts::from([("paper".to_owned(), (kg * 1_000, kg * 20))]);
        let days = today.iter_days().rev().skip(1).take(28);
        let mut delivered: BTreeMap<NaiveDate, Amounts> = days.map(|day| (day, amounts(10))).collect();
        delivered.insert(today, amounts(4));
        Stock { fill: amounts(30), delivered, cleared: None }
    }

    #[test]
    fn days_that_have_not_ended_are_no_history_and_bring_what_is_expected() {
        let today = day("2026-11-25");
        let (stock, streams) = (steady(today), ["paper".to_owned()]);
        let held = |date| stock.fill(day(date), today, &streams)[0].grams.0 / 1_000;
        assert_eq!((held("2026-11-25"), held("2026-11-26"), held("2026-11-28")), (30, 36, 56));
        for (date, newest) in [("2026-11-25", 1), ("2026-11-28", 4)] {
            let history = stock.history(day(date), today, &streams);
            let least = history.iter().map(|day| day.days_ago).min();
            assert_eq!((least, history.len()), (Some(newest), 28), "{date}");
            assert!(history.iter().all(|day| day.inflow[0].grams.0 == 10_000), "{date}");
        }
    }

    #[test]
    fn without_a_history_nothing_is_added() {
        let today = day("2026-11-25");
        let stock = Stock { delivered: BTreeMap::new(), ..steady(today) };
        assert_eq!(stock.fill(day("2026-12-25"), today, &["paper".to_owned()])[0].grams, Grams(30_000));
    }
}
