//! What the CVRP and VRPTW readers share: from coordinates, demands and windows to an [`Instance`] with one depot,
//! one stream and identical vehicles. Times are scaled exactly like distances.

use std::path::Path;

use huilu_model::{
    Compartment, Cost, Grams, Instance, Job, Litres, Load, Matrix, Metric, Parts, Place, Round, Rule, Seconds, Shape,
    StreamSet, Travel, Vehicle, Window,
};

use super::numbers::stem;
use super::{FormatError, Rounding};

/// More nodes than this need a dense matrix beyond what a machine has.
pub(super) const NODES_MAX: usize = 40_000;
/// Stands for "no end": far later than any route of these files can last.
const OPEN_END: i64 = 1 << 44;

pub(super) enum Distances {
    /// x and y by node.
    Points(Vec<(f64, f64)>),
    /// Row-major, already in whole units.
    Explicit(Vec<u32>),
}

/// Node 0 is the depot.
pub(super) struct Classic {
    pub(super) distances: Distances,
    pub(super) demand: Vec<i64>,
    pub(super) capacity: i64,
    /// By node, in the file's unit.
    pub(super) windows: Option<Vec<(f64, f64)>>,
    /// By node, in the file's unit.
    pub(super) service: Vec<f64>,
    /// Absent: as many as clients.
    pub(super) vehicles: Option<usize>,
}

impl Rounding {
    /// Units in one unit of the file.
    fn scale(self) -> i64 {
        match self {
            Rounding::Nint => 1,
            Rounding::Dimacs => 10,
            Rounding::Exact => 1_000,
        }
    }

    fn rule(self) -> Rule {
        let round = match self {
            Rounding::Nint | Rounding::Exact => Round::Nearest,
            Rounding::Dimacs => Round::Down,
        };
        Rule { factor: self.scale() as f64, round }
    }
}

impl Classic {
    pub(super) fn instance(self, file: &Path, rounding: Rounding) -> Result<Instance, FormatError> {
        let fault = |cause: String| FormatError::new(file, None, cause);
        let n = self.demand.len();
        let scale = rounding.scale();
        let travel = self.travel(file, rounding)?;
        let time = |value: f64| (value * scale as f64).round() as i64;
        let window = |node: usize| match &self.windows {
            Some(windows) => Window { start: Seconds(time(windows[node].0)), end: Seconds(time(windows[node].1)) },
            None => Window { start: Seconds::ZERO, end: Seconds(OPEN_END) },
        };
        let all_streams = StreamSet(1);
        let (grams, litres) = (Grams(self.capacity), Litres(self.capacity));
        let vehicle = |k: usize| Vehicle {
            id: (k + 1).to_string(),
            profile: 0,
            start: 0,
            end: 0,
            grams,
            compartments: vec![Compartment { streams: all_streams, grams, litres }],
            shift: window(0),
            pause: None,
            cost_fixed: Cost::ZERO,
            cost_per_second: Cost::ZERO,
            cost_per_metre: Cost(1),
            skills: 0,
            max_distance: None,
            end_empty: false,
        };
        let job = |node: usize| Job {
            id: node.to_string(),
            place: node,
            loads: vec![Load { stream: 0, grams: Grams(self.demand[node]), litres: Litres::ZERO }],
            windows: vec![window(node)],
            setup: Seconds::ZERO,
            service: Seconds(time(self.service[node])),
            skills: 0,
            penalty: None,
        };
        let vehicles = self.vehicles.unwrap_or(n - 1).min(n - 1);
        Instance::new(Parts {
            name: stem(file),
            cost_scale: scale,
            streams: vec!["goods".to_owned()],
            skills: Vec::new(),
            incompatible: Vec::new(),
            places: (0..n).map(|node| Place { id: node.to_string(), position: None }).collect(),
            travel: vec![travel],
            jobs: (1..n).map(job).collect(),
            vehicles: (0..vehicles).map(vehicle).collect(),
            outlets: Vec::new(),
        })
        .map_err(|faults| fault(faults.to_string()))
    }

    fn travel(&self, file: &Path, rounding: Rounding) -> Result<Travel, FormatError> {
        let profile = "vehicle".to_owned();
        match &self.distances {
            Distances::Explicit(entries) => {
                let scale = rounding.scale() as u32;
                let scaled = entries.iter().map(|entry| entry.checked_mul(scale).filter(|&value| value < u32::MAX));
                let scaled: Vec<u32> = scaled
                    .collect::<Option<_>>()
                    .ok_or_else(|| FormatError::new(file, None, "a distance between two nodes does not fit 32 bits"))?;
                let size = self.demand.len();
                Ok(Matrix { profile, size, seconds: scaled.clone(), metres: scaled }.into())
            }
            Distances::Points(points) => {
                let rule = rounding.rule();
                let metric = Metric::new(profile, Shape::Euclidean, points.clone(), rule, rule);
                metric.map(Travel::from).map_err(|cause| FormatError::new(file, None, cause.to_string()))
            }
        }
    }
}
