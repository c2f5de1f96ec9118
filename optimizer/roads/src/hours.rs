//! Hours of the day and of the week: when a journey begins, when something is closed, how fast traffic is.
//!
//! All times are local to the city; nothing here knows a calendar, so public holidays are days like others.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::class::RoadClass;

const MINUTES_PER_DAY: u16 = 24 * 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    pub const ALL: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];

    /// As OpenStreetMap abbreviates it.
    pub fn as_str(self) -> &'static str {
        ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"][self as usize]
    }

    fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.as_str().eq_ignore_ascii_case(text))
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }

    fn before(self) -> Self {
        Self::ALL[(self as usize + 6) % 7]
    }

    fn is_working_day(self) -> bool {
        self <= Weekday::Friday
    }
}

/// When a journey begins, in the city's local time. Without a weekday it is some working day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Departure {
    minute: u16,
    weekday: Option<Weekday>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no departure: write the local time as 08:30, or with its weekday as `Mo 08:30`")]
pub struct BadDeparture(pub String);

impl Departure {
    /// `None` where the hour is not below 24 and the minute not below 60.
    pub fn at(hour: u16, minute: u16) -> Option<Self> {
        (hour < 24 && minute < 60).then_some(Self { minute: hour * 60 + minute, weekday: None })
    }

    #[must_use]
    pub fn on(self, weekday: Weekday) -> Self {
        Self { weekday: Some(weekday), ..self }
    }

    /// Since midnight.
    pub fn minute_of_day(self) -> u16 {
        self.minute
    }

    pub fn weekday(self) -> Option<Weekday> {
        self.weekday
    }

    fn hour(self) -> usize {
        usize::from(self.minute / 60)
    }

    /// The days that it may be.
    fn days(self) -> impl Iterator<Item = Weekday> {
        let one = self.weekday;
        Weekday::ALL.into_iter().filter(move |&day| one.map_or(day.is_working_day(), |only| only == day))
    }
}

impl FromStr for Departure {
    type Err = BadDeparture;

    fn from_str(text: &str) -> Result<Self, BadDeparture> {
        let bad = || BadDeparture(text.to_owned());
        let trimmed = text.trim();
        let (weekday, time) = match trimmed.split_once(' ') {
            Some((day, time)) => (Some(Weekday::of(day).ok_or_else(bad)?), time.trim_start()),
            None => (None, trimmed),
        };
        let minute = minutes(time).filter(|&minute| minute < MINUTES_PER_DAY).ok_or_else(bad)?;
        Ok(Self { minute, weekday })
    }
}

impl fmt::Display for Departure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(day) = self.weekday {
            write!(out, "{} ", day.as_str())?;
        }
        write!(out, "{:02}:{:02}", self.minute / 60, self.minute % 60)
    }
}

/// `H:MM` or `HH:MM` in minutes, up to two days.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |part: &str, most: usize| {
        let fits = (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        if fits { part.parse::<u16>().ok() } else { None }
    };
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2).filter(|_| minutes.len() == 2)?);
    (hours <= 48 && minutes < 60).then_some(hours * 60 + minutes)
}

/// One span of some days. What ends after midnight belongs to the day on which it began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Span {
    /// One bit for each weekday.
    days: u8,
    from: u16,
    /// After `from`; beyond one day where the span crosses midnight.
    to: u16,
}

/// Hours that recur every week, read from and written in a part of OpenStreetMap's `opening_hours` language:
/// `07:00-09:00,17:00-19:00`, `Mo-Fr 07:00-20:00; Sa 09:00-12:00`, `Fr 22:00-06:00`, `24/7`.
///
/// Rules add up; `Su off` takes days out of those before it. Holidays (`PH`, `SH`) are not known and left out.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WeeklyHours {
    spans: Vec<Span>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}`: {cause}; write hours as `07:00-09:00` or `Mo-Fr 07:00-09:00,17:00-19:00; Sa 09:00-12:00`")]
pub struct BadHours {
    pub text: String,
    pub cause: String,
}

const ALL_DAYS: u8 = 0x7f;

impl WeeklyHours {
    /// At any time.
    pub fn always() -> Self {
        Self { spans: vec![Span { days: ALL_DAYS, from: 0, to: MINUTES_PER_DAY }] }
    }

    /// The hours of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.spans.extend(other.spans);
        self.spans.sort_unstable();
        self.spans.dedup();
        self
    }

    pub fn is_always(&self) -> bool {
        self.spans.iter().any(|span| span.days == ALL_DAYS && span.from == 0 && span.to >= MINUTES_PER_DAY)
    }

    /// Whether the departure falls into these hours; where its weekday is open, whether it does on any working day.
    pub fn contain(&self, departure: Departure) -> bool {
        let minute = departure.minute;
        departure.days().any(|day| {
            self.spans.iter().any(|span| {
                let today = span.days & day.bit() != 0 && (span.from..span.to).contains(&minute);
                let since_yesterday =
                    span.days & day.before().bit() != 0 && (span.from..span.to).contains(&(minute + MINUTES_PER_DAY));
                today || since_yesterday
            })
        })
    }
}

impl FromStr for WeeklyHours {
    type Err = BadHours;

    fn from_str(text: &str) -> Result<Self, BadHours> {
        let bad = |cause: String| BadHours { text: text.to_owned(), cause };
        let mut spans: Vec<Span> = Vec::new();
        for rule in text.split(';').map(str::trim).filter(|rule| !rule.is_empty()) {
            read_rule(rule, &mut spans).map_err(bad)?;
        }
        spans.retain(|span| span.days != 0);
        if spans.is_empty() {
            return Err(bad("no hours are left".to_owned()));
        }
        Ok(Self { spans })
    }
}

fn read_rule(rule: &str, spans: &mut Vec<Span>) -> Result<(), String> {
    if rule == "24/7" {
        spans.extend(WeeklyHours::always().spans);
        return Ok(());
    }
    let starts_with_time = rule.starts_with(|c: char| c.is_ascii_digit());
    let (days, rest) = match rule.split_once(' ') {
        _ if starts_with_time => (ALL_DAYS, rule),
        Some((days, rest)) => (read_days(days)?, rest.trim()),
        None if rule == "off" || rule == "closed" => (ALL_DAYS, rule),
        None => (read_days(rule)?, "00:00-24:00"),
    };
    if rest == "off" || rest == "closed" {
        spans.iter_mut().for_each(|span| span.days &= !days);
        return Ok(());
    }
    for part in rest.split(',').map(str::trim) {
        let (from, to) = part.split_once('-').ok_or_else(|| format!("`{part}` is no span of hours"))?;
        let time = |text: &str| minutes(text.trim()).ok_or_else(|| format!("`{}` is no time of day", text.trim()));
        let (from, mut to) = (time(from)?, time(to)?);
        if from >= MINUTES_PER_DAY {
            return Err(format!("`{part}` begins after midnight"));
        }
        if to <= from {
            to += MINUTES_PER_DAY;
        }
        if to - from > MINUTES_PER_DAY {
            return Err(format!("`{part}` is longer than a day"));
        }
        spans.push(Span { days, from, to });
    }
    Ok(())
}

/// `Mo`, `Mo-Fr`, `Sa,Su`, `Fr-Mo`; holidays count for nothing.
fn read_days(text: &str) -> Result<u8, String> {
    let mut days = 0;
    for part in text.split(',').map(str::trim).filter(|&part| part != "PH" && part != "SH") {
        let day = |text: &str| Weekday::of(text).ok_or_else(|| format!("`{text}` is no weekday"));
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (day(first)?, day(last)?),
            None => (day(part)?, day(part)?),
        };
        let length = (last as usize + 7 - first as usize) % 7;
        days |= (0..=length).fold(0, |bits, k| bits | Weekday::ALL[(first as usize + k) % 7].bit());
    }
    Ok(days)
}

impl TryFrom<String> for WeeklyHours {
    type Error = BadHours;

    fn try_from(text: String) -> Result<Self, BadHours> {
        text.parse()
    }
}

impl From<WeeklyHours> for String {
    fn from(hours: WeeklyHours) -> Self {
        hours.to_string()
    }
}

impl fmt::Display for WeeklyHours {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (k, span) in self.spans.iter().enumerate() {
            let days: Vec<&str> =
                Weekday::ALL.into_iter().filter(|day| span.days & day.bit() != 0).map(Weekday::as_str).collect();
            let days = match span.days {
                ALL_DAYS => String::new(),
                0x1f => "Mo-Fr ".to_owned(),
                _ => format!("{} ", days.join(",")),
            };
            let to = if span.to > MINUTES_PER_DAY { span.to - MINUTES_PER_DAY } else { span.to };
            let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
            write!(out, "{}{days}{}-{}", if k == 0 { "" } else { "; " }, time(span.from), time(to))?;
        }
        Ok(())
    }
}

/// Speeds by the hour of departure, relative to the profile's table, which holds daytime averages.
///
/// The curves say what an arterial road gives; other classes feel the hour more or less, by a power of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HourlySpeeds {
    /// Of each hour, Monday to Friday.
    pub working_day: [f64; 24],
    /// Of each hour, Saturday and Sunday.
    pub rest_day: [f64; 24],
    /// Exponent of the curve by class; a class that is absent does not feel the hour.
    pub felt: BTreeMap<RoadClass, f64>,
}

impl HourlySpeeds {
    /// Whether the rest day's curve holds, and the hour on it.
    pub(crate) fn hour(departure: Departure) -> (bool, usize) {
        (departure.weekday.is_some_and(|day| !day.is_working_day()), departure.hour())
    }

    /// Of an hour of departure; between 0.1 and 3 whatever the data say.
    pub(crate) fn factor(&self, class: RoadClass, departure: Departure) -> f64 {
        let (rest_day, hour) = Self::hour(departure);
        let curve = if rest_day { &self.rest_day } else { &self.working_day };
        let felt = self.felt.get(&class).copied().unwrap_or(0.0);
        let factor = curve[hour].powf(felt);
        if factor.is_finite() { factor.clamp(0.1, 3.0) } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(text: &str) -> WeeklyHours {
        text.parse().expect("hours")
    }

    fn inside(text: &str, departure: &str) -> bool {
        hours(text).contain(departure.parse().expect("a departure"))
    }

    #[test]
    fn hours_hold_from_their_first_minute_to_before_their_last() {
        for (departure, expected) in [("06:59", false), ("07:00", true), ("08:59", true), ("09:00", false)] {
            assert_eq!(inside("07:00-09:00", departure), expected, "{departure}");
        }
        assert!(inside("07:00-09:00,17:00-19:00", "18:00") && !inside("07:00-09:00,17:00-19:00", "12:00"));
        assert!(inside("24/7", "00:00") && inside("00:00-24:00", "Su 23:59"));
    }

    #[test]
    fn a_night_belongs_to_the_day_on_which_it_began() {
        for (departure, expected) in
            [("Fr 21:59", false), ("Fr 23:00", true), ("Sa 05:59", true), ("Sa 06:00", false), ("Fr 05:00", false)]
        {
            assert_eq!(inside("Fr 22:00-06:00", departure), expected, "{departure}");
        }
        assert!(inside("Su 22:00-06:00", "Mo 01:00") && inside("Fr-Mo 08:00-09:00", "Su 08:00"));
        assert!(inside("18:00-26:00", "01:59") && !inside("18:00-26:00", "02:00"));
    }

    #[test]
    fn a_departure_without_a_weekday_is_some_working_day() {
        assert!(inside("Mo-Fr 07:00-09:00", "08:00") && inside("We 07:00-09:00", "08:00"));
        assert!(!inside("Sa,Su 07:00-09:00", "08:00") && inside("Sa,Su 07:00-09:00", "Sa 08:00"));
        // The night from Sunday reaches into Monday.
        assert!(inside("Su 22:00-06:00", "05:00"));
    }

    #[test]
    fn rules_add_up_days_are_taken_out_and_holidays_left_out() {
        let text = "Mo-Fr 00:00-06:30,21:30-24:00; Sa 00:00-06:30,15:00-24:00; Su 00:00-24:00; PH 00:00-24:00";
        assert!(inside(text, "Sa 16:00") && !inside(text, "Fr 16:00") && inside(text, "Su 12:00"));
        assert!(!inside("08:00-18:00; Su off", "Su 09:00") && inside("08:00-18:00; Su off", "Sa 09:00"));
        assert!(inside("Mo-Fr,PH 08:00-09:00", "Mo 08:30") && inside("Sa", "Sa 03:00"));
    }

    #[test]
    fn what_is_no_hours_is_refused_with_its_cause() {
        for text in [
            "",
            "7-9",
            "07:00",
            "Mo-Fr 17:00,19:00",
            "25:00-26:00",
            "07:60-08:00",
            "sunrise-sunset",
            "PH 08:00-09:00",
            "Mo 08:00-09:00; Mo off",
            "weight>3.5",
            "Xx 08:00-09:00",
            "Jan-Mar 08:00-09:00",
            "08:00-33:00",
            "-",
            ";",
        ] {
            let error = text.parse::<WeeklyHours>().expect_err(text).to_string();
            assert!(!error.contains('\n') && error.contains(text), "{error}");
        }
        for text in ["", "8", "24:00", "8:5", "Xx 08:00", "08:00 Mo", "08:30:00", "+8:30", "morning"] {
            assert!(text.parse::<Departure>().is_err(), "{text}");
        }
    }

    #[test]
    fn hours_and_departures_are_written_as_they_are_read() {
        for text in ["Mo-Fr 07:00-09:00; 22:00-06:00", "00:00-24:00", "Sa,Su 09:05-10:00"] {
            assert_eq!(hours(text).to_string(), text);
            let json = serde_json::to_string(&hours(text)).expect("json");
            assert_eq!(serde_json::from_str::<WeeklyHours>(&json).expect("json"), hours(text));
        }
        assert_eq!("su 8:05".parse::<Departure>().expect("a departure").to_string(), "Su 08:05");
        assert_eq!(Departure::at(23, 59).map(|at| at.on(Weekday::Monday).to_string()), Some("Mo 23:59".to_owned()));
        assert!(Departure::at(24, 0).is_none() && Departure::at(0, 60).is_none());
    }

    mod random {
        use super::super::*;
        use proptest::prelude::*;

        proptest! {
            #[test]
            fn no_text_breaks_the_reader(text in "[0-9MoTuWeThFrSaSuPH:;,/ off-]{0,40}") {
                if let Ok(hours) = text.parse::<WeeklyHours>() {
                    prop_assert_eq!(hours.to_string().parse::<WeeklyHours>().expect("as written"), hours);
                }
                let _ = text.parse::<Departure>();
            }

            /// A week of minutes beside the reader's own arithmetic.
            #[test]
            fn spans_hold_minute_by_minute(day in 0..7_usize, from in 0..1440_u16, length in 1..=1440_u16) {
                let to = from + length;
                let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
                let hours: WeeklyHours =
                    format!("{} {}-{}", Weekday::ALL[day].as_str(), time(from), time(to)).parse().expect("hours");
                for later in 0..7 * 1440_usize {
                    let minute = (later % 1440) as u16;
                    let weekday = Weekday::ALL[(day + later / 1440) % 7];
                    let at = Departure::at(minute / 60, minute % 60).expect("a time").on(weekday);
                    prop_assert_eq!(hours.contain(at), (usize::from(from)..usize::from(to)).contains(&later));
                }
            }
        }
    }
}
