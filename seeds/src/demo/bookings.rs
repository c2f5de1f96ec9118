//! Bookings: four weeks that were collected, and the open ones for tomorrow.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use huilu_model::{Datum, Seconds};
use rand::{Rng, RngExt};

use super::DemoError;
use super::compounds::Home;
use crate::amounts::items;
use crate::catalogue::Catalogue;
use crate::records::{Booking, DailyHours, Entered};

const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 24 * HOUR_S;

/// Open bookings for tomorrow, on average.
const OPEN_MEAN: f64 = 2_000.0;
const PAST_DAYS: u64 = 28;
/// The service grows: bookings on an average day four weeks ago and yesterday. Assumed.
const FIRST_DAY_MEAN: f64 = 560.0;
const LAST_DAY_MEAN: f64 = 1_400.0;

/// Windows by hour of their begin and end, with shares out of 1,000. The five of two hours have the shares of booked
/// parcel pickups in Hangzhou, Shanghai and Yantai (LaDe pickup data), scaled to 95 %; the rest is assumed.
const WINDOWS: [([i64; 2], u32); 9] = [
    ([9, 11], 310),
    ([11, 13], 196),
    ([13, 15], 164),
    ([15, 17], 135),
    ([17, 19], 145),
    ([8, 10], 20),
    ([18, 20], 10),
    ([9, 10], 10),
    ([9, 19], 10),
];

/// Factors by weekday: people clear out at the weekend. The mean is 1. Assumed.
fn weekday_factor(date: NaiveDate) -> f64 {
    match date.weekday() {
        Weekday::Mon => 0.88,
        Weekday::Tue => 0.86,
        Weekday::Wed => 0.88,
        Weekday::Thu => 0.92,
        Weekday::Fri => 1.0,
        Weekday::Sat => 1.28,
        Weekday::Sun => 1.18,
    }
}

/// Draws buildings by weight.
struct Lottery {
    /// Sums of the weights up to each building.
    sums: Vec<f64>,
}

impl Lottery {
    fn new(weights: impl Iterator<Item = f64>) -> Self {
        let sums = weights.scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self { sums: sums.collect() }
    }

    /// Index of a building; `None` where there is none.
    fn draw(&self, rng: &mut impl Rng) -> Option<usize> {
        let ticket = rng.random::<f64>() * self.sums.last()?;
        Some(self.sums.partition_point(|&sum| sum <= ticket))
    }
}

/// Who books, and what.
struct Demand<'a> {
    homes: &'a [Home],
    catalogue: &'a Catalogue,
    workdays: Lottery,
    weekends: Lottery,
}

/// Past bookings, then open ones.
pub(super) fn bookings(
    homes: &[Home],
    catalogue: &Catalogue,
    date: NaiveDate,
    rng: &mut impl Rng,
) -> Result<(Vec<Booking>, Vec<Booking>), DemoError> {
    let first = date.checked_sub_days(Days::new(PAST_DAYS)).ok_or(DemoError::Date(date))?;
    let tomorrow = date.succ_opt().ok_or(DemoError::Date(date))?;
    let demand = Demand {
        homes,
        catalogue,
        workdays: Lottery::new(homes.iter().map(|home| home.weekday_weight)),
        weekends: Lottery::new(homes.iter().map(|home| home.weekend_weight)),
    };
    let mut open = Vec::new();
    for _ in 0..count(OPEN_MEAN, rng) {
        let window = window(rng);
        // Before today began, whatever the hour at which the city is made.
        let created = Seconds(-rng.random_range(DAY_S + 1..=4 * DAY_S));
        open.extend(demand.booking(format!("open-{:05}", open.len() + 1), tomorrow, window, created, rng));
    }
    let mut past = Vec::new();
    for (k, day) in first.iter_days().take(PAST_DAYS as usize).enumerate() {
        let grown = (LAST_DAY_MEAN / FIRST_DAY_MEAN).powf(k as f64 / (PAST_DAYS - 1) as f64);
        for _ in 0..count(FIRST_DAY_MEAN * grown * weekday_factor(day), rng) {
            let window = window(rng);
            // Between half an hour before the window and three days.
            let created = window.start - Seconds(rng.random_range(HOUR_S / 2..=3 * DAY_S));
            past.extend(demand.booking(format!("past-{:05}", past.len() + 1), day, window, created, rng));
        }
    }
    Ok((past, open))
}

/// A count around a mean, as spread out as a Poisson count is.
fn count(mean: f64, rng: &mut impl Rng) -> usize {
    // The sum of twelve uniform numbers is nearly normal with deviation 1.
    let normal = (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0;
    (mean + mean.sqrt() * normal).round().max(0.0) as usize
}

fn window(rng: &mut impl Rng) -> DailyHours {
    let mut ticket = rng.random_range(0..WINDOWS.iter().map(|(_, share)| share).sum());
    let drawn = WINDOWS.iter().find(|(_, share)| {
        let hit = ticket < *share;
        ticket = ticket.saturating_sub(*share);
        hit
    });
    let [start, end] = drawn.unwrap_or(&WINDOWS[0]).0;
    DailyHours { start: Seconds(start * HOUR_S), end: Seconds(end * HOUR_S) }
}

impl Demand<'_> {
    /// A booking from a building drawn for the day; `None` only for a city without buildings.
    fn booking(
        &self,
        key: String,
        service_date: NaiveDate,
        window: DailyHours,
        created: Seconds,
        rng: &mut impl Rng,
    ) -> Option<Booking> {
        let lottery = match service_date.weekday() {
            Weekday::Sat | Weekday::Sun => &self.weekends,
            _ => &self.workdays,
        };
        let home = self.homes.get(lottery.draw(rng)?)?;
        let building = &home.building;
        // Residents pick their door on a map of the mainland, which shows GCJ-02; six decimals are what such maps give.
        let (lat, lon) = Datum::Gcj02.from_wgs84(building.place);
        let six_decimals = |degrees: f64| (degrees * 1e6).round() / 1e6;
        Some(Booking {
            key,
            building: Some(building.key.clone()),
            area: building.area.clone(),
            place: building.gate.unwrap_or(building.place),
            entered: Entered { lat: six_decimals(lat), lon: six_decimals(lon), datum: Datum::Gcj02 },
            items: items(rng, self.catalogue),
            window,
            service_date,
            floor: Some(rng.random_range(1..=home.floors)),
            lift: Some(home.lift),
            created,
        })
    }
}
