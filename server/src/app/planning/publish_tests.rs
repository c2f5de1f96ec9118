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
