//! Random days and plans: valid ones are accepted, any false number or name is refused, and nothing makes the checker
//! panic.

mod builder;

use builder::Dice;
use huilu_check::{Code, check};
use huilu_model::{Cost, CostParts, Grams, Instance, Job, Litres, Plan, StepKind, Unassigned, Verdict};
use proptest::prelude::*;
use serde_json::Value;

fn made(seed: u64) -> (Instance, Plan) {
    let day = builder::day(&mut Dice(seed));
    let plan = builder::plan(&day);
    (day, plan)
}

/// JSON pointers of all values for which `wanted` holds.
fn pointers(value: &Value, wanted: fn(&Value) -> bool) -> Vec<String> {
    fn walk(value: &Value, at: &str, wanted: fn(&Value) -> bool, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => fields.iter().for_each(|(k, v)| walk(v, &format!("{at}/{k}"), wanted, found)),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(k, v)| walk(v, &format!("{at}/{k}"), wanted, found));
            }
            _ => {}
        }
        if wanted(value) {
            found.push(at.to_owned());
        }
    }
    let mut found = Vec::new();
    walk(value, "", wanted, &mut found);
    found
}

fn json(plan: &Plan) -> Value {
    serde_json::to_value(plan).expect("a plan is plain data")
}

fn with(plan: &Value, pointer: &str, value: Value) -> Option<Plan> {
    let mut changed = plan.clone();
    *changed.pointer_mut(pointer)? = value;
    serde_json::from_value(changed).ok()
}

/// Numbers that a careless sum would overflow on.
const EXTREMES: [i64; 6] = [i64::MIN, i64::MIN + 1, i64::MAX, i64::MAX - 1, -1, 1 << 62];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn valid_plans_are_accepted_and_their_figures_are_the_claims(seed: u64) {
        let (day, plan) = made(seed);
        let report = check(&day, &plan);
        prop_assert!(report.only_mandatory_jobs_missing(), "{:?}", report.violations);
        let mandatory = plan.unassigned.iter().filter(|left| {
            day.jobs.iter().any(|job| job.id == left.job && job.penalty.is_none())
        });
        prop_assert_eq!(report.violations.len(), mandatory.count());
        prop_assert_eq!(report.figures.cost, plan.cost);
        prop_assert_eq!(report.figures.cost_parts, plan.cost_parts);
        prop_assert_eq!(report.figures.jobs_left_out, plan.unassigned.len());
    }

    #[test]
    fn every_false_number_is_refused(seed: u64, delta in prop_oneof![-3_i64..0, 1_i64..4, any::<i64>()]) {
        let (day, plan) = made(seed);
        let value = json(&plan);
        for pointer in pointers(&value, Value::is_number) {
            let was = value.pointer(&pointer).and_then(Value::as_i64).expect("all numbers are whole");
            for false_number in EXTREMES.into_iter().chain([was.wrapping_add(delta)]).filter(|&number| number != was) {
                // A lower bound is no claim about this plan, as long as it is below its cost.
                if pointer == "/lower_bound" && false_number <= plan.cost.0 {
                    continue;
                }
                let changed = with(&value, &pointer, false_number.into()).expect("still a plan");
                let report = check(&day, &changed);
                prop_assert!(!report.only_mandatory_jobs_missing(), "{pointer}: {was} became {false_number}");
            }
        }
    }

    #[test]
    fn every_false_name_is_refused(seed: u64) {
        let (day, plan) = made(seed);
        let value = json(&plan);
        for pointer in pointers(&value, Value::is_string) {
            if let Some(changed) = with(&value, &pointer, "ghost".into()) {
                prop_assert!(!check(&day, &changed).only_mandatory_jobs_missing(), "{pointer}");
            }
        }
    }

    #[test]
    fn a_visit_dropped_or_served_again_is_refused(seed: u64) {
        let (day, plan) = made(seed);
        for (r, route) in plan.routes.iter().enumerate() {
            for (k, step) in route.steps.iter().enumerate().filter(|(_, step)| matches!(step.kind, StepKind::Job { .. })) {
                let mut dropped = plan.clone();
                dropped.routes[r].steps.remove(k);
                let found = check(&day, &dropped).violations;
                prop_assert!(found.iter().any(|v| v.code == Code::JobUnaccounted), "{step:?}");
                let mut again = plan.clone();
                again.routes[r].steps.insert(k, step.clone());
                let found = check(&day, &again).violations;
                prop_assert!(found.iter().any(|v| v.code == Code::JobTwice), "{step:?}");
            }
        }
    }

    #[test]
    fn an_outlet_is_full_when_all_routes_together_bring_more_than_it_takes(seed: u64) {
        let (day, plan) = made(seed);
        // What leaves the vehicles at each outlet, from the claims that were accepted.
        for (k, outlet) in day.outlets.iter().enumerate() {
            for (s, stream) in day.streams.iter().enumerate() {
                let (mut grams, mut litres) = (0, 0);
                for pair in plan.routes.iter().flat_map(|route| route.steps.windows(2)) {
                    if pair[1].kind == (StepKind::Unload { outlet: outlet.id.clone() }) && outlet.streams.contains(s) {
                        for load in pair[0].load.iter().filter(|load| load.stream == *stream) {
                            grams += load.grams.0;
                            litres += load.litres.0;
                        }
                    }
                }
                let full = |room: (i64, i64)| {
                    let mut parts = (*day).clone();
                    parts.outlets[k].capacity[s] = Some((Grams(room.0), Litres(room.1)));
                    let day = Instance::new(parts).expect("valid");
                    check(&day, &plan).violations.iter().filter(|v| v.code == Code::OutletFull).count()
                };
                prop_assert_eq!(full((grams, litres)), 0);
                if grams > 0 {
                    prop_assert_eq!(full((grams - 1, litres)), 1);
                }
                if litres > 0 {
                    prop_assert_eq!(full((grams, litres - 1)), 1);
                }
            }
        }
    }

    #[test]
    fn a_job_is_impossible_exactly_where_the_builder_finds_no_route_for_it_alone(seed: u64) {
        let (day, _) = made(seed);
        for job in &day.jobs {
            let mut parts = (*day).clone();
            parts.jobs = vec![Job { penalty: Some(Cost(7)), ..job.clone() }];
            let alone = Instance::new(parts).expect("valid");
            let possible = builder::plan(&alone).unassigned.is_empty();
            let mut plan = builder::plan(&day);
            (plan.routes, plan.cost, plan.cost_parts) = (Vec::new(), Cost(7), CostParts::default());
            plan.cost_parts.penalties = Cost(7);
            let (verdict, reasons) = (Verdict::ProvenInfeasible, Vec::new());
            plan.unassigned = vec![Unassigned { job: job.id.clone(), verdict, reasons }];
            let codes: Vec<Code> = check(&alone, &plan).violations.iter().map(|v| v.code).collect();
            // A load of nothing leaves room for opinion: there a proof is refuted only beyond doubt.
            let clear = job.loads.iter().all(|load| (load.grams.0, load.litres.0) != (0, 0));
            prop_assert!(codes.is_empty() || possible, "{codes:?}");
            prop_assert!(codes == [Code::FalseProof] || !possible || !clear, "{codes:?}");
        }
    }

    #[test]
    fn nothing_makes_it_panic(seed: u64, dice: u64, blows in 1..30_usize) {
        let (day, plan) = made(seed);
        let (other_day, other) = made(dice);
        let mut dice = Dice(dice);
        let mut value = json(&plan);
        let foreign = json(&other);
        let any = |_: &Value| true;
        for _ in 0..blows {
            let all = pointers(&value, any);
            let pointer = &all[dice.below(all.len() as u64) as usize];
            let theirs = pointers(&foreign, any);
            let theirs = &theirs[dice.below(theirs.len() as u64) as usize];
            let mut changed = value.clone();
            let Some(target) = changed.pointer_mut(pointer) else { continue };
            match (dice.below(5), &mut *target) {
                (0, Value::Number(_)) => *target = EXTREMES[dice.below(6) as usize].into(),
                (1, Value::Array(items)) if !items.is_empty() => {
                    let (a, b) = (dice.below(items.len() as u64) as usize, dice.below(items.len() as u64) as usize);
                    items.swap(a, b);
                }
                (2, Value::Array(items)) if !items.is_empty() => {
                    let at = dice.below(items.len() as u64) as usize;
                    items.remove(at);
                }
                (3, Value::Array(items)) if !items.is_empty() => {
                    let copy = items[dice.below(items.len() as u64) as usize].clone();
                    let at = dice.below(items.len() as u64 + 1) as usize;
                    items.insert(at, copy);
                }
                (_, Value::String(text)) => *text = ["ghost", "job 0", "outlet 1", "place 2", ""][dice.below(5) as usize].to_owned(),
                _ => *target = foreign.pointer(theirs).cloned().unwrap_or_default(),
            }
            // Only changes that still read as a plan count; the others are the reader's to refuse.
            if let Ok(changed_plan) = serde_json::from_value::<Plan>(changed.clone()) {
                value = changed;
                for day in [&day, &other_day] {
                    let report = check(day, &changed_plan);
                    for violation in &report.violations {
                        prop_assert!(violation.to_string().starts_with(violation.code.name()));
                    }
                }
            }
        }
    }
}

#[test]
fn the_random_days_are_rich_enough() {
    let (mut jobs, mut served, mut unloads, mut breaks, mut waits, mut shared) = (0, 0, 0, 0, 0, 0);
    for seed in 0..400 {
        let (day, plan) = made(seed);
        jobs += day.jobs.len();
        served += day.jobs.len() - plan.unassigned.len();
        let steps = || plan.routes.iter().flat_map(|route| &route.steps);
        unloads += steps().filter(|step| matches!(step.kind, StepKind::Unload { .. })).count();
        breaks += steps().filter(|step| step.kind == StepKind::Break).count();
        waits += steps().filter(|step| step.start_s > step.arrival_s).count();
        shared += usize::from(plan.routes.len() > 1);
        assert!(plan.cost >= Cost(0));
    }
    assert!(
        jobs > 1_000 && served > 500 && unloads > 150 && breaks > 50 && waits > 200 && shared > 50,
        "{jobs} jobs, {served} served, {unloads} unloads, {breaks} breaks, {waits} waits, {shared} with two routes"
    );
}
