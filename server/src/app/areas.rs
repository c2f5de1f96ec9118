//! Administrative areas: which one a place lies in, which cells one touches, and their list.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use geo::{Area as _, BoundingRect, Contains, LineString, MultiPolygon, Point, Polygon, Rect};
use h3o::geom::ContainmentMode;
use h3o::{CellIndex, Resolution};
use huilu_api_spec::area::{Area as WireArea, AreaList};
use huilu_api_spec::common::PageQuery;
use huilu_model::{Seconds, Wgs84};
use huilu_optimizer::cells::cells_of_area;
use serde::Deserialize;

use super::error::{AppError, AppResult};
use super::fault::Faults;
use super::paging::Page;
use super::services::{Actor, Services};
use super::wire;
use crate::db::areas;
use crate::domain::area::Area;
use crate::domain::{AreaId, Instant, OperatorId};

/// Areas change only with an import, which another process may run.
const KEPT: Seconds = Seconds(60);

/// The areas of each operator, read again from time to time.
#[derive(Debug, Default)]
pub(crate) struct AreaMaps(Mutex<HashMap<OperatorId, (Instant, Arc<AreaMap>)>>);

/// Polygons of one operator, smallest first, each with the box around it.
#[derive(Debug, Default)]
pub(crate) struct AreaMap(Vec<(AreaId, Rect, MultiPolygon)>);

impl AreaMap {
    /// Areas without a polygon hold no place.
    pub(crate) fn new(areas: &[Area]) -> Self {
        let polygon = |area: &Area| {
            let polygon = read(area.polygon.as_deref()?)?;
            Some((area.id, polygon.bounding_rect()?, polygon))
        };
        let mut polygons: Vec<_> = areas.iter().filter_map(polygon).collect();
        polygons.sort_by(|(_, _, one), (_, _, other)| one.unsigned_area().total_cmp(&other.unsigned_area()));
        Self(polygons)
    }

    /// The smallest area that holds the place.
    pub(crate) fn at(&self, place: Wgs84) -> Option<AreaId> {
        let point = Point::new(place.lon, place.lat);
        // The box first: an import asks for each of its places, and most polygons are elsewhere.
        let holds =
            |(_, around, polygon): &&(AreaId, Rect, MultiPolygon)| around.contains(&point) && polygon.contains(&point);
        self.0.iter().find(holds).map(|&(id, ..)| id)
    }
}

/// Rings of longitude and latitude.
type Rings = Vec<Vec<[f64; 2]>>;

/// The GeoJSON geometries that bound an area.
#[derive(Deserialize)]
#[serde(tag = "type", content = "coordinates")]
enum Outline {
    Polygon(Rings),
    MultiPolygon(Vec<Rings>),
}

fn read(geometry: &str) -> Option<MultiPolygon> {
    let polygons = match serde_json::from_str(geometry).ok()? {
        Outline::Polygon(rings) => vec![rings],
        Outline::MultiPolygon(polygons) => polygons,
    };
    let line = |ring: Vec<[f64; 2]>| LineString::from(ring);
    let polygon = |rings: Rings| {
        let mut lines = rings.into_iter().map(line);
        Some(Polygon::new(lines.next()?, lines.collect()))
    };
    Some(MultiPolygon::new(polygons.into_iter().filter_map(polygon).collect()))
}

/// The smallest area that holds the place; absent where the operator has no polygons there.
pub(crate) async fn at(services: &Services, actor: &Actor, place: Wgs84) -> AppResult<Option<AreaId>> {
    let operator = actor.operator_id();
    let now = services.clock.now();
    let known = services.areas.0.lock().unwrap_or_else(PoisonError::into_inner).get(&operator).cloned();
    if let Some((read, map)) = known
        && now.since(read) < KEPT
    {
        return Ok(map.at(place));
    }
    let map = Arc::new(AreaMap::new(&areas::all(services.db.read(), operator).await?));
    services.areas.0.lock().unwrap_or_else(PoisonError::into_inner).insert(operator, (now, Arc::clone(&map)));
    Ok(map.at(place))
}

/// Cells that the area touches, sorted; an area smaller than a cell has one.
///
/// # Errors
/// [`AppError::NotFound`]; a conflict `AREA_WITHOUT_POLYGON` where nothing says, or nothing sensible, where it lies.
pub(crate) async fn cells(
    services: &Services,
    actor: &Actor,
    id: AreaId,
    resolution: Resolution,
) -> AppResult<Vec<CellIndex>> {
    let area = areas::by_id(services.db.read(), actor.operator_id(), id).await?.ok_or(AppError::NotFound)?;
    let without = |detail: String| AppError::conflict("AREA_WITHOUT_POLYGON", detail);
    let polygon = area.polygon.as_deref().and_then(read);
    let polygon = polygon.ok_or_else(|| without("It is not known where this area lies; choose another.".to_owned()))?;
    let cover = move || cells_of_area(&polygon, resolution, ContainmentMode::Covers);
    let covered = tokio::task::spawn_blocking(cover).await.map_err(AppError::internal)?;
    covered.map_err(|cause| without(format!("The polygon of this area cannot be used: {cause}.")))
}

/// A page of areas, in the order they came.
///
/// # Errors
/// Faults of the query.
pub async fn list(services: &Services, actor: &Actor, query: &PageQuery) -> AppResult<AreaList> {
    let mut faults = Faults::default();
    let page = Page::read(&mut faults, query.cursor.as_deref(), query.limit.as_deref());
    faults.or(())?;
    let found = areas::page(services.db.read(), actor.operator_id(), page.cursor, page.fetch()).await?;
    let (found, next_cursor) = page.cut(found, |area| area.id.0);
    Ok(AreaList { areas: found.iter().map(shown).collect(), next_cursor })
}

fn shown(area: &Area) -> WireArea {
    WireArea {
        id: area.id.to_string(),
        parent_id: area.parent.map(|parent| parent.to_string()),
        level: area.level.into(),
        code: area.code.clone(),
        name: wire::name(&area.names),
        households: area.households,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::amount::Names;
    use crate::domain::area::AreaLevel;

    fn square(level: AreaLevel, side: f64) -> Area {
        let polygon =
            format!("{{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[{side},0],[{side},{side}],[0,{side}],[0,0]]]}}");
        Area {
            id: AreaId::new(),
            operator: OperatorId::new(),
            parent: None,
            level,
            code: None,
            names: Names::default(),
            polygon: Some(polygon),
            households: None,
        }
    }

    #[test]
    fn the_smallest_area_that_holds_a_place_is_its_area() {
        let (city, zone) = (square(AreaLevel::City, 4.0), square(AreaLevel::Zone, 1.0));
        let unread = Area { polygon: Some("{\"type\":\"Point\"}".to_owned()), ..square(AreaLevel::Zone, 9.0) };
        let map = AreaMap::new(&[city.clone(), zone.clone(), unread]);
        assert_eq!(map.at(Wgs84 { lat: 0.5, lon: 0.5 }), Some(zone.id));
        assert_eq!(map.at(Wgs84 { lat: 0.5, lon: 2.0 }), Some(city.id));
        assert_eq!(map.at(Wgs84 { lat: 0.5, lon: 5.0 }), None);
    }
}
