use super::*;
use crate::app::testing::City;
use crate::domain::Clock as _;

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
