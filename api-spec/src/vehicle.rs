//! Vehicles: one collector, one box, one shift each.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::DailyHours;

/// Roads it may use and how fast it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VehicleProfile {
    Etrike,
    Van,
    Truck,
}

/// A part of the box. The streams of different compartments of a vehicle are disjoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Compartment {
    #[schema(min_items = 1)]
    pub streams: Vec<String>,
    #[schema(minimum = 1, maximum = 40_000_000)]
    pub capacity_g: i64,
    #[schema(minimum = 1, maximum = 100_000)]
    pub capacity_l: i64,
}

/// One pause between two steps, paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// The pause begins within these hours.
    pub begins: DailyHours,
    #[schema(minimum = 60, maximum = 14_400)]
    pub duration_s: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VehicleCosts {
    /// For each day it is used.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub fixed_fen: i64,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub per_hour_fen: i64,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub per_km_fen: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateVehicle {
    /// Number or name that the crew knows it by.
    #[schema(min_length = 1, max_length = 60)]
    pub name: String,
    pub profile: VehicleProfile,
    pub depot_id: String,
    /// Payload over all compartments.
    #[schema(minimum = 1, maximum = 40_000_000)]
    pub capacity_g: i64,
    #[schema(min_items = 1, max_items = 8)]
    pub compartments: Vec<Compartment>,
    /// Departure and return both lie inside.
    pub shift: DailyHours,
    #[serde(default)]
    #[schema(nullable = false)]
    pub pause: Option<Pause>,
    pub costs: VehicleCosts,
    /// Such as `two_persons` or `hazardous_licence`.
    #[serde(default)]
    pub skills: Vec<String>,
}

/// Only the fields given change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeVehicle {
    #[serde(default)]
    #[schema(nullable = false, min_length = 1, max_length = 60)]
    pub name: Option<String>,
    #[serde(default)]
    #[schema(nullable = false)]
    pub profile: Option<VehicleProfile>,
    #[serde(default)]
    #[schema(nullable = false)]
    pub depot_id: Option<String>,
    #[serde(default)]
    #[schema(nullable = false, minimum = 1, maximum = 40_000_000)]
    pub capacity_g: Option<i64>,
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 8)]
    pub compartments: Option<Vec<Compartment>>,
    #[serde(default)]
    #[schema(nullable = false)]
    pub shift: Option<DailyHours>,
    #[serde(default)]
    #[schema(nullable = false)]
    pub pause: Option<Pause>,
    #[serde(default)]
    #[schema(nullable = false)]
    pub costs: Option<VehicleCosts>,
    #[serde(default)]
    #[schema(nullable = false)]
    pub skills: Option<Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Vehicle {
    pub id: String,
    pub name: String,
    pub profile: VehicleProfile,
    pub depot_id: String,
    pub capacity_g: i64,
    pub compartments: Vec<Compartment>,
    pub shift: DailyHours,
    pub pause: Option<Pause>,
    pub costs: VehicleCosts,
    pub skills: Vec<String>,
    /// False once it is taken out of service.
    pub active: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VehicleList {
    pub vehicles: Vec<Vehicle>,
    pub next_cursor: Option<String>,
}
