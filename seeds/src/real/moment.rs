//! Local times as files write them: `09:30`, `2026-05-02 09:30`, `2026-05-02T09:30:00`, and `05-02 09:30:00` of data
//! whose year was taken away.

use chrono::NaiveDate;
use huilu_model::Seconds;

use super::opening::clock;
use crate::records::DailyHours;

pub(super) const DAY_S: i64 = 86_400;
/// A window that reaches into another day, or close to midnight, ends here: nobody drives later.
pub(super) const LATEST_END: Seconds = Seconds(22 * 3_600);
/// Stands for the year that is missing; a leap year, so that each day exists.
const SOME_YEAR: i32 = 2024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment {
    /// In [`SOME_YEAR`] where the year is missing.
    pub(super) date: Option<NaiveDate>,
    pub(super) has_year: bool,
    /// Since midnight.
    pub(super) clock: Seconds,
}

impl Moment {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let Some((day, time)) = text.trim().split_once(['T', ' ']) else {
            return Some(Self { date: None, has_year: false, clock: clock(text)? });
        };
        let clock = clock(time)?;
        if let Ok(date) = NaiveDate::parse_from_str(day, "%Y-%m-%d") {
            return Some(Self { date: Some(date), has_year: true, clock });
        }
        let (month, day) = day.split_once('-')?;
        let date = NaiveDate::from_ymd_opt(SOME_YEAR, month.parse().ok()?, day.parse().ok()?)?;
        Some(Self { date: Some(date), has_year: false, clock })
    }

    /// Seconds from the midnight of `other`'s day to this moment; both on one day where a date is missing. Across the
    /// turn of a missing year the shorter way round counts.
    pub(super) fn since_midnight_of(self, other: Self) -> Seconds {
        let (Some(own), Some(others)) = (self.date, other.date) else { return self.clock };
        let mut days = own.signed_duration_since(others).num_days();
        if !(self.has_year && other.has_year) {
            days = (days + 549).rem_euclid(366) - 183;
        }
        Seconds(days * DAY_S + self.clock.0)
    }
}

/// The window from one moment to another, cut at [`LATEST_END`].
///
/// # Errors
/// Says so where nothing is left of it.
pub(super) fn window(start: Moment, end: Moment) -> Result<DailyHours, String> {
    let latest = end.since_midnight_of(start);
    let hours = DailyHours { start: start.clock, end: latest.min(LATEST_END) };
    match hours.start < hours.end {
        true => Ok(hours),
        false if latest <= start.clock => Err("the window ends before it starts".to_owned()),
        false => Err("the window starts after 22:00".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Moment {
        Moment::parse(text).unwrap()
    }

    #[test]
    fn windows_end_at_ten_at_the_latest() {
        for (start, end, expect) in [
            ("09:00", "11:00", Some((32_400, 39_600))),
            ("06-07 09:00:00", "06-07 23:59:00", Some((32_400, 79_200))),
            ("06-07 17:00:00", "06-08 19:00:00", Some((61_200, 79_200))),
            ("12-31 17:00:00", "01-01 09:00:00", Some((61_200, 79_200))),
            ("2026-05-02T09:00", "2026-05-02 11:00:30", Some((32_400, 39_630))),
            ("11:00", "09:00", None),
            ("06-07 09:00:00", "06-06 11:00:00", None),
            ("22:00", "23:00", None),
        ] {
            let found = window(at(start), at(end)).ok().map(|w| (w.start.0, w.end.0));
            assert_eq!(found, expect, "{start} {end}");
        }
    }

    #[test]
    fn days_between_moments_are_counted_also_without_a_year() {
        assert_eq!(at("06-05 20:00:00").since_midnight_of(at("06-07 09:00:00")), Seconds(72_000 - 2 * DAY_S));
        assert_eq!(at("12-31 20:00:00").since_midnight_of(at("01-01 09:00:00")), Seconds(72_000 - DAY_S));
        assert_eq!(at("2025-12-31 20:00").since_midnight_of(at("2026-01-01 09:00")), Seconds(72_000 - DAY_S));
    }

    #[test]
    fn other_texts_are_no_moments() {
        for text in ["", "9", "9:00 pm", "2026-02-30 09:00", "02-30 09:00:00", "2026-05-02", "2026-05-02T09:00+08:00"] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }
}
