//! A made-up district: collection points, two transfer stations, a sorting centre, and what its people bring each day.

use huilu_model::clearing::{ClearingSettings, DayInflow, Network, OutletState, Tier};
use huilu_model::plan::StreamLoad;
use huilu_model::problem::{CompartmentSpec, CostSpec, MetricSpec, PlaceSpec, VehicleSpec, WindowSpec};
use huilu_model::{Grams, Litres, Round, Seconds, Shape};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

pub(crate) const STREAMS: [&str; 2] = ["paper", "plastic"];
/// Loose, grams to the litre.
const DENSITY: [i64; 2] = [80, 25];
const WEEKDAYS: [f64; 7] = [0.9, 0.85, 0.85, 0.9, 1.0, 1.3, 1.2];

/// A district and its true inflow, in grams: `inflow[day][point][stream]`.
#[derive(Clone, Debug)]
pub(crate) struct Town {
    pub(crate) network: Network,
    pub(crate) inflow: Vec<Vec<[i64; 2]>>,
    pub(crate) points: usize,
}

/// Litres that a mass of a stream fills.
pub(crate) fn litres(stream: usize, grams: i64) -> i64 {
    (grams + DENSITY[stream] - 1) / DENSITY[stream]
}

pub(crate) fn load(stream: usize, grams: i64) -> StreamLoad {
    StreamLoad { stream: STREAMS[stream].to_owned(), grams: Grams(grams), litres: Litres(litres(stream, grams)) }
}

pub(crate) fn town(seed: u64, points: usize, days: usize) -> Town {
    let rng = &mut Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut places = vec![PlaceSpec { id: "depot".to_owned(), ..PlaceSpec::default() }];
    let mut at = vec![(0.0, 0.0)];
    let mut outlets = Vec::new();
    let mut means = Vec::new();
    for k in 0..points {
        // A container of 2 to 4 m³ for each stream, full after 2 to 9 days on average.
        let size: i64 = rng.random_range(2_000..4_000);
        let full = rng.random_range(2.0..9.0);
        let capacity: Vec<StreamLoad> = (0..2).map(|stream| load(stream, size * DENSITY[stream])).collect();
        let uneven = rng.random_range(0.6..1.0);
        means.push([(size * DENSITY[0]) as f64 / full, (size * DENSITY[1]) as f64 / full * uneven]);
        outlets.push(outlet(&format!("point-{k}"), Tier::CollectionPoint, capacity, 240));
        at.push((rng.random_range(-5_000.0..5_000.0), rng.random_range(-5_000.0..5_000.0)));
    }
    // Two days of all points together in each of the stations.
    for (k, x) in [(0, -2_500.0), (1, 2_500.0)] {
        let sum = |stream: usize| means.iter().map(|mean| mean[stream]).sum::<f64>() as i64;
        let capacity = (0..2).map(|stream| load(stream, 2 * sum(stream))).collect();
        outlets.push(outlet(&format!("station-{k}"), Tier::TransferStation, capacity, 900));
        at.push((x, 0.0));
    }
    outlets.push(outlet("center", Tier::SortingCenter, Vec::new(), 0));
    at.push((9_000.0, 9_000.0));
    places.extend(outlets.iter().map(|outlet| PlaceSpec { id: outlet.place.clone(), ..PlaceSpec::default() }));
    let network = Network {
        name: format!("district-{seed}"),
        streams: STREAMS.map(str::to_owned).to_vec(),
        places,
        metrics: vec![MetricSpec {
            profile: "van".to_owned(),
            shape: Shape::Euclidean,
            points: Some(at),
            // Streets are a third longer than the crow flies; 25 km/h.
            metres_per_unit: 1.33,
            seconds_per_unit: 0.19,
            round: Round::Nearest,
        }],
        vans: (0..points.div_ceil(12)).map(|k| vehicle(&format!("van-{k}"), 1_000, 7_000, 17, 200)).collect(),
        trucks: (0..points.div_ceil(25)).map(|k| vehicle(&format!("truck-{k}"), 5_000, 32_000, 22, 350)).collect(),
        next_run_days: 1,
        settings: ClearingSettings::default(),
        outlets,
        ..Network::default()
    };
    let inflow = (0..days)
        .map(|day| {
            let of = |mean: &[f64; 2], rng: &mut Xoshiro256PlusPlus| {
                // A gamma of shape 3: a spread of 0.58 from day to day, as uneven as small outlets are.
                let noise = (0..3).map(|_| -(1.0 - rng.random::<f64>()).ln()).sum::<f64>() / 3.0;
                mean.map(|grams| (grams * WEEKDAYS[day % 7] * noise).round() as i64)
            };
            means.iter().map(|mean| of(mean, rng)).collect()
        })
        .collect();
    Town { network, inflow, points }
}

/// The last `days` days before `today` as a history.
pub(crate) fn history(town: &Town, point: usize, today: usize, days: usize) -> Vec<DayInflow> {
    let of = |ago: usize| DayInflow {
        days_ago: ago as u32,
        inflow: (0..2).map(|stream| load(stream, town.inflow[today - ago][point][stream])).collect(),
    };
    (1..=days.min(today)).map(of).collect()
}

fn outlet(id: &str, tier: Tier, capacity: Vec<StreamLoad>, clearing_s: i64) -> OutletState {
    OutletState {
        id: id.to_owned(),
        place: id.to_owned(),
        tier,
        streams: STREAMS.map(str::to_owned).to_vec(),
        capacity,
        fill: Vec::new(),
        cleared_days_ago: Some(0),
        history: Vec::new(),
        households: None,
        hours: Vec::new(),
        clearing_s: Seconds(clearing_s),
        clearing_per_100kg_s: Seconds(120),
        unload_s: Seconds(600),
        unload_per_100kg_s: Seconds(30),
        gate_fee: 0,
    }
}

fn vehicle(id: &str, kg: i64, litres: i64, end_h: i64, per_km: i64) -> VehicleSpec {
    VehicleSpec {
        id: id.to_owned(),
        profile: "van".to_owned(),
        start: "depot".to_owned(),
        end: Some("depot".to_owned()),
        capacity_g: Grams(kg * 1_000),
        compartments: vec![CompartmentSpec {
            streams: STREAMS.map(str::to_owned).to_vec(),
            capacity_g: Grams(kg * 1_000),
            capacity_l: Litres(litres),
        }],
        shift: WindowSpec { start: Seconds(8 * 3_600), end: Seconds(end_h * 3_600) },
        costs: CostSpec { fixed: 8_000, per_hour: 4_500, per_km, ..CostSpec::default() },
        end_empty: true,
        ..VehicleSpec::default()
    }
}
