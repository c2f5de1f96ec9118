//! A local day as a clearing network: what lies in the outlets, and the vans and trucks that are free to empty them.

use chrono::{Datelike, NaiveDate};
use huilu_model::clearing::{ClearingSettings, Network, OutletState, Tier};
use huilu_model::plan::StreamLoad;
use huilu_model::problem::VehicleSpec;
use huilu_model::{Problem, Seconds};
use huilu_seeds::Catalogue;
use sea_orm::ConnectionTrait;

use super::build::{Day, Places, hours};
use super::stocks::{self, Stock};
use super::{depots_of, drivers_of};
use crate::app::error::{AppError, AppResult};
use crate::app::stocks::history_from;
use crate::db::{self, catalogue, outlets, vehicles};
use crate::domain::fleet::VehicleProfile;
use crate::domain::operator::Operator;
use crate::domain::outlet::{Outlet, OutletKind};
use crate::domain::plan::PlanKind;

/// Assumed: opening, coupling and closing take five minutes, each 100 kg another two.
const CLEARING: Seconds = Seconds(300);
const CLEARING_PER_100KG: Seconds = Seconds(120);

/// The network of a day and the part of it that a routing problem has as well: places and vehicles, no jobs. Vehicles that the
/// day's published collection plan uses stay with it. Days from `today` on have not brought all they will.
///
/// # Errors
/// Conflicts `NO_OUTLETS` where nothing could be emptied, `NO_VEHICLES` where no van and no truck is free.
pub(in crate::app) async fn of_day(
    c: &impl ConnectionTrait,
    operator: &Operator,
    date: NaiveDate,
    today: NaiveDate,
) -> AppResult<(Problem, Network)> {
    let outlets = outlets::open(c, operator.id).await?;
    if outlets.iter().all(|outlet| tier(outlet) == Tier::SortingCenter) {
        let detail = "No collection point and no transfer station is open; there is nothing to empty.";
        return Err(AppError::conflict("NO_OUTLETS", detail));
    }
    let busy = drivers_of(c, operator, date, PlanKind::Collection).await?;
    let mut vehicles = vehicles::active(c, operator.id).await?;
    vehicles.retain(|vehicle| vehicle.profile != VehicleProfile::Etrike && !busy.contains(&vehicle.id));
    if vehicles.is_empty() {
        let detail =
            format!("No van and no truck is free on {date}; add one, or leave one out of the collection plan.");
        return Err(AppError::conflict("NO_VEHICLES", detail));
    }
    let stocks = stocks::of(&db::stocks::since(c, operator.id, history_from(date)).await?);
    let (start, end) = operator.zone.day(date);
    let day = Day {
        name: format!("{} clearing {date}", operator.key),
        length: end.since(start),
        bookings: Vec::new(),
        depots: depots_of(c, operator, &vehicles).await?,
        vehicles,
        outlets,
        catalogue: catalogue::load(c, operator.id).await?,
        times: Catalogue::built_in().map_err(AppError::internal)?.service_times,
    };
    day.network((date, today), |outlet| stocks.get(&outlet.id).cloned().unwrap_or_default())
}

impl Day {
    fn network(
        &self,
        dates: (NaiveDate, NaiveDate),
        stock: impl Fn(&Outlet) -> Stock,
    ) -> AppResult<(Problem, Network)> {
        let mut places = Places::default();
        let streams: Vec<String> = self.catalogue.streams.iter().map(|stream| stream.code.clone()).collect();
        let (mut vans, mut trucks): (Vec<VehicleSpec>, Vec<VehicleSpec>) = (Vec::new(), Vec::new());
        for vehicle in &self.vehicles {
            let fleet = if vehicle.profile == VehicleProfile::Truck { &mut trucks } else { &mut vans };
            fleet.push(self.vehicle(vehicle, &mut places)?);
        }
        let states = self.outlets.iter().map(|outlet| self.state(outlet, dates, &stock(outlet), &mut places));
        let outlets: Vec<OutletState> = states.filter(|state| !state.streams.is_empty()).collect();
        let network = Network {
            name: self.name.clone(),
            incompatible_streams: self.incompatible(&streams),
            streams: streams.clone(),
            places: places.list.clone(),
            outlets,
            vans: vans.clone(),
            trucks: trucks.clone(),
            weekday: dates.0.weekday().num_days_from_monday() as u8,
            next_run_days: 1,
            settings: ClearingSettings::default(),
            ..Network::default()
        };
        let vehicles = vans.into_iter().chain(trucks).collect();
        let problem = Problem { name: self.name.clone(), streams, places: places.list, vehicles, ..Problem::default() };
        Ok((problem, network))
    }

    /// Capacities of stations and points are the size of what is emptied; a sorting centre is never emptied, and its own is what
    /// it takes on one day: only what came on that day counts.
    fn state(
        &self,
        outlet: &Outlet,
        (date, today): (NaiveDate, NaiveDate),
        stock: &Stock,
        places: &mut Places,
    ) -> OutletState {
        let streams = self.known(&outlet.streams);
        let limits = outlet.capacity.iter().filter(|amount| streams.contains(&amount.stream));
        OutletState {
            id: outlet.id.to_string(),
            place: places.id(outlet.place.at),
            tier: tier(outlet),
            fill: match tier(outlet) {
                Tier::SortingCenter => stock.intake(date, &streams),
                Tier::CollectionPoint | Tier::TransferStation => stock.fill(date, today, &streams),
            },
            capacity: limits
                .map(|amount| StreamLoad { stream: amount.stream.clone(), grams: amount.grams, litres: amount.litres })
                .collect(),
            cleared_days_ago: stock.cleared.and_then(|day| u32::try_from((date - day).num_days()).ok()),
            history: stock.history(date, today, &streams),
            households: None,
            hours: hours(&outlet.hours, self.length),
            clearing_s: CLEARING,
            clearing_per_100kg_s: CLEARING_PER_100KG,
            unload_s: outlet.unload,
            unload_per_100kg_s: Seconds::ZERO,
            gate_fee: outlet.gate_fee.0.max(0),
            streams,
        }
    }
}

fn tier(outlet: &Outlet) -> Tier {
    match outlet.kind {
        OutletKind::SmartBin | OutletKind::CollectionPoint => Tier::CollectionPoint,
        OutletKind::TransferStation => Tier::TransferStation,
        OutletKind::SortingCenter => Tier::SortingCenter,
    }
}
