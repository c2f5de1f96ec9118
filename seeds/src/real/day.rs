//! Bookings of a day, drawn: who (by households), when (as real orders), what (by the assumed mix).

use chrono::{Datelike, Days, NaiveDate, Weekday};
use huilu_model::{Datum, Seconds};
use rand::{Rng, RngExt};

use super::moment::DAY_S;
use super::windows::BookedWindow;
use crate::amounts;
use crate::catalogue::Catalogue;
use crate::records::{Booking, Building, Entered};

/// Open bookings for the next day; the size that a day's plan is measured with.
pub(super) const OPEN_BOOKINGS: usize = 1_500;
const PAST_DAYS: u64 = 14;
/// Of a working day and of a day at the weekend; 10,000 in two weeks.
const PAST_WEEKDAY: usize = 660;
const PAST_WEEKEND_DAY: usize = 850;

pub(super) const ASSUMED: [&str; 2] = [
    "Bookings are drawn: each household is equally likely to book, 1,500 pickups for the next day.",
    "The two weeks before hold 10,000 drawn pickups, a third more on a day of the weekend.",
];

/// What a day's bookings are drawn from.
#[derive(Debug)]
pub(super) struct Draw<'a> {
    catalogue: &'a Catalogue,
    windows: &'a [BookedWindow],
    homes: Vec<&'a Building>,
    /// Households of all homes up to each.
    households: Vec<u64>,
    /// What the residents' phones give.
    datum: Datum,
}

impl<'a> Draw<'a> {
    /// `None` where nobody lives or no window is known.
    pub(super) fn new(
        catalogue: &'a Catalogue,
        buildings: &'a [Building],
        windows: &'a [BookedWindow],
        datum: Datum,
    ) -> Option<Self> {
        let homes: Vec<&Building> = buildings.iter().filter(|building| building.households > 0).collect();
        let mut sum = 0;
        let households = homes.iter().map(|home| {
            sum += u64::from(home.households);
            sum
        });
        let households: Vec<u64> = households.collect();
        (sum > 0 && !windows.is_empty()).then_some(Self { catalogue, windows, homes, households, datum })
    }

    /// All for the day after `date`, none given later than `date`.
    pub(super) fn open(&self, rng: &mut impl Rng, date: NaiveDate) -> Vec<Booking> {
        let tomorrow = date.checked_add_days(Days::new(1)).unwrap_or(date);
        let before_midnight = |created: Seconds| if created.0 >= 0 { Seconds(created.0 - DAY_S) } else { created };
        (1..=OPEN_BOOKINGS)
            .map(|k| {
                let drawn = self.booking(rng, tomorrow, format!("booking-{k:04}"));
                Booking { created: before_midnight(drawn.created), ..drawn }
            })
            .collect()
    }

    /// Of the two weeks that end with the day before `date`, in the order of days.
    pub(super) fn past(&self, rng: &mut impl Rng, date: NaiveDate) -> Vec<Booking> {
        let mut all = Vec::new();
        for day in (1..=PAST_DAYS).rev().filter_map(|ago| date.checked_sub_days(Days::new(ago))) {
            let weekend = matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
            let n = if weekend { PAST_WEEKEND_DAY } else { PAST_WEEKDAY };
            all.extend((1..=n).map(|k| self.booking(rng, day, format!("past-{day}-{k:04}"))));
        }
        all
    }

    fn booking(&self, rng: &mut impl Rng, service_date: NaiveDate, key: String) -> Booking {
        let households = self.households.last().copied().unwrap_or(1);
        let who = rng.random_range(0..households);
        let home = self.homes[self.households.partition_point(|&up_to| up_to <= who)];
        let BookedWindow { window, created } = self.windows[rng.random_range(0..self.windows.len())];
        let (floor, lift) = amounts::floor_and_lift(rng);
        let (lat, lon) = self.datum.from_wgs84(home.place);
        Booking {
            key,
            building: Some(home.key.clone()),
            area: home.area.clone(),
            place: home.gate.unwrap_or(home.place),
            entered: Entered { lat, lon, datum: self.datum },
            items: amounts::items(rng, self.catalogue),
            window,
            service_date,
            floor: Some(floor),
            lift: Some(lift),
            created,
        }
    }
}
