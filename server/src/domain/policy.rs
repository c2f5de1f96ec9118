//! Figures that an operator decides on; these are the defaults until operators have settings of their own.

use huilu_model::Grams;

use super::amount::Fen;

/// What leaving out any pickup costs: the disappointment of a resident, several times the price of a detour (assumed).
const PENALTY_FEN: i64 = 3_000;
/// And for each kilogram that stays behind (assumed: about the value of mixed recyclables, `domain` terms: 0.64-0.80 yuan).
const PENALTY_FEN_PER_KG: i64 = 70;

/// Price of leaving a booking out of a plan; stored with the booking.
pub fn penalty(mass: Grams) -> Fen {
    Fen(PENALTY_FEN.saturating_add(mass.0.saturating_mul(PENALTY_FEN_PER_KG) / 1_000))
}

/// Pickups that a cell takes in one slot (assumed: a tenth of a square kilometre has about 800 households, of which few
/// book at once; a full slot spreads them over the day).
pub const SLOT_CAPACITY: i64 = 12;
