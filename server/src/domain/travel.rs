//! What seconds and metres stand on.

use huilu_model::Datum;
use serde::{Deserialize, Serialize};

use super::codes::coded;

coded! {
    TravelKind as "kind of travel figures" {
        /// The city's own road network.
        Roads = "roads",
        /// An OSRM server.
        Osrm = "osrm",
        /// A Valhalla server.
        Valhalla = "valhalla",
        /// A guess: great circle times circuity.
        Estimate = "estimate",
    }
}

/// Where figures came from, as told beside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TravelSource {
    pub kind: TravelKind,
    /// What a reader of the figures should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why these figures stand in for those of the source that was chosen, where they do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_in: Option<String>,
}

/// Where the figures of one profile of a plan came from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileTravel {
    pub profile: String,
    pub source: TravelSource,
    /// Places that no road of the profile is near enough to.
    pub places_too_far: u64,
}

/// Zones of a city that are closed to vehicles at given hours, as their file said it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosedZones {
    /// Of the file's coordinates.
    pub datum: Datum,
    /// A GeoJSON FeatureCollection.
    pub geojson: String,
}
