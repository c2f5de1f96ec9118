//! The standing of plans.

use huilu_server::db::{Db, DbError, plans};
use huilu_server::domain::plan::{Plan, PlanKind, PlanState};

use crate::fixtures::{NOW, day, operator, plan};

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
