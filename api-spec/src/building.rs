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
    /// The area that it lies in, where that is known: namesakes differ by it.
    pub area: Option<LocalName>,
    pub place: Position,
}

/// 20 at most, those first whose names are the text, then those that begin with it, each the shortest first. Of namesakes
/// within 150 m of each other one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BuildingList {
    pub buildings: Vec<Building>,
    /// Others hold the text as well: a longer one finds them.
    pub more: bool,
}

/// Parameters of `GET /v1/buildings`, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct BuildingQuery {
    /// A part of its name in either language, in upper or lower case; 100 characters at most.
    #[param(example = "花园")]
    pub name: String,
}
