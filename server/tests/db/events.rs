//! Which events mean that a day is to be looked at again.

use huilu_server::db::{Db, bookings, events, plans};
use huilu_server::domain::event::{EventKind, NewEvent, SubjectKind};
use huilu_server::domain::plan::PlanKind;
use serde_json::Value;
use uuid::Uuid;

use crate::fixtures::{NOW, booking, day, operator, plan};

pub(crate) async fn only_what_concerns_the_day_counts(db: &Db) {
    let (op, other) = (operator(db).await.id, operator(db).await.id);
    let today = day("2026-11-26");
    let (stop, mut later) = (booking(op), booking(op));
    later.service_date = day("2026-11-27");
    let (driven, tomorrow) = (plan(op, today), plan(op, day("2026-11-27")));
    let tx = db.begin().await.unwrap();
    bookings::insert_many(&*tx, &[stop.clone(), later.clone()]).await.unwrap();
    for plan in [&driven, &tomorrow] {
        plans::insert(&*tx, plan, plans::pack("{}").unwrap()).await.unwrap();
    }
    tx.commit().await.unwrap();
    let any = Uuid::now_v7;
    let cases = [
        (op, EventKind::BookingBooked, SubjectKind::Booking, stop.id.0, [true, false]),
        (op, EventKind::BookingBooked, SubjectKind::Booking, later.id.0, [false, false]),
        (op, EventKind::VehicleRetired, SubjectKind::Vehicle, any(), [true, true]),
        (op, EventKind::OutletChanged, SubjectKind::Outlet, any(), [true, true]),
        (op, EventKind::OutletFull, SubjectKind::Outlet, any(), [false, false]),
        (op, EventKind::DepotChanged, SubjectKind::Depot, any(), [true, true]),
        (op, EventKind::OperatorImported, SubjectKind::Operator, any(), [true, true]),
        (op, EventKind::RouteReported, SubjectKind::Route, any(), [false, true]),
        (op, EventKind::PlanPublished, SubjectKind::Plan, driven.id.0, [true, true]),
        (op, EventKind::PlanSuperseded, SubjectKind::Plan, driven.id.0, [true, true]),
        (op, EventKind::PlanImproved, SubjectKind::Plan, driven.id.0, [false, false]),
        (op, EventKind::PlanPublished, SubjectKind::Plan, tomorrow.id.0, [false, false]),
        (op, EventKind::ScenarioCreated, SubjectKind::Scenario, any(), [false, false]),
        (other, EventKind::VehicleRetired, SubjectKind::Vehicle, any(), [false, false]),
    ];
    for (operator, kind, subject_kind, subject, concerns) in cases {
        let before = events::latest(db.read()).await.unwrap();
        let event = NewEvent { operator, kind, subject_kind, subject, actor: None, at: NOW, data: Value::Null };
        let tx = db.begin().await.unwrap();
        events::append(&*tx, &[event]).await.unwrap();
        tx.commit().await.unwrap();
        for (plan_kind, expected) in [PlanKind::Collection, PlanKind::Clearing].into_iter().zip(concerns) {
            let found = events::of_day_after(db.read(), op, (today, plan_kind), before).await.unwrap();
            assert_eq!(found.len(), usize::from(expected), "{kind} {plan_kind}");
        }
    }
}
