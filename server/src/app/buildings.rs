//! Finding a building by its name.

use huilu_api_spec::building::{Building as WireBuilding, BuildingList, BuildingQuery};

use super::error::AppResult;
use super::fault::{FaultCode, Faults};
use super::services::{Actor, Services};
use super::wire;
use crate::db::buildings;
use crate::domain::area::Building;

const FOUND_MAX: u64 = 20;
const NAME_CHARS_MAX: usize = 100;

/// Buildings whose names hold the text.
///
/// # Errors
/// A text that is empty or too long.
pub async fn find(services: &Services, actor: &Actor, query: &BuildingQuery) -> AppResult<BuildingList> {
    let part = query.name.trim();
    let mut faults = Faults::default();
    if part.is_empty() {
        faults.parameter(FaultCode::Empty, "name", "Nothing is looked for", "Send a part of a name.");
    } else if part.chars().count() > NAME_CHARS_MAX {
        let remedy = format!("Send at most {NAME_CHARS_MAX} characters.");
        faults.parameter(FaultCode::OutOfRange, "name", "The text is longer than a name", remedy);
    }
    faults.or(())?;
    let found = buildings::named(services.db.read(), actor.operator_id(), part, FOUND_MAX).await?;
    let building = |building: Building| {
        Some(WireBuilding {
            id: building.id.to_string(),
            kind: building.kind.to_string(),
            name: wire::name(&building.name?),
            place: wire::position(building.at),
        })
    };
    let mut buildings: Vec<WireBuilding> = found.into_iter().filter_map(building).collect();
    // The nearer a name is to what was typed, the less stands beside it.
    buildings.sort_by_key(|building| building.name.zh.chars().count());
    Ok(BuildingList { buildings })
}
