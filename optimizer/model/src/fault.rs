//! Faults of an input: all of them are collected, each with a stable code and the path of the field.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

/// What kind of mistake an input holds. The names are part of the API and do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FaultCode {
    NotJson,
    /// A field, a section or a line that must be there is not.
    MissingField,
    UnknownField,
    DuplicateField,
    /// Text where a number is needed, a fraction where a whole number is, and the like.
    WrongType,
    /// A word that is none of those which may stand there.
    UnknownValue,
    /// A number, not of the kinds below, that is less or more than it may be.
    OutOfRange,
    /// A line of a literature file that is not built as its format says.
    MalformedLine,
    /// Not there, no text, or a broken archive.
    UnreadableFile,
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
    /// A latitude beyond 90 degrees, a longitude beyond 180.
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
            FaultCode::NotJson => "NOT_JSON",
            FaultCode::MissingField => "MISSING_FIELD",
            FaultCode::UnknownField => "UNKNOWN_FIELD",
            FaultCode::DuplicateField => "DUPLICATE_FIELD",
            FaultCode::WrongType => "WRONG_TYPE",
            FaultCode::UnknownValue => "UNKNOWN_VALUE",
            FaultCode::OutOfRange => "OUT_OF_RANGE",
            FaultCode::MalformedLine => "MALFORMED_LINE",
            FaultCode::UnreadableFile => "UNREADABLE_FILE",
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

    /// Adds those of `others` that do not follow from these: none inside a place that is broken already, and no contradiction
    /// of what holds such a place.
    pub fn extend_elsewhere(&mut self, others: Faults) {
        let broken: HashSet<&str> = self.0.iter().map(|fault| fault.path.as_str()).collect();
        let around: HashSet<&str> = broken.iter().flat_map(|path| containers(path)).collect();
        let follows = |fault: &Fault| {
            let path = fault.path.as_str();
            broken.contains(path)
                || containers(path).any(|outer| broken.contains(outer))
                || fault.code == FaultCode::Contradiction && around.contains(path)
        };
        let new: Vec<Fault> = others.0.into_iter().filter(|fault| !follows(fault)).collect();
        self.0.extend(new);
    }

    fn summary(&self) -> String {
        let line = |fault: &Fault| match fault.path.as_str() {
            "" => format!("{}: {}", fault.code.name(), fault.message),
            path => format!("{} {path}: {}", fault.code.name(), fault.message),
        };
        let shown: Vec<String> = self.0.iter().take(SHOWN).map(line).collect();
        let more = self.0.len().saturating_sub(SHOWN);
        if more == 0 { shown.join("; ") } else { format!("{}; and {more} more", shown.join("; ")) }
    }
}

/// No field lies deeper, but a field that is none may have any name.
const DEPTH_MAX: usize = 16;

/// `a`, `a[1]` and `a[1].b` of `a[1].b[2]`.
fn containers(path: &str) -> impl Iterator<Item = &str> {
    path.char_indices().filter(|&(_, c)| c == '.' || c == '[').take(DEPTH_MAX).map(|(at, _)| &path[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_from_a_broken_place_is_not_said_again() {
        let of = |faults: &[(FaultCode, &str)]| {
            Faults(
                faults.iter().map(|&(code, path)| Fault { code, path: path.into(), message: String::new() }).collect(),
            )
        };
        let mut faults = of(&[(FaultCode::UnknownReference, "a[1].b[2].c")]);
        faults.extend_elsewhere(of(&[
            (FaultCode::DuplicateId, "a[1].b[2].c"),
            (FaultCode::NegativeNumber, "a[1].b[2].c.d"),
            (FaultCode::Contradiction, "a[1].b"),
            (FaultCode::DuplicateId, "a[1]"),
            (FaultCode::NegativeNumber, "a[1].b[22]"),
            (FaultCode::Contradiction, "a[11].b"),
        ]));
        let left: Vec<&str> = faults.0[1..].iter().map(|fault| fault.path.as_str()).collect();
        assert_eq!(left, ["a[1]", "a[1].b[22]", "a[11].b"]);
    }

    #[test]
    fn names_are_those_of_the_json_form() {
        for code in [
            FaultCode::DuplicateId,
            FaultCode::PlaceOutOfRange,
            FaultCode::FrozenMisfit,
            FaultCode::JobTooLate,
            FaultCode::NoVehicle,
            FaultCode::NotJson,
            FaultCode::MissingField,
            FaultCode::UnknownField,
            FaultCode::DuplicateField,
            FaultCode::WrongType,
            FaultCode::UnknownValue,
            FaultCode::OutOfRange,
            FaultCode::MalformedLine,
            FaultCode::UnreadableFile,
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
