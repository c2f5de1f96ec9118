//! A plan computed by hand is accepted; each of its tampered copies is refused with the right code, and every code of
//! the checker has such a copy.

mod cases;
mod day;

use std::collections::BTreeSet;

use huilu_check::{Code, check};
use huilu_model::instance::Parts;
use huilu_model::{Cost, Grams, Instance, Metres, Plan, Seconds};

fn instance(parts: Parts) -> Instance {
    Instance::new(parts).expect("the day is a valid instance, tampered with or not")
}

fn codes(parts: Parts, plan: &Plan) -> BTreeSet<Code> {
    let report = check(&instance(parts), plan);
    assert_eq!(report.is_clean(), report.violations.is_empty());
    report.violations.iter().map(|violation| violation.code).collect()
}

#[test]
fn the_plan_computed_by_hand_is_accepted() {
    let report = check(&instance(day::parts()), &day::plan());
    assert_eq!(report.violations, []);
    assert!(report.only_mandatory_jobs_missing());
    // The sums are shown in `day`.
    assert_eq!(report.figures.cost, Cost(1_100 + 1_800 + 17_400 + 25 + 5_200));
    assert_eq!(report.figures.cost_parts, day::plan().cost_parts);
    assert_eq!(report.figures.distance_m, Metres(6_700 + 4_000));
    assert_eq!(report.figures.duration_s, Seconds(1_370 + 430));
    assert_eq!(report.figures.delivered_g, Grams(300 + 500 + 100));
    let counts = &report.figures;
    assert_eq!((counts.routes, counts.unloads, counts.jobs_served, counts.jobs_left_out), (2, 2, 4, 2));
}

#[test]
fn changes_that_break_no_rule_are_accepted() {
    for (what, change) in cases::HARMLESS {
        let (mut parts, mut plan) = (day::parts(), day::plan());
        change(&mut parts, &mut plan);
        assert!((&parts, &plan) != (&day::parts(), &day::plan()), "{what}: nothing was changed");
        assert_eq!(codes(parts, &plan), BTreeSet::new(), "{what}");
    }
}

#[test]
fn each_tampered_plan_is_refused_with_the_right_code() {
    for (what, expected, change) in cases::TAMPERED {
        let (mut parts, mut plan) = (day::parts(), day::plan());
        change(&mut parts, &mut plan);
        assert_eq!(codes(parts, &plan), expected.iter().copied().collect(), "{what}");
    }
}

#[test]
fn every_code_has_a_tampered_plan() {
    let tried: BTreeSet<Code> = cases::TAMPERED.iter().map(|&(_, codes, _)| codes[0]).collect();
    let missing: Vec<&Code> = Code::ALL.iter().filter(|code| !tried.contains(code)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn codes_are_distinct_and_written_in_capitals() {
    let names: BTreeSet<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(names.len(), Code::ALL.len());
    for code in Code::ALL {
        let from_variant = format!("{code:?}");
        assert_eq!(code.name().replace('_', ""), from_variant.to_uppercase());
    }
}

#[test]
fn a_finding_says_where_what_and_how_much() {
    let (parts, mut plan) = (day::parts(), day::plan());
    plan.routes[0].steps[1].arrival_s.0 = 240;
    let report = check(&instance(parts), &plan);
    let found = &report.violations[0];
    assert_eq!(
        found.to_string(),
        "ARRIVAL_TIME route 0 of vehicle `van` step 1 `m1`: the arrival is not the departure before plus the way; \
         the plan says 240; recomputed 250"
    );
    let json = serde_json::to_value(found).expect("plain data");
    assert_eq!(json["code"], "ARRIVAL_TIME");
    assert_eq!((json["claimed"].as_i64(), json["recomputed"].as_i64()), (Some(240), Some(250)));
}

#[test]
fn the_least_bad_plan_of_an_impossible_day_can_be_told_from_a_wrong_one() {
    let (mut parts, mut plan) = (day::parts(), day::plan());
    cases::make_o1_mandatory(&mut parts, &mut plan);
    let report = check(&instance(parts.clone()), &plan);
    assert!(!report.is_clean() && report.only_mandatory_jobs_missing());
    plan.routes[0].distance_m.0 += 1;
    assert!(!check(&instance(parts), &plan).only_mandatory_jobs_missing());
}
