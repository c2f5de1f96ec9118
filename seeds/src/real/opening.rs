//! Opening hours as people write them: `24/7`, `08:00-20:00`, `Mo-Su 08:00-12:00,13:00-17:00`.

use huilu_model::Seconds;

use crate::records::DailyHours;

/// Hours of every day; empty is all day. `None` for anything else, such as hours that differ by weekday.
pub(super) fn daily(text: &str) -> Option<Vec<DailyHours>> {
    let text = text.trim();
    if text == "24/7" {
        return Some(Vec::new());
    }
    let text = ["Mo-Su", "daily", "Daily"].iter().find_map(|days| text.strip_prefix(days)).unwrap_or(text);
    let parts = text.split(',').map(|part| {
        let (start, end) = part.trim().split_once('-')?;
        let hours = DailyHours { start: clock(start)?, end: clock(end)? };
        (hours.start < hours.end).then_some(hours)
    });
    parts.collect()
}

/// `HH:MM` or `HH:MM:SS` since midnight, up to 24:00.
pub(super) fn clock(text: &str) -> Option<Seconds> {
    let mut parts = text.trim().split(':').map(|part| {
        let digits = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<i64>().ok()).flatten()
    });
    let (hours, minutes) = (parts.next()??, parts.next()??);
    let seconds = match parts.next() {
        Some(seconds) => seconds?,
        None => 0,
    };
    let total = hours * 3_600 + minutes * 60 + seconds;
    (parts.next().is_none() && minutes < 60 && seconds < 60 && total <= 86_400).then_some(Seconds(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_that_are_the_same_every_day_are_read() {
        let hours = |start, end| DailyHours { start: Seconds(start), end: Seconds(end) };
        assert_eq!(daily("24/7"), Some(vec![]));
        assert_eq!(daily("08:00-20:30"), Some(vec![hours(28_800, 73_800)]));
        assert_eq!(daily("Mo-Su 8:00-12:00, 13:00-24:00"), Some(vec![hours(28_800, 43_200), hours(46_800, 86_400)]));
    }

    #[test]
    fn others_are_not_guessed() {
        for text in
            ["", "Mo-Fr 08:00-20:00", "20:00-08:00", "08:00", "8-20", "08:60-09:00", "08:00-24:01", "+8:00-9:00"]
        {
            assert_eq!(daily(text), None, "{text}");
        }
    }
}
