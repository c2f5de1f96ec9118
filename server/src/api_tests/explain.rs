//! Why a plan is as it is, asked from outside.

use serde_json::{Value, json};

use super::{Api, COLLECTOR, ELSEWHERE, PLANNER, RESIDENT, lay_roads};
use crate::domain::{BookingId, PlanId};

/// A plan that serves the first of four bookings, on a road that leads past depot, bookings and outlet.
pub(super) async fn planned() -> (Api, PlanId, Vec<BookingId>) {
    let api = Api::new().await;
    let corners =
        [(22.09, 113.50), (22.10, 113.50), (22.10, 113.51), (22.11, 113.51), (22.12, 113.51), (22.12, 113.50)];
    lay_roads(&api.city, &corners, &[&[1, 2, 3, 4, 5, 6]]);
    let booked = api.city.book(4).await;
    let plan = api.city.solved(&booked[..1]).await;
    (api, plan, booked)
}

#[actix_web::test]
async fn each_booking_left_out_is_explained() {
    let (api, plan, booked) = planned().await;
    let answer = api.get(PLANNER, &format!("/v1/plans/{plan}/explanations")).await;
    let body = answer.expect(200);
    let left: Vec<&str> =
        body["bookings"].as_array().unwrap().iter().map(|b| b["booking_id"].as_str().unwrap()).collect();
    assert_eq!(left, booked[1..].iter().map(ToString::to_string).collect::<Vec<_>>());
    for left in body["bookings"].as_array().unwrap() {
        // The search was cut short: there is a place for each, and it costs less than the penalty.
        assert_eq!((&left["verdict"], &left["evidence"]), (&json!("SEARCH_LIMIT"), &json!("NONE")), "{left}");
        assert_eq!(left["cheapest"]["vehicle_id"], api.city.vehicle.id.to_string());
        assert!(left["cheapest"]["cost_fen"].as_i64() < left["penalty_fen"].as_i64(), "{left}");
    }
    assert_eq!(body["complete"], true);
    let one = api.get(PLANNER, &format!("/v1/plans/{plan}/explanations?booking={}", booked[2])).await;
    let one = one.expect(200);
    assert_eq!(one["bookings"].as_array().unwrap().len(), 1);
    assert_eq!(one["shortages"], body["shortages"], "those of the whole plan");
    let looser = |answer: &Value| answer["bookings"].as_array().unwrap().iter().any(|left| left["relax"] != json!([]));
    assert!(!looser(body), "nobody asked for it");
    let all = api.get(PLANNER, &format!("/v1/plans/{plan}/explanations?relax=true")).await;
    assert_eq!(looser(all.expect(200)), looser(one));
}

#[actix_web::test]
async fn a_proposed_change_is_priced_part_by_part() {
    let (api, plan, booked) = planned().await;
    let path = format!("/v1/plans/{plan}/what-if");
    let vehicle = api.city.vehicle.id.to_string();
    let assign = json!({"moves": [{"type": "assign", "booking_id": booked[1], "vehicle_id": vehicle}]});
    let answer = api.post(PLANNER, &path, &assign).await;
    let body = answer.expect(200);
    assert_eq!((&body["feasible"], &body["broken"]), (&json!(true), &json!([])), "{body}");
    let parts = body["difference"].as_array().unwrap();
    let sum: i64 = parts.iter().map(|part| part["fen"].as_i64().unwrap()).sum();
    let difference = body["cost_after_fen"].as_i64().unwrap() - body["cost_before_fen"].as_i64().unwrap();
    assert_eq!(sum, difference, "{body}");
    assert!(parts.iter().any(|part| part["part"] == "penalties" && part["fen"].as_i64().unwrap() < 0), "{body}");
    assert_eq!(body["routes"][0]["vehicle_id"], vehicle);

    // Without an unload at the end the load stays on board.
    let stay = json!({"moves": [{"type": "sequence", "vehicle_id": vehicle, "stops": [booked[0], booked[1]]}]});
    let answer = api.post(PLANNER, &path, &stay).await;
    let body = answer.expect(200);
    assert_eq!((&body["feasible"], &body["cost_after_fen"]), (&json!(false), &Value::Null), "{body}");
    let broken = body["broken"].as_array().unwrap();
    assert!(broken.iter().any(|rule| rule["code"] == "NOT_EMPTY_AT_END"), "{body}");
}

#[actix_web::test]
async fn a_question_that_makes_no_sense_is_refused_and_others_see_nothing() {
    let (api, plan, booked) = planned().await;
    let (path, explained) = (format!("/v1/plans/{plan}/what-if"), format!("/v1/plans/{plan}/explanations"));
    let unknown = json!({"moves": [{"type": "assign", "booking_id": booked[1], "vehicle_id": "nobody"}]});
    api.post(PLANNER, &path, &unknown).await.expect(422);
    api.post(PLANNER, &path, &json!({"moves": []})).await.expect(422);
    api.post(PLANNER, &path, &json!({"moves": [{"type": "assign"}]})).await.expect(422);
    let nobody = json!({"type": "assign", "booking_id": booked[1], "vehicle_id": "nobody"});
    let fine = json!({"type": "assign", "booking_id": booked[1], "vehicle_id": api.city.vehicle.id.to_string()});
    let answer = api.post(PLANNER, &path, &json!({"moves": [fine, nobody]})).await;
    assert!(answer.expect(422).to_string().contains("/moves/1"), "the second move is at fault");
    api.get(PLANNER, &format!("{explained}?booking=nobody")).await.expect(422);
    api.get(PLANNER, &format!("{explained}?relax=perhaps")).await.expect(422);
    api.get(PLANNER, &format!("{explained}?booking={plan}")).await.expect(422);
    api.get(ELSEWHERE, &explained).await.refused(404, "NOT_FOUND");
    for who in [RESIDENT, COLLECTOR] {
        assert_eq!(api.get(who, &explained).await.status, 403);
    }
    let waiting = api.city.order().await.unwrap().id;
    api.get(PLANNER, &format!("/v1/plans/{waiting}/explanations")).await.refused(409, "RUN_NOT_SUCCEEDED");
}

#[actix_web::test]
async fn routes_of_a_proposal_are_read_by_planners_and_hold_no_address() {
    let (api, plan, booked) = planned().await;
    let path = format!("/v1/plans/{plan}/routes");
    let answer = api.get(PLANNER, &path).await;
    let body = answer.expect(200);
    assert_eq!((&body["plan_id"], &body["date"]), (&json!(plan), &json!("2026-11-25")));
    let steps = body["routes"][0]["steps"].as_array().unwrap();
    let jobs: Vec<&Value> = steps.iter().filter(|step| step["type"] == "job").collect();
    assert_eq!(jobs.len(), 1);
    assert_eq!((&jobs[0]["booking"]["id"], &jobs[0]["booking"]["address"]), (&json!(booked[0]), &Value::Null));
    api.get(ELSEWHERE, &path).await.refused(404, "NOT_FOUND");
    let nobody = "/v1/plans/0193f2a0-7c1e-7bb2-9c11-2f9a4d1c5a10/routes";
    api.get(PLANNER, nobody).await.refused(404, "NOT_FOUND");
}
