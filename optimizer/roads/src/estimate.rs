//! The declared fallback where no road network is at hand: great circle times circuity.

use huilu_model::{Matrix, UNREACHABLE, Wgs84};

/// A matrix that was guessed, not travelled; whoever uses it must say so.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    pub matrix: Matrix,
    /// Road metres for each metre as the crow flies.
    pub circuity: f64,
    pub speed_kmh: f64,
}

impl Estimate {
    /// One line for the plan that uses it.
    pub fn note(&self) -> String {
        format!(
            "distances are estimates: great circle x {}, {} km/h ({})",
            self.circuity, self.speed_kmh, self.matrix.profile
        )
    }
}

/// Great-circle distances times `circuity` (urban road networks: 1.2 to 1.5, Boeing 2019) at `speed_kmh`.
///
/// Nonsense (a circuity below 1, a speed that is not positive) makes every pair of different places unreachable.
pub fn great_circle_matrix(profile: &str, places: &[Wgs84], circuity: f64, speed_kmh: f64) -> Estimate {
    let sound = circuity.is_finite() && circuity >= 1.0 && speed_kmh.is_finite() && speed_kmh > 0.0;
    let whole =
        |value: f64| if sound && value < f64::from(UNREACHABLE - 1) { value.round() as u32 } else { UNREACHABLE };
    let size = places.len();
    let (mut seconds, mut metres) = (Vec::with_capacity(size * size), Vec::with_capacity(size * size));
    for (i, &from) in places.iter().enumerate() {
        for (j, &to) in places.iter().enumerate() {
            let length_m = if i == j { 0.0 } else { from.distance_m(to) * circuity };
            metres.push(if i == j { 0 } else { whole(length_m) });
            seconds.push(if i == j { 0 } else { whole(length_m / speed_kmh * 3.6) });
        }
    }
    Estimate { matrix: Matrix { profile: profile.to_owned(), size, seconds, metres }, circuity, speed_kmh }
}
