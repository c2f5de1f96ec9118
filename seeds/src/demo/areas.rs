//! Districts, subdistricts and towns, communities and villages with their polygons.

use geo::{Coord, LineString, MultiPolygon, Polygon};

use super::names::{Name, Names};
use super::plan::{At, COLUMNS, Land, N_SUBDISTRICTS, Plan, ROWS, Rect, SUBDISTRICT_BLOCKS, is_town};
use super::streets::FIRST_SUBDISTRICT_NAME;
use crate::records::{Area, AreaLevel, Building};

/// Points on each block's side, so that bent borders of neighbours stay together.
const SIDE_POINTS: i32 = 4;

/// Blocks of an area, from and up to: columns, then rows.
type Span = ([usize; 2], [usize; 2]);

const DISTRICTS: [(&str, &str, Span); 3] = [
    ("南岸区", "South Bank District", ([0, COLUMNS], [0, ROWS / 2])),
    ("西城区", "West City District", ([0, COLUMNS / 2], [ROWS / 2, ROWS])),
    ("东城区", "East City District", ([COLUMNS / 2, COLUMNS], [ROWS / 2, ROWS])),
];

pub const CITY: &str = "demo";

/// Key of the community that a block is.
pub(super) fn community_key(block: usize) -> String {
    format!("community-{:02}{:02}", block % COLUMNS, block / COLUMNS)
}

fn district_of(column: usize, row: usize) -> usize {
    let inside = |&(_, _, (columns, rows)): &(&str, &str, Span)| {
        (columns[0]..columns[1]).contains(&column) && (rows[0]..rows[1]).contains(&row)
    };
    DISTRICTS.iter().position(inside).unwrap_or(0)
}

/// All areas, parents first, with the households of the buildings in them.
pub(super) fn areas(plan: &Plan, names: &Names, buildings: &[Building], city: &Name) -> Vec<Area> {
    let area = |key: String, parent: Option<String>, level: AreaLevel, name: Name, span: Span| Area {
        key,
        parent,
        level,
        code: None,
        name_zh: name.zh,
        name_en: name.en,
        polygon: Some(polygon(plan, span)),
        households: None,
    };
    let mut areas = vec![area(CITY.to_owned(), None, AreaLevel::City, city.clone(), ([0, COLUMNS], [0, ROWS]))];
    for (k, (zh, en, span)) in DISTRICTS.into_iter().enumerate() {
        let name = Name { zh: zh.to_owned(), en: en.to_owned() };
        areas.push(area(format!("district-{k}"), Some(CITY.to_owned()), AreaLevel::District, name, span));
    }
    let across = COLUMNS / SUBDISTRICT_BLOCKS;
    for k in 0..N_SUBDISTRICTS {
        let [column, row] = [k % across * SUBDISTRICT_BLOCKS, k / across * SUBDISTRICT_BLOCKS];
        let span = ([column, column + SUBDISTRICT_BLOCKS], [row, row + SUBDISTRICT_BLOCKS]);
        let own = names.road(FIRST_SUBDISTRICT_NAME + k);
        let (level, name) = if is_town(k) {
            (AreaLevel::Town, own.with("镇", " Town"))
        } else {
            (AreaLevel::Subdistrict, own.with("街道", " Subdistrict"))
        };
        let parent = format!("district-{}", district_of(column, row));
        areas.push(area(subdistrict_key(k), Some(parent), level, name, span));
    }
    for (k, block) in plan.blocks.iter().enumerate() {
        let span = ([block.column, block.column + 1], [block.row, block.row + 1]);
        let (level, name) = match block.land {
            Land::Village | Land::Fields => (AreaLevel::Village, names.place(k).with("村", " Village")),
            _ => (AreaLevel::Community, names.place(k).with("社区", " Community")),
        };
        areas.push(area(community_key(k), Some(subdistrict_key(block.subdistrict())), level, name, span));
    }
    count_households(&mut areas, buildings);
    areas
}

fn subdistrict_key(k: usize) -> String {
    format!("subdistrict-{k:02}")
}

fn count_households(areas: &mut [Area], buildings: &[Building]) {
    let index: std::collections::BTreeMap<String, usize> =
        areas.iter().enumerate().map(|(k, area)| (area.key.clone(), k)).collect();
    let mut counts = vec![0u32; areas.len()];
    for building in buildings {
        if let Some(&k) = building.area.as_ref().and_then(|key| index.get(key)) {
            counts[k] += building.households;
        }
    }
    // Children follow their parents, so backwards each count is complete before it is passed up.
    for k in (0..areas.len()).rev() {
        areas[k].households = Some(counts[k]);
        if let Some(&parent) = areas[k].parent.as_ref().and_then(|key| index.get(key)) {
            counts[parent] += counts[k];
        }
    }
}

/// The ground of a rectangle of blocks, against the clock.
fn polygon(plan: &Plan, (columns, rows): Span) -> MultiPolygon {
    let (first, last) = (plan.ground(columns[0], rows[0]), plan.ground(columns[1] - 1, rows[1] - 1));
    let xs: Vec<i32> = (columns[0]..columns[1])
        .flat_map(|column| {
            let Rect { west, east, .. } = plan.ground(column, rows[0]);
            between(west, east)
        })
        .collect();
    let ys: Vec<i32> = (rows[0]..rows[1])
        .flat_map(|row| {
            let Rect { south, north, .. } = plan.ground(columns[0], row);
            between(south, north)
        })
        .collect();
    let corners = [At { x: last.east, y: last.north }];
    let ring = (xs.iter().map(|&x| At { x, y: first.south }))
        .chain(ys.iter().map(|&y| At { x: last.east, y }))
        .chain(corners)
        .chain(xs.iter().rev().map(|&x| At { x, y: last.north }))
        .chain(ys.iter().rev().map(|&y| At { x: first.west, y }));
    let points = ring.map(|at| {
        let place = plan.place(at);
        Coord { x: place.lon, y: place.lat }
    });
    MultiPolygon::new(vec![Polygon::new(LineString::new(points.collect()), Vec::new())])
}

/// Points from one end of a side up to, but without, the other.
fn between(from: i32, to: i32) -> impl Iterator<Item = i32> {
    (0..SIDE_POINTS).map(move |k| from + (to - from) * k / SIDE_POINTS)
}
