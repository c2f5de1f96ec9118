//! Outlets: opened, changed and closed by planners, listed for everyone.

mod nearest;
mod rules;

pub use nearest::nearest;
pub use rules::{Rules, rules};

use huilu_api_spec::common::PageQuery;
use huilu_api_spec::outlet::{Outlet as WireOutlet, OutletList};
use serde_json::json;

use super::error::{AppError, AppResult};
use super::fault::Faults;
use super::once::{Ask, Done, Reply, once};
use super::paging::Page;
use super::services::{Actor, Services};
use super::{areas, events, wire};
use crate::db::{Tx, outlets};
use crate::domain::OutletId;
use crate::domain::event::{EventKind, SubjectKind};
use crate::domain::outlet::{Outlet, OutletStatus};

/// Opens an outlet that the rules have accepted.
///
/// # Errors
/// Whatever [`once`] refuses.
pub async fn open(services: &Services, actor: &Actor, ask: &Ask, mut outlet: Outlet) -> AppResult<Reply> {
    outlet.area = areas::at(services, actor, outlet.place.at).await?;
    once(services, actor, ask, async |tx| {
        events::before_a_change(tx, actor.operator_id()).await?;
        outlets::insert(&**tx, &outlet).await?;
        record(services, actor, tx, EventKind::OutletCreated, &outlet).await?;
        Ok(Done::created(format!("/v1/outlets/{}", outlet.id), shown(&outlet)))
    })
    .await
}

/// A page of outlets in the order they were opened, closed ones included.
///
/// # Errors
/// Faults of the query.
pub async fn list(services: &Services, actor: &Actor, query: &PageQuery) -> AppResult<OutletList> {
    let mut faults = Faults::default();
    let page = Page::read(&mut faults, query.cursor.as_deref(), query.limit.as_deref());
    faults.or(())?;
    let rows = outlets::page(services.db.read(), actor.operator_id(), page.cursor, page.fetch()).await?;
    let (rows, next_cursor) = page.cut(rows, |outlet| outlet.id.0);
    Ok(OutletList { outlets: rows.iter().map(shown).collect(), next_cursor })
}

/// One outlet, open or closed.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn read(services: &Services, actor: &Actor, id: OutletId) -> AppResult<WireOutlet> {
    Ok(shown(&find(services, actor, id).await?))
}

/// The outlet as a change finds it.
///
/// # Errors
/// [`AppError::NotFound`]; a conflict `CLOSED`.
pub async fn to_change(services: &Services, actor: &Actor, id: OutletId) -> AppResult<Outlet> {
    let outlet = find(services, actor, id).await?;
    if outlet.status == OutletStatus::Closed {
        return Err(AppError::conflict("CLOSED", "The outlet is closed for good; open a new one."));
    }
    Ok(outlet)
}

/// Stores a change that the rules have accepted; nothing happens where nothing differs.
///
/// # Errors
/// A conflict `CHANGED_MEANWHILE`.
pub async fn save(services: &Services, actor: &Actor, before: &Outlet, mut outlet: Outlet) -> AppResult<WireOutlet> {
    if outlet == *before {
        return Ok(shown(&outlet));
    }
    if outlet.place != before.place {
        outlet.area = areas::at(services, actor, outlet.place.at).await?;
    }
    outlet.updated = services.clock.now();
    let tx = services.db.begin().await?;
    events::before_a_change(&tx, actor.operator_id()).await?;
    outlets::update(&*tx, &outlet).await?;
    record(services, actor, &tx, EventKind::OutletChanged, &outlet).await?;
    tx.commit().await?;
    Ok(shown(&outlet))
}

/// Closes an outlet; one that is closed stays so.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn close(services: &Services, actor: &Actor, id: OutletId) -> AppResult<()> {
    let tx = services.db.begin().await?;
    events::before_a_change(&tx, actor.operator_id()).await?;
    let mut outlet = outlets::by_id(&*tx, actor.operator_id(), id).await?.ok_or(AppError::NotFound)?;
    if outlet.status != OutletStatus::Closed {
        outlet.status = OutletStatus::Closed;
        outlet.updated = services.clock.now();
        outlets::update(&*tx, &outlet).await?;
        record(services, actor, &tx, EventKind::OutletClosed, &outlet).await?;
    }
    Ok(tx.commit().await?)
}

async fn find(services: &Services, actor: &Actor, id: OutletId) -> AppResult<Outlet> {
    outlets::by_id(services.db.read(), actor.operator_id(), id).await?.ok_or(AppError::NotFound)
}

async fn record(services: &Services, actor: &Actor, tx: &Tx, kind: EventKind, outlet: &Outlet) -> AppResult<()> {
    let data = json!({ "kind": outlet.kind, "status": outlet.status, "cell": outlet.cell.to_string() });
    events::append(services, actor, tx, kind, (SubjectKind::Outlet, outlet.id.0), data).await?;
    events::mark_stale_from_today(services, actor, tx, kind).await
}

fn shown(outlet: &Outlet) -> WireOutlet {
    WireOutlet {
        id: outlet.id.to_string(),
        name: wire::name(&outlet.names),
        kind: outlet.kind.into(),
        place: wire::position(outlet.place.at),
        streams: outlet.streams.clone(),
        accepts_collectors: outlet.accepts_collectors,
        hours: outlet.hours.iter().map(wire::hours).collect(),
        unload_s: outlet.unload.0,
        gate_fee_fen: outlet.gate_fee.0,
        capacity: wire::amounts(&outlet.capacity),
        active: outlet.status == OutletStatus::Open,
    }
}
