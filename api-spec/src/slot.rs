//! Pickup slots that a place can still book.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::common::{Datum, TimeWindow};

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

/// Parameters of `GET /v1/slots`, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SlotQuery {
    /// Degrees north.
    #[param(value_type = f64, minimum = -90.0, maximum = 90.0, example = 22.1987)]
    pub lat: String,
    /// Degrees east.
    #[param(value_type = f64, minimum = -180.0, maximum = 180.0, example = 113.5439)]
    pub lon: String,
    #[param(value_type = Datum)]
    pub datum: String,
    /// Day in the operator's time zone.
    #[param(format = Date, example = "2026-11-25")]
    pub date: String,
}
