//! Enumeration of all elementary routes below a bar of reduced cost.
//!
//! Partial routes grow visit by visit. One goes where no end can bring it below the bar (`completion.rs`), or where another one serves the
//! same jobs, is at the same vertex, and is in no way worse or dearer. Of routes that serve the same jobs the cheapest is kept. Where
//! the routes are few, what is left of the problem is a set partitioning over all of them.
//!
//! Where they are too many, the bar is lowered to the next of a list, and what cannot come below it goes: so one run finds the highest
//! bar below which the routes are few.
//!
//! Dominance compares true costs, not reduced ones: cuts may price two orders of the same jobs differently. That loses nothing: were a
//! route dropped for a cheaper one which ends above the bar, a better plan with the dropped one would be one with the cheaper one as well, and none is.
//!
//! Source: Baldacci, Christofides and Mingozzi (2008), Mathematical Programming 115(2), 351-385.

use std::collections::HashMap;

use super::column::Column;
use super::completion::Completions;
use super::label::{Label, Rules};
use super::labelling::{GivenUp, Labelling};
use super::prices::Fixed;
use crate::resources::model::Node;

/// Jobs of a kind that a partial route can tell apart.
pub(crate) const JOBS_MAX: usize = 256;
const NO_PARENT: usize = usize::MAX;
/// Partial routes grown after which the time is looked at; each goes along all arcs, and may meet thousands of ends behind each.
const LOOK_AFTER: usize = 8;

/// Jobs served, one bit each.
type Served = [u64; JOBS_MAX / 64];

fn jobs(served: &Served) -> Vec<Node> {
    (0..JOBS_MAX).filter(|job| served[job / 64] >> (job % 64) & 1 == 1).map(|job| job as Node).collect()
}

#[derive(Clone, Debug)]
struct Partial<const K: usize> {
    vertex: u32,
    parent: usize,
    served: Served,
    /// With reduced costs.
    label: Label<K>,
    /// Without prices.
    cost: Fixed,
    /// No route that begins so has a lower reduced cost.
    least: Fixed,
}

/// Whole routes: by jobs served the cheapest.
type Whole = HashMap<Served, End>;

#[derive(Clone, Copy, Debug)]
struct End {
    cost: Fixed,
    reduced: Fixed,
    /// Partial route that goes home.
    at: usize,
}

/// How much may be enumerated of one kind of vehicle.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Most {
    pub(crate) partial: usize,
    pub(crate) routes: usize,
}

#[derive(Debug)]
pub(crate) struct Enumeration<'e, 'a, const K: usize> {
    /// Forwards: where routes begin, and how they are extended.
    pub(crate) forward: &'e Labelling<'a, K>,
    pub(crate) completions: &'e Completions<'a, K>,
    /// Rules of dominance; prices of cuts are not asked for.
    pub(crate) rules: Rules<'e>,
    /// Never empty, the highest first.
    pub(crate) bars: &'e [Fixed],
    pub(crate) most: Most,
}

impl<const K: usize> Enumeration<'_, '_, K> {
    /// The first bar below which routes are few, and all of them, as columns.
    ///
    /// # Errors
    /// [`GivenUp`] where there are too many below all bars, or `stop` came first.
    pub(crate) fn run(&self, stop: &dyn Fn() -> bool) -> Result<(usize, Vec<Column>), GivenUp> {
        let network = self.completions.joining.network;
        let mut all: Vec<Partial<K>> = Vec::new();
        for departure in network.departures.iter().filter(|departure| departure.station == 0) {
            let at_start = self.forward.at(departure.vertex as usize, -1);
            // A vehicle may also come to its start after the break by taking the break there.
            for label in at_start.filter(|label| self.forward.walk(label.id).len() == 1) {
                let served = [0; JOBS_MAX / 64];
                let (vertex, cost) = (departure.vertex, label.cost);
                all.push(Partial { vertex, parent: NO_PARENT, served, label: *label, cost, least: Fixed::MIN });
            }
        }
        let (mut lowered, mut bar) = (0, self.bars[0]);
        let mut whole = Whole::new();
        let mut known: HashMap<(u32, Served), Vec<usize>> = HashMap::new();
        let mut dropped: Vec<bool> = vec![false; all.len()];
        let mut n_kept = all.len();
        let mut at = 0;
        // In the order in which they come, so shorter ones are grown first.
        while at < all.len() {
            if at.is_multiple_of(LOOK_AFTER) && stop() {
                return Err(GivenUp::OutOfTime);
            }
            if !dropped[at] {
                self.close(&all[at], at, bar, &mut whole);
                for next in self.grown(&all[at], at, bar) {
                    let alike = known.entry((next.vertex, next.served)).or_default();
                    if alike.iter().any(|&other| self.dominates(&all[other], &next)) {
                        continue;
                    }
                    alike.retain(|&other| {
                        let needless = self.dominates(&next, &all[other]);
                        n_kept -= usize::from(needless && !dropped[other]);
                        dropped[other] |= needless;
                        !needless
                    });
                    alike.push(all.len());
                    all.push(next);
                    dropped.push(false);
                    n_kept += 1;
                }
            }
            while n_kept > self.most.partial || whole.len() > self.most.routes {
                lowered += 1;
                bar = *self.bars.get(lowered).ok_or(GivenUp::TooManyLabels)?;
                for (partial, dropped) in all.iter().zip(&mut dropped) {
                    *dropped |= partial.least >= bar;
                }
                n_kept = dropped.iter().filter(|dropped| !**dropped).count();
                whole.retain(|_, end| end.reduced < bar);
            }
            // Those dropped take room as well.
            if all.len() > self.most.partial.saturating_mul(2) {
                return Err(GivenUp::TooManyLabels);
            }
            at += 1;
        }
        let mut ends: Vec<usize> = whole.into_values().map(|end| end.at).collect();
        ends.sort_unstable();
        // A route that is lost would make a bound wrong.
        let column = |(k, end): (usize, usize)| match k.is_multiple_of(LOOK_AFTER) && stop() {
            true => Err(GivenUp::OutOfTime),
            false => self.column(&all, end).ok_or(GivenUp::TooManyLabels),
        };
        let columns: Result<Vec<Column>, GivenUp> = ends.into_iter().enumerate().map(column).collect();
        Ok((lowered, columns?))
    }

    /// Every partial route with one more visit, or a break.
    fn grown(&self, partial: &Partial<K>, parent: usize, bar: Fixed) -> Vec<Partial<K>> {
        let network = self.completions.joining.network;
        let from = partial.vertex as usize;
        let mut grown = Vec::new();
        for arc in &network.forward[from] {
            let job = network.job(arc.to as usize).filter(|_| arc.head == arc.to);
            let mut served = partial.served;
            if let Some(job) = job {
                let (word, bit) = (job / 64, 1 << (job % 64));
                if served[word] & bit != 0 {
                    continue;
                }
                served[word] |= bit;
            }
            let Some(mut label) = self.forward.extend(from, &partial.label, arc) else { continue };
            label.memory = network
                .memory
                .among(network.vertices[arc.to as usize].row(), |job| served[job as usize / 64] >> (job % 64) & 1 == 1);
            // What labels do not count the list still has to: all orders of the same jobs fill a vehicle alike.
            let fits = || !network.freight.is_left_out() || !network.freight.passes(&jobs(&served));
            if let Some(least) = self.completions.least_below(arc.to as usize, &label, bar)
                && fits()
            {
                grown.push(Partial { vertex: arc.to, parent, served, label, cost: partial.cost + arc.cost, least });
            }
        }
        grown
    }

    fn dominates(&self, one: &Partial<K>, other: &Partial<K>) -> bool {
        let plain = |partial: &Partial<K>| Label { cost: partial.cost, odd: 0, ..partial.label };
        self.rules.dominates(&plain(one), &plain(other))
    }

    /// Keeps the route that goes home now, if it is below the bar and the cheapest with its jobs.
    fn close(&self, partial: &Partial<K>, at: usize, bar: Fixed, whole: &mut Whole) {
        let (joining, vertex) = (self.completions.joining, partial.vertex as usize);
        let Some(reduced) = joining.ended(vertex, &partial.label).filter(|&reduced| reduced < bar) else { return };
        let plain = Label { cost: partial.cost, ..partial.label };
        let Some(cost) = joining.ended(vertex, &plain) else { return };
        let own = End { cost, reduced, at };
        let best = whole.entry(partial.served).or_insert(own);
        if cost < best.cost {
            *best = own;
        }
    }

    fn column(&self, all: &[Partial<K>], end: usize) -> Option<Column> {
        let mut walk = Vec::new();
        let mut at = end;
        loop {
            walk.push(all[at].vertex);
            if all[at].parent == NO_PARENT {
                break;
            }
            at = all[at].parent;
        }
        walk.reverse();
        Column::of_walk(self.completions.joining.network, &walk, all[at].label.clock, None)
    }
}
