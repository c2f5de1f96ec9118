//! Whole routes for another kind of vehicle: neighbouring routes are taken out, as many as one vehicle of a kind drawn at random can
//! carry, and their jobs are inserted again while only this kind is opened. So several small vehicles give way to a large one, or a
//! large one to several small, which no move of single jobs finds: halfway there costs more than either.
//!
//! Source of joining routes for the sake of a larger vehicle: Golden, Assad, Levy and Gheysens (1984), Computers & Operations
//! Research 11(1), 49-66, there by savings.

use rand::RngExt;

use super::model::{Kind, Model};
use super::neighbours::Neighbours;
use super::opening::Opening;
use super::solution::{NOWHERE, Solution};

/// Nearest jobs whose routes are looked at.
const NEAREST: usize = 40;
/// More jobs than this take too long to insert again.
const JOBS_MAX: usize = 60;

/// The jobs of the routes taken out, and the kind that may be opened for them. For plans without locks.
pub(crate) fn pull<R: RngExt>(
    model: &Model<'_>,
    neighbours: &Neighbours,
    rng: &mut R,
    solution: &mut Solution,
) -> (Vec<usize>, Opening) {
    let kind = rng.random_range(0..model.kinds.len());
    let opening = Opening::of_kind(kind);
    let mut pulled: Vec<usize> = Vec::new();
    if model.n_jobs == 0 {
        return (pulled, opening);
    }
    let seed = rng.random_range(0..model.n_jobs);
    let (kind, mut room) = (&model.kinds[kind], model.kinds[kind].grams);
    for &near in std::iter::once(&(seed as u32)).chain(neighbours.of(seed).iter().take(NEAREST)) {
        let vehicle = solution.vehicle_of(near as usize);
        if vehicle == NOWHERE {
            continue;
        }
        let jobs = jobs_of(model, solution, vehicle);
        let grams = load(model, &jobs);
        let fits = grams <= room && pulled.len() + jobs.len() <= JOBS_MAX;
        // The first route goes in any case: its load may need several vehicles of this kind.
        let first = pulled.is_empty() && jobs.len() <= JOBS_MAX;
        if (first || fits) && serves_all(kind, &jobs) && solution.sketch(model, vehicle, Vec::clear) {
            room -= grams;
            pulled.extend(jobs);
        }
    }
    (pulled, opening)
}

fn jobs_of(model: &Model<'_>, solution: &Solution, vehicle: u32) -> Vec<usize> {
    let visits = solution.routes[vehicle as usize].visits.iter();
    visits.filter(|&&node| model.is_job(node)).map(|&job| job as usize).collect()
}

fn load(model: &Model<'_>, jobs: &[usize]) -> i64 {
    jobs.iter().flat_map(|&job| model.loads(job)).map(|load| load.grams).sum()
}

fn serves_all(kind: &Kind, jobs: &[usize]) -> bool {
    jobs.iter().all(|&job| kind.serves[job])
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::routing::Params;
    use crate::routing::cases::random;
    use crate::routing::model::Node;

    /// On random plans: whole routes go and nothing else does, the kind may serve what was taken out, and several routes are no more
    /// than it can carry.
    #[test]
    fn routes_that_are_taken_out_suit_the_kind() {
        let (mut alone, mut together) = (0, 0);
        for seed in 0..4_000 {
            let instance = random(seed, 8, 3, 2);
            let model = Model::new(&instance);
            let neighbours = Neighbours::new(&model, &Params::default());
            let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
            let mut solution = Solution::new(&model);
            let outlet = model.outlet_node(seed as usize % 2);
            // A job for each vehicle, then more to those that can take them.
            for job in 0..model.n_jobs as Node {
                let first = job % model.kind_of.len() as u32;
                (first..model.kind_of.len() as u32).chain(0..first).any(|vehicle| {
                    solution.replace(&model, vehicle, |own| own.insert(0, job))
                        || solution.replace(&model, vehicle, |own| drop(own.splice(0..0, [job, outlet])))
                });
            }
            let vehicles: Vec<u32> = (0..model.n_jobs).map(|job| solution.vehicle_of(job)).collect();
            solution.begin();
            let (pulled, opening) = pull(&model, &neighbours, &mut rng, &mut solution);
            let kind = (0..model.kinds.len()).find(|&kind| opening == Opening::of_kind(kind)).expect("a kind is drawn");
            let gone: std::collections::BTreeSet<u32> = pulled.iter().map(|&job| vehicles[job]).collect();
            for (job, &vehicle) in vehicles.iter().enumerate() {
                let stays = if gone.contains(&vehicle) { NOWHERE } else { vehicle };
                assert_eq!(solution.vehicle_of(job), stays, "seed {seed}");
                assert_eq!(pulled.contains(&job), gone.contains(&vehicle) && vehicle != NOWHERE, "seed {seed}");
            }
            assert!(serves_all(&model.kinds[kind], &pulled), "seed {seed}");
            assert!(gone.len() < 2 || load(&model, &pulled) <= model.kinds[kind].grams, "seed {seed}");
            alone += usize::from(gone.len() == 1);
            together += usize::from(gone.len() > 1);
        }
        assert!(alone > 50 && together > 20, "{alone} alone, {together} together: the cases are too poor");
    }
}
