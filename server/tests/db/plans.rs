//! The standing of plans.

use std::collections::BTreeSet;

use huilu_model::{Grams, Litres};
use huilu_server::db::{Db, DbError, bookings, duties, plans, reports, routes, stocks};
use huilu_server::domain::ReportId;
use huilu_server::domain::amount::StreamAmount;
use huilu_server::domain::plan::{Plan, PlanKind, PlanState, StepKind};
use huilu_server::domain::report::{ReportKind, StepReport};
use huilu_server::domain::stock::Moved;

use crate::fixtures::{NOW, booking, day, fleet, operator, plan, route, vehicle};

async fn insert(db: &Db, plan: &Plan) {
    let tx = db.begin().await.unwrap();
    plans::insert(&*tx, plan, plans::pack("{}").unwrap()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn set_state(db: &Db, plan: &Plan, state: PlanState) -> Result<(), DbError> {
    let tx = db.begin().await?;
    let published = (state == PlanState::Published).then_some(NOW);
    plans::set_state(&*tx, plan.id, state, published).await?;
    tx.commit().await
}

pub(crate) async fn only_one_plan_of_a_day_is_published(db: &Db) {
    let (op, other) = (operator(db).await.id, operator(db).await.id);
    let today = day("2026-11-26");
    let (first, second) = (plan(op, today), plan(op, today));
    let (tomorrow, theirs) = (plan(op, day("2026-11-27")), plan(other, today));
    for plan in [&first, &second, &tomorrow, &theirs] {
        insert(db, plan).await;
    }
    for plan in [&first, &tomorrow, &theirs] {
        set_state(db, plan, PlanState::Published).await.unwrap();
    }
    assert!(matches!(set_state(db, &second, PlanState::Published).await, Err(DbError::Duplicate(_))));
    let published = plans::published(db.read(), op, today, PlanKind::Collection).await.unwrap().unwrap();
    assert_eq!((published.id, published.published, published.version), (first.id, Some(NOW), 2));

    // In one transaction the former makes room for the next.
    let tx = db.begin().await.unwrap();
    plans::set_state(&*tx, first.id, PlanState::Superseded, None).await.unwrap();
    plans::set_state(&*tx, second.id, PlanState::Published, Some(NOW)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(plans::published(db.read(), op, today, PlanKind::Collection).await.unwrap().unwrap().id, second.id);

    let listed: Vec<_> =
        plans::page(db.read(), op, Some(today), None, 10).await.unwrap().into_iter().map(|plan| plan.id).collect();
    assert_eq!(listed, [second.id, first.id]);
    let all = plans::page(db.read(), op, None, Some(tomorrow.id.0), 10).await.unwrap();
    assert_eq!(all.iter().map(|plan| plan.id).collect::<Vec<_>>(), [second.id, first.id]);
}

pub(crate) async fn a_published_plan_goes_stale_once(db: &Db) {
    let op = operator(db).await.id;
    let today = day("2026-11-26");
    let plan = plan(op, today);
    insert(db, &plan).await;
    let mark = async |reason| {
        let tx = db.begin().await.unwrap();
        let marked = plans::mark_stale(&*tx, op, today, PlanKind::Collection, reason).await.unwrap();
        tx.commit().await.unwrap();
        marked
    };
    assert_eq!(mark("a booking came").await, None, "nothing is published");
    set_state(db, &plan, PlanState::Published).await.unwrap();
    assert_eq!(mark("a booking came").await, Some(plan.id));
    assert_eq!(mark("a booking went").await, None);
    let stale = plans::by_id(db.read(), op, plan.id).await.unwrap().unwrap();
    assert_eq!((stale.stale.as_deref(), stale.version), (Some("a booking came"), 3));
}

pub(crate) async fn a_vehicle_drives_for_one_of_a_days_plans(db: &Db) {
    let op = operator(db).await.id;
    let (depot, van, _) = fleet(db, op).await;
    let other = vehicle(op, depot.id);
    let today = day("2026-11-26");
    let (first, second, tomorrow) = (plan(op, today), plan(op, today), plan(op, day("2026-11-27")));
    let tx = db.begin().await.unwrap();
    huilu_server::db::vehicles::insert(&*tx, &other).await.unwrap();
    tx.commit().await.unwrap();
    for plan in [&first, &second, &tomorrow] {
        insert(db, plan).await;
    }
    let both = BTreeSet::from([van.id, other.id]);
    let tx = db.begin().await.unwrap();
    assert_eq!(duties::take(&*tx, &first, &BTreeSet::from([van.id])).await.unwrap(), []);
    assert_eq!(duties::take(&*tx, &second, &both).await.unwrap(), [van.id]);
    assert_eq!(duties::take(&*tx, &tomorrow, &both).await.unwrap(), []);
    assert_eq!(duties::of_plan(&*tx, first.id).await.unwrap(), [van.id]);
    assert_eq!(duties::of_plan(&*tx, second.id).await.unwrap(), [other.id]);
    // What takes over from the first has its vehicles.
    duties::release(&*tx, first.id).await.unwrap();
    assert_eq!(duties::take(&*tx, &second, &BTreeSet::from([van.id])).await.unwrap(), []);
    assert_eq!(duties::take(&*tx, &second, &BTreeSet::new()).await.unwrap(), []);
    tx.commit().await.unwrap();
}

/// Plans and reports of a database from before duties and stocks were kept.
pub(crate) async fn what_was_published_and_reported_before_is_taken_over(db: &Db) {
    let op = operator(db).await.id;
    let (_, van, point) = fleet(db, op).await;
    let today = day("2026-11-26");
    let (driven, proposed) = (plan(op, today), plan(op, today));
    for plan in [&driven, &proposed] {
        insert(db, plan).await;
    }
    let stop = booking(op);
    let amount =
        |grams, litres| vec![StreamAmount { stream: "paper".to_owned(), grams: Grams(grams), litres: Litres(litres) }];
    let mut route = route(&driven, van.id, &[stop.id], point.id);
    let at = route.steps.iter().position(|step| matches!(step.kind, StepKind::Unload(_))).unwrap();
    (route.steps[at - 1].load, route.steps[at].load) = (amount(10_000, 160), amount(1_000, 10));
    let report = StepReport {
        id: ReportId::new(),
        operator: op,
        route: route.id,
        step: route.steps[at].id,
        client_id: "1".to_owned(),
        kind: ReportKind::Arrived,
        weights: Vec::new(),
        reason: None,
        actor: None,
        happened: NOW,
        received: NOW,
    };
    let tx = db.begin().await.unwrap();
    bookings::insert(&*tx, &stop).await.unwrap();
    routes::insert_many(&*tx, &[route.clone()]).await.unwrap();
    reports::insert(&*tx, &report).await.unwrap();
    plans::set_state(&*tx, driven.id, PlanState::Published, Some(NOW)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(duties::of_plan(db.read(), driven.id).await.unwrap(), []);

    let tx = db.begin().await.unwrap();
    huilu_migration::down_by(&tx, 4).await.unwrap();
    huilu_migration::up(&tx).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(duties::of_plan(db.read(), driven.id).await.unwrap(), [van.id]);
    assert_eq!(duties::of_plan(db.read(), proposed.id).await.unwrap(), []);
    let known = stocks::of_outlet(db.read(), op, point.id, today).await.unwrap();
    assert_eq!(known.iter().map(|day| day.moved).collect::<Vec<_>>(), [Moved { brought: (9_000, 150), taken: (0, 0) }]);
}
