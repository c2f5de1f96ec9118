//! Believable rows; whatever a case is about it sets itself.

use chrono::NaiveDate;
use h3o::CellIndex;
use huilu_model::clearing::{ClearingPlan, Order};
use huilu_model::{Cost, CostParts, Datum, Grams, Litres, Metres, Seconds, Wgs84};
use huilu_server::db::{Db, depots, operators, outlets, vehicles};
use huilu_server::domain::amount::{Fen, Names, StreamAmount};
use huilu_server::domain::booking::{Booking, BookingItem, BookingState, PickupWindow};
use huilu_server::domain::fleet::{Compartment, Depot, Pause, Vehicle, VehicleCosts, VehicleProfile};
use huilu_server::domain::job::{Job, JobKind, JobState};
use huilu_server::domain::operator::Operator;
use huilu_server::domain::outlet::{DailyHours, HostType, Outlet, OutletKind, OutletStatus};
use huilu_server::domain::place::{Bounds, Place, SERVICE_RESOLUTION};
use huilu_server::domain::plan::{
    BoundCause, BoundSummary, Plan, PlanKind, PlanOutcome, PlanState, PlanSummary, Progress, Route, RouteStep, Run,
    RunState, StepKind,
};
use huilu_server::domain::{
    BookingId, DepotId, Instant, JobId, OperatorId, OutletId, PlanId, RouteId, StepId, VehicleId,
};
use serde_json::json;

pub(crate) const NOW: Instant = Instant(1_795_600_000_123);

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn names(zh: &str, en: &str) -> Names {
    Names { zh: zh.to_owned(), en: en.to_owned() }
}

pub(crate) fn place() -> Place {
    Place::enter(22.198_745_123, 113.543_912_7, Datum::Gcj02).unwrap()
}

pub(crate) fn cell() -> CellIndex {
    place().cell(SERVICE_RESOLUTION).unwrap()
}

pub(crate) async fn operator(db: &Db) -> Operator {
    let id = OperatorId::new();
    let operator = Operator {
        id,
        key: format!("city-{id}"),
        names: names("澳門", "Macau"),
        zone: "Asia/Macau".parse().unwrap(),
        bounds: Bounds { south: 22.1, west: 113.5, north: 22.25, east: 113.63 },
        datum: Datum::Wgs84,
        roads: None,
        created: NOW,
    };
    let tx = db.begin().await.unwrap();
    operators::insert(&*tx, &operator).await.unwrap();
    tx.commit().await.unwrap();
    operator
}

pub(crate) fn outlet(op: OperatorId) -> Outlet {
    Outlet {
        id: OutletId::new(),
        operator: op,
        names: names("回收站", "Recycling point"),
        kind: OutletKind::CollectionPoint,
        host: Some(HostType::Mall),
        status: OutletStatus::Open,
        place: place(),
        cell: cell(),
        area: None,
        streams: vec!["paper".to_owned(), "plastic".to_owned()],
        capacity: vec![StreamAmount { stream: "paper".to_owned(), grams: Grams(500_000), litres: Litres(8_000) }],
        accepts_collectors: true,
        hours: vec![DailyHours { start: Seconds(28_800), end: Seconds(72_000) }],
        unload: Seconds(420),
        gate_fee: Fen(-150),
        opening_cost: Fen(80_000),
        created: NOW,
        updated: NOW,
        version: 1,
    }
}

pub(crate) fn depot(op: OperatorId) -> Depot {
    Depot {
        id: DepotId::new(),
        operator: op,
        names: names("車廠", "Depot"),
        place: Place::wgs84(Wgs84 { lat: 22.2, lon: 113.55 }),
        active: true,
        created: NOW,
        updated: NOW,
        version: 1,
    }
}

pub(crate) fn vehicle(op: OperatorId, depot: DepotId) -> Vehicle {
    Vehicle {
        id: VehicleId::new(),
        operator: op,
        name: "MX-12-34".to_owned(),
        preset: Some("microvan".to_owned()),
        profile: VehicleProfile::Van,
        depot,
        capacity: Grams(600_000),
        compartments: vec![Compartment {
            streams: vec!["paper".to_owned()],
            capacity_g: Grams(600_000),
            capacity_l: Litres(3_000),
        }],
        shift: DailyHours { start: Seconds(28_800), end: Seconds(64_800) },
        pause: Some(Pause {
            begins: DailyHours { start: Seconds(43_200), end: Seconds(50_400) },
            duration: Seconds(1_800),
        }),
        costs: VehicleCosts { fixed: Fen(12_000), per_hour: Fen(3_500), per_km: Fen(80) },
        skills: vec!["two_persons".to_owned()],
        active: true,
        created: NOW,
        updated: NOW,
        version: 1,
    }
}

pub(crate) fn item(material: &str, grams: i64, litres: i64) -> BookingItem {
    BookingItem {
        material: material.to_owned(),
        grams: Grams(grams),
        litres: Litres(litres),
        pieces: None,
        price: Fen(90),
        weighed: None,
    }
}

pub(crate) fn booking(op: OperatorId) -> Booking {
    Booking {
        id: BookingId::new(),
        operator: op,
        state: BookingState::Booked,
        resident: None,
        building: None,
        area: None,
        cell: cell(),
        place: place(),
        address: Some("荷蘭園大馬路 12 號 3 樓 B".to_owned()),
        floor: Some(3),
        lift: Some(false),
        note: Some("按兩下門鈴".to_owned()),
        service_date: day("2026-11-26"),
        window: PickupWindow {
            start_s: Seconds(36_000),
            end_s: Seconds(43_200),
            start: Instant(1_795_658_400_000),
            end: Instant(1_795_665_600_000),
        },
        grams: Grams(11_000),
        litres: Litres(220),
        penalty: Fen(5_000),
        // Not in the order of their codes: the order is kept.
        items: vec![item("plastic_pet", 1_000, 60), item("paper_occ", 10_000, 160)],
        created: NOW,
        updated: NOW,
        version: 1,
    }
}

pub(crate) fn run(state: RunState) -> Run {
    Run {
        state,
        job: JobId::new(),
        seed: u64::MAX - 6,
        threads: 2,
        seconds: None,
        iterations: None,
        progress: None,
        error: None,
        created: NOW,
        started: None,
        ended: None,
    }
}

pub(crate) fn progress() -> Progress {
    Progress {
        sequence: 17,
        prepared: Some(1.0),
        seconds: Some(2.5),
        iteration: Some(4_000),
        cost: Some(123_456.0),
        cost_scale: 100,
        lower_bound: Some(120_000.0),
        gap: Some(0.028),
        bound_cause: Some(BoundCause::OutOfTime),
        unassigned: Some(3),
    }
}

pub(crate) fn plan(op: OperatorId, service_date: NaiveDate) -> Plan {
    Plan {
        id: PlanId::new(),
        operator: op,
        kind: PlanKind::Collection,
        service_date,
        state: PlanState::Proposed,
        run: run(RunState::Queued),
        engine_version: "0.1.0".to_owned(),
        input_hash: "ab".repeat(32),
        outcome: None,
        stale: None,
        published: None,
        version: 1,
    }
}

pub(crate) fn outcome() -> PlanOutcome {
    PlanOutcome {
        cost: Cost(987_654_321),
        cost_scale: 1_000,
        cost_parts: CostParts {
            fixed: Cost(900_000_000),
            time: Cost(80_000_000),
            distance: Cost(7_000_000),
            gate_fees: Cost(-364_813),
            penalties: Cost(1_000_000),
            fairness: Cost(12_345),
            compactness: Cost(6_789),
            lateness: Cost(1_234),
            overtime: Cost(5_678),
            preference: Cost(9_012),
        },
        lower_bound: Some(Cost(950_000_000)),
        summary: PlanSummary {
            bookings: 3,
            served: 2,
            unassigned: 1,
            vehicles_used: 1,
            unloads: 1,
            distance_m: Metres(12_345),
            duration_s: Seconds(9_876),
            grams: Grams(22_000),
            litres: Litres(440),
            seconds: 30.25,
            travel: vec![huilu_server::domain::travel::ProfileTravel {
                profile: "van".to_owned(),
                source: huilu_server::domain::travel::TravelSource {
                    kind: huilu_server::domain::travel::TravelKind::Estimate,
                    note: Some("estimated".to_owned()),
                    stands_in: Some("the matrix service failed".to_owned()),
                },
                places_too_far: 2,
            }],
            prepare_seconds: 1.5,
            bound: BoundSummary {
                kind: Some("ng_route".to_owned()),
                leaves_out: vec!["fairness".to_owned()],
                cause: None,
            },
            clearing: None,
            statistics: json!({"columns": 12, "cuts": null}),
        },
    }
}

/// Start, the bookings, one unloading, a break, end.
pub(crate) fn route(plan: &Plan, vehicle: VehicleId, bookings: &[BookingId], outlet: OutletId) -> Route {
    let kinds = std::iter::once(StepKind::Start).chain(bookings.iter().copied().map(StepKind::Job)).chain([
        StepKind::Unload(outlet),
        StepKind::Break,
        StepKind::End,
    ]);
    let steps = kinds.enumerate().map(|(position, kind)| {
        let at = 30_000 + 600 * position as i64;
        RouteStep {
            id: StepId::new(),
            kind,
            at: Wgs84 { lat: 22.2 + 0.001 * position as f64, lon: 113.55 },
            arrival: Seconds(at),
            start: Seconds(at + 30),
            departure: Seconds(at + 200),
            distance: Metres(800 * position as i64),
            load: vec![StreamAmount { stream: "paper".to_owned(), grams: Grams(10_000), litres: Litres(160) }],
            reported: None,
        }
    });
    Route {
        id: RouteId::new(),
        plan: plan.id,
        operator: plan.operator,
        service_date: plan.service_date,
        vehicle,
        cost: Cost(77_000),
        cost_scale: 1_000,
        duration: Seconds(9_876),
        distance: Metres(12_345),
        steps: steps.collect(),
    }
}

pub(crate) fn job(op: OperatorId, run_at: Instant) -> Job {
    Job {
        id: JobId::new(),
        operator: op,
        kind: JobKind::SolvePlan,
        payload: json!({"plan": PlanId::new()}),
        state: JobState::Queued,
        run_at,
        lease_until: None,
        attempt: 0,
        max_attempts: 3,
        progress: None,
        cancel_requested: false,
        error: None,
        created: NOW,
        ended: None,
    }
}

/// A depot with a vehicle, and an outlet, all of them stored.
pub(crate) async fn fleet(db: &Db, op: OperatorId) -> (Depot, Vehicle, Outlet) {
    let (depot, outlet) = (depot(op), outlet(op));
    let vehicle = vehicle(op, depot.id);
    let tx = db.begin().await.unwrap();
    depots::insert(&*tx, &depot).await.unwrap();
    vehicles::insert(&*tx, &vehicle).await.unwrap();
    outlets::insert(&*tx, &outlet).await.unwrap();
    tx.commit().await.unwrap();
    (depot, vehicle, outlet)
}

/// What a clearing run might answer where nothing is due.
pub(crate) fn clearing_answer() -> ClearingPlan {
    ClearingPlan {
        network: "town clearing".to_owned(),
        order: Order::TrucksFirst,
        feasible: true,
        decisions: Vec::new(),
        notes: vec!["There are no vans: nothing of theirs is emptied.".to_owned()],
        stages: Vec::new(),
        takes: Vec::new(),
        balance: Vec::new(),
    }
}
