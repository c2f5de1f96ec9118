//! What each slot would cost for a new booking: the cheapest place on the routes as they are, by the evaluator of the search.
//! `desk` keeps a plan ready for bookings that it does not know yet, and says what the prices of its proof expect of each hour.
//!
//! A booking that is free to choose its slot is one job for each slot, alike but for the windows, all of them left out of the plan. The
//! places and their detours are found once for all slots; then each slot takes the first that cannot be undercut. This is
//! the marginal cost on the plan as it stands; a plan made anew could only be cheaper.

use huilu_model::{Cost, Instance, JobIdx, Plan};

use crate::explain::Misfit;
use crate::explain::offers::{Offer, open_offers};
use crate::explain::standing::Standing;
use crate::resources::model::{Model, Node};
use crate::routing::feasibility;

mod desk;
#[cfg(test)]
mod tests;

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
    pub(crate) standing: Standing<'m, 'a>,
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
    let standing = Standing::new(&model, plan)?;
    Ok(ask(&mut SlotPricer { standing }))
}

impl SlotPricer<'_, '_> {
    /// The price of each of these jobs, which are one booking in different slots: same place, loads, skills and times of service. `None`
    /// where the slot has no place on any route.
    pub fn prices(&mut self, slots: &[JobIdx]) -> Vec<Option<SlotPrice>> {
        let Some(&first) = slots.first() else { return Vec::new() };
        let model = self.standing.model;
        let mut all: Vec<(usize, Offer)> = Vec::new();
        for vehicle in self.standing.vehicles() {
            let route = &self.standing.solution.routes[vehicle];
            if slots.iter().any(|&slot| model.kinds[route.kind].serves[slot]) {
                let offers = open_offers(model, &self.standing.solution, vehicle, first);
                all.extend(offers.into_iter().map(|offer| (vehicle, offer)));
            }
        }
        // Most questions are answered by a few of the cheapest places.
        let sorted = all.len().min(SORTED_FIRST);
        if sorted < all.len() {
            all.select_nth_unstable_by_key(sorted, |(_, offer)| offer.least);
        }
        all[..sorted].sort_unstable_by_key(|(_, offer)| offer.least);
        slots.iter().map(|&slot| self.price(&all, first, slot)).collect()
    }

    fn price(&mut self, all: &[(usize, Offer)], first: JobIdx, slot: JobIdx) -> Option<SlotPrice> {
        let model = self.standing.model;
        let mut best: Option<SlotPrice> = None;
        for (k, (vehicle, offer)) in all.iter().enumerate() {
            if best.as_ref().is_some_and(|best| best.cost.0 <= offer.least) {
                // In order as far as they are sorted, and none after that is cheaper than those.
                if k < SORTED_FIRST {
                    break;
                }
                continue;
            }
            let instead = |&node: &Node| if node == first as Node { slot as Node } else { node };
            let offer = Offer { visits: offer.visits.iter().map(instead).collect(), ..*offer };
            let route = &self.standing.solution.routes[*vehicle];
            if !model.kinds[route.kind].serves[slot]
                || !feasibility::may_be_in_time(model, route, offer.gap, &offer.visits)
            {
                continue;
            }
            let ceiling = best.as_ref().map_or(i64::MAX, |best| best.cost.0);
            if let Some(cost) = offer.cost(model, &mut self.standing.solution, *vehicle as u32, ceiling) {
                let vehicle = model.instance.vehicles[*vehicle].id.clone();
                best = Some(SlotPrice { cost: Cost(cost), vehicle, position: offer.gap });
            }
        }
        best
    }
}
