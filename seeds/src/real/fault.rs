//! What is wrong with a file, one line for each problem.

use std::fmt;

/// More faults than these are counted, not kept.
pub(super) const FAULTS_KEPT: usize = 100;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFault {
    pub file: String,
    /// From 1; absent where the fault is the whole file's or the format has no lines.
    pub line: Option<u64>,
    pub cause: String,
}

impl fmt::Display for ReadFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{}:{line}: {}", self.file, self.cause),
            None => write!(out, "{}: {}", self.file, self.cause),
        }
    }
}

/// Every fault of the files that were read; the first 100 are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    pub faults: Vec<ReadFault>,
    /// Those that are not kept included.
    pub total: usize,
}

impl fmt::Display for ReadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (k, fault) in self.faults.iter().enumerate() {
            write!(out, "{}{fault}", if k == 0 { "" } else { "\n" })?;
        }
        match self.total - self.faults.len() {
            0 => Ok(()),
            more => write!(out, "\n... and {more} more"),
        }
    }
}

impl std::error::Error for ReadError {}

impl ReadError {
    /// A single fault of a whole file.
    pub(super) fn of_file(file: &str, cause: impl fmt::Display) -> Self {
        let mut faults = Faults::of(file);
        faults.add(None, cause);
        faults.into_error()
    }
}

/// Collects the faults of one file.
#[derive(Debug)]
pub(super) struct Faults {
    file: String,
    found: ReadError,
}

impl Faults {
    pub(super) fn of(file: &str) -> Self {
        Self { file: file.to_owned(), found: ReadError { faults: Vec::new(), total: 0 } }
    }

    pub(super) fn add(&mut self, line: Option<u64>, cause: impl fmt::Display) {
        self.found.total += 1;
        if self.found.faults.len() < FAULTS_KEPT {
            self.found.faults.push(ReadFault { file: self.file.clone(), line, cause: shown(&cause.to_string()) });
        }
    }

    /// The value, if nothing was wrong.
    pub(super) fn or<T>(self, value: T) -> Result<T, ReadError> {
        if self.found.total == 0 { Ok(value) } else { Err(self.found) }
    }

    pub(super) fn into_error(self) -> ReadError {
        self.found
    }
}

/// One line, not too long and without control characters, whatever the file held.
fn shown(cause: &str) -> String {
    const CHARS_MAX: usize = 300;
    let mut line: String = cause.chars().take(CHARS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if cause.chars().nth(CHARS_MAX).is_some() {
        line.push_str(" ...");
    }
    line
}
