//! Adjacent string removal: strings of visits around a seed job are taken out of neighbouring routes.
//!
//! Source: Christiaens and Vanden Berghe (2020), Transportation Science 54(2), 417-433. Unloads that have become
//! needless are dropped.

use rand::RngExt;

use super::beginnings;
use super::model::Model;
use super::neighbours::Neighbours;
use super::params::Params;
use super::solution::{NOWHERE, Solution};
use super::unloads;

/// Takes jobs out; returns them together with some jobs near the seed that were already left out.
pub(crate) fn ruin<R: RngExt>(
    model: &Model<'_>,
    neighbours: &Neighbours,
    params: &Params,
    rng: &mut R,
    solution: &mut Solution,
) -> Vec<usize> {
    if model.n_jobs == 0 {
        return Vec::new();
    }
    let seed = rng.random_range(0..model.n_jobs);
    let used = solution.routes.len() - solution.idle.iter().map(Vec::len).sum::<usize>();
    let mean = (model.n_jobs - solution.n_absent) as f64 / used.max(1) as f64;
    let string_max = (params.string_max as f64).min(mean).max(1.0);
    let strings_max = (4.0 * params.removed_on_average / (1.0 + string_max) - 1.0).max(1.0);
    let strings = rng.random_range(1.0..strings_max + 1.0) as usize;

    // Nothing is drawn where it cannot matter.
    let wave =
        model.choosy && solution.n_absent > params.absent_tried && rng.random_bool(params.wave_chance.clamp(0.0, 1.0));
    let absent_tried = if wave { params.absent_wave } else { params.absent_tried };
    let mut pulled: Vec<usize> = Vec::new();
    let mut ruined: Vec<u32> = Vec::with_capacity(strings);
    let mut absent: Vec<usize> = Vec::new();
    for &near in std::iter::once(&(seed as u32)).chain(neighbours.of(seed)) {
        if ruined.len() >= strings {
            break;
        }
        let vehicle = solution.vehicle_of(near as usize);
        if vehicle == NOWHERE {
            if absent.len() < absent_tried && !pulled.contains(&(near as usize)) {
                absent.push(near as usize);
            }
            continue;
        }
        if ruined.contains(&vehicle) {
            continue;
        }
        ruined.push(vehicle);
        let length = solution.routes[vehicle as usize].visits.len();
        let longest = (length as f64).min(string_max);
        let taken = rng.random_range(1.0..longest + 1.0) as usize;
        let at = solution.spots[near as usize].index as usize;
        let marked = string(params, rng, length, taken, at);
        pull(model, solution, vehicle, &marked, &mut pulled);
    }
    if solution.n_absent > pulled.len() + absent.len() && absent_tried > 0 {
        far_absent(model, rng, solution, absent_tried, &mut absent);
    }
    absent.retain(|job| !pulled.contains(job));
    pulled.append(&mut absent);
    pulled
}

/// A few of the jobs that are left out elsewhere, so that none is forgotten.
fn far_absent<R: RngExt>(model: &Model<'_>, rng: &mut R, solution: &Solution, wanted: usize, absent: &mut Vec<usize>) {
    let from = rng.random_range(0..model.n_jobs);
    for job in (from..model.n_jobs).chain(0..from).take(512) {
        if absent.len() >= wanted {
            break;
        }
        if solution.vehicle_of(job) == NOWHERE && !absent.contains(&job) {
            absent.push(job);
        }
    }
}

/// Indices of the visits to remove: `taken` around index `at`, in one piece or with a part kept inside.
fn string<R: RngExt>(params: &Params, rng: &mut R, length: usize, taken: usize, at: usize) -> Vec<usize> {
    let mut kept = 0;
    if taken > 1 && taken < length && rng.random_bool(params.split_chance) {
        kept = 1;
        while taken + kept < length && rng.random_bool(params.split_more) {
            kept += 1;
        }
    }
    let span = (taken + kept).min(length);
    let first = rng.random_range((at + 1).saturating_sub(span)..=at.min(length - span));
    let mut marked: Vec<usize> = (first..first + span).collect();
    if kept > 0 {
        let hole = rng.random_range(0..=span - kept);
        marked.drain(hole..hole + kept);
    }
    marked
}

/// Removes the marked visits; where what remains breaks a rule (a detour may have been the faster way), the whole
/// route is taken out.
pub(crate) fn pull(
    model: &Model<'_>,
    solution: &mut Solution,
    vehicle: u32,
    marked: &[usize],
    pulled: &mut Vec<usize>,
) {
    let before = pulled.len();
    let mut route = solution.copy_of(vehicle);
    let (mut index, first) = (0, model.kinds[route.kind].locked_rows());
    route.visits.retain(|&node| {
        index += 1;
        let locked = index <= first;
        // What has to follow a job does not stay without it.
        let alone =
            || model.locks.follows(node as usize).iter().any(|&(job, _)| pulled[before..].contains(&(job as usize)));
        let goes = model.is_job(node) && !locked && (marked.contains(&(index - 1)) || alone());
        if goes {
            pulled.push(node as usize);
        }
        !goes
    });
    let kept = route.redraft(model, &solution.routes[vehicle as usize]) && {
        if !model.accepts.is_empty() {
            let mut scratch = solution.copy_of(vehicle);
            unloads::drop_needless(model, &mut route, &mut scratch);
            solution.keep_spare(scratch);
        }
        solution.put(model, vehicle, route)
    };
    if !kept {
        pulled.truncate(before);
        let everything = solution.routes[vehicle as usize].visits.iter().skip(first).copied();
        let everything: Vec<usize> = everything.filter(|&node| model.is_job(node)).map(|job| job as usize).collect();
        // Nothing can keep a vehicle from staying at home, unless it has left.
        if beginnings::reset(model, solution, vehicle) {
            pulled.extend(everything);
        }
    }
}
