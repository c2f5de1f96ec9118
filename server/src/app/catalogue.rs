//! What residents may hand over, and how it is carried.

use huilu_api_spec::material::{Material as WireMaterial, MaterialList, Stream as WireStream};

use super::error::AppResult;
use super::fault::{FaultCode, Faults};
use super::services::{Actor, Services};
use super::wire;
use crate::db::catalogue;
use crate::domain::catalogue::{Catalogue, Material};

/// The operator's whole catalogue.
///
/// # Errors
/// Where the database does not answer.
pub async fn list(services: &Services, actor: &Actor) -> AppResult<MaterialList> {
    let catalogue = load(services, actor).await?;
    let streams = catalogue.streams.iter().map(|stream| WireStream {
        code: stream.code.clone(),
        name: wire::name(&stream.names),
        may_not_mix_with: may_not_mix_with(&catalogue, &stream.code).map(str::to_owned).collect(),
    });
    Ok(MaterialList { materials: catalogue.materials.iter().map(material).collect(), streams: streams.collect() })
}

pub(crate) async fn load(services: &Services, actor: &Actor) -> AppResult<Catalogue> {
    Ok(catalogue::load(services.db.read(), actor.operator_id()).await?)
}

/// Streams that may not share a compartment with `stream`.
pub(crate) fn may_not_mix_with<'a>(catalogue: &'a Catalogue, stream: &'a str) -> impl Iterator<Item = &'a str> {
    catalogue.incompatible.iter().filter_map(move |(one, other)| match stream {
        _ if stream == one => Some(other.as_str()),
        _ if stream == other => Some(one.as_str()),
        _ => None,
    })
}

/// Codes of streams at `pointer` of a body: each known, none twice.
pub(crate) fn check_streams(faults: &mut Faults, catalogue: &Catalogue, pointer: &str, streams: &[String]) {
    if streams.is_empty() {
        faults.body(FaultCode::Empty, pointer, "No stream is named", "Name at least one stream.");
    }
    for (k, code) in streams.iter().enumerate() {
        check_stream(faults, catalogue, format!("{pointer}/{k}"), code);
        if streams[..k].contains(code) {
            let message = format!("`{code}` is named twice");
            faults.body(FaultCode::DuplicateItem, format!("{pointer}/{k}"), message, "Name it once.");
        }
    }
}

/// One code of a stream at `pointer` of a body.
pub(crate) fn check_stream(faults: &mut Faults, catalogue: &Catalogue, pointer: String, code: &str) {
    if !catalogue.streams.iter().any(|stream| stream.code == code) {
        let remedy = "Use one of the streams of GET /v1/materials.";
        faults.body(FaultCode::UnknownStream, pointer, format!("`{code}` is no stream"), remedy);
    }
}

fn material(material: &Material) -> WireMaterial {
    WireMaterial {
        code: material.code.clone(),
        name: wire::name(&material.names),
        stream: material.stream.clone(),
        class: material.class.to_string(),
        unit: material.unit.to_string(),
        loose_g_per_l: material.density_kg_m3,
        piece_g: material.piece.map(|(mass, _)| mass.0),
        piece_l: material.piece.map(|(_, volume)| volume.0),
        price_fen: material.price.0,
        co2e_kg_per_kg: material.co2e_kg_per_kg,
        flags: material.flags.iter().map(ToString::to_string).collect(),
    }
}
