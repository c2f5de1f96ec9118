//! What every use case is handed: the database, the clock, the roads and the folder of data.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use huilu_api_spec::session::Role;
use tokio::sync::Notify;

use super::areas::AreaMaps;
use super::error::{AppError, AppResult};
use super::map::Drawings;
use crate::db::Db;
use crate::domain::operator::Operator;
use crate::domain::{Clock, OperatorId, TokenId, VehicleId};
use crate::travel::Travel;

/// Cheap to clone; every thread and task has its own.
#[derive(Clone, Debug)]
pub struct Services {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    /// Holds `roads/` with a prepared network for each imported file, and the demo's tokens.
    pub data_dir: PathBuf,
    /// Rung when a job was queued, so that a worker in this process need not wait for its next look.
    pub jobs_due: Arc<Notify>,
    pub(super) areas: Arc<AreaMaps>,
    pub(super) drawings: Arc<Drawings>,
    roads: Arc<Mutex<HashMap<String, Arc<Travel>>>>,
}

/// Who is calling.
#[derive(Clone, Debug)]
pub struct Actor {
    pub token: TokenId,
    pub role: Role,
    /// The collector's vehicle; absent where it may see all of them.
    pub vehicle: Option<VehicleId>,
    pub operator: Arc<Operator>,
}

impl Actor {
    pub fn operator_id(&self) -> OperatorId {
        self.operator.id
    }
}

impl Services {
    pub fn new(db: Db, clock: Arc<dyn Clock>, data_dir: &Path) -> Self {
        Self {
            db,
            clock,
            data_dir: data_dir.to_owned(),
            jobs_due: Arc::default(),
            areas: Arc::default(),
            drawings: Arc::default(),
            roads: Arc::default(),
        }
    }

    /// Where the network prepared from the file with this digest lies.
    pub fn roads_file(&self, key: &str) -> PathBuf {
        self.data_dir.join("roads").join(format!("{key}.roads"))
    }

    /// The operator's road network, loaded once for each process.
    ///
    /// # Errors
    /// A conflict `NO_ROADS` where none was imported, an internal error where its file cannot be read.
    pub async fn roads(&self, operator: &Operator) -> AppResult<Arc<Travel>> {
        let key = operator.roads.clone().ok_or_else(|| {
            AppError::conflict("NO_ROADS", "No road network was imported for this city; run `huilu import osm`.")
        })?;
        if let Some(known) = self.roads.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(known));
        }
        let file = self.roads_file(&key);
        if !file.exists() {
            return Err(roads_missing());
        }
        let loaded = tokio::task::spawn_blocking(move || Travel::load(&file)).await;
        let travel = Arc::new(loaded.map_err(AppError::internal)?.map_err(AppError::internal)?);
        self.roads.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&travel));
        Ok(travel)
    }
}

/// The database knows the roads, the folder beside it has them no more: a copy was restored, or files were moved.
pub(crate) fn roads_missing() -> AppError {
    let detail =
        "The city's prepared roads are not in the data folder; copy `roads/` there or run `huilu import osm` again.";
    AppError::conflict("NO_ROADS", detail)
}
