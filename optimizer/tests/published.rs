//! The best-known solutions of the literature, where their routes are published: the readers take in every instance, the
//! evaluator accepts the routes, and the independent checker recomputes the published cost.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use huilu_model::{Instance, VehicleIdx};
use huilu_optimizer::formats::{self, FormatError, Rounding};
use huilu_optimizer::routing::{Visit, evaluate};

type Reader = fn(&Path, Option<Rounding>) -> Result<(Instance, Rounding), FormatError>;

/// Folder, ending of its files, reader.
const SETS: [(&str, &str, Reader); 14] = [
    ("cvrp-x", "vrp", formats::vrplib::read),
    ("cvrp-xxl", "vrp", formats::vrplib::read),
    ("vrptw-solomon", "txt", formats::solomon::read),
    ("vrptw-gh200", "txt", formats::solomon::read),
    ("vrptw-gh400", "txt", formats::solomon::read),
    ("vrptw-gh1000", "txt", formats::solomon::read),
    ("vrptw-ortec-asym", "txt", formats::vrplib::read),
    ("mtvrptw-reload", "vrp", formats::vrplib::read),
    ("mdvrptw", "vrp", formats::vrplib::read),
    ("sdvrptw", "vrp", formats::vrplib::read),
    ("hfvrp", "vrp", formats::vrplib::read),
    ("pcvrptw", "vrp", formats::vrplib::read),
    ("mdvrp-cordeau", "txt", formats::cordeau::read),
    ("waste-kim", "txt", formats::waste::read),
];

fn benchmarks() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.join("../shared/data/benchmarks");
    folder.is_dir().then_some(folder)
}

/// Instances of a set, gzipped ones too, by name.
fn instances(folder: &Path, ending: &str) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(folder).expect("a folder of the benchmarks");
    let files = entries.map(|entry| entry.expect("readable").path());
    let mut found: Vec<(String, PathBuf)> = files
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.trim_end_matches(".gz").to_owned();
            Some((name.strip_suffix(&format!(".{ending}"))?.to_owned(), path))
        })
        .collect();
    found.sort();
    found
}

/// The routes of a solution file: the k-th is that of vehicle k, an empty one is not driven, 0 is a visit to the depot.
fn routes(instance: &Instance, solution: &str) -> Vec<(VehicleIdx, Vec<Visit>)> {
    let jobs: HashMap<&str, usize> = instance.jobs.iter().enumerate().map(|(k, job)| (job.id.as_str(), k)).collect();
    let visit = |word: &str| jobs.get(word).map_or(Visit::Unload(0), |&job| Visit::Job(job));
    let lines = solution.lines().filter(|line| line.starts_with("Route"));
    let routes =
        lines.map(|line| line.split_once(':').expect("`Route #k: ...`").1.split_whitespace().map(visit).collect());
    routes.enumerate().filter(|(_, visits): &(usize, Vec<Visit>)| !visits.is_empty()).collect()
}

#[test]
fn published_solutions_cost_what_is_published() {
    let Some(folder) = benchmarks() else {
        println!("skipped: ../shared/data/benchmarks is absent");
        return;
    };
    let (mut read, mut recomputed) = (0, 0);
    for (set, ending, reader) in SETS {
        let text =
            std::fs::read_to_string(folder.join(set).join("bks.json")).expect("each set has its best known values");
        let best: HashMap<String, serde_json::Value> = serde_json::from_str(&text).expect("an object");
        let files = instances(&folder.join(set), ending);
        assert_eq!(files.len(), best.len(), "{set}: a file for each instance");
        for (name, file) in files {
            let (instance, _) = reader(&file, None).unwrap_or_else(|fault| panic!("{fault}"));
            assert_eq!(instance.name, name);
            assert_eq!(Some(instance.jobs.len() as u64), best[&name]["n"].as_u64(), "{set} {name}: clients");
            read += 1;
            let Ok(solution) = std::fs::read_to_string(folder.join(set).join(format!("{name}.sol"))) else { continue };
            let routes = routes(&instance, &solution);
            if routes.len() > instance.vehicles.len() {
                println!("skipped: {set} {name}: {} routes for {} vehicles", routes.len(), instance.vehicles.len());
                continue;
            }
            let evaluated = evaluate(&instance, &routes);
            assert!(
                evaluated.refused.is_empty(),
                "{set} {name}: published routes {:?} break a rule",
                evaluated.refused
            );
            let report = huilu_check::check(&instance, &evaluated.plan);
            assert_eq!(report.violations, [], "{set} {name}");
            let cost = report.figures.cost.0 as f64 / instance.cost_scale as f64;
            // Only real distances leave room: half a thousandth for each arc, at the dearest vehicle's price.
            let arcs = (instance.jobs.len() + routes.len()) as f64;
            let dearest = instance.vehicles.iter().map(|vehicle| vehicle.cost_per_metre.0).max().unwrap_or(1) as f64;
            let slack = if set == "hfvrp" { 0.005 + arcs * 0.5 * dearest / instance.cost_scale as f64 } else { 1e-6 };
            let published = best[&name]["cost"].as_f64().expect("a published solution has a cost");
            assert!((cost - published).abs() <= slack, "{set} {name}: {cost} is not {published}");
            recomputed += 1;
        }
    }
    println!("{read} instances read, {recomputed} published solutions recomputed");
    assert!(read > 450 && recomputed > 350, "{read} read, {recomputed} recomputed");
}
