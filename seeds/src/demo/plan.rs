//! What lies where, before any of it is drawn: main roads, river, blocks, plots and gates.
//!
//! Everything is right-angled and in whole metres, so that lines meet exactly; [`Frame`] bends it afterwards. Sizes are
//! those of a mid-sized mainland city: main roads every 475 to 500 m, blocks cut into four compounds of about five
//! hectares (assumed).

use huilu_model::Wgs84;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

use super::frame::Frame;

/// Blocks from west to east, and from south to north.
pub(super) const COLUMNS: usize = 12;
pub(super) const ROWS: usize = 12;
/// Rows of blocks on the south bank, hence the index of its embankment among the east-west lines.
pub(super) const SOUTH_ROWS: usize = 6;
/// Blocks along each side of a subdistrict.
pub(super) const SUBDISTRICT_BLOCKS: usize = 3;
pub(super) const N_SUBDISTRICTS: usize = COLUMNS * ROWS / (SUBDISTRICT_BLOCKS * SUBDISTRICT_BLOCKS);
/// Half of the city's width, metres.
const HALF: i32 = 3_000;
/// Half of the distance between the embankments.
const HALF_RIVER: i32 = 150;
/// Metres from the middle of a street to a gate behind the pavement.
const GATE_SETBACK: i32 = 9;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    pub(super) x: i32,
    pub(super) y: i32,
}

impl At {
    /// Moved `along` metres in a direction and `aside` metres to its left.
    pub(super) fn moved(self, (dx, dy): (i32, i32), along: i32, aside: i32) -> Self {
        Self { x: self.x + along * dx - aside * dy, y: self.y + along * dy + aside * dx }
    }

    pub(super) fn distance_squared(self, other: Self) -> i64 {
        let (dx, dy) = (i64::from(self.x - other.x), i64::from(self.y - other.y));
        dx * dx + dy * dy
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rect {
    pub(super) west: i32,
    pub(super) south: i32,
    pub(super) east: i32,
    pub(super) north: i32,
}

impl Rect {
    pub(super) fn middle(self) -> At {
        At { x: (self.west + self.east) / 2, y: (self.south + self.north) / 2 }
    }

    pub(super) fn width(self) -> i32 {
        self.east - self.west
    }

    pub(super) fn height(self) -> i32 {
        self.north - self.south
    }
}

/// What a block is, which decides how streets cut it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Land {
    OldTown,
    Housing,
    Campus,
    Park,
    Village,
    Industry,
    Fields,
}

/// What stands on a plot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// Six floors without lifts.
    WalkUps,
    MidRises,
    Towers,
    /// Old houses on the street.
    Shophouses,
    Mall,
    Market,
    Campus,
    Institution,
    Green,
    Houses,
    Factory,
    TransferStation,
    VehicleYard,
    SortingCenter,
}

impl Use {
    pub(super) fn is_compound(self) -> bool {
        matches!(self, Use::WalkUps | Use::MidRises | Use::Towers)
    }
}

/// A way into a plot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gate {
    /// On the street's middle line.
    pub(super) street: At,
    /// Where the barrier stands.
    pub(super) bar: At,
    /// Into the plot.
    pub(super) inward: (i32, i32),
}

#[derive(Clone, Debug)]
pub(super) struct Plot {
    /// Index of the block.
    pub(super) block: usize,
    pub(super) rect: Rect,
    pub(super) used: Use,
    pub(super) gates: Vec<Gate>,
    /// Strangers' vehicles may drive in.
    pub(super) open: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) column: usize,
    pub(super) row: usize,
    pub(super) rect: Rect,
    pub(super) land: Land,
    /// Streets inside, by their x and by their y.
    pub(super) inner_x: Vec<i32>,
    pub(super) inner_y: Vec<i32>,
}

impl Block {
    /// Number of the subdistrict, row by row.
    pub(super) fn subdistrict(&self) -> usize {
        self.row / SUBDISTRICT_BLOCKS * (COLUMNS / SUBDISTRICT_BLOCKS) + self.column / SUBDISTRICT_BLOCKS
    }
}

#[derive(Debug)]
pub(super) struct Plan {
    pub(super) frame: Frame,
    /// Main roads that run north and south, by their x.
    pub(super) xs: [i32; COLUMNS + 1],
    /// Main roads that run east and west, by their y; the river flows between the two in the middle.
    pub(super) ys: [i32; ROWS + 2],
    /// Row by row from the south-west.
    pub(super) blocks: Vec<Block>,
    pub(super) plots: Vec<Plot>,
}

/// Index of the main road south of a row of blocks.
pub(super) fn line_south_of(row: usize) -> usize {
    if row < SOUTH_ROWS { row } else { row + 1 }
}

/// Industrial blocks as (column, row): fixed, since depots and sorting centres belong on both banks.
const INDUSTRY: [(usize, usize); 4] = [(0, 3), (11, 8), (6, 0), (4, 11)];
const VILLAGES: usize = 24;
const PARKS: usize = 3;
const CAMPUSES: usize = 3;
/// Plots that are not for living, besides transfer stations; assumed.
const PUBLIC_PLOTS: [(Use, usize); 5] =
    [(Use::Mall, 8), (Use::Market, 8), (Use::Campus, 14), (Use::Institution, 14), (Use::Green, 20)];
/// Of 100 compounds: walk-ups, then mid-rises; towers are the rest. Assumed.
const WALK_UPS_OF_100: u32 = 40;
const MID_RISES_OF_100: u32 = 35;
/// Of 100 compounds whose inner roads anybody may use. Assumed.
const OPEN_OF_100: u32 = 30;

impl Plan {
    pub(super) fn draw(rng: &mut impl Rng) -> Self {
        let frame = Frame::draw(rng);
        let xs: [i32; COLUMNS + 1] = std::array::from_fn(|i| {
            let even = -HALF + 2 * HALF * i as i32 / COLUMNS as i32;
            if i == 0 || i == COLUMNS { even } else { even + rng.random_range(-45..=45) }
        });
        let ys: [i32; ROWS + 2] = std::array::from_fn(|j| {
            let step = (HALF - HALF_RIVER) / SOUTH_ROWS as i32;
            let even =
                if j <= SOUTH_ROWS { -HALF + step * j as i32 } else { HALF_RIVER + step * (j - SOUTH_ROWS - 1) as i32 };
            let fixed = j == 0 || j == SOUTH_ROWS || j == SOUTH_ROWS + 1 || j == ROWS + 1;
            if fixed { even } else { even + rng.random_range(-40..=40) }
        });
        let lands = lands(rng);
        let blocks = (0..ROWS * COLUMNS).map(|k| {
            let (column, row) = (k % COLUMNS, k / COLUMNS);
            let line = line_south_of(row);
            let rect = Rect { west: xs[column], south: ys[line], east: xs[column + 1], north: ys[line + 1] };
            let (inner_x, inner_y) = inner_streets(lands[k], rect, rng);
            Block { column, row, rect, land: lands[k], inner_x, inner_y }
        });
        let mut plan = Self { frame, xs, ys, blocks: blocks.collect(), plots: Vec::new() };
        for block in 0..plan.blocks.len() {
            plan.cut_into_plots(block, rng);
        }
        plan.choose_transfer_stations();
        plan.choose_uses(rng);
        plan
    }

    pub(super) fn place(&self, at: At) -> Wgs84 {
        self.frame.place(f64::from(at.x), f64::from(at.y))
    }

    /// Ground of a block including its share of the river.
    pub(super) fn ground(&self, column: usize, row: usize) -> Rect {
        let mut rect = self.blocks[row * COLUMNS + column].rect;
        if row + 1 == SOUTH_ROWS {
            rect.north = 0;
        }
        if row == SOUTH_ROWS {
            rect.south = 0;
        }
        rect
    }

    fn cut_into_plots(&mut self, block: usize, rng: &mut impl Rng) {
        let Block { column, row, rect, land, ref inner_x, ref inner_y } = self.blocks[block];
        let cuts = |from: i32, inner: &[i32], to: i32| [&[from], inner, &[to]].concat();
        let (cuts_x, cuts_y) = (cuts(rect.west, inner_x, rect.east), cuts(rect.south, inner_y, rect.north));
        for (b, span_y) in cuts_y.windows(2).enumerate() {
            for (a, span_x) in cuts_x.windows(2).enumerate() {
                let rect = Rect { west: span_x[0], south: span_y[0], east: span_x[1], north: span_y[1] };
                let used = match land {
                    Land::OldTown => Use::Shophouses,
                    // Replaced once all plots are known.
                    Land::Housing => Use::MidRises,
                    Land::Campus => Use::Campus,
                    Land::Village => Use::Houses,
                    Land::Industry => industry(column, row, b),
                    Land::Park | Land::Fields => continue,
                };
                let on_street = [a > 0, a < inner_x.len(), b > 0, b < inner_y.len()];
                let mut gates = gates(rect, on_street, rng);
                gates.shuffle(rng);
                let wanted = if used == Use::Shophouses { gates.len() } else { 1 + usize::from(land == Land::Housing) };
                gates.truncate(wanted);
                let open = rng.random_ratio(OPEN_OF_100, 100);
                self.plots.push(Plot { block, rect, used, gates, open });
            }
        }
    }

    /// One for each subdistrict, near its middle, and two for each of the towns in the corners: the norm of domain.md
    /// section 3 (S17).
    fn choose_transfer_stations(&mut self) {
        let across = COLUMNS / SUBDISTRICT_BLOCKS;
        for subdistrict in 0..N_SUBDISTRICTS {
            let (column, row) = (subdistrict % across * SUBDISTRICT_BLOCKS, subdistrict / across * SUBDISTRICT_BLOCKS);
            let middle = self.blocks[(row + 1) * COLUMNS + column + 1].rect.middle();
            let candidates: Vec<usize> = (0..self.plots.len())
                .filter(|&k| {
                    let block = &self.blocks[self.plots[k].block];
                    block.land == Land::Housing && block.subdistrict() == subdistrict
                })
                .collect();
            let distance = |k: &&usize| self.plots[**k].rect.middle().distance_squared(middle);
            let nearest = candidates.iter().min_by_key(distance).copied();
            let farthest = candidates.iter().max_by_key(distance).copied();
            let second = if is_town(subdistrict) { farthest } else { None };
            for chosen in nearest.into_iter().chain(second) {
                self.plots[chosen].used = Use::TransferStation;
            }
        }
    }

    fn choose_uses(&mut self, rng: &mut impl Rng) {
        let mut free: Vec<usize> = (0..self.plots.len())
            .filter(|&k| {
                let plot = &self.plots[k];
                plot.used != Use::TransferStation && self.blocks[plot.block].land == Land::Housing
            })
            .collect();
        free.shuffle(rng);
        let public = PUBLIC_PLOTS.iter().flat_map(|&(used, n)| std::iter::repeat_n(used, n));
        let mut free = free.into_iter();
        for (used, k) in public.zip(&mut free) {
            self.plots[k].used = used;
        }
        for k in free {
            self.plots[k].used = match rng.random_range(0..100) {
                share if share < WALK_UPS_OF_100 => Use::WalkUps,
                share if share < WALK_UPS_OF_100 + MID_RISES_OF_100 => Use::MidRises,
                _ => Use::Towers,
            };
        }
    }
}

/// Whether the subdistrict is one of the four corners, which are towns.
pub(super) fn is_town(subdistrict: usize) -> bool {
    let across = COLUMNS / SUBDISTRICT_BLOCKS;
    let (column, row) = (subdistrict % across, subdistrict / across);
    (column == 0 || column + 1 == across) && (row == 0 || row + 1 == ROWS / SUBDISTRICT_BLOCKS)
}

/// What each block is: old town on both banks in the middle, villages and fields around the ring road.
fn lands(rng: &mut impl Rng) -> Vec<Land> {
    let place = |k: usize| (k % COLUMNS, k / COLUMNS);
    let mut lands: Vec<Land> = (0..COLUMNS * ROWS)
        .map(|k| match place(k) {
            at if INDUSTRY.contains(&at) => Land::Industry,
            (column, row) if column == 0 || row == 0 || column + 1 == COLUMNS || row + 1 == ROWS => Land::Fields,
            (4..=7, 5..=6) => Land::OldTown,
            _ => Land::Housing,
        })
        .collect();
    let mut chosen = |among: Land, inside: bool| {
        let fits = |&k: &usize| {
            let (column, row) = place(k);
            lands[k] == among && (!inside || ((2..=9).contains(&column) && (2..=9).contains(&row)))
        };
        let mut found: Vec<usize> = (0..COLUMNS * ROWS).filter(fits).collect();
        found.shuffle(rng);
        found
    };
    let (inner, outer) = (chosen(Land::Housing, true), chosen(Land::Fields, false));
    inner.iter().take(PARKS).for_each(|&k| lands[k] = Land::Park);
    inner.iter().skip(PARKS).take(CAMPUSES).for_each(|&k| lands[k] = Land::Campus);
    outer.iter().take(VILLAGES).for_each(|&k| lands[k] = Land::Village);
    lands
}

/// The x and the y of the streets inside a block.
fn inner_streets(land: Land, rect: Rect, rng: &mut impl Rng) -> (Vec<i32>, Vec<i32>) {
    let Rect { west, south, .. } = rect;
    let middle = rect.middle();
    let mut near = |at: i32| at + rng.random_range(-20..=20);
    match land {
        Land::OldTown => (
            vec![west + rect.width() / 3, west + rect.width() * 2 / 3],
            vec![south + rect.height() / 3, south + rect.height() * 2 / 3],
        ),
        Land::Housing | Land::Village => (vec![near(middle.x)], vec![near(middle.y)]),
        Land::Campus | Land::Industry | Land::Fields => (Vec::new(), vec![near(middle.y)]),
        Land::Park => (Vec::new(), Vec::new()),
    }
}

/// Of the two plots of an industrial block, the southern one (0) and the northern one (1).
fn industry(column: usize, row: usize, plot: usize) -> Use {
    match (INDUSTRY.iter().position(|&at| at == (column, row)), plot) {
        (Some(0 | 1), 0) => Use::VehicleYard,
        (Some(1 | 2), 1) => Use::SortingCenter,
        _ => Use::Factory,
    }
}

/// A gate on each side of a plot that lies on an inner street: west, east, south, north.
fn gates(rect: Rect, on_street: [bool; 4], rng: &mut impl Rng) -> Vec<Gate> {
    let mut share = |from: i32, length: i32| from + length * rng.random_range(30..=70) / 100;
    let (x, y) = (share(rect.west, rect.width()), share(rect.south, rect.height()));
    let sides = [
        (At { x: rect.west, y }, (1, 0)),
        (At { x: rect.east, y }, (-1, 0)),
        (At { x, y: rect.south }, (0, 1)),
        (At { x, y: rect.north }, (0, -1)),
    ];
    let gate = |(street, inward): (At, (i32, i32))| Gate { street, bar: street.moved(inward, GATE_SETBACK, 0), inward };
    sides.into_iter().zip(on_street).filter(|(_, on)| *on).map(|(side, _)| gate(side)).collect()
}
