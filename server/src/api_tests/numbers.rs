//! Absurd numbers: beyond its limit each is refused, and all of them at their limits still make a day that can be
//! planned and a question that can be answered.

use std::sync::atomic::AtomicBool;

use actix_web::http::Method;
use huilu_model::problem::{JobSpec, VehicleSpec};
use huilu_model::{FaultCode, Instance, Matrix, Seconds};
use huilu_optimizer::limits::{Limits, NoClock};
use huilu_optimizer::routing::{Params, solve};
use huilu_optimizer::siting::validate;
use serde_json::{Value, json};

use super::{Api, COLLECTOR, PLANNER, RESIDENT, wish};
use crate::app::runs;
use crate::db;
use crate::domain::StepId;
use crate::jobs::protocol::Work;

const COST_FEN: i64 = 10_000_000;
const GATE_FEE_FEN: i64 = 10_000_000;
const MASS_G: i64 = 1_000_000_000;
const VOLUME_L: i64 = 10_000_000;
const WEIGHED_G: i64 = 40_000_000;
const OPENING_FEN: i64 = 100_000_000;
const CAPACITY_G: i64 = 1_000_000_000_000;
const UNSERVED_FEN: i64 = 1_000_000;
const BUDGET_FEN: i64 = 1_000_000_000_000;

fn costs() -> Value {
    json!({ "costs": { "fixed_fen": COST_FEN, "per_hour_fen": COST_FEN, "per_km_fen": COST_FEN } })
}

fn terms() -> Value {
    let limit = |stream| json!({ "stream": stream, "mass_g": MASS_G, "volume_l": VOLUME_L });
    json!({ "unload_s": 14_400, "gate_fee_fen": GATE_FEE_FEN, "capacity": [limit("paper"), limit("weee")] })
}

fn question() -> Value {
    json!({
        "name": "as large as it gets",
        "sites_max": 10_000,
        "budget_fen_per_day": BUDGET_FEN,
        "radius_m": 20_000,
        "unserved_fen_per_kg": UNSERVED_FEN,
        "candidates": { "kinds": ["existing", "cell_centre"], "sites": [{
            "name": { "zh": "新", "en": "new" },
            "place": { "lat": 22.21, "lon": 113.5, "datum": "wgs84" },
            "opening_fen_per_day": OPENING_FEN,
            "capacity_g_per_day": CAPACITY_G,
        }] },
    })
}

fn report() -> Value {
    json!({ "client_id": "1", "kind": "collected", "weights": [{ "material": "paper_occ", "grams": WEIGHED_G }] })
}

#[actix_web::test]
async fn each_number_beyond_its_limit_is_refused() {
    let api = Api::new().await;
    let vehicle = format!("/v1/vehicles/{}", api.city.vehicle.id);
    let outlet = format!("/v1/outlets/{}", api.city.outlet.id);
    let step = format!("/v1/routes/{0}/steps/{0}/reports", StepId::new());
    let change = || (PLANNER, Method::PATCH);
    let ask = || (PLANNER, Method::POST);
    let report_it = || (COLLECTOR, Method::POST);
    let site = "/candidates/sites/0";
    let cases = [
        (change(), vehicle.as_str(), costs(), "/costs/fixed_fen".to_owned(), COST_FEN + 1),
        (change(), &vehicle, costs(), "/costs/per_hour_fen".to_owned(), i64::MAX),
        (change(), &vehicle, costs(), "/costs/per_km_fen".to_owned(), COST_FEN + 1),
        (change(), &outlet, terms(), "/gate_fee_fen".to_owned(), GATE_FEE_FEN + 1),
        (change(), &outlet, terms(), "/gate_fee_fen".to_owned(), -GATE_FEE_FEN - 1),
        (change(), &outlet, terms(), "/capacity/0/mass_g".to_owned(), MASS_G + 1),
        (change(), &outlet, terms(), "/capacity/1/volume_l".to_owned(), VOLUME_L + 1),
        (ask(), "/v1/scenarios", question(), "/budget_fen_per_day".to_owned(), BUDGET_FEN + 1),
        (ask(), "/v1/scenarios", question(), "/unserved_fen_per_kg".to_owned(), UNSERVED_FEN + 1),
        (ask(), "/v1/scenarios", question(), format!("{site}/opening_fen_per_day"), OPENING_FEN + 1),
        (ask(), "/v1/scenarios", question(), format!("{site}/capacity_g_per_day"), CAPACITY_G + 1),
        (report_it(), &step, report(), "/weights/0/grams".to_owned(), WEIGHED_G + 1),
    ];
    for ((who, method), path, sound, at, number) in cases {
        let mut body = sound;
        *body.pointer_mut(&at).unwrap() = json!(number);
        let faults = api.call(who, method, path, Some(&body), "key").await.faults();
        assert_eq!(faults, [("OUT_OF_RANGE".to_owned(), at)], "{number}");
    }
    assert_eq!(api.events().await, (0, 0));
    // The control: at its limit the weight is no fault, only the route is not there.
    api.call(COLLECTOR, Method::POST, &step, Some(&report()), "other").await.refused(404, "NOT_FOUND");
}

#[actix_web::test]
async fn a_day_with_all_numbers_at_their_limits_can_be_planned() {
    let api = Api::new().await;
    api.patch(PLANNER, &format!("/v1/vehicles/{}", api.city.vehicle.id), &costs()).await.expect(200);
    api.patch(PLANNER, &format!("/v1/outlets/{}", api.city.outlet.id), &terms()).await.expect(200);
    api.city.book(3).await;
    let plan = api.city.order().await.unwrap().id.parse().unwrap();
    let mut problem = api.city.problem(plan).await;
    let size = problem.places.len();
    // Nobody lives a thousand kilometres off; five minutes, so that the shift holds a route.
    let far = |metres: u32| (0..size * size).map(|k| if k % (size + 1) == 0 { 0 } else { metres }).collect();
    problem.matrices = vec![Matrix { profile: "van".to_owned(), size, seconds: far(300), metres: far(1_000_000) }];
    let day = Instance::try_from(&problem).unwrap();
    let cancel = AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(200), cancel: &cancel };
    let params = Params { use_set_partitioning: false, ..Params::default() };
    let found = solve(&day, &params, 1, &limits, &mut |_| ());
    assert!(huilu_check::check(&day, &found.plan).violations.is_empty());

    // A fleet of a thousand and ten thousand doors at such prices still add up, within a city's distances.
    let (vehicle, job) = (problem.vehicles[0].clone(), problem.jobs[0].clone());
    problem.vehicles = (0..1_000).map(|k| VehicleSpec { id: k.to_string(), ..vehicle.clone() }).collect();
    problem.jobs = (0..10_000).map(|k| JobSpec { id: k.to_string(), ..job.clone() }).collect();
    problem.matrices[0].metres = far(200_000);
    Instance::try_from(&problem).unwrap();
    // The control: what no request may set is refused here, and does not overflow later.
    problem.vehicles.iter_mut().for_each(|one| one.costs.per_hour = 1_000_000_000_000);
    let faults = Instance::try_from(&problem).unwrap_err();
    assert!(faults.0.iter().any(|fault| fault.code == FaultCode::NumberTooLarge), "{faults}");
}

#[actix_web::test]
async fn a_question_with_all_numbers_at_their_limits_can_be_answered() {
    let api = Api::new().await;
    let mut booking = wish();
    booking["place"] = json!({ "lat": 22.21, "lon": 113.5, "datum": "wgs84" });
    api.post(RESIDENT, "/v1/bookings", &booking).await.expect(201);
    api.patch(PLANNER, &format!("/v1/outlets/{}", api.city.outlet.id), &terms()).await.expect(200);
    let asked = api.post(PLANNER, "/v1/scenarios", &question()).await;
    asked.expect(201);
    api.post(PLANNER, &format!("/v1/scenarios/{}/runs", asked.id()), &json!({})).await.expect(202);
    let now = api.city.services.clock.now();
    let tx = api.city.services.db.begin().await.unwrap();
    let job = db::jobs::lease(&*tx, now, now.plus(Seconds(9))).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    let order = runs::order(&api.city.services, &job, None).await.unwrap();
    let Work::Site { problem } = order.work else { panic!("a scenario is a question of sites") };
    assert!(
        problem.sites.iter().any(|site| site.opening_cost == OPENING_FEN as f64),
        "the planner's own site is asked"
    );
    assert!(!problem.demand.is_empty());
    validate(&problem).unwrap();
}
