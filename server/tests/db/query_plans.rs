//! No statement reads a table from end to end. Each repository function runs on a connection that keeps its statements;
//! SQLite then says how it would answer each of them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use huilu_model::Seconds;
use huilu_server::db::bookings::BookingFilter;
use huilu_server::db::{
    areas, bookings, buildings, catalogue, depots, duties, events, idempotency, jobs, operators, outlets, plans,
    reports, routes, scenarios, slots, stocks, tokens, vehicles,
};
use huilu_server::domain::area::BuildingKind;
use huilu_server::domain::booking::BookingState;
use huilu_server::domain::idempotency::IdempotencyKey;
use huilu_server::domain::job::{JobState, Lease};
use huilu_server::domain::plan::{PlanKind, PlanState, RunState};
use huilu_server::domain::slot::SlotKey;
use huilu_server::domain::{AreaId, JobId, PlanId, RouteId, RunId, ScenarioId, TokenId};
use sea_orm::sqlx::sqlite::SqlitePoolOptions;
use sea_orm::{ConnectionTrait, SqlxSqliteConnector, Statement};
use uuid::Uuid;

use crate::fixtures::{NOW, booking, cell, day, fleet, operator, outcome, run};

#[tokio::test]
async fn every_statement_searches_an_index() {
    let (db, folder) = crate::sqlite().await;
    let op = operator(&db).await.id;
    let (site, van, point) = fleet(&db, op).await;
    let pool = SqlitePoolOptions::new().max_connections(1).connect(&crate::url_in(&folder)).await.unwrap();
    let mut c = SqlxSqliteConnector::from_sqlx_sqlite_pool(pool);
    let said: Arc<Mutex<Vec<Statement>>> = Arc::default();
    let ear = Arc::clone(&said);
    c.set_metric_callback(move |info| ear.lock().unwrap().push(info.statement.clone()));

    let today = day("2026-11-26");
    let some = Some(Uuid::now_v7());
    let stop = booking(op);
    let key = SlotKey::of_window(op, cell(), today, Seconds(36_000)).unwrap();
    bookings::insert(&c, &stop).await.unwrap();
    bookings::update(&c, &stop).await.unwrap();
    for bits in 0..8 {
        let filter = BookingFilter {
            resident: (bits & 1 > 0).then(TokenId::new),
            service_date: (bits & 2 > 0).then_some(today),
            state: (bits & 4 > 0).then_some(BookingState::Booked),
        };
        bookings::page(&c, op, &filter, None, 20).await.unwrap();
        bookings::page(&c, op, &filter, some, 20).await.unwrap();
    }
    bookings::by_ids(&c, op, &[stop.id]).await.unwrap();
    bookings::awaiting(&c, op, today).await.unwrap();
    bookings::demand(&c, op, today, today).await.unwrap();
    bookings::set_states(&c, op, &[stop.id], &[BookingState::Booked], BookingState::Assigned, NOW).await.unwrap();
    slots::take(&c, &key, 5).await.unwrap();
    slots::release(&c, &key).await.unwrap();
    slots::usage(&c, op, key.cell, today).await.unwrap();
    outlets::page(&c, op, some, 20).await.unwrap();
    outlets::open(&c, op).await.unwrap();
    outlets::update(&c, &point).await.unwrap();
    depots::page(&c, op, some, 20).await.unwrap();
    depots::active(&c, op).await.unwrap();
    depots::update(&c, &site).await.unwrap();
    vehicles::page(&c, op, some, 20).await.unwrap();
    vehicles::active(&c, op).await.unwrap();
    vehicles::update(&c, &van).await.unwrap();
    areas::all(&c, op).await.unwrap();
    areas::names(&c, op, &BTreeSet::from([AreaId::new()])).await.unwrap();
    buildings::of_kinds(&c, op, BuildingKind::ALL).await.unwrap();
    buildings::named(&c, op, "garden", 20).await.unwrap();
    catalogue::load(&c, op).await.unwrap();
    tokens::by_hash(&c, "00").await.unwrap();
    tokens::all(&c, op).await.unwrap();

    let plan = crate::fixtures::plan(op, today);
    plans::insert(&c, &plan, plans::pack("{}").unwrap()).await.unwrap();
    plans::page(&c, op, None, some, 20).await.unwrap();
    plans::page(&c, op, Some(today), some, 20).await.unwrap();
    plans::by_id(&c, op, plan.id).await.unwrap();
    plans::snapshot(&c, plan.id).await.unwrap();
    plans::keep_duals(&c, plan.id, plans::pack_json(&[1.0]).unwrap()).await.unwrap();
    plans::duals(&c, plan.id).await.unwrap();
    plans::keep_answer(&c, plan.id, plans::pack_json(&crate::fixtures::clearing_answer()).unwrap()).await.unwrap();
    plans::answer(&c, plan.id).await.unwrap();
    plans::finish(&c, plan.id, &run(RunState::Succeeded), &outcome()).await.unwrap();
    plans::set_state(&c, plan.id, PlanState::Published, Some(NOW)).await.unwrap();
    plans::published(&c, op, today, PlanKind::Collection).await.unwrap();
    plans::mark_stale(&c, op, today, PlanKind::Collection, "why").await.unwrap();
    let route = crate::fixtures::route(&plan, van.id, &[stop.id], point.id);
    routes::insert_many(&c, std::slice::from_ref(&route)).await.unwrap();
    routes::of_plan(&c, plan.id).await.unwrap();
    routes::by_id(&c, op, route.id).await.unwrap();
    routes::lock(&c, &[route.id, RouteId::new()]).await.unwrap();
    routes::holding(&c, stop.id).await.unwrap();
    duties::take(&c, &plan, &BTreeSet::from([van.id])).await.unwrap();
    duties::of_plan(&c, plan.id).await.unwrap();
    duties::release(&c, plan.id).await.unwrap();
    stocks::since(&c, op, today).await.unwrap();
    stocks::of_outlet(&c, op, point.id, today).await.unwrap();
    bookings::states_awaiting(&c, op, today).await.unwrap();
    operators::lock(&c, op).await.unwrap();
    operators::share(&c, op).await.unwrap();
    routes::unassigned(&c, PlanId::new()).await.unwrap();
    reports::by_client_id(&c, RouteId::new(), "a").await.unwrap();
    reports::of_route(&c, RouteId::new()).await.unwrap();
    reports::steps(&c, &[route.id, RouteId::new()]).await.unwrap();

    scenarios::page(&c, op, some, 20).await.unwrap();
    scenarios::run(&c, op, RunId::new()).await.unwrap();
    scenarios::runs_of(&c, ScenarioId::new()).await.unwrap();
    scenarios::run_input(&c, RunId::new()).await.unwrap();

    let lease = Lease { job: JobId::new(), attempt: 1 };
    jobs::lease(&c, NOW, NOW).await.unwrap();
    jobs::dead(&c, NOW).await.unwrap();
    jobs::renew(&c, lease, NOW, None).await.unwrap();
    jobs::finish(&c, lease, JobState::Failed, None, NOW).await.unwrap();
    jobs::release(&c, lease, NOW).await.unwrap();
    jobs::request_cancel(&c, lease.job, NOW).await.unwrap();
    events::of_subject(&c, op, Uuid::now_v7()).await.unwrap();
    events::latest(&c).await.unwrap();
    for kind in PlanKind::ALL {
        events::of_day_after(&c, op, (today, *kind), 1).await.unwrap();
    }
    events::count(&c, op).await.unwrap();
    events::outbox_count(&c, op).await.unwrap();
    let repeated = IdempotencyKey { operator: op, actor: TokenId::new(), key: "a".to_owned() };
    idempotency::find(&c, &repeated).await.unwrap();
    idempotency::prune(&c, NOW).await.unwrap();

    let statements = std::mem::take(&mut *said.lock().unwrap());
    assert!(statements.len() > 60, "{}", statements.len());
    let mut bad = Vec::new();
    for statement in statements {
        let explain = Statement { sql: format!("EXPLAIN QUERY PLAN {}", statement.sql), ..statement.clone() };
        for row in c.query_all_raw(explain).await.unwrap() {
            let step: String = row.try_get_by("detail").unwrap();
            // Open jobs are few, and an index of nothing else holds them in the order they are wanted.
            let rows_given = step.contains("CONSTANT ROW") || step.contains("VALUES CLAUSE");
            let scans = step.starts_with("SCAN") && !step.contains("USING INDEX jobs_open") && !rows_given;
            // A page must come out of the index in its order; how near a name is to what was typed is in no index.
            let ranks = statement.sql.contains("ORDER BY (CASE");
            let sorts = step.contains("USE TEMP B-TREE FOR ORDER BY") && statement.sql.contains("LIMIT") && !ranks;
            if scans || sorts {
                bad.push(format!("{step}: {}", statement.sql));
            }
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
}
