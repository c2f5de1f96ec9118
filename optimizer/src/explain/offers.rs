//! Every place for one more job on a route, with the new unloads that may come with it, cheapest first.

use std::rc::Rc;

use super::standing::Standing;
use crate::resources::model::{FAR, Kind, Model, Node};
use crate::routing::route::Route;
use crate::routing::solution::Solution;
use crate::routing::{beginnings, feasibility};

/// Outlets looked at around a job: the nearest.
const OUTLETS_NEAR: usize = 8;
/// The same where one unload comes before the job and another after it.
const OUTLETS_BOTH: usize = 3;
/// Most visits that come in together: an unload, the job, two unloads.
pub(crate) const TOGETHER_MAX: usize = 4;

/// A place on a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Visits before it.
    pub(crate) gap: usize,
    /// The job and the unloads that come in with it, in their order.
    pub(crate) visits: Rc<[Node]>,
    /// The route becomes dearer by this at least.
    pub(crate) least: i64,
    /// The part of that which is no matter of time.
    pub(crate) timeless: i64,
    /// What the route grows by.
    pub(crate) metres: i64,
    /// Seconds to drive to the first of them, and from the last.
    pub(crate) into: i64,
    pub(crate) out: i64,
    /// Seconds from the visit before to the one after, without any waiting.
    pub(crate) between: i64,
}

impl Offer {
    /// What the route costs with it more than without, fairness and compactness aside; `None` where that breaks a rule or is not
    /// below `ceiling`. The solution is left as it was.
    pub(crate) fn cost(&self, model: &Model<'_>, solution: &mut Solution, vehicle: u32, ceiling: i64) -> Option<i64> {
        let before = solution.routes[vehicle as usize].cost;
        let mut trial = solution.copy_of(vehicle);
        self.splice(&mut trial.visits);
        let below = |trial: &Route| trial.cost - before < ceiling;
        // The draft knows every rule but what outlets have room for; its cost leaves waiting out.
        let keeps_rules = |trial: &mut Route| trial.draft(model) && below(trial) && trial.settle(model) && below(trial);
        if !(keeps_rules(&mut trial) && solution.fairness.allows(vehicle as usize, &trial)) {
            solution.keep_spare(trial);
            return None;
        }
        let cost = trial.cost - before;
        solution.begin();
        let taken = solution.put(model, vehicle, trial);
        if taken {
            solution.roll_back(model);
        }
        taken.then_some(cost)
    }

    /// What the route costs with it more than without, should it take so long.
    pub(crate) fn dearer(&self, kind: &Kind, route: &Route, duration: i64) -> i64 {
        self.timeless.saturating_add(kind.price(0, duration)).saturating_sub(route.price_of_time(kind))
    }

    pub(crate) fn splice(&self, visits: &mut Vec<Node>) {
        visits.splice(self.gap..self.gap, self.visits.iter().copied());
    }
}

/// The places on a vehicle's route that no lock forbids.
pub(crate) fn open_offers(model: &Model<'_>, solution: &Solution, vehicle: usize, job: usize) -> Vec<Offer> {
    let mut all = offers(model, &solution.routes[vehicle], job);
    if !model.locks.may_serve(vehicle, job) {
        all.clear();
    }
    if model.locks.any {
        all.retain(|offer| !beginnings::forbids(model, solution, job, vehicle as u32, offer.gap));
    }
    all
}

/// In no order; those that no road leads to are left out. Locks are not looked at.
pub(crate) fn offers(model: &Model<'_>, route: &Route, job: usize) -> Vec<Offer> {
    let kind = &model.kinds[route.kind];
    let patterns = Patterns::new(model, route.kind, job);
    let waited = route.cost - route.floor;
    // An unload that comes in before another takes over part of its work, rounded up to a second each.
    let rounding = |visits: &[Node]| if model.has_terms() { visits.len() as i64 + 1 } else { 0 };
    let mut offers = Vec::with_capacity((route.visits.len() + 1) * patterns.all.len());
    let (mut into, mut out) = (Vec::new(), Vec::new());
    for gap in 0..=route.visits.len() {
        let (from, to) = (route.place_after(model, gap), route.place_next(model, gap));
        let (last, next) = (gap.checked_sub(1).map(|before| route.visits[before]), route.visits.get(gap).copied());
        into.clear();
        into.extend(
            patterns.ends.iter().map(|&node| way(model, kind, from, model.place(node), model.stay(from, node))),
        );
        out.clear();
        out.extend(patterns.ends.iter().map(|&node| {
            let place = model.place(node);
            let stay = next.map_or(0, |next| model.stay(place, next) - model.stay(from, next));
            way(model, kind, place, to, stay)
        }));
        let without =
            if route.is_empty() { (0, 0) } else { (model.metres(kind, from, to), model.seconds(kind, from, to)) };
        let fixed = if route.is_empty() { kind.fixed } else { 0 };
        for pattern in &patterns.all {
            // A second stop at the outlet that is there already is never needed.
            let doubled = |end: usize, other: Option<Node>| {
                let node = patterns.ends[end];
                !model.is_job(node) && other == Some(node)
            };
            if doubled(pattern.first, last) || doubled(pattern.last, next) {
                continue;
            }
            let (Some(to_first), Some(from_last)) = (into[pattern.first], out[pattern.last]) else { continue };
            let metres = to_first.0 + pattern.metres + from_last.0 - without.0;
            let seconds = to_first.1 + pattern.seconds + from_last.1 - without.1 - rounding(&pattern.visits);
            // What comes in may fill the waiting of the whole route. It never shortens the route, though: without it the vehicle would
            // come to the next stop no later, and so home no later. A break alone could be missed by that, and a stop that has to wait
            // for its next window is late no more.
            let longer = kind.price(0, seconds) - waited;
            let never_shorter = seconds >= 0 && kind.pause.is_none() && !model.has_terms() && model.late.is_empty();
            let time = if never_shorter { longer.max(0) } else { longer };
            let timeless = fixed + pattern.fees + kind.price(metres, 0);
            let (into, out, visits) = (to_first.2, from_last.2, Rc::clone(&pattern.visits));
            let between = to_first.1 + pattern.seconds + out;
            offers.push(Offer { gap, visits, least: timeless + time, timeless, metres, into, out, between });
        }
    }
    offers
}

/// Metres, seconds with `stay` on top, and seconds of driving alone; `None` where there is no way.
fn way(model: &Model<'_>, kind: &Kind, from: usize, to: usize, stay: i64) -> Option<(i64, i64, i64)> {
    let (metres, seconds) = (model.metres(kind, from, to), model.seconds(kind, from, to));
    (metres < FAR && seconds < FAR).then_some((metres, seconds + stay, seconds))
}

/// What can come in together, with all of its price that does not hang on the place.
#[derive(Debug)]
struct Pattern {
    visits: Rc<[Node]>,
    /// Among the ends.
    first: usize,
    last: usize,
    /// Between the first and the last, and the stays after the first.
    metres: i64,
    seconds: i64,
    fees: i64,
}

#[derive(Debug)]
struct Patterns {
    /// Nodes that a pattern begins or ends with.
    ends: Vec<Node>,
    all: Vec<Pattern>,
}

impl Patterns {
    fn new(model: &Model<'_>, kind: usize, job: usize) -> Self {
        let mut patterns = Self { ends: Vec::new(), all: Vec::new() };
        for visits in visits_together(model, kind, job) {
            let (Some(&first), Some(&last)) = (visits.first(), visits.last()) else { continue };
            let (mut metres, mut seconds, mut connected) = (0, 0, true);
            for pair in visits.windows(2) {
                let (from, to) = (model.place(pair[0]), model.place(pair[1]));
                match way(model, &model.kinds[kind], from, to, model.stay(from, pair[1])) {
                    Some(leg) => (metres, seconds) = (metres + leg.0, seconds + leg.1),
                    None => connected = false,
                }
            }
            let fees = visits.iter().filter_map(|&node| model.outlet(node)).map(|outlet| model.gate_fees[outlet]).sum();
            let (first, last) = (patterns.end(first), patterns.end(last));
            if connected {
                patterns.all.push(Pattern { visits: Rc::from(visits), first, last, metres, seconds, fees });
            }
        }
        patterns
    }

    fn end(&mut self, node: Node) -> usize {
        self.ends.iter().position(|&known| known == node).unwrap_or_else(|| {
            self.ends.push(node);
            self.ends.len() - 1
        })
    }
}

/// The job alone, with unloads after it, before it, or both.
fn visits_together(model: &Model<'_>, kind: usize, job: usize) -> Vec<Vec<Node>> {
    let (kind, node) = (&model.kinds[kind], job as Node);
    let mut near: Vec<usize> = (0..model.accepts.len()).collect();
    let round_trip = |outlet: usize| {
        let place = model.place(model.outlet_node(outlet));
        model.metres(kind, model.place(node), place).saturating_add(model.metres(kind, place, model.place(node)))
    };
    near.sort_by_cached_key(|&outlet| round_trip(outlet));
    let streams = model.streams_of(job);
    let whole = |outlet: usize| streams & !model.accepts[outlet] == 0;
    let mut after: Vec<Vec<Node>> =
        near.iter().filter(|&&o| whole(o)).take(OUTLETS_NEAR).map(|&o| vec![model.outlet_node(o)]).collect();
    // Where it takes several outlets to be rid of the job.
    let parts: Vec<usize> = near.iter().copied().filter(|&o| !whole(o) && streams & model.accepts[o] != 0).collect();
    let parts = &parts[..parts.len().min(OUTLETS_NEAR)];
    for &one in parts {
        after.push(vec![model.outlet_node(one)]);
        for &other in parts.iter().filter(|&&other| streams & !(model.accepts[one] | model.accepts[other]) == 0) {
            after.push(vec![model.outlet_node(one), model.outlet_node(other)]);
        }
    }
    let before: Vec<Node> = near.iter().take(OUTLETS_NEAR).map(|&outlet| model.outlet_node(outlet)).collect();
    let mut patterns = vec![vec![node]];
    patterns.extend(after.iter().map(|unloads| [&[node], &unloads[..]].concat()));
    patterns.extend(before.iter().map(|&unload| vec![unload, node]));
    for &unload in before.iter().take(OUTLETS_BOTH) {
        patterns.extend(after.iter().take(OUTLETS_BOTH).map(|unloads| [&[unload, node], &unloads[..]].concat()));
    }
    patterns
}

/// The cheapest place for a job on any route of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) vehicle: usize,
    pub(crate) offer: Offer,
    /// What the plan's routes cost more with it.
    pub(crate) cost: i64,
}

impl Standing<'_, '_> {
    /// Over all vehicles, by the evaluator of the search; `None` where the job has no place.
    pub(crate) fn cheapest_place(&mut self, job: usize) -> Option<Place> {
        let mut all: Vec<(usize, Offer)> = Vec::new();
        for vehicle in self.vehicles() {
            let route = &self.solution.routes[vehicle];
            if self.model.kinds[route.kind].serves[job] {
                let offers = open_offers(self.model, &self.solution, vehicle, job);
                all.extend(offers.into_iter().map(|offer| (vehicle, offer)));
            }
        }
        all.sort_by_key(|(_, offer)| offer.least);
        let mut best: Option<Place> = None;
        for (vehicle, offer) in all {
            if best.as_ref().is_some_and(|best| best.cost <= offer.least) {
                break;
            }
            let route = &self.solution.routes[vehicle];
            if !feasibility::may_be_in_time(self.model, route, offer.gap, &offer.visits) {
                continue;
            }
            let ceiling = best.as_ref().map_or(i64::MAX, |best| best.cost);
            if let Some(cost) = offer.cost(self.model, &mut self.solution, vehicle as u32, ceiling) {
                best = Some(Place { vehicle, offer, cost });
            }
        }
        best
    }
}
