//! A day's loop through both kinds of plans: crews fill a station, a truck empties it.

use std::sync::atomic::AtomicBool;

use huilu_api_spec::common::DayQuery;
use huilu_api_spec::plan::{ClearingDue, PlanKind as WirePlanKind};
use huilu_api_spec::report::{CreateReport, ReportKind as WireReportKind};
use huilu_api_spec::route::StepType;
use huilu_model::clearing::Network;
use huilu_model::problem::MetricSpec;
use huilu_model::{Grams, Litres, Round, Seconds, Shape};
use huilu_optimizer::limits::{Limits, NoClock};
use huilu_optimizer::{clearing, routing};
use sea_orm::ConnectionTrait as _;

use super::*;
use crate::api_tests::lay_roads;
use crate::app::export::{self, Exported};
use crate::app::testing::{City, outlet, place, vehicle};
use crate::app::{reports, routes as crew_routes, runs};
use crate::db::{outlets, vehicles};
use crate::domain::amount::StreamAmount;
use crate::domain::fleet::VehicleProfile;
use crate::domain::outlet::OutletKind;
use crate::domain::plan::{PlanKind, StepKind};
use crate::domain::{Clock as _, VehicleId};
use crate::jobs::protocol::WorkEvent;

/// A station that 100 litres overfill, a centre behind it, and a truck.
async fn city() -> (City, VehicleId) {
    let city = City::new().await;
    let now = city.clock.now();
    let mut station = city.outlet.clone();
    station.capacity = vec![StreamAmount { stream: "paper".to_owned(), grams: Grams(100_000), litres: Litres(80) }];
    let center = outlet(city.operator().id, "center", OutletKind::SortingCenter, place(22.2, 113.6), now);
    let mut truck = vehicle(city.operator().id, city.vehicle.depot, now);
    truck.profile = VehicleProfile::Truck;
    let tx = city.services.db.begin().await.unwrap();
    outlets::update(&*tx, &station).await.unwrap();
    outlets::insert(&*tx, &center).await.unwrap();
    vehicles::insert(&*tx, &truck).await.unwrap();
    tx.commit().await.unwrap();
    (city, truck.id)
}

async fn ordered(city: &City) -> AppResult<WirePlan> {
    ordered_for(city, city.date).await
}

async fn ordered_for(city: &City, date: NaiveDate) -> AppResult<WirePlan> {
    let wanted = CreatePlan {
        service_date: date.to_string(),
        kind: WirePlanKind::Clearing,
        iterations: Some(200),
        threads: Some(1),
        ..CreatePlan::default()
    };
    order(&city.services, &city.planner, wanted).await
}

async fn network(city: &City, plan: &WirePlan) -> Network {
    let text = plans::snapshot(city.services.db.read(), plan.id.parse().unwrap()).await.unwrap().unwrap();
    serde_json::from_str::<Snapshot>(&text).unwrap().network.unwrap()
}

/// Does what the solving process would, on ways as the crow flies.
async fn solved(city: &City, plan: &WirePlan) -> PlanId {
    let mut network = network(city, plan).await;
    network.metrics = ["van", "truck"]
        .map(|profile| MetricSpec {
            profile: profile.to_owned(),
            shape: Shape::GreatCircle,
            points: None,
            metres_per_unit: 1.3,
            seconds_per_unit: 0.1,
            round: Round::Nearest,
        })
        .to_vec();
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(200), cancel: &cancel };
    let found = clearing::plan(&network, &routing::Params::default(), 1, &limits, &mut |_| {}).unwrap();
    assert_eq!(huilu_check::check_clearing(&network, &found), []);
    let found = WorkEvent::Cleared {
        plan: Box::new(found),
        iterations: 200,
        seconds: 1.0,
        prepare_seconds: 0.5,
        travel: Vec::new(),
    };
    let now = city.clock.now();
    let tx = city.services.db.begin().await.unwrap();
    let job = jobs::lease(&*tx, now, now.plus(Seconds(9))).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let order = runs::order(&city.services, &job, None).await.unwrap();
    assert!(matches!(order.work, Work::Clear { .. }));
    let tx = city.services.db.begin().await.unwrap();
    let known = runs::started(&city.services, &tx, &job).await.unwrap();
    assert!(jobs::finish(&*tx, job.lease(), JobState::Succeeded, None, now).await.unwrap());
    runs::succeeded(&city.services, &tx, &job, &order, &known, runs::Found::of(&found).unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    plan.id.parse().unwrap()
}

/// The crew of a plan's only route was at the step of this kind.
async fn reported(city: &City, plan: PlanId, wanted: fn(&StepKind) -> bool) {
    let route = routes::of_plan(city.services.db.read(), plan).await.unwrap().remove(0);
    let step = route.steps.iter().find(|step| wanted(&step.kind)).unwrap().id;
    let report = CreateReport {
        client_id: step.to_string(),
        kind: WireReportKind::Arrived,
        weights: Vec::new(),
        reason: None,
        happened_at: None,
    };
    let ask = Ask { key: None, request_hash: String::new() };
    let report = reports::NewReport::read(report).unwrap();
    reports::create(&city.services, &city.planner, &ask, (route.id, step), report).await.unwrap();
}

#[tokio::test]
async fn what_crews_unload_is_what_a_truck_clears() {
    let (city, truck) = city().await;
    let booked = city.book(1).await;
    let collection = city.solved(&booked).await;
    publish_now(&city.services, &city.planner, &collection.to_string()).await.unwrap();
    // Nothing was reported: the station is empty as far as anybody knows.
    let early = ordered(&city).await.unwrap();
    assert!(network(&city, &early).await.outlets.iter().all(|outlet| outlet.fill.is_empty()));
    solved(&city, &early).await;

    reported(&city, collection, |kind| matches!(kind, StepKind::Unload(_))).await;
    let plan = ordered(&city).await.unwrap();
    assert_eq!((plan.kind, plan.clearing.is_none()), (WirePlanKind::Clearing, true));
    let known = network(&city, &plan).await;
    let station = known.outlets.iter().find(|one| one.id == city.outlet.id.to_string()).unwrap();
    assert_eq!((station.fill[0].grams, station.fill[0].litres), (Grams(6_000), Litres(100)));
    // The van is on the collection plan of that day.
    assert!(known.vans.is_empty());
    assert_eq!(known.trucks.iter().map(|one| one.id.clone()).collect::<Vec<_>>(), [truck.to_string()]);

    let id = solved(&city, &plan).await;
    let found = read(&city.services, &city.planner, id).await.unwrap();
    let verdict = found.clearing.unwrap();
    let of_station = verdict.outlets.iter().find(|one| one.outlet_id == city.outlet.id.to_string()).unwrap();
    assert_eq!((of_station.due, of_station.jobs, of_station.jobs_served), (ClearingDue::Overfull, 1, 1));
    assert!((of_station.fill_level - 100.0 / 80.0).abs() < 1e-9 && verdict.complete);
    assert_eq!(found.summary.unwrap().mass_g, 6_000);

    // Both kinds are published side by side, and the bookings stay where they are.
    let published = publish_now(&city.services, &city.planner, &id.to_string()).await.unwrap();
    assert!(!published.stale);
    let operator = city.operator().id;
    for (kind, plan) in [(PlanKind::Collection, collection), (PlanKind::Clearing, id)] {
        let current = plans::published(city.services.db.read(), operator, city.date, kind).await.unwrap();
        assert_eq!(current.map(|plan| plan.id), Some(plan));
    }
    assert_eq!(city.state(booked[0]).await, crate::domain::booking::BookingState::Assigned);
    let query = DayQuery { date: Some(city.date.to_string()) };
    let day = crew_routes::of_day(&city.services, &city.planner, &query).await.unwrap();
    assert_eq!(day.routes.len(), 2);
    let clear = day.routes.iter().flat_map(|route| &route.steps).find(|step| step.kind == StepType::Clear).unwrap();
    assert_eq!(clear.outlet.as_ref().map(|outlet| outlet.id.clone()), Some(city.outlet.id.to_string()));

    // Once the truck was there, the station is empty, and the sorting centre is not to be emptied.
    reported(&city, id, |kind| matches!(kind, StepKind::Clear(_))).await;
    let after = network(&city, &ordered(&city).await.unwrap()).await;
    let station = after.outlets.iter().find(|one| one.id == city.outlet.id.to_string()).unwrap();
    assert!(station.fill.is_empty() && station.cleared_days_ago == Some(0), "{station:?}");
}

/// On roads as the export finds them: what was answered comes back, with a matrix for each vehicle that may drive.
#[tokio::test]
async fn a_clearing_plan_is_exported_with_its_network_and_its_whole_answer() {
    let (city, _) = city().await;
    let booked = city.book(1).await;
    let collection = city.solved(&booked).await;
    publish_now(&city.services, &city.planner, &collection.to_string()).await.unwrap();
    reported(&city, collection, |kind| matches!(kind, StepKind::Unload(_))).await;
    let plan = ordered(&city).await.unwrap();
    let any = async |id: PlanId| export::any(&city.services, city.operator(), id, None).await;
    let waits = any(plan.id.parse().unwrap()).await.unwrap_err();
    assert!(matches!(waits, AppError::Conflict { code: "RUN_NOT_SUCCEEDED", .. }), "{waits:?}");

    let id = solved(&city, &plan).await;
    lay_roads(&city, &[(22.10, 113.50), (22.12, 113.50), (22.2, 113.6)], &[&[1, 2, 3]]);
    let Exported::Clearing(exported, answer) = any(id).await.unwrap() else { panic!("it empties outlets") };
    assert_eq!((answer.network.as_str(), answer.feasible), (exported.name.as_str(), true));
    assert_eq!(answer.takes.len(), 1);
    assert_eq!(answer.routes().routes.len(), 1);
    let profiles: Vec<&str> = exported.matrices.iter().map(|matrix| matrix.profile.as_str()).collect();
    assert_eq!(profiles, ["truck"]);
    let known = network(&city, &plan).await;
    assert_eq!(exported.outlets, known.outlets);
    assert!(matches!(any(collection).await.unwrap(), Exported::Collection(..)));

    // As plans from before answers were kept.
    let tx = city.services.db.begin().await.unwrap();
    tx.execute_unprepared("UPDATE plan_snapshots SET answer_gzip = NULL").await.unwrap();
    tx.commit().await.unwrap();
    let old = any(id).await.unwrap_err();
    assert!(matches!(old, AppError::Conflict { code: "ANSWER_NOT_KEPT", .. }), "{old:?}");
}

#[tokio::test]
async fn a_city_with_nothing_to_empty_or_nobody_to_do_it_says_so() {
    let code = |answer: AppResult<WirePlan>| match answer.unwrap_err() {
        AppError::Conflict { code, .. } => code.to_owned(),
        other => format!("{other:?}"),
    };
    let city = City::new().await;
    let mut only = city.outlet.clone();
    only.kind = OutletKind::SortingCenter;
    let mut trike = city.vehicle.clone();
    trike.profile = VehicleProfile::Etrike;
    let tx = city.services.db.begin().await.unwrap();
    vehicles::update(&*tx, &trike).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(code(ordered(&city).await), "NO_VEHICLES");
    let tx = city.services.db.begin().await.unwrap();
    outlets::update(&*tx, &only).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(code(ordered(&city).await), "NO_OUTLETS");
}

/// One report between order and publication is enough to change what lies in a station.
#[tokio::test]
async fn a_clearing_plan_whose_day_changed_is_marked_itself_and_the_collection_plan_is_not() {
    let (city, _) = city().await;
    let booked = city.book(1).await;
    let collection = city.solved(&booked).await;
    publish_now(&city.services, &city.planner, &collection.to_string()).await.unwrap();
    let clearing = solved(&city, &ordered(&city).await.unwrap()).await;
    reported(&city, collection, |kind| matches!(kind, StepKind::Unload(_))).await;
    let published = publish_now(&city.services, &city.planner, &clearing.to_string()).await.unwrap();
    assert!(published.stale);
    assert_eq!(city.history(clearing.0).await.last(), Some(&EventKind::PlanStale));
    assert!(!get(&city.services, &city.planner, &collection.to_string()).await.unwrap().stale);
    assert!(!city.history(collection.0).await.contains(&EventKind::PlanStale));
}

/// A sorting centre is never cleared, and its capacity is that of a day.
#[tokio::test]
async fn what_a_sorting_centre_took_counts_on_its_day_only() {
    let city = City::new().await;
    let now = city.clock.now();
    let mut center = city.outlet.clone();
    center.kind = OutletKind::SortingCenter;
    center.capacity = vec![StreamAmount { stream: "paper".to_owned(), grams: Grams(6_000), litres: Litres(100) }];
    let point = outlet(city.operator().id, "point", OutletKind::CollectionPoint, place(22.2, 113.6), now);
    let mut truck = vehicle(city.operator().id, city.vehicle.depot, now);
    truck.profile = VehicleProfile::Truck;
    let tx = city.services.db.begin().await.unwrap();
    outlets::update(&*tx, &center).await.unwrap();
    outlets::insert(&*tx, &point).await.unwrap();
    vehicles::insert(&*tx, &truck).await.unwrap();
    tx.commit().await.unwrap();
    let booked = city.book(1).await;
    let collection = city.solved(&booked).await;
    publish_now(&city.services, &city.planner, &collection.to_string()).await.unwrap();
    reported(&city, collection, |kind| matches!(kind, StepKind::Unload(_))).await;
    let tomorrow = city.date.succ_opt().unwrap();
    for (date, grams) in [(city.date, vec![Grams(6_000)]), (tomorrow, Vec::new())] {
        let known = network(&city, &ordered_for(&city, date).await.unwrap()).await;
        let held = known.outlets.iter().find(|one| one.id == center.id.to_string()).unwrap();
        assert_eq!(held.fill.iter().map(|load| load.grams).collect::<Vec<_>>(), grams, "{date}");
    }
}

/// A day on which a collection plan and a clearing plan, ordered while the only van was free, both want it.
async fn both_want_the_van(city: &mut City, first_day: bool) -> (PlanId, PlanId) {
    if first_day {
        let mut point = city.outlet.clone();
        point.kind = OutletKind::CollectionPoint;
        point.capacity = vec![StreamAmount { stream: "paper".to_owned(), grams: Grams(100_000), litres: Litres(80) }];
        let now = city.clock.now();
        let station = outlet(city.operator().id, "station", OutletKind::TransferStation, place(22.2, 113.6), now);
        let tx = city.services.db.begin().await.unwrap();
        outlets::update(&*tx, &point).await.unwrap();
        outlets::insert(&*tx, &station).await.unwrap();
        tx.commit().await.unwrap();
        let booked = city.book(1).await;
        let yesterday = city.solved(&booked).await;
        publish_now(&city.services, &city.planner, &yesterday.to_string()).await.unwrap();
        reported(city, yesterday, |kind| matches!(kind, StepKind::Unload(_))).await;
    }
    city.date = city.date.succ_opt().unwrap();
    let booked = city.book(1).await;
    let clearing = solved(city, &ordered(city).await.unwrap()).await;
    let collection = city.solved(&booked).await;
    for plan in [clearing, collection] {
        let routes = routes::of_plan(city.services.db.read(), plan).await.unwrap();
        assert_eq!(routes.iter().map(|route| route.vehicle).collect::<Vec<_>>(), [city.vehicle.id]);
    }
    (clearing, collection)
}

#[tokio::test]
async fn a_van_drives_for_one_published_plan_of_a_day() {
    for clearing_first in [true, false] {
        let mut city = City::new().await;
        let (clearing, collection) = both_want_the_van(&mut city, true).await;
        let (first, second) = if clearing_first { (clearing, collection) } else { (collection, clearing) };
        let publish = async |plan: PlanId| publish_now(&city.services, &city.planner, &plan.to_string()).await;
        publish(first).await.unwrap();
        let refused = publish(second).await.unwrap_err();
        assert!(matches!(refused, AppError::Conflict { code: "VEHICLE_BUSY", .. }), "{refused:?}");
        assert_eq!(
            get(&city.services, &city.planner, &second.to_string()).await.unwrap().state,
            PlanState::Proposed.into()
        );
    }
}

/// Two planners at the same moment, on several days in turn.
async fn one_of_two_publications_has_the_van(mut city: City) {
    for round in 0..6 {
        let (clearing, collection) = both_want_the_van(&mut city, round == 0).await;
        let publications = [clearing, collection].map(|plan| {
            let (services, planner) = (city.services.clone(), city.planner.clone());
            tokio::spawn(async move {
                let ask = Ask { key: None, request_hash: String::new() };
                publish(&services, &planner, &ask, plan).await
            })
        });
        let mut answers = Vec::new();
        for publication in publications {
            answers.push(publication.await.unwrap());
        }
        let published = answers.iter().filter(|answer| answer.is_ok()).count();
        let busy = |answer: &AppResult<Reply>| matches!(answer, Err(AppError::Conflict { code: "VEHICLE_BUSY", .. }));
        assert_eq!((published, answers.iter().filter(|answer| busy(answer)).count()), (1, 1), "{round}: {answers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_publications_at_once_do_not_share_a_van_on_sqlite() {
    one_of_two_publications_has_the_van(City::new().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_publications_at_once_do_not_share_a_van_on_postgresql() {
    let postgres = huilu_tests::Postgres::start();
    let db = crate::db::Db::open(&postgres.create_database("publications")).await.unwrap();
    one_of_two_publications_has_the_van(City::on(db, tempfile::tempdir().unwrap()).await).await;
}
