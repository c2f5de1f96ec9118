//! Layers of the map page as GeoJSON (RFC 7946): WGS-84, longitude first.
//!
//! What the page reads of each feature; everything else is ignored, and a missing property counts as empty or 0.
//!
//! | layer | geometry | properties |
//! |---|---|---|
//! | `GET /v1/map/roads` | `LineString` or `MultiLineString` | `class`: `major`, `minor` or `path` |
//! | `GET /v1/map/cells?date=&area=` | `Polygon` | `cell`: H3 index in hexadecimal; `bookings`: number of the day's bookings in it; `mass_g`: their grams; `zone`: number of the dispatch zone of that day, from 1 |
//! | `GET /v1/map/outlets` | `Point` | `id`; `kind`: as in [`crate::outlet::OutletKind`]; `name_zh`, `name_en` |
//! | `GET /v1/map/routes?date=` | `LineString` or `MultiLineString` | `route_id`: as in [`crate::route::Route::id`] of the published plan |

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

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

/// Parameters of `GET /v1/map/cells`, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CellQuery {
    /// Day in the operator's time zone; today where it is absent.
    #[param(format = Date, example = "2026-11-25")]
    pub date: Option<String>,
    /// Id from `GET /v1/areas`: only cells that the area touches.
    #[param(format = Uuid)]
    pub area: Option<String>,
}
