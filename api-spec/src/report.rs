//! What a collector reports about a step of the route.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportKind {
    Arrived,
    /// Handed over and weighed; `weights` is needed.
    Collected,
    /// Not collected; `reason` is needed.
    Failed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureReason {
    NoShow,
    RefusedItems,
    Unsafe,
    OutOfArea,
    Access,
}

/// Needs an `Idempotency-Key`. The same `client_id` on the same route is recorded once, whatever the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateReport {
    /// Chosen by the collector's phone, so that a report sent again later is the same report.
    #[schema(min_length = 1, max_length = 64)]
    pub client_id: String,
    pub kind: ReportKind,
    /// Weighed masses of a `collected` report; each material at most once.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub weights: Vec<Weight>,
    #[serde(default)]
    #[schema(nullable = false)]
    pub reason: Option<FailureReason>,
    /// When it happened on the phone's clock; the server's time where it is absent.
    #[serde(default)]
    #[schema(nullable = false, format = DateTime)]
    pub happened_at: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    #[schema(example = "paper_occ")]
    pub material: String,
    #[schema(minimum = 0, maximum = 40_000_000)]
    pub grams: i64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    pub id: String,
    pub route_id: String,
    pub step_id: String,
    pub client_id: String,
    pub kind: ReportKind,
    pub weights: Vec<Weight>,
    pub reason: Option<FailureReason>,
    #[schema(format = DateTime)]
    pub happened_at: String,
    #[schema(format = DateTime)]
    pub received_at: String,
}
