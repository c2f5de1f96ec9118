//! Buildings and compounds by name: how a place is found without a map.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::common::{LocalName, Position};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Building {
    pub id: String,
    /// `compound`, `residential`, `mall`, `campus`, `village`, `market`, `institution` or `other`.
    pub kind: String,
    pub name: LocalName,
    pub place: Position,
}

/// 20 at most, the shortest names first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BuildingList {
    pub buildings: Vec<Building>,
}

/// Parameters of `GET /v1/buildings`, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BuildingQuery {
    /// A part of its name in either language, in upper or lower case; 100 characters at most.
    #[param(example = "花园")]
    pub name: String,
}
