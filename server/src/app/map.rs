//! Layers of the page's map as GeoJSON. What is costly to draw and does not change is drawn once for each process.

mod lines;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use h3o::{CellIndex, LatLng};
use huilu_api_spec::common::DayQuery;
use huilu_api_spec::map::{CellQuery, FeatureCollection};
use huilu_api_spec::session::Role;
use huilu_model::Wgs84;
use huilu_optimizer::cells::{CellLoad, dispatch_zones};
use serde_json::{Value, json};

use self::lines::{DrawnPlan, DrawnRoute};
use super::error::{AppError, AppResult};
use super::fault::Faults;
use super::services::{Actor, Services};
use super::{areas, days};
use crate::db::bookings::CellDemand;
use crate::db::{bookings, outlets, plans};
use crate::domain::PlanId;
use crate::domain::outlet::Outlet;
use crate::domain::place::SERVICE_RESOLUTION;
use crate::domain::plan::{Plan, PlanKind};
use crate::travel::Travel;

/// Published plans whose lines are kept: a few cities' today and tomorrow.
const PLANS_KEPT: usize = 16;
/// A dispatch zone holds about so many bookings: what one vehicle fetches on a day (the demo city's 40 serve 1,975).
const ZONE_BOOKINGS: NonZeroU32 = NonZeroU32::MIN.saturating_add(39);

/// Lines already drawn: roads by the key of their network, routes by plan. Neither ever changes.
#[derive(Debug, Default)]
pub(crate) struct Drawings {
    roads: Mutex<HashMap<String, Arc<str>>>,
    routes: Mutex<VecDeque<(PlanId, Arc<Vec<DrawnRoute>>)>>,
}

/// The road network as JSON text, one feature for each class of road; empty where none was imported.
///
/// # Errors
/// Where the network cannot be read.
pub async fn roads(services: &Services, actor: &Actor) -> AppResult<Arc<str>> {
    let Some(key) = actor.operator.roads.clone() else {
        return text(&FeatureCollection::new(Vec::new()));
    };
    let drawings = &services.drawings;
    if let Some(known) = drawings.roads.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Ok(Arc::clone(known));
    }
    let travel = services.roads(&actor.operator).await?;
    let drawn = tokio::task::spawn_blocking(move || text(&draw_roads(&travel))).await.map_err(AppError::internal)??;
    drawings.roads.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&drawn));
    Ok(drawn)
}

/// Demand of a day: one hexagon for each cell with bookings, or for those that an area touches. Zones are those of the
/// whole day either way.
///
/// # Errors
/// Faults of the query; [`AppError::NotFound`] for an area that is none; a conflict `AREA_WITHOUT_POLYGON`.
pub async fn cells(services: &Services, actor: &Actor, query: &CellQuery) -> AppResult<FeatureCollection> {
    let date = day(services, actor, query.date.as_deref())?;
    let within = match query.area.as_deref() {
        Some(text) => {
            let area = text.parse().map_err(|_| AppError::NotFound)?;
            Some(areas::cells(services, actor, area, SERVICE_RESOLUTION).await?)
        }
        None => None,
    };
    let demand = bookings::by_cell(services.db.read(), actor.operator_id(), date).await?;
    let zones = zone_numbers(&demand);
    let wanted = |of: &&CellDemand| within.as_ref().is_none_or(|cells| cells.binary_search(&of.cell).is_ok());
    let draw = |of: &CellDemand| draw_cell(of, zones.get(&of.cell).copied());
    Ok(FeatureCollection::new(demand.iter().filter(wanted).map(draw).collect()))
}

/// The dispatch zone of each cell of a day, counted from 1.
fn zone_numbers(demand: &[CellDemand]) -> HashMap<CellIndex, usize> {
    let load = |of: &CellDemand| CellLoad { cell: of.cell, n_bookings: u32::try_from(of.bookings).unwrap_or(u32::MAX) };
    let loads: Vec<CellLoad> = demand.iter().map(load).collect();
    let zones = dispatch_zones(&loads, ZONE_BOOKINGS);
    zones.iter().zip(1..).flat_map(|(zone, number)| zone.cells.iter().map(move |&cell| (cell, number))).collect()
}

/// Open outlets.
///
/// # Errors
/// Where the database does not answer.
pub async fn outlets(services: &Services, actor: &Actor) -> AppResult<FeatureCollection> {
    let open = outlets::open(services.db.read(), actor.operator_id()).await?;
    Ok(FeatureCollection::new(open.iter().map(draw_outlet).collect()))
}

/// The routes of a day's published plans of both kinds along the roads; collectors see their own.
///
/// # Errors
/// Faults of the query.
pub async fn routes(services: &Services, actor: &Actor, query: &DayQuery) -> AppResult<FeatureCollection> {
    let date = day(services, actor, query.date.as_deref())?;
    let sees =
        |route: &&DrawnRoute| actor.role == Role::Planner || actor.vehicle.is_none_or(|own| own == route.vehicle);
    let mut features = Vec::new();
    for kind in PlanKind::ALL {
        if let Some(plan) = plans::published(services.db.read(), actor.operator_id(), date, *kind).await? {
            let drawn = drawn_routes(services, &plan).await?;
            features.extend(drawn.iter().filter(sees).map(|route| route.feature.clone()));
        }
    }
    Ok(FeatureCollection::new(features))
}

fn day(services: &Services, actor: &Actor, asked: Option<&str>) -> Result<chrono::NaiveDate, Faults> {
    let mut faults = Faults::default();
    let date = match asked {
        Some(text) => days::of_query(&mut faults, text),
        None => Some(days::today(services, actor)),
    };
    date.ok_or(faults)
}

async fn drawn_routes(services: &Services, plan: &Plan) -> AppResult<Arc<Vec<DrawnRoute>>> {
    let kept = &services.drawings.routes;
    let known = kept.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|(id, _)| *id == plan.id).cloned();
    if let Some((_, drawn)) = known {
        return Ok(drawn);
    }
    let DrawnPlan { routes, lasting } = lines::draw(services, plan).await?;
    if lasting {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(PLANS_KEPT - 1);
        kept.push_front((plan.id, Arc::clone(&routes)));
    }
    Ok(routes)
}

fn draw_roads(travel: &Travel) -> FeatureCollection {
    let mut classes: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (class, line) in travel.road_lines() {
        classes.entry(class).or_default().push(coordinates(&line));
    }
    let feature =
        |(class, lines): (String, Vec<Value>)| feature("MultiLineString", lines.into(), json!({ "class": class }));
    FeatureCollection::new(classes.into_iter().map(feature).collect())
}

fn draw_cell(demand: &CellDemand, zone: Option<usize>) -> Value {
    let ring = outline(demand.cell);
    let properties = json!({
        "cell": demand.cell.to_string(),
        "bookings": demand.bookings,
        "mass_g": demand.grams.0,
        "volume_l": demand.litres.0,
        "zone": zone,
    });
    feature("Polygon", json!([coordinates(&ring)]), properties)
}

/// The hexagon, closed, against the clock.
fn outline(cell: CellIndex) -> Vec<Wgs84> {
    let corner = |at: &LatLng| Wgs84 { lat: at.lat(), lon: at.lng() };
    let mut ring: Vec<Wgs84> = cell.boundary().iter().map(corner).collect();
    ring.extend(ring.first().copied());
    ring
}

fn draw_outlet(outlet: &Outlet) -> Value {
    let properties = json!({
        "id": outlet.id,
        "name_zh": outlet.names.zh,
        "name_en": outlet.names.en,
        "kind": outlet.kind,
        "streams": outlet.streams,
        "accepts_collectors": outlet.accepts_collectors,
    });
    feature("Point", coordinate(outlet.place.at), properties)
}

pub(super) fn feature(kind: &str, coordinates: Value, properties: Value) -> Value {
    json!({
        "type": "Feature",
        "geometry": { "type": kind, "coordinates": coordinates },
        "properties": properties,
    })
}

fn coordinates(line: &[Wgs84]) -> Value {
    line.iter().map(|&at| coordinate(at)).collect()
}

/// Longitude first; a millionth of a degree is about a decimetre.
pub(super) fn coordinate(at: Wgs84) -> Value {
    let round = |degrees: f64| (degrees * 1e6).round() / 1e6;
    json!([round(at.lon), round(at.lat)])
}

fn text(collection: &FeatureCollection) -> AppResult<Arc<str>> {
    Ok(serde_json::to_string(collection).map_err(AppError::internal)?.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::place::{Place, SERVICE_RESOLUTION};

    #[test]
    fn a_cell_is_drawn_closed_around_its_place_and_against_the_clock() {
        let at = Wgs84 { lat: 22.1987, lon: 113.5439 };
        let cell = Place::wgs84(at).cell(SERVICE_RESOLUTION).unwrap();
        let ring = outline(cell);
        assert_eq!(ring.len(), 7);
        assert_eq!(ring[0], ring[6]);
        let doubled: f64 = ring.windows(2).map(|side| side[0].lon * side[1].lat - side[1].lon * side[0].lat).sum();
        assert!(doubled > 0.0, "RFC 7946 wants outer rings against the clock");
        assert!(ring.iter().all(|corner| corner.distance_m(at) < 600.0));
    }
}
