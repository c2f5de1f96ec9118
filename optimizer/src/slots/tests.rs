//! Prices of slots against the evaluator on every place.

use huilu_model::instance::{Parts, SKILLS_MAX};
use huilu_model::locks::{LockedVisit, PrefixLock};
use huilu_model::plan::StreamLoad;
use huilu_model::problem::JobSpec;
use huilu_model::replan::Keep;
use huilu_model::{Among, Balance, Cost, Faults, Grams, Instance, Job, Plan, ReasonCode, Seconds, Window};

use super::desk::against;
use super::{Asked, Desk, Ways, with_pricer};
use crate::bounded;
use crate::explain::offers::open_offers;
use crate::explain::standing::Standing;
use crate::explain::tests::{planned, stops};
use crate::limits::{Limits, NoClock};
use crate::resources::model::{Model, Node};
use crate::routing::cases::{balanced, city, limited, locked, one_way, random};
use crate::routing::output;
use crate::routing::solution::Solution;

/// The last jobs are one booking in three slots; the plan is made without them.
fn booked(seed: u64) -> (Instance, Plan) {
    let day = if seed.is_multiple_of(2) { random(seed, 12, 3, 2) } else { city(seed, 12, 3, 2) };
    let mut parts = (*day).clone();
    let asked = parts.jobs.pop().expect("a job");
    parts.jobs.iter_mut().for_each(|job| job.release = None);
    let plan = planned(&Instance::new(parts.clone()).expect("valid"), 200);
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

/// By the evaluator, on every place there is.
fn cheapest_of_all(standing: &mut Standing<'_, '_>, slot: usize) -> Option<i64> {
    let model = standing.model;
    let mut best = None;
    for vehicle in standing.vehicles().collect::<Vec<_>>() {
        if !model.kinds[standing.solution.routes[vehicle].kind].serves[slot] {
            continue;
        }
        for offer in open_offers(model, &standing.solution, vehicle, slot) {
            let cost = offer.cost(model, &mut standing.solution, vehicle as u32, i64::MAX);
            best = best.into_iter().chain(cost).min();
        }
    }
    best
}

/// Kinds of days; the last two have vehicles under way, at a frozen moment or by locks alone.
const KINDS: u64 = 8;
const FROZEN: u64 = 6;
const BEGUN: u64 = 7;

/// Locks the first stop of every route that begins with a job.
fn begin(parts: &mut Parts, plan: &Plan) {
    for route in &plan.routes {
        let first = stops(plan, &route.vehicle).into_iter().next();
        let job = first.and_then(|id| parts.jobs.iter().position(|job| job.id == id));
        let vehicle = parts.vehicles.iter().position(|car| car.id == route.vehicle);
        if let (Some(vehicle), Some(job)) = (vehicle, job) {
            parts.locks.prefixes.push(PrefixLock {
                vehicle,
                visits: vec![LockedVisit::Job(job)],
                ..PrefixLock::default()
            });
        }
    }
}

/// Days of every kind, the last three jobs being one booking in three slots.
fn every_kind(seed: u64) -> Option<(Instance, Plan)> {
    let day = match seed % KINDS {
        0 => random(seed, 14, 3, 3),
        1 => limited(seed, 14, 3, 3),
        2 => balanced(seed, 14, 3, 3),
        3 => one_way(seed, 14, 3, 3),
        4 => city(seed, 14, 3, 3),
        5 => locked(seed, 14, 3, 3).ok()?,
        6 => random(seed / 2, 14, 3, 3),
        _ => limited(seed / 2, 14, 3, 3),
    };
    let mut parts = (*day).clone();
    let asked = Job { late: Vec::new(), ..parts.jobs.pop()? };
    let gone = parts.jobs.len();
    parts.locks.vehicles.retain(|lock| lock.job != gone);
    parts.locks.starts.retain(|lock| lock.job != gone);
    parts.locks.sequences.retain(|lock| lock.after != gone);
    let mut plan = planned(&Instance::new(parts.clone()).ok()?, 200);
    if seed % KINDS == FROZEN {
        let keep = Keep { freeze_before: Some(Seconds(5 + seed as i64 % 30)), max_changed: None };
        keep.lock(&mut parts, Some(&plan), &mut Faults::default());
        plan = planned(&Instance::new(parts.clone()).ok()?, 200);
    } else if seed % KINDS == BEGUN {
        begin(&mut parts, &plan);
    }
    let slot = |k: i64| {
        let window = |from: i64, to: i64| Window { start: Seconds(from), end: Seconds(to) };
        let more = (k == 2).then(|| window(60, 75));
        Job {
            id: format!("slot {k}"),
            windows: [window(20 * k, 20 * k + 12)].into_iter().chain(more).collect(),
            ..asked.clone()
        }
    };
    parts.jobs.extend((0..3).map(slot));
    Some((Instance::new(parts).ok()?, plan))
}

#[test]
fn a_slot_costs_what_the_evaluator_says_of_every_place() {
    let (mut priced, mut none, mut under_way) = (0, 0, [0, 0]);
    for (seed, (instance, plan)) in (0..560).filter_map(|seed| Some((seed, every_kind(seed)?))) {
        let slots: Vec<usize> = (instance.jobs.len() - 3..instance.jobs.len()).collect();
        let prices = with_pricer(&instance, &plan, |pricer| pricer.prices(&slots)).expect("the plan fits");
        let model = Model::new(&instance);
        let mut standing = Standing::new(&model, &plan).expect("the plan fits");
        for (&slot, price) in slots.iter().zip(&prices) {
            let cheapest = cheapest_of_all(&mut standing, slot);
            assert_eq!(price.as_ref().map(|price| price.cost.0), cheapest, "seed {seed}, slot {slot}");
            if price.is_some() {
                priced += 1
            } else {
                none += 1
            }
            let begun = |id: &String| {
                let mut prefixes = instance.locks.prefixes.iter().filter(|prefix| !prefix.visits.is_empty());
                prefixes.any(|prefix| instance.vehicles[prefix.vehicle].id == *id)
            };
            if price.as_ref().is_some_and(|price| begun(&price.vehicle)) {
                under_way[usize::from(seed % KINDS == BEGUN)] += 1;
            }
        }
    }
    assert!(priced > 300 && none > 100, "{priced} priced, {none} not");
    assert!(under_way.iter().all(|&times| times > 10), "{under_way:?} on vehicles under way");
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
                    let kept = trial.replace(&model, vehicle as u32, |own| own.insert(gap, slot as Node));
                    if kept && trial.fairness.is_allowed() {
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

/// The same questions put to a desk: the booking's place is one of the plan's, and nothing is set up there.
fn desk_for(instance: &Instance, plan: &Plan) -> (Desk, Asked) {
    let mut parts = Parts::clone(instance);
    let slots: Vec<Job> = parts.jobs.drain(parts.jobs.len() - 3..).collect();
    let n_places = parts.places.len();
    let ways = parts.travel.iter().map(|travel| {
        let to: Vec<(u32, u32)> =
            (0..n_places).map(|k| (travel.seconds(slots[0].place, k), travel.metres(slots[0].place, k))).collect();
        let from: Vec<(u32, u32)> =
            (0..n_places).map(|k| (travel.seconds(k, slots[0].place), travel.metres(k, slots[0].place))).collect();
        Ways {
            seconds_to: to.iter().map(|way| way.0).collect(),
            metres_to: to.iter().map(|way| way.1).collect(),
            seconds_from: from.iter().map(|way| way.0).collect(),
            metres_from: from.iter().map(|way| way.1).collect(),
        }
    });
    let load = |load: &huilu_model::Load| StreamLoad {
        stream: parts.streams[load.stream].clone(),
        grams: load.grams,
        litres: load.litres,
    };
    let asked = Asked {
        job: JobSpec {
            loads: slots[0].loads.iter().map(load).collect(),
            setup_s: slots[0].setup,
            service_s: slots[0].service,
            skills: (0..64)
                .filter(|bit| slots[0].skills >> bit & 1 == 1)
                .map(|bit| parts.skills.get(bit).cloned().unwrap_or_default())
                .collect(),
            ..JobSpec::default()
        },
        position: parts.places[slots[0].place].position,
        place: None,
        slots: slots.iter().map(|job| job.windows[0]).collect(),
        ways: ways.collect(),
    };
    (Desk::new(Instance::new(parts).expect("valid"), plan.clone(), None).expect("the plan fits"), asked)
}

/// `elsewhere`: without what depends on where the vehicle was before, or on a zone, so that a place of its own is as good.
fn moved_in(seed: u64, elsewhere: bool) -> (Instance, Plan) {
    let (instance, plan) = booked(seed);
    let mut parts = (*instance).clone();
    let first = parts.jobs.len() - 3;
    parts.jobs[first..].iter_mut().for_each(|job| job.preferred.clear());
    if elsewhere {
        parts.jobs.iter_mut().for_each(|job| job.setup = Seconds(0));
        parts.places.iter_mut().for_each(|place| place.zone = None);
    }
    (Instance::new(parts).expect("valid"), plan)
}

#[test]
fn a_desk_says_what_the_plan_with_the_slots_in_it_says_whatever_it_was_asked_before() {
    let (mut priced, mut against) = (0, 0);
    for seed in 0..120 {
        let elsewhere = seed % 4 < 2;
        let (instance, plan) = moved_in(seed, elsewhere);
        let slots: Vec<usize> = (instance.jobs.len() - 3..instance.jobs.len()).collect();
        let expected = with_pricer(&instance, &plan, |pricer| pricer.prices(&slots)).expect("the plan fits");
        let (desk, mut asked) = desk_for(&instance, &plan);
        asked.place = (!elsewhere).then(|| instance.jobs[slots[0]].place);
        let (desk, first) = desk.ask(&asked).expect("it makes sense");
        let places: Vec<_> = first.iter().map(|quote| quote.place.clone()).collect();
        assert_eq!(places, expected, "seed {seed}");
        // Another booking in between: heavier, elsewhere, in other hours.
        let mut other = asked.clone();
        other.job.loads.iter_mut().for_each(|load| load.grams.0 += 1);
        other.ways.iter_mut().for_each(|ways| ways.seconds_to.iter_mut().for_each(|way| *way += 3));
        other.slots.truncate(1);
        let (desk, quotes) = desk.ask(&other).expect("it makes sense");
        assert_eq!(quotes.len(), 1);
        let (_, again) = desk.ask(&asked).expect("it makes sense");
        assert_eq!(again, first, "seed {seed}");
        priced += places.iter().flatten().count();
        against += first.iter().filter(|quote| quote.place.is_none() && !quote.reasons.is_empty()).count();
    }
    assert!(priced > 50 && against > 10, "{priced} priced, {against} with reasons");
}

#[test]
fn what_nobody_can_carry_or_reach_has_a_reason_and_the_desk_stays_in_order() {
    let (instance, plan) = moved_in(4, true);
    let (desk, asked) = desk_for(&instance, &plan);
    let change = |of: &dyn Fn(&mut Asked)| {
        let mut asked = asked.clone();
        of(&mut asked);
        asked
    };
    let unknown = change(&|asked| asked.job.loads[0].stream = "moon dust".to_owned());
    let heavy = change(&|asked| asked.job.loads[0].grams.0 = 1_000_000_000);
    let skilled = change(&|asked| asked.job.skills.push("juggling".to_owned()));
    let far = change(&|asked| asked.ways.clear());
    let mut desk = desk;
    for (asked, code) in [
        (unknown, Some(ReasonCode::Capacity)),
        (heavy, Some(ReasonCode::Capacity)),
        (skilled, Some(ReasonCode::Skill)),
        (far, None),
    ] {
        let (back, quotes) = desk.ask(&asked).expect("it makes sense");
        desk = back;
        assert!(quotes.iter().all(|quote| quote.place.is_none()), "{code:?}");
        if let Some(code) = code {
            assert!(quotes.iter().all(|quote| quote.reasons.first() == Some(&code)), "{quotes:?}");
        }
    }
    let (fresh, _) = desk_for(&instance, &plan);
    assert_eq!(desk.ask(&asked).expect("it makes sense").1, fresh.ask(&asked).expect("it makes sense").1);
}

#[test]
fn what_has_no_place_has_a_reason() {
    let mut none = 0;
    for seed in (0..560).step_by(3) {
        let Some((instance, plan)) = every_kind(seed) else { continue };
        let model = Model::new(&instance);
        let solution = Standing::new(&model, &plan).expect("the plan fits").solution;
        let slots: Vec<usize> = (instance.jobs.len() - 3..instance.jobs.len()).collect();
        let prices = with_pricer(&instance, &plan, |pricer| pricer.prices(&slots)).expect("the plan fits");
        for (&slot, _) in slots.iter().zip(&prices).filter(|(_, price)| price.is_none()) {
            assert!(!against(&model, &solution, slot).is_empty(), "seed {seed}, slot {slot}");
            none += 1;
        }
    }
    assert!(none > 100, "{none} without a place");
}

/// Nobody goes out, and nobody may work longer, or collect more, than anybody else: whoever serves the booking would.
#[test]
fn limits_on_spreads_are_told_as_hours_or_weight() {
    let mut told = [0, 0];
    for seed in 0..120 {
        let mut parts = Parts::clone(&random(seed, 4, 2, 2));
        parts.jobs.iter_mut().for_each(|job| job.penalty = Some(Cost(150)));
        parts.vehicles.iter_mut().for_each(|car| car.end_empty = false);
        let free = Instance::new(parts.clone()).expect("valid");
        let hours = seed % 2 == 0;
        parts.balance = vec![Balance {
            vehicles: (0..parts.vehicles.len()).collect(),
            among: Among::OnDuty,
            cost_per_second: Cost(0),
            spread_max: hours.then_some(Seconds(0)),
            cost_per_gram: Cost(0),
            spread_max_grams: (!hours).then_some(Grams(0)),
        }];
        let limited = Instance::new(parts).expect("valid");
        let (model, unlimited) = (Model::new(&limited), Model::new(&free));
        let (solution, idle) = (Solution::new(&model), Solution::new(&unlimited));
        let plan = output::plan(&unlimited, &idle);
        for job in 0..limited.jobs.len() {
            let price = |instance| with_pricer(instance, &plan, |pricer| pricer.prices(&[job])).expect("it fits");
            // Without limits nothing would stand against it.
            let open = price(&free) != [None] && against(&unlimited, &idle, job).is_empty();
            if open && price(&limited) == [None] {
                let code = if hours { ReasonCode::ShiftEnd } else { ReasonCode::Capacity };
                let reasons = against(&model, &solution, job);
                assert_eq!(reasons, [code], "seed {seed}, job {job}");
                told[usize::from(hours)] += 1;
            }
        }
    }
    assert!(told.iter().all(|&times| times > 30), "{told:?}");
}

#[test]
fn a_skill_that_nobody_has_is_not_taken_for_the_last_of_as_many_as_there_can_be() {
    let (instance, plan) = moved_in(4, true);
    let (_, mut asked) = desk_for(&instance, &plan);
    let mut parts = Parts::clone(&instance);
    parts.jobs.truncate(parts.jobs.len() - 3);
    parts.skills = (0..SKILLS_MAX).map(|k| format!("skill {k}")).collect();
    parts.vehicles.iter_mut().for_each(|vehicle| vehicle.skills = u64::MAX);
    let mut desk = Desk::new(Instance::new(parts).expect("valid"), plan, None).expect("the plan fits");
    for (skill, open) in [("skill 63", true), ("juggling", false)] {
        asked.job.skills = vec![skill.to_owned()];
        let (back, quotes) = desk.ask(&asked).expect("it makes sense");
        desk = back;
        assert_eq!(quotes.iter().any(|quote| quote.place.is_some()), open, "{skill}");
        assert!(open || quotes.iter().all(|quote| quote.reasons == [ReasonCode::Skill]), "{quotes:?}");
    }
}

#[test]
fn worth_is_the_mean_price_of_the_nearest_planned_jobs_of_the_same_hours() {
    let (instance, plan) = moved_in(4, true);
    let n_jobs = instance.jobs.len() - 3;
    let (_, asked) = desk_for(&instance, &plan);
    let mut parts = (*instance).clone();
    parts.jobs.truncate(n_jobs);
    let without = Instance::new(parts).expect("valid");
    let ask = |prices: Option<&[f64]>| {
        let desk = Desk::new(without.clone(), plan.clone(), prices).expect("the plan fits");
        desk.ask(&asked).expect("it makes sense").1
    };
    assert!(ask(None).iter().all(|quote| quote.worth.is_none() && quote.displacement() == Cost(0)));
    let high = ask(Some(&vec![1_000.0; n_jobs]));
    let with_worth: Vec<_> = high.iter().filter(|quote| quote.worth.is_some()).collect();
    assert!(!with_worth.is_empty(), "some planned job has hours like these");
    for quote in with_worth {
        assert_eq!(quote.worth, Some(Cost(1_000)));
        if let Some(place) = &quote.place {
            assert_eq!(quote.displacement(), Cost((1_000 - place.cost.0).max(0)));
        }
    }
    assert!(ask(Some(&vec![-5.0; n_jobs])).iter().all(|quote| quote.displacement() == Cost(0)), "never below nothing");
    assert!(ask(Some(&vec![f64::NAN; n_jobs])).iter().all(|quote| quote.worth.is_none()));
}

/// A plan whose cost meets a bound over all routes, with its cost; none where the proof does not come so far.
fn proved(instance: &Instance) -> Option<Plan> {
    let cancel = std::sync::atomic::AtomicBool::new(false);
    let limits = Limits { clock: &NoClock, seconds: None, iterations: Some(400), cancel: &cancel };
    let run = bounded::solve(instance, None, &bounded::BoundedParams::default(), 1, &limits, &mut |_| {});
    (run.outcome.feasible && run.outcome.plan.lower_bound == Some(run.outcome.plan.cost)).then_some(run.outcome.plan)
}

/// Exact: the best plan with the booking less the best plan without it, both proved. The price is that of one way to serve it, so
/// never below. Negative control: the price of a plan that is not the best may be.
#[test]
fn on_a_proved_plan_no_slot_is_priced_below_its_exact_marginal_cost() {
    let (mut compared, mut exact_hits, mut over, mut exact_sum) = (0, 0, 0, 0);
    for seed in 0..160 {
        // Pricing knows every rule of such a day, so that proofs come to an end.
        let mut parts = (*random(seed, 6, 2, 1)).clone();
        for job in &mut parts.jobs {
            (job.penalty, job.release) = (job.penalty.or(Some(Cost(150))), None);
        }
        parts.outlets.iter_mut().for_each(|outlet| outlet.capacity.fill(None));
        let mut asked = parts.jobs.pop().expect("a job");
        asked.windows = vec![Window { start: Seconds(0), end: Seconds(70) }];
        let Some(plan) = proved(&Instance::new(parts.clone()).expect("valid")) else { continue };
        // Served whatever it costs.
        asked.penalty = None;
        parts.jobs.push(asked);
        let with = Instance::new(parts).expect("valid");
        let Some(best) = proved(&with) else { continue };
        let slot = [with.jobs.len() - 1];
        let price = with_pricer(&with, &plan, |pricer| pricer.prices(&slot)).expect("the plan fits");
        let exact = best.cost - plan.cost;
        let Some(price) = price[0].as_ref().map(|price| price.cost) else { continue };
        assert!(price >= exact, "seed {seed}: {} below the exact {}", price.0, exact.0);
        compared += 1;
        exact_hits += usize::from(price == exact);
        over += (price - exact).0;
        exact_sum += exact.0;
    }
    println!(
        "{compared} slots on proved plans: {exact_hits} priced exactly, mean price above the exact cost {:.2} of {:.2}",
        over as f64 / f64::from(compared.max(1)),
        exact_sum as f64 / f64::from(compared.max(1))
    );
    assert!(compared > 20 && exact_hits * 2 > compared as usize, "{compared} compared, {exact_hits} exact");
}
