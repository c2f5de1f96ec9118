//! A city's day, all features together, against slow and obvious answers that read the instance and not the model.

use huilu_model::instance::Parts;
use huilu_model::{Cost, Instance, ReasonCode, Seconds, StepKind, Verdict, Window};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::cases::city;
use super::model::Model;
use super::route::Route;
use super::schedule::{Course, Term};
use super::tests::{capped, compare_looks, random_term, shuffled, slow_optimum};

/// Return and price of late starts of a departure, with a break before visit `break_at`; `None` where a window is missed.
fn drive(day: &Instance, course: &Course<'_>, departure: i64, break_at: Option<usize>) -> Option<(i64, i64)> {
    let vehicle = &day.vehicles[course.kind.members[0]];
    let holds = |window: Window, t: i64| window.start.0 <= t && t <= window.end.0;
    let (mut t, mut place, mut late) = (departure, vehicle.start, 0);
    for k in 0..=course.visits.len() {
        if break_at == Some(k) {
            let pause = vehicle.pause?;
            t = t.max(pause.window.start.0);
            if t > pause.window.end.0 {
                return None;
            }
            t += pause.duration.0;
        }
        let Some(&node) = course.visits.get(k) else { break };
        let node = node as usize;
        let (to, windows) = match day.jobs.get(node) {
            Some(job) => (job.place, &job.windows),
            None => {
                let outlet = &day.outlets[node - day.jobs.len()];
                (outlet.place, &outlet.windows)
            }
        };
        t += i64::from(day.travel[0].seconds(place, to));
        let banned = |t: i64| {
            day.places[to].zone.is_some_and(|zone| vehicle.bans.iter().any(|b| b.zone == zone && holds(b.window, t)))
        };
        t = (t..=200).find(|&t| windows.iter().any(|&w| holds(w, t)) && !banned(t))?;
        if let Some(job) = day.jobs.get(node) {
            let priced = job.late.iter().find(|slot| holds(slot.window, t));
            late += priced.map_or(0, |slot| slot.per_second.0 * (t - slot.window.start.0));
            t += job.service.0 + if place == to { 0 } else { job.setup.0 };
        } else {
            let outlet = &day.outlets[node - day.jobs.len()];
            let busy = outlet.queues.iter().find(|queue| holds(queue.window, t));
            t = busy.map_or(t, |queue| (t + queue.wait.0).min(queue.window.end.0)) + outlet.unload.0;
        }
        let term = course.terms[k + 1];
        t = (t + term.more).max(term.ready);
        place = to;
    }
    let home = if vehicle.open_end { 0 } else { i64::from(day.travel[0].seconds(place, vehicle.end)) };
    Some((t + home, late))
}

/// Least price of duration, late starts and overtime, by trying every second and every place of the break.
fn slow_price(day: &Instance, course: &Course<'_>) -> Option<i64> {
    let kind = course.kind;
    let vehicle = &day.vehicles[kind.members[0]];
    let mut best: Option<i64> = None;
    for departure in vehicle.shift.start.0.max(course.terms[0].ready)..=vehicle.shift.end.0 {
        for break_at in (0..=course.visits.len()).map(Some).chain([None]) {
            let Some((finish, late)) = drive(day, course, departure, break_at) else { continue };
            let closes = vehicle.pause.map(|pause| pause.window.end.0);
            let excused = closes.is_none_or(|closes| finish <= closes || departure > closes);
            let too_long = vehicle.max_duration.is_some_and(|most| finish - departure > most.0);
            if finish > vehicle.shift.end.0 || too_long || (break_at.is_none() && !excused) {
                continue;
            }
            let overtime = vehicle.overtime_from.map_or(0, |from| (finish - from.0).max(0) * vehicle.cost_overtime.0);
            let price = kind.per_second * (finish - departure) + late + overtime;
            best = Some(best.map_or(price, |best| best.min(price)));
        }
    }
    best
}

#[test]
fn the_cheapest_schedule_is_the_one_found_by_trying_every_second() {
    let (mut possible, mut with_break, mut priced) = (0, 0, 0);
    for seed in 0..1_500 {
        let day = city(seed, 5, 3, 2);
        let model = Model::new(&day);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        for kind in &model.kinds {
            let visits = shuffled(&mut rng, &model, 5);
            let terms: Vec<Term> = (0..=visits.len()).map(|_| random_term(&mut rng)).collect();
            let course = Course { model: &model, kind, visits: &visits, terms: &terms, drives: &[] };
            let price = |timing: &super::schedule::Timing| kind.per_second * timing.duration() + timing.extra;
            let fast = course.best_timing().filter(|timing| timing.duration() <= kind.duration_max);
            let slow = slow_price(&day, &course);
            assert_eq!(fast.as_ref().map(price), slow, "seed {seed}, {visits:?} {terms:?} {kind:?}");
            let Some(timing) = fast else { continue };
            possible += 1;
            priced += usize::from(timing.extra > 0);
            with_break += usize::from(timing.with_break);
            let (steps, pause) = course.moments(timing);
            assert_eq!((steps.len(), pause.is_some()), (visits.len(), timing.with_break));
            let late: i64 = visits.iter().zip(&steps).map(|(&node, at)| model.lateness(node, at.start)).sum();
            assert_eq!(late + kind.overtime(timing.finish), timing.extra, "seed {seed}: the moments are others'");
        }
    }
    assert!(
        possible > 300 && with_break > 30 && priced > 100,
        "{possible} possible, {with_break} with a break, {priced} priced: the cases are too poor"
    );
}

/// A drafted route never costs more than the settled one, and has a schedule wherever that has one.
#[test]
fn a_draft_is_a_lower_bound() {
    let (mut possible, mut dearer) = (0, 0);
    for seed in 0..3_000 {
        let day = city(seed, 6, 2, 2);
        let model = Model::new(&day);
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut route = Route::new(rng.random_range(0..model.kinds.len()));
        route.visits = shuffled(&mut rng, &model, 5);
        let drafted = route.draft(&model);
        let (draft, floor) = (route.cost, route.floor);
        let settled = drafted && route.settle(&model);
        assert!(!drafted || settled, "seed {seed}: a draft without a schedule");
        if settled {
            assert!(floor <= draft && draft <= route.cost, "seed {seed}: {floor} {draft} {}", route.cost);
            possible += 1;
            dearer += usize::from(draft < route.cost);
        }
    }
    assert!(possible > 200 && dearer > 20, "{possible} possible, {dearer} dearer: the cases are too poor");
}

#[test]
fn a_constant_time_look_at_an_insertion_agrees_with_the_full_evaluation() {
    // Every third day has limits that only a full evaluation sees.
    let (yes, no) = compare_looks(3_000, |seed| city(seed, 6, 2, 2), |seed| !seed.is_multiple_of(3));
    assert!(yes > 300 && no > 300, "{yes} possible, {no} not: the cases are too poor");
}

#[test]
fn small_days_are_solved_to_the_optimum_found_by_enumeration() {
    let (mut served, mut missed) = (0, 0);
    for seed in 0..60 {
        let day = city(seed, 4, 2, 2);
        let model = Model::new(&day);
        let plan = capped(&day, 3_000, 1, 1).plan;
        let index = |id: &str| day.jobs.iter().position(|job| job.id == id);
        let absent: i64 =
            plan.unassigned.iter().filter_map(|left| index(&left.job)).map(|job| model.absence[job]).sum();
        let own = plan.cost.0 - plan.cost_parts.penalties.0 + absent;
        missed += usize::from(own > slow_optimum(&model));
        served += day.jobs.len() - plan.unassigned.len();
    }
    assert!(served > 40, "only {served} jobs served: the cases are too poor");
    // A third are balanced days, where often only changes of both vehicles together are allowed.
    assert!(missed <= 5, "{missed} of 60 optima missed");
}

/// What the plans of many days show of each feature.
#[derive(Debug, Default)]
struct Seen {
    late: usize,
    overtime: usize,
    unpreferred: usize,
    queued: usize,
    open_ends: usize,
    next_door: usize,
    proven: usize,
}

impl Seen {
    fn add(&mut self, day: &Instance, plan: &huilu_model::Plan) {
        let parts = &plan.cost_parts;
        self.late += usize::from(parts.lateness > Cost::ZERO);
        self.overtime += usize::from(parts.overtime > Cost::ZERO);
        self.unpreferred += usize::from(parts.preference > Cost::ZERO);
        self.proven += plan.unassigned.iter().filter(|left| left.verdict == Verdict::ProvenInfeasible).count();
        for route in &plan.routes {
            let vehicle = day.vehicles.iter().find(|vehicle| vehicle.id == route.vehicle);
            self.open_ends += usize::from(vehicle.is_some_and(|vehicle| vehicle.open_end));
            for pair in route.steps.windows(2) {
                let unload = day.outlets.iter().find(|o| pair[1].kind == StepKind::Unload { outlet: o.id.clone() });
                let busy = |at: Seconds| {
                    let queues = unload.iter().flat_map(|outlet| &outlet.queues);
                    queues.into_iter().any(|q| q.wait.0 > 0 && q.window.start <= at && at < q.window.end)
                };
                self.queued += usize::from(busy(pair[1].start_s));
                let job = |k: usize| matches!(pair[k].kind, StepKind::Job { .. });
                self.next_door += usize::from(job(0) && job(1) && pair[0].place == pair[1].place);
            }
        }
    }

    fn rich(&self) -> bool {
        let all =
            [self.late, self.overtime, self.unpreferred, self.queued, self.open_ends, self.next_door, self.proven];
        all.into_iter().all(|times| times > 10)
    }
}

/// Every claim of a plan is recomputed by code that shares nothing with the search.
#[test]
fn the_independent_checker_accepts_every_plan() {
    let mut seen = Seen::default();
    for seed in 0..300 {
        let day = city(seed, 4 + seed as usize % 30, 1 + seed as usize % 5, seed as usize % 4);
        let outcome = capped(&day, 150, 1, 1);
        let report = huilu_check::check(&day, &outcome.plan);
        assert!(report.only_mandatory_jobs_missing(), "seed {seed}: {:#?}", report.violations);
        assert_eq!(report.is_clean(), outcome.feasible, "seed {seed}");
        assert_eq!((report.figures.cost, report.figures.cost_parts), (outcome.plan.cost, outcome.plan.cost_parts));
        seen.add(&day, &outcome.plan);
    }
    assert!(seen.rich(), "{seen:?}: the cases are too poor");
}

/// One day with all of it: the checker agrees, and each feature shows in the plan.
#[test]
fn one_city_day_has_all_features_together() {
    let day = city(1, 120, 12, 4);
    let plan = capped(&day, 1_500, 1, 1).plan;
    let report = huilu_check::check(&day, &plan);
    assert!(report.only_mandatory_jobs_missing(), "{:#?}", report.violations);
    let mut seen = Seen::default();
    seen.add(&day, &plan);
    assert!(seen.late * seen.overtime * seen.unpreferred * seen.open_ends * seen.next_door > 0, "{seen:?}");
}

/// Coming and being served at a queue are inverse to each other, and nobody is overtaken.
#[test]
fn nobody_is_overtaken_in_a_queue() {
    let mut waits = 0;
    for seed in 0..300 {
        let day = city(seed, 2, 1, 3);
        let model = Model::new(&day);
        for node in (0..3).map(|outlet| model.outlet_node(outlet)) {
            let served: Vec<i64> = (-5..90).map(|t| model.served(node, t)).collect();
            assert!(served.is_sorted(), "seed {seed}: {served:?}");
            waits += served.iter().zip(-5..90).filter(|(served, t)| **served > *t).count();
            for by in 0..80 {
                let last = (-5..90).rev().find(|&t| model.served(node, t) <= by);
                assert_eq!(Some(model.coming(node, by)), last, "seed {seed} by {by}: {:?}", day.outlets);
            }
        }
    }
    assert!(waits > 1_000, "{waits} waits: the cases are too poor");
}

/// Six jobs that ask for nothing and two vehicles that may do anything.
pub(super) fn two_vehicles(change: impl FnOnce(&mut Parts)) -> Parts {
    let mut parts = (*super::cases::random(1, 6, 2, 1)).clone();
    let always = vec![Window { start: Seconds(0), end: Seconds(1_000) }];
    for job in &mut parts.jobs {
        (job.loads, job.windows, job.release) = (Vec::new(), always.clone(), None);
        (job.setup, job.service, job.skills, job.penalty) = (Seconds(5), Seconds(1), 0, None);
    }
    parts.outlets.clear();
    for vehicle in &mut parts.vehicles {
        (vehicle.start, vehicle.end, vehicle.shift, vehicle.pause) = (0, 0, always[0], None);
        (vehicle.cost_fixed, vehicle.cost_per_second, vehicle.cost_per_metre) = (Cost(0), Cost(1), Cost(1));
        (vehicle.max_distance, vehicle.max_jobs, vehicle.max_day_grams, vehicle.max_day_litres) =
            (None, None, None, None);
    }
    change(&mut parts);
    parts
}

/// Doors next to each other share one setup, so a good plan never leaves one and comes back.
#[test]
fn next_door_stops_are_served_in_one_pass() {
    let day = Instance::new(two_vehicles(|parts| {
        for (k, job) in parts.jobs.iter_mut().enumerate() {
            job.place = 1 + k % 2;
        }
    }));
    let day = day.expect("valid");
    let plan = capped(&day, 500, 1, 1).plan;
    let places = plan.routes.iter().flat_map(|route| {
        let steps = route.steps.iter().filter(|step| matches!(step.kind, StepKind::Job { .. }));
        steps.map(|step| step.place.clone()).collect::<Vec<_>>()
    });
    let mut passes: Vec<String> = places.collect();
    assert_eq!(passes.len(), 6);
    passes.dedup();
    assert_eq!(passes.len(), 2, "{passes:?}");
}

/// A collector starts at home and may stop anywhere: the way back is neither driven nor paid.
#[test]
fn collectors_start_at_home_and_may_end_anywhere() {
    let closed = Instance::new(two_vehicles(|parts| parts.vehicles.iter_mut().for_each(|v| (v.start, v.end) = (5, 5))));
    let open = Instance::new(two_vehicles(|parts| {
        parts.vehicles.iter_mut().for_each(|vehicle| (vehicle.start, vehicle.open_end) = (5, true));
    }));
    let (closed, open) = (closed.expect("valid"), open.expect("valid"));
    let (there_and_back, there) = (capped(&closed, 500, 1, 1).plan, capped(&open, 500, 1, 1).plan);
    assert!(there.cost < there_and_back.cost);
    for route in &there.routes {
        assert_eq!(route.steps[0].place, "p5");
        let last = &route.steps[route.steps.len() - 2..];
        assert_eq!((&last[0].place, last[0].departure_s), (&last[1].place, last[1].arrival_s));
    }
    assert!(huilu_check::check(&open, &there).is_clean() && huilu_check::check(&closed, &there_and_back).is_clean());
    assert!(!huilu_check::check(&closed, &there).is_clean(), "a closed route may not stop anywhere");
}

/// What one battery does not reach, two do; what none reaches is left out.
#[test]
fn a_battery_s_range_is_never_passed() {
    let with_range = |metres: i64| {
        let change = |parts: &mut Parts| {
            parts.jobs.iter_mut().for_each(|job| job.penalty = Some(Cost(10_000)));
            parts.vehicles.iter_mut().for_each(|v| v.max_distance = Some(huilu_model::Metres(metres)));
        };
        Instance::new(two_vehicles(change)).expect("valid")
    };
    let longest = |plan: &huilu_model::Plan| plan.routes.iter().map(|route| route.distance_m.0).max().unwrap_or(0);
    let free = capped(&with_range(1_000), 500, 1, 1).plan;
    let range = longest(&free) - 1;
    for metres in [range, range / 2, 1] {
        let day = with_range(metres);
        let plan = capped(&day, 500, 1, 1).plan;
        assert!(longest(&plan) <= metres && plan.cost > free.cost, "{metres}");
        assert!(huilu_check::check(&day, &plan).is_clean());
    }
}

/// A file in the wire form with every feature, among them a pickup larger than any vehicle: read and written without loss, solved,
/// checked, and its parts add up.
#[test]
fn a_file_with_every_feature_is_solved_and_its_parts_add_up() {
    let text = r#"{
        "name": "city", "streams": ["paper", "metal"],
        "places": [{"id": "home"}, {"id": "shop", "zone": "old town"}, {"id": "yard"}, {"id": "outlet"}],
        "matrices": [{"profile": "trike", "size": 4,
            "seconds": [0, 600, 700, 300, 600, 0, 300, 500, 700, 300, 0, 400, 300, 500, 400, 0],
            "metres": [0, 3000, 3500, 1500, 3000, 0, 1500, 2500, 3500, 1500, 0, 2000, 1500, 2500, 2000, 0]}],
        "jobs": [
            {"id": "bulk", "place": "yard", "splittable": true, "service_s": 601, "penalty": 70001,
                "loads": [{"stream": "paper", "grams": 250001, "litres": 2001}, {"stream": "metal", "grams": 7, "litres": 0}],
                "time_windows": [{"start": 28800, "end": 72000}]},
            {"id": "late", "place": "shop", "loads": [{"stream": "paper", "grams": 9000, "litres": 90}], "penalty": 90000,
                "time_windows": [{"start": 28800, "end": 72000, "soft_end": 29000, "late_cost_per_h": 300}],
                "preferred_vehicles": ["b"], "other_vehicle_cost": 400}
        ],
        "vehicles": [
            {"id": "a", "profile": "trike", "start": "home", "capacity_g": 120000, "shift": {"start": 28800, "end": 64800},
                "compartments": [{"streams": ["paper", "metal"], "capacity_g": 120000, "capacity_l": 1000}],
                "costs": {"fixed": 100, "per_hour": 2500, "per_km": 30, "overtime_per_hour": 1000}, "overtime_from": 30000,
                "bans": [{"zone": "old town", "hours": [{"start": 28800, "end": 36000}]}]},
            {"id": "b", "profile": "trike", "start": "home", "end": "home", "capacity_g": 9000,
                "shift": {"start": 28800, "end": 64800}, "max_distance_m": 9000, "bans": [{"zone": "nowhere", "hours": []}],
                "compartments": [{"streams": ["paper"], "capacity_g": 9000, "capacity_l": 90}],
                "costs": {"fixed": 100, "per_hour": 2500, "per_km": 30}}
        ],
        "outlets": [{"id": "o", "place": "outlet", "streams": ["paper", "metal"], "hours": [{"start": 0, "end": 86400}],
            "unload_s": 300, "queues": [{"start": 28800, "end": 32400, "wait_s": 900}]}]
    }"#;
    let elsewhere: huilu_model::Problem = serde_json::from_str(text).expect("well-formed");
    let elsewhere = Instance::try_from(&elsewhere).expect("a ban from a zone where nobody has booked is no fault");
    assert!(elsewhere.vehicles[1].bans.is_empty());
    let problem: huilu_model::Problem =
        serde_json::from_str(&text.replace("nowhere", "old town")).expect("well-formed");
    let written = serde_json::to_string(&problem).expect("plain data");
    assert_eq!(serde_json::from_str::<huilu_model::Problem>(&written).expect("its own"), problem);
    let mut problem = problem;
    problem.vehicles[1].bans.clear();
    let day = Instance::try_from(&problem).expect("valid");
    let ids: Vec<&str> = day.jobs.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(ids, ["bulk#1", "late", "bulk#2", "bulk#3"]);

    let plan = capped(&day, 500, 1, 1).plan;
    let report = huilu_check::check(&day, &plan);
    assert!(report.is_clean(), "{:#?}", report.violations);
    assert_eq!((plan.unassigned.len(), report.figures.delivered_g.0), (0, 250_001 + 7 + 9_000));
    let by_hand = |id: &str| plan.routes.iter().find(|route| route.vehicle == id).expect("both are needed");
    assert_eq!(by_hand("a").steps.last().map(|step| step.place.as_str()), Some("outlet"), "it ends anywhere");
    let start = by_hand("b").steps[1].start_s.0;
    let lateness = (start - 29_000).max(0) * 300 * huilu_model::problem::COST_SCALE / 3_600;
    assert_eq!((plan.cost_parts.lateness, plan.cost_parts.preference), (Cost(lateness), Cost(0)));
    assert!(plan.cost_parts.overtime > Cost::ZERO && lateness > 0);
}

/// A ban, or a lock, is not told as a lack of room: neither before the search nor beside a plan.
#[test]
fn bans_and_locks_are_named_as_what_they_are() {
    let day = |change: &dyn Fn(&mut Parts)| {
        let parts = two_vehicles(|parts| {
            parts.zones = vec!["old town".to_owned()];
            parts.places[parts.jobs[0].place].zone = Some(0);
            change(parts);
        });
        Instance::new(parts).expect("valid")
    };
    let ban = |parts: &mut Parts| {
        for vehicle in &mut parts.vehicles {
            let always = Window { start: Seconds(0), end: Seconds(1_000) };
            vehicle.bans = vec![huilu_model::Ban { zone: 0, window: always }];
        }
    };
    let banned = day(&ban);
    let faults = super::impossible(&banned).0;
    assert!(faults[0].message.contains("banned"), "{faults:?}");
    let model = Model::new(&banned);
    let nobody = super::solution::Solution::new(&model);
    assert_eq!(super::reasons::refusal(&model, &nobody, 0, 0), Some(ReasonCode::Area));

    // Locked to a vehicle that serves nothing.
    let locked = day(&|parts| {
        parts.locks.vehicles = vec![huilu_model::locks::VehicleLock { job: 0, vehicles: vec![1] }];
        parts.vehicles[1].max_jobs = Some(0);
    });
    let faults = super::impossible(&locked).0;
    assert!(faults[0].message.contains("locks"), "{faults:?}");
}
