//! Depots, and vehicles: one collector, one box, one shift each.

use huilu_model::{Grams, Litres, Seconds};
use serde::{Deserialize, Serialize};

use super::amount::{Fen, Names};
use super::codes::coded;
use super::ids::{DepotId, OperatorId, VehicleId};
use super::outlet::DailyHours;
use super::place::Place;
use super::time::Instant;

#[derive(Clone, Debug, PartialEq)]
pub struct Depot {
    pub id: DepotId,
    pub operator: OperatorId,
    pub names: Names,
    pub place: Place,
    pub active: bool,
    pub created: Instant,
    pub updated: Instant,
    pub version: i64,
}

coded! {
    /// Which roads a vehicle may use and how fast it is there.
    VehicleProfile as "vehicle profile" {
        Etrike = "etrike",
        Van = "van",
        Truck = "truck",
    }
}

/// A part of the box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Compartment {
    /// Codes of streams.
    pub streams: Vec<String>,
    pub capacity_g: Grams,
    pub capacity_l: Litres,
}

/// One paid pause between two steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// It begins within these hours.
    pub begins: DailyHours,
    pub duration: Seconds,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehicleCosts {
    /// For each day it is used.
    pub fixed: Fen,
    pub per_hour: Fen,
    pub per_km: Fen,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Vehicle {
    pub id: VehicleId,
    pub operator: OperatorId,
    /// Number or name that the crew knows it by.
    pub name: String,
    /// Preset it was made from, such as `microvan`.
    pub preset: Option<String>,
    pub profile: VehicleProfile,
    pub depot: DepotId,
    /// Payload over all compartments.
    pub capacity: Grams,
    pub compartments: Vec<Compartment>,
    /// Departure and return both lie inside.
    pub shift: DailyHours,
    pub pause: Option<Pause>,
    pub costs: VehicleCosts,
    /// Such as `two_persons` or `hazardous_licence`.
    pub skills: Vec<String>,
    pub active: bool,
    pub created: Instant,
    pub updated: Instant,
    pub version: i64,
}
