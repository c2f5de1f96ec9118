//! What changes from hour to hour on one and the same graph: speeds, and roads that are shut.

use crate::class::RoadClass;
use crate::closures::Closure;
use crate::graph::Graph;
use crate::hours::{Departure, WeeklyHours};
use crate::snap::Snap;

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

impl Graph {
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
        let zones: Vec<&Closure> =
            conditions.closures.iter().filter(|zone| zone.applies(self.profile(), conditions.depart)).collect();
        if !zones.is_empty() {
            for edge in 0..self.n_edges() as u32 {
                if zones.iter().any(|zone| zone.closes(self.edge_points(edge))) {
                    for arc in self.arcs_of(edge, false).chain(self.arcs_of(edge, true)) {
                        arc_ms[arc as usize] = CLOSED;
                    }
                }
            }
        }
        arc_ms
    }

    /// Why nobody can start or end at a place under the conditions: the name of the zone, or the hours that the road's
    /// own tags give. `None` where the road is open in at least one direction.
    pub fn closed_by(&self, at: &Snap, conditions: &Conditions<'_>) -> Option<String> {
        let zones = conditions.closures.iter().filter(|zone| zone.applies(self.profile(), conditions.depart));
        let line = self.edge_points(at.edge);
        if let Some(zone) = zones.into_iter().find(|zone| zone.closes(line)) {
            return Some(format!("{} ({})", zone.name(), zone.hours()));
        }
        let departure = conditions.depart?;
        let shut =
            |arc: u32| self.timed.iter().find(|timed| timed.hours.contain(departure) && timed.arcs.contains(&arc));
        let mut hours = Vec::new();
        for arc in self.arcs_of(at.edge, false).chain(self.arcs_of(at.edge, true)) {
            let text = shut(arc)?.hours.to_string();
            if !hours.contains(&text) {
                hours.push(text);
            }
        }
        (!hours.is_empty()).then(|| format!("road closed {}", hours.join("; ")))
    }
}
