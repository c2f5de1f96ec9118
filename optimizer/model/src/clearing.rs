//! Clearing runs: vans empty collection points into transfer stations, trucks empty these into sorting centres.
//!
//! [`Network`] is the file form of what is known in the morning: outlets with their fill and its history, vehicles, ways.
//! [`ClearingPlan`] is the answer. Instants are seconds since the plan's epoch, local midnight of the day.

use serde::{Deserialize, Serialize};

use crate::fault::{FaultCode, Faults};
use crate::instance::NUMBER_LIMIT;
use crate::matrix::Matrix;
use crate::plan::{CostParts, Plan, StreamLoad};
use crate::problem::{COST_SCALE, MetricSpec, PlaceSpec, Problem, VehicleSpec, WindowSpec};
use crate::units::{Cost, Grams, Litres, Seconds};

/// How far a history may reach back.
pub const HISTORY_DAYS_MAX: u32 = 3_660;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    CollectionPoint,
    TransferStation,
    SortingCenter,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    pub name: String,
    pub streams: Vec<String>,
    #[serde(default)]
    pub incompatible_streams: Vec<(String, String)>,
    pub places: Vec<PlaceSpec>,
    /// As in [`Problem`].
    #[serde(default)]
    pub matrices: Vec<Matrix>,
    /// As in [`Problem`].
    #[serde(default)]
    pub metrics: Vec<MetricSpec>,
    pub outlets: Vec<OutletState>,
    /// They empty collection points.
    #[serde(default)]
    pub vans: Vec<VehicleSpec>,
    /// They empty transfer stations.
    #[serde(default)]
    pub trucks: Vec<VehicleSpec>,
    /// Of the day that is planned; Monday is 0.
    pub weekday: u8,
    /// Days until vehicles go out again.
    #[serde(default = "one")]
    pub next_run_days: u32,
    #[serde(default)]
    pub settings: ClearingSettings,
}

fn one() -> u32 {
    1
}

/// An outlet as it stands at the plan's epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutletState {
    pub id: String,
    pub place: String,
    pub tier: Tier,
    /// What it takes.
    pub streams: Vec<String>,
    /// What it holds when full, stream by stream; streams that are absent are not limited.
    #[serde(default)]
    pub capacity: Vec<StreamLoad>,
    /// What is in it; streams that are absent are empty. It may exceed the capacity: then it overflows already.
    #[serde(default)]
    pub fill: Vec<StreamLoad>,
    /// Whole days since it was last emptied; 0 is today.
    #[serde(default)]
    pub cleared_days_ago: Option<u32>,
    /// What came in on past days, whoever brought it. Days that are absent were not observed.
    #[serde(default)]
    pub history: Vec<DayInflow>,
    /// Whom a collection point serves; its inflow is guessed from them where nothing else is known.
    #[serde(default)]
    pub households: Option<u32>,
    /// When vehicles may come; absent, all day.
    #[serde(default)]
    pub hours: Vec<WindowSpec>,
    /// Spent by a vehicle that empties it.
    #[serde(default)]
    pub clearing_s: Seconds,
    /// On top, for each 100 kg taken.
    #[serde(default)]
    pub clearing_per_100kg_s: Seconds,
    /// Spent by a vehicle that unloads here.
    #[serde(default)]
    pub unload_s: Seconds,
    /// On top, for each 100 kg delivered.
    #[serde(default)]
    pub unload_per_100kg_s: Seconds,
    /// Fen for each unloading.
    #[serde(default)]
    pub gate_fee: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayInflow {
    /// 1 is yesterday.
    pub days_ago: u32,
    /// Streams that are absent brought nothing.
    pub inflow: Vec<StreamLoad>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClearingSettings {
    /// Wanted chance that an outlet which is left alone does not overflow before the next run.
    pub service_level: f64,
    pub rule: ClearingRule,
    /// What an overflow costs, in fen: complaints, cleaning, the special trip.
    pub overflow_price: i64,
    /// Weight of the newest day in the smoothed inflow.
    pub smoothing: f64,
    /// Assumed inflow of a household where nothing else is known.
    pub grams_per_household_day: i64,
}

impl Default for ClearingSettings {
    /// 0.29 kg a person and day is Shanghai's rate of 2022 (7,200 t a day, 24.76 million people); 2.5 persons a household, the
    /// overflow's price and the smoothing are assumptions.
    fn default() -> Self {
        Self {
            service_level: 0.95,
            rule: ClearingRule::Forecast,
            overflow_price: 20_000,
            smoothing: 0.2,
            grams_per_household_day: 725,
        }
    }
}

/// What decides whether an outlet is emptied today.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClearingRule {
    /// Those that may overflow before the next run must be emptied; others where the way there is worth it today.
    Forecast,
    /// Those that are filled to this share, and no others.
    Threshold { share: f64 },
    /// Those that were last emptied so many days ago, and no others.
    Calendar { every_days: u32 },
}

/// Whether and why an outlet is to be emptied today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Due {
    /// There is more in it than it may hold.
    Overfull,
    /// It may overflow before the next run, or the rule says so.
    Mandatory,
    /// Where the way there costs less than its price.
    Optional,
    /// It is left alone.
    NotDue,
}

/// Where the forecast of an outlet's inflow comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// A week of observed days or more.
    History,
    /// Fewer observed days, filled up with the next best.
    ShortHistory,
    /// What is in it, over the days since it was emptied.
    SinceCleared,
    /// Of a transfer station: what its collection points are expected to send.
    CollectionPoints,
    Households,
    /// Nothing is known: it is taken to fill up in a week.
    Capacity,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    pub outlet: String,
    pub tier: Tier,
    pub due: Due,
    pub basis: Basis,
    /// Fullest stream in mass or volume, as a fraction of its capacity; above 1 it overflows.
    pub fill_level: f64,
    pub inflow_kg_per_day: f64,
    pub inflow_l_per_day: f64,
    /// First day at whose end it would overflow at the service level, counted from the day of the plan; absent where it
    /// lies beyond the horizon of 60 days.
    pub overflow_in_days: Option<u32>,
    /// Chance that it overflows before the next run if it is left alone.
    pub overflow_risk: f64,
    /// Fen that leaving it out costs in the routing problem, all its jobs together; absent where it has none.
    pub price: Option<i64>,
    /// Expected to come in before a vehicle is there; part of what is taken.
    pub expected: Vec<StreamLoad>,
    /// None where it is left alone, and where it must be emptied and no vehicle can.
    pub jobs: u32,
    pub jobs_served: u32,
}

/// Which vehicles go first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The rule: what vans bring to a transfer station, trucks may take the same day.
    #[default]
    VansFirst,
    /// Where stations are too full for what must be brought: trucks make room, vans unload once they have left.
    TrucksFirst,
}

/// What a job of the routing problem takes, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Take {
    pub job: String,
    pub outlet: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Movement {
    /// Expected of residents and collectors.
    Inflow,
    Delivered,
    Taken,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StockChange {
    pub at_s: Seconds,
    pub movement: Movement,
    /// Absent for inflow.
    pub vehicle: Option<String>,
    pub amount: Vec<StreamLoad>,
    /// In the outlet afterwards.
    pub content: Vec<StreamLoad>,
}

/// One outlet over the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutletBalance {
    pub outlet: String,
    pub start: Vec<StreamLoad>,
    /// In the order of time.
    pub changes: Vec<StockChange>,
    pub end: Vec<StreamLoad>,
}

/// The routes that empty one tier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClearingStage {
    pub tier: Tier,
    /// Its matrices are those of the network and left out here.
    pub problem: Problem,
    pub plan: Plan,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClearingPlan {
    pub network: String,
    pub order: Order,
    /// Everything that must be emptied is; never so where no vehicle can empty one of them.
    pub feasible: bool,
    /// Collection points and transfer stations in the order of the network.
    pub decisions: Vec<Decision>,
    /// What was odd about the network, one sentence each.
    pub notes: Vec<String>,
    /// Vans and trucks, each with its routing problem.
    pub stages: Vec<ClearingStage>,
    pub takes: Vec<Take>,
    pub balance: Vec<OutletBalance>,
}

impl ClearingPlan {
    /// The routes of all stages as one plan: their jobs and vehicles are different ones.
    pub fn routes(&self) -> Plan {
        let mut all = Plan {
            instance: self.network.clone(),
            cost_scale: COST_SCALE,
            cost: Cost::ZERO,
            cost_parts: CostParts::default(),
            lower_bound: None,
            routes: Vec::new(),
            unassigned: Vec::new(),
        };
        for ClearingStage { plan, .. } in &self.stages {
            all.cost += plan.cost;
            all.cost_parts += plan.cost_parts;
            all.routes.extend(plan.routes.iter().cloned());
            all.unassigned.extend(plan.unassigned.iter().cloned());
        }
        all
    }
}

impl Network {
    /// Everything that contradicts itself in the outlets and settings; places, vehicles and ways are looked at when the
    /// routing instance is made.
    ///
    /// # Errors
    /// Every fault found, not only the first.
    pub fn validate(&self) -> Result<(), Faults> {
        let mut faults = Faults::default();
        if self.weekday > 6 {
            faults.add(
                FaultCode::NumberTooLarge,
                "weekday",
                format!("{} is none; Monday is 0, Sunday 6", self.weekday),
            );
        }
        if self.next_run_days == 0 || self.next_run_days > 30 {
            let cause = format!("{} is not between 1 and 30", self.next_run_days);
            faults.add(FaultCode::NumberTooLarge, "next_run_days", cause);
        }
        self.settings.validate(&mut faults);
        for (k, van) in self.vans.iter().enumerate() {
            if self.trucks.iter().any(|truck| truck.id == van.id) {
                let cause = format!("`{}` is also among the trucks; a vehicle drives for one tier a day", van.id);
                faults.add(FaultCode::DuplicateId, format!("vans[{k}]"), cause);
            }
        }
        for (k, outlet) in self.outlets.iter().enumerate() {
            if let Some(before) = self.outlets[..k].iter().position(|other| other.id == outlet.id) {
                let cause = format!("`{}` is also the id of outlets[{before}]", outlet.id);
                faults.add(FaultCode::DuplicateId, format!("outlets[{k}]"), cause);
            }
            self.validate_outlet(&mut faults, k, outlet);
        }
        faults.or(())
    }

    fn validate_outlet(&self, faults: &mut Faults, k: usize, outlet: &OutletState) {
        let path = format!("outlets[{k}]");
        if outlet.id.is_empty() {
            faults.add(FaultCode::EmptyId, path.as_str(), "an id may not be empty");
        }
        if outlet.id.rsplit_once('/').is_some_and(|(_, end)| end.bytes().all(|byte| byte.is_ascii_digit())) {
            let cause = format!("`{}` ends like the jobs of an outlet, in a slash and a number", outlet.id);
            faults.add(FaultCode::Contradiction, path.as_str(), cause);
        }
        if self.places.iter().all(|place| place.id != outlet.place) {
            let cause = format!("`{}` is not in `places`", outlet.place);
            faults.add(FaultCode::UnknownReference, format!("{path}.place"), cause);
        }
        for (i, stream) in outlet.streams.iter().enumerate() {
            if !self.streams.contains(stream) {
                let cause = format!("`{stream}` is not in `streams`");
                faults.add(FaultCode::UnknownReference, format!("{path}.streams[{i}]"), cause);
            }
        }
        loads(faults, &format!("{path}.capacity"), &outlet.capacity, &outlet.streams);
        loads(faults, &format!("{path}.fill"), &outlet.fill, &outlet.streams);
        for (i, day) in outlet.history.iter().enumerate() {
            let path = format!("{path}.history[{i}]");
            if day.days_ago == 0 || day.days_ago > HISTORY_DAYS_MAX {
                let cause = format!("{} is not between 1 and {HISTORY_DAYS_MAX}", day.days_ago);
                faults.add(FaultCode::NumberTooLarge, format!("{path}.days_ago"), cause);
            }
            if outlet.history[..i].iter().any(|other| other.days_ago == day.days_ago) {
                let cause = format!("{} days ago is given twice", day.days_ago);
                faults.add(FaultCode::DuplicateId, path.as_str(), cause);
            }
            loads(faults, &format!("{path}.inflow"), &day.inflow, &outlet.streams);
        }
        for (name, value) in [
            ("clearing_s", outlet.clearing_s.0),
            ("clearing_per_100kg_s", outlet.clearing_per_100kg_s.0),
            ("unload_s", outlet.unload_s.0),
            ("unload_per_100kg_s", outlet.unload_per_100kg_s.0),
            ("gate_fee", outlet.gate_fee),
        ] {
            number(faults, format!("{path}.{name}"), value);
        }
    }
}

impl ClearingSettings {
    fn validate(&self, faults: &mut Faults) {
        let mut share = |name: &str, value: f64, least: f64, most: f64| {
            if !(value >= least && value <= most) {
                let cause = format!("{value} is not between {least} and {most}");
                faults.add(FaultCode::Contradiction, format!("settings.{name}"), cause);
            }
        };
        share("service_level", self.service_level, 0.5, 0.9999);
        share("smoothing", self.smoothing, 0.01, 1.0);
        match self.rule {
            ClearingRule::Forecast => {}
            ClearingRule::Threshold { share: at } => share("rule.threshold.share", at, 0.0, 1.0),
            ClearingRule::Calendar { every_days } => {
                share("rule.calendar.every_days", f64::from(every_days), 1.0, 366.0)
            }
        }
        number(faults, "settings.overflow_price".to_owned(), self.overflow_price);
        number(faults, "settings.grams_per_household_day".to_owned(), self.grams_per_household_day);
    }
}

fn loads(faults: &mut Faults, path: &str, loads: &[StreamLoad], streams: &[String]) {
    for (i, load) in loads.iter().enumerate() {
        let path = format!("{path}[{i}]");
        if !streams.contains(&load.stream) {
            let cause = format!("the outlet does not take `{}`", load.stream);
            faults.add(FaultCode::UnknownReference, format!("{path}.stream"), cause);
        }
        if loads[..i].iter().any(|other| other.stream == load.stream) {
            let cause = format!("`{}` is given twice; add the amounts up", load.stream);
            faults.add(FaultCode::DuplicateId, format!("{path}.stream"), cause);
        }
        number(faults, format!("{path}.grams"), load.grams.0);
        number(faults, format!("{path}.litres"), load.litres.0);
    }
}

fn number(faults: &mut Faults, path: String, value: i64) {
    if value < 0 {
        faults.add(FaultCode::NegativeNumber, path, format!("{value} is negative"));
    } else if value > NUMBER_LIMIT {
        faults.add(FaultCode::NumberTooLarge, path, format!("{value} is above {NUMBER_LIMIT}"));
    }
}

/// Grams and litres of one stream in a list that names each at most once.
pub fn amount_of(loads: &[StreamLoad], stream: &str) -> (Grams, Litres) {
    let found = loads.iter().find(|load| load.stream == stream);
    found.map_or((Grams::ZERO, Litres::ZERO), |load| (load.grams, load.litres))
}
