//! Dispatch zones: neighbouring cells grouped to about as many bookings as one collector's day.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use h3o::{CellIndex, LatLng};
use serde::{Deserialize, Serialize};

/// A zone takes at most so many times the bookings asked for, unless a single cell holds more.
const OVERSHOOT: f64 = 1.25;

/// Bookings of one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CellLoad {
    pub cell: CellIndex,
    pub n_bookings: u32,
}

/// Connected cells, sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Zone {
    pub cells: Vec<CellIndex>,
    pub n_bookings: u32,
}

/// Groups cells into zones of about `target` bookings; sorted by first cell.
///
/// Every cell is in exactly one zone and each zone is connected. Zones grow from the rim inwards: the next zone starts
/// in the cell with the fewest free neighbours and takes the cell that touches it most, so that few remnants are left;
/// small remnants then join a neighbour that has room. Cells without neighbours in the input stay zones of their own.
pub fn dispatch_zones(loads: &[CellLoad], target: NonZeroU32) -> Vec<Zone> {
    let most = (f64::from(target.get()) * OVERSHOOT).min(f64::from(u32::MAX)) as u32;
    let (mut free, mut zones) = (Free::new(loads), Vec::new());
    while let Some(seed) = free.start() {
        zones.push(grow(seed, &mut free, target.get(), most));
    }
    merge_remnants(&mut zones, most);
    let mut zones: Vec<Zone> = zones
        .into_iter()
        .map(|draft| Zone { cells: draft.cells.into_iter().collect(), n_bookings: draft.n_bookings })
        .collect();
    zones.sort_by(|a, b| a.cells.cmp(&b.cells));
    zones
}

struct Draft {
    cells: BTreeSet<CellIndex>,
    n_bookings: u32,
}

fn neighbours(cell: CellIndex) -> impl Iterator<Item = CellIndex> {
    cell.grid_disk_safe(1).filter(move |&next| next != cell)
}

/// Cells in no zone yet.
struct Free {
    loads: BTreeMap<CellIndex, u32>,
    /// Each with its number of free neighbours, kept up to date: to count all of them anew for each zone takes long on a large map.
    by_neighbours: BTreeSet<(usize, CellIndex)>,
}

impl Free {
    fn new(given: &[CellLoad]) -> Self {
        let mut loads: BTreeMap<CellIndex, u32> = BTreeMap::new();
        for load in given {
            let sum = loads.entry(load.cell).or_default();
            *sum = sum.saturating_add(load.n_bookings);
        }
        let mut free = Self { loads, by_neighbours: BTreeSet::new() };
        free.by_neighbours = free.loads.keys().map(|&cell| (free.around(cell).count(), cell)).collect();
        free
    }

    fn around(&self, cell: CellIndex) -> impl Iterator<Item = CellIndex> + '_ {
        neighbours(cell).filter(|next| self.loads.contains_key(next))
    }

    /// The cell with the fewest free neighbours, the first of several.
    fn start(&self) -> Option<CellIndex> {
        self.by_neighbours.first().map(|&(_, cell)| cell)
    }

    /// Its bookings.
    fn take(&mut self, cell: CellIndex) -> u32 {
        let around: Vec<CellIndex> = self.around(cell).collect();
        self.by_neighbours.remove(&(around.len(), cell));
        let load = self.loads.remove(&cell).unwrap_or(0);
        for other in around {
            let left = self.around(other).count();
            self.by_neighbours.remove(&(left + 1, other));
            self.by_neighbours.insert((left, other));
        }
        load
    }
}

/// How a free cell lies to the zone beside it.
struct Beside {
    /// Cells of the zone that it touches.
    sides: usize,
    /// Metres from where the zone began.
    away: f64,
}

fn grow(seed: CellIndex, free: &mut Free, target: u32, most: u32) -> Draft {
    let mut zone = Draft { cells: BTreeSet::new(), n_bookings: 0 };
    let mut rim: BTreeMap<CellIndex, Beside> = BTreeMap::new();
    let middle = LatLng::from(seed);
    let mut next = Some(seed);
    while let Some(cell) = next {
        rim.remove(&cell);
        zone.n_bookings += free.take(cell);
        zone.cells.insert(cell);
        for other in free.around(cell) {
            let new = || Beside { sides: 0, away: LatLng::from(other).distance_m(middle) };
            rim.entry(other).or_insert_with(new).sides += 1;
        }
        if zone.n_bookings >= target {
            break;
        }
        let room = most.saturating_sub(zone.n_bookings);
        // Most sides in common, then nearest to where it began: compact zones.
        next = rim
            .iter()
            .filter(|(cell, _)| free.loads.get(cell).is_some_and(|&load| load <= room))
            .max_by(|(a, one), (b, other)| {
                one.sides.cmp(&other.sides).then(other.away.total_cmp(&one.away)).then(b.cmp(a))
            })
            .map(|(&cell, _)| cell);
    }
    zone
}

/// Joins zones, smallest first, with the smallest neighbour that has room, until none can be joined.
fn merge_remnants(zones: &mut Vec<Draft>, most: u32) {
    let mut owner: BTreeMap<CellIndex, usize> = BTreeMap::new();
    for (at, zone) in zones.iter().enumerate() {
        owner.extend(zone.cells.iter().map(|&cell| (cell, at)));
    }
    let mut order: Vec<usize> = (0..zones.len()).collect();
    order.sort_by_key(|&at| (zones[at].n_bookings, at));
    for small in order {
        let beside: BTreeSet<usize> = zones[small]
            .cells
            .iter()
            .flat_map(|&cell| neighbours(cell))
            .filter_map(|cell| owner.get(&cell).copied())
            .filter(|&other| other != small)
            .collect();
        let fits = |&other: &usize| zones[small].n_bookings.saturating_add(zones[other].n_bookings) <= most;
        let Some(into) = beside.into_iter().filter(fits).min_by_key(|&other| (zones[other].n_bookings, other)) else {
            continue;
        };
        let cells = std::mem::take(&mut zones[small].cells);
        owner.extend(cells.iter().map(|&cell| (cell, into)));
        zones[into].n_bookings += std::mem::take(&mut zones[small].n_bookings);
        zones[into].cells.extend(cells);
    }
    zones.retain(|zone| !zone.cells.is_empty());
}

#[cfg(test)]
mod tests {
    use h3o::Resolution;
    use rand::{RngExt, SeedableRng};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;

    /// On maps with holes, whatever is taken: as if free neighbours were counted each time.
    #[test]
    fn a_zone_begins_where_fewest_neighbours_are_free() {
        let middle = LatLng::new(22.2, 113.5).expect("a place").to_cell(Resolution::Eight);
        for seed in 0..20 {
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            let cells = middle.grid_disk::<Vec<_>>(5).into_iter().filter(|_| rng.random_bool(0.7));
            let loads: Vec<CellLoad> = cells.map(|cell| CellLoad { cell, n_bookings: 1 }).collect();
            let mut free = Free::new(&loads);
            let mut left: BTreeSet<CellIndex> = loads.iter().map(|load| load.cell).collect();
            while let Some(start) = free.start() {
                let count = |&cell: &CellIndex| neighbours(cell).filter(|next| left.contains(next)).count();
                assert_eq!(Some(start), left.iter().copied().min_by_key(count), "seed {seed}");
                let taken = left.iter().copied().nth(rng.random_range(0..left.len())).expect("one of them");
                assert_eq!(free.take(taken), 1);
                left.remove(&taken);
            }
            assert!(left.is_empty(), "seed {seed}");
        }
    }
}
