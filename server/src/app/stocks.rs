//! What reports say about outlets: crews bring to them and take from them, and a full one is told about.
//!
//! Amounts are those that crews weighed; where they have not weighed a pickup, those of the plan.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{Days, NaiveDate};
use huilu_model::Grams;
use serde_json::json;

use super::error::AppResult;
use super::events::append;
use super::services::{Actor, Services};
use crate::db::{Tx, outlets, reports, stocks};
use crate::domain::amount::StreamAmount;
use crate::domain::catalogue::Catalogue;
use crate::domain::event::{EventKind, SubjectKind};
use crate::domain::outlet::Outlet;
use crate::domain::plan::{Route, RouteStep, StepKind};
use crate::domain::report::{ReportKind, StepReport};
use crate::domain::stock::{Amount, Moved, StockDay, StockKey, full_streams};
use crate::domain::{OutletId, StepId};

/// Days whose movements are looked at: enough for a forecast, and longer than any outlet waits to be emptied.
const HISTORY_DAYS: u64 = 56;

/// The first of the days that matter on `date`.
pub(super) fn history_from(date: NaiveDate) -> NaiveDate {
    date.checked_sub_days(Days::new(HISTORY_DAYS)).unwrap_or(date)
}

/// Adds to the stocks what one more report of a route means for them, and tells where that fills an outlet.
///
/// # Errors
/// Where the database does not answer.
pub(super) async fn record(
    services: &Services,
    actor: &Actor,
    tx: &Tx,
    route: &Route,
    report: &StepReport,
    catalogue: &Catalogue,
) -> AppResult<()> {
    let known = reports::of_route(&**tx, route.id).await?;
    let before = moved(&route.steps, known.iter().filter(|one| one.id != report.id), catalogue);
    let mut change = moved(&route.steps, &known, catalogue);
    for (place, amount) in before {
        let sum = change.entry(place).or_default();
        *sum = sum.plus(amount.negated());
    }
    change.retain(|_, amount| *amount != Moved::default());
    let day = |((outlet, stream), moved): (&(OutletId, String), &Moved)| StockDay {
        key: StockKey {
            operator: route.operator,
            outlet: *outlet,
            service_date: route.service_date,
            stream: stream.clone(),
        },
        moved: *moved,
    };
    let change: Vec<StockDay> = change.iter().map(day).collect();
    stocks::add(&**tx, &change).await?;
    let touched: BTreeSet<OutletId> = change.iter().map(|day| day.key.outlet).collect();
    for outlet in touched {
        let Some(outlet) = outlets::by_id(&**tx, route.operator, outlet).await? else { continue };
        let now = stocks::of_outlet(&**tx, route.operator, outlet.id, history_from(route.service_date)).await?;
        let undone = change.iter().map(|day| StockDay { key: day.key.clone(), moved: day.moved.negated() });
        let before: Vec<StockDay> = now.iter().cloned().chain(undone).collect();
        tell_if_full(services, actor, tx, route, &outlet, (&before, &now)).await?;
    }
    Ok(())
}

/// Where a stream has no room now and had some before.
async fn tell_if_full(
    services: &Services,
    actor: &Actor,
    tx: &Tx,
    route: &Route,
    outlet: &Outlet,
    (before, now): (&[StockDay], &[StockDay]),
) -> AppResult<()> {
    let was_full = full_streams(outlet, before, route.service_date);
    let newly = full_streams(outlet, now, route.service_date)
        .into_iter()
        .filter(|(limit, _)| was_full.iter().all(|(full, _)| full.stream != limit.stream));
    let streams: Vec<_> = newly
        .map(|(limit, held)| {
            json!({
                "stream": limit.stream,
                "held_g": held.0, "held_l": held.1,
                "capacity_g": limit.grams, "capacity_l": limit.litres,
            })
        })
        .collect();
    if streams.is_empty() {
        return Ok(());
    }
    let data = json!({ "route": route.id, "service_date": route.service_date, "streams": streams });
    append(services, actor, tx, EventKind::OutletFull, (SubjectKind::Outlet, outlet.id.0), data).await
}

/// What the reported steps have moved at outlets, by outlet and stream; reports come in the order of the collector's clock.
fn moved<'a>(
    steps: &[RouteStep],
    reports: impl IntoIterator<Item = &'a StepReport>,
    catalogue: &Catalogue,
) -> BTreeMap<(OutletId, String), Moved> {
    let latest: HashMap<StepId, &StepReport> = reports.into_iter().map(|report| (report.step, report)).collect();
    let mut moved: BTreeMap<(OutletId, String), Moved> = BTreeMap::new();
    let mut on_board = steps.first().map(|start| by_stream(&start.load)).unwrap_or_default();
    for pair in steps.windows(2) {
        let [before, step] = pair else { continue };
        let (planned_before, planned) = (by_stream(&before.load), by_stream(&step.load));
        let report = latest.get(&step.id);
        match step.kind {
            StepKind::Job(_) => {
                let taken = report.and_then(|report| weighed(report, catalogue));
                add(&mut on_board, taken.unwrap_or_else(|| difference(&planned, &planned_before)));
            }
            StepKind::Unload(outlet) => {
                // What the plan keeps on board is not taken here.
                let here = on_board.extract_if(.., |stream, _| planned.get(stream).is_none_or(|left| *left == (0, 0)));
                for (stream, amount) in here.filter(|(_, amount)| report.is_some() && *amount != (0, 0)) {
                    let sum = moved.entry((outlet, stream)).or_default();
                    *sum = sum.plus(Moved { brought: amount, taken: (0, 0) });
                }
            }
            StepKind::Clear(outlet) => {
                let taken = difference(&planned, &planned_before);
                for (stream, amount) in taken.iter().filter(|(_, amount)| report.is_some() && **amount != (0, 0)) {
                    let sum = moved.entry((outlet, stream.clone())).or_default();
                    *sum = sum.plus(Moved { brought: (0, 0), taken: *amount });
                }
                add(&mut on_board, taken);
            }
            StepKind::Start | StepKind::Break | StepKind::End => {}
        }
    }
    moved
}

/// What a pickup brought on board by its report; absent where that does not say.
fn weighed(report: &StepReport, catalogue: &Catalogue) -> Option<BTreeMap<String, Amount>> {
    match report.kind {
        ReportKind::Arrived => None,
        ReportKind::Failed => Some(BTreeMap::new()),
        ReportKind::Collected => {
            let mut amounts = BTreeMap::new();
            for weight in &report.weights {
                let Some(material) = catalogue.material(&weight.material) else { continue };
                let amount = (weight.grams.0, material.litres(Grams(weight.grams.0)).0);
                add(&mut amounts, BTreeMap::from([(material.stream.clone(), amount)]));
            }
            Some(amounts)
        }
    }
}

fn by_stream(load: &[StreamAmount]) -> BTreeMap<String, Amount> {
    load.iter().map(|amount| (amount.stream.clone(), (amount.grams.0, amount.litres.0))).collect()
}

fn difference(more: &BTreeMap<String, Amount>, less: &BTreeMap<String, Amount>) -> BTreeMap<String, Amount> {
    let of = |stream: &String, more: Amount| {
        let less = less.get(stream).copied().unwrap_or_default();
        (more.0 - less.0, more.1 - less.1)
    };
    more.iter().map(|(stream, amount)| (stream.clone(), of(stream, *amount))).collect()
}

fn add(sums: &mut BTreeMap<String, Amount>, amounts: BTreeMap<String, Amount>) {
    for (stream, amount) in amounts {
        let sum = sums.entry(stream).or_default();
        *sum = (sum.0 + amount.0, sum.1 + amount.1);
    }
}
