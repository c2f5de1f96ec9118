//! Ruins for a limit on a spread that is passed: a day outside of the band is what stands in the way, and ruins around a job drawn from all
//! seldom come to it. A long day loses a string of visits. A short one takes from days beside it, or the vehicle stays at home: no move of
//! single jobs finds that, as each makes the day shorter still.

use rand::RngExt;

use super::beginnings;
use super::fairness::Side;
use super::model::Model;
use super::neighbours::Neighbours;
use super::ruin;
use super::solution::{NOWHERE, Solution};

/// Nearest jobs that a short day may take from, and how many go at most.
const NEAREST: usize = 40;
const FED_MAX: usize = 8;
/// Visits that a long day loses at most.
const STRING_MAX: usize = 10;
/// More jobs than this take too long to insert again.
const CLOSED_MAX: usize = 60;

/// The jobs taken out; `None` where no day lies outside of a band.
pub(crate) fn pull<R: RngExt>(
    model: &Model<'_>,
    neighbours: &Neighbours,
    rng: &mut R,
    solution: &mut Solution,
) -> Option<Vec<usize>> {
    let outside = solution.fairness.outside();
    let (vehicle, side) = *outside.get(rng.random_range(0..outside.len().max(1)))?;
    let vehicle = vehicle as u32;
    let mut pulled = Vec::new();
    let visits = &solution.routes[vehicle as usize].visits;
    let jobs: Vec<usize> = visits.iter().filter(|&&node| model.is_job(node)).map(|&job| job as usize).collect();
    match side {
        Side::Long => {
            let length = visits.len();
            let taken = rng.random_range(1..=length.clamp(1, STRING_MAX));
            let first = rng.random_range(0..=length.saturating_sub(taken));
            let marked: Vec<usize> = (first..first + taken).collect();
            ruin::pull(model, solution, vehicle, &marked, &mut pulled);
        }
        Side::Short if jobs.len() <= CLOSED_MAX && rng.random_bool(0.5) => {
            let locked = model.kinds[solution.routes[vehicle as usize].kind].locked_rows();
            let staying = solution.routes[vehicle as usize].visits[..locked].to_vec();
            if beginnings::reset(model, solution, vehicle) {
                pulled.extend(jobs.into_iter().filter(|&job| !staying.contains(&(job as u32))));
            }
        }
        Side::Short => {
            let seed = *jobs.get(rng.random_range(0..jobs.len().max(1)))?;
            for &near in neighbours.of(seed).iter().take(NEAREST) {
                let spot = solution.spots[near as usize];
                let beside = spot.vehicle != NOWHERE && spot.vehicle != vehicle;
                if beside && pulled.len() < FED_MAX && rng.random_bool(0.5) {
                    ruin::pull(model, solution, spot.vehicle, &[spot.index as usize], &mut pulled);
                }
            }
        }
    }
    Some(pulled)
}
