//! The city's road network as the server uses it: matrices of a day's problem, walking distances, lines for maps.
//!
//! Knows no database and no bookings.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use huilu_model::{Problem, Wgs84};
use huilu_roads::{Path as RoadPath, Profile, ReachLimit, RoadNetwork, RoadsError, Snap};

/// Places farther from any road than this are reported unreachable rather than guessed.
pub const SNAP_LIMIT_M: f64 = 500.0;

#[derive(Debug, thiserror::Error)]
pub enum TravelError {
    #[error("place `{0}` has no position to find on the road network")]
    NoPosition(String),
    #[error("no road profile is called `{0}`")]
    UnknownProfile(String),
}

/// A place on the roads of one profile; absent where it is farther than [`SNAP_LIMIT_M`] from any.
pub type Located = Option<Snap>;

/// Seconds and metres row by row: a row for each source, a column for each target; `UNREACHABLE` where no way leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub columns: usize,
    pub seconds: Vec<u32>,
    pub metres: Vec<u32>,
}

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
    pub fn walks_to(&self, to: &[Wgs84]) -> Walks<'_> {
        let graph = self.network.graph(Profile::Foot);
        Walks { travel: self, targets: to.iter().map(|&at| graph.snap(at, SNAP_LIMIT_M)).collect() }
    }

    /// Finds places on the roads of a profile.
    pub fn locate(&self, profile: Profile, places: &[Wgs84]) -> Vec<Located> {
        let graph = self.network.graph(profile);
        places.iter().map(|&at| graph.snap(at, SNAP_LIMIT_M)).collect()
    }

    /// The fastest ways between located places; `sources` and `targets` are indices into them.
    pub fn table(&self, profile: Profile, located: &[Located], sources: &[usize], targets: &[usize]) -> Table {
        let matrix = self.network.router(profile).matrix(located, 0, &|_| {});
        let pairs = || sources.iter().flat_map(|&from| targets.iter().map(move |&to| from * matrix.size + to));
        Table {
            columns: targets.len(),
            seconds: pairs().map(|pair| matrix.seconds[pair]).collect(),
            metres: pairs().map(|pair| matrix.metres[pair]).collect(),
        }
    }

    /// The fastest way from one located place to another.
    pub fn path(&self, profile: Profile, from: &Located, to: &Located) -> Option<RoadPath> {
        self.network.router(profile).path(from.as_ref()?, to.as_ref()?)
    }

    /// Lines of the roads for a map, with a class of `major`, `minor` or `path`.
    pub fn road_lines(&self) -> Vec<(String, Vec<Wgs84>)> {
        self.network.display_lines().into_iter().map(|line| (line.class.to_string(), line.points)).collect()
    }

    /// The line that a vehicle of this profile drives through `stops`; straight where no way was found.
    pub fn route_line(&self, profile: &str, stops: &[Wgs84]) -> Vec<Wgs84> {
        let Ok(profile) = Profile::from_str(profile) else {
            return stops.to_vec();
        };
        let router = self.network.router(profile);
        let mut line: Vec<Wgs84> = stops.first().copied().into_iter().collect();
        for leg in stops.windows(2).filter(|leg| leg[0] != leg[1]) {
            let ends = router.snap(leg[0], SNAP_LIMIT_M).zip(router.snap(leg[1], SNAP_LIMIT_M));
            match ends.and_then(|(from, to)| router.path(&from, &to)) {
                Some(path) => line.extend(path.points),
                None => line.push(leg[1]),
            }
        }
        line
    }
}

/// Ways on foot to a list of places.
#[derive(Debug)]
pub struct Walks<'a> {
    travel: &'a Travel,
    targets: Vec<Option<Snap>>,
}

impl Walks<'_> {
    /// Metres from `from` to each place, in their order; absent where no way is that short.
    pub fn metres(&self, from: Wgs84, limit_m: u32) -> Vec<Option<i64>> {
        let router = self.travel.network.router(Profile::Foot);
        let Some(start) = router.snap(from, SNAP_LIMIT_M) else {
            return vec![None; self.targets.len()];
        };
        let reached = router.within(&start, ReachLimit::Metres(limit_m), &self.targets);
        reached.into_iter().map(|found| found.map(|(_, metres)| i64::from(metres))).collect()
    }
}

/// Farther than this nobody walks to an outlet; it bounds the search on the foot network.
const WALK_LIMIT_M: u32 = 20_000;

/// Fills `problem.matrices` with one matrix for each profile its vehicles name.
///
/// `progress` is told the sources done and their number over all profiles, at most a hundred times.
///
/// # Errors
/// [`TravelError`] for a place without position or a profile that the network does not have.
pub fn attach_matrices(
    problem: &mut Problem,
    network: &RoadNetwork,
    snap_limit_m: f64,
    threads: usize,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<(), TravelError> {
    let names: BTreeSet<&str> = problem.vehicles.iter().map(|vehicle| vehicle.profile.as_str()).collect();
    let positions = problem
        .places
        .iter()
        .map(|place| place.position.ok_or_else(|| TravelError::NoPosition(place.id.clone())))
        .collect::<Result<Vec<_>, _>>()?;
    let total = names.len() * positions.len();
    let every = (total / 100).max(1);
    let mut matrices = Vec::with_capacity(names.len());
    for (k, name) in names.iter().enumerate() {
        let profile = Profile::from_str(name).map_err(|_| TravelError::UnknownProfile((*name).to_owned()))?;
        let router = network.router(profile);
        let snaps: Vec<_> = positions.iter().map(|&at| router.snap(at, snap_limit_m)).collect();
        let told = AtomicUsize::new(0);
        let matrix = router.matrix(&snaps, threads, &|done| {
            if done >= told.load(Ordering::Relaxed) + every {
                told.store(done, Ordering::Relaxed);
                progress(k * positions.len() + done, total);
            }
        });
        matrices.push(matrix);
    }
    problem.matrices = matrices;
    Ok(())
}
