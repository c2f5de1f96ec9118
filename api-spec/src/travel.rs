//! Travel on the city's roads: matrices, route lines, and what is reached within a time.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::Datum;

/// Places in one request for a matrix.
pub const MATRIX_POINTS_MAX: usize = 4_000;
/// Sources times targets of one request: 2,000 x 2,000.
pub const MATRIX_ENTRIES_MAX: usize = 4_000_000;
/// Places that one route leads through.
pub const ROUTE_POINTS_MAX: usize = 200;

/// Who travels: which roads, how fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TravelProfile {
    Etrike,
    Van,
    Truck,
    Foot,
}

/// Degrees, in the datum that stands beside it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LatLon {
    /// Degrees north.
    #[schema(minimum = -90.0, maximum = 90.0, example = 22.1987)]
    pub lat: f64,
    /// Degrees east.
    #[schema(minimum = -180.0, maximum = 180.0, example = 113.5439)]
    pub lon: f64,
}

/// Asks for seconds and metres between places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "profile": "van",
    "datum": "wgs84",
    "points": [{"lat": 22.1987, "lon": 113.5439}, {"lat": 22.1921, "lon": 113.5512}, {"lat": 22.1563, "lon": 113.5577}],
    "sources": [0],
    "targets": [1, 2],
    "depart": "08:30",
}))]
pub struct MatrixRequest {
    pub profile: TravelProfile,
    /// Of all points.
    pub datum: Datum,
    #[schema(min_items = 1, max_items = 4_000)]
    pub points: Vec<LatLon>,
    /// Indices of points, one for each row; all points in their order where it is absent. Rows times columns are at
    /// most 4,000,000.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 4_000)]
    pub sources: Option<Vec<u32>>,
    /// Indices of points, one for each column; all points in their order where it is absent.
    #[serde(default)]
    #[schema(nullable = false, min_items = 1, max_items = 4_000)]
    pub targets: Option<Vec<u32>>,
    /// Local time of departure, `08:30` or with its weekday `Mo 08:30`: speeds and closures of that hour. Without it
    /// speeds are daytime averages, and only zones that are closed at any time are closed.
    #[serde(default)]
    #[schema(nullable = false, max_length = 20, example = "08:30")]
    pub depart: Option<String>,
}

/// Where a point meets the road.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Snapped {
    /// Metres from the point to the road.
    pub distance_m: f64,
    /// The road's point, `wgs84`.
    pub lat: f64,
    pub lon: f64,
    /// Why nobody can start or end there at that hour, where the road is closed; then no way leads there.
    pub closed_by: Option<String>,
    /// Whether vehicles stop there only on the point's own side of the road, as on wide roads with traffic both ways: a
    /// way may lead round the block for it.
    pub kerb_only: bool,
    /// Where the point lies in a compound or building without roads: the entrance through which it is reached, `wgs84`.
    pub entrance: Option<LatLon>,
}

/// What computed seconds and metres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TravelKind {
    /// The city's own road network.
    Roads,
    /// An OSRM server.
    Osrm,
    /// A Valhalla server.
    Valhalla,
    /// A guess: great circle times circuity.
    Estimate,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TravelSource {
    pub kind: TravelKind,
    /// What a reader of the figures should know.
    pub note: Option<String>,
    /// Where an estimate stands in for the source that was chosen: why that one failed.
    pub stands_in: Option<String>,
}

/// Rows are the sources, columns the targets, in the order that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "seconds": [[212, null]],
    "metres": [[1630, null]],
    "snapped": [
        {"distance_m": 4.2, "lat": 22.198712, "lon": 113.543866, "closed_by": null, "kerb_only": false, "entrance": null},
        {"distance_m": 11.0, "lat": 22.192043, "lon": 113.551301, "closed_by": null, "kerb_only": true, "entrance": null},
        null,
    ],
    "source": {"kind": "roads", "note": null, "stands_in": null},
}))]
pub struct TravelMatrix {
    /// Of the fastest way; null where there is none.
    pub seconds: Vec<Vec<Option<u32>>>,
    /// Along the fastest way; null where there is none.
    pub metres: Vec<Vec<Option<u32>>>,
    /// One for each point: where it meets the road; null for a point farther than 500 m from any road of the profile,
    /// which nothing reaches.
    pub snapped: Vec<Option<Snapped>>,
    pub source: TravelSource,
}

/// Asks for the way through places in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "profile": "van",
    "datum": "gcj02",
    "points": [{"lat": 22.1987, "lon": 113.5439}, {"lat": 22.1921, "lon": 113.5512}],
}))]
pub struct RouteRequest {
    pub profile: TravelProfile,
    /// Of all points.
    pub datum: Datum,
    #[schema(min_items = 2, max_items = 200)]
    pub points: Vec<LatLon>,
    /// Local time of departure, `08:30` or with its weekday `Mo 08:30`: speeds and closures of that hour. Without it
    /// speeds are daytime averages, and only zones that are closed at any time are closed.
    #[serde(default)]
    #[schema(nullable = false, max_length = 20, example = "08:30")]
    pub depart: Option<String>,
}

/// From one point to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TravelLeg {
    pub seconds: u32,
    pub metres: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "seconds": 212,
    "metres": 1630,
    "legs": [{"seconds": 212, "metres": 1630}],
    "line": [{"lat": 22.198712, "lon": 113.543866}, {"lat": 22.192043, "lon": 113.551301}],
    "snapped": [
        {"distance_m": 4.2, "lat": 22.198712, "lon": 113.543866, "closed_by": null, "kerb_only": false, "entrance": null},
        {"distance_m": 11.0, "lat": 22.192043, "lon": 113.551301, "closed_by": null, "kerb_only": true, "entrance": null},
    ],
    "source": {"kind": "roads", "note": null, "stands_in": null},
}))]
pub struct TravelRoute {
    /// Of all legs; null where one of them has no way.
    pub seconds: Option<u64>,
    /// Of all legs; null where one of them has no way.
    pub metres: Option<u64>,
    /// One fewer than points; null where no way leads to the next point.
    pub legs: Vec<Option<TravelLeg>>,
    /// Through all points along the roads, `wgs84`; null where a leg has no way.
    pub line: Option<Vec<LatLon>>,
    /// One for each point: where it meets the road; null where it is too far from any.
    pub snapped: Vec<Option<Snapped>>,
    pub source: TravelSource,
}

/// Minutes in one request for what is reached.
pub const REACH_LIMITS_MAX: usize = 8;

/// Asks for what is reached from a place within limits of time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "profile": "foot",
    "datum": "wgs84",
    "from": {"lat": 22.1987, "lon": 113.5439},
    "limits_s": [300, 600, 900],
}))]
pub struct ReachRequest {
    pub profile: TravelProfile,
    /// Of `from`.
    pub datum: Datum,
    pub from: LatLon,
    /// Seconds; one area for each.
    #[schema(min_items = 1, max_items = 8)]
    pub limits_s: Vec<ReachLimit>,
    /// Local time of departure, `08:30` or with its weekday `Mo 08:30`: speeds and closures of that hour. Without it
    /// speeds are daytime averages, and only zones that are closed at any time are closed.
    #[serde(default)]
    #[schema(nullable = false, max_length = 20, example = "08:30")]
    pub depart: Option<String>,
}

/// Seconds, up to three hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(minimum = 1, maximum = 10_800, example = 600)]
pub struct ReachLimit(pub u32);
