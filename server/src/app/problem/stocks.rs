//! What lies in each outlet, from what crews reported: unloading at an outlet fills it, clearing empties it.
//!
//! Amounts are those of the plan that was driven. What residents bring to an outlet by themselves is not reported to anybody
//! and therefore not in here.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;
use huilu_model::clearing::DayInflow;
use huilu_model::plan::StreamLoad;
use huilu_model::{Grams, Litres};

use crate::domain::OutletId;
use crate::domain::amount::StreamAmount;
use crate::domain::plan::{Route, StepKind};

/// By stream.
type Amounts = BTreeMap<String, (i64, i64)>;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Stock {
    fill: Amounts,
    delivered: BTreeMap<NaiveDate, Amounts>,
    pub(super) cleared: Option<NaiveDate>,
}

impl Stock {
    /// Streams that the outlet no longer takes are left out.
    pub(super) fn fill(&self, streams: &[String]) -> Vec<StreamLoad> {
        loads(&self.fill, streams)
    }

    /// From the first delivery to the day before `date`; days without a delivery brought nothing.
    pub(super) fn history(&self, date: NaiveDate, streams: &[String]) -> Vec<DayInflow> {
        let Some(first) = self.delivered.keys().next() else { return Vec::new() };
        let nothing = Amounts::new();
        let days = first.iter_days().take_while(|day| *day < date);
        let day = |day: NaiveDate| DayInflow {
            days_ago: u32::try_from((date - day).num_days()).unwrap_or(u32::MAX),
            inflow: loads(self.delivered.get(&day).unwrap_or(&nothing), streams),
        };
        days.map(day).collect()
    }
}

/// What the reported steps of these routes have moved, by outlet.
pub(super) fn of(routes: &[Route]) -> HashMap<OutletId, Stock> {
    let mut moves: Vec<(NaiveDate, OutletId, bool, Amounts)> = Vec::new();
    for route in routes {
        for pair in route.steps.windows(2) {
            let [before, step] = pair else { continue };
            let (outlet, into) = match step.kind {
                StepKind::Unload(outlet) => (outlet, true),
                StepKind::Clear(outlet) => (outlet, false),
                StepKind::Start | StepKind::Job(_) | StepKind::Break | StepKind::End => continue,
            };
            if step.reported.is_some() {
                let moved = difference(&before.load, &step.load);
                moves.push((route.service_date, outlet, into, moved));
            }
        }
    }
    // Crews report when they have network: within a day nothing says what came first, and deliveries before clearings
    // lose nothing.
    moves.sort_by_key(|&(date, _, into, _)| (date, !into));
    let mut stocks: HashMap<OutletId, Stock> = HashMap::new();
    for (date, outlet, into, moved) in moves {
        let stock = stocks.entry(outlet).or_default();
        for (stream, (grams, litres)) in moved {
            let held = stock.fill.entry(stream.clone()).or_default();
            if into {
                *held = (held.0 + grams, held.1 + litres);
                let day = stock.delivered.entry(date).or_default().entry(stream).or_default();
                *day = (day.0 + grams, day.1 + litres);
            } else {
                // More than is known to have come in was there all the same.
                *held = ((held.0 - grams).max(0), (held.1 - litres).max(0));
            }
        }
        if !into {
            stock.cleared = Some(date);
        }
    }
    stocks
}

fn difference(one: &[StreamAmount], other: &[StreamAmount]) -> Amounts {
    let mut sums = Amounts::new();
    for (amounts, sign) in [(one, 1), (other, -1)] {
        for amount in amounts {
            let sum = sums.entry(amount.stream.clone()).or_default();
            *sum = (sum.0 + sign * amount.grams.0, sum.1 + sign * amount.litres.0);
        }
    }
    sums.into_iter().map(|(stream, (grams, litres))| (stream, (grams.abs(), litres.abs()))).collect()
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
