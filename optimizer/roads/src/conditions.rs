//! What changes from hour to hour on one and the same graph: speeds, and roads that are shut.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use crate::class::RoadClass;
use crate::closures::Closure;
use crate::graph::Graph;
use crate::hours::{Departure, HourlySpeeds, WeeklyHours};
use crate::snap::Snap;

/// Edges of all zones that are remembered, at most: 16 MB.
const ZONE_EDGES_KEPT: usize = 1 << 22;

/// In [`Graph::arc_ms_at`]: the arc is shut.
pub const CLOSED: u32 = u32::MAX;

/// When and under which closures a journey is made. The default is the graph as it was built: daytime averages, nothing
/// shut.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Conditions<'a> {
    pub depart: Option<Departure>,
    pub closures: &'a [Closure],
}

/// Arcs that a tag of their way shuts at some hours.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct TimedClosure {
    pub(crate) hours: WeeklyHours,
    pub(crate) arcs: Vec<u32>,
}

/// What of the conditions matters to one graph: equal situations mean equal travel times. The default is that of the
/// graph as it was built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Situation {
    /// Whether it is a rest day, and the hour; absent where the speeds are daytime averages.
    hour: Option<(bool, usize)>,
    /// Indices of the timed closures in force.
    timed: Vec<u32>,
    /// Digests of the areas in force, ascending.
    areas: Vec<[u8; 32]>,
}

/// Edges that zones close, found once for each area.
#[derive(Debug, Default)]
pub(crate) struct ZoneEdges(Mutex<HashMap<[u8; 32], Arc<[u32]>>>);

/// A copy may be changed, so it has nothing to remember.
impl Clone for ZoneEdges {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Graph {
    pub(crate) fn situation(&self, conditions: &Conditions<'_>) -> Situation {
        let depart = conditions.depart;
        let zones = conditions.closures.iter().filter(|zone| zone.applies(self.profile(), depart));
        let mut areas: Vec<[u8; 32]> = zones.map(|zone| zone.area().digest()).collect();
        areas.sort_unstable();
        areas.dedup();
        let now = |timed: &TimedClosure| depart.is_some_and(|departure| timed.hours.contain(departure));
        Situation {
            hour: depart.filter(|_| self.spec.hourly.is_some()).map(HourlySpeeds::hour),
            timed: (0_u32..).zip(&self.timed).filter(|(_, timed)| now(timed)).map(|(k, _)| k).collect(),
            areas,
        }
    }

    /// The edges that a zone closes when it is in force, ascending.
    fn edges_closed_by(&self, zone: &Closure) -> Arc<[u32]> {
        let ZoneEdges(known) = &self.zone_edges;
        let area = zone.area();
        if let Some(edges) = known.lock().unwrap_or_else(PoisonError::into_inner).get(&area.digest()) {
            return Arc::clone(edges);
        }
        let mut near: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (part, bounds) in (0_u32..).zip(area.bounds_of_parts()) {
            for edge in self.edges_near(bounds) {
                let parts = near.entry(edge).or_default();
                if parts.last() != Some(&part) {
                    parts.push(part);
                }
            }
        }
        let closed = near.into_iter().filter(|(edge, parts)| zone.closes(self.edge_points(*edge), parts));
        let edges: Arc<[u32]> = closed.map(|(edge, _)| edge).collect();
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.values().map(|edges| edges.len() + 1).sum::<usize>() + edges.len() > ZONE_EDGES_KEPT {
            known.clear();
        }
        known.insert(area.digest(), Arc::clone(&edges));
        edges
    }

    /// Milliseconds of each arc under the conditions, [`CLOSED`] where it is shut. The hour of the departure counts for
    /// the whole journey.
    pub fn arc_ms_at(&self, conditions: &Conditions<'_>) -> Vec<u32> {
        let mut arc_ms = self.arc_ms.clone();
        if let Some(departure) = conditions.depart {
            if let Some(hourly) = &self.spec.hourly {
                let slower = RoadClass::ALL.map(|class| 1.0 / hourly.factor(class, departure));
                for (ms, &tagged) in arc_ms.iter_mut().zip(&self.arc_edge) {
                    let class = self.edge_class[(tagged >> 1) as usize];
                    let scaled = f64::from(*ms) * slower.get(usize::from(class)).copied().unwrap_or(1.0);
                    *ms = scaled.round().clamp(1.0, f64::from(CLOSED - 1)) as u32;
                }
            }
            for timed in self.timed.iter().filter(|timed| timed.hours.contain(departure)) {
                for &arc in &timed.arcs {
                    arc_ms[arc as usize] = CLOSED;
                }
            }
        }
        for zone in conditions.closures.iter().filter(|zone| zone.applies(self.profile(), conditions.depart)) {
            for &edge in self.edges_closed_by(zone).iter() {
                for arc in self.arcs_of(edge, false).chain(self.arcs_of(edge, true)) {
                    arc_ms[arc as usize] = CLOSED;
                }
            }
        }
        arc_ms
    }

    /// Why nobody can start or end at a place under the conditions: the name of the zone, or the hours that the road's
    /// own tags give. `None` where the road is open in at least one direction in which the place is served.
    pub fn closed_by(&self, at: &Snap, conditions: &Conditions<'_>) -> Option<String> {
        let mut zones = conditions.closures.iter().filter(|zone| zone.applies(self.profile(), conditions.depart));
        if let Some(zone) = zones.find(|zone| self.edges_closed_by(zone).binary_search(&at.edge).is_ok()) {
            return Some(format!("{} ({})", zone.name(), zone.hours()));
        }
        let departure = conditions.depart?;
        let shut =
            |arc: u32| self.timed.iter().find(|timed| timed.hours.contain(departure) && timed.arcs.contains(&arc));
        let mut hours = Vec::new();
        let served = [false, true].into_iter().filter(|&backward| at.allows(backward));
        for arc in served.flat_map(|backward| self.arcs_of(at.edge, backward)) {
            let text = shut(arc)?.hours.to_string();
            if !hours.contains(&text) {
                hours.push(text);
            }
        }
        (!hours.is_empty()).then(|| format!("road closed {}", hours.join("; ")))
    }
}
