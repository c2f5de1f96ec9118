//! The independent checker: recomputes every claim of a [`Plan`] from the [`Instance`] alone.
//!
//! It shares the nouns of `huilu-model` with the search and nothing else: no arithmetic, no data structure, no order of
//! evaluation. A plan is read in passes, one rule each: `stops` (names, order, places), `times` (ways, windows, shift,
//! break), `metres`, `limits` (jobs and amounts of the day), `locks`, `loads`, `cost`; then what routes share: `accounts` (each job once,
//! parts and wholes, outlets), `proof` (jobs called impossible), `fairness` and `compactness` (the plan as a whole). `rules` lists it all.
//!
//! Plans come from outside in tests and from a child process in production, so nothing about them is trusted: ids may
//! be unknown, steps missing, numbers anywhere in an `i64`. All sums are made in `i128`, where no number of an instance
//! (at most 2^44) times a claim (at most 2^63) comes near the end. The checker never panics and never stops early.
//!
//! What it cannot recompute: whether a lower bound holds (only that it is not above the cost), and why a search left a
//! job out (only that a job called impossible has no route of its own).

mod accounts;
mod clearing;
mod compactness;
mod constraints;
mod cost;
mod fairness;
mod legs;
mod limits;
mod loads;
mod locks;
mod metres;
mod proof;
mod report;
mod stops;
mod times;
mod violation;

use std::collections::HashSet;

use huilu_model::{Instance, Plan};

pub use clearing::{ClearingCode, ClearingViolation, check_clearing};
pub use constraints::Checked;
pub use report::{Figures, Report};
pub use violation::{Code, Figure, Violation};

use accounts::Accounts;
use compactness::Grid;
use cost::Sums;
use fairness::Days;
use stops::{Names, Trip};

/// Checks all claims of `plan` and every rule of `instance`; see [`Code`] for what can be found.
pub fn check(instance: &Instance, plan: &Plan) -> Report {
    let mut log = Vec::new();
    let names = Names::new(instance);
    if plan.instance != instance.name {
        log.push(Violation::new(Code::WrongInstance).figures(plan.instance.as_str(), instance.name.as_str()));
    }
    if plan.cost_scale != instance.cost_scale {
        log.push(Violation::new(Code::WrongCostScale).figures(plan.cost_scale, instance.cost_scale));
    }

    let mut accounts = Accounts::new(instance);
    let mut sums = Sums::default();
    let mut days = Days::default();
    let grid = Grid::new(instance);
    let mut figures = Figures::default();
    let mut used = HashSet::new();
    for (route_idx, planned) in plan.routes.iter().enumerate() {
        let stops = stops::resolve(&names, route_idx, planned, &mut log);
        accounts.serve(&stops, route_idx, planned, &mut log);
        let on_route = |code| Violation::new(code).on_route(route_idx, planned);
        if !used.insert(planned.vehicle.as_str()) {
            log.push(on_route(Code::VehicleTwice));
        }
        let Some(&vehicle) = names.vehicles.get(planned.vehicle.as_str()) else {
            log.push(on_route(Code::UnknownVehicle));
            continue;
        };
        let trip = Trip::new(instance, &names, route_idx, planned, vehicle, stops, &mut log);
        let seconds = times::check(&trip, &mut log);
        let metres = metres::check(&trip, &mut log);
        limits::check(&trip, &mut log);
        locks::check(&trip, &mut log);
        loads::check(&trip, &names, &mut accounts, &mut log);
        sums.add_route(&trip, seconds, metres, &mut log);
        sums.compactness += grid.cost(&trip);
        days.add(&trip, vehicle, seconds);
        figures.add_route(&trip, seconds, metres);
    }
    accounts.close(plan, &names, &mut log);
    locks::check_plan(instance, plan, &names, &mut log);
    sums.penalties = accounts.penalties();
    sums.fairness = days.check(instance, &mut log);
    sums.check(plan, &mut log);
    figures.finish(&accounts, &sums);
    Report { constraints: constraints::checked(&log), violations: log, figures }
}
