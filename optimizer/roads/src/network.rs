//! The roads of one city: a graph for each profile, made from one file.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use huilu_model::Wgs84;
use sha2::{Digest, Sha256};

use crate::build::build;
use crate::conditions::{Conditions, Situation};
use crate::display::{self, DisplayLine, Line};
use crate::error::RoadsError;
use crate::graph::Graph;
use crate::hierarchy::{Hierarchy, Metric};
use crate::osm::{self, Point, RawOsm};
use crate::profile::{Profile, ProfileSpec};
use crate::router::Router;
use crate::summary::ImportSummary;

/// Share of the progress that reading the file takes; building the graphs and their hierarchies takes the rest.
const READING: f64 = 0.2;
/// Situations of each profile whose travel times are kept.
const SITUATIONS_KEPT: usize = 4;

#[derive(Debug, PartialEq)]
pub struct RoadNetwork {
    pub(crate) source_sha256: String,
    pub(crate) south_west: Point,
    pub(crate) north_east: Point,
    /// In the order of [`Profile::ALL`].
    pub(crate) roads: [ProfileRoads; 4],
    pub(crate) lines: Vec<Line>,
}

/// Everything about one profile that does not depend on the hour.
#[derive(Debug)]
pub(crate) struct ProfileRoads {
    pub(crate) graph: Arc<Graph>,
    pub(crate) hierarchy: Arc<Hierarchy>,
    /// At the graph's own speeds; made when it is first asked for.
    metric: OnceLock<Arc<Metric>>,
    /// In other situations, the one asked for last in front.
    recent: Mutex<VecDeque<(Situation, Arc<Metric>)>>,
}

impl ProfileRoads {
    fn prepare(graph: Graph) -> Self {
        let hierarchy = Hierarchy::new(&graph);
        Self::new(graph, hierarchy)
    }

    pub(crate) fn new(graph: Graph, hierarchy: Hierarchy) -> Self {
        Self {
            graph: Arc::new(graph),
            hierarchy: Arc::new(hierarchy),
            metric: OnceLock::new(),
            recent: Mutex::new(VecDeque::new()),
        }
    }

    fn router(&self, metric: Arc<Metric>) -> Router {
        Router { graph: Arc::clone(&self.graph), hierarchy: Arc::clone(&self.hierarchy), metric }
    }

    fn known(&self, situation: &Situation) -> Option<Arc<Metric>> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let at = recent.iter().position(|(known, _)| known == situation)?;
        let found = recent.remove(at)?;
        let metric = Arc::clone(&found.1);
        recent.push_front(found);
        Some(metric)
    }

    fn remember(&self, situation: Situation, metric: Arc<Metric>) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.push_front((situation, metric));
        recent.truncate(SITUATIONS_KEPT);
    }
}

/// The metric follows from the rest.
impl PartialEq for ProfileRoads {
    fn eq(&self, other: &Self) -> bool {
        self.graph == other.graph && self.hierarchy == other.hierarchy
    }
}

impl RoadNetwork {
    /// Reads a whole `.osm.pbf` file with the default profiles.
    ///
    /// # Errors
    /// [`RoadsError`] naming what is wrong with the bytes.
    pub fn from_pbf(bytes: &[u8]) -> Result<(Self, ImportSummary), RoadsError> {
        Self::from_pbf_with(bytes, &ProfileSpec::defaults(), &|_| {})
    }

    /// Reads a file; `progress` is told the share of the work done, from 0 to 1.
    ///
    /// # Errors
    /// [`RoadsError::Io`] where the file cannot be read, else as [`RoadNetwork::from_pbf`].
    pub fn from_pbf_path(path: &Path, progress: &dyn Fn(f64)) -> Result<(Self, ImportSummary), RoadsError> {
        let bytes = std::fs::read(path).map_err(|cause| RoadsError::Io { path: path.to_owned(), cause })?;
        Self::from_pbf_with(&bytes, &ProfileSpec::defaults(), progress)
    }

    /// Reads a file with a city's own speeds and rules. Where a profile is given twice the last one counts, where it
    /// is missing its default.
    ///
    /// # Errors
    /// As [`RoadNetwork::from_pbf`].
    pub fn from_pbf_with(
        bytes: &[u8],
        specs: &[ProfileSpec],
        progress: &dyn Fn(f64),
    ) -> Result<(Self, ImportSummary), RoadsError> {
        let raw = osm::read_pbf(bytes, &|share| progress(share * READING))?;
        let sha256 = hex(&Sha256::digest(bytes));
        Ok(Self::from_raw(&raw, sha256, specs, progress))
    }

    pub(crate) fn from_raw(
        raw: &RawOsm,
        sha256: String,
        specs: &[ProfileSpec],
        progress: &dyn Fn(f64),
    ) -> (Self, ImportSummary) {
        let mut profiles = Vec::new();
        let roads = Profile::ALL.map(|profile| {
            let given = specs.iter().rev().find(|spec| spec.profile == profile);
            let (graph, summary) = match given {
                Some(spec) => build(raw, spec),
                None => build(raw, &ProfileSpec::of(profile)),
            };
            let roads = ProfileRoads::prepare(graph);
            profiles.push(summary);
            progress(READING + (1.0 - READING) * profiles.len() as f64 / Profile::ALL.len() as f64);
            roads
        });
        let (south_west, north_east) = corners(raw);
        let stated = specs.iter().find_map(|spec| spec.driving_side);
        let (driving_side, driving_side_by) = osm::driving_side(raw, stated);
        let summary = ImportSummary {
            sha256: sha256.clone(),
            nodes: raw.counts.nodes,
            ways: raw.counts.ways,
            relations: raw.counts.relations,
            highway_ways: raw.ways.iter().filter(|way| way.tags.get("highway").is_some()).count(),
            restrictions: raw.restrictions.len(),
            missing_nodes: raw.counts.missing_nodes,
            misplaced_nodes: raw.counts.misplaced_nodes,
            driving_side,
            driving_side_by,
            compounds: raw.compounds.len(),
            profiles,
        };
        (Self { source_sha256: sha256, south_west, north_east, roads, lines: display::lines(raw) }, summary)
    }

    /// Digest of the file that the network was made from, in hexadecimal.
    pub fn source_sha256(&self) -> &str {
        &self.source_sha256
    }

    pub fn graph(&self, profile: Profile) -> &Graph {
        &self.roads(profile).graph
    }

    /// Answers at the profile's own speeds, whatever the hour.
    pub fn router(&self, profile: Profile) -> Router {
        let roads = self.roads(profile);
        let ProfileRoads { graph, hierarchy, metric, .. } = roads;
        let metric = metric.get_or_init(|| Arc::new(Metric::new(hierarchy, graph, graph.arc_ms.clone())));
        roads.router(Arc::clone(metric))
    }

    /// Answers for one hour and its closures. The travel times of the last few situations are kept: hours at which the same
    /// roads are shut and equally fast are one.
    pub fn router_at(&self, profile: Profile, conditions: &Conditions<'_>) -> Router {
        let roads = self.roads(profile);
        let situation = roads.graph.situation(conditions);
        if situation == Situation::default() {
            return self.router(profile);
        }
        let metric = roads.known(&situation).unwrap_or_else(|| {
            let arc_ms = roads.graph.arc_ms_at(conditions);
            let metric = Arc::new(Metric::new(&roads.hierarchy, &roads.graph, arc_ms));
            roads.remember(situation, Arc::clone(&metric));
            metric
        });
        roads.router(metric)
    }

    fn roads(&self, profile: Profile) -> &ProfileRoads {
        match profile {
            Profile::Etrike => &self.roads[0],
            Profile::Van => &self.roads[1],
            Profile::Truck => &self.roads[2],
            Profile::Foot => &self.roads[3],
        }
    }

    /// South-west and north-east corner of the roads.
    pub fn bounds(&self) -> (Wgs84, Wgs84) {
        (self.south_west.wgs84(), self.north_east.wgs84())
    }

    /// All roads as simplified lines, the widest first.
    pub fn display_lines(&self) -> Vec<DisplayLine> {
        self.lines.iter().map(Line::for_display).collect()
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn corners(raw: &RawOsm) -> (Point, Point) {
    let Some(&first) = raw.points.first() else {
        return (Point { lat: 0, lon: 0 }, Point { lat: 0, lon: 0 });
    };
    raw.points.iter().fold((first, first), |(low, high), point| {
        (
            Point { lat: low.lat.min(point.lat), lon: low.lon.min(point.lon) },
            Point { lat: high.lat.max(point.lat), lon: high.lon.max(point.lon) },
        )
    })
}
