//! Operators: the tenants. Whoever runs a city's collection; every other row belongs to one of them.

use huilu_model::Datum;

use super::amount::Names;
use super::ids::OperatorId;
use super::place::Bounds;
use super::time::{Instant, Zone};

#[derive(Clone, Debug, PartialEq)]
pub struct Operator {
    pub id: OperatorId,
    /// Short and unique, such as `macau`; names it on the command line.
    pub key: String,
    pub names: Names,
    pub zone: Zone,
    /// Places outside are not served.
    pub bounds: Bounds,
    /// Datum that its map apps show; pages offer it first. It is never assumed for input.
    pub datum: Datum,
    /// Key of the prepared road network (the digest of the file it came from); absent until one is imported.
    pub roads: Option<String>,
    pub created: Instant,
}
