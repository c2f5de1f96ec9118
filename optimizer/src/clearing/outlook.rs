//! The forecast of one outlet, stream by stream, and the best basis there is for it.

use huilu_model::clearing::{Basis, Network, OutletState, Tier};

use super::forecast::{DAYS_ENOUGH, Series};
use super::stock::{Capacity, Stock};

/// An outlet of which nothing is known is taken to fill up in so many days: the norm profiles ask for a visit a week.
const DAYS_TO_FULL: f64 = 7.0;
/// Loose mixed recyclables, grams to the litre (34 to 67 in the literature).
const GRAMS_PER_LITRE: f64 = 50.0;
/// Days after which nothing is foreseen any more.
pub(super) const HORIZON_DAYS: u32 = 60;

#[derive(Clone, Debug)]
pub(super) struct Outlook {
    pub(super) basis: Basis,
    /// Of grams and litres, by stream.
    pub(super) streams: Vec<[Series; 2]>,
}

impl Outlook {
    /// From its own history; what that cannot tell, from the days since it was emptied, its households, or its size.
    pub(super) fn of(network: &Network, outlet: &OutletState, capacity: &Capacity, fill: &Stock) -> Self {
        let (prior_basis, prior) = prior(network, outlet, capacity, fill);
        Self::observed(network, outlet, prior_basis, &prior)
    }

    /// As [`Outlook::of`], for a transfer station whose collection points are known.
    pub(super) fn of_station(network: &Network, outlet: &OutletState, from_points: &[[Series; 2]]) -> Self {
        Self::observed(network, outlet, Basis::CollectionPoints, from_points)
    }

    fn observed(network: &Network, outlet: &OutletState, prior_basis: Basis, prior: &[[Series; 2]]) -> Self {
        let mut days: Vec<(usize, Stock)> = Vec::with_capacity(outlet.history.len());
        let mut sorted: Vec<_> = outlet.history.iter().collect();
        sorted.sort_by_key(|day| std::cmp::Reverse(day.days_ago));
        for day in sorted {
            let weekday = (i64::from(network.weekday) - i64::from(day.days_ago)).rem_euclid(7) as usize;
            days.push((weekday, Stock::read(&network.streams, &day.inflow)));
        }
        let series = |stream: usize, side: usize| {
            let observed: Vec<(usize, f64)> =
                days.iter().map(|(weekday, stock)| (*weekday, stock.0[stream][side] as f64)).collect();
            Series::observed(&observed, network.settings.smoothing, prior[stream][side])
        };
        let basis = match days.len() {
            0 => prior_basis,
            few if few < DAYS_ENOUGH => Basis::ShortHistory,
            _ => Basis::History,
        };
        let streams = (0..network.streams.len()).map(|stream| [series(stream, 0), series(stream, 1)]).collect();
        Self { basis, streams }
    }

    /// Chance that a limited stream overflows within `days` days from the begin of a weekday; streams are taken as
    /// independent, mass and volume of one stream as one.
    pub(super) fn risk(&self, content: &Stock, capacity: &Capacity, weekday: usize, days: f64) -> f64 {
        let mut safe = 1.0;
        for ((series, held), most) in self.streams.iter().zip(&content.0).zip(capacity) {
            let Some(most) = most else { continue };
            let side = |k: usize| series[k].over(weekday, days).exceeds((most[k] - held[k]) as f64);
            safe *= 1.0 - side(0).max(side(1));
        }
        1.0 - safe
    }

    /// First day, counted from `weekday`, at whose end the risk is above `bearable`.
    pub(super) fn overflow_day(
        &self,
        content: &Stock,
        capacity: &Capacity,
        weekday: usize,
        bearable: f64,
    ) -> Option<u32> {
        (0..HORIZON_DAYS).find(|&day| self.risk(content, capacity, weekday, f64::from(day + 1)) > bearable)
    }

    /// Expected to come in, rounded to whole grams and litres.
    pub(super) fn expected(&self, weekday: usize, days: f64) -> Stock {
        let mean = |series: &Series| series.over(weekday, days).mean.round() as i64;
        Stock(self.streams.iter().map(|pair| [mean(&pair[0]), mean(&pair[1])]).collect())
    }

    /// Days that the content took to come in, in the stream that is fullest for its capacity.
    pub(super) fn days_in(&self, content: &Stock, capacity: &Capacity) -> f64 {
        let mut fullest = (0.0, 0.0);
        for ((series, held), most) in self.streams.iter().zip(&content.0).zip(capacity) {
            let Some(most) = most else { continue };
            for side in 0..2 {
                let (level, rate) = (held[side] as f64 / most[side].max(1) as f64, series[side].per_day());
                if level > fullest.0 && rate > 0.0 {
                    fullest = (level, held[side] as f64 / rate);
                }
            }
        }
        fullest.1
    }

    pub(super) fn per_day(&self) -> [f64; 2] {
        let sum = |side: usize| self.streams.iter().map(|pair| pair[side].per_day()).sum();
        [sum(0), sum(1)]
    }
}

fn prior(network: &Network, outlet: &OutletState, capacity: &Capacity, fill: &Stock) -> (Basis, Vec<[Series; 2]>) {
    let streams = network.streams.len();
    if let Some(days) = outlet.cleared_days_ago.filter(|&days| days > 0)
        && !fill.is_empty()
    {
        let pair = |held: &[i64; 2]| held.map(|amount| Series::assumed(amount as f64 / f64::from(days)));
        return (Basis::SinceCleared, fill.0.iter().map(pair).collect());
    }
    if let Some(households) = outlet.households.filter(|_| outlet.tier == Tier::CollectionPoint) {
        // By the room that each stream was given; alike where that is not known.
        let room: Vec<f64> = (0..streams)
            .map(|k| match (outlet.streams.contains(&network.streams[k]), capacity[k]) {
                (false, _) => 0.0,
                (true, Some([_, litres])) => litres as f64,
                (true, None) => 1.0,
            })
            .collect();
        let all: f64 = room.iter().sum();
        let grams = f64::from(households) * network.settings.grams_per_household_day as f64;
        let pair = |room: f64| {
            let grams = if all > 0.0 { grams * room / all } else { 0.0 };
            [Series::assumed(grams), Series::assumed(grams / GRAMS_PER_LITRE)]
        };
        return (Basis::Households, room.into_iter().map(pair).collect());
    }
    let pair = |most: &Option<[i64; 2]>| match most {
        Some(most) => most.map(|most| Series::assumed(most as f64 / DAYS_TO_FULL)),
        None => [Series::NONE; 2],
    };
    (Basis::Capacity, capacity.iter().map(pair).collect())
}
