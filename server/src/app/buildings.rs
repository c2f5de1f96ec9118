//! Finding a building by its name.

use std::collections::BTreeSet;

use huilu_api_spec::building::{Building as WireBuilding, BuildingList, BuildingQuery};

use super::error::AppResult;
use super::fault::{FaultCode, Faults};
use super::services::{Actor, Services};
use super::wire;
use crate::db::{areas, buildings};
use crate::domain::AreaId;
use crate::domain::area::Building;

const FOUND_MAX: usize = 20;
/// Rows that are looked at: the towers of one compound are a row each.
const ROWS_MAX: u64 = 500;
/// Within so many metres the same name is the same place (assumed).
const SAME_PLACE_M: f64 = 150.0;
const NAME_CHARS_MAX: usize = 100;

/// Buildings whose names hold the text, the nearest to it first; of namesakes beside each other one.
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
    let (read, operator) = (services.db.read(), actor.operator_id());
    let found = buildings::named(read, operator, part, ROWS_MAX).await?;
    let unread = found.len() as u64 == ROWS_MAX;
    let mut places = apart(found);
    let more = unread || places.len() > FOUND_MAX;
    places.truncate(FOUND_MAX);
    let lie_in: BTreeSet<AreaId> = places.iter().filter_map(|building| building.area).collect();
    let areas = areas::names(read, operator, &lie_in).await?;
    let building = |building: Building| {
        Some(WireBuilding {
            id: building.id.to_string(),
            kind: building.kind.to_string(),
            name: wire::name(&building.name?),
            area: building.area.and_then(|id| areas.get(&id)).map(wire::name),
            place: wire::position(building.at),
        })
    };
    Ok(BuildingList { buildings: places.into_iter().filter_map(building).collect(), more })
}

/// The first of each place, in the order they come; one more than is answered tells that there are more.
fn apart(found: Vec<Building>) -> Vec<Building> {
    let mut places: Vec<Building> = Vec::new();
    for building in found {
        let same = |other: &Building| other.name == building.name && other.at.distance_m(building.at) <= SAME_PLACE_M;
        if places.len() <= FOUND_MAX && !places.iter().any(same) {
            places.push(building);
        }
    }
    places
}
