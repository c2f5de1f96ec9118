//! The nouns of Huilu's optimisation: units, places, routing and siting instances, plans.
//!
//! This crate deliberately knows no algorithm. The search (`huilu-optimizer`) and the independent
//! checker (`huilu-check`) both build on these types and on nothing else of each other.

pub mod balance;
pub mod clearing;
pub mod constraint;
pub mod datum;
pub mod fault;
pub mod instance;
pub mod locks;
pub mod matrix;
pub mod plan;
pub mod problem;
pub mod replan;
pub mod site;
mod split;
pub mod sums;
pub mod travel;
pub mod units;

pub use balance::{Among, Balance};
pub use constraint::Constraint;
pub use datum::{Datum, Wgs84};
pub use fault::{Fault, FaultCode, Faults};
pub use instance::{
    Ban, Break, Compartment, Instance, Job, JobIdx, Late, Load, Outlet, OutletIdx, Parts, Place, PlaceIdx, Queue,
    StreamIdx, StreamSet, Vehicle, VehicleIdx, Whole, Window, ZoneIdx,
};
pub use locks::Locks;
pub use matrix::{Matrix, UNREACHABLE};
pub use plan::{CostParts, Plan, PlannedRoute, Reason, ReasonCode, Step, StepKind, Unassigned, Verdict};
pub use problem::Problem;
pub use travel::{Metric, MetricError, Round, Rule, Shape, Travel};
pub use units::{Cost, Grams, Litres, Metres, Seconds};
