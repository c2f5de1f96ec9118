//! Materials, the streams they are carried in, and the streams that may not share a compartment: data of an operator.

use chrono::NaiveDate;
use huilu_model::{Grams, Litres};

use super::amount::{Fen, Names};
use super::codes::coded;

coded! {
    WasteClass as "waste class" {
        Recyclable = "recyclable",
        Hazardous = "hazardous",
        Weee = "weee",
        Bulky = "bulky",
    }
}

coded! {
    /// How an amount is counted and paid.
    Unit as "unit" {
        Kilogram = "kg",
        Piece = "piece",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    pub code: String,
    pub names: Names,
    /// Order in lists.
    pub rank: i32,
}

/// Where a figure comes from and the day it was read; a figure without a source says `assumed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced {
    pub source: String,
    pub as_of: NaiveDate,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Material {
    /// Stable, such as `paper_occ`.
    pub code: String,
    pub names: Names,
    /// Code of its stream.
    pub stream: String,
    pub class: WasteClass,
    pub unit: Unit,
    /// Loose, as it fills a box: kg/m³, which is also grams a litre.
    pub density_kg_m3: f64,
    /// Of one piece, where pieces are counted.
    pub piece: Option<(Grams, Litres)>,
    /// Paid to the resident for one unit; negative where the resident pays.
    pub price: Fen,
    /// Kilograms of CO2e avoided by recycling one kilogram; absent is unknown, not zero.
    pub co2e_kg_per_kg: Option<f64>,
    pub flags: Vec<MaterialFlag>,
    pub sourced: Sourced,
}

impl Material {
    /// Litres that a loose mass fills, rounded up.
    pub fn litres(&self, mass: Grams) -> Litres {
        if self.density_kg_m3 > 0.0 { Litres((mass.0 as f64 / self.density_kg_m3).ceil() as i64) } else { Litres(0) }
    }
}

coded! {
    MaterialFlag as "material flag" {
        LowValue = "low_value",
        Fire = "fire",
        Hazardous = "hazardous",
        Sharp = "sharp",
        DataBearing = "data_bearing",
        TwoPersons = "two_persons",
        ResidentMayPay = "resident_may_pay",
    }
}

/// All of an operator's catalogue, small enough to be read whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Catalogue {
    /// By rank.
    pub streams: Vec<Stream>,
    /// Codes; each pair once, the smaller code first.
    pub incompatible: Vec<(String, String)>,
    /// By code.
    pub materials: Vec<Material>,
}

impl Catalogue {
    pub fn material(&self, code: &str) -> Option<&Material> {
        self.materials.iter().find(|material| material.code == code)
    }
}
