//! What collectors report about the steps of a route: appended, never changed.

use huilu_model::Grams;
use serde::{Deserialize, Serialize};

use super::booking::FailureReason;
use super::codes::coded;
use super::ids::{OperatorId, ReportId, RouteId, StepId, TokenId};
use super::time::Instant;

coded! {
    ReportKind as "report kind" {
        Arrived = "arrived",
        Collected = "collected",
        Failed = "failed",
    }
}

/// Weighed mass of a material.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    pub material: String,
    pub grams: Grams,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepReport {
    pub id: ReportId,
    pub operator: OperatorId,
    pub route: RouteId,
    pub step: StepId,
    /// Made by the collector's phone: once for each route.
    pub client_id: String,
    pub kind: ReportKind,
    pub weights: Vec<Weight>,
    pub reason: Option<FailureReason>,
    pub actor: Option<TokenId>,
    /// On the phone's clock.
    pub happened: Instant,
    pub received: Instant,
}
