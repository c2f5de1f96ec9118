//! Proposed changes as they come in.

use huilu_api_spec::explain::{MOVES_MAX, MoveType, PlanMove, STOPS_MAX, WhatIfRequest};
use huilu_optimizer::explain::Move;

use crate::app::fault::{FaultCode, Faults};

/// At least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moves(pub(super) Vec<Move>);

impl Moves {
    /// # Errors
    /// Every field that a move lacks.
    pub fn read(asked: WhatIfRequest) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        if asked.moves.is_empty() || asked.moves.len() > MOVES_MAX {
            let detail = format!("{} moves", asked.moves.len());
            faults.body(FaultCode::OutOfRange, "/moves", detail, format!("Send 1 to {MOVES_MAX} moves."));
        }
        let moves: Vec<Option<Move>> =
            asked.moves.into_iter().enumerate().map(|(k, one)| read(&mut faults, k, one)).collect();
        faults.or(Self(moves.into_iter().flatten().collect()))
    }
}

fn read(faults: &mut Faults, k: usize, one: PlanMove) -> Option<Move> {
    let mut need = |name: &str, value: Option<String>| {
        if value.is_none() {
            let detail = format!("a move of this type needs `{name}`");
            faults.body(FaultCode::MissingField, format!("/moves/{k}/{name}"), detail, "Send it.");
        }
        value
    };
    let PlanMove { kind, booking_id, vehicle_id, other_id, position, stops } = one;
    match kind {
        MoveType::Assign => {
            let (job, vehicle) = (need("booking_id", booking_id), need("vehicle_id", vehicle_id));
            Some(Move::Assign { job: job?, vehicle: vehicle?, position: position.map(|stops| stops as usize) })
        }
        MoveType::LeaveOut => Some(Move::LeaveOut { job: need("booking_id", booking_id)? }),
        MoveType::SwapBookings => {
            let (one, other) = (need("booking_id", booking_id), need("other_id", other_id));
            Some(Move::SwapJobs { one: one?, other: other? })
        }
        MoveType::SwapRoutes => {
            let (one, other) = (need("vehicle_id", vehicle_id), need("other_id", other_id));
            Some(Move::SwapRoutes { one: one?, other: other? })
        }
        MoveType::Sequence => {
            let (vehicle, count) = (need("vehicle_id", vehicle_id), stops.as_ref().map_or(0, Vec::len));
            if count > STOPS_MAX {
                let detail = format!("{count} stops");
                let remedy = format!("Send at most {STOPS_MAX} stops.");
                faults.body(FaultCode::OutOfRange, format!("/moves/{k}/stops"), detail, remedy);
            }
            Some(Move::Sequence { vehicle: vehicle?, stops: stops.unwrap_or_default() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> WhatIfRequest {
        serde_json::from_str(text).expect(text)
    }

    #[test]
    fn what_a_move_lacks_is_named_and_what_it_has_is_read() {
        let good = request(r#"{"moves": [{"type": "swap_routes", "vehicle_id": "v", "other_id": "w"}]}"#);
        let swap = Move::SwapRoutes { one: "v".to_owned(), other: "w".to_owned() };
        assert_eq!(Moves::read(good), Ok(Moves(vec![swap])));
        let bad = request(r#"{"moves": [{"type": "assign"}, {"type": "leave_out", "booking_id": "b"}]}"#);
        let faults = Moves::read(bad).unwrap_err();
        let at: Vec<String> = faults.iter().map(|fault| format!("{:?}", fault.at)).collect();
        assert_eq!(at, [r#"Body("/moves/0/booking_id")"#, r#"Body("/moves/0/vehicle_id")"#]);
        assert!(Moves::read(request(r#"{"moves": []}"#)).is_err());
    }

    #[test]
    fn a_sequence_is_as_long_as_a_day_can_be() {
        let stops = |count: usize| {
            let stops: Vec<String> = (0..count).map(|k| format!("\"{k}\"")).collect();
            let stops = stops.join(",");
            Moves::read(request(&format!(
                r#"{{"moves": [{{"type": "sequence", "vehicle_id": "v", "stops": [{stops}]}}]}}"#
            )))
        };
        assert!(stops(STOPS_MAX).is_ok());
        let at: Vec<String> = stops(STOPS_MAX + 1).unwrap_err().iter().map(|fault| format!("{:?}", fault.at)).collect();
        assert_eq!(at, [r#"Body("/moves/0/stops")"#]);
    }
}
