//! What every source of seconds and metres can be asked, and how it may fail.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use huilu_model::{UNREACHABLE, Wgs84};
use huilu_roads::{Departure, Path as RoadPath, Profile};

use crate::domain::travel::TravelKind;

/// Places farther from any road than this are reported unreachable rather than guessed.
pub const SNAP_LIMIT_M: f64 = 500.0;

/// Why there are no seconds and metres.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TravelError {
    #[error("place `{0}` has no position to find on the road network")]
    NoPosition(String),
    #[error("no road profile is called `{0}`")]
    UnknownProfile(String),
    /// The network that `huilu import osm` prepares is missing, or cannot be read by this version.
    #[error("the city's prepared roads cannot be used: {0}; run `huilu import osm` again")]
    Roads(String),
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// A travel service of the operator's that did not do its part. The address is shown without what may be secret in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the matrix service failed: {service} at {url} {cause}")]
pub struct ServiceError {
    pub service: &'static str,
    pub url: String,
    /// Of its last answer, where there was one.
    pub status: Option<u16>,
    /// Continues the sentence: `did not answer within 30 s`.
    pub cause: String,
}

/// Told how many of how many pairs are done.
pub type Progress = Arc<dyn Fn(usize, usize) + Send + Sync>;

/// A question for seconds and metres.
#[derive(Clone)]
pub struct TableAsk {
    pub profile: Profile,
    pub points: Arc<[Wgs84]>,
    /// Indices of `points`, one for each row.
    pub sources: Vec<usize>,
    /// Indices of `points`, one for each column.
    pub targets: Vec<usize>,
    /// Local time; daytime averages without it, and only what is closed at any time is closed.
    pub depart: Option<Departure>,
    /// Of work on the own roads; 0 means one for each core.
    pub threads: usize,
    pub progress: Progress,
}

impl TableAsk {
    /// All points to all points.
    pub fn square(profile: Profile, points: Arc<[Wgs84]>) -> Self {
        let all: Vec<usize> = (0..points.len()).collect();
        Self {
            profile,
            points,
            sources: all.clone(),
            targets: all,
            depart: None,
            threads: 0,
            progress: Arc::new(|_, _| {}),
        }
    }

    pub fn pairs(&self) -> usize {
        self.sources.len() * self.targets.len()
    }
}

impl fmt::Debug for TableAsk {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} from {} to {} points", self.profile, self.sources.len(), self.targets.len())
    }
}

/// A question for the way through places in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteAsk {
    pub profile: Profile,
    pub points: Arc<[Wgs84]>,
    pub depart: Option<Departure>,
}

/// Where a place meets the road.
#[derive(Clone, Debug, PartialEq)]
pub struct RoadPoint {
    pub at: Wgs84,
    /// From the place.
    pub distance_m: f64,
    /// Why nobody can start or end there, where the road is closed.
    pub closed_by: Option<String>,
    /// Whether vehicles stop there only on the place's own side of the road.
    pub kerb_only: bool,
    /// Of the compound or building through which the place is reached, where that is known.
    pub entrance: Option<Wgs84>,
}

impl RoadPoint {
    /// Nothing more is known of the road there.
    pub(super) fn new(at: Wgs84, distance_m: f64) -> Self {
        Self { at, distance_m, closed_by: None, kerb_only: false, entrance: None }
    }

    /// Itself, unless it is too far for anyone to say that the road leads to the place.
    pub(super) fn near(self) -> Option<Self> {
        (self.distance_m <= SNAP_LIMIT_M).then_some(self)
    }
}

/// Seconds and metres row by row: a row for each source, a column for each target; `UNREACHABLE` where no way leads.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub columns: usize,
    pub seconds: Vec<u32>,
    pub metres: Vec<u32>,
    /// Of each point of the question; absent where the roads are too far.
    pub snapped: Vec<Option<RoadPoint>>,
}

impl Table {
    pub(super) fn unreachable(ask: &TableAsk) -> Self {
        let pairs = ask.pairs();
        Self {
            columns: ask.targets.len(),
            seconds: vec![UNREACHABLE; pairs],
            metres: vec![UNREACHABLE; pairs],
            snapped: vec![None; ask.points.len()],
        }
    }

    /// Lays a block of seconds and metres at its rows and columns.
    pub(super) fn lay(&mut self, rows: Range<usize>, columns: Range<usize>, seconds: &[u32], metres: &[u32]) {
        let width = columns.len();
        for (k, row) in rows.enumerate() {
            let (from, to) = (k * width, row * self.columns + columns.start);
            self.seconds[to..to + width].copy_from_slice(&seconds[from..from + width]);
            self.metres[to..to + width].copy_from_slice(&metres[from..from + width]);
        }
    }

    /// A place that the roads are too far from is reached by nobody, and every place is at no distance from itself.
    pub(super) fn settle(&mut self, ask: &TableAsk) {
        for (row, &from) in ask.sources.iter().enumerate() {
            for (column, &to) in ask.targets.iter().enumerate() {
                let pair = row * self.columns + column;
                if from == to {
                    (self.seconds[pair], self.metres[pair]) = (0, 0);
                } else if self.snapped[from].is_none() || self.snapped[to].is_none() {
                    (self.seconds[pair], self.metres[pair]) = (UNREACHABLE, UNREACHABLE);
                }
            }
        }
    }
}

/// The way through places in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteAnswer {
    /// One fewer than places; absent where no way leads to the next.
    pub legs: Vec<Option<RoadPath>>,
    pub snapped: Vec<Option<RoadPoint>>,
}

/// A source of seconds, metres and lines.
pub trait TravelProvider: fmt::Debug + Send + Sync {
    fn kind(&self) -> TravelKind;

    /// What a reader of a profile's figures should know.
    fn note(&self, profile: Profile) -> Option<String>;

    /// Fails with [`TravelError`]; a pair without a way is no failure.
    fn table<'a>(&'a self, ask: &'a TableAsk) -> BoxFuture<'a, Result<Table, TravelError>>;

    /// As [`TravelProvider::table`], for the way through places.
    fn route<'a>(&'a self, ask: &'a RouteAsk) -> BoxFuture<'a, Result<RouteAnswer, TravelError>>;
}
