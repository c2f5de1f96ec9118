//! Pickup slots that a place can still book.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::TimeWindow;

/// The slots of one local day for the H3 cell that the place lies in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SlotList {
    #[schema(format = Date)]
    pub date: String,
    /// IANA name.
    pub time_zone: String,
    /// H3 index whose residents share the capacity.
    #[schema(example = "89411c6dc93ffff")]
    pub cell: String,
    pub slots: Vec<Slot>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Slot {
    pub window: TimeWindow,
    /// Pickups that the cell can take in this slot.
    pub capacity: i64,
    /// Pickups that can still be booked; 0 when the slot has passed.
    pub left: i64,
}
