//! The translation itself. It reads no database, so that tests hand it rows.

use std::collections::{BTreeSet, HashMap};

use huilu_model::plan::StreamLoad;
use huilu_model::problem::{
    BreakSpec, CompartmentSpec, CostSpec, JobSpec, OutletSpec, PlaceSpec, VehicleSpec, WindowSpec,
};
use huilu_model::{Grams, Litres, Problem, Seconds, Wgs84};
use huilu_seeds::catalogue::ServiceTimes;

use crate::app::error::{AppError, AppResult};
use crate::domain::amount::StreamAmount;
use crate::domain::booking::{Booking, BookingItem};
use crate::domain::catalogue::{Catalogue, Material, MaterialFlag, WasteClass};
use crate::domain::fleet::{Depot, Vehicle};
use crate::domain::outlet::{DailyHours, Outlet};

const TWO_PERSONS: &str = "two_persons";
const HAZARDOUS_LICENCE: &str = "hazardous_licence";

/// All that a plan of one local day depends on, but for the roads.
#[derive(Clone, Debug)]
pub(super) struct Day {
    /// Of the problem.
    pub(super) name: String,
    /// From local midnight to the next; not always 24 hours.
    pub(super) length: Seconds,
    pub(super) bookings: Vec<Booking>,
    pub(super) vehicles: Vec<Vehicle>,
    /// At least those of the vehicles.
    pub(super) depots: Vec<Depot>,
    /// Where collectors may unload.
    pub(super) outlets: Vec<Outlet>,
    pub(super) catalogue: Catalogue,
    pub(super) times: ServiceTimes,
}

impl Day {
    /// # Errors
    /// A conflict `UNKNOWN_MATERIAL`; an internal error where a vehicle's depot is not among the depots.
    pub(super) fn problem(&self) -> AppResult<Problem> {
        let mut places = Places::default();
        let streams: Vec<String> = self.catalogue.streams.iter().map(|stream| stream.code.clone()).collect();
        let jobs = self.bookings.iter().map(|booking| self.job(booking, &mut places)).collect::<AppResult<_>>()?;
        let vehicles =
            self.vehicles.iter().map(|vehicle| self.vehicle(vehicle, &mut places)).collect::<AppResult<_>>()?;
        let outlets = self.outlets.iter().filter_map(|outlet| self.outlet(outlet, &mut places)).collect();
        Ok(Problem {
            name: self.name.clone(),
            incompatible_streams: self.incompatible(&streams),
            streams,
            places: places.list,
            jobs,
            vehicles,
            outlets,
            ..Problem::default()
        })
    }

    fn job(&self, booking: &Booking, places: &mut Places) -> AppResult<JobSpec> {
        let visit = visit(&self.catalogue, &self.times, &booking.items).map_err(|material| {
            let detail = format!(
                "Booking {} holds `{material}`, which the catalogue no longer has; cancel the booking or restore the material.",
                booking.id
            );
            AppError::conflict("UNKNOWN_MATERIAL", detail)
        })?;
        let stairs = if booking.lift == Some(false) { storeys(booking.floor.unwrap_or(1)) } else { 0 };
        Ok(JobSpec {
            id: booking.id.to_string(),
            place: places.id(booking.place.at),
            time_windows: vec![WindowSpec { start: booking.window.start_s, end: booking.window.end_s }.into()],
            service_s: visit.service_s + Seconds(self.times.per_floor_without_lift_s.0 * stairs),
            penalty: Some(booking.penalty.0.max(0)),
            ..visit
        })
    }

    pub(super) fn vehicle(&self, vehicle: &Vehicle, places: &mut Places) -> AppResult<VehicleSpec> {
        let depot = self.depots.iter().find(|depot| depot.id == vehicle.depot);
        let depot = depot.ok_or_else(|| AppError::internal(format!("vehicle {} has no depot", vehicle.id)))?;
        let place = places.id(depot.place.at);
        let compartments = vehicle.compartments.iter().map(|part| CompartmentSpec {
            streams: self.known(&part.streams),
            capacity_g: part.capacity_g,
            capacity_l: part.capacity_l,
        });
        Ok(VehicleSpec {
            id: vehicle.id.to_string(),
            profile: vehicle.profile.as_str().to_owned(),
            start: place.clone(),
            end: Some(place),
            capacity_g: vehicle.capacity,
            compartments: compartments.collect(),
            shift: WindowSpec { start: vehicle.shift.start, end: vehicle.shift.end },
            pause: vehicle.pause.map(|pause| BreakSpec {
                earliest: pause.begins.start,
                latest: pause.begins.end,
                duration_s: pause.duration,
            }),
            costs: CostSpec {
                fixed: vehicle.costs.fixed.0,
                per_hour: vehicle.costs.per_hour.0,
                per_km: vehicle.costs.per_km.0,
                ..CostSpec::default()
            },
            skills: vehicle.skills.clone(),
            end_empty: true,
            ..VehicleSpec::default()
        })
    }

    /// Absent where it takes nothing that the catalogue knows.
    fn outlet(&self, outlet: &Outlet, places: &mut Places) -> Option<OutletSpec> {
        let streams = self.known(&outlet.streams);
        if streams.is_empty() {
            return None;
        }
        let limit = |amount: &StreamAmount| StreamLoad {
            stream: amount.stream.clone(),
            grams: amount.grams,
            litres: amount.litres,
        };
        Some(OutletSpec {
            id: outlet.id.to_string(),
            place: places.id(outlet.place.at),
            capacity: outlet.capacity.iter().filter(|amount| streams.contains(&amount.stream)).map(limit).collect(),
            streams,
            hours: hours(&outlet.hours, self.length),
            unload_s: outlet.unload,
            // An outlet that pays would be driven to again and again: what it pays is settled elsewhere.
            gate_fee: outlet.gate_fee.0.max(0),
            ..OutletSpec::default()
        })
    }

    pub(super) fn known(&self, codes: &[String]) -> Vec<String> {
        codes.iter().filter(|code| self.catalogue.streams.iter().any(|stream| stream.code == **code)).cloned().collect()
    }

    /// The catalogue's pairs, and hazardous waste with everything else whatever the catalogue says.
    pub(super) fn incompatible(&self, streams: &[String]) -> Vec<(String, String)> {
        let listed = self.catalogue.incompatible.iter().map(|(a, b)| (a.as_str(), b.as_str()));
        let hazardous: BTreeSet<&str> = self
            .catalogue
            .materials
            .iter()
            .filter(|material| material.class == WasteClass::Hazardous)
            .map(|material| material.stream.as_str())
            .collect();
        let law = hazardous.iter().flat_map(|&one| streams.iter().map(move |other| (one, other.as_str())));
        let pairs: BTreeSet<(&str, &str)> =
            listed.chain(law).filter(|(a, b)| a != b).map(|(a, b)| (a.min(b), a.max(b))).collect();
        let known = |code: &str| streams.iter().any(|stream| stream == code);
        pairs.into_iter().filter(|(a, b)| known(a) && known(b)).map(|(a, b)| (a.to_owned(), b.to_owned())).collect()
    }
}

/// What a pickup of these items asks of a vehicle, on the ground floor; where and when is left open.
///
/// # Errors
/// The code of a material that the catalogue does not have.
pub(super) fn visit(catalogue: &Catalogue, times: &ServiceTimes, held: &[BookingItem]) -> Result<JobSpec, String> {
    let mut items = Vec::with_capacity(held.len());
    for item in held {
        let material = catalogue.material(&item.material).ok_or_else(|| item.material.clone())?;
        items.push((item, material));
    }
    Ok(JobSpec {
        loads: loads(&items),
        setup_s: times.setup_s,
        service_s: service(times, &items),
        skills: skills(&items),
        ..JobSpec::default()
    })
}

/// Time at the door beyond the setup; begun kilograms count whole.
fn service(times: &ServiceTimes, items: &[(&BookingItem, &Material)]) -> Seconds {
    let grams = items.iter().map(|(item, _)| item.grams).sum::<Grams>().0;
    let heavy_pieces: i64 = items
        .iter()
        .filter(|(_, material)| material.flags.contains(&MaterialFlag::TwoPersons))
        .map(|(item, _)| item.pieces.unwrap_or(1))
        .sum();
    Seconds(
        times.per_kg_s.0 * ((grams + 999) / 1_000)
            + times.per_item_s.0 * items.len() as i64
            + times.per_piece_two_persons_s.0 * heavy_pieces,
    )
}

/// Places by position: who lives in the same house is one place, so that its matrices stay small and its setup is
/// spent once.
#[derive(Default)]
pub(super) struct Places {
    pub(super) list: Vec<PlaceSpec>,
    by_position: HashMap<(i64, i64), usize>,
}

impl Places {
    pub(super) fn id(&mut self, at: Wgs84) -> String {
        let index = *self.by_position.entry((decimetres(at.lat), decimetres(at.lon))).or_insert_with(|| {
            self.list.push(PlaceSpec {
                id: format!("p{}", self.list.len()),
                position: Some(at),
                ..PlaceSpec::default()
            });
            self.list.len() - 1
        });
        self.list[index].id.clone()
    }
}

/// A millionth of a degree is a decimetre: what lies closer is the same place.
pub(super) fn decimetres(degrees: f64) -> i64 {
    (degrees * 1e6).round() as i64
}

fn loads(items: &[(&BookingItem, &Material)]) -> Vec<StreamLoad> {
    let mut loads: Vec<StreamLoad> = Vec::new();
    for (item, material) in items {
        match loads.iter_mut().find(|load| load.stream == material.stream) {
            Some(load) => {
                load.grams += item.grams;
                load.litres += item.litres;
            }
            None => loads.push(StreamLoad {
                stream: material.stream.clone(),
                grams: item.grams,
                litres: item.litres.max(Litres::ZERO),
            }),
        }
    }
    loads
}

fn skills(items: &[(&BookingItem, &Material)]) -> Vec<String> {
    let needs = |test: &dyn Fn(&Material) -> bool| items.iter().any(|(_, material)| test(material));
    let mut skills = Vec::new();
    if needs(&|material| material.flags.contains(&MaterialFlag::TwoPersons)) {
        skills.push(TWO_PERSONS.to_owned());
    }
    if needs(&|material| material.class == WasteClass::Hazardous) {
        skills.push(HAZARDOUS_LICENCE.to_owned());
    }
    skills
}

/// How many storeys lie between the door and the street; the ground floor is 1, the first basement -1.
fn storeys(floor: i32) -> i64 {
    let floor = i64::from(floor);
    if floor > 0 { floor - 1 } else { -floor }
}

/// Opening hours as the optimizer wants them: in order, none touching the next; no hours are all day.
pub(super) fn hours(daily: &[DailyHours], day: Seconds) -> Vec<WindowSpec> {
    if daily.is_empty() {
        return vec![WindowSpec { start: Seconds::ZERO, end: day }];
    }
    let mut sorted: Vec<WindowSpec> =
        daily.iter().map(|hours| WindowSpec { start: hours.start, end: hours.end }).collect();
    sorted.sort_by_key(|window| window.start);
    let mut merged: Vec<WindowSpec> = Vec::with_capacity(sorted.len());
    for window in sorted {
        match merged.last_mut().filter(|last| last.end >= window.start) {
            Some(last) => last.end = last.end.max(window.end),
            None => merged.push(window),
        }
    }
    merged
}
