//! The city's own road network: walking distances, lines for maps, and the provider that plans are made with by default.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::future::BoxFuture;
use huilu_model::Wgs84;
use huilu_roads::{Closure, Conditions, Departure, Profile, ReachLimit, RoadNetwork, RoadsError, Router, Snap};

use super::provider::{RoadPoint, RouteAnswer, RouteAsk, SNAP_LIMIT_M, Table, TableAsk, TravelError, TravelProvider};
use crate::domain::travel::{ClosedZones, TravelKind};

/// The prepared network of one city.
#[derive(Debug)]
pub struct Travel {
    network: RoadNetwork,
    file: PathBuf,
}

impl Travel {
    /// Loads the network that `huilu import osm` or `huilu seed` prepared.
    ///
    /// # Errors
    /// [`RoadsError`] where the file is missing or is no prepared network.
    pub fn load(file: &Path) -> Result<Self, RoadsError> {
        Ok(Self { network: RoadNetwork::load(file)?, file: file.to_owned() })
    }

    /// Where solving processes find the network.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Digest of the OpenStreetMap file it was made from.
    pub fn source_sha256(&self) -> &str {
        self.network.source_sha256()
    }

    /// Metres on foot from one place to each of many; absent where no way leads there or it is farther than a day's walk.
    pub fn foot_metres(&self, from: Wgs84, to: &[Wgs84]) -> Vec<Option<i64>> {
        self.walks_to(to).metres(from, WALK_LIMIT_M)
    }

    /// Ways on foot to the same places from many others; the places are found on the network once.
    pub fn walks_to(&self, to: &[Wgs84]) -> Walks {
        let router = self.network.router(Profile::Foot);
        Walks { targets: to.iter().map(|&at| router.snap(at, SNAP_LIMIT_M)).collect(), router }
    }

    /// Lines of the roads for a map, with a class of `major`, `minor` or `path`.
    pub fn road_lines(&self) -> Vec<(String, Vec<Wgs84>)> {
        self.network.display_lines().into_iter().map(|line| (line.class.to_string(), line.points)).collect()
    }
}

/// Ways on foot to a list of places.
#[derive(Debug)]
pub struct Walks {
    router: Router,
    targets: Vec<Option<Snap>>,
}

impl Walks {
    /// Metres from `from` to each place, in their order; absent where no way is that short.
    pub fn metres(&self, from: Wgs84, limit_m: u32) -> Vec<Option<i64>> {
        let Some(start) = self.router.snap(from, SNAP_LIMIT_M) else {
            return vec![None; self.targets.len()];
        };
        let reached = self.router.within(&start, ReachLimit::Metres(limit_m), &self.targets);
        reached.into_iter().map(|found| found.map(|(_, metres)| i64::from(metres))).collect()
    }
}

/// Farther than this nobody walks to an outlet; it bounds the search on the foot network.
const WALK_LIMIT_M: u32 = 20_000;

impl From<RoadsError> for TravelError {
    /// What a planner may read: nothing of the server's folders.
    fn from(error: RoadsError) -> Self {
        Self::Roads(match error {
            RoadsError::Io { cause, .. } if cause.kind() == std::io::ErrorKind::NotFound => {
                "they are not in the data folder".to_owned()
            }
            RoadsError::Io { cause, .. } => format!("they cannot be read ({})", cause.kind()),
            RoadsError::OtherVersion { .. } => "another version of this program prepared them".to_owned(),
            RoadsError::NotPrepared { .. } => "their file is damaged".to_owned(),
            other => other.to_string(),
        })
    }
}

/// A prepared network as a source of figures, with the zones that are closed in it.
#[derive(Clone, Debug)]
pub struct OwnRoads {
    pub roads: Arc<Travel>,
    pub closures: Arc<[Closure]>,
}

/// The zones as the roads understand them; none where there is no file of them.
///
/// # Errors
/// [`TravelError::Roads`] where they cannot be read.
pub fn read_closures(zones: Option<&ClosedZones>) -> Result<Arc<[Closure]>, TravelError> {
    let Some(zones) = zones else { return Ok(Arc::default()) };
    let read = Closure::read_geojson(&zones.geojson, zones.datum);
    read.map(Arc::from).map_err(|cause| TravelError::Roads(format!("its closed zones cannot be read ({cause})")))
}

/// Places on the roads at one hour.
struct Located<'a> {
    router: Router,
    conditions: Conditions<'a>,
    snaps: Vec<Option<Snap>>,
}

impl Located<'_> {
    fn snapped(&self) -> Vec<Option<RoadPoint>> {
        let point = |snap: &Snap| road_point(&self.router, &self.conditions, snap);
        self.snaps.iter().map(|snap| snap.as_ref().map(point)).collect()
    }
}

/// Many places that have been found on the roads, for ways to one place after another: finding them takes longer than the ways.
#[derive(Debug)]
pub struct Spots {
    router: Router,
    snaps: Vec<Option<Snap>>,
}

impl Spots {
    /// Seconds and metres from `at` to each place, and from each place to it; unreachable where no way leads.
    pub fn ways(&self, at: Wgs84) -> (huilu_roads::Table, huilu_roads::Table) {
        let here = [self.router.snap(at, SNAP_LIMIT_M)];
        let table = |from: &[Option<Snap>], to: &[Option<Snap>]| self.router.table(from, to, 1, &|_| {});
        (table(&here, &self.snaps), table(&self.snaps, &here))
    }
}

/// What is told of a place on the roads.
pub fn road_point(router: &Router, conditions: &Conditions<'_>, snap: &Snap) -> RoadPoint {
    RoadPoint {
        at: snap.point(),
        distance_m: snap.distance_m(),
        closed_by: router.graph().closed_by(snap, conditions),
        kerb_only: [false, true].iter().any(|&backward| !snap.allows(backward)),
        entrance: snap.entrance(),
    }
}

impl OwnRoads {
    pub(super) fn router(&self, profile: Profile, depart: Option<Departure>) -> Router {
        self.roads.network.router_at(profile, &self.conditions(depart))
    }

    pub(super) fn conditions(&self, depart: Option<Departure>) -> Conditions<'_> {
        Conditions { depart, closures: &self.closures }
    }

    /// Finds the places on the roads, at their daytime averages.
    pub fn spots(&self, profile: Profile, points: &[Wgs84]) -> Spots {
        let Located { router, snaps, .. } = self.locate(profile, None, points);
        Spots { router, snaps }
    }

    fn locate(&self, profile: Profile, depart: Option<Departure>, points: &[Wgs84]) -> Located<'_> {
        let conditions = self.conditions(depart);
        let router = self.router(profile, depart);
        let snaps = points.iter().map(|&at| router.snap(at, SNAP_LIMIT_M)).collect();
        Located { router, conditions, snaps }
    }

    fn compute(&self, ask: &TableAsk) -> Table {
        let located = self.locate(ask.profile, ask.depart, &ask.points);
        let chosen = |of: &[usize]| of.iter().map(|&k| located.snaps[k]).collect::<Vec<_>>();
        let done = |sources: usize| (ask.progress)(sources * ask.targets.len(), ask.pairs());
        let found = located.router.table(&chosen(&ask.sources), &chosen(&ask.targets), ask.threads, &done);
        let mut table = Table {
            columns: ask.targets.len(),
            seconds: found.seconds,
            metres: found.metres,
            snapped: located.snapped(),
        };
        table.settle(ask);
        table
    }

    fn ways(&self, ask: &RouteAsk) -> RouteAnswer {
        let located = self.locate(ask.profile, ask.depart, &ask.points);
        let leg = |ends: &[Option<Snap>]| located.router.path(ends[0].as_ref()?, ends[1].as_ref()?);
        RouteAnswer { legs: located.snaps.windows(2).map(leg).collect(), snapped: located.snapped() }
    }
}

impl TravelProvider for OwnRoads {
    fn kind(&self) -> TravelKind {
        TravelKind::Roads
    }

    fn note(&self, _: Profile) -> Option<String> {
        None
    }

    fn table<'a>(&'a self, ask: &'a TableAsk) -> BoxFuture<'a, Result<Table, TravelError>> {
        let (roads, ask) = (self.clone(), ask.clone());
        let table = tokio::task::spawn_blocking(move || roads.compute(&ask));
        Box::pin(async { table.await.map_err(|cause| TravelError::Roads(cause.to_string())) })
    }

    fn route<'a>(&'a self, ask: &'a RouteAsk) -> BoxFuture<'a, Result<RouteAnswer, TravelError>> {
        let (roads, ask) = (self.clone(), ask.clone());
        let ways = tokio::task::spawn_blocking(move || roads.ways(&ask));
        Box::pin(async { ways.await.map_err(|cause| TravelError::Roads(cause.to_string())) })
    }
}
