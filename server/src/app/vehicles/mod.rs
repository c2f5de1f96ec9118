//! Vehicles: taken into service, changed and retired by planners.

mod rules;

pub use rules::{Rules, rules};

use huilu_api_spec::common::PageQuery;
use huilu_api_spec::vehicle::{
    Compartment as WireCompartment, Pause as WirePause, Vehicle as WireVehicle, VehicleCosts as WireCosts, VehicleList,
};
use serde_json::json;

use super::error::{AppError, AppResult};
use super::fault::Faults;
use super::once::{Ask, Done, Reply, once};
use super::paging::Page;
use super::services::{Actor, Services};
use super::{events, wire};
use crate::db::{Tx, vehicles};
use crate::domain::VehicleId;
use crate::domain::event::{EventKind, SubjectKind};
use crate::domain::fleet::{Compartment, Pause, Vehicle};

/// Takes a vehicle into service that the rules have accepted.
///
/// # Errors
/// Whatever [`once`] refuses.
pub async fn add(services: &Services, actor: &Actor, ask: &Ask, vehicle: Vehicle) -> AppResult<Reply> {
    once(services, actor, ask, async |tx| {
        events::before_a_change(tx, actor.operator_id()).await?;
        vehicles::insert(&**tx, &vehicle).await?;
        record(services, actor, tx, EventKind::VehicleCreated, &vehicle).await?;
        Ok(Done::created(format!("/v1/vehicles/{}", vehicle.id), shown(&vehicle)))
    })
    .await
}

/// A page of vehicles in the order they came, retired ones included.
///
/// # Errors
/// Faults of the query.
pub async fn list(services: &Services, actor: &Actor, query: &PageQuery) -> AppResult<VehicleList> {
    let mut faults = Faults::default();
    let page = Page::read(&mut faults, query.cursor.as_deref(), query.limit.as_deref());
    faults.or(())?;
    let rows = vehicles::page(services.db.read(), actor.operator_id(), page.cursor, page.fetch()).await?;
    let (rows, next_cursor) = page.cut(rows, |vehicle| vehicle.id.0);
    Ok(VehicleList { vehicles: rows.iter().map(shown).collect(), next_cursor })
}

/// One vehicle, in service or retired.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn read(services: &Services, actor: &Actor, id: VehicleId) -> AppResult<WireVehicle> {
    Ok(shown(&find(services, actor, id).await?))
}

/// The vehicle as a change finds it.
///
/// # Errors
/// [`AppError::NotFound`]; a conflict `RETIRED`.
pub async fn to_change(services: &Services, actor: &Actor, id: VehicleId) -> AppResult<Vehicle> {
    let vehicle = find(services, actor, id).await?;
    if !vehicle.active {
        return Err(AppError::conflict("RETIRED", "The vehicle is out of service for good; add a new one."));
    }
    Ok(vehicle)
}

/// Stores a change that the rules have accepted; nothing happens where nothing differs.
///
/// # Errors
/// A conflict `CHANGED_MEANWHILE`.
pub async fn save(
    services: &Services,
    actor: &Actor,
    before: &Vehicle,
    mut vehicle: Vehicle,
) -> AppResult<WireVehicle> {
    if vehicle == *before {
        return Ok(shown(&vehicle));
    }
    vehicle.updated = services.clock.now();
    let tx = services.db.begin().await?;
    events::before_a_change(&tx, actor.operator_id()).await?;
    vehicles::update(&*tx, &vehicle).await?;
    record(services, actor, &tx, EventKind::VehicleChanged, &vehicle).await?;
    tx.commit().await?;
    Ok(shown(&vehicle))
}

/// Takes a vehicle out of service; one that is out stays so.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn retire(services: &Services, actor: &Actor, id: VehicleId) -> AppResult<()> {
    let tx = services.db.begin().await?;
    events::before_a_change(&tx, actor.operator_id()).await?;
    let mut vehicle = vehicles::by_id(&*tx, actor.operator_id(), id).await?.ok_or(AppError::NotFound)?;
    if vehicle.active {
        vehicle.active = false;
        vehicle.updated = services.clock.now();
        vehicles::update(&*tx, &vehicle).await?;
        record(services, actor, &tx, EventKind::VehicleRetired, &vehicle).await?;
    }
    Ok(tx.commit().await?)
}

async fn find(services: &Services, actor: &Actor, id: VehicleId) -> AppResult<Vehicle> {
    vehicles::by_id(services.db.read(), actor.operator_id(), id).await?.ok_or(AppError::NotFound)
}

async fn record(services: &Services, actor: &Actor, tx: &Tx, kind: EventKind, vehicle: &Vehicle) -> AppResult<()> {
    let data = json!({ "profile": vehicle.profile, "active": vehicle.active });
    events::append(services, actor, tx, kind, (SubjectKind::Vehicle, vehicle.id.0), data).await?;
    events::mark_stale_from_today(services, actor, tx, kind).await
}

fn shown(vehicle: &Vehicle) -> WireVehicle {
    let compartment = |part: &Compartment| WireCompartment {
        streams: part.streams.clone(),
        capacity_g: part.capacity_g.0,
        capacity_l: part.capacity_l.0,
    };
    let pause = |pause: &Pause| WirePause { begins: wire::hours(&pause.begins), duration_s: pause.duration.0 };
    WireVehicle {
        id: vehicle.id.to_string(),
        name: vehicle.name.clone(),
        profile: vehicle.profile.into(),
        depot_id: vehicle.depot.to_string(),
        capacity_g: vehicle.capacity.0,
        compartments: vehicle.compartments.iter().map(compartment).collect(),
        shift: wire::hours(&vehicle.shift),
        pause: vehicle.pause.as_ref().map(pause),
        costs: WireCosts {
            fixed_fen: vehicle.costs.fixed.0,
            per_hour_fen: vehicle.costs.per_hour.0,
            per_km_fen: vehicle.costs.per_km.0,
        },
        skills: vehicle.skills.clone(),
        active: vehicle.active,
    }
}
