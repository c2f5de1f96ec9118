//! Moves prices towards better bounds, from the best so far along a mean of all subgradients, the newer the more (the volume algorithm: Barahona and Anbil
//! 2000, Mathematical Programming 87(3), 385-399).
//!
//! A round looks at all walks of all classes and lowers or raises the price of each job until no walk is short of it: that is a bound. The walk which decided the price of a
//! job stands for it: jobs that such walks visit more than once are worth less, others more, and an hour is worth more where they take more of
//! it than is there for nothing. Where steps bring nothing any more, labels are given more to remember.

use super::HourPrices;
use super::class::{Class, classes};
use super::costs::{Costs, Ledger};
use super::memories::{MEMORY_MAX, Memories};
use super::rent;
use super::start::first_prices;
use super::steps::Steps;
use super::walks::{Looking, Worst};
use crate::limits::Limits;
use crate::proof::NoBound;
use crate::proof::generation::End;
use crate::proof::labelling::GivenUp;
use crate::proof::prices::{Fixed, Scale};
use crate::resources::model::Model;

/// Of one leg while its class is looked at, and of what `arcs_max` counts.
const PAIR_BYTES: usize = 25;
const ARC_BYTES: usize = 60;
/// Labels of one class and direction at most: 28 bytes each.
const LABELS_MAX: usize = 6_000_000;
/// Jobs that labels remember to begin with. With one, a walk goes to and fro between neighbours.
const MEMORY_FIRST: usize = 4;
/// The first step, as a part of Polyak's; the least before labels are given more to remember, and the first after it.
const STEP: f64 = 0.25;
const STEP_MIN: f64 = 0.02;
const STEP_AGAIN: f64 = 0.1;
/// What steps become after a better bound, and after so many rounds without one.
const LONGER: f64 = 1.1;
const SHORTER: f64 = 0.66;
const PATIENCE: usize = 2;
/// A gain of this part of the bound is none.
const CRUMB: f64 = 1e-5;
/// Part of the newest subgradient in the direction of the next step.
const NEWEST: f64 = 0.3;
/// Where no plan is known, what the best bound might become.
const HOPE: f64 = 1.2;

/// What is known before, and when it is enough.
pub(in crate::proof) struct Question<'q> {
    pub(in crate::proof) model: &'q Model<'q>,
    pub(in crate::proof) scale: Scale,
    pub(in crate::proof) limits: &'q Limits<'q>,
    /// Memory for legs, in arcs of [`ARC_BYTES`]; labels of one direction at most.
    pub(in crate::proof) arcs_max: usize,
    /// A bound of so much is all that is wanted; the cost of a plan, where one is known.
    pub(in crate::proof) enough: i64,
}

/// How it went.
#[derive(Clone, Copy, Debug)]
pub(in crate::proof) struct Course {
    pub(in crate::proof) end: End,
    pub(in crate::proof) rounds: usize,
    /// How often labels were given more to remember.
    pub(in crate::proof) memories: usize,
}

/// `on_bound` is told each better bound, and the prices of jobs.
///
/// # Errors
/// [`NoBound`] where the day does not fit.
pub(in crate::proof) fn prove(
    question: &Question<'_>,
    on_bound: &mut dyn FnMut(i64, &[Fixed]),
) -> Result<Course, NoBound> {
    let model = question.model;
    let classes = classes(model).ok_or(NoBound::NumbersTooLarge)?;
    // One class is looked at after the other, but what labels remember stands for all.
    let pairs = || classes.iter().map(|class| class.jobs.len().saturating_pow(2));
    let bytes = pairs().max().unwrap_or(0).saturating_mul(PAIR_BYTES).saturating_add(pairs().sum());
    if bytes > question.arcs_max.saturating_mul(ARC_BYTES) {
        return Err(NoBound::TooLarge);
    }
    let steps: Vec<Steps> = classes.iter().map(|class| Steps::new(model, class)).collect();
    let prices = first_prices(model, &classes, &steps, question.scale);
    let mut ascent = Ascent {
        question,
        memories: classes.iter().map(|class| Memories::new(model, class, MEMORY_FIRST)).collect(),
        classes: &classes,
        steps: &steps,
        size: MEMORY_FIRST,
        rounds: 0,
    };
    Ok(ascent.run(prices, on_bound))
}

/// By how much the bound grows with each price.
#[derive(Clone)]
struct Slope {
    jobs: Vec<f64>,
    hours: Vec<f64>,
}

impl Slope {
    fn mixed(self, newest: &Self) -> Self {
        let mix = |old: Vec<f64>, new: &[f64]| -> Vec<f64> {
            old.into_iter().zip(new).map(|(old, new)| old + NEWEST * (new - old)).collect()
        };
        Self { jobs: mix(self.jobs, &newest.jobs), hours: mix(self.hours, &newest.hours) }
    }
}

/// What one round found.
struct Round {
    bound: i64,
    /// At which no walk is short.
    prices: HourPrices,
    slope: Slope,
}

struct Ascent<'a> {
    question: &'a Question<'a>,
    classes: &'a [Class],
    steps: &'a [Steps],
    memories: Vec<Memories>,
    /// Jobs that labels remember at a job.
    size: usize,
    rounds: usize,
}

impl Ascent<'_> {
    fn run(&mut self, mut prices: HourPrices, on_bound: &mut dyn FnMut(i64, &[Fixed])) -> Course {
        let mut best: Option<Round> = None;
        let mut slope: Option<Slope> = None;
        let (mut step, mut idle, mut memories, mut size_max) = (STEP, 0, 0, MEMORY_MAX);
        let end = loop {
            let known = best.as_ref().map_or(i64::MIN, |best| best.bound);
            if known >= self.question.enough {
                break End::Enough;
            }
            match self.round(&prices) {
                Err(GivenUp::OutOfTime) => break End::OutOfTime,
                Err(GivenUp::TooManyLabels) if self.size == 1 => break End::TooManyLabels,
                Err(GivenUp::TooManyLabels) => {
                    (size_max, step) = (self.size / 2, STEP_MIN);
                    self.remember(size_max);
                    continue;
                }
                Ok(round) => {
                    slope = Some(match slope.take() {
                        Some(slope) => slope.mixed(&round.slope),
                        None => round.slope.clone(),
                    });
                    if round.bound > known {
                        // Costs are not negative.
                        if round.bound > 0 || best.is_none() {
                            on_bound(round.bound.max(0), &round.prices.jobs);
                        }
                        // Crumbs count as nothing, or it might never end.
                        match round.bound as f64 - known as f64 > CRUMB * known.max(1) as f64 {
                            true => (step, idle) = ((step * LONGER).min(1.0), 0),
                            false => idle += 1,
                        }
                        best = Some(round);
                    } else {
                        idle += 1;
                    }
                }
            }
            let (Some(round), Some(slope)) = (&best, &slope) else { break End::Solved };
            if idle >= PATIENCE {
                (step, idle) = (step * SHORTER, 0);
            }
            if step < STEP_MIN {
                if self.size >= size_max {
                    break End::Solved;
                }
                self.remember((2 * self.size).min(size_max));
                memories += 1;
                step = STEP_AGAIN;
            }
            prices = self.moved(round, slope, step);
        };
        Course { end, rounds: self.rounds, memories }
    }

    fn remember(&mut self, size: usize) {
        self.size = size;
        self.memories = self.classes.iter().map(|class| Memories::new(self.question.model, class, size)).collect();
    }

    /// Prices a step away.
    fn moved(&self, from: &Round, slope: &Slope, step: f64) -> HourPrices {
        let (model, scale) = (self.question.model, self.question.scale);
        let hope = (from.bound.max(1) as f64 * HOPE).min(self.question.enough as f64);
        let unit = |class: &Class| (rent::supply(model, class) as f64 / (model.n_jobs.max(1) as f64).sqrt()).max(1.0);
        let hours = self.classes.iter().zip(&slope.hours).map(|(class, slope)| (slope / unit(class)).powi(2));
        let square = slope.jobs.iter().map(|slope| slope * slope).sum::<f64>() + hours.sum::<f64>();
        let far = step * (hope - from.bound as f64).max(1.0) / square.max(1e-9);
        let job = |job: usize| {
            let most = scale.fixed(model.absence[job]);
            from.prices.jobs[job].saturating_add(scale.round(far * slope.jobs[job])).clamp(0, most)
        };
        let hour = |k: usize| {
            let free = rent::free(model, &self.classes[k], scale);
            let far = scale.round(far * slope.hours[k] / unit(&self.classes[k]).powi(2));
            from.prices.hours[k].saturating_add(far).clamp(free / 2, free.saturating_mul(4))
        };
        HourPrices { jobs: (0..model.n_jobs).map(job).collect(), hours: (0..self.classes.len()).map(hour).collect() }
    }

    /// Looks at all walks of all classes.
    fn round(&mut self, prices: &HourPrices) -> Result<Round, GivenUp> {
        let (model, scale, limits) = (self.question.model, self.question.scale, self.question.limits);
        let rounds = self.rounds as u64;
        let stop = || limits.reached(rounds);
        if stop() {
            return Err(GivenUp::OutOfTime);
        }
        // By job: the class whose walks leave it the least.
        let mut worst: Vec<Option<(usize, Worst, i64)>> = vec![None; model.n_jobs];
        let mut costs = Costs::default();
        for (k, class) in self.classes.iter().enumerate() {
            let ledger = Ledger { model, class, scale, prices, second: prices.hours[k] };
            ledger.write(&mut costs);
            let looking = Looking {
                costs: &costs,
                steps: &self.steps[k],
                memories: &self.memories[k],
                labels_max: LABELS_MAX.min(self.question.arcs_max),
                stop: &stop,
            };
            for (at, own) in looking.worst()?.into_iter().enumerate() {
                let known = &mut worst[class.jobs[at]];
                if known.as_ref().is_none_or(|(_, known, _)| own.change < known.change) {
                    let work = ledger.work(&costs, &own.walk);
                    *known = Some((k, own, work));
                }
            }
        }
        self.rounds += 1;
        Ok(self.summed(prices, &worst))
    }

    fn summed(&self, prices: &HourPrices, worst: &[Option<(usize, Worst, i64)>]) -> Round {
        let (model, scale) = (self.question.model, self.question.scale);
        let mut lowered = prices.clone();
        let (mut of_jobs, mut of_hours) = (vec![0.0; model.n_jobs], vec![0.0; self.classes.len()]);
        let mut sum = 0_i128;
        for (job, own) in worst.iter().enumerate() {
            let penalty = model.instance.jobs[job].penalty.map(|penalty| scale.fixed(penalty.0));
            let Some((k, own, work)) = own else {
                // No vehicle serves it: it is left out, or there is no plan to speak of.
                lowered.jobs[job] = penalty.unwrap_or(prices.jobs[job]);
                sum += i128::from(lowered.jobs[job]);
                continue;
            };
            let price = prices.jobs[job].saturating_add(own.change);
            lowered.jobs[job] = price;
            sum += i128::from(penalty.map_or(price, |penalty| price.min(penalty)));
            if penalty.is_some_and(|penalty| price >= penalty) {
                continue;
            }
            of_jobs[job] += 1.0;
            own.walk.iter().for_each(|&at| of_jobs[self.classes[*k].jobs[at]] -= own.share);
            of_hours[*k] += own.share * *work as f64;
        }
        for (k, class) in self.classes.iter().enumerate() {
            let (gained, work) = rent::gained(model, class, scale, prices.hours[k]);
            sum -= gained;
            of_hours[k] -= work as f64;
        }
        let bound = i64::try_from(scale.ceil(sum)).unwrap_or(i64::MIN);
        Round { bound, prices: lowered, slope: Slope { jobs: of_jobs, hours: of_hours } }
    }
}
