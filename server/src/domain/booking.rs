//! Door pickups: what is booked, and which state may follow which.

use chrono::NaiveDate;
use h3o::CellIndex;
use huilu_model::{Grams, Litres, Seconds};

use super::amount::Fen;
use super::codes::coded;
use super::ids::{AreaId, BookingId, BuildingId, OperatorId, TokenId};
use super::place::Place;
use super::time::Instant;

coded! {
    BookingState as "booking state" {
        /// Being filled in.
        Draft = "draft",
        /// A slot is kept for it for a short while.
        Held = "held",
        /// Waits for a route.
        Booked = "booked",
        /// On a published route.
        Assigned = "assigned",
        EnRoute = "en_route",
        Arrived = "arrived",
        Weighed = "weighed",
        /// The resident agrees with the weights.
        Accepted = "accepted",
        Paid = "paid",
        Completed = "completed",
        Cancelled = "cancelled",
        /// The collector was there, but nothing was handed over.
        Failed = "failed",
        Disputed = "disputed",
    }
}

impl BookingState {
    /// Whether `next` may follow directly.
    pub fn allows(self, next: Self) -> bool {
        use BookingState::{
            Accepted, Arrived, Assigned, Booked, Cancelled, Completed, Disputed, Draft, EnRoute, Failed, Held, Paid,
            Weighed,
        };
        match self {
            Draft => matches!(next, Held | Booked | Cancelled),
            Held => matches!(next, Draft | Booked | Cancelled),
            Booked => matches!(next, Assigned | Cancelled),
            // Back to booked: another plan leaves it out, or the stop was missed.
            Assigned => matches!(next, EnRoute | Arrived | Booked | Cancelled),
            EnRoute => matches!(next, Arrived | Booked | Cancelled),
            Arrived => matches!(next, Weighed | Failed | Booked | Cancelled),
            Weighed => matches!(next, Accepted | Disputed),
            Accepted => matches!(next, Paid),
            Paid => matches!(next, Completed | Disputed),
            Disputed => matches!(next, Accepted | Paid | Completed),
            Completed | Cancelled | Failed => false,
        }
    }

    /// Nothing follows any more.
    pub fn is_final(self) -> bool {
        Self::ALL.iter().all(|&next| !self.allows(next))
    }

    /// It takes up a place in its slot: residents cannot book it.
    pub fn holds_slot(self) -> bool {
        !matches!(self, Self::Draft | Self::Cancelled)
    }

    /// A plan of its day has to consider it.
    pub fn awaits_pickup(self) -> bool {
        matches!(self, Self::Booked | Self::Assigned)
    }
}

/// A step that the state machine does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a booking that is {from} cannot become {to}")]
pub struct NotAllowed {
    pub from: BookingState,
    pub to: BookingState,
}

coded! {
    Canceller as "canceller" {
        Resident = "resident",
        Collector = "collector",
        Operator = "operator",
        System = "system",
    }
}

coded! {
    FailureReason as "failure reason" {
        NoShow = "no_show",
        RefusedItems = "refused_items",
        Unsafe = "unsafe",
        OutOfArea = "out_of_area",
        Access = "access",
    }
}

/// Local seconds of the service date, and the same as instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PickupWindow {
    pub start_s: Seconds,
    pub end_s: Seconds,
    pub start: Instant,
    pub end: Instant,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookingItem {
    /// Code of the material.
    pub material: String,
    pub grams: Grams,
    /// Loose, rounded up.
    pub litres: Litres,
    pub pieces: Option<i64>,
    /// For one unit, as posted when it was booked.
    pub price: Fen,
    /// Once weighed.
    pub weighed: Option<Grams>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Booking {
    pub id: BookingId,
    pub operator: OperatorId,
    pub state: BookingState,
    /// The token that booked it, which alone may read and cancel it; absent for imported ones.
    pub resident: Option<TokenId>,
    pub building: Option<BuildingId>,
    pub area: Option<AreaId>,
    pub cell: CellIndex,
    pub place: Place,
    /// What the collector needs to find the door; personal.
    pub address: Option<String>,
    pub floor: Option<i32>,
    pub lift: Option<bool>,
    pub note: Option<String>,
    /// Local day of the pickup.
    pub service_date: NaiveDate,
    pub window: PickupWindow,
    /// Sums of the items.
    pub grams: Grams,
    pub litres: Litres,
    /// What it costs to leave it out.
    pub penalty: Fen,
    /// Each material at most once.
    pub items: Vec<BookingItem>,
    pub created: Instant,
    pub updated: Instant,
    /// Counts the changes; an update must name the one it read.
    pub version: i64,
}

impl Booking {
    /// Moves on to `next`; the version is counted when it is stored.
    ///
    /// # Errors
    /// [`NotAllowed`]; nothing has changed then.
    pub fn advance(&mut self, next: BookingState, at: Instant) -> Result<(), NotAllowed> {
        if !self.state.allows(next) {
            return Err(NotAllowed { from: self.state, to: next });
        }
        self.state = next;
        self.updated = at;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn only_three_states_are_final() {
        let last: Vec<_> = BookingState::ALL.iter().copied().filter(|state| state.is_final()).collect();
        assert_eq!(last, [BookingState::Completed, BookingState::Cancelled, BookingState::Failed]);
    }

    #[test]
    fn cancelling_ends_where_weighing_begins() {
        use BookingState::*;
        for state in [Draft, Held, Booked, Assigned, EnRoute, Arrived] {
            assert!(state.allows(Cancelled), "{state}");
        }
        for state in [Weighed, Accepted, Paid, Completed, Cancelled, Failed, Disputed] {
            assert!(!state.allows(Cancelled), "{state}");
        }
    }

    #[test]
    fn failure_needs_an_arrival_and_disputes_a_weight_or_a_payment() {
        for &state in BookingState::ALL {
            assert_eq!(state.allows(BookingState::Failed), state == BookingState::Arrived, "{state}");
            let disputable = matches!(state, BookingState::Weighed | BookingState::Paid);
            assert_eq!(state.allows(BookingState::Disputed), disputable, "{state}");
        }
    }

    #[test]
    fn every_state_is_reached_from_draft_and_none_follows_itself() {
        let mut reached = BTreeSet::from([BookingState::Draft]);
        while let Some(&next) = BookingState::ALL
            .iter()
            .find(|next| !reached.contains(next) && reached.iter().any(|state| state.allows(**next)))
        {
            reached.insert(next);
        }
        assert_eq!(reached.len(), BookingState::ALL.len());
        assert!(BookingState::ALL.iter().all(|&state| !state.allows(state)));
    }

    #[test]
    fn codes_are_read_back_and_others_refused() {
        for &state in BookingState::ALL {
            assert_eq!(state.as_str().parse(), Ok(state));
        }
        assert_eq!("submitted".parse::<BookingState>().unwrap_err().to_string(), "`submitted` is no booking state");
    }
}
