//! Being told to stop, and repeating itself: what `huilu solve` leaves behind.
//!
//! Goal: whenever it is told to end, a plan that the checker accepts is there soon; a gap that is small enough ends it early; the
//! same seed, threads and iteration cap give the same bytes. Method: instances made here, the built binary as a process of its
//! own, signals as a terminal or a service sends them. The limits are generous, the latencies are printed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use huilu_tests::{huilu, run_huilu};
use serde_json::{Value, json};

/// After being told to end, with whatever else the machine has to do.
const ENDS_WITHIN: Duration = Duration::from_secs(10);
/// What it would take if nobody told it to end.
const SECONDS: &str = "60";

/// Points on a square of 1,000 by 1,000: the same for the same number, without a pattern that a reader or a search could like.
fn points(n: usize) -> Vec<(u64, u64)> {
    let mut state = 0x9e37_79b9_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % 1_000
    };
    (0..n).map(|_| (next(), next())).collect()
}

fn vrplib(n: usize) -> String {
    let points = points(n);
    let mut text =
        format!("NAME : made-n{n}\nTYPE : CVRP\nDIMENSION : {n}\nEDGE_WEIGHT_TYPE : EUC_2D\nCAPACITY : 100\n");
    text.push_str("NODE_COORD_SECTION\n");
    for (k, (x, y)) in points.iter().enumerate() {
        let _ = writeln!(text, "{} {x} {y}", k + 1);
    }
    text.push_str("DEMAND_SECTION\n");
    for (k, (x, _)) in points.iter().enumerate() {
        let _ = writeln!(text, "{} {}", k + 1, if k == 0 { 0 } else { 5 + x % 20 });
    }
    text.push_str("DEPOT_SECTION\n1\n-1\nEOF\n");
    text
}

fn solomon(n: usize) -> String {
    let mut text = String::from("MADE\n\nVEHICLE\nNUMBER     CAPACITY\n  25         200\n\nCUSTOMER\n");
    text.push_str("CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE   TIME\n\n");
    for (k, (x, y)) in points(n).into_iter().enumerate() {
        let (demand, ready, due, service) =
            if k == 0 { (0, 0, 2_000, 0) } else { (5 + x % 20, 5 * (x % 100), 5 * (x % 100) + 600, 10) };
        let _ = writeln!(text, "{k} {} {} {demand} {ready} {due} {service}", x / 10, y / 10);
    }
    text
}

/// Small loads, boxes that are full after a few of them, two outlets to unload at, a break and a shift.
fn city_day(n: usize) -> String {
    let at = |k: usize, (x, y): (u64, u64)| json!({"id": format!("p{k}"), "position": {"lat": 22.15 + x as f64 / 2e4, "lon": 113.53 + y as f64 / 2e4}});
    let places: Vec<Value> = points(n + 3).into_iter().enumerate().map(|(k, point)| at(k, point)).collect();
    let jobs: Vec<Value> = (0..n)
        .map(|k| {
            json!({
                "id": format!("j{k}"), "place": format!("p{}", k + 3),
                "loads": [{"stream": "paper", "grams": 9_000 + 100 * (k % 50) as u64, "litres": 200}],
                "time_windows": [{"start": 28_800 + 7_200 * (k as u64 % 4), "end": 36_000 + 7_200 * (k as u64 % 4)}],
                "service_s": 240, "penalty": 5_000,
            })
        })
        .collect();
    let vehicles: Vec<Value> = (0..8)
        .map(|k| {
            json!({
                "id": format!("v{k}"), "profile": "etrike", "start": "p0", "end": "p0",
                "shift": {"start": 28_800, "end": 64_800},
                "capacity_g": 200_000,
                "compartments": [{"streams": ["paper"], "capacity_g": 200_000, "capacity_l": 1_000}],
                "break": {"earliest": 39_600, "latest": 50_400, "duration_s": 1_800},
                "costs": {"fixed": 5_000, "per_hour": 3_000, "per_km": 50},
            })
        })
        .collect();
    let outlets: Vec<Value> = (1..3)
        .map(|k| {
            json!({
                "id": format!("o{k}"), "place": format!("p{k}"), "streams": ["paper"], "unload_s": 300,
                "hours": [{"start": 28_800, "end": 68_400}],
            })
        })
        .collect();
    json!({
        "name": "made day", "streams": ["paper"], "places": places, "jobs": jobs, "vehicles": vehicles, "outlets": outlets,
        "metrics": [{
            "profile": "etrike", "shape": "great_circle", "metres_per_unit": 1.3, "seconds_per_unit": 0.25, "round": "nearest",
        }],
    })
    .to_string()
}

struct Made {
    folder: tempfile::TempDir,
    format: &'static str,
}

impl Made {
    fn new(format: &'static str, text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("instance"), text).unwrap();
        Self { folder, format }
    }

    fn all() -> [Self; 3] {
        [Self::new("vrplib", &vrplib(301)), Self::new("solomon", &solomon(201)), Self::new("huilu", &city_day(300))]
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("instance")
    }

    fn out(&self) -> PathBuf {
        self.folder.path().join("out.json")
    }

    fn solve(&self, flags: &[&str]) -> Command {
        let mut command = Command::new(huilu());
        command.arg("solve").arg(self.file()).args(["--format", self.format, "--out"]).arg(self.out()).args(flags);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn result(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.out()).expect("a plan was written")).unwrap()
    }

    #[track_caller]
    fn is_accepted(&self) {
        let run = run_huilu(&["check", self.file().to_str().unwrap(), self.out().to_str().unwrap()]);
        let said = String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success(), "{}: {said}{}", self.format, String::from_utf8_lossy(&run.stderr));
        assert!(said.contains("accepted"), "{said}");
    }
}

/// Waits until a termination request no longer ends the process by itself: its handlers stand before it reads its instance.
fn until_it_listens(child: &Child) {
    let began = Instant::now();
    let caught = |status: String| {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:").map(str::to_owned))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    };
    loop {
        match std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok().and_then(caught) {
            // SIGTERM is 15, and the lowest bit is signal 1.
            Some(mask) if mask >> 14 & 1 == 1 => return,
            Some(_) => assert!(began.elapsed() < Duration::from_secs(30), "its handlers never stand"),
            // A system without this file: a moment must do.
            None => return sleep(Duration::from_millis(500)),
        }
        sleep(Duration::from_millis(1));
    }
}

/// Sends the signal by name and waits; the time it took to be gone.
fn told(mut child: Child, signal: &str) -> Duration {
    let told = Instant::now();
    let sent = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if told.elapsed() > Duration::from_secs(30) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{signal}: not gone after half a minute");
        }
        sleep(Duration::from_millis(2));
    };
    let took = told.elapsed();
    assert_eq!(status.code(), Some(0), "{signal}: {}", std::io::read_to_string(child.stderr.take().unwrap()).unwrap());
    took
}

#[test]
fn whoever_is_told_to_end_leaves_a_plan_and_goes() {
    for made in Made::all() {
        for (signal, after_ms, flags) in [
            ("TERM", 1_200, &["--threads", "1", "--seconds", SECONDS][..]),
            ("INT", 2_500, &["--threads", "2", "--seconds", SECONDS][..]),
            // The proof begins after two seconds.
            ("TERM", 2_500, &["--threads", "1", "--seconds", "5", "--bound"][..]),
        ] {
            let _ = std::fs::remove_file(made.out());
            let child = made.solve(flags).spawn().unwrap();
            until_it_listens(&child);
            sleep(Duration::from_millis(after_ms));
            let took = told(child, signal);
            println!("{} {flags:?}: {signal} after {after_ms} ms, gone after {} ms", made.format, took.as_millis());
            assert!(took <= ENDS_WITHIN, "{} {flags:?}: {took:?}", made.format);
            made.is_accepted();
        }
    }
}

/// Told while it still reads or makes its first plan, it writes the least bad plan that it has.
#[test]
fn whoever_is_told_to_end_at_once_leaves_a_plan_as_well() {
    let made = Made::new("vrplib", &vrplib(301));
    for after_ms in [0, 100, 350] {
        let _ = std::fs::remove_file(made.out());
        let child = made.solve(&["--threads", "1", "--seconds", SECONDS]).spawn().unwrap();
        until_it_listens(&child);
        sleep(Duration::from_millis(after_ms));
        let took = told(child, "TERM");
        println!("TERM {after_ms} ms after it listens: gone after {} ms", took.as_millis());
        assert!(took <= ENDS_WITHIN, "{took:?}");
        if made.result()["feasible"] == true {
            made.is_accepted();
        }
    }
}

#[test]
fn a_gap_that_is_small_enough_ends_it_early() {
    let made = Made::new("vrplib", &vrplib(26));
    let started = Instant::now();
    let run = made.solve(&["--threads", "1", "--seconds", "20", "--bound", "--stop-gap", "0.3"]).output().unwrap();
    let took = started.elapsed();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let gap = made.result()["gap"].as_f64().expect("a bound was proven");
    println!("gap {gap:.4} after {:.1} s of 20", took.as_secs_f64());
    assert!(gap <= 0.3 && took < Duration::from_secs(17), "gap {gap} after {took:?}");
    made.is_accepted();
}

/// All but the clock: seconds stand in the result, and in its trace.
fn without_clock(path: &Path) -> String {
    let mut result: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    result.as_object_mut().unwrap().remove("wall_seconds");
    for point in result["trace"].as_array_mut().unwrap() {
        point.as_object_mut().unwrap().remove("seconds");
    }
    result.to_string()
}

#[test]
fn the_same_seed_threads_and_iterations_give_the_same_bytes() {
    for made in Made::all() {
        for threads in ["1", "2"] {
            let answer = |seed: &str, iterations: &str| {
                let flags = ["--threads", threads, "--seed", seed, "--iterations", iterations, "--seconds", "600"];
                let run = made.solve(&flags).output().unwrap();
                assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
                without_clock(&made.out())
            };
            let first = answer("5", "300");
            assert_eq!(first, answer("5", "300"), "{} with {threads} threads", made.format);
            // Negative control: another seed is another search.
            assert_ne!(first, answer("6", "300"), "{} with {threads} threads", made.format);
        }
    }
}
