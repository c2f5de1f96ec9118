//! Small random days and valid plans for them: a greedy builder that knows the rules a second time, in the plainest
//! way, and shares nothing with the checker or the search.

use std::collections::BTreeMap;

use huilu_model::instance::Parts;
use huilu_model::plan::StreamLoad;
use huilu_model::{
    Among, Balance, Break, Compartment, Cost, CostParts, Grams, Instance, Job, Litres, Load, Matrix, Metres, Outlet,
    Place, Plan, PlannedRoute, Seconds, Step, StepKind, StreamSet, UNREACHABLE, Unassigned, Vehicle, Verdict, Wgs84,
    Window,
};

/// Numbers from one seed (splitmix64, Steele, Lea and Flood 2014).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }

    fn between(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as u64) as i64
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn windows(&mut self) -> Vec<Window> {
        let opens = self.between(0, 400);
        let closes = opens + self.between(0, 200);
        let again = closes + self.between(50, 200);
        let window = |start, end| Window { start: Seconds(start), end: Seconds(end) };
        match self.below(4) {
            0 => vec![window(opens, closes)],
            1 => vec![window(opens, closes), window(again, again + 100)],
            _ => vec![window(0, 2_000)],
        }
    }
}

pub(crate) fn day(dice: &mut Dice) -> Instance {
    let (n_jobs, n_outlets, n_vehicles) = (dice.below(7) as usize, dice.below(3) as usize, 1 + dice.below(3) as usize);
    let n_places = 3 + dice.below(4) as usize;
    let mut legs = || -> Vec<u32> {
        let leg = |cell: usize, dice: &mut Dice| match cell / n_places == cell % n_places {
            true => 0,
            false if dice.chance(2) => UNREACHABLE,
            false => dice.between(1, 90) as u32,
        };
        (0..n_places * n_places).map(|cell| leg(cell, dice)).collect()
    };
    let matrix = Matrix { profile: "any".to_owned(), size: n_places, seconds: legs(), metres: legs() };
    let place = |dice: &mut Dice| dice.below(n_places as u64) as usize;
    let jobs = (0..n_jobs).map(|k| Job {
        id: format!("job {k}"),
        place: place(dice),
        loads: (0..3)
            .filter(|_| dice.below(2) == 0)
            .collect::<Vec<_>>()
            .into_iter()
            .map(|stream| Load { stream, grams: Grams(dice.between(0, 9)), litres: Litres(dice.between(0, 9)) })
            .collect(),
        windows: dice.windows(),
        release: dice.chance(25).then(|| Seconds(dice.between(0, 150))),
        setup: Seconds(dice.between(0, 9)),
        service: Seconds(dice.between(0, 30)),
        skills: u64::from(dice.chance(20)),
        penalty: dice.chance(90).then(|| Cost(dice.between(0, 500))),
        ..Job::default()
    });
    let jobs = jobs.collect();
    let vehicles = (0..n_vehicles).map(|k| {
        let mut part = |streams| Compartment {
            streams: StreamSet(streams),
            grams: Grams(dice.between(9, 40)),
            litres: Litres(dice.between(9, 40)),
        };
        let compartments = if k == 0 { vec![part(0b111)] } else { vec![part(0b011), part(0b100)] };
        let rests = dice.between(0, 300);
        Vehicle {
            id: format!("vehicle {k}"),
            profile: 0,
            start: place(dice),
            end: place(dice),
            grams: Grams(dice.between(12, 50)),
            compartments,
            shift: Window { start: Seconds(dice.between(0, 100)), end: Seconds(dice.between(600, 1_500)) },
            pause: dice.chance(60).then(|| Break {
                window: Window { start: Seconds(rests), end: Seconds(rests + dice.between(0, 200)) },
                duration: Seconds(dice.between(0, 40)),
            }),
            cost_fixed: Cost(dice.between(0, 50)),
            cost_per_second: Cost(dice.between(0, 3)),
            cost_per_metre: Cost(dice.between(0, 3)),
            skills: u64::from(dice.chance(60)),
            max_distance: dice.chance(20).then(|| Metres(dice.between(100, 400))),
            max_duration: dice.chance(20).then(|| Seconds(dice.between(300, 900))),
            max_jobs: dice.chance(20).then(|| dice.below(4) as u32),
            max_day_grams: dice.chance(20).then(|| Grams(dice.between(9, 60))),
            max_day_litres: dice.chance(20).then(|| Litres(dice.between(9, 60))),
            end_empty: dice.chance(50),
            ..Vehicle::default()
        }
    });
    let vehicles = vehicles.collect();
    let outlets = (0..n_outlets).map(|k| Outlet {
        id: format!("outlet {k}"),
        place: place(dice),
        streams: StreamSet(if dice.chance(70) { 0b111 } else { 1 + dice.below(7) as u32 }),
        windows: dice.windows(),
        capacity: (0..3)
            .map(|_| dice.chance(40).then(|| (Grams(dice.between(5, 30)), Litres(dice.between(5, 30)))))
            .collect(),
        unload: Seconds(dice.between(0, 20)),
        unload_per_100kg: Seconds(if dice.chance(40) { 60_000 } else { 0 }),
        gate_fee: Cost(dice.between(0, 9)),
        ..Outlet::default()
    });
    let outlets = outlets.collect();
    let balance = (0..dice.below(3)).map(|_| Balance {
        vehicles: (0..n_vehicles).filter(|_| dice.chance(80)).collect(),
        among: if dice.chance(50) { Among::Used } else { Among::OnDuty },
        cost_per_second: Cost(dice.between(0, 3)),
        cost_per_gram: Cost(dice.between(0, 9)),
        ..Balance::default()
    });
    let balance = balance.collect();
    let mut degrees = || dice.between(-900, 900) as f64 / 1e4;
    let mut position = || Some(Wgs84 { lat: 30.0 + degrees(), lon: 120.0 + degrees() });
    let places =
        (0..n_places).map(|k| Place { id: format!("place {k}"), position: position(), ..Place::default() }).collect();
    Instance::new(Parts {
        name: "random".to_owned(),
        cost_scale: 1,
        streams: ["paper", "metal", "battery"].map(str::to_owned).to_vec(),
        skills: vec!["two".to_owned()],
        incompatible: if dice.chance(50) { vec![(0, 2)] } else { Vec::new() },
        places,
        travel: vec![matrix.into()],
        jobs,
        vehicles,
        outlets,
        balance,
        compactness: dice.chance(50).then(|| Cost(dice.between(0, 3))),
        ..Parts::default()
    })
    .expect("the generator makes valid days")
}

#[derive(Clone, Copy, PartialEq)]
enum Visit {
    Job(usize),
    Outlet(usize),
}

/// Grams and litres by outlet and stream.
type Delivered = BTreeMap<(usize, usize), (i64, i64)>;

struct Drive<'a> {
    day: &'a Instance,
    vehicle: &'a Vehicle,
    steps: Vec<Step>,
    aboard: [(i64, i64); 3],
    now: i64,
    metres: i64,
    at: usize,
}

impl Drive<'_> {
    fn note(&mut self, kind: StepKind, start: i64, lasts: i64) {
        let named = self.day.streams.iter().zip(self.aboard).filter(|(_, held)| *held != (0, 0));
        self.steps.push(Step {
            kind,
            place: self.day.places[self.at].id.clone(),
            arrival_s: Seconds(self.now),
            start_s: Seconds(start),
            departure_s: Seconds(start + lasts),
            distance_m: Metres(self.metres),
            load: named
                .map(|(name, held)| StreamLoad { stream: name.clone(), grams: Grams(held.0), litres: Litres(held.1) })
                .collect(),
        });
        self.now = start + lasts;
    }

    fn go(&mut self, to: usize) -> Option<()> {
        let (seconds, metres) = (self.day.travel[0].seconds(self.at, to), self.day.travel[0].metres(self.at, to));
        if seconds == UNREACHABLE || metres == UNREACHABLE {
            return None;
        }
        self.now += i64::from(seconds);
        self.metres += i64::from(metres);
        self.at = to;
        Some(())
    }

    /// `release` is that of the trip which an unload opens.
    fn visit(&mut self, visit: Visit, release: i64, delivered: &mut Delivered) -> Option<()> {
        let from = self.at;
        match visit {
            Visit::Job(k) => {
                let job = &self.day.jobs[k];
                self.go(job.place)?;
                job.loads.iter().for_each(|load| {
                    self.aboard[load.stream].0 += load.grams.0;
                    self.aboard[load.stream].1 += load.litres.0;
                });
                let setup = if from == job.place { 0 } else { job.setup.0 };
                self.note(
                    StepKind::Job { job: job.id.clone() },
                    opening(&job.windows, self.now)?,
                    setup + job.service.0,
                );
                (job.skills & self.vehicle.skills == job.skills && self.fits()).then_some(())
            }
            Visit::Outlet(k) => {
                let outlet = &self.day.outlets[k];
                self.go(outlet.place)?;
                let mut grams = 0;
                for stream in (0..3).filter(|&stream| outlet.streams.contains(stream)) {
                    let held = std::mem::take(&mut self.aboard[stream]);
                    grams += held.0;
                    let sum = delivered.entry((k, stream)).or_default();
                    *sum = (sum.0 + held.0, sum.1 + held.1);
                    if outlet.capacity[stream].is_some_and(|(grams, litres)| sum.0 > grams.0 || sum.1 > litres.0) {
                        return None;
                    }
                }
                let start = opening(&outlet.windows, self.now)?;
                let by_load = (grams * outlet.unload_per_100kg.0 + 99_999) / 100_000;
                let done = (start + outlet.unload.0 + by_load).max(release);
                self.note(StepKind::Unload { outlet: outlet.id.clone() }, start, done - start);
                Some(())
            }
        }
    }

    fn fits(&self) -> bool {
        let held = |stream: usize| self.aboard[stream] != (0, 0);
        let mixed = |part: &Compartment| {
            let bad =
                |&(a, b): &(usize, usize)| part.streams.contains(a) && part.streams.contains(b) && held(a) && held(b);
            self.day.incompatible.iter().any(bad)
        };
        self.aboard.iter().map(|held| held.0).sum::<i64>() <= self.vehicle.grams.0
            && self.vehicle.compartments.iter().all(|part| {
                let inside =
                    || (0..3).filter(|&stream| part.streams.contains(stream)).map(|stream| self.aboard[stream]);
                inside().map(|held| held.0).sum::<i64>() <= part.grams.0
                    && inside().map(|held| held.1).sum::<i64>() <= part.litres.0
                    && !mixed(part)
            })
    }
}

fn opening(windows: &[Window], now: i64) -> Option<i64> {
    windows.iter().find(|window| window.end.0 >= now).map(|window| now.max(window.start.0))
}

/// The route of these visits with a break before visit `rest`, or `None` where a rule is against it.
fn drive(
    day: &Instance,
    vehicle: &Vehicle,
    visits: &[Visit],
    departure: i64,
    rest: Option<usize>,
    delivered: &mut Delivered,
) -> Option<PlannedRoute> {
    // Of the trip at the head of these visits.
    let release = |visits: &[Visit]| {
        let of = |visit: &Visit| match visit {
            Visit::Job(k) => Some(day.jobs[*k].release.map_or(i64::MIN, |release| release.0)),
            Visit::Outlet(_) => None,
        };
        visits.iter().map_while(of).max().unwrap_or(i64::MIN)
    };
    let departure = departure.max(release(visits));
    let mut drive =
        Drive { day, vehicle, steps: Vec::new(), aboard: [(0, 0); 3], now: departure, metres: 0, at: vehicle.start };
    drive.note(StepKind::Start, departure, 0);
    for k in 0..=visits.len() {
        if let (Some(pause), true) = (vehicle.pause, rest == Some(k)) {
            drive.note(StepKind::Break, opening(&[pause.window], drive.now)?, pause.duration.0);
        }
        match visits.get(k) {
            Some(&visit) => drive.visit(visit, release(&visits[k + 1..]), delivered)?,
            None => drive.go(vehicle.end)?,
        }
    }
    drive.note(StepKind::End, drive.now, 0);
    let excused = vehicle.pause.is_none_or(|p| drive.now <= p.window.end.0 || departure > p.window.end.0);
    let empty = drive.aboard == [(0, 0); 3];
    let duration = drive.now - departure;
    let jobs = || visits.iter().filter_map(|visit| if let Visit::Job(k) = visit { Some(&day.jobs[*k]) } else { None });
    let loads = || jobs().flat_map(|job| &job.loads);
    let short = vehicle.max_distance.is_none_or(|most| drive.metres <= most.0)
        && vehicle.max_duration.is_none_or(|most| duration <= most.0)
        && vehicle.max_jobs.is_none_or(|most| jobs().count() <= most as usize)
        && vehicle.max_day_grams.is_none_or(|most| loads().map(|load| load.grams.0).sum::<i64>() <= most.0)
        && vehicle.max_day_litres.is_none_or(|most| loads().map(|load| load.litres.0).sum::<i64>() <= most.0);
    let allowed =
        (rest.is_some() || excused) && (empty || !vehicle.end_empty) && short && drive.now <= vehicle.shift.end.0;
    allowed.then(|| PlannedRoute {
        vehicle: vehicle.id.clone(),
        cost: Cost(0),
        duration_s: Seconds(duration),
        distance_m: Metres(drive.metres),
        steps: drive.steps,
    })
}

fn jobs_of<'a>(day: &'a Instance, route: &'a PlannedRoute) -> impl Iterator<Item = &'a Job> {
    route.steps.iter().filter_map(|step| match &step.kind {
        StepKind::Job { job } => day.jobs.iter().find(|own| own.id == *job),
        _ => None,
    })
}

/// Distances from whichever of the values lies best.
fn least_distances(values: &[i64]) -> i64 {
    values.iter().map(|m| values.iter().map(|v| v.abs_diff(*m) as i64).sum()).min().unwrap_or(0)
}

fn unfairness(day: &Instance, balance: &Balance, routes: &[PlannedRoute]) -> i64 {
    let days = balance.vehicles.iter().filter_map(|&v| {
        let route = routes.iter().find(|route| route.vehicle == day.vehicles[v].id);
        let grams = |route| jobs_of(day, route).flat_map(|job| &job.loads).map(|load| load.grams.0).sum::<i64>();
        let own = route.map(|route| (route.duration_s.0, grams(route)));
        own.or((balance.among == Among::OnDuty).then_some((0, 0)))
    });
    let (seconds, grams): (Vec<i64>, Vec<i64>) = days.unzip();
    balance.cost_per_second.0 * least_distances(&seconds) + balance.cost_per_gram.0 * least_distances(&grams)
}

fn sprawl(day: &Instance, route: &PlannedRoute) -> i64 {
    let Some(price) = day.compactness else { return 0 };
    let at = |job: &Job| day.places[job.place].position.expect("days with a price on it are on the map");
    let cosine = at(&day.jobs[0]).lat.to_radians().cos();
    let metres = |degrees: f64| (111_195.0 * degrees).round() as i64;
    let (east, north): (Vec<i64>, Vec<i64>) =
        jobs_of(day, route).map(|job| (metres(cosine * at(job).lon), metres(at(job).lat))).unzip();
    price.0 * (least_distances(&east) + least_distances(&north))
}

/// Serves what fits, job after job: at the end of the route, before its last unload, or with a new unload.
pub(crate) fn plan(day: &Instance) -> Plan {
    let mut parts = CostParts::default();
    let mut routes = Vec::new();
    let mut open: Vec<usize> = (0..day.jobs.len()).collect();
    let mut delivered = Delivered::new();
    for vehicle in &day.vehicles {
        let (mut visits, mut best) = (Vec::new(), None);
        for job in open.clone() {
            let mut trials: Vec<Vec<Visit>> = vec![[&visits[..], &[Visit::Job(job)]].concat()];
            if let Some((&last @ Visit::Outlet(_), rest)) = visits.split_last() {
                trials.push([rest, &[Visit::Job(job), last]].concat());
            }
            trials.extend((0..day.outlets.len()).map(|k| [&visits[..], &[Visit::Job(job), Visit::Outlet(k)]].concat()));
            let found = trials.into_iter().find_map(|trial| {
                let late = vehicle.pause.map(|pause| pause.window.end.0 + 1);
                let opens = vehicle.shift.start.0;
                let mut departures = vec![opens];
                departures.extend(late.filter(|&t| t >= opens));
                if vehicle.max_duration.is_some() && trial.len() <= 2 {
                    departures.extend(opens..vehicle.shift.end.0);
                }
                let rests = (0..=trial.len()).map(Some).filter(|_| vehicle.pause.is_some()).chain([None]);
                let options = rests.flat_map(|rest| departures.iter().map(move |&t| (rest, t)));
                options.collect::<Vec<_>>().into_iter().find_map(|(rest, departure)| {
                    let mut sums = delivered.clone();
                    let route = drive(day, vehicle, &trial, departure, rest, &mut sums)?;
                    Some((trial.clone(), route, sums))
                })
            });
            if let Some((trial, route, sums)) = found {
                open.retain(|&other| other != job);
                visits = trial;
                best = Some((route, sums));
            }
        }
        let Some((mut route, sums)) = best else { continue };
        delivered = sums;
        let gate = visits.iter().map(|visit| if let Visit::Outlet(k) = visit { day.outlets[*k].gate_fee.0 } else { 0 });
        let own = [
            vehicle.cost_fixed.0,
            vehicle.cost_per_second.0 * route.duration_s.0,
            vehicle.cost_per_metre.0 * route.distance_m.0,
            gate.sum(),
        ];
        route.cost = Cost(own.iter().sum());
        parts.fixed += Cost(own[0]);
        parts.time += Cost(own[1]);
        parts.distance += Cost(own[2]);
        parts.gate_fees += Cost(own[3]);
        routes.push(route);
    }
    parts.fairness = Cost(day.balance.iter().map(|balance| unfairness(day, balance, &routes)).sum());
    parts.compactness = Cost(routes.iter().map(|route| sprawl(day, route)).sum());
    parts.penalties = open.iter().filter_map(|&job| day.jobs[job].penalty).sum();
    Plan {
        instance: day.name.clone(),
        cost_scale: day.cost_scale,
        cost: parts.total(),
        cost_parts: parts,
        lower_bound: Some(Cost(0)),
        routes,
        unassigned: open
            .into_iter()
            .map(|job| Unassigned { job: day.jobs[job].id.clone(), verdict: Verdict::SearchLimit, reasons: Vec::new() })
            .collect(),
    }
}
