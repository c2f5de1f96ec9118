//! Faults of an input: all of them are collected, each with a stable code and the path of the field.

use serde::{Deserialize, Serialize};

/// What kind of mistake an input holds. The names are part of the API and do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FaultCode {
    DuplicateId,
    EmptyId,
    UnknownReference,
    NegativeNumber,
    NumberTooLarge,
    WindowReversed,
    WindowMissing,
    MatrixSize,
    MatrixMissing,
    TooMany,
    Contradiction,
    PlaceOutOfRange,
}

/// One mistake: where it is, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    pub code: FaultCode,
    /// Path of the field, such as `jobs[3].time_windows[0]`.
    pub path: String,
    pub message: String,
}

/// Every fault of one input. Never empty when it is returned as an error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", self.summary())]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    pub fn add(&mut self, code: FaultCode, path: impl Into<String>, message: impl Into<String>) {
        self.0.push(Fault { code, path: path.into(), message: message.into() });
    }

    /// `value`, or [`Faults`] where any were collected.
    pub fn or<T>(self, value: T) -> Result<T, Faults> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    fn summary(&self) -> String {
        let shown: Vec<String> = self.0.iter().take(5).map(|f| format!("{}: {}", f.path, f.message)).collect();
        let more = self.0.len().saturating_sub(5);
        if more == 0 { shown.join("; ") } else { format!("{}; and {more} more", shown.join("; ")) }
    }
}
