//! Steps: a coarse resource of trips in whole numbers, of which each visit takes at least one.
//!
//! A visit takes the share `x_j = a load_j / room + (1 - a) seconds_j / span` of a trip, with the seconds of its service and of the shortest way to it. Both
//! sums are limited in a trip, so its shares add up to no more than 1. Each visit is counted as `w_j = ceil((s + 1) x_j) - 1` steps:
//! of a trip they are less than `s + 1` in sum, hence `s` at most (a dual feasible function: Fekete and Schepers 2001, Mathematical
//! Programming 91(1), 11-31). Visits that take none are *light*. Rounding loses half a step of each visit, so routes of many stops need many steps; a sum of few whole
//! units is counted in these, and loses nothing.

use super::class::{Class, Role};
use crate::resources::model::{ANYWHERE, Kind, Model};

/// A look asks for each pair of jobs on each step of a trip: so many pulls take a second or two. Fewer steps than these say too little, more bring nothing.
const PULLS_MAX: i128 = 150_000_000;
const STEPS_MIN: i128 = 64;
const STEPS_MAX: i128 = 600;
/// Times as many where nothing is rounded then.
const EXACT: i128 = 2;
/// What a light visit weighs, as a part of all steps, where prices are lowered.
const LIGHT: usize = 8;
/// In how many parts the two sums are mixed, and parts of the first that are tried.
const PARTS: i128 = 16;
const MIXES: [i128; 6] = [16, 15, 14, 12, 10, 8];

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Steps {
    /// By job of the class; none of a light one.
    pub(super) of: Vec<usize>,
    /// No trip takes more.
    pub(super) most: usize,
}

impl Steps {
    /// The mix whose limit the visits of all jobs together fill most often.
    pub(super) fn new(model: &Model<'_>, class: &Class) -> Self {
        let span = class.kinds.iter().map(|&k| &model.kinds[k]).map(|kind| (kind.closes - kind.opens).max(1));
        let span = span.max().unwrap_or(1);
        let seconds = seconds(model, class);
        let mixes = MIXES.iter().map(|&part| Self::mixed(class, &seconds, span, part));
        let filled = |steps: &Self| steps.of.iter().sum::<usize>() as f64 / steps.most.max(1) as f64;
        mixes.max_by(|a, b| filled(a).total_cmp(&filled(b))).unwrap_or(Self { of: Vec::new(), most: 0 })
    }

    fn mixed(class: &Class, seconds: &[i64], span: i64, part: i128) -> Self {
        let (room, span) = (i128::from(class.room.max(1)), i128::from(span));
        let all = class.loads.iter().zip(seconds).map(|(loads, &seconds)| (i128::from(*loads), i128::from(seconds)));
        let most = most(class, part == PARTS);
        let steps = all.map(|(load, seconds)| {
            let share = part * load * span + (PARTS - part) * seconds * room;
            // One above the limit is as good as any more.
            (((most + 1) * share - 1).div_euclid(PARTS * room * span)).clamp(0, most + 1) as usize
        });
        Self { of: steps.collect(), most: most as usize }
    }

    fn light(&self) -> i64 {
        (self.most / LIGHT).max(1) as i64
    }

    /// What a walk through the job weighs at least that takes so many steps, the job's own among them.
    pub(super) fn measure(&self, at: usize, steps: usize) -> i64 {
        steps as i64 + if self.of[at] == 0 { self.light() } else { 0 }
    }

    /// Of one visit.
    pub(super) fn weight(&self, at: usize) -> i64 {
        if self.of[at] == 0 { self.light() } else { self.of[at] as i64 }
    }
}

/// Steps of a trip: units of the room where only loads count and these are few, else as many as there is time for.
fn most(class: &Class, only_loads: bool) -> i128 {
    let n = class.jobs.len().max(1) as i128;
    let most = (PULLS_MAX / (n * n)).clamp(STEPS_MIN, STEPS_MAX);
    let unit = class.loads.iter().fold(0, |unit, &load| gcd(unit, load)).max(1);
    let units = i128::from(class.room / unit);
    if only_loads && units <= EXACT * most { units.max(1) } else { most }
}

fn gcd(one: i64, other: i64) -> i64 {
    if other == 0 { one } else { gcd(other, one % other) }
}

/// What a visit takes of a trip at least: its service and the shortest way to it.
fn seconds(model: &Model<'_>, class: &Class) -> Vec<i64> {
    let kind: &Kind = class.kind(model);
    let leaves = class.stations.iter().filter(|station| station.role != Role::End);
    let mut places: Vec<usize> = leaves.map(|station| station.place).collect();
    if places.contains(&ANYWHERE) {
        return class.jobs.iter().map(|&job| model.nodes[job].service).collect();
    }
    places.extend(class.jobs.iter().map(|&job| model.nodes[job].place));
    places.sort_unstable();
    let shared = |place: usize| {
        let first = places.partition_point(|&other| other < place);
        places.get(first + 1) == Some(&place)
    };
    let way = |place: usize| {
        if shared(place) {
            return 0;
        }
        let others = places.iter().filter(|&&other| other != place);
        others.map(|&other| model.seconds(kind, other, place)).min().unwrap_or(0)
    };
    class.jobs.iter().map(|&job| model.nodes[job].service + way(model.nodes[job].place)).collect()
}
