//! Slots: how many pickups a cell can still take in a part of a day.

use chrono::NaiveDate;
use h3o::CellIndex;
use huilu_model::Seconds;

use super::ids::OperatorId;

/// Length of a slot.
pub const SLOT_S: Seconds = Seconds(7_200);

/// Which slot of which cell and day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SlotKey {
    pub operator: OperatorId,
    pub cell: CellIndex,
    pub service_date: NaiveDate,
    /// Slot `k` begins `k` x [`SLOT_S`] after local midnight.
    pub index: u8,
}

impl SlotKey {
    /// The slot of a cell and day in which a window begins; absent outside the day.
    pub fn of_window(
        operator: OperatorId,
        cell: CellIndex,
        service_date: NaiveDate,
        window_start: Seconds,
    ) -> Option<Self> {
        let index = u8::try_from(window_start.0.div_euclid(SLOT_S.0)).ok().filter(|&index| index < 13)?;
        Some(Self { operator, cell, service_date, index })
    }

    /// Begin and end in seconds since local midnight.
    pub fn window(&self) -> (Seconds, Seconds) {
        let start = Seconds(i64::from(self.index) * SLOT_S.0);
        (start, start + SLOT_S)
    }
}

/// How much of a slot is taken. Slots that nobody booked have no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotUsage {
    pub key: SlotKey,
    pub capacity: i64,
    pub used: i64,
}
