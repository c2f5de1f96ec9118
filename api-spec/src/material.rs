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
    /// How an amount is counted and paid: `kg` or `piece`.
    #[schema(example = "kg")]
    pub unit: String,
    /// Grams of a litre of loose material: what fills a collector's box.
    pub loose_g_per_l: f64,
    /// Of one piece, where pieces are counted.
    pub piece_g: Option<i64>,
    pub piece_l: Option<i64>,
    /// Paid to the resident for one unit; negative where the resident pays.
    pub price_fen: i64,
    /// Kilograms of CO2e avoided by recycling one kilogram; absent is unknown, not zero.
    pub co2e_kg_per_kg: Option<f64>,
    /// Such as `hazardous`, `two_persons`, `low_value`.
    pub flags: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stream {
    #[schema(example = "paper")]
    pub code: String,
    pub name: LocalName,
    /// Streams that may not share a compartment with it.
    pub may_not_mix_with: Vec<String>,
}
