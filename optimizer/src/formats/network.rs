//! What the readers of routing files share: from nodes, demands, windows and a fleet to an [`Instance`] of the rich
//! problem. Depots are the first places; times are scaled exactly like distances.

use std::path::Path;

use huilu_model::{
    Compartment, Cost, FaultCode, Grams, Instance, Job, Litres, Load, Matrix, Metric, Outlet, Parts, Place, Round,
    Rule, Seconds, Shape, StreamSet, Travel, Vehicle, Window,
};

use super::text::stem;
use super::{FormatError, Rounding};

/// More nodes than this are of no known instance.
pub(super) const NODES_MAX: usize = 200_000;
/// Vehicles beyond this ask for memory that no fleet needs.
pub(super) const VEHICLES_MAX: usize = 50_000;
/// Stands for "no end": far later than any route of these files can last.
const OPEN_END: i64 = 1 << 44;

#[derive(Debug)]
pub(super) enum Distances {
    /// x and y by node.
    Points(Vec<(f64, f64)>),
    /// Row-major, already in whole units.
    Explicit(Vec<u32>),
}

/// A vehicle in the file's units.
#[derive(Clone, Debug)]
pub(super) struct NodeVehicle {
    /// Node where it starts and ends.
    pub(super) depot: usize,
    pub(super) capacity: i64,
    pub(super) cost_fixed: i64,
    pub(super) cost_per_distance: i64,
    pub(super) max_duration: Option<f64>,
    pub(super) max_distance: Option<f64>,
    /// Bits of [`Network::skills`].
    pub(super) skills: u64,
}

impl NodeVehicle {
    pub(super) fn plain(depot: usize, capacity: i64) -> Self {
        Self { depot, capacity, cost_fixed: 0, cost_per_distance: 1, max_duration: None, max_distance: None, skills: 0 }
    }
}

/// Nodes, the first `depots` of which are depots; lists go by node, all in the file's units.
#[derive(Debug)]
pub(super) struct Network {
    pub(super) depots: usize,
    /// Ids of the clients, in the order of their nodes.
    pub(super) client_ids: Vec<String>,
    pub(super) distances: Distances,
    pub(super) demand: Vec<i64>,
    pub(super) windows: Option<Vec<(f64, f64)>>,
    pub(super) service: Vec<f64>,
    pub(super) release: Option<Vec<f64>>,
    /// What leaving a client out costs; absent where all must be served.
    pub(super) prizes: Option<Vec<f64>>,
    pub(super) fleet: Vec<NodeVehicle>,
    /// Depots where any vehicle may end one trip and begin another.
    pub(super) reload: Vec<usize>,
    /// By node: bits that a vehicle must have.
    pub(super) skills: Vec<u64>,
    /// Names of the bits.
    pub(super) skill_names: Vec<String>,
    /// Units of the file's fixed and unit costs in one unit of its cost.
    pub(super) cost_parts: i64,
}

impl Rounding {
    /// Units in one unit of the file.
    pub fn scale(self) -> i64 {
        match self {
            Rounding::Nint => 1,
            Rounding::Dimacs => 10,
            Rounding::Exact => 1_000,
        }
    }

    /// For lengths that `factor` turns into the file's unit.
    pub(super) fn rule(self, factor: f64) -> Rule {
        let round = match self {
            Rounding::Nint | Rounding::Exact => Round::Nearest,
            Rounding::Dimacs => Round::Down,
        };
        Rule { factor: self.scale() as f64 * factor, round }
    }

    /// A time of the file in whole units.
    pub(super) fn time(self, value: f64) -> i64 {
        (value * self.scale() as f64).round() as i64
    }
}

impl Network {
    pub(super) fn instance(self, file: &Path, rounding: Rounding) -> Result<Instance, FormatError> {
        let n = self.demand.len();
        let scale = rounding.scale();
        let travel = self.travel(file, rounding)?;
        let window = |node: usize| match &self.windows {
            Some(windows) => {
                let (opens, closes) = windows[node];
                Window { start: Seconds(rounding.time(opens)), end: Seconds(rounding.time(closes)) }
            }
            None => Window { start: Seconds::ZERO, end: Seconds(OPEN_END) },
        };
        let all_streams = StreamSet(1);
        let vehicle = |(k, spec): (usize, &NodeVehicle)| {
            let (grams, litres) = (Grams(spec.capacity), Litres(spec.capacity));
            Vehicle {
                id: (k + 1).to_string(),
                profile: 0,
                start: spec.depot,
                end: spec.depot,
                grams,
                compartments: vec![Compartment { streams: all_streams, grams, litres }],
                shift: window(spec.depot),
                cost_fixed: Cost(spec.cost_fixed.saturating_mul(scale)),
                cost_per_second: Cost::ZERO,
                cost_per_metre: Cost(spec.cost_per_distance),
                skills: spec.skills,
                max_distance: spec.max_distance.map(|most| huilu_model::Metres(rounding.time(most))),
                max_duration: spec.max_duration.map(|most| Seconds(rounding.time(most))),
                end_empty: false,
                ..Vehicle::default()
            }
        };
        let job = |node: usize| Job {
            id: self.client_ids[node - self.depots].clone(),
            place: node,
            loads: vec![Load { stream: 0, grams: Grams(self.demand[node]), litres: Litres::ZERO }],
            windows: vec![window(node)],
            release: self.release.as_ref().map(|releases| Seconds(rounding.time(releases[node]))),
            setup: Seconds::ZERO,
            service: Seconds(rounding.time(self.service[node])),
            skills: self.skills[node],
            penalty: self
                .prizes
                .as_ref()
                .map(|prizes| Cost(rounding.time(prizes[node]).saturating_mul(self.cost_parts))),
            ..Job::default()
        };
        let outlet = |depot: usize| Outlet {
            id: format!("depot {}", depot + 1),
            place: depot,
            streams: all_streams,
            windows: vec![window(depot)],
            capacity: vec![None],
            unload: Seconds::ZERO,
            gate_fee: Cost::ZERO,
            ..Outlet::default()
        };
        let place = |node: usize| {
            let client = node.checked_sub(self.depots).and_then(|client| self.client_ids.get(client));
            client.cloned().unwrap_or_else(|| format!("depot {}", node + 1))
        };
        Instance::new(Parts {
            name: stem(file),
            cost_scale: scale * self.cost_parts,
            streams: vec!["goods".to_owned()],
            skills: self.skill_names.clone(),
            places: (0..n).map(|node| Place { id: place(node), ..Place::default() }).collect(),
            travel: vec![travel],
            jobs: (self.depots..n).map(job).collect(),
            vehicles: self.fleet.iter().enumerate().map(vehicle).collect(),
            outlets: self.reload.iter().copied().map(outlet).collect(),
            ..Parts::default()
        })
        .map_err(|faults| FormatError::listing(file, None, faults))
    }

    fn travel(&self, file: &Path, rounding: Rounding) -> Result<Travel, FormatError> {
        let profile = "vehicle".to_owned();
        match &self.distances {
            Distances::Explicit(entries) => {
                let scale = rounding.scale() as u32;
                let scaled = entries.iter().map(|entry| entry.checked_mul(scale).filter(|&value| value < u32::MAX));
                let scaled: Vec<u32> = scaled.collect::<Option<_>>().ok_or_else(|| {
                    FormatError::new(
                        file,
                        None,
                        FaultCode::NumberTooLarge,
                        "a distance between two nodes does not fit 32 bits",
                    )
                })?;
                let size = self.demand.len();
                Ok(Matrix { profile, size, seconds: scaled.clone(), metres: scaled }.into())
            }
            Distances::Points(points) => {
                let rule = rounding.rule(1.0);
                let metric = Metric::new(profile, Shape::Euclidean, points.clone(), rule, rule);
                metric
                    .map(Travel::from)
                    .map_err(|cause| FormatError::new(file, None, FaultCode::OutOfRange, cause.to_string()))
            }
        }
    }
}
