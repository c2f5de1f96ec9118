//! Bounds from trips on days that wait: for releases long after all else could be over, and for a break before the first visit.

use huilu_model::instance::Parts;
use huilu_model::{
    Break, Compartment, Cost, Grams, Instance, Job, Litres, Load, Matrix, Outlet, Place, Seconds, StreamSet, Vehicle,
    Window,
};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::{ProofParams, brute, n_vehicles, proof, random};

fn window(start: i64, end: i64) -> Window {
    Window { start: Seconds(start), end: Seconds(end) }
}

/// One vehicle at place 0, the job at 1 and the outlet at 2. A metre costs 1.
fn day(legs: [u32; 9], vehicle: Vehicle, job: Job, outlet: Outlet) -> Instance {
    let legs = legs.to_vec();
    let room = Compartment { streams: StreamSet(1), grams: Grams(10), litres: Litres(10) };
    let load = Load { stream: 0, grams: Grams(1), litres: Litres(1) };
    let place = |k: usize| Place { id: format!("p{k}"), ..Place::default() };
    let vehicle =
        Vehicle { id: "v".to_owned(), grams: Grams(10), compartments: vec![room], cost_per_metre: Cost(1), ..vehicle };
    Instance::new(Parts {
        name: "waiting".to_owned(),
        cost_scale: 1,
        streams: vec!["paper".to_owned()],
        places: (0..3).map(place).collect(),
        travel: vec![Matrix { profile: "van".to_owned(), size: 3, seconds: legs.clone(), metres: legs }.into()],
        jobs: vec![Job { id: "j".to_owned(), place: 1, loads: vec![load], ..job }],
        vehicles: vec![vehicle],
        outlets: vec![Outlet {
            id: "o".to_owned(),
            place: 2,
            streams: StreamSet(1),
            windows: vec![window(0, 86_400)],
            capacity: vec![None],
            ..outlet
        }],
        ..Parts::default()
    })
    .unwrap()
}

fn bound(day: &Instance) -> Option<Cost> {
    let trips = proof(day, &ProofParams { trips: Some(true), ..ProofParams::default() });
    assert!(trips.lower_bound.is_some(), "{:?}", trips.cause);
    trips.lower_bound
}

/// Driving, unloading and service would be over by 12 minutes past midnight; the job is released at eight.
#[test]
fn a_job_released_long_after_all_else_could_be_over_is_served() {
    let vehicle = Vehicle { shift: window(0, 86_400), end_empty: true, ..Vehicle::default() };
    let job = Job {
        windows: vec![window(0, 86_400)],
        service: Seconds(60),
        release: Some(Seconds(28_800)),
        penalty: Some(Cost(1_000)),
        ..Job::default()
    };
    let outlet = Outlet { unload: Seconds(300), ..Outlet::default() };
    let bound = bound(&day([0, 10, 10, 10, 0, 10, 10, 10, 0], vehicle, job, outlet));
    assert!(bound.is_some_and(|bound| (1..=30).contains(&bound.0)), "{bound:?}: there, to the outlet and home is 30");
}

/// The only cheap route rests before it leaves, empties nothing at the outlet and waits there for the job's release.
#[test]
fn a_vehicle_may_rest_before_it_drives_to_an_outlet_empty() {
    let vehicle = Vehicle {
        shift: window(0, 86_400),
        pause: Some(Break { window: window(0, 100), duration: Seconds(2) }),
        ..Vehicle::default()
    };
    let job = Job {
        windows: vec![window(171, 171)],
        release: Some(Seconds(170)),
        penalty: Some(Cost(10_000)),
        ..Job::default()
    };
    let outlet = Outlet { unload: Seconds(1), gate_fee: Cost(1_000), ..Outlet::default() };
    let day = day([0, 151, 150, 151, 0, 151, 150, 1, 0], vehicle, job, outlet);
    let best = brute::optimum(&day, &[brute::routes(&day, &day.vehicles[0])]);
    assert_eq!(best, Some(1_000 + 150 + 1 + 151));
    assert!(bound(&day).map(|bound| bound.0) <= best, "{:?} above {best:?}", bound(&day));
}

/// A random day on which jobs wait longer for their release than driving and all opening windows take.
fn released_late(seed: u64) -> Instance {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed ^ 0x1a7e);
    let mut parts = Parts::clone(&random(seed, 3, n_vehicles(seed), 1));
    for job in &mut parts.jobs {
        job.release = rng.random_bool(0.6).then(|| Seconds(rng.random_range(200..260)));
        job.windows.last_mut().unwrap().end = Seconds(330);
        job.penalty = Some(Cost(rng.random_range(50..900)));
    }
    parts.outlets.iter_mut().for_each(|outlet| outlet.windows.last_mut().unwrap().end = Seconds(340));
    parts.vehicles.iter_mut().for_each(|vehicle| vehicle.shift.end = Seconds(rng.random_range(270..350)));
    Instance::new(parts).unwrap()
}

#[test]
fn no_bound_forgets_a_late_release() {
    let mut served = 0;
    for seed in 0..200 {
        let day = released_late(seed);
        let by_vehicle: Vec<_> = day.vehicles.iter().map(|vehicle| brute::routes(&day, vehicle)).collect();
        let best = brute::optimum(&day, &by_vehicle).unwrap();
        assert!(bound(&day).is_some_and(|bound| bound.0 <= best), "seed {seed}: {:?} above {best}", bound(&day));
        let late = day.jobs.iter().filter(|job| job.release.is_some()).filter_map(|job| job.penalty);
        served += usize::from(best < late.map(|penalty| penalty.0).sum());
    }
    assert!(served > 50, "only {served} days serve a job released late");
}
