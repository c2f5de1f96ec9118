//! Prints cost, bound, gap and seconds of the siting solver for the OR-Library files of a benchmark folder.
//!
//! `cargo run -p huilu-optimizer --example siting_figures -- DIR [SECONDS] [NAME...]`, where DIR holds `cflp-orlib`
//! and `pmed-orlib`, each with its `bks.json` of best-known costs. Seed 1, one thread.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use huilu_optimizer::formats::{cap, pmed};
use huilu_optimizer::limits::{Clock, Limits};
use huilu_optimizer::siting::{SitingParams, solve, verify};
use serde_json::{Map, Value};

struct Stopwatch(Instant);

impl Clock for Stopwatch {
    fn elapsed_s(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let dir = PathBuf::from(words.next().ok_or("usage: siting_figures DIR [SECONDS] [NAME...]")?);
    let seconds: f64 = words.next().map_or(Ok(30.0), |word| word.parse())?;
    let names: Vec<String> = words.collect();
    println!(
        "{:<14} {:>14} {:>14} {:>14} {:>9} {:>9} {:>7}",
        "instance", "best known", "cost", "bound", "excess", "gap", "s"
    );
    for set in ["cflp-orlib", "pmed-orlib"] {
        let known: Map<String, Value> =
            serde_json::from_str(&std::fs::read_to_string(dir.join(set).join("bks.json"))?)?;
        let mut rows: Vec<(&String, f64)> =
            known.iter().filter_map(|(name, entry)| Some((name, entry.get("cost")?.as_f64()?))).collect();
        rows.sort_by_key(|(name, _)| (name.len(), name.as_str()));
        for (name, best_known) in rows {
            if names.is_empty() || names.contains(name) {
                row(&dir.join(set), name, best_known, seconds)?;
            }
        }
    }
    Ok(())
}

fn row(dir: &Path, name: &str, best_known: f64, seconds: f64) -> Result<(), Box<dyn Error>> {
    // `capa-8000` is the file `capa` with the capacity 8000.
    let (file, capacity) = match name.split_once('-') {
        Some((file, capacity)) => (file, Some(capacity.parse::<f64>()?)),
        None => (name, None),
    };
    let path = dir.join(format!("{file}.txt"));
    let problem = if name.starts_with("pmed") { pmed::read(&path)? } else { cap::read(&path, capacity)? };
    let cancel = AtomicBool::new(false);
    let clock = Stopwatch(Instant::now());
    let limits = Limits { clock: &clock, seconds: Some(seconds), iterations: None, cancel: &cancel };
    let trace = std::env::var_os("TRACE").is_some();
    let solution = solve(&problem, &SitingParams::default(), 1, &limits, &mut |at| {
        if trace {
            eprintln!("  {:8.2} s  {:8}  {:16.4}  {:?}", at.seconds, at.iteration, at.cost, at.lower_bound);
        }
    })?;
    let violations = verify::verify(&problem, &solution);
    println!(
        "{name:<14} {best_known:>14.3} {:>14.3} {:>14.3} {:>8.4}% {:>8.4}% {:>7.2}{}",
        solution.cost,
        solution.lower_bound.unwrap_or(f64::NAN),
        100.0 * (solution.cost - best_known) / best_known,
        100.0 * solution.gap().unwrap_or(f64::NAN),
        clock.elapsed_s(),
        if violations.is_empty() { String::new() } else { format!("  WRONG {violations:?}") },
    );
    Ok(())
}
