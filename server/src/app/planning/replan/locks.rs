//! Promises to keep, as an order states them.

use std::collections::HashSet;

use huilu_api_spec::plan::{LockType, PlanLock};
use huilu_model::problem::LockSpec;

use super::Bounds;
use crate::app::fault::{FaultCode, Faults};
use crate::domain::{BookingId, Instant, VehicleId};

/// Ids and instants are read; whether the day has them is for [`Lock::spec`] to say.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Lock {
    Vehicle { booking: BookingId, vehicles: Vec<VehicleId> },
    Sequence { before: BookingId, after: BookingId, directly: bool },
    Start { booking: BookingId, start: Instant, end: Instant },
}

impl Lock {
    /// Absent where it has faults.
    pub(super) fn read(faults: &mut Faults, k: usize, wire: &PlanLock, bounds: Bounds) -> Option<Self> {
        let at = |field: &str| format!("/locks/{k}/{field}");
        only_own_fields(faults, k, wire);
        let booking = id(faults, at("booking_id"), Some(&wire.booking_id));
        match wire.kind {
            LockType::Vehicle => {
                let named = wire.vehicle_ids.as_deref().unwrap_or_default();
                if named.is_empty() {
                    let cause = "a lock of this type names the vehicles that may serve the booking";
                    faults.body(FaultCode::Empty, at("vehicle_ids"), cause, "Name at least one.");
                    return None;
                }
                let read =
                    named.iter().enumerate().map(|(v, text)| id(faults, at(&format!("vehicle_ids/{v}")), Some(text)));
                // All are read before one that is no id ends it.
                let read: Vec<Option<VehicleId>> = read.collect();
                Some(Self::Vehicle { booking: booking?, vehicles: read.into_iter().collect::<Option<_>>()? })
            }
            LockType::Sequence => {
                let next = id(faults, at("next_id"), wire.next_id.as_deref());
                let (before, after) = (booking?, next?);
                if before == after {
                    let cause = "a booking does not follow itself";
                    faults.body(FaultCode::Contradiction, at("next_id"), cause, "Name another booking.");
                }
                Some(Self::Sequence { before, after, directly: wire.directly })
            }
            LockType::Start => {
                let start = bounds.instant(faults, at("start"), wire.start.as_deref());
                let end = bounds.instant(faults, at("end"), wire.end.as_deref());
                let (start, end) = (start?, end?);
                if end < start {
                    let cause = "the interval ends before it starts";
                    faults.body(FaultCode::WindowReversed, at("end"), cause, "Send an end that is not earlier.");
                }
                Some(Self::Start { booking: booking?, start, end })
            }
        }
    }

    /// For the problem of a day that begins at `day`.
    pub(super) fn spec(&self, day: Instant) -> LockSpec {
        match self {
            Self::Vehicle { booking, vehicles } => LockSpec::Vehicle {
                job: booking.to_string(),
                vehicles: vehicles.iter().map(ToString::to_string).collect(),
            },
            Self::Sequence { before, after, directly } => {
                LockSpec::Sequence { before: before.to_string(), after: after.to_string(), directly: *directly }
            }
            Self::Start { booking, start, end } => {
                LockSpec::Start { job: booking.to_string(), start: start.since(day), end: end.since(day) }
            }
        }
    }

    /// Bookings and vehicles that it names, each with the field that does so.
    pub(super) fn names(&self) -> Vec<(String, String)> {
        match self {
            Self::Vehicle { booking, vehicles } => {
                let vehicles = vehicles.iter().enumerate().map(|(v, id)| (format!("vehicle_ids/{v}"), id.to_string()));
                std::iter::once(("booking_id".to_owned(), booking.to_string())).chain(vehicles).collect()
            }
            Self::Sequence { before, after, .. } => {
                vec![("booking_id".to_owned(), before.to_string()), ("next_id".to_owned(), after.to_string())]
            }
            Self::Start { booking, .. } => vec![("booking_id".to_owned(), booking.to_string())],
        }
    }
}

/// The place in the order of a lock that closes a circle of sequences; each lock stands with its own.
pub(super) fn circle(locks: &[(usize, Lock)]) -> Option<usize> {
    let mut open: Vec<(usize, BookingId, BookingId)> = Vec::new();
    for (k, lock) in locks {
        if let Lock::Sequence { before, after, .. } = lock
            && before != after
        {
            open.push((*k, *before, *after));
        }
    }
    // What nothing comes before is taken away until nothing is left, or only what runs in a circle or follows one.
    loop {
        let followers: HashSet<BookingId> = open.iter().map(|&(_, _, after)| after).collect();
        let count = open.len();
        open.retain(|(_, before, _)| followers.contains(before));
        if open.len() == count {
            break;
        }
    }
    // And from the other end, so that what is left is on a circle or between two.
    loop {
        let leaders: HashSet<BookingId> = open.iter().map(|&(_, before, _)| before).collect();
        let count = open.len();
        open.retain(|(_, _, after)| leaders.contains(after));
        if open.len() == count {
            break;
        }
    }
    open.last().map(|&(k, _, _)| k)
}

/// A field of another type of lock is a promise that would not be kept.
fn only_own_fields(faults: &mut Faults, k: usize, wire: &PlanLock) {
    let (vehicle, sequence, start) = (LockType::Vehicle, LockType::Sequence, LockType::Start);
    let sent = [
        ("vehicle_ids", wire.vehicle_ids.is_some(), vehicle),
        ("next_id", wire.next_id.is_some(), sequence),
        ("directly", wire.directly, sequence),
        ("start", wire.start.is_some(), start),
        ("end", wire.end.is_some(), start),
    ];
    for (field, _, _) in sent.into_iter().filter(|&(_, sent, of)| sent && of != wire.kind) {
        let cause = format!("`{field}` belongs to another type of lock");
        faults.body(FaultCode::Contradiction, format!("/locks/{k}/{field}"), cause, "Leave it out, or send two locks.");
    }
}

fn id<T: std::str::FromStr>(faults: &mut Faults, pointer: String, text: Option<&str>) -> Option<T> {
    let Some(text) = text else {
        faults.body(FaultCode::MissingField, pointer, "a lock of this type needs it", "Send it.");
        return None;
    };
    let id = text.parse().ok();
    if id.is_none() {
        faults.body(FaultCode::UnknownValue, pointer, format!("`{text}` is no id"), "Send the id that the API told.");
    }
    id
}
