//! Records of `seeds` as nouns of the domain: keys become ids, seconds of a day become instants.

use std::collections::HashMap;
use std::str::FromStr;

use huilu_model::{Datum, Wgs84};
use huilu_seeds as seeds;

use crate::app::areas::AreaMap;
use crate::app::error::{AppError, AppResult};
use crate::domain::amount::{Fen, Names, StreamAmount};
use crate::domain::area::{Area, AreaLevel, Building, BuildingKind};
use crate::domain::booking::{Booking, BookingItem, BookingState, PickupWindow};
use crate::domain::catalogue::{Catalogue, Material, MaterialFlag, Sourced, Stream, Unit, WasteClass};
use crate::domain::codes::UnknownCode;
use crate::domain::fleet::{Compartment, Depot, Pause, Vehicle, VehicleCosts, VehicleProfile};
use crate::domain::operator::Operator;
use crate::domain::outlet::{DailyHours, HostType, Outlet, OutletKind, OutletStatus};
use crate::domain::place::{Bounds, Entered, Place, SERVICE_RESOLUTION};
use crate::domain::{AreaId, BookingId, BuildingId, DepotId, Instant, OperatorId, OutletId, VehicleId, Zone, policy};

/// The same code on both sides; a list that fell out of step is a defect of ours.
fn same<T: FromStr<Err = UnknownCode>>(code: &str) -> AppResult<T> {
    code.parse().map_err(AppError::internal)
}

pub(super) fn operator(city: &seeds::City, now: Instant) -> AppResult<Operator> {
    let zone: Zone = city.zone.parse().map_err(AppError::internal)?;
    let b = city.bounds;
    // What its residents' phones show: the first place somebody gave.
    let datum = city.bookings.first().map_or(Datum::Wgs84, |booking| booking.entered.datum);
    Ok(Operator {
        id: OperatorId::new(),
        key: city.key.clone(),
        names: Names { zh: city.name_zh.clone(), en: city.name_en.clone() },
        zone,
        bounds: Bounds { south: b.south, west: b.west, north: b.north, east: b.east },
        datum,
        roads: None,
        created: now,
    })
}

pub(super) fn catalogue(from: &seeds::Catalogue) -> AppResult<Catalogue> {
    let names = |zh: &str, en: &str| Names { zh: zh.to_owned(), en: en.to_owned() };
    let streams = (0_i32..).zip(&from.streams);
    let streams = streams.map(|(rank, s)| Stream { code: s.code.clone(), names: names(&s.zh, &s.en), rank }).collect();
    let mut incompatible: Vec<(String, String)> = from
        .incompatible
        .iter()
        .map(|pair| (pair.a.clone().min(pair.b.clone()), pair.a.clone().max(pair.b.clone())))
        .collect();
    incompatible.sort();
    let material = |m: &seeds::catalogue::Material| -> AppResult<Material> {
        Ok(Material {
            code: m.code.clone(),
            names: names(&m.zh, &m.en),
            stream: m.stream.clone(),
            class: same::<WasteClass>(m.class.as_str())?,
            unit: same::<Unit>(m.unit.as_str())?,
            density_kg_m3: m.density_kg_m3.default,
            piece: m.piece.as_ref().map(|piece| (piece.grams, piece.litres)),
            price: Fen(m.price.fen),
            co2e_kg_per_kg: m.co2e_kg_per_kg.as_ref().map(|factor| factor.value),
            flags: m.flags.iter().map(|flag| same::<MaterialFlag>(flag.as_str())).collect::<AppResult<_>>()?,
            sourced: Sourced { source: m.density_kg_m3.source.clone(), as_of: m.density_kg_m3.as_of },
        })
    };
    let mut materials = from.materials.iter().map(material).collect::<AppResult<Vec<_>>>()?;
    materials.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(Catalogue { streams, incompatible, materials })
}

/// Turns lists into rows one after the other; each list's keys are known to the next.
pub(super) struct Records<'a> {
    operator: &'a Operator,
    catalogue: &'a Catalogue,
    now: Instant,
    /// Where records come without their city: their keys name nothing here, but their places lie in its areas.
    stored: Option<AreaMap>,
    areas: HashMap<String, AreaId>,
    buildings: HashMap<String, BuildingId>,
    depots: HashMap<String, DepotId>,
}

impl<'a> Records<'a> {
    /// For a whole city, whose records name each other.
    pub(super) fn new(operator: &'a Operator, catalogue: &'a Catalogue, now: Instant) -> Self {
        let (stored, areas, buildings, depots) = Default::default();
        Self { operator, catalogue, now, stored, areas, buildings, depots }
    }

    /// For records that join a city whose areas are `stored`: each lies in the smallest that holds its place. What
    /// buildings and areas they name is not looked at.
    pub(super) fn joining(operator: &'a Operator, catalogue: &'a Catalogue, now: Instant, stored: AreaMap) -> Self {
        Self { stored: Some(stored), ..Self::new(operator, catalogue, now) }
    }

    fn area(&self, key: Option<&String>, at: Wgs84) -> AppResult<Option<AreaId>> {
        match &self.stored {
            Some(map) => Ok(map.at(at)),
            None => key.map(|key| known(&self.areas, key, "area")).transpose(),
        }
    }

    fn building(&self, key: Option<&String>) -> AppResult<Option<BuildingId>> {
        match self.stored {
            Some(_) => Ok(None),
            None => key.map(|key| known(&self.buildings, key, "building")).transpose(),
        }
    }

    pub(super) fn areas(&mut self, list: &[seeds::Area]) -> AppResult<Vec<Area>> {
        let mut rows = Vec::with_capacity(list.len());
        for area in list {
            let id = AreaId::new();
            rows.push(Area {
                id,
                operator: self.operator.id,
                parent: area.parent.as_ref().map(|key| known(&self.areas, key, "area")).transpose()?,
                level: same::<AreaLevel>(area.level.as_str())?,
                code: area.code.clone(),
                names: Names { zh: area.name_zh.clone(), en: area.name_en.clone() },
                polygon: area.polygon.as_ref().map(seeds::geojson_geometry),
                households: area.households.map(i64::from),
            });
            self.areas.insert(area.key.clone(), id);
        }
        Ok(rows)
    }

    pub(super) fn buildings(&mut self, list: &[seeds::Building]) -> AppResult<Vec<Building>> {
        let mut rows = Vec::with_capacity(list.len());
        for building in list {
            let id = BuildingId::new();
            let name = match (&building.name_zh, &building.name_en) {
                (None, None) => None,
                (zh, en) => {
                    let either = || zh.clone().or_else(|| en.clone()).unwrap_or_default();
                    Some(Names { zh: zh.clone().unwrap_or_else(either), en: en.clone().unwrap_or_else(either) })
                }
            };
            rows.push(Building {
                id,
                operator: self.operator.id,
                area: self.area(building.area.as_ref(), building.place)?,
                kind: same::<BuildingKind>(building.kind.as_str())?,
                name,
                at: building.place,
                cell: cell(building.place)?,
                gate: building.gate,
                households: i64::from(building.households),
            });
            self.buildings.insert(building.key.clone(), id);
        }
        Ok(rows)
    }

    pub(super) fn outlets(&self, list: &[seeds::Outlet]) -> AppResult<Vec<Outlet>> {
        let row = |outlet: &seeds::Outlet| {
            Ok(Outlet {
                id: OutletId::new(),
                operator: self.operator.id,
                names: Names { zh: outlet.name_zh.clone(), en: outlet.name_en.clone() },
                kind: same::<OutletKind>(outlet.kind.as_str())?,
                host: outlet.host.map(|host| same::<HostType>(host.as_str())).transpose()?,
                status: OutletStatus::Open,
                place: Place::wgs84(outlet.place),
                cell: cell(outlet.place)?,
                area: self.area(outlet.area.as_ref(), outlet.place)?,
                streams: outlet.streams.clone(),
                capacity: outlet
                    .capacity
                    .iter()
                    .map(|c| StreamAmount { stream: c.stream.clone(), grams: c.grams, litres: c.litres })
                    .collect(),
                accepts_collectors: outlet.accepts_collectors,
                hours: outlet.hours.iter().map(|&daily| hours(daily)).collect(),
                unload: outlet.unload,
                gate_fee: Fen(outlet.gate_fee_fen),
                opening_cost: Fen(outlet.opening_cost_fen),
                created: self.now,
                updated: self.now,
                version: 1,
            })
        };
        list.iter().map(row).collect()
    }

    pub(super) fn depots(&mut self, list: &[seeds::Depot]) -> AppResult<Vec<Depot>> {
        let mut rows = Vec::with_capacity(list.len());
        for depot in list {
            let id = DepotId::new();
            rows.push(Depot {
                id,
                operator: self.operator.id,
                names: Names { zh: depot.name_zh.clone(), en: depot.name_en.clone() },
                place: Place::wgs84(depot.place),
                active: true,
                created: self.now,
                updated: self.now,
                version: 1,
            });
            self.depots.insert(depot.key.clone(), id);
        }
        Ok(rows)
    }

    pub(super) fn vehicles(&self, list: &[seeds::Vehicle]) -> AppResult<Vec<Vehicle>> {
        let compartment = |part: &seeds::Compartment| Compartment {
            streams: part.streams.clone(),
            capacity_g: part.capacity_g,
            capacity_l: part.capacity_l,
        };
        let row = |vehicle: &seeds::Vehicle| {
            Ok(Vehicle {
                id: VehicleId::new(),
                operator: self.operator.id,
                name: vehicle.name.clone(),
                preset: Some(vehicle.preset.clone()),
                profile: same::<VehicleProfile>(vehicle.profile.as_str())?,
                depot: known(&self.depots, &vehicle.depot, "depot")?,
                capacity: vehicle.payload,
                compartments: vehicle.compartments.iter().map(compartment).collect(),
                shift: hours(vehicle.shift),
                pause: vehicle.pause.map(|pause| Pause { begins: hours(pause.begins), duration: pause.duration }),
                costs: VehicleCosts {
                    fixed: Fen(vehicle.costs.fixed_fen),
                    per_hour: Fen(vehicle.costs.per_hour_fen),
                    per_km: Fen(vehicle.costs.per_km_fen),
                },
                skills: vehicle.skills.clone(),
                active: true,
                created: self.now,
                updated: self.now,
                version: 1,
            })
        };
        list.iter().map(row).collect()
    }

    /// `state` is `Booked` for open ones and `Completed` for past ones, whose amounts were weighed.
    pub(super) fn bookings(&self, list: &[seeds::Booking], state: BookingState) -> AppResult<Vec<Booking>> {
        let zone = self.operator.zone;
        let weighed = state != BookingState::Booked;
        let item = |item: &seeds::BookingItem| {
            let material = self.catalogue.material(&item.material);
            let material = material.ok_or_else(|| missing(&item.material, "material"))?;
            Ok(BookingItem {
                material: item.material.clone(),
                grams: item.grams,
                litres: item.litres,
                pieces: item.pieces.map(i64::from),
                price: material.price,
                weighed: weighed.then_some(item.grams),
            })
        };
        let row = |booking: &seeds::Booking| {
            let date = booking.service_date;
            let (start_s, end_s) = (booking.window.start, booking.window.end);
            let window = PickupWindow { start_s, end_s, start: zone.at(date, start_s), end: zone.at(date, end_s) };
            let entered = booking.entered;
            let created = zone.at(date, booking.created);
            Ok(Booking {
                id: BookingId::new(),
                operator: self.operator.id,
                state,
                resident: None,
                building: self.building(booking.building.as_ref())?,
                area: self.area(booking.area.as_ref(), booking.place)?,
                cell: cell(booking.place)?,
                place: Place {
                    at: booking.place,
                    entered: Entered { lat: entered.lat, lon: entered.lon, datum: entered.datum },
                },
                address: None,
                floor: booking.floor,
                lift: booking.lift,
                note: None,
                service_date: date,
                window,
                grams: booking.grams(),
                litres: booking.litres(),
                penalty: policy::penalty(booking.grams()),
                items: booking.items.iter().map(item).collect::<AppResult<_>>()?,
                created,
                updated: if weighed { window.end } else { created },
                version: 1,
            })
        };
        list.iter().map(row).collect()
    }
}

fn hours(daily: seeds::DailyHours) -> DailyHours {
    DailyHours { start: daily.start, end: daily.end }
}

fn cell(at: Wgs84) -> AppResult<h3o::CellIndex> {
    let cell = Place::wgs84(at).cell(SERVICE_RESOLUTION);
    cell.ok_or_else(|| AppError::Internal(format!("{}, {} is no place on earth", at.lat, at.lon)))
}

fn known<T: Copy>(ids: &HashMap<String, T>, key: &str, list: &str) -> AppResult<T> {
    ids.get(key).copied().ok_or_else(|| missing(key, list))
}

fn missing(key: &str, list: &str) -> AppError {
    AppError::Internal(format!("`{key}` is no {list} of this city"))
}
