//! A day of 30,000 stops is read, planned and left in time, with memory that grows with the stops and not with their pairs.

use std::fmt::Write;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use huilu_model::Cost;
use huilu_optimizer::formats::vrplib;
use huilu_optimizer::limits::{Clock, Limits};
use huilu_optimizer::routing::{Params, solve};

const STOPS: usize = 30_000;

struct Wall(Instant);

impl Clock for Wall {
    fn elapsed_s(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// Villages over a country, a hundred stops to a route, as in the files of the literature; no number is drawn.
fn file() -> String {
    let mut text =
        format!("NAME : country\nTYPE : CVRP\nDIMENSION : {}\nEDGE_WEIGHT_TYPE : EUC_2D\nCAPACITY : 200\n", STOPS + 1);
    let (mut points, mut demands) = ("1 5000 5000\n".to_owned(), "1 0\n".to_owned());
    for k in 0..STOPS {
        let mixed = (k as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let village = (k as u64 % 300 + 1).wrapping_mul(0xD1B5_4A32_D192_ED03);
        let at = |word: u64, bits: u32| word >> bits & 0x3ff;
        let (x, y) = (9 * at(village, 20) + at(mixed, 20), 9 * at(village, 40) + at(mixed, 40));
        writeln!(points, "{} {x} {y}", k + 2).expect("a string");
        writeln!(demands, "{} {}", k + 2, 1 + mixed % 3).expect("a string");
    }
    write!(text, "NODE_COORD_SECTION\n{points}DEMAND_SECTION\n{demands}DEPOT_SECTION\n1\n-1\nEOF\n").expect("a string");
    text
}

/// Most of what this process has ever held at once, in megabytes; `None` where the system does not say.
fn peak_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? / 1024)
}

/// One test, as the peak is that of the process.
#[test]
fn thirty_thousand_stops_are_planned_in_little_memory_and_left_in_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("country.vrp");
    std::fs::write(&path, file()).expect("writable");
    let (instance, _) = vrplib::read(&path, None).expect("readable");
    assert_eq!(instance.jobs.len(), STOPS);
    let clock = Wall(Instant::now());

    // Whoever is told to end at the very beginning has all jobs left out, and words on them.
    let told = AtomicBool::new(true);
    let limits = Limits { clock: &clock, seconds: Some(1e6), iterations: None, cancel: &told };
    let plan = solve(&instance, &Params::default(), 1, &limits, &mut |_| {}).plan;
    let took = clock.elapsed_s();
    assert!(plan.unassigned.len() > STOPS - 100, "{} left out", plan.unassigned.len());
    // A fifth of a second is asked for; it was 42 s when all jobs were held against all routes.
    assert!(took < 4.0, "ended after {took:.1} s");

    // The first plan is good enough.
    let (began, cancel) = (clock.elapsed_s(), AtomicBool::new(false));
    let limits = Limits { clock: &clock, seconds: Some(began + 120.0), iterations: None, cancel: &cancel };
    let params = Params { target: Some(Cost(i64::MAX)), ..Params::default() };
    let outcome = solve(&instance, &params, 1, &limits, &mut |_| {});
    assert!(outcome.feasible, "{} left out", outcome.plan.unassigned.len());
    let report = huilu_check::check(&instance, &outcome.plan);
    assert!(report.is_clean(), "{:?}", report.violations.first());
    let peak = peak_mb();
    println!("told to end: {took:.2} s; planned: {:.1} s; peak: {peak:?} MB", clock.elapsed_s() - began);
    // Seconds and metres of all pairs would take 7,200 MB.
    assert!(peak.is_none_or(|peak| peak < 720), "{peak:?} MB");
}
