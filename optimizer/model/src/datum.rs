//! Geodetic datums of mainland China and their conversion.
//!
//! Map providers there publish GCJ-02 (shifted by some hundred metres) or BD-09 (shifted again); mixing them up
//! moves a stop by blocks. Everything inside Huilu is WGS-84; places carry their datum where they enter.
//!
//! Source of the shift polynomials: the published open formulation of GCJ-02 on the Krasovsky 1940 ellipsoid; checked
//! against independent vectors in `tests/datum_vectors.rs`.

use std::f64::consts::PI;

use serde::{Deserialize, Serialize};

/// Degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wgs84 {
    pub lat: f64,
    pub lon: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Datum {
    Wgs84,
    Gcj02,
    Bd09,
}

/// A latitude beyond ±90, a longitude beyond ±180, or a number that is none.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error("latitude {lat}, longitude {lon} is no place on earth (latitude comes first)")]
pub struct NotOnEarth {
    pub lat: f64,
    pub lon: f64,
}

impl Datum {
    /// Reads a coordinate pair of this datum, in degrees.
    ///
    /// # Errors
    /// [`NotOnEarth`] for numbers that are no coordinates.
    pub fn to_wgs84(self, lat: f64, lon: f64) -> Result<Wgs84, NotOnEarth> {
        if !(lat.abs() <= 90.0 && lon.abs() <= 180.0) {
            return Err(NotOnEarth { lat, lon });
        }
        let (lat, lon) = match self {
            Datum::Wgs84 => (lat, lon),
            Datum::Gcj02 => gcj02_to_wgs84(lat, lon),
            Datum::Bd09 => {
                let (lat, lon) = bd09_to_gcj02(lat, lon);
                gcj02_to_wgs84(lat, lon)
            }
        };
        Ok(Wgs84 { lat, lon })
    }

    /// `(lat, lon)` of a place in this datum, in degrees.
    pub fn from_wgs84(self, place: Wgs84) -> (f64, f64) {
        match self {
            Datum::Wgs84 => (place.lat, place.lon),
            Datum::Gcj02 => wgs84_to_gcj02(place.lat, place.lon),
            Datum::Bd09 => {
                let (lat, lon) = wgs84_to_gcj02(place.lat, place.lon);
                gcj02_to_bd09(lat, lon)
            }
        }
    }
}

impl std::str::FromStr for Datum {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "wgs84" => Ok(Datum::Wgs84),
            "gcj02" => Ok(Datum::Gcj02),
            "bd09" => Ok(Datum::Bd09),
            _ => Err(format!("unknown datum `{text}`: use wgs84, gcj02 or bd09")),
        }
    }
}

const EARTH_RADIUS_M: f64 = 6_371_008.8;
const KRASOVSKY_AXIS_M: f64 = 6_378_245.0;
const KRASOVSKY_ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;
const BD09_ANGLE: f64 = PI * 3_000.0 / 180.0;

impl Wgs84 {
    /// Metres along the great circle (haversine on the mean radius).
    pub fn distance_m(self, other: Wgs84) -> f64 {
        let (lat1, lat2) = (self.lat.to_radians(), other.lat.to_radians());
        let (dlat, dlon) = (lat2 - lat1, (other.lon - self.lon).to_radians());
        let h = (dlat / 2.0).sin().powi(2) + lat1.cos() * lat2.cos() * (dlon / 2.0).sin().powi(2);
        2.0 * EARTH_RADIUS_M * h.sqrt().min(1.0).asin()
    }
}

/// Coarse outlines (lat, lon) of the places inside mainland China's bounding box that do not use the shift.
/// Drawn by hand along the borders and the sea; a few hundred metres of slack lie in the water.
const UNSHIFTED: [&[(f64, f64)]; 3] = [
    // Macau: the peninsula is cut from Zhuhai along the canal, the islands along the Inner Harbour and the Cotai channel.
    &[
        (22.2175, 113.5345),
        (22.2170, 113.5640),
        (22.1850, 113.5980),
        (22.0700, 113.6350),
        (22.0700, 113.5300),
        (22.1100, 113.5400),
        (22.1350, 113.5490),
        (22.1600, 113.5420),
        (22.1800, 113.5330),
        (22.2000, 113.5290),
        (22.2120, 113.5300),
    ],
    // Hong Kong: Shenzhen river, Deep Bay, then the sea border.
    &[
        (22.4900, 113.9700),
        (22.5060, 114.0300),
        (22.5110, 114.0560),
        (22.5160, 114.0760),
        (22.5270, 114.0900),
        (22.5330, 114.1130),
        (22.5390, 114.1300),
        (22.5480, 114.1500),
        (22.5560, 114.1650),
        (22.5570, 114.1800),
        (22.5480, 114.2000),
        (22.5470, 114.2280),
        (22.5600, 114.2450),
        (22.5620, 114.4500),
        (22.1400, 114.5000),
        (22.1400, 113.8300),
        (22.2400, 113.8350),
        (22.4300, 113.8800),
        (22.4650, 113.9300),
    ],
    // Taiwan with Penghu.
    &[
        (25.5000, 121.2000),
        (25.5000, 122.3000),
        (21.6000, 122.0000),
        (21.6000, 120.3000),
        (23.1000, 119.2000),
        (23.9000, 119.3500),
    ],
];

fn shifted(lat: f64, lon: f64) -> bool {
    (0.8293..=55.8271).contains(&lat)
        && (72.004..=137.8347).contains(&lon)
        && !UNSHIFTED.iter().any(|outline| inside(outline, lat, lon))
}

fn inside(outline: &[(f64, f64)], lat: f64, lon: f64) -> bool {
    let mut within = false;
    for (k, &(lat1, lon1)) in outline.iter().enumerate() {
        let (lat2, lon2) = outline[(k + 1) % outline.len()];
        if (lat1 > lat) != (lat2 > lat) && lon < (lon2 - lon1) * (lat - lat1) / (lat2 - lat1) + lon1 {
            within = !within;
        }
    }
    within
}

/// The shift in degrees at a WGS-84 point, wherever it lies.
fn offset(lat: f64, lon: f64) -> (f64, f64) {
    let (x, y) = (lon - 105.0, lat - 35.0);
    let wave = |v: f64, k: f64| (v * k * PI).sin();
    let common = (20.0 * wave(x, 6.0) + 20.0 * wave(x, 2.0)) * 2.0 / 3.0;
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + common
        + (20.0 * wave(y, 1.0) + 40.0 * wave(y, 1.0 / 3.0)) * 2.0 / 3.0
        + (160.0 * wave(y, 1.0 / 12.0) + 320.0 * wave(y, 1.0 / 30.0)) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + common
        + (20.0 * wave(x, 1.0) + 40.0 * wave(x, 1.0 / 3.0)) * 2.0 / 3.0
        + (150.0 * wave(x, 1.0 / 12.0) + 300.0 * wave(x, 1.0 / 30.0)) * 2.0 / 3.0;
    let radians = lat.to_radians();
    let magic = 1.0 - KRASOVSKY_ECCENTRICITY_SQUARED * radians.sin().powi(2);
    let meridian = KRASOVSKY_AXIS_M * (1.0 - KRASOVSKY_ECCENTRICITY_SQUARED) / (magic * magic.sqrt());
    let parallel = KRASOVSKY_AXIS_M / magic.sqrt() * radians.cos();
    ((north / meridian).to_degrees(), (east / parallel).to_degrees())
}

fn wgs84_to_gcj02(lat: f64, lon: f64) -> (f64, f64) {
    if !shifted(lat, lon) {
        return (lat, lon);
    }
    let (dlat, dlon) = offset(lat, lon);
    (lat + dlat, lon + dlon)
}

/// Fixed-point iteration: one step errs by up to 4 m, each further one gains two to three digits.
fn gcj02_to_wgs84(lat: f64, lon: f64) -> (f64, f64) {
    let (mut guess_lat, mut guess_lon) = (lat, lon);
    for _ in 0..6 {
        let (dlat, dlon) = offset(guess_lat, guess_lon);
        (guess_lat, guess_lon) = (lat - dlat, lon - dlon);
    }
    // Whether a place is shifted is a question about the ground, hence about the WGS-84 side; a place beside an
    // unshifted area whose shifted image falls inside it must still be moved back.
    if shifted(guess_lat, guess_lon) { (guess_lat, guess_lon) } else { (lat, lon) }
}

fn gcj02_to_bd09(lat: f64, lon: f64) -> (f64, f64) {
    let radius = lon.hypot(lat) + 0.000_02 * (lat * BD09_ANGLE).sin();
    let angle = lat.atan2(lon) + 0.000_003 * (lon * BD09_ANGLE).cos();
    (radius * angle.sin() + 0.006, radius * angle.cos() + 0.0065)
}

fn bd09_to_gcj02(lat: f64, lon: f64) -> (f64, f64) {
    let (mut guess_lat, mut guess_lon) = (lat - 0.006, lon - 0.0065);
    for _ in 0..6 {
        let (there_lat, there_lon) = gcj02_to_bd09(guess_lat, guess_lon);
        (guess_lat, guess_lon) = (guess_lat + lat - there_lat, guess_lon + lon - there_lon);
    }
    (guess_lat, guess_lon)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Metres between two degree pairs.
    fn apart(a: (f64, f64), b: (f64, f64)) -> f64 {
        Wgs84 { lat: a.0, lon: a.1 }.distance_m(Wgs84 { lat: b.0, lon: b.1 })
    }

    #[test]
    fn gcj02_agrees_with_the_provider_s_own_answers() {
        for (wgs, gcj) in
            [((39.990475, 116.481499), (39.991754, 116.487586)), ((31.280844, 120.596931), (31.278649, 120.601100))]
        {
            let ours = Datum::Gcj02.from_wgs84(Wgs84 { lat: wgs.0, lon: wgs.1 });
            assert!(apart(ours, gcj) < 0.2, "{wgs:?} became {ours:?}, not {gcj:?}");
        }
    }

    #[test]
    fn hong_kong_macau_and_taiwan_are_not_shifted_and_their_neighbours_are() {
        for (lat, lon) in [
            (22.1987, 113.5439),
            (22.1160, 113.5600),
            (22.3193, 114.1694),
            (22.4970, 114.1280),
            (25.0330, 121.5654),
            (22.6273, 120.3014),
        ] {
            assert_eq!(Datum::Gcj02.from_wgs84(Wgs84 { lat, lon }), (lat, lon));
        }
        // Zhuhai's Gongbei and Hengqin, Shenzhen's Futian and Luohu, Xiamen.
        for (lat, lon) in
            [(22.2230, 113.5480), (22.1200, 113.5200), (22.5431, 114.0579), (22.5450, 114.1300), (24.4798, 118.0894)]
        {
            assert_ne!(Datum::Gcj02.from_wgs84(Wgs84 { lat, lon }), (lat, lon), "{lat} {lon}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for (lat, lon) in [(91.0, 0.0), (0.0, 181.0), (f64::NAN, 0.0), (0.0, f64::INFINITY), (113.5, 22.2)] {
            assert!(Datum::Gcj02.to_wgs84(lat, lon).is_err());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn there_and_back_is_within_a_third_of_a_metre(lat in 18.0..53.0f64, lon in 74.0..134.0f64) {
            for datum in [Datum::Gcj02, Datum::Bd09] {
                let place = Wgs84 { lat, lon };
                let (there_lat, there_lon) = datum.from_wgs84(place);
                let back = datum.to_wgs84(there_lat, there_lon).unwrap();
                // Right beside an unshifted outline the way back is ambiguous: skip that strip.
                let (dlat, dlon) = offset(lat, lon);
                prop_assume!(shifted(lat, lon) == shifted(lat - dlat, lon - dlon) && shifted(lat, lon) == shifted(lat + dlat, lon + dlon));
                prop_assert!(place.distance_m(back) < 0.3, "{} m", place.distance_m(back));
            }
        }
    }
}
