//! How far the jobs of a route lie from their middle, which is the median of their metres east and of those north.

use huilu_model::Instance;

use crate::cost::wide;
use crate::fairness::off_median;
use crate::stops::{Stop, Trip};

/// Metres along a degree of latitude.
const DEGREE_M: f64 = 111_195.0;

/// What a metre costs, and where each job lies. Empty where compactness has no price.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    price: i128,
    east: Vec<i128>,
    north: Vec<i128>,
}

impl Grid {
    pub(crate) fn new(instance: &Instance) -> Self {
        let Some(price) = instance.compactness else { return Self::default() };
        let mut grid = Self { price: wide(price), ..Self::default() };
        let mut shrink = None;
        for job in &instance.jobs {
            let Some(at) = instance.places[job.place].position else { continue };
            let shrink = *shrink.get_or_insert_with(|| at.lat.to_radians().cos());
            grid.east.push((DEGREE_M * (shrink * at.lon)).round() as i128);
            grid.north.push((DEGREE_M * at.lat).round() as i128);
        }
        grid
    }

    pub(crate) fn cost(&self, trip: &Trip<'_>) -> i128 {
        let along = |axis: &[i128]| -> i128 {
            let job = |&stop: &Stop| if let Stop::Job(job) = stop { axis.get(job).copied() } else { None };
            off_median(&trip.stops.iter().filter_map(job).collect::<Vec<_>>())
        };
        self.price * (along(&self.east) + along(&self.north))
    }
}
