//! Layers of the map page as GeoJSON (RFC 7946): WGS-84, longitude first.
//!
//! What the page reads of each feature; everything else is ignored, and a missing property counts as empty or 0.
//!
//! | layer | geometry | properties |
//! |---|---|---|
//! | `GET /v1/map/roads` | `LineString` or `MultiLineString` | `class`: `major`, `minor` or `path` |
//! | `GET /v1/map/cells?date=` | `Polygon` | `cell`: H3 index in hexadecimal; `bookings`: number of the day's bookings in it; `mass_g`: their grams |
//! | `GET /v1/map/outlets` | `Point` | `id`; `kind`: as in [`crate::outlet::OutletKind`]; `name_zh`, `name_en` |
//! | `GET /v1/map/routes?date=` | `LineString` or `MultiLineString` | `route_id`: as in [`crate::route::Route::id`] of the published plan |

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A GeoJSON feature collection.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FeatureCollection {
    /// Always `FeatureCollection`.
    #[serde(rename = "type")]
    #[schema(example = "FeatureCollection")]
    pub kind: String,
    #[schema(value_type = Vec<Object>)]
    pub features: Vec<serde_json::Value>,
}

impl FeatureCollection {
    pub fn new(features: Vec<serde_json::Value>) -> Self {
        Self { kind: "FeatureCollection".to_owned(), features }
    }
}
