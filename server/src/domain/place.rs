//! Places as they were entered and as they are computed with.

use h3o::{CellIndex, LatLng, Resolution};
use huilu_model::datum::NotOnEarth;
use huilu_model::{Datum, Wgs84};

/// A WGS-84 place, with what was typed or sent kept beside it: a conversion can be improved later, a lost original not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Place {
    pub at: Wgs84,
    pub entered: Entered,
}

/// Coordinates in the datum they came in, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entered {
    pub lat: f64,
    pub lon: f64,
    pub datum: Datum,
}

impl Place {
    /// # Errors
    /// [`NotOnEarth`] for numbers that are no coordinates.
    pub fn enter(lat: f64, lon: f64, datum: Datum) -> Result<Self, NotOnEarth> {
        Ok(Self { at: datum.to_wgs84(lat, lon)?, entered: Entered { lat, lon, datum } })
    }

    /// A place that was WGS-84 from the start.
    pub fn wgs84(at: Wgs84) -> Self {
        Self { at, entered: Entered { lat: at.lat, lon: at.lon, datum: Datum::Wgs84 } }
    }

    /// The H3 cell it lies in; absent for coordinates that are none.
    pub fn cell(&self, resolution: Resolution) -> Option<CellIndex> {
        LatLng::new(self.at.lat, self.at.lon).ok().map(|point| point.to_cell(resolution))
    }
}

/// Cells of this resolution (about 0.1 km²) carry slots and demand.
pub const SERVICE_RESOLUTION: Resolution = Resolution::Nine;

/// Where an operator serves: a box of degrees, edges included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    pub south: f64,
    pub west: f64,
    pub north: f64,
    pub east: f64,
}

impl Bounds {
    pub fn contains(&self, at: Wgs84) -> bool {
        (self.south..=self.north).contains(&at.lat) && (self.west..=self.east).contains(&at.lon)
    }
}
