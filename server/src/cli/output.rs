//! The result files of `huilu solve` and `huilu site`. Their fields are a fixed contract.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::CliError;

/// One point of the search's progress.
#[derive(Debug, Serialize)]
pub(crate) struct TracePoint {
    pub(crate) seconds: f64,
    pub(crate) iteration: u64,
    pub(crate) cost: f64,
    pub(crate) lower_bound: Option<f64>,
}

/// One step of a route as the file counts clients and time.
#[derive(Debug, Serialize)]
pub(crate) struct FileStep {
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// Of a client, or of where the vehicle unloads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<Value>,
    pub(crate) arrival: f64,
    pub(crate) start: f64,
    pub(crate) departure: f64,
}

#[derive(Debug, Serialize)]
pub(crate) struct SolveResult {
    pub(crate) peer: &'static str,
    pub(crate) instance: String,
    pub(crate) format: String,
    pub(crate) rounding: Option<String>,
    pub(crate) cost: f64,
    pub(crate) lower_bound: Option<f64>,
    /// What the bound is a bound on; left out where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bound_kind: Option<&'static str>,
    /// Parts of the cost that neither the bound nor the gap speaks of.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub(crate) bound_leaves_out: &'static [&'static str],
    /// Why there is no bound although one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bound_cause: Option<&'static str>,
    pub(crate) gap: Option<f64>,
    pub(crate) feasible: bool,
    /// Client numbers as the file counts them, or the string ids of a `huilu` file; the depot is left out.
    pub(crate) routes: Vec<Vec<Value>>,
    /// Where each route starts and ends, counted from 1; absent for `huilu` files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) route_depots: Option<Vec<usize>>,
    pub(crate) route_vehicles: Vec<Value>,
    /// With the trips of a route and its times in the file's unit; absent for `huilu` files, whose plan has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) steps: Option<Vec<Vec<FileStep>>>,
    pub(crate) unassigned: Vec<Value>,
    pub(crate) wall_seconds: f64,
    pub(crate) seed: u64,
    pub(crate) trace: Vec<TracePoint>,
    /// Steps, times, loads and reasons; what the independent checker reads.
    pub(crate) plan: huilu_model::Plan,
}

#[derive(Debug, Serialize)]
pub(crate) struct SiteResult {
    pub(crate) peer: &'static str,
    pub(crate) instance: String,
    pub(crate) format: &'static str,
    pub(crate) cost: f64,
    pub(crate) lower_bound: Option<f64>,
    pub(crate) gap: Option<f64>,
    pub(crate) feasible: bool,
    /// Sites counted from 1.
    pub(crate) open: Vec<usize>,
    /// `[site, client, share]`, both counted from 1.
    pub(crate) flows: Vec<(usize, usize, f64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) capacity: Option<f64>,
    pub(crate) wall_seconds: f64,
    pub(crate) seed: u64,
    pub(crate) trace: Vec<TracePoint>,
}

/// Writes beside the target first, so that a full disk never leaves half a result.
pub(crate) fn write_json(path: &Path, result: &impl Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string(result).map_err(CliError::failed)?;
    write_atomically(path, text.as_bytes())
}

pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    stream_atomically(path, |out| out.write_all(bytes))
}

/// As [`write_atomically`], for what is too long to be put together first.
pub(crate) fn stream_atomically(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), CliError> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    let beside = Path::new(&beside);
    let written = File::create(beside).and_then(|file| {
        let mut out = BufWriter::new(file);
        write(&mut out)?;
        out.flush()?;
        std::fs::rename(beside, path)
    });
    written.map_err(|cause| {
        // Whatever went wrong is told; what is left of the part is only litter.
        let _ = std::fs::remove_file(beside);
        CliError::Input(format!("{}: cannot be written: {cause}", path.display()))
    })
}

/// The instance's name in a result: the file's stem, that of the packed file where it is gzipped.
pub(crate) fn stem(path: &Path) -> String {
    let packed = path.extension().is_some_and(|ending| ending == "gz");
    let inner = if packed { path.with_extension("") } else { path.to_owned() };
    inner.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}
