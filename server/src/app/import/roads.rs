//! A city's OpenStreetMap file becomes a prepared network on disk, named by the digest of the file.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use huilu_model::{Datum, Wgs84};
use huilu_roads::{ImportSummary, RoadNetwork};
use huilu_seeds as seeds;

use super::{records, sha256};
use crate::app::error::{AppError, AppResult};
use crate::app::services::Services;
use crate::db;
use crate::domain::amount::Names;
use crate::domain::operator::Operator;
use crate::domain::place::Bounds;
use crate::domain::{OperatorId, Zone};

#[derive(Clone, Debug)]
pub struct RoadsImported {
    /// Digest of the file, which names the prepared network.
    pub key: String,
    pub file: PathBuf,
    pub summary: Box<ImportSummary>,
}

/// A new city's short name. It is typed in commands and goes into the name of its tokens' file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CityKey(String);

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` cannot be a city's short name: use 1 to 40 of a-z, 0-9 and -")]
pub struct BadCityKey(String);

const CITY_KEY_MAX: usize = 40;

impl FromStr for CityKey {
    type Err = BadCityKey;

    fn from_str(text: &str) -> Result<Self, BadCityKey> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=CITY_KEY_MAX).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(BadCityKey(text.to_owned()))
        }
    }
}

/// A city that is made from its roads.
#[derive(Clone, Debug)]
pub struct NewCity {
    pub key: CityKey,
    pub names: Names,
    pub zone: Zone,
    /// What it collects.
    pub catalogue: seeds::Catalogue,
}

/// Whether the operator's roads were prepared from these very bytes, by this version of the program.
///
/// # Errors
/// An internal error where reading them breaks off.
pub async fn has_roads(services: &Services, operator: &Operator, pbf: &[u8]) -> AppResult<bool> {
    let Some(key) = operator.roads.as_ref().filter(|key| **key == sha256(pbf)) else { return Ok(false) };
    let file = services.roads_file(key);
    let readable = tokio::task::spawn_blocking(move || RoadNetwork::load(&file).is_ok()).await;
    readable.map_err(AppError::internal)
}

/// Prepares the network of the `.osm.pbf` bytes and makes it the operator's. The old one stays where anything fails.
///
/// `progress` is told the share of the work done, from 0 to 1.
///
/// # Errors
/// A conflict `BAD_ROADS` naming what is wrong with the bytes, or where they are of another place; an internal error where
/// nothing can be written.
pub async fn roads(
    services: &Services,
    operator: &Operator,
    pbf: Vec<u8>,
    progress: Arc<dyn Fn(f64) + Send + Sync>,
) -> AppResult<RoadsImported> {
    let ((south_west, north_east), imported) = prepare(services, pbf, progress).await?;
    let city = operator.bounds;
    let beside = north_east.lat < city.south || south_west.lat > city.north;
    if beside || north_east.lon < city.west || south_west.lon > city.east {
        let detail = "these roads lie outside of the city; is it the right extract?";
        return Err(AppError::conflict("BAD_ROADS", detail));
    }
    let tx = services.db.begin().await?;
    db::operators::set_roads(&*tx, operator.id, &imported.key).await?;
    tx.commit().await?;
    Ok(imported)
}

/// As [`roads`], for a city that is not there yet: it serves the bounds of the file.
///
/// # Errors
/// As [`roads`], and a conflict `CITY_EXISTS` where the key is taken.
pub async fn new_city(
    services: &Services,
    city: &NewCity,
    pbf: Vec<u8>,
    progress: Arc<dyn Fn(f64) + Send + Sync>,
) -> AppResult<RoadsImported> {
    let ((south_west, north_east), imported) = prepare(services, pbf, progress).await?;
    let operator = Operator {
        id: OperatorId::new(),
        key: city.key.0.clone(),
        names: city.names.clone(),
        zone: city.zone,
        bounds: Bounds { south: south_west.lat, west: south_west.lon, north: north_east.lat, east: north_east.lon },
        datum: Datum::Wgs84,
        roads: Some(imported.key.clone()),
        created: services.clock.now(),
    };
    let tx = services.db.begin().await?;
    if db::operators::by_key(&*tx, &operator.key).await?.is_some() {
        let detail = format!("The city `{}` is already in this database.", operator.key);
        return Err(AppError::conflict("CITY_EXISTS", detail));
    }
    db::operators::insert(&*tx, &operator).await?;
    db::catalogue::replace(&*tx, operator.id, &records::catalogue(&city.catalogue)?).await?;
    tx.commit().await?;
    Ok(imported)
}

/// Writes the network into the folder of data and tells its bounds, south-west and north-east.
pub(super) async fn prepare(
    services: &Services,
    pbf: Vec<u8>,
    progress: Arc<dyn Fn(f64) + Send + Sync>,
) -> AppResult<((Wgs84, Wgs84), RoadsImported)> {
    let prepared = tokio::task::spawn_blocking(move || RoadNetwork::from_pbf_with(&pbf, &[], &*progress)).await;
    let (network, summary) =
        prepared.map_err(AppError::internal)?.map_err(|cause| AppError::conflict("BAD_ROADS", cause.to_string()))?;
    let key = network.source_sha256().to_owned();
    let file = services.roads_file(&key);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|cause| AppError::Internal(format!("{}: {cause}", folder.display())))?;
    }
    network.save(&file).map_err(AppError::internal)?;
    Ok((network.bounds(), RoadsImported { key, file, summary: Box::new(summary) }))
}
