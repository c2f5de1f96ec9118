//! Pricing one kind of vehicle: the routes of least reduced cost, from labels that meet half way.
//!
//! A complete route is found exactly once: at the first visit at which its forward label has passed `half`, or, if none has, at its end.
//! Where outlets take only parts of a load (so that a label cannot be extended backwards) all is done forwards.

use std::collections::HashSet;

use super::column::Column;
use super::cuts::Cuts;
use super::joining::Joining;
use super::label::{Label, by_dims};
use super::labelling::{Direction, Effort, GivenUp, Labelling};
use super::network::Network;
use super::prices::{Fixed, Prices};

/// What one pricing round found for one kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found<C> {
    /// Least reduced cost of all routes looked at, at most 0.
    pub(crate) least: Fixed,
    /// Cheapest first, each with its reduced cost, all below the threshold asked for.
    pub(crate) columns: Vec<(Fixed, C)>,
    pub(crate) n_labels: usize,
}

/// Where forward labelling hands over to backward labelling; moves so that both have as much to do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Half(f64);

impl Default for Half {
    fn default() -> Self {
        Self(0.5)
    }
}

impl Half {
    fn balance(&mut self, forward: usize, backward: usize) {
        let (forward, backward) = (forward.max(1) as f64, backward.max(1) as f64);
        if forward > 1.2 * backward {
            self.0 = (self.0 - 0.03).max(0.2);
        } else if backward > 1.2 * forward {
            self.0 = (self.0 + 0.03).min(0.8);
        }
    }
}

/// A complete route: a forward label, and a backward one at the same vertex unless it ends there.
#[derive(Clone, Copy, Debug)]
struct Meeting {
    cost: Fixed,
    forward: u32,
    backward: Option<u32>,
}

/// A search for routes of one kind whose reduced cost lies below a threshold. The arcs of the network bear the prices already.
pub(crate) struct Task<'a> {
    pub(crate) network: &'a Network,
    pub(crate) prices: &'a Prices,
    pub(crate) cuts: &'a Cuts,
    pub(crate) effort: Effort,
    /// At most 0.
    pub(crate) threshold: Fixed,
    /// So many routes at most.
    pub(crate) most: usize,
    pub(crate) stop: &'a dyn Fn() -> bool,
}

impl Task<'_> {
    /// # Errors
    /// [`GivenUp`] where a limit came first: nothing is known then.
    pub(crate) fn price(&self, half: &mut Half) -> Result<Found<Column>, GivenUp> {
        by_dims!(self.network.freight.n_dims(), K => self.run::<K>(half))
    }

    fn joining(&self) -> Joining<'_> {
        Joining { network: self.network, subsets: &self.prices.subsets }
    }

    fn run<const K: usize>(&self, half: &mut Half) -> Result<Found<Column>, GivenUp> {
        let network = self.network;
        let label = |direction, until| {
            Labelling::<K>::run(network, direction, self.prices, self.cuts, until, self.effort, self.stop)
        };
        let both = network.freight.whole;
        let until = if both { (f64::from(network.horizon) * half.0) as i32 } else { network.horizon };
        let forward = label(Direction::Forward, until)?;
        let backward = if both { Some(label(Direction::Backward, network.horizon - until - 1)?) } else { None };
        if let Some(backward) = &backward {
            half.balance(forward.n_labels(), backward.n_labels());
        }
        let mut meetings = self.endings(&forward, until)?;
        if let Some(backward) = &backward {
            self.meet(&forward, backward, until, &mut meetings)?;
        }
        meetings.sort_by_key(|m| (m.cost, m.forward, m.backward));
        let least = meetings.first().map_or(0, |m| m.cost.min(0));
        let columns = self.columns(&forward, backward.as_ref(), &meetings);
        let n_labels = forward.n_labels() + backward.as_ref().map_or(0, Labelling::n_labels);
        Ok(Found { least, columns, n_labels })
    }

    fn in_time(&self) -> Result<(), GivenUp> {
        if (self.stop)() { Err(GivenUp::OutOfTime) } else { Ok(()) }
    }

    /// Routes that end before the clock passes `until`.
    fn endings<const K: usize>(&self, forward: &Labelling<'_, K>, until: i32) -> Result<Vec<Meeting>, GivenUp> {
        let network = self.network;
        let mut best = Vec::new();
        let joining = self.joining();
        for vertex in 0..network.vertices.len() {
            self.in_time()?;
            let costs = forward.at(vertex, -1).filter(|label| label.clock <= until);
            let costs =
                costs.filter_map(|label| Some((joining.ended(vertex, label)?, label.id))).filter(|(cost, _)| *cost < 0);
            if let Some((cost, id)) = costs.min() {
                best.push(Meeting { cost, forward: id, backward: None });
            }
        }
        for vertex in (0..network.vertices.len()).filter(|&vertex| !network.vertices[vertex].leaves) {
            let ending = |label: &Label<K>| {
                let worth = network.potentials[network.station(vertex, label.clock)?];
                Some((label.now(network.per_second) - worth, label.id))
            };
            let mut costs: Vec<(Fixed, u32)> =
                forward.at(vertex, -1).filter(|l| l.clock <= until).filter_map(ending).collect();
            costs.retain(|(cost, _)| *cost < 0);
            costs.sort_unstable();
            costs.truncate(PER_VERTEX * ENDINGS_AT_STATIONS);
            best.extend(costs.into_iter().map(|(cost, id)| Meeting { cost, forward: id, backward: None }));
        }
        Ok(best)
    }

    fn meet<const K: usize>(
        &self,
        forward: &Labelling<'_, K>,
        backward: &Labelling<'_, K>,
        until: i32,
        meetings: &mut Vec<Meeting>,
    ) -> Result<(), GivenUp> {
        let network = self.network;
        let (per_second, joining) = (network.per_second, self.joining());
        for vertex in 0..network.vertices.len() {
            let mut before: Vec<&Label<K>> = forward.at(vertex, until).collect();
            let mut after: Vec<&Label<K>> = backward.at(vertex, -1).collect();
            before.sort_by_key(|label| (label.least(per_second), label.id));
            after.sort_by_key(|label| (label.least(per_second), label.id));
            // A few of each vertex, so that columns are not all alike.
            let kept = if network.stations.is_some() && network.outlet(vertex).is_some() {
                PER_VERTEX * ENDINGS_AT_STATIONS
            } else {
                PER_VERTEX
            };
            let mut best: Vec<Meeting> = Vec::new();
            let mut bar = 0;
            for (k, one) in before.iter().enumerate() {
                if k.is_multiple_of(LOOK_AFTER) {
                    self.in_time()?;
                }
                for other in &after {
                    if one.least(per_second) + other.least(per_second) >= bar {
                        break;
                    }
                    let Some(cost) = joining.joined(vertex, one, other).filter(|&cost| cost < bar) else { continue };
                    best.push(Meeting { cost, forward: one.id, backward: Some(other.id) });
                    best.sort_by_key(|m| m.cost);
                    if best.len() > kept {
                        best.truncate(kept);
                        bar = best[kept - 1].cost;
                    }
                }
            }
            meetings.extend(best);
        }
        Ok(())
    }

    fn columns<const K: usize>(
        &self,
        forward: &Labelling<'_, K>,
        backward: Option<&Labelling<'_, K>>,
        meetings: &[Meeting],
    ) -> Vec<(Fixed, Column)> {
        let mut columns = Vec::new();
        let mut known = HashSet::new();
        let mut chosen = vec![0_u32; self.prices.jobs.len()];
        for meeting in meetings.iter().take_while(|m| m.cost < self.threshold) {
            if columns.len() == self.most {
                break;
            }
            let mut walk = forward.walk(meeting.forward);
            if let (Some(id), Some(backward)) = (meeting.backward, backward) {
                walk.extend(backward.walk(id).iter().rev().skip(1));
            }
            let begins = forward.origin(meeting.forward);
            let ends = meeting.backward.zip(backward).map(|(id, backward)| backward.origin(id));
            let jobs = || walk.iter().filter_map(|&vertex| self.network.job(vertex as usize));
            if jobs().all(|job| chosen[job] >= ALIKE) {
                continue;
            }
            if let Some(column) =
                Column::of_walk(self.network, &walk, begins, ends.map(|end| self.network.horizon - end))
                && known.insert((column.visits.clone(), column.trip))
            {
                jobs().for_each(|job| chosen[job] += 1);
                columns.push((meeting.cost, column));
            }
        }
        columns
    }
}

/// Forward labels after which the time is looked at; each may meet thousands of others.
const LOOK_AFTER: usize = 64;
/// Meetings kept at each vertex.
const PER_VERTEX: usize = 3;
/// So many times as many where many trips end.
const ENDINGS_AT_STATIONS: usize = 20;
/// A column all of whose jobs are in so many better ones of the round brings little.
const ALIKE: u32 = 5;
