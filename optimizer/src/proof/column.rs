//! A column of the master: one route of a kind of vehicle, as its visits.

use super::cuts::Cuts;
use super::network::{Departure, NOBODY, Network};
use super::prices::{Fixed, Prices, Scale};
use crate::resources::model::{Model, Node};
use crate::resources::time::passed;
use crate::routing::route::Route;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub(crate) kind: usize,
    /// Jobs and outlets in order; a route of the relaxation may visit a job more than once.
    pub(crate) visits: Vec<Node>,
    /// In cost units.
    pub(crate) cost: i64,
    /// What it brings to limited outlets: limit, grams or litres.
    pub(crate) uses: Vec<(usize, i64)>,
    /// Where it is a trip of a route: the station it leaves, and the one it comes to unless it goes home.
    pub(crate) trip: Option<(usize, Option<usize>)>,
}

impl Column {
    /// Of a route that exists; `None` where it breaks a rule.
    pub(crate) fn of_route(
        model: &Model<'_>,
        kind: usize,
        visits: &[Node],
        limit_of: &dyn Fn(usize, usize) -> Option<usize>,
    ) -> Option<Self> {
        let mut route = Route::new(kind);
        route.visits = visits.to_vec();
        if visits.is_empty() || !route.refresh(model) {
            return None;
        }
        let mut uses: Vec<(usize, i64)> = Vec::new();
        for delivery in &route.deliveries {
            let Some(limit) = limit_of(delivery.outlet, delivery.stream) else { continue };
            add(&mut uses, limit, delivery.grams);
            add(&mut uses, limit + 1, delivery.litres);
        }
        Some(Self { kind, visits: visits.to_vec(), cost: route.cost, uses, trip: None })
    }

    /// Of a walk through a network, first the start. `begins` is its earliest departure; a trip may end at a station as late as `ends`.
    pub(crate) fn of_walk(network: &Network, walk: &[u32], begins: i32, ends: Option<i32>) -> Option<Self> {
        let freight = &network.freight;
        let leaves = |d: &&Departure| walk.first() == Some(&d.vertex) && d.earliest == begins;
        let departure = network.departures.iter().find(leaves)?;
        let (mut clock, mut busy, mut limit) = (departure.earliest, 0, departure.latest);
        let mut cost = if departure.station == 0 { network.fixed } else { 0 };
        let mut loads = vec![0_i64; freight.n_dims()];
        let mut uses = Vec::new();
        let mut visits = Vec::new();
        for pair in walk.windows(2) {
            let arc = network.forward[pair[0] as usize].iter().find(|arc| arc.to == pair[1])?;
            limit = limit.min(arc.high - busy - arc.pre);
            busy += arc.pre + arc.post;
            clock = passed(clock, arc.pre, arc.low, arc.high, arc.post)?;
            cost += arc.cost;
            if arc.head == NOBODY {
                continue;
            }
            visits.extend(network.vertices[arc.head as usize].node);
            if let Some(job) = network.job(arc.head as usize) {
                if let Some(release) = network.releases.get(job) {
                    clock = clock.max(release + busy);
                }
                loads.iter_mut().zip(freight.load(job)).for_each(|(held, &more)| *held += i64::from(more));
            } else if let Some(outlet) = network.outlet(arc.head as usize) {
                freight.brings[outlet].iter().for_each(|b| add(&mut uses, b.limit, loads[b.dim] << b.halved));
                let emptied = |d: usize| freight.keeps_dims[outlet] >> d & 1 == 0;
                loads.iter_mut().enumerate().filter(|(d, _)| emptied(*d)).for_each(|(_, held)| *held = 0);
            }
        }
        let last = *walk.last()? as usize;
        let units = network.scale.fixed(1);
        if let Some(station) = network.station(last, ends.unwrap_or(clock)) {
            cost += network.per_second * Fixed::from(busy.max(clock - limit));
            let trip = Some((departure.station, Some(station)));
            return Some(Self { kind: network.kind, visits, cost: cost / units, uses, trip });
        }
        let home = network.homes[last]?;
        let (end, busy) = (clock + home.drive, busy + home.drive);
        let limit = limit.min(home.high - busy);
        cost += home.cost + network.per_second * Fixed::from(busy.max(end - limit));
        let trip = network.stations.is_some().then_some((departure.station, None));
        Some(Self { kind: network.kind, visits, cost: cost / units, uses, trip })
    }

    /// Reduced cost, without the price of the kind.
    pub(crate) fn reduced(&self, scale: Scale, cuts: &Cuts, prices: &Prices) -> Fixed {
        let jobs: Fixed = self.visits.iter().filter_map(|&node| prices.jobs.get(node as usize)).sum();
        let limits: Fixed = self.uses.iter().map(|&(limit, amount)| prices.limits[limit].saturating_mul(amount)).sum();
        let entries = cuts.capacity.iter().zip(&prices.entries).filter(|(_, price)| **price != 0);
        let entries: Fixed = entries.map(|(cut, &price)| price * cut.coefficient(&self.visits)).sum();
        let subsets = cuts.subsets.iter().zip(&prices.subsets).filter(|(_, price)| **price != 0);
        let subsets: Fixed = subsets.map(|(cut, &price)| price * cut.coefficient(&self.visits)).sum();
        let stations = self.trip.map_or(0, |(from, to)| {
            let own = &prices.stations[self.kind];
            own[from] - to.map_or(0, |to| own[to])
        });
        scale.fixed(self.cost) + stations - jobs + limits - entries + subsets
    }

    /// Visits to each job, ascending by job.
    pub(crate) fn jobs(&self, n_jobs: usize) -> Vec<(u32, u32)> {
        let mut jobs: Vec<u32> = self.visits.iter().copied().filter(|&node| (node as usize) < n_jobs).collect();
        jobs.sort_unstable();
        jobs.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as u32)).collect()
    }
}

fn add(uses: &mut Vec<(usize, i64)>, limit: usize, amount: i64) {
    if amount == 0 {
        return;
    }
    match uses.iter_mut().find(|(known, _)| *known == limit) {
        Some(known) => known.1 += amount,
        None => uses.push((limit, amount)),
    }
}
