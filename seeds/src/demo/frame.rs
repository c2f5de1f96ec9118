//! From the flat plan, in metres, to places on earth.

use huilu_model::Wgs84;
use rand::{Rng, RngExt};

/// Middle of the plan: hills and ponds between Nanjing and Changzhou, where no city stands.
const MIDDLE: Wgs84 = Wgs84 { lat: 31.60, lon: 119.28 };
const METRES_PER_DEGREE: f64 = 111_195.08;
/// An OpenStreetMap file holds no finer places.
const UNITS_PER_DEGREE: f64 = 1e7;

/// One wave of the bending: metres of swing, and metres over which its phase moves by one radian.
struct Wave {
    swing: f64,
    length: f64,
}

/// Wide enough to bend roads as rivers do, so flat that a chord of 250 m strays from its curve by less than 4 m.
const EAST: [Wave; 2] = [Wave { swing: 190.0, length: 1_050.0 }, Wave { swing: 32.0, length: 320.0 }];
const NORTH: [Wave; 2] = [Wave { swing: 220.0, length: 1_150.0 }, Wave { swing: 32.0, length: 340.0 }];

/// A right-angled plan is bent by waves, so that the city does not look ruled; the seed draws their phases.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    east_phases: [f64; 2],
    north_phases: [f64; 2],
}

impl Frame {
    pub(super) fn draw(rng: &mut impl Rng) -> Self {
        let mut phase = || rng.random_range(0.0..std::f64::consts::TAU);
        Self { east_phases: [phase(), phase()], north_phases: [phase(), phase()] }
    }

    /// The place of a point `x` metres east and `y` metres north of the middle.
    pub(super) fn place(&self, x: f64, y: f64) -> Wgs84 {
        let bend = |waves: &[Wave], phases: &[f64], along: f64| -> f64 {
            waves.iter().zip(phases).map(|(wave, phase)| wave.swing * (along / wave.length + phase).sin()).sum()
        };
        let east_m = x + bend(&EAST, &self.east_phases, y);
        let north_m = y + bend(&NORTH, &self.north_phases, x);
        let kept = |degrees: f64| (degrees * UNITS_PER_DEGREE).round() / UNITS_PER_DEGREE;
        Wgs84 {
            lat: kept(MIDDLE.lat + north_m / METRES_PER_DEGREE),
            lon: kept(MIDDLE.lon + east_m / (METRES_PER_DEGREE * MIDDLE.lat.to_radians().cos())),
        }
    }
}
