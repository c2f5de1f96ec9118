//! What residents may hand over, and how it is carried.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::LocalName;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MaterialList {
    pub materials: Vec<Material>,
    pub streams: Vec<Stream>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Material {
    /// Stable; what bookings and reports name.
    #[schema(example = "paper_occ")]
    pub code: String,
    pub name: LocalName,
    /// The stream it is carried in.
    #[schema(example = "paper")]
    pub stream: String,
    /// `recyclable`, `weee`, `bulky` or `hazardous`.
    #[schema(example = "recyclable")]
    pub class: String,
    /// Grams of a litre of loose material: what fills a collector's box.
    pub loose_g_per_l: f64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stream {
    #[schema(example = "paper")]
    pub code: String,
    /// Streams that may not share a compartment with it.
    pub may_not_mix_with: Vec<String>,
}
