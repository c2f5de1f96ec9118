//! A plan: what each vehicle does when, what it costs, and what was left out and why.
//!
//! A plan makes *claims* (times, loads, costs). The search writes them, the independent checker
//! recomputes every one of them from the instance.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

use crate::units::{Cost, Grams, Litres, Metres, Seconds};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Name of the instance it answers.
    pub instance: String,
    /// [`Cost`] units in one fen (or in one unit of the file's cost).
    pub cost_scale: i64,
    pub cost: Cost,
    pub cost_parts: CostParts,
    /// A proven lower bound on the cost of *every* plan of the instance, fairness and compactness left out (which cost
    /// nothing at best); absent where none was proved.
    pub lower_bound: Option<Cost>,
    /// Only vehicles that are used have a route.
    pub routes: Vec<PlannedRoute>,
    pub unassigned: Vec<Unassigned>,
}

impl Plan {
    /// [`gap`] of the [parts that are bounded](CostParts::bounded); absent without a bound.
    pub fn gap(&self) -> Option<f64> {
        gap(self.lower_bound?, self.cost_parts.bounded())
    }
}

/// `(covered - bound) / covered`, a fraction, of what a lower bound covers of a plan's cost. Of a cost that is not above 0 there is
/// none, unless the bound is as high.
pub fn gap(bound: Cost, covered: Cost) -> Option<f64> {
    if covered.0 <= 0 {
        return (bound == covered).then_some(0.0);
    }
    Some((covered.0 - bound.0) as f64 / covered.0 as f64)
}

/// The parts add up to the plan's cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CostParts {
    pub fixed: Cost,
    pub time: Cost,
    pub distance: Cost,
    pub gate_fees: Cost,
    pub penalties: Cost,
    /// Deviations of hours and kilograms among vehicles; of the plan, of no single route.
    #[serde(default)]
    pub fairness: Cost,
    /// How far the jobs of a route lie from their middle; part of no route's own cost.
    #[serde(default)]
    pub compactness: Cost,
    /// Of visits that start after the soft end of their window.
    #[serde(default)]
    pub lateness: Cost,
    /// Of seconds after the vehicle's regular hours.
    #[serde(default)]
    pub overtime: Cost,
    /// Of jobs served by another vehicle than those preferred.
    #[serde(default)]
    pub preference: Cost,
}

impl AddAssign for CostParts {
    fn add_assign(&mut self, other: Self) {
        let Self { fixed, time, distance, gate_fees, penalties, fairness, compactness, lateness, overtime, preference } =
            other;
        self.fixed += fixed;
        self.time += time;
        self.distance += distance;
        self.gate_fees += gate_fees;
        self.penalties += penalties;
        self.fairness += fairness;
        self.compactness += compactness;
        self.lateness += lateness;
        self.overtime += overtime;
        self.preference += preference;
    }
}

impl CostParts {
    pub fn total(&self) -> Cost {
        self.fixed
            + self.time
            + self.distance
            + self.gate_fees
            + self.penalties
            + self.lateness
            + self.overtime
            + self.preference
            + self.fairness
            + self.compactness
    }

    /// What a lower bound speaks of: all but the parts that only the plan as a whole has.
    pub fn bounded(&self) -> Cost {
        self.total() - self.fairness - self.compactness
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlannedRoute {
    pub vehicle: String,
    /// Without penalties.
    pub cost: Cost,
    /// From departure to return: waiting, service, unloading and the break included.
    pub duration_s: Seconds,
    pub distance_m: Metres,
    /// First `start`, last `end`.
    pub steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    #[serde(flatten)]
    pub kind: StepKind,
    /// Id of the place.
    pub place: String,
    /// At the place; of a break, when the step before is done.
    pub arrival_s: Seconds,
    /// Begin of the visit after any waiting.
    pub start_s: Seconds,
    pub departure_s: Seconds,
    /// Metres driven since the start of the route, on arrival.
    pub distance_m: Metres,
    /// On board when the step is done; streams that are absent weigh nothing.
    pub load: Vec<StreamLoad>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum StepKind {
    Start,
    Job { job: String },
    Unload { outlet: String },
    Break,
    End,
}

/// An amount of a stream by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamLoad {
    pub stream: String,
    pub grams: Grams,
    pub litres: Litres,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unassigned {
    pub job: String,
    pub verdict: Verdict,
    pub reasons: Vec<Reason>,
}

/// How firmly it is known that a job had to be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Verdict {
    /// No vehicle can serve it, even with nothing else to do.
    ProvenInfeasible,
    /// Serving it would cost more than its penalty, proved by dual prices.
    NotWorthIt,
    /// The search found no place for it; nothing is proved.
    SearchLimit,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    pub code: ReasonCode,
    /// The vehicle it holds for; absent where it holds for the whole fleet.
    pub vehicle: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ReasonCode {
    Capacity,
    TimeWindow,
    Skill,
    ShiftEnd,
    MaxDistance,
    Unreachable,
    Break,
    Lock,
    IncompatibleLoad,
    Area,
    NoVehicle,
    OutletFull,
}
