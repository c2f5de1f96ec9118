//! What was done to the day or its plan, and the codes it must be refused with: first the one the case is about, then
//! those that follow from it. Where a rule must be broken while all claims stay true, the day is changed instead.

use huilu_check::Code::{self, *};
use huilu_model::instance::Parts;
use huilu_model::locks::{Frozen, LockedVisit, Placement, PrefixLock, SequenceLock, StartLock, VehicleLock};
use huilu_model::replan::Keep;
use huilu_model::{
    Among, Balance, Ban, Break, Cost, CostParts, Faults, Grams, Late, Litres, Load, Metres, Plan, Queue, ReasonCode,
    Seconds, StepKind, StreamSet, Travel, UNREACHABLE, Verdict, Wgs84, Whole,
};

use crate::day::{left_out, load, step, window};

type Change = fn(&mut Parts, &mut Plan);

fn pair(before: usize, after: usize, directly: bool) -> SequenceLock {
    SequenceLock { before, after, directly }
}

fn begin(vehicle: usize, visits: &[LockedVisit]) -> PrefixLock {
    PrefixLock { vehicle, visits: visits.to_vec(), ..PrefixLock::default() }
}

fn start(job: usize, from: i64, to: i64) -> StartLock {
    StartLock { job, window: window(from, to) }
}

/// The plan itself is what was planned before.
fn keep(day: &mut Parts, plan: &Plan, freeze: Option<i64>, max_changed: Option<u32>) {
    let mut faults = Faults::default();
    Keep { freeze_before: freeze.map(Seconds), max_changed }.lock(day, Some(plan), &mut faults);
    assert_eq!(faults, Faults::default());
}

fn frozen(day: &mut Parts, vehicle: usize) -> &mut Frozen {
    let prefix = day.locks.prefixes.iter_mut().find(|prefix| prefix.vehicle == vehicle);
    prefix.and_then(|prefix| prefix.frozen.as_mut()).expect("the vehicle was under way")
}

const VAN: usize = 0;
const TRIKE: usize = 1;
const SPARE: usize = 2;

pub(crate) fn make_o1_mandatory(day: &mut Parts, plan: &mut Plan) {
    day.jobs[4].penalty = None;
    plan.cost_parts.penalties.0 -= 200;
    plan.cost.0 -= 200;
}

fn school_to_centre(day: &mut Parts, seconds: u32) {
    if let Travel::Matrix(matrix) = &mut day.travel[0] {
        matrix.seconds[2 * 5 + 3] = seconds;
    }
}

/// The trike waits ten seconds at the school for nothing; all else follows.
fn dawdle(plan: &mut Plan) {
    let steps = &mut plan.routes[TRIKE].steps;
    steps[1].start_s.0 += 10;
    steps[1].departure_s.0 += 10;
    (steps[2].arrival_s, steps[2].start_s, steps[2].departure_s) = (Seconds(440), Seconds(440), Seconds(440));
    plan.routes[TRIKE].duration_s.0 += 10;
    plan.routes[TRIKE].cost.0 += 10;
    plan.cost_parts.time.0 += 10;
    plan.cost.0 += 10;
}

/// The trike serves its job a second time, thirty seconds that are paid; all else follows.
fn serve_twice(plan: &mut Plan) {
    let paper = vec![load("paper", 100, 10)];
    let again = step(plan.routes[TRIKE].steps[1].kind.clone(), "school", [230, 230, 260], 2_000, paper.clone());
    plan.routes[TRIKE].steps[2] = step(StepKind::End, "depot", [460; 3], 4_000, paper);
    plan.routes[TRIKE].steps.insert(2, again);
    plan.routes[TRIKE].duration_s.0 += 30;
    plan.routes[TRIKE].cost.0 += 30;
    plan.cost_parts.time.0 += 30;
    plan.cost.0 += 30;
}

/// From now on the trike, out from 0 to 430, has a break.
fn rest_of_trike(day: &mut Parts, earliest: i64, latest: i64) {
    day.vehicles[TRIKE].pause = Some(Break { window: window(earliest, latest), duration: Seconds(5) });
}

/// Nobody but the spare vehicle may serve o1, which is called impossible.
fn only_spare_for_o1(day: &mut Parts, plan: &mut Plan) {
    (day.jobs[4].skills, day.vehicles[SPARE].skills) = (2, 2);
    plan.unassigned[0].verdict = Verdict::ProvenInfeasible;
}

/// The spare vehicle has to take a break that is longer than its shift, unless it leaves after second 10.
fn endless_break_of_spare(day: &mut Parts, shift_end: i64) {
    day.vehicles[SPARE].pause = Some(Break { window: window(0, 10), duration: Seconds(9_999) });
    day.vehicles[SPARE].shift = window(0, shift_end);
}

/// 200 there, 10 setup, 30 service by 240; then a break from 300 to 320, and 200 back: 520. Before the job there is no
/// time for it.
fn break_of_spare_after_the_job(day: &mut Parts, shift_end: i64) {
    day.jobs[4].windows = vec![window(0, 250)];
    day.vehicles[SPARE].pause = Some(Break { window: window(300, 310), duration: Seconds(20) });
    day.vehicles[SPARE].shift = window(0, shift_end);
}

/// At the depot no setup is needed: 30 seconds of service are all.
fn o1_at_the_depot(day: &mut Parts, shift_end: i64) {
    (day.jobs[4].place, day.vehicles[SPARE].shift) = (0, window(0, shift_end));
}

/// All three vehicles: the van is out for 1370 s and picks up 900 g, the trike for 430 s and 50 g, the spare stays at home.
fn balanced(day: &mut Parts, among: Among) {
    day.balance = vec![Balance {
        vehicles: vec![VAN, TRIKE, SPARE],
        among,
        cost_per_second: Cost(2),
        cost_per_gram: Cost(3),
        ..Balance::default()
    }];
}

fn pay_fairness(plan: &mut Plan, cost: i64) {
    plan.cost_parts.fairness.0 += cost;
    plan.cost.0 += cost;
}

/// The market lies on the equator and the zero meridian; the school 1112 m north of it and 2224 m east.
fn on_the_map(day: &mut Parts) {
    for (place, (lat, lon)) in [(0.0, -0.5), (0.0, 0.0), (0.01, 0.02), (0.0, 1.0), (9.0, 9.0)].into_iter().enumerate() {
        day.places[place].position = Some(Wgs84 { lat, lon });
    }
    day.compactness = Some(Cost(5));
}

/// The van's jobs are two at the market and one at the school, which is their only one off the middle.
const SPRAWL: i64 = 5 * (1_112 + 2_224);

fn pay_compactness(plan: &mut Plan, cost: i64) {
    plan.cost_parts.compactness.0 += cost;
    plan.cost.0 += cost;
}

/// m2, which starts at 370, is late from `since` on.
fn late_m2(day: &mut Parts, since: i64, per_second: i64) {
    day.jobs[1].late = vec![Late { window: window(since, 400), per_second: Cost(per_second) }];
}

/// The van, back at 1520, works overtime from `since` on.
fn overtime_of_van(day: &mut Parts, since: i64, per_second: i64) {
    (day.vehicles[VAN].overtime_from, day.vehicles[VAN].cost_overtime) = (Some(Seconds(since)), Cost(per_second));
}

fn ban_van_at_school(day: &mut Parts, from: i64, until: i64) {
    day.zones = vec!["old town".to_owned()];
    day.places[2].zone = Some(0);
    day.vehicles[VAN].bans = vec![Ban { zone: 0, window: window(from, until) }];
}

/// Unloading takes less, by what the queue takes: 30 seconds.
fn queue_at_centre(day: &mut Parts, from: i64, until: i64, wait: i64) {
    day.outlets[0].unload = Seconds(20);
    day.outlets[0].queues = vec![Queue { window: window(from, until), wait: Seconds(wait) }];
}

/// t1, 50 g and 5 l, served, and o1, 400 g and 30 l, left out, are parts of one job of so much paper.
fn in_parts(day: &mut Parts, grams: i64, litres: i64) {
    let loads = vec![Load { stream: 0, grams: Grams(grams), litres: Litres(litres) }];
    day.wholes = vec![Whole { id: "big".to_owned(), loads }];
    (day.jobs[3].whole, day.jobs[4].whole) = (Some(0), Some(0));
}

/// A part of the cost, of a route and of the plan, changes by so much.
fn pay(plan: &mut Plan, route: usize, more: i64, part: fn(&mut CostParts) -> &mut Cost) {
    plan.routes[route].cost.0 += more;
    part(&mut plan.cost_parts).0 += more;
    plan.cost.0 += more;
}

pub(crate) const HARMLESS: &[(&str, Change)] = &[
    ("locks that the plan keeps", |day, _| {
        day.locks.vehicles = vec![VehicleLock { job: 3, vehicles: vec![TRIKE, SPARE] }];
        day.locks.sequences = vec![pair(0, 1, true), pair(0, 2, false)];
        day.locks.starts = vec![start(0, 290, 300), start(2, 1_000, 1_000)];
        day.locks.prefixes = vec![begin(VAN, &[LockedVisit::Job(0), LockedVisit::Job(1), LockedVisit::Unload(1)])];
    }),
    ("a plan that is frozen as it is", |day, plan| keep(day, plan, Some(421), None)),
    ("a plan of which nothing may change", |day, plan| keep(day, plan, None, Some(0))),
    ("one change of one", |day, plan| {
        keep(day, plan, None, Some(1));
        day.locks.changes.iter_mut().for_each(|changes| changes.before[0].vehicle = SPARE);
    }),
    ("a break that comes after what is frozen", |day, plan| {
        keep(day, plan, Some(401), None);
        assert_eq!(frozen(day, VAN).pause, None);
    }),
    ("a bound at the cost", |_, plan| plan.lower_bound = Some(plan.cost)),
    ("a setup where the step before is at the same place", |day, _| day.jobs[1].setup = Seconds(999)),
    ("windows at their very ends", |day, _| {
        day.jobs[1].windows = vec![window(0, 370)];
        day.jobs[2].windows = vec![window(1_000, 1_000)];
        day.outlets[0].windows = vec![window(1_170, 1_170)];
        day.vehicles[VAN].shift = window(150, 1_520);
    }),
    ("a break at the very end of its window", |day, _| {
        if let Some(pause) = &mut day.vehicles[VAN].pause {
            pause.window = window(0, 420);
        }
    }),
    ("limits at what is used", |day, _| {
        day.vehicles[VAN].grams = Grams(800);
        day.vehicles[VAN].max_distance = Some(Metres(6_700));
        day.vehicles[VAN].compartments[0].litres = Litres(25);
        day.outlets[0].capacity = vec![Some((Grams(500), Litres(20))), Some((Grams(0), Litres(0))), None];
    }),
    ("the limits of a day at what is used", |day, _| {
        let van = &mut day.vehicles[VAN];
        (van.max_duration, van.max_jobs) = (Some(Seconds(1_370)), Some(3));
        (van.max_day_grams, van.max_day_litres) = (Some(Grams(900)), Some(Litres(27)));
    }),
    ("released as the trip leaves", |day, _| {
        day.jobs[0].release = Some(Seconds(150));
        day.jobs[2].release = Some(Seconds(420));
        day.jobs[3].release = Some(Seconds(-5));
    }),
    // Nothing is on board for the kiosk but 300 g: a 333rd of 100 kg. Begun seconds count whole.
    ("an unload that takes as long by weight", |day, _| {
        day.outlets[1].unload = Seconds(17);
        day.outlets[1].unload_per_100kg = Seconds(700);
    }),
    ("no break for who is back in time", |day, _| {
        day.vehicles[TRIKE].pause = day.vehicles[VAN].pause;
    }),
    ("no break for who is back as its window closes", |day, _| rest_of_trike(day, 0, 430)),
    ("no break for who leaves just after its window", |day, _| rest_of_trike(day, -9, -1)),
    ("an impossible job, for want of a skill", |day, plan| {
        only_spare_for_o1(day, plan);
        day.jobs[4].skills = 4;
    }),
    // Out at 11, 200 there, 10 setup, 30 service, 200 back: 451.
    ("an impossible job, for want of a second after the break", |day, plan| {
        only_spare_for_o1(day, plan);
        endless_break_of_spare(day, 450);
    }),
    ("an impossible job, for want of a second before the break", |day, plan| {
        only_spare_for_o1(day, plan);
        break_of_spare_after_the_job(day, 519);
    }),
    ("an impossible job, for want of a second of service", |day, plan| {
        only_spare_for_o1(day, plan);
        o1_at_the_depot(day, 29);
    }),
    ("hours and kilograms off the median of those out", |day, plan| {
        balanced(day, Among::Used);
        pay_fairness(plan, 2 * (1_370 - 430) + 3 * (900 - 50));
    }),
    ("hours and kilograms off the median of all", |day, plan| {
        balanced(day, Among::OnDuty);
        pay_fairness(plan, 2 * 1_370 + 3 * 900);
    }),
    ("days that lie as far apart as they may", |day, _| {
        let own = Balance { spread_max: Some(Seconds(940)), spread_max_grams: Some(Grams(850)), ..Balance::default() };
        let all = Balance { spread_max: Some(Seconds(1_370)), among: Among::OnDuty, ..Balance::default() };
        day.balance = vec![own, all];
        day.balance.iter_mut().for_each(|balance| balance.vehicles = vec![VAN, TRIKE, SPARE]);
    }),
    ("jobs off the middle of their route", |day, plan| {
        on_the_map(day);
        pay_compactness(plan, SPRAWL);
    }),
    ("a late start that is paid for", |day, plan| {
        late_m2(day, 369, 3);
        pay(plan, VAN, 3, |parts| &mut parts.lateness);
    }),
    ("a start as the soft end has come", |day, _| late_m2(day, 370, 9)),
    ("overtime that is paid for", |day, plan| {
        overtime_of_van(day, 1_510, 2);
        pay(plan, VAN, 20, |parts| &mut parts.overtime);
    }),
    ("back as overtime begins", |day, _| overtime_of_van(day, 1_520, 2)),
    ("served by another vehicle, which is paid for", |day, plan| {
        (day.jobs[0].preferred, day.jobs[0].other_vehicle) = (vec![TRIKE, SPARE], Cost(7));
        pay(plan, VAN, 7, |parts| &mut parts.preference);
    }),
    ("served by one of those preferred", |day, _| {
        (day.jobs[0].preferred, day.jobs[0].other_vehicle) = (vec![TRIKE, VAN], Cost(7));
    }),
    // There at 670, banned until 999, and so served at 1000 all the same.
    ("a start right after a ban", |day, _| {
        day.jobs[2].windows = vec![window(0, 2_000)];
        ban_van_at_school(day, 600, 999);
    }),
    // 1170 + 30 in the queue + 20 instead of 50 at the outlet.
    ("a queue", |day, _| queue_at_centre(day, 1_170, 1_250, 30)),
    ("a queue that ends before its time", |day, _| queue_at_centre(day, 1_000, 1_200, 90)),
    ("a route that ends where its last visit was", |day, plan| {
        day.vehicles[TRIKE].open_end = true;
        day.vehicles[TRIKE].end = 4;
        let paper = vec![load("paper", 50, 5)];
        plan.routes[TRIKE].steps[2] = step(StepKind::End, "school", [230; 3], 2_000, paper);
        (plan.routes[TRIKE].duration_s, plan.routes[TRIKE].distance_m) = (Seconds(230), Metres(2_000));
        pay(plan, TRIKE, -200, |parts| &mut parts.time);
        pay(plan, TRIKE, -2_000, |parts| &mut parts.distance);
    }),
    ("a job in parts", |day, _| in_parts(day, 450, 35)),
    ("loads of nothing, named", |_, plan| plan.routes[VAN].steps[0].load.push(load("metal", 0, 0))),
];

pub(crate) const TAMPERED: &[(&str, &[Code], Change)] = &[
    ("a job of other vehicles", &[LockedElsewhere], |day, _| {
        day.locks.vehicles = vec![VehicleLock { job: 3, vehicles: vec![VAN, SPARE] }];
    }),
    ("a job in the beginning of another vehicle's route", &[LockedElsewhere, LockedBeginning], |day, _| {
        day.locks.prefixes = vec![begin(SPARE, &[LockedVisit::Job(3)])];
    }),
    ("a job before the one it has to follow", &[LockedSequence], |day, _| {
        day.locks.sequences = vec![pair(1, 0, false)]
    }),
    ("a job on another route than the one it has to follow", &[LockedSequence], |day, _| {
        day.locks.sequences = vec![pair(0, 3, false)];
    }),
    ("an unload where none may be", &[LockedSequence], |day, _| day.locks.sequences = vec![pair(1, 2, true)]),
    ("a second before a locked start", &[LockedStart], |day, _| day.locks.starts = vec![start(2, 1_001, 1_100)]),
    ("a second after a locked start", &[LockedStart], |day, _| day.locks.starts = vec![start(2, 400, 999)]),
    ("a route that begins otherwise", &[LockedBeginning], |day, _| {
        day.locks.prefixes = vec![begin(VAN, &[LockedVisit::Job(1), LockedVisit::Job(0)])];
    }),
    ("a route that ends too soon", &[LockedBeginning], |day, _| {
        day.locks.prefixes = vec![begin(TRIKE, &[LockedVisit::Job(3), LockedVisit::Unload(0)])];
    }),
    ("a vehicle that stays at home", &[LockedBeginning], |day, _| {
        day.locks.prefixes = vec![begin(SPARE, &[LockedVisit::Unload(0)])];
    }),
    ("another departure than the frozen one", &[FrozenTime], |day, plan| {
        keep(day, plan, Some(421), None);
        frozen(day, VAN).departure.0 -= 1;
    }),
    ("another start than the frozen one", &[FrozenTime], |day, plan| {
        keep(day, plan, Some(421), None);
        frozen(day, VAN).starts[2].0 += 1;
    }),
    ("another break than the frozen one", &[FrozenTime], |day, plan| {
        keep(day, plan, Some(421), None);
        frozen(day, VAN).pause = Some((2, Seconds(420)));
    }),
    ("a break inside what is frozen", &[FrozenTime], |day, plan| {
        keep(day, plan, Some(1_000), None);
        frozen(day, VAN).pause = None;
    }),
    ("more visits after a frozen end", &[FrozenEnd], |day, plan| {
        keep(day, plan, Some(300), None);
        frozen(day, TRIKE).starts.clear();
        day.locks.prefixes.iter_mut().filter(|prefix| prefix.vehicle == TRIKE).for_each(|prefix| prefix.visits.clear());
    }),
    ("out before the freeze", &[BeforeFreeze], |day, _| day.locks.freeze_before = Some(Seconds(1))),
    ("another vehicle than before", &[TooManyChanges], |day, plan| {
        keep(day, plan, None, Some(0));
        day.locks.changes.iter_mut().for_each(|changes| changes.before[0].vehicle = SPARE);
    }),
    ("another window than before", &[TooManyChanges], |day, plan| {
        keep(day, plan, None, Some(0));
        day.locks.changes.iter_mut().for_each(|changes| changes.before[2].slot = Some(0));
    }),
    ("a job of the earlier plan left out", &[TooManyChanges], |day, plan| {
        keep(day, plan, None, Some(0));
        let o1 = Placement { job: 4, vehicle: VAN, slot: None };
        day.locks.changes.iter_mut().for_each(|changes| changes.before.push(o1));
    }),
    // Names, order and places.
    ("another instance", &[WrongInstance], |_, plan| plan.instance = "another day".to_owned()),
    ("another unit of money", &[WrongCostScale], |_, plan| plan.cost_scale = 2),
    ("a vehicle nobody has", &[UnknownVehicle, CostFixed, CostTime, CostDistance, CostTotal], |_, plan| {
        plan.routes[TRIKE].vehicle = "ghost".to_owned()
    }),
    ("a reason with a vehicle nobody has", &[UnknownVehicle], |_, plan| {
        plan.unassigned[0].reasons[0].vehicle = Some("ghost".to_owned());
    }),
    ("a job nobody ordered", &[UnknownJob, JobUnaccounted, StepLoad, CostPenalties, CostTotal], |_, plan| {
        plan.routes[TRIKE].steps[1].kind = StepKind::Job { job: "ghost".to_owned() };
    }),
    ("a job nobody ordered, left out", &[UnknownJob], |_, plan| {
        plan.unassigned.push(left_out("ghost", Verdict::SearchLimit, ReasonCode::Capacity));
    }),
    ("an outlet that does not exist", &[UnknownOutlet, StepLoad], |_, plan| {
        plan.routes[VAN].steps[3].kind = StepKind::Unload { outlet: "ghost".to_owned() };
    }),
    ("a place that does not exist", &[UnknownPlace], |_, plan| plan.routes[VAN].steps[1].place = "moon".to_owned()),
    ("a stream that does not exist", &[UnknownStream], |_, plan| {
        plan.routes[VAN].steps[1].load.push(load("gold", 1, 1));
    }),
    (
        "two routes of one vehicle",
        &[VehicleTwice, NotEmptyAtEnd, RouteCost, CostFixed, CostDistance, CostTotal],
        |_, plan| plan.routes[TRIKE].vehicle = "van".to_owned(),
    ),
    ("a route to nowhere", &[EmptyRoute], |_, plan| {
        let mut idle = plan.routes[TRIKE].clone();
        idle.vehicle = "spare".to_owned();
        (idle.cost, idle.duration_s, idle.distance_m) = (Cost(0), Seconds(0), Metres(0));
        idle.steps = [StepKind::Start, StepKind::End].map(|kind| step(kind, "depot", [5; 3], 0, vec![])).to_vec();
        plan.routes.push(idle);
    }),
    (
        "no start",
        &[StartMissing, StepDistance, RouteDuration, RouteDistance, RouteCost, CostTime, CostDistance, CostTotal],
        |_, plan| drop(plan.routes[TRIKE].steps.remove(0)),
    ),
    ("no end", &[EndMissing, RouteDuration, RouteDistance, RouteCost, CostTime, CostDistance, CostTotal], |_, plan| {
        drop(plan.routes[TRIKE].steps.pop())
    }),
    (
        "no steps at all",
        &[
            EmptyRoute,
            StartMissing,
            EndMissing,
            JobUnaccounted,
            RouteDuration,
            RouteDistance,
            RouteCost,
            CostTime,
            CostDistance,
            CostPenalties,
            CostTotal,
        ],
        |_, plan| plan.routes[TRIKE].steps.clear(),
    ),
    ("a start in the middle", &[StepMisplaced], |_, plan| {
        let start = plan.routes[VAN].steps[0].clone();
        plan.routes[VAN].steps.insert(1, start);
    }),
    ("an end in the middle", &[StepMisplaced], |_, plan| {
        let end = plan.routes[VAN].steps[7].clone();
        plan.routes[VAN].steps.push(end);
    }),
    ("a visit elsewhere", &[WrongPlace], |_, plan| plan.routes[VAN].steps[1].place = "school".to_owned()),
    ("a break elsewhere", &[WrongPlace], |_, plan| plan.routes[VAN].steps[4].place = "school".to_owned()),
    ("the end elsewhere", &[WrongPlace], |_, plan| plan.routes[VAN].steps[7].place = "market".to_owned()),
    ("no licence", &[MissingSkill], |day, _| day.vehicles[VAN].skills = 0),
    // Each job once.
    ("a job served twice", &[JobTwice], |_, plan| serve_twice(plan)),
    ("a job forgotten", &[JobUnaccounted], |_, plan| drop(plan.unassigned.remove(0))),
    ("a served job among those left out", &[JobServedAndLeftOut], |_, plan| {
        plan.unassigned.push(left_out("m1", Verdict::SearchLimit, ReasonCode::Capacity));
    }),
    ("a job left out twice", &[JobLeftOutTwice], |_, plan| plan.unassigned.push(plan.unassigned[0].clone())),
    ("a mandatory job left out", &[MandatoryJobLeftOut], make_o1_mandatory),
    ("a possible job called impossible", &[FalseProof], |_, plan| {
        plan.unassigned[0].verdict = Verdict::ProvenInfeasible;
    }),
    ("possible for who leaves after the break's window", &[FalseProof], |day, plan| {
        only_spare_for_o1(day, plan);
        endless_break_of_spare(day, 451);
    }),
    ("possible with a break on the way home", &[FalseProof], |day, plan| {
        only_spare_for_o1(day, plan);
        break_of_spare_after_the_job(day, 520);
    }),
    ("possible without a setup", &[FalseProof], |day, plan| {
        only_spare_for_o1(day, plan);
        o1_at_the_depot(day, 30);
    }),
    ("a mandatory job called too dear", &[VerdictContradicted, MandatoryJobLeftOut], |day, plan| {
        make_o1_mandatory(day, plan);
        plan.unassigned[0].verdict = Verdict::NotWorthIt;
    }),
    // Time and way.
    ("a way that does not exist", &[UnreachableLeg], |day, _| school_to_centre(day, UNREACHABLE)),
    ("a faster way", &[ArrivalTime], |_, plan| plan.routes[VAN].steps[1].arrival_s.0 -= 10),
    ("a slower road", &[ArrivalTime], |day, _| school_to_centre(day, 121)),
    ("served before it is reached", &[StartsBeforeArrival, ArrivalTime], |_, plan| {
        plan.routes[TRIKE].steps[1].start_s.0 -= 10;
        plan.routes[TRIKE].steps[1].departure_s.0 -= 10;
    }),
    ("waiting for nothing", &[StartsLate], |_, plan| dawdle(plan)),
    ("after the window", &[OutsideWindow], |day, _| day.jobs[0].windows = vec![window(0, 299)]),
    ("before the window", &[OutsideWindow], |day, _| day.jobs[0].windows = vec![window(301, 400)]),
    ("between two windows", &[OutsideWindow], |day, _| {
        day.jobs[2].windows = vec![window(0, 999), window(1_001, 2_000)];
    }),
    ("a closed outlet", &[OutletClosed], |day, _| day.outlets[0].windows = vec![window(0, 1_169)]),
    ("a hasty service", &[DepartureTime], |day, _| day.jobs[0].service.0 += 1),
    ("a setup left out", &[DepartureTime], |day, _| day.jobs[0].setup.0 += 1),
    ("a hasty unload", &[DepartureTime], |day, _| day.outlets[1].unload.0 += 1),
    ("a short break", &[DepartureTime], |day, _| {
        if let Some(pause) = &mut day.vehicles[VAN].pause {
            pause.duration.0 += 1;
        }
    }),
    ("out before its job is released", &[BeforeRelease], |day, _| day.jobs[3].release = Some(Seconds(1))),
    ("off from the unload before a job is released", &[BeforeRelease], |day, _| {
        day.jobs[2].release = Some(Seconds(421));
    }),
    ("an unload that takes longer by weight", &[DepartureTime], |day, _| {
        day.outlets[1].unload_per_100kg = Seconds(1);
    }),
    ("too long under way", &[MaxDuration], |day, _| day.vehicles[TRIKE].max_duration = Some(Seconds(429))),
    ("a job too many", &[MaxJobs], |day, _| day.vehicles[VAN].max_jobs = Some(2)),
    ("a gram too many in a day", &[DayLoad], |day, _| day.vehicles[VAN].max_day_grams = Some(Grams(899))),
    ("a litre too many in a day", &[DayLoad], |day, _| day.vehicles[VAN].max_day_litres = Some(Litres(26))),
    ("back after the shift", &[OutsideShift], |day, _| day.vehicles[VAN].shift.end = Seconds(1_519)),
    ("off before the shift", &[OutsideShift], |day, _| day.vehicles[VAN].shift.start = Seconds(151)),
    ("no break", &[BreakMissing], |_, plan| {
        plan.routes[VAN].steps.remove(4);
        plan.routes[VAN].steps[4].arrival_s = Seconds(570);
    }),
    ("no break, back a second too late", &[BreakMissing], |day, _| rest_of_trike(day, 0, 429)),
    ("no break, off a second too early", &[BreakMissing], |day, _| rest_of_trike(day, -9, 0)),
    ("two breaks", &[BreakTwice], |_, plan| {
        let mut again = plan.routes[VAN].steps[4].clone();
        (again.arrival_s, again.start_s, again.departure_s) = (Seconds(520), Seconds(520), Seconds(620));
        plan.routes[VAN].steps.insert(5, again);
        plan.routes[VAN].steps[6].arrival_s = Seconds(770);
    }),
    ("a break of a vehicle without", &[BreakUnexpected], |_, plan| {
        let load = plan.routes[TRIKE].steps[1].load.clone();
        plan.routes[TRIKE].steps.insert(2, step(StepKind::Break, "school", [230; 3], 2_000, load));
    }),
    ("an early break", &[BreakOutsideWindow], |day, _| {
        if let Some(pause) = &mut day.vehicles[VAN].pause {
            pause.window = window(421, 800);
        }
    }),
    ("a late break", &[BreakOutsideWindow], |day, _| {
        if let Some(pause) = &mut day.vehicles[VAN].pause {
            pause.window = window(400, 419);
        }
    }),
    ("metres saved on the way", &[StepDistance], |_, plan| plan.routes[VAN].steps[5].distance_m.0 -= 1),
    ("beyond the range", &[MaxDistance], |day, _| day.vehicles[VAN].max_distance = Some(Metres(6_699))),
    ("metres saved in all", &[RouteDistance], |_, plan| plan.routes[VAN].distance_m.0 -= 1),
    ("a shorter day", &[RouteDuration], |_, plan| plan.routes[VAN].duration_s.0 -= 1),
    // Loads.
    ("nowhere to put it", &[NoCompartment], |day, _| day.vehicles[VAN].compartments[1].streams = StreamSet::default()),
    ("a compartment too heavy", &[CompartmentGrams], |day, _| {
        day.vehicles[VAN].compartments[0].grams = Grams(799);
    }),
    ("a compartment too full", &[CompartmentLitres], |day, _| {
        day.vehicles[VAN].compartments[0].litres = Litres(24);
    }),
    ("a vehicle too heavy", &[Payload], |day, _| day.vehicles[VAN].grams = Grams(799)),
    ("paper on batteries", &[IncompatibleStreams], |day, _| {
        day.vehicles[VAN].compartments.pop();
        day.vehicles[VAN].compartments[0].streams = StreamSet(0b111);
    }),
    ("grams that are not on board", &[StepLoad], |_, plan| plan.routes[VAN].steps[1].load[0].grams.0 += 1),
    ("litres that are not on board", &[StepLoad], |_, plan| plan.routes[VAN].steps[1].load[0].litres.0 -= 1),
    ("a load not named", &[StepLoad], |_, plan| plan.routes[VAN].steps[1].load.clear()),
    ("a stream named twice", &[StreamTwice], |_, plan| plan.routes[VAN].steps[1].load.push(load("paper", 0, 0))),
    ("an unload in part", &[NotEmptied], |_, plan| plan.routes[VAN].steps[3].load.push(load("metal", 100, 1))),
    ("paper left at the metal kiosk", &[StreamNotAccepted], |_, plan| plan.routes[VAN].steps[3].load.clear()),
    ("an outlet filled by weight", &[OutletFull], |day, _| {
        day.outlets[0].capacity[0] = Some((Grams(499), Litres(60)));
    }),
    ("an outlet filled by volume", &[OutletFull], |day, _| {
        day.outlets[0].capacity[0] = Some((Grams(600), Litres(19)));
    }),
    ("an outlet that takes no more", &[OutletFull], |day, _| {
        day.outlets[1].capacity[1] = Some((Grams(0), Litres(0)));
    }),
    ("home with a load", &[NotEmptyAtEnd], |day, _| day.vehicles[TRIKE].end_empty = true),
    // The plan as a whole.
    ("a longer day than others by a second too much", &[SpreadHours], |day, _| {
        day.balance =
            vec![Balance { vehicles: vec![VAN, TRIKE], spread_max: Some(Seconds(939)), ..Balance::default() }];
    }),
    ("a day too long beside one at home", &[SpreadHours], |day, _| {
        let (vehicles, among) = (vec![TRIKE, SPARE], Among::OnDuty);
        day.balance = vec![Balance { vehicles, among, spread_max: Some(Seconds(429)), ..Balance::default() }];
    }),
    ("a heavier day than others by a gram too much", &[SpreadWeight], |day, _| {
        day.balance =
            vec![Balance { vehicles: vec![VAN, TRIKE], spread_max_grams: Some(Grams(849)), ..Balance::default() }];
    }),
    ("fairness not paid", &[CostFairness, CostTotal], |day, _| balanced(day, Among::Used)),
    ("fairness among other vehicles", &[CostFairness, CostTotal], |day, plan| {
        balanced(day, Among::OnDuty);
        pay_fairness(plan, 2 * (1_370 - 430) + 3 * (900 - 50));
    }),
    ("a route that sprawls for nothing", &[CostCompactness, CostTotal], |day, _| on_the_map(day)),
    ("a school a hundred metres farther", &[CostCompactness, CostTotal], |day, plan| {
        on_the_map(day);
        day.places[2].position = Some(Wgs84 { lat: 0.011, lon: 0.02 });
        pay_compactness(plan, SPRAWL);
    }),
    ("a gram lost between the parts", &[PartsSum], |day, _| in_parts(day, 451, 35)),
    ("a litre lost between the parts", &[PartsSum], |day, _| in_parts(day, 450, 36)),
    ("a stream lost between the parts", &[PartsSum], |day, _| {
        in_parts(day, 450, 35);
        day.wholes[0].loads.push(Load { stream: 1, grams: Grams(1), litres: Litres(1) });
    }),
    ("a part nobody knows of any more", &[PartsSum, JobUnaccounted], |day, plan| {
        in_parts(day, 450, 35);
        plan.unassigned.remove(0);
    }),
    ("served during a ban", &[BannedZone], |day, _| ban_van_at_school(day, 1_000, 1_200)),
    ("a ban waited for that is over", &[StartsLate], |day, _| {
        day.jobs[2].windows = vec![window(0, 2_000)];
        ban_van_at_school(day, 600, 998);
    }),
    ("a queue nobody stood in", &[DepartureTime], |day, _| {
        day.outlets[0].queues = vec![Queue { window: window(1_170, 1_250), wait: Seconds(30) }];
    }),
    ("a queue stood in after its hours", &[DepartureTime], |day, _| queue_at_centre(day, 1_000, 1_169, 30)),
    (
        "a way home that nobody asked for",
        &[WrongPlace, ArrivalTime, StepDistance, RouteDistance, RouteCost, CostDistance, CostTotal],
        |day, _| day.vehicles[TRIKE].open_end = true,
    ),
    // Money.
    ("a cheap route", &[RouteCost], |_, plan| plan.routes[VAN].cost.0 -= 1),
    ("fixed costs", &[CostFixed], |_, plan| plan.cost_parts.fixed.0 -= 1),
    ("hours", &[CostTime], |_, plan| plan.cost_parts.time.0 -= 1),
    ("kilometres", &[CostDistance], |_, plan| plan.cost_parts.distance.0 -= 1),
    ("a gate fee not paid", &[CostGateFees], |_, plan| plan.cost_parts.gate_fees.0 -= 25),
    ("a penalty not paid", &[CostPenalties], |_, plan| plan.cost_parts.penalties.0 -= 200),
    ("a late start for nothing", &[CostLateness, RouteCost, CostTotal], |day, _| late_m2(day, 369, 3)),
    ("a punctual start that is paid for", &[CostLateness, RouteCost, CostTotal], |day, plan| {
        late_m2(day, 370, 3);
        pay(plan, VAN, 3, |parts| &mut parts.lateness);
    }),
    ("overtime for nothing", &[CostOvertime, RouteCost, CostTotal], |day, _| overtime_of_van(day, 1_519, 2)),
    ("another vehicle for nothing", &[CostPreference, RouteCost, CostTotal], |day, _| {
        (day.jobs[0].preferred, day.jobs[0].other_vehicle) = (vec![TRIKE], Cost(7));
    }),
    ("lateness told as overtime", &[CostLateness, CostOvertime], |day, plan| {
        late_m2(day, 369, 3);
        pay(plan, VAN, 3, |parts| &mut parts.overtime);
    }),
    ("a cheap plan", &[CostTotal], |_, plan| plan.cost.0 -= 1),
    ("dearer fuel", &[RouteCost, CostDistance, CostTotal], |day, _| day.vehicles[VAN].cost_per_metre = Cost(3)),
    ("a bound above what it bounds", &[BoundAboveCost], |day, plan| {
        plan.lower_bound = Some(Cost(plan.cost.0 + 1));
        balanced(day, Among::OnDuty);
        pay_fairness(plan, 2 * 1_370 + 3 * 900);
    }),
    ("a bound above the cost", &[BoundAboveCost], |_, plan| plan.lower_bound = Some(Cost(plan.cost.0 + 1))),
];
