//! Prices of slots against the evaluator on every place.

use huilu_model::{Instance, Job, Plan, Seconds, Window};

use super::with_pricer;
use crate::explain::standing::Standing;
use crate::resources::model::{Model, Node};
use crate::routing::cases::{city, random};

/// The last jobs are one booking in three slots; the plan is made without them.
fn booked(seed: u64) -> (Instance, Plan) {
    let day = if seed.is_multiple_of(2) { random(seed, 12, 3, 2) } else { city(seed, 12, 3, 2) };
    let mut parts = (*day).clone();
    let asked = parts.jobs.pop().expect("a job");
    parts.jobs.iter_mut().for_each(|job| job.release = None);
    let plan = crate::explain::tests::planned(&Instance::new(parts.clone()).expect("valid"), 200);
    let slot = |k: i64| Job {
        id: format!("slot {k}"),
        windows: vec![Window { start: Seconds(20 * k), end: Seconds(20 * k + 19) }],
        release: None,
        late: Vec::new(),
        ..asked.clone()
    };
    parts.jobs.extend((0..3).map(slot));
    (Instance::new(parts).expect("valid"), plan)
}

#[test]
fn a_slot_costs_what_the_cheapest_of_all_places_costs() {
    let (mut priced, mut none, mut differ) = (0, 0, 0);
    for seed in 0..240 {
        let (instance, plan) = booked(seed);
        let slots: Vec<usize> = (instance.jobs.len() - 3..instance.jobs.len()).collect();
        let prices = with_pricer(&instance, &plan, |pricer| pricer.prices(&slots)).expect("the plan fits");
        let model = Model::new(&instance);
        let mut standing = Standing::new(&model, &plan).expect("the plan fits");
        for (&slot, price) in slots.iter().zip(&prices) {
            let cheapest = standing.cheapest_place(slot).map(|place| place.cost);
            assert_eq!(price.as_ref().map(|price| price.cost.0), cheapest, "seed {seed}, slot {slot}");
            // Whatever comes in alone is never cheaper than the price.
            for vehicle in standing.vehicles().collect::<Vec<_>>() {
                for gap in 0..=standing.solution.routes[vehicle].visits.len() {
                    let mut trial = standing.solution.clone();
                    let before = trial.routes[vehicle].cost;
                    if trial.replace(&model, vehicle as u32, |own| own.insert(gap, slot as Node)) {
                        let cost = trial.routes[vehicle].cost - before;
                        assert!(price.as_ref().is_some_and(|price| price.cost.0 <= cost), "seed {seed}, slot {slot}");
                    }
                }
            }
            if price.is_some() { priced += 1 } else { none += 1 }
        }
        differ += usize::from(prices.iter().flatten().any(|price| Some(price) != prices.iter().flatten().next()));
    }
    assert!(priced > 100 && none > 20 && differ > 30, "{priced} priced, {none} not, {differ} differ");
}
