//! Layers of the map page as GeoJSON (RFC 7946): WGS-84, longitude first.

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
