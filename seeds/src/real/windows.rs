//! When residents book: windows and lead times of real orders (LaDe-P).
//!
//! Wu et al., "LaDe: The First Comprehensive Last-mile Delivery Dataset from Industry", arXiv:2306.10675. Columns:
//! `accept_time`, `time_window_start`, `time_window_end`, each `MM-DD HH:MM:SS`.

use huilu_model::Seconds;

use super::fault::{Faults, ReadError};
use super::moment::{Moment, window};
use super::table::{Names, Table};
use crate::records::DailyHours;

pub(super) const ACCEPTED: Names = &["created", "accept_time"];
pub(super) const START: Names = &["window_start", "time_window_start"];
pub(super) const END: Names = &["window_end", "time_window_end"];

pub(super) const ASSUMED: [&str; 2] = [
    "Windows are those of parcel pickups booked in Shanghai, Hangzhou and Yantai (LaDe) between 06:00 and 22:00; each is as likely \
     as it is frequent there.",
    "Orders that LaDe's residents gave on the day itself count as given at that hour of the day before.",
];

/// One order's window and when it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BookedWindow {
    pub(super) window: DailyHours,
    /// Since midnight of the window's day; negative is an earlier day.
    pub(super) created: Seconds,
}

/// Windows that open earlier are slips of the data: they were given hours after that.
const EARLIEST_START: Seconds = Seconds(6 * 3_600);

/// The windows of one file, in its order. Those that open at night, or of which nothing is left before 22:00, are left
/// out.
pub(super) fn windows(file: &str, bytes: &[u8]) -> Result<Vec<BookedWindow>, ReadError> {
    let mut faults = Faults::of(file);
    let table = Table::read(file, bytes, &[ACCEPTED, START, END], &mut faults)?;
    let mut all = Vec::new();
    for row in table.rows() {
        let mut moment = |names: Names| {
            let moment = row.text(names).and_then(Moment::parse);
            if moment.is_none() {
                faults.add(Some(row.line), format!("{} is no time", names[1]));
            }
            moment
        };
        let (accepted, start, end) = (moment(ACCEPTED), moment(START), moment(END));
        if let (Some(accepted), Some(start), Some(end)) = (accepted, start, end)
            && let Ok(window) = window(start, end)
            && window.start >= EARLIEST_START
        {
            all.push(BookedWindow { window, created: accepted.since_midnight_of(start) });
        }
    }
    if all.is_empty() {
        faults.add(None, "no window");
    }
    faults.or(all)
}
