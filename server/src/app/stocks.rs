//! What reports say about outlets: crews bring to them and take from them, and a full one is told about.
//!
//! Amounts are those that crews weighed; where they have not weighed a pickup, those of the plan.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{Days, NaiveDate};
use serde_json::json;

use super::error::AppResult;
use super::events::append;
use super::services::{Actor, Services};
use crate::db::{Tx, bookings, outlets, reports, routes, stocks};
use crate::domain::amount::StreamAmount;
use crate::domain::booking::{Booking, BookingState};
use crate::domain::catalogue::Catalogue;
use crate::domain::event::{EventKind, SubjectKind};
use crate::domain::outlet::Outlet;
use crate::domain::plan::{Route, RouteStep, StepKind};
use crate::domain::stock::{Amount, Moved, StockDay, StockKey, full_streams};
use crate::domain::{BookingId, OperatorId, OutletId, RouteId, StepId};

/// Days whose movements are looked at: enough for a forecast, and longer than any outlet waits to be emptied.
const HISTORY_DAYS: u64 = 56;

/// The first of the days that matter on `date`.
pub(super) fn history_from(date: NaiveDate) -> NaiveDate {
    date.checked_sub_days(Days::new(HISTORY_DAYS)).unwrap_or(date)
}

type Sums = BTreeMap<(OutletId, NaiveDate, String), Moved>;

/// What routes have moved at outlets before a change of what is known of them, and what is known. A booking may be held by the routes of
/// several plans of its day, one taken over from the other: what is known of it counts wherever it is unloaded.
pub(super) struct Ledger {
    operator: OperatorId,
    routes: Vec<Route>,
    known: Known,
    before: Sums,
}

impl Ledger {
    /// Of a route that is reported, if any, and of all that hold the booking. Until the transaction has ended nobody else changes what they
    /// have moved; no row of theirs or of a booking must have been written in it.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub(super) async fn open(
        tx: &Tx,
        operator: OperatorId,
        (route, booking): (Option<RouteId>, Option<BookingId>),
        catalogue: &Catalogue,
    ) -> AppResult<Self> {
        let holding = match booking {
            Some(booking) => routes::holding(&**tx, booking).await?,
            None => Vec::new(),
        };
        let ids: BTreeSet<RouteId> = holding.into_iter().chain(route).collect();
        routes::lock(&**tx, &ids.iter().copied().collect::<Vec<_>>()).await?;
        let reports = reports::steps(&**tx, &ids.iter().copied().collect::<Vec<_>>()).await?;
        // The others have moved nothing yet.
        let begun: BTreeSet<RouteId> = reports.iter().map(|(route, _)| *route).chain(route).collect();
        let mut routes = Vec::with_capacity(begun.len());
        for id in begun {
            routes.extend(routes::by_id(&**tx, operator, id).await?);
        }
        let mut known = Known { reported: reports.into_iter().map(|(_, step)| step).collect(), ..Known::default() };
        known.read(tx, operator, &routes, catalogue).await?;
        let before = sums(&routes, &known);
        Ok(Self { operator, routes, known, before })
    }

    pub(super) fn reported(&mut self, step: StepId) {
        self.known.reported.insert(step);
    }

    /// As the booking is now.
    pub(super) fn changed(&mut self, booking: &Booking, catalogue: &Catalogue) {
        match handed_over(booking, catalogue) {
            Some(amounts) => self.known.handed_over.insert(booking.id, amounts),
            None => self.known.handed_over.remove(&booking.id),
        };
    }

    /// Adds to the stocks what the change means for them, and tells where it fills an outlet: that is what the report of `route` did.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub(super) async fn close(
        self,
        services: &Services,
        actor: &Actor,
        tx: &Tx,
        route: Option<RouteId>,
    ) -> AppResult<()> {
        let mut change = sums(&self.routes, &self.known);
        for (place, amount) in self.before {
            let sum = change.entry(place).or_default();
            *sum = sum.plus(amount.negated());
        }
        change.retain(|_, amount| *amount != Moved::default());
        let operator = self.operator;
        let day = |((outlet, service_date, stream), moved)| StockDay {
            key: StockKey { operator, outlet, service_date, stream },
            moved,
        };
        let change: Vec<StockDay> = change.into_iter().map(day).collect();
        stocks::add(&**tx, &change).await?;
        let touched: BTreeSet<(OutletId, NaiveDate)> =
            change.iter().map(|day| (day.key.outlet, day.key.service_date)).collect();
        for (outlet, date) in touched {
            let Some(outlet) = outlets::by_id(&**tx, operator, outlet).await? else { continue };
            let now = stocks::of_outlet(&**tx, operator, outlet.id, history_from(date)).await?;
            let undone = change.iter().map(|day| StockDay { key: day.key.clone(), moved: day.moved.negated() });
            let before: Vec<StockDay> = now.iter().cloned().chain(undone).collect();
            tell_if_full(services, actor, tx, (route, date), &outlet, (&before, &now)).await?;
        }
        Ok(())
    }
}

fn sums(routes: &[Route], known: &Known) -> Sums {
    let mut sums = Sums::new();
    for route in routes {
        for ((outlet, stream), amount) in moved(&route.steps, known) {
            let sum = sums.entry((outlet, route.service_date, stream)).or_default();
            *sum = sum.plus(amount);
        }
    }
    sums
}

/// Where a stream has no room now and had some before.
async fn tell_if_full(
    services: &Services,
    actor: &Actor,
    tx: &Tx,
    (route, date): (Option<RouteId>, NaiveDate),
    outlet: &Outlet,
    (before, now): (&[StockDay], &[StockDay]),
) -> AppResult<()> {
    let was_full = full_streams(outlet, before, date);
    let newly = full_streams(outlet, now, date)
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
    let data = json!({ "route": route, "service_date": date, "streams": streams });
    append(services, actor, tx, EventKind::OutletFull, (SubjectKind::Outlet, outlet.id.0), data).await
}

/// What is known of routes' steps.
#[derive(Clone, Debug, Default)]
struct Known {
    reported: HashSet<StepId>,
    /// By stream, of bookings that were weighed or where nothing was handed over, whichever plan's route that was reported for.
    handed_over: HashMap<BookingId, BTreeMap<String, Amount>>,
    /// The streams of outlets where something is unloaded.
    takes: HashMap<OutletId, Vec<String>>,
}

impl Known {
    /// Adds what bookings and outlets say.
    async fn read(&mut self, tx: &Tx, operator: OperatorId, routes: &[Route], catalogue: &Catalogue) -> AppResult<()> {
        let kinds = || routes.iter().flat_map(|route| route.steps.iter().map(|step| step.kind));
        let jobs: Vec<BookingId> =
            kinds().filter_map(|kind| if let StepKind::Job(id) = kind { Some(id) } else { None }).collect();
        let bookings = bookings::by_ids(&**tx, operator, &jobs).await?;
        self.handed_over = bookings.iter().filter_map(|one| Some((one.id, handed_over(one, catalogue)?))).collect();
        let unloads: BTreeSet<OutletId> =
            kinds().filter_map(|kind| if let StepKind::Unload(id) = kind { Some(id) } else { None }).collect();
        for id in unloads {
            let outlet = outlets::by_id(&**tx, operator, id).await?;
            self.takes.extend(outlet.map(|outlet| (id, outlet.streams)));
        }
        Ok(())
    }

    fn takes(&self, outlet: OutletId, stream: &String) -> bool {
        self.takes.get(&outlet).is_none_or(|streams| streams.contains(stream))
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
                // Neither what the plan keeps on board is taken here, nor what was not planned and does not belong here.
                let none = |load: &BTreeMap<String, Amount>, stream: &String| {
                    load.get(stream).is_none_or(|left| *left == (0, 0))
                };
                let here = on_board.extract_if(.., |stream, _| {
                    none(&planned, stream) && (!none(&planned_before, stream) || known.takes(outlet, stream))
                });
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
    if matches!(booking.state, BookingState::Failed | BookingState::Cancelled) {
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
