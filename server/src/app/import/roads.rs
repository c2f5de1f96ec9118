//! A city's OpenStreetMap file becomes a prepared network on disk, named by the digest of what it was made from: the file
//! and the profiles. What the city changes in the profiles lies beside it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use huilu_model::{Datum, Wgs84};
use huilu_roads::{BadOverrides, ImportSummary, ProfileSpec, RoadNetwork};
use huilu_seeds as seeds;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{events, hex, records};
use crate::app::error::{AppError, AppResult};
use crate::app::services::Services;
use crate::db;
use crate::domain::amount::Names;
use crate::domain::operator::Operator;
use crate::domain::place::Bounds;
use crate::domain::{OperatorId, Zone};

#[derive(Clone, Debug)]
pub struct RoadsImported {
    /// Digest of the file and the profiles, which names the prepared network.
    pub key: String,
    pub file: PathBuf,
    pub summary: Box<ImportSummary>,
}

impl RoadsImported {
    /// For the event of the import.
    fn told(&self) -> serde_json::Value {
        json!({ "kind": "roads", "sha256": self.key, "rows": self.summary.ways })
    }
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

/// What a city's roads are made from.
#[derive(Clone, Debug)]
pub struct RoadsSource {
    pbf: Vec<u8>,
    /// As [`ProfileSpec::read_overrides`] takes it; absent where the defaults serve.
    changes: Option<String>,
    specs: [ProfileSpec; 4],
}

impl RoadsSource {
    /// The bytes of an `.osm.pbf` file, and what the city changes in the default profiles.
    ///
    /// # Errors
    /// [`BadOverrides`] for changes that cannot be applied.
    pub fn new(pbf: Vec<u8>, changes: Option<String>) -> Result<Self, BadOverrides> {
        let specs = match &changes {
            Some(text) => ProfileSpec::read_overrides(text)?,
            None => ProfileSpec::defaults(),
        };
        Ok(Self { pbf, changes: changes.filter(|_| specs != ProfileSpec::defaults()), specs })
    }

    /// With the default profiles.
    pub fn plain(pbf: Vec<u8>) -> Self {
        Self { pbf, changes: None, specs: ProfileSpec::defaults() }
    }

    /// Digest of the file and of the profiles as a whole, so that new defaults are another source too.
    fn key(&self) -> AppResult<String> {
        network_key(&self.pbf, &self.specs).map_err(AppError::internal)
    }
}

/// Names a prepared network by all that it follows from, in hexadecimal.
///
/// # Errors
/// Where the profiles cannot be written down.
pub fn network_key(pbf: &[u8], specs: &[ProfileSpec]) -> serde_json::Result<String> {
    let specs = serde_json::to_vec(specs)?;
    let mut digest = Sha256::new();
    for part in [pbf, &specs] {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part);
    }
    Ok(hex(&digest.finalize()))
}

/// What the city changed in the profiles when its roads were last imported; absent where the defaults serve.
///
/// # Errors
/// An internal error where the file cannot be read.
pub fn profile_changes(services: &Services, operator: &Operator) -> AppResult<Option<String>> {
    let Some(key) = &operator.roads else { return Ok(None) };
    let file = changes_file(services, key);
    match std::fs::read_to_string(&file) {
        Ok(text) => Ok(Some(text)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(named(&file, cause)),
    }
}

fn changes_file(services: &Services, key: &str) -> PathBuf {
    services.roads_file(key).with_extension("profiles.json")
}

fn named(file: &Path, cause: std::io::Error) -> AppError {
    AppError::Internal(format!("{}: {cause}", file.display()))
}

/// Whether the operator's roads were prepared from this very source, by this version of the program.
///
/// # Errors
/// An internal error where reading them breaks off.
pub async fn has_roads(services: &Services, operator: &Operator, source: &RoadsSource) -> AppResult<bool> {
    let wanted = source.key()?;
    let Some(key) = operator.roads.as_ref().filter(|key| **key == wanted) else { return Ok(false) };
    let file = services.roads_file(key);
    let readable = tokio::task::spawn_blocking(move || RoadNetwork::load(&file).is_ok()).await;
    readable.map_err(AppError::internal)
}

/// Prepares the network and makes it the operator's. The old one stays where anything fails. Published plans of the days
/// ahead are stale then.
///
/// `progress` is told the share of the work done, from 0 to 1.
///
/// # Errors
/// A conflict `BAD_ROADS` naming what is wrong with the bytes, or where they are of another place; an internal error where
/// nothing can be written.
pub async fn roads(
    services: &Services,
    operator: &Operator,
    source: RoadsSource,
    progress: Arc<dyn Fn(f64) + Send + Sync>,
) -> AppResult<RoadsImported> {
    let ((south_west, north_east), imported) = prepare(services, source, progress).await?;
    let city = operator.bounds;
    let beside = north_east.lat < city.south || south_west.lat > city.north;
    if beside || north_east.lon < city.west || south_west.lon > city.east {
        let detail = "these roads lie outside of the city; is it the right extract?";
        return Err(AppError::conflict("BAD_ROADS", detail));
    }
    let tx = services.db.begin().await?;
    // This locks the operator, so that no publication overlooks the change.
    db::operators::set_roads(&*tx, operator.id, &imported.key).await?;
    let now = services.clock.now();
    events::imported(&tx, operator, now, imported.told()).await?;
    if operator.roads.as_ref() != Some(&imported.key) {
        events::mark_stale_from_today(&tx, operator, now).await?;
    }
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
    source: RoadsSource,
    progress: Arc<dyn Fn(f64) + Send + Sync>,
) -> AppResult<RoadsImported> {
    let ((south_west, north_east), imported) = prepare(services, source, progress).await?;
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
    events::imported(&tx, &operator, operator.created, imported.told()).await?;
    tx.commit().await?;
    Ok(imported)
}

/// Writes the network into the folder of data and tells its bounds, south-west and north-east.
pub(super) async fn prepare(
    services: &Services,
    source: RoadsSource,
    progress: Arc<dyn Fn(f64) + Send + Sync>,
) -> AppResult<((Wgs84, Wgs84), RoadsImported)> {
    let key = source.key()?;
    let RoadsSource { pbf, changes, specs } = source;
    let prepared = tokio::task::spawn_blocking(move || RoadNetwork::from_pbf_with(&pbf, &specs, &*progress)).await;
    let (network, summary) =
        prepared.map_err(AppError::internal)?.map_err(|cause| AppError::conflict("BAD_ROADS", cause.to_string()))?;
    let file = services.roads_file(&key);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(|cause| named(folder, cause))?;
    }
    if let Some(text) = changes {
        let beside = changes_file(services, &key);
        let written = std::fs::File::create(&beside).and_then(|mut out| {
            out.write_all(text.as_bytes())?;
            out.sync_all()
        });
        written.map_err(|cause| named(&beside, cause))?;
    }
    network.save(&file).map_err(AppError::internal)?;
    Ok((network.bounds(), RoadsImported { key, file, summary: Box::new(summary) }))
}
