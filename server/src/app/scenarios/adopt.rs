//! Adopting an answer: its outlets become today's.

use std::collections::BTreeSet;

use huilu_api_spec::scenario::{AdoptScenario, Adoption, SitingResult};
use huilu_model::{Grams, Litres, Seconds};
use serde_json::json;

use super::input::{Input, Spot};
use super::{answer_of, input_of, result_of, scenario_of};
use crate::app::error::{AppError, AppResult};
use crate::app::events::{append, before_a_change, mark_stale_from_today};
use crate::app::once::{Ask, Done, Reply, once};
use crate::app::services::{Actor, Services};
use crate::app::{areas, wire};
use crate::db::{Tx, catalogue, outlets, scenarios};
use crate::domain::amount::{Fen, StreamAmount};
use crate::domain::catalogue::Catalogue;
use crate::domain::event::{EventKind, SubjectKind};
use crate::domain::outlet::{Outlet, OutletKind, OutletStatus};
use crate::domain::place::{Place, SERVICE_RESOLUTION};
use crate::domain::{OutletId, RunId, ScenarioId};

/// Weighing, emptying and signing at an attended point; assumed.
const UNLOAD: Seconds = Seconds(300);

/// Opens what the run chose and closes the outlets of its question that it did not choose. Published plans from today
/// on are marked stale; the next plan uses the new outlets.
///
/// # Errors
/// Not found; conflicts `RUN_NOT_SUCCEEDED`, `INFEASIBLE`, `ALREADY_ADOPTED`, and `OUTLETS_CHANGED` where the answer was
/// computed for other outlets than today's, be it that another answer was adopted since.
pub async fn adopt(
    services: &Services,
    actor: &Actor,
    ask: &Ask,
    id: ScenarioId,
    wanted: AdoptScenario,
) -> AppResult<Reply> {
    once(services, actor, ask, async |tx| {
        before_a_change(tx, actor.operator_id()).await?;
        let mut scenario = scenario_of(&**tx, actor, id).await?;
        let run: RunId = wanted.run_id.parse().map_err(|_| AppError::NotFound)?;
        let answer = answer_of(&**tx, actor, (id, run)).await?;
        if scenario.adopted == Some(run) {
            return Err(AppError::conflict("ALREADY_ADOPTED", "This run's answer is adopted already."));
        }
        let result = result_of(&answer)?.ok_or_else(|| {
            AppError::conflict(
                "RUN_NOT_SUCCEEDED",
                "The run has no answer; only one that has succeeded can be adopted.",
            )
        })?;
        if !result.feasible {
            let detail = "No choice of outlets satisfies the scenario; ask for less, then adopt the answer to that.";
            return Err(AppError::conflict("INFEASIBLE", detail));
        }
        let input = input_of(&**tx, run).await?;
        if !input.stands_on(&outlets::open(&**tx, actor.operator_id()).await?) {
            let detail = "Outlets were opened, closed or changed since the run began, so its answer no longer keeps its \
                          limits. Run the scenario again and adopt that answer.";
            return Err(AppError::conflict("OUTLETS_CHANGED", detail));
        }
        let adoption = Change { services, actor, tx }.apply(&input, &result, (id, run)).await?;
        scenario.adopted = Some(run);
        scenario.updated = services.clock.now();
        scenarios::update(&**tx, &scenario).await?;
        let data = json!({
            "run": run,
            "opened": adoption.opened.len(),
            "kept": adoption.kept.len(),
            "closed": adoption.closed.len(),
        });
        append(services, actor, tx, EventKind::ScenarioAdopted, (SubjectKind::Scenario, id.0), data).await?;
        mark_stale_from_today(services, actor, tx, EventKind::ScenarioAdopted).await?;
        Ok(Done::ok(adoption))
    })
    .await
}

/// One transaction's changes of outlets.
struct Change<'a> {
    services: &'a Services,
    actor: &'a Actor,
    tx: &'a Tx,
}

impl Change<'_> {
    async fn apply(&self, input: &Input, result: &SitingResult, ids: (ScenarioId, RunId)) -> AppResult<Adoption> {
        let chosen: BTreeSet<&str> = result.open.iter().map(|site| site.id.as_str()).collect();
        let catalogue = catalogue::load(&**self.tx, self.actor.operator_id()).await?;
        let mut adoption = Adoption {
            scenario_id: ids.0.to_string(),
            run_id: ids.1.to_string(),
            opened: Vec::new(),
            kept: Vec::new(),
            closed: Vec::new(),
        };
        for spot in &input.sites {
            match (spot.outlet, chosen.contains(spot.id.as_str())) {
                (None, true) => adoption.opened.push(self.open_new(spot, &catalogue).await?.to_string()),
                (Some(outlet), true) => match self.set(outlet, OutletStatus::Open).await? {
                    true => adoption.opened.push(outlet.to_string()),
                    false => adoption.kept.push(outlet.to_string()),
                },
                (Some(outlet), false) => {
                    if self.set(outlet, OutletStatus::Closed).await? {
                        adoption.closed.push(outlet.to_string());
                    }
                }
                (None, false) => {}
            }
        }
        Ok(adoption)
    }

    /// True where that changed the outlet.
    async fn set(&self, id: OutletId, status: OutletStatus) -> AppResult<bool> {
        let found = outlets::by_id(&**self.tx, self.actor.operator_id(), id).await?;
        let Some(mut outlet) = found.filter(|outlet| outlet.status != status) else {
            return Ok(false);
        };
        outlet.status = status;
        outlet.updated = self.services.clock.now();
        outlets::update(&**self.tx, &outlet).await?;
        let kind = match status {
            OutletStatus::Closed => EventKind::OutletClosed,
            _ => EventKind::OutletChanged,
        };
        self.tell(kind, id).await?;
        Ok(true)
    }

    async fn open_new(&self, spot: &Spot, catalogue: &Catalogue) -> AppResult<OutletId> {
        let now = self.services.clock.now();
        let entered = spot.place;
        let place = Place::enter(entered.lat, entered.lon, wire::datum(entered.datum)).map_err(AppError::internal)?;
        let cell = place.cell(SERVICE_RESOLUTION).ok_or_else(|| AppError::internal("a site lies in no cell"))?;
        let outlet = Outlet {
            id: OutletId::new(),
            operator: self.actor.operator_id(),
            names: spot.names.clone(),
            kind: spot.kind,
            host: spot.host,
            status: OutletStatus::Open,
            place,
            cell,
            area: areas::at(self.services, self.actor, place.at).await?,
            streams: spot.streams.clone(),
            capacity: spot.capacity_g.map_or_else(Vec::new, |grams| limits(spot, Grams(grams), catalogue)),
            accepts_collectors: spot.kind != OutletKind::SmartBin,
            hours: Vec::new(),
            unload: UNLOAD,
            gate_fee: Fen(0),
            opening_cost: spot.opening,
            created: now,
            updated: now,
            version: 1,
        };
        outlets::insert(&**self.tx, &outlet).await?;
        self.tell(EventKind::OutletCreated, outlet.id).await?;
        Ok(outlet.id)
    }

    async fn tell(&self, kind: EventKind, outlet: OutletId) -> AppResult<()> {
        append(self.services, self.actor, self.tx, kind, (SubjectKind::Outlet, outlet.0), json!({})).await
    }
}

/// A limit over all streams as one for each, since an outlet has those; the volume follows from the loosest material.
fn limits(spot: &Spot, grams: Grams, catalogue: &Catalogue) -> Vec<StreamAmount> {
    let limit = |stream: &String| {
        let loose = catalogue.materials.iter().filter(|material| material.stream == *stream);
        let litres = loose.map(|material| material.litres(grams)).max().unwrap_or(Litres::ZERO);
        StreamAmount { stream: stream.clone(), grams, litres }
    };
    spot.streams.iter().map(limit).collect()
}
