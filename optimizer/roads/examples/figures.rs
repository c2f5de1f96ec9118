//! Prints how long a file takes to import, save, load and search: `figures FILE.osm.pbf [PLACES] [THREADS]`.

use std::path::Path;
use std::time::Instant;

use huilu_model::{UNREACHABLE, Wgs84};
use huilu_roads::{Profile, RoadNetwork};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let file = args.next().ok_or("usage: figures FILE.osm.pbf [PLACES] [THREADS]")?;
    let n: usize = args.next().map_or(Ok(1_600), |text| text.parse())?;
    let threads: usize = args.next().map_or(Ok(2), |text| text.parse())?;

    let start = Instant::now();
    let (network, summary) = RoadNetwork::from_pbf_path(Path::new(&file), &|_| {})?;
    println!("import {:.2} s, sha256 {}", start.elapsed().as_secs_f64(), network.source_sha256());
    print!("{summary}");
    println!("driving side {:?}, {} display lines", summary.driving_side, network.display_lines().len());

    let store = std::env::temp_dir().join(format!("huilu-figures-{}.roads", std::process::id()));
    network.save(&store)?;
    let size = std::fs::metadata(&store)?.len();
    let start = Instant::now();
    let network = RoadNetwork::load(&store)?;
    println!("load {:.3} s, {:.1} MB", start.elapsed().as_secs_f64(), size as f64 / 1e6);
    std::fs::remove_file(&store)?;

    let (low, high) = network.bounds();
    for profile in Profile::ALL {
        let graph = network.graph(profile);
        let start = Instant::now();
        // A fixed pseudo-random sequence (Weyl); places off the roads are skipped.
        let mut snaps = Vec::new();
        let (mut x, mut y) = (0.5, 0.5);
        while snaps.len() < n {
            x = (x + 0.754_877_666_246_692_7_f64).fract();
            y = (y + 0.569_840_290_998_053_2_f64).fract();
            let at = Wgs84 { lat: low.lat + y * (high.lat - low.lat), lon: low.lon + x * (high.lon - low.lon) };
            if let Some(snap) = graph.snap(at, 300.0) {
                snaps.push(Some(snap));
            }
        }
        let snapping = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let matrix = graph.matrix(&snaps, threads, &|_| {});
        let seconds = start.elapsed().as_secs_f64();
        let reached = matrix.seconds.iter().filter(|&&s| s != UNREACHABLE).count();
        let mean =
            matrix.seconds.iter().filter(|&&s| s != UNREACHABLE).map(|&s| f64::from(s)).sum::<f64>() / reached as f64;
        println!(
            "{profile:<6} snap {snapping:.2} s, matrix {n} x {n} on {threads} threads {seconds:.2} s, {:.2} % reachable, mean {mean:.0} s",
            100.0 * reached as f64 / matrix.seconds.len() as f64
        );
    }
    Ok(())
}
