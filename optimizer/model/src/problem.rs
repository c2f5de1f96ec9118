//! The `huilu` file form of a routing instance: string ids, fen, JSON. [`Instance`] is made from it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::datum::Wgs84;
use crate::fault::{FaultCode, Faults};
use crate::instance::{self, Instance, Parts, StreamSet, Window};
use crate::matrix::Matrix;
use crate::plan::StreamLoad;
use crate::units::{Cost, Grams, Litres, Metres, Seconds};

/// [`Cost`] units in one fen. A multiple of 3,600 and of 1,000, so that a fen an hour and a fen a kilometre are
/// whole numbers for each second and metre.
pub const COST_SCALE: i64 = 18_000;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    pub name: String,
    pub streams: Vec<String>,
    #[serde(default)]
    pub incompatible_streams: Vec<(String, String)>,
    pub places: Vec<PlaceSpec>,
    /// One for each profile that a vehicle names; rows and columns in the order of `places`.
    pub matrices: Vec<Matrix>,
    pub jobs: Vec<JobSpec>,
    pub vehicles: Vec<VehicleSpec>,
    #[serde(default)]
    pub outlets: Vec<OutletSpec>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceSpec {
    pub id: String,
    #[serde(default)]
    pub position: Option<Wgs84>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowSpec {
    pub start: Seconds,
    pub end: Seconds,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    pub id: String,
    pub place: String,
    pub loads: Vec<StreamLoad>,
    pub time_windows: Vec<WindowSpec>,
    #[serde(default)]
    pub setup_s: Seconds,
    #[serde(default)]
    pub service_s: Seconds,
    #[serde(default)]
    pub skills: Vec<String>,
    /// Fen; absent makes the job mandatory.
    #[serde(default)]
    pub penalty: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehicleSpec {
    pub id: String,
    pub profile: String,
    pub start: String,
    pub end: String,
    /// Payload over all compartments.
    pub capacity_g: Grams,
    pub compartments: Vec<CompartmentSpec>,
    pub shift: WindowSpec,
    #[serde(default, rename = "break")]
    pub pause: Option<BreakSpec>,
    #[serde(default)]
    pub costs: CostSpec,
    #[serde(default)]
    pub skills: Vec<String>,
    #[serde(default)]
    pub max_distance_m: Option<Metres>,
    #[serde(default = "yes")]
    pub end_empty: bool,
}

fn yes() -> bool {
    true
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompartmentSpec {
    pub streams: Vec<String>,
    pub capacity_g: Grams,
    pub capacity_l: Litres,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakSpec {
    pub earliest: Seconds,
    pub latest: Seconds,
    pub duration_s: Seconds,
}

/// In fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostSpec {
    #[serde(default)]
    pub fixed: i64,
    #[serde(default)]
    pub per_hour: i64,
    #[serde(default)]
    pub per_km: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutletSpec {
    pub id: String,
    pub place: String,
    pub streams: Vec<String>,
    pub hours: Vec<WindowSpec>,
    /// What it can still take today; streams that are absent are not limited.
    #[serde(default)]
    pub capacity: Vec<StreamLoad>,
    #[serde(default)]
    pub unload_s: Seconds,
    /// Fen for each visit.
    #[serde(default)]
    pub gate_fee: i64,
}

impl From<WindowSpec> for Window {
    fn from(spec: WindowSpec) -> Self {
        Self { start: spec.start, end: spec.end }
    }
}

impl TryFrom<&Problem> for Instance {
    type Error = Faults;

    /// Resolves names to indices and fen to [`Cost`], then validates.
    ///
    /// # Errors
    /// Every fault found, not only the first.
    fn try_from(problem: &Problem) -> Result<Self, Faults> {
        let mut names = Names::new(problem);
        let parts = Parts {
            name: problem.name.clone(),
            cost_scale: COST_SCALE,
            streams: problem.streams.clone(),
            incompatible: names.pairs(&problem.incompatible_streams),
            places: problem.places.iter().map(|p| instance::Place { id: p.id.clone(), position: p.position }).collect(),
            matrices: problem.matrices.clone(),
            jobs: problem.jobs.iter().enumerate().map(|(k, job)| names.job(k, job)).collect(),
            vehicles: problem.vehicles.iter().enumerate().map(|(k, vehicle)| names.vehicle(k, vehicle)).collect(),
            outlets: problem.outlets.iter().enumerate().map(|(k, outlet)| names.outlet(k, outlet)).collect(),
            skills: names.skills.clone(),
        };
        // Unresolved names stand as index 0 or as an index out of range: validate only what was resolved.
        names.faults.or(())?;
        Instance::new(parts)
    }
}

/// Name tables of one problem, and the faults met while resolving.
struct Names<'a> {
    places: HashMap<&'a str, usize>,
    profiles: HashMap<&'a str, usize>,
    streams: HashMap<&'a str, usize>,
    skills: Vec<String>,
    faults: Faults,
}

impl<'a> Names<'a> {
    fn new(problem: &'a Problem) -> Self {
        let index = |ids: Vec<&'a str>| ids.into_iter().enumerate().map(|(k, id)| (id, k)).collect::<HashMap<_, _>>();
        let mut faults = Faults::default();
        if problem.streams.len() > instance::STREAMS_MAX {
            faults.add(
                FaultCode::TooMany,
                "streams",
                format!("{} given, {} allowed", problem.streams.len(), instance::STREAMS_MAX),
            );
        }
        Self {
            places: index(problem.places.iter().map(|p| p.id.as_str()).collect()),
            profiles: index(problem.matrices.iter().map(|m| m.profile.as_str()).collect()),
            streams: index(problem.streams.iter().map(String::as_str).take(instance::STREAMS_MAX).collect()),
            skills: Vec::new(),
            faults,
        }
    }

    fn unknown(&mut self, path: String, name: &str, list: &str) {
        self.faults.add(FaultCode::UnknownReference, path, format!("`{name}` is not in `{list}`"));
    }

    fn place(&mut self, path: String, id: &str) -> usize {
        self.places.get(id).copied().unwrap_or_else(|| {
            self.unknown(path, id, "places");
            0
        })
    }

    fn stream(&mut self, path: String, name: &str) -> usize {
        self.streams.get(name).copied().unwrap_or_else(|| {
            self.unknown(path, name, "streams");
            0
        })
    }

    fn stream_set(&mut self, path: &str, names: &[String]) -> StreamSet {
        let mut set = StreamSet::default();
        for (i, name) in names.iter().enumerate() {
            set.insert(self.stream(format!("{path}[{i}]"), name));
        }
        set
    }

    fn pairs(&mut self, pairs: &[(String, String)]) -> Vec<(usize, usize)> {
        let path = |k| format!("incompatible_streams[{k}]");
        pairs.iter().enumerate().map(|(k, (a, b))| (self.stream(path(k), a), self.stream(path(k), b))).collect()
    }

    fn skill_mask(&mut self, path: &str, names: &[String]) -> u64 {
        let mut mask = 0;
        for name in names {
            let at = self.skills.iter().position(|known| known == name).unwrap_or_else(|| {
                self.skills.push(name.clone());
                self.skills.len() - 1
            });
            if at < instance::SKILLS_MAX {
                mask |= 1 << at;
            } else {
                self.faults.add(
                    FaultCode::TooMany,
                    path,
                    format!("more than {} different skills", instance::SKILLS_MAX),
                );
            }
        }
        mask
    }

    /// Fen to [`Cost`] with `unit` parts to the fen; a sum that would overflow is a fault.
    fn cost(&mut self, path: String, fen: i64, unit: i64) -> Cost {
        Cost(fen.checked_mul(unit).unwrap_or_else(|| {
            self.faults.add(FaultCode::NumberTooLarge, path, format!("{fen} fen is too much"));
            0
        }))
    }

    fn job(&mut self, k: usize, job: &JobSpec) -> instance::Job {
        let path = format!("jobs[{k}]");
        let loads = job.loads.iter().enumerate().map(|(i, load)| instance::Load {
            stream: self.stream(format!("{path}.loads[{i}].stream"), &load.stream),
            grams: load.grams,
            litres: load.litres,
        });
        let loads = loads.collect();
        instance::Job {
            id: job.id.clone(),
            place: self.place(format!("{path}.place"), &job.place),
            loads,
            windows: job.time_windows.iter().map(|&w| w.into()).collect(),
            setup: job.setup_s,
            service: job.service_s,
            skills: self.skill_mask(&format!("{path}.skills"), &job.skills),
            penalty: job.penalty.map(|fen| self.cost(format!("{path}.penalty"), fen, COST_SCALE)),
        }
    }

    fn vehicle(&mut self, k: usize, vehicle: &VehicleSpec) -> instance::Vehicle {
        let path = format!("vehicles[{k}]");
        let profile = self.profiles.get(vehicle.profile.as_str()).copied().unwrap_or_else(|| {
            self.unknown(format!("{path}.profile"), &vehicle.profile, "matrices");
            0
        });
        let compartments = vehicle.compartments.iter().enumerate().map(|(i, part)| instance::Compartment {
            streams: self.stream_set(&format!("{path}.compartments[{i}].streams"), &part.streams),
            grams: part.capacity_g,
            litres: part.capacity_l,
        });
        let compartments = compartments.collect();
        instance::Vehicle {
            id: vehicle.id.clone(),
            profile,
            start: self.place(format!("{path}.start"), &vehicle.start),
            end: self.place(format!("{path}.end"), &vehicle.end),
            grams: vehicle.capacity_g,
            compartments,
            shift: vehicle.shift.into(),
            pause: vehicle.pause.map(|pause| instance::Break {
                window: Window { start: pause.earliest, end: pause.latest },
                duration: pause.duration_s,
            }),
            cost_fixed: self.cost(format!("{path}.costs.fixed"), vehicle.costs.fixed, COST_SCALE),
            cost_per_second: self.cost(format!("{path}.costs.per_hour"), vehicle.costs.per_hour, COST_SCALE / 3_600),
            cost_per_metre: self.cost(format!("{path}.costs.per_km"), vehicle.costs.per_km, COST_SCALE / 1_000),
            skills: self.skill_mask(&format!("{path}.skills"), &vehicle.skills),
            max_distance: vehicle.max_distance_m,
            end_empty: vehicle.end_empty,
        }
    }

    fn outlet(&mut self, k: usize, outlet: &OutletSpec) -> instance::Outlet {
        let path = format!("outlets[{k}]");
        let mut capacity = vec![None; self.streams.len()];
        for (i, limit) in outlet.capacity.iter().enumerate() {
            let stream = self.stream(format!("{path}.capacity[{i}].stream"), &limit.stream);
            if let Some(entry) = capacity.get_mut(stream) {
                *entry = Some((limit.grams, limit.litres));
            }
        }
        instance::Outlet {
            id: outlet.id.clone(),
            place: self.place(format!("{path}.place"), &outlet.place),
            streams: self.stream_set(&format!("{path}.streams"), &outlet.streams),
            windows: outlet.hours.iter().map(|&w| w.into()).collect(),
            capacity,
            unload: outlet.unload_s,
            gate_fee: self.cost(format!("{path}.gate_fee"), outlet.gate_fee, COST_SCALE),
        }
    }
}
