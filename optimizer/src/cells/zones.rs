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
    let mut free: BTreeMap<CellIndex, u32> = BTreeMap::new();
    for load in loads {
        let sum = free.entry(load.cell).or_default();
        *sum = sum.saturating_add(load.n_bookings);
    }
    let most = (f64::from(target.get()) * OVERSHOOT).min(f64::from(u32::MAX)) as u32;
    let mut zones = Vec::new();
    while let Some(seed) = start(&free) {
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

/// The free cell with the fewest free neighbours, the first of several.
fn start(free: &BTreeMap<CellIndex, u32>) -> Option<CellIndex> {
    free.keys().copied().min_by_key(|&cell| neighbours(cell).filter(|next| free.contains_key(next)).count())
}

fn grow(seed: CellIndex, free: &mut BTreeMap<CellIndex, u32>, target: u32, most: u32) -> Draft {
    let mut zone = Draft { cells: BTreeSet::from([seed]), n_bookings: free.remove(&seed).unwrap_or(0) };
    let mut rim: BTreeSet<CellIndex> = neighbours(seed).filter(|next| free.contains_key(next)).collect();
    let middle = LatLng::from(seed);
    while zone.n_bookings < target {
        let room = most.saturating_sub(zone.n_bookings);
        // Most sides in common, then nearest to where it began: compact zones.
        let sides = |cell: CellIndex| neighbours(cell).filter(|next| zone.cells.contains(next)).count();
        let away = |cell: CellIndex| LatLng::from(cell).distance_m(middle);
        let next = rim
            .iter()
            .copied()
            .filter(|cell| free.get(cell).is_some_and(|&load| load <= room))
            .max_by(|&a, &b| sides(a).cmp(&sides(b)).then(away(b).total_cmp(&away(a))).then(b.cmp(&a)));
        let Some(next) = next else { break };
        rim.remove(&next);
        zone.n_bookings += free.remove(&next).unwrap_or(0);
        zone.cells.insert(next);
        rim.extend(neighbours(next).filter(|cell| free.contains_key(cell)));
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
