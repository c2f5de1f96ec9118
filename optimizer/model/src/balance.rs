//! What a plan as a whole is asked for beyond its routes: fair shares among vehicles, and routes that keep together.
//!
//! How far numbers lie apart is told in two ways. The *deviation* is the sum of their distances from their median: what
//! the upper half has more than the lower half. It is what a weight prices, because every vehicle counts in it. The
//! *spread* is the greatest less the least; a hard limit holds on that. Both are among the measures of workload equity that
//! Matl, Hartl and Vidal (2018), Transportation Science 52(2), 239-260, compare.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::fault::{FaultCode, Faults};
use crate::instance::{NUMBER_LIMIT, Parts, VehicleIdx};
use crate::problem::{COST_SCALE, money};
use crate::units::{Cost, Grams, Seconds};

/// Vehicles whose days are compared with each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BalanceSpec {
    /// Ids; absent stands for all vehicles.
    #[serde(default)]
    pub vehicles: Option<Vec<String>>,
    #[serde(default)]
    pub among: Among,
    /// From departure to return.
    #[serde(default)]
    pub hours: HoursSpec,
    /// Picked up over the whole route.
    #[serde(default)]
    pub weight: WeightSpec,
}

/// Whose days count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Among {
    /// Vehicles that have a route.
    #[default]
    Used,
    /// All of the group; who stays at home has a day of nothing.
    OnDuty,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoursSpec {
    /// Fen for each hour by which a vehicle's day lies off the median.
    #[serde(default)]
    pub cost_per_h: i64,
    #[serde(default)]
    pub max_spread_s: Option<Seconds>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightSpec {
    /// Fen for each kilogram by which what a vehicle picks up lies off the median.
    #[serde(default)]
    pub cost_per_kg: i64,
    #[serde(default)]
    pub max_spread_g: Option<Grams>,
}

/// Routes whose jobs lie close together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CompactnessSpec {
    /// Fen for each kilometre between a job and the middle of its route's jobs.
    pub cost_per_km: i64,
}

/// A validated [`BalanceSpec`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Distinct.
    pub vehicles: Vec<VehicleIdx>,
    pub among: Among,
    /// For each second off the median.
    pub cost_per_second: Cost,
    pub spread_max: Option<Seconds>,
    /// For each gram off the median.
    pub cost_per_gram: Cost,
    pub spread_max_grams: Option<Grams>,
}

impl Balance {
    /// How long routes take is priced or limited.
    pub fn minds_hours(&self) -> bool {
        self.cost_per_second.0 != 0 || self.spread_max.is_some()
    }
}

/// Resolves names and fen.
pub(crate) fn balances(specs: &[BalanceSpec], vehicles: &[String], faults: &mut Faults) -> Vec<Balance> {
    let known: HashMap<&str, usize> = vehicles.iter().enumerate().map(|(k, id)| (id.as_str(), k)).collect();
    let balance = |(k, spec): (usize, &BalanceSpec)| {
        let path = format!("balance[{k}]");
        let mut group = Vec::new();
        match &spec.vehicles {
            None => group.extend(0..vehicles.len()),
            Some(ids) => {
                for (i, id) in ids.iter().enumerate() {
                    match known.get(id.as_str()) {
                        Some(&vehicle) => group.push(vehicle),
                        None => faults.add(
                            FaultCode::UnknownReference,
                            format!("{path}.vehicles[{i}]"),
                            format!("`{id}` is not in `vehicles`"),
                        ),
                    }
                }
            }
        }
        let hours = rate(format!("{path}.hours.cost_per_h"), spec.hours.cost_per_h, 3_600, faults);
        let weight = rate(format!("{path}.weight.cost_per_kg"), spec.weight.cost_per_kg, 1_000, faults);
        Balance {
            vehicles: group,
            among: spec.among,
            cost_per_second: hours,
            spread_max: spec.hours.max_spread_s,
            cost_per_gram: weight,
            spread_max_grams: spec.weight.max_spread_g,
        }
    };
    specs.iter().enumerate().map(balance).collect()
}

/// Cost by the metre.
pub(crate) fn compactness(spec: CompactnessSpec, faults: &mut Faults) -> Cost {
    rate("compactness.cost_per_km".to_owned(), spec.cost_per_km, 1_000, faults)
}

/// So many fen for `parts` of a unit, as cost of one part.
fn rate(path: String, fen: i64, parts: i64, faults: &mut Faults) -> Cost {
    money::cost(faults, path, fen, COST_SCALE / parts)
}

pub(crate) fn validate(faults: &mut Faults, parts: &Parts) {
    let mut number = |path: String, value: i64| {
        if value < 0 {
            faults.add(FaultCode::NegativeNumber, path, format!("{value} is negative"));
        } else if value > NUMBER_LIMIT {
            faults.add(FaultCode::NumberTooLarge, path, format!("{value} is above {NUMBER_LIMIT}"));
        }
    };
    for (k, balance) in parts.balance.iter().enumerate() {
        number(format!("balance[{k}].hours.cost_per_h"), balance.cost_per_second.0);
        number(format!("balance[{k}].hours.max_spread_s"), balance.spread_max.map_or(0, |most| most.0));
        number(format!("balance[{k}].weight.cost_per_kg"), balance.cost_per_gram.0);
        number(format!("balance[{k}].weight.max_spread_g"), balance.spread_max_grams.map_or(0, |most| most.0));
    }
    number("compactness.cost_per_km".to_owned(), parts.compactness.map_or(0, |cost| cost.0));
    for (k, balance) in parts.balance.iter().enumerate() {
        let mut named = vec![false; parts.vehicles.len()];
        for (i, &vehicle) in balance.vehicles.iter().enumerate() {
            let path = format!("balance[{k}].vehicles[{i}]");
            match named.get_mut(vehicle) {
                None => faults.add(FaultCode::UnknownReference, path, "names a vehicle that is not in `vehicles`"),
                Some(true) => faults.add(FaultCode::DuplicateId, path, "is in this group already"),
                Some(named) => *named = true,
            }
        }
    }
    if parts.compactness.is_some() {
        let lost = |place: usize| parts.places.get(place).is_some_and(|place| place.position.is_none());
        if let Some(job) = parts.jobs.iter().find(|job| lost(job.place)) {
            let place = &parts.places[job.place].id;
            let cause = format!("goes by positions, and place `{place}` of job `{}` has none", job.id);
            faults.add(FaultCode::Contradiction, "compactness", cause);
        }
    }
}

/// The most that fairness and compactness can cost in any plan: for [`crate::sums`].
pub(crate) fn dearest(parts: &Parts) -> [(&'static str, i128); 2] {
    let grams: i128 = parts.jobs.iter().flat_map(|job| &job.loads).map(|load| i128::from(load.grams.0)).sum();
    let fairness = parts.balance.iter().map(|balance| {
        let shift = |&vehicle: &usize| {
            let shift = parts.vehicles[vehicle].shift;
            i128::from(shift.end.0) - i128::from(shift.start.0)
        };
        let seconds: i128 = balance.vehicles.iter().map(shift).sum();
        seconds * i128::from(balance.cost_per_second.0) + grams * i128::from(balance.cost_per_gram.0)
    });
    // No two places lie farther apart east and north together than once and a half around the earth.
    let metres = parts.jobs.len() as i128 * 61_000_000;
    let compactness = parts.compactness.map_or(0, |cost| i128::from(cost.0) * metres);
    [("balance", fairness.sum()), ("compactness.cost_per_km", compactness)]
}
