//! Instants, local days and the clock that is passed in.
//!
//! Stored instants are integer milliseconds since the epoch, UTC. A service day is a date in the operator's zone; within
//! it seconds count from local midnight, as elapsed time, so that a day with a clock change stays free of gaps.

use chrono::{DateTime, Days, NaiveDate, SecondsFormat, TimeZone, Utc};
use huilu_model::Seconds;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Instant(pub i64);

impl Instant {
    /// Reads RFC 3339 text with an offset; a fraction below a millisecond is cut off.
    ///
    /// # Errors
    /// What the text lacks.
    pub fn parse(text: &str) -> Result<Self, chrono::ParseError> {
        DateTime::parse_from_rfc3339(text).map(|at| Self(at.timestamp_millis()))
    }

    /// So many seconds later, or earlier where they are negative.
    #[must_use]
    pub fn plus(self, span: Seconds) -> Self {
        Self(self.0.saturating_add(span.0.saturating_mul(1_000)))
    }

    /// Whole seconds from `earlier` to here, rounded down.
    pub fn since(self, earlier: Self) -> Seconds {
        Seconds(self.0.saturating_sub(earlier.0).div_euclid(1_000))
    }
}

/// Where services get the time from; tests pass their own.
pub trait Clock: Send + Sync + std::fmt::Debug {
    fn now(&self) -> Instant;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant(Utc::now().timestamp_millis())
    }
}

/// An IANA time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Zone(chrono_tz::Tz);

/// A name that the time zone database does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no IANA time zone")]
pub struct UnknownZone(pub String);

impl std::str::FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        name.parse().map(Self).map_err(|_| UnknownZone(name.to_owned()))
    }
}

impl std::fmt::Display for Zone {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.0.name())
    }
}

impl Zone {
    /// The first instant of a local day.
    pub fn day_start(self, date: NaiveDate) -> Instant {
        // Some zones skip midnight on the day their clocks go forward: the day then begins with the first minute after.
        let minutes = 0..24 * 60;
        let midnight = date.and_time(chrono::NaiveTime::MIN);
        minutes
            .filter_map(|minute| {
                let local = midnight + chrono::TimeDelta::minutes(minute);
                self.0.from_local_datetime(&local).earliest()
            })
            .next()
            .map_or_else(|| Instant(midnight.and_utc().timestamp_millis()), |at| Instant(at.timestamp_millis()))
    }

    /// The instant so many seconds after the local day began.
    pub fn at(self, date: NaiveDate, since_midnight: Seconds) -> Instant {
        self.day_start(date).plus(since_midnight)
    }

    /// The local day that an instant lies in.
    pub fn date_of(self, at: Instant) -> NaiveDate {
        self.local(at).map_or(NaiveDate::MIN, |local| local.date_naive())
    }

    /// Seconds since the begin of the local day that the instant lies in.
    pub fn seconds_of_day(self, at: Instant) -> Seconds {
        at.since(self.day_start(self.date_of(at)))
    }

    /// First instant of a local day and of the next.
    pub fn day(self, date: NaiveDate) -> (Instant, Instant) {
        let next = date.checked_add_days(Days::new(1)).unwrap_or(date);
        (self.day_start(date), self.day_start(next))
    }

    /// RFC 3339 with the zone's offset, such as `2026-11-25T10:00:00+08:00`; milliseconds only where there are some.
    pub fn rfc3339(self, at: Instant) -> String {
        let format = if at.0.rem_euclid(1_000) == 0 { SecondsFormat::Secs } else { SecondsFormat::Millis };
        self.local(at).map_or_else(String::new, |local| local.to_rfc3339_opts(format, true))
    }

    fn local(self, at: Instant) -> Option<DateTime<chrono_tz::Tz>> {
        self.0.timestamp_millis_opt(at.0).single()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_local_day_in_shanghai_begins_at_16_utc() {
        let zone: Zone = "Asia/Shanghai".parse().unwrap();
        let start = zone.day_start(date("2026-11-25"));
        assert_eq!(start, Instant::parse("2026-11-24T16:00:00Z").unwrap());
        assert_eq!(zone.date_of(start), date("2026-11-25"));
        assert_eq!(zone.date_of(Instant(start.0 - 1)), date("2026-11-24"));
        assert_eq!(zone.rfc3339(zone.at(date("2026-11-25"), Seconds(36_000))), "2026-11-25T10:00:00+08:00");
        assert_eq!(zone.seconds_of_day(Instant(start.0 + 3_600_999)), Seconds(3_600));
    }

    #[test]
    fn clock_changes_shorten_and_lengthen_days() {
        let zone: Zone = "Europe/Berlin".parse().unwrap();
        for (day, hours) in [("2026-03-29", 23), ("2026-03-30", 24), ("2026-10-25", 25)] {
            let (start, end) = zone.day(date(day));
            assert_eq!(end.since(start), Seconds(hours * 3_600), "{day}");
        }
        // Clocks in Cairo went from 23:59:59 of the day before straight to 01:00.
        let cairo: Zone = "Africa/Cairo".parse().unwrap();
        let start = cairo.day_start(date("2024-04-26"));
        assert_eq!(cairo.date_of(start), date("2024-04-26"));
        assert_eq!(cairo.date_of(Instant(start.0 - 1)), date("2024-04-25"));
    }

    #[test]
    fn nonsense_is_refused() {
        assert!("Mars/Olympus".parse::<Zone>().is_err());
        assert!(Instant::parse("2026-11-25T10:00:00").is_err());
    }
}
