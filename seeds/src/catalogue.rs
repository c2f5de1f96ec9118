//! Figures of the trade as data: materials, streams, vehicle presets, layout norms and service times.
//!
//! Every figure carries where it comes from and the day it was read; `assumed` says that nobody measured it. The files
//! lie in `data/` and are compiled in; an operator overrides them in its own database.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use huilu_model::{Grams, Litres, Seconds};
use serde::Deserialize;

use crate::codes::coded;
use crate::records::{Compartment, VehicleCosts, VehicleProfile};

/// What stands for "nobody measured it" in a `source`.
pub const ASSUMED: &str = "assumed";

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

/// Kilograms in a cubic metre, which is grams in a litre, of loose material.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Density {
    pub low: f64,
    pub default: f64,
    pub high: f64,
    pub source: String,
    pub as_of: NaiveDate,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    pub grams: Grams,
    pub litres: Litres,
    pub source: String,
    pub as_of: NaiveDate,
}

/// Paid to the resident for one kilogram or piece; negative where the resident pays.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    pub fen: i64,
    pub source: String,
    pub as_of: NaiveDate,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    pub value: f64,
    pub source: String,
    pub as_of: NaiveDate,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Material {
    /// Stable, such as `paper_occ`.
    pub code: String,
    pub zh: String,
    pub en: String,
    /// Code of the stream it is carried in.
    pub stream: String,
    pub class: WasteClass,
    pub unit: Unit,
    pub density_kg_m3: Density,
    pub piece: Option<Piece>,
    pub price: Price,
    /// Kilograms of CO2e avoided by recycling one kilogram; absent is unknown, not zero.
    pub co2e_kg_per_kg: Option<Factor>,
    pub flags: Vec<MaterialFlag>,
    /// Kind in the national statistics; absent where it is reported elsewhere.
    pub report_kind: Option<String>,
    #[serde(default)]
    pub notes: Option<String>,
}

impl Material {
    /// Litres that a loose mass fills, rounded up.
    pub fn litres(&self, mass: Grams) -> Litres {
        Litres((mass.0 as f64 / self.density_kg_m3.default).ceil() as i64)
    }

    pub fn has(&self, flag: MaterialFlag) -> bool {
        self.flags.contains(&flag)
    }

    /// Skills that a crew needs to take it.
    pub fn skills(&self) -> Vec<&'static str> {
        let mut skills = Vec::new();
        if self.has(MaterialFlag::TwoPersons) {
            skills.push("two_persons");
        }
        if self.class == WasteClass::Hazardous {
            skills.push("hazardous_licence");
        }
        skills
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    pub code: String,
    pub zh: String,
    pub en: String,
}

/// Two streams that may not share a compartment.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Incompatible {
    pub a: String,
    pub b: String,
    pub reason: String,
    pub source: String,
    pub as_of: NaiveDate,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehiclePreset {
    pub code: String,
    pub zh: String,
    pub en: String,
    pub profile: VehicleProfile,
    pub payload_g: Grams,
    pub box_l: Litres,
    pub compartments: Vec<Compartment>,
    pub costs: VehicleCosts,
    pub costs_source: String,
    /// `electric`, `petrol` or `diesel`.
    pub energy: String,
    pub co2e_g_per_km: i64,
    pub skills: Vec<String>,
    pub source: String,
    pub as_of: NaiveDate,
}

/// How many outlets a city should have, by one standard or plan.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Norm {
    pub code: String,
    pub urban_households_per_point: Option<u32>,
    pub rural_households_per_point: Option<u32>,
    pub point_area_m2: Option<f64>,
    pub radius_m: Option<u32>,
    pub notes: String,
    pub source: String,
    pub as_of: NaiveDate,
}

/// What a pickup at the door takes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceTimes {
    pub setup_s: Seconds,
    pub per_kg_s: Seconds,
    /// For each material of a booking.
    pub per_item_s: Seconds,
    pub per_piece_two_persons_s: Seconds,
    pub per_floor_without_lift_s: Seconds,
    pub source: String,
    pub as_of: NaiveDate,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Catalogue {
    /// In the order in which lists show them.
    pub streams: Vec<Stream>,
    pub incompatible: Vec<Incompatible>,
    pub materials: Vec<Material>,
    pub vehicle_presets: Vec<VehiclePreset>,
    pub norms: Vec<Norm>,
    pub service_times: ServiceTimes,
}

/// Every fault of the data files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the catalogue is broken: {}", .0.join("; "))]
pub struct CatalogueFaults(pub Vec<String>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StreamFile {
    streams: Vec<Stream>,
    incompatible: Vec<Incompatible>,
}

impl Catalogue {
    /// The one that is compiled in.
    ///
    /// # Errors
    /// [`CatalogueFaults`] where a file was edited into nonsense.
    pub fn built_in() -> Result<Self, CatalogueFaults> {
        let mut faults = Vec::new();
        let streams: Option<StreamFile> = parse("streams.json", include_str!("../data/streams.json"), &mut faults);
        let materials = parse("materials.json", include_str!("../data/materials.json"), &mut faults);
        let presets = parse("vehicle_presets.json", include_str!("../data/vehicle_presets.json"), &mut faults);
        let norms = parse("norms.json", include_str!("../data/norms.json"), &mut faults);
        let times = parse("service_times.json", include_str!("../data/service_times.json"), &mut faults);
        let (Some(streams), Some(materials), Some(vehicle_presets), Some(norms), Some(service_times)) =
            (streams, materials, presets, norms, times)
        else {
            return Err(CatalogueFaults(faults));
        };
        let StreamFile { streams, incompatible } = streams;
        let catalogue = Self { streams, incompatible, materials, vehicle_presets, norms, service_times };
        catalogue.validate()?;
        Ok(catalogue)
    }

    pub fn material(&self, code: &str) -> Option<&Material> {
        self.materials.iter().find(|material| material.code == code)
    }

    pub fn preset(&self, code: &str) -> Option<&VehiclePreset> {
        self.vehicle_presets.iter().find(|preset| preset.code == code)
    }

    /// # Errors
    /// [`CatalogueFaults`] listing every contradiction.
    pub fn validate(&self) -> Result<(), CatalogueFaults> {
        let mut faults = Vec::new();
        let streams: BTreeSet<&str> = self.streams.iter().map(|stream| stream.code.as_str()).collect();
        unique("stream", self.streams.iter().map(|stream| &stream.code), &mut faults);
        unique("material", self.materials.iter().map(|material| &material.code), &mut faults);
        unique("vehicle preset", self.vehicle_presets.iter().map(|preset| &preset.code), &mut faults);
        unique("norm", self.norms.iter().map(|norm| &norm.code), &mut faults);
        let mut pairs = BTreeSet::new();
        for pair in &self.incompatible {
            for side in [&pair.a, &pair.b] {
                if !streams.contains(side.as_str()) {
                    faults.push(format!("incompatible pair names the unknown stream `{side}`"));
                }
            }
            if pair.a == pair.b || !pairs.insert((pair.a.as_str().min(&pair.b), pair.a.as_str().max(&pair.b))) {
                faults.push(format!("incompatible pair `{}`, `{}` is doubled or of one stream", pair.a, pair.b));
            }
        }
        self.materials.iter().for_each(|material| material_faults(material, &streams, &mut faults));
        self.vehicle_presets.iter().for_each(|preset| preset_faults(preset, &streams, &pairs, &mut faults));
        for norm in &self.norms {
            if norm.source.is_empty() {
                faults.push(format!("norm `{}` has no source", norm.code));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(CatalogueFaults(faults)) }
    }
}

fn parse<T: for<'de> Deserialize<'de>>(file: &str, text: &str, faults: &mut Vec<String>) -> Option<T> {
    serde_json::from_str(text).map_err(|cause| faults.push(format!("{file}: {cause}"))).ok()
}

fn unique<'a>(list: &str, codes: impl Iterator<Item = &'a String>, faults: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for code in codes {
        if code.is_empty() || !seen.insert(code) {
            faults.push(format!("{list} code `{code}` is empty or doubled"));
        }
    }
}

fn material_faults(material: &Material, streams: &BTreeSet<&str>, faults: &mut Vec<String>) {
    let mut wrong = |what: &str| faults.push(format!("material `{}`: {what}", material.code));
    let density = &material.density_kg_m3;
    if !streams.contains(material.stream.as_str()) {
        wrong("unknown stream");
    }
    if material.zh.is_empty() || material.en.is_empty() {
        wrong("a name is missing");
    }
    if !(1.0..=8_000.0).contains(&density.default) || !(density.low..=density.high).contains(&density.default) {
        wrong("density is out of its range");
    }
    if material.unit == Unit::Piece && material.piece.is_none() {
        wrong("counted by piece, but what a piece weighs is missing");
    }
    if material.piece.as_ref().is_some_and(|piece| piece.grams <= Grams::ZERO || piece.litres <= Litres::ZERO) {
        wrong("a piece weighs and fills more than nothing");
    }
    if (material.class == WasteClass::Hazardous) != (material.stream == "hazardous") {
        wrong("hazardous class and stream go together");
    }
    if material.class == WasteClass::Hazardous && material.price.fen != 0 {
        wrong("hazardous waste is never priced");
    }
    let sources = [Some(&density.source), Some(&material.price.source)];
    let more = [material.piece.as_ref().map(|p| &p.source), material.co2e_kg_per_kg.as_ref().map(|f| &f.source)];
    if sources.into_iter().chain(more).flatten().any(String::is_empty) {
        wrong("a figure has no source");
    }
}

fn preset_faults(
    preset: &VehiclePreset,
    streams: &BTreeSet<&str>,
    pairs: &BTreeSet<(&str, &str)>,
    faults: &mut Vec<String>,
) {
    let mut wrong = |what: String| faults.push(format!("vehicle preset `{}`: {what}", preset.code));
    let mut seen = BTreeSet::new();
    for stream in preset.compartments.iter().flat_map(|part| &part.streams) {
        if !streams.contains(stream.as_str()) {
            wrong(format!("unknown stream `{stream}`"));
        }
        if !seen.insert(stream) {
            wrong(format!("stream `{stream}` is in two compartments"));
        }
    }
    for part in &preset.compartments {
        for (k, a) in part.streams.iter().enumerate() {
            for b in &part.streams[k + 1..] {
                if pairs.contains(&(a.as_str().min(b), a.as_str().max(b))) {
                    wrong(format!("`{a}` and `{b}` share a compartment but may not mix"));
                }
            }
        }
        if part.capacity_g <= Grams::ZERO || part.capacity_l <= Litres::ZERO {
            wrong("a compartment holds nothing".to_owned());
        }
    }
    if preset.compartments.iter().map(|part| part.capacity_l).sum::<Litres>() > preset.box_l {
        wrong("its compartments are larger than its box".to_owned());
    }
    if preset.source.is_empty() || preset.costs_source.is_empty() {
        wrong("a figure has no source".to_owned());
    }
}

#[cfg(test)]
#[path = "catalogue_tests.rs"]
mod tests;
