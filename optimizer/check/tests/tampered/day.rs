//! One small day with every feature, and a plan for it that was computed by hand.
//!
//! ```text
//! seconds (metres are ten times as many)   depot  market  school  centre  island
//!                                  depot       0     100     200     300       -
//!                                  market    100       0     150     250       -
//!                                  school    200     150       0     120       -
//!                                  centre    300     250     120       0       -
//! ```

use huilu_model::instance::Parts;
use huilu_model::plan::StreamLoad;
use huilu_model::{
    Break, Compartment, Cost, CostParts, Grams, Job, Litres, Load, Matrix, Metres, Outlet, Place, Plan, PlannedRoute,
    Reason, ReasonCode, Seconds, Step, StepKind, StreamSet, UNREACHABLE, Unassigned, Vehicle, Verdict, Window,
};

pub(crate) const PLACES: [&str; 5] = ["depot", "market", "school", "centre", "island"];
pub(crate) const STREAMS: [&str; 3] = ["paper", "metal", "battery"];
const PAPER: usize = 0;
const METAL: usize = 1;
const BATTERY: usize = 2;
const ALL: StreamSet = StreamSet(0b111);

pub(crate) fn window(start: i64, end: i64) -> Window {
    Window { start: Seconds(start), end: Seconds(end) }
}

fn job(id: &str, place: usize, load: (usize, i64, i64), windows: &[(i64, i64)], service: i64) -> Job {
    let (stream, grams, litres) = load;
    Job {
        id: id.to_owned(),
        place,
        loads: vec![Load { stream, grams: Grams(grams), litres: Litres(litres) }],
        windows: windows.iter().map(|&(start, end)| window(start, end)).collect(),
        setup: Seconds(10),
        service: Seconds(service),
        skills: 0,
        penalty: Some(Cost(9_000)),
        ..Job::default()
    }
}

fn part(streams: &[usize], grams: i64, litres: i64) -> Compartment {
    let mut set = StreamSet::default();
    streams.iter().for_each(|&stream| set.insert(stream));
    Compartment { streams: set, grams: Grams(grams), litres: Litres(litres) }
}

fn jobs() -> Vec<Job> {
    let always = [(0, 3_000)];
    vec![
        Job { penalty: None, ..job("m1", 1, (PAPER, 500, 20), &[(300, 400)], 60) },
        job("m2", 1, (METAL, 300, 5), &always, 30),
        Job { skills: 1, ..job("s1", 2, (BATTERY, 100, 2), &[(0, 500), (1_000, 2_000)], 40) },
        Job { setup: Seconds(0), ..job("t1", 2, (PAPER, 50, 5), &always, 30) },
        Job { penalty: Some(Cost(200)), ..job("o1", 2, (PAPER, 400, 30), &always, 30) },
        Job { penalty: Some(Cost(5_000)), ..job("x1", 4, (PAPER, 1, 1), &always, 30) },
    ]
}

fn vehicles() -> Vec<Vehicle> {
    let spare = Vehicle {
        id: "spare".to_owned(),
        profile: 0,
        start: 0,
        end: 0,
        grams: Grams(1_000),
        compartments: vec![part(&[PAPER, METAL, BATTERY], 1_000, 100)],
        shift: window(0, 2_500),
        cost_fixed: Cost(0),
        cost_per_second: Cost(1),
        cost_per_metre: Cost(1),
        skills: 0,
        end_empty: false,
        ..Vehicle::default()
    };
    let trike = Vehicle { id: "trike".to_owned(), cost_fixed: Cost(100), ..spare.clone() };
    let van = Vehicle {
        id: "van".to_owned(),
        compartments: vec![part(&[PAPER, METAL], 800, 40), part(&[BATTERY], 200, 5)],
        shift: window(0, 3_000),
        pause: Some(Break { window: window(400, 800), duration: Seconds(100) }),
        cost_fixed: Cost(1_000),
        cost_per_metre: Cost(2),
        skills: 1,
        max_distance: Some(Metres(8_000)),
        end_empty: true,
        ..spare.clone()
    };
    vec![van, trike, spare]
}

pub(crate) fn parts() -> Parts {
    let no = UNREACHABLE;
    #[rustfmt::skip]
    let seconds = vec![
        0, 100, 200, 300, no,
        100, 0, 150, 250, no,
        200, 150, 0, 120, no,
        300, 250, 120, 0, no,
        no, no, no, no, 0,
    ];
    let metres = seconds.iter().map(|&s| if s == no { no } else { s * 10 }).collect();
    let centre = Outlet {
        id: "centre".to_owned(),
        place: 3,
        streams: ALL,
        windows: vec![window(900, 1_500)],
        capacity: vec![Some((Grams(600), Litres(60))), None, None],
        unload: Seconds(50),
        gate_fee: Cost(25),
        ..Outlet::default()
    };
    let kiosk = Outlet {
        id: "kiosk".to_owned(),
        place: 1,
        streams: StreamSet(1 << METAL),
        windows: vec![window(0, 3_000)],
        capacity: vec![None; 3],
        unload: Seconds(20),
        gate_fee: Cost(0),
        ..Outlet::default()
    };
    Parts {
        name: "one day".to_owned(),
        cost_scale: 1,
        streams: STREAMS.map(str::to_owned).to_vec(),
        skills: vec!["hazardous".to_owned()],
        incompatible: vec![(PAPER, BATTERY)],
        places: PLACES.map(|id| Place { id: id.to_owned(), ..Place::default() }).to_vec(),
        travel: vec![Matrix { profile: "any".to_owned(), size: 5, seconds, metres }.into()],
        jobs: jobs(),
        vehicles: vehicles(),
        outlets: vec![centre, kiosk],
        ..Parts::default()
    }
}

pub(crate) fn load(stream: &str, grams: i64, litres: i64) -> StreamLoad {
    StreamLoad { stream: stream.to_owned(), grams: Grams(grams), litres: Litres(litres) }
}

/// Arrival, start, departure; metres so far; what is on board.
pub(crate) fn step(kind: StepKind, place: &str, times: [i64; 3], metres: i64, load: Vec<StreamLoad>) -> Step {
    let [arrival_s, start_s, departure_s] = times.map(Seconds);
    let (place, distance_m) = (place.to_owned(), Metres(metres));
    Step { kind, place, arrival_s, start_s, departure_s, distance_m, load }
}

fn visit(job: &str) -> StepKind {
    StepKind::Job { job: job.to_owned() }
}

fn unload(outlet: &str) -> StepKind {
    StepKind::Unload { outlet: outlet.to_owned() }
}

/// 1000 fixed + 1370 s x 1 + 6700 m x 2 + 25 at the gate = 15795.
fn van() -> PlannedRoute {
    let (paper, metal, battery) = (load("paper", 500, 20), load("metal", 300, 5), load("battery", 100, 2));
    let steps = vec![
        step(StepKind::Start, "depot", [150; 3], 0, vec![]),
        // 150 + 100 = 250; the window opens at 300; 300 + 10 setup + 60 service = 370.
        step(visit("m1"), "market", [250, 300, 370], 1_000, vec![paper.clone()]),
        // Same place, so no setup: 370 + 30 = 400. Now 800 g in a compartment for 800 g.
        step(visit("m2"), "market", [370, 370, 400], 1_000, vec![paper.clone(), metal]),
        // The kiosk takes metal only: 400 + 20 = 420.
        step(unload("kiosk"), "market", [400, 400, 420], 1_000, vec![paper.clone()]),
        // Inside 400 to 800, 100 long: 520.
        step(StepKind::Break, "market", [420, 420, 520], 1_000, vec![paper.clone()]),
        // 520 + 150 = 670, between the windows: 1000 + 10 setup + 40 service = 1050. 1000 m + 1500 m.
        step(visit("s1"), "school", [670, 1_000, 1_050], 2_500, vec![paper, battery]),
        // 1050 + 120 = 1170; + 50 = 1220. 2500 m + 1200 m.
        step(unload("centre"), "centre", [1_170, 1_170, 1_220], 3_700, vec![]),
        // 1220 + 300 = 1520. 3700 m + 3000 m.
        step(StepKind::End, "depot", [1_520; 3], 6_700, vec![]),
    ];
    PlannedRoute {
        vehicle: "van".to_owned(),
        cost: Cost(15_795),
        duration_s: Seconds(1_370),
        distance_m: Metres(6_700),
        steps,
    }
}

/// 100 fixed + 430 s x 1 + 4000 m x 1 = 4530. It may come home loaded.
fn trike() -> PlannedRoute {
    let paper = vec![load("paper", 50, 5)];
    let steps = vec![
        step(StepKind::Start, "depot", [0; 3], 0, vec![]),
        step(visit("t1"), "school", [200, 200, 230], 2_000, paper.clone()),
        step(StepKind::End, "depot", [430; 3], 4_000, paper),
    ];
    PlannedRoute {
        vehicle: "trike".to_owned(),
        cost: Cost(4_530),
        duration_s: Seconds(430),
        distance_m: Metres(4_000),
        steps,
    }
}

pub(crate) fn left_out(job: &str, verdict: Verdict, code: ReasonCode) -> Unassigned {
    Unassigned { job: job.to_owned(), verdict, reasons: vec![Reason { code, vehicle: None }] }
}

/// 15795 + 4530 + penalties 200 + 5000 = 25525.
pub(crate) fn plan() -> Plan {
    Plan {
        instance: "one day".to_owned(),
        cost_scale: 1,
        cost: Cost(25_525),
        cost_parts: CostParts {
            fixed: Cost(1_000 + 100),
            time: Cost(1_370 + 430),
            distance: Cost(13_400 + 4_000),
            gate_fees: Cost(25),
            penalties: Cost(5_200),
            ..CostParts::default()
        },
        lower_bound: None,
        routes: vec![van(), trike()],
        unassigned: vec![
            left_out("o1", Verdict::SearchLimit, ReasonCode::Capacity),
            left_out("x1", Verdict::ProvenInfeasible, ReasonCode::Unreachable),
        ],
    }
}
