use crate::domain::Clock as _;
use huilu_api_spec::plan::{LockType, PlanKind as WirePlanKind, PlanLock};
use huilu_model::Seconds;
use huilu_model::problem::{LockSpec, VisitSpec};

use super::*;
use crate::app::fault::{At, Fault};
use crate::app::testing::City;
use crate::db::{bookings, outlets, vehicles};
use crate::domain::BookingId;
use crate::domain::amount::Fen;
use crate::domain::booking::BookingState;
use crate::domain::outlet::OutletStatus;

fn code<T: std::fmt::Debug>(answer: AppResult<T>) -> String {
    match answer.unwrap_err() {
        AppError::Conflict { code, .. } => code.to_owned(),
        other => format!("{other:?}"),
    }
}

fn wish(text: &str) -> CreatePlan {
    CreatePlan { service_date: text.to_owned(), ..CreatePlan::default() }
}

#[test]
fn an_order_without_wishes_searches_for_a_while_and_one_with_iterations_repeats() {
    let limits = |wanted| PlanOrder::read(wanted).unwrap().limits;
    let plain = limits(wish("2026-11-25"));
    assert_eq!((plain.seconds, plain.iterations, plain.seed), (Some(30.0), None, 1));
    assert!(plain.threads >= 1);
    let repeats = limits(CreatePlan { iterations: Some(500), ..wish("2026-11-25") });
    assert_eq!((repeats.seconds, repeats.iterations), (None, Some(500)));
    let both = limits(CreatePlan { iterations: Some(500), seconds: Some(9), ..wish("2026-11-25") });
    assert_eq!((both.seconds, both.iterations), (Some(9.0), Some(500)));
    for text in ["", "tomorrow", "2026-02-30", "2026-1-5"] {
        assert!(PlanOrder::read(wish(text)).is_err(), "{text}");
    }
}

#[tokio::test]
async fn a_day_that_cannot_be_planned_says_what_it_lacks() {
    let city = City::new().await;
    assert_eq!(code(city.order().await), "NO_BOOKINGS");
    city.book(1).await;
    let tx = city.services.db.begin().await.unwrap();
    let mut closed = city.outlet.clone();
    closed.status = OutletStatus::Closed;
    outlets::update(&*tx, &closed).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(code(city.order().await), "NO_OUTLETS");
    let tx = city.services.db.begin().await.unwrap();
    let mut retired = city.vehicle.clone();
    retired.active = false;
    vehicles::update(&*tx, &retired).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(code(city.order().await), "NO_VEHICLES");
    let jobs =
        jobs::lease(&*city.services.db.begin().await.unwrap(), city.clock.now(), city.clock.now()).await.unwrap();
    assert_eq!(jobs, None, "a refused order leaves no job");
}

#[tokio::test]
async fn an_ordered_plan_keeps_what_it_is_computed_from() {
    let city = City::new().await;
    let booked = city.book(3).await;
    let plan = city.order().await.unwrap();
    assert_eq!(plan.run.state, huilu_api_spec::plan::RunState::Queued);
    let id: PlanId = plan.id.parse().unwrap();
    let stored = plans::by_id(city.services.db.read(), city.operator().id, id).await.unwrap().unwrap();
    let text = plans::snapshot(city.services.db.read(), id).await.unwrap().unwrap();
    assert_eq!(stored.input_hash, sha256(&text));
    let problem = city.problem(id).await;
    let jobs: Vec<String> = problem.jobs.iter().map(|job| job.id.clone()).collect();
    assert_eq!(jobs, booked.iter().map(ToString::to_string).collect::<Vec<_>>());
    let same = city.order().await.unwrap();
    let same = plans::by_id(city.services.db.read(), city.operator().id, same.id.parse().unwrap()).await.unwrap();
    assert_eq!(same.unwrap().input_hash, stored.input_hash, "the same day gives the same input");
}

#[tokio::test]
async fn publishing_assigns_bookings_and_the_next_plan_takes_over() {
    use BookingState::{Assigned, Booked};
    let city = City::new().await;
    let booked = city.book(3).await;
    let states = async || [city.state(booked[0]).await, city.state(booked[1]).await, city.state(booked[2]).await];

    let first = city.solved(&booked[..2]).await;
    assert_eq!(states().await, [Booked; 3], "a proposed plan changes nothing");
    let published = publish_now(&city.services, &city.planner, &first.to_string()).await.unwrap();
    assert_eq!((published.state, published.stale), (PlanState::Published.into(), false));
    assert!(published.published_at.is_some());
    assert_eq!(states().await, [Assigned, Assigned, Booked]);
    assert_eq!(published.unassigned[0].booking_id, booked[2].to_string());
    assert_eq!(reasons_counted(&published), BTreeMap::from([("SEARCH_LIMIT".to_owned(), 1)]));

    let second = city.solved(&booked[1..]).await;
    publish_now(&city.services, &city.planner, &second.to_string()).await.unwrap();
    assert_eq!(states().await, [Booked, Assigned, Assigned]);
    let history = async |id: BookingId| city.history(id.0).await;
    assert_eq!(history(booked[0]).await, [EventKind::BookingAssigned, EventKind::BookingUnassigned]);
    assert_eq!(history(booked[1]).await, [EventKind::BookingAssigned, EventKind::BookingEtaChanged]);
    assert_eq!(history(booked[2]).await, [EventKind::BookingAssigned]);
    let old = get(&city.services, &city.planner, &first.to_string()).await.unwrap();
    assert_eq!(old.state, PlanState::Superseded.into());
    assert_eq!(city.history(first.0).await.last(), Some(&EventKind::PlanSuperseded));
    let current =
        plans::published(city.services.db.read(), city.operator().id, city.date, PlanKind::Collection).await.unwrap();
    assert_eq!(current.map(|plan| plan.id), Some(second));

    let events = city.history(second.0).await;
    publish_now(&city.services, &city.planner, &second.to_string()).await.unwrap();
    assert_eq!(city.history(second.0).await, events, "publishing again changes nothing");
    assert_eq!(code(publish_now(&city.services, &city.planner, &first.to_string()).await), "PLAN_NOT_PROPOSED");
}

#[tokio::test]
async fn only_a_run_that_succeeded_can_be_published() {
    let city = City::new().await;
    city.book(1).await;
    let plan = city.order().await.unwrap();
    let publish = async || publish_now(&city.services, &city.planner, &plan.id).await;
    assert_eq!(code(publish().await), "RUN_NOT_SUCCEEDED");
    let ask = Ask { key: None, request_hash: String::new() };
    cancel(&city.services, &city.planner, &ask, plan.id.parse().unwrap()).await.unwrap();
    assert_eq!(code(publish().await), "RUN_NOT_SUCCEEDED");
    assert_eq!(code(publish_now(&city.services, &city.planner, "no-plan").await), "NotFound");
    assert_eq!(code(publish_now(&city.services, &city.planner, &PlanId::new().to_string()).await), "NotFound");
}

#[tokio::test]
async fn a_plan_whose_bookings_changed_meanwhile_is_published_and_marked_stale() {
    for change in ["one more", "one less"] {
        let city = City::new().await;
        let booked = city.book(2).await;
        let plan = city.solved(&booked).await;
        if change == "one more" {
            city.book(1).await;
        } else {
            let tx = city.services.db.begin().await.unwrap();
            let mut booking = city.booking(booked[0]).await;
            booking.advance(BookingState::Cancelled, city.clock.now()).unwrap();
            bookings::update(&*tx, &booking).await.unwrap();
            tx.commit().await.unwrap();
        }
        let published = publish_now(&city.services, &city.planner, &plan.to_string()).await.unwrap();
        assert_eq!((published.state, published.stale), (PlanState::Published.into(), true), "{change}");
        assert_eq!(city.history(plan.0).await.last(), Some(&EventKind::PlanStale), "{change}");
        assert_eq!(city.state(booked[1]).await, BookingState::Assigned, "{change}");
    }
}

#[tokio::test]
async fn a_plan_whose_fleet_or_outlets_changed_since_it_was_ordered_is_published_stale() {
    type Change = fn(&mut City);
    let changes: [(&str, Change); 4] = [
        ("nothing", |_| {}),
        ("a vehicle that is slower to start", |city| city.vehicle.shift.start = Seconds(9 * 3_600)),
        ("an outlet's price", |city| city.outlet.gate_fee = Fen(777)),
        ("no vehicle is left", |city| city.vehicle.active = false),
    ];
    for (change, apply) in changes {
        let mut city = City::new().await;
        let booked = city.book(2).await;
        let plan = city.solved(&booked).await;
        apply(&mut city);
        let tx = city.services.db.begin().await.unwrap();
        vehicles::update(&*tx, &city.vehicle).await.unwrap();
        outlets::update(&*tx, &city.outlet).await.unwrap();
        tx.commit().await.unwrap();
        let published = publish_now(&city.services, &city.planner, &plan.to_string()).await.unwrap();
        assert_eq!((published.state, published.stale), (PlanState::Published.into(), change != "nothing"), "{change}");
        let last = if change == "nothing" { EventKind::PlanPublished } else { EventKind::PlanStale };
        assert_eq!(city.history(plan.0).await.last(), Some(&last), "{change}");
        assert_eq!(city.state(booked[1]).await, BookingState::Assigned, "{change}");
    }
}

#[tokio::test]
async fn every_route_of_a_published_plan_says_so_once() {
    let city = City::new().await;
    let booked = city.book(2).await;
    let plan = city.solved(&booked).await;
    let read = city.services.db.read();
    let route = routes::of_plan(read, plan).await.unwrap().remove(0);
    assert!(city.history(route.id.0).await.is_empty(), "a proposed plan drives nowhere");
    for _ in 0..2 {
        publish_now(&city.services, &city.planner, &plan.to_string()).await.unwrap();
    }
    let told = events::of_subject(read, city.operator().id, route.id.0).await.unwrap();
    assert_eq!(told.iter().map(|event| event.event.kind).collect::<Vec<_>>(), [EventKind::RoutePublished]);
    let data = json!({ "plan": plan, "vehicle": city.vehicle.id, "service_date": city.date });
    assert_eq!((told[0].event.subject_kind, &told[0].event.data), (SubjectKind::Route, &data));
    assert_eq!(plans::duals(read, plan).await.unwrap(), Some(vec![1.5, 1.5]));
}

#[tokio::test]
async fn a_run_whose_job_has_ended_meanwhile_is_not_cancelled() {
    let city = City::new().await;
    city.book(1).await;
    let plan = city.order().await.unwrap();
    let now = city.clock.now();
    let tx = city.services.db.begin().await.unwrap();
    let job = jobs::lease(&*tx, now, now.plus(Seconds(9))).await.unwrap().unwrap();
    assert!(jobs::finish(&*tx, job.lease(), JobState::Failed, None, now).await.unwrap());
    tx.commit().await.unwrap();
    let ask = Ask { key: None, request_hash: String::new() };
    assert_eq!(code(cancel(&city.services, &city.planner, &ask, plan.id.parse().unwrap()).await), "RUN_ENDED");
}

#[tokio::test]
async fn an_order_repeated_with_its_key_is_one_plan() {
    let city = City::new().await;
    city.book(1).await;
    let ask = Ask { key: Some("k".to_owned()), request_hash: "h".to_owned() };
    let order = || PlanOrder::read(wish(&city.date.to_string())).unwrap();
    let first = create(&city.services, &city.planner, &ask, order()).await.unwrap();
    let again = create(&city.services, &city.planner, &ask, order()).await.unwrap();
    assert_eq!((first.status, &first.location, &first.body), (202, &again.location, &again.body));
    assert!(again.replayed);
    let all = list(&city.services, &city.planner, &PlanQuery::default()).await.unwrap();
    assert_eq!(all.plans.len(), 1);
    let other_day = PlanQuery { date: Some("2026-11-26".to_owned()), ..PlanQuery::default() };
    assert!(list(&city.services, &city.planner, &other_day).await.unwrap().plans.is_empty());
}

#[tokio::test]
async fn a_running_day_is_planned_again_from_where_it_is() {
    let city = City::new().await;
    let booked = city.book(3).await;
    let before = city.solved(&booked).await;
    publish_now(&city.services, &city.planner, &before.to_string()).await.unwrap();
    let tx = city.services.db.begin().await.unwrap();
    let op = city.operator().id;
    let collected = [BookingState::Assigned];
    bookings::set_states(&*tx, op, &booked[..1], &collected, BookingState::Completed, city.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    let new = city.book(1).await;

    // The vehicle has left the first booking and is on its way to the second.
    let freeze = Seconds(9 * 3_600 + 1_500);
    let at = |seconds: Seconds| city.operator().zone.rfc3339(city.operator().zone.at(city.date, seconds));
    let wanted = CreatePlan {
        seconds: Some(1),
        warm_start: Some(before.to_string()),
        freeze_before: Some(at(freeze)),
        max_changed: Some(1),
        locks: vec![PlanLock {
            start: Some(at(Seconds(37_000))),
            end: Some(at(Seconds(40_000))),
            ..lock(LockType::Start, &booked[2].to_string())
        }],
        ..wish(&city.date.to_string())
    };
    let plan = order(&city.services, &city.planner, wanted.clone()).await.unwrap();
    let problem = city.problem(plan.id.parse().unwrap()).await;
    let mut jobs: Vec<String> = problem.jobs.iter().map(|job| job.id.clone()).collect();
    let mut all: Vec<String> = booked.iter().chain(&new).map(ToString::to_string).collect();
    jobs.sort();
    all.sort();
    assert_eq!(jobs, all, "what was collected is part of the day");
    assert_eq!((problem.freeze_before, problem.max_changed), (Some(freeze), Some(1)));
    let visit = |k: usize| VisitSpec::Job { job: booked[k].to_string() };
    let vehicle = city.vehicle.id.to_string();
    assert_eq!(
        problem.locks,
        [
            LockSpec::Start { job: booked[2].to_string(), start: Seconds(37_000), end: Seconds(40_000) },
            LockSpec::Prefix { vehicle, visits: vec![visit(0), visit(1)] },
        ]
    );
    assert_eq!(problem.warm_start.unwrap().routes.len(), 1);

    // Without the freeze it is what was collected that stays: nothing was reported for a route, the booking's state says so.
    let early = at(Seconds(1));
    let early = CreatePlan { freeze_before: Some(early), locks: Vec::new(), ..wanted.clone() };
    let early = order(&city.services, &city.planner, early).await.unwrap();
    let kept = city.problem(early.id.parse().unwrap()).await.locks;
    let vehicle = city.vehicle.id.to_string();
    assert_eq!(kept, [LockSpec::Prefix { vehicle, visits: vec![visit(0)] }]);

    let unknown = CreatePlan { warm_start: Some(PlanId::new().to_string()), ..wanted.clone() };
    assert_eq!(code(order(&city.services, &city.planner, unknown).await), "WARM_START_UNKNOWN");
    let unsolved = CreatePlan { warm_start: Some(plan.id.clone()), ..wanted.clone() };
    assert_eq!(code(order(&city.services, &city.planner, unsolved).await), "WARM_START_WITHOUT_ROUTES");
    let stranger = BookingId::new().to_string();
    let locks = vec![PlanLock { next_id: Some(stranger), ..lock(LockType::Sequence, &booked[1].to_string()) }];
    let refused = order(&city.services, &city.planner, CreatePlan { locks, ..wanted }).await.unwrap_err();
    let AppError::Invalid(faults) = refused else { panic!("{refused:?}") };
    assert_eq!(told(&faults), [(FaultCode::UnknownValue, "/locks/0/next_id".to_owned())]);
}

fn lock(kind: LockType, booking: &str) -> PlanLock {
    let booking_id = booking.to_owned();
    PlanLock { kind, booking_id, vehicle_ids: None, next_id: None, directly: false, start: None, end: None }
}

fn told(faults: &Faults) -> Vec<(FaultCode, String)> {
    let pointer = |fault: &Fault| match &fault.at {
        At::Body(pointer) => pointer.clone(),
        _ => String::new(),
    };
    faults.iter().map(|fault| (fault.code, pointer(fault))).collect()
}

#[test]
fn every_fault_of_a_day_planned_again_is_told() {
    use FaultCode::{
        BadInstant, Contradiction, Empty, LockCycle, MissingField, OutOfRange, UnknownValue, WindowReversed,
    };
    let plan = PlanId::new().to_string();
    let booking = BookingId::new().to_string();
    let noon = Some("2026-11-25T12:00:00+08:00".to_owned());
    let day = || CreatePlan { warm_start: Some(plan.clone()), ..wish("2026-11-25") };
    let good = CreatePlan { freeze_before: noon.clone(), max_changed: Some(0), ..day() };
    assert!(PlanOrder::read(good.clone()).is_ok());
    let locked = |locks: Vec<PlanLock>| CreatePlan { locks, ..day() };
    let start = |start: &Option<String>, end: &str| PlanLock {
        start: start.clone(),
        end: Some(end.to_owned()),
        ..lock(LockType::Start, &booking)
    };
    let [other, first, third] = [(); 3].map(|()| BookingId::new().to_string());
    let follows = |one: &str, next: &str| PlanLock { next_id: Some(next.to_owned()), ..lock(LockType::Sequence, one) };
    let cases = [
        (CreatePlan { warm_start: None, ..good.clone() }, vec![(Contradiction, "/warm_start")]),
        (
            CreatePlan { freeze_before: Some("noon".to_owned()), warm_start: Some("x".to_owned()), ..day() },
            vec![(BadInstant, "/freeze_before"), (UnknownValue, "/warm_start")],
        ),
        (
            CreatePlan { freeze_before: Some("2036-11-25T12:00:00+08:00".to_owned()), ..day() },
            vec![(OutOfRange, "/freeze_before")],
        ),
        (CreatePlan { kind: WirePlanKind::Clearing, ..day() }, vec![(Contradiction, "/kind")]),
        (
            CreatePlan {
                kind: WirePlanKind::Clearing,
                stop_gap: Some(0.1),
                warm_start: None,
                locks: Vec::new(),
                ..day()
            },
            vec![(Contradiction, "/stop_gap")],
        ),
        (
            locked(vec![lock(LockType::Vehicle, &booking), lock(LockType::Sequence, "b")]),
            vec![
                (Empty, "/locks/0/vehicle_ids"),
                (UnknownValue, "/locks/1/booking_id"),
                (MissingField, "/locks/1/next_id"),
            ],
        ),
        (
            locked(vec![PlanLock { next_id: Some(booking.clone()), ..lock(LockType::Sequence, &booking) }]),
            vec![(Contradiction, "/locks/0/next_id")],
        ),
        (locked(vec![follows(&booking, &other), follows(&first, &booking), follows(&other, &third)]), vec![]),
        (
            locked(vec![
                follows(&first, &booking),
                follows(&booking, &other),
                lock(LockType::Vehicle, "b"),
                follows(&other, &booking),
                follows(&other, &third),
            ]),
            vec![
                (UnknownValue, "/locks/2/booking_id"),
                (Empty, "/locks/2/vehicle_ids"),
                (LockCycle, "/locks/3/next_id"),
            ],
        ),
        (
            locked(vec![start(&noon, "2026-11-25T11:59:59+08:00"), start(&None, "2026-11-25T11:59:59+08:00")]),
            vec![(WindowReversed, "/locks/0/end"), (MissingField, "/locks/1/start")],
        ),
        (
            locked(vec![PlanLock { directly: true, ..start(&noon, "2026-11-25T12:00:00+08:00") }]),
            vec![(Contradiction, "/locks/0/directly")],
        ),
    ];
    for (wanted, expected) in cases {
        let expected: Vec<_> = expected.into_iter().map(|(code, at)| (code, at.to_owned())).collect();
        let found = PlanOrder::read(wanted).err();
        assert_eq!(found.as_ref().map(told).unwrap_or_default(), expected);
    }
}
