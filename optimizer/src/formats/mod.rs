//! Readers of instance files. One format, one file.

use std::path::{Path, PathBuf};

pub mod cap;
pub mod clearing;
pub mod cordeau;
pub mod huilu;
mod network;
mod numbers;
pub mod pmed;
mod sections;
pub mod solomon;
mod text;
pub mod vrplib;
pub mod waste;

/// What is wrong with a file, and where.
#[derive(Debug, thiserror::Error)]
#[error("{}{}: {cause}", file.display(), line.map(|n| format!(":{n}")).unwrap_or_default())]
pub struct FormatError {
    pub file: PathBuf,
    /// Counted from 1.
    pub line: Option<usize>,
    pub cause: String,
}

impl FormatError {
    pub fn new(file: &Path, line: impl Into<Option<usize>>, cause: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: line.into(), cause: on_one_line(&cause.into()) }
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
