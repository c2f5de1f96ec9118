//! H3 cells: demand by cell and stream, areas as cells, dispatch zones, and heat maps that show no household.
//!
//! It knows places, cells and amounts; it deliberately knows no streets, no bookings' contents and no database.
//! Everything returned is sorted by cell, so the same input gives the same output in the same order.

mod cover;
mod demand;
mod heat;
mod zones;

#[cfg(test)]
mod tests;

use h3o::{CellIndex, LatLng, Resolution};
use huilu_model::Wgs84;
use huilu_model::datum::NotOnEarth;

pub use cover::{AreaError, CELLS_MAX, cells_of_area};
pub use demand::{CellDemand, CellFlow, DemandItem, bucket, coarsen, daily_flows};
pub use heat::{BelowThreshold, Heat, HeatCell, roll_up, tally};
pub use zones::{CellLoad, Zone, dispatch_zones};

/// About 0.1 km², 200 m to an edge's far end: fine enough for walking to an outlet, coarse enough for a city's model.
pub const RESOLUTION_DEFAULT: Resolution = Resolution::Nine;

/// The cell that a place lies in.
///
/// # Errors
/// [`NotOnEarth`] for numbers that are no coordinates.
pub fn cell_of(at: Wgs84, resolution: Resolution) -> Result<CellIndex, NotOnEarth> {
    let nowhere = NotOnEarth { lat: at.lat, lon: at.lon };
    if !(at.lat.abs() <= 90.0 && at.lon.abs() <= 180.0) {
        return Err(nowhere);
    }
    LatLng::new(at.lat, at.lon).map(|place| place.to_cell(resolution)).map_err(|_| nowhere)
}

/// The centre of a cell.
pub fn centre(cell: CellIndex) -> Wgs84 {
    let place = LatLng::from(cell);
    Wgs84 { lat: place.lat(), lon: place.lng() }
}
