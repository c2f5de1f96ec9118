//! Depots: opened, changed and closed by planners.

use std::sync::Arc;

use huilu_api_spec::common::PageQuery;
use huilu_api_spec::depot::{ChangeDepot, CreateDepot, Depot as WireDepot, DepotList};
use serde_json::json;

use super::error::{AppError, AppResult};
use super::fault::Faults;
use super::once::{Ask, Done, Reply, once};
use super::paging::Page;
use super::services::{Actor, Services};
use super::{events, places, texts, wire};
use crate::db::{Tx, depots, vehicles};
use crate::domain::event::{EventKind, SubjectKind};
use crate::domain::fleet::Depot;
use crate::domain::operator::Operator;
use crate::domain::{DepotId, Instant};

/// What a depot is measured against.
#[derive(Clone, Debug)]
pub struct Rules {
    operator: Arc<Operator>,
    now: Instant,
}

/// The rules of the caller's operator at this moment.
pub fn rules(services: &Services, actor: &Actor) -> Rules {
    Rules { operator: Arc::clone(&actor.operator), now: services.clock.now() }
}

impl Rules {
    /// A new depot.
    ///
    /// # Errors
    /// All faults of the wish.
    pub fn create(&self, wish: CreateDepot) -> Result<Depot, Faults> {
        let mut faults = Faults::default();
        let names = texts::names(&mut faults, "/name", &wish.name);
        let place = places::of_body(&mut faults, &self.operator, "/place", &wish.place);
        match place {
            Some(place) if faults.is_empty() => Ok(Depot {
                id: DepotId::new(),
                operator: self.operator.id,
                names,
                place,
                active: true,
                created: self.now,
                updated: self.now,
                version: 1,
            }),
            _ => Err(faults),
        }
    }

    /// The depot with the fields that are given.
    ///
    /// # Errors
    /// All faults of the change.
    pub fn change(&self, mut depot: Depot, change: ChangeDepot) -> Result<Depot, Faults> {
        let mut faults = Faults::default();
        if let Some(name) = &change.name {
            depot.names = texts::names(&mut faults, "/name", name);
        }
        if let Some(sent) = &change.place {
            depot.place = places::of_body(&mut faults, &self.operator, "/place", sent).unwrap_or(depot.place);
        }
        faults.or(depot)
    }
}

/// Opens a depot that the rules have accepted.
///
/// # Errors
/// Whatever [`once`] refuses.
pub async fn open(services: &Services, actor: &Actor, ask: &Ask, depot: Depot) -> AppResult<Reply> {
    once(services, actor, ask, async |tx| {
        events::before_a_change(tx, actor.operator_id()).await?;
        depots::insert(&**tx, &depot).await?;
        record(services, actor, tx, EventKind::DepotCreated, &depot).await?;
        Ok(Done::created(format!("/v1/depots/{}", depot.id), shown(&depot)))
    })
    .await
}

/// A page of depots in the order they were opened, closed ones included.
///
/// # Errors
/// Faults of the query.
pub async fn list(services: &Services, actor: &Actor, query: &PageQuery) -> AppResult<DepotList> {
    let mut faults = Faults::default();
    let page = Page::read(&mut faults, query.cursor.as_deref(), query.limit.as_deref());
    faults.or(())?;
    let rows = depots::page(services.db.read(), actor.operator_id(), page.cursor, page.fetch()).await?;
    let (rows, next_cursor) = page.cut(rows, |depot| depot.id.0);
    Ok(DepotList { depots: rows.iter().map(shown).collect(), next_cursor })
}

/// One depot, open or closed.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn read(services: &Services, actor: &Actor, id: DepotId) -> AppResult<WireDepot> {
    Ok(shown(&find(services, actor, id).await?))
}

/// The depot as a change finds it.
///
/// # Errors
/// [`AppError::NotFound`]; a conflict `CLOSED`.
pub async fn to_change(services: &Services, actor: &Actor, id: DepotId) -> AppResult<Depot> {
    let depot = find(services, actor, id).await?;
    if !depot.active {
        return Err(AppError::conflict("CLOSED", "The depot is closed for good; open a new one."));
    }
    Ok(depot)
}

/// Stores a change that the rules have accepted; nothing happens where nothing differs.
///
/// # Errors
/// A conflict `CHANGED_MEANWHILE`.
pub async fn save(services: &Services, actor: &Actor, before: &Depot, mut depot: Depot) -> AppResult<WireDepot> {
    if depot == *before {
        return Ok(shown(&depot));
    }
    depot.updated = services.clock.now();
    let tx = services.db.begin().await?;
    events::before_a_change(&tx, actor.operator_id()).await?;
    depots::update(&*tx, &depot).await?;
    record(services, actor, &tx, EventKind::DepotChanged, &depot).await?;
    tx.commit().await?;
    Ok(shown(&depot))
}

/// Closes a depot; one that is closed stays so.
///
/// # Errors
/// [`AppError::NotFound`]; a conflict `DEPOT_IN_USE` while vehicles start there.
pub async fn close(services: &Services, actor: &Actor, id: DepotId) -> AppResult<()> {
    let tx = services.db.begin().await?;
    events::before_a_change(&tx, actor.operator_id()).await?;
    let mut depot = depots::by_id(&*tx, actor.operator_id(), id).await?.ok_or(AppError::NotFound)?;
    if depot.active {
        let fleet = vehicles::active(&*tx, actor.operator_id()).await?;
        let based = fleet.iter().filter(|vehicle| vehicle.depot == id).count();
        if based > 0 {
            let detail = format!("{based} vehicles start there; give them another depot first.");
            return Err(AppError::conflict("DEPOT_IN_USE", detail));
        }
        depot.active = false;
        depot.updated = services.clock.now();
        depots::update(&*tx, &depot).await?;
        record(services, actor, &tx, EventKind::DepotClosed, &depot).await?;
    }
    Ok(tx.commit().await?)
}

async fn find(services: &Services, actor: &Actor, id: DepotId) -> AppResult<Depot> {
    depots::by_id(services.db.read(), actor.operator_id(), id).await?.ok_or(AppError::NotFound)
}

async fn record(services: &Services, actor: &Actor, tx: &Tx, kind: EventKind, depot: &Depot) -> AppResult<()> {
    let data = json!({ "active": depot.active });
    events::append(services, actor, tx, kind, (SubjectKind::Depot, depot.id.0), data).await?;
    events::mark_stale_from_today(services, actor, tx, kind).await
}

fn shown(depot: &Depot) -> WireDepot {
    WireDepot {
        id: depot.id.to_string(),
        name: wire::name(&depot.names),
        place: wire::position(depot.place.at),
        active: depot.active,
    }
}
