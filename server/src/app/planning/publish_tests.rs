use std::time::Duration;

use huilu_api_spec::booking::CancelBooking;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::*;
use crate::app::testing::City;
use crate::domain::Clock as _;
use crate::domain::idempotency::{IdempotencyKey, StoredAnswer};
use crate::domain::slot::SlotKey;

impl City {
    async fn look(&self, plan: PlanId) -> Day {
        Day::look(&self.services, &self.planner, plan).await.unwrap()
    }

    async fn publish(&self, day: Day, if_changed: IfChanged) -> AppResult<WirePlan> {
        let tx = self.services.db.begin().await?;
        let plan = published(&self.services, &self.planner, &tx, day, if_changed).await?;
        tx.commit().await?;
        Ok(plan)
    }

    async fn happens(&self, kind: EventKind, subject_kind: SubjectKind, subject: uuid::Uuid) {
        let event = NewEvent {
            operator: self.operator().id,
            kind,
            subject_kind,
            subject,
            actor: None,
            at: self.clock.now(),
            data: json!({}),
        };
        let tx = self.services.db.begin().await.unwrap();
        events::append(&*tx, &[event]).await.unwrap();
        tx.commit().await.unwrap();
    }
}

/// What takes time is read before the transaction; a change in between sends it back to read again, and at last counts.
#[tokio::test]
async fn a_day_that_changes_while_it_is_looked_at_is_looked_at_again() {
    let city = City::new().await;
    let booked = city.book(2).await;
    let plan = city.solved(&booked).await;
    let day = city.look(plan).await;
    city.happens(EventKind::BookingBooked, SubjectKind::Booking, booked[0].0).await;
    let refused = city.publish(day, IfChanged::LookAgain).await.unwrap_err();
    assert!(looks_again(&refused), "{refused:?}");
    assert_eq!(city.look(plan).await.plan.state, PlanState::Proposed);
    // Looked at again, the day is the one that was planned after all.
    let day = city.look(plan).await;
    city.happens(EventKind::PlanImproved, SubjectKind::Plan, plan.0).await;
    city.happens(EventKind::RouteReported, SubjectKind::Route, plan.0).await;
    assert!(!city.publish(day, IfChanged::LookAgain).await.unwrap().stale, "other events concern nobody");

    let second = city.solved(&booked).await;
    let day = city.look(second).await;
    city.happens(EventKind::BookingBooked, SubjectKind::Booking, booked[0].0).await;
    assert!(city.publish(day, IfChanged::Stale).await.unwrap().stale);
}

/// Its routes were not there yet when they were read.
#[tokio::test]
async fn a_run_that_ends_while_its_plan_is_looked_at_is_looked_at_again() {
    let city = City::new().await;
    let booked = city.book(1).await;
    let plan = city.solved(&booked).await;
    for if_changed in [IfChanged::LookAgain, IfChanged::Stale] {
        let mut day = city.look(plan).await;
        day.plan.version -= 1;
        let refused = city.publish(day, if_changed).await.unwrap_err();
        assert!(looks_again(&refused), "{refused:?}");
    }
    let ask = Ask { key: None, request_hash: String::new() };
    assert_eq!(publish(&city.services, &city.planner, &ask, plan).await.unwrap().status, 200);
}

/// Two planners at the same moment, each with a collection plan of the day: one takes over from the other.
async fn the_last_of_two_publications_drives(mut city: City) {
    for round in 0..4 {
        city.date = city.date.succ_opt().unwrap();
        let booked = city.book(2).await;
        let plans = [city.solved(&booked[..1]).await, city.solved(&booked).await];
        let publications = plans.map(|plan| {
            let (services, planner) = (city.services.clone(), city.planner.clone());
            tokio::spawn(async move {
                let ask = Ask { key: None, request_hash: String::new() };
                publish(&services, &planner, &ask, plan).await
            })
        });
        for publication in publications {
            assert_eq!(publication.await.unwrap().unwrap().status, 200, "{round}");
        }
        let read = city.services.db.read();
        let driven =
            plans::published(read, city.operator().id, city.date, PlanKind::Collection).await.unwrap().unwrap();
        for plan in plans {
            let state = city.look(plan).await.plan.state;
            let drivers = duties::of_plan(read, plan).await.unwrap();
            if plan == driven.id {
                assert_eq!((state, drivers), (PlanState::Published, vec![city.vehicle.id]), "{round}");
            } else {
                assert_eq!((state, drivers), (PlanState::Superseded, Vec::new()), "{round}");
            }
        }
        // The bookings are where the plan that is driven has them.
        let served = routed(&routes::of_plan(read, driven.id).await.unwrap());
        for booking in booked {
            let assigned = city.state(booking).await == BookingState::Assigned;
            assert_eq!(assigned, served.contains_key(&booking), "{round}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_plans_published_at_once_one_is_driven_on_sqlite() {
    the_last_of_two_publications_drives(City::new().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_plans_published_at_once_one_is_driven_on_postgresql() {
    let postgres = huilu_tests::Postgres::start();
    let db = crate::db::Db::open(&postgres.create_database("two_plans")).await.unwrap();
    the_last_of_two_publications_drives(City::on(db, tempfile::tempdir().unwrap()).await).await;
}

/// The planner was let in before roads were imported; nothing happens after that.
#[tokio::test]
async fn roads_imported_since_the_planner_was_let_in_make_the_plan_stale() {
    let city = City::new().await;
    let booked = city.book(1).await;
    let plan = city.solved(&booked).await;
    let tx = city.services.db.begin().await.unwrap();
    operators::set_roads(&*tx, city.operator().id, "others").await.unwrap();
    tx.commit().await.unwrap();
    assert!(publish_now(&city.services, &city.planner, &plan.to_string()).await.unwrap().stale);
}

/// Longer than PostgreSQL lets two wait for each other.
const PATIENCE: Duration = Duration::from_secs(30);

async fn city_on_postgresql(postgres: &huilu_tests::Postgres, name: &str) -> City {
    let db = crate::db::Db::open(&postgres.create_database(name)).await.unwrap();
    City::on(db, tempfile::tempdir().unwrap()).await
}

impl City {
    /// Until so many transactions wait for others, or `task` has come through without.
    async fn wait_for<T>(&self, waiting: i64, task: &JoinHandle<T>) {
        let count = "SELECT COUNT(*) AS waiting FROM pg_stat_activity \
                     WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let waits = async || {
            let row = self.services.db.read().query_one_raw(Statement::from_string(DbBackend::Postgres, count)).await;
            row.unwrap().unwrap().try_get_by::<i64, _>("waiting").unwrap()
        };
        let wait = async {
            while !task.is_finished() && waits().await < waiting {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, wait).await.unwrap();
    }

    fn cancels(&self, booking: BookingId, key: Option<&str>) -> JoinHandle<AppResult<Reply>> {
        let (services, planner) = (self.services.clone(), self.planner.clone());
        let ask = Ask { key: key.map(str::to_owned), request_hash: String::new() };
        tokio::spawn(async move {
            crate::app::bookings::cancel(&services, &planner, &ask, booking, CancelBooking { reason: None }).await
        })
    }

    fn publishes(&self, plan: PlanId) -> JoinHandle<AppResult<Reply>> {
        let (services, planner) = (self.services.clone(), self.planner.clone());
        let ask = Ask { key: None, request_hash: String::new() };
        tokio::spawn(async move { publish(&services, &planner, &ask, plan).await })
    }
}

async fn answered(task: JoinHandle<AppResult<Reply>>) {
    assert_eq!(timeout(PATIENCE, task).await.unwrap().unwrap().unwrap().status, 200);
}

/// A cancellation has marked what was published, nothing, and not ended yet: the plan of a day with that booking is stale all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_under_way_while_a_plan_is_published_is_not_overlooked() {
    let postgres = huilu_tests::Postgres::start();
    let city = city_on_postgresql(&postgres, "under_way").await;
    let booked = city.book(2).await;
    let plan = city.solved(&booked[..1]).await;
    // The key is taken by somebody whose transaction has not ended: the cancellation waits with its last statement.
    let tx = city.services.db.begin().await.unwrap();
    let key = IdempotencyKey { operator: city.operator().id, actor: city.planner.token, key: "the same".to_owned() };
    let answer = StoredAnswer {
        request_hash: String::new(),
        status: 200,
        location: None,
        body: String::new(),
        created: city.clock.now(),
    };
    crate::db::idempotency::store(&*tx, &key, &answer).await.unwrap();
    let cancellation = city.cancels(booked[1], Some("the same"));
    city.wait_for(1, &cancellation).await;
    let publication = city.publishes(plan);
    city.wait_for(2, &publication).await;
    drop(tx);
    answered(cancellation).await;
    answered(publication).await;
    assert_eq!(city.state(booked[1]).await, BookingState::Cancelled);
    assert!(city.look(plan).await.plan.stale.is_some(), "it was ordered with both");
}

/// A cancellation has the booking and wants the plan that is driven; a publication has that plan and takes the booking off it.
#[tokio::test(flavor = "multi_thread")]
async fn a_publication_and_a_cancellation_do_not_wait_for_each_other() {
    let postgres = huilu_tests::Postgres::start();
    let city = city_on_postgresql(&postgres, "each_other").await;
    let booked = city.book(2).await;
    let [first, second] = [city.solved(&booked).await, city.solved(&booked[..1]).await];
    publish_now(&city.services, &city.planner, &first.to_string()).await.unwrap();
    let booking = city.booking(booked[1]).await;
    let slot =
        SlotKey::of_window(booking.operator, booking.cell, booking.service_date, booking.window.start_s).unwrap();
    let tx = city.services.db.begin().await.unwrap();
    crate::db::slots::take(&*tx, &slot, 5).await.unwrap();
    tx.commit().await.unwrap();
    // The slot is being taken by somebody else: the cancellation waits with its booking written and the plan not marked yet.
    let tx = city.services.db.begin().await.unwrap();
    crate::db::slots::take(&*tx, &slot, 5).await.unwrap();
    let cancellation = city.cancels(booked[1], None);
    city.wait_for(1, &cancellation).await;
    let publication = city.publishes(second);
    city.wait_for(2, &publication).await;
    drop(tx);
    answered(cancellation).await;
    answered(publication).await;
    assert_eq!(city.state(booked[1]).await, BookingState::Cancelled);
    let plan = city.look(second).await.plan;
    assert_eq!((plan.state, plan.stale.is_some()), (PlanState::Published, true));
}
