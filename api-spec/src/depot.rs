//! Depots: where vehicles start and end their day.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::{LocalName, Position};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateDepot {
    pub name: LocalName,
    pub place: Position,
}

/// Only the fields given change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeDepot {
    #[serde(default)]
    #[schema(nullable = false)]
    pub name: Option<LocalName>,
    #[serde(default)]
    #[schema(nullable = false)]
    pub place: Option<Position>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Depot {
    pub id: String,
    pub name: LocalName,
    pub place: Position,
    /// False once it is closed.
    pub active: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DepotList {
    pub depots: Vec<Depot>,
    pub next_cursor: Option<String>,
}
