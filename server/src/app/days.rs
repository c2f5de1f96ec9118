//! Local days and times of day as they come in.

use chrono::{Days, NaiveDate};
use huilu_api_spec::common::DailyHours as WireHours;
use huilu_model::Seconds;

use super::fault::{FaultCode, Faults};
use super::services::{Actor, Services};
use crate::domain::outlet::DailyHours;

/// The day that a query parameter `date` names.
pub(crate) fn of_query(faults: &mut Faults, text: &str) -> Option<NaiveDate> {
    let date = parse(text);
    if date.is_none() {
        let remedy = "Send a day of the calendar as YYYY-MM-DD, such as 2026-11-25.";
        faults.parameter(FaultCode::BadDate, "date", format!("`{text}` is no day"), remedy);
    }
    date
}

/// Exactly `YYYY-MM-DD`: chrono alone would take `2026-1-5` and `+2026-01-05` too.
pub(crate) fn parse(text: &str) -> Option<NaiveDate> {
    let date: NaiveDate = text.parse().ok()?;
    (date.to_string() == text).then_some(date)
}

/// Today on the operator's clock.
pub(crate) fn today(services: &Services, actor: &Actor) -> NaiveDate {
    actor.operator.zone.date_of(services.clock.now())
}

/// So many days after `date`; `date` itself at the end of the calendar.
pub(crate) fn after(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days)).unwrap_or(date)
}

/// Hours at `pointer` of a body.
pub(crate) fn hours(faults: &mut Faults, pointer: &str, sent: &WireHours) -> Option<DailyHours> {
    let start = time_of_day(faults, format!("{pointer}/opens"), &sent.opens);
    let end = time_of_day(faults, format!("{pointer}/closes"), &sent.closes);
    let (start, end) = (start?, end?);
    if end <= start {
        let remedy = "Send an end after the begin; hours that pass midnight are two entries.";
        faults.body(FaultCode::HoursReversed, pointer, "The hours end before they begin", remedy);
        return None;
    }
    Some(DailyHours { start, end })
}

fn time_of_day(faults: &mut Faults, pointer: String, text: &str) -> Option<Seconds> {
    let time = read_time(text);
    if time.is_none() {
        let message = format!("`{text}` is no time of day");
        faults.body(FaultCode::BadTimeOfDay, pointer, message, "Send HH:MM from 00:00 to 24:00.");
    }
    time
}

fn read_time(text: &str) -> Option<Seconds> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |digits: &str| -> Option<i64> {
        (digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let seconds = hours * 3_600 + minutes * 60;
    (minutes < 60 && seconds <= 86_400).then_some(Seconds(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_written_in_one_way() {
        assert!(parse("2026-11-25").is_some());
        for text in ["2026-1-5", "+2026-01-05", "2026-02-30", "20261125", "", "today", "2026-11-25T00:00:00"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn times_of_day_run_from_00_00_to_24_00() {
        for (text, seconds) in [("00:00", 0), ("09:30", 34_200), ("24:00", 86_400)] {
            assert_eq!(read_time(text), Some(Seconds(seconds)), "{text}");
        }
        for text in ["24:01", "9:30", "09:60", "0930", "-1:00", "+9:00", "09:3", "09:30:00", "", ":"] {
            assert_eq!(read_time(text), None, "{text}");
        }
    }
}
