//! Times a square table of seconds and metres between given places on one thread:
//! `table FILE.osm.pbf PROFILE POINTS.csv REPEATS` (columns lat, lon) prints one line of JSON.

use std::path::Path;
use std::time::Instant;

use huilu_model::{UNREACHABLE, Wgs84};
use huilu_roads::{Profile, RoadNetwork};

const SNAP_LIMIT_M: f64 = 500.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, profile, points, repeats] = args.as_slice() else {
        return Err("usage: table FILE.osm.pbf PROFILE POINTS.csv REPEATS".into());
    };
    let profile: Profile = profile.parse()?;
    let points = read(points)?;
    let (network, _) = RoadNetwork::from_pbf_path(Path::new(file), &|_| {})?;
    let router = network.router(profile);
    // The index of roads is built with the first place.
    router.snap(points[0], SNAP_LIMIT_M);
    let mut seconds = Vec::new();
    let mut unreachable = 0;
    for _ in 0..repeats.parse::<usize>()? {
        let start = Instant::now();
        let snaps: Vec<_> = points.iter().map(|&at| router.snap(at, SNAP_LIMIT_M)).collect();
        let table = router.matrix(&snaps, 1, &|_| {});
        seconds.push(start.elapsed().as_secs_f64());
        unreachable = table.seconds.iter().filter(|&&s| s == UNREACHABLE).count();
    }
    let n = points.len();
    let told = serde_json::json!({ "n": n, "seconds": seconds, "unreachable": unreachable, "peak_mib": peak_mib() });
    println!("{told}");
    Ok(())
}

fn read(path: &str) -> Result<Vec<Wgs84>, Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string(path)?;
    let mut points = Vec::new();
    for line in text.lines().skip(1) {
        let (lat, lon) = line.split_once(',').ok_or("a line without a comma")?;
        points.push(Wgs84 { lat: lat.parse()?, lon: lon.parse()? });
    }
    if points.is_empty() { Err("no place is given".into()) } else { Ok(points) }
}

/// Peak resident memory of this process, where the system tells.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1_024)
}
