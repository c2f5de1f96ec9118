//! Who may do what, until there are accounts: one random bearer token for each role or vehicle.

use super::codes::coded;
use super::ids::{OperatorId, TokenId, VehicleId};
use super::time::Instant;

coded! {
    Role as "role" {
        Resident = "resident",
        Collector = "collector",
        Planner = "planner",
    }
}

/// Only the digest of the token is stored: a stolen database opens nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub id: TokenId,
    pub operator: OperatorId,
    pub role: Role,
    /// Whom it was given to; not a person's name.
    pub label: String,
    /// The collector's vehicle; absent where it may see all of them.
    pub vehicle: Option<VehicleId>,
    /// SHA-256 of the token in hexadecimal.
    pub hash: String,
    pub created: Instant,
    pub revoked: Option<Instant>,
}
