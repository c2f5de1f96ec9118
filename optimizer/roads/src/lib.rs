//! A city's OpenStreetMap file becomes road graphs, snapped places, exact travel matrices and route lines.
//!
//! One reading of the file makes one graph for each [`Profile`]. A [`Router`] searches it arc by arc, so that turn
//! restrictions hold exactly, by a contraction hierarchy that is prepared once and given new travel times in
//! milliseconds. Seconds and metres always belong to the same fastest path.
//!
//! This crate deliberately knows no bookings, no vehicles' capacities, no database and no network: bytes in,
//! numbers out.

mod access;
mod area;
mod build;
mod class;
mod closures;
mod conditional;
mod conditions;
mod costs;
mod defaults;
mod display;
mod error;
mod estimate;
mod graph;
mod heap;
mod hierarchy;
mod hours;
mod matrix;
mod network;
mod notes;
mod osm;
mod overrides;
mod path;
mod profile;
mod reach;
mod restriction;
mod router;
mod scc;
mod search;
mod snap;
mod store;
mod summary;
mod weight;

#[cfg(test)]
mod tests;

pub use class::RoadClass;
pub use closures::{BadFeature, Closure, ClosuresError};
pub use conditions::{CLOSED, Conditions};
pub use display::{DisplayClass, DisplayLine};
pub use error::RoadsError;
pub use estimate::{Estimate, great_circle_matrix};
pub use graph::Graph;
pub use hours::{BadDeparture, BadHours, Departure, HourlySpeeds, Weekday, WeeklyHours};
pub use matrix::Table;
pub use network::RoadNetwork;
pub use overrides::BadOverrides;
pub use path::Path;
pub use profile::{Profile, ProfileSpec, UTurns, UnknownProfile};
pub use reach::ReachedStretch;
pub use router::{HierarchySize, Router};
pub use search::ReachLimit;
pub use snap::{Side, Snap};
pub use summary::{DrivingSide, Dropped, ImportSummary, Island, ProfileSummary, RestrictionFate, SideEvidence};
