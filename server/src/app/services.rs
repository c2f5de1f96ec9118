//! What every use case is handed: the database, the clock, the roads and the folder of data.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use huilu_api_spec::session::Role;
use huilu_roads::{Closure, Profile};
use tokio::sync::{Notify, OnceCell, Semaphore};

use super::areas::AreaMaps;
use super::error::{AppError, AppResult};
use super::map::Drawings;
use super::slots::Desks;
use crate::db::{Db, closures};
use crate::domain::operator::Operator;
use crate::domain::travel::TravelSource;
use crate::domain::{Clock, OperatorId, TokenId, VehicleId};
use crate::travel::{
    OwnRoads, Providers, RouteAnswer, RouteAsk, Table, TableAsk, Travel, TravelError, TravelProvider, read_closures,
    route_of, table_of,
};

/// What was read for each operator, with the key of what it was read from.
type Keyed<T> = Arc<Mutex<HashMap<OperatorId, (String, T)>>>;

/// Cheap to clone; every thread and task has its own.
#[derive(Clone, Debug)]
pub struct Services {
    pub db: Db,
    pub clock: Arc<dyn Clock>,
    /// Holds `roads/` with a prepared network for each imported file, and the demo's tokens.
    pub data_dir: PathBuf,
    /// Rung when a job was queued, so that a worker in this process need not wait for its next look.
    pub jobs_due: Arc<Notify>,
    /// Where seconds and metres come from.
    pub providers: Arc<Providers>,
    pub(super) areas: Arc<AreaMaps>,
    pub(super) drawings: Arc<Drawings>,
    pub(super) desks: Arc<Desks>,
    /// One explanation, or one plan set up for prices of slots, at a time: each keeps a core busy for seconds, and matrices in memory.
    pub(crate) heavy: Arc<Semaphore>,
    /// By operator, with the key of the network: one of a former import makes room. Loaded once, however many ask.
    roads: Keyed<Arc<OnceCell<Arc<Travel>>>>,
    /// By operator, with the key of the file that they were read from.
    closures: Keyed<Arc<[Closure]>>,
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
            providers: Arc::default(),
            areas: Arc::default(),
            drawings: Arc::default(),
            desks: Arc::default(),
            heavy: Arc::new(Semaphore::new(1)),
            roads: Arc::default(),
            closures: Arc::default(),
        }
    }

    /// The same services with matrices from where the operator wants them.
    pub fn with_providers(self, providers: Providers) -> Self {
        Self { providers: Arc::new(providers), ..self }
    }

    /// Where the network prepared from the file with this digest lies.
    pub fn roads_file(&self, key: &str) -> PathBuf {
        self.data_dir.join("roads").join(format!("{key}.roads"))
    }

    /// The operator's road network, loaded once for each process.
    ///
    /// # Errors
    /// A conflict `NO_ROADS` where none was imported, or its file cannot be used any more.
    pub async fn roads(&self, operator: &Operator) -> AppResult<Arc<Travel>> {
        let key = operator.roads.clone().ok_or_else(|| {
            AppError::conflict("NO_ROADS", "No road network was imported for this city; run `huilu import osm`.")
        })?;
        let cell = {
            let mut kept = self.roads.lock().unwrap_or_else(PoisonError::into_inner);
            let (known, cell) = kept.entry(operator.id).or_default();
            if *known != key {
                (*known, *cell) = (key.clone(), Arc::default());
            }
            Arc::clone(cell)
        };
        cell.get_or_try_init(|| self.load_roads(&key)).await.map(Arc::clone)
    }

    /// The network with this key, where it is the one that the process keeps for the operator, or keeps none yet: with a former
    /// import's plans another would be loaded again and again.
    ///
    /// # Errors
    /// As [`Services::roads`].
    pub(super) async fn roads_at_hand(&self, operator: OperatorId, key: &str) -> AppResult<Option<Arc<Travel>>> {
        let cell = {
            let mut kept = self.roads.lock().unwrap_or_else(PoisonError::into_inner);
            let (known, cell) = kept.entry(operator).or_insert_with(|| (key.to_owned(), Arc::default()));
            (known == key).then(|| Arc::clone(cell))
        };
        let Some(cell) = cell else { return Ok(None) };
        cell.get_or_try_init(|| self.load_roads(key)).await.map(|roads| Some(Arc::clone(roads)))
    }

    async fn load_roads(&self, key: &str) -> AppResult<Arc<Travel>> {
        let file = self.roads_file(key);
        if !file.exists() {
            return Err(roads_missing());
        }
        let load = move || {
            Travel::load(&file).map_err(|cause| {
                // The log names the file; the answer does not.
                tracing::error!(%cause, "prepared roads cannot be used");
                TravelError::from(cause)
            })
        };
        let loaded = tokio::task::spawn_blocking(load).await.map_err(AppError::internal)?;
        Ok(Arc::new(loaded?))
    }
}

impl Services {
    /// Seconds and metres between places of the operator's city, and where they came from.
    ///
    /// # Errors
    /// A conflict `NO_ROADS`; [`AppError::Travel`] where a travel service failed and no estimate may stand in.
    pub async fn table(&self, operator: &Operator, ask: &TableAsk) -> AppResult<(Table, TravelSource)> {
        let provider = self.provider(operator, ask.profile).await?;
        Ok(table_of(provider, self.providers.choice().fallback, ask).await?)
    }

    /// As [`Services::table`], for the way through places.
    ///
    /// # Errors
    /// As [`Services::table`].
    pub async fn route(&self, operator: &Operator, ask: &RouteAsk) -> AppResult<(RouteAnswer, TravelSource)> {
        let provider = self.provider(operator, ask.profile).await?;
        Ok(route_of(provider, self.providers.choice().fallback, ask).await?)
    }

    /// The city's own roads with the zones that are closed in it.
    ///
    /// # Errors
    /// A conflict `NO_ROADS`.
    pub async fn own_roads(&self, operator: &Operator) -> AppResult<OwnRoads> {
        let roads = self.roads(operator).await?;
        Ok(OwnRoads { roads, closures: self.closures(operator.id).await? })
    }

    /// Read once for each file that was imported.
    async fn closures(&self, operator: OperatorId) -> AppResult<Arc<[Closure]>> {
        let Some(key) = closures::key(self.db.read(), operator).await? else { return Ok(Arc::default()) };
        let known = |kept: &HashMap<OperatorId, (String, Arc<[Closure]>)>| {
            kept.get(&operator).filter(|(known, _)| *known == key).map(|(_, closures)| Arc::clone(closures))
        };
        if let Some(closures) = known(&self.closures.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(closures);
        }
        let zones = closures::of_operator(self.db.read(), operator).await?;
        let read = read_closures(zones.as_ref()).map_err(AppError::internal)?;
        let mut kept = self.closures.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(operator, (key, Arc::clone(&read)));
        Ok(read)
    }

    /// The provider of a profile; inside, why there is none, for which an estimate may stand in.
    async fn provider(
        &self,
        operator: &Operator,
        profile: Profile,
    ) -> AppResult<Result<Arc<dyn TravelProvider>, TravelError>> {
        match self.providers.of(profile) {
            Err(failure) => Ok(Err(failure)),
            Ok(Some(service)) => Ok(Ok(service)),
            Ok(None) => match self.own_roads(operator).await {
                Ok(roads) => Ok(Ok(Arc::new(roads))),
                Err(AppError::Conflict { code: "NO_ROADS", .. }) if self.providers.choice().fallback => {
                    Ok(Err(TravelError::Roads("they are not there".to_owned())))
                }
                Err(other) => Err(other),
            },
        }
    }
}

/// The database knows the roads, the folder beside it has them no more: a copy was restored, or files were moved.
pub(crate) fn roads_missing() -> AppError {
    let detail =
        "The city's prepared roads are not in the data folder; copy `roads/` there or run `huilu import osm` again.";
    AppError::conflict("NO_ROADS", detail)
}
