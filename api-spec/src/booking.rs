//! Door pickups that residents book.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::common::{Position, TimeWindow};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBooking {
    pub place: Position,
    /// What the collector needs to find the door; shown to nobody else.
    #[serde(default)]
    #[schema(nullable = false, max_length = 200)]
    pub address: Option<String>,
    /// What is handed over; each material at most once.
    #[schema(min_items = 1, max_items = 20)]
    pub items: Vec<BookingItem>,
    /// When the collector may come: within 06:00 to 22:00 of one local day, at least 30 minutes.
    pub window: TimeWindow,
}

/// A rough amount of one material.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookingItem {
    /// Code from `GET /v1/materials`.
    #[schema(example = "paper_occ")]
    pub material: String,
    /// Above 0.
    #[schema(example = 6000)]
    pub amount_g: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BookingState {
    Draft,
    Held,
    Booked,
    Assigned,
    EnRoute,
    Arrived,
    Weighed,
    Accepted,
    Paid,
    Completed,
    Cancelled,
    Failed,
    Disputed,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Booking {
    pub id: String,
    pub state: BookingState,
    /// The local day of the pickup.
    #[schema(format = Date)]
    pub service_date: String,
    pub window: TimeWindow,
    pub place: Position,
    pub address: Option<String>,
    pub items: Vec<BookedItem>,
    #[schema(format = DateTime)]
    pub created_at: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BookedItem {
    pub material: String,
    pub amount_g: i64,
    /// From the amount and the material's loose density, rounded up.
    pub volume_l: i64,
    /// Once weighed.
    pub weighed_g: Option<i64>,
}

/// Newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BookingList {
    pub bookings: Vec<Booking>,
    /// Give it as `cursor` for the next page; absent on the last one.
    pub next_cursor: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelBooking {
    #[serde(default)]
    #[schema(nullable = false, max_length = 500)]
    pub reason: Option<String>,
}

/// Parameters of `GET /v1/bookings`, as text; what they mean is checked with everything else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BookingQuery {
    /// Local day of the pickup.
    #[param(format = Date, example = "2026-11-25")]
    pub date: Option<String>,
    #[param(value_type = Option<BookingState>)]
    pub state: Option<String>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Entries of a page; 50 where it is absent.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 200)]
    pub limit: Option<String>,
}
