//! Fen of a file to [`Cost`].

use crate::fault::{FaultCode, Faults};
use crate::instance::NUMBER_LIMIT;
use crate::units::Cost;

/// With `unit` parts to the fen. A fault tells the number as the file has it; nothing stands in for it then.
pub(crate) fn cost(faults: &mut Faults, path: String, fen: i64, unit: i64) -> Cost {
    let most = NUMBER_LIMIT / unit;
    if fen < 0 {
        faults.add(FaultCode::NegativeNumber, path, format!("{fen} is negative"));
    } else if fen > most {
        faults.add(FaultCode::NumberTooLarge, path, format!("{fen} fen is above {most}"));
    } else {
        return Cost(fen * unit);
    }
    Cost::ZERO
}
