//! Readers of instance files. One format, one file.
//!
//! JSON has all of its faults listed. A file of the literature is refused at its first: it is one stream of words whose meaning
//! hangs on those before, so what comes after a fault could only be guessed.

use std::path::{Path, PathBuf};

use huilu_model::{FaultCode, Faults};

pub mod cap;
pub mod clearing;
pub mod cordeau;
pub mod huilu;
pub mod json;
mod network;
mod numbers;
pub mod pmed;
mod sections;
mod servable;
mod shape;
pub mod sites;
pub mod solomon;
mod text;
pub mod vrplib;
pub mod waste;

/// What is wrong with a file, and where.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {cause}", file.display(), line.map(|n| format!(":{n}")).unwrap_or_default())]
pub struct FormatError {
    pub file: PathBuf,
    /// Counted from 1; of the first fault.
    pub line: Option<usize>,
    /// The faults on one line; of very many the first, and how many more there are.
    pub cause: String,
    pub faults: Faults,
}

impl FormatError {
    /// One fault of a file whose parts have no paths.
    pub fn new(file: &Path, line: impl Into<Option<usize>>, code: FaultCode, cause: impl Into<String>) -> Self {
        let mut faults = Faults::default();
        faults.add(code, "", cause);
        Self::listing(file, line, faults)
    }

    pub fn listing(file: &Path, line: impl Into<Option<usize>>, faults: Faults) -> Self {
        Self { file: file.to_owned(), line: line.into(), cause: on_one_line(&faults.to_string()), faults }
    }
}

/// A cause quotes what the file holds, which may be a line end written as an escape; the message is one line all the same.
fn on_one_line(cause: &str) -> String {
    let mut line = String::with_capacity(cause.len());
    for c in cause.chars() {
        if c.is_control() { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line
}

/// How a distance between coordinates becomes an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest integer (TSPLIB `EUC_2D`).
    Nint,
    /// Truncated to one decimal (DIMACS); kept as tenths.
    Dimacs,
    /// To three decimals; kept as thousandths.
    Exact,
}
