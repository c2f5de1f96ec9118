//! What is stored comes back equal.

use chrono::Days;
use huilu_model::{Grams, Litres, Reason, ReasonCode, Verdict, Wgs84};
use huilu_server::db::{
    Db, DbError, areas, bookings, buildings, catalogue, depots, events, idempotency, operators, outlets, plans,
    reports, routes, scenarios, slots, tokens, vehicles,
};
use huilu_server::domain::access::{Role, Token};
use huilu_server::domain::amount::Fen;
use huilu_server::domain::area::{Area, AreaLevel, Building, BuildingKind};
use huilu_server::domain::booking::{Booking, BookingState, FailureReason};
use huilu_server::domain::catalogue::{Catalogue, Material, MaterialFlag, Sourced, Stream, Unit, WasteClass};
use huilu_server::domain::event::{EventKind, NewEvent, SubjectKind};
use huilu_server::domain::fleet::{Depot, Vehicle};
use huilu_server::domain::idempotency::{IdempotencyKey, StoredAnswer};
use huilu_server::domain::outlet::{Outlet, OutletStatus};
use huilu_server::domain::plan::{Run, RunState, UnassignedBooking};
use huilu_server::domain::report::{ReportKind, StepReport, Weight};
use huilu_server::domain::scenario::{Scenario, ScenarioOutcome, ScenarioRun};
use huilu_server::domain::slot::{SlotKey, SlotUsage};
use huilu_server::domain::{
    AreaId, BookingId, BuildingId, Instant, OperatorId, ReportId, RunId, ScenarioId, StepId, TokenId,
};
use serde_json::json;
use uuid::Uuid;

use crate::fixtures::{
    NOW, booking, cell, day, depot, fleet, item, names, operator, outcome, outlet, plan, progress, route, run, vehicle,
};

pub(crate) async fn operators_areas_and_buildings(db: &Db) {
    let mut operator = operator(db).await;
    let op = operator.id;
    assert_eq!(operators::by_key(db.read(), &operator.key).await.unwrap().as_ref(), Some(&operator));
    assert_eq!(operators::by_key(db.read(), "nowhere").await.unwrap(), None);

    let area = |id: AreaId, parent: Option<AreaId>, level| Area {
        id,
        operator: op,
        parent,
        level,
        code: parent.map(|_| "820001".to_owned()),
        names: names("花地瑪堂區", "Nossa Senhora de Fátima"),
        polygon: Some(r#"{"type":"Polygon","coordinates":[]}"#.to_owned()),
        households: Some(81_000),
    };
    let (city, district, zone) = (AreaId::new(), AreaId::new(), AreaId::new());
    let areas_in_order = vec![
        area(city, None, AreaLevel::City),
        area(district, Some(city), AreaLevel::District),
        area(zone, Some(district), AreaLevel::Zone),
    ];
    let building = |kind, gate: Option<Wgs84>| Building {
        id: BuildingId::new(),
        operator: op,
        area: Some(zone),
        kind,
        name: gate.map(|_| names("綠楊花園", "Green Garden")),
        at: Wgs84 { lat: 22.2, lon: 113.54 },
        cell: cell(),
        gate,
        households: 320,
    };
    let compound = building(BuildingKind::Compound, Some(Wgs84 { lat: 22.201, lon: 113.541 }));
    let mall = building(BuildingKind::Mall, None);
    let port = Building {
        name: Some(names("亞運前地", "Praceta dos Jogos da Ásia")),
        ..building(BuildingKind::Other, None)
    };

    let tx = db.begin().await.unwrap();
    operators::set_roads(&*tx, op, "cafe").await.unwrap();
    // Children before their parents.
    let reversed: Vec<Area> = areas_in_order.iter().rev().cloned().collect();
    areas::insert_many(&*tx, &reversed).await.unwrap();
    buildings::insert_many(&*tx, &[compound.clone(), mall.clone(), port.clone()]).await.unwrap();
    tx.commit().await.unwrap();
    for (part, found) in [("花園", 1), ("green", 1), ("GARDEN", 1), ("%", 0), ("gr_en", 0), ("\\", 0), ("mall", 0)] {
        let named = buildings::named(db.read(), op, part, 20).await.unwrap();
        assert_eq!(named, vec![compound.clone(); found], "{part}");
    }
    assert_eq!(buildings::named(db.read(), OperatorId::new(), "green", 20).await.unwrap(), []);
    for part in ["Jogos da Ásia", "jogos da ásia", "JOGOS DA ÁSIA", "ásia", "ÁSIA", "praceta DOS"] {
        assert_eq!(buildings::named(db.read(), op, part, 20).await.unwrap(), vec![port.clone()], "{part}");
    }
    assert_eq!(areas::names(db.read(), op, &[zone, AreaId::new()].into()).await.unwrap(), {
        [(zone, names("花地瑪堂區", "Nossa Senhora de Fátima"))].into()
    });

    operator.roads = Some("cafe".to_owned());
    assert_eq!(operators::by_id(db.read(), op).await.unwrap().as_ref(), Some(&operator));
    assert!(operators::all(db.read()).await.unwrap().contains(&operator));
    assert_eq!(areas::all(db.read(), op).await.unwrap(), areas_in_order);
    let both = buildings::of_kinds(db.read(), op, &[BuildingKind::Mall, BuildingKind::Compound]).await.unwrap();
    assert_eq!(both, [compound, mall.clone()]);
    assert_eq!(buildings::of_kinds(db.read(), op, &[BuildingKind::Mall]).await.unwrap(), [mall]);
    assert_eq!(buildings::of_kinds(db.read(), op, &[]).await.unwrap(), []);
}

pub(crate) async fn catalogue_is_replaced_as_a_whole(db: &Db) {
    let op = operator(db).await.id;
    let stream = |code: &str, rank| Stream { code: code.to_owned(), names: names("紙", code), rank };
    let material = |code: &str, stream: &str| Material {
        code: code.to_owned(),
        names: names("紙皮", "Cardboard"),
        stream: stream.to_owned(),
        class: WasteClass::Recyclable,
        unit: Unit::Kilogram,
        density_kg_m3: 41.7,
        piece: None,
        price: Fen(80),
        co2e_kg_per_kg: Some(0.96),
        flags: vec![MaterialFlag::Fire, MaterialFlag::LowValue],
        sourced: Sourced { source: "assumed".to_owned(), as_of: day("2026-11-01") },
    };
    let fridge = Material {
        class: WasteClass::Weee,
        unit: Unit::Piece,
        piece: Some((Grams(60_000), Litres(700))),
        price: Fen(-2_000),
        co2e_kg_per_kg: None,
        flags: vec![],
        ..material("weee_fridge", "weee")
    };
    let first = Catalogue {
        // By rank, which is not the order of the codes.
        streams: vec![stream("weee", 1), stream("paper", 2)],
        incompatible: vec![("paper".to_owned(), "weee".to_owned())],
        materials: vec![material("paper_occ", "paper"), fridge],
    };
    let second = Catalogue {
        streams: vec![stream("paper", 1)],
        incompatible: vec![],
        materials: vec![material("paper_mixed", "paper")],
    };
    assert_eq!(catalogue::load(db.read(), op).await.unwrap(), Catalogue::default());
    for catalogue in [&first, &second] {
        let tx = db.begin().await.unwrap();
        catalogue::replace(&*tx, op, catalogue).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(&catalogue::load(db.read(), op).await.unwrap(), catalogue);
    }
    // A material of a stream that does not exist is refused.
    let tx = db.begin().await.unwrap();
    let torn = Catalogue { streams: vec![], ..second.clone() };
    assert!(matches!(catalogue::replace(&*tx, op, &torn).await, Err(DbError::Broken(_))));
    drop(tx);
    assert_eq!(catalogue::load(db.read(), op).await.unwrap(), second);
}

pub(crate) async fn outlets_fleet_and_tokens(db: &Db) {
    let op = operator(db).await.id;
    let (first_depot, van, point) = fleet(db, op).await;
    let bare = Vehicle { preset: None, pause: None, skills: vec![], active: false, ..vehicle(op, first_depot.id) };
    let closed = Outlet {
        host: None,
        status: OutletStatus::Closed,
        streams: vec![],
        capacity: vec![],
        hours: vec![],
        ..outlet(op)
    };
    let second_depot = Depot { active: false, ..depot(op) };
    let token = |vehicle, revoked| Token {
        id: TokenId::new(),
        operator: op,
        role: Role::Collector,
        label: "車 1".to_owned(),
        vehicle,
        hash: Uuid::now_v7().simple().to_string(),
        created: NOW,
        revoked,
    };
    let (given, revoked) = (token(Some(van.id), None), token(None, Some(Instant(NOW.0 + 1))));

    let tx = db.begin().await.unwrap();
    vehicles::insert_many(&*tx, std::slice::from_ref(&bare)).await.unwrap();
    outlets::insert_many(&*tx, std::slice::from_ref(&closed)).await.unwrap();
    depots::insert_many(&*tx, std::slice::from_ref(&second_depot)).await.unwrap();
    tokens::insert(&*tx, &given).await.unwrap();
    tokens::insert(&*tx, &revoked).await.unwrap();
    tx.commit().await.unwrap();

    let c = db.read();
    assert_eq!(vehicles::by_id(c, op, bare.id).await.unwrap(), Some(bare.clone()));
    assert_eq!(vehicles::active(c, op).await.unwrap(), std::slice::from_ref(&van));
    assert_eq!(vehicles::page(c, op, None, 9).await.unwrap(), [van, bare]);
    assert_eq!(outlets::by_id(c, op, closed.id).await.unwrap(), Some(closed.clone()));
    assert_eq!(outlets::open(c, op).await.unwrap(), std::slice::from_ref(&point));
    assert_eq!(outlets::page(c, op, None, 9).await.unwrap(), [point, closed]);
    assert_eq!(depots::by_id(c, op, second_depot.id).await.unwrap(), Some(second_depot.clone()));
    assert_eq!(depots::active(c, op).await.unwrap(), std::slice::from_ref(&first_depot));
    assert_eq!(depots::page(c, op, None, 9).await.unwrap(), [first_depot, second_depot]);
    assert_eq!(tokens::by_hash(c, &revoked.hash).await.unwrap(), Some(revoked.clone()));
    assert_eq!(tokens::by_hash(c, "no digest").await.unwrap(), None);
    assert_eq!(tokens::all(c, op).await.unwrap(), [given, revoked]);
}

pub(crate) async fn bookings_with_items(db: &Db) {
    let op = operator(db).await.id;
    let mut first = booking(op);
    let mut second = booking(op);
    second.state = BookingState::Draft;
    second.address = None;
    second.floor = None;
    second.lift = None;
    second.note = None;
    second.items = vec![];
    let tx = db.begin().await.unwrap();
    bookings::insert_many(&*tx, &[second.clone(), first.clone()]).await.unwrap();
    tx.commit().await.unwrap();
    let ids = [second.id, first.id, second.id, BookingId::new()];
    assert_eq!(bookings::by_ids(db.read(), op, &ids).await.unwrap(), [first.clone(), second.clone()]);
    assert_eq!(bookings::awaiting(db.read(), op, first.service_date).await.unwrap(), std::slice::from_ref(&first));
    assert_eq!(bookings::awaiting(db.read(), op, first.service_date + Days::new(1)).await.unwrap(), []);

    // Weights of one of its items only; the address is not part of an update.
    first.state = BookingState::Weighed;
    first.updated = Instant(NOW.0 + 5);
    first.items[1].weighed = Some(Grams(9_870));
    let tx = db.begin().await.unwrap();
    bookings::update(&*tx, &first).await.unwrap();
    let from = [BookingState::Draft, BookingState::Held];
    let both = [first.id, second.id];
    let moved = bookings::set_states(&*tx, op, &both, &from, BookingState::Booked, Instant(NOW.0 + 6)).await.unwrap();
    assert_eq!(moved, 1);
    tx.commit().await.unwrap();
    first.version += 1;
    second.version += 1;
    second.state = BookingState::Booked;
    second.updated = Instant(NOW.0 + 6);
    assert_eq!(bookings::by_ids(db.read(), op, &[first.id, second.id]).await.unwrap(), [first.clone(), second]);

    let usage = SlotUsage {
        key: SlotKey::of_window(op, cell(), first.service_date, first.window.start_s).unwrap(),
        capacity: 8,
        used: 5,
    };
    let tx = db.begin().await.unwrap();
    slots::record_many(&*tx, &[usage]).await.unwrap();
    slots::record_many(&*tx, &[SlotUsage { used: 2, ..usage }]).await.unwrap();
    tx.commit().await.unwrap();
    let stored = async || slots::usage(db.read(), op, cell(), first.service_date).await.unwrap();
    assert_eq!(stored().await, [SlotUsage { used: 7, ..usage }], "added to what is there");
    let crowded = SlotUsage { key: SlotKey { index: usage.key.index + 1, ..usage.key }, capacity: 8, used: 9 };
    let tx = db.begin().await.unwrap();
    slots::record_many(&*tx, &[SlotUsage { used: 4, ..usage }, crowded]).await.unwrap();
    tx.commit().await.unwrap();
    let expected = [SlotUsage { capacity: 11, used: 11, ..usage }, SlotUsage { capacity: 9, ..crowded }];
    assert_eq!(stored().await, expected, "the capacity grows with what is used");
}

pub(crate) async fn plans_routes_and_reports(db: &Db) {
    let op = operator(db).await.id;
    let (_, van, point) = fleet(db, op).await;
    let served = [booking(op), booking(op)];
    let left_out = Booking { items: vec![item("glass", 1, 1)], ..booking(op) };
    let mut plan = plan(op, day("2026-11-26"));
    let snapshot = r#"{"jobs":["回路"]}"#.repeat(2_000);
    let ids = served.each_ref().map(|booking| booking.id);
    let mut route = route(&plan, van.id, &ids, point.id);
    let unassigned = UnassignedBooking {
        booking: left_out.id,
        verdict: Verdict::ProvenInfeasible,
        reasons: vec![
            Reason { code: ReasonCode::TimeWindow, vehicle: Some(van.id.to_string()) },
            Reason { code: ReasonCode::OutletFull, vehicle: None },
        ],
    };

    let tx = db.begin().await.unwrap();
    bookings::insert_many(&*tx, &served).await.unwrap();
    bookings::insert(&*tx, &left_out).await.unwrap();
    plans::insert(&*tx, &plan, plans::pack(&snapshot).unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(plans::by_id(db.read(), op, plan.id).await.unwrap().as_ref(), Some(&plan));
    assert_eq!(plans::snapshot(db.read(), plan.id).await.unwrap(), Some(snapshot));
    assert_eq!(plans::duals(db.read(), plan.id).await.unwrap(), None);
    let tx = db.begin().await.unwrap();
    plans::keep_duals(&*tx, plan.id, plans::pack_json(&[0.1, 1e9, 0.0]).unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(plans::duals(db.read(), plan.id).await.unwrap(), Some(vec![0.1, 1e9, 0.0]));
    assert_eq!(plans::answer(db.read(), plan.id).await.unwrap(), None);
    let tx = db.begin().await.unwrap();
    let answer = crate::fixtures::clearing_answer();
    plans::keep_answer(&*tx, plan.id, plans::pack_json(&answer).unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(plans::answer(db.read(), plan.id).await.unwrap(), Some(answer));

    plan.run.state = RunState::Running;
    plan.run.progress = Some(progress());
    plan.run.started = Some(Instant(NOW.0 + 1));
    let tx = db.begin().await.unwrap();
    plans::set_run(&*tx, plan.id, &plan.run).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(plans::by_id(db.read(), op, plan.id).await.unwrap().as_ref(), Some(&plan));

    plan.run.state = RunState::Succeeded;
    plan.run.seconds = Some(30.125);
    plan.run.iterations = Some(123_456);
    plan.run.ended = Some(Instant(NOW.0 + 2));
    plan.outcome = Some(outcome());
    plan.version += 1;
    let tx = db.begin().await.unwrap();
    plans::finish(&*tx, plan.id, &plan.run, &outcome()).await.unwrap();
    routes::insert_many(&*tx, std::slice::from_ref(&route)).await.unwrap();
    routes::insert_unassigned(&*tx, plan.id, std::slice::from_ref(&unassigned)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(plans::by_id(db.read(), op, plan.id).await.unwrap().as_ref(), Some(&plan));
    assert_eq!(routes::of_plan(db.read(), plan.id).await.unwrap(), std::slice::from_ref(&route));
    assert_eq!(routes::unassigned(db.read(), plan.id).await.unwrap(), [unassigned]);

    let report = |step: StepId, client_id: &str, kind, happened| StepReport {
        id: ReportId::new(),
        operator: op,
        route: route.id,
        step,
        client_id: client_id.to_owned(),
        kind,
        weights: vec![Weight { material: "paper_occ".to_owned(), grams: Grams(9_870) }],
        reason: (kind == ReportKind::Failed).then_some(FailureReason::NoShow),
        actor: None,
        happened: Instant(happened),
        received: Instant(NOW.0 + 9),
    };
    let (first, second) = (route.steps[1].id, route.steps[2].id);
    // The arrival was sent after the collection: the phone had no network.
    let sent = [
        report(first, "b", ReportKind::Collected, NOW.0 + 200),
        report(first, "a", ReportKind::Arrived, NOW.0 + 100),
        report(second, "c", ReportKind::Failed, NOW.0 + 300),
    ];
    let tx = db.begin().await.unwrap();
    for report in &sent {
        reports::insert(&*tx, report).await.unwrap();
    }
    tx.commit().await.unwrap();
    let again = report(second, "a", ReportKind::Failed, NOW.0);
    let tx = db.begin().await.unwrap();
    assert!(matches!(reports::insert(&*tx, &again).await, Err(DbError::Duplicate(_))));
    drop(tx);
    assert_eq!(reports::by_client_id(db.read(), route.id, "b").await.unwrap().as_ref(), Some(&sent[0]));
    assert_eq!(reports::by_client_id(db.read(), route.id, "d").await.unwrap(), None);
    let [collected, arrived, failed] = sent;
    assert_eq!(reports::of_route(db.read(), route.id).await.unwrap(), [arrived, collected, failed]);
    route.steps[1].reported = Some(ReportKind::Collected);
    route.steps[2].reported = Some(ReportKind::Failed);
    assert_eq!(routes::by_id(db.read(), op, route.id).await.unwrap(), Some(route));
}

pub(crate) async fn scenarios_and_their_runs(db: &Db) {
    let op = operator(db).await.id;
    let mut scenario = Scenario {
        id: ScenarioId::new(),
        operator: op,
        name: "十個站".to_owned(),
        question: json!({"sites": 10, "radius_m": 350}),
        adopted: None,
        created: NOW,
        updated: NOW,
        version: 1,
    };
    let answer = |error: Option<&str>| ScenarioRun {
        id: RunId::new(),
        scenario: scenario.id,
        operator: op,
        run: Run { error: error.map(str::to_owned), ..run(RunState::Queued) },
        input_hash: "cd".repeat(32),
        engine_version: "0.1.0".to_owned(),
        outcome: None,
    };
    let (older, mut newer) = (answer(Some("no site is left")), answer(None));
    let tx = db.begin().await.unwrap();
    scenarios::insert(&*tx, &scenario).await.unwrap();
    scenarios::insert_run(&*tx, &older, "{}").await.unwrap();
    scenarios::insert_run(&*tx, &newer, r#"{"sites":[]}"#).await.unwrap();
    tx.commit().await.unwrap();

    newer.run.state = RunState::Running;
    newer.run.progress = Some(progress());
    let tx = db.begin().await.unwrap();
    scenarios::set_run(&*tx, newer.id, &newer.run).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(scenarios::run(db.read(), op, newer.id).await.unwrap().as_ref(), Some(&newer));

    newer.run.state = RunState::Succeeded;
    newer.outcome = Some(ScenarioOutcome {
        cost: 1_234.567_891,
        lower_bound: Some(0.1 + 0.2),
        feasible: true,
        result: json!({"open": ["a"]}),
    });
    scenario.adopted = Some(newer.id);
    let tx = db.begin().await.unwrap();
    scenarios::finish_run(&*tx, newer.id, &newer.run, newer.outcome.as_ref().unwrap()).await.unwrap();
    scenarios::update(&*tx, &scenario).await.unwrap();
    tx.commit().await.unwrap();
    scenario.version += 1;
    assert_eq!(scenarios::by_id(db.read(), op, scenario.id).await.unwrap().as_ref(), Some(&scenario));
    assert_eq!(scenarios::page(db.read(), op, None, 5).await.unwrap(), std::slice::from_ref(&scenario));
    assert_eq!(scenarios::run_input(db.read(), newer.id).await.unwrap().as_deref(), Some(r#"{"sites":[]}"#));
    assert_eq!(scenarios::runs_of(db.read(), scenario.id).await.unwrap(), [newer, older]);
}

pub(crate) async fn events_and_outbox(db: &Db) {
    let op = operator(db).await.id;
    let subject = Uuid::now_v7();
    let event = |kind, subject, n: i64| NewEvent {
        operator: op,
        kind,
        subject_kind: SubjectKind::Booking,
        subject,
        actor: (n % 2 == 0).then(TokenId::new),
        at: Instant(NOW.0 + n),
        data: json!({"grams": n}),
    };
    // More than one statement holds.
    let mut all = vec![event(EventKind::BookingBooked, subject, 0)];
    all.extend((1..1_200).map(|n| event(EventKind::BookingAssigned, Uuid::now_v7(), n)));
    all.push(event(EventKind::BookingWeighed, subject, 1_200));
    let tx = db.begin().await.unwrap();
    events::append(&*tx, &all).await.unwrap();
    events::append(&*tx, &[]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(events::count(db.read(), op).await.unwrap(), 1_201);
    assert_eq!(events::outbox_count(db.read(), op).await.unwrap(), 1_201);
    let found = events::of_subject(db.read(), op, subject).await.unwrap();
    assert!(found[0].seq < found[1].seq);
    let found: Vec<_> = found.into_iter().map(|event| event.event).collect();
    assert_eq!(found, [all[0].clone(), all[1_200].clone()]);
    assert_eq!(events::of_subject(db.read(), OperatorId::new(), subject).await.unwrap(), []);
}

pub(crate) async fn stored_answers(db: &Db) {
    let op = operator(db).await.id;
    let key = IdempotencyKey { operator: op, actor: TokenId::new(), key: "回-1".to_owned() };
    let others = IdempotencyKey { actor: TokenId::new(), ..key.clone() };
    let answer = |created: i64, location: Option<&str>| StoredAnswer {
        request_hash: "ef".repeat(32),
        status: 201,
        location: location.map(str::to_owned),
        body: r#"{"id":"1"}"#.to_owned(),
        created: Instant(created),
    };
    let (old, new) = (answer(1_000, None), answer(2_000, Some("/v1/bookings/1")));
    let tx = db.begin().await.unwrap();
    idempotency::store(&*tx, &key, &old).await.unwrap();
    idempotency::store(&*tx, &others, &new).await.unwrap();
    tx.commit().await.unwrap();
    let tx = db.begin().await.unwrap();
    assert!(matches!(idempotency::store(&*tx, &key, &new).await, Err(DbError::Duplicate(_))));
    drop(tx);
    assert_eq!(idempotency::find(db.read(), &key).await.unwrap(), Some(old));
    let tx = db.begin().await.unwrap();
    assert_eq!(idempotency::prune(&*tx, Instant(1_500)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(idempotency::find(db.read(), &key).await.unwrap(), None);
    assert_eq!(idempotency::find(db.read(), &others).await.unwrap(), Some(new));
}
