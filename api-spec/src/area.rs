//! Administrative areas: what a city reports by.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::common::LocalName;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AreaLevel {
    City,
    District,
    Subdistrict,
    Town,
    Community,
    Village,
    /// A zone of the census or of the city's own planning.
    Zone,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Area {
    pub id: String,
    /// The area that it is a part of; absent at the top.
    pub parent_id: Option<String>,
    pub level: AreaLevel,
    /// Official code, where one is known.
    pub code: Option<String>,
    pub name: LocalName,
    /// Absent is unknown.
    pub households: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AreaList {
    pub areas: Vec<Area>,
    pub next_cursor: Option<String>,
}
