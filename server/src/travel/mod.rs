//! Seconds, metres and lines: from the city's own roads, from a routing server of the operator's, or estimated.
//!
//! All of them stand behind [`TravelProvider`]; [`MatrixChoice`] says which one serves a profile. Knows no database and no
//! bookings.

mod answer;
mod choice;
mod estimate;
mod osrm;
mod own;
mod polyline;
mod provider;
mod reach;
mod service;
#[cfg(test)]
mod tests;
mod tiles;
mod valhalla;

pub use answer::{attach_matrices, route_of, table_of};
pub use choice::{BadMatrixChoice, FileProviders, MatrixChoice, MatrixRule, MatrixSource, Providers};
pub use estimate::{CIRCUITY, Estimate};
pub use osrm::Osrm;
pub use own::{OwnRoads, Spots, Travel, Walks, read_closures, road_point};
pub use provider::{
    Progress, RoadPoint, RouteAnswer, RouteAsk, SNAP_LIMIT_M, ServiceError, Table, TableAsk, TravelError,
    TravelProvider,
};
pub use reach::{Reached, ReachedArea};
pub use service::{BadServiceUrl, Patience, ServiceUrl};
pub use valhalla::Valhalla;
