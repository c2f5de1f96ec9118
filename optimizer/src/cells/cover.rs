//! The cells of an area.

use std::collections::BTreeSet;

use geo::{MultiPolygon, Polygon};
use h3o::geom::{ContainmentMode, TilerBuilder};
use h3o::{CellIndex, LatLng, Resolution};

/// An area of more cells than this is a mistake in its coordinates or resolution: 300,000 km² at resolution 9.
pub const CELLS_MAX: usize = 3_000_000;

/// Why an area has no cells.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AreaError {
    #[error("polygon {polygon} of the area: {cause}")]
    BrokenPolygon { polygon: usize, cause: String },
    #[error("the area takes about {estimate} cells at resolution {resolution}, more than {CELLS_MAX}")]
    TooLarge { estimate: usize, resolution: Resolution },
}

/// The cells of an area in degrees (WGS-84, longitude is x), sorted and each once. What belongs to the area is said
/// by `containment`:
///
/// - `Covers`: every cell that the area touches; no area, however small, is without a cell. For asking "is this place
///   served" and for demand.
/// - `ContainsCentroid`: cells whose centre lies inside; neighbouring areas share none, small areas may have none. For
///   sharing cells out between areas.
/// - `ContainsBoundary`: cells wholly inside. For promises that must hold everywhere in a cell.
/// - `IntersectsBoundary`: as `Covers`, but nothing for an area inside one cell. There is no use for it here.
///
/// # Errors
/// [`AreaError`] for rings of fewer than four points or with numbers that are no coordinates, and for areas beyond
/// [`CELLS_MAX`].
pub fn cells_of_area(
    area: &MultiPolygon,
    resolution: Resolution,
    containment: ContainmentMode,
) -> Result<Vec<CellIndex>, AreaError> {
    let mut cells = BTreeSet::new();
    let mut estimate = 0_usize;
    for (at, polygon) in area.iter().enumerate() {
        // One by one: h3o gives a small polygon its covering cell only where it stands alone.
        let mut tiler = TilerBuilder::new(resolution).containment_mode(containment).build();
        let broken = |cause: String| AreaError::BrokenPolygon { polygon: at, cause };
        on_earth(polygon).map_err(broken)?;
        tiler.add(polygon.clone()).map_err(|cause| broken(cause.to_string()))?;
        estimate = estimate.saturating_add(tiler.coverage_size_hint());
        if estimate > CELLS_MAX {
            return Err(AreaError::TooLarge { estimate, resolution });
        }
        cells.extend(tiler.into_coverage());
        if containment == ContainmentMode::Covers {
            // Cells have curved edges and polygons straight ones: no corner may fall through the difference.
            let corners = polygon.exterior().coords().filter_map(|&corner| LatLng::try_from(corner).ok());
            cells.extend(corners.map(|corner| corner.to_cell(resolution)));
        }
    }
    Ok(cells.into_iter().collect())
}

fn on_earth(polygon: &Polygon) -> Result<(), String> {
    let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    match rings.flat_map(|ring| ring.coords()).find(|at| !(at.x.abs() <= 180.0 && at.y.abs() <= 90.0)) {
        Some(at) => Err(format!("longitude {}, latitude {} is no place on earth (longitude comes first)", at.x, at.y)),
        None => Ok(()),
    }
}
