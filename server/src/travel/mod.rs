//! Travel matrices of a day's problem from the city's road network.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::atomic::{AtomicUsize, Ordering};

use huilu_model::Problem;
use huilu_roads::{Profile, RoadNetwork};

/// Places farther from any road than this are reported unreachable rather than guessed.
pub const SNAP_LIMIT_M: f64 = 500.0;

#[derive(Debug, thiserror::Error)]
pub enum TravelError {
    #[error("place `{0}` has no position to find on the road network")]
    NoPosition(String),
    #[error("no road profile is called `{0}`")]
    UnknownProfile(String),
}

/// Fills `problem.matrices` with one matrix for each profile its vehicles name.
///
/// `progress` is told the sources done and their number over all profiles, at most a hundred times.
///
/// # Errors
/// [`TravelError`] for a place without position or a profile that the network does not have.
pub fn attach_matrices(
    problem: &mut Problem,
    network: &RoadNetwork,
    snap_limit_m: f64,
    threads: usize,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<(), TravelError> {
    let names: BTreeSet<&str> = problem.vehicles.iter().map(|vehicle| vehicle.profile.as_str()).collect();
    let positions = problem
        .places
        .iter()
        .map(|place| place.position.ok_or_else(|| TravelError::NoPosition(place.id.clone())))
        .collect::<Result<Vec<_>, _>>()?;
    let total = names.len() * positions.len();
    let every = (total / 100).max(1);
    let mut matrices = Vec::with_capacity(names.len());
    for (k, name) in names.iter().enumerate() {
        let profile = Profile::from_str(name).map_err(|_| TravelError::UnknownProfile((*name).to_owned()))?;
        let graph = network.graph(profile);
        let snaps: Vec<_> = positions.iter().map(|&at| graph.snap(at, snap_limit_m)).collect();
        let told = AtomicUsize::new(0);
        let matrix = graph.matrix(&snaps, threads, &|done| {
            if done >= told.load(Ordering::Relaxed) + every {
                told.store(done, Ordering::Relaxed);
                progress(k * positions.len() + done, total);
            }
        });
        matrices.push(matrix);
    }
    problem.matrices = matrices;
    Ok(())
}
