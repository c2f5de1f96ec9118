use crate::domain::Clock as _;
use huilu_api_spec::common::{Datum as WireDatum, LocalName, Position};
use huilu_api_spec::scenario::{AdoptScenario, Adoption, CandidateSite, Candidates};
use huilu_model::site::{Flow, SiteProblem};
use huilu_model::{Grams, Seconds};
use huilu_optimizer::siting::city::CityProblem;

use super::input::Spot;
use super::*;
use crate::app::testing::{City, outlet, place};
use crate::app::wire::position;
use crate::db::outlets;
use crate::domain::amount::{Fen, Names, StreamAmount};
use crate::domain::outlet::{Outlet, OutletKind, OutletStatus};
use crate::domain::plan::Progress;
use crate::domain::travel::{TravelKind, TravelSource};

fn roads() -> TravelSource {
    TravelSource { kind: TravelKind::Roads, note: None, stands_in: None }
}

fn question() -> CreateScenario {
    CreateScenario {
        name: "fewer, nearer".to_owned(),
        sites_max: Some(8),
        budget_fen_per_day: None,
        radius_m: 800,
        candidates: None,
        keep_existing: false,
        unserved_fen_per_kg: None,
    }
}

fn site(lat: f64, lon: f64, name: &str) -> CandidateSite {
    CandidateSite {
        name: LocalName { zh: name.to_owned(), en: name.to_owned() },
        place: Position { lat, lon, datum: WireDatum::Wgs84 },
        opening_fen_per_day: 100,
        capacity_g_per_day: None,
    }
}

#[tokio::test]
async fn a_question_needs_a_limit_a_name_and_places_that_are_served() {
    let city = City::new().await;
    let with_sites = |sites| Some(Candidates { kinds: Vec::new(), sites });
    for (asked, wrong) in [
        (question(), vec![]),
        (CreateScenario { sites_max: None, budget_fen_per_day: Some(1), ..question() }, vec![]),
        (CreateScenario { sites_max: None, name: " ".to_owned(), ..question() }, vec!["/name", "/sites_max"]),
        (CreateScenario { candidates: with_sites(vec![site(22.5, 113.5, "a")]), ..question() }, vec![]),
        (
            CreateScenario {
                candidates: with_sites(vec![
                    site(22.5, 113.5, "a"),
                    site(31.2, 121.5, "b"),
                    site(22.5, 113.5, "c"),
                    site(22.6, 113.5, ""),
                    site(95.0, 113.5, "e"),
                ]),
                ..question()
            },
            vec![
                "/candidates/sites/1/place",
                "/candidates/sites/2/place",
                "/candidates/sites/3/name",
                "/candidates/sites/4/place",
            ],
        ),
    ] {
        let found = match check(city.operator(), asked.clone()) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.iter().map(|fault| format!("{:?}", fault.at)).collect(),
        };
        assert_eq!(found, wrong.iter().map(|at| format!("Body({at:?})")).collect::<Vec<_>>(), "{asked:?}");
    }
}

/// A question over two existing outlets and a new place, answered with the first and the new one.
struct Answered {
    city: City,
    scenario: ScenarioId,
    run: RunId,
    input: Input,
    kept: Outlet,
    closed: Outlet,
}

impl Answered {
    async fn new(feasible: bool) -> Self {
        let city = City::new().await;
        let now = city.clock.now();
        let point = |name, lat| outlet(city.operator().id, name, OutletKind::CollectionPoint, place(lat, 113.5), now);
        let (kept, closed) = (point("kept", 22.3), point("closed", 22.4));
        let ask = Ask { key: None, request_hash: String::new() };
        let reply = create(&city.services, &city.planner, &ask, question()).await.unwrap();
        let scenario: WireScenario = serde_json::from_str(&reply.body).unwrap();
        let scenario: ScenarioId = scenario.id.parse().unwrap();
        let spot = |id: &str, lat| Spot {
            id: id.to_owned(),
            names: Names { zh: "新".to_owned(), en: "new".to_owned() },
            kind: OutletKind::CollectionPoint,
            outlet: None,
            place: position(place(lat, 113.5).at),
            at: place(lat, 113.5).at,
            host: None,
            streams: vec!["paper".to_owned()],
            opening: Fen(700),
            capacity_g: Some(90_000),
        };
        let sites = vec![Spot::existing(&kept), Spot::existing(&closed), spot("site-1", 22.5), spot("site-2", 22.6)];
        let tx = city.services.db.begin().await.unwrap();
        outlets::insert_many(&*tx, &[kept.clone(), closed.clone()]).await.unwrap();
        tx.commit().await.unwrap();
        let input = Input { city: problem(&sites), sites, travel: roads() };
        let run = answered(&city, scenario, &input, feasible).await;
        Self { city, scenario, run, input, kept, closed }
    }

    /// Another run that was started when the first one was, and found the same.
    async fn again(&self) -> RunId {
        answered(&self.city, self.scenario, &self.input, true).await
    }

    async fn change(&self, outlet: &Outlet) {
        let tx = self.city.services.db.begin().await.unwrap();
        outlets::update(&*tx, outlet).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn adopt(&self, run: RunId) -> AppResult<Adoption> {
        let ask = Ask { key: None, request_hash: String::new() };
        let wanted = AdoptScenario { run_id: run.to_string() };
        let reply = adopt(&self.city.services, &self.city.planner, &ask, self.scenario, wanted).await?;
        Ok(serde_json::from_str(&reply.body).unwrap())
    }

    async fn outlet(&self, id: &str) -> Outlet {
        let read = self.city.services.db.read();
        outlets::by_id(read, self.city.operator().id, id.parse().unwrap()).await.unwrap().unwrap()
    }
}

/// A run that opens the first outlet of the input and its third site.
async fn answered(city: &City, scenario: ScenarioId, input: &Input, feasible: bool) -> RunId {
    let limits = SearchLimits { seconds: None, iterations: None, seed: 1, threads: 1 };
    let mut answer = ScenarioRun {
        id: RunId::new(),
        scenario,
        operator: city.operator().id,
        run: new_run(limits, city.clock.now()),
        input_hash: String::new(),
        engine_version: String::new(),
        outcome: None,
    };
    let solution = SiteSolution {
        feasible,
        cost: 1_400.6,
        lower_bound: Some(1_300.9),
        open: vec![0, 2],
        flows: vec![Flow { site: 2, demand: 0, share: 0.5 }],
        served_share: 0.5,
    };
    let tx = city.services.db.begin().await.unwrap();
    scenarios::insert_run(&*tx, &answer, &serde_json::to_string(input).unwrap()).await.unwrap();
    answer.run.state = RunState::Succeeded;
    // As runs ended before gaps were kept.
    let ended = Progress { cost: Some(2_000.0), cost_scale: 1, lower_bound: Some(1_500.0), ..Progress::default() };
    answer.run.progress = Some(ended);
    let found = outcome(&tx, &answer, &solution).await.unwrap();
    scenarios::finish_run(&*tx, answer.id, &answer.run, &found).await.unwrap();
    tx.commit().await.unwrap();
    answer.id
}

/// One cell with 10 kg of paper a day, within reach of the third site.
fn problem(sites: &[Spot]) -> CityProblem {
    let cell = place(22.5, 113.5).cell(crate::domain::place::SERVICE_RESOLUTION).unwrap();
    let flow = huilu_optimizer::cells::CellFlow { cell, stream: 0, grams_per_day: 10_000.0 };
    let site = |spot: &Spot| huilu_model::site::Site {
        id: spot.id.clone(),
        position: Some(spot.at),
        status: huilu_model::site::SiteStatus::Candidate,
        opening_cost: 700.0,
        capacity: None,
    };
    let demand = huilu_model::site::DemandPoint { id: "a".to_owned(), position: None, flow: flow.grams_per_day };
    CityProblem {
        problem: SiteProblem {
            name: "p".to_owned(),
            sites: sites.iter().map(site).collect(),
            demand: vec![demand],
            arcs: vec![vec![huilu_model::site::Arc { site: 2, cost: 10.0 }]],
            sites_max: Some(8),
            budget: None,
            unserved_cost: Some(2.0),
            single_source: false,
        },
        demand: vec![flow],
        walk_m: vec![vec![50.0]],
    }
}

#[tokio::test]
async fn the_answer_names_places_money_and_mass() {
    let answered = Answered::new(true).await;
    let shown =
        answer(&answered.city.services, &answered.city.planner, (answered.scenario, answered.run)).await.unwrap();
    assert_eq!((shown.run.lower_bound_fen, shown.run.gap), (Some(1_500), Some(0.25)));
    let result = shown.result.unwrap();
    assert_eq!((result.cost_fen, result.lower_bound_fen, result.opening_fen), (1_401, Some(1_300), 1_400));
    let open: Vec<_> = result.open.iter().map(|site| (site.outlet_id.clone(), site.mass_g)).collect();
    assert_eq!(open, [(Some(answered.kept.id.to_string()), 0), (None, 5_000)]);
    let elsewhere = (ScenarioId::new(), answered.run);
    assert!(answer(&answered.city.services, &answered.city.planner, elsewhere).await.is_err());
}

#[tokio::test]
async fn adopting_opens_keeps_and_closes_and_plans_of_coming_days_are_stale() {
    let answered = Answered::new(true).await;
    let city = &answered.city;
    let booked = city.book(1).await;
    let plan = city.solved(&booked).await;
    crate::app::planning::publish_now(&city.services, &city.planner, &plan.to_string()).await.unwrap();

    city.clock.advance(Seconds(60));
    let adoption = answered.adopt(answered.run).await.unwrap();
    assert_eq!(adoption.kept, [answered.kept.id.to_string()]);
    assert_eq!(adoption.closed, [answered.closed.id.to_string()]);
    assert_eq!(adoption.opened.len(), 1);
    assert_eq!(answered.outlet(&answered.closed.id.to_string()).await.status, OutletStatus::Closed);
    let opened = answered.outlet(&adoption.opened[0]).await;
    assert_eq!((opened.status, opened.accepts_collectors, opened.opening_cost), (OutletStatus::Open, true, Fen(700)));
    assert_eq!((opened.capacity[0].stream.as_str(), opened.capacity[0].grams), ("paper", Grams(90_000)));
    // 90 kg at 50 kg a cubic metre.
    assert_eq!(opened.capacity[0].litres.0, 1_800);
    assert_eq!(city.history(opened.id.0).await, [EventKind::OutletCreated]);
    assert_eq!(city.history(answered.closed.id.0).await, [EventKind::OutletClosed]);
    assert_eq!(city.history(answered.scenario.0).await.last(), Some(&EventKind::ScenarioAdopted));
    // The station serves vehicles: no question is about it.
    assert_eq!(answered.outlet(&city.outlet.id.to_string()).await.status, OutletStatus::Open);

    let stale = crate::app::planning::get(&city.services, &city.planner, &plan.to_string()).await.unwrap();
    assert!(stale.stale);
    let next = city.order().await.unwrap();
    let problem = city.problem(next.id.parse().unwrap()).await;
    let outlets: Vec<&str> = problem.outlets.iter().map(|outlet| outlet.id.as_str()).collect();
    assert!(outlets.contains(&adoption.opened[0].as_str()) && !outlets.contains(&adoption.closed[0].as_str()));

    let again = answered.adopt(answered.run).await.unwrap_err();
    assert!(again.to_string().starts_with("ALREADY_ADOPTED"), "{again}");
    let shown = read(&city.services, &city.planner, answered.scenario).await.unwrap();
    assert_eq!(shown.adopted_run_id, Some(answered.run.to_string()));
}

#[tokio::test]
async fn an_answer_that_satisfies_nothing_is_not_adopted() {
    let answered = Answered::new(false).await;
    let refused = answered.adopt(answered.run).await.unwrap_err();
    assert!(refused.to_string().starts_with("INFEASIBLE"), "{refused}");
    assert!(matches!(answered.adopt(RunId::new()).await, Err(AppError::NotFound)));
    assert_eq!(answered.outlet(&answered.closed.id.to_string()).await.status, OutletStatus::Open);
}

#[tokio::test]
async fn an_answer_for_other_outlets_than_todays_is_not_adopted() {
    let answered = Answered::new(true).await;
    let refused = async |run| {
        let refused = answered.adopt(run).await.unwrap_err();
        assert!(refused.to_string().starts_with("OUTLETS_CHANGED"), "{refused}");
    };
    let kept = async || answered.outlet(&answered.kept.id.to_string()).await;

    // Less room than the answer counts on; a new name alone would not matter.
    let limit = StreamAmount { stream: "paper".to_owned(), grams: Grams(1), litres: huilu_model::Litres(1) };
    answered.change(&Outlet { streams: vec!["paper".to_owned()], capacity: vec![limit], ..kept().await }).await;
    refused(answered.run).await;
    let names = Names { zh: "别名".to_owned(), en: "renamed".to_owned() };
    answered.change(&Outlet { names, version: kept().await.version, ..answered.kept.clone() }).await;

    let other = answered.again().await;
    answered.adopt(answered.run).await.unwrap();
    // The same sites would be opened once more, by either run.
    refused(other).await;
    let read = answered.city.services.db.read();
    let open = outlets::open(read, answered.city.operator().id).await.unwrap();
    assert_eq!(open.iter().filter(|outlet| outlet.kind.tier() <= 1).count(), 2);
}

#[tokio::test]
async fn a_run_whose_job_has_ended_meanwhile_is_not_cancelled() {
    let answered = Answered::new(true).await;
    let city = &answered.city;
    let ask = Ask { key: None, request_hash: String::new() };
    let now = city.clock.now();
    let mut running = scenarios::run(city.services.db.read(), city.operator().id, answered.run).await.unwrap().unwrap();
    running.run.state = RunState::Running;
    running.run.ended = None;
    let mut job = new_job(running.operator, running.run.job, JobKind::SolveScenario, json!({}), now);
    job.state = JobState::Queued;
    let tx = city.services.db.begin().await.unwrap();
    jobs::enqueue(&*tx, &job).await.unwrap();
    let leased = jobs::lease(&*tx, now, now.plus(Seconds(9))).await.unwrap().unwrap();
    assert!(jobs::finish(&*tx, leased.lease(), JobState::Failed, None, now).await.unwrap());
    scenarios::set_run(&*tx, running.id, &running.run).await.unwrap();
    tx.commit().await.unwrap();
    let refused = cancel(&city.services, &city.planner, &ask, (answered.scenario, answered.run)).await.unwrap_err();
    assert!(refused.to_string().starts_with("RUN_ENDED"), "{refused}");
}
