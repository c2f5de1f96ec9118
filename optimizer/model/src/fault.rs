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
    /// Sequence locks that go round in a circle.
    LockCycle,
    /// No vehicle that a job is locked to has the skills and the room for it.
    LockVehicle,
    /// An interval locked for a start where the job has no window.
    LockStart,
    /// Sequence locks that contradict each other, or the vehicles or beginnings that jobs are locked to.
    LockSequence,
    /// A job or a vehicle in more than one locked beginning.
    LockTwice,
    /// A locked or frozen beginning of a route that breaks a rule or cannot keep its times.
    FrozenMisfit,
    /// Jobs, but nobody to serve them.
    NoVehicle,
    /// A mandatory job that no vehicle has the skills or the room for.
    JobUnservable,
    /// A mandatory job to which no vehicle that could serve it has a way, or from which it has none home.
    JobUnreachable,
    /// A mandatory job that no vehicle which could serve it reaches in time.
    JobTooLate,
}

impl FaultCode {
    /// As it stands in JSON.
    pub fn name(self) -> &'static str {
        match self {
            FaultCode::DuplicateId => "DUPLICATE_ID",
            FaultCode::EmptyId => "EMPTY_ID",
            FaultCode::UnknownReference => "UNKNOWN_REFERENCE",
            FaultCode::NegativeNumber => "NEGATIVE_NUMBER",
            FaultCode::NumberTooLarge => "NUMBER_TOO_LARGE",
            FaultCode::WindowReversed => "WINDOW_REVERSED",
            FaultCode::WindowMissing => "WINDOW_MISSING",
            FaultCode::MatrixSize => "MATRIX_SIZE",
            FaultCode::MatrixMissing => "MATRIX_MISSING",
            FaultCode::TooMany => "TOO_MANY",
            FaultCode::Contradiction => "CONTRADICTION",
            FaultCode::PlaceOutOfRange => "PLACE_OUT_OF_RANGE",
            FaultCode::LockCycle => "LOCK_CYCLE",
            FaultCode::LockVehicle => "LOCK_VEHICLE",
            FaultCode::LockStart => "LOCK_START",
            FaultCode::LockSequence => "LOCK_SEQUENCE",
            FaultCode::LockTwice => "LOCK_TWICE",
            FaultCode::FrozenMisfit => "FROZEN_MISFIT",
            FaultCode::NoVehicle => "NO_VEHICLE",
            FaultCode::JobUnservable => "JOB_UNSERVABLE",
            FaultCode::JobUnreachable => "JOB_UNREACHABLE",
            FaultCode::JobTooLate => "JOB_TOO_LATE",
        }
    }
}

/// Faults that a one-line summary shows; the others are counted.
const SHOWN: usize = 20;

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
        let line = |fault: &Fault| format!("{} {}: {}", fault.code.name(), fault.path, fault.message);
        let shown: Vec<String> = self.0.iter().take(SHOWN).map(line).collect();
        let more = self.0.len().saturating_sub(SHOWN);
        if more == 0 { shown.join("; ") } else { format!("{}; and {more} more", shown.join("; ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_json_form() {
        for code in [
            FaultCode::DuplicateId,
            FaultCode::PlaceOutOfRange,
            FaultCode::FrozenMisfit,
            FaultCode::JobTooLate,
            FaultCode::NoVehicle,
        ] {
            assert_eq!(serde_json::to_value(code).expect("plain data"), code.name());
        }
    }

    #[test]
    fn a_summary_is_one_line_and_counts_what_it_leaves_out() {
        let mut faults = Faults::default();
        (0..23).for_each(|k| faults.add(FaultCode::EmptyId, format!("jobs[{k}]"), "an id may not be empty"));
        let line = faults.to_string();
        assert!(line.starts_with("EMPTY_ID jobs[0]: an id may not be empty; EMPTY_ID jobs[1]"));
        assert!(line.ends_with("jobs[19]: an id may not be empty; and 3 more") && !line.contains('\n'));
    }
}
