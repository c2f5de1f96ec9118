//! The public streets of the plan with their classes, names and directions.

use super::names::Names;
use super::plan::{At, Block, COLUMNS, Land, Plan, ROWS, SOUTH_ROWS, line_south_of};
use crate::osm_pbf::Tags;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Axis {
    /// Along a fixed x.
    North,
    /// Along a fixed y.
    East,
}

/// A straight stretch of street, from the lower to the higher coordinate.
#[derive(Clone, Debug)]
pub(super) struct Street {
    pub(super) axis: Axis,
    /// The coordinate that is the same everywhere on it.
    pub(super) at: i32,
    pub(super) from: i32,
    pub(super) to: i32,
    /// Traffic runs from high to low only; drawn that way round.
    pub(super) reversed: bool,
    /// Index of the main road and of the stretch on it; absent inside blocks.
    pub(super) main: Option<(usize, usize)>,
    pub(super) tags: Tags,
}

/// North-south roads on which the ring runs, and east-west ones.
const RING_X: [usize; 2] = [1, COLUMNS - 1];
const RING_Y: [usize; 2] = [1, ROWS];
/// The bridge too weak for trucks, and the gross mass it carries in tonnes.
const OLD_BRIDGE: usize = 4;
const OLD_BRIDGE_TONNES: &str = "3.5";
const FOOT_BRIDGES: [usize; 2] = [2, 10];
const BRIDGES: [usize; 5] = [RING_X[0], OLD_BRIDGE, 6, 8, RING_X[1]];
/// The great roundabout lies where these main roads cross.
pub(super) const ROUNDABOUT: (usize, usize) = (6, 3);
/// Metres.
pub(super) const ROUNDABOUT_RADIUS: i32 = 24;
/// Of 100 east-west streets between compounds that are one-way. Assumed.
const ONE_WAY_OF_100: usize = 45;
/// The old block whose southern street is closed to all but walkers and deliveries.
const WALKING_STREET: (usize, usize) = (5, 5);

fn on_ring(axis: Axis, line: usize, stretch: usize) -> bool {
    match axis {
        Axis::North => RING_X.contains(&line) && (RING_Y[0]..RING_Y[1]).contains(&stretch),
        Axis::East => RING_Y.contains(&line) && (RING_X[0]..RING_X[1]).contains(&stretch),
    }
}

/// The `highway` value of a stretch of main road.
fn main_class(axis: Axis, line: usize, stretch: usize) -> &'static str {
    match (axis, line) {
        _ if on_ring(axis, line, stretch) => "trunk",
        (Axis::North, 6 | 8) | (Axis::East, 3 | 10) => "primary",
        (Axis::North, 2 | OLD_BRIDGE | 10) | (Axis::East, 5..=8) => "secondary",
        _ => "tertiary",
    }
}

/// Whether drivers may not turn left from the south where these main roads cross: busy crossings of wide roads.
pub(super) fn no_left_turn(x: usize, y: usize) -> bool {
    matches!(x, 4 | 6 | 8) && matches!(y, 3 | 5 | 8 | 10) && (x, y) != ROUNDABOUT
}

fn tags(list: &[(&str, &str)]) -> Tags {
    list.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn tag(tags: &mut Tags, key: &str, value: &str) {
    tags.push((key.to_owned(), value.to_owned()));
}

fn name_tags(tags: &mut Tags, zh: &str, en: &str) {
    tag(tags, "name", zh);
    tag(tags, "name:en", en);
}

/// All public streets: main roads stretch by stretch between their crossings, then the streets inside blocks.
pub(super) fn streets(plan: &Plan, names: &Names) -> Vec<Street> {
    let mut all = main_roads(plan, names);
    for (k, block) in plan.blocks.iter().enumerate() {
        block_streets(block, names, k, &mut all);
    }
    all
}

fn main_roads(plan: &Plan, names: &Names) -> Vec<Street> {
    let mut all = Vec::new();
    for (line, &at) in plan.xs.iter().enumerate() {
        for (stretch, ends) in plan.ys.windows(2).enumerate() {
            let over_river = stretch == SOUTH_ROWS;
            if !over_river || BRIDGES.contains(&line) || FOOT_BRIDGES.contains(&line) {
                let trims = [(line, stretch), (line, stretch + 1)].map(trim);
                all.push(main_road(Axis::North, (line, stretch), at, [ends[0] + trims[0], ends[1] - trims[1]], names));
            }
        }
    }
    for (line, &at) in plan.ys.iter().enumerate() {
        for (stretch, ends) in plan.xs.windows(2).enumerate() {
            let trims = [(stretch, line), (stretch + 1, line)].map(trim);
            all.push(main_road(Axis::East, (line, stretch), at, [ends[0] + trims[0], ends[1] - trims[1]], names));
        }
    }
    all
}

/// Metres by which a main road ends before a crossing.
fn trim(crossing: (usize, usize)) -> i32 {
    if crossing == ROUNDABOUT { ROUNDABOUT_RADIUS } else { 0 }
}

fn main_road(axis: Axis, main: (usize, usize), at: i32, [from, to]: [i32; 2], names: &Names) -> Street {
    let (line, stretch) = main;
    let over_river = axis == Axis::North && stretch == SOUTH_ROWS;
    let (kind_zh, kind_en, bridge_zh, bridge_en) = match axis {
        Axis::North => ("路", " Road", "大桥", " Bridge"),
        Axis::East => ("街", " Street", "", ""),
    };
    let number = line + if axis == Axis::East { COLUMNS + 1 } else { 0 };
    let own = names.road(number);
    let mut list = if over_river && FOOT_BRIDGES.contains(&line) {
        tags(&[("highway", "footway")])
    } else {
        tags(&[("highway", main_class(axis, line, stretch))])
    };
    let name = match (over_river, on_ring(axis, line, stretch)) {
        (true, _) => own.with(bridge_zh, bridge_en),
        (false, true) => names.road(RING_NAME).with("环路", " Ring Road"),
        (false, false) => own.with(kind_zh, kind_en),
    };
    name_tags(&mut list, &name.zh, &name.en);
    if over_river {
        tag(&mut list, "bridge", "yes");
        tag(&mut list, "layer", "1");
        if line == OLD_BRIDGE {
            tag(&mut list, "maxweight", OLD_BRIDGE_TONNES);
        }
    }
    Street { axis, at, from, to, reversed: false, main: Some(main), tags: list }
}

/// Index of the ring road's name, behind those of all main roads.
const RING_NAME: usize = COLUMNS + ROWS + 3;
/// Index of the first subdistrict's name, behind those of all roads.
pub(super) const FIRST_SUBDISTRICT_NAME: usize = RING_NAME + 1;

fn block_streets(block: &Block, names: &Names, k: usize, all: &mut Vec<Street>) {
    let rect = block.rect;
    let north = block.inner_x.iter().map(|&at| (Axis::North, at, rect.south, rect.north));
    let east = block.inner_y.iter().map(|&at| (Axis::East, at, rect.west, rect.east));
    for (n, (axis, at, from, to)) in north.chain(east).enumerate() {
        let number = [("一", "1st"), ("二", "2nd"), ("三", "3rd"), ("四", "4th")][n % 4];
        let walking = axis == Axis::East && n == block.inner_x.len() && (block.column, block.row) == WALKING_STREET;
        let mut list = match block.land {
            _ if walking => tags(&[("highway", "pedestrian"), ("motor_vehicle", "delivery"), ("bicycle", "yes")]),
            Land::OldTown | Land::Housing | Land::Campus => tags(&[("highway", "residential")]),
            Land::Village | Land::Industry => tags(&[("highway", "unclassified")]),
            Land::Fields => tags(&[("highway", "track"), ("tracktype", "grade2")]),
            Land::Park => continue,
        };
        let name = names.place(k).with(&format!("{}巷", number.0), &format!(" {} Lane", number.1));
        name_tags(&mut list, &name.zh, &name.en);
        let one_way = !walking && is_one_way(block, axis);
        if one_way {
            tag(&mut list, "oneway", "yes");
        }
        // Neighbouring one-way streets run opposite ways.
        let parity = if axis == Axis::North { block.column + n } else { block.row + n };
        let reversed = one_way && parity % 2 == 1;
        all.push(Street { axis, at, from, to, reversed, main: None, tags: list });
    }
}

/// A one-way street never ends on the ring: who may not use the ring could neither reach nor leave it.
fn is_one_way(block: &Block, axis: Axis) -> bool {
    let line = line_south_of(block.row);
    let ends_on_ring = match axis {
        Axis::East => RING_X.iter().any(|&x| x == block.column || x == block.column + 1),
        Axis::North => RING_Y.iter().any(|&y| y == line || y == line + 1),
    };
    let chosen = (block.column * 31 + block.row * 17) * 41 % 100 < ONE_WAY_OF_100;
    match block.land {
        Land::OldTown => true,
        Land::Housing => axis == Axis::East && chosen && !ends_on_ring,
        _ => false,
    }
}

impl Street {
    /// The point at a position along it.
    pub(super) fn point(&self, along: i32) -> At {
        match self.axis {
            Axis::North => At { x: self.at, y: along },
            Axis::East => At { x: along, y: self.at },
        }
    }
}
