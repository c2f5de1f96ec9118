//! What reports say about outlets: crews bring to them and take from them, and a full one is told about.
//!
//! Amounts are those that crews weighed; where they have not weighed a pickup, those of the plan.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{Days, NaiveDate};
use serde_json::json;

use super::error::AppResult;
use super::events::append;
use super::services::{Actor, Services};
use crate::db::{Tx, bookings, outlets, reports, stocks};
use crate::domain::amount::StreamAmount;
use crate::domain::booking::{Booking, BookingState};
use crate::domain::catalogue::Catalogue;
use crate::domain::event::{EventKind, SubjectKind};
use crate::domain::outlet::Outlet;
use crate::domain::plan::{Route, RouteStep, StepKind};
use crate::domain::report::{ReportKind, StepReport};
use crate::domain::stock::{Amount, Moved, StockDay, StockKey, full_streams};
use crate::domain::{BookingId, OutletId, StepId};

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
    let jobs = route.steps.iter().filter_map(|step| if let StepKind::Job(id) = step.kind { Some(id) } else { None });
    let bookings = bookings::by_ids(&**tx, route.operator, &jobs.collect::<Vec<_>>()).await?;
    let handed_over = bookings.iter().filter_map(|one| Some((one.id, handed_over(one, catalogue)?)));
    let mut known = Known { reported: HashSet::new(), handed_over: handed_over.collect() };
    let reports = reports::of_route(&**tx, route.id).await?;
    known.reported.extend(reports.iter().map(|one| one.step));
    let mut change = moved(&route.steps, &known);
    let before = moved(&route.steps, &known.without(report, route, &reports));
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

/// What is known of a route's steps.
#[derive(Clone, Debug)]
struct Known {
    reported: HashSet<StepId>,
    /// By stream, of bookings that were weighed or where nothing was handed over, whichever plan's route that was reported for.
    handed_over: HashMap<BookingId, BTreeMap<String, Amount>>,
}

impl Known {
    /// As it was before the report.
    fn without(&self, report: &StepReport, route: &Route, reports: &[StepReport]) -> Self {
        let mut before = self.clone();
        if !reports.iter().any(|other| other.step == report.step && other.id != report.id) {
            before.reported.remove(&report.step);
        }
        let step = route.steps.iter().find(|step| step.id == report.step);
        if let Some(StepKind::Job(booking)) = step.map(|step| step.kind) {
            // A booking is weighed once, or not at all.
            if report.kind != ReportKind::Arrived {
                before.handed_over.remove(&booking);
            }
        }
        before
    }
}

/// What the reported steps have moved at outlets, by outlet and stream.
fn moved(steps: &[RouteStep], known: &Known) -> BTreeMap<(OutletId, String), Moved> {
    let mut moved: BTreeMap<(OutletId, String), Moved> = BTreeMap::new();
    let mut on_board = steps.first().map(|start| by_stream(&start.load)).unwrap_or_default();
    for pair in steps.windows(2) {
        let [before, step] = pair else { continue };
        let (planned_before, planned) = (by_stream(&before.load), by_stream(&step.load));
        let reported = known.reported.contains(&step.id);
        match step.kind {
            StepKind::Job(booking) => {
                let taken = known.handed_over.get(&booking).cloned();
                add(&mut on_board, taken.unwrap_or_else(|| difference(&planned, &planned_before)));
            }
            StepKind::Unload(outlet) => {
                // What the plan keeps on board is not taken here.
                let here = on_board.extract_if(.., |stream, _| planned.get(stream).is_none_or(|left| *left == (0, 0)));
                for (stream, amount) in here.filter(|(_, amount)| reported && *amount != (0, 0)) {
                    let sum = moved.entry((outlet, stream)).or_default();
                    *sum = sum.plus(Moved { brought: amount, taken: (0, 0) });
                }
            }
            StepKind::Clear(outlet) => {
                let taken = difference(&planned, &planned_before);
                for (stream, amount) in taken.iter().filter(|(_, amount)| reported && **amount != (0, 0)) {
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

/// What was handed over, where that is known: weighed, or nothing at all.
fn handed_over(booking: &Booking, catalogue: &Catalogue) -> Option<BTreeMap<String, Amount>> {
    if booking.state == BookingState::Failed {
        return Some(BTreeMap::new());
    }
    if booking.items.iter().all(|item| item.weighed.is_none()) {
        return None;
    }
    let mut amounts = BTreeMap::new();
    for item in &booking.items {
        let (Some(grams), Some(material)) = (item.weighed, catalogue.material(&item.material)) else { continue };
        add(&mut amounts, BTreeMap::from([(material.stream.clone(), (grams.0, material.litres(grams).0))]));
    }
    Some(amounts)
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
