//! A plan at hand for bookings that are not part of it: one place and some jobs of the instance stand empty, and each question fills
//! them. Nothing that grows with the square of the places is copied for it.
//!
//! *Marginal cost* is what the routes cost more, as they are. *Worth* is what the plan's prices expect of such a booking: the mean price
//! of the planned jobs nearest by whose hours overlap the slot's. The price of a job in column generation is what one job more like it
//! costs a day that is planned anew, what it takes from others included; where hours are tight it is above the marginal cost
//! on today's routes, and the difference is the displacement that a booking now causes among those still to come. Marginal costs
//! plus expected displacement are what the literature prices slots by: Yang, Strauss, Currie and Eglese (2016), Transportation
//! Science 50(2), 473-488 (insertion into the routes of expected demand); Klein, Mackert, Neugebauer and Steinhardt (2018), OR Spectrum 40,
//! doi:10.1007/s00291-017-0501-3 (opportunity cost of a slot from a linear model of the day).

use huilu_model::instance::Parts;
use huilu_model::problem::JobSpec;
use huilu_model::{
    Cost, Faults, Instance, Job, Load, Matrix, Place, PlaceIdx, Plan, ReasonCode, Seconds, Travel, UNREACHABLE, Wgs84,
    Window,
};

use super::{Routes, SlotPrice, SlotPricer};
use crate::explain::Misfit;
use crate::explain::standing::{Standing, vehicles};
use crate::resources::model::{FAR, Leg, Model, Node, longest};
use crate::routing::reasons;
use crate::routing::solution::Solution;

/// Slots of one question at most.
pub const SLOTS_MAX: usize = 16;
/// Planned jobs that say what a slot is worth: the nearest.
const NEIGHBOURS: usize = 5;
/// Reasons told of a slot without a place.
const REASONS_MAX: usize = 2;

/// Why a plan cannot be asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DeskFault {
    #[error(transparent)]
    Misfit(#[from] Misfit),
    #[error("{0}")]
    Faults(#[from] Faults),
}

/// Ways between the booking's place and the plan's places, one for each profile of the instance; [`UNREACHABLE`] where there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ways {
    /// To each place, in the instance's order.
    pub seconds_to: Vec<u32>,
    pub metres_to: Vec<u32>,
    /// From each place.
    pub seconds_from: Vec<u32>,
    pub metres_from: Vec<u32>,
}

/// A booking in search of a slot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    /// Its loads, times of service and skills count; its id, place, windows and penalty do not.
    pub job: JobSpec,
    pub position: Option<Wgs84>,
    /// A place of the instance that is the booking's own, as for neighbours in one house; then no ways are needed.
    pub place: Option<PlaceIdx>,
    /// [`SLOTS_MAX`] at most; what is more is not answered.
    pub slots: Vec<Window>,
    pub ways: Vec<Ways>,
}

/// What a slot costs, in the instance's unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Quote {
    /// The cheapest place on the routes as they are; absent where there is none.
    pub place: Option<SlotPrice>,
    /// What the prices of the plan expect such a booking to cost; absent where no planned job near by has hours like it, or a price.
    pub worth: Option<Cost>,
    /// What stands against the slot most often, where it has no place.
    pub reasons: Vec<ReasonCode>,
}

impl Quote {
    /// How far the expected cost lies above that on the routes as they are.
    pub fn displacement(&self) -> Cost {
        let above = self.worth.zip(self.place.as_ref()).map(|(worth, place)| worth - place.cost);
        above.filter(|above| above.0 > 0).unwrap_or(Cost(0))
    }
}

/// What routes were laid out with; while it is the same they need not be laid out again.
#[derive(Clone, Debug, PartialEq)]
struct Layout {
    kind_of: Vec<usize>,
    timed: bool,
    plain_times: bool,
    terms: bool,
    late: bool,
}

impl Layout {
    fn of(model: &Model<'_>) -> Self {
        Self {
            kind_of: model.kind_of.clone(),
            timed: model.timed,
            plain_times: model.plain_times,
            terms: model.has_terms(),
            late: model.late.is_empty(),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Desk {
    instance: Instance,
    plan: Plan,
    /// Planned jobs with a price: job and price.
    prices: Vec<(usize, f64)>,
    /// First of the jobs that stand empty; the last place stands empty too.
    first: usize,
    laid: Option<Laid>,
    /// By profile: of the ways between the plan's own places.
    longest: Vec<Leg>,
}

/// Routes as they are, and what was laid out to ask about them.
#[derive(Clone, Debug)]
struct Laid {
    layout: Layout,
    routes: Routes,
}

impl Desk {
    /// `prices` are those of a proof or a set partitioning by job, in cost units; none where there was neither.
    ///
    /// # Errors
    /// [`DeskFault::Misfit`] where the plan is not one of this instance.
    pub fn new(instance: Instance, plan: Plan, prices: Option<&[f64]>) -> Result<Self, DeskFault> {
        let mut parts = instance.into_parts();
        let first = parts.jobs.len();
        let asked = parts.places.len();
        let position = parts.jobs.first().and_then(|job| parts.places[job.place].position);
        parts.places.push(Place { id: free(&parts.places, |place| &place.id), position, ..Place::default() });
        for travel in &mut parts.travel {
            *travel = one_more(travel, asked).into();
        }
        let id = free(&parts.jobs, |job| &job.id);
        parts.jobs.extend((0..SLOTS_MAX).map(|k| Job {
            id: format!("{id} {k}"),
            place: asked,
            windows: vec![Window { start: Seconds(0), end: Seconds(0) }],
            penalty: Some(Cost(0)),
            ..Job::default()
        }));
        let instance = Instance::new(parts)?;
        let longest = longest(&instance);
        let model = Model::with_longest(&instance, &longest);
        let solution = Standing::new(&model, &plan)?.solution;
        let served = |job: usize| solution.spots[job].vehicle != crate::routing::solution::NOWHERE;
        let priced = prices.unwrap_or_default().iter().copied().enumerate();
        let prices = priced.filter(|&(job, price)| job < first && price.is_finite() && served(job)).collect();
        let laid = Some(Laid { layout: Layout::of(&model), routes: Routes::new(&model, solution) });
        Ok(Self { instance, plan, prices, first, laid, longest })
    }

    /// The plan's instance, with the place and the jobs that stand empty at the ends of their lists.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// A quote for each slot asked for. The desk comes back for the next question.
    ///
    /// # Errors
    /// Faults of what is asked.
    pub fn ask(self, asked: &Asked) -> Result<(Self, Vec<Quote>), DeskFault> {
        let Self { instance, plan, prices, first, laid, longest } = self;
        let mut parts = instance.into_parts();
        let slots = &asked.slots[..asked.slots.len().min(SLOTS_MAX)];
        let unknown = fill(&mut parts, asked, slots, first);
        let instance = Instance::new(parts)?;
        if let Some(reason) = unknown {
            let quote = Quote { place: None, worth: None, reasons: vec![reason] };
            return Ok((Self { instance, plan, prices, first, laid, longest }, vec![quote; slots.len()]));
        }
        let (quotes, laid) = {
            let model = Model::with_longest(&instance, &with_ways(&longest, &asked.ways));
            let layout = Layout::of(&model);
            let routes = match laid.filter(|laid| laid.layout == layout) {
                Some(laid) => laid.routes,
                None => Routes::new(&model, Standing::new(&model, &plan)?.solution),
            };
            let mut pricer = SlotPricer { model: &model, routes };
            let jobs: Vec<usize> = (first..first + slots.len()).collect();
            let places = pricer.prices(&jobs);
            let near = nearest(&model, &prices, first);
            let quote = |(place, &job): (Option<SlotPrice>, &usize)| Quote {
                worth: worth(&model, &near, job),
                reasons: if place.is_none() { against(&model, &pricer.routes.solution, job) } else { Vec::new() },
                place,
            };
            let quotes: Vec<Quote> = places.into_iter().zip(&jobs).map(quote).collect();
            (quotes, Some(Laid { layout, routes: pricer.routes }))
        };
        Ok((Self { instance, plan, prices, first, laid, longest }, quotes))
    }
}

/// The longest ways with those of a booking, too.
fn with_ways(longest: &[Leg], ways: &[Ways]) -> Vec<Leg> {
    let most = |lists: [&[u32]; 2]| lists.into_iter().flatten().copied().filter(|&way| way != UNREACHABLE).max();
    let longer = |(leg, ways): (&Leg, &Ways)| Leg {
        metres: leg.metres.max(most([&ways.metres_to, &ways.metres_from]).map_or(0, i64::from)),
        seconds: leg.seconds.max(most([&ways.seconds_to, &ways.seconds_from]).map_or(0, i64::from)),
    };
    let unknown = Ways::default();
    longest.iter().zip(ways.iter().chain(std::iter::repeat(&unknown))).map(longer).collect()
}

/// A name that nothing in the list begins with.
fn free<T>(list: &[T], id: impl Fn(&T) -> &String) -> String {
    let mut name = "asked".to_owned();
    while list.iter().any(|one| id(one).starts_with(&name)) {
        name.insert(0, '_');
    }
    name
}

/// The same ways and one more place, which nobody comes to yet.
fn one_more(travel: &Travel, size: usize) -> Matrix {
    let wider = |leg: &dyn Fn(usize, usize) -> u32| {
        let mut legs = vec![UNREACHABLE; (size + 1) * (size + 1)];
        for from in 0..size {
            for to in 0..size {
                legs[from * (size + 1) + to] = leg(from, to);
            }
        }
        legs[size * (size + 1) + size] = 0;
        legs
    };
    Matrix {
        profile: travel.profile().to_owned(),
        size: size + 1,
        seconds: wider(&|from, to| travel.seconds(from, to)),
        metres: wider(&|from, to| travel.metres(from, to)),
    }
}

/// Puts the booking where the instance stands empty; says what stands against it where it has a stream or a skill that the instance does
/// not know, and so no vehicle has.
fn fill(parts: &mut Parts, asked: &Asked, slots: &[Window], first: usize) -> Option<ReasonCode> {
    let last = parts.places.len() - 1;
    parts.places[last].position = asked.position.or(parts.places[last].position);
    let nowhere = Ways::default();
    for (k, travel) in parts.travel.iter_mut().enumerate() {
        let ways = asked.ways.get(k).unwrap_or(&nowhere);
        let Travel::Matrix(matrix) = travel else { continue };
        let size = matrix.size;
        for place in 0..last {
            let of = |list: &[u32]| list.get(place).copied().unwrap_or(UNREACHABLE);
            matrix.seconds[last * size + place] = of(&ways.seconds_to);
            matrix.metres[last * size + place] = of(&ways.metres_to);
            matrix.seconds[place * size + last] = of(&ways.seconds_from);
            matrix.metres[place * size + last] = of(&ways.metres_from);
        }
    }
    let bit = |skill: &String| parts.skills.iter().position(|known| known == skill).map(|at| 1 << at);
    let skills: Option<u64> = asked.job.skills.iter().map(bit).try_fold(0_u64, |set, bit| Some(set | bit?));
    let stream = |name: &String| parts.streams.iter().position(|known| known == name);
    let loads: Option<Vec<Load>> = (asked.job.loads.iter())
        .map(|load| Some(Load { stream: stream(&load.stream)?, grams: load.grams, litres: load.litres }))
        .collect();
    // Who has no compartment for a stream has none for its loads.
    let unknown = match (&loads, skills) {
        (None, _) => Some(ReasonCode::Capacity),
        (_, None) => Some(ReasonCode::Skill),
        _ => None,
    };
    let place = asked.place.filter(|&place| place < last).unwrap_or(last);
    for (job, &slot) in parts.jobs[first..].iter_mut().zip(slots) {
        job.place = place;
        job.loads = loads.clone().unwrap_or_default();
        job.windows = vec![slot];
        (job.setup, job.service, job.skills) = (asked.job.setup_s, asked.job.service_s, skills.unwrap_or_default());
    }
    unknown
}

/// Planned jobs with a price by their metres from the booking, the nearest first.
fn nearest(model: &Model<'_>, prices: &[(usize, f64)], asked: usize) -> Vec<(usize, f64)> {
    let here = model.place(asked as Node);
    let profiles: Vec<&crate::resources::model::Kind> = model.kinds.iter().collect();
    let metres = |job: usize| {
        let there = model.place(job as Node);
        profiles.iter().map(|kind| model.metres(kind, here, there)).min().unwrap_or(FAR)
    };
    let mut ranked: Vec<(i64, (usize, f64))> = prices.iter().map(|&one| (metres(one.0), one)).collect();
    ranked.retain(|&(metres, _)| metres < FAR);
    ranked.sort_by_key(|&(metres, (job, _))| (metres, job));
    ranked.into_iter().map(|(_, one)| one).collect()
}

/// The mean price of the nearest whose hours overlap.
fn worth(model: &Model<'_>, near: &[(usize, f64)], asked: usize) -> Option<Cost> {
    let overlap = |job: usize| {
        let own = model.windows(asked as Node);
        model.windows(job as Node).iter().any(|a| own.iter().any(|b| a.0 <= b.1 && b.0 <= a.1))
    };
    let alike: Vec<f64> =
        near.iter().filter(|&&(job, _)| overlap(job)).map(|&(_, price)| price).take(NEIGHBOURS).collect();
    (!alike.is_empty()).then(|| Cost((alike.iter().sum::<f64>() / alike.len() as f64).round() as i64))
}

/// What stands against the job on most of the routes as they are.
pub(super) fn against(model: &Model<'_>, solution: &Solution, job: usize) -> Vec<ReasonCode> {
    if model.kinds.is_empty() {
        return vec![ReasonCode::NoVehicle];
    }
    let mut seen: Vec<(usize, ReasonCode)> = Vec::new();
    for vehicle in vehicles(solution) {
        let Some(code) = reasons::refusal(model, solution, vehicle as u32, job) else { continue };
        match seen.iter_mut().find(|(_, known)| *known == code) {
            Some((times, _)) => *times += 1,
            None => seen.push((1, code)),
        }
    }
    seen.sort_by_key(|&(times, code)| (std::cmp::Reverse(times), code));
    seen.into_iter().take(REASONS_MAX).map(|(_, code)| code).collect()
}
