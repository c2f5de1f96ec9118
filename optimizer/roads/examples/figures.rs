//! Prints how long a file takes to import, prepare, save, load and search:
//! `figures FILE.osm.pbf [PLACES] [THREADS]`, with the peak of memory after each matrix.

use std::path::Path;
use std::time::Instant;

use huilu_model::{Datum, UNREACHABLE, Wgs84};
use huilu_roads::{Closure, Conditions, Profile, ReachLimit, RoadNetwork, Router, Snap};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let file = args.next().ok_or("usage: figures FILE.osm.pbf [PLACES] [THREADS]")?;
    let n: usize = args.next().map_or(Ok(1_000), |text| text.parse())?;
    let threads: usize = args.next().map_or(Ok(1), |text| text.parse())?;

    let start = Instant::now();
    let (network, summary) = RoadNetwork::from_pbf_path(Path::new(&file), &|_| {})?;
    println!("import {:.2} s, sha256 {}", start.elapsed().as_secs_f64(), network.source_sha256());
    print!("{summary}");
    println!("{} display lines", network.display_lines().len());

    let store = std::env::temp_dir().join(format!("huilu-figures-{}.roads", std::process::id()));
    let start = Instant::now();
    network.save(&store)?;
    let saving = start.elapsed().as_secs_f64();
    drop(network);
    let size = std::fs::metadata(&store)?.len();
    let start = Instant::now();
    let network = RoadNetwork::load(&store)?;
    let loading = start.elapsed().as_secs_f64();
    Profile::ALL.iter().for_each(|&profile| drop(network.router(profile)));
    let ready = start.elapsed().as_secs_f64();
    println!("save {saving:.3} s, {:.1} MB; load {loading:.3} s, four routers ready {ready:.3} s", size as f64 / 1e6);
    std::fs::remove_file(&store)?;

    let (low, high) = network.bounds();
    for profile in Profile::ALL {
        let router = network.router(profile);
        let start = Instant::now();
        drop(Router::from(network.graph(profile).clone()));
        println!("{profile}: prepared anew in {:.3} s, {:?}", start.elapsed().as_secs_f64(), router.hierarchy_size());
        let conditions = Conditions { depart: "08:30".parse().ok(), closures: &[] };
        let start = Instant::now();
        let rush_hour = router.at(&conditions);
        println!("  customised for 08:30 in {:.3} s", start.elapsed().as_secs_f64());
        drop(rush_hour);
        let zone = many_corners(profile, low, high)?;
        let conditions = Conditions { depart: "08:30".parse().ok(), closures: &zone };
        let [first, again] = [(); 2].map(|()| {
            let start = Instant::now();
            network.router_at(profile, &conditions);
            start.elapsed().as_secs_f64()
        });
        println!("  in a closed zone of {CORNERS} corners {first:.3} s, asked again {again:.6} s");
        let start = Instant::now();
        router.snap(low, 0.0);
        let indexing = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let (places, tried) = places(&router, low, high, n);
        let snapping = start.elapsed().as_secs_f64();
        println!("  index of roads {indexing:.3} s, {:.1} us to snap a place", snapping / tried as f64 * 1e6);
        let snaps: Vec<Option<Snap>> = places.iter().copied().map(Some).collect();
        let start = Instant::now();
        let matrix = router.matrix(&snaps, threads, &|_| {});
        let seconds = start.elapsed().as_secs_f64();
        let reached = matrix.seconds.iter().filter(|&&s| s != UNREACHABLE).count();
        let sum: f64 = matrix.seconds.iter().filter(|&&s| s != UNREACHABLE).map(|&s| f64::from(s)).sum();
        println!(
            "  matrix {n} x {n} on {threads} threads {seconds:.3} s, {:.2} % reachable, mean {:.0} s, peak memory {} MiB",
            100.0 * reached as f64 / matrix.seconds.len() as f64,
            sum / reached as f64,
            peak_mib().map_or_else(|| "?".to_owned(), |mib| mib.to_string()),
        );
        let pairs: Vec<(&Snap, &Snap)> = places.iter().zip(places.iter().rev()).take(500).collect();
        let start = Instant::now();
        let points: usize = pairs.iter().filter_map(|(from, to)| router.path(from, to)).map(|p| p.points.len()).sum();
        println!("  path {:.3} ms, {} points", mean_ms(start, pairs.len()), points / pairs.len());
        let start = Instant::now();
        let found: usize = places.iter().take(100).map(|p| router.reach(p, ReachLimit::Seconds(900)).len()).sum();
        println!("  reach of 15 minutes {:.3} ms, {} stretches", mean_ms(start, 100), found / 100);
    }
    Ok(())
}

/// Of the closed zone.
const CORNERS: usize = 20_000;

/// A jagged ring around most of the city.
fn many_corners(profile: Profile, low: Wgs84, high: Wgs84) -> Result<Vec<Closure>, Box<dyn std::error::Error>> {
    let corner = |k: usize| {
        let angle = (k % CORNERS) as f64 / CORNERS as f64 * std::f64::consts::TAU;
        let radius = 0.45 + 0.002 * (k % 2) as f64;
        let share = [0.5 + radius * angle.cos(), 0.5 + radius * angle.sin()];
        [low.lon + share[0] * (high.lon - low.lon), low.lat + share[1] * (high.lat - low.lat)]
    };
    let ring: Vec<[f64; 2]> = (0..=CORNERS).map(corner).collect();
    let zone = serde_json::json!({ "type": "FeatureCollection", "features": [{
        "type": "Feature", "properties": { "name": "jagged", "profiles": [profile.as_str()] },
        "geometry": { "type": "Polygon", "coordinates": [ring] },
    }] });
    Ok(Closure::read_geojson(&zone.to_string(), Datum::Wgs84)?)
}

fn mean_ms(start: Instant, n: usize) -> f64 {
    start.elapsed().as_secs_f64() * 1_000.0 / n as f64
}

/// Places on the roads from a fixed pseudo-random sequence (Weyl), and how many had to be tried.
fn places(router: &Router, low: Wgs84, high: Wgs84, n: usize) -> (Vec<Snap>, usize) {
    let (mut x, mut y) = (0.5, 0.5);
    let (mut places, mut tried) = (Vec::new(), 0);
    while places.len() < n {
        tried += 1;
        x = (x + 0.754_877_666_246_692_7_f64).fract();
        y = (y + 0.569_840_290_998_053_2_f64).fract();
        let at = Wgs84 { lat: low.lat + y * (high.lat - low.lat), lon: low.lon + x * (high.lon - low.lon) };
        places.extend(router.snap(at, 300.0));
    }
    (places, tried)
}

/// Peak resident memory of this process, where the system tells.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1_024)
}
