//! Outlets: where residents hand in and collectors unload.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::common::{DailyHours, Datum, LocalName, Position, StreamAmount};

/// Tier and kind in one; `domain` terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OutletKind {
    SmartBin,
    CollectionPoint,
    TransferStation,
    SortingCenter,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateOutlet {
    pub name: LocalName,
    pub kind: OutletKind,
    pub place: Position,
    /// Stream codes from `GET /v1/materials`.
    #[schema(min_items = 1)]
    pub streams: Vec<String>,
    /// Whether collectors may unload here.
    #[serde(default)]
    pub accepts_collectors: bool,
    /// Empty: open all day.
    #[serde(default)]
    #[schema(max_items = 4)]
    pub hours: Vec<DailyHours>,
    /// Seconds that an unloading takes.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 14_400)]
    pub unload_s: i64,
    /// Paid by the collector's operator for each unloading; negative where the outlet pays.
    #[serde(default)]
    #[schema(minimum = -10_000_000, maximum = 10_000_000)]
    pub gate_fee_fen: i64,
    /// What it takes on one day; a stream that is absent is unlimited.
    #[serde(default)]
    pub capacity: Vec<StreamAmount>,
}

/// Only the fields given change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeOutlet {
    #[serde(default)]
    #[schema(nullable = false)]
    pub name: Option<LocalName>,
    #[serde(default)]
    #[schema(nullable = false)]
    pub kind: Option<OutletKind>,
    #[serde(default)]
    #[schema(nullable = false)]
    pub place: Option<Position>,
    #[serde(default)]
    #[schema(nullable = false, min_items = 1)]
    pub streams: Option<Vec<String>>,
    #[serde(default)]
    #[schema(nullable = false)]
    pub accepts_collectors: Option<bool>,
    #[serde(default)]
    #[schema(nullable = false, max_items = 4)]
    pub hours: Option<Vec<DailyHours>>,
    #[serde(default)]
    #[schema(nullable = false, minimum = 0, maximum = 14_400)]
    pub unload_s: Option<i64>,
    #[serde(default)]
    #[schema(nullable = false, minimum = -10_000_000, maximum = 10_000_000)]
    pub gate_fee_fen: Option<i64>,
    #[serde(default)]
    #[schema(nullable = false)]
    pub capacity: Option<Vec<StreamAmount>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Outlet {
    pub id: String,
    pub name: LocalName,
    pub kind: OutletKind,
    pub place: Position,
    pub streams: Vec<String>,
    pub accepts_collectors: bool,
    pub hours: Vec<DailyHours>,
    pub unload_s: i64,
    pub gate_fee_fen: i64,
    pub capacity: Vec<StreamAmount>,
    /// False once it is closed.
    pub active: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OutletList {
    pub outlets: Vec<Outlet>,
    pub next_cursor: Option<String>,
}

/// Nearest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NearestOutlets {
    pub outlets: Vec<NearbyOutlet>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct NearbyOutlet {
    pub outlet: Outlet,
    pub distance_m: i64,
    pub basis: DistanceBasis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DistanceBasis {
    /// As the crow flies.
    StraightLine,
    /// Along the foot network.
    Foot,
}

/// Parameters of `GET /v1/outlets/nearest`, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NearestQuery {
    /// Degrees north.
    #[param(value_type = f64, minimum = -90.0, maximum = 90.0, example = 22.1987)]
    pub lat: String,
    /// Degrees east.
    #[param(value_type = f64, minimum = -180.0, maximum = 180.0, example = 113.5439)]
    pub lon: String,
    #[param(value_type = Datum)]
    pub datum: String,
    /// Only outlets that take this stream.
    #[param(example = "paper")]
    pub stream: Option<String>,
    /// Only outlets that take the stream of this material.
    #[param(example = "paper_occ")]
    pub material: Option<String>,
    /// At most so many; 5 where it is absent.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 50)]
    pub limit: Option<String>,
}
