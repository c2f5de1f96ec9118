//! A glance at a gap before a job and a new unload are tried there: the least that they cost, and whether they may be in time at all. On a
//! full day nearly all such places turn out too dear or too late, so this looks at nothing but what lies at hand: the job's own ways to its
//! outlets, and for the other end of the new unload the nearest outlet there is.

use super::legs::Hub;
use super::model::{FAR, Kind, Model, Node};
use super::neighbours::Neighbours;
use super::route::Route;
use super::solution::Solution;
use super::unloadings::Unloading;

/// Metres and seconds.
type Way = (i64, i64);

pub(super) struct Glance<'l, 'a> {
    model: &'l Model<'a>,
    kind: &'l Kind,
    job: Node,
    /// The place before the gap.
    from: usize,
    next: Option<Node>,
    /// From the place before to the job, and from the job to the next place.
    there: Way,
    back: Way,
    /// From the place before to the nearest outlet, and from the nearest outlet to the next place.
    to_outlet: Way,
    from_outlet: Way,
    /// The leg that gives way, as it is priced.
    left_out: i64,
    /// No departure from the place before is earlier, and no start at the next place may be later.
    leaves: i64,
    starts: i64,
    opens: i64,
    closes: i64,
}

impl<'l, 'a> Glance<'l, 'a> {
    pub(super) fn new(
        model: &'l Model<'a>,
        neighbours: &Neighbours,
        solution: &'l Solution,
        (vehicle, gap): (u32, usize),
        (job, hub): (Node, &Hub<'_>),
    ) -> Self {
        let route = &solution.routes[vehicle as usize];
        let kind = &model.kinds[route.kind];
        let (from, to) = (route.place_after(model, gap), route.place_next(model, gap));
        let next = route.visits.get(gap).copied();
        // A new unload may let the jobs before it go earlier where they wait for the releases of those after it.
        let timed = model.timed && !model.has_releases();
        let windows = model.windows(job);
        let window = (windows.first().map_or(FAR, |w| w.0), windows.last().map_or(-FAR, |w| w.1));
        let (opens, closes) = if timed { window } else { (-FAR, FAR) };
        Self {
            model,
            kind,
            job,
            from,
            next,
            there: hub.from(from),
            back: hub.to(to),
            to_outlet: neighbours.unloadings.way_in(kind.profile, from),
            from_outlet: neighbours.unloadings.way_out(kind.profile, to),
            left_out: if route.is_empty() { 0 } else { route.legs[gap] },
            leaves: if timed { route.early[gap].soonest() } else { -FAR },
            starts: if timed { latest_start(model, kind, solution, route, gap) } else { FAR },
            opens,
            closes,
        }
    }

    /// The least rise of cost where the job comes first, its unload after it; `None` where that is too late for sure.
    pub(super) fn unloaded_after(&self, unloading: &Unloading) -> Option<i64> {
        let (metres, seconds) = unloading.after;
        let stay = self.model.stay(self.from, self.job);
        let last = (seconds + unloading.work).saturating_add(self.from_outlet.1);
        let served = (self.leaves + self.there.1).max(self.opens);
        if served > self.closes || served + stay + last > self.latest_start(unloading.last) {
            return None;
        }
        let metres = (self.there.0 + metres).saturating_add(self.from_outlet.0);
        self.priced(metres, self.there.1 + stay + last, unloading.last)
    }

    /// The least rise of cost where the unload comes first, the job after it; `None` where that is too late for sure.
    pub(super) fn unloaded_before(&self, unloading: &Unloading) -> Option<i64> {
        let (metres, seconds) = unloading.before;
        let first = self.to_outlet.1.saturating_add(seconds + unloading.work);
        let service = self.model.nodes[self.job as usize].service;
        let served = (self.leaves + first).max(self.opens);
        let here = self.model.place(self.job);
        if served > self.closes || served + service + self.back.1 > self.latest_start(here) {
            return None;
        }
        let metres = self.to_outlet.0.saturating_add(metres + self.back.0);
        self.priced(metres, first + service + self.back.1, here)
    }

    /// At the next place, coming from `last`: who comes from the same place saves a setup.
    fn latest_start(&self, last: usize) -> i64 {
        let saved = self.next.filter(|&next| self.model.place(next) == last);
        self.starts + saved.map_or(0, |next| self.model.nodes[next as usize].setup)
    }

    /// `None` where there is no way.
    fn priced(&self, metres: i64, mut seconds: i64, last: usize) -> Option<i64> {
        if metres >= FAR || seconds >= FAR {
            return None;
        }
        if !self.kind.minds_time() {
            seconds = 0;
        } else if let Some(next) = self.next {
            seconds += self.model.stay(last, next) - self.model.stay(self.from, next);
        }
        Some(self.kind.price(metres, seconds) - self.left_out)
    }
}

/// No start of the visit after the gap, or arrival at the end, may be later.
fn latest_start(model: &Model<'_>, kind: &Kind, solution: &Solution, route: &Route, gap: usize) -> i64 {
    match route.visits.get(gap) {
        Some(&next) if model.is_job(next) => solution.spots[next as usize].starts,
        Some(&next) => route.late[gap + 1].latest() - model.nodes[next as usize].service,
        None => kind.closes,
    }
}

#[cfg(test)]
mod tests {
    use huilu_model::Instance;

    use super::*;
    use crate::routing::cases::{city, limited, random};
    use crate::routing::feasibility::detour;
    use crate::routing::params::Params;
    use crate::routing::tests::with_a_job_outside;

    /// Both orders beside every way to unload, in each gap of a random route: what the full evaluation takes is not refused, and costs no
    /// less than promised. Counts what was refused, what was promised and what was promised exactly.
    fn compare(seeds: u64, day: impl Fn(u64) -> Instance) -> (usize, usize, usize) {
        let (mut refused, mut promised, mut exact) = (0, 0, 0);
        with_a_job_outside(seeds, day, |seed, model, solution, job| {
            let neighbours = Neighbours::new(model, &Params::default());
            let route = &solution.routes[0];
            let kind = &model.kinds[route.kind];
            let hub = neighbours.around(model, kind, job as usize);
            for gap in 0..=route.visits.len() {
                let glance = Glance::new(model, &neighbours, solution, (0, gap), (job, &hub));
                for unloading in neighbours.unloadings.of(kind.profile, job as usize) {
                    let outlets = unloading.chain.nodes();
                    let (after, before) = ([&[job], outlets].concat(), [outlets, &[job]].concat());
                    let looks =
                        [(glance.unloaded_after(unloading), after), (glance.unloaded_before(unloading), before)];
                    for (least, new) in looks {
                        let way = detour(model, route, gap, &new);
                        let Some(least) = least else {
                            refused += 1;
                            let taken = way.is_some()
                                && solution.clone().replace(model, 0, |own| drop(own.splice(gap..gap, new.clone())));
                            assert!(!taken, "seed {seed} gap {gap}: {new:?} refused");
                            continue;
                        };
                        promised += 1;
                        exact += usize::from(way == Some(least));
                        assert!(way.is_none_or(|way| least <= way), "seed {seed} gap {gap}: {new:?} {least} {way:?}");
                    }
                }
            }
        });
        (refused, promised, exact)
    }

    #[test]
    fn a_glance_refuses_nothing_that_is_possible_and_promises_no_more_than_the_way_costs() {
        for (name, (refused, promised, exact)) in [
            ("random", compare(1_500, |seed| random(seed, 6, 2, 1 + (seed % 3) as usize))),
            ("limited", compare(1_500, |seed| limited(seed, 6, 2, 2))),
            ("city", compare(1_500, |seed| city(seed, 6, 2, 3))),
        ] {
            assert!(refused > 200 && exact > 500 && promised > exact, "{name}: {refused}, {promised}, {exact}");
        }
    }
}
