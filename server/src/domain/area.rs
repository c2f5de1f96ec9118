//! Administrative areas, and the buildings in them: what a city reports by, which is not H3.

use h3o::CellIndex;
use huilu_model::Wgs84;

use super::amount::Names;
use super::codes::coded;
use super::ids::{AreaId, BuildingId, OperatorId};

coded! {
    AreaLevel as "area level" {
        City = "city",
        District = "district",
        Subdistrict = "subdistrict",
        Town = "town",
        Community = "community",
        Village = "village",
        /// A zone of the census or the city's own planning.
        Zone = "zone",
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    pub id: AreaId,
    pub operator: OperatorId,
    pub parent: Option<AreaId>,
    pub level: AreaLevel,
    /// Official code, where one is known; never invented.
    pub code: Option<String>,
    pub names: Names,
    /// GeoJSON geometry, WGS-84.
    pub polygon: Option<String>,
    pub households: Option<i64>,
}

coded! {
    BuildingKind as "building kind" {
        Compound = "compound",
        Residential = "residential",
        Mall = "mall",
        Campus = "campus",
        Village = "village",
        Market = "market",
        Institution = "institution",
        Other = "other",
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Building {
    pub id: BuildingId,
    pub operator: OperatorId,
    pub area: Option<AreaId>,
    pub kind: BuildingKind,
    pub name: Option<Names>,
    pub at: Wgs84,
    pub cell: CellIndex,
    /// Where a vehicle stops: the compound's gate, if it has one.
    pub gate: Option<Wgs84>,
    pub households: i64,
}
