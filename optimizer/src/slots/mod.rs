//! What each slot would cost for a new booking: the cheapest place on the routes as they are, by the evaluator of the search.
//! `desk` keeps a plan ready for bookings that it does not know yet, and says what the prices of its proof expect of each hour.
//!
//! A booking that is free to choose its slot is one job for each slot, alike but for the windows, all of them left out of the plan. The
//! places and their detours are found once for all slots; then each slot takes the first that cannot be undercut. This is
//! the marginal cost on the plan as it stands; a plan made anew could only be cheaper.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use huilu_model::{Cost, Instance, JobIdx, Plan};

use crate::explain::Misfit;
use crate::explain::offers::{Offer, TOGETHER_MAX, open_offers};
use crate::explain::standing::{Standing, vehicles};
use crate::resources::model::{Kind, Model, Node};
use crate::routing::feasibility;
use crate::routing::solution::Solution;

mod desk;
mod lengths;
#[cfg(test)]
mod tests;

use lengths::{Block, Lengths};

pub use desk::{Asked, Desk, DeskFault, Quote, SLOTS_MAX, Ways};

/// Places that are put in order before the first question: the cheapest.
const SORTED_FIRST: usize = 2_000;

/// The cheapest place in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotPrice {
    /// What the routes cost more.
    pub cost: Cost,
    pub vehicle: String,
    /// Stops (jobs and unloads) before it.
    pub position: usize,
}

/// Asks about slots of a plan, as often as wanted; setting up costs as much as some thousand questions' places.
#[derive(Debug)]
pub struct SlotPricer<'m, 'a> {
    model: &'m Model<'a>,
    routes: Routes,
}

/// A plan's routes, and what is prepared of each for all questions.
#[derive(Clone, Debug)]
struct Routes {
    solution: Solution,
    /// By vehicle.
    lengths: Vec<Lengths>,
}

impl Routes {
    fn new(model: &Model<'_>, solution: Solution) -> Self {
        Self { lengths: solution.routes.iter().map(|route| Lengths::new(model, route)).collect(), solution }
    }
}

/// Lays `plan` over `instance` and lets `ask` put questions to it.
///
/// # Errors
/// Where the plan is not one of this instance.
pub fn with_pricer<T>(
    instance: &Instance,
    plan: &Plan,
    ask: impl FnOnce(&mut SlotPricer<'_, '_>) -> T,
) -> Result<T, Misfit> {
    let model = Model::new(instance);
    let routes = Routes::new(&model, Standing::new(&model, plan)?.solution);
    Ok(ask(&mut SlotPricer { model: &model, routes }))
}

/// The places for one booking, whichever slot it takes.
struct Places {
    all: Vec<(usize, Offer)>,
    /// Least price in whatever hours, and index: the cheapest in order.
    ranked: Vec<(i64, usize)>,
    sorted: usize,
    /// Whether the load fits, as far as it has been looked up.
    fits: Vec<Option<bool>>,
}

impl Places {
    fn new(model: &Model<'_>, routes: &Routes, all: Vec<(usize, Offer)>) -> Self {
        let least = |&(vehicle, ref offer): &(usize, Offer)| {
            let route = &routes.solution.routes[vehicle];
            let kind = &model.kinds[route.kind];
            let last = offer.visits.last().map_or(kind.start, |&node| model.place(node));
            let set_up = lengths::sets_up(model, route, offer.gap, last);
            let duration = routes.lengths[vehicle].floor(offer.gap, set_up, offer.between);
            offer.least.max(offer.dearer(kind, route, duration))
        };
        let mut ranked: Vec<(i64, usize)> = all.iter().map(least).zip(0..).collect();
        // Most questions are answered by a few of the cheapest places.
        let sorted = ranked.len().min(SORTED_FIRST);
        if sorted < ranked.len() {
            ranked.select_nth_unstable(sorted);
        }
        ranked[..sorted].sort_unstable();
        Self { fits: vec![None; all.len()], all, ranked, sorted }
    }
}

impl SlotPricer<'_, '_> {
    /// The price of each of these jobs, which are one booking in different slots: same place, loads, skills and times of service. `None`
    /// where the slot has no place on any route.
    pub fn prices(&mut self, slots: &[JobIdx]) -> Vec<Option<SlotPrice>> {
        let Some(&first) = slots.first() else { return Vec::new() };
        let (model, solution) = (self.model, &self.routes.solution);
        let open: Vec<bool> = slots.iter().map(|&slot| self.opens(slot)).collect();
        let mut all: Vec<(usize, Offer)> = Vec::new();
        for vehicle in vehicles(solution) {
            let kind = &model.kinds[solution.routes[vehicle].kind];
            if slots.iter().zip(&open).any(|(&slot, &open)| open && kind.serves[slot]) {
                all.extend(open_offers(model, solution, vehicle, first).into_iter().map(|offer| (vehicle, offer)));
            }
        }
        let mut places = Places::new(model, &self.routes, all);
        let price = |(&slot, open)| if open { self.price(&mut places, first, slot) } else { None };
        slots.iter().zip(open).map(price).collect()
    }

    /// Best first: each place is looked at in the order of a price that no slot undercuts, given one that hours and load have a say in, and
    /// evaluated when no other may be cheaper any more.
    fn price(&mut self, places: &mut Places, first: JobIdx, slot: JobIdx) -> Option<SlotPrice> {
        let model = self.model;
        let mut best: Option<SlotPrice> = None;
        let mut looked_at: BinaryHeap<Reverse<(i64, usize)>> = BinaryHeap::new();
        let mut next = 0;
        loop {
            let ceiling = best.as_ref().map_or(i64::MAX, |best| best.cost.0);
            while let Some(&(least, k)) = places.ranked.get(next) {
                let cheapest = looked_at.peek().map_or(ceiling, |Reverse(top)| top.0.min(ceiling));
                if next < places.sorted && least >= cheapest {
                    break;
                }
                next += 1;
                if least < ceiling
                    && let Some(least) = self.least(places, k, first, slot).filter(|&least| least < ceiling)
                {
                    looked_at.push(Reverse((least, k)));
                }
            }
            let Some(Reverse((_, k))) = looked_at.pop().filter(|Reverse((least, _))| *least < ceiling) else {
                return best;
            };
            let (vehicle, offer) = &places.all[k];
            let instead = |&node: &Node| if node == first as Node { slot as Node } else { node };
            let offer = Offer { visits: offer.visits.iter().map(instead).collect(), ..*offer };
            let route = &self.routes.solution.routes[*vehicle];
            if !feasibility::may_be_in_time(model, route, offer.gap, &offer.visits) {
                continue;
            }
            if let Some(cost) = offer.cost(model, &mut self.routes.solution, *vehicle as u32, ceiling) {
                let vehicle = model.instance.vehicles[*vehicle].id.clone();
                best = Some(SlotPrice { cost: Cost(cost), vehicle, position: offer.gap });
            }
        }
    }

    /// Some route is on its way in the hours of the slot.
    fn opens(&self, slot: JobIdx) -> bool {
        vehicles(&self.routes.solution).any(|vehicle| {
            let kind = &self.model.kinds[self.routes.solution.routes[vehicle].kind];
            let window = hours(self.model, kind, slot);
            window.is_some_and(|window| self.routes.lengths[vehicle].may_ever_meet(window))
        })
    }

    /// A place is no cheaper in this slot; `None` where it is no place at all.
    fn least(&self, places: &mut Places, k: usize, first: JobIdx, slot: JobIdx) -> Option<i64> {
        let (model, solution) = (self.model, &self.routes.solution);
        let (vehicle, offer) = &places.all[k];
        let (route, lengths) = (&solution.routes[*vehicle], &self.routes.lengths[*vehicle]);
        let kind = &model.kinds[route.kind];
        if !kind.serves[slot] || !lengths.may_meet(offer.gap, hours(model, kind, slot)?) {
            return None;
        }
        let mut visits = [slot as Node; TOGETHER_MAX];
        let visits = visits.get_mut(..offer.visits.len())?;
        for (own, &node) in visits.iter_mut().zip(offer.visits.iter()).filter(|&(_, &node)| node != first as Node) {
            *own = node;
        }
        let block = Block { gap: offer.gap, visits, into: offer.into, out: offer.out };
        let duration = lengths.with(model, route, &block)?;
        if duration > kind.duration_max || route.metres + offer.metres > kind.metres_max {
            return None;
        }
        let fits = || feasibility::may_fit(model, solution, *vehicle as u32, offer.gap, &offer.visits);
        if !*places.fits[k].get_or_insert_with(fits) {
            return None;
        }
        Some(offer.least.max(offer.dearer(kind, route, duration)).saturating_add(kind.unpreferred(slot)))
    }
}

/// From the first to the last moment of the slot for this kind of vehicle.
fn hours(model: &Model<'_>, kind: &Kind, slot: JobIdx) -> Option<(i64, i64)> {
    let windows = model.windows_of(kind, slot as Node);
    Some((windows.first()?.0, windows.last()?.1))
}
