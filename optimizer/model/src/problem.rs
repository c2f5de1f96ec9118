//! The `huilu` file form of a routing instance: string ids, fen, JSON. [`Instance`](crate::Instance) is made from it.

mod locks;
pub(crate) mod money;
mod resolve;

use serde::{Deserialize, Serialize};

use crate::balance::{BalanceSpec, CompactnessSpec};
use crate::datum::Wgs84;
use crate::instance::Window;
use crate::matrix::Matrix;
use crate::plan::{Plan, StreamLoad};
use crate::travel::{Point, Round, Shape};
use crate::units::{Grams, Litres, Metres, Seconds};

pub use locks::{LockSpec, VisitSpec};

/// [`Cost`](crate::Cost) units in one fen. A multiple of 3,600 and of 1,000, so that a fen an hour and a fen a kilometre are
/// whole numbers for each second and metre.
pub const COST_SCALE: i64 = 18_000;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Problem {
    pub name: String,
    pub streams: Vec<String>,
    #[serde(default)]
    pub incompatible_streams: Vec<(String, String)>,
    pub places: Vec<PlaceSpec>,
    /// One for each profile that a vehicle names, here or in `metrics`; rows and columns in the order of `places`.
    #[serde(default)]
    pub matrices: Vec<Matrix>,
    /// Instead of a matrix, for profiles whose legs follow from coordinates.
    #[serde(default)]
    pub metrics: Vec<MetricSpec>,
    pub jobs: Vec<JobSpec>,
    pub vehicles: Vec<VehicleSpec>,
    #[serde(default)]
    pub outlets: Vec<OutletSpec>,
    /// Groups of vehicles whose days should be alike.
    #[serde(default)]
    pub balance: Vec<BalanceSpec>,
    #[serde(default)]
    pub compactness: Option<CompactnessSpec>,
    #[serde(default)]
    pub locks: Vec<LockSpec>,
    /// An earlier plan to start from. It may be outdated or break rules.
    #[serde(default)]
    pub warm_start: Option<Plan>,
    /// What starts before this instant in `warm_start` stays as it is there: the vehicle, the order and the times.
    #[serde(default)]
    pub freeze_before: Option<Seconds>,
    /// So many jobs of `warm_start` at most may change their vehicle or their window, or be left out.
    #[serde(default)]
    pub max_changed: Option<u32>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceSpec {
    pub id: String,
    #[serde(default)]
    pub position: Option<Wgs84>,
    /// Name of the zone that it lies in.
    #[serde(default)]
    pub zone: Option<String>,
}

/// Legs of one profile from coordinates: `round(metres_per_unit * length)` and `round(seconds_per_unit * length)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricSpec {
    pub profile: String,
    pub shape: Shape,
    /// `x` and `y` of each place; absent for `great_circle`, which goes by the places' positions.
    #[serde(default)]
    pub points: Option<Vec<Point>>,
    /// On a great circle, whose unit is the metre, how much longer roads are.
    #[serde(default = "one")]
    pub metres_per_unit: f64,
    pub seconds_per_unit: f64,
    #[serde(default)]
    pub round: Round,
}

fn one() -> f64 {
    1.0
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowSpec {
    pub start: Seconds,
    pub end: Seconds,
}

/// A window of a job, which may have a soft end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobWindowSpec {
    pub start: Seconds,
    pub end: Seconds,
    /// A start after it, up to `end`, costs `late_cost_per_h` for each hour. Both are given or none.
    #[serde(default)]
    pub soft_end: Option<Seconds>,
    /// Fen.
    #[serde(default)]
    pub late_cost_per_h: Option<i64>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobSpec {
    pub id: String,
    pub place: String,
    pub loads: Vec<StreamLoad>,
    pub time_windows: Vec<JobWindowSpec>,
    /// The trip that serves the job may not leave its start, or the unload before it, earlier.
    #[serde(default)]
    pub release_s: Option<Seconds>,
    #[serde(default)]
    pub setup_s: Seconds,
    #[serde(default)]
    pub service_s: Seconds,
    #[serde(default)]
    pub skills: Vec<String>,
    /// Fen; absent makes the job mandatory.
    #[serde(default)]
    pub penalty: Option<i64>,
    /// Ids; any other vehicle costs `other_vehicle_cost` fen more. Empty: all are welcome.
    #[serde(default)]
    pub preferred_vehicles: Vec<String>,
    #[serde(default)]
    pub other_vehicle_cost: i64,
    /// Where no vehicle holds the load, it is picked up in as few parts as do.
    #[serde(default)]
    pub splittable: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehicleSpec {
    pub id: String,
    pub profile: String,
    pub start: String,
    /// Absent: the route ends where its last visit was.
    #[serde(default)]
    pub end: Option<String>,
    /// Payload over all compartments.
    pub capacity_g: Grams,
    pub compartments: Vec<CompartmentSpec>,
    pub shift: WindowSpec,
    #[serde(default, rename = "break")]
    pub pause: Option<BreakSpec>,
    #[serde(default)]
    pub costs: CostSpec,
    /// Each hour of the route after it costs `costs.overtime_per_hour` more; the shift's end stays hard.
    #[serde(default)]
    pub overtime_from: Option<Seconds>,
    #[serde(default)]
    pub bans: Vec<BanSpec>,
    #[serde(default)]
    pub skills: Vec<String>,
    #[serde(default)]
    pub max_distance_m: Option<Metres>,
    /// From departure to return.
    #[serde(default)]
    pub max_duration_s: Option<Seconds>,
    #[serde(default)]
    pub max_jobs: Option<u32>,
    /// Picked up over the whole route.
    #[serde(default)]
    pub max_day_g: Option<Grams>,
    #[serde(default)]
    pub max_day_l: Option<Litres>,
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
    #[serde(default)]
    pub overtime_per_hour: i64,
}

/// The vehicle serves nothing in the zone at these hours, which bound the start of visits; none given: never.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BanSpec {
    pub zone: String,
    #[serde(default)]
    pub hours: Vec<WindowSpec>,
}

/// Who comes from `start` to `end` waits `wait_s` before unloading, but never beyond `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueSpec {
    pub start: Seconds,
    pub end: Seconds,
    pub wait_s: Seconds,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    /// On top, for each 100 kg delivered.
    #[serde(default)]
    pub unload_per_100kg_s: Seconds,
    /// Busy hours.
    #[serde(default)]
    pub queues: Vec<QueueSpec>,
    /// Fen for each visit.
    #[serde(default)]
    pub gate_fee: i64,
}

impl From<WindowSpec> for Window {
    fn from(spec: WindowSpec) -> Self {
        Self { start: spec.start, end: spec.end }
    }
}

impl From<WindowSpec> for JobWindowSpec {
    fn from(spec: WindowSpec) -> Self {
        Self { start: spec.start, end: spec.end, ..Self::default() }
    }
}

impl From<JobWindowSpec> for Window {
    fn from(spec: JobWindowSpec) -> Self {
        Self { start: spec.start, end: spec.end }
    }
}
