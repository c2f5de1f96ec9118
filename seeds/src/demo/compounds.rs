//! Buildings on the plots: blocks of flats behind gates, old houses on the street, village houses, malls, campuses.

use rand::{Rng, RngExt};

use super::areas::community_key;
use super::names::{Name, Names};
use super::plan::{At, Gate, Plan, Plot, Rect, Use};
use super::roads::village_lane;
use crate::records::{Building, BuildingKind};

/// A building, and what bookings need to know about it besides.
#[derive(Clone, Debug)]
pub(super) struct Home {
    pub(super) building: Building,
    /// Index of the plot it stands on.
    pub(super) plot: usize,
    pub(super) floors: i32,
    pub(super) lift: bool,
    /// Bookings to expect on a weekday and on a day of the weekend, relative to other buildings.
    pub(super) weekday_weight: f64,
    pub(super) weekend_weight: f64,
}

/// How a kind of housing stands on its plot. Metres; assumed from usual spacings of slabs and towers, with two flats on
/// a floor of a stairway (four in towers).
struct Pattern {
    spacing_x: i32,
    spacing_y: i32,
    margin: i32,
    /// From and to, both included.
    floors: [i32; 2],
    stairways: [i32; 2],
    flats_on_floor: i32,
    /// Bookings of a household relative to the mean.
    eagerness: f64,
}

const WALK_UPS: Pattern = Pattern {
    spacing_x: 62,
    spacing_y: 38,
    margin: 18,
    floors: [6, 6],
    stairways: [2, 4],
    flats_on_floor: 2,
    eagerness: 1.1,
};
const MID_RISES: Pattern = Pattern { spacing_y: 46, floors: [11, 11], stairways: [2, 3], eagerness: 1.0, ..WALK_UPS };
const TOWERS: Pattern = Pattern {
    spacing_x: 70,
    spacing_y: 62,
    floors: [24, 33],
    stairways: [1, 1],
    flats_on_floor: 4,
    eagerness: 0.9,
    ..WALK_UPS
};
const SHOPHOUSES: Pattern = Pattern {
    spacing_x: 38,
    spacing_y: 38,
    margin: 14,
    floors: [2, 5],
    stairways: [1, 2],
    flats_on_floor: 2,
    eagerness: 0.8,
};

/// From seven floors on, buildings have lifts (the usual rule of the housing code; assumed to hold everywhere).
const FLOORS_WITHOUT_LIFT: i32 = 6;
/// Village houses: one record for a row along the lane.
const HOUSES_SPACING: i32 = 26;
const HOUSES_SETBACK: i32 = 14;
const HOUSES_HOUSEHOLDS: [u32; 2] = [4, 9];
const VILLAGE_EAGERNESS: f64 = 0.5;
/// Bookings of a mall, market or other place of work, counted in households, and their share on a day of the weekend.
const WORKPLACE_HOUSEHOLDS: [(Use, f64); 5] =
    [(Use::Mall, 120.0), (Use::Market, 100.0), (Use::Campus, 40.0), (Use::Institution, 40.0), (Use::Factory, 30.0)];
const WORKPLACE_WEEKEND: f64 = 0.35;

pub(super) fn homes(plan: &Plan, names: &Names, rng: &mut impl Rng) -> Vec<Home> {
    // Some communities book much more than others: the pattern by cell. The mean is 1.
    let eagerness: Vec<f64> = plan.blocks.iter().map(|_| 0.4 + 1.8 * rng.random::<f64>().powi(2)).collect();
    let mut homes = Vec::new();
    let mut n_compounds = 0;
    let mut plots_in_block = vec![0; plan.blocks.len()];
    for (k, plot) in plan.plots.iter().enumerate() {
        let first = homes.len();
        match plot.used {
            Use::WalkUps | Use::MidRises | Use::Towers => {
                let kind = [("花园", " Garden"), ("小区", " Estate"), ("新村", " New Village"), ("苑", " Court")];
                let (zh, en) = if plot.used == Use::Towers {
                    ("城", " City")
                } else {
                    kind[(n_compounds + n_compounds / 144) % 4]
                };
                let name = names.home(n_compounds).with(zh, en);
                n_compounds += 1;
                flats(plan, plot, Some(&name), rng, &mut homes);
            }
            Use::Shophouses => flats(plan, plot, None, rng, &mut homes),
            Use::Houses => village_houses(plan, plot, rng, &mut homes),
            Use::Green | Use::TransferStation | Use::VehicleYard | Use::SortingCenter => {}
            Use::Mall | Use::Market | Use::Campus | Use::Institution | Use::Factory => {
                homes.extend(workplace(plan, names, plot));
            }
        }
        plots_in_block[plot.block] += 1;
        for (n, home) in homes[first..].iter_mut().enumerate() {
            home.plot = k;
            if home.building.name_zh.is_none() {
                let name = address(names.place(plot.block), plot.used, plots_in_block[plot.block], n + 1);
                (home.building.name_zh, home.building.name_en) = (Some(name.zh), Some(name.en));
            }
            home.building.key = format!("building-{k:03}-{:02}", n + 1);
            home.weekday_weight *= eagerness[plot.block];
            home.weekend_weight *= eagerness[plot.block];
        }
    }
    homes
}

/// Where a vehicle stops for a building: the nearest gate, or the kerb in front of old houses.
fn stop(plot: &Plot, at: At) -> Option<At> {
    let point = |gate: &Gate| if plot.used.is_compound() { gate.bar } else { gate.street };
    plot.gates.iter().map(point).min_by_key(|gate| gate.distance_squared(at))
}

/// Old houses are numbered by alley (弄), village houses by group (组).
fn address(place: &Name, used: Use, part: usize, number: usize) -> Name {
    match used {
        Use::Houses => place.with(&format!("村{part}组{number}号"), &format!(" Village, Group {part}, No. {number}")),
        _ => place.with(&format!("里{part}弄{number}号"), &format!(" Alley {part}, No. {number}")),
    }
}

fn home(plan: &Plan, plot: &Plot, at: At, kind: BuildingKind, households: u32, name: Option<Name>) -> Home {
    let building = Building {
        key: String::new(),
        area: Some(community_key(plot.block)),
        kind,
        place: plan.place(at),
        gate: stop(plot, at).map(|gate| plan.place(gate)),
        households,
        name_zh: name.as_ref().map(|name| name.zh.clone()),
        name_en: name.map(|name| name.en),
    };
    let weight = f64::from(households);
    Home { building, plot: 0, floors: 1, lift: false, weekday_weight: weight, weekend_weight: weight }
}

/// Buildings in rows, all of one pattern.
fn flats(plan: &Plan, plot: &Plot, compound: Option<&Name>, rng: &mut impl Rng, homes: &mut Vec<Home>) {
    let (pattern, kind) = match plot.used {
        Use::WalkUps => (WALK_UPS, BuildingKind::Compound),
        Use::MidRises => (MID_RISES, BuildingKind::Compound),
        Use::Towers => (TOWERS, BuildingKind::Compound),
        _ => (SHOPHOUSES, BuildingKind::Residential),
    };
    let floors = rng.random_range(pattern.floors[0]..=pattern.floors[1]);
    for (n, at) in grid(plot.rect, &pattern).into_iter().enumerate() {
        let stairways = rng.random_range(pattern.stairways[0]..=pattern.stairways[1]);
        let households = (floors * stairways * pattern.flats_on_floor).unsigned_abs();
        let name = compound.map(|name| name.with(&format!("{}幢", n + 1), &format!(", Block {}", n + 1)));
        let mut home = home(plan, plot, at, kind, households, name);
        home.floors = floors;
        home.lift = floors > FLOORS_WITHOUT_LIFT;
        home.weekday_weight *= pattern.eagerness;
        home.weekend_weight *= pattern.eagerness;
        homes.push(home);
    }
}

/// Middles of buildings, evenly spread over the plot within its margin.
fn grid(rect: Rect, pattern: &Pattern) -> Vec<At> {
    let line = |from: i32, length: i32, spacing: i32| {
        let usable = length - 2 * pattern.margin;
        let n = (usable / spacing).max(1);
        (0..n).map(move |k| from + pattern.margin + usable * (2 * k + 1) / (2 * n)).collect::<Vec<i32>>()
    };
    let (xs, ys) =
        (line(rect.west, rect.width(), pattern.spacing_x), line(rect.south, rect.height(), pattern.spacing_y));
    ys.iter().flat_map(|&y| xs.iter().map(move |&x| At { x, y })).collect()
}

/// Rows of houses on both sides of the lane; vehicles stop at its mouth.
fn village_houses(plan: &Plan, plot: &Plot, rng: &mut impl Rng, homes: &mut Vec<Home>) {
    for gate in &plot.gates {
        for along in (HOUSES_SPACING..=village_lane(plot, gate)).step_by(HOUSES_SPACING as usize) {
            for aside in [-HOUSES_SETBACK, HOUSES_SETBACK] {
                let households = rng.random_range(HOUSES_HOUSEHOLDS[0]..=HOUSES_HOUSEHOLDS[1]);
                let at = gate.street.moved(gate.inward, along, aside);
                let mut home = home(plan, plot, at, BuildingKind::Village, households, None);
                home.floors = 3;
                home.weekday_weight *= VILLAGE_EAGERNESS;
                home.weekend_weight *= VILLAGE_EAGERNESS;
                homes.push(home);
            }
        }
    }
}

fn workplace(plan: &Plan, names: &Names, plot: &Plot) -> Option<Home> {
    let (kind, zh, en) = match plot.used {
        Use::Mall => (BuildingKind::Mall, "广场", " Plaza"),
        Use::Market => (BuildingKind::Market, "菜市场", " Market"),
        Use::Campus => (BuildingKind::Campus, "学校", " School"),
        Use::Institution => (BuildingKind::Institution, "服务中心", " Service Centre"),
        _ => (BuildingKind::Other, "工厂", " Works"),
    };
    let (_, weight) = WORKPLACE_HOUSEHOLDS.into_iter().find(|(used, _)| *used == plot.used)?;
    let name = names.place(plot.block).with(zh, en);
    let mut home = home(plan, plot, plot.rect.middle(), kind, 0, Some(name));
    (home.floors, home.lift) = (4, true);
    (home.weekday_weight, home.weekend_weight) = (weight, weight * WORKPLACE_WEEKEND);
    Some(home)
}
