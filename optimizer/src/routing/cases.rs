//! Small random instances with every feature at once, for the tests of this folder.

use huilu_model::instance::Parts;
use huilu_model::locks::{SequenceLock, StartLock, VehicleLock};
use huilu_model::{
    Among, Balance, Ban, Break, Compartment, Cost, FaultCode, Faults, Grams, Instance, Job, Late, Litres, Load, Matrix,
    Metres, Outlet, Place, Queue, Seconds, StreamSet, Vehicle, Wgs84, Window,
};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

pub(crate) fn random(seed: u64, n_jobs: usize, n_vehicles: usize, n_outlets: usize) -> Instance {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let rng = &mut rng;
    let n_places = n_jobs + n_outlets + 1;
    let points: Vec<(f64, f64)> =
        (0..n_places).map(|_| (rng.random_range(0.0..8.0), rng.random_range(0.0..8.0))).collect();
    let legs: Vec<u32> =
        points.iter().flat_map(|a| points.iter().map(move |b| (a.0 - b.0).hypot(a.1 - b.1).ceil() as u32)).collect();
    // Minutes stand for seconds: a day of 60 can be searched instant by instant.
    let windows = |rng: &mut Xoshiro256PlusPlus| {
        let start = rng.random_range(0..40);
        let first = Window { start: Seconds(start), end: Seconds(start + rng.random_range(0..15)) };
        let gap = first.end.0 + rng.random_range(2..8);
        match rng.random_range(0..3) {
            0 => vec![Window { start: Seconds(0), end: Seconds(80) }],
            1 => vec![first],
            _ => vec![first, Window { start: Seconds(gap), end: Seconds(gap + rng.random_range(0..9)) }],
        }
    };
    let amount = |rng: &mut Xoshiro256PlusPlus, stream: usize| Load {
        stream,
        grams: Grams(rng.random_range(0..5)),
        litres: Litres(rng.random_range(1..6)),
    };
    let jobs = (0..n_jobs).map(|k| {
        let streams: Vec<usize> = (0..3).filter(|_| rng.random_bool(0.5)).collect();
        Job {
            id: format!("j{k}"),
            place: rng.random_range(1..n_places),
            loads: streams.into_iter().map(|stream| amount(rng, stream)).collect(),
            windows: windows(rng),
            release: rng.random_bool(0.2).then(|| Seconds(rng.random_range(0..30))),
            setup: Seconds(rng.random_range(0..2)),
            service: Seconds(rng.random_range(0..3)),
            skills: u64::from(rng.random_bool(0.2)),
            penalty: rng.random_bool(0.8).then(|| Cost(rng.random_range(20..200))),
            ..Job::default()
        }
    });
    let jobs: Vec<Job> = jobs.collect();
    let part = |rng: &mut Xoshiro256PlusPlus, streams: u32| Compartment {
        streams: StreamSet(streams),
        grams: Grams(rng.random_range(4..10)),
        litres: Litres(rng.random_range(6..14)),
    };
    let vehicles = (0..n_vehicles).map(|k| {
        let opens = rng.random_range(0..8);
        let compartments =
            if rng.random_bool(0.5) { vec![part(rng, 0b111)] } else { vec![part(rng, 0b011), part(rng, 0b100)] };
        let rests = rng.random_range(10..30);
        Vehicle {
            id: format!("v{k}"),
            profile: 0,
            start: 0,
            end: 0,
            grams: Grams(rng.random_range(6..14)),
            compartments,
            shift: Window { start: Seconds(opens), end: Seconds(opens + rng.random_range(30..60)) },
            pause: rng.random_bool(0.5).then(|| Break {
                window: Window { start: Seconds(rests), end: Seconds(rests + rng.random_range(0..12)) },
                duration: Seconds(rng.random_range(1..6)),
            }),
            cost_fixed: Cost(rng.random_range(0..20)),
            cost_per_second: Cost(rng.random_range(0..3)),
            cost_per_metre: Cost(rng.random_range(0..3)),
            skills: u64::from(rng.random_bool(0.7)),
            max_distance: rng.random_bool(0.3).then(|| Metres(rng.random_range(15..60))),
            max_jobs: rng.random_bool(0.2).then(|| rng.random_range(0..6)),
            max_day_grams: rng.random_bool(0.2).then(|| Grams(rng.random_range(4..30))),
            max_day_litres: rng.random_bool(0.2).then(|| Litres(rng.random_range(6..40))),
            end_empty: rng.random_bool(0.8),
            ..Vehicle::default()
        }
    });
    let vehicles: Vec<Vehicle> = vehicles.collect();
    let outlets = (0..n_outlets).map(|k| Outlet {
        id: format!("o{k}"),
        place: 1 + n_jobs + k,
        streams: StreamSet(if rng.random_bool(0.6) { 0b111 } else { rng.random_range(1..8) }),
        windows: windows(rng),
        capacity: (0..3)
            .map(|_| rng.random_bool(0.4).then(|| (Grams(rng.random_range(2..14)), Litres(rng.random_range(4..20)))))
            .collect(),
        unload: Seconds(rng.random_range(0..4)),
        gate_fee: Cost(rng.random_range(0..6)),
        ..Outlet::default()
    });
    let outlets: Vec<Outlet> = outlets.collect();
    Instance::new(Parts {
        name: format!("random-{seed}"),
        cost_scale: 1,
        streams: ["paper", "metal", "battery"].map(str::to_owned).to_vec(),
        skills: vec!["two".to_owned()],
        incompatible: if rng.random_bool(0.5) { vec![(0, 2)] } else { Vec::new() },
        places: (0..n_places).map(|k| Place { id: format!("p{k}"), ..Place::default() }).collect(),
        travel: vec![Matrix { profile: "van".to_owned(), size: n_places, seconds: legs.clone(), metres: legs }.into()],
        jobs,
        vehicles,
        outlets,
        ..Parts::default()
    })
    .expect("the generator makes valid instances")
}

/// The same with limits on the duration of routes, and unloads that take longer the more they take off. What these do to an
/// insertion no constant-time look can tell.
pub(crate) fn limited(seed: u64, n_jobs: usize, n_vehicles: usize, n_outlets: usize) -> Instance {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x5eed);
    let mut parts = (*random(seed, n_jobs, n_vehicles, n_outlets)).clone();
    for vehicle in &mut parts.vehicles {
        vehicle.max_duration = rng.random_bool(0.6).then(|| Seconds(rng.random_range(8..40)));
    }
    for outlet in &mut parts.outlets {
        // Half a second to the gram, or one.
        outlet.unload_per_100kg = Seconds(rng.random_range(0..3) * 50_000);
    }
    Instance::new(parts).expect("the generator makes valid instances")
}

/// The same with prices and limits of the plan as a whole: alike days, and routes that keep together.
pub(crate) fn balanced(seed: u64, n_jobs: usize, n_vehicles: usize, n_outlets: usize) -> Instance {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0xba1);
    let mut parts = (*random(seed, n_jobs, n_vehicles, n_outlets)).clone();
    for place in &mut parts.places {
        let mut degrees = || rng.random_range(0.0..1e-4);
        place.position = Some(Wgs84 { lat: degrees(), lon: degrees() });
    }
    parts.compactness = rng.random_bool(0.7).then(|| Cost(rng.random_range(0..4)));
    let balance = (0..rng.random_range(1..3)).map(|_| Balance {
        vehicles: (0..n_vehicles).filter(|_| rng.random_bool(0.9)).collect(),
        among: if rng.random_bool(0.5) { Among::Used } else { Among::OnDuty },
        cost_per_second: Cost(rng.random_range(0..4)),
        spread_max: rng.random_bool(0.3).then(|| Seconds(rng.random_range(0..40))),
        cost_per_gram: Cost(rng.random_range(0..6)),
        spread_max_grams: rng.random_bool(0.3).then(|| Grams(rng.random_range(0..10))),
    });
    parts.balance = balance.collect();
    Instance::new(parts).expect("the generator makes valid instances")
}

/// The same with vehicles, orders and starts locked at random; now and then that contradicts itself.
pub(crate) fn locked(seed: u64, n_jobs: usize, n_vehicles: usize, n_outlets: usize) -> Result<Instance, Faults> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x10c4);
    let mut parts = Parts::clone(&random(seed, n_jobs, n_vehicles, n_outlets));
    for job in 0..n_jobs {
        if rng.random_bool(0.25) {
            let vehicles = (0..n_vehicles).filter(|_| rng.random_bool(0.5)).collect();
            parts.locks.vehicles.push(VehicleLock { job, vehicles });
        }
        if rng.random_bool(0.2) {
            let start = rng.random_range(0..50);
            let window = Window { start: Seconds(start), end: Seconds(start + rng.random_range(0..20)) };
            parts.locks.starts.push(StartLock { job, window });
        }
        if job > 0 && rng.random_bool(0.3) {
            let before = rng.random_range(0..job);
            parts.locks.sequences.push(SequenceLock { before, after: job, directly: rng.random_bool(0.4) });
        }
    }
    // Of one thousand such days few hold together: contradictions go one by one.
    for _ in 0..3 * n_jobs {
        let Err(faults) = Instance::new(parts.clone()) else { break };
        match faults.0[0].code {
            FaultCode::LockVehicle => drop(parts.locks.vehicles.pop()),
            FaultCode::LockStart => drop(parts.locks.starts.pop()),
            _ => drop(parts.locks.sequences.pop()),
        }
    }
    Instance::new(parts)
}

/// [`locked`], and no outlet has room for much: what one vehicle brings another has to take elsewhere.
pub(crate) fn cramped(seed: u64, n_jobs: usize, n_vehicles: usize, n_outlets: usize) -> Result<Instance, Faults> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0xc4a3);
    let day = match seed % 3 {
        0 => locked(seed, n_jobs, n_vehicles, n_outlets)?,
        _ => random(seed, n_jobs, n_vehicles, n_outlets),
    };
    let mut parts = Parts::clone(&day);
    for outlet in &mut parts.outlets {
        outlet.windows = vec![Window { start: Seconds(0), end: Seconds(90) }];
        let mut room =
            || rng.random_bool(0.8).then(|| (Grams(rng.random_range(3..9)), Litres(rng.random_range(5..14))));
        outlet.capacity = (0..parts.streams.len()).map(|_| room()).collect();
    }
    for vehicle in &mut parts.vehicles {
        vehicle.end_empty = rng.random_bool(0.7);
        vehicle.shift.end = Seconds(90);
    }
    Instance::new(parts)
}

/// Without releases, and with ways there and back that differ.
pub(crate) fn one_way(seed: u64, n_jobs: usize, n_vehicles: usize, n_outlets: usize) -> Instance {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x0a51);
    let mut parts = (*random(seed, n_jobs, n_vehicles, n_outlets)).clone();
    parts.jobs.iter_mut().for_each(|job| job.release = None);
    let size = parts.places.len();
    let mut legs = vec![0; size * size];
    for (from, to) in (0..size).flat_map(|from| (0..size).map(move |to| (from, to))).filter(|(from, to)| from != to) {
        legs[from * size + to] = parts.travel[0].metres(from, to) + rng.random_range(0..4);
    }
    parts.travel = vec![Matrix { profile: "van".to_owned(), size, seconds: legs.clone(), metres: legs }.into()];
    Instance::new(parts).expect("the generator makes valid instances")
}

/// The same with what a city's day adds: soft windows, overtime, bans by hour, queues, preferred vehicles, ranges, routes that
/// end anywhere or elsewhere, and jobs next door to each other.
pub(crate) fn city(seed: u64, n_jobs: usize, n_vehicles: usize, n_outlets: usize) -> Instance {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0xc17);
    let rng = &mut rng;
    let make = [limited, balanced, random][(seed % 3) as usize];
    let mut parts = (*make(seed, n_jobs, n_vehicles, n_outlets)).clone();
    let hours = |rng: &mut Xoshiro256PlusPlus, longest: i64| {
        let start = rng.random_range(0..45);
        Window { start: Seconds(start), end: Seconds(start + rng.random_range(0..longest)) }
    };
    parts.zones = vec!["old town".to_owned()];
    let n_places = parts.places.len();
    parts.places.iter_mut().for_each(|place| place.zone = rng.random_bool(0.4).then_some(0));
    for k in 0..parts.jobs.len() {
        if k > 0 && rng.random_bool(0.2) {
            parts.jobs[k].place = parts.jobs[k - 1].place;
        }
        let job = &mut parts.jobs[k];
        job.setup = Seconds(rng.random_range(0..4));
        for window in &job.windows {
            if rng.random_bool(0.4) {
                continue;
            }
            let soft = Seconds(rng.random_range(window.start.0..=window.end.0));
            let window = Window { start: soft, end: window.end };
            job.late.push(Late { window, per_second: Cost(rng.random_range(1..6)) });
        }
        if n_vehicles > 0 && rng.random_bool(0.3) {
            job.preferred = vec![rng.random_range(0..n_vehicles)];
            job.other_vehicle = Cost(rng.random_range(1..15));
        }
    }
    for vehicle in &mut parts.vehicles {
        (vehicle.start, vehicle.end) = (rng.random_range(0..n_places), rng.random_range(0..n_places));
        vehicle.open_end = rng.random_bool(0.3);
        if rng.random_bool(0.6) {
            vehicle.overtime_from = Some(Seconds(vehicle.shift.start.0 + rng.random_range(5..40)));
            vehicle.cost_overtime = Cost(rng.random_range(1..5));
        }
        let bans = if rng.random_bool(0.5) { rng.random_range(1..3) } else { 0 };
        vehicle.bans = (0..bans).map(|_| Ban { zone: 0, window: hours(rng, 15) }).collect();
    }
    for outlet in &mut parts.outlets {
        let first = hours(rng, 12);
        let gap = first.end.0 + rng.random_range(1..4);
        let second = Window { start: Seconds(gap), end: Seconds(gap + rng.random_range(0..9)) };
        let busy = [first, second].into_iter().take(rng.random_range(0..3));
        outlet.queues = busy.map(|window| Queue { window, wait: Seconds(rng.random_range(0..8)) }).collect();
    }
    Instance::new(parts).expect("the generator makes valid instances")
}
