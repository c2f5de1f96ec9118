//! Dispatch zones for the search: which routes of a large day are looked at together.
//!
//! Routes go to the zone that most of their jobs lie in. Each cut lies on a lattice of its own (another resolution, and all places
//! moved by a part of a cell), so that no border of one cut is one of the next. Decomposition of a plan by where its routes lie: Taillard
//! (1993), Networks 23(8), 661-673; Santini, Schneider, Vidal and Vigo (2023), INFORMS Journal on Computing 35(3), 543-559.

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;

use h3o::{CellIndex, LatLng, Resolution};
use huilu_model::{Shape, Travel};

use super::model::{Model, Node};
use super::solution::{NOWHERE, Solution};
use crate::cells::{CellLoad, dispatch_zones};

/// Routes that lie together, and jobs left out among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) vehicles: Vec<u32>,
    pub(crate) absent: Vec<u32>,
    pub(crate) n_jobs: usize,
}

/// Where jobs lie, in degrees.
#[derive(Clone, Debug)]
pub(crate) struct Zoning {
    places: Vec<(f64, f64)>,
}

/// No zone is made of coarser cells: these are as wide as a province.
const COARSEST: Resolution = Resolution::Three;
/// A zone is made of about so many cells or more: enough for its form to follow the jobs.
const CELLS_OF_ZONE: usize = 12;
/// With fewer jobs to a cell, cells would not touch each other.
const JOBS_OF_CELL: usize = 4;
/// Fractional parts of multiples of these spread evenly over the square (Roberts 2018, generalising the golden ratio).
const SPREAD: (f64, f64) = (0.754_877_666_2, 0.569_840_290_9);
/// A plane is laid over so many degrees of latitude and of longitude, at the equator.
const PLANE_DEGREES: f64 = 1.0;
/// Jobs between two looks at the time.
const LOOK_EVERY: usize = 1_024;
/// Groups smaller than this part of what was asked for join the nearest.
const REMNANT: f64 = 0.4;

impl Zoning {
    /// By the positions of jobs or, where some have none, by the points of the first profile's metric. `None` without either.
    pub(crate) fn new(model: &Model<'_>) -> Option<Self> {
        let place = |job: usize| model.place(job as Node);
        let position = |job: usize| model.instance.places[place(job)].position.map(|at| (at.lat, at.lon));
        let places: Option<Vec<(f64, f64)>> = (0..model.n_jobs).map(position).collect();
        if places.is_some() {
            return places.map(|places| Self { places });
        }
        let Some(Travel::Metric(metric)) = model.instance.travel.first() else { return None };
        let points = metric.points();
        if metric.shape() == Shape::GreatCircle {
            return Some(Self {
                places: (0..model.n_jobs).map(|job| points[place(job)]).map(|(x, y)| (y, x)).collect(),
            });
        }
        let jobs = || (0..model.n_jobs).map(|job| points[place(job)]);
        let least = jobs().fold((f64::MAX, f64::MAX), |low, at| (low.0.min(at.0), low.1.min(at.1)));
        let most = jobs().fold((f64::MIN, f64::MIN), |high, at| (high.0.max(at.0), high.1.max(at.1)));
        let width = (most.0 - least.0).max(most.1 - least.1).max(f64::MIN_POSITIVE);
        let degrees = |value: f64, least: f64| PLANE_DEGREES * (value - least) / width;
        Some(Self { places: jobs().map(|(x, y)| (degrees(y, least.1), degrees(x, least.0))).collect() })
    }

    /// Cuts a solution into groups of about `target` jobs. The same solution and `cut` give the same groups; none where it was `over` before
    /// they were made.
    pub(crate) fn groups(
        &self,
        model: &Model<'_>,
        solution: &Solution,
        (cut, target): (usize, usize),
        over: &dyn Fn() -> bool,
    ) -> Vec<Group> {
        let Some(zone_of) = self.zones(cut, target, over) else { return Vec::new() };
        let mut groups: BTreeMap<usize, (Group, Middle)> = BTreeMap::new();
        for (vehicle, route) in solution.routes.iter().enumerate().filter(|(_, route)| !route.is_empty()) {
            let jobs = || route.visits.iter().filter(|&&node| model.is_job(node)).map(|&job| job as usize);
            let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
            jobs().for_each(|job| *counts.entry(zone_of[job]).or_default() += 1);
            let Some((&zone, _)) = counts.iter().max_by_key(|&(zone, count)| (*count, std::cmp::Reverse(*zone))) else {
                continue;
            };
            let (group, middle) = groups.entry(zone).or_default();
            group.vehicles.push(vehicle as u32);
            jobs().for_each(|job| middle.add(self.places[job]));
            group.n_jobs += jobs().count();
        }
        for job in (0..model.n_jobs).filter(|&job| solution.vehicle_of(job) == NOWHERE) {
            let (group, middle) = groups.entry(zone_of[job]).or_default();
            group.absent.push(job as u32);
            middle.add(self.places[job]);
            group.n_jobs += 1;
        }
        join_remnants(groups.into_values().collect(), target)
    }

    /// By job.
    fn zones(&self, cut: usize, target: usize, over: &dyn Fn() -> bool) -> Option<Vec<usize>> {
        let (resolution, cells) = self.cells(cut, target, over)?;
        let mut counts: BTreeMap<CellIndex, u32> = BTreeMap::new();
        cells.iter().for_each(|&cell| *counts.entry(cell).or_default() += 1);
        // Empty cells between occupied ones hold a zone together.
        let mut near: Vec<CellIndex> = counts.keys().flat_map(|cell| cell.grid_disk::<Vec<_>>(1)).collect();
        near.retain(|cell| cell.resolution() == resolution);
        near.into_iter().for_each(|cell| {
            counts.entry(cell).or_default();
        });
        let loads: Vec<CellLoad> = counts.into_iter().map(|(cell, n_bookings)| CellLoad { cell, n_bookings }).collect();
        let target = NonZeroU32::new(target.min(u32::MAX as usize) as u32).unwrap_or(NonZeroU32::MIN);
        let mut zone_of: HashMap<CellIndex, usize> = HashMap::new();
        for (k, zone) in dispatch_zones(&loads, target).iter().enumerate() {
            zone_of.extend(zone.cells.iter().map(|&cell| (cell, k)));
        }
        Some(cells.iter().map(|cell| zone_of.get(cell).copied().unwrap_or(0)).collect())
    }

    /// The cell of each job on the lattice of this cut, at the coarsest resolution that makes a zone of several cells.
    fn cells(&self, cut: usize, target: usize, over: &dyn Fn() -> bool) -> Option<(Resolution, Vec<CellIndex>)> {
        let most = (target / CELLS_OF_ZONE).max(JOBS_OF_CELL);
        let mut chosen = Resolution::Fifteen;
        for resolution in Resolution::range(COARSEST, Resolution::Fifteen) {
            let mut cells = self.at(resolution, (0.0, 0.0), over)?;
            cells.sort_unstable();
            cells.dedup();
            if self.places.len() <= most * cells.len() {
                chosen = resolution;
                break;
            }
        }
        // Every other cut is finer by a step.
        let resolution = if cut.is_multiple_of(2) { chosen } else { chosen.succ().unwrap_or(chosen) };
        // Two edges are about as wide as a cell.
        let width = 2.0 * resolution.edge_length_m() / METRES_PER_DEGREE;
        let part = |step: f64| (step * cut as f64).fract() * width;
        Some((resolution, self.at(resolution, (part(SPREAD.0), part(SPREAD.1)), over)?))
    }

    fn at(&self, resolution: Resolution, moved: (f64, f64), over: &dyn Fn() -> bool) -> Option<Vec<CellIndex>> {
        let cell = |(job, &(lat, lon)): (usize, &(f64, f64))| {
            if job.is_multiple_of(LOOK_EVERY) && over() {
                return None;
            }
            let place = LatLng::new((lat + moved.0).min(90.0), lon + moved.1);
            // Positions were validated with the instance; a plane lies near the equator.
            Some(place.unwrap_or_default().to_cell(resolution))
        };
        self.places.iter().enumerate().map(cell).collect()
    }
}

const METRES_PER_DEGREE: f64 = 111_195.0;

/// A running mean of places.
#[derive(Clone, Copy, Debug, Default)]
struct Middle {
    sum: (f64, f64),
    n: f64,
}

impl Middle {
    fn add(&mut self, at: (f64, f64)) {
        self.sum = (self.sum.0 + at.0, self.sum.1 + at.1);
        self.n += 1.0;
    }

    fn join(&mut self, other: Self) {
        self.sum = (self.sum.0 + other.sum.0, self.sum.1 + other.sum.1);
        self.n += other.n;
    }

    /// Squared; only compared.
    fn away(self, other: Self) -> f64 {
        let mean = |of: Self| (of.sum.0 / of.n.max(1.0), of.sum.1 / of.n.max(1.0));
        let (a, b) = (mean(self), mean(other));
        let shrink = a.0.to_radians().cos();
        (a.0 - b.0).powi(2) + (shrink * (a.1 - b.1)).powi(2)
    }
}

/// Joins groups that are too small with the nearest other; the largest first in the result.
fn join_remnants(mut groups: Vec<(Group, Middle)>, target: usize) -> Vec<Group> {
    while groups.len() > 1 {
        let Some(small) = (0..groups.len()).min_by_key(|&k| groups[k].0.n_jobs) else { break };
        if groups[small].0.n_jobs as f64 >= REMNANT * target as f64 {
            break;
        }
        let (group, middle) = groups.swap_remove(small);
        let nearest = groups.iter_mut().min_by(|a, b| a.1.away(middle).total_cmp(&b.1.away(middle)));
        let Some((into, of_into)) = nearest else { break };
        into.vehicles.extend(group.vehicles);
        into.absent.extend(group.absent);
        into.n_jobs += group.n_jobs;
        of_into.join(middle);
    }
    groups.sort_by_key(|(group, _)| (std::cmp::Reverse(group.n_jobs), group.vehicles.first().copied()));
    groups.into_iter().map(|(group, _)| group).collect()
}
