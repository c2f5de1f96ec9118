//! Datums against conversions made by others, where they lie beside the checkout, and there and back again.
//!
//! 442 Chinese cities in three datums (tolerances are their maker's own: 1e-4 degrees between WGS-84 and GCJ-02, 1e-5
//! between GCJ-02 and BD-09), and five points of another library, of which the two in BD-09 contradict the cities.

use std::f64::consts::PI;
use std::path::PathBuf;

use huilu_model::{Datum, Wgs84};
use serde_json::Value;

const PROVIDERS_DEG: f64 = 1e-4;
const ONE_STEP_DEG: f64 = 1e-5;
const EXACT_DEG: f64 = 1e-6;
/// What shifting back in one step leaves.
const ONE_STEP_INVERSE_M: f64 = 3.0;
const ROUND_TRIP_M: f64 = 0.3;
const N_ROUND_TRIPS: usize = 100_000;

fn vectors(name: &str) -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/real/datum-vectors").join(name);
    let Ok(text) = std::fs::read_to_string(path) else {
        println!("skipped: ../shared/data/real/datum-vectors/{name} is not there");
        return None;
    };
    Some(serde_json::from_str(&text).expect("the vectors are JSON"))
}

/// `(lat, lon)` of a pair that is written longitude first.
fn pair(value: &Value) -> (f64, f64) {
    let number = |k: usize| value[k].as_f64().expect("a number of degrees");
    (number(1), number(0))
}

fn off_deg(a: (f64, f64), b: (f64, f64)) -> f64 {
    (a.0 - b.0).abs().max((a.1 - b.1).abs())
}

fn wgs84(place: (f64, f64)) -> Wgs84 {
    Wgs84 { lat: place.0, lon: place.1 }
}

fn read(datum: Datum, place: (f64, f64)) -> Wgs84 {
    datum.to_wgs84(place.0, place.1).expect("a place on earth")
}

/// From one datum to another, as a place enters in the one and leaves in the other.
fn converted(from: Datum, to: Datum, place: (f64, f64)) -> (f64, f64) {
    to.from_wgs84(read(from, place))
}

#[test]
fn cities_convert_within_the_tolerance_of_those_who_made_the_vectors() {
    let Some(cities) = vectors("china-cities.json") else { return };
    let cities = cities.as_array().expect("a list");
    let datums = [(Datum::Wgs84, "WGS84"), (Datum::Gcj02, "GCJ02"), (Datum::Bd09, "BD09")];
    println!("| from | to | cities | worst (degrees) | tolerance |\n| --- | --- | --- | --- | --- |");
    for (from, from_name) in datums {
        for (to, to_name) in datums.into_iter().filter(|(to, _)| *to != from) {
            let tolerance = if from == Datum::Wgs84 || to == Datum::Wgs84 { PROVIDERS_DEG } else { ONE_STEP_DEG };
            let worst = cities
                .iter()
                .map(|city| {
                    let ours = converted(from, to, pair(&city["coords"][from_name]));
                    let off = off_deg(ours, pair(&city["coords"][to_name]));
                    assert!(off <= tolerance, "{}: {from_name} to {to_name} is {off} degrees off", city["attrs"]);
                    off
                })
                .fold(0.0, f64::max);
            println!("| {from_name} | {to_name} | {} | {worst:.1e} | {tolerance:.0e} |", cities.len());
        }
    }
}

#[test]
fn another_library_s_shift_is_the_same() {
    let Some(points) = vectors("eviltransform.json") else { return };
    for point in points["wgs84_gcj02"].as_array().expect("a list") {
        let off = off_deg(Datum::Gcj02.from_wgs84(wgs84(pair(&point["wgs"]))), pair(&point["gcj"]));
        println!("WGS-84 to GCJ-02: {off:.1e} degrees off");
        assert!(off <= EXACT_DEG, "{point} is {off} degrees off");
    }
}

/// That library's two BD-09 points contradict the 442 cities by up to 40 m: it takes the sines of BD-09 at pi where the
/// datum has 3000/180 of it, and shifts GCJ-02 back in one step. With its constant we get its answer.
#[test]
fn another_library_s_way_from_bd09_is_explained() {
    let Some(points) = vectors("eviltransform.json") else { return };
    for point in points["bd09_wgs84"].as_array().expect("a list") {
        let (bd, theirs) = (pair(&point["bd"]), wgs84(pair(&point["wgs"])));
        let (x, y) = (bd.1 - 0.006_5, bd.0 - 0.006);
        let radius = x.hypot(y) - 0.000_02 * (y * PI).sin();
        let angle = y.atan2(x) - 0.000_003 * (x * PI).cos();
        let explained = read(Datum::Gcj02, (radius * angle.sin(), radius * angle.cos()));
        let apart_m = read(Datum::Bd09, bd).distance_m(theirs);
        println!("BD-09 to WGS-84: {apart_m:.1} m apart, {:.1} m with its constant", explained.distance_m(theirs));
        assert!(explained.distance_m(theirs) < ONE_STEP_INVERSE_M, "{point}");
        assert!(apart_m > explained.distance_m(theirs), "{point}");
    }
}

/// All of mainland China's box, seas and neighbours included, by a fixed sequence of places. (In a strip of some hundred
/// metres along the outlines of what is not shifted two places share one shifted pair, so that no way back is right for
/// both. None of these places lies there.)
#[test]
fn a_hundred_thousand_places_come_back_within_a_third_of_a_metre() {
    for (datum, name) in [(Datum::Gcj02, "GCJ-02"), (Datum::Bd09, "BD-09")] {
        let (mut x, mut y) = (0.5_f64, 0.5_f64);
        let (mut worst_m, mut sum_m) = (0.0_f64, 0.0);
        for _ in 0..N_ROUND_TRIPS {
            x = (x + 0.754_877_666_246_692_7).fract();
            y = (y + 0.569_840_290_998_053_2).fract();
            let place = Wgs84 { lat: 17.5 + 36.5 * y, lon: 72.0 + 64.0 * x };
            let apart_m = place.distance_m(read(datum, datum.from_wgs84(place)));
            assert!(apart_m <= ROUND_TRIP_M, "{name}: {place:?} comes back {apart_m} m away");
            worst_m = worst_m.max(apart_m);
            sum_m += apart_m;
        }
        let mean_m = sum_m / N_ROUND_TRIPS as f64;
        println!(
            "{name}: {N_ROUND_TRIPS} places there and back, {mean_m:.1e} m off on average, {worst_m:.1e} m at most"
        );
    }
}
