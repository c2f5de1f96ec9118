use crate::domain::Clock as _;
use huilu_api_spec::report::{FailureReason as WireReason, ReportKind as WireKind};
use huilu_api_spec::route::StepType;

use super::*;
use crate::app::testing::{City, booking, catalogue};
use crate::app::{planning, routes};
use crate::db::{events, outlets, stocks as kept};
use crate::domain::PlanId;
use crate::domain::amount::StreamAmount;
use crate::domain::booking::FailureReason;
use crate::domain::outlet::OutletKind;
use crate::domain::stock::Moved;

fn sent(client_id: &str, kind: WireKind, weights: &[(&str, i64)], reason: Option<WireReason>) -> CreateReport {
    let weight = |&(material, grams): &(&str, i64)| WireWeight { material: material.to_owned(), grams };
    CreateReport {
        client_id: client_id.to_owned(),
        kind,
        weights: weights.iter().map(weight).collect(),
        reason,
        happened_at: None,
    }
}

#[test]
fn contradictions_are_all_listed() {
    let paper = [("paper_occ", 5_800)];
    let twice = [("paper_occ", 1), ("paper_occ", 2)];
    let no_show = Some(WireReason::NoShow);
    for (report, wrong) in [
        (sent("a", WireKind::Arrived, &[], None), vec![]),
        (sent("a", WireKind::Collected, &paper, None), vec![]),
        (sent("a", WireKind::Failed, &[], no_show), vec![]),
        (sent("a", WireKind::Arrived, &paper, no_show), vec!["/weights", "/reason"]),
        (sent("a", WireKind::Collected, &[], no_show), vec!["/weights", "/reason"]),
        (sent("a", WireKind::Collected, &twice, None), vec!["/weights/1/material"]),
        (sent("a", WireKind::Failed, &paper, None), vec!["/weights", "/reason"]),
        (
            CreateReport { happened_at: Some("noon".into()), ..sent("a", WireKind::Arrived, &[], None) },
            vec!["/happened_at"],
        ),
    ] {
        let found = match NewReport::read(report.clone()) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.iter().map(|fault| format!("{:?}", fault.at)).collect(),
        };
        let wanted: Vec<String> = wrong.iter().map(|at| format!("Body({at:?})")).collect();
        assert_eq!(found, wanted, "{report:?}");
    }
}

#[tokio::test]
async fn each_report_moves_a_booking_as_the_state_machine_allows() {
    use BookingState::*;
    let city = City::new().await;
    let at = city.clock.now();
    let report = |kind| StepReport {
        id: ReportId::new(),
        operator: city.operator().id,
        route: RouteId::new(),
        step: StepId::new(),
        client_id: "c".to_owned(),
        kind,
        weights: vec![Weight { material: "paper_occ".to_owned(), grams: Grams(5_500) }],
        reason: Some(FailureReason::NoShow),
        actor: None,
        happened: at,
        received: at,
    };
    for (from, kind, to) in [
        (Assigned, ReportKind::Arrived, Some(Arrived)),
        (EnRoute, ReportKind::Arrived, Some(Arrived)),
        (Assigned, ReportKind::Collected, Some(Weighed)),
        (EnRoute, ReportKind::Collected, Some(Weighed)),
        (Arrived, ReportKind::Collected, Some(Weighed)),
        (Assigned, ReportKind::Failed, Some(Failed)),
        (Arrived, ReportKind::Failed, Some(Failed)),
        (Arrived, ReportKind::Arrived, None),
        (Booked, ReportKind::Arrived, None),
        (Booked, ReportKind::Collected, None),
        (Cancelled, ReportKind::Collected, None),
        (Weighed, ReportKind::Collected, None),
        (Weighed, ReportKind::Failed, None),
        (Failed, ReportKind::Collected, None),
        (Completed, ReportKind::Failed, None),
    ] {
        let mut booking = Booking { state: from, ..booking(city.operator(), city.date, 0, at) };
        let happened = apply(&mut booking, &report(kind), &catalogue());
        assert_eq!(happened.as_ref().ok().map(|_| booking.state), to, "{from} {kind}");
        let events = happened.unwrap_or_default();
        let arrived = to.is_some() && from != Arrived;
        assert_eq!(events.contains(&EventKind::BookingArrived), arrived, "{from} {kind}");
        assert_eq!(events.contains(&EventKind::BookingWeighed), to == Some(Weighed), "{from} {kind}");
        assert_eq!(booking.items[0].weighed, (to == Some(Weighed)).then_some(Grams(5_500)), "{from} {kind}");
    }
}

struct Road {
    city: City,
    plan: PlanId,
    route: RouteId,
    stop: StepId,
    unload: StepId,
    booking: BookingId,
}

impl Road {
    async fn published() -> Self {
        let city = City::new().await;
        let booking = city.book(1).await[0];
        let plan = city.solved(&[booking]).await;
        planning::publish_now(&city.services, &city.planner, &plan.to_string()).await.unwrap();
        Self::of(city, plan, booking).await
    }

    async fn of(city: City, plan: PlanId, booking: BookingId) -> Self {
        let route = crate::db::routes::of_plan(city.services.db.read(), plan).await.unwrap().remove(0);
        let step = |wanted: fn(&StepKind) -> bool| route.steps.iter().find(|step| wanted(&step.kind)).unwrap().id;
        let stop = step(|kind| matches!(kind, StepKind::Job(_)));
        let unload = step(|kind| matches!(kind, StepKind::Unload(_)));
        Self { plan, route: route.id, stop, unload, booking, city }
    }

    /// A day with this many stops for the station, which is of this kind and holds this much.
    async fn to(kind: OutletKind, capacity: (i64, i64), stops: usize) -> (Self, Vec<StepId>) {
        let mut city = City::new().await;
        city.outlet.kind = kind;
        let limit = |stream: &str| StreamAmount {
            stream: stream.to_owned(),
            grams: Grams(capacity.0),
            litres: Litres(capacity.1),
        };
        city.outlet.capacity = vec![limit("paper"), limit("weee")];
        let tx = city.services.db.begin().await.unwrap();
        outlets::update(&*tx, &city.outlet).await.unwrap();
        tx.commit().await.unwrap();
        let booked = city.book(stops).await;
        let plan = city.solved(&booked).await;
        planning::publish_now(&city.services, &city.planner, &plan.to_string()).await.unwrap();
        let road = Self::of(city, plan, booked[0]).await;
        let steps = crate::db::routes::of_plan(road.city.services.db.read(), plan).await.unwrap().remove(0).steps;
        let stops = steps.iter().filter(|step| matches!(step.kind, StepKind::Job(_))).map(|step| step.id).collect();
        (road, stops)
    }

    async fn arrived(&self, step: StepId) {
        self.report(step, sent(&format!("at {step}"), WireKind::Arrived, &[], None)).await.unwrap();
    }

    async fn weighed(&self, step: StepId, grams: i64) {
        let report = sent(&format!("weighed {step}"), WireKind::Collected, &[("paper_occ", grams)], None);
        self.report(step, report).await.unwrap();
    }

    /// Of paper at the station on the day.
    async fn brought(&self) -> Vec<(i64, i64)> {
        let read = self.city.services.db.read();
        let days = kept::of_outlet(read, self.city.operator().id, self.city.outlet.id, self.city.date).await.unwrap();
        days.into_iter().filter(|day| day.moved != Moved::default()).map(|day| day.moved.brought).collect()
    }

    async fn full(&self) -> Vec<serde_json::Value> {
        let read = self.city.services.db.read();
        let told = events::of_subject(read, self.city.operator().id, self.city.outlet.id.0).await.unwrap();
        let full = told.into_iter().filter(|event| event.event.kind == EventKind::OutletFull);
        full.map(|event| event.event.data["streams"].clone()).collect()
    }

    async fn report(&self, step: StepId, report: CreateReport) -> AppResult<Reply> {
        let ask = Ask { key: None, request_hash: String::new() };
        let report = NewReport::read(report).unwrap();
        create(&self.city.services, &self.city.collector, &ask, (self.route, step), report).await
    }
}

fn code<T: std::fmt::Debug>(answer: AppResult<T>) -> String {
    match answer.unwrap_err() {
        AppError::Conflict { code, .. } => code.to_owned(),
        AppError::Invalid(faults) => faults.iter().map(|fault| fault.code.as_str()).collect::<Vec<_>>().join(" "),
        other => format!("{other:?}"),
    }
}

#[tokio::test]
async fn a_pickup_is_reported_once_however_often_it_is_sent() {
    let road = Road::published().await;
    let arrived = sent("1", WireKind::Arrived, &[], None);
    let collected = sent("2", WireKind::Collected, &[("paper_occ", 5_800)], None);
    let first = road.report(road.stop, arrived.clone()).await.unwrap();
    assert_eq!(first.status, 201);
    assert_eq!(road.city.state(road.booking).await, BookingState::Arrived);
    road.city.clock.advance(huilu_model::Seconds(60));
    let again = road.report(road.stop, arrived).await.unwrap();
    assert_eq!((again.status, &again.body), (200, &first.body));

    road.report(road.stop, collected.clone()).await.unwrap();
    road.report(road.stop, collected).await.unwrap();
    let booking = road.city.booking(road.booking).await;
    assert_eq!((booking.state, booking.items[0].weighed), (BookingState::Weighed, Some(Grams(5_800))));
    let history = road.city.history(road.booking.0).await;
    let expected =
        [EventKind::BookingAssigned, EventKind::BookingArrived, EventKind::BookingCollected, EventKind::BookingWeighed];
    assert_eq!(history, expected);
    let history = road.city.history(road.route.0).await;
    assert_eq!(history, [EventKind::RoutePublished, EventKind::RouteReported, EventKind::RouteReported]);

    let other = sent("2", WireKind::Arrived, &[], None);
    assert_eq!(code(road.report(road.stop, other).await), "CLIENT_ID_REUSED");
    let late = sent("3", WireKind::Failed, &[], Some(WireReason::NoShow));
    assert_eq!(code(road.report(road.stop, late).await), "BOOKING_STATE");

    let day = huilu_api_spec::common::DayQuery { date: Some(road.city.date.to_string()) };
    let seen = routes::of_day(&road.city.services, &road.city.collector, &day).await.unwrap();
    let stop = seen.routes[0].steps.iter().find(|step| step.kind == StepType::Job).unwrap();
    assert_eq!(stop.reported, Some(WireKind::Collected));
    assert_eq!(stop.booking.as_ref().unwrap().items[0].weighed_g, Some(5_800));
}

#[tokio::test]
async fn what_does_not_fit_the_step_is_refused_and_changes_nothing() {
    let road = Road::published().await;
    let collected = |material| sent("1", WireKind::Collected, &[(material, 100)], None);
    let failed = sent("1", WireKind::Failed, &[], Some(WireReason::Access));
    assert_eq!(code(road.report(road.unload, collected("gold")).await), "CONTRADICTION UNKNOWN_MATERIAL");
    assert_eq!(code(road.report(road.unload, failed).await), "CONTRADICTION");
    assert_eq!(code(road.report(road.stop, collected("gold")).await), "UNKNOWN_MATERIAL");
    assert_eq!(code(road.report(StepId::new(), collected("paper_occ")).await), "NotFound");
    assert_eq!(road.city.state(road.booking).await, BookingState::Assigned);
    assert_eq!(road.city.history(road.route.0).await, [EventKind::RoutePublished]);
    road.report(road.unload, sent("1", WireKind::Arrived, &[], None)).await.unwrap();
}

#[tokio::test]
async fn only_the_own_published_route_is_seen_and_reported() {
    let city = City::new().await;
    let booking = city.book(1).await[0];
    let plan = city.solved(&[booking]).await;
    let mut road = Road::of(city, plan, booking).await;
    let arrived = || sent("1", WireKind::Arrived, &[], None);
    assert_eq!(code(road.report(road.stop, arrived()).await), "NotFound");
    let services = road.city.services.clone();
    planning::publish_now(&services, &road.city.planner, &plan.to_string()).await.unwrap();

    let own = road.city.collector.vehicle;
    for (vehicle, sees) in [(Some(crate::domain::VehicleId::new()), false), (None, true), (own, true)] {
        road.city.collector.vehicle = vehicle;
        let one = routes::one(&services, &road.city.collector, road.route).await;
        assert_eq!(one.is_ok(), sees, "{vehicle:?}");
        let day = huilu_api_spec::common::DayQuery { date: Some(road.city.date.to_string()) };
        let all = routes::of_day(&services, &road.city.collector, &day).await.unwrap();
        assert_eq!(all.routes.len(), usize::from(sees), "{vehicle:?}");
    }
    // Addresses are for those who go there.
    let address =
        |route: huilu_api_spec::route::Route| route.steps.into_iter().find_map(|step| step.booking).unwrap().address;
    let collector = routes::one(&services, &road.city.collector, road.route).await.unwrap();
    let planner = routes::one(&services, &road.city.planner, road.route).await.unwrap();
    assert_eq!((address(collector), address(planner)), (Some("door 0".to_owned()), None));

    // A plan that took over meanwhile does not make the crew's reports worthless.
    let second = road.city.solved(&[booking]).await;
    planning::publish_now(&services, &road.city.planner, &second.to_string()).await.unwrap();
    assert_eq!(road.report(road.stop, arrived()).await.unwrap().status, 201);
    assert_eq!(road.city.state(booking).await, BookingState::Arrived);

    // A door is told no longer than the work needs.
    let close = road.city.operator().zone.at(road.city.date, Seconds(24 * 3_600));
    let elapse = |until: Instant| road.city.clock.advance(Seconds((until.0 - road.city.clock.now().0) / 1_000));
    elapse(close.plus(Seconds(24 * 3_600 - 1)));
    let late = routes::one(&services, &road.city.collector, road.route).await.unwrap();
    elapse(close.plus(Seconds(24 * 3_600)));
    let later = routes::one(&services, &road.city.collector, road.route).await.unwrap();
    assert_eq!((address(late), address(later)), (Some("door 0".to_owned()), None));
}

#[tokio::test]
async fn what_was_not_booked_is_weighed_all_the_same() {
    let road = Road::published().await;
    let weights = [("glass_container", 900), ("paper_occ", 5_800)];
    road.report(road.stop, sent("1", WireKind::Collected, &weights, None)).await.unwrap();
    let booking = road.city.booking(road.booking).await;
    let items: Vec<_> = booking.items.iter().map(|item| (item.material.as_str(), item.grams, item.weighed)).collect();
    let (paper, glass) = (Some(Grams(5_800)), Some(Grams(900)));
    assert_eq!(items, [("paper_occ", Grams(6_000), paper), ("glass_container", Grams::ZERO, glass)]);
    assert_eq!((booking.items[1].price, booking.grams), (Fen(50), Grams(6_000)));
    let read = road.city.services.db.read();
    let demand = bookings::demand(read, road.city.operator().id, road.city.date, road.city.date).await.unwrap();
    assert_eq!(demand.len(), 1, "nobody asked for the glass: {demand:?}");
}

#[tokio::test]
async fn a_phone_whose_date_is_wrong_is_told_so() {
    let road = Road::published().await;
    let arrived =
        |at: &str| CreateReport { happened_at: Some(at.to_owned()), ..sent("1", WireKind::Arrived, &[], None) };
    // The clock stands at noon of the 24th.
    assert_eq!(code(road.report(road.stop, arrived("2026-11-25T12:00:01+08:00")).await), "BAD_INSTANT");
    assert_eq!(road.city.state(road.booking).await, BookingState::Assigned);
    road.report(road.stop, arrived("2026-11-25T12:00:00+08:00")).await.unwrap();
}

/// The plan brings 6 kg and 100 litres a stop, each stop overwriting the last one's load; 50 kg fill a cubic metre.
#[tokio::test]
async fn what_was_weighed_fills_an_outlet_and_otherwise_what_was_planned() {
    let (road, stops) = Road::to(OutletKind::TransferStation, (100_000, 2_000), 1).await;
    assert_eq!(road.brought().await, []);
    road.arrived(stops[0]).await;
    assert_eq!(road.brought().await, [], "nothing was unloaded yet");
    road.arrived(road.unload).await;
    assert_eq!(road.brought().await, [(6_000, 100)], "as planned");
    // The scales' word comes late, and counts all the same; sent twice, it counts once.
    road.weighed(stops[0], 9_000).await;
    road.weighed(stops[0], 9_000).await;
    assert_eq!(road.brought().await, [(9_000, 180)]);
    assert_eq!(road.full().await, Vec::<serde_json::Value>::new());

    let (road, stops) = Road::to(OutletKind::TransferStation, (100_000, 2_000), 1).await;
    road.report(stops[0], sent("1", WireKind::Failed, &[], Some(WireReason::NoShow))).await.unwrap();
    road.arrived(road.unload).await;
    assert_eq!(road.brought().await, [], "nobody was there");
}

#[tokio::test]
async fn an_outlet_that_reported_unloads_fill_is_told_about_once() {
    for (kind, capacity) in [
        (OutletKind::TransferStation, (9_000, 2_000)),
        (OutletKind::SortingCenter, (9_000, 2_000)),
        (OutletKind::SmartBin, (100_000, 180)),
    ] {
        let (road, stops) = Road::to(kind, capacity, 1).await;
        let (op, read) = (road.city.operator().id, road.city.services.db.read());
        road.arrived(road.unload).await;
        assert_eq!(road.full().await, Vec::<serde_json::Value>::new(), "{kind}: there is room for 3 kg");
        let before = (events::count(read, op).await.unwrap(), events::outbox_count(read, op).await.unwrap());
        road.weighed(stops[0], 9_000).await;
        let paper = json!([{
            "stream": "paper", "held_g": 9_000, "held_l": 180, "capacity_g": capacity.0, "capacity_l": capacity.1
        }]);
        assert_eq!(road.full().await, std::slice::from_ref(&paper), "{kind}");
        let after = (events::count(read, op).await.unwrap(), events::outbox_count(read, op).await.unwrap());
        assert_eq!((after.0 - before.0, after.1 - before.1), (5, 5), "reported, arrived, collected, weighed, full");
        road.report(road.unload, sent("again", WireKind::Arrived, &[], None)).await.unwrap();
        assert_eq!(road.full().await, [paper], "{kind}: it was full before");
    }
}

/// The crew weighed on the route of a plan that another one has taken over from since, and unloads on the new one's.
#[tokio::test]
async fn what_was_weighed_on_an_earlier_plans_route_counts_where_it_is_unloaded() {
    let (road, stops) = Road::to(OutletKind::TransferStation, (100_000, 2_000), 1).await;
    road.weighed(stops[0], 9_000).await;
    let second = {
        // The new plan carries the visit over, as planning a running day again does.
        let routes = crate::db::routes::of_plan(road.city.services.db.read(), road.plan).await.unwrap();
        let mut route = routes[0].clone();
        let new = road.city.book(1).await;
        let plan = road.city.solved(&new).await;
        route.plan = plan;
        route.id = RouteId::new();
        route.steps.iter_mut().for_each(|step| step.id = StepId::new());
        let tx = road.city.services.db.begin().await.unwrap();
        crate::db::routes::insert_many(&*tx, std::slice::from_ref(&route)).await.unwrap();
        tx.commit().await.unwrap();
        planning::publish_now(&road.city.services, &road.city.planner, &plan.to_string()).await.unwrap();
        let unload = route.steps.iter().find(|step| matches!(step.kind, StepKind::Unload(_))).unwrap().id;
        Road { route: route.id, unload, plan, ..road }
    };
    assert_eq!(second.brought().await, []);
    second.arrived(second.unload).await;
    assert_eq!(second.brought().await, [(9_000, 180)]);
}

/// The other way round: the new plan's route is unloaded first, and what was weighed on the earlier one's comes late.
#[tokio::test]
async fn what_was_weighed_counts_at_once_wherever_it_was_unloaded() {
    let (road, stops) = Road::to(OutletKind::TransferStation, (9_000, 2_000), 1).await;
    let (first, booking) = (road.route, road.booking);
    let plan = road.city.solved(&[booking]).await;
    planning::publish_now(&road.city.services, &road.city.planner, &plan.to_string()).await.unwrap();
    let mut road = Road::of(road.city, plan, booking).await;
    road.arrived(road.unload).await;
    assert_eq!(road.brought().await, [(6_000, 100)], "as planned");
    road.route = first;
    road.weighed(stops[0], 9_000).await;
    assert_eq!(road.brought().await, [(9_000, 180)]);
    assert_eq!(road.full().await.len(), 1);
}

#[tokio::test]
async fn what_was_cancelled_was_not_brought() {
    for unloaded_before in [false, true] {
        let (road, _) = Road::to(OutletKind::TransferStation, (100_000, 2_000), 1).await;
        if unloaded_before {
            road.arrived(road.unload).await;
            assert_eq!(road.brought().await, [(6_000, 100)], "as planned");
        }
        let ask = Ask { key: None, request_hash: String::new() };
        let why = huilu_api_spec::booking::CancelBooking { reason: None };
        let (services, planner) = (&road.city.services, &road.city.planner);
        crate::app::bookings::cancel(services, planner, &ask, road.booking, why).await.unwrap();
        if !unloaded_before {
            road.arrived(road.unload).await;
        }
        assert_eq!(road.brought().await, [], "{unloaded_before}");
    }
}

/// Glass was handed over beside the paper; a station that takes none does not get it.
#[tokio::test]
async fn what_nobody_planned_is_brought_where_it_is_taken() {
    for (streams, brought) in [(&["paper"][..], 1), (&["paper", "glass"], 2)] {
        let (road, stops) = Road::to(OutletKind::TransferStation, (100_000, 2_000), 1).await;
        let mut outlet = outlets::by_id(road.city.services.db.read(), road.city.operator().id, road.city.outlet.id)
            .await
            .unwrap()
            .unwrap();
        outlet.streams = streams.iter().map(|&stream| stream.to_owned()).collect();
        let tx = road.city.services.db.begin().await.unwrap();
        outlets::update(&*tx, &outlet).await.unwrap();
        tx.commit().await.unwrap();
        let weights = [("glass_container", 900), ("paper_occ", 5_800)];
        road.report(stops[0], sent("1", WireKind::Collected, &weights, None)).await.unwrap();
        road.arrived(road.unload).await;
        assert_eq!(road.brought().await.len(), brought, "{streams:?}");
    }
}

/// What an outlet took yesterday still lies in a station, and not in a sorting centre.
#[tokio::test]
async fn a_station_fills_over_days_and_a_sorting_centre_within_one() {
    for (kind, told) in [(OutletKind::TransferStation, 1), (OutletKind::SortingCenter, 0)] {
        let (mut road, _) = Road::to(kind, (12_000, 2_000), 1).await;
        road.arrived(road.unload).await;
        assert_eq!(road.full().await.len(), 0, "{kind}");
        let first = road.city.date;
        road.city.date = first.succ_opt().unwrap();
        let booked = road.city.book(1).await;
        let plan = road.city.solved(&booked).await;
        planning::publish_now(&road.city.services, &road.city.planner, &plan.to_string()).await.unwrap();
        let next = Road::of(road.city, plan, booked[0]).await;
        next.arrived(next.unload).await;
        assert_eq!(next.full().await.len(), told, "{kind}");
    }
}
