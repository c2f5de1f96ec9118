//! The look at all walks against every trip there is, at random prices.

use huilu_model::Instance;
use huilu_model::instance::Parts;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::HourPrices;
use super::class::{Class, classes};
use super::costs::{Costs, Ledger, NO_WAY};
use super::memories::Memories;
use super::rent;
use super::steps::Steps;
use super::walks::Looking;
use crate::proof::prices::{Fixed, Scale};
use crate::resources::model::{Model, Node};
use crate::routing::cases::{city, random};

fn prices(model: &Model<'_>, classes: &[Class], scale: Scale, seed: u64) -> HourPrices {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let jobs = (0..model.n_jobs).map(|_| scale.fixed(rng.random_range(0..160))).collect();
    let hours = classes.iter().map(|class| rent::free(model, class, scale) * rng.random_range(0..4) / 2).collect();
    HourPrices { jobs, hours }
}

/// A random day; on every other one most jobs are visits at one place, and on half of those they differ in nothing but their service.
fn day(seed: u64) -> Instance {
    let make = if seed % 3 == 2 { city } else { random };
    let day = make(seed, 3 + (seed % 3) as usize, 1 + (seed % 2) as usize, (seed % 4) as usize);
    let mut parts = Parts::clone(&day);
    let first = parts.jobs[0].clone();
    for job in parts.jobs.iter_mut().skip(usize::from(seed.is_multiple_of(3))) {
        if seed / 4 % 2 == 1 {
            job.place = first.place;
        }
        if seed / 4 % 4 == 1 {
            (job.setup, job.windows, job.late) = (first.setup, first.windows.clone(), first.late.clone());
        }
    }
    Instance::new(parts).expect("only places, setups and windows differ from a valid day")
}

/// Every trip without second visits that room and windows allow; gives the least of what one has to spare, and the most steps.
fn try_all(ledger: &Ledger<'_>, costs: &Costs, steps: &Steps, visits: &mut Vec<usize>, worst: &mut (Fixed, usize)) {
    let (model, class) = (ledger.model, ledger.class);
    if visits.iter().map(|&at| class.loads[at]).sum::<i64>() > class.room {
        return;
    }
    if let (Some(&head), Some(&tail)) = (visits.first(), visits.last()) {
        let legs: Fixed = visits.windows(2).map(|leg| ledger.leg(leg[0], leg[1]).unwrap_or(NO_WAY)).sum();
        worst.0 = worst.0.min(costs.first[head].0.saturating_add(legs).saturating_add(costs.last[tail].0));
    }
    // Only what a shift has time for has to keep within the steps.
    let kind = class.kind(model);
    let place = |at: usize| model.place(class.jobs[at] as Node);
    let way = visits.windows(2).map(|leg| model.seconds(kind, place(leg[0]), place(leg[1]))).sum::<i64>();
    let busy = way + visits.iter().map(|&at| model.nodes[class.jobs[at]].service).sum::<i64>();
    let to_first = visits.first().map_or(0, |&first| {
        let begins = (0..class.stations.len()).filter(|&k| class.begins_trips(k));
        begins.map(|k| model.seconds(kind, class.stations[k].place, place(first))).min().unwrap_or(0)
    });
    if !class.kinds.iter().any(|&k| busy + to_first <= model.kinds[k].closes - model.kinds[k].opens) {
        return;
    }
    worst.1 = worst.1.max(visits.iter().map(|&at| steps.of[at]).sum());
    for next in 0..class.jobs.len() {
        let follows = visits.last().is_none_or(|&last| ledger.leg(last, next).is_some());
        if follows && !visits.contains(&next) {
            visits.push(next);
            try_all(ledger, costs, steps, visits, worst);
            visits.pop();
        }
    }
}

/// Changes prices as the look says, and gives what the worst trip has to spare then, and the most steps.
fn after(ledger: &Ledger<'_>, steps: &Steps, counted: &Steps, size: usize) -> (Fixed, usize) {
    let mut costs = Costs::default();
    ledger.write(&mut costs);
    let memories = Memories::new(ledger.model, ledger.class, size);
    let looking = Looking { costs: &costs, steps: counted, memories: &memories, labels_max: 1 << 20, stop: &|| false };
    let mut changed = ledger.prices.clone();
    for (own, &job) in looking.worst().unwrap().iter().zip(&ledger.class.jobs) {
        changed.jobs[job] += own.change;
    }
    let ledger = Ledger { prices: &changed, ..*ledger };
    ledger.write(&mut costs);
    let mut worst = (Fixed::MAX, 0);
    try_all(&ledger, &costs, steps, &mut Vec::new(), &mut worst);
    worst
}

#[test]
fn no_trip_is_short_of_its_price_after_a_look_at_all_walks() {
    let (mut short, mut tight, mut full, mut caught) = (0, 0, 0, 0);
    for seed in 0..600 {
        let day = day(seed);
        let model = Model::new(&day);
        let scale = Scale::new(&model).unwrap();
        let classes = classes(&model).unwrap();
        let prices = prices(&model, &classes, scale, seed);
        for (k, class) in classes.iter().enumerate().filter(|(_, class)| !class.jobs.is_empty()) {
            let steps = Steps::new(&model, class);
            let ledger = Ledger { model: &model, class, scale, prices: &prices, second: prices.hours[k] };
            let mut costs = Costs::default();
            ledger.write(&mut costs);
            let mut before = (Fixed::MAX, 0);
            try_all(&ledger, &costs, &steps, &mut Vec::new(), &mut before);
            assert!(before.1 <= steps.most, "seed {seed}, class {k}: {} of {} steps", before.1, steps.most);
            for size in [1, 2, 8] {
                let (spare, _) = after(&ledger, &steps, &steps, size);
                assert!(spare >= 0, "seed {seed}, class {k}: a trip is short by {}", -spare);
                tight += usize::from(size == 8 && spare < scale.fixed(2));
            }
            (short, full) = (short + usize::from(before.0 < 0), full + usize::from(before.1 * 10 >= steps.most * 9));
            // Negative control: visits that take more steps than they may lose trips.
            let of = steps.of.iter().map(|steps| 2 * *steps + 1).collect();
            caught += usize::from(after(&ledger, &steps, &Steps { of, ..steps.clone() }, 8).0 < 0);
        }
    }
    println!("{short} short, {tight} tight, {full} full, {caught} caught");
    assert!(short > 150 && tight > 100 && full > 20 && caught > 20, "{short}, {tight}, {full}, {caught}");
}
