//! A city's OpenStreetMap file becomes a prepared network on disk, named by the digest of the file.

use std::path::PathBuf;
use std::sync::Arc;

use huilu_roads::{ImportSummary, RoadNetwork};

use crate::app::error::{AppError, AppResult};
use crate::app::services::Services;
use crate::db;
use crate::domain::operator::Operator;

#[derive(Clone, Debug)]
pub struct RoadsImported {
    /// Digest of the file, which names the prepared network.
    pub key: String,
    pub file: PathBuf,
    pub summary: Box<ImportSummary>,
}

/// Prepares the network of the `.osm.pbf` bytes and makes it the operator's. The old one stays where anything fails.
///
/// `progress` is told the share of the work done, from 0 to 1.
///
/// # Errors
/// A conflict `BAD_ROADS` naming what is wrong with the bytes; an internal error where nothing can be written.
pub async fn roads(
    services: &Services,
    operator: &Operator,
    pbf: Vec<u8>,
    progress: Arc<dyn Fn(f64) + Send + Sync>,
) -> AppResult<RoadsImported> {
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
    let tx = services.db.begin().await?;
    db::operators::set_roads(&*tx, operator.id, &key).await?;
    tx.commit().await?;
    Ok(RoadsImported { key, file, summary: Box::new(summary) })
}
