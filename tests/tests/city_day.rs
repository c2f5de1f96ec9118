//! A day of each real city, from its files to a published plan, and the plan's every claim recomputed.
//!
//! Goal: on real streets and with booked windows at least 97 % of the bookings are served, the rest have a reason, and the
//! independent checker accepts all of it and refuses a plan that was tampered with. Method: `huilu seed`, the loop over
//! HTTP, `huilu export plan` after the server has stopped, the checker on the exported files. Skipped, and said so, where
//! the cities' files are not beside the checkout. The figures are printed: run with `--nocapture`.

use std::time::{Duration, Instant};

use huilu_model::{Cost, Grams, Instance, Metres, Plan, Problem, Seconds, StepKind};
use huilu_tests::{DayInFuture, Server, ServerOptions, plan_day, run_huilu, shared_data};
use serde_json::{Value, json};

const RUN_LIMIT: Duration = Duration::from_secs(240);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_in_macau_is_served() {
    a_day_is_served("macau").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_in_chengdu_is_served() {
    a_day_is_served("chengdu").await;
}

/// Seeds a city from its files and serves it; `None` where the files are missing.
fn city_server(city: &str, more: &[&str], data: &std::path::Path) -> Option<Server> {
    let files = shared_data("data/real", &format!("a day in {city}"))?;
    let mut flags = vec!["--city", city, "--seed", "1", "--files", files.to_str().unwrap()];
    flags.extend(more);
    Some(Server::start(&ServerOptions::default().seeded(&flags).data(data)))
}

async fn a_day_is_served(city: &str) {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = city_server(city, &[], folder.path()) else { return };
    let planner = server.planner();
    let day = DayInFuture::tomorrow(&planner).await;
    let started = Instant::now();
    let plan = plan_day(&planner, &day.date, 40, RUN_LIMIT).await;
    let took = started.elapsed();
    print_figures(city, &plan, took);

    let summary = &plan["summary"];
    let (bookings, served) = (summary["bookings"].as_i64().unwrap(), summary["served"].as_i64().unwrap());
    assert_eq!(bookings, 1_500);
    assert!(served * 100 >= bookings * 97, "{served} of {bookings} are served: {summary}");
    let left_out = plan["unassigned"].as_array().unwrap();
    assert_eq!(left_out.len() as i64, bookings - served);
    assert!(left_out.iter().all(has_a_reason), "{left_out:?}");
    assert!(took < Duration::from_secs(60), "a plan of 1,500 bookings took {took:?}");

    let id = plan["id"].as_str().unwrap().to_owned();
    planner.post(&format!("/v1/plans/{id}/publish"), json!({})).await.expect(200);
    drop(server);
    let (instance, plan) = exported(&id, folder.path());
    let report = huilu_check::check(&instance, &plan);
    assert!(report.is_clean(), "{city}: {:?}", report.violations.iter().take(5).collect::<Vec<_>>());
    for (name, tamper) in TAMPERINGS {
        let mut tampered = plan.clone();
        tamper(&mut tampered, &instance);
        assert_ne!(tampered, plan, "{name}: nothing was changed");
        let report = huilu_check::check(&instance, &tampered);
        assert!(!report.is_clean(), "{city}: a plan with {name} was accepted");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_without_enough_vehicles_leaves_bookings_out_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let Some(server) = city_server("macau", &["--vehicles-max", "6"], folder.path()) else { return };
    let planner = server.planner();
    let day = DayInFuture::tomorrow(&planner).await;
    let started = Instant::now();
    let plan = plan_day(&planner, &day.date, 15, RUN_LIMIT).await;
    print_figures("macau with six vehicles", &plan, started.elapsed());
    let summary = &plan["summary"];
    let (bookings, served) = (summary["bookings"].as_i64().unwrap(), summary["served"].as_i64().unwrap());
    assert!(served > 0 && served * 100 < bookings * 80, "six vehicles cannot serve {served} of {bookings}");
    let left_out = plan["unassigned"].as_array().unwrap();
    assert_eq!(left_out.len() as i64, bookings - served);
    assert!(left_out.iter().all(has_a_reason));
    let penalties = summary["cost_parts"]["penalties_fen"].as_i64().unwrap();
    assert!(penalties > 0 && penalties < summary["cost_fen"].as_i64().unwrap(), "{summary}");
    let id = plan["id"].as_str().unwrap().to_owned();
    drop(server);
    let (instance, plan) = exported(&id, folder.path());
    let report = huilu_check::check(&instance, &plan);
    assert!(report.is_clean(), "{:?}", report.violations.iter().take(5).collect::<Vec<_>>());
}

fn has_a_reason(left: &Value) -> bool {
    let verdict = left["verdict"].as_str().unwrap_or_default();
    matches!(verdict, "PROVEN_INFEASIBLE" | "NOT_WORTH_IT" | "SEARCH_LIMIT")
        && left["reasons"].as_array().is_some_and(|reasons| !reasons.is_empty())
}

/// The instance, its matrices filled, and the plan as `huilu export plan` writes them.
fn exported(plan: &str, data: &std::path::Path) -> (Instance, Plan) {
    let out = data.join("export");
    let arguments = ["export", "plan", plan, "--data-dir", data.to_str().unwrap(), "--out", out.to_str().unwrap()];
    let output = run_huilu(&arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    let problem: Problem = serde_json::from_str(&read("instance.json")).unwrap();
    let plan: Plan = serde_json::from_str(&read("plan.json")).unwrap();
    (Instance::try_from(&problem).unwrap(), plan)
}

fn print_figures(city: &str, plan: &Value, took: Duration) {
    let s = &plan["summary"];
    let number = |key: &str| s[key].as_f64().unwrap_or_default();
    println!(
        "{city}: {} bookings, {} served ({:.1} %), {} vehicles, {:.0} km, {:.1} h, {:.0} kg, {} unloads, {:.2} yuan, {:.1} s",
        number("bookings"),
        number("served"),
        100.0 * number("served") / number("bookings"),
        number("vehicles_used"),
        number("distance_m") / 1e3,
        number("duration_s") / 3_600.0,
        number("mass_g") / 1e3,
        number("unloads"),
        number("cost_fen") / 100.0,
        took.as_secs_f64()
    );
    let mut reasons = std::collections::BTreeMap::<String, usize>::new();
    for left in plan["unassigned"].as_array().into_iter().flatten() {
        let first = left["reasons"][0]["code"].as_str().unwrap_or("?");
        *reasons.entry(format!("{} {first}", left["verdict"].as_str().unwrap_or("?"))).or_default() += 1;
    }
    for (reason, count) in reasons {
        println!("{city}: left out {count}: {reason}");
    }
}

type Tamper = fn(&mut Plan, &Instance);

/// Ways to lie about a plan; each must be seen.
const TAMPERINGS: &[(&str, Tamper)] = &[
    ("a lower cost", |plan, _| plan.cost = Cost(plan.cost.0 - 1)),
    ("a job served twice", |plan, _| {
        let step = first_job(plan);
        let twice = plan.routes[0].steps[step].clone();
        plan.routes[0].steps.insert(step, twice);
    }),
    ("a job that was dropped", |plan, _| {
        let step = first_job(plan);
        plan.routes[0].steps.remove(step);
    }),
    ("an arrival before the drive is over", |plan, _| {
        let step = first_job(plan);
        plan.routes[0].steps[step].arrival_s -= Seconds(60);
    }),
    ("a start outside its window", |plan, instance| {
        let step = first_job(plan);
        let StepKind::Job { job } = &plan.routes[0].steps[step].kind else { unreachable!() };
        let job = instance.jobs.iter().find(|one| one.id == *job).unwrap();
        let late = job.windows.last().unwrap().end + Seconds(1);
        plan.routes[0].steps[step].start_s = late;
    }),
    ("a load that weighs less", |plan, _| {
        let step = first_job(plan);
        plan.routes[0].steps[step].load[0].grams -= Grams(1);
    }),
    ("an unload that was skipped", |plan, _| {
        let (route, step) = first(plan, |kind| matches!(kind, StepKind::Unload { .. }));
        plan.routes[route].steps.remove(step);
    }),
    ("a shorter way", |plan, _| plan.routes[0].distance_m -= Metres(1)),
    ("two vehicles swapped", |plan, _| {
        let last = plan.routes.len() - 1;
        let other = plan.routes[last].vehicle.clone();
        plan.routes[last].vehicle = std::mem::replace(&mut plan.routes[0].vehicle, other);
    }),
    ("a break that was left out", |plan, _| {
        let (route, step) = first(plan, |kind| matches!(kind, StepKind::Break));
        plan.routes[route].steps.remove(step);
    }),
    ("a bound above the cost", |plan, _| plan.lower_bound = Some(Cost(plan.cost.0 + 1))),
    ("a cost part that was shifted", |plan, _| {
        plan.cost_parts.time += Cost(1);
        plan.cost_parts.distance -= Cost(1);
    }),
];

fn first(plan: &Plan, kind: impl Fn(&StepKind) -> bool) -> (usize, usize) {
    let steps = plan
        .routes
        .iter()
        .enumerate()
        .flat_map(|(r, route)| route.steps.iter().enumerate().map(move |(s, step)| (r, s, step)));
    let found = steps.into_iter().find(|(_, _, step)| kind(&step.kind)).expect("the plan has such a step");
    (found.0, found.1)
}

fn first_job(plan: &Plan) -> usize {
    plan.routes[0]
        .steps
        .iter()
        .position(|step| matches!(step.kind, StepKind::Job { .. }))
        .expect("a route serves a job")
}
