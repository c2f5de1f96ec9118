//! What is wrong with a request, and why a use case did not do what it was asked to.
//!
//! Every fault is collected before anything is refused. The codes are part of the API and do not change.

use std::fmt;

/// What kind of mistake a request holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultCode {
    // The shape of the request.
    NotJson,
    UnknownField,
    MissingField,
    WrongType,
    OutOfRange,
    UnknownValue,
    MissingParameter,
    UnknownParameter,
    // What it means.
    UnknownMaterial,
    UnknownStream,
    UnknownOutlet,
    UnknownDepot,
    UnknownDatum,
    MissingDatum,
    DuplicateItem,
    Empty,
    AmountNotPositive,
    AmountTooLarge,
    NotOnEarth,
    OutsideServiceArea,
    BadInstant,
    BadDate,
    BadTimeOfDay,
    BadCursor,
    WindowReversed,
    WindowInPast,
    WindowTooShort,
    WindowOutsideHours,
    WindowNotOneDay,
    TooFarAhead,
    HoursReversed,
    Contradiction,
    LockCycle,
    BadIdempotencyKey,
}

impl FaultCode {
    /// The stable code on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotJson => "NOT_JSON",
            Self::UnknownField => "UNKNOWN_FIELD",
            Self::MissingField => "MISSING_FIELD",
            Self::WrongType => "WRONG_TYPE",
            Self::OutOfRange => "OUT_OF_RANGE",
            Self::UnknownValue => "UNKNOWN_VALUE",
            Self::MissingParameter => "MISSING_PARAMETER",
            Self::UnknownParameter => "UNKNOWN_PARAMETER",
            Self::UnknownMaterial => "UNKNOWN_MATERIAL",
            Self::UnknownStream => "UNKNOWN_STREAM",
            Self::UnknownOutlet => "UNKNOWN_OUTLET",
            Self::UnknownDepot => "UNKNOWN_DEPOT",
            Self::UnknownDatum => "UNKNOWN_DATUM",
            Self::MissingDatum => "MISSING_DATUM",
            Self::DuplicateItem => "DUPLICATE_ITEM",
            Self::Empty => "EMPTY",
            Self::AmountNotPositive => "AMOUNT_NOT_POSITIVE",
            Self::AmountTooLarge => "AMOUNT_TOO_LARGE",
            Self::NotOnEarth => "NOT_ON_EARTH",
            Self::OutsideServiceArea => "OUTSIDE_SERVICE_AREA",
            Self::BadInstant => "BAD_INSTANT",
            Self::BadDate => "BAD_DATE",
            Self::BadTimeOfDay => "BAD_TIME_OF_DAY",
            Self::BadCursor => "BAD_CURSOR",
            Self::WindowReversed => "WINDOW_REVERSED",
            Self::WindowInPast => "WINDOW_IN_PAST",
            Self::WindowTooShort => "WINDOW_TOO_SHORT",
            Self::WindowOutsideHours => "WINDOW_OUTSIDE_HOURS",
            Self::WindowNotOneDay => "WINDOW_NOT_ONE_DAY",
            Self::TooFarAhead => "TOO_FAR_AHEAD",
            Self::HoursReversed => "HOURS_REVERSED",
            Self::Contradiction => "CONTRADICTION",
            Self::LockCycle => "LOCK_CYCLE",
            Self::BadIdempotencyKey => "BAD_IDEMPOTENCY_KEY",
        }
    }
}

/// Where in the request a fault lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum At {
    /// JSON pointer (RFC 6901) into the body; empty means the whole body.
    Body(String),
    /// Name of a query parameter or header.
    Parameter(&'static str),
    /// A query parameter that the operation does not know.
    Unknown(String),
}

/// One mistake: where it is, what it is, and what puts it right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub code: FaultCode,
    pub at: At,
    pub message: String,
    pub remedy: String,
}

/// Every fault of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// A fault of the body at a JSON pointer.
    pub fn body(
        &mut self,
        code: FaultCode,
        pointer: impl Into<String>,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(Fault { code, at: At::Body(pointer.into()), message: message.into(), remedy: remedy.into() });
    }

    /// A fault of a query parameter or header.
    pub fn parameter(
        &mut self,
        code: FaultCode,
        name: &'static str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.push(Fault { code, at: At::Parameter(name), message: message.into(), remedy: remedy.into() });
    }

    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub fn extend(&mut self, others: Faults) {
        self.0.extend(others.0);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    pub fn retain(&mut self, keep: impl FnMut(&Fault) -> bool) {
        self.0.retain(keep);
    }

    /// `value`, or these faults where there are any.
    ///
    /// # Errors
    /// The faults themselves, where there are any.
    pub fn or<T>(self, value: T) -> Result<T, Faults> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => out.write_str("1 fault"),
            n => write!(out, "{n} faults"),
        }
    }
}

impl std::error::Error for Faults {}
