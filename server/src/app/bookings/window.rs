//! When a collector may come: within one local day, in working hours, not too soon and not too far ahead.

use chrono::NaiveDate;
use huilu_api_spec::common::TimeWindow;
use huilu_model::Seconds;

use crate::app::days;
use crate::app::fault::{FaultCode, Faults};
use crate::app::slots::{DAY_BEGINS, DAY_ENDS, DAYS_AHEAD};
use crate::domain::booking::PickupWindow;
use crate::domain::{Instant, Zone};

/// Shorter than this no route can promise.
const LENGTH_MIN: Seconds = Seconds(30 * 60);

/// The service date and window that `sent` names, where it has no fault.
pub(super) fn check(
    faults: &mut Faults,
    zone: Zone,
    now: Instant,
    sent: &TimeWindow,
) -> Option<(NaiveDate, PickupWindow)> {
    let start = instant(faults, "/window/start", &sent.start);
    let end = instant(faults, "/window/end", &sent.end);
    let (start, end) = (start?, end?);
    let mut fault = |code, pointer: &str, message: &str, remedy: String| faults.body(code, pointer, message, remedy);
    if end <= start {
        let remedy = "Send an end after the start.".to_owned();
        fault(FaultCode::WindowReversed, "/window", "The window ends before it begins", remedy);
        return None;
    }
    let date = zone.date_of(start);
    let window =
        PickupWindow { start_s: zone.seconds_of_day(start), end_s: end.since(zone.day_start(date)), start, end };
    let mut sound = true;
    let mut refuse = |code, pointer: &str, message: &str, remedy: String| {
        fault(code, pointer, message, remedy);
        sound = false;
    };
    if start < now {
        let remedy = format!("Begin after {}.", zone.rfc3339(now));
        refuse(FaultCode::WindowInPast, "/window/start", "The window begins in the past", remedy);
    }
    let last = days::after(zone.date_of(now), DAYS_AHEAD);
    if date > last {
        let remedy = format!("Choose a day up to {last}.");
        refuse(FaultCode::TooFarAhead, "/window/start", "The day lies too far ahead", remedy);
    }
    if end.since(start) < LENGTH_MIN {
        let remedy = format!("Leave at least {} minutes.", LENGTH_MIN.0 / 60);
        refuse(FaultCode::WindowTooShort, "/window", "The window is too short", remedy);
    }
    // A window that ends with the day still lies within it.
    if end > zone.day(date).1 {
        let remedy = format!("Stay within one day of {zone}; book another day with another booking.");
        refuse(FaultCode::WindowNotOneDay, "/window", "The window reaches into another local day", remedy);
    } else if window.start_s < DAY_BEGINS || window.end_s > DAY_ENDS {
        let clock = |seconds: Seconds| format!("{:02}:00", seconds.0 / 3_600);
        let remedy = format!("Stay between {} and {}, {zone} time.", clock(DAY_BEGINS), clock(DAY_ENDS));
        refuse(FaultCode::WindowOutsideHours, "/window", "Nobody collects at that time", remedy);
    }
    sound.then_some((date, window))
}

fn instant(faults: &mut Faults, pointer: &str, text: &str) -> Option<Instant> {
    // Whole seconds are all that planning knows.
    let instant = Instant::parse(text).ok().map(|at| Instant(at.0.div_euclid(1_000) * 1_000));
    if instant.is_none() {
        let remedy = "Send RFC 3339 with an offset, such as 2026-11-25T10:00:00+08:00.";
        faults.body(FaultCode::BadInstant, pointer, format!("`{text}` is no instant"), remedy);
    }
    instant
}
