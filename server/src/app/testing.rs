//! A small city in a temporary database, with a clock that stands still until it is told to go.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::NaiveDate;
use huilu_api_spec::plan::{CreatePlan, Plan as WirePlan};
use huilu_api_spec::session::Role as WireRole;
use huilu_model::plan::{Plan as FoundPlan, PlannedRoute, Step, StepKind, Unassigned, Verdict};
use huilu_model::problem::COST_SCALE;
use huilu_model::{Cost, CostParts, Datum, Grams, Litres, Metres, Problem, Seconds, Wgs84};
use tempfile::TempDir;

use super::planning::{self, Snapshot};
use super::{Actor, AppError, Services, runs};
use crate::db::{self, Db};
use crate::domain::access::{Role, Token};
use crate::domain::amount::{Fen, Names};
use crate::domain::booking::{Booking, BookingItem, BookingState, PickupWindow};
use crate::domain::catalogue::{Catalogue, Material, MaterialFlag, Sourced, Stream, Unit, WasteClass};
use crate::domain::event::EventKind;
use crate::domain::fleet::{Compartment, Depot, Vehicle, VehicleCosts, VehicleProfile};
use crate::domain::operator::Operator;
use crate::domain::outlet::{DailyHours, Outlet, OutletKind, OutletStatus};
use crate::domain::place::{Bounds, Place, SERVICE_RESOLUTION};
use crate::domain::plan::{BoundCause, BoundSummary};
use crate::domain::{BookingId, Clock, DepotId, Instant, OperatorId, OutletId, PlanId, TokenId, VehicleId};
use crate::jobs::protocol::WorkEvent;

#[derive(Debug)]
pub(crate) struct StandingClock(AtomicI64);

impl StandingClock {
    pub(crate) fn advance(&self, span: Seconds) {
        self.0.fetch_add(span.0 * 1_000, Ordering::SeqCst);
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Instant {
        Instant(self.0.load(Ordering::SeqCst))
    }
}

#[derive(Debug)]
pub(crate) struct City {
    pub(crate) services: Services,
    pub(crate) clock: Arc<StandingClock>,
    pub(crate) planner: Actor,
    pub(crate) collector: Actor,
    /// The day that everything is booked for.
    pub(crate) date: NaiveDate,
    pub(crate) vehicle: Vehicle,
    pub(crate) outlet: Outlet,
    pub(crate) folder: TempDir,
}

pub(crate) fn place(lat: f64, lon: f64) -> Place {
    Place::wgs84(Wgs84 { lat, lon })
}

fn names(en: &str) -> Names {
    Names { zh: format!("{en}站"), en: en.to_owned() }
}

pub(crate) fn hours(from: i64, to: i64) -> DailyHours {
    DailyHours { start: Seconds(from * 3_600), end: Seconds(to * 3_600) }
}

pub(crate) fn catalogue() -> Catalogue {
    let sourced = || Sourced { source: "assumed".to_owned(), as_of: NaiveDate::from_ymd_opt(2026, 11, 24).unwrap() };
    let stream = |code: &str, rank| Stream { code: code.to_owned(), names: names(code), rank };
    let material = |code: &str, stream: &str, class, flags: &[MaterialFlag]| Material {
        code: code.to_owned(),
        names: names(code),
        stream: stream.to_owned(),
        class,
        unit: Unit::Kilogram,
        density_kg_m3: 50.0,
        piece: None,
        price: Fen(50),
        co2e_kg_per_kg: None,
        flags: flags.to_vec(),
        sourced: sourced(),
    };
    Catalogue {
        streams: vec![stream("paper", 0), stream("glass", 1), stream("weee", 2), stream("hazardous", 3)],
        incompatible: vec![("glass".to_owned(), "paper".to_owned())],
        materials: vec![
            material("glass_container", "glass", WasteClass::Recyclable, &[]),
            material("lamp", "hazardous", WasteClass::Hazardous, &[MaterialFlag::Hazardous]),
            material("paper_occ", "paper", WasteClass::Recyclable, &[]),
            material("paper_news", "paper", WasteClass::Recyclable, &[]),
            material("weee_fridge", "weee", WasteClass::Weee, &[MaterialFlag::TwoPersons]),
        ],
    }
}

impl City {
    /// One depot, one vehicle, one transfer station, no booking; the clock stands at noon of the day before.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}", folder.path().join("city.db").display())).await.unwrap();
        Self::on(db, folder).await
    }

    /// As [`City::new`] in a database that is empty.
    pub(crate) async fn on(db: Db, folder: TempDir) -> Self {
        db.migrate().await.unwrap();
        let now = Instant::parse("2026-11-24T12:00:00+08:00").unwrap();
        let clock = Arc::new(StandingClock(AtomicI64::new(now.0)));
        let services = Services::new(db, clock.clone(), folder.path());
        let operator = Operator {
            id: OperatorId::new(),
            key: "town".to_owned(),
            names: names("town"),
            zone: "Asia/Shanghai".parse().unwrap(),
            bounds: Bounds { south: 22.0, west: 113.0, north: 23.0, east: 114.0 },
            datum: Datum::Gcj02,
            roads: Some("none".to_owned()),
            created: now,
        };
        let depot = Depot {
            id: DepotId::new(),
            operator: operator.id,
            names: names("depot"),
            place: place(22.10, 113.50),
            active: true,
            created: now,
            updated: now,
            version: 1,
        };
        let vehicle = vehicle(operator.id, depot.id, now);
        let outlet = outlet(operator.id, "station", OutletKind::TransferStation, place(22.12, 113.50), now);
        let token = |role, vehicle| Token {
            id: TokenId::new(),
            operator: operator.id,
            role,
            label: role_name(role),
            vehicle,
            hash: role_name(role),
            created: now,
            revoked: None,
        };
        let (planner, collector) = (token(Role::Planner, None), token(Role::Collector, Some(vehicle.id)));
        let tx = services.db.begin().await.unwrap();
        db::operators::insert(&*tx, &operator).await.unwrap();
        db::catalogue::replace(&*tx, operator.id, &catalogue()).await.unwrap();
        db::depots::insert(&*tx, &depot).await.unwrap();
        db::vehicles::insert(&*tx, &vehicle).await.unwrap();
        db::outlets::insert(&*tx, &outlet).await.unwrap();
        db::tokens::insert(&*tx, &planner).await.unwrap();
        db::tokens::insert(&*tx, &collector).await.unwrap();
        tx.commit().await.unwrap();
        let operator = Arc::new(operator);
        let actor =
            |token: &Token, role| Actor { token: token.id, role, vehicle: token.vehicle, operator: operator.clone() };
        Self {
            planner: actor(&planner, WireRole::Planner),
            collector: actor(&collector, WireRole::Collector),
            services,
            clock,
            date: NaiveDate::from_ymd_opt(2026, 11, 25).unwrap(),
            vehicle,
            outlet,
            folder,
        }
    }

    pub(crate) fn operator(&self) -> &Operator {
        &self.planner.operator
    }

    /// Adds `n` bookings of six kilograms of cardboard each, at places of their own.
    pub(crate) async fn book(&self, n: usize) -> Vec<BookingId> {
        let at = self.clock.now();
        let bookings: Vec<Booking> = (0..n).map(|k| booking(self.operator(), self.date, k, at)).collect();
        let tx = self.services.db.begin().await.unwrap();
        db::bookings::insert_many(&*tx, &bookings).await.unwrap();
        tx.commit().await.unwrap();
        bookings.iter().map(|booking| booking.id).collect()
    }

    pub(crate) async fn state(&self, id: BookingId) -> BookingState {
        self.booking(id).await.state
    }

    pub(crate) async fn booking(&self, id: BookingId) -> Booking {
        db::bookings::by_id(self.services.db.read(), self.operator().id, id).await.unwrap().unwrap()
    }

    pub(crate) async fn order(&self) -> Result<WirePlan, AppError> {
        let wanted = CreatePlan {
            service_date: self.date.to_string(),
            kind: huilu_api_spec::plan::PlanKind::Collection,
            seconds: Some(1),
            threads: Some(1),
            ..CreatePlan::default()
        };
        planning::order(&self.services, &self.planner, wanted).await
    }

    /// The plan's problem as it is stored.
    pub(crate) async fn problem(&self, plan: PlanId) -> Problem {
        let text = db::plans::snapshot(self.services.db.read(), plan).await.unwrap().unwrap();
        serde_json::from_str::<Snapshot>(&text).unwrap().problem
    }

    /// Orders a plan and has it end with a route that serves `served`; everything else is left out.
    pub(crate) async fn solved(&self, served: &[BookingId]) -> PlanId {
        let plan: PlanId = self.order().await.unwrap().id.parse().unwrap();
        let found = planned(&self.problem(plan).await, served);
        let now = self.clock.now();
        let tx = self.services.db.begin().await.unwrap();
        let job = db::jobs::lease(&*tx, now, now.plus(Seconds(9))).await.unwrap().unwrap();
        tx.commit().await.unwrap();
        let order = runs::order(&self.services, &job, None).await.unwrap();
        let tx = self.services.db.begin().await.unwrap();
        let known = runs::started(&self.services, &tx, &job).await.unwrap();
        assert!(db::jobs::finish(&*tx, job.lease(), crate::domain::job::JobState::Succeeded, None, now).await.unwrap());
        runs::succeeded(&self.services, &tx, &job, &order, &known, runs::Found::of(&found).unwrap()).await.unwrap();
        tx.commit().await.unwrap();
        plan
    }

    /// What happened to a subject, in order.
    pub(crate) async fn history(&self, subject: uuid::Uuid) -> Vec<EventKind> {
        let events = db::events::of_subject(self.services.db.read(), self.operator().id, subject).await.unwrap();
        events.into_iter().map(|event| event.event.kind).collect()
    }
}

fn role_name(role: Role) -> String {
    role.as_str().to_owned()
}

pub(crate) fn vehicle(operator: OperatorId, depot: DepotId, now: Instant) -> Vehicle {
    Vehicle {
        id: VehicleId::new(),
        operator,
        name: "V1".to_owned(),
        preset: None,
        profile: VehicleProfile::Van,
        depot,
        capacity: Grams(500_000),
        compartments: vec![Compartment {
            streams: vec!["paper".to_owned(), "weee".to_owned()],
            capacity_g: Grams(500_000),
            capacity_l: Litres(2_400),
        }],
        shift: hours(8, 18),
        pause: None,
        costs: VehicleCosts { fixed: Fen(9_000), per_hour: Fen(3_500), per_km: Fen(80) },
        skills: Vec::new(),
        active: true,
        created: now,
        updated: now,
        version: 1,
    }
}

pub(crate) fn outlet(operator: OperatorId, name: &str, kind: OutletKind, place: Place, now: Instant) -> Outlet {
    Outlet {
        id: OutletId::new(),
        operator,
        names: names(name),
        kind,
        host: None,
        status: OutletStatus::Open,
        place,
        cell: place.cell(SERVICE_RESOLUTION).unwrap(),
        area: None,
        streams: vec!["paper".to_owned(), "weee".to_owned()],
        capacity: Vec::new(),
        accepts_collectors: true,
        hours: Vec::new(),
        unload: Seconds(300),
        gate_fee: Fen(200),
        opening_cost: Fen(5_000),
        created: now,
        updated: now,
        version: 1,
    }
}

/// Booking number `k` of a day.
pub(crate) fn booking(operator: &Operator, date: NaiveDate, k: usize, at: Instant) -> Booking {
    let place = place(22.11 + k as f64 * 1e-3, 113.51);
    let (start, end) = (Seconds(10 * 3_600), Seconds(12 * 3_600));
    let window = PickupWindow {
        start_s: start,
        end_s: end,
        start: operator.zone.at(date, start),
        end: operator.zone.at(date, end),
    };
    let item = BookingItem {
        material: "paper_occ".to_owned(),
        grams: Grams(6_000),
        litres: Litres(100),
        pieces: None,
        price: Fen(50),
        weighed: None,
    };
    Booking {
        id: BookingId::new(),
        operator: operator.id,
        state: BookingState::Booked,
        resident: None,
        building: None,
        area: None,
        cell: place.cell(SERVICE_RESOLUTION).unwrap(),
        place,
        address: Some(format!("door {k}")),
        floor: None,
        lift: None,
        note: None,
        service_date: date,
        window,
        grams: item.grams,
        litres: item.litres,
        penalty: Fen(3_400),
        items: vec![item],
        created: at,
        updated: at,
        version: 1,
    }
}

/// The last word of a solving process that put `served` on the first vehicle and left the others out. Its times are
/// made up; no checker sees them here.
pub(crate) fn planned(problem: &Problem, served: &[BookingId]) -> WorkEvent {
    let vehicle = &problem.vehicles[0];
    let outlet = &problem.outlets[0];
    let mut clock = 0;
    let mut step = |kind: StepKind, place: &str, load| {
        clock += 600;
        let at = Seconds(9 * 3_600 + clock);
        Step {
            kind,
            place: place.to_owned(),
            arrival_s: at,
            start_s: at,
            departure_s: at,
            distance_m: Metres(clock),
            load,
        }
    };
    let mut steps = vec![step(StepKind::Start, &vehicle.start, Vec::new())];
    for booking in served {
        let job = problem.jobs.iter().find(|job| job.id == booking.to_string()).unwrap();
        steps.push(step(StepKind::Job { job: job.id.clone() }, &job.place, job.loads.clone()));
    }
    steps.push(step(StepKind::Unload { outlet: outlet.id.clone() }, &outlet.place, Vec::new()));
    steps.push(step(StepKind::End, vehicle.end.as_ref().unwrap_or(&vehicle.start), Vec::new()));
    let left_out = problem.jobs.iter().filter(|job| served.iter().all(|booking| booking.to_string() != job.id));
    let unassigned = left_out.map(|job| Unassigned {
        job: job.id.clone(),
        verdict: Verdict::SearchLimit,
        reasons: vec![huilu_model::Reason {
            code: huilu_model::ReasonCode::ShiftEnd,
            vehicle: Some(vehicle.id.clone()),
        }],
    });
    let unassigned: Vec<Unassigned> = unassigned.collect();
    let parts = CostParts {
        fixed: Cost(9_000 * COST_SCALE),
        penalties: Cost(unassigned.len() as i64 * 3_400 * COST_SCALE),
        ..CostParts::default()
    };
    let route = PlannedRoute {
        vehicle: vehicle.id.clone(),
        cost: parts.fixed,
        duration_s: Seconds(3_600),
        distance_m: Metres(5_000),
        steps,
    };
    let plan = FoundPlan {
        instance: problem.name.clone(),
        cost_scale: COST_SCALE,
        cost: parts.total(),
        cost_parts: parts,
        lower_bound: None,
        routes: vec![route],
        unassigned,
    };
    WorkEvent::Planned {
        plan: Box::new(plan),
        feasible: true,
        iterations: 1_000,
        seconds: 1.0,
        prepare_seconds: 0.5,
        bound: BoundSummary { cause: Some(BoundCause::OutOfTime), ..BoundSummary::default() },
        duals: Some(vec![1.5; problem.jobs.len()]),
        travel: Vec::new(),
    }
}
