//! Pickup slots that a place can still book.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::booking::BookingItem;
use crate::common::{Datum, Position, TimeWindow};

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

/// A pickup that looks for its slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotQuestion {
    pub place: Position,
    /// What is handed over; each material at most once.
    #[schema(min_items = 1, max_items = 20)]
    pub items: Vec<BookingItem>,
    /// The local day.
    #[schema(format = Date, example = "2026-11-25")]
    pub date: String,
    /// Share of the day's bookings that is still expected, 0 to 1: so much of the displacement is in the price.
    #[serde(default)]
    #[schema(minimum = 0.0, maximum = 1.0, example = 0.3)]
    pub expected_share: f64,
}

/// What each slot of a day costs the routes, as the day is planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlotOffers {
    #[schema(format = Date)]
    pub date: String,
    /// IANA name.
    pub time_zone: String,
    /// The plan whose routes were asked: the published one, else the newest proposal.
    pub plan_id: String,
    /// The day has changed since it was planned; bookings made since are not on the routes.
    pub stale: bool,
    pub offers: Vec<SlotOffer>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SlotOffer {
    pub window: TimeWindow,
    /// It can be booked, and a route has a place for it.
    pub feasible: bool,
    /// What stands against it: `SLOT_PASSED`, `SLOT_FULL`, or the codes of a booking left out that hold on most routes as they are.
    pub reasons: Vec<String>,
    /// What the routes cost more with it.
    pub marginal_fen: Option<i64>,
    /// What the plan's prices expect it to take from bookings still to come, were all of them still to come.
    pub displacement_fen: Option<i64>,
    /// `marginal_fen` and the expected share of `displacement_fen`.
    pub price_fen: Option<i64>,
}
